"""The journey map as a picture: stages × lanes, one screen or a landscape A3."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from keytouch.engine import Missing
from keytouch.labels import cell_text, name_of
from keytouch.lanes import JourneyMap
from keytouch.style import COLOURS, GOOD, GREY, INK, KEY, PAIN, PALE, titles, wrap
from keytouch.words import language, word

LEFT, UNIT, GAP = 1.15, 1.0, 0.12
# Heights of the lanes in inches, from the top.
LANES = {
    "stage": 0.72,
    "quote": 0.78,
    "cards": 1.62,
    "affect": 2.3,
    "backstage": 0.95,
    "promise": 0.62,
    "pain": 0.62,
    "grade": 0.42,
}
LANE_GAP = 0.1


def plot_journey_map(
    journey: JourneyMap | Missing,
    ax: Axes | None = None,
    *,
    scale: tuple[float, float] = (1, 5),
) -> Axes | None:
    """Draw the map: stages, what customers say, front-stage cards, affect curve with its band,
    line of visibility, back stage, promises and waits, pains, and how well each cell is founded.

    A star marks touchpoints that are among the three to improve first with P ≥ .8.
    """
    if isinstance(journey, Missing):
        return None
    place = _places(journey)
    width = LEFT + place["width"]
    height = sum(LANES.values()) + LANE_GAP * len(LANES)
    if ax is None:
        figure = plt.figure(figsize=(max(width, 9.5), height), layout="constrained")
        ax = figure.add_subplot()
    ax.set_xlim(0, max(width, 9.5))
    ax.set_ylim(height, 0)
    ax.axis("off")
    tops = _tops()
    _lane_names(ax, tops)
    _stage_heads(ax, journey, place, tops["stage"])
    _quotes(ax, journey, place, tops["quote"])
    for _, card in place["front"].iterrows():
        _card(ax, card, tops["cards"])
    _affect(ax, place["front"], tops["affect"], scale)
    _backstage(ax, place, tops)
    for _, card in pd.concat([place["front"], place["back"]]).iterrows():
        if card.stage_side != "back":
            _promise(ax, card, tops["promise"])
            _pain(ax, card, tops["pain"])
            _grade(ax, card, tops["grade"])
    titles(ax, _title(journey), _subtitle(journey, scale), word("note_journey_map"))
    return ax


def _tops() -> dict[str, float]:
    tops, y = {}, 0.0
    for lane, height in LANES.items():
        tops[lane] = y
        y += height + LANE_GAP
    return tops


def _places(journey: JourneyMap) -> dict[str, Any]:
    """Where each stage and card stands: stages side by side, a column per front touchpoint."""
    front = journey.cards[journey.cards.stage_side != "back"].copy()
    back = journey.cards[journey.cards.stage_side == "back"].copy()
    x, spans, at = LEFT, {}, {}
    for stage in journey.stages.stage_id:
        inside = front[front.stage_id == stage].touchpoint_id
        behind = back[back.stage_id == stage]
        units = max(len(inside), len(behind), 1)
        wide = max(units * UNIT, 1.5)
        spans[stage] = (x, wide)
        for number, name in enumerate(inside):
            at[name] = x + wide * (number + 0.5) / len(inside)
        x += wide + GAP
    front["x"] = front.touchpoint_id.map(at)
    back["x"] = _back_places(back, spans)
    return {"spans": spans, "front": front, "back": back, "width": x - LEFT, "at": at}


def _back_places(back: pd.DataFrame, spans: dict[str, tuple[float, float]]) -> list[float]:
    counts: dict[str, int] = back.stage_id.value_counts().to_dict()
    seen: dict[str, int] = {}
    xs = []
    for stage in back.stage_id:
        left, wide = spans[stage]
        xs.append(left + wide * (seen.get(stage, 0) + 0.5) / counts[stage])
        seen[stage] = seen.get(stage, 0) + 1
    return xs


def _lane_names(ax: Axes, tops: dict[str, float]) -> None:
    for lane, top in tops.items():
        middle = top + LANES[lane] / 2
        text = wrap(word(f"lane_{lane}"), 13)
        ax.text(0.02, middle, text, va="center", size=9, color=GREY, weight="bold")


def _stage_heads(ax: Axes, journey: JourneyMap, place: dict[str, Any], top: float) -> None:
    for number, row in enumerate(journey.stages.itertuples()):
        left, wide = place["spans"][row.stage_id]
        tint = COLOURS[number % len(COLOURS)]
        box = FancyBboxPatch(
            (left, top + 0.04), wide, LANES["stage"] - 0.08,
            boxstyle="round,pad=0,rounding_size=0.08", facecolor=tint, alpha=0.16, lw=0,
        )  # fmt: skip
        ax.add_patch(box)
        ax.add_patch(Rectangle((left, top + LANES["stage"] - 0.07), wide, 0.05, color=tint, lw=0))
        name = wrap(name_of("stage_id", row.stage_id), int(wide * 11))
        known = not pd.isna(row.reach_rate)
        ax.text(
            left + wide / 2, top + (0.24 if known else 0.33), name, ha="center", va="center",
            size=11, weight="bold",
        )  # fmt: skip
        if known:
            text = word("map_reach", rate=cell_text("reach_rate", row.reach_rate))
            ax.text(left + wide / 2, top + 0.52, text, ha="center", va="center", size=8.5)


def _quotes(ax: Axes, journey: JourneyMap, place: dict[str, Any], top: float) -> None:
    quotes = journey.quotes.set_index("stage_id")["quote"]
    for stage, (left, wide) in place["spans"].items():
        if stage not in quotes.index:
            _hatched(ax, left, top, wide, LANES["quote"], word("map_no_quote"))
            continue
        lines = wrap(quotes[stage], int(wide * 12.5)).split("\n")
        if len(lines) > 4:
            lines = [*lines[:3], lines[3] + "…"]
        text = "\n".join(lines)
        marks = ("“", "”")
        ax.text(
            left + 0.05, top + LANES["quote"] / 2, f"{marks[0]}{text}{marks[1]}",
            va="center", size=8.2, color=INK, linespacing=1.25,
        )  # fmt: skip


def _hatched(ax: Axes, x: float, y: float, wide: float, high: float, text: str) -> None:
    """A cell that rests on no data."""
    ax.add_patch(
        Rectangle(
            (x, y + 0.02), wide, high - 0.04, facecolor="none", edgecolor=PALE, hatch="////", lw=0
        )
    )
    ax.text(
        x + wide / 2, y + high / 2, text, ha="center", va="center", size=8, color=GREY,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip


def _card(ax: Axes, card: pd.Series, top: float) -> None:
    """One front-stage touchpoint: name, channel, reach, score with interval, star."""
    wide, high = UNIT - 0.1, LANES["cards"]
    left = card.x - wide / 2
    is_key = not pd.isna(card.p_key) and card.p_key >= 0.8
    empty = card.grade == "D"
    ax.add_patch(
        FancyBboxPatch(
            (left, top + 0.03),
            wide,
            high - 0.06,
            boxstyle="round,pad=0,rounding_size=0.07",
            facecolor="#EAF3F9" if is_key else "#F7F8FA",
            edgecolor=KEY if is_key else PALE,
            lw=1.6 if is_key else 0.8,
            ls="--" if empty else "-",
        )  # fmt: skip
    )
    chinese = language() == "zh"
    name = wrap(name_of("touchpoint_id", card.touchpoint_id), 12)
    ax.text(
        card.x,
        top + 0.12,
        name,
        ha="center",
        va="top",
        size=9 if chinese else 8,
        weight="bold",
        linespacing=1.15,
    )
    lines = []
    if not pd.isna(card.channel):
        lines.append(wrap(cell_text("channel", card.channel), 14))
    if not pd.isna(card.reach_rate):
        lines.append(word("map_reach", rate=cell_text("reach_rate", card.reach_rate)))
    ax.text(
        card.x, top + 0.9, "\n".join(lines), ha="center", va="center", size=8, color=GREY,
        linespacing=1.3,
    )  # fmt: skip
    if pd.isna(card.score):
        text = word("map_no_score")
        ax.text(card.x, top + high - 0.27, text, ha="center", va="center", size=8, color=GREY)
    else:
        half = "" if pd.isna(card.score_lo) else f"±{(card.score_hi - card.score_lo) / 2:.2f}"
        star = "★ " if is_key else ""
        ax.text(
            card.x, top + high - 0.38, f"{star}{card.score:.2f}", ha="center", va="center",
            size=11, weight="bold", color=KEY if is_key else INK,
        )  # fmt: skip
        ax.text(card.x, top + high - 0.17, half, ha="center", va="center", size=8, color=GREY)


def _affect(ax: Axes, front: pd.DataFrame, top: float, scale: tuple[float, float]) -> None:
    """Mean score along the journey with its band; peak, trough and end are named."""
    high = LANES["affect"] - 0.3
    base = top + 0.15
    curve = front[front.score.notna()].sort_values("x")
    if curve.empty:
        _hatched(ax, LEFT, top, front.x.max() - LEFT, LANES["affect"], word("map_no_score"))
        return
    known = curve.score_lo.fillna(curve.score), curve.score_hi.fillna(curve.score)
    low, up = _zoom(float(known[0].min()), float(known[1].max()), scale)

    def y(score: Any) -> Any:
        return base + high * (1 - (score - low) / (up - low))

    right = float(front.x.max()) + UNIT / 2
    for level in np.arange(np.ceil(low * 2) / 2, up + 1e-9, 0.5):
        ax.plot([LEFT, right], [y(level)] * 2, color="#E9ECF0", lw=0.8, zorder=0)
        ax.text(LEFT - 0.06, y(level), f"{level:g}", ha="right", va="center", size=8, color=GREY)
    mean = float(np.average(curve.score, weights=np.fmax(curve.n, 1)))
    ax.plot([LEFT, right], [y(mean)] * 2, color=GREY, lw=0.9, ls=(0, (4, 3)), zorder=1)
    ax.fill_between(curve.x, y(known[0]), y(known[1]), color=KEY, alpha=0.16, lw=0)
    ax.plot(curve.x, y(curve.score), color=KEY, lw=2)
    size = 30 + 130 * np.sqrt(curve.n / curve.n.max())
    tint = [PAIN if role == "trough" else GOOD if role == "peak" else KEY for role in curve.role]
    ax.scatter(curve.x, y(curve.score), s=size, c=tint, zorder=3, edgecolor="white", lw=1)
    falling = len(curve) > 1 and curve.score.iloc[-1] < curve.score.iloc[-2]
    for _, card in curve[curve.role != ""].iterrows():
        up_side = card.role == "peak" or card.role == "end" and not falling
        ax.annotate(
            f"{word(f'role_{card.role}')} {card.score:.2f}", (card.x, y(card.score)),
            xytext=(0, 11 if up_side else -11), textcoords="offset points", ha="center",
            va="bottom" if up_side else "top", size=8.5, weight="bold",
            color=PAIN if card.role == "trough" else INK,
        )  # fmt: skip


def _zoom(low: float, high: float, scale: tuple[float, float]) -> tuple[float, float]:
    """The part of the scale that the curve needs, at least half of it, in half steps."""
    need = (scale[1] - scale[0]) / 2
    low, high = np.floor(low * 2 - 0.3) / 2, np.ceil(high * 2 + 0.3) / 2
    while high - low < need:
        low, high = low - 0.25, high + 0.25
    return float(max(low, scale[0])), float(min(high, scale[1]))


def _backstage(ax: Axes, place: dict[str, Any], tops: dict[str, float]) -> None:
    """The line of visibility, and what customers don't see, tied to the cards it supports."""
    top = tops["backstage"]
    right = LEFT + place["width"]
    ax.plot([LEFT, right], [top - 0.02] * 2, color=INK, lw=1, ls=(0, (6, 4)))
    ax.text(
        right, top - 0.06, word("line_of_visibility"), ha="right", va="bottom", size=8, color=GREY
    )
    for _, card in place["back"].iterrows():
        wide, high = UNIT - 0.12, LANES["backstage"] - 0.2
        ax.add_patch(
            FancyBboxPatch(
                (card.x - wide / 2, top + 0.14),
                wide,
                high,
                boxstyle="round,pad=0,rounding_size=0.06",
                facecolor="#F1F2F4",
                edgecolor=PALE,
                lw=0.8,
                ls="--" if card.grade == "D" else "-",
            )  # fmt: skip
        )
        name = wrap(name_of("touchpoint_id", card.touchpoint_id), 12 if language() == "zh" else 14)
        parts = [name]
        if not pd.isna(card.late_rate):
            parts.append(word("map_late", rate=cell_text("late_rate", card.late_rate)))
        ax.text(
            card.x, top + 0.14 + high / 2, "\n".join(parts), ha="center", va="center", size=8.2,
            linespacing=1.2,
        )  # fmt: skip
        target = place["at"].get(card.supports)
        if target is not None:
            line = {"color": GREY, "lw": 0.9, "ls": (0, (2, 2)), "zorder": 0}
            ax.plot([card.x, target], [top + 0.14, tops["affect"] + LANES["affect"] - 0.1], **line)


