"""What the tables of channels say: matters handed over, channels changed, paths taken."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.labels import cell_text, name_of, number_text
from keytouch.passing_on import ALL

OPEN = 0.79  # the most that an unproved finding may claim


def hand_over_findings(handed: pd.DataFrame | Missing, *, top: int = 3) -> list[Finding]:
    """The hand-overs that surely lose, largest first; the likeliest where none surely does."""
    if isinstance(handed, Missing) or handed.empty:
        return []
    judged = handed[~handed.small]
    sure = judged[judged.verdict == "loses"].head(top)
    if len(sure):
        said = [
            _about_hand_over(row, float(row.p_loss), 4.2 + place / 10)
            for place, (_, row) in enumerate(sure.iterrows())
        ]
        return said + [_about_drops(row) for _, row in sure.head(1).iterrows() if _drops(row)]
    likely = judged.sort_values("p_loss", ascending=False, kind="stable").head(1)
    return [_about_hand_over(row, min(float(row.p_loss), OPEN), 9) for _, row in likely.iterrows()]


def _about_hand_over(row: pd.Series, probability: float, rank: float) -> Finding:
    found = one(
        row,
        "finding_hand_over",
        "loss_rate",
        rank=rank,
        probability=probability,
        claim="handover_loss",
        about=f"{row.from_channel}>{row.to_channel}",
        source=name_of("from_channel", row.from_channel),
        target=name_of("to_channel", row.to_channel),
        handed=number_text("handed_solved_rate", row.handed_solved_rate),
        stayed=number_text("stayed_solved_rate", row.stayed_solved_rate),
    )
    return replace(found, id=f"{found.id}_{row.from_channel}_{row.to_channel}")


def _drops(row: pd.Series) -> bool:
    """Whether customers surely give up more often after a hand-over: the intervals are apart."""
    return bool(row.handed_drop_rate_lo > row.stayed_drop_rate_hi)


def _about_drops(row: pd.Series) -> Finding:
    return one(
        row,
        "finding_hand_over_drop",
        "handed_drop_rate",
        rank=6,
        source=name_of("from_channel", row.from_channel),
        target=name_of("to_channel", row.to_channel),
        stayed=number_text("stayed_drop_rate", row.stayed_drop_rate),
    )


def switch_findings(switches: pd.DataFrame | Missing) -> list[Finding]:
    """How many journeys change channel, and where customers most often start anew."""
    if isinstance(switches, Missing) or switches.empty:
        return []
    found = [
        one(row, "finding_switches", "cross_rate", rank=8)
        for _, row in switches[switches.from_channel == ALL].iterrows()
    ]
    pairs = switches[switches.from_channel != ALL]
    again = pairs.assign(again=pairs.repeat_rate * pairs.switches)
    again = again[again.again >= 1].sort_values("again", ascending=False, kind="stable").head(1)
    return found + [
        one(
            row,
            "finding_repeat",
            "repeat_rate",
            rank=7,
            source=name_of("from_channel", row.from_channel),
            target=name_of("to_channel", row.to_channel),
        )
        for _, row in again.assign(n=again.switches).iterrows()
    ]


def path_findings(paths: pd.DataFrame | Missing) -> list[Finding]:
    """Which path through the channels most journeys take, and how many convert on it."""
    if isinstance(paths, Missing) or paths.empty or paths.conversion_rate.isna().iloc[0]:
        return []
    row, total = paths.iloc[0], float(paths.n.sum())
    column = str(paths.columns[0])
    return [
        one(
            row,
            "finding_channel_path",
            "conversion_rate",
            rank=8,
            path=cell_text(column, row[column]),
            share=number_text("share_rate", row.n / total),
        )
    ]
