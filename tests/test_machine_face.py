"""What is said and drawn of coded comments: every figure computed, in both languages."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from test_comment_codes import codes as some_codes
from test_machine_scores import codes, machine, planted

from keytouch.comment_codes import code_agreement
from keytouch.engine import Missing
from keytouch.labels import number_text
from keytouch.machine_conclusions import code_findings, machine_findings
from keytouch.machine_figures import plot_code_agreement, plot_machine_accuracy
from keytouch.machine_scores import machine_accuracy
from keytouch.style import use
from keytouch.tables import show
from keytouch.words import set_language


@pytest.fixture(autouse=True)
def _english():
    set_language("en")


def headline(table, coding, who="machine", against="each"):
    part = table[(table.coding == coding) & (table.measure == "accuracy")]
    return part[(part.who == who) & (part.against == against)].iloc[0]


def test_the_machine_is_judged_beside_people():
    table = machine_accuracy(*planted(machine_slip=0.6))
    place, tone = machine_findings(table)[:2]
    row, people = headline(table, "touchpoints"), headline(table, "touchpoints", "people")
    assert place.key == "finding_machine_touchpoints_behind"
    assert tone.key == "finding_machine_polarity_behind"
    for value in (row.rate, people.rate):
        assert number_text("rate", value) in place.sentence()
    assert "On 200 comments coded by 2 people" in place.sentence()


def test_equals_cannot_be_told_apart():
    keys = [finding.key for finding in machine_findings(machine_accuracy(*planted()))]
    assert keys[:2] == ["finding_machine_touchpoints_open", "finding_machine_polarity_open"]


def test_too_few_comments_judge_nobody():
    (finding,) = machine_findings(machine_accuracy(codes(), machine()))
    assert finding.sentence().startswith("Too few comments were coded by people (4)")


def test_a_machine_beside_one_person_has_no_ceiling():
    people, said = planted()
    table = machine_accuracy(people[people.coder == "A"], said, min_coders=1)
    assert machine_findings(table)[0].key == "finding_machine_touchpoints_alone"
    assert plot_machine_accuracy(table) is not None


def test_the_least_agreed_coding_and_its_confusion_are_named():
    rows = [(f"c{k}", coder, "desk" if coder == "A" or k % 2 else "room", "positive", "no")
            for k in range(40) for coder in "AB"]  # fmt: skip
    (finding,) = code_findings(code_agreement(some_codes(rows)))
    assert (
        finding.key == "finding_codes_unreliable" and "“desk” and “room” (20" in finding.sentence()
    )


def test_nothing_is_said_or_drawn_without_codes():
    for nothing in (Missing("codes"), Missing("machine", ("comment_id",))):
        assert machine_findings(nothing) == code_findings(nothing) == []
        assert plot_machine_accuracy(nothing) is plot_code_agreement(nothing) is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pictures_and_tables_in_both_languages(language, capsys):
    use(language)
    people, said = planted(n=60)
    table, agreement = machine_accuracy(people, said), code_agreement(people)
    for axes in (
        plot_machine_accuracy(table), plot_machine_accuracy(table, by="touchpoint_id"),
        plot_machine_accuracy(table, by="polarity"), plot_code_agreement(agreement),
    ):  # fmt: skip
        assert "95%" in axes.figure.get_label() and "n=" in axes.figure.get_label()
        plt.close(axes.figure)
    show(table, "machine_accuracy")
    show(agreement, "code_agreement")
    assert pd.notna([finding.sentence() for finding in machine_findings(table)]).all()
