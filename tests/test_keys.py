"""Key touchpoints: the decision, the index, its weights, and what to do."""

import numpy as np
import pandas as pd
import pytest

from keytouch.engine import Missing, from_frame
from keytouch.key_levels import (
    WEIGHTS,
    average_consequence,
    checked_weights,
    furthest_behind,
    multiplier,
    room,
)
from keytouch.keys import key_touchpoints, needed_answers
from keytouch.problems import DataError
from keytouch.stance import stances
from keytouch.weightings import ranks_of, weight_sensitivity

EFFECTS = {"desk": 0.55, "bill": 0.45, "halo": 0.0, "ugly": 0.0, "pool": 0.08}


def survey(n, *, seed=1, effects=None, noise=0.5):
    """Respondents with a common mood; "halo" follows it closely, "ugly" scores low."""
    random, effects = np.random.default_rng(seed), effects or EFFECTS
    mood = random.standard_normal(n)
    feel = {
        name: np.sqrt(share) * mood + np.sqrt(1 - share) * random.standard_normal(n)
        for name, share in zip(effects, [0.4, 0.4, 0.85, 0.3, 0.4])
    }
    means = {"ugly": 2.3, "pool": 3.9}
    scores = pd.DataFrame(
        {k: np.clip(np.rint(means.get(k, 3.5) + 1.1 * v), 1, 5) for k, v in feel.items()}
    )
    whole = sum(effects[k] * (scores[k] - scores[k].mean()) for k in effects)
    whole = np.clip(np.rint(3.7 + whole + noise * random.standard_normal(n)), 1, 5)
    tall = scores.assign(whole=whole, journey_id=[f"j{k:04}" for k in range(n)])
    tall = tall.melt("journey_id", var_name="touchpoint_id", value_name="score")
    tall.loc[tall.touchpoint_id == "whole", "touchpoint_id"] = None
    return tall.assign(
        feedback_id=[f"f{k}" for k in range(len(tall))],
        touchpoint_id=tall.touchpoint_id.astype("str").where(tall.touchpoint_id.notna()),
        metric="csat", scale_lo=1.0, scale_hi=5.0, status="answered",
    )  # fmt: skip


@pytest.fixture(scope="module")
def keys():
    return key_touchpoints(from_frame(survey(700)), draws=400)


def test_the_planted_keys_are_found_and_nothing_else(keys):
    assert set(keys.touchpoint_id[keys.verdict == "key"]) == {"desk", "bill"}
    assert set(keys.touchpoint_id[keys.verdict == "not"]) == {"halo", "ugly", "pool"}


def test_without_an_effect_neither_low_scores_nor_a_halo_earn_anything(keys):
    """The traps: "ugly" has the widest room, "halo" the closest correlation after the keys."""
    rows = keys.set_index("touchpoint_id")
    assert rows.room_points.idxmax() == "ugly"
    assert rows.correlation["halo"] > 0.5
    assert rows.index_points[["ugly", "halo"]].max() < 0.3 * rows.index_points["bill"]


