"""The driver triangle: least squares on complete data, and a halo that does not fool it."""

import numpy as np
import pandas as pd
import pytest
from drivers_toys import moody, survey

from keytouch.drivers import among_top, draws_of, importance, importance_of
from keytouch.engine import Missing
from keytouch.resample import sums_of_array

NAMES = ["key", "other", "decoy"]
EFFECTS = np.array([0.6, 0.3, 0.0])


def scores_of(seed, n, halo=0.7):
    return pd.DataFrame(moody(seed, n, halo=halo), columns=NAMES)


def outcome(scores, seed, noise=0.12):
    random = np.random.default_rng(seed + 1000)
    return scores.to_numpy() @ EFFECTS + noise * random.standard_normal(len(scores))


def least_squares(scores, whole, weight=None):
    root = np.ones(len(scores)) if weight is None else np.sqrt(weight)
    design = np.column_stack([np.ones(len(scores)), scores]) * root[:, None]
    return np.linalg.lstsq(design, whole * root, rcond=None)[0][1:]


def test_complete_answers_give_the_least_squares_slopes():
    scores = scores_of(1, 60)
    whole = outcome(scores, 1)
    table = importance(survey(scores, whole)).set_index("touchpoint_id")
    assert table.loc[NAMES, "slope"].to_numpy() == pytest.approx(least_squares(scores, whole))
    ratio = scores.std().to_numpy() / whole.std()
    expected = least_squares(scores, whole) * ratio * np.sqrt(60 / 59) / np.sqrt(60 / 59)
    assert table.loc[NAMES, "importance"].to_numpy() == pytest.approx(expected, rel=0.02)
    assert table.loc["key", "correlation"] == pytest.approx(np.corrcoef(scores.key, whole)[0, 1])


def test_weights_give_the_weighted_least_squares_slopes():
    scores = scores_of(2, 60)
    whole = outcome(scores, 2)
    weight = np.random.default_rng(0).uniform(0.5, 2, 60)
    table = importance(survey(scores, whole, weight=weight)).set_index("touchpoint_id")
    expected = least_squares(scores, whole, weight)
    assert table.loc[NAMES, "slope"].to_numpy() == pytest.approx(expected)


def test_a_decoy_correlates_but_has_no_effect_of_its_own():
    scores = scores_of(3, 1500)
    table = importance(survey(scores, outcome(scores, 3))).set_index("touchpoint_id")
    decoy = table.loc["decoy"]
    assert decoy.correlation > 0.5
    assert decoy.slope_lo < 0 < decoy.slope_hi
    assert decoy.explained_share > 0.1  # its halo alone gives it that much
    assert decoy.explained_share < decoy.halo_share
    assert table.verdict.to_dict() == {"key": "robust", "other": "robust", "decoy": "noise"}
    assert decoy.shared_share > 0.9
    assert table.index[0] == "key"


def test_explained_shares_add_up_and_every_reading_lies_in_its_interval():
    scores = scores_of(4, 300)
    table = importance(survey(scores, outcome(scores, 4)))
    assert table.explained_share.sum() == pytest.approx(1)
    for name in ("importance", "slope", "correlation", "explained_share", "shared_share"):
        assert (table[f"{name}_lo"] <= table[name]).all()
        assert (table[name] <= table[f"{name}_hi"]).all()


def test_too_few_answers_leave_it_open_what_is_shared():
    scores = scores_of(5, 40, halo=0.8)
    table = importance(survey(scores, outcome(scores, 5, noise=0.2))).set_index("touchpoint_id")
    assert table.loc["other", "verdict"] == "shared"


def test_a_touchpoint_that_goes_with_nothing_is_noise():
    scores = scores_of(6, 400).assign(alone=np.random.default_rng(1).uniform(size=400))
    whole = outcome(scores[NAMES], 6)
    table = importance(survey(scores, whole)).set_index("touchpoint_id")
    assert table.loc["alone", "verdict"] == "noise"
    assert table.loc["alone", "p_correlation"] > 0.05


