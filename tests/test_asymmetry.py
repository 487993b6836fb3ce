"""Penalty and reward: what is planted is found, and the end of a scale feigns nothing."""

import numpy as np
import pandas as pd
import pytest
from drivers_toys import moody, people, survey

from keytouch.asymmetry import penalty_reward, penalty_reward_of
from keytouch.engine import Missing


def on_five(values):
    """Places on a scale of five answers."""
    return np.clip(np.round(4 * values), 0, 4) / 4


def world(n=2500, seed=1, level=0.6):
    """Four touchpoints: one only punishes, one only pleases, one does both, one nothing."""
    scores = on_five(moody(seed, n, p=4, halo=0.4, sd=0.24))
    away = scores - scores.mean(axis=0)
    noise = 0.12 * np.random.default_rng(seed + 1000).standard_normal(n)
    whole = level + 0.6 * np.fmin(away[:, 0], 0) + 0.6 * np.fmax(away[:, 1], 0) + 0.45 * away[:, 2]
    return scores, on_five(whole + noise)


def test_each_type_is_found():
    table = penalty_reward_of(people(*world())).set_index("touchpoint_id")
    types = {"t0": "basic", "t1": "excitement", "t2": "performance", "t3": "none"}
    assert table.impact.to_dict() == types
    assert (table.probability >= 0.8).all()
    assert (table.p_value[["t0", "t1"]] <= 0.05).all()
    assert (table.p_value[["t2", "t3"]] > 0.05).all()


def test_sizes_are_points_per_point_of_their_side():
    table = penalty_reward_of(people(*world(n=6000, seed=2))).set_index("touchpoint_id")
    assert table.loc["t0", "penalty"] == pytest.approx(0.6, abs=0.08)
    assert table.loc["t1", "reward"] == pytest.approx(0.6, abs=0.08)
    for name, side in (("t0", "reward"), ("t1", "penalty"), ("t3", "reward")):
        assert table.loc[name, f"{side}_lo"] < 0.03 < table.loc[name, f"{side}_hi"] + 0.06
    assert (table.asymmetry - (table.reward - table.penalty)).abs().max() < 1e-12


def test_a_crowded_top_of_the_scale_is_not_taken_for_a_basic():
    """Least squares on these answers gives the good side half the slope of the bad one."""
    scores, whole = world(n=4000, seed=3, level=0.93)
    assert (whole == 1).mean() > 0.5
    row = penalty_reward_of(people(scores, whole)).set_index("touchpoint_id").loc["t2"]
    assert row.impact == "performance"
    away = scores - scores.mean(axis=0)
    sides = np.column_stack([np.ones(len(away)), np.fmin(away, 0), np.fmax(away, 0)])
    plain = np.linalg.lstsq(sides, whole, rcond=None)[0]
    assert plain[7] < 0.6 * plain[3]


def test_sides_are_counted_and_small_ones_marked():
    scores, whole = world(n=80)
    table = penalty_reward_of(people(scores, whole), min_n=60).set_index("touchpoint_id")
    mean = scores[:, 0].mean()
    assert table.loc["t0", "n_below"] == (scores[:, 0] < mean).sum()
    assert table.loc["t0", "n_above"] == (scores[:, 0] > mean).sum()
    assert table.small.all()


def test_a_touchpoint_without_a_bad_side_is_left_out():
    scores, whole = world(n=300)
    flat = np.where(np.arange(300) < 5, 0.25, 0.75)
    table = penalty_reward_of(people(np.column_stack([scores, flat]), whole))
    assert "t4" not in set(table.touchpoint_id)


def test_a_survey_gives_the_same_table():
    scores, whole = world(n=200)
    frame = pd.DataFrame(scores, columns=[f"t{k}" for k in range(4)])
    asked = penalty_reward(survey(frame, whole))
    pd.testing.assert_frame_equal(asked, penalty_reward_of(people(scores, whole)))


def test_without_an_overall_answer_it_is_missing():
    scores, whole = world(n=60)
    data = survey(pd.DataFrame(scores, columns=list("abcd")), whole)
    assert isinstance(penalty_reward(data.filter(data.touchpoint_id.notnull())), Missing)
