"""Pictures of touchpoints, scores and comments: one message a figure, intervals always drawn.

`plot_<measure>(table, ax=None)` returns the Axes it drew on, or None for Missing.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from keytouch.conclusions import (
    driver_findings,
    group_findings,
    importance_findings,
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
from keytouch.labels import (
    cell_text,
    interval_text,
    name_of,
    number_text,
)
from keytouch.style import (
    GREY,
    INK,
    KEY,
    PAIN,
    PALE,
    canvas,
    titles,
    wrap,
)
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
def plot_importance(importance: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Each touchpoint's own effect with its interval, and its correlation as a diamond."""
    shown, folded = rows_of(importance)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.5)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    ax.axvline(0, color=GREY, lw=1)
    ax.plot(shown.correlation, range(len(shown)), "D", ms=5, mfc="white", color=GREY)
    dots(
        ax,
        shown,
        "importance",
        names,
        colour=lambda row: KEY if row.importance_lo > 0 else GREY,
    )
    titles(
        ax,
        message(driver_findings(importance), "title_importance"),
        word("subtitle_importance", n=n_range(importance)) + folded,
        word("note_importance"),
    )
    return ax


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
    """Mean overall score over time with its band; nothing to draw in fewer than two periods."""
    if len(trend) < 2:
        return None
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
