"""Journeys that come back to where they have been: how often, and what it costs.

A visit is one interaction at a touchpoint. Back at once is a self loop; back after another
touchpoint is rework.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keytouch.contrasts import Contrast, adjusted, mean_difference
from keytouch.drivers import journey_key
from keytouch.engine import LazyTable, Missing, cases, collect, minutes_between
from keytouch.estimate import mean_interval, place_interval, wilson
from keytouch.medians import group_medians
from keytouch.prepared import steps
from keytouch.satisfaction import whole_scores
from keytouch.weighted import indicator, mean_sums, means_of, with_unit

ALPHA = 0.05
ENDS = ("", "_lo", "_hi")
NO_SCORES = Missing("feedback", ("score",))
SHARES = {"loop": "loop_rate", "at_once": "self_rate", "later": "later_rate"}


def as_journeys(visited: LazyTable, interactions: LazyTable) -> LazyTable:
    """One row per journey and group, with `w` and the `unit` that owns it.

    Journeys of one customer resemble each other; rows that stand for several do for several
    customers, and then no unit is known.
    """
    weighted = visited.mutate(w=visited.rows * visited.w1, journey_id=visited.key)
    return weighted if "n" in interactions.columns else with_unit(weighted)


def per_journey(placed: LazyTable) -> dict[str, Any]:
    """What every grouping of steps by journey keeps: its rows, weight and customer."""
    kept = {"rows": placed.copies.max(), "w1": placed.w1.max()}
    if "customer_id" in placed.columns:
        kept["customer_id"] = placed.customer_id.max()
    return kept


def placed_steps(interactions: LazyTable | Missing, *columns: str) -> LazyTable | Missing:
    """The steps of a log that has touchpoints and the columns named; else what is missing."""
    if isinstance(interactions, Missing):
        return interactions
    wanted = ("touchpoint_id", *columns)
    lacking = tuple(name for name in wanted if name not in interactions.columns)
    return Missing("interactions", lacking) if lacking else steps(interactions)


def loops(
    interactions: LazyTable | Missing,
    feedback: LazyTable | Missing = NO_SCORES,
    *,
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """Journeys that come back to a touchpoint, and what that costs, one row per touchpoint.

    Columns out: `n` journeys that visit it; `repeats`, visits beyond each journey's first;
    in 0–1 of `n` (Wilson): `loop_rate`, more than one visit, `self_rate`, a visit directly after
    another, `later_rate`, back after some other touchpoint (rework; a journey may do both);
    `extra_steps`, mean visits beyond the first over all `n` (t); of journeys that loop:
    `extra_minutes`, the median time from first to last visit (binomial ranks; blank without
    clocks) and `extra_cost`, the mean cost of visits beyond the first (t; blank where costs aren't
    recorded, journeys with an unknown one left out); `score_loop`, `score_once`, mean overall
    satisfaction of journeys with and without a loop, on `scale` (t), and `score_change`, loop
    minus once (Welch); each with `_lo`, `_hi` (95 %); scores are blank with fewer than `min_n`
    scored journeys, `loop_n` and `once_n`, on either side; `p_value` of the change
    (Benjamini–Hochberg over the touchpoints that have one), `differs` (adjusted p ≤ .05);
    `small` (n < `min_n`); `left_out`,
    interactions without a journey or a place in it; `method`. Most repeats first.
    A row with `n` stands for that many journeys; weights count; journeys of one customer count
    for less than as many customers. Not every repeat is trouble: people look at several products,
    and a loop where all goes badly isn't the cause of it. Source: Welch 1947.
    """
    placed = placed_steps(interactions)
    if isinstance(interactions, Missing) or isinstance(placed, Missing):
        return placed  # type: ignore[return-value]
    visits = as_journeys(_visits(placed), interactions)
    table = _frequencies(visits)
    table = table.merge(_times(visits), on="touchpoint_id", how="left")
    table = table.merge(_costs(visits), on="touchpoint_id", how="left")
    key = journey_key(interactions)
    whole = whole_scores(feedback, str(key))
    table = table.merge(_scores(visits, whole, scale, min_n), on="touchpoint_id", how="left")
    table = table.assign(
        differs=table.p_value <= ALPHA,
        small=table.n < min_n,
        left_out=left_out(interactions, placed),
        method="method_loops",
    )
    order = ["repeats", "touchpoint_id"]
    return table.sort_values(order, ascending=[False, True]).reset_index(drop=True)


def left_out(interactions: LazyTable, placed: LazyTable) -> int:
    """How many interactions have no place in a journey."""
    counts = [collect(table.agg(n=table.count())).n.iloc[0] for table in (interactions, placed)]
    return int(counts[0] - counts[1])


def _visits(placed: LazyTable) -> LazyTable:
    """One row per journey and touchpoint: how often, whether at once or later, time and cost."""
    back = indicator(placed.next_touchpoint == placed.touchpoint_id)
    parts: dict[str, Any] = {"visits": placed.count().cast("float64"), "self_n": back.sum()}
    if "ts" in placed.columns:
        parts["minutes"] = minutes_between(placed.ts.min(), placed.ts.max())
    if "cost" in placed.columns:
        told = indicator(placed.cost.notnull()).sum()
        beyond = placed.cost.sum() - placed.cost.argmin(placed.step)
        parts["cost"] = cases((told == placed.count(), beyond))
    grouped = placed.group_by(["key", "touchpoint_id"]).agg(**per_journey(placed), **parts)
    return grouped.mutate(
        extra=grouped.visits - 1.0,
        loop=indicator(grouped.visits > 1),
        at_once=indicator(grouped.self_n > 0),
        later=indicator(grouped.visits - grouped.self_n > 1),
    )


def _frequencies(visits: LazyTable) -> pd.DataFrame:
    """How often journeys come back, with intervals."""
    values = {name: visits[name] for name in (*SHARES, "extra")}
    more = visits.mutate(again=visits.rows * visits.extra)
    sums = collect(mean_sums(visits, values, by=["touchpoint_id"]))
    total = collect(more.group_by("touchpoint_id").agg(repeats=more.again.sum()))
    sums = sums.merge(total, on="touchpoint_id")
    table = sums[["touchpoint_id"]].assign(n=sums.n.astype(int), repeats=sums.repeats.astype(int))
    for part, name in SHARES.items():
        means = means_of(sums, part)
        share = np.clip(means.mean, 0, 1)
        lo, hi = wilson(share, means.n_eff)
        table = table.assign(**{name: share, f"{name}_lo": lo, f"{name}_hi": hi})
    return table.assign(**_mean_columns(sums, "extra", "extra_steps"))


def _mean_columns(sums: pd.DataFrame, part: str, name: str) -> dict[str, Any]:
    """A mean that can't be negative, with its t interval."""
    means = means_of(sums, part)
    lo, hi = mean_interval(means.mean, means.variance, means.n_eff)
    return {name: means.mean, f"{name}_lo": np.fmax(lo, 0), f"{name}_hi": hi}


