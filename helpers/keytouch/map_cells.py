"""The journey map's cells: each draws one piece of evidence at its place."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

from keytouch.colours import CARD, COLOURS, GOOD, GREY, INK, KEY, KEY_CARD, PAIN, PALE
from keytouch.fitting import fit_lines, text_inches
from keytouch.labels import cell_text, chance_text, interval_text, name_of, number_text
from keytouch.words import has_word, language, word

SMALL, BODY, NAME, HEAD = 8.0, 8.5, 9.0, 11.0
LINE = 1.32 / 72  # inches of a line for each point of type
SURE = 0.8
GRADED = ("reach", "score", "time", "pain")
SHADES = {"A": "#CFE3F0", "B": "#E3EEF6", "C": "#F2F5F8"}
HAN = re.compile(r"[\u4e00-\u9fff]")


def write(
    ax: Axes, x: float, y: float, text: str, inches: float, *, size: float = SMALL,
    lines: int = 9, ha: str = "center", va: str = "top", **look: Any,
) -> float:  # fmt: skip
    """Write a text broken to a width; the height that it takes."""
    bold = look.get("weight") == "bold"
    broken = fit_lines(text, inches, size, lines=lines, bold=bold)
    ax.text(x, y, "\n".join(broken), ha=ha, va=va, size=size, linespacing=1.15, **look)
    return len(broken) * size * LINE


def hatched(ax: Axes, x: float, y: float, wide: float, high: float, text: str) -> None:
    """A cell that rests on no data."""
    look = {"facecolor": "none", "edgecolor": PALE, "hatch": "////", "lw": 0}
    ax.add_patch(Rectangle((x, y + 0.02), wide, high - 0.04, **look))
    lines = fit_lines(
        text, wide - min(0.1, wide / 20), SMALL, lines=max(1, int(high / (SMALL * LINE)))
    )
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
    ax.text(
        x + wide / 2, y + high / 2, "\n".join(lines), ha="center", va="center", size=SMALL,
        color=GREY, bbox=box,
    )  # fmt: skip


def assumed(key: str) -> str:
    """What a hatched cell says: that it is an assumption, and what is missing."""
    return f"{word('assumption')}{word('map_colon')}{word(key)}"


def share_text(key: str, row: Any, column: str) -> str:
    """A share in whole percent with the half width of its interval."""
    value, lo, hi = (getattr(row, f"{column}{end}", None) for end in ("", "_lo", "_hi"))
    text = f"{100 * value:.0f}%"
    if not pd.isna(lo) and lo is not None:
        text += f" ±{50 * (hi - lo):.1f}"
    return word(key, rate=text)


def stage_head(
    ax: Axes, row: Any, left: float, wide: float, top: float, tint: str, **cell: Any
) -> None:
    """A stage: its name, the share of journeys that come so far, how many cards are folded."""
    high = cell["high"]
    ax.add_patch(
        FancyBboxPatch(
            (left, top), wide, high - 0.08, boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=tint, alpha=0.16, lw=0,
        )
    )  # fmt: skip
    ax.add_patch(Rectangle((left, top + high - 0.1), wide, 0.05, color=tint, lw=0))
    middle = left + wide / 2
    used = write(
        ax, middle, top + 0.07, name_of("stage_id", row.stage_id), wide - 0.1, size=HEAD, lines=2,
        weight="bold",
    )  # fmt: skip
    parts = []
    if not pd.isna(row.reach_rate):
        parts.append(share_text("map_reach", row, "reach_rate") + cell.get("grade", ""))
    if cell["folded"]:
        parts.append(word("map_folded", n=cell["folded"]))
    joint = " · " if text_inches(" · ".join(parts), BODY) < wide - 0.1 else "\n"
    ax.text(
        middle,
        top + 0.12 + used,
        joint.join(parts),
        ha="center",
        va="top",
        size=BODY,
        linespacing=1.15,
    )


def stage_way(ax: Axes, way: Any, left: float, wide: float, top: float, high: float) -> None:
    """What most customers do in a stage."""
    if way is None:
        hatched(ax, left, top, wide, high, word("assumption"))
        return
    names = [name_of("touchpoint_id", name) for name in way.way.split(",")]
    used = write(
        ax, left + 0.04, top, " → ".join(names), wide - 0.08, lines=3, ha="left", color=INK
    )
    share = share_text("map_way", way, "way_rate")
    write(ax, left + 0.04, top + used + 0.01, share, wide - 0.08, lines=2, ha="left", color=GREY)


def stage_quote(ax: Axes, quote: Any, about: str, left: float, wide: float, top: float) -> None:
    """What customers want, in their own words, and what the words are about."""
    used = write(
        ax, left + 0.04, top, f"“{quote.quote}”", wide - 0.08, lines=4, ha="left", color=INK
    )
    write(ax, left + 0.04, top + used + 0.02, about, wide - 0.08, lines=2, ha="left", color=GREY)


def reader_quote(quotes: pd.DataFrame) -> Any:
    """A stage's quote: in the reader's language where there is one, of its sorest touchpoint."""
    foreign = [bool(HAN.search(text)) != (language() == "zh") for text in quotes.quote]
    return quotes.iloc[int(np.argmin(foreign))]


def card(ax: Axes, row: Any, top: float, wide: float, high: float, *, empty: bool) -> None:
    """One front-stage touchpoint: name, channel, reach, score with interval, star with P(key).

    Digital ones have round corners, physical ones square.
    """
    star = not pd.isna(row.p_key) and row.p_key >= SURE
    corner = "square,pad=0" if getattr(row, "medium", "") == "physical" else ROUND
    ax.add_patch(
        FancyBboxPatch(
            (row.x - wide / 2, top), wide, high, boxstyle=corner,
            facecolor=KEY_CARD if star else CARD, edgecolor=KEY if star else PALE,
            lw=1.6 if star else 0.8, ls="--" if empty else "-",
        )
    )  # fmt: skip
    inner = wide - 0.06
    y = top + 0.05
    y += write(ax, row.x, y, name_of("touchpoint_id", row.touchpoint_id), inner, size=NAME, lines=3,
               weight="bold")  # fmt: skip
    parts = []
    if not pd.isna(row.channel):
        parts.append(cell_text("channel", row.channel))
    if not pd.isna(row.reach_rate):
        parts.append(share_text("map_reach", row, "reach_rate"))
    else:
        parts.append(word("map_no_reach"))
    y = max(y + 0.03, top + 0.42)
    for text in parts:
        y += write(ax, row.x, y, text, inner, lines=2, color=GREY)
    _score(ax, row, top + high, inner, star)


ROUND = "round,pad=0,rounding_size=0.1"


def _score(ax: Axes, row: Any, base: float, inner: float, star: bool) -> None:
    """The score and its interval at the foot of a card."""
    if pd.isna(row.score):
        write(ax, row.x, base - 0.06, word("map_no_score"), inner, va="bottom", lines=2, color=GREY)
        return
    rise = 0.2 if star else 0.06
    half = "" if pd.isna(row.score_lo) else f" ±{(row.score_hi - row.score_lo) / 2:.2f}"
    number = f"{row.score:.2f}"
    sizes = text_inches(number, HEAD, bold=True), text_inches(half, SMALL)
    left = row.x - sum(sizes) / 2
    tint = KEY if star else INK
    ax.text(left, base - rise, number, va="baseline", size=HEAD, weight="bold", color=tint)
    ax.text(left + sizes[0], base - rise, half, va="baseline", size=SMALL, color=GREY)
    if star:
        text = word("map_star", p=chance_text(row.p_key))
        ax.text(row.x, base - 0.06, text, ha="center", va="baseline", size=SMALL, color=KEY)


def promise(ax: Axes, row: Any, top: float, wide: float, high: float) -> None:
    """Promises kept or broken, and the wait, each with its interval."""
    parts = []
    if not pd.isna(row.late_rate):
        parts.append((share_text("map_late", row, "late_rate"), PAIN))
    if not pd.isna(row.wait_p50):
        parts.append((word("map_wait", time=cell_text("wait_p50", row.wait_p50)), INK))
        lo, hi = (getattr(row, f"wait_p50_{end}", float("nan")) for end in ("lo", "hi"))
        parts.append((f"({interval_text('wait_p50', lo, hi)})" if not pd.isna(lo) else "", GREY))
    y = top + 0.04
    for text, tint in filter(lambda part: part[0], parts):
        y += write(ax, row.x, y, text, wide, lines=2, color=tint)
    if not parts:
        _none(ax, row.x, top + high / 2)


def chips(
    ax: Axes,
    rows: list[tuple[str, str]],
    x: float,
    top: float,
    wide: float,
    *,
    room: int,
    tint: str,
) -> None:
    """Pieces of evidence by number and in a word; what has no room is counted."""
    if not rows:
        _none(ax, x, top + 0.2)
        return
    for place, (name, said) in enumerate(rows[:room]):
        text = f"{name} {said}"
        rest = len(rows) - room
        if place == room - 1 and rest > 0:
            text = word("map_more", text=name, n=rest)
        line = fit_lines(text, wide - 0.04, SMALL, lines=1)[0]
        y = top + 0.1 + place * 0.215
        ax.add_patch(Rectangle((x - wide / 2, y - 0.085), wide, 0.185, color=tint, lw=0))
        ax.text(x, y, line, ha="center", va="center", size=SMALL, color="white")


def pain_rows(pains: pd.DataFrame, name: str) -> list[tuple[str, str]]:
    """A touchpoint's pains as (number, words)."""
    own = pains[pains.touchpoint_id == name]
    return [
        (row.evidence_id, word(f"pain_{row.evidence}", rate=f"{100 * row.rate:.0f}%"))
        for row in own.itertuples()
    ]


