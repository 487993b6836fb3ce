"""Moments of truth by type, their figures, and behaviour beside scores."""

import numpy as np
import pandas as pd
import pytest
from tables import feedback, interactions

from keytouch.engine import Missing, from_frame
from keytouch.estimate import wilson
from keytouch.moment_numbers import moment_kpis, moment_tracks
from keytouch.moment_types import moment_methods, moments

LISTED = from_frame(
    pd.DataFrame(
        {
            "touchpoint_id": ["ad", "pay", "repair", "claim", "depot"],
            "stage_id": ["look", "buy", "own", "own", "own"],
            "moment": ["first_contact", "purchase_decision", "after_sales", "complaint", None],
        }
    )
)
NO_LOG, NO_JOURNEYS = Missing("interactions"), Missing("journeys")


def keys(**verdicts):
    table = pd.DataFrame({"touchpoint_id": list(verdicts), "verdict": list(verdicts.values())})
    chance = table.verdict.map({"key": 0.99, "undecided": 0.5, "not": 0.01})
    return table.assign(p_key=chance, slope=0.3, slope_lo=0.2, slope_hi=0.4, n=100)


def scored(**values):
    table = pd.DataFrame({"touchpoint_id": list(values), "score": list(values.values())})
    return table.assign(score_lo=table.score - 0.1, score_hi=table.score + 0.1)


def test_moments_come_by_type_with_the_surest_first():
    table = moments(LISTED, keys(claim="key", pay="not", ad="undecided"))
    assert table.touchpoint_id.tolist() == ["ad", "pay", "repair", "claim"]
    assert table.verdict.isna().tolist() == [False, False, True, False]
    assert table.n.tolist() == [100, 100, 0, 100]


def test_the_penalty_reward_contrast_gives_the_direction_where_it_is_sure():
    impacts = pd.DataFrame(
        {
            "touchpoint_id": ["ad", "pay", "claim"],
            "impact": ["excitement", "basic", "performance"],
            "probability": [0.9, 0.9, 0.7],
        }
    )
    table = moments(
        LISTED,
        keys(ad="key", pay="key", claim="key", repair="key"),
        scores=scored(ad=3, pay=3, claim=2, repair=4),
        impacts=impacts,
    ).set_index("touchpoint_id")
    assert table.direction.to_dict() == {
        "ad": "makes", "pay": "breaks", "claim": "breaks", "repair": "makes",
    }  # fmt: skip
    assert table.direction_by["claim"] == "score"  # its contrast is not sure


def test_a_score_near_the_usual_leaves_the_direction_open():
    table = moments(LISTED, keys(ad="key"), scores=scored(ad=3.0, pay=3.05))
    assert table.set_index("touchpoint_id").direction["ad"] == "open"


def test_what_is_not_key_neither_makes_nor_breaks_unless_the_contrast_says_so():
    impacts = pd.DataFrame(
        {"touchpoint_id": ["ad", "pay"], "impact": ["basic", "none"], "probability": [0.9, 0.9]}
    )
    table = moments(
        LISTED,
        keys(ad="not", pay="undecided", claim="not"),
        scores=scored(ad=3, pay=2, claim=2, repair=4),
        impacts=impacts,
    ).set_index("touchpoint_id")
    assert table.direction[["ad", "pay", "claim"]].tolist() == ["breaks", "neither", "neither"]
    assert table.direction_by[["ad", "claim"]].tolist() == ["penalty_reward", "effect"]


def test_moments_need_types_and_keys():
    assert moments(LISTED.drop("moment"), keys(ad="key")) == Missing("touchpoints", ("moment",))
    assert moments(LISTED, Missing("feedback")) == Missing("feedback")


def test_methods_of_identification_are_counted_where_they_decide():
    table = moment_methods(
        keys(pay="key", ad="not"),
        {
            "turning_point": {"pay": True, "ad": None},
            "incidents": Missing("incidents"),
            "kano": {"ad": True},
        },
    ).set_index("touchpoint_id")
    assert "incidents" not in table
    assert table.loc["pay", ["derived", "turning_point", "kano"]].tolist() == [
        "yes", "yes", "not_asked",
    ]  # fmt: skip
    assert table[["agree", "methods"]].loc[["pay", "ad"]].values.tolist() == [[2, 2], [1, 2]]


# Figures.

LOG = [
    (1, "ad", "2025-01-01 10:00"),
    (2, "ad", "2025-01-01 10:00"), (2, "pay", "2025-01-01 11:00"),
    (3, "ad", "2025-01-01 10:00"), (3, "pay", "2025-01-02 11:00"),
    (3, "repair", "2025-01-03 09:00"), (3, "repair", "2025-01-03 10:00"),
    (4, "repair", "2025-01-03 09:00"), (4, "claim", "2025-01-05 09:00"),
]  # fmt: skip
FACTS = {
    "success": [None, None, True, None, True, False, True, True, None],
    "wait_minutes": [None, None, None, None, None, 5, 10, 20, 45],
    "customer_id": ["x", "y", "y", "z", "z", "z", "z", "w", "w"],
}


