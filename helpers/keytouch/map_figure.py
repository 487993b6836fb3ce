"""The journey map as a picture: stages × lanes, one screen or a landscape A3."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from keytouch import map_cells as cells
from keytouch.colours import BACK_CARD, DEEP_GOOD, DEEP_PAIN, GREY, INK, KEY, PALE
from keytouch.engine import Missing
from keytouch.fitting import fit_lines
from keytouch.labels import name_of
from keytouch.lanes import JourneyMap
from keytouch.map_layout import HEIGHTS, LEFT, LINES, UNIT, Layout, lay_out, map_pages
from keytouch.style import titles
from keytouch.words import word

GRADED = {"reach_rate": "reach", "score": "score", "late_rate": "time", "wait_p50": "time"}


def plot_journey_map(
    journey: JourneyMap | Missing,
    ax: Axes | None = None,
    *,
    scale: tuple[float, float] = (1, 5),
    page: int = 0,
) -> Axes | None:
    """Draw the map: what customers do and say, front-stage cards, the affect curve with its band,
    back stage tied to what it supports, promises and waits, pains, opportunities, evidence.

    A star marks touchpoints that are key with P ≥ .8; what rests on no data is hatched. Where not
    all touchpoints fit, the least telling are folded and counted; `page` (from 1) draws one of
    the pages on which none is.
    """
    if isinstance(journey, Missing):
        return None
    shown = map_pages(journey)[page - 1] if page else journey
    place = lay_out(shown)
    if ax is None:
        size = (place.right + 0.1, place.height + 0.05)
        figure = plt.figure(figsize=size, layout="constrained")
        ax = figure.add_subplot()
    ax.set_xlim(0, place.right + 0.1)
    ax.set_ylim(place.height + 0.05, 0)
    ax.axis("off")
    order = {stage: number for number, stage in enumerate(journey.stages.stage_id)}
    _frame(ax, place)
    _stages(ax, shown, place, order)
    _columns(ax, shown, place)
    _affect(ax, place, scale, _end(journey))
    _backstage(ax, shown, place)
    title, subtitle = _title(journey), _subtitle(shown, scale, place)
    titles(ax, title, subtitle, word("note_map"))
    ax.figure.set_label(f"{title}. {subtitle} {map_text(journey)}")
    return ax


def _frame(ax: Axes, place: Layout) -> None:
    """The lanes' names, and the lines of interaction and visibility."""
    for lane, top in place.tops.items():
        # Beside these stand the marks of the scale, and the names of the grades.
        wide = LEFT - (0.36 if lane in ("affect", "grade") else 0.1)
        text = "\n".join(fit_lines(word(f"lane_{lane}"), wide, cells.NAME, bold=True))
        middle = top + HEIGHTS[lane] / 2
        ax.text(0.02, middle, text, va="center", size=cells.NAME, color=GREY, weight="bold")
    for lane, key in LINES.items():
        y = place.tops[lane] - 0.06
        ax.plot([LEFT, place.right], [y, y], color=INK, lw=1, ls=(0, (6, 4)))
        ax.text(
            place.right, y - 0.03, word(key), ha="right", va="bottom", size=cells.SMALL, color=GREY,
            bbox={"facecolor": "white", "lw": 0, "pad": 0.6}, zorder=2,
        )  # fmt: skip


def _grade_map(journey: JourneyMap) -> dict[str, str]:
    if journey.evidence.empty:
        return {}
    return dict(zip(journey.evidence.cell, journey.evidence.grade))


def _stages(ax: Axes, journey: JourneyMap, place: Layout, order: dict[str, int]) -> None:
    tops, known = place.tops, _grade_map(journey)
    ways = {row.stage_id: row for row in journey.ways.itertuples()}
    counted: dict[str, Any] = {}
    if not journey.evidence.empty:
        counted = journey.evidence.set_index("cell")["n"].to_dict()
    for row in journey.stages.itertuples():
        left, wide = place.spans[row.stage_id]
        cells.stage_head(
            ax, row, left, wide, tops["stage"], cells.tint_of(order[row.stage_id]),
            high=HEIGHTS["stage"], folded=place.folded.get(row.stage_id, 0),
            grade=_tail(known.get(f"reach_rate:{row.stage_id}")),
        )  # fmt: skip
        cells.stage_way(ax, ways.get(row.stage_id), left, wide, tops["way"], HEIGHTS["way"])
        said = journey.quotes[journey.quotes.stage_id == row.stage_id]
        if said.empty:
            text = cells.assumed("map_no_quote")
            cells.hatched(ax, left, tops["quote"], wide, HEIGHTS["quote"], text)
            continue
        quote = cells.reader_quote(said)
        about = name_of("touchpoint_id", quote.touchpoint_id)
        cell = f"quote:{quote.touchpoint_id}"
        if counted.get(cell):
            about += word("map_comments", n=f"{int(counted[cell]):,}")
        about += _tail(known.get(cell))
        cells.stage_quote(ax, quote, about, left, wide, tops["quote"])


