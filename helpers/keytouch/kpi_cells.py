"""A cube of key figures: every cell of touchpoint × segment × channel × week, and every total.

A cell keeps the sums from which its figures and their intervals come. Answers of one customer in
two cells belong together, so a total isn't the sum of its cells: each total is counted for
itself, and a slice of the cube has just the interval that the measure itself would give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, combinations

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, collect
from keytouch.estimate import effective_n, place_interval, wilson
from keytouch.problems import DataError, Problem
from keytouch.satisfaction import of_metric, with_position
from keytouch.weighted import indicator, mean_sums, means_of, sum_names, with_unit, with_weights

DIMENSIONS = ("touchpoint_id", "segment", "channel", "week")
ALL = "(all)"
NO_LOG = Missing("interactions")
SUMS = sum_names(("x",))
FAILS = ("contacts", "told_w", "told_ww", "failed_w")


def kpi_cube(
    feedback: LazyTable | Missing,
    *,
    interactions: LazyTable | Missing = NO_LOG,
    by: Sequence[str] = DIMENSIONS,
    metric: str = "csat",
) -> pd.DataFrame | Missing:
    """Scores and failures in every cell of the chosen dimensions and in all their totals.

    Dimensions are columns of the tables (and "week", the Monday of `ts`); those that neither has
    are left out, those that only one has leave the other's cells to the totals. One row per cell;
    "(all)" in a dimension marks a total over it. Columns out: the dimensions; the sums of the
    score's place on its scale (see `mean_sums`; `n` answers at touchpoints, or of the whole where
    no touchpoint is a dimension); of interactions `contacts`, and of those whose success is known
    `told_w`, `told_ww` (Σw, Σw²) and `failed_w`. Read it with `slice_cube`.
    Rows with `n` and weights count; rows whose dimension is blank are in the totals over it only.
    Source: Gray et al. 1997, Data Mining and Knowledge Discovery 1.
    """
    scored = feedback if isinstance(feedback, Missing) else _scored(feedback, metric, by)
    logged = interactions if isinstance(interactions, Missing) else _with_week(interactions)
    tables = [table for table in (scored, logged) if not isinstance(table, Missing)]
    known = [name for name in by if any(name in table.columns for table in tables)]
    if not tables or not known:
        return Missing("feedback", tuple(by))
    parts = [_level(scored, logged, known, list(level)) for level in _levels(known)]
    cube = pd.concat([part for part in parts if not part.empty], ignore_index=True)
    if cube.empty:
        return Missing("feedback", ("score",))
    columns = [*known, *SUMS, *FAILS]
    numbers = cube.reindex(columns=columns)[[*SUMS, *FAILS]].astype(float).fillna(0.0)
    return cube[known].join(numbers).sort_values(known, ignore_index=True)


def _scored(feedback: LazyTable, metric: str, by: Sequence[str]) -> LazyTable | Missing:
    if "score" not in feedback.columns:
        return Missing("feedback", ("score",))
    rows = with_position(of_metric(feedback, metric))
    if "touchpoint_id" in rows.columns:
        about_one = rows.touchpoint_id.notnull()
        rows = rows.filter(about_one if "touchpoint_id" in by else ~about_one)
    return with_unit(with_weights(_with_week(rows)))


def _with_week(data: LazyTable) -> LazyTable:
    """Add the week; a table without any time has none."""
    return data.mutate(week=data.ts.truncate("W")) if "ts" in data.columns else data


def _levels(known: Sequence[str]) -> chain[tuple[str, ...]]:
    """Every choice of dimensions, the grand total first."""
    return chain.from_iterable(combinations(known, size) for size in range(len(known) + 1))


def _level(
    scored: LazyTable | Missing, logged: LazyTable | Missing, known: list[str], level: list[str]
) -> pd.DataFrame:
    """The cells of one choice of dimensions; the others are "(all)"."""
    found = [
        sums(data, level)
        for data, sums in ((scored, _score_sums), (logged, _fail_sums))
        if not isinstance(data, Missing) and set(level) <= set(data.columns)
    ]
    if not found:
        return pd.DataFrame()
    cells = found[0]
    for other in found[1:]:
        cells = cells.merge(other, on=level, how="outer") if level else cells.join(other)
    if "week" in level:
        cells = cells.assign(week=pd.to_datetime(cells.week).dt.strftime("%Y-%m-%d"))
    rest = {name: ALL for name in known if name not in level}
    return cells.assign(**rest)


def _known(data: LazyTable, level: list[str]) -> LazyTable:
    for name in level:
        data = data.filter(data[name].notnull())
    return data


def _score_sums(scored: LazyTable, level: list[str]) -> pd.DataFrame:
    rows = _known(scored, level)
    return collect(mean_sums(rows, {"x": rows.x}, by=level))


def _fail_sums(logged: LazyTable, level: list[str]) -> pd.DataFrame:
    rows = with_weights(_known(logged, level))
    sums = {"contacts": rows.rows.sum()}
    if "success" in rows.columns:
        told, failed = indicator(rows.success.notnull()), indicator(~rows.success)
        sums["told_w"] = (rows.w * told).sum()
        sums["told_ww"] = (rows.w * rows.w1 * told).sum()
        sums["failed_w"] = (rows.w * failed).sum()
    grouped = rows.group_by(level) if level else rows
    return collect(grouped.agg(**sums))


def slice_cube(
    cube: pd.DataFrame | Missing,
    *,
    by: str | Sequence[str] = ("touchpoint_id",),
    where: Mapping[str, str] | None = None,
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
    small_cell: int = 10,
) -> pd.DataFrame | Missing:
    """One view of a cube, as the measures themselves would give it, one row per group.

    `by` are the dimensions to show; `where` holds others at one value, e.g. {"segment": "new"}.
    Columns out: `by`; `score` on `scale` with `_lo`, `_hi` (t, as `scores` gives it); `fail_rate`
    in 0–1 (Wilson, as `service`); `n` answers, `contacts` interactions; `small` (n < `min_n`),
    `suppressed` (neither answers nor contacts reach `small_cell`: numbers blank; a figure that
    rests on fewer is blank by itself), `small_cell`, `method`. Sorted by `by`.
    Missing for a usual dimension that the data lack; raises DataError for a name that is none,
    saying those that are.
    """
    if isinstance(cube, Missing):
        return cube
    by, held = [by] if isinstance(by, str) else list(by), dict(where or {})
    dimensions = list(cube.columns[: cube.columns.get_loc("n")])
    lacking = tuple(name for name in (*by, *held) if name not in dimensions)
    if lacking and set(lacking) <= set(DIMENSIONS):
        return Missing("feedback", lacking)
    if lacking:
        unknown = next(name for name in lacking if name not in DIMENSIONS)
        values = {"found": unknown, "known": ", ".join(dimensions)}
        raise DataError(Problem("problem_cube_dimension", values=values))
    inside = pd.Series(True, index=cube.index)
    for name in dimensions:
        inside &= _matches(cube[name], name, by, held)
    return _figures(cube[inside], by, scale, min_n, small_cell)


def _matches(column: pd.Series, name: str, by: list[str], held: Mapping[str, str]) -> pd.Series:
    """The rows of one dimension that belong to a view."""
    if name in held:
        return column == str(held[name])
    return column != ALL if name in by else column == ALL


def _figures(
    cells: pd.DataFrame, by: list[str], scale: tuple[float, float], min_n: int, small_cell: int
) -> pd.DataFrame:
    """The figures of cells from their sums; small ones blank."""
    low, span = scale[0], scale[1] - scale[0]
    means = means_of(cells, "x")
    score_lo, score_hi = place_interval(means.mean, means.variance, means.n_eff)
    told = cells.told_w.where(cells.told_w > 0)
    fail = cells.failed_w / told
    told_n = effective_n(cells.told_w, cells.told_ww)
    fail_lo, fail_hi = wilson(fail, told_n)
    few, rare = (cells.n < small_cell).to_numpy(), told_n < small_cell
    values = {
        "score": low + span * means.mean,
        "score_lo": low + span * score_lo,
        "score_hi": low + span * score_hi,
        "fail_rate": fail.to_numpy(float),
        "fail_rate_lo": fail_lo,
        "fail_rate_hi": fail_hi,
    }
    hidden = {name: rare if name.startswith("fail") else few for name in values}
    table = cells[by].assign(
        **{name: np.where(hidden[name], np.nan, value) for name, value in values.items()},
        n=cells.n.astype("Int64"),
        contacts=cells.contacts.astype("Int64"),
        small=few | (cells.n < min_n).to_numpy(),
        min_n=min_n,
        suppressed=few & (cells.contacts < small_cell).to_numpy(),
        small_cell=small_cell,
        method="method_cube",
    )
    # A count below the limit is itself what must not be shown.
    table["n"] = table.n.mask(few & (table.n > 0))
    table["contacts"] = table.contacts.mask((table.contacts < small_cell) & (table.contacts > 0))
    return table.sort_values(by).reset_index(drop=True) if by else table.reset_index(drop=True)
