"""No naked number: a value, its interval, how many answers it rests on, and the method.

All functions take numbers or arrays and return arrays, so that a table of a thousand cells
costs as much as one. `n` may be an effective sample size (Kish) where rows carry weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

Floats = NDArray[np.float64]
LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """One number with its uncertainty. `method` is a word-list key, e.g. "method_wilson"."""

    value: float
    lo: float
    hi: float
    n: float
    method: str

    def __post_init__(self) -> None:
        if not self.lo <= self.value <= self.hi and self.n > 0:
            raise ValueError(f"value {self.value} outside its interval {self.lo}…{self.hi}")


def effective_n(weight_sum: ArrayLike, weight_square_sum: ArrayLike) -> Floats:
    """Kish's effective sample size: (Σw)² / Σw², 0 where there is no weight.

    Source: Kish 1965, Survey Sampling.

    >>> float(effective_n(4, 4))
    4.0
    """
    total, squares = np.asarray(weight_sum, float), np.asarray(weight_square_sum, float)
    return np.divide(total**2, squares, out=np.zeros_like(total * squares), where=squares > 0)


def wilson(share: ArrayLike, n: ArrayLike, *, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Wilson score interval of a proportion in 0–1; (nan, nan) where n is 0.

    Source: Wilson 1927.

    >>> [round(float(x), 3) for x in wilson(0.5, 10)]
    [0.237, 0.763]
    """
    p, n = np.asarray(share, float), np.asarray(n, float)
    z = ndtri((1 + level) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    lo, hi = np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
    empty = n <= 0
    # At 0 and 1 rounding may leave the share outside its own interval by 1e-17.
    return np.where(empty, np.nan, np.fmin(lo, p)), np.where(empty, np.nan, np.fmax(hi, p))


def mean_interval(
    mean: ArrayLike, variance: ArrayLike, n: ArrayLike, *, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Student's t interval of a mean; (nan, nan) where n < 2. `variance` is the sample's."""
    mean, n = np.asarray(mean, float), np.asarray(n, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        half = stdtrit(np.fmax(n - 1, 1), (1 + level) / 2) * np.sqrt(np.asarray(variance) / n)
    half = np.where(n < 2, np.nan, half)
    return mean - half, mean + half


def nps_interval(
    promoters: ArrayLike, detractors: ArrayLike, n: ArrayLike, *, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Adjusted Wald interval of a net promoter score, shares in 0–1, result in −100…100.

    Three answers are added, ¾ of one to promoters and to detractors each; limits are clipped
    to the scale. Source: Rocks 2016, The American Statistician 70(4).

    >>> [round(float(x), 1) for x in nps_interval(0.6, 0.15, 100)]
    [29.3, 58.0]
    """
    n = np.asarray(n, float)
    p = (np.asarray(promoters, float) * n + 0.75) / (n + 3)
    d = (np.asarray(detractors, float) * n + 0.75) / (n + 3)
    half = ndtri((1 + level) / 2) * np.sqrt((p + d - (p - d) ** 2) / (n + 3))
    raw = np.asarray(promoters, float) - np.asarray(detractors, float)
    lo, hi = np.fmin(p - d - half, raw), np.fmax(p - d + half, raw)
    return 100 * np.clip(lo, -1, 1), 100 * np.clip(hi, -1, 1)


def correlation_interval(
    r: ArrayLike, n: ArrayLike, *, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Fisher's z interval of a correlation; (nan, nan) where n < 4."""
    r, n = np.asarray(r, float), np.asarray(n, float)
    z = np.arctanh(np.clip(r, -0.999999, 0.999999))
    half = np.where(n > 3, ndtri((1 + level) / 2) / np.sqrt(np.fmax(n - 3, 1)), np.nan)
    return np.tanh(z - half), np.tanh(z + half)


def median_interval(n: ArrayLike, *, level: float = LEVEL) -> tuple[Floats, Floats]:
    """The two quantile levels (0–1) whose values bound a median, by the binomial argument.

    Source: Conover, Practical Nonparametric Statistics; normal approximation of the ranks.
    """
    n = np.asarray(n, float)
    half = ndtri((1 + level) / 2) * 0.5 / np.sqrt(np.fmax(n, 1))
    return np.clip(0.5 - half, 0, 1), np.clip(0.5 + half, 0, 1)


def strength(probability: float) -> str:
    """How strongly a verdict may be worded: "is" ≥ .95, "very_likely" ≥ .8, else "undecided"."""
    if probability >= 0.95:
        return "is"
    return "very_likely" if probability >= 0.8 else "undecided"
