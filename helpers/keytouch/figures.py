"""Pictures of measures: one message a figure, intervals always drawn.

`plot_<measure>(table, ax=None)` returns the Axes it drew on, or None for Missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from keytouch.engine import Missing
from keytouch.findings import (
    Finding,
    band_text,
    delay_findings,
    funnel_findings,
    importance_findings,
    lateness_findings,
    mention_findings,
    pain_findings,
    priority_findings,
    reach_findings,
    score_findings,
    trend_findings,
)
from keytouch.labels import cell_text, column_label, interval_text, name_of, number_text
from keytouch.style import (
    COLOURS,
    GOOD,
    GREY,
    INK,
    KEY,
    PAIN,
    PALE,
    WIDTH,
    canvas,
    text_width,
    titles,
    wrap,
)
from keytouch.words import language, word

ROWS = 20
ROW_HEIGHT = 0.33


def skips_missing(plot: Callable[..., Axes | None]) -> Callable[..., Axes | None]:
    """A plot of Missing, or of an empty table, draws nothing."""

    @wraps(plot)
    def run(table: pd.DataFrame | Missing, *rest: Any, **options: Any) -> Axes | None:
        if isinstance(table, Missing) or table.empty:
            return None
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

    Rows marked `small` are pale; rows without an interval show a hollow dot.
    """
    low, high = table[f"{column}_lo"], table[f"{column}_hi"]
    for place, (_, row) in enumerate(table.iterrows()):
        small = bool(row.get("small", False))
        tint = PALE if small else colour(row)
        ax.plot([low.iloc[place], high.iloc[place]], [place, place], color=tint, lw=2.2)
        known = np.isfinite(low.iloc[place])
        ax.plot(row[column], place, "o", ms=6.5, color=tint, mfc=tint if known else "white")
    ax.set_yticks(range(len(table)), [wrap(name, 24) for name in names])
    ax.set_ylim(len(table) - 0.4, -0.6)
    texts = notes if notes is not None else [number_text(column, v) for v in table[column]]
    for place, text in enumerate(texts):
        ax.annotate(
            text, (1.01, place), xycoords=("axes fraction", "data"), va="center", size=9, color=INK
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


@skips_missing
def plot_coverage(coverage: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Touchpoints in each cell of stage × side × medium; empty cells are hatched."""
    stages = list(dict.fromkeys(coverage.stage_id))
    columns = list(dict.fromkeys(zip(coverage.stage_side, coverage.medium)))
    ax = canvas(ax, height=0.42 * len(stages) + 0.5)
    peak = max(int(coverage.n.max()), 1)
    for row in coverage.itertuples():
        x, y = columns.index((row.stage_side, row.medium)), stages.index(row.stage_id)
        empty = row.n == 0
        face = "white" if empty else KEY
        alpha = 1 if empty else 0.15 + 0.6 * row.n / peak
        style = {"hatch": "////", "edgecolor": PALE} if empty else {"edgecolor": "white"}
        ax.add_patch(Rectangle((x, y), 0.96, 0.92, facecolor=face, alpha=alpha, lw=0.8, **style))
        text = word("cell_empty") if empty else str(row.n)
        ax.text(x + 0.48, y + 0.46, text, ha="center", va="center", color=GREY if empty else INK)
    ax.set_xlim(0, len(columns))
    ax.set_ylim(len(stages), 0)
    heads = [f"{word(f'stage_side_{s}')} · {word(f'medium_{m}')}" for s, m in columns]
    ax.set_xticks(np.arange(len(columns)) + 0.48, heads)
    ax.xaxis.tick_top()
    ax.set_yticks(np.arange(len(stages)) + 0.46, [wrap(name_of("stage_id", s), 24) for s in stages])
    ax.tick_params(length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    gaps = int((coverage.n == 0).sum())
    title = word("title_coverage", gaps=gaps, cells=len(coverage))
    titles(ax, title, word("subtitle_coverage"))
    return ax


@skips_missing
def plot_reach(reach: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Share of journeys that meet each touchpoint, with its interval."""
    shown, folded = rows_of(reach)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.5)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    ax.barh(range(len(shown)), shown.reach_rate, color=PALE, height=0.62)
    dots(ax, shown, "reach_rate", names)
    percent_axis(ax, top=1)
    titles(
        ax,
        message(reach_findings(reach), "title_reach"),
        word("subtitle_reach", n=n_range(reach)) + folded,
    )
    return ax


@skips_missing
def plot_scores(
    scores: pd.DataFrame,
    ax: Axes | None = None,
    *,
    by: str = "touchpoint_id",
    scale: tuple[float, float] = (1, 5),
    title: str = "",
) -> Axes | None:
    """Mean score per group with its interval, lowest first; a line marks the groups' mean."""
    shown, folded = rows_of(scores)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.5)
    names = [cell_text(by, value) for value in shown[by]]
    mean = float(np.average(scores.score, weights=scores.n))
    ax.axvline(mean, color=GREY, lw=1, ls=(0, (4, 3)))
    dots(ax, shown, "score", names, colour=lambda row: _against(row, "score", mean))
    ax.set_xlim(*scale)
    found = score_findings(scores) if by == "touchpoint_id" else []
    titles(
        ax,
        title or message(found, "title_scores"),
        word("subtitle_scores", lo=f"{scale[0]:g}", hi=f"{scale[1]:g}", n=n_range(scores)) + folded,
        word("note_mean_line", mean=f"{mean:.2f}"),
    )
    return ax


