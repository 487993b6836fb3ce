"""Small typed tables for the tests of measures."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from keytouch.engine import LazyTable, from_frame


def feedback(rows: Sequence[tuple], **more: Sequence) -> LazyTable:
    """Feedback from (journey, touchpoint or None, metric, score or None) rows."""
    frame = pd.DataFrame(rows, columns=["journey_id", "touchpoint_id", "metric", "score"])
    low, high = {"csat": 1.0, "nps": 0.0, "ces": 1.0}, {"csat": 5.0, "nps": 10.0, "ces": 7.0}
    frame = frame.assign(
        feedback_id=[f"f{number}" for number in range(len(frame))],
        score=frame.score.astype(float),
        touchpoint_id=frame.touchpoint_id.astype("str").where(frame.touchpoint_id.notna()),
        scale_lo=frame.metric.map(low),
        scale_hi=frame.metric.map(high),
        status=["blank" if pd.isna(score) else "answered" for score in frame.score],
    )
    return from_frame(frame.assign(**more))


def interactions(rows: Sequence[tuple], **more: Sequence) -> LazyTable:
    """Interactions from (journey, touchpoint, time) rows."""
    frame = pd.DataFrame(rows, columns=["journey_id", "touchpoint_id", "ts"])
    frame = frame.assign(
        interaction_id=[f"i{number:03}" for number in range(len(frame))],
        ts=pd.to_datetime(frame.ts, format="ISO8601"),
    )
    return from_frame(frame.assign(**more))
