"""Opportunity points: where better service would pay, and what more customers should meet."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtr

from keytouch.contrasts import adjusted
from keytouch.engine import Missing

TARGET_LEVEL = 0.75
SURE = 0.8
HALF = 0.5


def opportunity_points(
    scores: pd.DataFrame | Missing,
    *,
    keys: pd.DataFrame | Missing,
    reach: pd.DataFrame | Missing,
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """Where a better or wider experience would pay, one row per touchpoint and kind.

    Kinds (`opportunity`): "lift", a key touchpoint (P(key) ≥ .8) whose mean score is below the
    target, the best quarter of the touchpoints' scores: `kpi` "room_points", the points up to
    it; "spread", a touchpoint whose mean score is above that target's middle (the median
    touchpoint) and that less than half the journeys meet: `kpi` "missed_rate", the share
    of journeys that don't (0–1).
    Columns out: `evidence_id` (O01…), `touchpoint_id`, `opportunity`, `kpi`, `value` with `lo`,
    `hi` (95 %: the score's t interval, Wilson), `n`, `target` (a score), `p_value` (one-sided t
    test of the score against the target, Benjamini–Hochberg over all candidates), `sure`
    (adjusted p ≤ .05), `method`. The target is taken as fixed. Groups under `min_n` or without an
    interval are left out. Sure ones first, largest value first within a kind.
    """
    if isinstance(scores, Missing):
        return scores
    known = scores[(scores.n >= min_n) & scores.score_lo.notna()]
    if len(known) < 2:
        return Missing("feedback", ("touchpoint_id", "score"))
    parts = [_lifts(known, keys), _spreads(known, reach)]
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    p_value = adjusted(table.p_value)
    table = table.assign(p_value=p_value, sure=p_value <= 0.05, method="method_opportunity")
    order = ["sure", "opportunity", "value", "touchpoint_id"]
    table = table.sort_values(order, ascending=[False, True, False, True], ignore_index=True)
    table.insert(0, "evidence_id", [f"O{number + 1:02d}" for number in range(len(table))])
    return table


def _one_sided(known: pd.DataFrame, target: float, *, below: bool) -> np.ndarray:
    """P of a score at least so far below (above) the target if it were at the target."""
    half = (known.score_hi - known.score_lo).to_numpy(float) / 2
    error = np.fmax(half / 1.96, 1e-9)
    gap = (known.score.to_numpy(float) - target) / error
    return stdtr(np.fmax(known.n.to_numpy(float) - 1, 1), gap if below else -gap)


def _rows(
    known: pd.DataFrame, kind: str, kpi: str, target: float, **columns: object
) -> pd.DataFrame:
    base = {"touchpoint_id": known.touchpoint_id, "opportunity": kind, "kpi": kpi}
    return pd.DataFrame({**base, **columns, "target": target})


def _lifts(known: pd.DataFrame, keys: pd.DataFrame | Missing) -> pd.DataFrame:
    target = float(np.quantile(known.score, TARGET_LEVEL))
    named = set() if isinstance(keys, Missing) else set(keys.touchpoint_id[keys.p_key >= SURE])
    part = known[known.touchpoint_id.isin(named) & (known.score < target)]
    room = {
        "value": target - part.score, "lo": target - part.score_hi, "hi": target - part.score_lo,
    }  # fmt: skip
    p_value = _one_sided(part, target, below=True)
    return _rows(part, "lift", "room_points", target, **room, n=part.n, p_value=p_value)


def _spreads(known: pd.DataFrame, reach: pd.DataFrame | Missing) -> pd.DataFrame:
    target = float(np.quantile(known.score, HALF))
    if isinstance(reach, Missing):
        return _rows(known[:0], "spread", "missed_rate", target)
    few = reach[reach.reach_rate_hi < HALF]
    columns = ["touchpoint_id", "reach_rate", "reach_rate_lo", "reach_rate_hi", "n"]
    part = known.merge(few[columns], on="touchpoint_id", suffixes=("", "_reach"))
    part = part[part.score > target]
    missed = {
        "value": 1 - part.reach_rate, "lo": 1 - part.reach_rate_hi, "hi": 1 - part.reach_rate_lo,
        "n": part.n_reach, "p_value": _one_sided(part, target, below=False),
    }  # fmt: skip
    return _rows(part, "spread", "missed_rate", target, **missed)