def test_an_index_is_the_effect_times_the_weighted_levels(keys):
    levels = {name: keys[f"level_{name}"].to_numpy() for name in WEIGHTS if name != "importance"}
    expected = 100 * keys.slope.clip(lower=0) * multiplier(levels, WEIGHTS)
    assert keys.index_points.to_numpy() == pytest.approx(expected.to_numpy())
    parts = keys[[f"part_{name}" for name in WEIGHTS]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(keys.index_points.to_numpy())


def test_a_multiplier_worked_by_hand():
    levels = {"reach": np.array([0.5]), "gap": np.array([0.2]), "consequence": np.array([np.nan])}
    weights = {"importance": 0.4, "reach": 0.3, "gap": 0.1, "consequence": 0.2}
    # Consequence is unknown: (0.4 + 0.3 · 0.5 + 0.1 · 0.2) / (0.4 + 0.3 + 0.1)
    assert multiplier(levels, weights) == pytest.approx([0.57 / 0.8])


def test_unknown_components_are_named_and_lose_their_weight(keys):
    assert set(keys.missing) == {"consequence,competitor"}
    assert (keys.part_consequence == 0).all()
    reach = pd.DataFrame(
        {"touchpoint_id": ["desk"], "reach_rate": 0.5, "reach_rate_lo": 0.45, "reach_rate_hi": 0.55}
    )
    again = key_touchpoints(from_frame(survey(700)), reach=reach, draws=100)
    rate = again.set_index("touchpoint_id").reach_rate
    assert (rate["desk"], rate["bill"]) == (0.5, 1.0)


def test_the_order_of_rows_does_not_matter(keys):
    shuffled = survey(700).sample(frac=1, random_state=3).reset_index(drop=True)
    pd.testing.assert_frame_equal(key_touchpoints(from_frame(shuffled), draws=400), keys)


def test_chances_lie_between_0_and_1_and_fill_the_first_places(keys):
    chances = keys[["p_key", "p_top"]]
    assert ((chances >= 0) & (chances <= 1)).all(axis=None)
    assert keys.p_top.sum() <= 3 + 1e-9
    assert (keys.rank_lo <= keys["rank"]).all() and (keys["rank"] <= keys.rank_hi).all()


@pytest.mark.parametrize("seed", range(8))
def test_forty_answers_never_make_a_false_key(seed):
    table = key_touchpoints(from_frame(survey(40, seed=seed)), draws=200)
    assert set(table.touchpoint_id[table.verdict == "key"]) <= {"desk", "bill"}


@pytest.mark.parametrize("seed", range(6))
def test_without_any_effect_nothing_is_key(seed):
    none = dict.fromkeys(EFFECTS, 0.0)
    table = key_touchpoints(from_frame(survey(250, seed=seed, effects=none)), draws=200)
    assert not (table.verdict == "key").any()


def test_small_groups_are_never_judged():
    table = key_touchpoints(from_frame(survey(60)), min_n=100, draws=100)
    assert table.small.all() and set(table.verdict) == {"undecided"}
    assert (table.n_needed >= 100).all()


def test_what_an_undecided_one_needs_follows_the_square_root_law():
    needed = needed_answers(np.array([0.3, 0.1]), np.array([0.1, 0.1]), 100, material=0.2)
    # 100 · (2 · 0.8416 · 0.1 / 0.1)² = 283.3, rounded up to tens
    assert needed.tolist() == [290, 290]


def test_key_touchpoints_need_scores_at_touchpoints():
    assert key_touchpoints(Missing("feedback")) == Missing("feedback")
    frame = survey(50).drop(columns="touchpoint_id")
    assert isinstance(key_touchpoints(from_frame(frame)), Missing)


def test_a_target_of_the_clients_own_sets_the_room():
    assert room(np.array([3.0, 4.5]), np.array([4.0, 4.0])).tolist() == [1.0, 0.0]
    table = key_touchpoints(from_frame(survey(300)), target={"desk": 5.0}, draws=50)
    rows = table.set_index("touchpoint_id")
    assert rows.room_points["desk"] == pytest.approx(5 - rows.score["desk"])
    assert "gap" in rows.missing["bill"] and "gap" not in rows.missing["desk"]


@pytest.mark.parametrize("weights", [{"reech": 1}, {"reach": -1, "gap": 2}, {"reach": 0}])
def test_weights_that_make_no_sense_are_refused(weights):
    with pytest.raises(DataError):
        checked_weights(weights)


def test_outcomes_of_low_scores_are_averaged():
    table = pd.DataFrame(
        {
            "touchpoint_id": ["a", "a", "b"],
            "gap_rate": [0.2, 0.4, 0.1],
            "gap_rate_lo": [0.1, 0.3, 0.0],
            "gap_rate_hi": [0.3, 0.5, 0.2],
            "small": [False, False, True],
        }
    )
    mean = average_consequence(table)
    assert mean.touchpoint_id.tolist() == ["a"]  # the small group of "b" has no say
    # Half-width √(0.1² + 0.1²) / 2
    expected = [0.3, 0.3 - 0.1 / np.sqrt(2), 0.3 + 0.1 / np.sqrt(2)]
    assert mean.iloc[0, 1:].tolist() == pytest.approx(expected)


def test_the_best_competitor_sets_how_far_behind():
    grid = pd.DataFrame(
        {
            "touchpoint_id": ["a", "a"],
            "company": ["x", "y"],
            "gap_points": [0.2, -0.5],
            "gap_points_lo": [0.0, -0.7],
            "gap_points_hi": [0.4, -0.3],
        }
    )
    behind = furthest_behind(grid).iloc[0]
    expected = [0.5, 0.3, 0.7]
    assert behind[["behind_points", "behind_points_lo", "behind_points_hi"]].tolist() == expected


# Weights.


def ranked(**levels):
    table = pd.DataFrame({"touchpoint_id": ["a", "b", "c", "d"], "slope": [0.4, 0.3, 0.3, -0.1]})
    table = table.assign(n=100, **{f"level_{name}": level for name, level in levels.items()})
    return weight_sensitivity(table, top=1, draws=500).set_index("touchpoint_id")


def test_equal_levels_make_weights_unimportant():
    table = ranked(reach=[0.5] * 4, gap=[0.5] * 4)
    assert table.p_stays.tolist() == [1, 0, 0, 0]
    assert table.matters.isna().all()
    assert table["rank"].tolist() == [1, 2, 2, 4]  # equal indices share the better rank


def test_the_weight_that_decides_is_named():
    table = ranked(reach=[0.2, 1.0, 0.2, 1.0], gap=[0.5] * 4)
    assert 0.05 < table.p_stays["b"] < 0.95
    assert table.matters["b"] == "reach" and table.pull["b"] > 0.5
    assert table.pull["a"] < -0.5


def test_ranks_share_ties():
    assert ranks_of(np.array([[1.0, 3.0, 3.0, 2.0]])).tolist() == [[4, 1, 1, 3]]


# What to do.


def test_every_rule_of_the_strategy():
    names = ["weak", "strong", "wow", "duty", "gone", "open", "joy", "must", "some", "leak"]
    verdicts = ["key", "key", "not", "not", "not", "undecided", "not", "not", "not", "not"]
    table = pd.DataFrame({"touchpoint_id": names, "verdict": verdicts, "p_key": 0.5, "n": 100})
    table = table.assign(
        room_points=0.3,
        room_points_lo=[0.1, *[0] * 8, 0.1],
        room_points_hi=0.5,
        driver_verdict=["robust", *["noise"] * 7, "robust", "robust"],
    )
    impacts = pd.DataFrame(
        {
            "touchpoint_id": ["wow", "duty", "gone", "leak"],
            "impact": ["excitement", "basic", "excitement", "basic"],
            "probability": [0.9, 0.9, 0.6, 0.9],
        }
    )
    kano = pd.DataFrame(
        {
            "touchpoint_id": ["joy", "must"],
            "kano_category": ["attractive", "must_be"],
            "p_category": 0.95,
        }
    )
    found = stances(table, impacts=impacts, kano=kano).set_index("touchpoint_id").stance
    assert dict(found) == {
        "weak": "fix", "leak": "fix", "wow": "delight", "joy": "delight", "strong": "maintain",
        "duty": "maintain", "must": "maintain", "some": "maintain", "open": "learn",
        "gone": "drop",
    }  # fmt: skip
    assert list(found)[0] == "fix" and list(found)[-1] == "drop"
