"""What customers do: journeys, stages, transitions, waits and kept or broken promises.

Every measure reads the canonical `interactions` (lazy) and returns a small table. Order within
a journey is `ts`, then `seq`, then `interaction_id`; where a step has no time, `seq` orders.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from keytouch.drivers import journey_key
from keytouch.engine import (
    LazyTable,
    Missing,
    cases,
    collect,
    literal,
    needs,
    row_number,
    window,
)
from keytouch.estimate import effective_n, mean_interval, median_interval, wilson
from keytouch.satisfaction import of_metric, overall, with_position, with_weights

START, END = "(start)", "(end)"
LATENESS = ("early", "on_time", "late_1", "late_3", "late_7", "late_more")
DAY = 24 * 60.0
SERVICE_COLUMNS = ("n", "told", "failed", "wait_n", "wait_p50", "wait_p90")


def _order(data: LazyTable) -> list[Any]:
    """The columns that order a journey: time, then seq, then id."""
    return [data[name] for name in ("clock", "seq", "interaction_id") if name in data.columns]


def _with_clock(data: LazyTable) -> LazyTable:
    """Add `clock`: the time, blank in journeys that have a step without one but know its seq."""
    if "ts" not in data.columns:
        return data
    if "seq" not in data.columns:
        return data.mutate(clock=data.ts)
    untimed = data.filter(data.ts.isnull()).select("key").distinct().mutate(untimed=literal(True))
    marked = data.left_join(untimed, "key").drop("key_right")
    return marked.mutate(clock=cases((marked.untimed.isnull(), marked.ts))).drop("untimed")


def steps(interactions: LazyTable) -> LazyTable | Missing:
    """Each interaction with its journey `key`, `step` (from 1), `steps` in all, and the next
    touchpoint with `minutes` until it (null at the end, or without clocks). Rows with neither
    time nor seq have no place in an order and are left out. Lazy.
    """
    key = journey_key(interactions)
    if key is None:
        return Missing("interactions", ("journey_id",))
    if not {"ts", "seq"} & set(interactions.columns):
        return Missing("interactions", ("ts",))
    known = interactions.filter(interactions[key].notnull()).mutate(key=interactions[key])
    placed_by = [known[name].notnull() for name in ("ts", "seq") if name in known.columns]
    known = _with_clock(with_weights(known.filter(functools.reduce(operator.or_, placed_by))))
    ordered = window(group_by=known.key, order_by=_order(known))
    placed = known.mutate(
        step=row_number().over(ordered) + 1,
        steps=known.count().over(window(group_by=known.key)),
        next_touchpoint=known.touchpoint_id.lead(1).over(ordered),
    )
    if "ts" not in known.columns:
        return placed
    until = known.ts.lead(1).over(ordered)
    return placed.mutate(minutes=until.delta(known.ts, unit="second") / literal(60.0))


@needs("interactions", "touchpoint_id")
def journey_summary(interactions: LazyTable) -> pd.DataFrame:
    """The journeys at a glance, one row per figure.

    Columns out: `kpi` ("journeys", "customers", "interactions": counts without interval;
    "steps_mean" with t interval; "duration_median" in minutes, distribution-free interval),
    `value`, `lo`, `hi`, `n`, `method`.
    """
    key = journey_key(interactions)
    if key is None:
        return Missing("interactions", ("journey_id",))  # type: ignore[return-value]
    data = with_weights(interactions.filter(interactions[key].notnull()))
    grouped = data.group_by(key=data[key]).agg(length=data.rows.sum(), **_span(data))
    lengths = collect(
        grouped.agg(n=grouped.count(), mean=grouped.length.mean(), var=grouped.length.var())
    ).iloc[0]
    lo, hi = mean_interval(lengths["mean"], lengths["var"], lengths.n)
    rows = [
        ("journeys", lengths.n, lengths.n, lengths.n, lengths.n, "method_count"),
        ("steps_mean", lengths["mean"], float(lo), float(hi), lengths.n, "method_mean_t"),
    ]
    if "customer_id" in interactions.columns:
        people = int(collect(data.agg(n=data.customer_id.nunique())).n.iloc[0])
        rows.insert(1, ("customers", people, people, people, people, "method_count"))
    if "ts" in interactions.columns:
        rows += _duration_row(grouped)
    return pd.DataFrame(rows, columns=["kpi", "value", "lo", "hi", "n", "method"])


def _span(data: LazyTable) -> dict[str, Any]:
    if "ts" not in data.columns:
        return {}
    return {"minutes": data.ts.max().delta(data.ts.min(), unit="second") / literal(60.0)}


def _duration_row(grouped: LazyTable) -> list[tuple]:
    """The median time from first to last interaction, journeys of two steps or more."""
    long = grouped.filter((grouped.length > 1) & grouped.minutes.notnull())
    n = int(collect(long.agg(n=long.count())).n.iloc[0])
    if n == 0:
        return []
    low, high = (float(level) for level in median_interval(n))
    row = collect(
        long.agg(
            lo=long.minutes.quantile(low),
            value=long.minutes.quantile(0.5),
            hi=long.minutes.quantile(high),
        )
    ).iloc[0]
    # Where every step carries the same time there are no clocks to speak of.
    known = row.hi > 0
    return [("duration_median", row.value, row.lo, row.hi, n, "method_median")] if known else []


@needs("interactions", "touchpoint_id")
def stage_funnel(
    interactions: LazyTable, touchpoints: LazyTable | Missing, *, stages: Sequence[str]
) -> pd.DataFrame:
    """How far journeys get, one row per stage in order.

    Columns out: `stage_id`; `touched` journeys with contact in the stage; `reached` journeys
    with contact in it or a later one; `reach_rate` in 0–1 of all journeys (Wilson); `stopped`
    journeys that went no further; `stop_rate` in 0–1 of those who reached it (Wilson; blank at the
    last stage, where everybody stops); `n` = all journeys; `method`.
    Stages that no interaction belongs to are left out (nobody recorded them); interactions of
    touchpoints without a stage don't count. reached(k) = reached(k+1) + stopped(k).
    """
    key = journey_key(interactions)
    if key is None or isinstance(touchpoints, Missing) or "stage_id" not in touchpoints.columns:
        return Missing("touchpoints", ("stage_id",))  # type: ignore[return-value]
    place = {stage: number for number, stage in enumerate(stages)}
    staged = interactions.join(touchpoints.select("touchpoint_id", "stage_id"), "touchpoint_id")
    number = cases(*((staged.stage_id == stage, k) for stage, k in place.items()), else_=-1)
    staged = staged.mutate(place=number, key=staged[key]).filter(
        lambda t: (t.place >= 0) & t.key.notnull()
    )
    known = set(collect(staged.select("stage_id").distinct()).stage_id)
    if len(known) < 2:
        return Missing("interactions", ("stage_id",))  # type: ignore[return-value]
    furthest = collect(
        staged.group_by("key")
        .agg(place=staged.place.max())
        .group_by("place")
        .agg(stopped=lambda t: t.count())
    ).set_index("place")["stopped"]
    touched = collect(staged.group_by("place").agg(touched=staged.key.nunique())).set_index(
        "place"
    )["touched"]
    return _funnel(list(stages), known, furthest, touched)


def _funnel(
    stages: list[str], known: set[str], furthest: pd.Series, touched: pd.Series
) -> pd.DataFrame:
    """The funnel's shares from the counts of each stage that the data record."""
    places = [place for place, stage in enumerate(stages) if stage in known]
    stages = [stages[place] for place in places]
    stopped = furthest.reindex(places, fill_value=0).to_numpy()
    reached = stopped[::-1].cumsum()[::-1]
    n = int(stopped.sum())
    rate, stop = reached / max(n, 1), stopped / np.fmax(reached, 1)
    stop[-1:] = np.nan
    lo, hi = wilson(rate, n)
    stop_lo, stop_hi = wilson(stop, reached)
    return pd.DataFrame(
        {
            "stage_id": stages,
            "touched": touched.reindex(places, fill_value=0).to_numpy(),
            "reached": reached,
            "reach_rate": rate,
            "reach_rate_lo": lo,
            "reach_rate_hi": hi,
            "stopped": stopped,
            "stop_rate": stop,
            "stop_rate_lo": stop_lo,
            "stop_rate_hi": stop_hi,
            "n": n,
            "method": "method_wilson",
        }
    )


