"""The service blueprint as a picture: five layers, three lines, and what is tied to what."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from keytouch import map_cells as cells
from keytouch.colours import BACK_CARD, GREY, INK, KEY, KEY_CARD, PAIN, PALE
from keytouch.engine import Missing
from keytouch.fitting import fit_lines
from keytouch.labels import cell_text, interval_text, name_of
from keytouch.lanes import JourneyMap
from keytouch.map_layout import LEFT, UNIT, Layout, lay_out
from keytouch.style import titles
from keytouch.words import word

ROOM, LINE_ROOM = 0.1, 0.34
LAYERS = {
    "stage": 0.88,
    "evidence": 0.62,
    "action": 0.66,
    "front": 1.3,
    "back": 1.15,
    "support": 0.95,
}
LINES = {"front": "line_of_interaction", "back": "line_of_visibility", "support": "line_internal"}


def plot_service_blueprint(
    journey: JourneyMap | Missing,
    times: pd.DataFrame | Missing | None = None,
    ax: Axes | None = None,
) -> Axes | None:
    """Draw what customers see and do, front stage, back stage and support, tied by lines.

    `times` (of `promised_times`) adds what was promised and what it took. A back-stage touchpoint
    that supports another back-stage one, or none, stands under support. Physical touchpoints
    are square, digital ones round; those without data are hatched. Folds as the map does.
    """
    if isinstance(journey, Missing):
        return None
    place, known = lay_out(journey), {}
    if times is not None and not isinstance(times, Missing):
        known = {row.touchpoint_id: row for row in times.itertuples()}
    tops, y = {}, 0.0
    for layer, high in LAYERS.items():
        y += LINE_ROOM if layer in LINES else 0
        tops[layer] = y
        y += high + ROOM
    if ax is None:
        figure = plt.figure(figsize=(place.right + 0.1, y), layout="constrained")
        ax = figure.add_subplot()
    ax.set_xlim(0, place.right + 0.1)
    ax.set_ylim(y, 0)
    ax.axis("off")
    _lines(ax, place, tops)
    _upper(ax, journey, place, tops)
    _boxes(ax, place, tops, known)
    _say(ax, journey, place)
    return ax


def _lines(ax: Axes, place: Layout, tops: dict[str, float]) -> None:
    for layer, top in tops.items():
        text = "\n".join(fit_lines(word(f"layer_{layer}"), LEFT - 0.1, cells.NAME, bold=True))
        ax.text(0.02, top + LAYERS[layer] / 2, text, va="center", size=cells.NAME, color=GREY,
                weight="bold")  # fmt: skip
    for layer, key in LINES.items():
        y = tops[layer] - 0.13
        ax.plot([LEFT, place.right], [y, y], color=INK, lw=1, ls=(0, (6, 4)), zorder=1)
        ax.text(place.right, y - 0.02, word(key), ha="right", va="bottom", size=8, color=GREY,
                bbox={"facecolor": "white", "lw": 0, "pad": 0.5}, zorder=2)  # fmt: skip


def _upper(ax: Axes, journey: JourneyMap, place: Layout, tops: dict[str, float]) -> None:
    """The stages, what customers meet of each touchpoint, and what they do."""
    ways = {row.stage_id: row for row in journey.ways.itertuples()}
    for number, row in enumerate(journey.stages.itertuples()):
        left, wide = place.spans[row.stage_id]
        cells.stage_head(
            ax, row, left, wide, tops["stage"], cells.tint_of(number), high=LAYERS["stage"],
            folded=place.folded.get(row.stage_id, 0),
        )  # fmt: skip
        cells.stage_way(ax, ways.get(row.stage_id), left, wide, tops["action"], LAYERS["action"])
    for row in place.front.itertuples():
        parts = [cell_text(name, getattr(row, name, None)) for name in ("medium", "channel")]
        parts = [part for part in parts if part != "—"]
        inner, y = place.unit - 0.1, tops["evidence"] + 0.04
        if parts:
            for part in parts:
                y += cells.write(ax, row.x, y, part, inner, lines=2, color=INK)
        else:
            cells.hatched(ax, row.x - inner / 2, tops["evidence"], inner, LAYERS["evidence"],
                          word("assumption"))  # fmt: skip


def layers_of(place: Layout) -> dict[str, str]:
    """The layer of each touchpoint: front, back (ties to a front one), or support."""
    front = set(place.front.touchpoint_id)
    back = {row.touchpoint_id: row.supports for row in place.back.itertuples()}
    known = dict.fromkeys(front, "front")
    tied = {name for name, target in back.items() if target and target not in back}
    return known | {name: "back" if name in tied else "support" for name in back}


def _boxes(ax: Axes, place: Layout, tops: dict[str, float], known: dict[str, Any]) -> None:
    """The touchpoints of the three lower layers, and the lines between them."""
    layers = layers_of(place)
    cards = pd.concat([place.front, place.back])
    for layer in ("back", "support"):
        if layer not in layers.values():
            wide, text = place.right - LEFT, cells.assumed("blueprint_none")
            cells.hatched(ax, LEFT, tops[layer], wide, LAYERS[layer], text)
    spots = {
        row.touchpoint_id: (row.x, tops[layers[row.touchpoint_id]]) for row in cards.itertuples()
    }
    for row in cards.itertuples():
        layer = layers[row.touchpoint_id]
        x, top = spots[row.touchpoint_id]
        wide = (place.unit if layer == "front" else UNIT) - 0.1
        _box(ax, row, x, top, wide, LAYERS[layer], layer, known.get(row.touchpoint_id))
        target = row.supports if layer != "front" else ""
        if target in spots:
            end, foot = spots[target][0], spots[target][1] + LAYERS[layers[target]]
            bend = top - 0.08
            ax.plot([end, end, x, x], [foot, bend, bend, top], color=GREY, lw=1.1, zorder=1)
        if layer == "front":
            high = tops["action"] + LAYERS["action"]
            ax.plot([x, x], [high, top], color=PALE, lw=0.9, zorder=0)


def _box(
    ax: Axes, row: Any, x: float, top: float, wide: float, high: float, layer: str, time: Any
) -> None:  # fmt: skip
    corner = "square,pad=0" if getattr(row, "medium", "") == "physical" else cells.ROUND
    empty = row.grade == "D"
    ax.add_patch(
        FancyBboxPatch(
            (x - wide / 2, top), wide, high, boxstyle=corner, zorder=3, lw=1,
            facecolor=KEY_CARD if layer == "front" else BACK_CARD,
            edgecolor=KEY if layer == "front" else GREY, hatch="////" if empty else None,
        )
    )  # fmt: skip
    look: dict[str, Any] = {"zorder": 4}
    if empty:
        look["bbox"] = {"facecolor": "white", "lw": 0, "pad": 0.6}
    y = top + 0.05
    name = name_of("touchpoint_id", row.touchpoint_id)
    y += cells.write(ax, x, y, name, wide - 0.06, lines=3, weight="bold", **look)
    if empty:
        cells.write(ax, x, y + 0.02, word("assumption"), wide - 0.06, lines=1, color=GREY, **look)
        return
    for text, tint in _facts(row, time):
        used = cells.write(ax, x, y + 0.02, text, wide - 0.04, lines=2, color=tint, **look)
        if y + used > top + high:
            break
        y += used


def _facts(row: Any, time: Any) -> list[tuple[str, str]]:
    """What was promised, what it took, how often late, and the wait."""
    facts = []
    if time is not None:
        for name, tint in (("promised", GREY), ("actual", INK)):
            value = cell_text("wait_p50", getattr(time, f"{name}_p50"))
            facts.append((word(f"time_{name}", time=value), tint))
    if not pd.isna(row.late_rate):
        facts.append((cells.share_text("map_late", row, "late_rate"), PAIN))
    if not pd.isna(row.wait_p50):
        ends = interval_text(
            "wait_p50", *(getattr(row, f"wait_p50_{e}", None) for e in ("lo", "hi"))
        )
        text = word("map_wait", time=cell_text("wait_p50", row.wait_p50))
        facts.append((f"{text} ({ends})" if ends else text, INK))
    return facts


def _say(ax: Axes, journey: JourneyMap, place: Layout) -> None:
    """The title names the worst broken promise; the subtitle counts the layers."""
    late = journey.cards[journey.cards.late_rate.notna()]
    title = word("title_blueprint_plain")
    if len(late):
        row = late.loc[late.late_rate.idxmax()]
        title = word(
            "title_blueprint", name=name_of("touchpoint_id", row.touchpoint_id),
            rate=cell_text("late_rate", row.late_rate),
        )  # fmt: skip
    layers = list(layers_of(place).values())
    counts = {layer: layers.count(layer) for layer in ("front", "back", "support")}
    text = word("subtitle_blueprint", **counts)
    folded = sum(place.folded.values())
    if folded:
        text += word("map_all_folded", n=folded, all=len(journey.cards))
    titles(ax, title, text, word("note_blueprint"))
