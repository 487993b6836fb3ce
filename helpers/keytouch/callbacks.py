"""Whom to call back: unhappy customers in order of urgency, and how long they have waited."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from keytouch.comments import LOW, written
from keytouch.complaining import NO_CUSTOMERS, NO_JOURNEYS, NO_TOUCHPOINTS, NOT_RECOVERED
from keytouch.engine import (
    LazyTable,
    Missing,
    asc,
    cases,
    collect,
    desc,
    literal,
    needs,
    null,
    row_number,
    union,
    window,
)
from keytouch.privacy import scrub
from keytouch.satisfaction import at_touchpoints, of_metric, with_position
from keytouch.weighted import indicator

STATES = ("received", "owner", "action", "told_customer")
AGE_BANDS = ("0-2", "3-7", "8-30", "31+", "unknown")
AGE_EDGES = (2, 7, 30)
DETRACTOR = 6
SEVERE, VALUABLE = 0.75, 2 / 3
PRIORITIES = ("low", "medium", "high")
QUEUE = (
    "feedback_id", "customer_id", "touchpoint_id", "reason", "comment", "age_days", "due",
    "overdue", "value", "severity", "priority", "status", "owner", "action", "date",
)  # fmt: skip
NO_CASES = Missing("interactions", ("success",))
NO_STATUS = pd.DataFrame(columns=["feedback_id", "status", "owner", "action", "date"], dtype="str")


@needs("feedback", "feedback_id", "customer_id", "score", "status")
def recovery_queue(
    feedback: LazyTable,
    *,
    customers: LazyTable | Missing = NO_CUSTOMERS,
    journeys: LazyTable | Missing = NO_JOURNEYS,
    touchpoints: LazyTable | Missing = NO_TOUCHPOINTS,
    cases: LazyTable | Missing = NO_CASES,
    states: pd.DataFrame = NO_STATUS,
    as_of: datetime | None = None,
    days: float = 2,
    complaint_days: float = 1,
    whole_only: bool = False,
) -> pd.DataFrame:
    """The unhappy customers to call back, one row per customer: the latest unhappy feedback.

    Unhappy is 0–6 to the recommend question, a satisfaction score in the lower 40 % of its scale,
    or a negative comment (see `written`); with `whole_only`, only feedback about the whole. Effort
    scores don't count (whether high is easy depends on the wording), nor do customers who refused
    consent. Ties in time: with a comment first, then the lowest score, then by id. Columns out:
    `feedback_id`, `customer_id`; `touchpoint_id` (its own, else the lowest-scored one of the
    journey, else blank); `reason`: "score", "comment", "complaint_open" (the journey's complaint
    in `cases` was not settled), joined by "+"; `comment`, scrubbed; `age_days`, whole days from
    the feedback to `as_of` (blank: the latest feedback); `due`, `days` after the feedback
    (`complaint_days` where a complaint is open or the touchpoint takes complaints); `overdue`,
    where `as_of` is past it and the customer isn't told; `value` of the journey, else of the
    customer; `severity` in 0–1, the score's place from the top of its scale (half for a comment
    alone); `priority`: one point each for overdue, for a value in the queue's upper third, and for
    severity ≥ ¾ or an open complaint: "high" from two, "medium" one, "low" none; `status`
    (received, owner, action, told_customer), `owner`, `action`, `date` from `states` (see
    `read_recovery_status`), else "received" and the inventory's owner. Without a time age and due
    are blank. Those told come last; then by priority, the newest first (a call helps most soon),
    id. Source: Reichheld & Markey 2011 (closed loop).
    """
    latest = _latest(_unhappy(feedback, whole_only), customers)
    latest = _with_complaint(_with_place(latest, feedback, touchpoints), cases)
    rows = collect(_with_value(latest, journeys, customers))
    if as_of is None and "ts" in feedback.columns:
        as_of = collect(feedback.agg(last=feedback.ts.max()))["last"].iloc[0]
    return _ranked(_with_states(_dated(rows, as_of, days, complaint_days), states))


def _unhappy(feedback: LazyTable, whole_only: bool) -> LazyTable:
    """Every low score and negative comment, with `x`, `low` and `bitter` (1, 0)."""
    known = feedback.filter(feedback.customer_id.notnull())
    if whole_only and "touchpoint_id" in known.columns:
        known = known.filter(known.touchpoint_id.isnull())
    scored = with_position(known)
    recommend = scored.metric == "nps" if "metric" in scored.columns else literal(False)
    content = scored.metric.isin(["csat"]) if "metric" in scored.columns else literal(True)
    low = (recommend & (scored.score <= DETRACTOR)) | (content & (scored.x < LOW))
    parts = [_slim(scored.filter(low.fill_null(False)).mutate(low=1, bitter=0))]
    if "comment" in known.columns:
        told = written(known)
        told = told.filter(told.tone == "negative").mutate(low=0, bitter=1, x=null("float64"))
        parts.append(_slim(told))
    every = union(*parts) if len(parts) > 1 else parts[0]
    firsts = {name: every[name].max() for name in every.columns if name != "feedback_id"}
    return every.group_by("feedback_id").agg(**firsts)


def _slim(rows: LazyTable) -> LazyTable:
    """The columns that both kinds of unhappy feedback share, blank where the data lack them."""
    kinds = {"customer_id": "string", "journey_id": "string", "touchpoint_id": "string",
             "ts": "timestamp", "comment": "string"}  # fmt: skip
    shared = {name: rows[name].cast(kind) if name in rows.columns else null(kind)
              for name, kind in kinds.items()}  # fmt: skip
    numbers = {name: rows[name].cast("float64") for name in ("x", "low", "bitter")}
    return rows.select("feedback_id", **shared, **numbers)


def _latest(unhappy: LazyTable, customers: LazyTable | Missing) -> LazyTable:
    """The latest unhappy feedback of every customer who didn't refuse."""
    if not isinstance(customers, Missing) and "consent" in customers.columns:
        refused = customers.filter(customers.consent == literal(False)).select("customer_id")
        unhappy = unhappy.anti_join(refused, "customer_id")
    said = unhappy.mutate(
        silent=indicator(unhappy.comment.isnull()), place=unhappy.x.fill_null(1.0)
    )
    line = window(
        group_by=said.customer_id,
        order_by=[desc(said.ts, nulls_first=False), said.silent, said.place, asc(said.feedback_id)],
    )
    return (
        said.mutate(number=row_number().over(line)).filter(lambda t: t.number == 0).drop("number")
    )


