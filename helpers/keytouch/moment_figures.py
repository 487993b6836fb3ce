"""Pictures of moments of truth by type, of turning points, and of behaviour beside scores."""

from __future__ import annotations

from itertools import groupby

import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GOOD, GREY, INK, KEY, PAIN, PALE
from keytouch.drawing import ROW_HEIGHT, ROWS, message, n_range, rows_of, skips_missing
from keytouch.labels import chance_text, name_of, number_text
from keytouch.moment_conclusions import (
    conversion_turn_findings,
    moment_findings,
    percent_points,
    track_findings,
    turning_findings,
)
from keytouch.style import canvas, titles, wrap
from keytouch.words import word

SIGNS = {"makes": "▲", "breaks": "▼", "both": "◆", "neither": "–", "open": "○"}


@skips_missing
def plot_moments(moments: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """The own effect of each touchpoint, grouped by moment type; key ones in the accent colour.

    At the right P(key) and whether it makes or breaks. Those that nobody scored are left out.
    """
    known = moments[moments.slope.notna()]
    if known.empty:
        return None
    shown = known.sort_values("p_key", ascending=False, kind="stable").head(ROWS)
    shown = known.loc[known.index.isin(shown.index)]
    folded = word("figure_folded", shown=ROWS, all=len(known)) if len(known) > ROWS else ""
    lines = _lines(shown)
    ax = canvas(ax, height=ROW_HEIGHT * len(lines) + 0.7)
    ax.axvline(0, color=GREY, lw=1)
    for place, row in enumerate(lines):
        if isinstance(row, str):
            continue
        key = row.verdict == "key"
        tint = KEY if key else PALE if row.verdict == "undecided" else GREY
        ax.plot([row.slope_lo, row.slope_hi], [place, place], color=tint, lw=2.2)
        ax.plot(row.slope, place, "o", ms=6.5, color=tint, mfc=tint if key else "white")
        text = word("moment_note", sign=SIGNS[row.direction], p=chance_text(row.p_key),
                    direction=word(f"direction_{row.direction}"))  # fmt: skip
        _note(ax, place, text, weight="bold" if key else "normal", color=KEY if key else INK)
    _labels(ax, lines)
    ax.set_xlabel(word("axis_slope"))
    titles(
        ax,
        message(moment_findings(moments), "title_moments"),
        word("subtitle_moments", n=n_range(shown)) + folded,
        word("note_moments"),
    )
    return ax


def _lines(shown: pd.DataFrame) -> list:
    """Rows of the picture: a type's name, then its touchpoints."""
    lines: list = []
    for moment, rows in groupby(shown.itertuples(), key=lambda row: row.moment):
        lines += [str(moment), *rows]
    return lines


def _labels(ax: Axes, lines: list) -> None:
    texts = [
        word(f"moment_{row}")
        if isinstance(row, str)
        else name_of("touchpoint_id", row.touchpoint_id)
        for row in lines
    ]
    ax.set_yticks(range(len(lines)), [wrap(text, 24) for text in texts])
    ax.set_ylim(len(lines) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    for label, row in zip(ax.get_yticklabels(), lines):
        if isinstance(row, str):
            label.set_fontweight("bold")


def _note(ax: Axes, place: int, text: str, **style: str) -> None:
    ax.annotate(
        text, (1.022, place), xycoords=("axes fraction", "data"), va="center", size=9, **style
    )


@skips_missing
def plot_turning_points(turns: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """How later feelings change after a bad and after a good experience, with intervals.

    A triangle down is after a bad one, up after a good one; at the right the verdict.
    """
    shown, folded = rows_of(turns[~turns.small] if (~turns.small).any() else turns)
    ax = canvas(ax, height=ROW_HEIGHT * 1.12 * len(shown) + 0.8)
    ax.axvline(0, color=GREY, lw=1)
    for place, row in enumerate(shown.itertuples()):
        turning = row.verdict == "turns"
        for side, sign, tint, step in (("bad", "v", PAIN, 0.13), ("good", "^", GOOD, -0.13)):
            tint = tint if turning else GREY
            ends = [getattr(row, f"after_{side}_lo"), getattr(row, f"after_{side}_hi")]
            ax.plot(ends, [place + step] * 2, color=tint, lw=1.8, alpha=0.8)
            ax.plot(getattr(row, f"after_{side}"), place + step, sign, ms=7, color=tint,
                    mfc=tint if turning else "white")  # fmt: skip
        chance = "—" if row.small else chance_text(row.p_turn)
        text = word(f"turn_note_{row.verdict}", p=chance)
        _note(ax, place, text, weight="bold" if turning else "normal",
              color=INK if row.verdict != "not" else GREY)  # fmt: skip
    _labels(ax, list(shown.itertuples()))
    ax.set_xlabel(word("axis_after"))
    titles(
        ax,
        message(turning_findings(turns), "title_turning_points"),
        word("subtitle_turning_points", n=n_range(shown)) + folded,
        word("note_turning_points"),
    )
    return ax


@skips_missing
def plot_conversion_turns(turns: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """Conversion after failure and after success at each touchpoint, with intervals."""
    shown, folded = rows_of(turns)
    ax = canvas(ax, height=ROW_HEIGHT * 1.12 * len(shown) + 0.7)
    for place, row in enumerate(shown.itertuples()):
        turning = row.verdict == "turns"
        for side, sign, tint, step in (
            ("failure", "v", PAIN, 0.13),
            ("success", "^", GOOD, -0.13),
        ):
            tint = PALE if row.small else tint if turning else GREY
            name = f"{side}_conversion_rate"
            ends = [getattr(row, f"{name}_lo"), getattr(row, f"{name}_hi")]
            ax.plot(ends, [place + step] * 2, color=tint, lw=1.8)
            ax.plot(getattr(row, name), place + step, sign, ms=7, color=tint, clip_on=False,
                    mfc=tint if turning else "white")  # fmt: skip
        text = word("gap_note", **percent_points(row, "gap_rate"))
        _note(ax, place, text, weight="bold" if turning else "normal", color=INK)
    _labels(ax, list(shown.itertuples()))
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    ax.set_xlabel(word("axis_conversion"))
    titles(
        ax,
        message(conversion_turn_findings(turns), "title_conversion_turns"),
        word("subtitle_conversion_turns", n=n_range(shown)) + folded,
        word("note_conversion_turns"),
    )
    return ax


@skips_missing
def plot_moment_tracks(tracks: pd.DataFrame, ax: Axes | None = None) -> Axes | None:
    """How much lower journeys with a kind of trouble score overall, with intervals."""
    shown, folded = rows_of(tracks)
    ax = canvas(ax, height=ROW_HEIGHT * 1.1 * len(shown) + 0.7)
    ax.axvline(0, color=GREY, lw=1)
    for place, row in enumerate(shown.itertuples()):
        tint = PAIN if row.differs and row.score_change < 0 else GREY
        ax.plot([row.score_change_lo, row.score_change_hi], [place] * 2, color=tint, lw=2.2)
        ax.plot(row.score_change, place, "o", ms=6.5, color=tint,
                mfc=tint if row.differs else "white")  # fmt: skip
        text = word("track_note", bad=number_text("score", row.score_bad),
                    good=number_text("score", row.score_good))  # fmt: skip
        _note(ax, place, text, color=INK)
    names = [
        f"{name_of('touchpoint_id', row.touchpoint_id)} · {word(f'signal_{row.signal}')}"
        for row in shown.itertuples()
    ]
    ax.set_yticks(range(len(shown)), [wrap(name, 34) for name in names])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(word("axis_score_change"))
    titles(
        ax,
        message(track_findings(tracks), "title_moment_tracks"),
        word("subtitle_moment_tracks", n=n_range(shown)) + folded,
        word("note_moment_tracks"),
    )
    return ax
