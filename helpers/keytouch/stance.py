"""The strategy for each touchpoint: fix, maintain, delight, drop, or learn first; and why."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.engine import Missing

UNKNOWN = Missing("feedback", ("score",))
KANO = ("must_be", "attractive")
STANCES = ("fix", "delight", "maintain", "learn", "drop")
SURE = 0.8


def stances(
    keys: pd.DataFrame | Missing,
    *,
    impacts: pd.DataFrame | Missing = UNKNOWN,
    kano: pd.DataFrame | Missing = UNKNOWN,
) -> pd.DataFrame | Missing:
    """What to do with each touchpoint and why, one row per touchpoint of `keys`.

    Reads the tables of `key_touchpoints`, of `penalty_reward` (its `impact`) and of `kano` (the
    category of a touchpoint's items), the latter two where they are sure (probability ≥ .8).
    Columns out: `stance`, `reason` (an id) and what they rest on: `verdict`, `p_key`,
    `room_points` with `_lo`, `_hi`, `n`, `method`.
    fix: surely below its target, and key ("key_weak") or a basic that punishes ("basic_weak").
    delight: it can only win ("excitement",
    "attractive"). maintain: key and not surely below its target ("key_strong"), or not key but
    able to lose customers ("basic", "must_be") or surely of some effect ("small_effect"). learn:
    undecided; ask more customers ("undecided"). drop: no effect worth acting on, nor a smaller one
    that is sure ("no_effect"): no extra effort, which may free means for others; a check for legal
    or safety duties comes first.
    In the order fix, delight, maintain, learn, drop; then as in `keys`. The rules are ours.
    """
    if isinstance(keys, Missing):
        return keys
    known = _impacts(impacts)
    impact = keys.touchpoint_id.map(lambda name: known.get(name, ""))
    must_be, attractive = (keys.touchpoint_id.isin(_of_kano(kano, name)) for name in KANO)
    key, no = keys.verdict.eq("key"), keys.verdict.eq("not")
    weak = keys.room_points_lo > 0
    rules = {
        ("fix", "key_weak"): key & weak & ~impact.eq("excitement"),
        ("delight", "excitement"): ~must_be & impact.eq("excitement"),
        ("maintain", "key_strong"): key,
        ("fix", "basic_weak"): impact.eq("basic") & weak,
        ("maintain", "basic"): impact.eq("basic"),
        ("maintain", "must_be"): no & must_be,
        ("delight", "attractive"): no & attractive,
        ("maintain", "small_effect"): no & keys.driver_verdict.eq("robust"),
        ("drop", "no_effect"): no,
    }
    stance = np.select(list(rules.values()), [name for name, _ in rules], "learn")
    reason = np.select(list(rules.values()), [why for _, why in rules], "undecided")
    columns = ["touchpoint_id", "verdict", "p_key", "room_points", "room_points_lo"]
    table = keys[[*columns, "room_points_hi", "n"]].assign(stance=stance, reason=reason)
    table = table.assign(method="method_stances", _place=table.stance.map(STANCES.index))
    table = table.sort_values("_place", kind="stable").drop(columns="_place")
    front = ["touchpoint_id", "stance", "reason"]
    return table[[*front, *table.columns.drop(front)]].reset_index(drop=True)


def _impacts(table: pd.DataFrame | Missing) -> dict[str, str]:
    """Whether a touchpoint punishes, pleases or both, where that is sure."""
    if isinstance(table, Missing):
        return {}
    known = table[table.probability >= SURE]
    return dict(zip(known.touchpoint_id, known.impact))


def _of_kano(table: pd.DataFrame | Missing, category: str) -> set[str]:
    """The touchpoints with an item that is surely of a Kano category."""
    if isinstance(table, Missing) or "touchpoint_id" not in table:
        return set()
    sure = (table.kano_category == category) & (table.p_category >= SURE)
    return set(table.touchpoint_id[sure].dropna())