def _with_place(
    latest: LazyTable, feedback: LazyTable, touchpoints: LazyTable | Missing
) -> LazyTable:
    """The feedback with the touchpoint that it, or the journey's lowest score, points to."""
    scored = at_touchpoints(feedback)
    if not isinstance(scored, Missing) and "journey_id" in scored.columns:
        scored = with_position(of_metric(scored, "csat"))
        scored = scored.filter(scored.journey_id.notnull())
        line = window(group_by=scored.journey_id, order_by=[scored.x, scored.touchpoint_id])
        worst = scored.mutate(number=row_number().over(line)).filter(lambda t: t.number == 0)
        worst = worst.select(lowest=worst.touchpoint_id, trip=worst.journey_id)
        latest = latest.left_join(worst, latest.journey_id == worst.trip)
        latest = latest.mutate(touchpoint_id=latest.touchpoint_id.coalesce(latest.lowest))
        latest = latest.drop("lowest", "trip")
    if isinstance(touchpoints, Missing):
        return latest
    more = {name: touchpoints[name] if name in touchpoints.columns else null("string")
            for name in ("owner", "moment")}  # fmt: skip
    listed = touchpoints.select(listed=touchpoints.touchpoint_id, **more)
    return latest.left_join(listed, latest.touchpoint_id == listed.listed).drop("listed")


def _with_complaint(latest: LazyTable, told: LazyTable | Missing) -> LazyTable:
    """The feedback with `open`, 1 where its journey's complaint was not settled."""
    if isinstance(told, Missing):
        return latest.mutate(open=0.0)
    left = told.filter(told.recovery_group == NOT_RECOVERED).select(trip=told.key.cast("string"))
    joined = latest.left_join(left, latest.journey_id == left.trip)
    return joined.mutate(open=cases((joined.trip.notnull(), 1.0), else_=0.0)).drop("trip")


def _with_value(
    latest: LazyTable, journeys: LazyTable | Missing, customers: LazyTable | Missing
) -> LazyTable:
    """The feedback with what the journey, else the customer, is worth."""
    value: Any = null("float64")
    for table, key in ((journeys, "journey_id"), (customers, "customer_id")):
        if isinstance(table, Missing) or not {key, "value"} <= set(table.columns):
            continue
        worth = table.select(owner_key=table[key].cast("string"), worth=table.value)
        latest = latest.left_join(worth, latest[key] == worth.owner_key).drop("owner_key")
        latest = latest.rename({f"worth_{key}": "worth"})
    names = [name for name in latest.columns if name.startswith("worth_")]
    for name in names[::-1]:
        value = latest[name].cast("float64").coalesce(value)
    return latest.mutate(value=value).drop(*names)