def _promise(ax: Axes, card: pd.Series, top: float) -> None:
    parts = []
    if not pd.isna(card.late_rate):
        parts.append((word("map_late", rate=cell_text("late_rate", card.late_rate)), PAIN))
    if not pd.isna(card.wait_p50):
        parts.append((word("map_wait", time=cell_text("wait_p50", card.wait_p50)), INK))
    middle = top + LANES["promise"] / 2
    for number, (text, tint) in enumerate(parts):
        y = middle + (number - (len(parts) - 1) / 2) * 0.26
        ax.text(card.x, y, wrap(text, 15), ha="center", va="center", size=8, color=tint)
    if not parts:
        ax.text(card.x, middle, "·", ha="center", va="center", color=PALE)


def _pain(ax: Axes, card: pd.Series, top: float) -> None:
    ids = [identifier for identifier in card.pains.split(",") if identifier]
    middle = top + LANES["pain"] / 2
    if not ids:
        ax.text(card.x, middle, "·", ha="center", va="center", color=PALE)
        return
    text = " ".join(ids[:2]) + ("\n" + " ".join(ids[2:4]) if len(ids) > 2 else "")
    ax.text(
        card.x, middle, text, ha="center", va="center", size=8, color="white",
        bbox={"facecolor": PAIN, "edgecolor": "none", "boxstyle": "round,pad=0.25"},
    )  # fmt: skip


