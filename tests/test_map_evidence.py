"""Every number on the map says where it comes from, and comes out again from its own rows."""

from types import SimpleNamespace

import pandas as pd
import pytest
from tables import feedback, interactions

import keytouch as kt
from keytouch.engine import Missing, collect, from_frame
from keytouch.evidence import filter_text, last_rows, read_filter, rows_of_filter
from keytouch.problems import DataError

SCALE = (1, 5)


def client(**without):
    """A hotel of two stages: 12 journeys, scores, waits and one back-stage touchpoint."""
    log = [
        (f"j{k}", name, f"2025-01-{k + 1:02} 10:{minute}")
        for k in range(12)
        for minute, name in enumerate(["book", "desk", "room"][: 3 if k < 10 else 1], start=10)
    ]
    answers = [(f"j{k}", "desk", "csat", 2 + k % 3) for k in range(11)]
    answers += [(f"j{k}", "book", "csat", 5) for k in range(3)]
    rows = pd.DataFrame(
        [
            ("book", "buy", "front", None),
            ("desk", "stay", "front", None),
            ("room", "stay", "back", "desk"),
            ("bar", "stay", "front", None),
        ],
        columns=["touchpoint_id", "stage_id", "stage_side", "supports"],
    )
    days = pd.to_datetime([f"2025-01-{k % 12 + 1:02}" for k in range(len(answers))])
    tables = {
        "interactions": interactions(log, wait_minutes=[float(k % 7) for k in range(len(log))]),
        "feedback": feedback(answers, ts=days),
        "touchpoints": from_frame(rows),
        "journeys": Missing("journeys"),
        "customers": Missing("customers"),
    }
    thresholds = SimpleNamespace(late_minutes=0, min_n=5)
    return SimpleNamespace(
        **(tables | without), settings=SimpleNamespace(thresholds=thresholds), terms={},
        scale=lambda metric: SCALE, stages=["buy", "stay"], end=None,
    )  # fmt: skip


def mapped(of):
    return kt.map_journey(
        of,
        keys=Missing("feedback"),
        delays=Missing("interactions"),
        service=kt.service(of.interactions),
        funnel=kt.stage_funnel(of.interactions, of.touchpoints, stages=of.stages),
        min_n=5,
    )


def grade(evidence, cell):
    return evidence.set_index("cell").grade[cell]


@pytest.mark.parametrize(
    ("source", "n", "age", "expected"),
    [
        ("survey", 100, 90, "A"),
        ("log", 99, 0, "B"),
        ("log", 100, 91, "B"),
        ("log", 5000, 366, "C"),
        ("comment", 100, 0, "B"),
        ("comment", 10, 800, "C"),
        ("survey", 9, 0, "D"),
        ("told", 1000, 0, "D"),
        ("none", 0, float("nan"), "D"),
        ("log", 100, float("nan"), "B"),
    ],
)
def test_a_grade_falls_with_source_size_and_age(source, n, age, expected):
    assert kt.evidence_grade(source, n, age) == expected


def test_a_filter_is_read_as_it_was_written():
    conditions = (
        ("touchpoint_id", "=", "o'hara and = 'x'"),
        ("touchpoint_id", "in", ("a, b", "it's")),
        ("score", "is known", None),
        ("comment", "names", "登机"),
    )
    assert read_filter(filter_text("feedback", *conditions)) == ("feedback", conditions)
    assert read_filter("feedback") == ("feedback", ())


@pytest.mark.parametrize("text", ["feedback where score > '1'", "feedback where x = 'a'; drop"])
def test_a_text_that_is_no_filter_is_refused(text):
    with pytest.raises(DataError):
        read_filter(text)


def test_a_filter_keeps_its_rows():
    text = "feedback where touchpoint_id = 'book' and metric = 'csat' and status = 'answered'"
    assert len(collect(rows_of_filter(text, client()))) == 3
    assert isinstance(rows_of_filter("feedback where wave is known", client()), Missing)


def test_every_drawn_number_comes_out_again():
    one = client()
    journey = mapped(one)
    again = kt.map_numbers(journey.evidence, one, min_n=5)
    kpis = {"reach_rate", "score", "wait_p50"}
    assert set(again.kpi) >= kpis and len(again) >= 8
    assert again.same.all(), again[~again.same]
    assert (again.n == again.n_again).all()


def test_a_number_of_other_rows_is_noticed():
    one = client()
    evidence = mapped(one).evidence
    wrong = evidence.assign(**{"filter": evidence["filter"].str.replace("'desk'", "'book'")})
    assert not kt.map_numbers(wrong, one, min_n=5).same.all()


def test_without_a_source_its_cells_become_assumptions():
    whole, less = mapped(client()).evidence, mapped(client(feedback=Missing("feedback"))).evidence
    assert grade(whole, "score:desk") == "C" and grade(less, "score:desk") == "D"
    assert grade(whole, "reach_rate:desk") == grade(less, "reach_rate:desk") == "C"
    silent = whole[whole.cell == "score:bar"].iloc[0]
    assert silent.grade == "D" and silent.source == "told" and pd.isna(silent.value)


def test_a_stage_without_a_quote_has_no_evidence():
    assert grade(mapped(client()).evidence, "quote:buy") == "D"


def test_age_counts_from_the_touchpoints_own_last_row():
    journey = mapped(client())
    ages = journey.evidence.set_index("cell").age_days
    assert ages["reach_rate:desk"] == 2 and ages["reach_rate:book"] == 0
    later = kt.map_evidence(
        journey, interactions=client().interactions, feedback=client().feedback, end="2025-05-12"
    )
    assert later.age_days.min() > 100 and grade(later, "reach_rate:desk") == "C"


def test_the_last_rows_of_undated_tables_are_unknown():
    assert last_rows({"feedback": feedback([("a", "t", "csat", 1)])}).empty
    assert isinstance(
        kt.map_evidence(Missing("touchpoints"), interactions=Missing("interactions"),
                        feedback=Missing("feedback")),
        Missing,
    )  # fmt: skip


@pytest.mark.parametrize("case", ["hotel", "airline", "ecommerce"])
def test_the_shipped_maps_come_out_again(case):
    from pathlib import Path

    folder = Path(__file__).parents[1] / "datasets" / case
    one = kt.open_client(folder)
    late = one.settings.thresholds.late_minutes
    journey = kt.map_journey(
        one,
        keys=Missing("feedback"),
        delays=kt.delays(one.interactions, late_minutes=late),
        service=kt.service(one.interactions),
        funnel=kt.stage_funnel(one.interactions, one.touchpoints, stages=one.stages),
    )
    again = kt.map_numbers(journey.evidence, one)
    assert len(again) > 40
    assert again.same.all(), again[~again.same]