def _dated(
    rows: pd.DataFrame, as_of: datetime | None, days: float, complaint_days: float
) -> pd.DataFrame:
    """The rows with their reasons, ages and days due."""
    parts = [rows.low.gt(0), rows.bitter.gt(0), rows.open.gt(0)]
    names = ("score", "comment", "complaint_open")
    reasons = ["+".join(n for n, said in zip(names, row) if said) for row in zip(*parts)]
    complaint = parts[2] | (rows.moment.eq("complaint") if "moment" in rows else False)
    target = pd.to_timedelta(np.where(complaint, complaint_days, days), unit="D")
    ts = pd.to_datetime(rows.ts)
    now: Any = pd.NaT if as_of is None else pd.Timestamp(as_of)
    age = np.floor((now - ts) / pd.Timedelta(days=1)).astype("Float64").astype("Int64")
    severity = (1 - rows.x.fillna(0.5)).astype(float)
    comment = rows.comment.map(scrub, na_action="ignore")
    return rows.assign(reason=reasons, age_days=age, due=ts + target, late=(ts + target) < now,
                       severity=severity, comment=comment)  # fmt: skip


def _with_states(rows: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """The rows with what the team noted of each, the last note of each feedback counting."""
    noted = states.reindex(columns=NO_STATUS.columns).drop_duplicates("feedback_id", keep="last")
    noted = noted.rename(columns={"owner": "taken_by"})
    rows = rows.assign(owner=rows.owner if "owner" in rows else None)
    table = rows.drop(columns="status", errors="ignore").merge(noted, on="feedback_id", how="left")
    owner = table.taken_by.where(table.taken_by.notna() & table.taken_by.ne(""), table.owner)
    return table.assign(owner=owner, status=table.status.fillna("received"))


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    """The rows with their priority, the most urgent first."""
    told = table.status == "told_customer"
    overdue = table.late & ~told
    values = table.value.astype(float)
    dear = values.notna() & (values > 0) & (values >= values.quantile(VALUABLE))
    grave = (table.severity >= SEVERE) | table.open.gt(0)
    points = overdue.astype(int) + dear.astype(int) + grave.astype(int)
    table = table.assign(
        overdue=overdue,
        priority=points.map(lambda k: PRIORITIES[min(k, 2)]),
        told=told,
        points=points,
    )
    order = ["told", "points", "due", "feedback_id"]
    table = table.sort_values(order, ascending=[True, False, False, True], ignore_index=True)
    return table[list(QUEUE)]


def ageing_table(queue: pd.DataFrame | Missing) -> pd.DataFrame | Missing:
    """How old the cases of a recovery queue are, one row per status and band of age.

    Columns out: `status` (received, owner, action, told_customer); `age_band` in days ("0-2",
    "3-7", "8-30", "31+", "unknown" without a time); `n` cases and `overdue_n` of them. Every
    combination has a row, "unknown" only where it is met. Counts of all cases: no interval needed.

    >>> rows = [("received", 1, False), ("received", 9, True)]
    >>> queue = pd.DataFrame(rows, columns=["status", "age_days", "overdue"])
    >>> table = ageing_table(queue)
    >>> list(table[table.n > 0].age_band), int(table.overdue_n.sum())
    (['0-2', '8-30'], 1)
    """
    if isinstance(queue, Missing):
        return queue
    ages = queue.age_days.astype("Float64").to_numpy(float, na_value=np.nan)
    place = np.where(np.isnan(ages), len(AGE_BANDS) - 1, np.digitize(ages, AGE_EDGES, right=True))
    band = pd.Series([AGE_BANDS[k] for k in place], index=queue.index, dtype="str")
    known = queue.assign(age_band=band)
    grouped = known.groupby(["status", "age_band"])
    bands = AGE_BANDS if (band == "unknown").any() else AGE_BANDS[:-1]
    grid = pd.MultiIndex.from_product([STATES, bands], names=["status", "age_band"])
    counts = grouped.agg(n=("overdue", "size"), overdue_n=("overdue", "sum"))
    return counts.reindex(grid, fill_value=0).astype(int).reset_index()


def find_recovery_queue(
    client: Any,
    *,
    cases: LazyTable | Missing = NO_CASES,
    states: pd.DataFrame = NO_STATUS,
    days: float = 2,
    complaint_days: float = 1,
    whole_only: bool = False,
) -> pd.DataFrame | Missing:
    """The recovery queue of a client, as of its period's end: see `recovery_queue`."""
    end = client.end
    return recovery_queue(
        client.feedback,
        customers=client.customers,
        journeys=client.journeys,
        touchpoints=client.touchpoints,
        cases=cases,
        states=states,
        as_of=None if end is None else datetime(end.year, end.month, end.day, 23, 59, 59),
        days=days,
        complaint_days=complaint_days,
        whole_only=whole_only,
    )
