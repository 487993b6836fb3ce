"""The flow between touchpoints and between stages, as nodes and links whose totals agree.

Rare touchpoints of a stage are folded into one node and rare links are marked, never dropped:
what comes in goes out or ends, at every node.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, cases, collect, needs, row_number, window
from keytouch.estimate import wilson
from keytouch.journeys import END, START
from keytouch.prepared import steps
from keytouch.stage_sets import NO_TOUCHPOINTS, knows_stages

OTHER, UNSTAGED = "(other)", "(unstaged)"
RARE = 0.002
NODE = ["stage_id", "touchpoint_id", "size"]
LINKS = [
    "from_stage", "from_id", "to_stage", "to_id", "n", "leaving", "share_rate", "share_rate_lo",
    "share_rate_hi", "direction", "drawn", "from_size", "to_size", "method",
]  # fmt: skip
FLOWS = [
    "from_stage", "to_stage", "n", "journeys", "met_n", "move_rate", "move_rate_lo",
    "move_rate_hi", "direction", "method",
]  # fmt: skip


def flow_links(
    transitions: pd.DataFrame | Missing,
    touchpoints: LazyTable | Missing,
    *,
    stages: Sequence[str],
    per_stage: int = 6,
    links: int = 60,
) -> pd.DataFrame | Missing:
    """The moves between touchpoints with rare touchpoints folded, one row per pair that occurs.

    Reads the table `transitions`. A stage keeps its `per_stage` most visited touchpoints; where
    it has more, the rarest of them and the rest become one node "(other)". Columns out:
    `from_stage`, `from_id`, `to_stage`, `to_id` ("(start)" and "(end)" close every journey, stage
    "(unstaged)" holds touchpoints that the inventory puts in no known stage); `n` moves;
    `leaving`, all that leave the node; `share_rate` in 0–1 of those with `_lo`, `_hi` (Wilson);
    `direction`: "forward" (to the next stage), "skip" (past one or more), "back", "within" a
    stage, "again" (the same node), "aside" (from or to no known stage, or back stage, where no
    customer goes anywhere), "start", "end"; `drawn`,
    whether a picture shows the link: the `links` most frequent, of at least 0.2 % of all moves,
    and every start and end; `from_size`, `to_size`, how many touchpoints a node holds; `method`.
    No move is lost: the n of all rows add up to those of `transitions`. Without an inventory that
    knows stages: Missing. The intervals take moves as independent: of journeys that pass a
    touchpoint often they are too narrow. Source: van der Aalst 2016, Process Mining, ch. 5;
    interval: Wilson 1927, JASA 22.
    """
    if isinstance(transitions, Missing):
        return transitions
    if isinstance(touchpoints, Missing) or not knows_stages(touchpoints, stages):
        return NO_TOUCHPOINTS
    nodes = _nodes(transitions, touchpoints, list(stages), per_stage)
    table = transitions[["from_id", "to_id", "n"]]
    for end in ("from", "to"):
        side = nodes.reindex(table[f"{end}_id"]).reset_index(drop=True)
        side.columns = [f"{end}_stage", f"{end}_node", f"{end}_size"]
        table = pd.concat([table.reset_index(drop=True), side], axis=1)
    table = table.drop(columns=["from_id", "to_id"])
    table = table.rename(columns={"from_node": "from_id", "to_node": "to_id"})
    by = ["from_stage", "from_id", "to_stage", "to_id", "from_size", "to_size"]
    table = table.groupby(by, as_index=False).n.sum()
    hidden = _backstage(touchpoints)
    behind = table.from_id.isin(hidden) | table.to_id.isin(hidden)
    table["direction"] = _directions(table, [*stages], behind)
    return _drawn(_shares(table), links)


def _nodes(
    transitions: pd.DataFrame, touchpoints: LazyTable, stages: list[str], per_stage: int
) -> pd.DataFrame:
    """Each touchpoint's node: its stage, the node's id, and how many touchpoints it holds."""
    visits = transitions.groupby("to_id").n.sum().drop(END, errors="ignore")
    places = collect(touchpoints.select("touchpoint_id", "stage_id"))
    places = places.drop_duplicates("touchpoint_id").set_index("touchpoint_id").stage_id
    stage = places.reindex(visits.index)
    stage = stage.where(stage.isin(stages), UNSTAGED).astype(object)
    nodes = pd.DataFrame({"stage_id": stage, "visits": visits}).reset_index(names="id")
    nodes = nodes.sort_values(["visits", "id"], ascending=[False, True])
    rank = nodes.groupby("stage_id").cumcount()
    many = nodes.groupby("stage_id").id.transform("count") > per_stage
    nodes["touchpoint_id"] = nodes.id.where(~(many & (rank >= per_stage - 1)), OTHER)
    nodes["size"] = nodes.groupby(["stage_id", "touchpoint_id"]).id.transform("count")
    ends = pd.DataFrame({"id": [START, END], "stage_id": [START, END],
                         "touchpoint_id": [START, END], "size": 1})  # fmt: skip
    return pd.concat([nodes, ends]).set_index("id")[NODE]


def _backstage(touchpoints: LazyTable) -> list[str]:
    """The touchpoints behind the line of visibility."""
    if "stage_side" not in touchpoints.columns:
        return []
    return list(collect(touchpoints.filter(touchpoints.stage_side == "back")).touchpoint_id)


def _directions(
    table: pd.DataFrame, stages: list[str], behind: pd.Series | bool = False
) -> np.ndarray:
    """Where each link goes, by the order of the stages; those `behind` the scenes nowhere."""
    places = {stage: place for place, stage in enumerate(stages)}
    a, b = table.from_stage.map(places), table.to_stage.map(places)
    same = table.from_stage == table.to_stage
    if "from_id" in table:
        again = same & (table.from_id == table.to_id)
    else:
        again = pd.Series(False, index=table.index)
    nowhere = a.isna() | b.isna() | behind
    rules = [table.from_stage == START, table.to_stage == END, again, same, nowhere, b < a,
             b == a + 1]  # fmt: skip
    names = ["start", "end", "again", "within", "aside", "back", "forward"]
    return np.select(rules, names, "skip")


def _shares(table: pd.DataFrame) -> pd.DataFrame:
    """The links with their share of all that leave the node."""
    leaving = table.groupby(["from_stage", "from_id"]).n.transform("sum")
    lo, hi = wilson(table.n / leaving, leaving)
    return table.assign(
        leaving=leaving,
        share_rate=table.n / leaving,
        share_rate_lo=lo,
        share_rate_hi=hi,
        method="method_wilson",
    )


def _drawn(table: pd.DataFrame, links: int) -> pd.DataFrame:
    """The links, most frequent first, with the mark of those that a picture shows."""
    order = ["n", "from_stage", "from_id", "to_stage", "to_id"]
    table = table.sort_values(order, ascending=[False, True, True, True, True])
    bound = ~table.direction.isin(["start", "end"])
    often = table.n >= RARE * table.n[bound].sum()
    drawn = ~bound | often & (bound.cumsum() <= links)
    return table.assign(drawn=drawn).reindex(columns=LINKS).reset_index(drop=True)


@needs("interactions", "touchpoint_id")
def stage_flows(
    interactions: LazyTable, touchpoints: LazyTable | Missing, *, stages: Sequence[str]
) -> pd.DataFrame:
    """How journeys go from stage to stage, one row per pair of stages that occurs.

    Reads interactions or steps. Columns out: `from_stage`, `to_stage` ("(start)" and "(end)"
    close every journey, "(unstaged)" holds touchpoints of no known stage); `n` moves; `journeys`
    that make the move at least once; `met_n`, all journeys that met `from_stage`; `move_rate` in
    0–1 = journeys / met_n with `_lo`, `_hi` (Wilson; shares of several moves can add up to more
    than 1 where journeys return); `direction` as in `flow_links` ("within": steps that stay in
    the stage); `method`. In the order of stages. Back-stage steps, which no customer takes, are
    passed over. A journey whose rows carry `n` counts that often; survey weights don't count.
    Source of the interval: Wilson 1927, JASA 22.
    """
    data = steps(interactions)
    if isinstance(data, Missing):
        return data  # type: ignore[return-value]
    if isinstance(touchpoints, Missing) or not knows_stages(touchpoints, stages):
        return NO_TOUCHPOINTS  # type: ignore[return-value]
    hidden = _backstage(touchpoints)
    seen = _front_steps(data, hidden) if hidden else data
    moves = stage_moves(seen, touchpoints, stages=stages)
    pairs = collect(move_counts(moves))
    met = collect(stage_meetings(moves)).set_index("from_stage").met
    starts = pairs.groupby("from_stage").firsts.sum()
    starts = starts[starts > 0].rename_axis("to_stage").rename("n").reset_index()
    starts = starts.assign(from_stage=START, journeys=starts.n)
    met.loc[START] = starts.n.sum()
    table = pd.concat([pairs, starts], ignore_index=True)
    return _flows(table.assign(met_n=table.from_stage.map(met)), [*stages])


def _front_steps(data: LazyTable, hidden: list[str]) -> LazyTable:
    """The steps that customers take, numbered anew. Lazy."""
    kept = data.filter(~data.touchpoint_id.isin(hidden))
    line = window(group_by=kept.key, order_by=kept.step)
    return kept.mutate(
        next_touchpoint=kept.touchpoint_id.lead(1).over(line),
        step=row_number().over(line) + 1,
        steps=kept.count().over(window(group_by=kept.key)),
    )


def _flows(table: pd.DataFrame, stages: list[str]) -> pd.DataFrame:
    """The counts with shares and directions, in the order of stages."""
    rate = table.journeys / table.met_n
    lo, hi = wilson(rate, table.met_n)
    counts = {name: table[name].round().astype(int) for name in ("n", "journeys", "met_n")}
    table = table.assign(
        **counts, move_rate=rate, move_rate_lo=lo, move_rate_hi=hi,
        direction=_directions(table, stages), method="method_wilson",
    )  # fmt: skip
    order = {stage: k for k, stage in enumerate([START, *stages, UNSTAGED, END])}
    places = pd.DataFrame({"a": table.from_stage.map(order), "b": table.to_stage.map(order)})
    ordered = places.sort_values(["a", "b"]).index
    return table.loc[ordered].reindex(columns=FLOWS).reset_index(drop=True)


def stage_moves(data: LazyTable, touchpoints: LazyTable, *, stages: Sequence[str]) -> LazyTable:
    """Steps with their own stage and the next one's: `from_stage`, `to_stage`. Lazy."""
    known = cases((touchpoints.stage_id.isin(list(stages)), touchpoints.stage_id), else_=UNSTAGED)
    here = touchpoints.select(here=touchpoints.touchpoint_id, here_stage=known)
    there = touchpoints.select(there=touchpoints.touchpoint_id, there_stage=known)
    base = data.select("key", "touchpoint_id", "next_touchpoint", "step", "steps", "copies")
    placed = base.left_join(here, base.touchpoint_id == here.here)
    placed = placed.left_join(there, placed.next_touchpoint == there.there)
    to_stage = cases(
        (placed.step == placed.steps, END), else_=placed.there_stage.fill_null(UNSTAGED)
    )
    return placed.select(
        "key", "step", "copies", from_stage=placed.here_stage.fill_null(UNSTAGED), to_stage=to_stage
    )


