"""Logistic regression of a yes-or-no or ordered outcome (proportional odds), with influences.

P(level ≤ k) = 1 / (1 + exp(−(threshold_k − x·b))): a positive coefficient lifts the level. With two
levels it is the usual logistic regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
STEPS, TINY, MOST_LEVELS = 60, 1e-12, 20


@dataclass(frozen=True)
class OrderedLogit:
    """`coef` [p], `thresholds` [levels − 1], `influence` [n, p] of each row on the coefficients
    (adds up to nothing), `density` [n, levels − 1] at each threshold, `log_likelihood`; of each
    row's log odds the `score` [n] (first derivative of its log likelihood) and the `information`
    [n] (minus the second)."""

    coef: Floats
    thresholds: Floats
    influence: Floats
    density: Floats
    log_likelihood: float
    score: Floats
    information: Floats

    def steepness(self, values: Floats, weight: Floats) -> float:
        """How far the mean of the levels' `values` rises per unit of log odds, on average."""
        return float(np.average(self.density @ np.diff(values), weights=weight))


def levels_of(outcome: Floats) -> tuple[NDArray[np.int64], Floats]:
    """An outcome in shares of its scale as levels from 0, and the levels' values.

    Means of several answers are rounded to a hundredth; of more than 20 values, to a tenth.
    """
    rounded = np.round(outcome, 2)
    if len(np.unique(rounded)) > MOST_LEVELS:
        rounded = np.round(outcome, 1)
    values, level = np.unique(rounded, return_inverse=True)
    return level, values


def ordered_logit(x: Floats, level: NDArray[np.int64], weight: Floats) -> OrderedLogit:
    """The maximum-likelihood fit; `level` counts from 0 without gaps.

    Newton's steps, halved while they lower the likelihood. Source: McCullagh 1980, Journal of the
    Royal Statistical Society B 42.
    """
    cuts = int(level.max())
    share = np.cumsum(np.bincount(level, weight))[:-1] / weight.sum()
    now = np.concatenate([np.log(share / (1 - share)), np.zeros(x.shape[1])])
    value, gradient, hessian = _at(now, x, level, weight, cuts)
    for _ in range(STEPS):
        step = np.linalg.solve(hessian, -(gradient * weight[:, None]).sum(axis=0))
        size = 1.0
        while size > 1e-4:
            there = _at(now + size * step, x, level, weight, cuts)
            if there[0] >= value - 1e-9:
                break
            size /= 2
        now = now + size * step
        value, gradient, hessian = there
        if np.abs(size * step).max() < 1e-9:
            break
    influence = -np.linalg.solve(hessian, (gradient * weight[:, None]).T).T
    passed = expit(now[:cuts] - (x @ now[cuts:])[:, None])
    density = passed * (1 - passed)
    edge = np.zeros((len(x), 1))
    ends = np.column_stack([edge, passed, edge + 1]), np.column_stack([edge, density, edge])
    (low, high), (slow, shigh) = (_both_ends(part, level) for part in ends)
    return OrderedLogit(
        now[cuts:], now[:cuts], influence[:, cuts:], density, value, low + high - 1, slow + shigh
    )


def _both_ends(part: Floats, level: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Each row's number at the lower and at the upper threshold of its level."""
    rows = np.arange(len(part))
    return part[rows, level], part[rows, level + 1]


def _at(
    parameters: Floats, x: Floats, level: NDArray[np.int64], weight: Floats, cuts: int
) -> tuple[float, Floats, Floats]:
    """Log likelihood, its gradient row by row, and its Hessian."""
    upper, lower = np.zeros((len(x), cuts)), np.zeros((len(x), cuts))
    rows = np.arange(len(x))
    has_upper, has_lower = level < cuts, level > 0
    upper[rows[has_upper], level[has_upper]] = 1.0
    lower[rows[has_lower], level[has_lower] - 1] = 1.0
    above, below = np.column_stack([upper, -x]), np.column_stack([lower, -x])
    high = np.where(has_upper, expit(above @ parameters), 1.0)
    low = np.where(has_lower, expit(below @ parameters), 0.0)
    chance = np.fmax(high - low, TINY)
    slope_high, slope_low = high * (1 - high), low * (1 - low)
    gradient = (slope_high[:, None] * above - slope_low[:, None] * below) / chance[:, None]
    bend_high = weight * slope_high * (1 - 2 * high) / chance
    bend_low = weight * slope_low * (1 - 2 * low) / chance
    hessian = (
        (above * bend_high[:, None]).T @ above
        - (below * bend_low[:, None]).T @ below
        - (gradient * weight[:, None]).T @ gradient
    )
    return float((weight * np.log(chance)).sum()), gradient, hessian
