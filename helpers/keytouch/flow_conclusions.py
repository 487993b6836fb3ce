"""What the flow says: where customers go back, skip a stage, or which way they mostly take."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.engine import Missing
from keytouch.findings import DRAWS, Finding, one
from keytouch.labels import name_of, number_text
from keytouch.words import word

ENDS = ("start", "end")
RIVALS = 200
TINY = 0.001


def flow_findings(links: pd.DataFrame | Missing, *, min_n: int = 30) -> list[Finding]:
    """The most frequent move back to an earlier stage; where nobody goes back, the main move.

    Nothing where the only moves back are those of folded or rarely met touchpoints.
    """
    if isinstance(links, Missing):
        return []
    known = links[(links.from_id != "(other)") & (links.to_id != "(other)")]
    known = known[~known.direction.isin([*ENDS, "again"]) & (known.leaving >= min_n)]
    back = known[known.direction == "back"]
    rows, key = (back, "finding_flow_back") if len(back) else (known, "finding_flow_main")
    if rows.empty or (back.empty and (links.direction == "back").any()):
        return []
    row, lead = _foremost(rows, "n")
    words = {end: name_of("touchpoint_id", row[f"{end}_id"]) for end in ("from", "to")}
    row = row.drop("n").rename({"leaving": "n"})
    count = number_text("n", rows.n.max())
    return [
        one(row, key, "share_rate", rank=7.4, probability=lead,
            source=words["from"], target=words["to"], count=count)
    ]  # fmt: skip


def stage_flow_findings(flows: pd.DataFrame | Missing, *, min_n: int = 30) -> list[Finding]:
    """The stage from which most journeys go back, and the one that most journeys skip to."""
    if isinstance(flows, Missing):
        return []
    found = []
    for direction, rank in (("back", 7.3), ("skip", 7.5)):
        rows = flows[(flows.direction == direction) & (flows.met_n >= min_n)]
        if rows.empty:
            continue
        row, lead = _foremost(rows, "journeys")
        words = {end: name_of("stage_id", row[f"{end}_stage"]) for end in ("from", "to")}
        found.append(
            one(row.drop("n").rename({"met_n": "n"}), f"finding_stage_{direction}", "move_rate",
                rank=rank, probability=lead, source=words["from"], target=words["to"],
                count=number_text("n", row.journeys))
        )  # fmt: skip
    return found


def _foremost(rows: pd.DataFrame, column: str) -> tuple[pd.Series, float]:
    """The row with the highest count, and the chance that its true rate is the highest of all.

    Draws each rate from its posterior under Jeffreys' prior for a Poisson count.
    """
    ordered = rows.sort_values(column, ascending=False, kind="stable").head(RIVALS)
    counts = ordered[column].to_numpy(float)
    draws = np.random.default_rng(1).gamma(counts + 0.5, size=(DRAWS, len(counts)))
    return ordered.iloc[0], float((draws.argmax(axis=1) == 0).mean())


def rare_text(rare: pd.DataFrame, all_links: pd.DataFrame) -> str:
    """How many links a picture leaves out, and their share of all moves."""
    share = rare.n.sum() / all_links.n.sum()
    text = number_text("share_rate", share) if share >= TINY else f"<{100 * TINY:g}%"
    return word("flow_rare", links=number_text("n", len(rare)), share=text)
