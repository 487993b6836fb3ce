"""Differences between two groups with their intervals, and p values when many are compared.

All functions take numbers or arrays. `n` may be an effective sample size (Kish) where rows
carry weights.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from keytouch.estimate import LEVEL, Floats, nps_variance, smoothed, wilson


class Contrast(NamedTuple):
    """A difference, its 95 % interval, and the two-sided p value of no difference."""

    value: Floats
    lo: Floats
    hi: Floats
    p_value: Floats

    def columns(self, name: str) -> dict[str, Floats]:
        """The contrast as the columns of a table."""
        ends = {name: self.value, f"{name}_lo": self.lo, f"{name}_hi": self.hi}
        return {**ends, "p_value": self.p_value}

    def times(self, factor: float) -> Contrast:
        """The same contrast in another unit."""
        return Contrast(factor * self.value, factor * self.lo, factor * self.hi, self.p_value)


def share_difference(
    share: ArrayLike, n: ArrayLike, other: ArrayLike, other_n: ArrayLike, *, level: float = LEVEL
) -> Contrast:
    """The difference of two independent proportions in 0–1, by Newcombe's hybrid score interval.

    The p value is the pooled z test's (= Pearson's χ² without continuity correction). Nan where
    a group is empty. Source: Newcombe 1998, Statistics in Medicine 17 (method 10).

    >>> [round(float(x), 3) for x in share_difference(0.3, 50, 0.5, 50)]
    [-0.2, -0.372, -0.008, 0.041]
    """
    p, n, q, m = (np.asarray(part, float) for part in (share, n, other, other_n))
    (l1, u1), (l2, u2) = wilson(p, n, level=level), wilson(q, m, level=level)
    gap = p - q
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (p * n + q * m) / (n + m)
        z = gap / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    lo = gap - np.sqrt((p - l1) ** 2 + (u2 - q) ** 2)
    hi = gap + np.sqrt((u1 - p) ** 2 + (q - l2) ** 2)
    return Contrast(gap, np.fmax(lo, -1), np.fmin(hi, 1), _two_sided(z, gap))


def share_difference_wald(
    share: ArrayLike,
    n: ArrayLike,
    other: ArrayLike,
    other_n: ArrayLike,
    *,
    corrected: bool = False,
    level: float = LEVEL,
) -> Contrast:
    """The textbook (Wald) interval of the same difference, to compare with other software.

    `corrected` applies Yates' continuity correction to interval and p value. It promises too
    much in small groups: prefer `share_difference`.
    """
    p, n, q, m = (np.asarray(part, float) for part in (share, n, other, other_n))
    gap = p - q
    shift = np.fmin((1 / n + 1 / m) / 2, np.abs(gap)) if corrected else 0.0
    half = ndtri((1 + level) / 2) * np.sqrt(p * (1 - p) / n + q * (1 - q) / m) + shift
    pooled = (p * n + q * m) / (n + m)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (np.abs(gap) - shift) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return Contrast(gap, np.fmax(gap - half, -1), np.fmin(gap + half, 1), _two_sided(z, gap))


def _two_sided(z: Floats, gap: Floats) -> Floats:
    """Two-sided normal p value; 1 where nothing varies and nothing differs."""
    return np.where(gap == 0, 1.0, 2 * ndtr(-np.abs(z)))


def mean_difference(
    mean: ArrayLike,
    variance: ArrayLike,
    n: ArrayLike,
    other: ArrayLike,
    other_variance: ArrayLike,
    other_n: ArrayLike,
    *,
    level: float = LEVEL,
) -> Contrast:
    """The difference of two independent means with unequal variances; nan where an n is below 2.

    Source: Welch 1947, Biometrika 34; degrees of freedom after Satterthwaite 1946.
    """
    gap = np.asarray(mean, float) - np.asarray(other, float)
    n, m = np.asarray(n, float), np.asarray(other_n, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = np.asarray(variance, float) / n, np.asarray(other_variance, float) / m
        error = np.sqrt(a + b)
        free = np.where(error > 0, (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1)), n + m - 2)
        few = (n < 2) | (m < 2)
        half = np.where(few, np.nan, stdtrit(np.fmax(free, 1), (1 + level) / 2) * error)
        tail = 2 * stdtr(np.fmax(free, 1), -np.abs(gap) / error)
    tail = np.where(gap == 0, 1.0, np.where(error > 0, tail, 0.0))
    return Contrast(gap, gap - half, gap + half, np.where(few, np.nan, tail))


def nps_difference(
    promoters: ArrayLike,
    detractors: ArrayLike,
    n: ArrayLike,
    other_promoters: ArrayLike,
    other_detractors: ArrayLike,
    other_n: ArrayLike,
    *,
    adjusted: bool = True,
    level: float = LEVEL,
) -> Contrast:
    """The difference of two independent net promoter scores in points, shares given in 0–1.

    `adjusted` adds Rocks' three answers to each group before the standard error is taken, so
    that a small group of only promoters has an interval too; plain Wald adds none. Nan where
    a group is empty.
    """
    first, second = (promoters, detractors, n), (other_promoters, other_detractors, other_n)
    raw = [np.asarray(p, float) - np.asarray(d, float) for p, d, _ in (first, second)]
    used = [smoothed(*part) if adjusted else part for part in (first, second)]
    (p1, d1, n1), (p2, d2, n2) = ([np.asarray(x, float) for x in part] for part in used)
    gap, centre = raw[0] - raw[1], (p1 - d1) - (p2 - d2)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(nps_variance(p1, d1) / n1 + nps_variance(p2, d2) / n2)
        z = centre / error
    half = ndtri((1 + level) / 2) * error
    lo, hi = np.fmin(centre - half, gap), np.fmax(centre + half, gap)
    empty = (np.asarray(n, float) <= 0) | (np.asarray(other_n, float) <= 0)
    lo, hi = (100 * np.where(empty, np.nan, np.clip(end, -2, 2)) for end in (lo, hi))
    return Contrast(100 * gap, lo, hi, np.where(empty, np.nan, _two_sided(z, centre)))


def adjusted(p_values: ArrayLike) -> Floats:
    """Benjamini–Hochberg adjusted p values: of those at or below .05, about 5 % are false alarms.

    Unknown p values (nan) stay unknown and don't count among the comparisons.
    Source: Benjamini & Hochberg 1995, J. Royal Statistical Society B 57.

    >>> adjusted([0.01, 0.02, 0.03, 0.5]).round(3).tolist()
    [0.04, 0.04, 0.04, 0.5]
    """
    return _over_known(p_values, _step_up)


def holm(p_values: ArrayLike) -> Floats:
    """Holm adjusted p values: at or below .05, the chance of even one false alarm is 5 %.

    Unknown p values (nan) stay unknown. Source: Holm 1979, Scandinavian J. of Statistics 6.

    >>> holm([0.01, 0.02, 0.03, 0.5]).round(3).tolist()
    [0.04, 0.06, 0.06, 0.5]
    """
    return _over_known(p_values, _step_down)


def _over_known(p_values: ArrayLike, rule: object) -> Floats:
    values = np.asarray(p_values, float)
    result, known = np.full(values.shape, np.nan), np.isfinite(values)
    result[known] = rule(values[known])  # type: ignore[operator]
    return result


def _step_up(values: Floats) -> Floats:
    order = np.argsort(-values, kind="stable")
    ranks = np.arange(len(values), 0, -1)
    return _back(np.minimum.accumulate(values[order] * len(values) / ranks), order)


def _step_down(values: Floats) -> Floats:
    order = np.argsort(values, kind="stable")
    ranks = np.arange(len(values), 0, -1)
    return _back(np.maximum.accumulate(values[order] * ranks), order)


def _back(sorted_values: Floats, order: np.ndarray) -> Floats:
    """Values in sorted order, put back in the given order and capped at 1."""
    result = np.empty(len(order))
    result[order] = np.fmin(sorted_values, 1)
    return result


def common_odds_ratio(
    hits: ArrayLike, n: ArrayLike, other_hits: ArrayLike, other_n: ArrayLike
) -> Contrast:
    """The Mantel–Haenszel odds ratio common to several strata, one stratum per entry.

    Interval by Robins, Breslow & Greenland 1986; p value of the Mantel–Haenszel test with
    continuity correction. Strata where one side is empty tell nothing and count for nothing.
    Source: Mantel & Haenszel 1959, J. National Cancer Institute 22.
    """
    a, n1, c, n2 = (np.asarray(part, float) for part in (hits, n, other_hits, other_n))
    use = (n1 > 0) & (n2 > 0)
    a, n1, c, n2 = a[use], n1[use], c[use], n2[use]
    b, d, total = n1 - a, n2 - c, n1 + n2
    r, s = a * d / total, b * c / total
    p, q = (a + d) / total, (b + c) / total
    ratio = r.sum() / s.sum()
    spread = (p * r).sum() / (2 * r.sum() ** 2) + (q * s).sum() / (2 * s.sum() ** 2)
    spread += (p * s + q * r).sum() / (2 * r.sum() * s.sum())
    half = ndtri((1 + LEVEL) / 2) * np.sqrt(spread)
    wins, free = a + c, total > 1
    variance = (n1 * n2 * wins * (total - wins))[free] / (total**2 * (total - 1))[free]
    gap = np.abs((a - n1 * wins / total).sum())
    z = np.fmax(gap - 0.5, 0) / np.sqrt(variance.sum())
    return Contrast(ratio, ratio * np.exp(-half), ratio * np.exp(half), 2 * ndtr(-z))
