"""Touchpoint identification: the inventory, its gaps, reach, and importance × performance."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from keytouch.drivers import journey_key
from keytouch.engine import LazyTable, Missing, collect, needs
from keytouch.estimate import wilson
from keytouch.satisfaction import with_weights
from keytouch.schema import MEDIA, SIDES

DRAWS = 4000
NOT_ASKED = Missing("feedback", ("comment",))
QUADRANTS = ("concentrate", "keep_up", "low_priority", "overkill")


@needs("interactions", "touchpoint_id")
def reach(interactions: LazyTable) -> pd.DataFrame:
    """How many journeys meet each touchpoint, one row per touchpoint.

    Columns out: `touchpoint_id`; `volume` (interactions); `journeys` that have at least one;
    `reach_rate` in 0–1 of all journeys with any interaction, with `_lo`, `_hi` (95 %, Wilson);
    `n` = all journeys; `per_journey` (interactions per journey that has any); `method`.
    Without journey and customer ids only the volume is known: Missing. Sorted by reach.
    """
    key = journey_key(interactions)
    if key is None:
        return Missing("interactions", ("journey_id",))  # type: ignore[return-value]
    known = with_weights(interactions.filter(interactions[key].notnull()))
    table = collect(
        known.group_by("touchpoint_id").agg(volume=known.rows.sum(), journeys=known[key].nunique())
    )
    total = int(collect(known.agg(n=known[key].nunique())).n.iloc[0])
    rate = table.journeys / max(total, 1)
    lo, hi = wilson(rate, total)
    table = table.assign(
        volume=table.volume.astype(int),
        reach_rate=rate,
        reach_rate_lo=lo,
        reach_rate_hi=hi,
        n=total,
        per_journey=table.volume / table.journeys,
        method="method_wilson",
    )
    return table.sort_values(["reach_rate", "touchpoint_id"], ascending=[False, True]).reset_index(
        drop=True
    )


def inventory(
    touchpoints: LazyTable | Missing,
    interactions: LazyTable | Missing,
    feedback: LazyTable | Missing,
    *,
    stages: Sequence[str] = (),
    mentions: pd.DataFrame | Missing = NOT_ASKED,
) -> pd.DataFrame | Missing:
    """Every touchpoint that the inventory lists or the data show, one row each.

    Columns out: `touchpoint_id`, `stage_id`, `stage_side`, `medium`, `moment`, `owner`;
    `volume` (interactions), `answers` (scores), `mentions` (comments that name it, from the
    table of that name; 0 where it isn't given); `known`: "both", "listed" (in the inventory,
    never in the data) or "seen" (in the data, not in the inventory).
    Sorted by stage order, listed order within a stage; unlisted ones last.
    """
    listed = ["touchpoint_id", "stage_id", "stage_side", "medium", "moment", "owner"]
    table = pd.DataFrame(columns=listed)
    if not isinstance(touchpoints, Missing):
        table = collect(touchpoints).reindex(columns=listed)
    seen = _seen(interactions, "volume").merge(
        _seen(feedback, "answers"), on="touchpoint_id", how="outer"
    )
    named = _none_seen("mentions")
    if not isinstance(mentions, Missing):
        named = mentions[["touchpoint_id", "mentions"]]
    seen = seen.merge(named, on="touchpoint_id", how="outer")
    if table.empty and seen.empty:
        return Missing("touchpoints")
    order = {name: place for place, name in enumerate(table.touchpoint_id)}
    merged = table.merge(seen, on="touchpoint_id", how="outer", indicator=True)
    known = merged._merge.astype(str).map(
        {"both": "both", "left_only": "listed", "right_only": "seen"}
    )
    place = {stage: number for number, stage in enumerate(stages)}
    merged = merged.assign(
        known=known,
        volume=merged.volume.fillna(0).astype(int),
        answers=merged.answers.fillna(0).astype(int),
        mentions=merged.mentions.fillna(0).astype(int),
        _stage=merged.stage_id.map(place).fillna(len(place)),
        _listed=merged.touchpoint_id.map(order).fillna(len(order)),
    )
    merged = merged.sort_values(["_stage", "_listed", "touchpoint_id"])
    return merged.drop(columns=["_merge", "_stage", "_listed"]).reset_index(drop=True)


def _none_seen(name: str) -> pd.DataFrame:
    return pd.DataFrame({"touchpoint_id": pd.Series(dtype="str"), name: pd.Series(dtype=float)})


def _seen(data: LazyTable | Missing, name: str) -> pd.DataFrame:
    """How often each touchpoint occurs in a table; empty where the table or column is missing."""
    if isinstance(data, Missing) or "touchpoint_id" not in data.columns:
        return _none_seen(name)
    known = data.filter(data.touchpoint_id.notnull())
    if "status" in data.columns:
        known = known.filter(known.status == "answered")
    counted = with_weights(known)
    return collect(counted.group_by("touchpoint_id").agg(**{name: counted.rows.sum()}))


@needs("touchpoints", "stage_id", "stage_side", "medium")
def coverage(touchpoints: LazyTable, *, stages: Sequence[str]) -> pd.DataFrame:
    """How many touchpoints the inventory lists in each cell of stage × side × medium.

    One row per cell, empty ones included: `stage_id`, `stage_side`, `medium`, `n` (0 = a gap
    to think about, not always a fault), `touchpoints` (their ids, comma separated).
    """
    listed = collect(touchpoints)
    cells = pd.DataFrame(
        list(product(stages, SIDES, MEDIA)), columns=["stage_id", "stage_side", "medium"]
    )
    found = (
        listed.groupby(["stage_id", "stage_side", "medium"])["touchpoint_id"]
        .agg(n="size", touchpoints=lambda ids: ",".join(ids))
        .reset_index()
    )
    merged = cells.merge(found, on=["stage_id", "stage_side", "medium"], how="left")
    return merged.assign(
        n=merged.n.fillna(0).astype(int), touchpoints=merged.touchpoints.fillna("")
    )


def importance_performance(
    scores: pd.DataFrame | Missing, importance: pd.DataFrame | Missing, *, seed: int = 1
) -> pd.DataFrame | Missing:
    """Importance × performance: each touchpoint's quadrant, and how sure it is.

    Reads the tables of `scores` (by touchpoint) and `importance`. One row per touchpoint that
    both have: their columns, `quadrant` ("concentrate": important and weak; "keep_up";
    "low_priority"; "overkill"), `probability` of that quadrant and `p_concentrate`, over
    4,000 draws from both estimates' sampling distributions, the crosshair (the means) drawn
    anew each time. Sorted by p_concentrate. Source: Martilla & James 1977.
    """
    for table in (scores, importance):
        if isinstance(table, Missing):
            return table
    parts = [f"{name}{end}" for name in ("importance", "correlation") for end in ("", "_lo", "_hi")]
    both = scores.merge(importance[["touchpoint_id", *parts]], on="touchpoint_id")
    both = both[both.score_lo.notna() & both.importance_lo.notna()].reset_index(drop=True)
    if len(both) < 2:
        return Missing("feedback", ("touchpoint_id", "score"))
    chances = _quadrant_chances(both, np.random.default_rng(seed))
    table = both.assign(
        quadrant=[QUADRANTS[place] for place in chances.argmax(axis=1)],
        probability=chances.max(axis=1),
        p_concentrate=chances[:, 0],
        method="method_quadrant_draws",
    )
    order = ["p_concentrate", "importance", "touchpoint_id"]
    return table.sort_values(order, ascending=[False, False, True]).reset_index(drop=True)


def _quadrant_chances(both: pd.DataFrame, random: np.random.Generator) -> np.ndarray:
    """The share of draws in each quadrant, one row per touchpoint."""
    shape = (DRAWS, len(both))
    performance, weight = (
        both[name].to_numpy()
        + ((both[f"{name}_hi"] - both[f"{name}_lo"]) / 3.92).to_numpy()
        * random.standard_normal(shape)
        for name in ("score", "importance")
    )
    important = weight > weight.mean(axis=1, keepdims=True)
    weak = performance < performance.mean(axis=1, keepdims=True)
    chances = [important & weak, important & ~weak, ~important & weak, ~important & ~weak]
    return np.stack([quadrant.mean(axis=0) for quadrant in chances], axis=1)
