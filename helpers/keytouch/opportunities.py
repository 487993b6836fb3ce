"""Opportunity points: where better service would pay, and what more customers should meet."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

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
    target, the upper quartile of the touchpoints' scores (see `target_score`): `kpi`
    "room_points", the points up to it; "spread", a touchpoint with an effect of its own on the
    whole (its slope's interval above 0), whose mean score is above the median touchpoint's and
    that less than half the journeys meet: `kpi` "missed_rate", the share that don't (0–1).
    Columns out: `evidence_id` (O01…), `touchpoint_id`, `opportunity`, `kpi`, `value` with `lo`,
    `hi` (95 %: the score's t interval, Wilson), `n`, `target` (a score), `p_value` (one-sided t
    test of the score against the target, Benjamini–Hochberg over all candidates), `sure`
    (adjusted p ≤ .05), `method`. Groups under `min_n` or without an interval are left out. Sure
    ones first, largest value first within a kind.
    """
    if isinstance(scores, Missing):
        return scores
    known = scores[(scores.n >= min_n) & scores.score_lo.notna()]
    if len(known) < 2:
        return Missing("feedback", ("touchpoint_id", "score"))
    parts = [_lifts(known, keys), _spreads(known, keys, reach)]
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    p_value = adjusted(table.p_value)
    table = table.assign(p_value=p_value, sure=p_value <= 0.05, method="method_opportunity")
    order = ["sure", "opportunity", "value", "touchpoint_id"]
    table = table.sort_values(order, ascending=[False, True, False, True], ignore_index=True)
    table.insert(0, "evidence_id", [f"O{number + 1:02d}" for number in range(len(table))])
    return table


def target_score(known: pd.DataFrame, level: float = TARGET_LEVEL) -> float:
    """A quantile of the touchpoints' true scores: noise spreads the measured ones too far.

    Scores are drawn to their mean by the share of noise in their variance (empirical Bayes: Efron
    & Morris, 1975), so that touchpoints of one true score have no target above it.
    """
    score, error = known.score.to_numpy(float), _errors(known)
    spread = max(float(score.var(ddof=1)) - float((error**2).mean()), 0.0)
    middle = float(score.mean())
    held = spread / np.fmax(spread + error**2, 1e-12)
    return float(np.quantile(middle + held * (score - middle), level))


def _errors(known: pd.DataFrame) -> np.ndarray:
    """The standard errors behind the t intervals."""
    half = (known.score_hi - known.score_lo).to_numpy(float) / 2
    return np.fmax(half / stdtrit(np.fmax(known.n.to_numpy(float) - 1, 1), 0.975), 1e-9)


def _one_sided(known: pd.DataFrame, part: pd.DataFrame, target: float) -> np.ndarray:
    """P of a score at least so far from the target, on its side, if it were at the target.

    The target's own error is that of the scores' mean.
    """
    whole = float((_errors(known) ** 2).mean()) / len(known)
    gap = np.abs(part.score.to_numpy(float) - target) / np.sqrt(_errors(part) ** 2 + whole)
    return stdtr(np.fmax(part.n.to_numpy(float) - 1, 1), -gap)


def _rows(
    known: pd.DataFrame, kind: str, kpi: str, target: float, **columns: object
) -> pd.DataFrame:
    base = {"touchpoint_id": known.touchpoint_id, "opportunity": kind, "kpi": kpi}
    return pd.DataFrame({**base, **columns, "target": target})


def _lifts(known: pd.DataFrame, keys: pd.DataFrame | Missing) -> pd.DataFrame:
    target = target_score(known)
    named = set() if isinstance(keys, Missing) else set(keys.touchpoint_id[keys.p_key >= SURE])
    part = known[known.touchpoint_id.isin(named) & (known.score < target)]
    room = {
        "value": target - part.score, "lo": target - part.score_hi, "hi": target - part.score_lo,
    }  # fmt: skip
    p_value = _one_sided(known, part, target)
    return _rows(part, "lift", "room_points", target, **room, n=part.n, p_value=p_value)


def _spreads(
    known: pd.DataFrame, keys: pd.DataFrame | Missing, reach: pd.DataFrame | Missing
) -> pd.DataFrame:
    target = target_score(known, HALF)
    if isinstance(keys, Missing) or isinstance(reach, Missing):
        return _rows(known[:0], "spread", "missed_rate", target)
    lifting = keys.touchpoint_id[keys.slope_lo > 0]
    few = reach[reach.reach_rate_hi < HALF]
    columns = ["touchpoint_id", "reach_rate", "reach_rate_lo", "reach_rate_hi", "n"]
    part = known.merge(few[columns], on="touchpoint_id", suffixes=("", "_reach"))
    part = part[(part.score > target) & part.touchpoint_id.isin(lifting)]
    missed = {
        "value": 1 - part.reach_rate, "lo": 1 - part.reach_rate_hi, "hi": 1 - part.reach_rate_lo,
        "n": part.n_reach, "p_value": _one_sided(known, part, target),
    }  # fmt: skip
    return _rows(part, "spread", "missed_rate", target, **missed)
