"""Moves between touchpoints as a graph and as a Sankey diagram, stages from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path

from keytouch.engine import Missing
from keytouch.fitting import fit_lines, text_inches
from keytouch.folded_flows import Flows
from keytouch.labels import name_of
from keytouch.map_cells import tint_of
from keytouch.style import GREY, INK, KEY, PAIN, PALE, canvas, titles
from keytouch.words import word

WIDTH, COLUMN, GAP = 14.0, 1.15, 0.16
HEAD, TEXT = 0.5, 8.0
TALL = 6.6
WAYS = {"forward": KEY, "within": "#56B4E9", "back": PAIN, "loop": PAIN, "unplaced": GREY}


@dataclass(frozen=True)
class Spot:
    """Where a touchpoint stands: left, top, height, and the column's width."""

    x: float
    y: float
    high: float
    wide: float
    place: int


def plot_transition_graph(flows: Flows | Missing, ax: Axes | None = None) -> Axes | None:
    """Touchpoints by stage and the moves between them, lines as wide as the moves are many.

    Moves back to an earlier stage, and loops at a touchpoint, are drawn in another colour and
    below the boxes that they leave; rare moves are folded and counted.
    """
    if isinstance(flows, Missing):
        return None
    ax, spots = _board(ax, flows, even=True)
    top = float(flows.links.n.max())
    for row in flows.links[::-1].itertuples():
        look = {"color": WAYS[row.way], "alpha": 0.55, "lw": 0.6 + 6.5 * row.n / top, "zorder": 1}
        if row.way == "loop":
            _ring(ax, spots[row.from_id], row.n, look)
        else:
            _arrow(ax, spots[row.from_id], spots[row.to_id], row.way, look)
    for row in flows.nodes.itertuples():
        _box(ax, spots[row.touchpoint_id], row.touchpoint_id, row.n)
    _say(ax, flows, "title_graph", "subtitle_graph")
    return ax


def plot_sankey(flows: Flows | Missing, ax: Axes | None = None) -> Axes | None:
    """Where journeys flow, to scale: at each touchpoint what comes in goes out or ends.

    A bar's left edge is what comes in (starts hatched on top, rare moves pale), its right edge
    what goes out (ends hatched at the bottom); both are equally long.
    """
    if isinstance(flows, Missing):
        return None
    ax, spots = _board(ax, flows, even=False)
    unit = _scale(flows)
    left = {row.touchpoint_id: spots[row.touchpoint_id].y + row.starts * unit
            for row in flows.nodes.itertuples()}  # fmt: skip
    right = {name: spot.y for name, spot in spots.items()}
    height = {name: spot.y for name, spot in spots.items()}
    links = flows.links.assign(
        _from=flows.links.from_id.map(height), _to=flows.links.to_id.map(height)
    )
    ends: dict[int, list[float]] = {}
    for place, row in links.sort_values(["from_id", "_to"]).iterrows():
        ends[place] = [right[row.from_id]]
        right[row.from_id] += row.n * unit
    for place, row in links.sort_values(["to_id", "_from"]).iterrows():
        ends[place].append(left[row.to_id])
        left[row.to_id] += row.n * unit
    for place, row in links.iterrows():
        a, b = spots[row.from_id], spots[row.to_id]
        if row.way == "loop":
            _repeat(ax, a, ends[place], row.n, unit)
            continue
        _ribbon(ax, a.x + BAR, ends[place][0], b.x, ends[place][1], row.n * unit, WAYS[row.way])
    for row in flows.nodes.itertuples():
        _bar(ax, row, spots[row.touchpoint_id], unit)
    _say(ax, flows, "title_sankey", "subtitle_sankey")
    return ax


BAR = 0.13


def _columns(flows: Flows) -> dict[int, list[str]]:
    """The touchpoints of each column; a column for those of no stage comes last."""
    known = flows.nodes.groupby("place").touchpoint_id.agg(list).to_dict()
    return {place: known[place] for place in sorted(known)}


def _scale(flows: Flows) -> float:
    """Inches of one move, so that the fullest column fits; thin bars are counted at their name."""
    columns = flows.nodes.groupby("place")
    room = TALL - columns.size() * 0.34
    return float((room / columns.n.sum()).min())


