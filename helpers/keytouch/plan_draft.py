"""A first blueprint from the log, and a client's plan beside its journeys in one call.

A draft is what most journeys do, not what was promised: people who own the service must agree
to it before anybody is held to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cmp_to_key
from typing import Any

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, cases, collect, literal, needs
from keytouch.planned_actual import PlanPatterns, plan_patterns
from keytouch.prepared import steps

MOST, SOME = 0.8, 0.05
OFTEN_AGAIN = 0.1
SAME_ORDER = 0.8
NO_TOUCHPOINTS = Missing("touchpoints", ("stage_id",))
WHOLE = "journey"


@needs("interactions", "touchpoint_id")
def draft_blueprint(
    interactions: LazyTable,
    touchpoints: LazyTable | Missing = NO_TOUCHPOINTS,
    *,
    stages: Sequence[str] = (),
) -> pd.DataFrame | Missing:
    """Propose a plan: the usual way through each stage, one row per step.

    Of the journeys with contact in a stage: a touchpoint that four in five of them meet becomes
    a step, one that 5 % meet an optional step, rarer ones none. A step may be repeated where 10 %
    of those who take it do so. Steps stand in the order that most journeys with both take; the
    stage is left in any order where fewer than four in five agree on some pair of neighbours.
    Without stages in the inventory all is one stage. Columns out: as `planned_steps`; `draft` is
    True. Nothing is promised (`within_minutes`, `wait_minutes` blank).
    """
    data = steps(interactions)
    if isinstance(data, Missing):
        return data
    met = data.group_by("key", "touchpoint_id").agg(
        first=data.step.min(), times=data.count(), copies=data.copies.max().cast("float64")
    )
    met = _staged(met, touchpoints, stages)
    journeys = met.group_by("key", "stage_id").agg(copies=met.copies.max())
    sizes = collect(journeys.group_by("stage_id").agg(n=journeys.copies.sum()))
    again = cases((met.times > 1, met.copies), else_=0.0)
    shares = met.group_by("stage_id", "touchpoint_id").agg(met=met.copies.sum(), again=again.sum())
    table = collect(shares).merge(sizes, on="stage_id")
    table = table[table.met >= SOME * table.n]
    return _as_plan(table, _pairs(met), [*stages] or [WHOLE])


def _staged(met: LazyTable, touchpoints: LazyTable | Missing, stages: Sequence[str]) -> LazyTable:
    """The touchpoints with their stage; those of no listed stage are left out."""
    known = not isinstance(touchpoints, Missing) and "stage_id" in touchpoints.columns
    if not known or not stages:
        return met.mutate(stage_id=literal(WHOLE))
    listed = touchpoints.select("touchpoint_id", "stage_id")  # type: ignore[union-attr]
    return met.join(listed, "touchpoint_id").filter(lambda t: t.stage_id.isin(list(stages)))


def _pairs(met: LazyTable) -> dict[tuple[str, str], float]:
    """The share of journeys with two touchpoints of a stage that meet the one first."""
    other = met.select("key", "stage_id", "touchpoint_id", "first").view()
    both = met.join(
        other,
        [
            met.key == other.key,
            met.stage_id == other.stage_id,
            met.touchpoint_id < other.touchpoint_id,
        ],
    )
    before = cases((both["first"] < both["first_right"], both.copies), else_=0.0)
    sums = both.group_by(a=both.touchpoint_id, b=both.touchpoint_id_right).agg(
        before=before.sum(), n=both.copies.sum()
    )
    shares: dict[tuple[str, str], float] = {}
    for a, b, first, n in collect(sums)[["a", "b", "before", "n"]].itertuples(index=False):
        shares[a, b], shares[b, a] = first / n, 1 - first / n
    return shares


def _as_plan(
    table: pd.DataFrame, before: dict[tuple[str, str], float], stages: list[str]
) -> pd.DataFrame:
    """The steps of each stage in their usual order, as a plan."""
    rows: list[dict[str, Any]] = []
    for stage in stages:
        own = table[table.stage_id == stage].set_index("touchpoint_id")
        order = _ordered(sorted(own.index), before)
        neighbours = zip(order, order[1:])
        loose = any(before.get(pair, 0.5) < SAME_ORDER for pair in neighbours)
        for name in order:
            one = own.loc[name]
            rows.append(
                {
                    "place": len(rows),
                    "stage_id": stage,
                    "touchpoint_id": name,
                    "accepts": name,
                    "optional": bool(one.met < MOST * one.n),
                    "repeat": bool(one.again >= OFTEN_AGAIN * one.met),
                    "any_order": loose,
                    "within_minutes": np.nan,
                    "wait_minutes": np.nan,
                    "layer": None,
                    "evidence_zh": "",
                    "evidence_en": "",
                    "draft": True,
                }
            )
    return pd.DataFrame(rows)


def _ordered(names: list[str], before: dict[tuple[str, str], float]) -> list[str]:
    """Names by how many of the others each mostly comes before; ties pair by pair, by name."""
    wins = {
        one: sum(before.get((one, other), 0.5) > 0.5 for other in names if other != one)
        for one in names
    }

    def compare(a: str, b: str) -> float:
        return wins[b] - wins[a] or before.get((b, a), 0.5) - before.get((a, b), 0.5)

    return sorted(names, key=cmp_to_key(lambda a, b: int(np.sign(compare(a, b)))))


def find_plan(client: Any) -> pd.DataFrame | Missing:
    """A client's planned steps: its blueprint's, else a draft from its log (`draft` is True)."""
    if not isinstance(client.blueprint, Missing):
        return client.blueprint
    return draft_blueprint(client.interactions, client.touchpoints, stages=client.stages)


def follow_plan(client: Any, plan: pd.DataFrame | Missing) -> PlanPatterns | Missing:
    """A client's journeys held against a plan, with every table that knows something of it."""
    return plan_patterns(
        client.steps,
        plan=plan,
        feedback=client.feedback,
        touchpoints=client.touchpoints,
        late_minutes=client.settings.thresholds.late_minutes,
    )
