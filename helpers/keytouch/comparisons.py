"""Groups compared: each with the others, with a reference, or with the period before.

Whoever looks at ten segments will find one that is "lowest"; here a group is called lower or
higher only where the difference survives the correction for all the comparisons made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from keytouch.contrasts import adjusted, mean_difference
from keytouch.drivers import journey_key
from keytouch.engine import LazyTable, Missing, needs
from keytouch.group_means import KINDS, SUMS, difference, group_sums, measured, value_columns
from keytouch.satisfaction import UNEQUAL, at_touchpoints, grouped_by, nps, scores
from keytouch.weighted import Means, means_of

ALPHA = 0.05
REST, PREVIOUS = "rest", "previous"
TIMES = ("ts", "started_at", "joined")


def compare_groups(
    data: LazyTable | Missing,
    *,
    by: str = "segment",
    measure: str = "score",
    metric: str = "csat",
    against: str = REST,
    every: str = "M",
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
    small_cell: int = 10,
) -> pd.DataFrame | Missing:
    """Each group against the others, one row per group.

    `by`: a column, or "period" (the `every` "D", "W", "M", "Q" of the table's time). `measure`:
    "score", "top_rate", "low_rate" (feedback of `metric`), "nps" (feedback), "converted"
    (journeys), "churned" (customers). `against`: "rest" (all other answers), "previous" (the
    group before, in order of `by`) or the id of a reference group.

    Columns out: `by`; the measure (`score` on `scale`, `top_rate`, `low_rate`,
    `conversion_rate`, `churn_rate` in 0–1, `nps` in points) with `_lo`, `_hi`; its difference
    (`score_difference`, `rate_difference` in −1…1, `nps_difference` in points) with `_lo`,
    `_hi` (95 %, each by itself: Welch, Newcombe, adjusted Wald); `p_value` (two-sided,
    Benjamini–Hochberg over the groups judged); `comparison`: "lower", "higher" (adjusted p at
    most .05), "alike" (can't be told apart), "not_judged" (n < `min_n`), "suppressed"
    (n < `small_cell`: no figure is shown, though the answers count among the others),
    "reference"; `n`; `small`; `min_n`; `suppressed`; `small_cell`; `design_effect` where
    weights or repeated answers cost precision; `against`; `method`.
    Rows whose group is blank are left out. Sorted by the measure, lowest first; periods in time.
    """
    if isinstance(data, Missing):
        return data
    rows = measured(data, measure, metric=metric)
    rows = rows if isinstance(rows, Missing) or by != "period" else _with_period(rows, every)
    known = rows if isinstance(rows, Missing) else grouped_by(rows, [by])
    if isinstance(known, Missing):
        return known
    sums = group_sums(known, by)
    if sums.empty:
        return Missing("feedback", (by,))
    kind = KINDS[measure]
    means = means_of(sums)
    contrast = difference(means, means_of(_others(sums, by, against)), kind, scale)
    values = {**value_columns(means, kind, scale), **contrast.columns(kind.difference)}
    table = pd.DataFrame({by: sums[by], **values, "n": sums.n.astype(int)})
    table = _with_design_effect(table, means)
    table = judge(table, kind.difference, min_n=min_n, small_cell=small_cell)
    if against not in (REST, PREVIOUS):
        table.loc[table[by] == against, "comparison"] = "reference"
    table = suppress(table, by=[by]).assign(against=against, method=kind.method)
    order = [by] if by == "period" else [kind.column, by]
    return table.sort_values(order).reset_index(drop=True)


def _with_period(data: LazyTable, every: str) -> LazyTable | Missing:
    time = next((name for name in TIMES if name in data.columns), None)
    if time is None:
        return Missing("feedback", ("ts",))
    return data.mutate(period=data[time].truncate(every))


def _others(sums: pd.DataFrame, by: str, against: str) -> pd.DataFrame:
    """The sums of what each group is compared with."""
    numbers = sums[list(SUMS)].astype(float)
    if against == REST:
        return numbers.sum() - numbers
    if against == PREVIOUS:
        return numbers.shift().fillna(0.0)
    place = np.flatnonzero(sums[by].astype(str) == against)
    if not len(place):
        names = ", ".join(map(str, sums[by]))
        raise ValueError(f"no group {against!r} to compare with; there are: {names}")
    other = numbers.iloc[np.repeat(place, len(numbers))].reset_index(drop=True)
    other.loc[place[0]] = 0.0
    return other


def _with_design_effect(table: pd.DataFrame, means: Means) -> pd.DataFrame:
    effect = table.n.to_numpy() / np.where(means.n_eff > 0, means.n_eff, np.nan)
    return table.assign(design_effect=effect) if np.any(effect > UNEQUAL) else table


def judge(table: pd.DataFrame, name: str, *, min_n: int, small_cell: int) -> pd.DataFrame:
    """Adjust the p values over the groups that are judged, and word each comparison.

    Reads the difference's column `name`, `p_value` and `n`; see `compare_groups` for what it
    adds.
    """
    small = table.n < max(min_n, small_cell)
    p_value = adjusted(table.p_value.where(~small))
    signs = np.where(table[name] < 0, "lower", "higher")
    verdict = np.where(p_value <= ALPHA, signs, "alike")
    verdict = np.where(np.isnan(p_value), "not_judged", verdict)
    return table.assign(
        p_value=p_value,
        comparison=np.where(table.n < small_cell, "suppressed", verdict),
        small=small,
        min_n=min_n,
        suppressed=table.n < small_cell,
        small_cell=small_cell,
    )


def suppress(table: pd.DataFrame, *, by: Sequence[str]) -> pd.DataFrame:
    """Blank every number of the rows marked `suppressed`, their n too; the group stays named."""
    keep = {*by, "suppressed", "small_cell", "min_n", "small", "comparison", "against", "method"}
    hidden = {
        name: table[name].astype("Float64" if name == "n" else float).mask(table.suppressed)
        for name in table
        if name not in keep and table.suppressed.any()
    }
    return table.assign(**hidden)


@needs("feedback", "score", "touchpoint_id")
def compare_touchpoints(
    feedback: LazyTable,
    *,
    metric: str = "csat",
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
    small_cell: int = 10,
) -> pd.DataFrame:
    """Each touchpoint's score against the other touchpoints' of the same respondents.

    One row per touchpoint. Comparing within respondents is fair to a touchpoint that only
    strict (or only contented) customers meet, and takes their mood out. Columns out:
    `touchpoint_id`; `score` on `scale` with `_lo`, `_hi` (95 %, t); `score_difference`, the
    mean difference from the respondent's other scores, with `_lo`, `_hi` (95 %, paired t);
    `p_value` (Benjamini–Hochberg), `comparison`, `n` (respondents who scored another touchpoint
    too), `small`, `min_n`, `suppressed`, `small_cell`, `method` as in `compare_groups`.
    Sorted by the difference, lowest first.
    """
    key = journey_key(feedback)
    if key is None:
        return Missing("feedback", ("customer_id",))  # type: ignore[return-value]
    sums = group_sums(_own_against_others(feedback, key, metric), "touchpoint_id")
    means = means_of(sums)
    paired = mean_difference(means.mean, means.variance, means.n_eff, 0.0, 0.0, np.inf)
    gap = paired.times(scale[1] - scale[0]).columns("score_difference")
    table = sums[["touchpoint_id"]].assign(**gap, n=sums.n.astype(int))
    table = judge(table, "score_difference", min_n=min_n, small_cell=small_cell)
    own = scores(at_touchpoints(feedback), metric=metric, scale=scale)
    table = own[["touchpoint_id", "score", "score_lo", "score_hi"]].merge(table)
    table = suppress(table, by=["touchpoint_id"]).assign(against=REST, method="method_paired")
    order = ["score_difference", "touchpoint_id"]
    return table.sort_values(order).reset_index(drop=True)


def _own_against_others(feedback: LazyTable, key: str, metric: str, *groups: str) -> LazyTable:
    """One row per respondent and touchpoint: `x`, the score less the mean of the others'.

    A respondent's `groups` come along.
    """
    rows: Any = measured(at_touchpoints(feedback), "score", metric=metric)
    rows = rows.filter(rows[key].notnull())
    who = {"unit": rows.customer_id.max()} if "customer_id" in rows.columns else {}
    belongs = {group: rows[group].max() for group in groups}
    each = rows.group_by([key, "touchpoint_id"]).agg(
        own=rows.x.mean(), w1=rows.w1.mean(), **who, **belongs
    )
    total = each.group_by(key).agg(total=each.own.sum(), several=each.count())
    both = each.join(total.filter(total.several > 1), key)
    both = both.mutate(
        x=both.own - (both.total - both.own) / (both.several - 1), rows=1.0, w=both.w1
    )
    if who:
        both = both.mutate(unit=both.unit.cast("string").coalesce(both[key].cast("string")))
    return both


@needs("feedback", "score", "touchpoint_id")
def touchpoint_gaps(
    feedback: LazyTable,
    *,
    by: str = "segment",
    relative: bool = False,
    metric: str = "csat",
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
    small_cell: int = 10,
) -> pd.DataFrame:
    """Where groups see a touchpoint differently, one row per touchpoint and group.

    Each group's score of a touchpoint against the other groups' scores of the same touchpoint;
    `relative` first takes off what each respondent gives to other touchpoints, so that a group
    that scores everything low is not low at each (respondents with one score don't count).
    Columns out: `touchpoint_id`, `by`, `score` and `score_difference` on `scale` with `_lo`,
    `_hi` (95 %: t, Welch), `p_value` (Benjamini–Hochberg over all cells), `comparison`, `n`,
    `small`, `min_n`, `suppressed`, `small_cell`, `against`, `method` as in `compare_groups`.
    Touchpoints in order of their largest judged difference, groups in order of `by`.
    """
    keys, key = ["touchpoint_id", by], journey_key(feedback)
    if relative and key is None:
        return Missing("feedback", ("customer_id",))  # type: ignore[return-value]
    known = grouped_by(feedback, [by])
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    own = scores(at_touchpoints(known), by=keys, metric=metric, scale=scale)
    rows = measured(at_touchpoints(known), "score", metric=metric)
    known = _own_against_others(known, str(key), metric, by) if relative else rows
    sums = group_sums(known, *keys)
    numbers = sums[list(SUMS)].astype(float)
    rest = numbers.groupby(sums.touchpoint_id).transform("sum") - numbers
    kind, means = KINDS["score"], means_of(sums)
    gap = difference(means, means_of(rest), kind, scale)
    table = sums[keys].assign(**gap.columns(kind.difference), n=sums.n.astype(int))
    table = judge(table, "score_difference", min_n=min_n, small_cell=small_cell)
    table = own[[*keys, "score", "score_lo", "score_hi"]].merge(table)
    method = "method_relative" if relative else kind.method
    table = suppress(table, by=keys).assign(against=REST, method=method)
    size = table.score_difference.abs().where(table.comparison.isin(["lower", "higher", "alike"]))
    order = table.assign(_size=size.groupby(table.touchpoint_id).transform("max").fillna(0))
    order = order.sort_values(["_size", *keys], ascending=[False, True, True])
    return order.drop(columns="_size").reset_index(drop=True)


def group_kpis(
    feedback: LazyTable | Missing,
    *,
    by: str = "segment",
    scales: dict[str, tuple[float, float]],
    min_n: int = 30,
    small_cell: int = 10,
) -> pd.DataFrame | Missing:
    """The headline figures of each group, one row per group.

    Columns out: `by`; `top_rate` (CSAT: share of high scores, 0–1, Wilson), `nps` (points,
    adjusted Wald), `ces_mean` (on its scale, t), each with `_lo`, `_hi` and its own number of
    answers (`n`, `nps_n`, `ces_n`); figures that nobody was asked have no column; `small` where
    any n is under `min_n`; `suppressed`, where the largest n is under `small_cell`; a single
    figure under `small_cell` is blank; `method`. In order of `by`.
    """
    if isinstance(feedback, Missing):
        return feedback
    known = grouped_by(feedback, [by])
    if isinstance(known, Missing):
        return known
    parts = [
        _one_kpi(scores(known, by=[by]), by, "top_rate", "top_rate", "n", small_cell),
        _one_kpi(nps(known, by=[by]), by, "nps", "nps", "nps_n", small_cell),
        _one_kpi(
            scores(known, by=[by], metric="ces", scale=scales["ces"]),
            by, "score", "ces_mean", "ces_n", small_cell,
        ),
    ]  # fmt: skip
    known_parts = [part for part in parts if part is not None]
    if not known_parts:
        return Missing("feedback", ("score",))
    table = known_parts[0]
    for part in known_parts[1:]:
        table = table.merge(part, on=by, how="outer")
    counts = table[[name for name in ("n", "nps_n", "ces_n") if name in table]].fillna(0)
    table = table.assign(
        small=(counts < min_n).any(axis=1),
        min_n=min_n,
        suppressed=(counts < small_cell).all(axis=1),
        small_cell=small_cell,
    )
    table = suppress(table, by=[by]).assign(method="method_group_kpis")
    return table.sort_values(by).reset_index(drop=True)


def _one_kpi(
    table: pd.DataFrame | Missing, by: str, column: str, name: str, n: str, small_cell: int
) -> pd.DataFrame | None:
    """One figure's columns under its own name, blank where too few answered."""
    if isinstance(table, Missing) or table.empty:
        return None
    ends = {f"{column}{end}": f"{name}{end}" for end in ("", "_lo", "_hi")}
    part = table[[by, *ends, "n"]].rename(columns={**ends, "n": n})
    few = part[n] < small_cell
    return part.assign(**{new: part[new].mask(few) for new in ends.values()})
