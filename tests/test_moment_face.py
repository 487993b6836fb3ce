"""What a reader sees of memory, incidents and gaps: sentences follow the verdict, pictures draw."""

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import pandas as pd
import pytest

import keytouch as kt
from keytouch.engine import Missing
from keytouch.gap_conclusions import form_findings, gap_findings
from keytouch.gap_figures import plot_contact_forms
from keytouch.incident_conclusions import agreement_findings, incident_findings
from keytouch.incident_figures import plot_coder_agreement, plot_incidents
from keytouch.memory_conclusions import (
    feeling_findings,
    memory_bin_findings,
    memory_findings,
    peak_moment_findings,
)
from keytouch.memory_figures import (
    plot_feelings,
    plot_memory_bins,
    plot_peak_end,
    plot_peak_moments,
)
from keytouch.twins import show_gaps


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request):
    kt.use(request.param)
    yield request.param
    plt.close("all")


def estimates(column, values, half=0.1):
    return {column: values, f"{column}_lo": [value - half for value in values],
            f"{column}_hi": [value + half for value in values]}  # fmt: skip


def rules(verdict, **more):
    rest = "not_enough" if verdict == "not_enough" else "rejected"
    columns = {
        "rule": ["peak_end", "mean", "end", "trend"],
        **estimates("correlation", [0.6, 0.5, 0.4, 0.1]),
        "evidence_ratio": [1.0, 40.0, 5e5, 1e6],
        "rule_weight": [0.97, 0.03, 0.0, 0.0],
        "p_best": [0.96, 0.04, 0.0, 0.0],
        "n_needed": [80.0, 80.0, 30.0, 20.0],
        "n_safe": [140.0, 140.0, 60.0, 30.0],
        "n": 120, "verdict": [verdict, rest, rest, rest], "metric": "affect",
        "ordered_by": "clock", "method": "method_peak_end",
    }  # fmt: skip
    return pd.DataFrame(columns | more)


def test_only_a_decided_rule_makes_a_claim():
    (found,) = memory_findings(rules("best"))
    assert (found.claim, found.subject, found.probability) == ("remembered_by", "peak_end", 0.96)
    for verdict in ("undecided", "not_enough"):
        (found,) = memory_findings(rules(verdict))
        assert found.claim == "" and found.sentence()


def test_moments_rated_afterwards_make_no_claim_on_memory():
    for order in ("log", "stages"):
        (found,) = memory_findings(rules("best", ordered_by=order))
        assert (found.key, found.claim) == ("finding_memory_afterwards", "")
        assert kt.words.word("rule_peak_end") in found.sentence()


def test_a_refusal_names_what_there_is_and_what_it_takes():
    (found,) = memory_findings(rules("not_enough"))
    assert all(number in found.sentence() for number in ("120", "80", "140"))
    (found,) = memory_findings(rules("not_enough", n_safe=None))
    assert "140" not in found.sentence()


def test_an_undecided_rule_names_both():
    sentence = memory_findings(rules("undecided"))[0].sentence()
    assert kt.words.word("rule_peak_end") in sentence and kt.words.word("rule_mean") in sentence


def bins(step):
    return pd.DataFrame({
        "place": [1, 2, 3], "x": [-1.0, 0.0, 1.0], **estimates("score", [0.0, step, 2 * step]),
        "n": [30, 40, 30], "rule": "peak_end", "metric": "affect", "method": "method_mean_t",
    })  # fmt: skip


def test_bins_speak_of_a_rise_only_where_it_is_sure():
    assert memory_bin_findings(bins(0.5))[0].key == "finding_memory_rise"
    assert memory_bin_findings(bins(0.01))[0].key == "finding_memory_flat"


def peaks(n=3):
    return pd.DataFrame({
        "touchpoint_id": [f"touchpoint_{place:02}" for place in range(n)],
        **estimates("peak_rate", [0.5 - place / 100 for place in range(n)]),
        **estimates("high_peak_rate", [0.3] * n), **estimates("low_peak_rate", [0.2] * n),
        **estimates("end_rate", [0.1] * n), "n": 100, "small": False, "method": "method_wilson",
    })  # fmt: skip


def felt(n=3):
    return pd.DataFrame({
        "touchpoint_id": [f"touchpoint_{place:02}" for place in range(n)],
        **estimates("affect", [place / 10 - 1 for place in range(n)]),
        **estimates("affect_sd", [1.0] * n), "n": 100, "small": False, "method": "method_feelings",
    })  # fmt: skip


def coded(verdict="tentative", probability=0.9):
    return pd.DataFrame({
        "coding": ["touchpoint_id", "polarity"], **estimates("alpha", [0.7, 0.9]),
        "n": 150, "coders": 2, "verdict": [verdict, "reliable"], "probability": probability,
        "confused_a": "desk", "confused_b": "room", "confused_n": 4, "method": "method_alpha",
    })  # fmt: skip


@pytest.mark.parametrize("verdict", ["reliable", "tentative", "unreliable"])
def test_the_coding_is_judged_by_its_least_agreed_part(verdict):
    sure, open_ = (agreement_findings(coded(verdict, p))[0].sentence() for p in (0.9, 0.5))
    assert sure != open_ and "desk" in sure and kt.words.word("coding_touchpoint_id") in sure


