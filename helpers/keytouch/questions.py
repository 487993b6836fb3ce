"""Questions that need several of a client's tables at once, each answered in one call."""

from __future__ import annotations

from typing import Any

import pandas as pd

from keytouch.answering import known_facts
from keytouch.comments import mentions, quotes
from keytouch.engine import LazyTable, Missing
from keytouch.journeys import delays as delays_of
from keytouch.journeys import service as service_of
from keytouch.kpi_cells import kpi_cube
from keytouch.lanes import JourneyMap, journey_map, main_channels
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
    """The client's journey map, every lane filled from the data that know it."""
    scale = client.scale("csat")
    reached = reach(client.interactions)
    scored = scores(client.feedback, scale=scale)
    return journey_map(
        inventory(client.touchpoints, client.interactions, client.feedback, stages=client.stages),
        stages=client.stages,
        touchpoints=client.touchpoints,
        reach=reached,
        scores=scored,
        funnel=funnel,
        delays=delays,
        service=service,
        pains=find_pains(client, min_n=min_n),
        keys=keys,
        quotes=quotes(client.feedback, terms=client.terms, per_touchpoint=1),
        channels=main_channels(client.interactions),
    )
