"""What critical incidents say: can the coding be trusted, and where do the bad ones happen."""

from __future__ import annotations

import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, one
from keytouch.labels import cell_text, name_of, number_text
from keytouch.words import word


def agreement_findings(agreement: pd.DataFrame | Missing) -> list[Finding]:
    """How reliable the least reliable coding is, and which codes are confused there."""
    if isinstance(agreement, Missing) or agreement.empty:
        return []
    row = agreement.iloc[0]
    if row.verdict == "unknown":
        return []
    confused = ""
    if row.confused_n:
        pair = [cell_text(row.coding, row[name]) for name in ("confused_a", "confused_b")]
        confused = word("coding_confused", a=pair[0], b=pair[1], n=f"{row.confused_n:,}")
    return [
        one(
            row,
            f"finding_coding_{row.verdict}",
            "alpha",
            rank=8,
            probability=row.probability,
            coding=word(f"coding_{row.coding}"),
            count=len(agreement),
            confused=confused,
        )
    ]


def incident_findings(
    incidents: pd.DataFrame | Missing, by: str = "touchpoint_id", *, top: int = 2
) -> list[Finding]:
    """Where incidents are surely more often negative than elsewhere; else that none stands out."""
    if isinstance(incidents, Missing) or incidents.empty:
        return []
    worse = incidents[(incidents.verdict == "worse") & ~incidents.small]
    worse = worse.sort_values("negative_rate", ascending=False, kind="stable").head(top)
    if worse.empty:
        first = incidents.iloc[0]
        plain = first.drop("touchpoint_id", errors="ignore")
        key = f"finding_incident_none_{by}"
        return [one(plain, key, "negative_rate", rank=9, **_told(first, by))]
    return [
        one(row, f"finding_incident_{by}", "negative_rate", rank=6.6 + place / 10, **_told(row, by))
        for place, (_, row) in enumerate(worse.iterrows())
    ]


def _told(row: pd.Series, by: str) -> dict[str, str]:
    """The words of one row: what it is, how many incidents, and the rest's share."""
    named = name_of(by, row[by]) if by == "touchpoint_id" else cell_text(by, row[by])
    return {
        "subject": named,
        "rest": number_text("rest_rate", row.rest_rate),
        "all_n": f"{int(row.all_n):,}",
        "left_out": f"{int(row.left_out):,}",
    }
