"""Partial coefficients: least squares on complete data, and a halo that does not fool them."""

import numpy as np
import pandas as pd
import pytest

from keytouch.drivers import importance
from keytouch.engine import Missing, from_frame


def survey(scores: pd.DataFrame, whole: np.ndarray, weight: np.ndarray | None = None):
    """A wide survey as canonical feedback on a 0–1 scale."""
    wide = scores.assign(**{"": whole}, journey_id=range(len(scores)))
    if weight is not None:
        wide["weight"] = weight
    keys = [name for name in ("journey_id", "weight") if name in wide]
    tall = wide.melt(id_vars=keys, var_name="touchpoint_id", value_name="score")
    tall["touchpoint_id"] = tall.touchpoint_id.where(tall.touchpoint_id != "")
    tall = tall.assign(
        metric="csat",
        scale_lo=0.0,
        scale_hi=1.0,
        feedback_id=range(len(tall)),
        status=np.where(tall.score.isna(), "not_used", "answered"),
    )
    return from_frame(tall)


def draws(seed: int, n: int, halo: float = 0.7) -> pd.DataFrame:
    """Three touchpoints that share a halo."""
    random = np.random.default_rng(seed)
    mood = random.standard_normal((n, 1))
    own = random.standard_normal((n, 3))
    return pd.DataFrame(
        np.sqrt(halo) * mood + np.sqrt(1 - halo) * own, columns=["key", "other", "decoy"]
    )


def outcome(scores: pd.DataFrame, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed + 1000).standard_normal(len(scores))
    return (0.6 * scores.key + 0.3 * scores.other + 0.6 * noise).to_numpy()


def test_complete_answers_give_the_least_squares_slopes():
    scores = draws(1, 60)
    whole = outcome(scores, 1)
    table = importance(survey(scores, whole)).set_index("touchpoint_id")
    design = np.column_stack([np.ones(60), scores])
    slopes = np.linalg.lstsq(design, whole, rcond=None)[0][1:]
    assert table.loc[["key", "other", "decoy"], "slope"].to_numpy() == pytest.approx(slopes)


def test_weights_give_the_weighted_least_squares_slopes():
    scores = draws(2, 60)
    whole = outcome(scores, 2)
    weight = np.random.default_rng(0).uniform(0.5, 2, 60)
    table = importance(survey(scores, whole, weight)).set_index("touchpoint_id")
    root = np.sqrt(weight)[:, None]
    design = np.column_stack([np.ones(60), scores]) * root
    slopes = np.linalg.lstsq(design, whole * root[:, 0], rcond=None)[0][1:]
    assert table.loc[["key", "other", "decoy"], "slope"].to_numpy() == pytest.approx(slopes)


def test_a_decoy_correlates_but_has_no_effect_of_its_own():
    scores = draws(3, 2000)
    table = importance(survey(scores, outcome(scores, 3))).set_index("touchpoint_id")
    decoy = table.loc["decoy"]
    assert decoy.correlation > 0.5
    assert decoy.importance_lo < 0 < decoy.importance_hi
    assert table.index[0] == "key"


def test_the_interval_of_a_true_zero_covers_as_promised():
    covered = []
    for seed in range(150):
        scores = draws(seed, 200)
        row = importance(survey(scores, outcome(scores, seed))).set_index("touchpoint_id")
        covered.append(row.loc["decoy", "importance_lo"] <= 0 <= row.loc["decoy", "importance_hi"])
    assert 0.90 <= np.mean(covered) <= 0.99


def test_missing_answers_leave_the_true_driver_first():
    scores = draws(5, 1500)
    whole = outcome(scores, 5)
    holes = np.random.default_rng(9).random(scores.shape) < 0.4
    table = importance(survey(scores.mask(holes), whole)).set_index("touchpoint_id")
    assert table.index[0] == "key"
    assert table.loc["decoy", "importance_lo"] < 0.05


def test_a_touchpoint_without_variation_is_left_out():
    scores = draws(6, 50).assign(flat=0.5)
    table = importance(survey(scores, outcome(scores, 6)))
    assert "flat" not in set(table.touchpoint_id)


def test_without_an_overall_question_the_answer_is_missing():
    scores = draws(7, 50)
    data = survey(scores, outcome(scores, 7))
    assert isinstance(importance(data.filter(data.touchpoint_id.notnull())), Missing)
