"""What comments say, in sentences: what is complained about, by whom, and how well it was read."""

from __future__ import annotations

import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.labels import cell_text, interval_text, number_text
from keytouch.words import word


def focus_findings(focus: pd.DataFrame | Missing, *, top: int = 3) -> list[Finding]:
    """Touchpoints surely complained about more than the rest; else that there is none."""
    if isinstance(focus, Missing):
        return []
    judged = focus[~focus.small]
    worse = judged[judged.verdict == "worse"].head(top)
    if worse.empty:
        return [
            one(row, "finding_focus_none", "negative_rate", rank=8, **_rest(row))
            for _, row in judged.head(1).iterrows()
        ]
    return [
        one(row, "finding_focus", "negative_rate", rank=6.5 + place / 10, **_rest(row))
        for place, (_, row) in enumerate(worse.iterrows())
    ]


def _rest(row: pd.Series) -> dict[str, str]:
    return {
        "rest": number_text("negative_rate", row.rest_rate),
        "difference": number_text("rate_difference", row.rate_difference),
    }


def voice_contrast_findings(
    contrast: pd.DataFrame | Missing, *, by: str = "segment", top: int = 2
) -> list[Finding]:
    """Where the second group's comments are surely more or less often negative than the first's."""
    if isinstance(contrast, Missing):
        return []
    sure = contrast[contrast.verdict.isin(["worse", "better"])]
    sure = sure.reindex(sure.rate_difference.abs().sort_values(ascending=False).index).head(top)
    if sure.empty:
        judged = contrast[~contrast.small]
        return [
            one(row, "finding_voices_alike", "rate_difference", rank=9, **_pair(row, by))
            for _, row in judged.head(1).iterrows()
        ]
    return [
        one(row, f"finding_voices_{row.verdict}", "rate_difference", rank=8 + place / 10,
            **_pair(row, by))
        for place, (_, row) in enumerate(sure.iterrows())
    ]  # fmt: skip


def _pair(row: pd.Series, by: str) -> dict[str, str]:
    return {
        "a": group_name(by, row.group_a), "b": group_name(by, row.group_b),
        "share": number_text("negative_rate", row.negative_rate),
        "other": number_text("negative_rate", row.rest_rate),
        "rest_n": f"{int(row.rest_n):,}",
    }  # fmt: skip


def group_name(by: str, group: str) -> str:
    """A group of comments by name; halves of the time by words."""
    return word(f"half_{group}") if by == "period" else word("quoted", name=cell_text(by, group))


def reading_findings(quality: pd.DataFrame | Missing) -> list[Finding]:
    """Which layer tells polarity here, and how often it is right on comments it hadn't seen."""
    if isinstance(quality, Missing):
        return []
    used = quality[quality.chosen].iloc[0]
    best = interval_text("accuracy_80", used.accuracy_80_lo, used.accuracy_80_hi)
    return [
        one(
            used,
            f"finding_reading_{used.layer}",
            "accuracy",
            rank=9,
            f1=number_text("f1", used.f1),
            f1_interval=interval_text("f1", used.f1_lo, used.f1_hi),
            sure_share=number_text("accuracy_80", used.accuracy_80),
            sure_interval=best,
        )
    ]


def change_findings(changes: pd.DataFrame | Missing, *, top: int = 2) -> list[Finding]:
    """Touchpoints whose share of negative comments surely changed; else the strongest lead."""
    if isinstance(changes, Missing):
        return []
    sure = changes[changes.verdict != "open"]
    rows = sure.head(top) if len(sure) else changes.head(1)
    return [
        one(
            row,
            f"finding_change_{row.verdict}",
            "rate_difference",
            rank=6.2 + place / 10 if len(sure) else 9,
            since=f"{row.since:%Y-%m-%d}",
            since_lo=f"{row.since_lo:%Y-%m-%d}",
            since_hi=f"{row.since_hi:%Y-%m-%d}",
            before=number_text("negative_rate", row.rest_rate),
            after=number_text("negative_rate", row.negative_rate),
            rest_n=f"{int(row.rest_n):,}",
            own=number_text("p_alone", row.p_alone),
            count=len(changes),
        )
        for place, (_, row) in enumerate(rows.iterrows())
    ]
