"""The usual way through a stage, waits, channels, and opportunity points."""

import numpy as np
import pandas as pd
import pytest
from tables import interactions

import keytouch as kt
from keytouch.engine import Missing, from_frame

PLACES = pd.DataFrame(
    [("a", "s", "front"), ("b", "s", "front"), ("x", "s", "back"), ("c", "e", "front")],
    columns=["touchpoint_id", "stage_id", "stage_side"],
)


def log(*journeys, **more):
    """Journeys as strings of one-letter touchpoints."""
    rows = [
        (f"j{k}", name, f"2025-01-01 00:{minute:02}")
        for k, path in enumerate(journeys)
        for minute, name in enumerate(path)
    ]
    return interactions(rows, **{name: values[: len(rows)] for name, values in more.items()})


def test_the_usual_way_is_the_most_frequent_order_of_first_contacts():
    ways = kt.stage_ways(log("abc", "aab", "xab", "ba", "c"), from_frame(PLACES), stages=["s", "e"])
    first = ways.iloc[0]
    assert (first.stage_id, first.way, first.journeys, first.n, first.ways) == ("s", "a,b", 3, 4, 2)
    assert first.way_rate_lo < first.way_rate == 0.75 < first.way_rate_hi
    assert ways.stage_id.tolist() == ["s", "e"] and ways.n.tolist() == [4, 2]


def test_equal_ways_go_by_name():
    ways = kt.stage_ways(log("ba", "ab"), from_frame(PLACES), stages=["s"])
    assert ways.way.tolist() == ["a,b"]


def test_ways_need_stages():
    bare = from_frame(PLACES[["touchpoint_id"]])
    assert kt.stage_ways(log("ab"), bare, stages=["s"]) == Missing("touchpoints", ("stage_id",))


def test_a_wait_is_a_median_between_its_ranks():
    table = kt.waits(log("a" * 9, wait_minutes=[float(k) for k in range(9)]))
    row = table.iloc[0]
    assert (row.wait_p50, row.n) == (4.0, 9)
    assert 0 <= row.wait_p50_lo <= 2 and 6 <= row.wait_p50_hi <= 8


def test_blank_waits_do_not_count():
    table = kt.waits(log("aab", wait_minutes=[1.0, np.nan, np.nan]))
    assert table.touchpoint_id.tolist() == ["a"] and table.n.tolist() == [1]
    assert isinstance(kt.waits(log("ab")), Missing)


def test_the_main_channel_has_its_share():
    table = kt.channel_shares(log("aaab", channel=["app", "app", "shop", None]))
    assert table.channel.tolist() == ["app"] and table.n.tolist() == [3]
    assert table.channel_rate.iloc[0] == pytest.approx(2 / 3)


def scored(means, n=200):
    names = list("abcdefgh")[: len(means)]
    mean = np.array(means, float)
    return pd.DataFrame(
        {"touchpoint_id": names, "score": mean, "score_lo": mean - 0.1, "score_hi": mean + 0.1,
         "n": n}
    )  # fmt: skip


def keys(slope_lo=0.05, **chances):
    return pd.DataFrame(
        {"touchpoint_id": list(chances), "p_key": list(chances.values()), "slope_lo": slope_lo}
    )


def reached(**rates):
    rate = np.array(list(rates.values()))
    return pd.DataFrame(
        {"touchpoint_id": list(rates), "reach_rate": rate, "reach_rate_lo": rate - 0.01,
         "reach_rate_hi": rate + 0.01, "n": 1000}
    )  # fmt: skip


def test_a_key_touchpoint_below_the_target_is_an_opportunity():
    table = kt.opportunity_points(
        scored([3.0, 3.4, 4.0, 4.2]), keys=keys(a=0.95, b=0.3, d=0.9), reach=Missing("interactions")
    )
    assert table[["evidence_id", "touchpoint_id", "opportunity"]].values.tolist() == [
        ["O01", "a", "lift"]
    ]
    row = table.iloc[0]
    assert row.target == pytest.approx(4.05, abs=0.01)
    assert row.value == pytest.approx(row.target - 3) and row.sure
    assert row.hi - row.value == pytest.approx(0.1) == row.value - row.lo


def test_what_few_meet_and_all_like_is_an_opportunity():
    known = {"scores": scored([3.0, 3.0, 4.2, 4.4]), "reach": reached(a=0.1, c=0.2, d=0.9)}
    table = kt.opportunity_points(**known, keys=keys(a=0.1, c=0.1, d=0.1))
    assert table.touchpoint_id.tolist() == ["c"] and table.kpi.tolist() == ["missed_rate"]
    assert table.value.iloc[0] == pytest.approx(0.8) and table.n.iloc[0] == 1000
    assert table.lo.iloc[0] == pytest.approx(0.79) and table.sure.all()
    assert kt.opportunity_points(**known, keys=keys(slope_lo=-0.01, c=0.1)).empty


def test_small_groups_and_single_touchpoints_are_not_judged():
    few = kt.opportunity_points(
        scored([3.0, 4.0], n=10), keys=keys(a=1.0), reach=Missing("interactions")
    )
    assert isinstance(few, Missing)


def test_no_opportunity_is_found_where_all_are_alike():
    """Of touchpoints of one true score, few are called an opportunity for sure."""
    random = np.random.default_rng(5)
    false = []
    for _ in range(400):
        table = scored(random.normal(4, 0.05, 8)).drop(columns=["score_lo", "score_hi"])
        table = table.assign(score_lo=table.score - 0.0986, score_hi=table.score + 0.0986)
        found = kt.opportunity_points(
            table, keys=keys(**dict.fromkeys("ab", 0.9)), reach=Missing("interactions")
        )
        false.append(bool(found.sure.any()))
    assert np.mean(false) < 0.1
    assert isinstance(
        kt.opportunity_points(Missing("feedback"), keys=keys(a=1.0), reach=reached(a=0.5)), Missing
    )
