"""Pictures of engagement and retention over months, and of a slice of the cube of key figures."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import KEY, PALE
from keytouch.drawing import (
    ROW_HEIGHT,
    dots,
    message,
    n_range,
    rows_of,
    skips_missing,
)
from keytouch.labels import number_text
from keytouch.return_conclusions import (
    cell_dimensions,
    cell_name,
    cube_findings,
    engagement_findings,
    retention_findings,
)
from keytouch.style import canvas, titles, wrap
from keytouch.tables import group_notes
from keytouch.words import word

SPREAD = ("per_customer", "per_customer_lo", "per_customer_hi")


@skips_missing
def plot_engagement(engagement: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Interactions per active customer and month, with their band; part months are hollow."""
    engagement = engagement[engagement.n.notna()].astype(dict.fromkeys(SPREAD, float))
    if len(engagement) < 2:
        return None
    ax = canvas(ax, height=2.8)
    time = pd.to_datetime(engagement.period)
    low, high = engagement.per_customer_lo, engagement.per_customer_hi
    ax.fill_between(time, low, high, color=KEY, alpha=0.15, lw=0)
    ax.plot(time, engagement.per_customer, "-", color=KEY, lw=2)
    whole = engagement.whole.astype(bool)
    for rows, face in ((whole, KEY), (~whole, "white")):
        ax.plot(time[rows], engagement.per_customer[rows], "o", color=KEY, ms=5.5, mfc=face)
    for when, row in zip(time, engagement.itertuples()):
        text = f"{number_text('per_customer', row.per_customer)}\nn={row.n:,.0f}"
        ax.annotate(
            text, (when, row.per_customer),
            xytext=(0, 9), textcoords="offset points", ha="center", size=8.5,
        )  # fmt: skip
    ax.set_ylim(0, float(np.nanmax(high.fillna(engagement.per_customer))) * 1.3)
    ax.set_xticks(time)
    ax.xaxis.set_major_formatter(plt.matplotlib.dates.DateFormatter("%Y-%m"))
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    titles(
        ax,
        message(engagement_findings(engagement), "title_engagement"),
        word("subtitle_engagement", n=n_range(engagement)),
        "" if whole.all() else word("note_partial_periods"),
    )
    return ax


@skips_missing
def plot_retention(
    retention: pd.DataFrame, ax: Axes | None = None, *, cohorts: pd.DataFrame | None = None
) -> Axes | None:
    """The share of customers who are back after so many months; each cohort is a pale line."""
    ax = canvas(ax, height=3.0)
    if cohorts is not None and len(cohorts):
        seen = cohorts[cohorts.observed & ~cohorts.suppressed]
        for _, rows in seen.groupby("cohort"):
            ax.plot(rows.month, rows.retention_rate.astype(float), "-", color=PALE, lw=1.2)
    low, high = retention.retention_rate_lo, retention.retention_rate_hi
    ax.fill_between(retention.month, low, high, color=KEY, alpha=0.15, lw=0)
    ax.plot(retention.month, retention.retention_rate, "-o", color=KEY, lw=2, ms=5.5)
    ax.vlines(retention.month, low, high, color=KEY, lw=1.5)
    for row in retention.itertuples():
        ax.annotate(
            number_text("retention_rate", row.retention_rate), (row.month, row.retention_rate_hi),
            xytext=(0, 6), textcoords="offset points", ha="center", size=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85},
        )  # fmt: skip
    months = [int(month) for month in retention.month]
    counts = retention.n
    ax.set_xticks(months, [f"{month}\nn={n:,}" for month, n in zip(months, counts)])
    ax.set_xlim(min(months) - 0.4, max(months) + 0.4)
    ax.set_ylim(0, min(1.0, float(high.max()) * 1.3))
    ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    ax.set_xlabel(word("axis_months_since"))
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    titles(
        ax,
        message(retention_findings(retention), "title_retention"),
        word("subtitle_retention", n=n_range(retention)),
        word("note_retention"),
    )
    return ax


def _hidden_cells(cells: pd.DataFrame) -> list[str]:
    hidden = int(cells.score.isna().sum())
    limit = f"{cells.small_cell.max():,}"
    return [word("note_hidden_cells", cells=f"{hidden:,}", n=limit)] if hidden else []


@skips_missing
def plot_slice(
    cells: pd.DataFrame, ax: Axes | None = None, *, scale: tuple[float, float] = (1, 5)
) -> Axes | None:
    """The scores of a slice of the cube with their intervals, lowest first."""
    by = cell_dimensions(cells)
    known = cells[cells.score.notna()].sort_values(["score", *by], kind="stable")
    if known.empty or not by:
        return None
    shown, folded = rows_of(known.reset_index(drop=True))
    ax = canvas(ax, height=ROW_HEIGHT * 1.1 * len(shown) + 0.5)
    names = [wrap(cell_name(row, by), 34) for _, row in shown.iterrows()]
    notes = [f"{number_text('score', row.score)}  n={row.n:,}" for row in shown.itertuples()]
    dots(ax, shown, "score", names, notes=notes)
    ax.set_yticks(range(len(shown)), names)
    ax.set_xlim(*scale)
    titles(
        ax,
        message(cube_findings(cells), "title_slice"),
        word("subtitle_slice", lo=f"{scale[0]:g}", hi=f"{scale[1]:g}") + folded,
        " ".join([*group_notes(known), *_hidden_cells(cells)]),
    )
    return ax
