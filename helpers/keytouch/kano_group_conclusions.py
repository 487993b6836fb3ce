"""What is said of Kano categories that differ between groups of customers."""

from __future__ import annotations

import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import Finding
from keytouch.group_conclusions import group_word
from keytouch.instrument_conclusions import SURE, item_name
from keytouch.labels import cell_text, number_text
from keytouch.words import word


def kano_group_findings(table: pd.DataFrame | Missing) -> list[Finding]:
    """For every item whose answers differ: what it is to the group that gains most and least.

    Where none differs, one sentence says so of the item that is nearest to it.
    """
    if isinstance(table, Missing) or table.empty or table.p_value.isna().all():
        return []
    by = _group_column(table)
    tested = table[table.p_value.notna() & ~table.small]
    items = list(dict.fromkeys(tested["item"][tested.differs])) or [tested["item"].iloc[0]]
    parts = [tested[tested["item"] == item] for item in items]
    return [_one_item(part, by, place) for place, part in enumerate(parts)]


def _group_column(table: pd.DataFrame) -> str:
    return str(table.columns[1])


def _one_item(part: pd.DataFrame, by: str, place: int) -> Finding:
    ordered = part.sort_values(["better", by], ascending=[False, True])
    most, least = ordered.iloc[0], ordered.iloc[-1]
    key = "finding_kano_groups" if most.differs else "finding_kano_groups_alike"
    return Finding(
        id=f"{key}_{most['item']}",
        key=key,
        metric="kano_rate",
        value=float(most.better),
        lo=float(most.better_lo),
        hi=float(most.better_hi),
        n=int(most.n),
        method=most.method,
        rank=6.2 + place / 100,
        words={
            "item": item_name(most),
            "kind": group_word("group", by),
            "first": cell_text(by, most[by]),
            "other": cell_text(by, least[by]),
            "first_category": _category(most),
            "other_category": _category(least),
            "p_value": number_text("p_value", float(most.p_value)),
            "other_n": f"{int(least.n):,}",
        },
    )


def _category(row: pd.Series) -> str:
    """The category, or that it is undecided."""
    if row.p_category < SURE:
        return word("kano_category_undecided")
    return word(f"kano_category_{row.kano_category}")
