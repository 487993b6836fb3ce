"""Whether a driver can be told apart from chance and from halo: null distributions and verdicts.

Chance: under no effect, each bucket of customers might as well have moved the estimate the other
way, so signs are flipped at random (a permutation test for buckets that keeps unequal spread and
repeat customers; one set of signs serves all touchpoints, so that many looks are paid for).
Halo: a probe that shares with the other touchpoints exactly what this one shares with them, but
has no effect of its own, still gets a weight; only what exceeds it is the touchpoint's own. A
probe of independent random numbers, as is usual, shares nothing and so gets next to no weight:
under a halo every touchpoint beats it, with or without an effect.

Sources: Hemerik, Goeman & Finos 2020, Journal of the Royal Statistical Society B 82 (sign flips);
Westfall & Young 1993 (maxT); Tonidandel, LeBreton & Johnson 2009 (the independent probe).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from keytouch.variance_shares import EXACT, weights_of

Floats = NDArray[np.float64]
FLIPS = 1999
ALPHA = 0.05


def flipped(contributions: Floats, *, flips: int = FLIPS, seed: int = 1) -> tuple[Floats, Floats]:
    """The test statistic of each column of contributions [buckets, p], and its null draws.

    The statistic is the sum over its root sum of squares, made smaller for the p effects that
    were estimated from the same buckets.
    """
    buckets, p = contributions.shape
    signs = np.random.default_rng(seed).integers(0, 2, (flips, buckets)) * 2.0 - 1.0
    spread = np.sqrt(np.fmax((contributions**2).sum(axis=0), 1e-300))
    fair = np.sqrt(max(buckets - p - 1, 1) / buckets)
    return contributions.sum(axis=0) / spread * fair, signs @ contributions / spread


def chance(statistic: ArrayLike, null: Floats) -> Floats:
    """Two-sided p value of each statistic; never 0, because the data are one of the flips."""
    size = np.abs(np.asarray(statistic, float))
    return (1 + (np.abs(null) >= size).sum(axis=0)) / (len(null) + 1)


def chance_of_all(statistic: ArrayLike, null: Floats) -> Floats:
    """Two-sided p values adjusted over all columns: step-down maxT.

    The chance that any effect is called where there is none stays below the level.
    Source: Westfall & Young 1993, algorithm 2.8.
    """
    size = np.abs(np.asarray(statistic, float))
    order = np.argsort(-size, kind="stable")
    largest = np.maximum.accumulate(np.abs(null[:, order[::-1]]), axis=1)[:, ::-1]
    p = (1 + (largest >= size[order]).sum(axis=0)) / (len(null) + 1)
    adjusted = np.empty(len(size))
    adjusted[order] = np.maximum.accumulate(p)
    return adjusted


def halo_weights(
    R: Floats, r: Floats, beta: Floats, se: Floats, *, level: float = 1 - ALPHA, exact: int = EXACT
) -> Floats:
    """The weight [p] that a probe with a driver's halo, but no own effect, stays under.

    For each driver its correlation with the outcome is set to what the others' effects alone
    would give it, and moved by the sampling error `se` of its coefficient `beta`; the result is
    the `level` quantile of its weight in R². A weight is quadratic in that correlation, so three
    evaluations give all draws.
    """
    p = len(r)
    inflation = np.diag(np.linalg.inv(R))
    halo = r - beta / inflation
    step = se / inflation
    moved = np.broadcast_to(r, (3, p, p)).copy()
    at = np.arange(p)
    for place, sign in enumerate((-1, 0, 1)):
        moved[place, at, at] = halo + sign * step
    weights = weights_of(R, moved, exact=exact)[0]
    low, mid, high = (weights[place, at, at] for place in range(3))
    z = ndtri((np.arange(999) + 0.5) / 999)[:, None]
    draws = mid + z * (high - low) / 2 + z**2 * ((high + low) / 2 - mid)
    return np.quantile(draws, level, axis=0)


def verdicts(
    *,
    p_own: ArrayLike,
    p_correlation: ArrayLike,
    slope: ArrayLike,
    slope_hi: ArrayLike,
    weight: ArrayLike,
    weight_null: ArrayLike,
    material: float,
) -> NDArray[np.str_]:
    """The verdict on each driver.

    "robust": its own effect is surely above zero, all drivers looked at together, and its weight
    above what its halo would give it. "noise": not robust, and either its correlation can't be
    told from zero, or its own effect is surely smaller than `material`. "shared": it correlates,
    but the data can't separate it from the others: nothing and a material effect both fit.

    >>> verdicts(p_own=[0.01, 0.4, 0.4], p_correlation=[0.01, 0.01, 0.01], slope=[0.3, 0.1, 0],
    ...          slope_hi=[0.5, 0.3, 0.1], weight=[0.5, 0.2, 0.2], weight_null=[0.1, 0.3, 0.3],
    ...          material=0.2).tolist()
    ['robust', 'shared', 'noise']
    """
    sure = (np.asarray(p_own) <= ALPHA) & (np.asarray(slope) > 0)
    robust = sure & (np.asarray(weight) > np.asarray(weight_null))
    nothing = (np.asarray(p_correlation) > ALPHA) | (np.asarray(slope_hi) < material)
    return np.where(robust, "robust", np.where(nothing, "noise", "shared"))
