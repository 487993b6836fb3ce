"""Weighted sums that know how much they can tell: from rows to means with an effective n.

A row with `n` stands for n answers, `weight` weights it. Answers of one customer resemble each
other, so a mean's variance is taken over customers and not over rows: the effective n is what
as many unrelated, equally weighted answers would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, cases, collect, literal
from keytouch.estimate import Floats, effective_n

SIZES = ("n", "w", "ww", "units", "cww")
MOMENTS = ("", "_x", "_w", "_c")
RARE_REPEATS = 0.01
OWNERS = ("customer_id", "journey_id")
ROW_IDS = ("feedback_id", "journey_id", "interaction_id")


def with_weights(data: LazyTable) -> LazyTable:
    """Add `rows` (how many answers a row stands for) and `w` (their weight) to any table."""
    rows = data.n.cast("float64") if "n" in data.columns else literal(1.0)
    weight = data.weight.cast("float64") if "weight" in data.columns else literal(1.0)
    return data.mutate(rows=rows.fill_null(1.0), w1=weight.fill_null(0.0)).mutate(
        w=lambda t: t.rows * t.w1
    )


def with_unit(data: LazyTable) -> LazyTable:
    """Add `unit`, whose answers a row belongs to: the customer's, else the journey's, else its own.

    Rows that stand for several answers stand for several customers: such a table gets no unit.
    """
    own = next((name for name in ROW_IDS if name in data.columns), None)
    owners = [name for name in OWNERS if name in data.columns]
    if own is None or "n" in data.columns or owners in ([], [own]):
        return data
    names = dict.fromkeys([*owners, own])
    return data.mutate(unit=_first_known([data[name].cast("string") for name in names]))


def _first_known(columns: list[Any]) -> Any:
    return columns[0].coalesce(*columns[1:])


def indicator(condition: Any) -> Any:
    """1 where a condition holds, 0 where it doesn't or isn't known."""
    return cases((condition, 1.0), else_=0.0)


def mean_sums(
    data: LazyTable, values: Mapping[str, Any], *, by: Sequence[str] = (), **more: Any
) -> LazyTable:
    """The sums that means and their variances need, one row per group.

    Lazy, but for a look whether any unit answered twice: sums over units cost ten times as much.
    `data` has `rows`, `w`, `w1` and perhaps `unit`; `values` are the expressions to average.
    Columns out: `by`; `n` answers, `w`, `ww` (Σw, Σw²), `units`, `cww` (Σ over units of their
    weight squared); for each value v: `v` (Σwv), `v_x` (Σwv²), `v_w` and `v_c` (Σ over units of
    their weight times their sum, of their sum squared); and `more`.
    """
    data = data.mutate(**values)
    squared = data.w * data.w1
    sums = {"n": data.rows.sum(), "w": data.w.sum(), "ww": squared.sum()}
    for v in values:
        sums |= {v: (data.w * data[v]).sum(), f"{v}_x": (data.w * data[v] * data[v]).sum()}
    if "unit" in data.columns and _repeats(data, by):
        return _over_units(data.group_by([*by, "unit"]).agg(**sums, **more), values, by, more)
    own = {"units": data.rows.sum(), "cww": squared.sum()}
    for v in values:
        own |= {f"{v}_w": (squared * data[v]).sum(), f"{v}_c": (squared * data[v] * data[v]).sum()}
    grouped = data.group_by(list(by)) if by else data
    return grouped.agg(**sums, **own, **more)


def _repeats(data: LazyTable, by: Sequence[str]) -> bool:
    """Whether more than one answer in a hundred is a unit's second in its group."""
    grouped = data.group_by(list(by)) if by else data
    counts = collect(grouped.agg(units=data.unit.nunique(), n=data.count()))
    return counts.units.sum() < (1 - RARE_REPEATS) * counts.n.sum()


def _over_units(
    each: LazyTable, values: Mapping[str, Any], by: Sequence[str], more: Mapping[str, Any]
) -> LazyTable:
    """The sums over units, from one row per group and unit."""
    names = ["n", "w", "ww", *values, *(f"{v}_x" for v in values)]
    sums = {name: each[name].sum() for name in names}
    sums |= {"units": each.count(), "cww": (each.w * each.w).sum()}
    for v in values:
        sums |= {f"{v}_w": (each.w * each[v]).sum(), f"{v}_c": (each[v] * each[v]).sum()}
    sums |= {name: each[name].max() for name in more}
    return each.group_by(list(by)).agg(**sums) if by else each.agg(**sums)


def sum_names(values: Sequence[str]) -> list[str]:
    """The names of the columns of `mean_sums` but for the groups'."""
    return [*SIZES, *(f"{v}{part}" for v in values for part in MOMENTS)]


@dataclass(frozen=True)
class Means:
    """Groups' means with variance and effective n, one entry per group."""

    mean: Floats
    variance: Floats
    n_eff: Floats

    @property
    def squares(self) -> Floats:
        """The mean of the squares, without the sample's correction of the variance."""
        shrink = np.where(self.n_eff > 1, (self.n_eff - 1) / np.fmax(self.n_eff, 1), 1)
        return self.variance * shrink + self.mean**2


def means_of(sums: pd.DataFrame, value: str = "x") -> Means:
    """The means of one value of `mean_sums`; nan where a group has no weight.

    The effective n is Kish's, less what the answers of one unit share.
    Source: Kish 1965, Survey Sampling; linearised cluster variance as in Cochran 1977.
    """
    n, w, ww, units, cww = (sums[name].to_numpy(float) for name in SIZES)
    total, squares, cross, own = (sums[f"{value}{part}"].to_numpy(float) for part in MOMENTS)
    kish = effective_n(w, ww)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / w
        spread = np.fmax(squares / w - mean**2, 0)
        spread = np.where(spread < 1e-12, 0, spread)
        variance = spread * kish / np.fmax(kish - 1, 1)
        error = (own - 2 * mean * cross + mean**2 * cww) * units / (units - 1) / w**2
        robust = np.where((error > 1e-15) & (units > 1), variance / error, kish)
    n_eff = np.fmin(kish, np.where(variance > 0, robust, kish))
    return Means(mean, variance, n_eff)