def _against(row: pd.Series, column: str, level: float) -> str:
    """Colour by where an interval lies: surely below, surely above, or astride a level."""
    if row[f"{column}_hi"] < level:
        return PAIN
    return GOOD if row[f"{column}_lo"] > level else GREY


@skips_missing
def plot_importance_performance(
    matrix: pd.DataFrame, ax: Axes | None = None, *, scale: tuple[float, float] = (1, 5)
) -> Axes | None:
    """Importance × performance with both intervals; decided weak spots in the accent colour."""
    ax = canvas(ax, height=5.2)
    for row in matrix.itertuples():
        tint = KEY if row.p_concentrate >= 0.8 else GREY
        light = {"color": tint, "lw": 1.1, "alpha": 0.45}
        ax.plot([row.score_lo, row.score_hi], [row.importance] * 2, **light)
        ax.plot([row.score] * 2, [row.importance_lo, row.importance_hi], **light)
        ax.plot(row.score, row.importance, "o", ms=7, color=tint)
    ax.axvline(matrix.score.mean(), color=GREY, lw=1, ls=(0, (4, 3)))
    ax.axhline(matrix.importance.mean(), color=GREY, lw=1, ls=(0, (4, 3)))
    ax.grid(True, axis="both")
    ax.margins(0.12)
    ax.set_xlabel(word("axis_performance", lo=f"{scale[0]:g}", hi=f"{scale[1]:g}"))
    ax.set_ylabel(word("axis_importance"))
    corners = {
        "concentrate": (0.01, 0.99), "keep_up": (0.99, 0.99),
        "low_priority": (0.01, 0.01), "overkill": (0.99, 0.01),
    }  # fmt: skip
    for quadrant, (x, y) in corners.items():
        place = {"ha": "left" if x < 0.5 else "right", "va": "top" if y > 0.5 else "bottom"}
        ax.text(
            x, y, word(f"quadrant_{quadrant}"), transform=ax.transAxes, color=GREY, size=9,
            style="normal", **place,
        )  # fmt: skip
    titles(
        ax,
        message(importance_findings(matrix), "title_importance_performance"),
        word("subtitle_importance_performance", n=n_range(matrix)),
        word("note_correlation"),
    )
    names = [name_of("touchpoint_id", i) for i in matrix.touchpoint_id]
    label_points(ax, matrix.score.to_numpy(), matrix.importance.to_numpy(), names)
    return ax


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
    for (px, py), name in zip(points, names):
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
            name, (px, py), xycoords="figure pixels", xytext=(dx, dy), textcoords="offset points",
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


