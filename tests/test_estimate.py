"""Intervals hold the published values, the limit cases, and their promised coverage."""

import numpy as np
import pytest
from scipy.stats import binomtest

from keytouch.estimate import (
    Estimate,
    correlation_interval,
    effective_n,
    mean_estimate,
    mean_interval,
    median_interval,
    nps_estimate,
    nps_interval,
    nps_variance,
    place_interval,
    share_estimate,
    strength,
    wilson,
)
from keytouch.labels import estimate_text
from keytouch.problems import DataError
from keytouch.words import set_language


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


def test_nps_wald_and_its_variance_equal_the_nps_package_of_r():
    # CRAN NPS 1.1: 15 detractors, 25 passives, 60 promoters; npvar of 10/20/70.
    estimate = nps_estimate(0.60, 0.15, 100, adjusted=False)
    assert estimate.value == pytest.approx(45)
    assert (estimate.lo, estimate.hi) == pytest.approx((30.4975908749, 59.5024091251), abs=1e-7)
    assert nps_variance(0.7, 0.1) == pytest.approx(0.44)


def test_the_adjusted_interval_of_nobody_is_unknown():
    assert np.isnan(nps_interval(np.nan, np.nan, 0)).all()


@pytest.mark.parametrize("scale", [(1, 10), (1, 5), (0, 100)])
def test_a_net_promoter_score_of_another_scale_is_refused_with_the_way_out(scale):
    set_language("en")
    with pytest.raises(DataError, match=f"from {scale[0]} to {scale[1]}.*top-box share instead"):
        nps_estimate(0.5, 0.2, 100, scale=scale)


NPS_WORLDS = [(0.9, 0.05), (0.6, 0.15), (0.3, 0.4)]


def exact_nps_coverage(n, promoters, detractors, **options):
    """The chance that the interval holds the truth, over every possible sample."""
    from scipy.stats import multinomial

    counts = np.array([(p, d) for p in range(n + 1) for d in range(n + 1 - p)])
    world = [promoters, detractors, 1 - promoters - detractors]
    chance = multinomial.pmf(np.column_stack([counts, n - counts.sum(1)]), n, world)
    lo, hi = nps_interval(counts[:, 0] / n, counts[:, 1] / n, n, **options)
    truth = 100 * (promoters - detractors)
    return chance[(lo <= truth) & (hi >= truth)].sum()


@pytest.mark.parametrize("shares", NPS_WORLDS)
@pytest.mark.parametrize("n", [10, 30, 100])
def test_adjusted_wald_covers_as_promised(n, shares):
    # Near the end of the scale it is a little cautious: .973 with n = 30 and nine of ten promoters.
    assert 0.94 <= exact_nps_coverage(n, *shares) <= 0.975


def test_plain_wald_fails_in_small_groups():
    assert exact_nps_coverage(10, 0.9, 0.05, adjusted=False) == pytest.approx(0.649, abs=0.001)


def test_wilson_covers_as_promised_on_average_over_shares():
    # At one share the discreteness of counts lets coverage swing; over shares it is .95.
    random = np.random.default_rng(6)
    for n in (10, 30, 100):
        shares = random.uniform(0.05, 0.95, 8000)
        lo, hi = wilson(random.binomial(n, shares) / n, n)
        assert 0.93 <= np.mean((lo <= shares) & (shares <= hi)) <= 0.97


def test_an_estimate_goes_into_a_row_and_out_of_it():
    estimate = share_estimate(0.4, 50)
    row = estimate.columns("late_rate")
    assert Estimate.of(row, "late_rate") == estimate
    assert set(estimate.columns("value")) == {"value", "lo", "hi", "n", "method"}


@pytest.mark.parametrize("lacking", ["score_lo", "score_hi", "n", "method"])
def test_a_naked_number_is_no_estimate(lacking):
    row = mean_estimate(4.0, 1.0, 20).columns("score")
    del row[lacking]
    with pytest.raises(ValueError, match=f"naked.*{lacking}"):
        Estimate.of(row, "score")


def test_only_a_single_answer_may_lack_an_interval():
    assert np.isnan(mean_estimate(4.0, np.nan, 1).lo)
    with pytest.raises(ValueError, match="no interval"):
        Estimate(4.0, np.nan, np.nan, 20, "method_mean_t")


@pytest.mark.parametrize(
    ("language", "text"),
    [("zh", "45.0（95% 区间 29.3–58.0，n=100）"), ("en", "45.0 (95% interval 29.3–58.0, n=100)")],
)
def test_an_estimate_in_words_has_its_interval_and_n(language, text):
    set_language(language)
    assert estimate_text(nps_estimate(0.6, 0.15, 100), "nps") == text
    set_language("en")
    assert "too few" in estimate_text(mean_estimate(4.0, np.nan, 1), "score")


def test_a_few_equal_answers_promise_no_certainty():
    lo, hi = place_interval([1.0, 0.5, 1.0], [0.0, 0.0, 0.0], [3, 3, 3000])
    assert lo[0] < 0.5 and hi[0] == 1
    assert lo[1] < 0.3 and hi[1] > 0.7
    assert lo[2] > 0.99
    assert np.isnan(place_interval(1.0, 0.0, 1)).all()
