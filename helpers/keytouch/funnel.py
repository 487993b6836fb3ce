"""How far journeys get: the stages that they reach, and where they stop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, cases, collect, needs
from keytouch.estimate import wilson
from keytouch.prepared import copies_of, in_journeys
from keytouch.stage_sets import (
    NO_TOUCHPOINTS,
    has_stage,
    met_bits,
    with_stage_bits,
    with_stage_set,
)


@needs("interactions")
def stage_funnel(
    interactions: LazyTable, touchpoints: LazyTable | Missing, *, stages: Sequence[str]
) -> pd.DataFrame:
    """How far journeys get, one row per stage in order.

    Reads interactions, steps or, soonest, journey rows, whose touchpoints were placed in stages
    when they were made. Columns out: `stage_id`; `touched` journeys with contact in the
    stage; `reached` journeys with contact in it or a later one; `reach_rate` in 0–1 of all
    journeys (Wilson); `stopped` journeys that went no further; `stop_rate` in 0–1 of those who
    reached it (Wilson; blank at the last stage, where everybody stops); `n` = all journeys;
    `method`. Stages that no interaction belongs to are left out (nobody recorded them);
    journeys that met no touchpoint of a known stage reached none, but are among `n`. A journey
    whose rows carry `n` counts that often. reached(k) = reached(k+1) + stopped(k).
    """
    if not stages or "stage_id" not in touchpoints.columns:  # type: ignore[union-attr]
        return NO_TOUCHPOINTS  # type: ignore[return-value]
    ready = "path" in interactions.columns
    data = interactions if ready else in_journeys(interactions)
    if isinstance(data, Missing) or not {"stage_set", "touchpoint_id"} & set(data.columns):
        return NO_TOUCHPOINTS  # type: ignore[return-value]
    counts = collect(stage_counts(data, touchpoints, stages=stages))
    touched = counts.filter(like="touched_").sum().to_numpy()
    stopped = counts[counts.place >= 0].set_index("place").n
    if (touched > 0).sum() < 2:
        return Missing("interactions", ("stage_id",))  # type: ignore[return-value]
    return _funnel(list(stages), stopped, touched, counts.n.sum())


def stage_counts(
    data: LazyTable, touchpoints: LazyTable | Missing, *, stages: Sequence[str]
) -> LazyTable:
    """Journeys by the furthest stage that they met, one row per stage (−1: none). Lazy.

    Columns out: `place`, the stage's number from 0; `n` journeys; `touched_0`, … how many of
    them met that stage.
    """
    sets = _set_counts(data, touchpoints, stages=stages)
    met = [has_stage(sets, stage) for stage in stages]
    furthest = [(there, place) for place, there in reversed(list(enumerate(met)))]
    flags = {f"touched_{k}": cases((there, sets.n), else_=0.0) for k, there in enumerate(met)}
    placed = sets.mutate(place=cases(*furthest, else_=-1), **flags)
    sums = {name: placed[name].sum() for name in ("n", *flags)}
    return placed.group_by("place").agg(**sums)


def _set_counts(
    data: LazyTable, touchpoints: LazyTable | Missing, *, stages: Sequence[str]
) -> LazyTable:
    """Journeys by the set of stages that they met: `stage_set`, `n`."""
    if "stage_set" in data.columns:
        return data.group_by("stage_set").agg(n=data.copies.sum())
    staged = with_stage_bits(data, touchpoints, stages=stages)  # type: ignore[arg-type]
    bits = met_bits(staged, stages=stages)
    each = staged.group_by("key").agg(n=copies_of(staged), **bits)
    return with_stage_set(each.group_by(list(bits)).agg(n=each.n.sum()), stages=stages)


def _funnel(stages: list[str], furthest: pd.Series, touched: np.ndarray, n: float) -> pd.DataFrame:
    """The funnel's shares from the counts of each stage that the data record."""
    places = [place for place in range(len(stages)) if touched[place] > 0]
    stopped = furthest.reindex(places, fill_value=0).to_numpy(float)
    reached = stopped[::-1].cumsum()[::-1]
    rate, stop = reached / max(n, 1), stopped / np.fmax(reached, 1)
    stop[-1:] = np.nan
    lo, hi = wilson(rate, n)
    stop_lo, stop_hi = wilson(stop, reached)
    return pd.DataFrame(
        {
            "stage_id": [stages[place] for place in places],
            "touched": touched[places].astype(int),
            "reached": reached.astype(int),
            "reach_rate": rate,
            "reach_rate_lo": lo,
            "reach_rate_hi": hi,
            "stopped": stopped.astype(int),
            "stop_rate": stop,
            "stop_rate_lo": stop_lo,
            "stop_rate_hi": stop_hi,
            "n": int(n),
            "method": "method_wilson",
        }
    )
