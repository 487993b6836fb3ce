"""What coded comments say: can people's codes be trusted, and how well does a machine read."""

from __future__ import annotations

import pandas as pd

from keytouch.comment_codes import label_set
from keytouch.engine import Missing
from keytouch.findings import Finding, extreme, one
from keytouch.labels import cell_text, interval_text, name_of, number_text
from keytouch.machine_scores import TOO_FEW
from keytouch.words import word


def code_findings(agreement: pd.DataFrame | Missing) -> list[Finding]:
    """How reliable the coding is that people agree on least, and what is confused there."""
    if isinstance(agreement, Missing):
        return []
    codings = agreement[(agreement.coding != "presence") & (agreement.verdict != "unknown")]
    if codings.empty:
        return []
    row = codings.iloc[0]
    confused = ""
    if row.confused_n:
        pair = [code_text(row.coding, row[name]) for name in ("confused_a", "confused_b")]
        confused = word("codes_confused", a=pair[0], b=pair[1], n=f"{int(row.confused_n):,}")
    return [
        one(
            row.drop("touchpoint_id"),
            f"finding_codes_{row.verdict}",
            "alpha",
            rank=8,
            probability=row.probability,
            coding=word(f"coding_{row.coding}"),
            count=len(codings),
            confused=confused,
        )
    ]


def code_text(coding: str, value: str) -> str:
    """One code as a reader sees it; several touchpoints by name."""
    if coding != "touchpoints":
        return cell_text(coding, value)
    names = [name_of("touchpoint_id", name) for name in sorted(label_set(value))]
    return word("list_joint").join(names) or word("codes_none")


def machine_findings(accuracy: pd.DataFrame | Missing) -> list[Finding]:
    """How often the machine reads touchpoints and tone as people do, and which it reads worst."""
    if isinstance(accuracy, Missing) or accuracy.empty:
        return []
    found = []
    for place, coding in enumerate(("touchpoints", "polarity")):
        row = headline_row(accuracy, coding)
        if row is None:
            continue
        if row.small:
            return [_too_few(row)]
        found.append(_judged(accuracy, row, coding, rank=8.1 + place / 10))
    return found + _weakest(accuracy)


def headline_row(
    accuracy: pd.DataFrame, coding: str, who: str = "machine", measure: str = "accuracy"
) -> pd.Series | None:
    """The number that people and machine are compared by; against what is agreed, if alone."""
    whole = accuracy.touchpoint_id.isna() & accuracy.polarity.isna()
    rows = accuracy[whole & (accuracy.coding == coding) & (accuracy.who == who)]
    rows = rows[rows.measure == measure].sort_values("against", ascending=False)  # each, agreed
    return None if rows.empty else rows.iloc[0]


def _plain(row: pd.Series) -> pd.Series:
    return row.drop("touchpoint_id")


def _too_few(row: pd.Series) -> Finding:
    return one(_plain(row), "finding_machine_few", "rate", rank=8.1, least=TOO_FEW)


def _judged(accuracy: pd.DataFrame, row: pd.Series, coding: str, *, rank: float) -> Finding:
    """The machine's share beside that of people."""
    people = headline_row(accuracy, coding, "people")
    coders = f"{int(row.coders):,}"
    if people is None:
        return one(_plain(row), f"finding_machine_{coding}_alone", "rate", rank=rank, coders=coders)
    return one(
        _plain(row),
        f"finding_machine_{coding}_{row.verdict}",
        "rate",
        rank=rank,
        coders=coders,
        people=number_text("rate", people.rate),
        around=interval_text("rate", people.rate_lo, people.rate_hi),
    )


def _weakest(accuracy: pd.DataFrame) -> list[Finding]:
    """The touchpoint with the lowest F1 against each person; against what is agreed, if alone."""
    rows = accuracy[accuracy.touchpoint_id.notna() & (accuracy.measure == "f1")]
    rows = rows[rows.who == "machine"]
    rows = rows[rows.against == rows.against.max()]  # each, else agreed
    return extreme(
        rows, "rate", "finding_machine_weak", highest=False, rank=8.4, id_column="touchpoint_id"
    )
