"""Intervals hold the published values, the limit cases, and their promised coverage."""

import numpy as np
import pytest
from scipy.stats import binomtest

from keytouch.estimate import (
    Estimate,
    correlation_interval,
    effective_n,
    mean_interval,
    median_interval,
    nps_interval,
    strength,
    wilson,
)


@pytest.mark.parametrize(("successes", "n"), [(0, 7), (3, 10), (10, 10), (450, 1000)])
def test_wilson_equals_scipy(successes, n):
    expected = binomtest(successes, n).proportion_ci(method="wilson")
    lo, hi = wilson(successes / n, n)
    assert (lo, hi) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_of_nobody_is_unknown():
    assert np.isnan(wilson(np.nan, 0)).all()


def test_nps_adjusted_wald_equals_the_published_formula():
    # Rocks 2016: 15 detractors, 60 promoters of 100.
    lo, hi = nps_interval(0.60, 0.15, 100)
    assert (lo, hi) == pytest.approx((29.34311120, 58.03552957), abs=1e-6)


def test_nps_interval_is_clipped_to_the_scale_and_holds_the_value():
    # Nine promoters of ten: the formula's upper limit is 100.4.
    lo, hi = nps_interval(0.9, 0.0, 10)
    assert lo == pytest.approx(38.07922686, abs=1e-6)
    assert hi == 100
    lo, hi = nps_interval(1.0, 0.0, 5)
    assert lo < 100 == hi


def test_nps_interval_covers_where_wald_fails():
    # 90 % promoters, 5 % detractors, n = 10: Wald covers about .65.
    random = np.random.default_rng(3)
    counts = random.multinomial(10, [0.9, 0.05, 0.05], size=4000) / 10
    lo, hi = nps_interval(counts[:, 0], counts[:, 2], 10)
    assert np.mean((lo <= 85) & (hi >= 85)) > 0.90


def test_mean_interval_covers_as_promised():
    random = np.random.default_rng(5)
    samples = random.normal(3, 1, size=(4000, 12))
    lo, hi = mean_interval(samples.mean(axis=1), samples.var(axis=1, ddof=1), 12)
    assert 0.93 < np.mean((lo <= 3) & (hi >= 3)) < 0.97


def test_mean_of_one_answer_has_no_interval():
    assert np.isnan(mean_interval(4.0, 0.0, 1)).all()


def test_equal_weights_change_nothing_and_unequal_ones_cost_answers():
    assert effective_n(10 * 0.3, 10 * 0.09) == pytest.approx(10)
    assert effective_n(1 + 9, 1 + 81) < 2
    assert effective_n(0, 0) == 0


def test_correlation_interval_is_fishers():
    lo, hi = correlation_interval(0.5, 103)
    assert (np.arctanh(lo), np.arctanh(hi)) == pytest.approx(
        (np.arctanh(0.5) - 0.196, np.arctanh(0.5) + 0.196), abs=1e-3
    )


def test_median_interval_narrows_with_n():
    few, many = median_interval(20), median_interval(2000)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]


def test_strength_words_follow_the_probability():
    assert [strength(p) for p in (0.95, 0.94, 0.8, 0.79)] == [
        "is", "very_likely", "very_likely", "undecided",
    ]  # fmt: skip


def test_an_estimate_outside_its_interval_is_refused():
    with pytest.raises(ValueError, match="outside"):
        Estimate(5.0, 1.0, 4.0, 10, "method_mean_t")
