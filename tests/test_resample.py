"""Sums per bucket: the same from the engine and from arrays, and a bootstrap that is right."""

import numpy as np
import pandas as pd
import pytest
from drivers_toys import moody, survey

from keytouch.engine import Missing
from keytouch.fits import fit
from keytouch.resample import bucket_sums, resampled, sums_of_array

EFFECTS = np.array([0.6, 0.3, 0.0])
NAMES = ["a", "b", "c"]


def world(n=60, seed=1, blank=0.2, unused=0.3):
    random = np.random.default_rng(seed + 100)
    scores = moody(seed, n)
    used = (random.random(scores.shape) >= unused) * 1.0
    whole = 0.6 + ((scores - 0.6) * used) @ EFFECTS + 0.1 * random.standard_normal(n)
    holes = random.random(scores.shape) < blank
    return np.where(holes | (used == 0), np.nan, scores), used, whole


def test_the_engine_and_an_array_give_the_same_sums():
    scores, used, whole = world()
    weight = np.random.default_rng(3).uniform(0.5, 2, len(whole))
    customer = np.array([f"c{k // 3:03}" for k in range(len(whole))])
    frame = pd.DataFrame(scores, columns=NAMES)
    table = survey(frame, whole, weight=weight, used=used, customer=customer)
    ours = bucket_sums(table)
    same = sums_of_array(scores, whole, used=used, cluster=customer, weight=weight)
    assert ours.items == ("a", "b", "c", "(overall)")
    assert ours.buckets == same.buckets == 20
    for name in ("known", "sw", "sa", "sab", "saa", "n", "n_known", "n_eff"):
        assert getattr(ours, name) == pytest.approx(getattr(same, name)), name


def test_many_customers_share_a_thousand_buckets_evenly_and_lose_nobody():
    n = 6000
    scores = moody(2, n, p=1)
    table = survey(pd.DataFrame(scores, columns=["a"]), scores[:, 0])
    sums = bucket_sums(table, buckets=200)
    assert sums.buckets == 200
    assert sums.n[0, 1] == n
    sizes = sums.sw[:, 0, 0]
    # A fair scattering: 30 each on average, with the spread of chance.
    assert sizes.mean() == 30
    assert 0.7 < sizes.var() / 30 < 1.4


def test_buckets_have_nothing_to_do_with_the_order_of_customers():
    n = 6000
    trend = np.linspace(0, 1, n)
    table = survey(pd.DataFrame({"a": trend}), trend)
    sums = bucket_sums(table, buckets=200)
    means = sums.sa[:, 0, 0] / sums.sw[:, 0, 0]
    expected = trend.std() / np.sqrt(30)
    assert means.std() == pytest.approx(expected, rel=0.25)


def test_a_bucket_bootstrap_spreads_as_a_customer_bootstrap_does():
    random = np.random.default_rng(5)
    scores, used, whole = world(n=900, seed=4)
    customer = np.arange(900) // 3
    buckets = sums_of_array(scores, whole, used=used, cluster=customer, buckets=150)
    drawn = fit(buckets.weighted(resampled(150, draws=400, seed=1)), buckets.n_known)
    plain = []
    for _ in range(200):
        rows = (3 * random.integers(0, 300, 300)[:, None] + np.arange(3)).ravel()
        again = sums_of_array(scores[rows], whole[rows], used=used[rows])
        plain.append(fit(again.total(), again.n_known).slope[0])
    assert drawn.slope.std(axis=0) == pytest.approx(np.std(plain, axis=0), rel=0.2)


def test_standard_errors_are_those_of_least_squares():
    n = 4000
    scores = moody(6, n)
    whole = scores @ EFFECTS + 0.1 * np.random.default_rng(7).standard_normal(n)
    design = np.column_stack([np.ones(n), scores])
    error = 0.1 * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))[1:]
    sums = sums_of_array(scores, whole)
    drawn = fit(sums.weighted(resampled(sums.buckets, draws=1000, seed=1)), sums.n_known)
    assert drawn.slope.std(axis=0) == pytest.approx(error, rel=0.12)


def test_repeat_customers_are_not_counted_as_news():
    """Every answer ten times over is no better known than once."""
    scores, used, whole = world(n=200)
    once = sums_of_array(scores, whole, used=used)
    many = [np.repeat(part, 10, axis=0) for part in (scores, whole, used)]
    ten = sums_of_array(many[0], many[1], used=many[2], cluster=np.repeat(np.arange(200), 10))
    spread = [
        fit(sums.weighted(resampled(200, draws=300, seed=1)), sums.n_known).slope.std(axis=0)
        for sums in (once, ten)
    ]
    assert spread[1] == pytest.approx(spread[0])


def test_without_keys_or_an_overall_answer_the_sums_are_missing():
    scores, used, whole = world()
    table = survey(pd.DataFrame(scores, columns=NAMES), whole, used=used)
    assert isinstance(bucket_sums(table.drop("journey_id")), Missing)
    assert isinstance(bucket_sums(table.filter(table.touchpoint_id.notnull())), Missing)
