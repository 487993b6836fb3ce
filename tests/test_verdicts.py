"""Chance and halo: null distributions that hold, and the usual random probe that doesn't."""

import numpy as np
import pytest
from drivers_toys import moody

from keytouch.fits import fit, influence
from keytouch.resample import resampled, sums_of_array
from keytouch.variance_shares import lmg
from keytouch.verdicts import chance, chance_of_all, flipped, halo_weights, verdicts


def world(seed, n=300, halo=0.5, effects=(0.5, 0.4, 0.0)):
    scores = moody(seed, n, p=len(effects), halo=halo)
    noise = 0.15 * np.random.default_rng(seed + 500).standard_normal(n)
    return scores, scores @ np.array(effects) + noise


def test_sign_flips_agree_with_permutations():
    scores, whole = world(1, n=120, effects=(0.12, 0.0, 0.05), halo=0.0)
    sums = sums_of_array(scores, whole)
    ours = chance(*flipped(influence(sums, fit(sums.total(), sums.n_known)).alone))
    random = np.random.default_rng(0)
    centred = scores - scores.mean(axis=0)
    size = np.abs(centred.T @ whole)
    orders = np.array([random.permutation(whole) for _ in range(2000)])
    permuted = (np.abs(orders @ centred) >= size).mean(axis=0)
    assert ours == pytest.approx(permuted, abs=0.05)


def test_sign_flips_of_an_own_effect_hold_their_level():
    """A null driver under a halo is called at 5 % in about 5 % of samples, even small ones."""
    p_values = []
    for seed in range(200):
        scores, whole = world(seed, n=60)
        sums = sums_of_array(scores, whole)
        moves = influence(sums, fit(sums.total(), sums.n_known))
        p_values.append(chance(*flipped(moves.null, flips=399))[2])
    assert 0.02 <= np.mean(np.array(p_values) <= 0.05) <= 0.09


def test_influences_add_up_to_the_estimate_and_give_its_error():
    scores, whole = world(2, n=2000)
    sums = sums_of_array(scores, whole)
    model = fit(sums.total(), sums.n_known)
    moves = influence(sums, model)
    assert moves.own.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)
    assert moves.null.sum(axis=0) == pytest.approx(model.slope[0])
    drawn = fit(sums.weighted(resampled(sums.buckets, draws=800, seed=1)), sums.n_known)
    assert moves.se == pytest.approx(drawn.slope.std(axis=0), rel=0.1)


def test_many_looks_are_paid_for():
    """The adjusted value of the smallest is that of the largest of all; order is kept."""
    random = np.random.default_rng(3)
    null = random.standard_normal((4000, 10))
    statistic = np.array([2.0, 1.0, *np.zeros(8)])
    adjusted = chance_of_all(statistic, null)
    expected = (np.abs(null).max(axis=1) >= 2).mean()
    assert adjusted[0] == pytest.approx(expected, abs=1e-3)
    assert adjusted[0] > 5 * chance(statistic, null)[0]
    assert (np.diff(adjusted[:3]) >= 0).all()


def test_a_halo_alone_stays_under_its_bound_in_95_of_100():
    over = []
    for seed in range(120):
        scores, whole = world(seed, n=200)
        sums = sums_of_array(scores, whole)
        model = fit(sums.total(), sums.n_known).one()
        scale = np.sqrt(np.diag(model.cov))
        se = influence(sums, fit(sums.total(), sums.n_known)).se * scale[:-1] / scale[-1]
        bound = halo_weights(model.R, model.r, model.beta, se)
        over.append(lmg(model.R, model.r)[2] > bound[2])
    assert np.mean(over) <= 0.1


def test_the_usual_random_probe_is_beaten_by_a_halo():
    """Tonidandel, LeBreton & Johnson's independent probe flags a decoy; the matched one doesn't."""
    independent, matched = [], []
    for seed in range(40):
        scores, whole = world(seed, n=400, halo=0.7)
        sums = sums_of_array(scores, whole)
        model = fit(sums.total(), sums.n_known).one()
        weight = lmg(model.R, model.r)
        random = np.random.default_rng(seed + 900)
        probes = []
        for _ in range(40):
            probe = random.standard_normal((400, 1))
            joint = np.corrcoef(np.column_stack([scores, probe, whole]).T)
            probes.append(lmg(joint[:-1, :-1], joint[:-1, -1])[-1])
        independent.append(weight[2] > np.quantile(probes, 0.95))
        scale = np.sqrt(np.diag(model.cov))
        se = influence(sums, fit(sums.total(), sums.n_known)).se * scale[:-1] / scale[-1]
        matched.append(weight[2] > halo_weights(model.R, model.r, model.beta, se)[2])
    assert np.mean(independent) > 0.95
    assert np.mean(matched) < 0.15


def test_verdicts_by_hand():
    table = {
        "p_own": [0.01, 0.01, 0.01, 0.3, 0.3, 0.3],
        "p_correlation": [0.0, 0.0, 0.0, 0.0, 0.0, 0.4],
        "slope": [0.4, -0.4, 0.4, 0.1, 0.1, 0.1],
        "slope_hi": [0.5, -0.3, 0.5, 0.3, 0.15, 0.3],
        "weight": [0.5, 0.5, 0.1, 0.1, 0.1, 0.1],
        "weight_null": [0.2] * 6,
    }
    found = verdicts(**table, material=0.2).tolist()
    assert found == ["robust", "noise", "shared", "shared", "noise", "noise"]