def _tail(grade: str | None) -> str:
    return f" · {grade}" if grade else ""


def _columns(ax: Axes, journey: JourneyMap, place: Layout) -> None:
    """What stands above and below the curve for each front-stage touchpoint."""
    tops, known, wide = place.tops, _grade_map(journey), place.unit - 0.08
    for row in place.front.itertuples():
        name = row.touchpoint_id
        empty = known.get(f"score:{name}", row.grade) == "D"
        cells.card(ax, row, tops["cards"], wide, HEIGHTS["cards"], empty=empty)
        cells.promise(ax, row, tops["promise"], wide, HEIGHTS["promise"])
        pains = cells.pain_rows(journey.pains, name) or _bare(row, "pains")
        cells.chips(ax, pains, row.x, tops["pain"], wide, room=3, tint=DEEP_PAIN)
        chances = cells.chance_rows(journey.chances, name)
        cells.chips(ax, chances, row.x, tops["chance"], wide, room=2, tint=DEEP_GOOD)
        cells.grades(ax, _grades(row, known), row.x, tops["grade"], wide, HEIGHTS["grade"])
    cells.grade_names(ax, LEFT - 0.06, tops["grade"], HEIGHTS["grade"])


def _bare(row: Any, column: str) -> list[tuple[str, str]]:
    """Evidence of which only the numbers are known."""
    return [(name, "") for name in getattr(row, column).split(",") if name]


def _grades(row: Any, known: dict[str, str]) -> dict[str, str]:
    """The lanes of a card and the grade of each; one for the whole card where no more is known."""
    found: dict[str, str] = {}
    for kpi, lane in GRADED.items():
        grade = known.get(f"{kpi}:{row.touchpoint_id}")
        if grade:
            found[lane] = max(grade, found.get(lane, ""))
    pains = [
        known[cell] for name in row.pains.split(",")
        if (cell := f"{name}:{row.touchpoint_id}") in known
    ]  # fmt: skip
    if pains:
        found["pain"] = max(pains)
    return found or {"card": row.grade}


def _end(journey: JourneyMap) -> str:
    """The last front-stage touchpoint with a score, where the affect curve ends."""
    cards = journey.cards
    scored = cards[(cards.stage_side != "back") & cards.score.notna()]
    return str(scored.touchpoint_id.iloc[-1]) if len(scored) >= 3 else ""


def _affect(ax: Axes, place: Layout, scale: tuple[float, float], end: str) -> None:
    """Mean score along the journey with its band; peak, trough and end are named."""
    top, high = place.tops["affect"] + 0.2, HEIGHTS["affect"] - 0.55
    curve = place.front[place.front.score.notna()].sort_values("x")
    if curve.empty:
        wide = place.right - LEFT
        cells.hatched(ax, LEFT, top, wide, high, cells.assumed("map_no_score"))
        return
    lo, hi = curve.score_lo.fillna(curve.score), curve.score_hi.fillna(curve.score)
    low, up = _zoom(float(lo.min()), float(hi.max()), scale)

    def y(score: Any) -> Any:
        return top + high * (1 - (score - low) / (up - low))

    for level in np.arange(np.ceil(low * 2) / 2, up + 1e-9, 0.5):
        ax.plot([LEFT, place.right], [y(level)] * 2, color="#E9ECF0", lw=0.8, zorder=0)
        ax.text(LEFT - 0.05, y(level), f"{level:g}", ha="right", va="center", size=8, color=GREY)
    mean = float(np.average(curve.score, weights=np.fmax(curve.n, 1)))
    ax.plot([LEFT, place.right], [y(mean)] * 2, color=GREY, lw=0.9, ls=(0, (4, 3)), zorder=1)
    ax.fill_between(curve.x, y(lo), y(hi), color=KEY, alpha=0.16, lw=0)
    ax.plot(curve.x, y(curve.score), color=KEY, lw=2)
    size = 24 + 130 * np.sqrt(curve.n / max(curve.n.max(), 1))
    tint = [cells.role_tint(role) for role in curve.role]
    ax.scatter(curve.x, y(curve.score), s=size, c=tint, zorder=3, edgecolor="white", lw=1)
    _roles(ax, curve, y, end)
    for row in curve.itertuples():
        foot = place.tops["affect"] + HEIGHTS["affect"] - 0.06
        ax.text(row.x, foot, f"n={row.n:,}", ha="center", va="bottom", size=8, color=GREY)


