"""Parts of the journey map that only the map needs: the usual way through a stage, and waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from keytouch.engine import (
    LazyTable,
    Missing,
    collect,
    joined_in_order,
    minutes_between,
    needs,
    row_number,
    window,
)
from keytouch.estimate import wilson
from keytouch.medians import group_medians
from keytouch.prepared import steps
from keytouch.weighted import with_weights


@needs("interactions", "wait_minutes", "touchpoint_id")
def waits(interactions: LazyTable) -> pd.DataFrame:
    """How long customers wait, one row per touchpoint that records a wait.

    Columns out: `touchpoint_id`; `wait_p50` in minutes with `_lo`, `_hi` (95 %, by the binomial
    ranks of a median, no shape assumed); `n` recorded waits; `method`. Blank waits don't count.
    Longest first. Source: Conover, Practical Nonparametric Statistics.
    """
    table = group_medians(
        with_weights(interactions), "wait_minutes", by=["touchpoint_id"], name="wait_p50"
    )
    table = table.rename(columns={"wait_p50_n": "n"}).assign(method="method_median")
    order = ["wait_p50", "touchpoint_id"]
    return table.sort_values(order, ascending=[False, True]).reset_index(drop=True)


@needs("interactions", "touchpoint_id")
def stage_ways(
    interactions: LazyTable, touchpoints: LazyTable | Missing, *, stages: Sequence[str]
) -> pd.DataFrame:
    """What most customers do in each stage, one row per stage that the data record.

    Columns out: `stage_id`; `way`, the front-stage touchpoints of the most frequent order in
    which journeys first meet them there (ids joined by ","); `way_rate` in 0–1 of the journeys
    with contact in the stage, with `_lo`, `_hi` (Wilson); `journeys` that go this way; `n`
    journeys with contact; `ways`, how many different ones there are; `method`. Repeats don't
    count; a journey whose rows carry `n` counts that often; ties by name. Stages in order.
    """
    if isinstance(touchpoints, Missing) or "stage_id" not in touchpoints.columns:
        return Missing("touchpoints", ("stage_id",))  # type: ignore[return-value]
    data = steps(interactions)
    if isinstance(data, Missing):
        return data  # type: ignore[return-value]
    listed = touchpoints.filter(touchpoints.stage_id.notnull())
    if "stage_side" in listed.columns:
        listed = listed.filter(listed.stage_side.fill_null("front") != "back")
    staged = data.join(listed.select("touchpoint_id", "stage_id"), "touchpoint_id")
    first = staged.group_by("key", "stage_id", "touchpoint_id").agg(
        step=staged.step.min(), copies=staged.copies.max()
    )
    way = joined_in_order(first, {"way": first.touchpoint_id}, order=first.step, by=",")
    ways = first.group_by("key", "stage_id").agg(**way, copies=first.copies.max())
    counted = ways.group_by("stage_id", "way").agg(journeys=ways.copies.sum())
    return _most_usual(counted, stages)


def _most_usual(counted: Any, stages: Sequence[str]) -> pd.DataFrame:
    """The most frequent way of each stage, out of the counts of all of them."""
    whole = window(group_by="stage_id")
    ordered = window(group_by="stage_id", order_by=[counted.journeys.desc(), counted.way])
    ranked = counted.mutate(
        n=counted.journeys.sum().over(whole),
        ways=counted.count().over(whole),
        place=row_number().over(ordered),
    )
    table = collect(ranked.filter(ranked.place == 0)).drop(columns="place")
    order = {stage: number for number, stage in enumerate(stages)}
    table = table[table.stage_id.isin(order)]
    table = table.sort_values("stage_id", key=lambda ids: ids.map(order), kind="stable")
    rate = table.journeys / table.n
    lo, hi = wilson(rate, table.n)
    table = table.assign(way_rate=rate, way_rate_lo=lo, way_rate_hi=hi, method="method_wilson")
    counts = {name: table[name].round().astype(int) for name in ("journeys", "n", "ways")}
    columns = ["stage_id", "way", "way_rate", "way_rate_lo", "way_rate_hi", *counts, "method"]
    return table.assign(**counts)[columns].reset_index(drop=True)


@needs("interactions", "channel", "touchpoint_id")
def channel_shares(interactions: LazyTable) -> pd.DataFrame:
    """Through which channel each touchpoint is met, one row per touchpoint: its main channel.

    Columns out: `touchpoint_id`, `channel` (the most frequent; ties by name), `channel_rate` in
    0–1 of the interactions with a known channel, with `_lo`, `_hi` (Wilson), `n` of those,
    `method`.
    """
    known = interactions.filter(interactions.channel.notnull())
    counted = collect(known.group_by("touchpoint_id", "channel").agg(count=known.count()))
    n = counted.groupby("touchpoint_id")["count"].transform("sum").to_numpy(float)
    rate = counted["count"].to_numpy(float) / np.fmax(n, 1)
    lo, hi = wilson(rate, n)
    table = counted.assign(
        channel_rate=rate, channel_rate_lo=lo, channel_rate_hi=hi, n=n.astype(int)
    )
    table = table.sort_values(["count", "channel"], ascending=[False, True], kind="stable")
    table = table.drop_duplicates("touchpoint_id").drop(columns="count")
    return table.assign(method="method_wilson").sort_values("touchpoint_id", ignore_index=True)


@needs("interactions", "promised_ts", "ts", "touchpoint_id")
def promised_times(interactions: LazyTable) -> pd.DataFrame:
    """How long was promised and how long it took, one row per touchpoint that promises a time.

    Both count from the customer's step before. Columns out: `touchpoint_id`; `promised_p50` and
    `actual_p50`, medians in minutes over the same rows, each with `_lo`, `_hi` (95 %, binomial
    ranks); `n` of those rows; `method`. Rows that open a journey, have no clock, or whose promise
    was over before the step began, are left out. By touchpoint.
    """
    data = steps(interactions)
    if isinstance(data, Missing):
        return data  # type: ignore[return-value]
    before = data.ts.lag(1).over(window(group_by=data.key, order_by=data.step))
    rows = data.mutate(before=before).filter(
        lambda t: t.before.notnull() & (t.promised_ts >= t.before) & t.ts.notnull()
    )
    rows = rows.mutate(
        promised=minutes_between(rows.before, rows.promised_ts),
        actual=minutes_between(rows.before, rows.ts),
    )
    parts = [
        group_medians(rows, column, by=["touchpoint_id"], name=f"{column}_p50")
        for column in ("promised", "actual")
    ]
    table = parts[0].merge(parts[1], on="touchpoint_id")
    table = table.rename(columns={"actual_p50_n": "n"}).drop(columns="promised_p50_n")
    return table.assign(method="method_median").sort_values("touchpoint_id", ignore_index=True)
