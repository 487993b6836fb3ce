"""No naked number: a value, its interval, how many answers it rests on, and the method.

All functions take numbers or arrays and return arrays, so that a table of a thousand cells
costs as much as one. `n` may be an effective sample size (Kish) where rows carry weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

from keytouch.problems import DataError, Problem

Floats = NDArray[np.float64]
LEVEL = 0.95
NPS_SCALE = (0.0, 10.0)


@dataclass(frozen=True)
class Estimate:
    """One number with its uncertainty. `method` is a word-list key, e.g. "method_wilson".

    Bounds may be unknown (nan) only where fewer than two answers can't give any.
    """

    value: float
    lo: float
    hi: float
    n: float
    method: str

    def __post_init__(self) -> None:
        if np.isnan(self.lo) or np.isnan(self.hi):
            if self.n >= 2 and not np.isnan(self.value):
                raise ValueError(f"value {self.value} of {self.n:g} answers has no interval")
        elif not self.lo <= self.value <= self.hi and self.n > 0:
            raise ValueError(f"value {self.value} outside its interval {self.lo}…{self.hi}")

    @classmethod
    def of(cls, row: Mapping[str, Any], column: str) -> Estimate:
        """The estimate that a table's row holds in `column`, `column_lo` and `column_hi`.

        Raises ValueError where the row has no bounds, n or method: a naked number.

        >>> Estimate.of({"nps": 45, "nps_lo": 29, "nps_hi": 58, "n": 100, "method": "m"}, "nps").hi
        58.0
        """
        low, high = bounds(column)
        lacking = [name for name in (low, high, "n", "method") if name not in row]
        if lacking:
            raise ValueError(f"{column} is naked: the row has no {', '.join(lacking)}")
        value, lo, hi, n = (float(row[name]) for name in (column, low, high, "n"))
        return cls(value, lo, hi, n, str(row["method"]))

    def columns(self, name: str) -> dict[str, Any]:
        """The estimate as the cells of a table's row: the reverse of `of`."""
        low, high = bounds(name)
        return {name: self.value, low: self.lo, high: self.hi, "n": self.n, "method": self.method}


def bounds(column: str) -> tuple[str, str]:
    """The names of the columns that hold a column's interval."""
    return ("lo", "hi") if column == "value" else (f"{column}_lo", f"{column}_hi")


def share_estimate(share: float, n: float) -> Estimate:
    """A proportion in 0–1 of `n` (effective) answers, with its Wilson interval."""
    lo, hi = wilson(share, n)
    return Estimate(float(share), float(lo), float(hi), n, "method_wilson")


def mean_estimate(mean: float, variance: float, n: float) -> Estimate:
    """A mean of `n` (effective) answers with the sample's variance: Student's t interval."""
    lo, hi = mean_interval(mean, variance, n)
    return Estimate(float(mean), float(lo), float(hi), n, "method_mean_t")


def nps_estimate(
    promoters: float,
    detractors: float,
    n: float,
    *,
    adjusted: bool = True,
    scale: tuple[float, float] = NPS_SCALE,
) -> Estimate:
    """A net promoter score in points from the shares (0–1) of promoters and detractors.

    The interval is adjusted Wald, or plain Wald with `adjusted=False`. Raises DataError for
    any scale but 0–10.

    >>> nps_estimate(0.6, 0.15, 100, adjusted=False).lo.__round__(2)
    30.5
    """
    check_nps_scale(*scale)
    lo, hi = nps_interval(promoters, detractors, n, adjusted=adjusted)
    method = "method_nps_adjusted_wald" if adjusted else "method_nps_wald"
    return Estimate(100 * (promoters - detractors), float(lo), float(hi), n, method)


def check_nps_scale(lo: float, hi: float) -> None:
    """Refuse a net promoter score of any scale but 0–10.

    Its cuts (0–6, 7–8, 9–10) belong to eleven answers: without the zero, answers move and the
    same customers give another score.
    """
    if (lo, hi) != NPS_SCALE:
        raise DataError(Problem("problem_nps_measure", values={"lo": f"{lo:g}", "hi": f"{hi:g}"}))


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


def place_interval(mean: ArrayLike, variance: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Interval of a mean of places on a scale, 0–1: Student's t, kept within the scale.

    Where all answers are the same, t would promise certainty; then as many answers may still
    differ as Wilson's bound for none seen allows, each by all of the scale.

    >>> [round(float(x), 2) for x in place_interval(1.0, 0.0, 4)]
    [0.51, 1.0]
    """
    mean, n = np.asarray(mean, float), np.asarray(n, float)
    lo, hi = mean_interval(mean, variance, n)
    unseen = wilson(0.0, np.fmax(n, 1))[1]
    same = (np.asarray(variance, float) <= 0) & (n >= 2)
    lo = np.where(same, mean - unseen * mean, lo)
    hi = np.where(same, mean + unseen * (1 - mean), hi)
    return np.clip(lo, 0, 1), np.clip(hi, 0, 1)


def nps_variance(promoters: ArrayLike, detractors: ArrayLike) -> Floats:
    """The variance of one answer that counts +1, 0 or −1; divided by n it is the NPS's.

    >>> round(float(nps_variance(0.7, 0.1)), 2)
    0.44
    """
    p, d = np.asarray(promoters, float), np.asarray(detractors, float)
    return np.fmax(p + d - (p - d) ** 2, 0)


def nps_interval(
    promoters: ArrayLike,
    detractors: ArrayLike,
    n: ArrayLike,
    *,
    adjusted: bool = True,
    level: float = LEVEL,
) -> tuple[Floats, Floats]:
    """Interval of a net promoter score, shares in 0–1, result in −100…100; nan where n is 0.

    Adjusted Wald adds three answers, ¾ of one to promoters and to detractors each; plain Wald
    (`adjusted=False`) adds none and promises too much in small groups. Limits are clipped to
    the scale. Source: Rocks 2016, The American Statistician 70(4).

    >>> [round(float(x), 1) for x in nps_interval(0.6, 0.15, 100)]
    [29.3, 58.0]
    """
    n = np.asarray(n, float)
    raw = np.asarray(promoters, float) - np.asarray(detractors, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, d, m = smoothed(promoters, detractors, n) if adjusted else (promoters, detractors, n)
        centre = np.asarray(p, float) - np.asarray(d, float)
        half = ndtri((1 + level) / 2) * np.sqrt(nps_variance(p, d) / m)
    lo, hi = np.fmin(centre - half, raw), np.fmax(centre + half, raw)
    empty = n <= 0
    return tuple(100 * np.where(empty, np.nan, np.clip(end, -1, 1)) for end in (lo, hi))  # type: ignore[return-value]


def smoothed(
    promoters: ArrayLike, detractors: ArrayLike, n: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Shares of promoters and detractors, and n, after Rocks' three answers are added."""
    n = np.asarray(n, float)
    p, d = ((np.asarray(part, float) * n + 0.75) / (n + 3) for part in (promoters, detractors))
    return p, d, n + 3


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
