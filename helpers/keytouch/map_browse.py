"""The journey map to look into, as words and numbers; `map_page` makes the page of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from keytouch.engine import Missing
from keytouch.labels import cell_text, chance_text, interval_text, name_of, number_text
from keytouch.lanes import JourneyMap
from keytouch.map_page import map_html
from keytouch.tables import display_bundle, tell_missing
from keytouch.words import has_word, word

MAP_MIME = "application/vnd.keytouch.map+json"
SPOKEN = {
    "reach_rate", "score", "late_rate", "wait_p50", "p_key", "low_rate", "fail_rate",
    "negative_rate", "room_points", "missed_rate",
}  # fmt: skip


def browse_map(journey: JourneyMap | Missing, *, scale: tuple[float, float] = (1, 5)) -> None:
    """Show the map as cards to look into: hover, focus or tap a card for its numbers with their
    intervals, n, grade and source; filter by stage, by pains and by evidence grade.
    """
    if isinstance(journey, Missing):
        tell_missing(journey)
        return
    payload = map_payload(journey, scale=scale)
    display_bundle({"text/html": map_html(payload), MAP_MIME: payload})


def map_payload(journey: JourneyMap, *, scale: tuple[float, float] = (1, 5)) -> dict[str, Any]:
    """The map as plain words and numbers, in the language in use: `stages`, `cards`."""
    stages = list(journey.stages.stage_id)
    span = scale[1] - scale[0]
    cards = []
    for row in journey.cards.to_dict("records"):
        scored = not pd.isna(row["score"])
        lo, hi = (row[f"score_{end}"] if scored else scale[0] for end in ("lo", "hi"))
        place = (100 * (end - scale[0]) / span for end in (lo, hi))
        cards.append(
            {
                "name": name_of("touchpoint_id", row["touchpoint_id"]),
                "stage": stages.index(row["stage_id"]),
                "side": row["stage_side"] if row["stage_side"] == "back" else "front",
                "facts": _facts(row),
                "score": _number("score", row["score"], lo, hi) if scored else "",
                "band": [0.0 if pd.isna(end) else round(end, 1) for end in place] if scored else [],
                "pains": [name for name in str(row["pains"]).split(",") if name],
                "key": bool(row["p_key"] >= 0.8),
                "grade": row["grade"],
                "rows": _rows(journey, row["touchpoint_id"]),
            }
        )
    names = [name_of("stage_id", stage) for stage in stages]
    return {"stages": names, "cards": cards, "words": _words()}


def _words() -> dict[str, str]:
    keys = {
        "title": "map_browse", "stage": "lane_stage", "pain": "lane_pain", "grade": "lane_grade",
        "all": "map_all", "with": "map_with_pain", "shown": "map_shown", "figure": "col_kpi",
        "value": "col_value", "n": "col_n", "source": "col_source", "assumption": "assumption",
    }  # fmt: skip
    return {name: word(key) for name, key in keys.items()}


def _facts(row: Mapping[str, Any]) -> str:
    parts = [cell_text(name, row.get(name)) for name in ("stage_side", "medium", "channel")]
    return " · ".join(part for part in parts if part != "—")


def _number(kpi: str, value: float, lo: Any, hi: Any) -> str:
    text = chance_text(value) if kpi == "p_key" else number_text(kpi, value)
    interval = interval_text(kpi, lo, hi)
    return f"{text} ({interval})" if interval else text


def _rows(journey: JourneyMap, touchpoint: str) -> list[list[str]]:
    """A card's numbers: what, value with interval, n, grade, source."""
    if journey.evidence.empty:
        return []
    own = journey.evidence[journey.evidence.touchpoint_id == touchpoint]
    rows = []
    for cell in own[own.kpi.isin(SPOKEN)].to_dict("records"):
        label = word(f"col_{cell['kpi']}") if has_word(f"col_{cell['kpi']}") else cell["kpi"]
        known = not pd.isna(cell["value"])
        value = _number(cell["kpi"], cell["value"], cell["lo"], cell["hi"]) if known else "—"
        tag = f"{cell['evidence_id']} {label}".strip()
        source = word(f"source_{cell['source']}")
        rows.append([tag, value, f"{cell['n']:,}", cell["grade"], source])
    return rows
