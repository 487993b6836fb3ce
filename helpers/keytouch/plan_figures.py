"""Pictures of the plan: pain points, priorities, actions."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import COLOURS, GREY, INK, KEY, PAIN, PALE
from keytouch.conclusions import pain_findings, priority_findings
from keytouch.drawing import (
    ROW_HEIGHT,
    ROWS,
    dots,
    message,
    n_range,
    percent_axis,
    rows_of,
    skips_missing,
)
from keytouch.labels import (
    cell_text,
    chance_text,
    column_label,
    name_of,
    number_text,
)
from keytouch.style import WIDTH, canvas, titles, wrap
from keytouch.words import language, word


@skips_missing
def plot_pain_points(pains: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Pain points: the rate with its interval against the level it is judged by."""
    known = pains[pains.pain] if pains.pain.any() else pains
    shown, folded = rows_of(known)
    ax = canvas(ax, height=ROW_HEIGHT * 1.15 * len(shown) + 0.5)
    names = [
        f"{name_of('touchpoint_id', row.touchpoint_id)} · {word(f'evidence_{row.evidence}')}"
        for row in shown.itertuples()
    ]
    notes = [f"{number_text('rate', row.rate)}  {row.evidence_id}" for row in shown.itertuples()]
    dots(ax, shown, "rate", names, notes=notes, colour=lambda row: PAIN if row.pain else GREY)
    ax.set_yticks(range(len(shown)), [wrap(name, 34) for name in names])
    for place, level in enumerate(shown.baseline):
        ax.plot([level] * 2, [place - 0.3, place + 0.3], color=INK, lw=1.4)
    percent_axis(ax, top=min(1, float(shown.rate_hi.max()) * 1.15))
    titles(
        ax,
        message(pain_findings(pains), "title_no_pain"),
        word("subtitle_pain_points", n=n_range(shown)) + folded,
        word("note_baseline"),
    )
    return ax


@skips_missing
def plot_priorities(priorities: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """What improving each touchpoint might bring, with the chance to be among the first three."""
    shown, folded = rows_of(priorities)
    ax = canvas(ax, height=ROW_HEIGHT * len(shown) + 0.5)
    names = [name_of("touchpoint_id", i) for i in shown.touchpoint_id]
    notes = [
        f"{number_text('gain_points', row.gain_points)}  "
        + word("p_top_note", p=chance_text(row.p_top))
        for row in shown.itertuples()
    ]
    dots(
        ax,
        shown,
        "gain_points",
        names,
        notes=notes,
        colour=lambda row: KEY if row.p_top >= 0.8 else GREY,
    )
    ax.set_xlim(min(0, float(shown.gain_points_lo.min())), None)
    ax.set_xlabel(column_label("gain_points"))
    titles(
        ax,
        message(priority_findings(priorities), "title_priorities"),
        word("subtitle_priorities", n=n_range(priorities)) + folded,
        word("note_gain"),
    )
    return ax


@skips_missing
def plot_actions(actions: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The actions' expected effect with its range, cost, owner and due date beside it."""
    shown = actions[actions.effect_points.notna()].head(ROWS)
    if shown.empty:
        return None
    ax = canvas(ax, height=0.58 * len(shown) + 0.5)
    names = [action_name(row) for row in shown.itertuples()]
    notes = [
        " · ".join(
            cell_text(name, getattr(row, name))
            for name in ("cost", "owner", "due")
            if not pd.isna(getattr(row, name))
        )
        for row in shown.itertuples()
    ]
    table = shown.assign(small=False)
    dots(
        ax, table, "effect_points", names, notes=[wrap(note, 30) for note in notes],
        colour=lambda row: KEY if row.origin == "client" else COLOURS[1],
    )  # fmt: skip
    ax.set_yticks(range(len(shown)), [wrap(name, 30) for name in names])
    ax.axvline(0, color=PALE, lw=1)
    ax.set_xlabel(column_label("effect_points"))
    ax.figure.set_size_inches(WIDTH * 1.05, ax.figure.get_size_inches()[1])
    titles(ax, word("title_actions", n=len(actions)), word("subtitle_actions"))
    return ax


def action_name(row: Any) -> str:
    """An action's name in the language in use; a proposal's is made from its lever."""
    if row.origin == "proposal":
        name = name_of("touchpoint_id", row.touchpoint_id)
        return word(f"lever_{row.lever}", name=name)
    names = {"zh": row.name_zh, "en": row.name_en}
    chosen = names.get(language())
    return str(chosen) if not pd.isna(chosen) else str(row.action_id)
