"""The competitor grid: pairs, strangers, parity only where it is shown."""

import numpy as np
import pytest
from scipy import stats
from surveys import survey

from keytouch.competitors import WHOLE, competitor_grid, gap_to_best
from keytouch.engine import Missing

COLUMNS = "customer_id touchpoint_id company score"
OWN, RIVAL = [4, 5, 3, 4, 2, 5], [5, 5, 4, 4, 3, 5]


def grid(rows, **options):
    return competitor_grid(survey(rows, COLUMNS, metric="csat"), **{"min_n": 2} | options)


def scored(scores, company, who="c", place="desk"):
    return [(f"{who}{k}", place, company, score) for k, score in enumerate(scores)]


def test_people_who_scored_both_are_compared_with_themselves():
    row = grid(scored(OWN, None) + scored(RIVAL, "x")).iloc[0]
    bounds = stats.ttest_rel(OWN, RIVAL).confidence_interval()
    assert row.gap_points == pytest.approx(np.mean(OWN) - np.mean(RIVAL))
    assert (row.gap_points_lo, row.gap_points_hi) == pytest.approx((bounds.low, bounds.high))
    assert (row.n, row.pairs, row.method) == (6, 6, "method_grid_paired")


def test_two_samples_are_compared_by_welch():
    row = grid(scored(OWN, None) + scored(RIVAL[:4], "x", who="r")).iloc[0]
    bounds = stats.ttest_ind(OWN, RIVAL[:4], equal_var=False).confidence_interval()
    assert (row.gap_points_lo, row.gap_points_hi) == pytest.approx((bounds.low, bounds.high))
    assert (row.own_n, row.rival_n, row.n, row.method) == (6, 4, 10, "method_grid_welch")


def test_rows_that_name_nobody_are_a_person_each():
    rows = [(None, *row[1:]) for row in scored(OWN, None) + scored(RIVAL, "x")]
    row = grid(rows).iloc[0]
    assert (row.own_n, row.rival_n, row.pairs) == (6, 6, 0)


def test_a_score_of_the_whole_stands_beside_the_touchpoints():
    rows = scored(OWN, None, place=None) + scored(RIVAL, "x", place=None)
    rows += scored(OWN, None) + scored(RIVAL, "x")
    assert sorted(grid(rows).touchpoint_id) == [WHOLE, "desk"]
    assert gap_to_best(grid(rows)).touchpoint_id.tolist() == ["desk"]


def test_parity_must_be_shown():
    few = grid(scored([3, 4, 5], None) + scored([5, 4, 3], "x", who="r")).iloc[0]
    assert few.gap_points == 0 and few.verdict == "unclear"
    many = grid(scored([3, 4, 5] * 200, None) + scored([5, 4, 3] * 200, "x", who="r")).iloc[0]
    assert many.gap_points == pytest.approx(0) and many.verdict == "parity"
    assert many.margin == pytest.approx(0.2)


def test_a_sure_difference_is_lag_or_lead_and_within_the_margin_parity():
    rows = scored([3, 4] * 100, None) + scored([4, 5] * 100, "x", who="r")
    rows += scored([3, 2] * 100, "y", who="s")
    found = grid(rows).set_index("company")
    assert found.verdict.to_dict() == {"x": "lag", "y": "lead"}
    assert set(grid(rows, margin=2.0).verdict) == {"parity"}


def test_small_groups_are_shown_and_not_judged():
    rows = scored([1] * 9 + [2], None) + scored([5] * 9 + [4], "x", who="r")
    row = grid(rows, min_n=11).iloc[0]
    assert row.small and row.verdict == "unclear" and np.isfinite(row.gap_points_lo)
    assert gap_to_best(grid(rows, min_n=11)).empty


def test_the_best_competitor_is_the_highest_and_its_interval_is_wider():
    rows = scored(OWN * 5, None) + scored([5, 4] * 15, "x", who="r")
    rows += scored([4, 3] * 15, "y", who="s")
    table = grid(rows)
    best = gap_to_best(table).iloc[0]
    row = table[table.company == "x"].iloc[0]
    assert (best.company, best.rivals) == ("x", 2)
    assert best.gap_points == row.gap_points
    half = stats.t.ppf(1 - 0.05 / 4, row.gap_df) * row.gap_se
    assert best.gap_points_hi - best.gap_points == pytest.approx(half)
    assert list(best.index) == [
        "touchpoint_id", "company", "gap_points", "gap_points_lo", "gap_points_hi", "verdict",
        "rivals", "n", "method",
    ]  # fmt: skip


def test_without_both_sides_there_is_no_comparison():
    assert grid(scored(OWN, "x")) == Missing("feedback", ("company",))
    assert grid(scored(OWN, None)) == Missing("feedback", ("company",))
    alone = survey([("c", "desk", 5)], "customer_id touchpoint_id score", metric="csat")
    assert competitor_grid(alone) == Missing("feedback", ("company",))
    assert gap_to_best(Missing("feedback", ("company",))) == Missing("feedback", ("company",))


def test_weights_count():
    rows = scored([1, 5], None) + scored([3, 3], "x", who="r")
    data = survey(rows, COLUMNS, metric="csat", weight=[1.0, 3.0, 1.0, 1.0])
    row = competitor_grid(data, min_n=1).iloc[0]
    assert row.own_score == pytest.approx(4.0) and row.gap_points == pytest.approx(1.0)


def test_where_nothing_differs_few_lags_and_leads_are_found():
    random = np.random.default_rng(6)
    rows = []
    for place in range(60):
        rows += scored(random.integers(2, 6, 40), None, place=f"t{place:02}")
        rows += scored(random.integers(2, 6, 40), "x", who="r", place=f"t{place:02}")
    assert grid(rows).verdict.isin(["lag", "lead"]).sum() <= 1
