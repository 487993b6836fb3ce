"""The components of a key touchpoint beside its effect: each a level from 0 to 1, with its draws.

A level is a share of a full mark that is fixed beforehand and the same for every client, so that
it does not change with which other touchpoints were asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytouch.engine import Missing
from keytouch.estimate import Floats
from keytouch.problems import DataError, Problem, nearest

WEIGHTS = {
    "importance": 0.30,
    "reach": 0.20,
    "gap": 0.15,
    "consequence": 0.15,
    "intensity": 0.10,
    "competitor": 0.10,
}
FULL = {"reach": 1.0, "gap": 0.25, "consequence": 0.5, "intensity": 1.0, "competitor": 0.25}
IN_POINTS = ("gap", "competitor")
COLUMNS = {
    "reach": "reach_rate",
    "gap": "room_points",
    "consequence": "consequence_rate",
    "intensity": "intensity_share",
    "competitor": "behind_points",
}
BEST = 0.75


@dataclass(frozen=True)
class Component:
    """One component of every touchpoint: value and bounds [p] in its own unit, draws [draws, p]."""

    value: Floats
    lo: Floats
    hi: Floats
    draws: Floats

    def level(self, full: float) -> Component:
        """The same as shares of a full mark, in 0–1."""
        return Component(*(np.clip(part / full, 0, 1) for part in vars(self).values()))


def levels_from(parts: Mapping[str, Component], span: float) -> dict[str, Component]:
    """Every component as a level; `span` is how many points the scale is long."""
    return {
        name: part.level(FULL[name] * (span if name in IN_POINTS else 1.0))
        for name, part in parts.items()
    }


def checked_weights(weights: Mapping[str, float] | None) -> dict[str, float]:
    """The weights of all components, adding up to 1; a component that is not named weighs 0.

    Raises DataError for an unknown name, a negative weight, or weights that are all 0.

    >>> checked_weights({"importance": 1, "reach": 1})["reach"]
    0.5
    """
    if weights is None:
        return dict(WEIGHTS)
    unknown = [name for name in weights if name not in WEIGHTS]
    if unknown:
        values = {"found": unknown[0], "near": nearest(unknown[0], WEIGHTS) or ", ".join(WEIGHTS)}
        raise DataError(Problem("problem_weight_name", values=values))
    total = sum(weights.values())
    if min(weights.values(), default=0) < 0 or total <= 0:
        raise DataError(Problem("problem_weight_sum"))
    return {name: weights.get(name, 0.0) / total for name in WEIGHTS}


def multiplier(levels: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """The weighted mean of a touchpoint's levels, importance counting as 1; unknown levels (nan)
    give their weight to the known ones.

    >>> round(float(multiplier({"reach": np.array(0.5)}, {"importance": 1, "reach": 1})), 2)
    0.75
    """
    total = known = np.asarray(weights["importance"], float)
    for name, level in levels.items():
        there = np.isfinite(level)
        total = total + weights[name] * np.where(there, level, 0.0)
        known = known + weights[name] * there
    return np.divide(total, known, out=np.zeros(np.shape(total)), where=known > 0)


def from_draws(value: Floats, draws: Floats) -> Component:
    """A component that is a function of the bootstrap: bounds are the draws' 95 % range."""
    lo, hi = np.quantile(draws, [0.025, 0.975], axis=0)
    return Component(value, np.fmin(lo, value), np.fmax(hi, value), draws)


def from_table(
    table: pd.DataFrame | Missing,
    column: str,
    touchpoints: Sequence[str],
    random: np.random.Generator,
    draws: int,
) -> Component:
    """A component from a table with interval: normal draws of the interval's width."""
    low, high = f"{column}_lo", f"{column}_hi"
    ends = [np.full(len(touchpoints), np.nan)] * 3
    if not isinstance(table, Missing):
        known = table.set_index("touchpoint_id").reindex(touchpoints)
        ends = [known[name].to_numpy(float) for name in (column, low, high)]
    value, lo, hi = ends
    noise = random.standard_normal((draws, len(touchpoints)))
    return Component(value, lo, hi, value + (hi - lo) / 3.92 * noise)


def room(score: Floats, target: Floats | None) -> Floats:
    """Points from a touchpoint's score up to its target; without one, to the best quarter's edge.

    >>> room(np.array([[3.0, 4.0]]), np.array([3.5, 3.5])).tolist()
    [[0.5, 0.0]]
    """
    aim = np.quantile(score, BEST, axis=-1, keepdims=True) if target is None else target
    return np.maximum(aim - score, 0)


def average_consequence(table: pd.DataFrame | Missing) -> pd.DataFrame | Missing:
    """One row per touchpoint: the mean over outcomes of the difference that a low score makes.

    Reads the table of `consequences`; outcomes count alike, their errors as if independent.
    """
    if isinstance(table, Missing):
        return table
    known = table[~table.small]
    if known.empty:
        return Missing("customers", ("churned",))
    half = (known.gap_rate_hi - known.gap_rate_lo) / 2
    parts = pd.DataFrame(
        {"touchpoint_id": known.touchpoint_id, "gap": known.gap_rate, "square": half**2}
    )
    grouped = parts.groupby("touchpoint_id", sort=True)
    mean, count = grouped.gap.mean(), grouped.gap.count()
    half = np.sqrt(grouped.square.sum()) / count
    return pd.DataFrame(
        {
            "touchpoint_id": mean.index,
            "consequence_rate": mean.to_numpy(),
            "consequence_rate_lo": (mean - half).to_numpy(),
            "consequence_rate_hi": (mean + half).to_numpy(),
        }
    )


def furthest_behind(table: pd.DataFrame | Missing) -> pd.DataFrame | Missing:
    """One row per touchpoint: points behind the competitor that is furthest ahead there.

    Reads the table of `competitor_grid`; negative where the client leads all of them.
    """
    if isinstance(table, Missing):
        return table
    known = table[~table.small] if "small" in table else table
    known = known[known.gap_points.notna()].sort_values(["touchpoint_id", "gap_points"])
    known = known.drop_duplicates("touchpoint_id")
    return pd.DataFrame(
        {
            "touchpoint_id": known.touchpoint_id.to_numpy(),
            "behind_points": -known.gap_points.to_numpy(float),
            "behind_points_lo": -known.gap_points_hi.to_numpy(float),
            "behind_points_hi": -known.gap_points_lo.to_numpy(float),
        }
    )
