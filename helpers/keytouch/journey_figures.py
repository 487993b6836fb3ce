"""Pictures of journeys: how far they get, what follows what, promises kept and broken."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import KEY, PAIN, PALE
from keytouch.conclusions import (
    conversion_findings,
    delay_findings,
    funnel_findings,
    lateness_findings,
)
from keytouch.drawing import (
    ROW_HEIGHT,
    dots,
    message,
    n_range,
    percent_axis,
    rows_of,
    skips_missing,
)
from keytouch.labels import (
    band_text,
    cell_text,
    interval_text,
    name_of,
    number_text,
)
from keytouch.style import canvas, titles, wrap
from keytouch.words import word


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
def plot_outcomes(outcomes: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """How journeys end: the share of each outcome with its interval."""
    shown, folded = rows_of(outcomes)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.5)
    ax.barh(range(len(shown)), shown.outcome_rate, color="#BFD9EA", height=0.62)
    notes = [
        f"{number_text('outcome_rate', row.outcome_rate)}  {row.journeys:,}"
        for row in shown.itertuples()
    ]
    dots(ax, shown, "outcome_rate", [name_of("outcome", i) for i in shown.outcome], notes=notes)
    percent_axis(ax, top=1)
    first = outcomes.iloc[0]
    title = word(
        "title_outcomes",
        name=name_of("outcome", first.outcome),
        value=number_text("outcome_rate", first.outcome_rate),
        interval=interval_text("outcome_rate", first.outcome_rate_lo, first.outcome_rate_hi),
    )
    titles(ax, title, word("subtitle_outcomes", n=n_range(outcomes)) + folded)
    return ax


@skips_missing
def plot_conversion(
    conversion: pd.DataFrame, ax: Axes | None = None, *, by: str = "channel"
) -> Axes | None:
    """The share of journeys that convert in each group, with its interval, lowest first."""
    shown, folded = rows_of(conversion)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.5)
    dots(ax, shown, "conversion_rate", [name_of(by, i) for i in shown[by]])
    percent_axis(ax, top=min(1.0, float(np.nanmax(shown.conversion_rate_hi)) * 1.1))
    titles(
        ax,
        message(conversion_findings(conversion, by), "title_conversion"),
        word("subtitle_conversion", n=n_range(conversion)) + folded,
    )
    return ax
