"""The gold sets of clauses: read, judged by the machine, and scored.

`tests/gold/<case>_<language>.csv` holds clauses written for the project, one row each:
`comment_id`, `clause_no`, `clause`, and the labels of two coders who didn't see each other's:
`touchpoints_a`, `touchpoints_b` (ids joined by ";"), `polarity_a`, `polarity_b`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from keytouch.engine import from_frame
from keytouch.hearing import read_comments
from keytouch.lexicons import other_topics, polarity_lexicon, touchpoint_terms
from keytouch.settings import read_settings

ROOT = Path(__file__).parents[1]
GOLD = Path(__file__).parent / "gold"
CASES = ("ecommerce", "airline", "hotel")


def gold(case: str, language: str) -> pd.DataFrame:
    return pd.read_csv(GOLD / f"{case}_{language}.csv", keep_default_na=False, dtype=str)


def judged_clauses(case: str, language: str) -> pd.DataFrame:
    """The gold clauses with `positive` and `touchpoints`, read in their whole comments."""
    table = gold(case, language)
    joint = "" if language == "zh" else " "
    groups = table.groupby("comment_id", sort=False)
    comments = groups.clause.agg(joint.join)
    frame = pd.DataFrame({"feedback_id": [f"{k:05}" for k in range(len(comments))],
                          "comment": comments.to_numpy(), "status": "answered"})  # fmt: skip
    folder = ROOT / "datasets" / case
    settings = read_settings(folder)
    heard = read_comments(
        from_frame(frame), terms=touchpoint_terms(settings, folder), lexicon=polarity_lexicon(),
        others=other_topics(settings),
    )  # fmt: skip
    place = {name: k for k, name in enumerate(comments.index)}
    lengths = table.clause.str.len() + len(joint)
    start = lengths.groupby(table.comment_id).cumsum() - lengths
    rows = [
        _read(heard, place[name], begin, begin + size)
        for name, begin, size in zip(table.comment_id, start, table.clause.str.len())
    ]
    return table.assign(positive=[row[0] for row in rows], touchpoints=[row[1] for row in rows])


def _read(heard: Any, comment: int, start: int, end: int) -> tuple[float, set[str]]:
    """The mean probability and all touchpoints of the machine's clauses within a gold clause."""
    rows = heard.clauses[heard.clauses.comment == comment]
    share = np.minimum(rows.end, end) - np.maximum(rows.start, start)
    inside = rows[share > 0.5 * (rows.end - rows.start)]
    if inside.empty:
        inside = rows[share > 0]
    named = heard.topics[heard.topics.clause.isin(inside.index)]
    positive = float(inside.positive.mean()) if len(inside) else 0.5
    return positive, set(named.touchpoint_id)


def touchpoint_scores(table: pd.DataFrame) -> dict[str, float]:
    """Micro precision, recall and F1 of touchpoints, on clauses that both coders gave the same."""
    alike = table[table.touchpoints_a == table.touchpoints_b]
    truth = [set(text.split(";")) - {""} for text in alike.touchpoints_a]
    hits = sum(len(a & b) for a, b in zip(alike.touchpoints, truth))
    said = sum(map(len, alike.touchpoints))
    there = sum(map(len, truth))
    precision, recall = hits / max(said, 1), hits / max(there, 1)
    f1 = 2 * hits / max(said + there, 1)
    return {"n": len(alike), "precision": precision, "recall": recall, "f1": f1}