def move_counts(moves: LazyTable) -> LazyTable:
    """Moves by pair of stages: `n` moves, `journeys` that make it, `firsts` that begin. Lazy."""
    first = cases((moves.step == 1, moves.copies), else_=0.0)
    each = moves.group_by("key", "from_stage", "to_stage").agg(
        moves=moves.copies.sum(), copies=moves.copies.max(), firsts=first.sum()
    )
    return each.group_by("from_stage", "to_stage").agg(
        n=each.moves.sum(), journeys=each.copies.sum(), firsts=each.firsts.sum()
    )


def stage_meetings(moves: LazyTable) -> LazyTable:
    """How many journeys meet each stage: `from_stage`, `met`. Lazy."""
    each = moves.group_by("key", "from_stage").agg(copies=moves.copies.max())
    return each.group_by("from_stage").agg(met=each.copies.sum())


def flow_balance(flows: pd.DataFrame | Missing) -> pd.DataFrame | Missing:
    """What comes into each node and leaves it, one row per node of `flow_links` or `stage_flows`.

    Columns out: `stage_id`, and of links `touchpoint_id` and `size` (touchpoints that the node
    holds); `starts`, journeys that begin there; `inflow`, all that come in, starts among them;
    `outflow`, all that go on; `ends`, journeys that end there: inflow = outflow + ends. Moves
    within a stage are neither in- nor outflow of the stage; of a touchpoint a step back to
    itself is both.

    >>> moves = [("(start)", "buy", 5, "start"), ("buy", "use", 3, "forward"),
    ...          ("buy", "(end)", 2, "end"), ("use", "(end)", 3, "end")]
    >>> flows = pd.DataFrame(moves, columns=["from_stage", "to_stage", "n", "direction"])
    >>> flow_balance(flows).values.tolist()
    [['buy', 5, 5, 3, 2], ['use', 0, 3, 0, 3]]
    """
    if isinstance(flows, Missing):
        return flows
    by_link = "from_id" in flows
    names = ["stage", "id", "size"] if by_link else ["stage"]
    node = NODE if by_link else ["stage_id"]
    moved = flows if by_link else flows[flows.direction != "within"]

    def total(side: str, rows: pd.DataFrame) -> pd.Series:
        columns = [f"{side}_{name}" for name in names]
        return rows.groupby(columns).n.sum().rename_axis(node)

    table = pd.DataFrame(
        {
            "starts": total("to", moved[moved.direction == "start"]),
            "inflow": total("to", moved[moved.direction != "end"]),
            "outflow": total("from", moved[~moved.direction.isin(["start", "end"])]),
            "ends": total("from", moved[moved.direction == "end"]),
        }
    )
    return table.fillna(0).astype(int).reset_index()
