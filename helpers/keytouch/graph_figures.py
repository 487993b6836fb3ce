"""The picture of what follows what: touchpoints by stage, links as wide as their moves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from keytouch.colours import GOOD, GREY, INK, KEY, PAIN
from keytouch.drawing import message, skips_missing
from keytouch.flow_conclusions import ENDS, flow_findings, rare_text
from keytouch.flow_graph import OTHER, UNSTAGED, flow_balance
from keytouch.labels import name_of, number_text
from keytouch.ribbons import Box, Point, Room, bent, curve, draw_band
from keytouch.style import canvas, titles, wrap
from keytouch.words import word

PITCH, WIDE = 1.62, 1.04
RISE, TALL = 0.9, 0.52
STUB = 0.24
COLOURS = {"back": PAIN, "again": PAIN, "forward": KEY, "skip": KEY}
LEAST = 0.006
SORTED = 7


@dataclass(frozen=True)
class _Place:
    """A node's centre, column and row."""

    x: float
    y: float
    column: int
    row: int


@skips_missing
def plot_flow_graph(
    links: pd.DataFrame, ax: Axes | None = None, *, stages: list[str]
) -> Axes | None:
    """The flow between touchpoints, stage by stage; starts and ends are short arrows.

    Draws the links marked `drawn`, says how many others there are, and writes each node's
    visits, so that visits = moves on + ends can be read off.
    """
    nodes = flow_balance(links)
    shown = [stage for stage in [*stages, UNSTAGED] if stage in set(nodes.stage_id)]
    if not shown:
        return None
    places = _places(nodes, links, shown)
    rows = 1 + max(place.row for place in places.values())
    ax = canvas(ax, height=RISE * rows + 0.75, width=max(8.0, PITCH * len(shown) + 0.7))
    drawn = links[links.drawn].reset_index(drop=True)
    scale = _scale(drawn, places)
    room = Room([_box(place) for place in places.values()])
    paths = _paths(drawn, places, scale, rows)
    for row, path in zip(drawn.itertuples(), paths):
        colour = {"start": GOOD, "end": INK}.get(row.direction) or COLOURS.get(row.direction, GREY)
        least = 2 * LEAST if row.direction in ENDS else LEAST
        draw_band(ax, path, max(row.n * scale, least), colour, head=row.direction != "end")
        if row.direction == "end":
            ax.plot([path[-1, 0]] * 2, path[-1, 1] + np.array([-0.07, 0.07]), color=INK, lw=1.8)
    _cards(ax, nodes, places)
    _heads(ax, shown)
    _numbers(ax, drawn, paths, room)
    ax.set_xlim(-PITCH / 2 - 0.1, PITCH * (len(shown) - 0.5) + 0.1)
    ax.set_ylim(-RISE * (rows - 0.4), RISE / 2 + 0.42)
    ax.axis("off")
    title = message(flow_findings(links), "title_flow_graph")
    titles(ax, title, _subtitle(links, nodes), word("note_flow_balance"))
    return ax


def _places(
    nodes: pd.DataFrame, links: pd.DataFrame, shown: list[str]
) -> dict[tuple[str, str], _Place]:
    """Each node in its stage's column, in the order in which customers take them."""
    columns = [_in_order(nodes[nodes.stage_id == stage], links) for stage in shown]
    tallest = max(map(len, columns))
    places = {}
    for number, (stage, column) in enumerate(zip(shown, columns)):
        first = (tallest - len(column)) // 2
        for row, touchpoint in enumerate(column, start=first):
            places[stage, touchpoint] = _Place(number * PITCH, -row * RISE, number, row)
    return places


def _in_order(column: pd.DataFrame, links: pd.DataFrame) -> list[str]:
    """A stage's nodes so that moves within it are short and run down; "others" last."""
    busiest = column.sort_values("inflow", ascending=False, kind="stable").touchpoint_id
    names = [name for name in busiest if name != OTHER]
    rest = [OTHER] if OTHER in set(busiest) else []
    if not 1 < len(names) <= SORTED:
        return names + rest
    known = (links.from_stage == column.stage_id.iloc[0]) & (links.direction == "within")
    counts = links[known].pivot_table(index="from_id", columns="to_id", values="n", aggfunc="sum")
    moves = counts.reindex(index=names, columns=names).fillna(0).to_numpy()
    orders = np.array(list(permutations(range(len(names)))))
    place = orders.argsort(axis=1)
    apart = place[:, None, :] - place[:, :, None]
    effort = np.where(apart > 0, apart - 1, -apart - 0.6)
    best = (moves * effort * (apart != 0)).sum(axis=(1, 2)).argmin()
    return [names[k] for k in orders[best]] + rest