def chance_rows(chances: pd.DataFrame, name: str) -> list[tuple[str, str]]:
    """A touchpoint's opportunities as (number, words)."""
    own = chances[chances.touchpoint_id == name]
    return [
        (row.evidence_id, word(f"chance_{row.opportunity}", value=_amount(row)))
        for row in own.itertuples()
        if has_word(f"chance_{row.opportunity}")
    ]


def _amount(row: Any) -> str:
    """An opportunity's number: a share in whole percent, else points."""
    share = row.kpi.endswith("_rate")
    return f"{100 * row.value:.0f}%" if share else number_text(row.kpi, row.value)


def _none(ax: Axes, x: float, y: float) -> None:
    ax.text(x, y, "·", ha="center", va="center", color=PALE)


def grade_names(ax: Axes, right: float, top: float, high: float) -> None:
    """The rows of the grades, named at the left."""
    for row, lane in enumerate(GRADED):
        y = top + high * (row + 0.5) / len(GRADED)
        ax.text(right, y, word(f"grade_{lane}"), ha="right", va="center", size=SMALL, color=GREY)


def grades(ax: Axes, found: dict[str, str], x: float, top: float, wide: float, high: float) -> None:
    """The grade of each number of a column, a row each; one for all where no more is known."""
    lanes = [lane for lane in GRADED if lane in found] or list(found)
    tall = high / len(GRADED) if lanes[0] in GRADED else high
    for lane in lanes:
        y = top + tall * (GRADED.index(lane) if lane in GRADED else 0)
        left, grade = x - wide / 2, found[lane]
        if grade == "D":
            hatched(ax, left, y, wide, tall, grade)
            continue
        chip = Rectangle((left, y + 0.01), wide, tall - 0.02, facecolor=SHADES[grade], lw=0)
        ax.add_patch(chip)
        ax.text(x, y + tall / 2, grade, ha="center", va="center", size=SMALL)


def tint_of(place: int) -> str:
    """A stage's colour, the same throughout a report."""
    return COLOURS[place % len(COLOURS)]


def role_tint(role: str) -> str:
    return PAIN if role == "trough" else GOOD if role == "peak" else KEY
