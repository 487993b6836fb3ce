"""The moves between touchpoints as a graph that stays readable: rare ones folded and counted.

Nothing is lost in folding: at every node what comes in equals what goes on and what ends there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, collect
from keytouch.estimate import wilson
from keytouch.journeys import END, START

OTHER = "(other)"
WAYS = ("onward", "within", "back", "repeat")
PER_STAGE, LINKS = 6, 40


@dataclass(frozen=True)
class FlowGraph:
    """Moves between touchpoints, drawn and folded.

    `nodes`, one row a touchpoint or a stage's rare ones together (`touchpoint_id` "(other)"):
    `node`, `stage_id`, `place` of the stage, `folded` touchpoints in it, `starts`, `inflow` from
    other nodes, `repeats` (moves to itself), `outflow` to other nodes, `ends`; starts + inflow =
    outflow + ends. `links`, one row a drawn link: `source`, `target`, `n`, `way`. `ways`, one row
    a way (onward to a later stage, within the stage, back to an earlier one, repeat of the same
    touchpoint): `moves`, `move_rate` in 0–1 with `_lo`, `_hi` (Wilson), `n` moves, `method`.
    `rare_links` and `rare_moves` are what is not drawn, `moves` all moves, START and END apart.
    """

    nodes: pd.DataFrame
    links: pd.DataFrame
    ways: pd.DataFrame
    rare_links: int
    rare_moves: float
    moves: float


def flow_graph(
    transitions: pd.DataFrame | Missing,
    touchpoints: LazyTable | Missing,
    *,
    stages: Sequence[str],
    per_stage: int = PER_STAGE,
    links: int = LINKS,
) -> FlowGraph | Missing:
    """The graph of a table of `transitions`, touchpoints placed by their stage.

    At most `per_stage` touchpoints of a stage stand alone, those with the most moves; equals go by
    name. The `links` with the most moves are drawn. Touchpoints without a known stage form one
    last column. Missing where touchpoints have no stages.
    """
    if isinstance(transitions, Missing):
        return transitions
    if isinstance(touchpoints, Missing) or "stage_id" not in touchpoints.columns:
        return Missing("touchpoints", ("stage_id",))
    known = collect(touchpoints.select("touchpoint_id", "stage_id")).set_index("touchpoint_id")
    order = {stage: place for place, stage in enumerate(stages)}
    named = sorted({*transitions.from_id, *transitions.to_id} - {START, END})
    place = known.stage_id.map(order).reindex(named).fillna(len(order)).astype(int)
    node = _nodes_of(transitions, place, per_stage)
    moves = transitions[["from_id", "to_id", "n"]].copy()
    for column in ("from_id", "to_id"):
        moves[column] = moves[column].map(lambda name: node.get(name, name))
    inner = moves[(moves.from_id != START) & (moves.to_id != END)]
    at = {node[name]: int(place[name]) for name in named}
    between = inner.groupby(["from_id", "to_id"], as_index=False)["n"].sum()
    between = between.assign(way=[_way(a, b, at) for a, b in zip(between.from_id, between.to_id)])
    each = transitions[(transitions.from_id != START) & (transitions.to_id != END)]
    ways = [_way(a, b, place.to_dict()) for a, b in zip(each.from_id, each.to_id)]
    drawn = between[between.from_id != between.to_id].sort_values(
        ["n", "from_id", "to_id"], ascending=[False, True, True], ignore_index=True
    )
    rare = drawn.iloc[links:]
    return FlowGraph(
        _node_table(moves, node, at, [*stages]),
        drawn.head(links).rename(columns={"from_id": "source", "to_id": "target"}),
        _ways(each.assign(way=ways)),
        len(rare),
        float(rare.n.sum()),
        float(inner.n.sum()),
    )


def flow_nodes(graph: FlowGraph | Missing) -> pd.DataFrame | Missing:
    """The nodes of a graph, one row each: see `FlowGraph`."""
    return graph if isinstance(graph, Missing) else graph.nodes


def _nodes_of(transitions: pd.DataFrame, place: pd.Series, per_stage: int) -> dict[str, str]:
    """Which node stands for each touchpoint: its own, or its stage's rare ones."""
    visits = transitions.groupby("to_id")["n"].sum().reindex(place.index).fillna(0)
    node = {}
    for number, part in place.groupby(place):
        ranked = sorted(part.index, key=lambda name: (-visits[name], name))
        alone = ranked if len(ranked) <= per_stage else ranked[: per_stage - 1]
        node |= {name: name if name in alone else f"{OTHER}{number}" for name in ranked}
    return node


def _way(source: str, target: str, at: Mapping[str, int]) -> str:
    if source == target:
        return "repeat"
    step = at[target] - at[source]
    return "within" if step == 0 else "onward" if step > 0 else "back"


def _node_table(
    moves: pd.DataFrame, node: dict[str, str], at: dict[str, int], stages: list[str]
) -> pd.DataFrame:
    """What comes in, goes on and ends at every node."""

    def total(rows: pd.Series, by: str) -> pd.Series:
        return moves[rows].groupby(by)["n"].sum().reindex(list(at)).fillna(0)

    own = moves.from_id == moves.to_id
    first, last = moves.from_id == START, moves.to_id == END
    held = pd.Series(list(node.values())).value_counts()
    table = pd.DataFrame(
        {
            "node": list(at),
            "touchpoint_id": [OTHER if name.startswith(OTHER) else name for name in at],
            "stage_id": [(*stages, "")[place] for place in at.values()],
            "place": list(at.values()),
            "folded": [int(held[name]) if name.startswith(OTHER) else 0 for name in at],
            "starts": total(first, "to_id").to_numpy(),
            "inflow": total(~first & ~own, "to_id").to_numpy(),
            "repeats": total(own, "to_id").to_numpy(),
            "outflow": total(~last & ~own, "from_id").to_numpy(),
            "ends": total(last, "from_id").to_numpy(),
        }
    )
    sums = ["starts", "inflow", "repeats", "outflow", "ends"]
    table[sums] = table[sums].round().astype(int)
    rank = table.folded > 0
    volume = table.starts + table.inflow
    return (
        table.assign(_rank=rank, _volume=-volume)
        .sort_values(["place", "_rank", "_volume", "node"], ignore_index=True)
        .drop(columns=["_rank", "_volume"])
    )


def _ways(each: pd.DataFrame) -> pd.DataFrame:
    """How many moves go onward, stay in the stage, go back or repeat a touchpoint."""
    moves = each.groupby("way")["n"].sum().reindex(list(WAYS)).fillna(0)
    n = float(moves.sum())
    share = moves.to_numpy(float) / max(n, 1)
    lo, hi = wilson(share, n)
    return pd.DataFrame(
        {
            "way": list(WAYS),
            "moves": moves.to_numpy(float).round().astype(int),
            "move_rate": share if n else np.full(len(WAYS), np.nan),
            "move_rate_lo": lo,
            "move_rate_hi": hi,
            "n": int(round(n)),
            "method": "method_moves",
        }
    )
