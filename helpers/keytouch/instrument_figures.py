"""Pictures of the survey instruments: SERVQUAL, its waves, the five gaps, expectations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GOOD, GREY, INK, KEY, PAIN, PALE
from keytouch.drawing import (
    ROW_HEIGHT,
    against,
    dots,
    message,
    n_range,
    rows_of,
    skips_missing,
)
from keytouch.engine import Missing
from keytouch.expectations import PROVIDER
from keytouch.instrument_conclusions import (
    NOT_ASKED,
    expectation_findings,
    place_name,
    provider_gap_findings,
    servqual_findings,
    wave_findings,
)
from keytouch.labels import cell_text, chance_text, column_label, interval_text, number_text
from keytouch.service_quality import OVERALL
from keytouch.style import canvas, titles, wrap
from keytouch.words import language, word

VERDICT_COLOURS = {
    "short": PAIN, "exceeded": GOOD, "met": KEY,
    "lag": PAIN, "lead": GOOD, "parity": KEY,
    "weaker": PAIN, "stronger": GOOD, "in_line": KEY,
}  # fmt: skip


@skips_missing
def plot_servqual(
    servqual: pd.DataFrame, ax: Axes | None = None, *, scale: tuple[float, float] = (1, 7)
) -> Axes | None:
    """Expectation and perception of every dimension with intervals, the gap at the right.

    Without expectations only perceptions are drawn (SERVPERF), with their number at the right.
    """
    alone = servqual.gap_points.isna().all()
    ax = canvas(ax, height=(ROW_HEIGHT if alone else 0.52) * len(servqual) + 0.45)
    apart = 0.0 if alone else 0.1
    for place, (_, row) in enumerate(servqual.iterrows()):
        tint = PALE if row.small else against(row, "gap_points", 0)
        ax.plot(
            [row.expectation, row.perception], [place - apart, place + apart], color=PALE, lw=1.2
        )
        _mark(ax, row, "expectation", place - apart, GREY, hollow=True)
        _mark(ax, row, "perception", place + apart, tint, hollow=False)
    whole = servqual.index[servqual.dimension == OVERALL]
    if len(whole):
        ax.axhline(len(servqual) - 1.5, color=PALE, lw=0.8)
    column = "perception" if alone else "gap_points"
    notes = [_with_interval(row, column) for _, row in servqual.iterrows()]
    _rows(ax, [cell_text("dimension", name) for name in servqual.dimension], notes)
    ax.set_xlim(*scale)
    shown = servqual[servqual.dimension != OVERALL]
    found = servqual_findings(servqual)
    kind = "servperf" if alone else "servqual"
    titles(
        ax,
        message(found, "title_servqual"),
        word(f"subtitle_{kind}", lo=f"{scale[0]:g}", hi=f"{scale[1]:g}", n=n_range(shown)),
        word(f"note_{kind}"),
    )
    return ax


def _mark(ax: Axes, row: pd.Series, column: str, y: float, tint: str, *, hollow: bool) -> None:
    """One estimate: its interval as a line, a hollow diamond or a filled dot."""
    ax.plot([row[f"{column}_lo"], row[f"{column}_hi"]], [y, y], color=tint, lw=2)
    face = "white" if hollow else tint
    ax.plot(row[column], y, "D" if hollow else "o", ms=5.5 if hollow else 6.5, color=tint, mfc=face)


def _with_interval(row: pd.Series, column: str) -> str:
    """A number with its interval in brackets, as the language writes them."""
    value, around = number_text(column, row[column]), _around(row, column)
    if not around:
        return value
    return f"{value}（{around}）" if language() == "zh" else f"{value} ({around})"


def _around(row: pd.Series, column: str) -> str:
    return interval_text(column, row[f"{column}_lo"], row[f"{column}_hi"])


def _rows(ax: Axes, names: Sequence[str], notes: Sequence[str]) -> None:
    """Names at the left and notes at the right of the rows of a picture."""
    ax.set_yticks(range(len(names)), [wrap(name, 26) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    for place, note in enumerate(notes):
        ax.annotate(
            note, (1.022, place), xycoords=("axes fraction", "data"), va="center", size=9, color=INK
        )


@skips_missing
def plot_servqual_waves(waves: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Every dimension's gap wave by wave, the latest darkest, with its change at the right."""
    names = list(dict.fromkeys(waves.dimension))
    order = list(dict.fromkeys(waves.wave))[-6:]
    waves = waves[waves.wave.isin(order)]
    ax = canvas(ax, height=(0.3 + 0.13 * len(order)) * len(names) + 0.5)
    ax.axvline(0, color=GREY, lw=1)
    notes = []
    for place, name in enumerate(names):
        part = waves[waves.dimension == name].reset_index(drop=True)
        steps = place + 0.16 * (np.arange(len(part)) - (len(part) - 1) / 2)
        ax.plot(part.gap_points, steps, color=PALE, lw=1)
        for k, row in part.iterrows():
            latest = k == len(part) - 1
            tint = PALE if row.small else _moved(row) if latest else GREY
            fade = 1.0 if latest else 0.35 + 0.4 * k / max(len(part) - 1, 1)
            ax.plot([row.gap_points_lo, row.gap_points_hi], [steps[k]] * 2, color=tint, lw=2,
                    alpha=fade)  # fmt: skip
            ax.plot(row.gap_points, steps[k], "o", ms=6.5 if latest else 5, color=tint, alpha=fade)
        notes.append(_with_interval(part.iloc[-1], "gap_change") if len(part) else "")
    _rows(ax, [cell_text("dimension", name) for name in names], notes)
    titles(
        ax,
        message(wave_findings(waves), "title_servqual_waves"),
        word("subtitle_servqual_waves", n=n_range(waves)),
        word("note_servqual_waves"),
    )
    return ax


