"""What the pictures share: rows of dots with intervals, labels that don't overlap, axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GOOD, GREY, INK, KEY, PAIN, PALE
from keytouch.engine import Missing
from keytouch.findings import Finding
from keytouch.labels import (
    number_text,
)
from keytouch.style import text_width, wrap
from keytouch.tables import refuse_naked
from keytouch.words import word

ROWS = 20
ROW_HEIGHT = 0.33


def skips_missing(plot: Callable[..., Axes | None]) -> Callable[..., Axes | None]:
    """A plot of Missing, or of an empty table, draws nothing; one of a naked KPI is refused."""

    @wraps(plot)
    def run(table: pd.DataFrame | Missing, *rest: Any, **options: Any) -> Axes | None:
        if isinstance(table, Missing) or table.empty:
            return None
        if isinstance(table, pd.DataFrame):
            refuse_naked(table, table.columns)
        return plot(table, *rest, **options)

    return run


def message(findings: Sequence[Finding], fallback: str) -> str:
    """A figure's title: its first finding, else what the figure shows."""
    return findings[0].sentence() if findings else word(fallback)


def dots(
    ax: Axes,
    table: pd.DataFrame,
    column: str,
    names: Sequence[str],
    *,
    colour: Callable[[pd.Series], str] = lambda row: KEY,
    notes: Sequence[str] | None = None,
) -> None:
    """A row per estimate: a dot, its interval as a line, its number at the right.

    Rows marked `small` are pale; rows without an interval show a hollow dot. A column without
    its bounds is refused with ValueError.
    """
    if not {f"{column}_lo", f"{column}_hi"} <= set(table.columns):
        raise ValueError(f"no interval for {column}: an estimate is never drawn naked")
    low, high = table[f"{column}_lo"], table[f"{column}_hi"]
    for place, (_, row) in enumerate(table.iterrows()):
        small = bool(row.get("small", False))
        tint = PALE if small else colour(row)
        ax.plot([low.iloc[place], high.iloc[place]], [place, place], color=tint, lw=2.2)
        known = np.isfinite(low.iloc[place])
        ax.plot(
            row[column],
            place,
            "o",
            ms=6.5,
            color=tint,
            mfc=tint if known else "white",
            clip_on=False,
        )
    ax.set_yticks(range(len(table)), [wrap(name, 24) for name in names])
    ax.set_ylim(len(table) - 0.4, -0.6)
    texts = notes if notes is not None else [number_text(column, v) for v in table[column]]
    for place, text in enumerate(texts):
        ax.annotate(
            text, (1.022, place), xycoords=("axes fraction", "data"), va="center", size=9, color=INK
        )
    ax.tick_params(axis="y", length=0)


def rows_of(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The rows that a picture shows, and a sentence on how many it leaves to the table."""
    if len(table) <= ROWS:
        return table, ""
    return table.head(ROWS), word("figure_folded", shown=ROWS, all=len(table))


def percent_axis(ax: Axes, *, top: float | None = None) -> None:
    """A share's axis: from zero, in percent."""
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    ax.set_xlim(0, top)


def n_range(table: pd.DataFrame) -> str:
    """The smallest and largest n of a table, as text."""
    low, high = int(table.n.min()), int(table.n.max())
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def against(row: pd.Series, column: str, level: float) -> str:
    """Colour by where an interval lies: surely below, surely above, or astride a level."""
    if row[f"{column}_hi"] < level:
        return PAIN
    return GOOD if row[f"{column}_lo"] > level else GREY


def label_points(ax: Axes, x: np.ndarray, y: np.ndarray, names: Sequence[str]) -> None:
    """Write names beside points so that none covers another; a thin line leads to a far one.

    Greedy: each label takes the first of its candidate places that overlaps least.
    """
    figure = ax.figure
    figure.draw_without_rendering()
    points = ax.transData.transform(np.column_stack([x, y]))
    scale = figure.dpi / 72
    taken = [(px - 5 * scale, py - 5 * scale, px + 5 * scale, py + 5 * scale) for px, py in points]
    box = ax.get_window_extent()
    for (px, py), ax_x, ax_y, name in zip(points, x, y, names):
        width, height = text_width(name) * 4.6 * scale, 11 * scale
        best = None
        for dx, dy in _places(width / scale, height / scale):
            left = px + dx * scale
            lower = py + dy * scale
            area = (left, lower, left + width, lower + height)
            cost = sum(_overlap(area, other) for other in taken)
            cost += 4 * _outside(area, (box.x0, box.y0, box.x1, box.y1)) + 0.02 * abs(dy)
            if best is None or cost < best[0] - 1e-9:
                best = (cost, area, dx, dy)
        _, area, dx, dy = best
        taken.append(area)
        far = max(abs(dy), abs(dx if dx > 0 else dx + width / scale)) > 16
        line = {"arrowstyle": "-", "color": PALE, "lw": 0.7} if far else None
        ax.annotate(
            name, (ax_x, ax_y), xytext=(dx, dy), textcoords="offset points",
            size=8.5, arrowprops=line, annotation_clip=False,
        )  # fmt: skip


def _places(width: float, height: float) -> list[tuple[float, float]]:
    """Candidate offsets (points) of a label's lower left corner, nearest first."""
    rows = [0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5]
    sides = (7.0, -width - 7.0, -width / 2)
    return [
        (dx, -height / 2 + row * height * 0.9)
        for row in rows
        for dx in sides
        if row != 0 or dx != -width / 2
    ]


def _overlap(a: Sequence[float], b: Sequence[float]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return width * height if width > 0 and height > 0 else 0.0


def _outside(area: Sequence[float], box: Sequence[float]) -> float:
    whole = (area[2] - area[0]) * (area[3] - area[1])
    return whole - _overlap(area, box)