def incidents(verdict, by="touchpoint_id", n=2):
    return pd.DataFrame({
        by: [f"place_{place:02}" for place in range(n)],
        "negative": 20, "neutral": 0, "positive": 10, **estimates("negative_rate", [0.67] * n),
        **estimates("rest_rate", [0.5] * n), "verdict": [verdict, *["as_usual"] * (n - 1)],
        "n": 30, "all_n": 30 * n, "left_out": 5, "small": False, "method": "method_incidents",
    })  # fmt: skip


@pytest.mark.parametrize("by", ["touchpoint_id", "incident_group", "category"])
def test_incidents_name_the_worse_one_or_say_that_none_is(by):
    (worse,) = incident_findings(incidents("worse", by), by)
    (none,) = incident_findings(incidents("as_usual", by), by)
    assert worse.key == f"finding_incident_{by}" and none.key == f"finding_incident_none_{by}"
    assert "place_00" in worse.sentence() and none.touchpoint == ""


def gaps(*rows):
    columns = ["kind", "touchpoint_id", "stage_id", "stage_side", "medium", "moment", "nearest_id"]
    frame = pd.DataFrame([dict(zip(columns, row)) for row in rows], columns=columns, dtype=object)
    return frame.where(frame.notna(), None)


def test_each_kind_of_gap_has_a_sentence():
    found = gap_findings(gaps(
        ("unlisted", "paymentt", None, None, None, None, "payment"),
        ("no_moment", None, None, None, None, "complaint"),
        ("bad_support", "billing", None, None, None, None, "payment"), ("no_support", "stock"),
        ("no_stage", "counter"), ("no_owner", "billing"), ("unseen", "billing"),
        ("empty_cell", None, "buy", "back", "digital"),
        ("empty_cell", None, "buy", "front", "digital"),
    ))  # fmt: skip
    assert [finding.value for finding in found] == [1, 1, 1, 1, 1, 1, 1, 2]
    assert "paymentt" in found[0].sentence() and "payment" in found[0].sentence()
    assert kt.words.word("moment_complaint") in found[1].sentence()


def test_the_table_of_gaps_shows_the_columns_that_any_gap_fills(monkeypatch):
    seen = {}
    monkeypatch.setattr("keytouch.twins.show", lambda table, name, **how: seen.update(how))
    show_gaps(gaps(("no_owner", "billing")).assign(found_in=None, to_do="no_owner"))
    assert seen["columns"] == ["kind", "touchpoint_id", "to_do"]


def test_what_no_entry_tells_and_no_gap_at_all_have_sentences():
    told = gap_findings(gaps(("no_moment",), ("no_stage",), ("no_owner",)))
    assert [finding.key[-4:] for finding in told] == ["_all"] * 3
    assert all(finding.sentence() for finding in told)
    (none,) = gap_findings(gaps())
    assert none.key == "finding_gap_none" and none.sentence()


def forms(channels):
    return pd.DataFrame({
        "stage_id": ["find", "buy"], **estimates("diversity", [0.2, 0.6]), "channels": channels,
        "channel": "web", **estimates("main_rate", [0.9, 0.6]), "n": 100, "small": False,
        "method": "method_entropy",
    })  # fmt: skip


def test_stages_of_one_channel_are_counted():
    assert "find" in form_findings(forms([1, 3]))[0].sentence()
    assert form_findings(forms([2, 3]))[0].key == "finding_few_forms"


def test_missing_data_have_no_sentence_and_no_picture():
    nothing = Missing("feedback")
    says = (memory_findings, memory_bin_findings, peak_moment_findings, feeling_findings,
            agreement_findings, incident_findings, gap_findings, form_findings)  # fmt: skip
    draws = (plot_peak_end, plot_memory_bins, plot_peak_moments, plot_feelings,
             plot_coder_agreement, plot_incidents, plot_contact_forms)  # fmt: skip
    assert [say(nothing) for say in says] == [[]] * 8
    assert [draw(nothing) for draw in draws] == [None] * 7


@pytest.mark.parametrize(
    "draw, table",
    [
        (plot_peak_end, rules("best")),
        (plot_memory_bins, bins(0.5)),
        (plot_peak_moments, peaks(40)),
        (plot_feelings, felt(40)),
        (plot_coder_agreement, coded()),
        (plot_incidents, incidents("worse", n=40)),
        (plot_contact_forms, forms([1, 3])),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_picture_draws_and_has_its_message_as_text(draw, table):
    figure = draw(table).figure
    figure.draw_without_rendering()
    assert len(str(figure.get_label())) > 20
    height = figure.get_size_inches()[1]
    assert height < 12  # forty touchpoints are folded


def test_every_column_and_method_has_a_word():
    shown = (rules("best"), bins(1), peaks(), felt(), coded(), incidents("worse"), forms([1, 2]))
    for table in shown:
        for name in table:
            base = name.removesuffix("_lo").removesuffix("_hi")
            assert name in ("small", "method") or kt.words.has_word(f"col_{base}"), name
        assert kt.words.has_word(table.method.iloc[0])
