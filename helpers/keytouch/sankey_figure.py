"""The picture of how journeys pass from stage to stage, returns below and skips above."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from keytouch.colours import GOOD, GREY, INK, KEY, PAIN
from keytouch.drawing import message, skips_missing
from keytouch.flow_conclusions import ENDS, rare_text, stage_flow_findings
from keytouch.flow_graph import UNSTAGED, flow_balance
from keytouch.labels import name_of, number_text
from keytouch.ribbons import LINE_HEIGHT, Room, bent, curve, draw_band, upright
from keytouch.style import canvas, titles, wrap
from keytouch.words import word

PITCH, BAR = 1.62, 0.2
TALL, STUB = 1.7, 0.26
BANDS, RARE = 30, 0.003
ORDER = {"over": 0, "start": 1, "on": 1, "end": 2, "under": 3}
TINTS = {"over": "#56B4E9", "start": GOOD, "on": KEY, "end": GREY, "under": PAIN}
Ports = dict[tuple[int, str], float]


@skips_missing
def plot_sankey(flows: pd.DataFrame, ax: Axes | None = None, *, stages: list[str]) -> Axes | None:
    """The flow between stages: onward, past a stage (above), back (below), and the ends.

    A bar's height is what comes into the stage, its bands in and out have just that height
    together; the rarest bands are left out and counted.
    """
    nodes = flow_balance(flows).set_index("stage_id")
    shown = [stage for stage in [*stages, UNSTAGED] if stage in nodes.index]
    bands = flows[flows.direction != "within"].sort_values("n", ascending=False, kind="stable")
    bound = ~bands.direction.isin(ENDS)
    drawn = ~bound | (bands.n >= RARE * bands.n[bound].sum()) & (bound.cumsum() <= BANDS)
    kept = _routes(bands[drawn], shown)
    scale = TALL / nodes.inflow.max()
    ports = _ports(kept, nodes, shown, scale)
    lanes, top, low = _lanes(kept, scale)
    ax = canvas(ax, height=top - low + 0.7, width=max(8.0, PITCH * len(shown) + 0.4))
    _draw(ax, kept, ports, lanes, scale)
    for place, stage in enumerate(shown):
        _bar(ax, place, stage, int(nodes.inflow[stage]), scale, top)
    _labels(ax, kept, ports, lanes, scale)
    ax.set_xlim(-0.95, PITCH * (len(shown) - 1) + 0.95)
    ax.set_ylim(low - 0.05, top + 0.65)
    ax.axis("off")
    title = message(stage_flow_findings(flows), "title_sankey")
    titles(ax, title, _subtitle(bands, drawn, nodes), word("note_sankey"))
    return ax


def _routes(bands: pd.DataFrame, shown: list[str]) -> pd.DataFrame:
    """The bands with the columns they join and the way they take."""
    places = {stage: place for place, stage in enumerate(shown)}
    a, b = bands.from_stage.map(places), bands.to_stage.map(places)
    rules = [bands.direction == "start", bands.direction == "end", b < a, b == a + 1]
    way = np.select(rules, ["start", "end", "under", "on"], "over")
    return bands.assign(a=a, b=b, way=way).reset_index(drop=True)


def _ports(kept: pd.DataFrame, nodes: pd.DataFrame, shown: list[str], scale: float) -> Ports:
    """The middle of each band where it leaves (out) and enters (in) a bar; tops are at 0."""
    ports: Ports = {}
    for side, own, other in (("out", "a", "b"), ("in", "b", "a")):
        for _, rows in kept[kept[own].notna()].groupby(own):
            far = (rows[own] - rows[other]).abs().fillna(0)
            # Long skips outermost, long returns outermost towards the inside of the stack.
            turn = np.where(rows.way == "over", -far, np.where(rows.way == "under", -far, 0))
            order = rows.assign(order=rows.way.map(ORDER), turn=turn)
            at = 0.0
            for number, row in order.sort_values(["order", "turn", "way"]).iterrows():
                ports[number, side] = at - row.n * scale / 2
                at -= row.n * scale
    return ports


def _lanes(kept: pd.DataFrame, scale: float) -> tuple[dict[int, float], float, float]:
    """The height at which bands pass above and below the bars, short ones nearest."""
    lanes: dict[int, float] = {}
    edges = {"over": 0.12, "under": -TALL - 0.22}
    for way, sign in (("over", 1), ("under", -1)):
        rows = kept[kept.way == way]
        taken: list[tuple[float, float, float]] = []
        for number in (rows.a - rows.b).abs().sort_values(kind="stable").index:
            row = rows.loc[number]
            left, right = sorted((row.a, row.b))
            width = row.n * scale + (0.06 if way == "over" else 0.18)
            near = max([abs(edges[way]), *(far for low, high, far in taken
                                           if low <= right and left <= high)])  # fmt: skip
            taken.append((left, right, near + width))
            lanes[number] = sign * (near + width / 2)
        edges[way] = sign * max([abs(edges[way]), *(far for *_, far in taken)])
    return lanes, edges["over"], edges["under"]


def _draw(ax: Axes, kept: pd.DataFrame, ports: Ports, lanes: dict, scale: float) -> None:
    """All bands, widest first."""
    turns = _turns(kept, scale)
    for row in kept.itertuples():
        width, tint = max(row.n * scale, 0.005), TINTS[row.way]
        if row.way in ENDS:
            start = row.way == "start"
            x, y = _edge(row, start), ports[row.Index, "in" if start else "out"]
            ends = [(x - STUB, y), (x, y)] if start else [(x, y), (x + STUB, y)]
            shape = upright(np.linspace(*ends, 3), width)
        elif row.way == "under":
            path = _return(row, ports, lanes[row.Index], turns)
            draw_band(ax, path, width, tint, head=False, alpha=0.45)
            continue
        else:
            shape = upright(_onward(row, ports, lanes.get(row.Index)), width)
        ax.add_patch(Polygon(shape, facecolor=tint, alpha=0.42, lw=0, zorder=2))


def _edge(row: Any, entering: bool) -> float:
    """The x of a bar's side where a band enters or leaves."""
    return PITCH * row.b - BAR / 2 if entering else PITCH * row.a + BAR / 2


