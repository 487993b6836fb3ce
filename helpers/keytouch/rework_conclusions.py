"""What the tables of loops, journey features and step times say."""

from __future__ import annotations

import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.labels import cell_text, number_text
from keytouch.words import word

IN_MINUTES = ("wait_sum", "pause", "span")
FELT = ("mood_mean", "mood_peak", "mood_end")
WORTH_SAYING = 0.05  # a smaller share of journeys that loop is no news


def loop_findings(loops: pd.DataFrame | Missing, *, top: int = 2) -> list[Finding]:
    """The loops that surely go along with lower satisfaction; else the most frequent loop."""
    if isinstance(loops, Missing) or loops.empty:
        return []
    judged = loops[~loops.small & (loops.repeats > 0)]
    costly = judged[judged.differs & (judged.score_change < 0)]
    costly = costly.assign(n=costly.loop_n + costly.once_n)
    costly = costly.sort_values("score_change", kind="stable").head(top)
    if len(costly):
        return [
            one(
                row,
                "finding_rework",
                "score_change",
                rank=5.1 + place / 10,
                rate=number_text("loop_rate", row.loop_rate),
                spent=time_spent(row),
                loop=number_text("score", row.score_loop),
                once=number_text("score", row.score_once),
            )
            for place, (_, row) in enumerate(costly.iterrows())
        ]
    often = judged[judged.loop_rate >= WORTH_SAYING].head(1)
    return [
        one(row, "finding_rework_often", "loop_rate", rank=8, spent=time_spent(row))
        for _, row in often.iterrows()
    ]


def time_spent(row: pd.Series) -> str:
    """A clause on how long a loop takes; nothing without clocks."""
    if pd.isna(row.extra_minutes):
        return ""
    return word("loop_time", time=number_text("extra_minutes", row.extra_minutes))


def feature_findings(effects: pd.DataFrame | Missing) -> list[Finding]:
    """The feature of what happened that goes along most with satisfaction, with conversion.

    Feelings are left out: that a good mood goes with a good score is no news.
    """
    if isinstance(effects, Missing) or effects.empty:
        return []
    sure = effects[effects.linked & ~effects.feature.isin(FELT)]
    return [
        one(
            row,
            f"finding_feature_{row.target}",
            "score_change" if row.target == "score" else "rate_difference",
            rank=7,
            feature=cell_text("feature", row.feature),
            spread=spread_text(row.feature, row.spread),
            steps=f"{row.first_steps}",
        )
        for _, row in sure.drop_duplicates("target").iterrows()
    ]


def spread_text(feature: str, spread: float) -> str:
    """A feature's usual spread in its own unit."""
    column = "extra_minutes" if feature in IN_MINUTES else "extra_steps"
    return number_text(column, spread)


def step_cost_findings(costs: pd.DataFrame | Missing) -> list[Finding]:
    """Where most of the journeys' time goes, and where waiting is most of a contact."""
    if isinstance(costs, Missing) or costs.empty:
        return []
    column = str(costs.columns[0])
    judged = costs[~costs.small & costs.time_share_lo.notna()]
    found = [
        one(
            row,
            "finding_time_share",
            "time_share",
            rank=8,
            subject=cell_text(column, row[column]),
            dwell=number_text("dwell_minutes", row.dwell_minutes),
        )
        for _, row in judged.head(1).iterrows()
    ]
    waits = judged[judged.wait_share.astype(float) > 0]
    waits = waits.sort_values("wait_share", ascending=False, kind="stable").head(1)
    return found + [
        one(
            row,
            "finding_wait_share",
            "wait_share",
            rank=7.5,
            subject=cell_text(column, row[column]),
        )
        for _, row in waits.iterrows()
    ]


def saving_findings(savings: pd.DataFrame | Missing) -> list[Finding]:
    """The step whose shortening would save a journey most."""
    if isinstance(savings, Missing) or savings.empty:
        return []
    judged = savings[~savings.small & (savings.saved_minutes > 0)]
    return [
        one(
            row,
            f"finding_saving_{row.time_kind}",
            "saved_minutes",
            rank=7.2,
            cut=f"{100 * row.shorten:.0f}%",
            each=number_text("saved_each_minutes", row.saved_each_minutes),
            share=number_text("saved_share", row.saved_share),
        )
        for _, row in judged.head(1).iterrows()
    ]
