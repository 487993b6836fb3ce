"""Questions that need several of a client's tables at once, each answered in one call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from keytouch.answering import known_facts
from keytouch.cell_evidence import map_evidence
from keytouch.comments import mentions, quotes
from keytouch.drivers import journey_key
from keytouch.engine import LazyTable, Missing, collect
from keytouch.journeys import delays as delays_of
from keytouch.journeys import service as service_of
from keytouch.kpi_cells import kpi_cube
from keytouch.lanes import JourneyMap, journey_map
from keytouch.map_groups import AFTER, BEFORE, map_difference, with_half
from keytouch.map_parts import channel_shares, stage_ways, waits
from keytouch.opportunities import opportunity_points
from keytouch.plan import pain_points
from keytouch.satisfaction import scores
from keytouch.touchpoints import inventory, reach


def latest(delays: pd.DataFrame | Missing) -> str:
    """The touchpoint whose promise is broken most often; "" where none promises a time."""
    return "" if isinstance(delays, Missing) or delays.empty else str(delays.touchpoint_id.iloc[0])


def with_segment(feedback: LazyTable | Missing, client: Any) -> LazyTable | Missing:
    """Feedback with a segment, from the journey or customer table where it has none."""
    return _with(feedback, "segment", client)


def with_channel(feedback: LazyTable | Missing, client: Any) -> LazyTable | Missing:
    """Feedback with its channel, from the journey's entry channel where it has none."""
    return _with(feedback, "channel", client)


def _with(feedback: LazyTable | Missing, column: str, client: Any) -> LazyTable | Missing:
    if isinstance(feedback, Missing) or column in feedback.columns:
        return feedback
    for table, key in ((client.journeys, "journey_id"), (client.customers, "customer_id")):
        if isinstance(table, Missing) or not {key, column} <= set(table.columns):
            continue
        if key in feedback.columns:
            return feedback.left_join(table.select(key, column), key).drop(f"{key}_right")
    return Missing("feedback", (column,))


def find_cube(client: Any, *, metric: str = "csat") -> pd.DataFrame | Missing:
    """The cube of a client's key figures by touchpoint, segment, channel and week."""
    segmented = with_segment(client.feedback, client)
    scored = client.feedback if isinstance(segmented, Missing) else segmented
    channelled = with_channel(scored, client)
    logged = _with(client.interactions, "segment", client)
    return kpi_cube(
        scored if isinstance(channelled, Missing) else channelled,
        interactions=client.interactions if isinstance(logged, Missing) else logged,
        metric=metric,
    )


def what_is_known(client: Any) -> LazyTable | Missing:
    """What is known of every journey of a client, answered or not: see `known_facts`."""
    return known_facts(
        client.feedback,
        journeys=client.journeys,
        customers=client.customers,
        interactions=client.interactions,
        late_minutes=client.settings.thresholds.late_minutes,
    )


def find_pains(client: Any, *, min_n: int = 30) -> pd.DataFrame | Missing:
    """All pain points of a client: scores, promises, failures and comments together."""
    late = client.settings.thresholds.late_minutes
    return pain_points(
        scores=scores(client.feedback, scale=client.scale("csat")),
        delays=delays_of(client.interactions, late_minutes=late),
        service=service_of(client.interactions),
        mentions=mentions(client.feedback, terms=client.terms),
        min_n=min_n,
    )


def map_journey(
    client: Any,
    *,
    keys: pd.DataFrame | Missing,
    delays: pd.DataFrame | Missing,
    service: pd.DataFrame | Missing,
    funnel: pd.DataFrame | Missing,
    min_n: int = 30,
) -> JourneyMap | Missing:
    """The client's journey map, every lane filled from the data that know it, with its evidence."""
    scale = client.scale("csat")
    reached = reach(client.interactions)
    scored = scores(client.feedback, scale=scale)
    named = mentions(client.feedback, terms=client.terms)
    log, said = client.interactions, client.feedback
    journey = journey_map(
        inventory(client.touchpoints, log, said, stages=client.stages, mentions=named),
        stages=client.stages,
        touchpoints=client.touchpoints,
        reach=reached,
        scores=scored,
        funnel=funnel,
        delays=delays,
        service=service,
        pains=find_pains(client, min_n=min_n),
        keys=keys,
        quotes=quotes(said, terms=client.terms, per_touchpoint=12),
        channels=channel_shares(log),
        waits=waits(log),
        ways=stage_ways(log, client.touchpoints, stages=client.stages),
        chances=opportunity_points(scored, keys=keys, reach=reached, min_n=min_n),
    )
    if isinstance(journey, Missing):
        return journey
    cells: Any = map_evidence(journey, interactions=log, feedback=said, end=client.end)
    return replace(journey, evidence=cells)


def find_chances(
    client: Any, *, keys: pd.DataFrame | Missing, min_n: int = 30
) -> pd.DataFrame | Missing:
    """All opportunity points of a client: where better or wider service would pay."""
    scored = scores(client.feedback, scale=client.scale("csat"))
    reached = reach(client.interactions)
    return opportunity_points(scored, keys=keys, reach=reached, min_n=min_n)


def find_difference(client: Any, *, by: str = "segment", min_n: int = 30) -> pd.DataFrame | Missing:
    """What differs between the maps of a client's two largest segments, the larger one first.

    With `by` "half": between the first half of its answers and the second, split at a day;
    a journey belongs to the half in which it began.
    """
    if by == "half":
        at = _middle(client.feedback)
        if isinstance(at, Missing):
            return at
        log = client.interactions
        key = "" if isinstance(log, Missing) else journey_key(log) or ""
        said, log = with_half(client.feedback, at), with_half(log, at, whole=key)
        sides: list[str] = [BEFORE, AFTER]
    else:
        said, log = (_with(table, by, client) for table in (client.feedback, client.interactions))
        if isinstance(said, Missing):
            return said
        known = said.filter(said[by].notnull() & said.score.notnull())
        sizes = collect(known.group_by(by).agg(n=known.count()))
        sides = list(sizes.sort_values(["n", by], ascending=[False, True])[by][:2])
    if len(sides) < 2:
        return Missing("feedback", (by,))
    return map_difference(
        said, log, client.touchpoints, stages=client.stages, first=sides[0], second=sides[1],
        by=by, scale=client.scale("csat"), min_n=min_n,
    )  # fmt: skip


def _middle(feedback: LazyTable | Missing) -> Any:
    """The day that splits the answers into an earlier and a later half."""
    if isinstance(feedback, Missing) or not {"ts", "score"} <= set(feedback.columns):
        return Missing("feedback", ("ts", "score"))
    known = feedback.filter(feedback.ts.notnull() & feedback.score.notnull())
    days = collect(known.group_by(day=known.ts.date()).agg(n=known.count())).sort_values("day")
    if len(days) < 2:
        return Missing("feedback", ("ts",))
    half = days.n.cumsum() > days.n.sum() / 2
    return days.day[half].iloc[0]
