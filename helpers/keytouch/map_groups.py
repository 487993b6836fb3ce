"""The journey map of several groups: side by side, and as a difference of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from keytouch.contrasts import adjusted, share_difference
from keytouch.drivers import journey_key
from keytouch.engine import LazyTable, Missing, cases, collect, literal, needs, window
from keytouch.estimate import wilson
from keytouch.group_means import KINDS, difference, group_sums, measured
from keytouch.satisfaction import at_touchpoints, grouped_by, scores
from keytouch.weighted import means_of

BEFORE, AFTER = "(before)", "(after)"
ALPHA = 0.05


def with_half(data: LazyTable | Missing, at: Any, *, whole: str = "") -> LazyTable | Missing:
    """A table with `half`: "(before)" a moment, or "(after)" it; rows without a time are left out.

    `at` is a day or time; the moment itself counts as after. With `whole`, a column of keys, all
    rows of a key go where its first row goes, so that no journey is cut in two.
    """
    if isinstance(data, Missing):
        return data
    if "ts" not in data.columns:
        return Missing("feedback", ("ts",))
    moment = literal(pd.Timestamp(at).to_pydatetime())
    known = data.filter(data.ts.notnull())
    time = known.ts.min().over(window(group_by=known[whole])) if whole else known.ts
    return known.mutate(half=cases((time < moment, BEFORE), else_=AFTER))


def placed(touchpoints: LazyTable | Missing, stages: Sequence[str]) -> pd.DataFrame | Missing:
    """The front-stage touchpoints in the order of the map: `touchpoint_id`, `stage_id`."""
    if isinstance(touchpoints, Missing) or "stage_id" not in touchpoints.columns:
        return Missing("touchpoints", ("stage_id",))
    table = collect(touchpoints).reindex(columns=["touchpoint_id", "stage_id", "stage_side"])
    table = table[table.stage_id.isin(stages) & table.stage_side.ne("back")]
    order = {stage: number for number, stage in enumerate(stages)}
    table = table.sort_values("stage_id", key=lambda ids: ids.map(order), kind="stable")
    return table[["touchpoint_id", "stage_id"]].reset_index(drop=True)


@needs("feedback", "score", "touchpoint_id")
def journey_curves(
    feedback: LazyTable,
    touchpoints: LazyTable | Missing,
    *,
    stages: Sequence[str],
    by: str = "segment",
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
    small_cell: int = 10,
) -> pd.DataFrame:
    """The affect curve of each group, one row per group and front-stage touchpoint.

    Columns out: `by`; `touchpoint_id`, `stage_id`; `score` on `scale` with `_lo`, `_hi` (95 %, t);
    `n`; `small` under `min_n`, and that `min_n`; `method`. Cells under `small_cell` answers are
    left out; rows whose group is blank too. Groups in order of their answers, most first;
    touchpoints in the order of the map.
    """
    known, order = grouped_by(feedback, [by]), placed(touchpoints, stages)
    for part in (known, order):
        if isinstance(part, Missing):
            return part  # type: ignore[return-value]
    table = scores(at_touchpoints(known), by=[by, "touchpoint_id"], scale=scale, min_n=min_n)
    table = table[table.n >= small_cell].merge(order, on="touchpoint_id")
    rank = {name: number for number, name in enumerate(order.touchpoint_id)}
    size = -table.groupby(by).n.transform("sum")
    table = table.assign(_size=size, _rank=table.touchpoint_id.map(rank))
    table = table.sort_values(["_size", by, "_rank"], ignore_index=True)
    columns = [by, "touchpoint_id", "stage_id", "score", "score_lo", "score_hi", "n", "small",
               "min_n", "method"]  # fmt: skip
    return table[columns]


def map_difference(
    feedback: LazyTable | Missing,
    interactions: LazyTable | Missing,
    touchpoints: LazyTable | Missing,
    *,
    stages: Sequence[str],
    first: str,
    second: str,
    by: str = "segment",
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """What differs between the maps of two groups, one row per front-stage touchpoint.

    Second minus first. Columns out: `touchpoint_id`, `stage_id`; `first_score`, `second_score`
    on `scale` with `_lo`, `_hi` (t), `score_difference` with `_lo`, `_hi` (Welch), `p_value`
    (Benjamini–Hochberg over the touchpoints), `differs` (≤ .05), `n_first`, `n_second`;
    `first_rate`, `second_rate`, the share of journeys that meet it (0–1, Wilson),
    `rate_difference` with `_lo`, `_hi` (Newcombe), `p_reach`, `rate_differs` likewise, `n_reach`
    journeys of both; `first`, `second`, `n` answers, `method`. A side under `min_n` answers
    leaves the score's difference blank, one under `min_n` journeys the reach's. In the order of
    the map. Two periods are two
    groups of `half` (see `with_half`). Sources: Welch 1947; Newcombe 1998; Benjamini & Hochberg
    1995. Groups differ in more than their journey: a difference is no effect.
    """
    order = placed(touchpoints, stages)
    if isinstance(order, Missing):
        return order
    sides = (first, second)
    scored = _scores(feedback, by, sides, scale, min_n)
    met = _reaches(interactions, by, sides, min_n)
    known = [part for part in (scored, met) if not isinstance(part, Missing)]
    if not known:
        return scored
    table = order
    for part in known:
        table = table.merge(part, on="touchpoint_id", how="left")
    told = [name for name in ("score_difference", "rate_difference") if name in table]
    table = table[table[told].notna().any(axis=1)].reset_index(drop=True)
    for name in ("n_first", "n_second"):
        table[name] = table.get(name, pd.Series(0, table.index)).fillna(0).astype(int)
    for value, ends in (("p_value", "differs"), ("p_reach", "rate_differs")):
        if value in table:
            table[value] = adjusted(table[value])
            table[ends] = table[value] <= ALPHA
    return table.assign(
        n=table.n_first + table.n_second,
        n_reach=table.get("n_reach", pd.Series(0, table.index)).fillna(0).astype(int),
        first=first,
        second=second,
        method="method_map_difference",
    )


def _scores(
    feedback: LazyTable | Missing,
    by: str,
    sides: tuple[str, str],
    scale: tuple[float, float],
    min_n: int,
) -> pd.DataFrame | Missing:
    """Both sides' scores and their difference, one row per touchpoint that both scored."""
    rated = at_touchpoints(feedback)
    known = rated if isinstance(rated, Missing) else grouped_by(rated, [by])
    rows = known if isinstance(known, Missing) else measured(known, "score")
    if isinstance(rows, Missing):
        return rows
    sums = group_sums(rows.filter(rows[by].isin(list(sides))), by, "touchpoint_id")
    parts = [sums[sums[by] == side].set_index("touchpoint_id") for side in sides]
    both = parts[0].index.intersection(parts[1].index)
    low, high = (part.loc[both] for part in parts)
    judged = ((low.n >= min_n) & (high.n >= min_n)).to_numpy()
    gap = difference(means_of(high), means_of(low), KINDS["score"], scale)
    columns = {name: np.where(judged, value, np.nan)
               for name, value in gap.columns("score_difference").items()}  # fmt: skip
    table = pd.DataFrame({"touchpoint_id": both, **columns})
    for name, side, part in (("first", sides[0], low), ("second", sides[1], high)):
        own = scores(rows.filter(rows[by] == side), scale=scale).set_index("touchpoint_id")
        for end in ("", "_lo", "_hi"):
            table[f"{name}_score{end}"] = own[f"score{end}"].reindex(both).to_numpy()
        table[f"n_{name}"] = part.n.astype(int).to_numpy()
    return table


