"""Differences hold the published values and cover as promised; many comparisons are adjusted."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_ind
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from keytouch.contrasts import (
    adjusted,
    common_odds_ratio,
    holm,
    mean_difference,
    nps_difference,
    share_difference,
    share_difference_wald,
)

DRAWS = 4000


def coverage(contrast, truth):
    return np.mean((contrast.lo <= truth) & (truth <= contrast.hi))


def test_two_proportions_equal_prop_test_of_r():
    # R: prop.test(c(15, 25), c(50, 50), correct = FALSE), and with Yates' correction.
    plain = share_difference_wald(15 / 50, 50, 25 / 50, 50)
    assert (plain.lo, plain.hi) == pytest.approx((-0.38799314123, -0.01200685877), abs=1e-10)
    assert plain.p_value == pytest.approx(0.04122683, abs=1e-7)
    assert share_difference(0.3, 50, 0.5, 50).p_value == pytest.approx(0.04122683, abs=1e-7)
    yates = share_difference_wald(0.3, 50, 0.5, 50, corrected=True)
    assert yates.p_value == pytest.approx(0.06619258, abs=1e-7)


@pytest.mark.parametrize(
    "counts", [(56, 70, 48, 80), (9, 10, 3, 10), (5, 56, 0, 29), (10, 10, 0, 20)]
)
def test_newcombe_equals_statsmodels(counts):
    a, n, b, m = counts
    expected = confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff")
    contrast = share_difference(a / n, n, b / m, m)
    assert (contrast.lo, contrast.hi) == pytest.approx(expected, abs=1e-9)


def test_newcombe_equals_the_printed_table():
    # Newcombe 1998, table II, method 10: 56/70 against 48/80.
    contrast = share_difference(56 / 70, 70, 48 / 80, 80)
    assert (contrast.lo, contrast.hi) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize(
    ("p", "q", "n", "m"), [(0.9, 0.8, 20, 30), (0.5, 0.5, 15, 40), (0.1, 0.3, 60, 60)]
)
def test_newcombe_covers_as_promised(p, q, n, m):
    random = np.random.default_rng(7)
    contrast = share_difference(
        random.binomial(n, p, DRAWS) / n, n, random.binomial(m, q, DRAWS) / m, m
    )
    assert 0.93 <= coverage(contrast, p - q) <= 0.975


def test_welch_equals_scipy():
    a, b = np.array([5, 4, 4, 3, 5, 2.0]), np.array([1, 2, 4, 3.0])
    contrast = mean_difference(a.mean(), a.var(ddof=1), 6, b.mean(), b.var(ddof=1), 4)
    expected = ttest_ind(a, b, equal_var=False)
    interval = expected.confidence_interval()
    assert contrast.p_value == pytest.approx(expected.pvalue)
    assert (contrast.lo, contrast.hi) == pytest.approx((interval.low, interval.high))


def test_welch_covers_on_five_point_scales_of_unequal_spread():
    random = np.random.default_rng(8)
    values = np.arange(1, 6)
    shares, others = [0.05, 0.1, 0.2, 0.4, 0.25], [0.3, 0.1, 0.1, 0.1, 0.4]
    a = random.choice(values, (DRAWS, 25), p=shares)
    b = random.choice(values, (DRAWS, 60), p=others)
    contrast = mean_difference(
        a.mean(1), a.var(1, ddof=1), 25, b.mean(1), b.var(1, ddof=1), 60
    )  # fmt: skip
    assert 0.93 <= coverage(contrast, values @ shares - values @ others) <= 0.97


def test_means_without_any_variation_differ_for_sure_or_not_at_all():
    assert mean_difference(4, 0, 10, 3, 0, 10).p_value == 0
    assert mean_difference(4, 0, 10, 4, 0, 10).p_value == 1
    assert np.isnan(mean_difference(4, 0, 1, 3, 1, 10).lo)


def test_two_net_promoter_scores_equal_nps_test_of_r():
    # CRAN NPS 1.1: detractors, passives, promoters 15/25/60 against 30/30/40.
    contrast = nps_difference(0.6, 0.15, 100, 0.4, 0.3, 100, adjusted=False)
    assert contrast.value == pytest.approx(35)
    assert (contrast.lo, contrast.hi) == pytest.approx((13.19677709, 56.80322291), abs=1e-7)
    assert contrast.p_value == pytest.approx(0.0016536952, abs=1e-9)


@pytest.mark.parametrize("n", [10, 30, 100])
def test_the_difference_of_net_promoter_scores_covers(n):
    random = np.random.default_rng(9)
    a = random.multinomial(n, [0.8, 0.15, 0.05], DRAWS) / n
    b = random.multinomial(2 * n, [0.4, 0.3, 0.3], DRAWS) / (2 * n)
    contrast = nps_difference(a[:, 0], a[:, 2], n, b[:, 0], b[:, 2], 2 * n)
    assert 0.93 <= coverage(contrast, 65) <= 0.975


def test_a_small_group_of_promoters_only_still_has_an_interval():
    contrast = nps_difference(1.0, 0.0, 5, 1.0, 0.0, 5)
    assert contrast.lo < 0 < contrast.hi
    assert contrast.p_value == 1


P_1995 = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
    0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip


def test_benjamini_and_hochbergs_own_example_rejects_four():
    # Benjamini & Hochberg 1995, section 3.2; adjusted values as R's p.adjust gives them.
    found = adjusted(P_1995)
    assert (found <= 0.05).sum() == 4
    assert (np.array(P_1995) * 15 <= 0.05).sum() == 3
    assert found[3] == pytest.approx(0.035625)
    assert found == pytest.approx(false_discovery_control(P_1995))


def test_adjusting_keeps_the_order_given_and_the_unknown_unknown():
    shuffled = np.random.default_rng(1).permutation(P_1995)
    assert adjusted(shuffled) == pytest.approx(false_discovery_control(shuffled))
    assert holm(shuffled) == pytest.approx(multipletests(shuffled, method="holm")[1])
    found = adjusted([np.nan, 0.03, 0.04])
    assert np.isnan(found[0]) and found[1:] == pytest.approx([0.04, 0.04])
    assert adjusted([]).size == holm([]).size == 0


def test_holm_is_stricter_than_benjamini_and_hochberg():
    assert (holm(P_1995) >= adjusted(P_1995)).all()
    assert (holm(P_1995) <= 0.05).sum() == 3


# Admitted and applied by department, Berkeley 1973: R's UCBAdmissions; Bickel et al. 1975.
MEN = np.array([[512, 825], [353, 560], [120, 325], [138, 417], [53, 191], [22, 373]])
WOMEN = np.array([[89, 108], [17, 25], [202, 593], [131, 375], [94, 393], [24, 341]])


def test_the_common_odds_ratio_of_berkeley_equals_mantelhaen_test_of_r():
    assert (*MEN.sum(0), *WOMEN.sum(0)) == (1198, 2691, 557, 1835)
    ratio = common_odds_ratio(WOMEN[:, 0], WOMEN[:, 1], MEN[:, 0], MEN[:, 1])
    # R gives men against women or the reverse by its table's order: .9047 is men's odds here.
    men = common_odds_ratio(MEN[:, 0], MEN[:, 1], WOMEN[:, 0], WOMEN[:, 1])
    assert men.value == pytest.approx(0.90469683, abs=1e-6)
    assert (men.lo, men.hi) == pytest.approx((0.77190736, 1.06032976), abs=1e-6)
    assert men.p_value == pytest.approx(0.23226, abs=1e-5)
    assert ratio.value == pytest.approx(1 / men.value)
    pooled = share_difference(1198 / 2691, 2691, 557 / 1835, 1835)
    assert pooled.lo > 0.1


def test_an_empty_stratum_changes_nothing():
    full = common_odds_ratio([5, 3], [10, 10], [2, 4], [10, 10])
    more = common_odds_ratio([5, 3, 1], [10, 10, 4], [2, 4, 0], [10, 10, 0])
    assert more == pytest.approx(full)