def _onward(row: Any, ports: Ports, lane: float | None) -> np.ndarray:
    """The path of a band to a later stage, above the bars between where there are any."""
    out = (_edge(row, False), ports[row.Index, "out"])
    into = (_edge(row, True), ports[row.Index, "in"])
    if lane is None:
        return curve(out, into)
    gap = 0.72 * (PITCH - BAR)
    return np.vstack([curve(out, (out[0] + gap, lane)), curve((into[0] - gap, lane), into)])


def _turns(kept: pd.DataFrame, scale: float) -> dict[tuple[int, str], float]:
    """How far from a bar each returning band turns: nested, so that none crosses another."""
    turns = {}
    under = kept[kept.way == "under"]
    for side, own in (("out", "a"), ("in", "b")):
        for _, rows in under.groupby(own):
            at = 0.07
            for number in (rows.a - rows.b).sort_values(kind="stable").index:
                width = rows.n[number] * scale
                turns[number, side] = at + width / 2
                at += width + 0.05
    return turns


def _return(row: Any, ports: Ports, lane: float, turns: dict) -> np.ndarray:
    """The path of a band back to an earlier stage, below the bars."""
    x, back = _edge(row, False), _edge(row, True)
    y, end = ports[row.Index, "out"], ports[row.Index, "in"]
    right, left = x + turns[row.Index, "out"], back - turns[row.Index, "in"]
    corners = [(x, y), (right, y), (right, lane), (left, lane), (left, end), (back, end)]
    return bent(corners, 10)


def _bar(ax: Axes, place: int, stage: str, n: int, scale: float, top: float) -> None:
    """A stage's bar with its name and what comes in."""
    x = place * PITCH
    bar = Rectangle((x - BAR / 2, -n * scale), BAR, n * scale, facecolor=INK, lw=0, zorder=3)
    ax.add_patch(bar)
    ax.plot([x, x], [0.02, top + 0.06], color=GREY, lw=0.6, ls=(0, (2, 3)), zorder=1)
    name = "\n".join(wrap(name_of("stage_id", stage), 22).split("\n")[:2])
    ax.text(
        x, top + 0.08, f"{name}\n{number_text('n', n)}", ha="center", va="bottom", size=9,
        linespacing=1.15,
    )  # fmt: skip


def _labels(ax: Axes, kept: pd.DataFrame, ports: Ports, lanes: dict, scale: float) -> None:
    """The counts, where they find room; those of starts and ends first."""
    last = int(max(kept.a.max(), kept.b.max()))
    bars = [(k * PITCH - BAR / 2, -TALL, k * PITCH + BAR / 2, 0.0) for k in range(last + 1)]
    room = Room(bars)
    least = 0.5 * kept[kept.way == "start"].n.sum() * RARE
    for row in kept.sort_values("way", key=lambda way: ~way.isin(ENDS), kind="stable").itertuples():
        if row.n < least * (4 if row.way in ENDS else 1):
            continue
        text = ("← " if row.way == "under" else "") + number_text("n", row.n)
        if row.way in ENDS:
            start = row.way == "start"
            y = ports[row.Index, "in" if start else "out"]
            x = _edge(row, start) + (-STUB - 0.34 if start else STUB + 0.4)
            text = word(f"flow_{row.way}", n=text)
            spots = [(x, y), (x, y - LINE_HEIGHT), (x, y + LINE_HEIGHT)]
        elif row.Index in lanes:
            middle = PITCH * (row.a + row.b) / 2
            spots = [(middle + shift, lanes[row.Index]) for shift in (0, 0.35, -0.35, 0.7, -0.7)]
        else:
            path = _onward(row, ports, None)
            spots = [tuple(path[k]) for k in (16, 12, 20, 8, 24)]
        room.put(ax, text, spots, INK)


def _subtitle(bands: pd.DataFrame, drawn: pd.Series, nodes: pd.DataFrame) -> str:
    bound = bands[~bands.direction.isin(ENDS)]
    rare = bound[~drawn[bound.index]]
    n, journeys = number_text("n", bound.n.sum()), number_text("n", nodes.starts.sum())
    text = word("subtitle_sankey", n=n, journeys=journeys)
    return text + (rare_text(rare, bound) if len(rare) else "")
