"""The journey map as data: one row per touchpoint, with all that the picture shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, collect

GRADES = ("A", "B", "C", "D")
STRONG_N, WEAK_N = 100, 30
WAY_COLUMNS = ["stage_id", "way", "way_rate", "way_rate_lo", "way_rate_hi", "n", "ways"]
PAIN_COLUMNS = ["evidence_id", "touchpoint_id", "evidence", "rate", "rate_lo", "rate_hi", "n"]
CHANCE_COLUMNS = ["evidence_id", "touchpoint_id", "opportunity", "kpi", "value", "lo", "hi", "n"]
NOT_ASKED = Missing("interactions")


@dataclass(frozen=True)
class JourneyMap:
    """A journey map: `cards` (one row per touchpoint), `stages` and `ways` (one per stage),
    `quotes` (the first of a stage is drawn), `pains` and `chances` (one per piece of evidence),
    `evidence` (one per drawn number; empty until `map_evidence` is asked).
    """

    cards: pd.DataFrame
    stages: pd.DataFrame
    quotes: pd.DataFrame
    ways: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=WAY_COLUMNS))
    pains: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PAIN_COLUMNS))
    chances: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CHANCE_COLUMNS))
    evidence: pd.DataFrame = field(default_factory=pd.DataFrame)


def journey_map(
    inventory: pd.DataFrame | Missing,
    *,
    stages: Sequence[str],
    touchpoints: LazyTable | Missing,
    reach: pd.DataFrame | Missing,
    scores: pd.DataFrame | Missing,
    funnel: pd.DataFrame | Missing,
    delays: pd.DataFrame | Missing,
    service: pd.DataFrame | Missing,
    pains: pd.DataFrame | Missing,
    keys: pd.DataFrame | Missing,
    quotes: pd.DataFrame | Missing,
    channels: pd.DataFrame | Missing,
    waits: pd.DataFrame | Missing = NOT_ASKED,
    ways: pd.DataFrame | Missing = NOT_ASKED,
    chances: pd.DataFrame | Missing = NOT_ASKED,
) -> JourneyMap | Missing:
    """Gather every lane of the map from the measures that know it.

    `cards` columns: `touchpoint_id`, `stage_id`, `stage_side`, `medium`, `moment`, `supports`,
    `channel` (the most frequent), `reach_rate` ± , `score` ±, `n` scores, `volume`,
    `late_rate`, `wait_p50` (with its interval where `waits` is given), `fail_rate`, each with its
    own n (`reach_n`, `late_n`, `wait_n`), `pains`, `chances` (evidence ids), `p_key`, `grade`,
    `role` ("peak", "trough", "end" on the affect curve, else ""). Only touchpoints of a known
    stage. Quotes of a stage: of its lowest-scoring touchpoint first.
    Grade of a whole card: A ≥ 100 scores and ≥ 100 interactions; B ≥ 100 of one of them; C ≥ 30;
    D less: such a cell is an assumption.
    """
    if isinstance(inventory, Missing):
        return inventory
    cards = inventory[inventory.stage_id.isin(stages)].reset_index(drop=True)
    if cards.empty or not stages:
        return Missing("touchpoints", ("stage_id",))
    cards = cards.drop(columns=["owner", "known"])
    cards = cards.assign(supports=_supports(cards, touchpoints))
    cards = _add(cards, reach, ["reach_rate", "reach_rate_lo", "reach_rate_hi"], n="reach_n")
    cards = _add(cards, scores, ["score", "score_lo", "score_hi", "n"])
    cards = _add(cards, delays, ["late_rate", "late_rate_lo", "late_rate_hi"], n="late_n")
    cards = _add(cards, service, ["fail_rate", "fail_rate_lo", "fail_rate_hi"])
    timed = service if isinstance(waits, Missing) else waits
    cards = _add(cards, timed, ["wait_p50", "wait_p50_lo", "wait_p50_hi"], n="wait_n")
    cards = _add(cards, keys, ["p_key"])
    cards = _add(cards, channels, ["channel"])
    hurting, paying = _sure(pains, "pain", PAIN_COLUMNS), _sure(chances, "sure", CHANCE_COLUMNS)
    cards = cards.assign(
        n=cards.n.fillna(0).astype(int), pains=_ids(cards, hurting), chances=_ids(cards, paying)
    )
    cards = cards.assign(grade=_grades(cards), role=_roles(cards))
    return JourneyMap(
        cards=cards,
        stages=_stages(stages, funnel),
        quotes=_stage_quotes(cards, quotes),
        ways=pd.DataFrame(columns=WAY_COLUMNS) if isinstance(ways, Missing) else ways,
        pains=hurting,
        chances=paying,
    )


def _add(
    cards: pd.DataFrame, table: pd.DataFrame | Missing, columns: list[str], *, n: str = ""
) -> pd.DataFrame:
    """The cards with columns of another table, and its n under a name of its own; blank where
    it knows nothing.
    """
    if isinstance(table, Missing):
        return cards.assign(**dict.fromkeys([*columns, *([n] if n else [])], np.nan))
    known = table.reindex(columns=["touchpoint_id", *columns])
    if n:
        known[n] = table["n"] if n not in table else table[n]
    return cards.merge(known, on="touchpoint_id", how="left")


def _supports(cards: pd.DataFrame, touchpoints: LazyTable | Missing) -> pd.Series:
    if isinstance(touchpoints, Missing) or "supports" not in touchpoints.columns:
        return pd.Series("", index=cards.index)
    known = collect(touchpoints.select("touchpoint_id", "supports")).set_index("touchpoint_id")
    return cards.touchpoint_id.map(known["supports"]).fillna("")


def _sure(table: pd.DataFrame | Missing, column: str, columns: list[str]) -> pd.DataFrame:
    """The rows of a table of evidence that are sure enough to be drawn."""
    if isinstance(table, Missing) or column not in table:
        return pd.DataFrame(columns=columns)
    return table[table[column].astype(bool)].reset_index(drop=True)


def _ids(cards: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    """The evidence ids of each card, joined."""
    ids = table.groupby("touchpoint_id")["evidence_id"].agg(",".join)
    return [str(ids.get(name, "")) for name in cards.touchpoint_id]


def _grades(cards: pd.DataFrame) -> list[str]:
    """How well each card is founded, A–D."""
    strong = (cards.n >= STRONG_N).astype(int) + (cards.volume >= STRONG_N).astype(int)
    weak = (cards.n >= WEAK_N) | (cards.volume >= WEAK_N)
    return [
        "A" if both == 2 else "B" if both == 1 else "C" if some else "D"
        for both, some in zip(strong, weak)
    ]


def _roles(cards: pd.DataFrame) -> list[str]:
    """Peak, trough and end of the affect curve over the front-stage touchpoints."""
    roles = pd.Series("", index=cards.index)
    curve = cards[(cards.stage_side != "back") & cards.score.notna()]
    if len(curve) >= 3:
        roles[curve.index[-1]] = "end"
        roles[curve.score.idxmax()] = "peak"
        roles[curve.score.idxmin()] = "trough"
    return roles.tolist()


def _stages(stages: Sequence[str], funnel: pd.DataFrame | Missing) -> pd.DataFrame:
    table = pd.DataFrame({"stage_id": list(stages)})
    columns = ["stage_id", "reach_rate", "reach_rate_lo", "reach_rate_hi", "n"]
    if isinstance(funnel, Missing):
        return table.reindex(columns=columns)
    return table.merge(funnel[columns], on="stage_id", how="left")


def _stage_quotes(cards: pd.DataFrame, quotes: pd.DataFrame | Missing) -> pd.DataFrame:
    """The quotes of each stage: those of its touchpoint with the lowest score first."""
    columns = ["stage_id", "touchpoint_id", "quote"]
    if isinstance(quotes, Missing) or quotes.empty:
        return pd.DataFrame(columns=columns)
    placed = quotes.merge(cards[["touchpoint_id", "stage_id", "score"]], on="touchpoint_id")
    placed = placed.sort_values(["score", "touchpoint_id"], kind="stable")
    return placed[columns].reset_index(drop=True)
