"""Whole journeys side by side: the paths that many take, and where they are step by step."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.engine import (
    LazyTable,
    Missing,
    cases,
    collect,
    ifelse,
    literal,
    needs,
    quantiles,
    row_number,
    spills,
    window,
)
from keytouch.estimate import wilson
from keytouch.journeys import END
from keytouch.prepared import NO_JOURNEYS, journey_rows, steps

REST = "(rest)"
VARIANTS = [
    "path", "paths", "n", "path_rate", "path_rate_lo", "path_rate_hi", "steps_mean",
    "minutes_p50", "conversion_rate", "conversion_rate_lo", "conversion_rate_hi", "told_n",
    "method",
]  # fmt: skip


@needs("interactions")
def variants(
    data: LazyTable, journeys: LazyTable | Missing = NO_JOURNEYS, *, top: int = 10
) -> pd.DataFrame:
    """The paths that journeys take, one row per path: the `top` most frequent, then all others.

    Reads interactions, steps or journey rows; `journeys` tells which converted (journey rows
    know it already). Columns out: `path`, the touchpoint ids in order joined by " > ", "(rest)"
    for all other paths; `paths`, how many different ones a row holds; `n` journeys; `path_rate`
    in 0–1 of all, with `_lo`, `_hi` (Wilson); `steps_mean`, steps a journey; `minutes_p50`, the
    median time from first to last step (exact; blank without clocks); `conversion_rate` in 0–1 of
    the `told_n` journeys whose conversion is known, with `_lo`, `_hi` (Wilson); `method`.
    Most frequent first, ties by name, the rest last. The n add up to all journeys. A journey
    whose rows carry `n` counts that often; survey weights don't count.
    """
    rows = path_rows(data, journeys)
    if isinstance(rows, Missing):
        return rows  # type: ignore[return-value]
    repeated = "" if "n" not in data.columns and data is not rows else _repeated(rows)
    counted = not repeated and spills(data, rows)
    table = collect(variant_counts(rows, top=top, rows=repeated, counted=counted))
    if "minutes_p50" not in table:
        table["minutes_p50"] = np.nan
    n = table.n.sum()
    lo, hi = wilson(table.n / max(n, 1), n)
    told = table.told_n.to_numpy(float)
    rate = np.divide(table.won, told, out=np.full(len(table), np.nan), where=told > 0)
    won_lo, won_hi = wilson(rate, told)
    table = table.assign(
        n=table.n.round().astype(int), told_n=told.round().astype(int),
        path_rate=table.n / max(n, 1), path_rate_lo=lo, path_rate_hi=hi,
        steps_mean=table.walked / table.n,
        conversion_rate=rate, conversion_rate_lo=won_lo, conversion_rate_hi=won_hi,
        method="method_wilson",
    )  # fmt: skip
    return table.sort_values("place").reset_index(drop=True)[VARIANTS]


def path_rows(data: LazyTable, journeys: LazyTable | Missing = NO_JOURNEYS) -> LazyTable | Missing:
    """Journey rows without the channels, which a path of touchpoints doesn't read. Lazy."""
    ready = "path" in data.columns or "channel" not in data.columns
    return journey_rows(data if ready else data.drop("channel"), journeys)


def variant_counts(
    data: LazyTable, *, top: int = 10, rows: str = "", counted: bool = False
) -> LazyTable:
    """Journey rows by path, the `top` most frequent and the rest as one. Lazy.

    Columns out: `path`, `place` from 0, `paths`, `n`, `walked` steps, `told_n`, `won`, and with
    clocks `minutes_p50`. `rows` and `counted` as in `quantiles`.
    """
    data = _with_result(data)
    each = data.group_by("path").agg(copies=data.copies.sum())
    first = [each.copies.desc(), each.path]
    best = each.order_by(first).limit(top)
    best = best.mutate(place=row_number().over(window(order_by=[best.copies.desc(), best.path])))
    placed = data.left_join(best.select("place", known=best.path), data.path == best.path)
    placed = placed.mutate(path=placed.known.fill_null(REST), place=placed.place.fill_null(top))
    by = ["path", "place"]
    sums = {name: placed[name] for name in ("copies", "walked", "told", "won")}
    if "minutes" in data.columns:
        levels = {"minutes_p50": 0.5}
        table = quantiles(placed, "minutes", levels, by=by, rows=rows, sums=sums, counted=counted)
        table = table.drop("n")
    else:
        table = placed.group_by(by).agg(**{name: one.sum() for name, one in sums.items()})
    table = table.cross_join(each.agg(every=each.count()))
    paths = ifelse(table.place < top, 1, table.every - top)
    return table.mutate(paths=paths).drop("every").rename(n="copies", told_n="told")


def _repeated(rows: LazyTable) -> str:
    """The column of equal journeys where any journey row may stand for several."""
    alike = rows.filter(rows.copies != 1).limit(1)
    return "copies" if len(collect(alike.select("copies"))) else ""


def _with_result(rows: LazyTable) -> LazyTable:
    """Journey rows with what a path sums up: steps, whether a conversion is known, and won."""
    told, won = literal(0.0), literal(0.0)
    if "converted" in rows.columns:
        told = ifelse(rows.converted.notnull(), rows.copies, 0.0)
        won = cases((rows.converted.fill_null(False), rows.copies), else_=0.0)
    walked = rows.copies * rows.steps.cast("float64")
    return rows.mutate(walked=walked, told=told, won=won)


@needs("interactions", "touchpoint_id")
def step_matrix(interactions: LazyTable, *, upto: int = 10) -> pd.DataFrame:
    """Where journeys are at each step, one row per step and touchpoint that occurs.

    Reads interactions or steps. Columns out: `step` from 1 to `upto`; `touchpoint_id`, "(end)"
    for journeys that are over by then; `n` journeys; `here_rate` in 0–1 of all journeys, with
    `_lo`, `_hi` (Wilson); `total_n`, all journeys, to which every step's n add up; `method`. By
    step, most frequent first, the ended last. A journey whose rows carry `n` counts that often;
    survey weights don't count. Later steps are not shown, but their journeys are.
    """
    data = steps(interactions)
    if isinstance(data, Missing):
        return data  # type: ignore[return-value]
    table = collect(step_counts(data, upto=upto)).sort_values(["step", "touchpoint_id"])
    total = table[table.step == 1].n.sum()
    shown = range(1, min(upto, int(table.step.max())) + 1) if len(table) else []
    going = table.groupby("step").n.sum().reindex(shown, fill_value=0)
    ended = pd.DataFrame({"step": shown, "touchpoint_id": END, "n": (total - going).to_numpy()})
    table = pd.concat([table, ended[ended.n > 0]], ignore_index=True)
    lo, hi = wilson(table.n / max(total, 1), total)
    table = table.assign(
        n=table.n.round().astype(int), here_rate=table.n / max(total, 1),
        here_rate_lo=lo, here_rate_hi=hi, total_n=int(total), method="method_wilson",
        _last=table.touchpoint_id == END, _size=-table.n,
    )  # fmt: skip
    ordered = table.sort_values(["step", "_last", "_size", "touchpoint_id"])
    return ordered.drop(columns=["_last", "_size"]).reset_index(drop=True)


def step_counts(data: LazyTable, *, upto: int = 10) -> LazyTable:
    """Journeys by where they are at each step up to `upto`: `step`, `touchpoint_id`, `n`. Lazy."""
    early = data.filter(data.step <= upto)
    return early.group_by("step", "touchpoint_id").agg(n=early.copies.sum())