def test_the_chance_of_a_material_effect_follows_its_size():
    scores = scores_of(7, 800)
    table = importance(survey(scores, outcome(scores, 7)), material=0.3).set_index("touchpoint_id")
    assert table.loc["key", "p_material"] > 0.99
    assert 0.02 < table.loc["other", "p_material"] < 0.98
    assert table.loc["decoy", "p_material"] < 0.01


def study(runs, n, effects, halo, seed=0):
    """Shares of runs in which each touchpoint is robust, and in which its slope is covered."""
    robust, covered = np.zeros(len(effects)), np.zeros(len(effects))
    for run in range(runs):
        random = np.random.default_rng(50_000 + 1000 * seed + run)
        scores = moody(1000 * seed + run, n, p=len(effects), halo=halo)
        used = (random.random(scores.shape) < np.linspace(1, 0.4, len(effects))) * 1.0
        whole = 0.6 + ((scores - 0.6) * used) @ effects + 0.15 * random.standard_normal(n)
        holes = np.where(random.random(scores.shape) < 0.1, np.nan, scores)
        drawn = draws_of(sums_of_array(holes, whole, used=used), draws=200)
        table = importance_of(drawn).set_index("touchpoint_id").sort_index()
        robust += (table.verdict == "robust").to_numpy()
        covered += ((table.slope_lo <= effects) & (effects <= table.slope_hi)).to_numpy()
    return robust / runs, covered / runs


def test_without_any_effect_hardly_anything_is_robust():
    robust, covered = study(60, 300, np.zeros(6), halo=0.6)
    assert robust.sum() <= 0.06  # all six touchpoints together
    assert 0.92 <= covered.mean() <= 0.98


def test_keys_are_found_decoys_are_not_and_intervals_cover():
    effects = np.array([0.5, 0.4, 0.4, 0.0, 0.0])
    halo = np.array([0.4, 0.4, 0.4, 0.75, 0.4])
    robust, covered = study(50, 700, effects, halo, seed=1)
    assert (robust[:3] >= 0.95).all()
    assert (robust[3:] <= 0.05).all()
    assert 0.92 <= covered.mean() <= 0.98


def test_chances_to_be_among_the_first_add_up():
    draws = np.array([[3.0, 2, 1, 0], [0, 1, 2, 3]])
    assert among_top(draws, top=2).tolist() == [0.5, 0.5, 0.5, 0.5]


def test_a_touchpoint_without_variation_is_left_out():
    scores = scores_of(6, 50).assign(flat=0.5)
    table = importance(survey(scores, outcome(scores[NAMES], 6)))
    assert "flat" not in set(table.touchpoint_id)


def test_without_an_overall_question_the_answer_is_missing():
    scores = scores_of(7, 50)
    data = survey(scores, outcome(scores, 7))
    assert isinstance(importance(data.filter(data.touchpoint_id.notnull())), Missing)
    assert isinstance(importance(data.drop("score")), Missing)


def test_one_touchpoint_alone_has_the_simple_regression():
    scores = scores_of(8, 200)[["key"]]
    whole = 0.5 * scores.key.to_numpy() + 0.1 * np.random.default_rng(9).standard_normal(200)
    row = importance(survey(scores, whole)).iloc[0]
    assert row.importance == pytest.approx(row.correlation)
    assert row.explained_share == 1
    assert row.verdict == "robust"


def test_scores_that_go_with_nothing_at_all_give_no_warning():
    """Four answers of each kind: the correlation is exactly zero."""
    scores = pd.DataFrame({"a": [0.2, 0.2, 0.8, 0.8] * 10, "b": [0.2, 0.8, 0.8, 0.2] * 10})
    table = importance(survey(scores, np.array([0.2, 0.8, 0.2, 0.8] * 10)))
    assert table.explained_share.between(0, 1).all()
    assert (table.verdict == "noise").all()
