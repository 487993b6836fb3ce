"""Pictures with a panel for each group or figure, side by side on the same rows."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GREY, INK, KEY, PALE
from keytouch.drawing import ROW_HEIGHT, ROWS, message, n_range, rows_of, skips_missing
from keytouch.group_conclusions import gap_of_group_findings, group_word
from keytouch.group_figures import hidden_rows, mark_of
from keytouch.labels import cell_text, interval_text, number_text
from keytouch.style import WIDTH, titles, wrap
from keytouch.tables import group_notes
from keytouch.words import word

GROUPS = 5  # panels that fit side by side
PANELS = ("top_rate", "nps", "ces_mean")


@skips_missing
def plot_group_kpis(table: pd.DataFrame) -> Axes | None:
    """CSAT, NPS and CES of each group side by side, each with its interval."""
    column = str(table.columns[0])
    panels = [name for name in PANELS if name in table]
    known = table[~hidden_rows(table)].reset_index(drop=True)
    if known.empty:
        return None
    shown, folded = rows_of(known)
    height = ROW_HEIGHT * len(shown) + 0.8
    figure, axes = plt.subplots(
        1, len(panels), figsize=(WIDTH, height), layout="constrained", squeeze=False
    )
    figure._keytouch_own = True
    for ax, name in zip(axes[0], panels):
        _panel(ax, shown, name)
    names = [wrap(cell_text(column, value), 18) for value in shown[column]]
    axes[0][0].set_yticks(range(len(shown)), names)
    ax = axes[0][0]
    titles(ax, _kpi_message(shown, column, panels[-1] if "nps" not in panels else "nps"),
           word("subtitle_group_kpis") + folded, " ".join(group_notes(table)))  # fmt: skip
    return ax


def _panel(ax: Axes, table: pd.DataFrame, name: str) -> None:
    """One KPI of all groups: dots, intervals, numbers above the dots; the mean as a line."""
    column = {"top_rate": "n", "nps": "nps_n", "ces_mean": "ces_n"}[name]
    middle = float(np.average(table[name].fillna(0), weights=table[column].fillna(0)))
    ax.axvline(middle, color=GREY, lw=1, ls=(0, (4, 3)))
    for place, (_, row) in enumerate(table.iterrows()):
        if pd.isna(row[name]):
            continue
        tint = PALE if row.small else KEY
        ax.plot([row[f"{name}_lo"], row[f"{name}_hi"]], [place, place], color=tint, lw=2.2)
        ax.plot(row[name], place, "o", ms=6, color=tint)
        ax.annotate(
            number_text(name, row[name]), (row[name], place), xytext=(0, 6),
            textcoords="offset points", ha="center", size=8.5, color=INK,
        )  # fmt: skip
    ax.set_yticks(range(len(table)), [""] * len(table))
    ax.set_ylim(len(table) - 0.4, -0.75)
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.12)
    if name == "top_rate":
        ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    else:
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
    ax.xaxis.set_major_locator(plt.MaxNLocator(4))
    ax.set_title(word(f"panel_{name}"), size=9.5, color=INK, loc="left")


def _kpi_message(table: pd.DataFrame, column: str, name: str) -> str:
    """From the lowest to the highest group, with their numbers."""
    known = table[table[name].notna() & ~table.small]
    if len(known) < 2:
        return word("title_group_kpis")
    low, high = known.loc[known[name].idxmin()], known.loc[known[name].idxmax()]
    return word(
        "title_group_range",
        what=word(f"panel_{name}"),
        low=cell_text(column, low[column]),
        low_value=_with_interval(low, name),
        high=cell_text(column, high[column]),
        high_value=_with_interval(high, name),
    )


def _with_interval(row: pd.Series, name: str) -> str:
    interval = interval_text(name, row[f"{name}_lo"], row[f"{name}_hi"])
    return word("value_interval", value=number_text(name, row[name]), interval=interval)


@skips_missing
def plot_touchpoint_gaps(gaps: pd.DataFrame) -> Axes | None:
    """Each group's difference from the others at every touchpoint, a panel per group."""
    column = str(gaps.columns[1])
    known = gaps[~hidden_rows(gaps) & gaps.score_difference.notna()]
    if known.empty:
        return None
    touchpoints = list(dict.fromkeys(known.touchpoint_id))
    groups = list(known.groupby(column).n.sum().sort_values(ascending=False).index[:GROUPS])
    shown, folded = touchpoints[:ROWS], ""
    if len(touchpoints) > ROWS:
        folded = word("figure_folded", shown=ROWS, all=len(touchpoints))
    figure, axes = plt.subplots(
        1, len(groups), figsize=(WIDTH, ROW_HEIGHT * len(shown) + 0.8), layout="constrained",
        squeeze=False, sharex=True,
    )  # fmt: skip
    figure._keytouch_own = True
    for ax, group in zip(axes[0], sorted(groups)):
        rows = known[known[column] == group].set_index("touchpoint_id").reindex(shown)
        _gap_panel(ax, rows, wrap(cell_text(column, group), 16))
    names = [wrap(cell_text("touchpoint_id", name), 18) for name in shown]
    relative = (gaps.method == "method_relative").any()
    subtitle = "subtitle_touchpoint_gaps_relative" if relative else "subtitle_touchpoint_gaps"
    axes[0][0].set_yticks(range(len(shown)), names)
    notes = [word("note_comparison"), *group_notes(gaps.assign(suppressed=False))]
    hidden = int(hidden_rows(gaps).sum())
    if hidden:
        limit = f"{gaps.small_cell.max():,.0f}"
        notes.append(word("note_hidden_cells", cells=str(hidden), n=limit))
    titles(
        axes[0][0],
        message(gap_of_group_findings(gaps), "title_touchpoint_gaps"),
        word(subtitle, rest=group_word("rest", column), n=n_range(known)) + folded,
        " ".join(notes),
    )
    return axes[0][0]


def _gap_panel(ax: Axes, rows: pd.DataFrame, title: str) -> None:
    """One group's differences: a mark and an interval per touchpoint."""
    ax.axvline(0, color=GREY, lw=1)
    for place, (_, row) in enumerate(rows.iterrows()):
        if pd.isna(row.score_difference):
            continue
        mark, tint = mark_of(row)
        tint = PALE if row.small else tint
        ends = [row.score_difference_lo, row.score_difference_hi]
        ax.plot(ends, [place, place], color=tint, lw=1.8)
        ax.plot(row.score_difference, place, mark, ms=7 if mark != "o" else 5, color=tint)
    ax.set_yticks(range(len(rows)), [""] * len(rows))
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(plt.MaxNLocator(4))
    ax.xaxis.set_major_formatter(
        lambda value, _: f"{value:+g}".replace("-", "−").removesuffix("+0") or "0"
    )
    ax.set_title(title, size=9.5, color=INK, loc="left")