def _moved(row: pd.Series) -> str:
    if not row.p_value <= 0.05:
        return GREY
    return GOOD if row.gap_change > 0 else PAIN


@skips_missing
def plot_provider_gaps(
    gaps: pd.DataFrame,
    ax: Axes | None = None,
    *,
    by_dimension: pd.DataFrame | Missing = NOT_ASKED,
) -> Axes | None:
    """The five gaps in order with intervals; the chance to be the largest at the right.

    With `by_dimension` (`service_gaps`) each dimension stands as a pale dot behind its gap.
    """
    ax = canvas(ax, height=0.55 * len(gaps) + 0.5)
    ax.axvline(0, color=GREY, lw=1)
    notes = [
        number_text("gap_points", row.gap_points)
        + (word("p_largest_note", p=chance_text(row.p_largest)) if row.p_largest >= 0 else "")
        for row in gaps.itertuples()
    ]
    names = [word(f"gap_{gap}") for gap in gaps.gap]
    found = [
        replace(finding, words=finding.words | {"action": ""})
        for finding in provider_gap_findings(gaps, by_dimension)
    ]
    if not isinstance(by_dimension, Missing):
        _behind(ax, by_dimension, gaps.gap.tolist())
    dots(ax, gaps, "gap_points", names, notes=notes, colour=_against_zero)
    ax.set_xlabel(column_label("gap_points"))
    titles(
        ax,
        message(found, "title_provider_gaps").strip(),
        word("subtitle_provider_gaps", n=n_range(gaps)),
        word("note_provider_gaps"),
    )
    return ax


def _against_zero(row: pd.Series) -> str:
    return against(row, "gap_points", 0)


def _behind(ax: Axes, cells: pd.DataFrame, order: list[str]) -> None:
    """Every dimension's gap as a pale ring; the lowest one of all with its name and interval."""
    inner = cells[cells.gap.isin(PROVIDER)]
    for row in cells[cells.gap.isin(order)].itertuples():
        ax.plot(row.gap_points, order.index(row.gap) + 0.24, "o", ms=4.5, color=PALE, mfc="white")
    if inner.empty or inner.p_largest.isna().all() or "dimension" not in inner:
        return
    worst = inner.loc[inner.p_largest.idxmax()]
    y = order.index(worst.gap) + 0.24
    ax.plot([worst.gap_points_lo, worst.gap_points_hi], [y, y], color=GREY, lw=1)
    ax.plot(worst.gap_points, y, "o", ms=4.5, color=GREY, mfc="white")
    ax.annotate(cell_text("dimension", worst.dimension), (worst.gap_points, y), xytext=(0, -5),
                textcoords="offset points", ha="center", va="top", size=8, color=GREY)  # fmt: skip


@skips_missing
def plot_expectation_gaps(gaps: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Perception against expectation at every touchpoint, with the band that counts as met."""
    found = expectation_findings(gaps)
    return _banded(gaps, ax, "gap_points", message(found, "title_expectation_gaps"),
                   "subtitle_expectation_gaps")  # fmt: skip


def _banded(table: pd.DataFrame, ax: Axes | None, column: str, title: str, subtitle: str) -> Axes:
    """Differences with intervals over the band that counts as equal, verdicts at the right."""
    shown, folded = rows_of(table)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.5)
    margin = float(table.margin.iloc[0])
    ax.axvspan(-margin, margin, color="#F1F3F5", zorder=0)
    ax.axvline(0, color=GREY, lw=1)
    names = [place_name(name) for name in shown.touchpoint_id]
    notes = [
        f"{number_text(column, row[column])}  {cell_text('verdict', row.verdict)}"
        for _, row in shown.iterrows()
    ]
    dots(ax, shown, column, names, notes=notes, colour=verdict_colour)
    ax.set_xlabel(column_label(column))
    text = word(subtitle, margin=number_text(column, margin), n=n_range(table)) + folded
    titles(ax, title, text, word("note_verdict_band"))
    return ax


def verdict_colour(row: pd.Series) -> str:
    """Orange below, green above, blue within the band, grey where it is undecided."""
    return VERDICT_COLOURS.get(row.verdict, GREY)
