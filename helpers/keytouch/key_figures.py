"""Pictures of key touchpoints: the ranking, what it is made of, and what other weights change."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import COLOURS, GREY, INK, KEY, PALE
from keytouch.drawing import ROW_HEIGHT, message, n_range, rows_of, skips_missing
from keytouch.key_conclusions import key_title, weight_findings
from keytouch.key_levels import WEIGHTS
from keytouch.labels import chance_text, name_of, number_text
from keytouch.moment_conclusions import percent_points
from keytouch.style import canvas, titles, wrap
from keytouch.words import word

PARTS = dict(zip(WEIGHTS, (KEY, *COLOURS[4:5], *COLOURS[1:4], GREY)))


@skips_missing
def plot_key_touchpoints(
    keys: pd.DataFrame, ax: Axes | None = None, *, material: float = 0.2
) -> Axes | None:
    """The index of each touchpoint, stacked from its components, with its interval.

    At the right the verdict and P(key), in words; names of key touchpoints are bold.
    """
    shown, folded = rows_of(keys)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.8)
    _stack(ax, shown)
    at = np.arange(len(shown))
    ax.hlines(at, shown.index_points_lo, shown.index_points_hi, color=INK, lw=1.4)
    ax.plot(shown.index_points, at, "o", ms=4.5, color=INK)
    _rows(ax, [name_of("touchpoint_id", i) for i in shown.touchpoint_id])
    for label, row in zip(ax.get_yticklabels(), shown.itertuples()):
        label.set_fontweight("bold" if row.verdict == "key" else "normal")
        label.set_color(GREY if row.verdict == "not" else INK)
    for place, row in enumerate(shown.itertuples()):
        text = word(f"key_note_{row.verdict}", p=chance_text(row.p_key))
        weight = "bold" if row.verdict == "key" else "normal"
        tint = KEY if row.verdict == "key" else GREY if row.verdict == "not" else INK
        _note(ax, place, text, weight=weight, color=tint)
    ax.set_xlim(0, float(shown.index_points_hi.max()) * 1.04 or 1)
    ax.set_xlabel(word("axis_key_index"))
    titles(
        ax,
        key_title(keys, material=material),
        word("subtitle_key_touchpoints", n=n_range(keys)) + folded,
        word("note_key_touchpoints", material=number_text("slope", material)),
    )
    return ax


def _stack(ax: Axes, shown: pd.DataFrame) -> None:
    """The contributions of the components, from zero."""
    left = np.zeros(len(shown))
    for part, tint in PARTS.items():
        width = shown[f"part_{part}"].to_numpy(float)
        if width.sum() <= 0:
            continue
        label = word(f"component_{part}")
        ax.barh(
            range(len(shown)), width, left=left, color=tint, alpha=0.55, height=0.62, label=label
        )
        left = left + width
    if ax.get_legend_handles_labels()[0]:
        ax.legend(
            loc="lower right", frameon=False, fontsize=8.5, ncols=1, handlelength=1.1,
            labelspacing=0.3,
        )  # fmt: skip


def _rows(ax: Axes, names: list[str]) -> None:
    ax.set_yticks(range(len(names)), [wrap(name, 24) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)


def _note(ax: Axes, place: int, text: str, **style: str) -> None:
    ax.annotate(
        text, (1.022, place), xycoords=("axes fraction", "data"), va="center", size=9, **style
    )


@skips_missing
def plot_weight_sensitivity(
    sensitivity: pd.DataFrame, ax: Axes | None = None, *, top: int = 3
) -> Axes | None:
    """The range of ranks of each touchpoint over random weightings; best rank at the left.

    At the right the share of weightings in which it stays among the first.
    """
    shown, folded = rows_of(sensitivity)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.7)
    ax.axvspan(0.5, top + 0.5, color=KEY, alpha=0.07, lw=0)
    for place, row in enumerate(shown.itertuples()):
        first = row.p_stays >= 0.8
        tint = KEY if first else INK if row.p_stays > 0.2 else GREY
        ax.plot([row.rank_lo, row.rank_hi], [place, place], color=tint, lw=5, alpha=0.35)
        ax.plot(
            row.rank, place, "o" if first else "D", ms=6, color=tint, mfc=tint if first else "w"
        )
        matters = word(f"component_{row.matters}") if isinstance(row.matters, str) else ""
        text = word("weight_note", p=chance_text(row.p_stays))
        if matters and row.rank_hi > row.rank_lo:
            text += word("weight_note_matters", matters=matters)
        _note(ax, place, text, color=tint)
    _rows(ax, [name_of("touchpoint_id", i) for i in shown.touchpoint_id])
    ax.set_xlim(0.5, len(sensitivity) + 0.5)
    ax.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    ax.set_xlabel(word("axis_rank", top=top))
    titles(
        ax,
        message(weight_findings(sensitivity, top=top), "title_weight_sensitivity"),
        word("subtitle_weight_sensitivity", top=top) + folded,
        word("note_weight_sensitivity"),
    )
    return ax


@skips_missing
def plot_consequences(
    consequences: pd.DataFrame, ax: Axes | None = None, *, consequence: str = ""
) -> Axes | None:
    """How much more often one consequence follows a low score, with intervals."""
    chosen = consequence or str(consequences.consequence.iloc[0])
    table = consequences[consequences.consequence == chosen]
    if table.empty:
        return None
    shown, folded = rows_of(table)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.7)
    ax.axvline(0, color=GREY, lw=1)
    for place, row in enumerate(shown.itertuples()):
        sure = not row.small and row.p_value <= 0.05
        tint = PALE if row.small else KEY if sure else GREY
        ax.plot([row.gap_rate_lo, row.gap_rate_hi], [place, place], color=tint, lw=2.2)
        ax.plot(row.gap_rate, place, "o", ms=6.5, color=tint, mfc=tint if sure else "white")
        text = word(
            "consequence_note",
            low=number_text("low_outcome_rate", row.low_outcome_rate),
            other=number_text("other_outcome_rate", row.other_outcome_rate),
        )
        _note(ax, place, text, color=INK)
    _rows(ax, [name_of("touchpoint_id", i) for i in shown.touchpoint_id])
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%".replace("-", "−"))
    first = shown.iloc[0]
    title = word(
        "title_consequences",
        outcome=word(f"consequence_{chosen}"),
        name=name_of("touchpoint_id", first.touchpoint_id),
        **percent_points(first, "gap_rate"),
    )
    titles(ax, title, word("subtitle_consequences", n=n_range(shown)) + folded,
           word("note_consequences"))  # fmt: skip
    return ax
