"""What the check of the inventory says: one sentence per kind of gap."""

from __future__ import annotations

import pandas as pd

from keytouch.completeness import KINDS
from keytouch.engine import Missing
from keytouch.findings import Finding, extreme
from keytouch.labels import cell_text, is_blank, name_of
from keytouch.words import word

NAMED = 5


def gap_findings(check: pd.DataFrame | Missing) -> list[Finding]:
    """One sentence per kind of gap, gravest first; one sentence where there is none."""
    if isinstance(check, Missing):
        return []
    found = [_gap(kind, check[check.kind == kind]) for kind in KINDS if (check.kind == kind).any()]
    if found:
        return found
    return [Finding("finding_gap_none", "finding_gap_none", "count", 0, 0, 0, 0, "method_count")]


def _gap(kind: str, rows: pd.DataFrame) -> Finding:
    """The sentence of one kind; a kind that concerns everything is told as such."""
    subjects = [text for text in map(_subject, rows.to_dict("records")) if text]
    key = f"finding_gap_{kind}" if subjects else f"finding_gap_{kind}_all"
    count = len(rows)
    names = word("list_joint").join(subjects[:NAMED]) + (
        word("and_more") if len(subjects) > NAMED else ""
    )
    words = {"count": f"{count:,}", "names": names}
    rank = 5 if kind == "unlisted" else 9
    return Finding(key, key, "count", count, count, count, count, "method_count", rank=rank,
                   words=words)  # fmt: skip


def _subject(row: dict[str, object]) -> str:
    """What a gap concerns, with the nearest listed id of an unknown one."""
    if not is_blank(row["touchpoint_id"]):
        name = name_of("touchpoint_id", row["touchpoint_id"])
        near = row["nearest_id"]
        return name if is_blank(near) else word("gap_near", name=name, near=near)
    if not is_blank(row["moment"]):
        return cell_text("moment", row["moment"])
    if is_blank(row["stage_id"]):
        return ""
    cell = [cell_text(name, row[name]) for name in ("stage_id", "stage_side", "medium")]
    return word("gap_cell", stage=cell[0], side=cell[1], medium=cell[2])


def form_findings(forms: pd.DataFrame | Missing) -> list[Finding]:
    """Which stages rest on one channel; else the stage with the least variety."""
    if isinstance(forms, Missing) or forms.empty:
        return []
    judged = forms[~forms.small]
    if judged.empty:
        return []
    alone = judged[judged.channels == 1]
    if len(alone):
        return [_rest_on_one(alone, len(judged))]
    return extreme(
        judged, "diversity", "finding_few_forms", highest=False, rank=9, id_column="stage_id"
    )


def _rest_on_one(alone: pd.DataFrame, of: int) -> Finding:
    """The sentence of the stages that have one channel only."""
    key, count = "finding_one_form", len(alone)
    names = word("list_joint").join(name_of("stage_id", stage) for stage in alone.stage_id)
    words = {"names": names, "count": f"{count:,}"}
    return Finding(key, key, "count", count, count, count, of, "method_count", words=words)
