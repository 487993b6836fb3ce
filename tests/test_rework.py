"""Loops and rework: hand-worked counts, times and costs; what they cost in satisfaction."""

import numpy as np
import pandas as pd
import pytest
from tables import feedback, interactions

import keytouch as kt
from keytouch.contrasts import mean_difference
from keytouch.engine import Missing, from_frame
from keytouch.estimate import wilson
from keytouch.medians import group_medians
from keytouch.rework import loops


def log(paths, **more):
    start = pd.Timestamp("2025-01-01")
    return interactions(
        [
            (number, name, start + pd.Timedelta(minutes=10 * step))
            for number, path in enumerate(paths)
            for step, name in enumerate(path)
        ],
        **more,
    )


def of(table, name):
    return table.set_index("touchpoint_id").loc[name]


def test_back_at_once_is_a_loop_and_back_later_is_rework():
    row = of(loops(log(["aab", "aba", "ab", "b"])), "a")
    assert (row.n, row.repeats) == (3, 2)
    assert (row.loop_rate, row.self_rate, row.later_rate) == pytest.approx((2 / 3, 1 / 3, 1 / 3))
    assert (row.loop_rate_lo, row.loop_rate_hi) == pytest.approx(
        tuple(map(float, wilson(2 / 3, 3)))
    )
    assert row.extra_steps == pytest.approx(2 / 3)
    assert row.extra_minutes == 15  # 10 at once, 20 around b


def test_a_journey_may_do_both():
    row = of(loops(log(["aaba"])), "a")
    assert (row.self_rate, row.later_rate, row.repeats) == (1, 1, 2)


def test_extra_cost_is_that_of_visits_beyond_the_first():
    row = of(loops(log(["aab", "aaa"], cost=[5.0, 2.0, 9.0, 1.0, 1.0, 3.0])), "a")
    assert row.extra_cost == pytest.approx((2 + 4) / 2)


def test_a_journey_with_an_unknown_cost_has_none():
    row = of(loops(log(["aa", "aa"], cost=[5.0, None, 1.0, 3.0])), "a")
    assert row.extra_cost == 3


def test_without_costs_and_clocks_only_counts_are_known():
    data = log(["aa"], seq=[1, 2]).drop("ts")
    row = of(loops(data), "a")
    assert row.loop_rate == 1 and pd.isna(row.extra_cost) and pd.isna(row.extra_minutes)


def test_what_has_no_place_is_left_out_and_counted():
    data = log(["aa", "b"]).to_pandas()
    data.loc[1, "ts"] = pd.NaT
    assert loops(from_frame(data)).left_out.iloc[0] == 1


def test_a_loop_s_cost_in_satisfaction_is_welch_s_difference():
    paths, scores = ["aa"] * 3 + ["a"] * 3, [1, 2, 2, 4, 5, 4]
    given = feedback([(k, None, "csat", score) for k, score in enumerate(scores)])
    row = of(loops(log(paths), given, min_n=3), "a")
    low, high = np.array(scores[:3]), np.array(scores[3:])
    gap = mean_difference(low.mean(), low.var(ddof=1), 3, high.mean(), high.var(ddof=1), 3)
    assert row.score_loop == pytest.approx(5 / 3) and row.score_once == pytest.approx(13 / 3)
    assert (row.score_change, row.score_change_lo) == pytest.approx(
        (float(gap.value), float(gap.lo))
    )
    assert row.differs and (row.loop_n, row.once_n) == (3, 3)


def test_few_scores_are_not_shown():
    given = feedback([(0, None, "csat", 1), (1, None, "csat", 5)])
    row = of(loops(log(["aa", "a"]), given), "a")
    assert pd.isna(row.score_loop) and not row.differs


def test_a_row_that_stands_for_several_journeys_counts_as_many():
    row = of(loops(log(["aa", "a"], n=[9, 9, 1])), "a")
    assert (row.n, row.repeats, row.loop_rate) == (10, 9, pytest.approx(0.9))


def test_weights_count():
    row = of(loops(log(["aa", "a"], weight=[3.0, 3.0, 1.0])), "a")
    assert row.loop_rate == pytest.approx(0.75)


def test_journeys_of_one_customer_widen_the_interval():
    paths = ["aa"] * 10 + ["a"] * 10
    length = sum(map(len, paths))
    same = [k for k, path in enumerate(paths) for _ in path]
    apart = of(loops(log(paths, customer_id=[f"c{k}" for k in same])), "a")
    together = of(loops(log(paths, customer_id=[f"c{k // 10}" for k in same])), "a")
    assert len(same) == length
    assert together.loop_rate_hi - together.loop_rate_lo > apart.loop_rate_hi - apart.loop_rate_lo


def test_without_journeys_loops_are_missing():
    data = log(["aa"]).drop("journey_id")
    assert loops(data) == Missing("interactions", ("journey_id",))


def test_without_feedback_loops_are_counted_all_the_same():
    table = loops(log(["aa"]), Missing("feedback"))
    assert table.loop_rate.tolist() == [1] and table.score_change.isna().all()
    assert loops(Missing("interactions")) == Missing("interactions")


@pytest.mark.parametrize("n", [1, 2, 3, 8, 101])
def test_medians_equal_numpy_s(n):
    values = np.random.default_rng(n).integers(0, 7, n).astype(float)
    data = from_frame(pd.DataFrame({"g": "x", "v": values, "rows": 1.0}))
    row = group_medians(data, "v", by=["g"], name="m").iloc[0]
    assert row.m == np.median(values) and row.m_lo <= row.m <= row.m_hi and row.m_n == n


def test_a_median_s_interval_holds_its_promise():
    rng, held = np.random.default_rng(3), 0
    draws = rng.exponential(size=(400, 25))
    frame = pd.DataFrame({"g": np.repeat(np.arange(400), 25), "v": draws.ravel(), "rows": 1.0})
    table = group_medians(from_frame(frame), "v", by=["g"], name="m")
    held = ((table.m_lo <= np.log(2)) & (np.log(2) <= table.m_hi)).mean()
    assert 0.92 <= held <= 0.99


def test_findings_name_the_loop_that_costs_most():
    paths = ["aa"] * 40 + ["a"] * 40
    rng = np.random.default_rng(1)
    scores = np.where(np.arange(80) < 40, 2, 4) + rng.integers(-1, 2, 80)
    given = feedback([(k, None, "csat", score) for k, score in enumerate(scores)])
    found = kt.loop_findings(loops(log(paths), given))
    assert [finding.key for finding in found] == ["finding_rework"]
    assert found[0].touchpoint == "a" and found[0].n == 80