def _roles(ax: Axes, curve: pd.DataFrame, y: Any, end: str) -> None:
    falling = len(curve) > 1 and curve.score.iloc[-1] < curve.score.iloc[-2]
    for _, row in curve[curve["role"] != ""].iterrows():
        above = row["role"] == "peak" or row["role"] == "end" and not falling
        roles = [row["role"]] + ["end"] * (row.touchpoint_id == end and row["role"] != "end")
        name = word("list_joint").join(word(f"role_{role}") for role in roles)
        ax.annotate(
            f"{name} {row.score:.2f}", (row.x, y(row.score)),
            xytext=(0, 9 if above else -9), textcoords="offset points", ha="center",
            va="bottom" if above else "top", size=cells.BODY, weight="bold",
            color=cells.role_tint(row["role"]) if row["role"] == "trough" else INK,
        )  # fmt: skip


def _zoom(low: float, high: float, scale: tuple[float, float]) -> tuple[float, float]:
    """The part of the scale that the curve needs, at least half of it, in half steps."""
    need = (scale[1] - scale[0]) / 2
    low, high = np.floor(low * 2 - 0.3) / 2, np.ceil(high * 2 + 0.3) / 2
    while high - low < need:
        low, high = low - 0.25, high + 0.25
    return float(max(low, scale[0])), float(min(high, scale[1]))


def _backstage(ax: Axes, journey: JourneyMap, place: Layout) -> None:
    """What customers don't see, each tied by a line to the card that it supports."""
    top, high, wide = place.tops["backstage"], HEIGHTS["backstage"] - 0.06, UNIT - 0.1
    known, at = _grade_map(journey), dict(zip(place.front.touchpoint_id, place.front.x))
    foot = place.tops["cards"] + HEIGHTS["cards"]
    for row in place.back.itertuples():
        grade = known.get(f"reach_rate:{row.touchpoint_id}", row.grade)
        ax.add_patch(
            FancyBboxPatch(
                (row.x - wide / 2, top), wide, high, boxstyle=cells.ROUND, facecolor=BACK_CARD,
                edgecolor=PALE, lw=0.8, hatch="////" if grade == "D" else None,
            )
        )  # fmt: skip
        name = name_of("touchpoint_id", row.touchpoint_id)
        look = {"bbox": {"facecolor": "white", "lw": 0, "pad": 0.8}} if grade == "D" else {}
        used = cells.write(ax, row.x, top + 0.05, name, wide - 0.06, lines=3, weight="bold", **look)
        late = not pd.isna(row.late_rate)
        text = cells.share_text("map_late", row, "late_rate") if late else ""
        if grade == "D":
            text = word("assumption")
        cells.write(ax, row.x, top + 0.08 + used, text, wide - 0.04, lines=2, color=GREY, **look)
        target = at.get(row.supports)
        if target is not None:
            # Beside the middle, so that the line stays apart from the curve's dots and counts.
            x = target + place.unit * 0.42
            line = {"color": GREY, "lw": 0.9, "ls": (0, (2, 2)), "zorder": 0}
            bend = top - 0.12
            ax.plot([x, x, row.x, row.x], [foot, bend, bend, top], **line)


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
    reached = journey.stages[journey.stages.reach_rate.notna()]
    if reached.empty:
        return word("title_journey_map_plain")
    last = reached.iloc[-1]
    rate = cells.share_text("map_reach", last, "reach_rate")
    return word("title_journey_map_reach", stage=name_of("stage_id", last.stage_id), rate=rate)


def _subtitle(journey: JourneyMap, scale: tuple[float, float], place: Layout) -> str:
    answers, journeys = int(journey.cards.n.sum()), journey.stages.n.max()
    ends = {"lo": f"{scale[0]:g}", "hi": f"{scale[1]:g}"}
    text = word("subtitle_journey_map", answers=f"{answers:,}", **ends)
    if not pd.isna(journeys):
        text = word("with_journeys", text=text, n=f"{int(journeys):,}")
    folded = sum(place.folded.values())
    return text + word("map_all_folded", n=folded, all=len(journey.cards)) if folded else text


def map_text(journey: JourneyMap) -> str:
    """The map in sentences, for those who can't see it: a line per stage, out of its numbers."""
    parts = []
    for row in journey.stages.itertuples():
        inside = journey.cards[journey.cards.stage_id == row.stage_id]
        scored = [
            f"{name_of('touchpoint_id', one.touchpoint_id)} {one.score:.2f}"
            for one in inside[inside.score.notna()].itertuples()
        ]
        pains = [name for ids in inside.pains for name in ids.split(",") if name]
        reach = "—" if pd.isna(row.reach_rate) else f"{100 * row.reach_rate:.0f}%"
        parts.append(
            word(
                "alt_stage", stage=name_of("stage_id", row.stage_id), reach=reach,
                scores=word("list_joint").join(scored) or word("map_no_score"),
                pains=word("list_joint").join(pains) or "—",
            )
        )  # fmt: skip
    return " ".join(parts)
