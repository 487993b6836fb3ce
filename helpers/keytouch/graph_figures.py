"""The moves between touchpoints as a picture: stages from left to right, widths to scale."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Arc, FancyArrowPatch, FancyBboxPatch

from keytouch.drawing import message
from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.flow_folding import OTHER, FlowGraph
from keytouch.labels import name_of, number_text
from keytouch.style import GREY, INK, KEY, PAIN, PALE, titles, wrap
from keytouch.words import word

COLUMN, ROW = 1.62, 0.92
BOX = (1.08, 0.56)
WIDEST = 9.0
TINTS = {"onward": KEY, "within": GREY, "back": PAIN}


def flow_findings(graph: FlowGraph | Missing) -> list[Finding]:
    """How much of the way is detour: moves back to an earlier stage, and repeats."""
    if isinstance(graph, Missing) or not graph.moves:
        return []
    rows = graph.ways.set_index("way")
    keys = (("back", "finding_moves_back"), ("repeat", "finding_moves_repeat"))
    return [
        one(rows.loc[way], key, "move_rate", rank=7.2 + place / 10)
        for place, (way, key) in enumerate(keys)
        if rows.loc[way].moves
    ]


def plot_flow_graph(graph: FlowGraph | Missing, ax: Axes | None = None) -> Axes | None:
    """Touchpoints in columns by stage, the moves between them, where journeys start and end.

    Blue goes onward, grey stays in the stage, orange goes back; a ring is a repeat of the same
    touchpoint. Widths are to scale; what is not drawn is counted in the subtitle.
    """
    if isinstance(graph, Missing) or graph.nodes.empty:
        return None
    nodes = _placed(graph.nodes)
    columns, rows = int(nodes.x.max()) + 1, nodes.groupby("x").size().max()
    if ax is None:
        size = (max(8.0, COLUMN * columns + 0.3), ROW * rows + 0.6)
        ax = plt.subplots(figsize=size, layout="constrained")[1]
    ax.set_xlim(-0.5 * COLUMN, (columns - 0.5) * COLUMN)
    ax.set_ylim(ROW * (rows - 0.35), -0.95)
    ax.axis("off")
    at = {row.node: (COLUMN * row.x, ROW * row.y) for row in nodes.itertuples()}
    _links(ax, graph.links, at)
    most = max(float(graph.links.n.max()) if len(graph.links) else 0, float(nodes.repeats.max()), 1)
    for row in nodes.itertuples():
        _node(ax, row, at[row.node], most)
    for stage, part in nodes.groupby("x"):
        name = part.stage_id.iloc[0]
        text = name_of("stage_id", name) if name else word("no_stage")
        ax.text(COLUMN * stage, -0.72, wrap(text, 14), ha="center", va="center", size=10.5,
                weight="bold", color=INK)  # fmt: skip
    titles(ax, message(flow_findings(graph), "title_flow_graph"), _subtitle(graph),
           word("note_flow_graph"))  # fmt: skip
    return ax


def _placed(nodes: pd.DataFrame) -> pd.DataFrame:
    """The nodes with their column `x` (empty stages closed up) and row `y`, columns centred."""
    found = sorted(nodes.place.unique())
    table = nodes.assign(x=nodes.place.map({place: x for x, place in enumerate(found)}))
    size = table.groupby("x")["node"].transform("size")
    return table.assign(y=table.groupby("x").cumcount() + (size.max() - size) / 2)


def _subtitle(graph: FlowGraph) -> str:
    text = word("subtitle_flow_graph", n=f"{graph.moves:,.0f}")
    if graph.rare_links:
        share = number_text("move_rate", graph.rare_moves / graph.moves)
        text += word("flow_rare", links=f"{graph.rare_links:,}", share=share)
    return text


def _links(ax: Axes, links: pd.DataFrame, at: dict[str, tuple[float, float]]) -> None:
    """Every link as a curve: onward above, back below, within a stage to the side."""
    most = float(links.n.max()) if len(links) else 1.0
    for row in links[::-1].itertuples():
        (x0, y0), (x1, y1) = at[row.source], at[row.target]
        half = BOX[0] / 2
        if row.way == "within":
            start, end, bend = (x0 + half, y0), (x1 + half, y1), -0.45 if y1 > y0 else 0.45
        elif x1 > x0:
            start, end, bend = (
                (x0 + half, y0),
                (x1 - half, y1),
                0.0 if x1 - x0 < 1.2 * COLUMN else 0.12,
            )
        else:
            start, end, bend = (x0 - half, y0 + 0.1), (x1 + half, y1 + 0.1), 0.18
        width = max(WIDEST * row.n / most, 0.4)
        ax.add_patch(
            FancyArrowPatch(
                start, end, connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>",
                mutation_scale=5 + width, lw=width, color=TINTS[row.way],
                alpha=0.35 if row.way != "back" else 0.6, shrinkA=0, shrinkB=0, zorder=1,
            )
        )  # fmt: skip


def _node(ax: Axes, row: Any, place: tuple[float, float], most: float) -> None:
    """One box: its name, how many come in, and what starts, repeats and ends there."""
    x, y = place
    wide, high = BOX
    other = row.touchpoint_id == OTHER
    name = (
        word("other_touchpoints", n=row.folded)
        if other
        else name_of("touchpoint_id", row.touchpoint_id)
    )
    ax.add_patch(
        FancyBboxPatch(
            (x - wide / 2, y - high / 2), wide, high, boxstyle="round,pad=0,rounding_size=0.06",
            fc="white", ec=PALE if other else GREY, lw=1.0, zorder=3,
        )
    )  # fmt: skip
    lines = wrap(name, 16).split("\n")
    text = "\n".join(lines[:2]) + ("…" if len(lines) > 2 else "")
    inside = row.starts + row.inflow
    ax.text(x, y - 0.09, text, ha="center", va="center", size=8.5, color=INK, linespacing=1.05,
            zorder=4)  # fmt: skip
    ax.text(x, y + 0.17, f"{inside:,.0f}", ha="center", va="center", size=8, color=GREY, zorder=4)
    facts = [("→", row.starts), ("■", row.ends)]
    told = "  ".join(f"{sign} {count:,.0f}" for sign, count in facts if count)
    ax.text(x, y + high / 2 + 0.09, told, ha="center", va="center", size=8, color=GREY, zorder=4)
    if row.repeats:
        width = max(WIDEST * row.repeats / most, 0.6)
        ax.add_patch(
            Arc(
                (x + wide / 2 - 0.06, y - high / 2),
                0.3,
                0.26,
                theta1=150,
                theta2=70,
                color=PAIN,
                lw=np.clip(width, 0.6, 4),
                alpha=0.7,
                zorder=2,
            )  # fmt: skip
        )
