"""Pictures of moments and memory: which rule fits, how memory follows it, where peaks lie."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GOOD, GREY, INK, KEY, PAIN, PALE
from keytouch.drawing import ROW_HEIGHT, dots, message, n_range, rows_of, skips_missing
from keytouch.labels import chance_text, name_of, number_text
from keytouch.memory_conclusions import (
    feeling_findings,
    memory_bin_findings,
    memory_findings,
    peak_moment_findings,
)
from keytouch.style import canvas, titles, wrap
from keytouch.words import word


@skips_missing
def plot_peak_end(rules: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """How well each of the four rules tells the remembered whole, best first.

    A dot is the correlation with its interval; at the right the rule's share of the evidence.
    The best is in the accent colour only where the data decide.
    """
    ax = canvas(ax, height=0.42 * len(rules) + 0.5)
    ax.axvline(0, color=GREY, lw=1)
    names = [word(f"rule_{rule}") for rule in rules["rule"]]
    names = [name[:1].upper() + name[1:] for name in names]
    notes = [word("rule_note", weight=chance_text(weight)) for weight in rules.rule_weight]
    dots(
        ax, rules, "correlation", names, notes=notes,
        colour=lambda row: KEY if row.verdict == "best" else GREY,
    )  # fmt: skip
    low = min(0.0, float(np.floor(10 * rules.correlation_lo.min()) / 10))
    ax.set_xlim(low, 1)
    ax.set_xlabel(word("axis_memory"))
    first = rules.iloc[0]
    titles(
        ax,
        message(memory_findings(rules), "title_peak_end"),
        word(
            "subtitle_peak_end",
            n=f"{int(first.n):,}",
            metric=word(f"memory_metric_{first.metric}"),
            order=word(f"ordered_by_{first.ordered_by}"),
        ),
        word("note_peak_end" if first.ordered_by == "clock" else "note_peak_end_afterwards"),
    )
    return ax


@skips_missing
def plot_memory_bins(bins: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The remembered whole of journeys of like value of one rule, with intervals."""
    ax = canvas(ax, height=3.1)
    ax.plot([bins.x, bins.x], [bins.score_lo, bins.score_hi], color=KEY, lw=2, alpha=0.5)
    ax.plot(bins.x, bins.score, "-", color=KEY, lw=1, alpha=0.5)
    ax.scatter(bins.x, bins.score, s=30 + 170 * bins.n / bins.n.max(), color=KEY, zorder=3)
    ax.grid(True, axis="y")
    rule, metric = bins["rule"].iloc[0], word(f"memory_metric_{bins.metric.iloc[0]}")
    ax.set_xlabel(word(f"rule_{rule}"))
    ax.set_ylabel(word("axis_remembered"))
    titles(
        ax,
        message(memory_bin_findings(bins), "title_memory_bins"),
        word("subtitle_memory_bins", n=n_range(bins), metric=metric),
    )
    return ax


@skips_missing
def plot_peak_moments(table: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """How often each touchpoint is the peak of a journey: unpleasant left, pleasant right."""
    shown, folded = rows_of(table)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    for place, row in enumerate(shown.to_dict("records")):
        for part, sign, tint in (("low_peak_rate", -1, PAIN), ("high_peak_rate", 1, GOOD)):
            tint = PALE if row["small"] else tint
            ax.barh(place, sign * row[part], color=tint, height=0.62, alpha=0.75)
            ends = [sign * row[f"{part}_lo"], sign * row[f"{part}_hi"]]
            ax.plot(ends, [place, place], color=INK, lw=1.3)
        text = word("peak_note", end=number_text("end_rate", row["end_rate"]))
        ax.annotate(text, (1.02, place), xycoords=("axes fraction", "data"), va="center", size=9)
    ax.axvline(0, color=GREY, lw=1)
    ax.set_yticks(range(len(shown)), [wrap(name, 24) for name in names])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    widest = float(max(shown.low_peak_rate_hi.max(), shown.high_peak_rate_hi.max(), 0.05))
    ax.set_xlim(-1.05 * widest, 1.05 * widest)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * abs(value):.0f}%")
    ax.set_xlabel(word("axis_peaks"))
    titles(
        ax,
        message(peak_moment_findings(table), "title_peak_moments"),
        word("subtitle_peak_moments", n=n_range(table)) + folded,
    )
    return ax


@skips_missing
def plot_feelings(table: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Mean feeling per touchpoint, worst first, with the spread between customers behind it."""
    felt = table[table.affect.notna()].sort_values(["affect", "touchpoint_id"])
    if felt.empty:
        return None
    shown, folded = rows_of(felt)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    low = (shown.affect - shown.affect_sd).clip(-2, 2)
    high = (shown.affect + shown.affect_sd).clip(-2, 2)
    ax.barh(range(len(shown)), high - low, left=low, color=PALE, alpha=0.55, height=0.5)
    ax.axvline(0, color=GREY, lw=1)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    dots(ax, shown, "affect", names, colour=_felt)
    ax.set_xlim(-2, 2)
    ax.set_xticks([-2, -1, 0, 1, 2], [word(f"affect_{k}") for k in ("m2", "m1", "0", "p1", "p2")])
    titles(
        ax,
        message(feeling_findings(table), "title_feelings"),
        word("subtitle_feelings", n=n_range(felt)) + folded,
    )
    return ax


def _felt(row: pd.Series) -> str:
    """Surely unpleasant, surely pleasant, or neither."""
    return PAIN if row.affect_hi < 0 else GOOD if row.affect_lo > 0 else GREY