@skips_missing
def plot_funnel(funnel: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Share of journeys that reach each stage, and the share that stops there."""
    ax = canvas(ax, height=0.5 * len(funnel) + 0.5)
    names = [name_of("stage_id", stage) for stage in funnel.stage_id]
    ax.barh(range(len(funnel)), funnel.reach_rate, color="#BFD9EA", height=0.66)
    stops = [
        "" if np.isnan(row.stop_rate) else word("stops_here", rate=f"{100 * row.stop_rate:.0f}%")
        for row in funnel.itertuples()
    ]
    notes = [
        f"{100 * rate:.1f}%  {count:,}  {stop}".rstrip()
        for rate, count, stop in zip(funnel.reach_rate, funnel.reached, stops)
    ]
    dots(ax, funnel, "reach_rate", names, notes=notes)
    percent_axis(ax, top=1)
    titles(
        ax,
        message(funnel_findings(funnel), "title_funnel"),
        word("subtitle_funnel", n=n_range(funnel)),
    )
    return ax


@skips_missing
def plot_transitions(transitions: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The most frequent steps from one touchpoint to the next, with the time between."""
    inner = transitions[(transitions.from_id != "(start)") & (transitions.to_id != "(end)")]
    if inner.empty:
        return None
    shown = inner.head(15)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.5)
    arrow = [
        f"{name_of('from_id', row.from_id)} → {name_of('to_id', row.to_id)}"
        for row in shown.itertuples()
    ]
    loops = shown.from_id == shown.to_id
    notes = [
        f"{row.n:,}"
        + ("" if pd.isna(row.minutes_p50) else f"  {cell_text('minutes_p50', row.minutes_p50)}")
        for row in shown.itertuples()
    ]
    table = shown.assign(loop=loops)
    dots(
        ax,
        table,
        "share_rate",
        [wrap(name, 34) for name in arrow],
        colour=lambda row: PAIN if row.loop else KEY,
        notes=notes,
    )
    ax.set_yticks(range(len(shown)), [wrap(name, 36) for name in arrow])
    percent_axis(ax, top=1)
    first = shown.iloc[0]
    title = word(
        "title_transitions",
        source=name_of("from_id", first.from_id),
        target=name_of("to_id", first.to_id),
        n=f"{first.n:,}",
    )
    folded = word("figure_folded", shown=len(shown), all=len(inner)) if len(inner) > 15 else ""
    titles(ax, title, word("subtitle_transitions") + folded)
    return ax