def _times(visits: LazyTable) -> pd.DataFrame:
    """The median time that a loop takes."""
    names = ["touchpoint_id", "extra_minutes", "extra_minutes_lo", "extra_minutes_hi"]
    if "minutes" not in visits.columns:
        return pd.DataFrame(columns=names).astype({"touchpoint_id": "str"})
    looping = visits.filter(visits.loop == 1.0)
    table = group_medians(looping, "minutes", by=["touchpoint_id"], name="extra_minutes")
    # Where every visit carries the same time there are no clocks to speak of.
    return table.loc[table.extra_minutes_hi > 0, names]


def _costs(visits: LazyTable) -> pd.DataFrame:
    """The mean cost of the visits beyond the first."""
    names = ["touchpoint_id", "extra_cost", "extra_cost_lo", "extra_cost_hi"]
    if "cost" not in visits.columns:
        return pd.DataFrame(columns=names).astype({"touchpoint_id": "str"})
    looping = visits.filter((visits.loop == 1.0) & visits.cost.notnull())
    sums = collect(mean_sums(looping, {"extra_cost": looping.cost}, by=["touchpoint_id"]))
    return sums[["touchpoint_id"]].assign(**_mean_columns(sums, "extra_cost", "extra_cost"))


def _scores(
    visits: LazyTable, whole: LazyTable | Missing, scale: tuple[float, float], min_n: int
) -> pd.DataFrame:
    """Overall satisfaction of journeys with and without a loop."""
    names = [f"score_{part}{end}" for part in ("loop", "once", "change") for end in ENDS]
    names = ["touchpoint_id", *names, "loop_n", "once_n", "p_value"]
    if isinstance(whole, Missing):
        return pd.DataFrame(columns=names).astype({"touchpoint_id": "str"})
    scored = visits.drop("w", "w1").join(whole, "key").mutate(w=lambda t: t.rows * t.w1)
    sums = collect(mean_sums(scored, {"x": scored.x}, by=["touchpoint_id", "loop"]))
    means = means_of(sums, "x")
    sums = sums[["touchpoint_id", "loop", "n"]].assign(
        mean=means.mean, var=means.variance, n_eff=means.n_eff
    )
    sides = [sums[sums.loop == side].drop(columns="loop") for side in (1.0, 0.0)]
    both = sides[0].merge(sides[1], on="touchpoint_id", suffixes=("_loop", "_once"))
    return _changes(both, scale, min_n).reindex(columns=names)


def _changes(both: pd.DataFrame, scale: tuple[float, float], min_n: int) -> pd.DataFrame:
    low, span = scale[0], scale[1] - scale[0]
    table = both[["touchpoint_id"]].assign(loop_n=both.n_loop, once_n=both.n_once)
    for side in ("loop", "once"):
        mean, var, n = (both[f"{part}_{side}"] for part in ("mean", "var", "n_eff"))
        lo, hi = place_interval(mean, var, n)
        ends = {f"score_{side}_lo": low + span * lo, f"score_{side}_hi": low + span * hi}
        table = table.assign(**{f"score_{side}": low + span * mean, **ends})
    gap = mean_difference(
        both.mean_loop, both.var_loop, both.n_eff_loop,
        both.mean_once, both.var_once, both.n_eff_once,
    ).times(span)  # fmt: skip
    few = (both[["n_loop", "n_once"]] < max(min_n, 2)).any(axis=1)
    gap = Contrast(gap.value, gap.lo, gap.hi, adjusted(np.where(few, np.nan, gap.p_value)))
    return table.assign(**gap.columns("score_change"))[~few]
