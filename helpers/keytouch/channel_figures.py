"""Pictures of channels: matters passed on against those that stayed, and paths taken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.channel_conclusions import hand_over_findings, path_findings
from keytouch.colours import GOOD, GREY, INK, PAIN, PALE
from keytouch.drawing import (
    ROW_HEIGHT,
    dots,
    message,
    n_range,
    percent_axis,
    rows_of,
    skips_missing,
)
from keytouch.labels import cell_text, interval_text, name_of, number_text
from keytouch.style import canvas, titles, wrap
from keytouch.words import word

SIDES = (("handed", "v", PAIN, 0.13), ("stayed", "o", GREY, -0.13))


@skips_missing
def plot_hand_overs(handed: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """How often a matter is solved after it was passed on, and where it stayed, with intervals.

    A triangle is passed on, a circle stayed; filled where the difference is proved, pale where
    too few were passed on.
    """
    known = handed[handed.loss_rate.notna()]
    if known.empty:
        return None
    shown, folded = rows_of(known)
    ax = canvas(ax, height=ROW_HEIGHT * 1.7 * len(shown) + 0.75)
    for place, (_, row) in enumerate(shown.iterrows()):
        _sides(ax, place, row)
    names = [_passed(row) for _, row in shown.iterrows()]
    ax.set_yticks(range(len(shown)), [wrap(name, 30) for name in names])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    percent_axis(ax, top=1)
    ax.set_xlabel(word("axis_solved"))
    titles(
        ax,
        message(hand_over_findings(handed), "title_hand_overs"),
        word("subtitle_hand_overs", n=n_range(shown)) + folded,
        word("note_hand_overs"),
    )
    return ax


def _sides(ax: Axes, place: int, row: pd.Series) -> None:
    """Passed on and stayed, one above the other, and their difference at the right."""
    proved = row.verdict != "open"
    worse = row.verdict == "loses"
    for side, sign, tint, step in SIDES:
        if side == "handed" and proved and not worse:
            tint = GOOD
        tint = PALE if row.small else tint if proved else GREY
        name = f"{side}_solved_rate"
        ax.plot([row[f"{name}_lo"], row[f"{name}_hi"]], [place + step] * 2, color=tint, lw=1.8)
        ax.plot(row[name], place + step, sign, ms=7, color=tint, clip_on=False,
                mfc=tint if proved else "white")  # fmt: skip
    text = word(
        "hand_over_note",
        gap=number_text("loss_rate", -row.loss_rate),
        interval=interval_text("loss_rate", -row.loss_rate_hi, -row.loss_rate_lo),
    )
    ax.annotate(
        text, (1.022, place), xycoords=("axes fraction", "data"), va="center", size=9,
        color=INK, weight="bold" if proved else "normal",
    )  # fmt: skip


def _passed(row: Any) -> str:
    return word(
        "passed",
        name=name_of("touchpoint_id", row.touchpoint_id),
        source=name_of("from_channel", row.from_channel),
        target=name_of("to_channel", row.to_channel),
    )


@skips_missing
def plot_paths(paths: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """How many convert on each of the most frequent paths (or sets of channels), with intervals."""
    column = str(paths.columns[0])
    known = paths[paths.conversion_rate.notna()]
    if known.empty:
        return None
    shown = known.head(10)
    names = [wrap(cell_text(column, path), 44) for path in shown[column]]
    lines = max(name.count("\n") + 1 for name in names)
    ax = canvas(ax, height=ROW_HEIGHT * max(1.5, 0.7 * lines) * len(shown) + 0.5)
    notes = [
        f"{number_text('conversion_rate', row.conversion_rate)}  n={row.n:,}"
        for row in shown.itertuples()
    ]
    dots(ax, shown, "conversion_rate", names, notes=notes)
    ax.set_yticks(range(len(shown)), names)
    percent_axis(ax, top=min(1.0, float(np.nanmax(shown.conversion_rate_hi)) * 1.1))
    folded = word("figure_folded", shown=len(shown), all=len(known)) if len(known) > 10 else ""
    titles(
        ax, message(path_findings(paths), "title_paths"),
        word("subtitle_paths", n=f"{int(paths.n.sum()):,}") + folded,
    )  # fmt: skip
    return ax