@skips_missing
def plot_delays(delays: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """How often each promise is broken, with its interval and the median and 90 % delay."""
    shown, folded = rows_of(delays)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    notes = [
        f"{100 * row.late_rate:.1f}%  "
        + word(
            "p50_p90",
            p50=cell_text("delay_p50", row.delay_p50),
            p90=cell_text("delay_p90", row.delay_p90),
        )
        for row in shown.itertuples()
    ]
    ax.barh(range(len(shown)), shown.late_rate, color="#F3D3BF", height=0.6)
    dots(ax, shown, "late_rate", names, notes=notes, colour=lambda row: PAIN)
    percent_axis(ax, top=max(0.05, float(shown.late_rate_hi.max()) * 1.1))
    titles(
        ax,
        message(delay_findings(delays), "title_delays"),
        word("subtitle_delays", n=n_range(delays)) + folded,
    )
    return ax


@skips_missing
def plot_score_by_lateness(
    bands: pd.DataFrame,
    ax: Axes | None = None,
    *,
    touchpoint: str,
    scale: tuple[float, float] = (1, 5),
) -> Axes | None:
    """Overall score by how late a promise was kept: where patience ends."""
    ax = canvas(ax, height=3.0)
    x = range(len(bands))
    ax.plot(x, bands.score, color=PALE, lw=1.5, zorder=1)
    for place, row in enumerate(bands.itertuples()):
        tint = KEY if row.band in ("early", "on_time") else PAIN
        ax.plot([place] * 2, [row.score_lo, row.score_hi], color=tint, lw=2.2)
        ax.plot(place, row.score, "o", ms=7, color=tint)
        ax.annotate(
            f"{row.score:.2f}",
            (place, row.score),
            xytext=(9, 4),
            textcoords="offset points",
            size=9,
        )
    labels = [f"{band_text(row.band, row.unit)}\nn={row.n:,}" for row in bands.itertuples()]
    ax.set_xticks(list(x), labels)
    ax.set_xlim(-0.4, len(bands) - 0.4)
    ax.set_ylim(*scale)
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    titles(
        ax,
        message(lateness_findings(bands, touchpoint), "title_lateness"),
        word(
            "subtitle_lateness",
            name=name_of("touchpoint_id", touchpoint),
            lo=f"{scale[0]:g}",
            hi=f"{scale[1]:g}",
        ),
    )
    return ax


@skips_missing
def plot_kpis(kpis: pd.DataFrame, ax: Axes | None = None, *, scales: dict) -> Axes | None:
    """The headline KPIs, each on its own full scale with its interval."""
    ax = canvas(ax, height=0.62 * len(kpis) + 0.2)
    for place, row in enumerate(kpis.itertuples()):
        span = {"csat": (0, 100), "nps": (-100, 100)}.get(row.kpi) or scales[row.kpi[:-5]]
        low, value, high = (
            (number - span[0]) / (span[1] - span[0]) for number in (row.lo, row.value, row.hi)
        )
        ax.plot([0, 1], [place, place], color="#E9ECF0", lw=9, solid_capstyle="butt", zorder=0)
        ax.plot([low, high], [place, place], color=KEY, lw=9, alpha=0.35, solid_capstyle="butt")
        ax.plot(value, place, "o", ms=9, color=KEY)
        for at, end, side in ((0, span[0], "left"), (1, span[1], "right")):
            ax.text(at, place + 0.34, f"{end:g}", size=8, color=GREY, ha=side, va="center")
        text = f"{number_text(row.kpi, row.value)}（{interval_text(row.kpi, row.lo, row.hi)}）"
        if language() == "en":
            text = text.replace("（", " (").replace("）", ")")
        ax.annotate(text, (1.015, place), xycoords=("axes fraction", "data"), va="center", size=10)
    ax.set_yticks(range(len(kpis)), [wrap(word(f"kpi_{kpi}"), 22) for kpi in kpis.kpi])
    ax.set_ylim(len(kpis) - 0.4, -0.6)
    ax.set_xlim(0, 1)
    ax.set_xticks([])
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    first = kpis.iloc[0]
    title = word(
        "title_kpis",
        kpi=word(f"kpi_{first.kpi}"),
        value=number_text(first.kpi, first.value),
        interval=interval_text(first.kpi, first.lo, first.hi),
    )
    titles(ax, title, word("subtitle_kpis", n=n_range(kpis)))
    return ax


@skips_missing
def plot_trend(
    trend: pd.DataFrame, ax: Axes | None = None, *, scale: tuple[float, float] = (1, 5)
) -> Axes | None:
    """Mean overall score over time with its band."""
    ax = canvas(ax, height=2.9)
    ax.fill_between(trend.period, trend.score_lo, trend.score_hi, color=KEY, alpha=0.15, lw=0)
    ax.plot(trend.period, trend.score, "o-", color=KEY, lw=2, ms=5)
    ends = [0, len(trend) - 1] if len(trend) > 1 else [0]
    for place in ends:
        row = trend.iloc[place]
        ax.annotate(
            f"{row.score:.2f}", (row.period, row.score), xytext=(0, 9), textcoords="offset points",
            ha="center", size=9,
        )  # fmt: skip
    ax.set_ylim(*scale)
    ax.xaxis.set_major_formatter(plt.matplotlib.dates.DateFormatter("%Y-%m"))
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    titles(
        ax,
        message(trend_findings(trend), "title_trend"),
        word("subtitle_trend", lo=f"{scale[0]:g}", hi=f"{scale[1]:g}", n=n_range(trend)),
    )
    return ax


@skips_missing
def plot_mentions(mentions: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Share of negative comments per touchpoint named, most named first."""
    shown, folded = rows_of(mentions)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.5)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    notes = [
        f"{number_text('negative_rate', row.negative_rate)}  "
        + word("mention_count", n=f"{row.mentions:,}")
        for row in shown.itertuples()
    ]
    level = float(np.average(mentions.negative_rate.fillna(0), weights=np.fmax(mentions.n, 1)))
    ax.axvline(level, color=GREY, lw=1, ls=(0, (4, 3)))
    dots(
        ax,
        shown,
        "negative_rate",
        names,
        notes=notes,
        colour=lambda row: PAIN if row.negative_rate_lo > level else GREY,
    )
    percent_axis(ax, top=1)
    titles(
        ax,
        message(mention_findings(mentions), "title_mentions"),
        word("subtitle_mentions", n=f"{int(mentions.comments.max()):,}") + folded,
        word("note_mentions", level=f"{100 * level:.0f}%"),
    )
    return ax


@skips_missing
def plot_pain_points(pains: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Pain points: the rate with its interval against the level it is judged by."""
    known = pains[pains.pain] if pains.pain.any() else pains
    shown, folded = rows_of(known)
    ax = canvas(ax, height=ROW_HEIGHT * 1.15 * len(shown) + 0.5)
    names = [
        f"{name_of('touchpoint_id', row.touchpoint_id)} · {word(f'evidence_{row.evidence}')}"
        for row in shown.itertuples()
    ]
    notes = [f"{number_text('rate', row.rate)}  {row.evidence_id}" for row in shown.itertuples()]
    dots(ax, shown, "rate", names, notes=notes, colour=lambda row: PAIN if row.pain else GREY)
    ax.set_yticks(range(len(shown)), [wrap(name, 34) for name in names])
    for place, level in enumerate(shown.baseline):
        ax.plot([level] * 2, [place - 0.3, place + 0.3], color=INK, lw=1.4)
    percent_axis(ax, top=min(1, float(shown.rate_hi.max()) * 1.15))
    titles(
        ax,
        message(pain_findings(pains), "title_pain_points"),
        word("subtitle_pain_points", n=n_range(shown)) + folded,
        word("note_baseline"),
    )
    return ax


@skips_missing
def plot_priorities(priorities: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """What improving each touchpoint might bring, with the chance to be among the first three."""
    shown, folded = rows_of(priorities)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.5)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    notes = [
        f"{row.gain_points:.2f}  " + word("p_top_note", p=f"{100 * row.p_top:.0f}%")
        for row in shown.itertuples()
    ]
    dots(
        ax,
        shown,
        "gain_points",
        names,
        notes=notes,
        colour=lambda row: KEY if row.p_top >= 0.8 else GREY,
    )
    ax.set_xlim(min(0, float(shown.gain_points_lo.min())), None)
    ax.set_xlabel(column_label("gain_points"))
    titles(
        ax,
        message(priority_findings(priorities), "title_priorities"),
        word("subtitle_priorities", n=n_range(priorities)) + folded,
        word("note_gain"),
    )
    return ax


@skips_missing
def plot_actions(actions: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The actions' expected effect with its range, cost, owner and due date beside it."""
    shown = actions[actions.effect_points.notna()].head(ROWS)
    if shown.empty:
        return None
    ax = canvas(ax, height=0.42 * len(shown) + 0.5)
    names = [action_name(row) for row in shown.itertuples()]
    notes = [
        " · ".join(
            cell_text(name, getattr(row, name))
            for name in ("cost", "owner", "due")
            if not pd.isna(getattr(row, name))
        )
        for row in shown.itertuples()
    ]
    table = shown.assign(small=False)
    dots(
        ax, table, "effect_points", names, notes=[wrap(note, 30) for note in notes],
        colour=lambda row: KEY if row.origin == "client" else COLOURS[1],
    )  # fmt: skip
    ax.set_yticks(range(len(shown)), [wrap(name, 30) for name in names])
    ax.axvline(0, color=PALE, lw=1)
    ax.set_xlabel(column_label("effect_points"))
    ax.figure.set_size_inches(WIDTH * 1.05, ax.figure.get_size_inches()[1])
    titles(ax, word("title_actions", n=len(actions)), word("subtitle_actions"))
    return ax


def action_name(row: Any) -> str:
    """An action's name in the language in use; a proposal's is made from its lever."""
    if row.origin == "proposal":
        name = name_of("touchpoint_id", row.touchpoint_id)
        return word(f"lever_{row.lever}", name=name)
    names = {"zh": row.name_zh, "en": row.name_en}
    chosen = names.get(language())
    return str(chosen) if not pd.isna(chosen) else str(row.action_id)
