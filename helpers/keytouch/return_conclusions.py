"""What the tables of engagement, retention and the cube of key figures say."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding, chance_first, one
from keytouch.labels import cell_text, interval_text, number_text
from keytouch.words import word


def engagement_findings(engagement: pd.DataFrame | Missing) -> list[Finding]:
    """How often an active customer was in contact in the last whole month, and in the first."""
    if isinstance(engagement, Missing):
        return []
    judged = engagement[engagement.whole & ~engagement.small]
    judged = judged[judged.per_customer_lo.notna()]
    if judged.empty:
        return []
    first, last = judged.iloc[0], judged.iloc[-1]
    return [
        one(
            last,
            "finding_engagement",
            "per_customer",
            rank=8,
            month=f"{last.period:%Y-%m}",
            since=f"{first.period:%Y-%m}",
            before=number_text("per_customer", first.per_customer),
            before_interval=interval_text(
                "per_customer", first.per_customer_lo, first.per_customer_hi
            ),
        )
    ]


def retention_findings(retention: pd.DataFrame | Missing) -> list[Finding]:
    """How many customers are back a month after their first, and after the longest time seen."""
    if isinstance(retention, Missing) or retention.empty:
        return []
    judged = retention[~retention.small]
    if judged.empty or judged.month.iloc[0] != 1:
        return []
    last = judged.iloc[-1]
    return [
        one(
            judged.iloc[0],
            "finding_retention",
            "retention_rate",
            rank=7,
            last=f"{last.month:.0f}",
            later=number_text("retention_rate", last.retention_rate),
            later_interval=interval_text(
                "retention_rate", last.retention_rate_lo, last.retention_rate_hi
            ),
        )
    ]


def cell_name(row: pd.Series, by: list[str]) -> str:
    """A cell of a cube by the names of its dimensions' values."""
    return word("cell_joint").join(cell_text(name, row[name]) for name in by)


def cell_dimensions(cells: pd.DataFrame) -> list[str]:
    """The dimensions that a slice of a cube shows."""
    return list(cells.columns[: cells.columns.get_loc("score")])


def cube_findings(cells: pd.DataFrame | Missing) -> list[Finding]:
    """The cell of a slice with the lowest score, and its chance to be so."""
    if isinstance(cells, Missing):
        return []
    judged = cells[~cells.small & cells.score_lo.notna()].reset_index(drop=True)
    by = cell_dimensions(cells)
    if len(judged) < 2 or not by:
        return []
    chance = chance_first(judged, "score", highest=False)
    order = np.argsort(-chance, kind="stable")
    row = judged.loc[order[0]]
    return [
        one(
            row,
            "finding_lowest_cell",
            "score",
            rank=8,
            probability=float(chance[order[0]]),
            subject=cell_name(row, by),
            other=cell_name(judged.loc[order[1]], by),
            cells=f"{len(judged)}",
        )
    ]