def _box(place: _Place) -> Box:
    x, y = place.x, place.y
    return (x - WIDE / 2, y - TALL / 2, x + WIDE / 2, y + TALL / 2)


def _ends(row: Any, places: dict) -> tuple[_Place | None, _Place | None]:
    """The places a link joins; None where it starts or ends a journey."""
    return places.get((row.from_stage, row.from_id)), places.get((row.to_stage, row.to_id))


def _sides(a: _Place | None, b: _Place | None) -> tuple[str, str]:
    """The sides at which a link leaves one node and enters the other."""
    if a is None or b is None:
        return ("", "left") if a is None else ("right", "")
    if a.column != b.column:
        return ("right", "left") if a.column < b.column else ("left", "right")
    if abs(a.row - b.row) == 1:
        return ("bottom", "top") if a.row < b.row else ("top", "bottom")
    if a == b:
        return ("loop", "loop")
    return ("right", "right") if a.row < b.row else ("left", "left")


def _scale(drawn: pd.DataFrame, places: dict) -> float:
    """Inches per move, so that all that meets at a node's side fits its height."""
    sums: dict[tuple, float] = {}
    tops = [1.0]
    for row in drawn.itertuples():
        ends = _ends(row, places)
        for place, side in zip(ends, _sides(*ends)):
            if side in ("left", "right"):
                sums[place, side] = sums.get((place, side), 0) + row.n
            elif place is not None:
                tops.append(row.n * (1.6 if side == "loop" else 1.0))
    return min(TALL * 0.96 / max([1.0, *sums.values()]), 0.2 / max(tops))


def _paths(drawn: pd.DataFrame, places: dict, scale: float, rows: int) -> list[np.ndarray]:
    """Every link's path, from port to port, long ones through the lanes between the rows."""
    lanes = _lanes(drawn, places, scale, rows) | _tracks(drawn, places, scale)
    ports = _ports(drawn, places, scale, lanes)
    paths = []
    for number, row in enumerate(drawn.itertuples()):
        a, b = _ends(row, places)
        sides = _sides(a, b)
        out, into = ports.get((number, 0)), ports.get((number, 1))
        paths.append(_path(a, b, sides, out, into, lanes.get(number)))
    return paths


def _path(
    a: _Place | None,
    b: _Place | None,
    sides: tuple[str, str],
    out: Point | None,
    into: Point | None,
    lane: float | None,
) -> np.ndarray:
    """One link's path."""
    if a is None or b is None:
        ends = [(into[0] - STUB, into[1]), into] if a is None else [out, (out[0] + STUB, out[1])]
        return np.linspace(*ends, 12)
    if sides[0] == "loop":
        x, top = a.x, a.y + TALL / 2
        high = top + 0.19
        points = [(x + 0.44, top), (x + 0.44, high), (x + 0.14, high), (x + 0.14, top)]
        return bent(points, 0.13)
    if sides[0] in ("top", "bottom"):
        down = sides[0] == "bottom"
        x, half = a.x + (-0.12 if down else -0.36), TALL / 2 * (1 if down else -1)
        return np.linspace((x, a.y - half), (x, b.y + half), 12)
    leave = 1 if sides[0] == "right" else -1
    if a.column == b.column:
        reach = out[0] + leave * lane
        return bent([out, (reach, out[1]), (reach, into[1]), into], 0.12)
    if lane is None:
        return curve(out, into, leave=leave, enter=-leave)
    gap = leave * (PITCH - WIDE)
    first, last = (out[0] + gap, lane), (into[0] - gap, lane)
    return np.vstack(
        [curve(out, first, leave=leave, enter=-leave), curve(last, into, leave=leave, enter=-leave)]
    )


def _lanes(drawn: pd.DataFrame, places: dict, scale: float, rows: int) -> dict[int, float]:
    """The height at which each link that passes a whole column runs: between two rows."""
    used = np.zeros(rows + 1)
    lanes = {}
    for number, row in enumerate(drawn.itertuples()):
        a, b = _ends(row, places)
        if a is None or b is None or abs(a.column - b.column) < 2:
            continue
        height = RISE / 2 - RISE * np.arange(rows + 1)
        best = int(np.argmin(np.abs(height - (a.y + b.y) / 2) + 3 * used))
        width = max(row.n * scale, LEAST) + 0.03
        lanes[number] = height[best] + 0.14 - used[best] % 0.3 - width / 2
        used[best] += width
    return lanes


def _tracks(drawn: pd.DataFrame, places: dict, scale: float) -> dict[int, float]:
    """How far from their column the links run that pass a box of it: short ones nearest."""
    used: dict[tuple[int, str], float] = {}
    found = {}
    for number, row in enumerate(drawn.itertuples()):
        a, b = _ends(row, places)
        if a and b and a.column == b.column and abs(a.row - b.row) > 1:
            found[number] = (abs(a.row - b.row), a.column, _sides(a, b)[0], row.n * scale)
    tracks = {}
    for number, (_, column, side, width) in sorted(found.items(), key=lambda item: item[1]):
        before = used.get((column, side), 0.14)
        tracks[number] = min(before + width / 2, 0.45)
        used[column, side] = before + width + 0.025
    return tracks


