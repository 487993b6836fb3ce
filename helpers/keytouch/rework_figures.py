"""Pictures of loops, of what goes with a journey's outcome, and of where its time goes."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GOOD, GREY, KEY, PAIN
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
from keytouch.rework_conclusions import (
    feature_findings,
    loop_findings,
    saving_findings,
    spread_text,
    step_cost_findings,
)
from keytouch.style import canvas, titles
from keytouch.words import word

FEWEST = 0.005


@skips_missing
def plot_loops(loops: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """How often journeys come back to a touchpoint; at the right time and satisfaction lost."""
    known = loops[loops.loop_rate >= FEWEST]
    if known.empty:
        return None
    shown, folded = rows_of(known)
    ax = canvas(ax, height=ROW_HEIGHT * 1.1 * len(shown) + 0.6)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    ax.barh(range(len(shown)), shown.loop_rate, color="#E4E7EB", height=0.62)
    dots(ax, shown, "loop_rate", names, colour=_loop_colour, notes=_loop_notes(shown))
    percent_axis(ax, top=min(1.0, float(shown.loop_rate_hi.max()) * 1.1))
    ax.set_xlabel(word("axis_loops"))
    titles(
        ax,
        message(loop_findings(loops), "title_loops"),
        word("subtitle_loops", n=n_range(shown)) + folded,
        word("note_loops"),
    )
    return ax


def _loop_colour(row: pd.Series) -> str:
    if not row.differs:
        return GREY
    return PAIN if row.score_change < 0 else GOOD


def _loop_notes(shown: pd.DataFrame) -> list[str]:
    """Share, time and difference in score of each row."""
    notes = []
    for row in shown.itertuples():
        parts = [number_text("loop_rate", row.loop_rate)]
        if pd.notna(row.extra_minutes):
            parts.append(number_text("extra_minutes", row.extra_minutes))
        if pd.notna(row.score_change):
            mark = " ★" if row.differs else ""
            parts.append(number_text("score_change", row.score_change) + mark)
        notes.append("  ".join(parts))
    return notes


@skips_missing
def plot_feature_effects(
    effects: pd.DataFrame, ax: Axes | None = None, *, target: str = "score"
) -> Axes | None:
    """What one usual spread more of each feature goes with, and the interval of that."""
    own = effects[effects.target == target]
    if own.empty:
        return None
    shown, folded = rows_of(own)
    column = "score_change" if target == "score" else "rate_difference"
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    ax.axvline(0, color=GREY, lw=1)
    names = [cell_text("feature", name) for name in shown.feature]
    spreads = [spread_text(row.feature, row.spread) for row in shown.itertuples()]
    notes = [
        f"{number_text(column, value)}  {word('per_spread', spread=spread)}"
        for value, spread in zip(shown[column], spreads)
    ]
    dots(ax, shown, column, names, notes=notes, colour=_sign_colour(column))
    if target == "converted":
        ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}".replace("-", "−"))
    ax.set_xlabel(word(f"axis_effect_on_{target}"))
    titles(
        ax,
        message([f for f in feature_findings(effects) if f.metric == column], "title_features"),
        word("subtitle_features", n=n_range(shown)) + folded,
        word("note_features"),
    )
    return ax


def _sign_colour(column: str) -> Callable[[pd.Series], str]:
    def tint(row: pd.Series) -> str:
        if not row.linked:
            return GREY
        return PAIN if row[column] < 0 else GOOD

    return tint


@skips_missing
def plot_step_costs(costs: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The part of journeys' time that goes by at each step, and the median time until the next."""
    column = str(costs.columns[0])
    shown, folded = rows_of(costs)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    names = [cell_text(column, name) for name in shown[column]]
    notes = [
        f"{number_text('time_share', row.time_share)}  "
        f"{number_text('dwell_minutes', row.dwell_minutes)}"
        for row in shown.itertuples()
    ]
    ax.barh(range(len(shown)), shown.time_share, color="#BFD9EA", height=0.62)
    dots(ax, shown, "time_share", names, notes=notes)
    percent_axis(ax, top=min(1.0, float(shown.time_share_hi.max()) * 1.05))
    titles(
        ax,
        message(step_cost_findings(costs), "title_step_costs"),
        word("subtitle_step_costs", n=n_range(shown)) + folded,
        word("note_step_costs"),
    )
    return ax


@skips_missing
def plot_step_savings(savings: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The minutes that a journey would save on average if a step were removed or shortened."""
    known = savings[savings.saved_minutes > 0]
    if known.empty:
        return None
    shown, folded = rows_of(known)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.6)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    notes = [
        number_text("saved_minutes", row.saved_minutes)
        + f"  ({interval_text('saved_minutes', row.saved_minutes_lo, row.saved_minutes_hi)})"
        for row in shown.itertuples()
    ]
    ax.barh(range(len(shown)), shown.saved_minutes, color="#BFD9EA", height=0.62)
    dots(ax, shown, "saved_minutes", names, notes=notes, colour=lambda _: KEY)
    ax.set_xlim(0, None)
    ax.xaxis.set_major_formatter(lambda value, _: number_text("saved_minutes", value))
    first = shown.iloc[0]
    titles(
        ax,
        message(saving_findings(savings), "title_step_savings"),
        word("subtitle_step_savings", cut=f"{100 * first.shorten:.0f}%",
             kind=word(f"time_kind_{first.time_kind}"), n=n_range(shown)) + folded,
        word("note_step_savings"),
    )  # fmt: skip
    return ax
