"""Who complained, whose trouble was set right, who kept silent: journeys with what came after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from keytouch.engine import (
    LazyTable,
    Missing,
    cases,
    collect,
    literal,
    minutes_between,
)
from keytouch.estimate import check_nps_scale
from keytouch.prepared import journey_rows
from keytouch.resample import journey_key
from keytouch.rework import as_journeys, per_journey, placed_steps
from keytouch.satisfaction import of_metric, overall, whole_scores, with_position
from keytouch.weighted import indicator, with_weights

NO_JOURNEYS, NO_CUSTOMERS = Missing("journeys"), Missing("customers")
NO_TOUCHPOINTS = Missing("touchpoints")
NO_FEEDBACK = Missing("feedback", ("score",))
RECOVERED, NOT_RECOVERED, SILENT, NO_FAILURE = GROUPS = (
    "recovered", "not_recovered", "silent", "no_failure",
)  # fmt: skip
DAY = 1440.0


def complaint_ids(touchpoints: LazyTable | Missing) -> list[str] | Missing:
    """The touchpoints that the inventory calls a complaint moment, by name."""
    if isinstance(touchpoints, Missing):
        return touchpoints
    if "moment" not in touchpoints.columns:
        return Missing("touchpoints", ("moment",))
    found = collect(touchpoints.filter(touchpoints.moment == "complaint").select("touchpoint_id"))
    names = sorted(found.touchpoint_id)
    return names or Missing("touchpoints", ("moment",))


def recovery_cases(
    interactions: LazyTable | Missing,
    touchpoints: LazyTable | Missing = NO_TOUCHPOINTS,
    *,
    journeys: LazyTable | Missing = NO_JOURNEYS,
    feedback: LazyTable | Missing = NO_FEEDBACK,
    customers: LazyTable | Missing = NO_CUSTOMERS,
    complaints: Sequence[str] = (),
    within_days: float = 90,
    as_of: datetime | None = None,
) -> LazyTable | Missing:
    """How each journey went and what came after, one row per journey; stays in the engine (lazy).

    A complaint is a contact with known `success` at a touchpoint of the moment "complaint" (or one
    of `complaints`); a failure is one without success anywhere else. Columns out: `key`;
    `recovery_group`: "recovered" (the last complaint contact succeeded), "not_recovered", "silent"
    (a failure, no complaint), "no_failure" (something known to have succeeded, nothing to have
    failed), blank where nothing is known; `contacts` at complaint touchpoints, `failures` and
    `wait_elsewhere` (minutes) at others; of the first complaint contact `touchpoint_id` and
    `first_wait` (minutes); `segment`; `x`, the overall satisfaction in 0–1, `promoter` (1, 0) and
    `nps` (1, 0, −1) with the answers' weights `x_w`, `nps_w`; `rebuy`, 1 where the customer began
    another journey (one that converted, where known) within `within_days` of this one's end, blank
    and `censored` where those days are not over at `as_of` (blank: the last interaction); `rows`,
    `w1`, `w`, and the `unit` (customer) whose journeys resemble each other. A column is there only
    where the data fill it.
    """
    placed = placed_steps(interactions, "success")
    if isinstance(interactions, Missing) or isinstance(placed, Missing):
        return placed
    names = list(complaints) or complaint_ids(touchpoints)
    if isinstance(names, Missing):
        return names
    placed = placed.mutate(heard=placed.touchpoint_id.isin(names))
    known = placed.filter(placed.heard & placed.success.notnull())
    if not collect(known.agg(n=known.count())).n.iloc[0]:
        return Missing("interactions", ("success",))
    table = _with_first(_grouped(as_journeys(_lived(placed), interactions)), placed)
    table = _with_after(table, interactions, (journeys, customers), within_days, as_of)
    return _with_answers(table, feedback, str(journey_key(interactions)))


def _lived(placed: LazyTable) -> LazyTable:
    """One row per journey: its complaint contacts, its failures, and its waits."""
    heard = placed.heard & placed.success.notnull()
    # A step doubled, plus one where it succeeded: the largest tells how the last one went.
    coded = placed.step * 2 + cases((placed.success, 1), else_=0)
    parts: dict[str, Any] = {
        "contacts": indicator(heard).sum(),
        "last_code": cases((heard, coded)).max(),
        "first_code": cases((heard, coded)).min(),
        "failures": indicator(~placed.heard & (placed.success == literal(False))).sum(),
        "tested": indicator(~placed.heard & placed.success.notnull()).sum(),
    }
    if "wait_minutes" in placed.columns:
        waited = cases((~placed.heard, placed.wait_minutes.cast("float64")))
        parts["wait_elsewhere"] = waited.sum().fill_null(0.0)
    return placed.group_by("key").agg(**per_journey(placed), **parts)


def _grouped(table: LazyTable) -> LazyTable:
    group = cases(
        (table.last_code % 2 == 1, RECOVERED),
        (table.contacts > 0, NOT_RECOVERED),
        (table.failures > 0, SILENT),
        (table.tested > 0, NO_FAILURE),
    )
    return table.mutate(recovery_group=group, first_step=(table.first_code / 2).floor())


def _with_first(table: LazyTable, placed: LazyTable) -> LazyTable:
    """Where and after how long the first complaint contact was."""
    heard = placed.filter(placed.heard & placed.success.notnull())
    wait = {"first_wait": heard.wait_minutes} if "wait_minutes" in placed.columns else {}
    firsts = heard.select("touchpoint_id", journey=heard.key, place=heard.step, **wait)
    same = [table.key == firsts.journey, table.first_step == firsts.place]
    return table.left_join(firsts, same).drop(
        "journey", "place", "first_step", "first_code", "last_code"
    )


def _with_after(
    table: LazyTable,
    interactions: LazyTable,
    known: tuple[LazyTable | Missing, LazyTable | Missing],
    within_days: float,
    as_of: datetime | None,
) -> LazyTable:
    """The journeys with their segment and, where time and customer are known, later purchases."""
    journeys, customers = known
    ready = not isinstance(journeys, Missing) and "path" in journeys.columns
    rows = journeys if ready else journey_rows(interactions, journeys, customers=customers)
    if isinstance(rows, Missing):
        return table
    if "segment" in rows.columns:
        segments = rows.select("segment", journey=rows.key)
        table = table.left_join(segments, table.key == segments.journey).drop("journey")
    # A row that stands for several customers, or all that one customer did, has no later journey.
    lasting = {"started", "ended", "customer_id"} <= set(rows.columns)
    if not lasting or "n" in interactions.columns or journey_key(interactions) != "journey_id":
        return table
    later = _later(rows, within_days, as_of)
    return table.left_join(later, table.key == later.journey).drop("journey")


def _later(rows: LazyTable, within_days: float, as_of: datetime | None) -> LazyTable:
    """Whether each journey's customer bought again in time; blank where it is too early to tell."""
    last = as_of or collect(rows.agg(last=rows.ended.max()))["last"].iloc[0]
    bought = rows.filter(rows.converted) if "converted" in rows.columns else rows
    again = bought.select(person=bought.customer_id, began=bought.started)
    pairs = rows.inner_join(again, rows.customer_id == again.person)
    gap = minutes_between(pairs.ended, pairs.began)
    hits = pairs.filter((gap > 0) & (gap <= within_days * DAY))
    found = hits.group_by(hit_key=hits.key).agg(hit=hits.count())
    known = rows.filter(rows.customer_id.notnull())
    joined = known.left_join(found, known.key == found.hit_key)
    left = minutes_between(joined.ended, literal(last).cast("timestamp"))
    early = left < within_days * DAY
    return joined.select(
        journey=joined.key,
        rebuy=cases((~early, indicator(joined.hit.notnull()))),
        censored=indicator(early),
    )


