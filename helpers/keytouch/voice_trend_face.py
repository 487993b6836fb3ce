"""Complaints over time, phrases and themes, as sentences and pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from keytouch.colours import GREY, INK, KEY, PAIN, PALE
from keytouch.drawing import message, skips_missing
from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.labels import name_of, number_text
from keytouch.style import canvas, titles
from keytouch.unasked_themes import Themes
from keytouch.words import word

FEWEST_PERIODS = 2
LATEST = 3  # periods within which an alarm still tells of today


def alarm_findings(alarms: pd.DataFrame | Missing, *, top: int = 3) -> list[Finding]:
    """Touchpoints at which complaints surely became more or less frequent, and since when."""
    if isinstance(alarms, Missing) or alarms.empty:
        return []
    raised = alarms[alarms.alarm].head(top)
    return [
        one(
            row,
            f"finding_alarm_{row.direction}",
            "negative_after",
            rank=6 + place / 10,
            before=number_text("negative_rate", row.negative_before),
            share=number_text("negative_rate", row.negative_after),
            since=_day(row.since),
            since_lo=_day(row.since_lo),
            since_hi=_day(row.since_hi),
        )
        for place, (_, row) in enumerate(raised.iterrows())
    ]


def _day(moment: Any) -> str:
    return "—" if pd.isna(moment) else f"{moment:%Y-%m-%d}"


def voice_trend_findings(trend: pd.DataFrame | Missing) -> list[Finding]:
    """Whether the share of negative comments as a whole has moved."""
    if isinstance(trend, Missing) or trend.empty or (trend.phase == "unjudged").any():
        return []
    raised = trend[trend.alarm]
    row = (raised if len(raised) else trend).iloc[-1]
    lasting = len(raised) and raised.index[-1] >= len(trend) - LATEST
    key = f"finding_trend_{row.direction}" if lasting else "finding_trend_steady"
    if len(raised) and not lasting:
        key = f"finding_trend_once_{row.direction}"
    told = {name: _day(row[name]) for name in ("since", "since_lo", "since_hi", "start", "end")}
    row = row.rename({"share": "rate", "share_lo": "rate_lo", "share_hi": "rate_hi"})
    row["n"] = round(row.n)
    return [one(row, key, "rate", rank=7, periods=len(trend), **told)]


@skips_missing
def plot_voice_trend(
    trend: pd.DataFrame, ax: Axes | None = None, *, touchpoint: str = ""
) -> Axes | None:
    """The share of negative comments period by period with its interval, and where it changed."""
    if len(trend) < FEWEST_PERIODS:
        return None
    ax = canvas(ax, height=2.6)
    times = trend.start + (trend.end - trend.start) / 2
    tints = np.where(trend.alarm, PAIN, GREY)
    ax.vlines(times, trend.share_lo, trend.share_hi, color=PALE, lw=3)
    ax.plot(times, trend.share, color=GREY, lw=1)
    ax.scatter(times, trend.share, c=tints, s=26, zorder=3)
    smooth = trend.ewma.notna()
    ax.plot(times[smooth], trend.ewma[smooth], color=KEY, lw=2)
    ax.fill_between(
        times[smooth], trend.ewma_lo[smooth], trend.ewma_hi[smooth], color=KEY, alpha=0.12, lw=0
    )
    if trend.alarm.tail(LATEST).any():
        ax.axvline(trend.since.iloc[0], color=INK, lw=1, ls=(0, (4, 3)))
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    ax.margins(x=0.02)
    where = word("quoted", name=name_of("touchpoint_id", touchpoint)) if touchpoint else ""
    titles(
        ax,
        message(voice_trend_findings(trend), "title_voice_trend"),
        word("subtitle_voice_trend", where=where, n=f"{round(trend.n.sum()):,}"),
        word("note_voice_trend"),
    )
    return ax


def theme_table(found: Themes | Missing) -> pd.DataFrame | Missing:
    """Themes as a table for readers: terms and a typical clause as text.

    Columns out: `theme_terms`, `central_clause`, `theme_rate` and `negative_rate` in 0–1
    with `_lo`, `_hi`, `stability`, `n`, `method`; one row per theme, largest first.
    """
    if isinstance(found, Missing):
        return found
    table = found.table
    if table.empty:
        return pd.DataFrame(columns=["theme_terms", "central_clause", "n", "method"])
    names = {f"share{end}": f"theme_rate{end}" for end in ("", "_lo", "_hi")}
    texts = [text[0] if len(text) else "" for text in table.central]
    terms = [word("list_joint").join(row) for row in table.terms]
    return table.rename(columns=names).assign(theme_terms=terms, central_clause=texts)
