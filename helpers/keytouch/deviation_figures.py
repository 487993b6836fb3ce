"""The plan beside what happened, in one picture: steps met, deviations, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GREY, INK, KEY, PAIN, PALE
from keytouch.deviation_conclusions import cost_findings, deviation_findings
from keytouch.drawing import message, n_range, skips_missing
from keytouch.engine import Missing
from keytouch.labels import name_of, number_text
from keytouch.style import WIDTH, text_width, titles
from keytouch.words import word

LINES = 34
LINE_HEIGHT = 0.255
WORTH_DRAWING = 0.01
SIGNS = {"missing": "x", "late": "D", "failed": "v", "repeated": "^", "swapped": "s", "ad_hoc": "P"}
NAME_WIDTH = 26
NO_COSTS = Missing("feedback")


@dataclass(frozen=True)
class Line:
    """One line of the picture: a stage, a planned step, or a deviation from it."""

    kind: str
    id: str
    step: Any = None
    deviation: Any = None
    cost: Any = None


@skips_missing
def plot_planned_actual(
    met: pd.DataFrame,
    *,
    deviations: pd.DataFrame | Missing,
    costs: pd.DataFrame | Missing = NO_COSTS,
) -> Axes | None:
    """Planned steps in order with the share that takes them; below each its deviations.

    At the right, what the deviation goes along with in overall satisfaction. Every estimate has
    its interval. Of long plans the steps with most trouble are drawn, in the plan's order.
    """
    lines, folded = _lines(met, deviations, costs)
    costly = any(line.cost is not None for line in lines)
    figure, axes = plt.subplots(
        1, 2 if costly else 1, figsize=(WIDTH, LINE_HEIGHT * len(lines) + 0.7), squeeze=False,
        layout="constrained", sharey=True, width_ratios=[3, 2] if costly else [1],
    )  # fmt: skip
    figure._keytouch_own = True
    shares = axes[0][0]
    for place, line in enumerate(lines):
        _share(shares, place, line)
    _rows(shares, lines)
    shares.set_xlim(0, 1)
    shares.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    shares.set_title(word("panel_plan_share"), size=9.5, color=INK, loc="left")
    if costly:
        _costs(axes[0][1], lines)
    titles(
        shares,
        _message(deviations, costs),
        word("subtitle_planned_actual", n=n_range(met[met.n > 0])) + folded,
        word("note_planned_actual"),
    )
    return shares


def _message(deviations: pd.DataFrame | Missing, costs: pd.DataFrame | Missing) -> str:
    """The dearest deviation where one is sure, else the most frequent."""
    found = [one for one in cost_findings(costs) if one.key == "finding_deviation_cost"]
    return message(found or deviation_findings(deviations), "title_planned_actual")


def _lines(
    met: pd.DataFrame, deviations: pd.DataFrame | Missing, costs: pd.DataFrame | Missing
) -> tuple[list[Line], str]:
    """The picture's lines from top to bottom, and how many steps and deviations it leaves out."""
    shown = pd.DataFrame() if isinstance(deviations, Missing) else deviations
    shown = shown[shown.deviation_rate >= WORTH_DRAWING] if len(shown) else shown
    known = {} if isinstance(costs, Missing) else _by_id(costs)
    ranked = sorted(
        shown.itertuples(), key=lambda row: _weight(row, known.get(_id(row))), reverse=True
    )
    steps = list(met.itertuples())
    drawn, kept = _chosen(steps, ranked)
    lines: list[Line] = []
    for step in steps:
        if step.place not in drawn:
            continue
        if not any(line.kind == "stage" and line.id == step.stage_id for line in lines):
            lines.append(Line("stage", step.stage_id))
        lines.append(Line("step", step.touchpoint_id, step=step))
        own = [row for row in kept if row.place == step.place]
        lines += [_deviation(row, known) for row in own]
    unplanned = [row for row in kept if np.isnan(row.place)]
    lines += [Line("stage", "(unplanned)")] if unplanned else []
    lines += [_deviation(row, known) for row in unplanned]
    left = (len(steps) - len(drawn), len(ranked) - len(kept))
    folded = word("planned_actual_folded", steps=left[0], deviations=left[1]) if any(left) else ""
    return lines, folded


def _deviation(row: Any, known: dict[tuple[str, str, float], Any]) -> Line:
    return Line("deviation", row.touchpoint_id, deviation=row, cost=known.get(_id(row)))


