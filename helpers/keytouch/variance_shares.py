"""How explained variance is shared out among correlated drivers, from correlations alone.

Every function takes correlations `R` [..., p, p] among drivers and `r` [..., p] with the outcome;
leading axes are draws of a bootstrap, worked on together. Weights add up to R².
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
EXACT = 16  # up to here a thousand bootstrap draws take the exact shares within seconds
BLOCK = 1 << 17  # numbers that the fast cache holds at once
TINY = 1e-12


def coefficients(R: ArrayLike, r: ArrayLike) -> Floats:
    """Standardised partial coefficients: outcome SD per driver SD, the others held fixed.

    >>> coefficients([[1, 0.5], [0.5, 1]], [0.5, 0.25]).round(3).tolist()
    [0.5, 0.0]
    """
    R, r = np.asarray(R, float), np.asarray(r, float)
    return np.linalg.solve(R, r[..., None])[..., 0]


def explained(R: ArrayLike, r: ArrayLike) -> Floats:
    """R², the share of the outcome's variance that all drivers explain together."""
    return np.einsum("...i,...i->...", np.asarray(r, float), coefficients(R, r))


def johnson(R: ArrayLike, r: ArrayLike) -> Floats:
    """Johnson's relative weights, which add up to R².

    The drivers are replaced by the uncorrelated variables nearest to them, whose squared
    coefficients are shared back: Λ = R^½, weights = Λ² (Λ⁻¹ r)².
    Source: Johnson 2000, Multivariate Behavioral Research 35.

    >>> johnson([[1, 0.5], [0.5, 1]], [0.5, 0.25]).round(3).tolist()
    [0.219, 0.031]
    """
    R, r = np.asarray(R, float), np.asarray(r, float)
    values, vectors = np.linalg.eigh(R)
    root = np.sqrt(np.fmax(values, TINY))[..., None, :]
    half = (vectors * root) @ np.swapaxes(vectors, -1, -2)
    turned = np.einsum("...ji,...j->...i", vectors, r)[..., None, :] / root
    nearest = np.einsum("...ij,...j->...i", vectors, turned[..., 0, :])
    return np.einsum("...ij,...j->...i", half**2, nearest**2)


def lmg(R: ArrayLike, r: ArrayLike) -> Floats:
    """Exact LMG weights: a driver's gain in R², averaged over all orders of entry.

    These are the Shapley values of R² and add up to it. All 2^p subsets are walked by one
    Schur complement each, so the cost is O(2^p) and not O(2^p p³).
    Source: Lindeman, Merenda & Gold 1980; Grömping 2006, Journal of Statistical Software 17(1).

    >>> lmg([[1, 0.5], [0.5, 1]], [0.5, 0.25]).round(5).tolist()
    [0.21875, 0.03125]
    """
    R, r = np.asarray(R, float), np.asarray(r, float)
    lead, p = r.shape[:-1], r.shape[-1]
    flat_r = r.reshape(-1, p)
    flat_R = np.broadcast_to(R, (*lead, p, p)).reshape(-1, p, p)
    step = max(1, BLOCK >> p)
    parts = [
        _fold(_subset_gains(flat_R[at : at + step], flat_r[at : at + step]), p)
        for at in range(0, len(flat_r), step)
    ]
    return np.concatenate(parts).reshape(*lead, p)


def _subset_gains(R: Floats, r: Floats) -> Floats:
    """R² of every subset [2^p, draws]; bit k of the subset's number is driver k.

    Row i of the upper triangle is `rows[i]` [p + 1 - i, subsets, draws], the outcome last. Each
    step takes the first driver away: once ignored, once held fixed.
    """
    p, draws = r.shape[1], len(r)
    joint = np.concatenate([R, r[:, :, None]], axis=2).transpose(1, 2, 0)
    rows = [np.ascontiguousarray(joint[i, i:, None]) for i in range(p)]
    rows.append(np.ones((1, 1, draws)))
    for _ in range(p):
        first, *rest = rows
        ratio = first[1:] / np.fmax(first[0], TINY)
        rows = []
        for i, row in enumerate(rest):
            size = row.shape[1]
            both = np.empty((row.shape[0], 2 * size, draws))
            both[:, :size] = row
            np.multiply(first[1 + i :], ratio[i], out=both[:, size:])
            np.subtract(row, both[:, size:], out=both[:, size:])
            rows.append(both)
    return 1 - rows[0][0]


def _fold(gains: Floats, p: int) -> Floats:
    """LMG weights [draws, p] from the R² of all subsets.

    A driver's weight is the sum over subsets that hold it, each counted a(s) + b(s), less the
    sum over all subsets counted b(s): a and b are how often an order of entry reaches the subset
    by that driver's step, and leaves it so.
    """
    sizes = np.arange(p + 1)
    ways = [factorial(s) * factorial(p - s) / factorial(p) for s in sizes]
    entered = np.array([ways[s] / s if s else 0.0 for s in sizes])
    left = np.array([ways[s] / (p - s) if s < p else 0.0 for s in sizes])
    size = np.zeros(1, dtype=np.int64)
    for _ in range(p):
        size = np.concatenate([size, size + 1])
    without = np.einsum("s,sd->d", left[size], gains)
    held = gains * (entered + left)[size][:, None]
    weights = np.empty((gains.shape[1], p))
    for k in reversed(range(p)):
        low, high = np.split(held, 2)
        weights[:, k] = high.sum(axis=0) - without
        held = low + high
    return weights


def weights_of(R: ArrayLike, r: ArrayLike, *, exact: int = EXACT) -> tuple[Floats, str]:
    """Exact LMG weights up to `exact` drivers, Johnson's beyond; and the method's name."""
    if np.shape(r)[-1] <= exact:
        return lmg(R, r), "method_lmg"
    return johnson(R, r), "method_johnson"
