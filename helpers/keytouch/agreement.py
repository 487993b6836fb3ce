"""Do coders agree? Krippendorff's α, Cohen's κ and Fleiss's κ, from counts.

All three compare the disagreement that was found with the one that chance would give. They read
plain arrays, so that a bootstrap can call them a thousand times.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
LEVELS = ("nominal", "ordinal", "interval", "ratio")
RELIABLE, TENTATIVE = 0.8, 0.667


def krippendorff_alpha(
    counts: ArrayLike,
    *,
    values: Sequence[float] | None = None,
    level: str = "nominal",
    distances: ArrayLike | None = None,
    times: ArrayLike | None = None,
) -> Floats:
    """Krippendorff's α, one number, or one per row of `times`.

    `counts`: one row per unit, one column per value, how many coders gave it (units with fewer
    than two readings count for nothing, so missing readings are allowed). `values`: the columns'
    numbers for "interval" and "ratio", their order for "ordinal" (1, 2, 3 … by default).
    `distances`: how far each value lies from each other one, where no level says it (see
    `masi_distances`); 0 to itself, and taken as they are, not squared. `times`: how often each
    unit counts, one row per bootstrap draw. 1 is perfect, 0 is chance; nan where no unit has two
    readings or all readings are one value. Raises ValueError for an unknown level.
    Source: Krippendorff 1980, 2004.

    >>> float(krippendorff_alpha([[2, 0], [0, 2], [1, 1]]).round(3))
    0.444
    """
    if level not in LEVELS:
        raise ValueError(f"level {level!r} is none of {', '.join(LEVELS)}")
    counts = np.asarray(counts, float)
    readings = counts.sum(axis=1)
    paired = np.where((readings > 1)[:, None], counts, 0.0)
    numbers = np.arange(1.0, counts.shape[1] + 1) if values is None else np.asarray(values, float)
    once = times is None
    weights = np.ones((1, len(counts))) if once else np.atleast_2d(np.asarray(times, float))
    n = (weights @ paired).sum(axis=1)
    share = np.divide(1, readings - 1, out=np.zeros_like(readings), where=readings > 1)
    if level == "ordinal" and distances is None:
        apart, by_chance = _ordered_apart(paired, share, weights, numbers)
    else:
        given = _distance(numbers, level) if distances is None else np.asarray(distances, float)
        apart, by_chance = _apart(paired, share, weights, given)
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha = 1 - apart / n / (by_chance / (n * (n - 1)))
    alpha = np.where(by_chance > 0, alpha, np.nan)
    return alpha[0] if once else alpha


def _apart(
    paired: Floats, share: Floats, weights: Floats, distance: Floats
) -> tuple[Floats, Floats]:
    """How far readings of a unit lie apart, and any two readings, summed, one per draw."""
    totals = weights @ paired
    within = ((paired @ distance) * paired).sum(axis=1) * share
    return weights @ within, ((totals @ distance) * totals).sum(axis=1)


def _ordered_apart(
    paired: Floats, share: Floats, weights: Floats, numbers: Floats
) -> tuple[Floats, Floats]:
    """The same where the distance itself depends on the draw."""
    totals = weights @ paired
    distance = _ordinal(totals, numbers)
    found = _coincidences(paired, share, weights)
    crossed = totals[:, :, None] * totals[:, None, :]
    return (found * distance).sum(axis=(1, 2)), (crossed * distance).sum(axis=(1, 2))


def _coincidences(paired: Floats, share: Floats, weights: Floats) -> Floats:
    """Pairs of values within units (values × values), summed over units, one per draw."""
    size = paired.shape[1]
    # Σ over units of w · (c_a c_b − [a = b] c_a) / (readings − 1), one value at a time.
    found = np.empty((len(weights), size, size))
    for value in range(size):
        products = paired * (paired[:, [value]] * share[:, None])
        products[:, value] -= paired[:, value] * share
        found[:, value, :] = weights @ products
    return found


def _ordinal(totals: Floats, numbers: Floats) -> Floats:
    """The squared difference of two ordered values, per draw: by how many readings lie between."""
    order = np.argsort(numbers, kind="stable")
    middle = np.empty_like(totals)
    middle[:, order] = np.cumsum(totals[:, order], axis=1) - totals[:, order] / 2
    return (middle[:, :, None] - middle[:, None, :]) ** 2


def _distance(numbers: Floats, level: str) -> Floats:
    """The squared difference between two values where it is the same in every draw."""
    if level == "nominal":
        return 1 - np.eye(len(numbers))
    gap = numbers[:, None] - numbers[None, :]
    if level == "interval":
        return gap**2
    both = numbers[:, None] + numbers[None, :]
    return np.divide(gap, both, out=np.zeros_like(gap), where=both != 0) ** 2


def masi_distances(sets: Sequence[Collection[str]]) -> Floats:
    """How far sets of labels lie apart, each from each, for `krippendorff_alpha`.

    1 − J·M: J is Jaccard's share of the labels that both sets hold among those that either holds;
    M is 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, 0 where they
    don't. Two empty sets are equal. Source: Passonneau 2006 (LREC).

    >>> masi_distances([{"a"}, {"a", "b"}, {"c"}])[0].round(3).tolist()
    [0.0, 0.667, 1.0]
    """
    return np.array([[_masi(set(one), set(other)) for other in sets] for one in sets])


def _masi(one: set[str], other: set[str]) -> float:
    if one == other:
        return 0.0
    shared = len(one & other) / len(one | other)
    return 1 - shared * (2 / 3 if one <= other or other <= one else 1 / 3)


def cohen_kappa(table: ArrayLike) -> Floats:
    """Cohen's κ of two coders from their crossed counts (or a stack of such tables).

    nan where both always give one and the same value. Source: Cohen 1960.

    >>> round(float(cohen_kappa([[20, 5], [10, 15]])), 3)
    0.4
    """
    table = np.asarray(table, float)
    n = table.sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        agreed = np.trace(table, axis1=-2, axis2=-1) / n
        chance = (table.sum(axis=-1) * table.sum(axis=-2)).sum(axis=-1) / n**2
        return np.where(chance < 1, (agreed - chance) / (1 - chance), np.nan)


def fleiss_kappa(counts: ArrayLike, *, times: ArrayLike | None = None) -> Floats:
    """Fleiss's κ from counts (units × values) where every unit has the same number of readings.

    `times` as in `krippendorff_alpha`. Raises ValueError where the numbers differ; nan where all
    readings are one value. Source: Fleiss 1971.

    >>> round(float(fleiss_kappa([[2, 0], [0, 2], [1, 1]])), 3)
    0.333
    """
    counts = np.asarray(counts, float)
    readings = counts.sum(axis=1)
    if len(set(readings)) > 1 or readings[0] < 2:
        raise ValueError("every unit needs the same number of readings, two or more")
    once = times is None
    weights = np.ones((1, len(counts))) if once else np.atleast_2d(np.asarray(times, float))
    m = readings[0]
    within = ((counts**2).sum(axis=1) - m) / (m * (m - 1))
    units = weights.sum(axis=1)
    agreed = weights @ within / units
    chance = ((weights @ counts / (units[:, None] * m)) ** 2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        kappa = np.where(chance < 1, (agreed - chance) / (1 - chance), np.nan)
    return kappa[0] if once else kappa


def reliability(alpha: float) -> str:
    """What a coding may be used for: "reliable" α ≥ .8, "tentative" ≥ .667, else "unreliable".

    Source: Krippendorff 2004, Content Analysis, 2nd ed.
    """
    if not np.isfinite(alpha):
        return "unknown"
    return "reliable" if alpha >= RELIABLE else "tentative" if alpha >= TENTATIVE else "unreliable"
