"""How a notebook opens and closes: who the client is, what was found, what to do first."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from keytouch.engine import Missing, collect
from keytouch.findings import headline, said
from keytouch.labels import cell_text, interval_text, name_ids, name_of, number_text
from keytouch.plan_figures import action_name
from keytouch.schema import TABLES
from keytouch.tables import display_bundle, tell_missing
from keytouch.words import language, word

HOPELESS = 10  # times today's answers: then more answers are no advice
RECAP_MIME = "application/vnd.keytouch.recap+json"
POWER_Z = 1.96 + 0.8416  # 5 % two-sided, power .8


def introduce(client: Any) -> None:
    """Register the client's own names and say whose data these are: tables, rows, period."""
    name_ids(client)
    settings = client.settings
    parts = [
        word("intro_count", table=word(f"data_{table}"), n=f"{rows:,}")
        for table in TABLES
        if table != "touchpoints" and (rows := _rows(getattr(client, table)))
    ]
    since, until = data_period(client)
    if since is not None:
        parts.append(word("intro_period", since=f"{since:%Y-%m-%d}", until=f"{until:%Y-%m-%d}"))
    name = settings.name_zh if language() == "zh" else settings.name_en
    joint = "；" if language() == "zh" else "; "
    text = word("intro_client", name=name, parts=joint.join(parts))
    display_bundle({"text/html": f'<p class="kt-intro">{escape(text)}</p>'})


def _rows(table: Any) -> int:
    return 0 if isinstance(table, Missing) else int(collect(table.agg(n=table.count())).n.iloc[0])


def data_period(client: Any) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """The first and last time in interactions and feedback; None where nothing is dated."""
    ends = []
    for table in (client.interactions, client.feedback):
        if not isinstance(table, Missing) and "ts" in table.columns:
            row = collect(table.agg(lo=table.ts.min(), hi=table.ts.max())).iloc[0]
            ends += [end for end in (row.lo, row.hi) if not pd.isna(end)]
    return (min(ends), max(ends)) if ends else (None, None)


def recap(*, top: int = 3) -> None:
    """Repeat this notebook's most important findings; says so where the data gave none."""
    found = sorted(said(), key=lambda finding: finding.rank)[:top]
    if found:
        items = "".join(f"<li>{escape(finding.sentence())}</li>" for finding in found)
        html = f'<div class="kt-recap"><p>{escape(word("recap"))}</p><ul>{items}</ul></div>'
    else:
        html = f'<p class="kt-missing">{escape(word("recap_none"))}</p>'
    display_bundle({"text/html": html, RECAP_MIME: {}})


def plan_headlines(actions: pd.DataFrame | Missing, priorities: pd.DataFrame | Missing) -> None:
    """The first page's sentences on how sure we are, what to do first, what it takes and how
    we will know."""
    if isinstance(actions, Missing) and isinstance(priorities, Missing):
        tell_missing(priorities)
    if not isinstance(actions, Missing) and len(actions):
        headline("first", _first_sentence(actions))
        headline("effort", _effort_sentence(actions))
    if not isinstance(priorities, Missing) and len(priorities):
        headline("sure", word("headline_sure", n=f"{int(priorities.n.sum()):,}"))
        headline("know", _know_sentence(priorities.iloc[0]))
        ranked = priorities.sort_values("p_first", ascending=False)
        if len(ranked) > 1 and ranked.p_first.iloc[0] < 0.8:
            headline("undecided", _undecided_sentence(ranked.iloc[0], ranked.iloc[1]))


def _first_sentence(actions: pd.DataFrame) -> str:
    open_ones = actions[~actions.status.isin(["done", "dropped"])]
    row = (open_ones if len(open_ones) else actions).iloc[0]
    texts = {
        name: word("to_name") if pd.isna(row[name]) else cell_text(name, row[name])
        for name in ("owner", "due")
    }
    return word(
        "headline_first",
        action=action_name(row),
        touchpoint=name_of("touchpoint_id", row.touchpoint_id),
        **texts,
    )


def _effort_sentence(actions: pd.DataFrame) -> str:
    known = actions.cost.dropna()
    if known.empty:
        return word("headline_effort_open", n=len(actions))
    cost = number_text("cost", float(known.sum()))
    return word("headline_effort", n=len(actions), known=len(known), cost=cost)


def _know_sentence(row: pd.Series) -> str:
    """The change worth seeing is half the room to the target, at least a tenth of a point."""
    delta = max(row.room_points / 2, 0.1)
    needed = int(np.ceil(2 * (POWER_Z * row.score_sd / delta) ** 2))
    return word(
        "headline_know",
        name=name_of("touchpoint_id", row.touchpoint_id),
        score=number_text("score", row.score),
        interval=interval_text("score", row.score_lo, row.score_hi),
        n=f"{int(row.n):,}",
        delta=f"{delta:.2f}",
        needed=f"{needed:,}",
    )


def _undecided_sentence(first: pd.Series, second: pd.Series) -> str:
    """Answers each would need for the two gains' intervals to part, all else equal."""
    gap = max(abs(first.gain_points - second.gain_points), 1e-9)
    half = np.hypot(
        first.gain_points_hi - first.gain_points_lo, second.gain_points_hi - second.gain_points_lo
    )
    n = int(min(first.n, second.n))
    factor = (half / 2 / gap) ** 2
    if factor > HOPELESS:
        names = (name_of("touchpoint_id", row.touchpoint_id) for row in (first, second))
        return word("headline_tie", **dict(zip(("name", "other"), names)))
    needed = int(np.ceil(n * max(factor, 1) / 100) * 100)
    return word(
        "headline_undecided",
        name=name_of("touchpoint_id", first.touchpoint_id),
        other=name_of("touchpoint_id", second.touchpoint_id),
        needed=f"{needed:,}",
        n=f"{n:,}",
    )
