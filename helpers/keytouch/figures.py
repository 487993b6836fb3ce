"""Pictures of touchpoints, scores and comments: one message a figure, intervals always drawn.

`plot_<measure>(table, ax=None)` returns the Axes it drew on, or None for Missing.
"""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from keytouch.colours import GREY, INK, KEY, PAIN, PALE
from keytouch.conclusions import (
    group_findings,
    judged_periods,
    mention_findings,
    reach_findings,
    score_findings,
    trend_findings,
)
from keytouch.drawing import (
    ROW_HEIGHT,
    against,
    dots,
    label_points,
    message,
    n_range,
    percent_axis,
    rows_of,
    skips_missing,
)
from keytouch.key_conclusions import quadrant_findings
from keytouch.labels import (
    cell_text,
    chance_text,
    interval_text,
    name_of,
    number_text,
)
from keytouch.style import canvas, titles, wrap
from keytouch.words import language, word


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
    dots(ax, shown, "score", names, colour=lambda row: against(row, "score", mean))
    ax.set_xlim(*scale)
    found = score_findings(scores) if by == "touchpoint_id" else group_findings(scores, by)
    titles(
        ax,
        title or message(found, "title_scores"),
        word("subtitle_scores", lo=f"{scale[0]:g}", hi=f"{scale[1]:g}", n=n_range(scores)) + folded,
        word("note_mean_line", mean=f"{mean:.2f}"),
    )
    return ax


@skips_missing
def plot_importance_performance(
    matrix: pd.DataFrame, ax: Axes | None = None, *, scale: tuple[float, float] = (1, 5)
) -> Axes | None:
    """Importance × performance as clouds of draws, with the probability of each quadrant.

    Clouds that surely lie in "concentrate" are in the accent colour, small groups are pale.
    """
    ax = canvas(ax, height=5.4)
    for row in matrix.itertuples():
        sure = row.p_concentrate >= 0.8
        tint = PALE if row.small else KEY if sure else GREY
        ax.fill(*_cloud(row), color=tint, alpha=0.16, lw=0)
        ax.plot(*_cloud(row), color=tint, lw=0.9, alpha=0.7)
        ax.plot(row.score, row.importance, "o", ms=6, color=tint, mfc=tint if sure else "white")
    first = matrix.iloc[0]
    ax.axvline(first.crosshair_score, color=GREY, lw=1, ls=(0, (4, 3)))
    ax.axhline(first.crosshair_importance, color=GREY, lw=1, ls=(0, (4, 3)))
    ax.grid(True, axis="both")
    ax.margins(0.12)
    measure = word(f"measure_{str(first.method).removeprefix('method_ipa_')}")
    ax.set_xlabel(word("axis_performance", lo=f"{scale[0]:g}", hi=f"{scale[1]:g}"))
    ax.set_ylabel(measure)
    _corners(ax)
    titles(
        ax,
        message(quadrant_findings(matrix), "title_importance_performance"),
        word("subtitle_ipa_cloud", n=n_range(matrix), measure=measure),
        word("note_ipa_cloud"),
    )
    names = [
        f"{name_of('touchpoint_id', row.touchpoint_id)} {chance_text(row.probability)}"
        for row in matrix.itertuples()
    ]
    label_points(ax, matrix.score.to_numpy(), matrix.importance.to_numpy(), names)
    return ax


def _cloud(row: Any) -> tuple[np.ndarray, np.ndarray]:
    """The outline that holds 80 % of a touchpoint's draws, taken as normal."""
    turn = np.linspace(0, 2 * np.pi, 73)
    x, y = np.cos(turn), np.sin(turn)
    y = row.spread_r * x + np.sqrt(max(1 - row.spread_r**2, 0.0)) * y
    reach = np.sqrt(-2 * np.log(1 - 0.8))  # the radius of 80 % of a round normal cloud
    return (
        row.score + reach * row.score_spread * x,
        row.importance + reach * row.importance_spread * y,
    )


def _corners(ax: Axes) -> None:
    """The quadrants' names in the corners."""
    corners = {
        "concentrate": (0.01, 0.99), "keep_up": (0.99, 0.99),
        "low_priority": (0.01, 0.01), "overkill": (0.99, 0.01),
    }  # fmt: skip
    for quadrant, (x, y) in corners.items():
        place = {"ha": "left" if x < 0.5 else "right", "va": "top" if y > 0.5 else "bottom"}
        text = word(f"quadrant_{quadrant}")
        ax.text(x, y, text, transform=ax.transAxes, color=GREY, size=9, **place)


def kpi_span(kpi: str, scales: dict) -> tuple[float, float]:
    """The whole scale of a headline KPI."""
    if kpi.endswith("_rate"):
        return 0, 1
    return {"csat": (0, 100), "nps": (-100, 100)}.get(kpi) or scales[kpi.removesuffix("_mean")]


@skips_missing
def plot_kpis(kpis: pd.DataFrame, ax: Axes | None = None, *, scales: dict) -> Axes | None:
    """The headline KPIs, each on its own full scale with its interval."""
    ax = canvas(ax, height=0.62 * len(kpis) + 0.2)
    for place, row in enumerate(kpis.itertuples()):
        span = kpi_span(row.kpi, scales)
        low, value, high = (
            (number - span[0]) / (span[1] - span[0]) for number in (row.lo, row.value, row.hi)
        )
        ax.plot([0, 1], [place, place], color="#E9ECF0", lw=9, solid_capstyle="butt", zorder=0)
        ax.plot([low, high], [place, place], color=KEY, lw=9, alpha=0.35, solid_capstyle="butt")
        ax.plot(value, place, "o", ms=9, color=KEY)
        for at, end, side in ((0, span[0], "left"), (1, span[1], "right")):
            text = f"{100 * end:g}%" if row.kpi.endswith("_rate") else f"{end:g}"
            ax.text(at, place + 0.34, text, size=8, color=GREY, ha=side, va="center")
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
    """Mean overall score over time with its band; nothing to draw in fewer than two periods."""
    if len(trend) < 2:
        return None
    ax = canvas(ax, height=2.9)
    ax.fill_between(trend.period, trend.score_lo, trend.score_hi, color=KEY, alpha=0.15, lw=0)
    ax.plot(trend.period, trend.score, "-", color=KEY, lw=2)
    counted = trend.index.isin(judged_periods(trend).index)
    for rows, face in ((trend[counted], KEY), (trend[~counted], "white")):
        ax.plot(rows.period, rows.score, "o", color=KEY, ms=5.5, mfc=face)
    for place in (0, len(trend) - 1):
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
        "" if counted.all() else word("note_partial_periods"),
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