def _with_answers(table: LazyTable, feedback: LazyTable | Missing, key: str) -> LazyTable:
    """The journeys with their overall satisfaction and recommendation, where asked."""
    whole = whole_scores(feedback, key)
    if isinstance(feedback, Missing) or isinstance(whole, Missing):
        return table
    scored = whole.select("x", journey=whole.key, x_w=whole.w1)
    table = table.left_join(scored, table.key == scored.journey).drop("journey")
    told = with_weights(with_position(of_metric(overall(feedback), "nps")))
    told = told.filter(told[key].notnull())
    ends = collect(told.agg(n=told.count(), lo=told.scale_lo.min(), hi=told.scale_hi.max()))
    if not int(ends.n.iloc[0]):
        return table
    check_nps_scale(float(ends.lo.iloc[0]), float(ends.hi.iloc[0]))
    score = told.group_by(journey=told[key]).agg(score=told.score.mean(), nps_w=told.w1.mean())
    side = cases((score.score >= 9, 1.0), (score.score <= 6, -1.0), else_=0.0)
    score = score.select("journey", "nps_w", nps=side, promoter=indicator(score.score >= 9))
    return table.left_join(score, table.key == score.journey).drop("journey")


def find_recovery(client: Any, *, within_days: float = 90) -> LazyTable | Missing:
    """The recovery cases of a client: see `recovery_cases`."""
    return recovery_cases(
        client.steps,
        client.touchpoints,
        journeys=client.journey_rows,
        feedback=client.feedback,
        customers=client.customers,
        within_days=within_days,
    )