def _grade(ax: Axes, card: pd.Series, top: float) -> None:
    wide, high = UNIT - 0.1, LANES["grade"]
    if card.grade == "D":
        _hatched(ax, card.x - wide / 2, top, wide, high, f"D {word('assumption')}")
        return
    shade = {"A": "#CFE3F0", "B": "#E3EEF6", "C": "#F2F5F8"}[card.grade]
    ax.add_patch(Rectangle((card.x - wide / 2, top + 0.04), wide, high - 0.08, color=shade, lw=0))
    ax.text(card.x, top + high / 2, card.grade, ha="center", va="center", size=9)


def _title(journey: JourneyMap) -> str:
    """The map's message: the deepest trough, and the highest peak."""
    named = journey.cards.set_index("role")
    if {"trough", "peak"} <= set(named.index):
        low, high = named.loc["trough"], named.loc["peak"]
        return word(
            "title_journey_map",
            low=name_of("touchpoint_id", low.touchpoint_id),
            low_score=f"{low.score:.2f}",
            high=name_of("touchpoint_id", high.touchpoint_id),
            high_score=f"{high.score:.2f}",
        )
    return word("title_journey_map_plain")


def _subtitle(journey: JourneyMap, scale: tuple[float, float]) -> str:
    answers = int(journey.cards.n.sum())
    journeys = journey.stages.n.max()
    text = word(
        "subtitle_journey_map", answers=f"{answers:,}", lo=f"{scale[0]:g}", hi=f"{scale[1]:g}"
    )
    return text if pd.isna(journeys) else word("with_journeys", text=text, n=f"{int(journeys):,}")