def _board(ax: Axes | None, flows: Flows, *, even: bool) -> tuple[Axes, dict[str, Spot]]:
    """The stages' heads and the place of every touchpoint."""
    columns = _columns(flows)
    tall = min(TALL, 0.95 * max(map(len, columns.values()))) if even else TALL
    ax = canvas(ax, height=tall + HEAD + 0.4, width=WIDTH)
    step = WIDTH / len(columns)
    wide = min(COLUMN, step * 0.62)
    unit, sizes = _scale(flows), flows.nodes.set_index("touchpoint_id")["n"]
    spots: dict[str, Spot] = {}
    for number, (place, names) in enumerate(columns.items()):
        x = number * step + 0.15
        stage = flows.nodes[flows.nodes.place == place].stage_id.iloc[0]
        title = name_of("stage_id", stage) if stage else word("level_other")
        head = "\n".join(fit_lines(title, step - 0.3, 10.5, lines=2, bold=True))
        ax.text(x, HEAD - 0.12, head, va="bottom", size=10.5, weight="bold", linespacing=1.1)
        ax.plot([x, x + step - 0.35], [HEAD - 0.06] * 2, color=tint_of(place), lw=3)
        highs = [0.42] * len(names) if even else [max(sizes[name] * unit, 0.02) for name in names]
        free = (tall - sum(highs)) / len(names)
        gap = min(free, 0.9) if even else max(free, 0.3)
        # Later touchpoints of a stage stand further right, so that moves within it go forward.
        shift = 0.0 if even else (step - 1.0) / max(len(names), 2)
        y = HEAD + 0.2 + (0 if even else 0.18)
        for rank, (name, high) in enumerate(zip(names, highs)):
            spots[name] = Spot(x + rank * shift, y, high, wide, place)
            y += high + gap
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(max([tall + HEAD + 0.4, *(s.y + s.high + 0.1 for s in spots.values())]), 0)
    ax.axis("off")
    return ax, spots


def _box(ax: Axes, spot: Spot, name: str, n: int) -> None:
    ax.add_patch(
        FancyBboxPatch(
            (spot.x, spot.y), spot.wide, spot.high, boxstyle="round,pad=0,rounding_size=0.06",
            facecolor="white", edgecolor=tint_of(spot.place), lw=1.2, zorder=3,
        )
    )  # fmt: skip
    lines = fit_lines(name_of("touchpoint_id", name), spot.wide - 0.08, TEXT, lines=2)
    text = "\n".join([*lines, f"{n:,}"])
    ax.text(
        spot.x + spot.wide / 2, spot.y + spot.high / 2, text, ha="center", va="center", size=TEXT,
        linespacing=1.0, zorder=4,
    )  # fmt: skip


def _arrow(ax: Axes, a: Spot, b: Spot, way: str, look: dict[str, Any]) -> None:
    """A move: rightwards from side to side; backwards and within a stage around the boxes."""
    if way == "forward" or way == "unplaced" and b.x > a.x:
        start, end = (a.x + a.wide, a.y + a.high / 2), (b.x, b.y + b.high / 2)
        bend = (end[0] - start[0]) / 2
        middle = [(start[0] + bend, start[1]), (end[0] - bend, end[1])]
    elif b.x < a.x:
        start, end = (a.x, a.y + a.high * 0.75), (b.x + b.wide, b.y + b.high * 0.75)
        bend = (start[0] - end[0]) / 2
        middle = [(start[0] - bend, start[1] + 0.3), (end[0] + bend, end[1] + 0.3)]
    else:
        start, end = (a.x + a.wide, a.y + a.high * 0.7), (b.x + b.wide, b.y + b.high * 0.3)
        out = 0.16 + 0.1 * abs(a.y - b.y)
        middle = [(start[0] + out, start[1]), (end[0] + out, end[1])]
    path = Path([start, *middle, end], [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    head = 4 + look["lw"]
    ax.add_patch(
        FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=head, shrinkA=0, **look)
    )


def _ring(ax: Axes, spot: Spot, n: int, look: dict[str, Any]) -> None:
    """A loop at the foot of a box, with its count."""
    x, y, size = spot.x + 0.12, spot.y + spot.high, 0.11
    path = Path(
        [(x, y), (x - 0.04, y + size * 1.6), (x + 0.34, y + size * 1.6), (x + 0.3, y)],
        [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4],
    )
    slim = look | {"lw": min(look["lw"], 3.0)}
    ax.add_patch(FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=6, shrinkB=0, **slim))
    ax.text(x + 0.4, y + 0.1, f"↻ {n:,}", size=TEXT, va="center", color=PAIN, zorder=5)


