"""Where everything stands on the journey map, in inches: it fits a landscape A3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytouch.lanes import JourneyMap

LEFT, RIGHT, GAP = 1.0, 16.2, 0.1
UNIT, WIDEST = 0.86, 1.5  # a touchpoint's column
NARROWEST = 1.2  # a stage
LANE_GAP = 0.08
LINE_ROOM = 0.2
HEIGHTS = {
    "stage": 0.88, "way": 0.66, "quote": 0.98, "cards": 1.62, "affect": 1.9, "backstage": 0.85,
    "promise": 0.62, "pain": 0.74, "chance": 0.4, "grade": 0.72,
}  # fmt: skip
# The lines of a service blueprint, each above a lane.
LINES = {"cards": "line_of_interaction", "backstage": "line_of_visibility"}


@dataclass(frozen=True)
class Layout:
    """The map's places: `spans` (left, width) of stages, `tops` of lanes, cards with their `x`."""

    spans: dict[str, tuple[float, float]]
    tops: dict[str, float]
    front: pd.DataFrame
    back: pd.DataFrame
    unit: float
    folded: dict[str, int]

    @property
    def right(self) -> float:
        return max(left + wide for left, wide in self.spans.values())

    @property
    def height(self) -> float:
        return self.tops["grade"] + HEIGHTS["grade"]


def lay_out(journey: JourneyMap) -> Layout:
    """Places for the stages and touchpoints; where they are too many, the least telling fold."""
    stages = list(journey.stages.stage_id)
    cards = journey.cards.assign(rank=telling(journey.cards))
    back = cards[cards.stage_side == "back"].sort_values("rank").head(room_for(stages))
    front, folded = _kept(cards[cards.stage_side != "back"], stages)
    counts = front.stage_id.value_counts().reindex(stages, fill_value=0)
    room = RIGHT - LEFT - GAP * (len(stages) - 1)
    unit = min(WIDEST, _unit(counts.to_numpy(), room))
    x, spans, at = LEFT, {}, {}
    for stage in stages:
        inside = front.touchpoint_id[front.stage_id == stage]
        wide = max(counts[stage] * unit, NARROWEST)
        spans[stage] = (x, wide)
        at |= {name: x + wide * (k + 0.5) / len(inside) for k, name in enumerate(inside)}
        x += wide + GAP
    front = front.assign(x=front.touchpoint_id.map(at))
    lost = cards[(cards.stage_side == "back") & ~cards.touchpoint_id.isin(back.touchpoint_id)]
    for stage in lost.stage_id:
        folded[stage] = folded.get(stage, 0) + 1
    return Layout(spans, _tops(), front, _placed(back, at, spans, x - GAP), unit, folded)


def telling(cards: pd.DataFrame) -> np.ndarray:
    """The order in which touchpoints keep their place: 0 first. Key ones, then the curve's peak,
    trough and end, then those with pains, then the most scored.
    """
    key = cards.p_key.fillna(0).to_numpy(float) >= 0.8
    role = (cards["role"] != "").to_numpy()
    pains = (cards.pains != "").to_numpy()
    reach = cards.reach_rate.fillna(0).to_numpy(float)
    names = cards.touchpoint_id.astype(str).to_numpy()
    order = np.lexsort((names, -reach, -cards.n.to_numpy(float), ~pains, ~(key | role)))
    rank = np.empty(len(cards), int)
    rank[order] = np.arange(len(cards))
    return rank


def room_for(stages: list[str]) -> int:
    """How many columns a map of these stages has."""
    return int((RIGHT - LEFT - GAP * (len(stages) - 1)) / UNIT)


def _width(counts: np.ndarray, unit: float) -> float:
    return float(np.fmax(counts * unit, NARROWEST).sum())


def _unit(counts: np.ndarray, room: float) -> float:
    """The widest column with which all stages fit."""
    units = np.linspace(UNIT, WIDEST, 31)
    fitting = [unit for unit in units if _width(counts, unit) <= room]
    return float(fitting[-1]) if fitting else UNIT


def _kept(front: pd.DataFrame, stages: list[str]) -> tuple[pd.DataFrame, dict[str, int]]:
    """The front-stage touchpoints that fit, at least one of each stage, and how many folded."""
    room = RIGHT - LEFT - GAP * (len(stages) - 1)
    ordered = front.sort_values("rank")
    firsts = ordered.drop_duplicates("stage_id")
    keep = list(firsts.touchpoint_id)
    counts = dict.fromkeys(stages, 0) | firsts.stage_id.value_counts().to_dict()
    for row in ordered[~ordered.touchpoint_id.isin(keep)].itertuples():
        more = counts | {row.stage_id: counts[row.stage_id] + 1}
        if _width(np.array(list(more.values()), float), UNIT) <= room:
            counts, keep = more, [*keep, row.touchpoint_id]
    shown = front[front.touchpoint_id.isin(keep)]
    folded = front.stage_id.value_counts() - shown.stage_id.value_counts().reindex(
        front.stage_id.unique(), fill_value=0
    )
    return shown, {stage: int(n) for stage, n in folded.items() if n > 0}


def _placed(
    back: pd.DataFrame, at: dict[str, float], spans: dict[str, tuple[float, float]], right: float
) -> pd.DataFrame:
    """Back-stage cards under what they support, moved apart so that none covers another."""
    middle = {stage: left + wide / 2 for stage, (left, wide) in spans.items()}
    wanted = [at.get(row.supports, middle[row.stage_id]) for row in back.itertuples()]
    back = back.assign(x=np.asarray(wanted, float)).sort_values(["x", "touchpoint_id"])
    x = back.x.to_numpy(float).copy()
    for k in range(1, len(x)):
        x[k] = max(x[k], x[k - 1] + UNIT)
    limit = right - UNIT / 2
    for k in range(len(x) - 1, -1, -1):
        x[k] = min(x[k], limit)
        limit = x[k] - UNIT
    return back.assign(x=x)


def _tops() -> dict[str, float]:
    tops, y = {}, 0.0
    for lane, height in HEIGHTS.items():
        y += LINE_ROOM if lane in LINES else 0
        tops[lane] = y
        y += height + LANE_GAP
    return tops


def map_pages(journey: JourneyMap) -> list[JourneyMap]:
    """The map in pages of whole stages, so that nothing folds as far as a stage fits a page."""
    front = journey.cards[journey.cards.stage_side != "back"]
    counts = front.stage_id.value_counts()
    pages: list[list[str]] = [[]]
    for stage in journey.stages.stage_id:
        trial = [*pages[-1], stage]
        wide = _width(np.array([counts.get(name, 0) for name in trial], float), UNIT)
        if pages[-1] and wide + GAP * (len(trial) - 1) > RIGHT - LEFT:
            pages.append([stage])
        else:
            pages[-1] = trial
    return [_part(journey, stages) for stages in pages]


def _part(journey: JourneyMap, stages: list[str]) -> JourneyMap:
    tables = {
        name: getattr(journey, name)[getattr(journey, name).stage_id.isin(stages)]
        for name in ("cards", "stages", "quotes", "ways")
    }
    return JourneyMap(
        **tables, pains=journey.pains, chances=journey.chances, evidence=journey.evidence
    )