def _reaches(
    interactions: LazyTable | Missing, by: str, sides: tuple[str, str], min_n: int
) -> pd.DataFrame | Missing:
    """Both sides' reach and its difference, one row per touchpoint that either met."""
    if isinstance(interactions, Missing):
        return interactions
    key = journey_key(interactions)
    if key is None or by not in interactions.columns:
        return Missing("interactions", (key or by,))
    known = interactions.filter(interactions[key].notnull() & interactions[by].isin(list(sides)))
    met = collect(known.group_by(by, "touchpoint_id").agg(met=known[key].nunique()))
    total = collect(known.group_by(by).agg(n=known[key].nunique())).set_index(by).n
    counts = met.pivot(index="touchpoint_id", columns=by, values="met")
    counts = counts.reindex(columns=list(sides)).fillna(0)
    n = [float(total.get(side, 0)) for side in sides]
    if min(n) < max(min_n, 1):
        return Missing("interactions", (by,))
    rates = [counts[side].to_numpy() / size for side, size in zip(sides, n)]
    gap = share_difference(rates[1], n[1], rates[0], n[0])
    columns = gap.columns("rate_difference")
    columns["p_reach"] = columns.pop("p_value")
    for name, rate, size in zip(("first", "second"), rates, n):
        lo, hi = wilson(rate, size)
        columns |= {f"{name}_rate": rate, f"{name}_rate_lo": lo, f"{name}_rate_hi": hi}
    return pd.DataFrame({"touchpoint_id": counts.index, **columns, "n_reach": int(sum(n))})