@needs("interactions", "touchpoint_id")
def transitions(interactions: LazyTable) -> pd.DataFrame:
    """Which touchpoint follows which, one row per pair that occurs.

    Columns out: `from_id`, `to_id` ("(start)" and "(end)" close every journey, so that inflow
    equals outflow at each touchpoint); `n`; `leaving`, all that leave `from_id`; `share_rate` in
    0–1 of those, with `_lo`, `_hi` (Wilson); `minutes_p50`, `minutes_p90` between the two (exact;
    blank without clocks); `method`. Most frequent first, ties by name.
    """
    data = steps(interactions)
    if isinstance(data, Missing):
        return data  # type: ignore[return-value]
    clocks = "minutes" in data.columns
    times = (
        {"minutes_p50": data.minutes.quantile(0.5), "minutes_p90": data.minutes.quantile(0.9)}
        if clocks
        else {}
    )
    inner = data.mutate(from_id=data.touchpoint_id, to_id=data.next_touchpoint.fill_null(END))
    first = data.filter(data.step == 1)
    starts = first.group_by(to_id=first.touchpoint_id).agg(n=first.count())
    table = pd.concat(
        [
            collect(inner.group_by("from_id", "to_id").agg(n=inner.count(), **times)),
            collect(starts).assign(from_id=START),
        ],
        ignore_index=True,
    )
    leaving = table.groupby("from_id")["n"].transform("sum")
    lo, hi = wilson(table.n / leaving, leaving)
    table = table.assign(
        share_rate=table.n / leaving,
        share_rate_lo=lo,
        share_rate_hi=hi,
        leaving=leaving,
        method="method_wilson",
    ).reindex(
        columns=[
            "from_id",
            "to_id",
            "n",
            "leaving",
            "share_rate",
            "share_rate_lo",
            "share_rate_hi",
            "minutes_p50",
            "minutes_p90",
            "method",
        ]
    )
    return table.sort_values(["n", "from_id", "to_id"], ascending=[False, True, True]).reset_index(
        drop=True
    )


