"""Moves between touchpoints, with the rare ones folded and everything still adding up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, collect
from keytouch.journeys import END, START

COVER, MOST = 0.9, 45


@dataclass(frozen=True)
class Flows:
    """Moves of journeys: `nodes` and `links` (tables), and the `rare_links` that were folded,
    with how many `rare_moves` of `moves` they hold.
    """

    nodes: pd.DataFrame
    links: pd.DataFrame
    rare_links: int
    rare_moves: int
    moves: int


def fold_flows(
    transitions: pd.DataFrame | Missing,
    touchpoints: LazyTable | Missing,
    *,
    stages: Sequence[str],
    cover: float = COVER,
    most: int = MOST,
) -> Flows | Missing:
    """The moves that matter, and the rest counted, from the table of `transitions`.

    `links`: one row per move kept, most frequent first, until they hold `cover` of all moves or
    are `most`, and the largest move to and from each touchpoint: `from_id`, `to_id`, `n`,
    `leaving`, `share_rate` with `_lo`, `_hi`, `way` ("forward" to a later stage, "within" one,
    "back", "loop" to itself, "unplaced").
    `nodes`: one row per touchpoint in order of the stages: `touchpoint_id`, `stage_id` ("" where
    none is known), `place` of its stage, `starts`, `entering` (moves kept), `rare_in`, `ends`,
    `leaving` (moves kept), `rare_out`, `n`. At each: starts + entering + rare_in = ends + leaving
    + rare_out = n; a loop enters and leaves. Ties by name.
    """
    if isinstance(transitions, Missing):
        return transitions
    inner = transitions[(transitions.from_id != START) & (transitions.to_id != END)]
    if inner.empty:
        return Missing("interactions", ("journey_id",))
    inner = inner.sort_values(["n", "from_id", "to_id"], ascending=[False, True, True])
    before = inner.n.cumsum() - inner.n
    kept = (before < cover * inner.n.sum()) & (np.arange(len(inner)) < most)
    for end in ("from_id", "to_id"):
        kept |= ~inner.duplicated(end)
    places = _places(transitions, touchpoints, list(stages))
    nodes = _nodes(transitions, inner, kept, places)
    links = inner[kept].reset_index(drop=True)
    at = nodes.set_index("touchpoint_id")["place"]
    links = links.assign(way=_ways(links, at, len(stages)))
    rare = inner[~kept]
    return Flows(nodes, links, len(rare), int(rare.n.sum()), int(inner.n.sum()))


def _places(
    transitions: pd.DataFrame, touchpoints: LazyTable | Missing, stages: list[str]
) -> pd.DataFrame:
    """Every touchpoint that occurs, with its stage; in order of the stages, then of the list."""
    names = sorted(({*transitions.from_id, *transitions.to_id}) - {START, END})
    table = pd.DataFrame({"touchpoint_id": names, "stage_id": ""})
    listed: list[str] = []
    if not isinstance(touchpoints, Missing) and "stage_id" in touchpoints.columns:
        known = collect(touchpoints.select("touchpoint_id", "stage_id"))
        listed = list(known.touchpoint_id)
        stage = table.touchpoint_id.map(known.set_index("touchpoint_id")["stage_id"])
        table = table.assign(stage_id=stage.where(stage.isin(stages)).fillna(""))
    order = {name: number for number, name in enumerate(stages)}
    rank = {name: number for number, name in enumerate(listed)}
    table = table.assign(
        place=table.stage_id.map(order).fillna(len(stages)).astype(int),
        _rank=table.touchpoint_id.map(rank).fillna(len(rank)),
    )
    table = table.sort_values(["place", "_rank", "touchpoint_id"])
    return table.drop(columns="_rank").reset_index(drop=True)


def _nodes(
    transitions: pd.DataFrame, inner: pd.DataFrame, kept: pd.Series, places: pd.DataFrame
) -> pd.DataFrame:
    first, last = transitions[transitions.from_id == START], transitions[transitions.to_id == END]
    last = last[last.from_id != START]
    sums = {
        "starts": first.groupby("to_id").n.sum(),
        "entering": inner[kept].groupby("to_id").n.sum(),
        "rare_in": inner[~kept].groupby("to_id").n.sum(),
        "ends": last.groupby("from_id").n.sum(),
        "leaving": inner[kept].groupby("from_id").n.sum(),
        "rare_out": inner[~kept].groupby("from_id").n.sum(),
    }
    counts = {
        name: places.touchpoint_id.map(part).fillna(0).astype(int) for name, part in sums.items()
    }
    nodes = places.assign(**counts)
    return nodes.assign(n=nodes.starts + nodes.entering + nodes.rare_in)


def _ways(links: pd.DataFrame, at: pd.Series, unknown: int) -> list[str]:
    """Each link's direction through the stages."""
    ways = []
    for source, target in zip(links.from_id, links.to_id):
        here, there = at[source], at[target]
        if source == target:
            ways.append("loop")
        elif unknown in (here, there):
            ways.append("unplaced")
        else:
            ways.append("forward" if there > here else "within" if there == here else "back")
    return ways