def _ports(
    drawn: pd.DataFrame, places: dict, scale: float, lanes: dict[int, float]
) -> dict[tuple[int, int], Point]:
    """Where each link meets the sides of its nodes: stacked, in the order of where they go."""
    stacks: dict[tuple[_Place, str], list[tuple[float, int, int, float]]] = {}
    for number, row in enumerate(drawn.itertuples()):
        ends = _ends(row, places)
        for end, (place, side) in enumerate(zip(ends, _sides(*ends))):
            if place is None or side not in ("left", "right"):
                continue
            other = ends[1 - end]
            toward = (99.0 if end else -99.0) if other is None else other.y
            if other is not None and other.column != place.column:
                toward = lanes.get(number, toward)
            stacks.setdefault((place, side), []).append((-toward, number, end, row.n * scale))
    ports = {}
    for (place, side), stack in stacks.items():
        at = place.y + sum(width for *_, width in stack) / 2
        x = place.x + (WIDE / 2 if side == "right" else -WIDE / 2)
        for _, number, end, width in sorted(stack):
            ports[number, end] = (x, at - width / 2)
            at -= width
    return ports


def _cards(ax: Axes, nodes: pd.DataFrame, places: dict) -> None:
    """The nodes: name and visits."""
    for node in nodes.itertuples():
        place = places.get((node.stage_id, node.touchpoint_id))
        if place is None:
            continue
        left, low, *_ = _box(place)
        other = node.touchpoint_id == OTHER
        box = FancyBboxPatch(
            (left, low), WIDE, TALL, boxstyle="round,pad=0,rounding_size=0.05", lw=0.9,
            facecolor="#F4F6F8" if other else "white", edgecolor=GREY, zorder=3,
            ls="--" if other else "-",
        )  # fmt: skip
        ax.add_patch(box)
        name = name_of("touchpoint_id", node.touchpoint_id)
        if other:
            name = word("flow_other", k=number_text("n", node.size))
        visits = number_text("n", node.inflow)
        ax.text(
            place.x, place.y, f"{_short(name, 16)}\n{visits}", ha="center", va="center", size=8,
            linespacing=1.1, zorder=4,
        )  # fmt: skip


def _short(name: str, width: int) -> str:
    """A name in two lines at most."""
    lines = wrap(name, width).split("\n")
    return "\n".join(lines) if len(lines) <= 2 else f"{lines[0]}\n{lines[1][:-1]}…"


def _heads(ax: Axes, shown: list[str]) -> None:
    """The stages' names above their columns."""
    for number, stage in enumerate(shown):
        ax.text(
            number * PITCH, RISE / 2 + 0.38, _short(name_of("stage_id", stage), 22), ha="center",
            va="top", size=9, weight="bold", color=INK, linespacing=1.1,
        )  # fmt: skip


def _numbers(ax: Axes, drawn: pd.DataFrame, paths: list[np.ndarray], room: Room) -> None:
    """The counts of starts and ends, then of the most frequent links that leave room."""
    least = 0.004 * drawn[drawn.direction == "start"].n.sum()
    order = np.argsort(~drawn.direction.isin(ENDS).to_numpy(), kind="stable")
    for number in order:
        row, path = drawn.iloc[number], paths[number]
        if row.n < least:
            continue
        if row.direction in ENDS:
            tip = path[0] if row.direction == "start" else path[-1]
            spots = [tip + np.array(d) for d in ((0, -0.15), (0, 0.15), (0.1, -0.15), (0, -0.3))]
        else:
            spots = [path[int(t * (len(path) - 1))] for t in (0.5, 0.4, 0.6, 0.3, 0.7)]
        tint = GOOD if row.direction == "start" else INK
        room.put(ax, number_text("n", row.n), [(float(x), float(y)) for x, y in spots], tint)


def _subtitle(links: pd.DataFrame, nodes: pd.DataFrame) -> str:
    """What is shown, and what is folded away with its share."""
    inner = links[~links.direction.isin(ENDS)]
    rare = inner[~inner.drawn]
    text = word(
        "subtitle_flow_graph",
        n=number_text("n", inner.n.sum()),
        journeys=number_text("n", nodes.starts.sum()),
    )
    if len(rare):
        text += rare_text(rare, inner)
    folded = int(nodes[nodes.touchpoint_id == OTHER]["size"].sum())
    return text + (word("flow_folded", k=number_text("n", folded)) if folded else "")