def figures(**more):
    table = moment_kpis(LISTED, interactions=interactions(LOG, **FACTS), **more)
    return table.set_index(["touchpoint_id", "kpi"])


def test_a_bounce_is_a_journey_that_ends_at_its_first_contact():
    row = figures().loc[("ad", "bounce_rate")]
    assert (row.value, row.n) == (pytest.approx(1 / 3), 3)
    assert [row.lo, row.hi] == pytest.approx([float(end) for end in wilson(1 / 3, 3)])


def test_first_contact_resolution_needs_a_success_and_no_second_contact():
    row = figures().loc[("repair", "first_contact_rate")]
    assert (row.value, row.n) == (0.5, 2)


def test_time_to_resolve_runs_to_the_end_of_the_first_success():
    """Journey 3 needs an hour and the second wait, journey 4 its wait only."""
    row = figures().loc[("repair", "resolve_minutes")]
    assert (row.value, row.n) == (pytest.approx((70 + 20) / 2), 2)
    assert row.lo == 20 and row.hi == 70


def test_the_response_to_a_complaint_is_its_wait():
    assert figures().loc[("claim", "response_minutes"), "value"] == 45


def test_conversion_churn_and_repeats_come_from_their_own_tables():
    journeys = pd.DataFrame(
        {
            "journey_id": [1, 2, 3, 4, 9, 10],
            "customer_id": ["x", "y", "z", "w", "w", "v"],
            "started_at": pd.to_datetime(
                ["2025-01-01", "2025-01-01", "2025-01-01", "2025-01-03", "2025-02-01", "2025-06-01"]
            ),
            "converted": [False, True, False, None, None, None],
        }
    )
    customers = pd.DataFrame({"customer_id": ["w", "x"], "churned": [True, False]})
    table = figures(journeys=from_frame(journeys), customers=from_frame(customers))
    assert table.loc[("pay", "conversion_after_rate"), ["value", "n"]].tolist() == [0.5, 2]
    assert table.loc[("claim", "churn_rate"), ["value", "n"]].tolist() == [1, 1]
    assert table.loc[("claim", "repeat_rate"), ["value", "n"]].tolist() == [1, 1]
    # A complaint whose following days are not all in the data can't be counted.
    short = figures(journeys=from_frame(journeys[:4]), customers=from_frame(customers))
    assert ("claim", "repeat_rate") not in short.index


def test_scores_count_for_the_type_as_a_whole():
    answers = feedback([(1, "ad", "csat", 2), (2, "ad", "csat", 4), (1, "pay", "csat", 5)])
    table = moment_kpis(LISTED, interactions=NO_LOG, feedback=answers, by=("moment",))
    assert table.kpi.tolist() == ["first_impression_score", "decision_score"]
    assert table.value.tolist() == [3, 5]


def test_without_types_or_facts_there_are_no_figures():
    assert moment_kpis(LISTED.drop("moment"), interactions=NO_LOG).columns == ("moment",)
    assert isinstance(moment_kpis(LISTED, interactions=NO_LOG), Missing)


# Behaviour beside scores.


def lived(n):
    """`n` journeys that failed at "repair" and score 2 or 3, `n` that did not and score 4 or 5."""
    events = [(k, "repair", "2025-01-01") for k in range(2 * n)]
    answers = [(k, None, "csat", (2 if k < n else 4) + k % 2) for k in range(2 * n)]
    return interactions(events, success=[k >= n for k in range(2 * n)]), feedback(answers)


def test_trouble_in_the_log_is_set_beside_the_overall_score():
    row = moment_tracks(*lived(40)).iloc[0]
    assert (row.signal, row.n_bad, row.n_good) == ("failure", 40, 40)
    assert (row.score_bad, row.score_good) == (2.5, 4.5)
    # Both variances are 0.25 · 40/39: Welch's half-width is t(78) · √(2 · 0.2564 / 40)
    half = 1.9908 * np.sqrt(2 * 0.25 * 40 / 39 / 40)
    ends = [row.score_change_lo, row.score_change_hi]
    assert ends == pytest.approx([-2 - half, -2 + half], abs=1e-3)
    assert row.differs


def test_small_groups_are_left_out_and_journeys_are_needed():
    assert moment_tracks(*lived(10)).empty
    log, answers = lived(10)
    assert isinstance(moment_tracks(log.drop("journey_id"), answers), Missing)
    assert isinstance(moment_tracks(log, answers.drop("journey_id")), Missing)
    assert isinstance(moment_tracks(log.drop("success"), answers), Missing)
