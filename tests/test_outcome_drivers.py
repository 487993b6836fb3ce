"""Drivers of churn, promoting and ordered answers: the usual fits, and the triangle's verdicts."""

import numpy as np
import pandas as pd
import pytest
from drivers_toys import moody, survey
from scipy.special import expit

from keytouch.engine import Missing, from_frame
from keytouch.ordered_logit import levels_of, ordered_logit
from keytouch.outcome_drivers import importance_for

NAMES = ["key", "other", "decoy"]


def yes_or_no(seed=1, n=900, effects=(1.2, 0.7, 0.0), halo=0.6):
    scores = moody(seed, n, halo=halo)
    z = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    chance = expit(z @ np.array(effects) - 0.5)
    return scores, (np.random.default_rng(seed + 1000).random(n) < chance).astype(float)


def test_two_levels_are_the_usual_logistic_regression():
    import statsmodels.api as sm

    scores, y = yes_or_no()
    ours = ordered_logit(scores, y.astype(int), np.ones(len(y)))
    usual = sm.Logit(y, sm.add_constant(scores)).fit(disp=0)
    assert ours.coef == pytest.approx(usual.params[1:], rel=1e-6)
    assert ours.thresholds[0] == pytest.approx(-usual.params[0], rel=1e-6)
    assert ours.log_likelihood == pytest.approx(usual.llf)
    assert ours.influence.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-6)
    robust = sm.Logit(y, sm.add_constant(scores)).fit(disp=0, cov_type="HC0")
    assert np.sqrt((ours.influence**2).sum(axis=0)) == pytest.approx(robust.bse[1:], rel=1e-6)


def test_more_levels_are_proportional_odds():
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    scores, _ = yes_or_no(n=500)
    noise = np.random.default_rng(2).logistic(size=500)
    level = np.digitize(4 * scores[:, 0] + 2 * scores[:, 1] + noise, [2.5, 3.5, 5])
    ours = ordered_logit(scores, level, np.ones(500))
    usual = OrderedModel(level, scores, distr="logit").fit(method="newton", disp=0)
    assert ours.coef == pytest.approx(usual.params[:3], rel=1e-4)
    assert ours.log_likelihood == pytest.approx(usual.llf)


def test_a_weight_counts_like_repeated_rows():
    scores, y = yes_or_no(n=200)
    weight = np.random.default_rng(1).integers(1, 4, 200)
    ours = ordered_logit(scores, y.astype(int), weight.astype(float))
    rows = np.repeat(np.arange(200), weight)
    repeated = ordered_logit(scores[rows], y[rows].astype(int), np.ones(len(rows)))
    assert ours.coef == pytest.approx(repeated.coef)


def test_means_of_answers_fall_into_levels():
    level, values = levels_of(np.array([0.75, 0.25, 0.7500001, 1.0]))
    assert level.tolist() == [1, 0, 1, 2]
    assert values.tolist() == [0.25, 0.75, 1.0]


def asked(scores, y, **options):
    """The table for an outcome by journey."""
    n = len(y)
    table = survey(pd.DataFrame(scores, columns=NAMES), scores.mean(axis=1))
    ids = [f"j{k:06}" for k in range(n)]
    outcomes = from_frame(pd.DataFrame({"journey_id": ids, "churned": y == 1}))
    return importance_for(table, outcomes, outcome="churned", scale=(0, 1), **options)


def test_a_decoy_of_an_outcome_is_not_robust():
    scores, y = yes_or_no(n=1500)
    table = asked(scores, y).set_index("touchpoint_id")
    assert table.loc["key", "verdict"] == table.loc["other", "verdict"] == "robust"
    assert table.loc["decoy", "verdict"] != "robust"
    assert table.loc["decoy", "correlation_lo"] > 0.2
    assert table.explained_share.sum() == pytest.approx(1)
    assert table.index[0] == "key"
    assert table.events.iloc[0] == int(y.sum())


def test_the_odds_ratio_is_the_logistic_one():
    scores, y = yes_or_no(n=600)
    table = asked(scores, y).set_index("touchpoint_id").loc[NAMES]
    fit = ordered_logit(scores, y.astype(int), np.ones(600))
    assert np.log(table.odds_ratio).to_numpy() == pytest.approx(fit.coef, rel=1e-6)
    chance = expit(scores @ fit.coef - fit.thresholds[0])
    steep = (chance * (1 - chance)).mean()
    assert table.effect_rate.to_numpy() == pytest.approx(fit.coef * steep, rel=1e-6)


def test_of_a_bad_outcome_less_is_better():
    scores, y = yes_or_no(n=1500)
    table = asked(scores, 1 - y, wanted=False).set_index("touchpoint_id")
    assert table.loc["key", "verdict"] == "robust"
    assert table.loc["key", "effect_rate"] < 0
    wrong = asked(scores, 1 - y, wanted=True).set_index("touchpoint_id")
    assert wrong.loc["key", "verdict"] == "noise"


def test_an_outcome_of_chance_has_no_robust_driver():
    robust = []
    for seed in range(20):
        scores, _ = yes_or_no(seed, n=300)
        y = (np.random.default_rng(seed + 1000).random(300) < 0.3).astype(float)
        robust.append((asked(scores, y, draws=200).verdict == "robust").any())
    assert np.mean(robust) <= 0.15


def test_promoters_come_from_the_recommend_question():
    scores, y = yes_or_no(n=300)
    table = survey(pd.DataFrame(scores, columns=NAMES), scores.mean(axis=1))
    rows = pd.DataFrame(
        {
            "journey_id": [f"j{k:06}" for k in range(300)],
            "touchpoint_id": pd.Series([None] * 300, dtype="str"),
            "score": np.where(y == 1, 9.0, 8.0),
            "metric": "nps",
            "scale_lo": 0.0,
            "scale_hi": 10.0,
            "feedback_id": range(10_000, 10_300),
            "status": "answered",
        }
    )
    both = from_frame(pd.concat([table.to_pandas(), rows], ignore_index=True))
    got = importance_for(both, outcome="promoter", scale=(0, 1)).set_index("touchpoint_id")
    same = asked(scores, y).set_index("touchpoint_id")
    assert got.odds_ratio.to_dict() == pytest.approx(same.odds_ratio.to_dict())


def test_an_outcome_that_nobody_knows_is_missing():
    scores, y = yes_or_no(n=60)
    table = survey(pd.DataFrame(scores, columns=NAMES), scores.mean(axis=1))
    empty = from_frame(pd.DataFrame({"journey_id": ["j000001"], "other": [True]}))
    assert importance_for(table, empty, outcome="churned") == Missing("customers", ("churned",))
    assert isinstance(asked(scores, np.zeros(60)), Missing)
    assert isinstance(importance_for(table, outcome="promoter"), Missing)