def _ribbon(
    ax: Axes, x0: float, y0: float, x1: float, y1: float, high: float, tint: str
) -> None:  # fmt: skip
    """A band from the right edge of one bar to the left edge of another."""
    bend = (x1 - x0) / 2 if x1 > x0 else 0.3
    points = [
        (x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1), (x1, y1 + high),
        (x1 - bend, y1 + high), (x0 + bend, y0 + high), (x0, y0 + high), (x0, y0),
    ]  # fmt: skip
    curve = [Path.CURVE4] * 3
    codes = [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY]
    ax.add_patch(PathPatch(Path(points, codes), facecolor=tint, alpha=0.28, lw=0, zorder=1))


def _repeat(ax: Axes, spot: Spot, ends: list[float], n: int, unit: float) -> None:
    """A loop at a bar: what goes out at the right comes in again at the left, with its count."""
    for x, y in ((spot.x + BAR, ends[0]), (spot.x - 0.07, ends[1])):
        ax.add_patch(Rectangle((x, y), 0.07, n * unit, facecolor=PAIN, alpha=0.75, lw=0, zorder=4))
    y = ends[0] + n * unit / 2
    ax.text(
        spot.x + BAR + 0.1, y, f"↻ {n:,}", size=TEXT, va="center", color=PAIN, zorder=5,
        bbox={"facecolor": "white", "alpha": 0.75, "lw": 0, "pad": 0.4},
    )  # fmt: skip


def _bar(ax: Axes, row: Any, spot: Spot, unit: float) -> None:
    """A touchpoint's bar: what comes in at the left, what goes out at the right, name above."""
    tint = tint_of(spot.place)
    ax.add_patch(Rectangle((spot.x, spot.y), BAR, spot.high, color=tint, lw=0, zorder=3))
    stubs = [
        (spot.x - 0.07, spot.y, row.starts, "////", PALE),
        (spot.x - 0.07, spot.y + (row.starts + row.entering) * unit, row.rare_in, "", PALE),
        (spot.x + BAR, spot.y + row.leaving * unit, row.rare_out, "", PALE),
        (spot.x + BAR, spot.y + (row.leaving + row.rare_out) * unit, row.ends, "////", GREY),
    ]
    for x, y, n, hatch, edge in stubs:
        if n:
            look = {
                "facecolor": "white" if hatch else PALE,
                "edgecolor": edge,
                "hatch": hatch or None,
            }
            ax.add_patch(Rectangle((x, y), 0.07, n * unit, lw=0.4, zorder=2, **look))
    tail = f" {row.n:,}"
    if row.ends:
        tail += word("sankey_ends", rate=f"{100 * row.ends / row.n:.0f}%")
    room = min(spot.wide * 1.5, WIDTH - spot.x) - text_inches(tail, TEXT)
    line = fit_lines(name_of("touchpoint_id", row.touchpoint_id), room, TEXT, lines=1)[0] + tail
    ax.text(
        spot.x, spot.y - 0.03, line, size=TEXT, va="bottom", color=INK, zorder=5,
        bbox={"facecolor": "white", "alpha": 0.75, "lw": 0, "pad": 0.4},
    )  # fmt: skip


def _say(ax: Axes, flows: Flows, title: str, subtitle: str) -> None:
    """The most frequent move as title; what was folded, and the text alternative."""
    first = flows.links.iloc[0]
    names = {"source": name_of("from_id", first.from_id), "target": name_of("to_id", first.to_id)}
    share = f"{100 * first.n / flows.moves:.0f}%"
    back = flows.links[flows.links.way.isin(["back", "loop"])].n.sum()
    values = {"moves": f"{flows.moves:,}", "back": f"{100 * back / flows.moves:.0f}%"}
    text = word(subtitle, **values)
    if flows.rare_links:
        rate = f"{100 * flows.rare_moves / flows.moves:.1f}%"
        text += word("flow_rare", links=f"{flows.rare_links:,}", rate=rate)
    titles(ax, word(title, share=share, **names), text, word("note_flow"))
    nodes = flows.nodes.sort_values("n", ascending=False, kind="stable")
    told = [
        word("alt_node", name=name_of("touchpoint_id", row.touchpoint_id), n=f"{row.n:,}",
             ends=f"{row.ends:,}")
        for row in nodes.itertuples()
    ]  # fmt: skip
    ax.figure.set_label(f"{ax.figure.get_label()}. {' '.join(told)}")