def _chosen(steps: list[Any], ranked: list[Any]) -> tuple[set[int], list[Any]]:
    """Steps and deviations that fit: trouble first, each with its step; then the other steps."""
    stages: set[str] = set()
    drawn: set[int] = set()
    kept: list[Any] = []
    by_place = {step.place: step for step in steps}

    def room(extra: int) -> bool:
        return len(stages) + len(drawn) + len(kept) + extra <= LINES

    def add(step: Any) -> bool:
        new = 1 + (step.stage_id not in stages)
        if step.place in drawn or not room(new):
            return step.place in drawn
        drawn.add(step.place)
        stages.add(step.stage_id)
        return True

    everything = len(steps) + len({step.stage_id for step in steps})
    spare = LINES - everything if everything < LINES // 2 else LINES // 2
    for row in ranked:
        step = by_place.get(row.place)
        if len(kept) < spare and room(1) and (step is None or add(step)):
            kept += [row] if room(1) else []
    for step in steps:
        add(step)
    return drawn, kept


def _id(row: Any) -> tuple[str, str, float]:
    place = -1.0 if np.isnan(row.place) else float(row.place)
    return row.deviation, row.touchpoint_id, place


def _by_id(costs: pd.DataFrame) -> dict[tuple[str, str, float], Any]:
    known = costs[costs.score_change.notna()]
    return {_id(row): row for row in known.itertuples()}


def _weight(row: Any, cost: Any) -> float:
    """How much a deviation matters: a sure loss counts with its size, else how common it is."""
    loss = max(0.0, -cost.score_change) if cost is not None and cost.differs else 0.0
    return float(row.deviation_rate) * (1 + 10 * loss)


def _share(ax: Axes, place: int, line: Line) -> None:
    """A step's or a deviation's share with its interval and its number."""
    if line.kind == "stage":
        return
    if line.kind == "step":
        if not line.step.recorded:
            ax.annotate(word("plan_unrecorded"), (0.02, place), va="center", size=8.5, color=GREY)
            return
        value, lo, hi = line.step.met_rate, line.step.met_rate_lo, line.step.met_rate_hi
        ax.barh(place, value, color=KEY, alpha=0.13, height=0.7)
        tint, sign, size = KEY, "o", 6
    else:
        row = line.deviation
        value, lo, hi = row.deviation_rate, row.deviation_rate_lo, row.deviation_rate_hi
        sure = line.cost is not None and line.cost.differs and line.cost.score_change < 0
        tint, sign, size = (PAIN if sure else GREY), SIGNS[row.deviation], 5
    if np.isnan(value):
        return
    ax.plot([lo, hi], [place, place], color=tint, lw=1.8)
    ax.plot(value, place, sign, ms=size, color=tint, clip_on=False)
    ax.annotate(
        number_text("met_rate", value), (1.03, place), xycoords=("axes fraction", "data"),
        va="center", size=8.5, color=KEY if line.kind == "step" else tint,
    )  # fmt: skip


def _costs(ax: Axes, lines: list[Line]) -> None:
    """The difference in overall score that goes along with each deviation."""
    ax.axvline(0, color=GREY, lw=1)
    for place, line in enumerate(lines):
        if line.cost is None:
            continue
        cost = line.cost
        tint = PAIN if cost.differs and cost.score_change < 0 else GREY if cost.differs else PALE
        ax.plot([cost.score_change_lo, cost.score_change_hi], [place] * 2, color=tint, lw=1.8)
        ax.plot(cost.score_change, place, SIGNS[cost.deviation], ms=5, color=tint)
        ax.annotate(
            number_text("score_change", cost.score_change), (1.015, place),
            xycoords=("axes fraction", "data"), va="center", size=8.5,
            color=tint if cost.differs else GREY,
        )  # fmt: skip
    ax.tick_params(axis="y", length=0, labelleft=False)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
    ax.xaxis.set_major_locator(plt.MaxNLocator(4))
    ax.set_title(word("panel_plan_cost"), size=9.5, color=INK, loc="left")


def _rows(ax: Axes, lines: list[Line]) -> None:
    """Labels: stages bold, steps by name, deviations indented by what they are."""
    ax.set_yticks(range(len(lines)), [_label(line) for line in lines])
    ax.set_ylim(len(lines) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0, labelsize=9)
    for label, line in zip(ax.get_yticklabels(), lines):
        label.set_fontweight("bold" if line.kind == "stage" else "normal")
        if line.kind == "deviation":
            label.set_color(GREY)
            label.set_fontsize(8.5)


def _label(line: Line) -> str:
    if line.kind == "stage":
        unplanned = line.id == "(unplanned)"
        return word("plan_unplanned") if unplanned else name_of("stage_id", line.id)
    name = _short(name_of("touchpoint_id", line.id))
    if line.kind == "step":
        return word("plan_optional", name=name) if line.step.optional else name
    row = line.deviation
    return name if row.deviation == "ad_hoc" else word(f"deviation_{row.deviation}")


def _short(name: str) -> str:
    """A name that fits on one line."""
    while text_width(name) > NAME_WIDTH:
        name = name[:-2].rstrip("… ") + "…"
    return name
