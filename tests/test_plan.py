"""Pain points need proof, priorities say how sure they are, actions leave no gap."""

import numpy as np
import pandas as pd
import pytest

from keytouch.engine import Missing, from_frame
from keytouch.plan import action_list, pain_points, priorities

NONE = Missing("feedback")


def rates(column, values, n=400):
    """A table of one rate per touchpoint."""
    table = pd.DataFrame({"touchpoint_id": list("abcdefgh")[: len(values)], column: values, "n": n})
    return table.assign(
        **{f"{column}_lo": table[column] - 0.05, f"{column}_hi": table[column] + 0.05}
    )


def pains_of(scores, **others):
    tables = {"delays": NONE, "service": NONE, "mentions": NONE, **others}
    return pain_points(scores=scores, **tables)


def test_only_a_rate_well_above_the_others_is_a_pain():
    table = pains_of(rates("low_rate", [0.40, 0.10, 0.10, 0.12]))
    assert table[table.pain].touchpoint_id.tolist() == ["a"]
    assert table.evidence_id.tolist() == ["E01", "E02", "E03", "E04"]


def test_equal_rates_are_no_pain():
    assert not pains_of(rates("low_rate", [0.2, 0.2, 0.2])).pain.any()


def test_chance_alone_is_rarely_called_a_pain():
    random = np.random.default_rng(1)
    called = 0
    for _ in range(100):
        found = pains_of(rates("low_rate", random.binomial(300, 0.2, 8) / 300, n=300))
        called += int(found.pain.any())
    assert called <= 5


def test_small_groups_carry_no_evidence():
    assert isinstance(pains_of(rates("low_rate", [0.9, 0.1], n=10)), Missing)


def test_broken_promises_are_judged_by_a_fixed_level():
    table = pains_of(NONE, delays=rates("late_rate", [0.35]))
    assert (table.baseline.iloc[0], table.pain.iloc[0]) == (0.10, True)


def scored(values, slopes, n=500, error=0.01):
    names = list("abcdef")[: len(values)]
    left = pd.DataFrame({"touchpoint_id": names, "score": values, "n": n, "score_sd": 1.0})
    left = left.assign(score_lo=left.score - error, score_hi=left.score + error)
    right = pd.DataFrame({"touchpoint_id": names, "slope": slopes, "slope_se": error / 4})
    return left, right


def test_gain_is_slope_times_room_times_reach():
    reach = pd.DataFrame({"touchpoint_id": list("abcd"), "reach_rate": [0.5, 1, 1, 1]})
    table = priorities(*scored([2.0, 4, 4, 4], [0.5, 0.1, 0.1, 0.1]), reach)
    row = table.iloc[0]
    assert row.touchpoint_id == "a"
    assert row.gain_points == pytest.approx(0.5 * 2 * 0.5)
    assert row.gain_points_lo <= row.gain_points <= row.gain_points_hi
    assert row.p_first == 1


def test_a_weak_touchpoint_without_effect_is_not_first():
    table = priorities(*scored([2.0, 3, 4, 4], [0.0, 0.4, 0.1, 0.1]), Missing("interactions"))
    assert table.touchpoint_id.iloc[0] == "b"


def test_chances_to_be_first_add_up():
    table = priorities(*scored([2, 2.1, 3, 4], [0.3] * 4, error=0.5), Missing("interactions"))
    assert table.p_first.sum() == pytest.approx(1)
    assert table.p_top.sum() == pytest.approx(3)
    assert table.p_first.max() < 0.95


ACTIONS = from_frame(
    pd.DataFrame({"action_id": ["A1"], "touchpoint_id": ["c"], "name_zh": ["甲"], "cost": [5.0]})
)


def test_first_touchpoints_without_an_action_get_a_proposal():
    ranked = priorities(*scored([2.0, 2.5, 4, 4], [0.5, 0.5, 0.1, 0.1]), Missing("interactions"))
    table = action_list(ACTIONS, ranked, NONE, Missing("touchpoints"))
    assert table.origin.tolist().count("proposal") == 2
    proposed = table[table.origin == "proposal"]
    assert proposed.touchpoint_id.tolist() == ["a", "b"]
    assert proposed.cost.isna().all()
    assert proposed.effect_points_lo.notna().all()


def test_without_scores_the_clients_own_actions_stay():
    table = action_list(ACTIONS, NONE, NONE, Missing("touchpoints"))
    assert table.action_id.tolist() == ["A1"]


def test_without_anything_the_action_list_is_missing():
    assert isinstance(action_list(Missing("actions"), NONE, NONE, NONE), Missing)
