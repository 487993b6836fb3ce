"""Touchpoint identification: the inventory, its gaps, reach, and importance × performance."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from keytouch.drivers import Draws, Reading, driver_draws
from keytouch.engine import LazyTable, Missing, collect, needs
from keytouch.estimate import Floats, wilson
from keytouch.prepared import copies_of, of_journeys
from keytouch.problems import DataError, Problem
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
    An aggregated path of n journeys is n journeys here as everywhere (`copies` in `steps`), a row
    of n interactions n of volume; weights don't count. Rows without
    time count too. Without journey and customer ids only the volume is known: Missing. Sorted
    by reach.
    """
    known = of_journeys(interactions)
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    table = collect(meetings(known))
    each = known.group_by("key").agg(copies=copies_of(known))
    total = int(collect(each.agg(n=each.copies.sum())).n.fillna(0).iloc[0])
    rate = table.journeys / max(total, 1)
    lo, hi = wilson(rate, total)
    table = table.assign(
        volume=table.volume.astype(int),
        journeys=table.journeys.astype(int),
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


def meetings(known: LazyTable) -> LazyTable:
    """Interactions and journeys by touchpoint: `volume`, `journeys`. Lazy."""
    met = known.group_by("touchpoint_id", "key").agg(rows=known.rows.sum(), copies=copies_of(known))
    return met.group_by("touchpoint_id").agg(volume=met.rows.sum(), journeys=met.copies.sum())


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
    feedback: LazyTable | Missing,
    *,
    by: str = "own",
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
    draws: int = 1000,
    seed: int = 1,
) -> pd.DataFrame | Missing:
    """Importance × performance: each touchpoint's quadrant, and how sure it is.

    Importance is derived from the overall score, not asked: `by` "own" takes the standardised
    own effect, "lmg" and "johnson" the variance of the overall score that a touchpoint explains
    (exact up to 15 touchpoints; relative weights), "correlation" the correlation, which a halo
    inflates. One row per touchpoint with at least 10 answers. Columns out: `score` on `scale` and
    `importance`, with `_lo`, `_hi` (95 %, bootstrap over customers); `quadrant`, the likeliest:
    "concentrate" (important and weak), "keep_up", "low_priority", "overkill"; `probability` of it
    and `p_<quadrant>` of all four, which add up to 1: the shares of one bootstrap in which score
    and importance are drawn together and the crosshair, the means over touchpoints, anew each
    time; `crosshair_score`, `crosshair_importance`; `n`, `small` (under `min_n`), `method`.
    `score_spread`, `importance_spread`, `spread_r`: standard deviations and correlation of the
    distance from the crosshair over the draws, to draw the cloud. A point on a crosshair line
    counts as not important and not weak. Most surely "concentrate" first.
    Source: Martilla & James 1977.
    """
    if isinstance(feedback, Missing):
        return feedback
    drawn = driver_draws(feedback, draws=draws, seed=seed, min_n=min_n)
    if isinstance(drawn, Missing):
        return drawn
    return quadrants_of(drawn, by=by, scale=scale, min_n=min_n)


def quadrants_of(
    drawn: Draws, *, by: str = "own", scale: tuple[float, float] = (1, 5), min_n: int = 30
) -> pd.DataFrame | Missing:
    """The table of `importance_performance` from draws already made."""
    if len(drawn.touchpoints) < 2:
        return Missing("feedback", ("touchpoint_id", "score"))
    sides = [drawn.point, drawn.draws]
    score, again = (scale[0] + (scale[1] - scale[0]) * side.score for side in sides)
    weight, weights = (_importance(side, by) for side in sides)
    away = [part - part.mean(axis=1, keepdims=True) for part in (again, weights)]
    chances = _quadrant_chances(*away)
    table = pd.DataFrame(
        {
            "touchpoint_id": drawn.touchpoints,
            **_with_ends("score", score, drawn.t * again.std(axis=0)),
            **_with_ends("importance", weight, drawn.t * weights.std(axis=0)),
            "quadrant": [QUADRANTS[place] for place in chances.argmax(axis=1)],
            "probability": chances.max(axis=1),
            **{f"p_{name}": chances[:, place] for place, name in enumerate(QUADRANTS)},
            "crosshair_score": score.mean(),
            "crosshair_importance": weight.mean(),
            **_cloud(*away),
            "n": drawn.n,
            "small": drawn.n < min_n,
            "method": f"method_ipa_{by}",
        }
    )
    order = ["p_concentrate", "importance", "touchpoint_id"]
    return table.sort_values(order, ascending=[False, False, True]).reset_index(drop=True)


def _importance(side: Reading, by: str) -> Floats:
    """The chosen measure of importance, in every draw or at the data."""
    if by == "own":
        return side.importance
    if by in ("lmg", "johnson"):
        return getattr(side, by) * np.asarray(side.r2)[..., None]
    if by == "correlation":
        return side.correlation
    values = {"found": by, "known": "own, lmg, johnson, correlation"}
    raise DataError(Problem("problem_importance_by", values=values))


def _with_ends(name: str, value: Floats, half: Floats) -> dict[str, Floats]:
    return {name: value, f"{name}_lo": value - half, f"{name}_hi": value + half}


def _quadrant_chances(score: Floats, weight: Floats) -> Floats:
    """The share of draws in each quadrant [p, 4], from distances to the crosshair [draws, p]."""
    important, weak = weight > 0, score < 0
    parts = [important & weak, important & ~weak, ~important & weak, ~important & ~weak]
    return np.stack([part.mean(axis=0) for part in parts], axis=1)


def _cloud(score: Floats, weight: Floats) -> dict[str, Floats]:
    """The extent of each touchpoint's cloud of draws around its distance from the crosshair."""
    spreads = score.std(axis=0), weight.std(axis=0)
    together = ((score - score.mean(axis=0)) * (weight - weight.mean(axis=0))).mean(axis=0)
    scale = spreads[0] * spreads[1]
    r = np.divide(together, scale, out=np.zeros_like(scale), where=scale > 0)
    return {"score_spread": spreads[0], "importance_spread": spreads[1], "spread_r": r}