def with_delay(interactions: LazyTable) -> LazyTable:
    """Interactions that carry a promise, with `delay` in minutes (negative: early)."""
    kept = interactions.filter(interactions.ts.notnull() & interactions.promised_ts.notnull())
    return kept.mutate(delay=kept.ts.delta(kept.promised_ts, unit="second") / literal(60.0))


@needs("interactions", "ts", "promised_ts", "touchpoint_id")
def delays(interactions: LazyTable, *, late_minutes: float = 0) -> pd.DataFrame:
    """Promises kept and broken, one row per touchpoint that promises a time.

    Columns out: `touchpoint_id`; `late_rate` in 0–1 (more than `late_minutes` after the promise)
    with `_lo`, `_hi` (Wilson); `delay_p50`, `delay_p90` in minutes (negative: early); `n`
    promises; `method`. Latest first.
    """
    data = with_weights(with_delay(interactions))
    late = cases((data.delay > late_minutes, 1.0), else_=0.0)
    table = collect(
        data.group_by("touchpoint_id").agg(
            n=data.count(),
            w=data.w.sum(),
            ww=(data.w * data.w1).sum(),
            late=(data.w * late).sum(),
            delay_p50=data.delay.quantile(0.5),
            delay_p90=data.delay.quantile(0.9),
        )
    )
    rate = table.late / table.w
    lo, hi = wilson(rate, effective_n(table.w, table.ww))
    table = table.assign(
        late_rate=rate, late_rate_lo=lo, late_rate_hi=hi, method="method_wilson"
    ).drop(columns=["w", "ww", "late"])
    return table.sort_values(["late_rate", "touchpoint_id"], ascending=[False, True]).reset_index(
        drop=True
    )


