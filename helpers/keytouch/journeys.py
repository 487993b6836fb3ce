"""What customers do: journeys, stages, transitions, waits and kept or broken promises.

Every measure reads the canonical `interactions` or the `steps` that intake made of them (lazy;
the same numbers from either, sooner from steps) and returns a small table.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.drivers import journey_key
from keytouch.engine import (
    LazyTable,
    Missing,
    cases,
    collect,
    held,
    literal,
    minutes_between,
    needs,
    quantiles,
    spills,
)
from keytouch.estimate import effective_n, mean_interval, median_interval, wilson
from keytouch.prepared import copies_of, in_journeys, is_prepared, steps
from keytouch.satisfaction import whole_scores, with_weights

START, END = "(start)", "(end)"
LATENESS = ("early", "on_time", "late_1", "late_3", "late_7", "late_more")
DAY = 24 * 60.0
TRANSITIONS = [
    "from_id", "to_id", "n", "leaving", "share_rate", "share_rate_lo", "share_rate_hi",
    "minutes_p50", "minutes_p90", "method",
]  # fmt: skip
SERVICE_COLUMNS = ("n", "told", "failed", "wait_n", "wait_p50", "wait_p90")


@needs("interactions")
def journey_summary(interactions: LazyTable) -> pd.DataFrame:
    """The journeys at a glance, one row per figure.

    Reads interactions, steps or journey rows. Columns out: `kpi` ("journeys", "customers": counts
    without interval; "steps_mean" with t interval; "duration_median" in minutes, distribution-free
    interval, of journeys of two steps or more; absent without clocks), `value`, `lo`, `hi`, `n`,
    `method`. A journey whose rows carry `n` counts that often; survey weights don't count. Journey
    rows know one customer each.
    """
    ready = "path" in interactions.columns
    data = interactions if ready else in_journeys(interactions)
    if isinstance(data, Missing):
        return data  # type: ignore[return-value]
    people = _people(data) if "customer_id" in data.columns else None
    if ready:
        return _summary(data, people)
    with held(journey_lengths(data)) as each:
        return _summary(each, people)


def _people(data: LazyTable) -> int:
    return int(collect(data.agg(n=data.customer_id.nunique())).n.iloc[0])


def _summary(each: LazyTable, people: int | None) -> pd.DataFrame:
    """The figures of a table with one row per journey."""
    sums = collect(length_sums(each)).iloc[0].fillna(0)
    n = int(sums.n)
    mean = sums.total / max(n, 1)
    lo, hi = mean_interval(mean, max(sums.squares - n * mean**2, 0) / max(n - 1, 1), n)
    rows = [
        ("journeys", n, n, n, n, "method_count"),
        ("steps_mean", mean, float(lo), float(hi), n, "method_mean_t"),
    ]
    if people is not None:
        rows.insert(1, ("customers", people, people, people, people, "method_count"))
    if "minutes" in each.columns:
        rows += _duration_row(each, int(sums["long"]), rows="copies" if n != sums.each else "")
    return pd.DataFrame(rows, columns=["kpi", "value", "lo", "hi", "n", "method"])


def journey_lengths(data: LazyTable) -> LazyTable:
    """One row per journey: `steps`, `copies` and, with clocks, `minutes` from first to last."""
    span = {}
    if "ts" in data.columns:
        span = {"minutes": minutes_between(data.ts.min(), data.ts.max())}
    return data.group_by("key").agg(steps=data.count(), copies=copies_of(data), **span)


def length_sums(each: LazyTable) -> LazyTable:
    """The sums that the mean number of steps and its variance need, and how many journeys of two
    steps or more tell how `long` they took: one row.
    """
    size = each.steps.cast("float64")
    timed = {}
    if "minutes" in each.columns:
        known = (each.steps > 1) & each.minutes.notnull()
        timed = {"long": cases((known, each.copies), else_=0.0).sum()}
    return each.agg(
        each=each.count(),
        n=each.copies.sum(),
        total=(each.copies * size).sum(),
        squares=(each.copies * size * size).sum(),
        **timed,
    )


def _duration_row(each: LazyTable, n: int, rows: str) -> list[tuple]:
    """The median time from first to last interaction of the n journeys that tell it."""
    if n == 0:
        return []
    long = each.filter((each.steps > 1) & each.minutes.notnull())
    low, high = (float(level) for level in median_interval(n))
    levels = {"lo": low, "value": 0.5, "hi": high}
    counted = not rows and spills(each)
    row = collect(quantiles(long, "minutes", levels, rows=rows, counted=counted)).iloc[0]
    # Where every step carries the same time there are no clocks to speak of.
    known = row.hi > 0
    return [("duration_median", row.value, row.lo, row.hi, n, "method_median")] if known else []


@needs("interactions", "touchpoint_id")
def transitions(interactions: LazyTable) -> pd.DataFrame:
    """Which touchpoint follows which, one row per pair that occurs.

    Reads interactions or steps. Columns out: `from_id`, `to_id` ("(start)" and "(end)" close
    every journey, so that inflow equals outflow at each touchpoint); `n`; `leaving`, all that
    leave `from_id`; `share_rate` in 0–1 of those, with `_lo`, `_hi` (Wilson); `minutes_p50`,
    `minutes_p90` between the two (exact; blank without clocks); `method`. Most frequent first,
    ties by name. A journey whose rows carry `n` counts that often, in counts and in times alike;
    survey weights don't count. Order, ties, blanks and unknown touchpoints as in `steps`.
    """
    data = steps(interactions)
    if isinstance(data, Missing):
        return data  # type: ignore[return-value]
    counted = spills(interactions, alone=is_prepared(interactions))
    pairs = collect(transition_counts(data, counted=counted))
    firsts = pairs.groupby("from_id").firsts.sum()
    firsts = firsts[firsts > 0].rename_axis("to_id").rename("n").reset_index()
    table = pd.concat([pairs, firsts.assign(from_id=START)], ignore_index=True)
    table["n"] = table["n"].round().astype(int)
    leaving = table.groupby("from_id")["n"].transform("sum")
    lo, hi = wilson(table.n / leaving, leaving)
    table = table.assign(
        share_rate=table.n / leaving,
        share_rate_lo=lo,
        share_rate_hi=hi,
        leaving=leaving,
        method="method_wilson",
    ).reindex(columns=TRANSITIONS)
    order = ["n", "from_id", "to_id"]
    return table.sort_values(order, ascending=[False, True, True]).reset_index(drop=True)


def transition_counts(data: LazyTable, *, counted: bool = False) -> LazyTable:
    """Steps by what they lead to, one row per pair of touchpoints. Lazy.

    Columns out: `from_id`, `to_id` ("(end)" after the last), `n`, `firsts` (those that began a
    journey), and with clocks `minutes_p50`, `minutes_p90`.
    """
    ends = data.next_touchpoint.fill_null(END)
    pairs = data.mutate(from_id=data.touchpoint_id, to_id=ends)
    firsts = cases((pairs.step == 1, pairs.copies), else_=0.0)
    by = ["from_id", "to_id"]
    if "minutes" not in data.columns:
        return pairs.group_by(by).agg(n=pairs.copies.sum(), firsts=firsts.sum())
    return quantiles(
        pairs,
        "minutes",
        {"minutes_p50": 0.5, "minutes_p90": 0.9},
        by=by,
        rows="copies" if "n" in data.columns else "",
        sums={"firsts": firsts},
        counted=counted,
    )


def with_delay(interactions: LazyTable) -> LazyTable:
    """Interactions that carry a promise, with `delay` in minutes (negative: early)."""
    kept = interactions.filter(interactions.ts.notnull() & interactions.promised_ts.notnull())
    return kept.mutate(delay=minutes_between(kept.promised_ts, kept.ts))


@needs("interactions", "ts", "promised_ts", "touchpoint_id")
def delays(interactions: LazyTable, *, late_minutes: float = 0) -> pd.DataFrame:
    """Promises kept and broken, one row per touchpoint that promises a time.

    Columns out: `touchpoint_id`; `late_rate` in 0–1 (more than `late_minutes` after the promise)
    with `_lo`, `_hi` (Wilson); `delay_p50`, `delay_p90` in minutes (negative: early); `n`
    promises; `method`. Latest first.
    """
    kept = with_delay(interactions)
    table = collect(
        promise_counts(kept, late_minutes=late_minutes, counted=spills(interactions, kept))
    )
    rate = table.late / table.w
    lo, hi = wilson(rate, effective_n(table.w, table.ww))
    table = table.assign(
        late_rate=rate, late_rate_lo=lo, late_rate_hi=hi, method="method_wilson"
    ).drop(columns=["w", "ww", "late"])
    return table.sort_values(["late_rate", "touchpoint_id"], ascending=[False, True]).reset_index(
        drop=True
    )


def promise_counts(
    promised: LazyTable, *, late_minutes: float = 0, counted: bool = False
) -> LazyTable:
    """Rows of `with_delay` by touchpoint: `n`, `delay_p50`, `delay_p90`, and the weights that a
    share of late ones needs (`w`, `ww`, `late`). Lazy.
    """
    data = with_weights(promised)
    late = cases((data.delay > late_minutes, data.w), else_=0.0)
    return quantiles(
        data,
        "delay",
        {"delay_p50": 0.5, "delay_p90": 0.9},
        by=["touchpoint_id"],
        sums={"w": data.w, "ww": data.w * data.w1, "late": late},
        counted=counted,
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
    whole = whole_scores(feedback, key)
    if isinstance(whole, Missing):
        return whole  # type: ignore[return-value]
    late = with_delay(interactions.filter(interactions.touchpoint_id == touchpoint))
    counted = spills(interactions, late)
    worst = collect(quantiles(late, "delay", {"worst": 0.99}, counted=counted)).worst.iloc[0]
    unit, step = ("day", DAY) if worst is not None and worst > DAY else ("hour", 60.0)
    delay = late.group_by(key=late[key]).agg(delay=late.delay.max() / step)
    joined = whole.join(delay, "key")
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
    table = collect(service_counts(interactions, counted=spills(interactions)))
    table = table.reindex(columns=["touchpoint_id", *SERVICE_COLUMNS])
    told = table.told.fillna(0).to_numpy(float)
    rate = np.divide(table.failed.fillna(0), told, out=np.full(len(table), np.nan), where=told > 0)
    lo, hi = wilson(rate, told)
    table = table.assign(fail_rate=rate, fail_rate_lo=lo, fail_rate_hi=hi, method="method_wilson")
    useful = table[(told > 0) | (table.wait_n.fillna(0) > 0)]
    return (
        useful.drop(columns=["told", "failed"]).sort_values("touchpoint_id").reset_index(drop=True)
    )


def service_counts(data: LazyTable, *, counted: bool = False) -> LazyTable:
    """Interactions by touchpoint: `n`, `told` and `failed` where success is recorded, `wait_n`,
    `wait_p50`, `wait_p90` where waits are. Lazy.
    """
    sums = {}
    if "success" in data.columns:
        sums |= {
            "told": cases((data.success.notnull(), 1), else_=0),
            "failed": cases((data.success == literal(False), 1), else_=0),
        }
    if "wait_minutes" not in data.columns:
        totals = {name: one.sum() for name, one in sums.items()}
        return data.group_by("touchpoint_id").agg(n=data.count(), **totals)
    sums["wait_n"] = cases((data.wait_minutes.notnull(), 1), else_=0)
    levels = {"wait_p50": 0.5, "wait_p90": 0.9}
    return quantiles(data, "wait_minutes", levels, by=["touchpoint_id"], sums=sums, counted=counted)