@needs("interactions", "ts", "promised_ts", "touchpoint_id")
def score_by_lateness(
    interactions: LazyTable,
    feedback: LazyTable | Missing,
    *,
    touchpoint: str,
    scale: tuple[float, float] = (1, 5),
) -> pd.DataFrame:
    """The overall score of journeys by how late one touchpoint was, one row per band.

    Bands by days after the promise: "early" (more than a day before), "on_time" (up to the
    promise), "late_1" (≤ 1 day), "late_3" (≤ 3), "late_7" (≤ 7), "late_more". Where no delay
    exceeds a day the bands are in sixtieths: hours become minutes (`unit` says which).
    Columns out: `band`, `score` with `_lo`, `_hi` (t), `n` journeys, `unit`, `method`.
    """
    key = journey_key(interactions)
    if isinstance(feedback, Missing) or key is None or key not in feedback.columns:
        return Missing("feedback", (key or "journey_id",))  # type: ignore[return-value]
    late = with_delay(interactions.filter(interactions.touchpoint_id == touchpoint))
    worst = collect(late.agg(worst=late.delay.quantile(0.99))).worst.iloc[0]
    unit, step = ("day", DAY) if worst is not None and worst > DAY else ("hour", 60.0)
    delay = late.group_by(late[key]).agg(delay=late.delay.max() / step)
    whole = with_position(of_metric(overall(feedback), "csat"))
    joined = whole.group_by(whole[key]).agg(x=whole.x.mean()).join(delay, key)
    d = joined.delay
    band = cases(
        (d <= -1, "early"),
        (d <= 0, "on_time"),
        (d <= 1, "late_1"),
        (d <= 3, "late_3"),
        (d <= 7, "late_7"),
        else_="late_more",
    )
    banded = joined.mutate(band=band)
    table = collect(
        banded.group_by("band").agg(n=banded.count(), mean=banded.x.mean(), var=banded.x.var())
    )
    table = table.set_index("band").reindex(LATENESS).dropna(subset=["mean"]).reset_index()
    lo, hi = mean_interval(table["mean"], table["var"].fillna(np.nan), table.n)
    low, span = scale[0], scale[1] - scale[0]
    return pd.DataFrame(
        {
            "band": table.band,
            "score": low + span * table["mean"],
            "score_lo": np.clip(low + span * lo, *scale),
            "score_hi": np.clip(low + span * hi, *scale),
            "n": table.n.astype(int),
            "unit": unit,
            "method": "method_mean_t",
        }
    )


@needs("interactions", "touchpoint_id")
def service(interactions: LazyTable) -> pd.DataFrame:
    """Waits and failures, one row per touchpoint that records either.

    Columns out: `touchpoint_id`, `n` interactions; `fail_rate` in 0–1 with `_lo`, `_hi` (Wilson),
    blank where success isn't recorded; `wait_p50`, `wait_p90` in minutes, blank likewise.
    """
    present = [name for name in ("success", "wait_minutes") if name in interactions.columns]
    if not present:
        return Missing("interactions", ("success", "wait_minutes"))  # type: ignore[return-value]
    data = interactions
    parts: dict[str, Any] = {"n": data.count()}
    if "success" in present:
        parts |= {
            "told": cases((data.success.notnull(), 1), else_=0).sum(),
            "failed": cases((data.success == literal(False), 1), else_=0).sum(),
        }
    if "wait_minutes" in present:
        parts |= {
            "wait_n": cases((data.wait_minutes.notnull(), 1), else_=0).sum(),
            "wait_p50": data.wait_minutes.quantile(0.5),
            "wait_p90": data.wait_minutes.quantile(0.9),
        }
    table = collect(data.group_by("touchpoint_id").agg(**parts))
    table = table.reindex(
        columns=["touchpoint_id", "n", "told", "failed", "wait_n", "wait_p50", "wait_p90"]
    )
    told = table.told.fillna(0).to_numpy(float)
    rate = np.divide(table.failed.fillna(0), told, out=np.full(len(table), np.nan), where=told > 0)
    lo, hi = wilson(rate, told)
    table = table.assign(fail_rate=rate, fail_rate_lo=lo, fail_rate_hi=hi, method="method_wilson")
    useful = table[(told > 0) | (table.wait_n.fillna(0) > 0)]
    return (
        useful.drop(columns=["told", "failed"]).sort_values("touchpoint_id").reset_index(drop=True)
    )
