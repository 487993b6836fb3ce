"""Improvement planning: pain points with their evidence, priorities, and the action list."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.contrasts import adjusted
from keytouch.engine import LazyTable, Missing, collect
from keytouch.touchpoints import DRAWS

LATE_BASELINE = 0.10
MARGIN = 0.05
TARGET_LEVEL = 0.75
TOP = 3
EVIDENCE = {
    "low_score": ("low_rate", None),
    "late": ("late_rate", LATE_BASELINE),
    "failure": ("fail_rate", None),
    "negative_comments": ("negative_rate", None),
}


def pain_points(
    *,
    scores: pd.DataFrame | Missing,
    delays: pd.DataFrame | Missing,
    service: pd.DataFrame | Missing,
    mentions: pd.DataFrame | Missing,
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """Where customers are hurt, one row per touchpoint and kind of evidence.

    Kinds: "low_score" (share of low scores), "late" (promises broken), "failure" (interactions
    that failed), "negative_comments". Columns out: `evidence_id` (E01…), `touchpoint_id`,
    `evidence`, `rate` in 0–1 with `_lo`, `_hi` (Wilson), `n`, `baseline` (the same rate over
    all touchpoints; 10 % for broken promises), `p_value` (one-sided, more than five percentage
    points above the baseline, Benjamini–Hochberg adjusted over all rows), `pain` (adjusted
    p ≤ .05), `method`.
    Groups under `min_n` are left out. Pains first, largest excess first.
    """
    tables = {
        "low_score": scores,
        "late": delays,
        "failure": service,
        "negative_comments": mentions,
    }
    parts = [
        _evidence(table, kind, *EVIDENCE[kind], min_n=min_n)
        for kind, table in tables.items()
        if not isinstance(table, Missing)
    ]
    parts = [part for part in parts if not part.empty]
    if not parts:
        return Missing("feedback", ("score",))
    table = pd.concat(parts, ignore_index=True)
    p_value = adjusted(table.p_value)
    table = table.assign(p_value=p_value, pain=p_value <= 0.05, method="method_pain")
    table = table.assign(_excess=table.rate - table.baseline).sort_values(
        ["pain", "_excess", "touchpoint_id", "evidence"], ascending=[False, False, True, True]
    )
    table = table.drop(columns="_excess").reset_index(drop=True)
    table.insert(0, "evidence_id", [f"E{number + 1:02d}" for number in range(len(table))])
    return table


def _evidence(
    table: pd.DataFrame, kind: str, column: str, baseline: float | None, *, min_n: int
) -> pd.DataFrame:
    """One kind's rows: rate, interval, n, and the one-sided p value against the baseline."""
    from scipy.stats import binom

    known = table[table[column].notna() & (table.n >= min_n)] if column in table else table[:0]
    if known.empty:
        return known
    rate, n = known[column].to_numpy(), known.n.to_numpy(float)
    level = float(np.average(rate, weights=n)) if baseline is None else baseline
    return pd.DataFrame(
        {
            "touchpoint_id": known.touchpoint_id,
            "evidence": kind,
            "rate": rate,
            "rate_lo": known[f"{column}_lo"],
            "rate_hi": known[f"{column}_hi"],
            "n": known.n.astype(int),
            "baseline": level,
            "p_value": binom.sf(np.round(rate * n) - 1, n, min(level + MARGIN, 1.0)),
        }
    )


def priorities(
    scores: pd.DataFrame | Missing,
    importance: pd.DataFrame | Missing,
    reach: pd.DataFrame | Missing,
    *,
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
    seed: int = 1,
) -> pd.DataFrame | Missing:
    """Which touchpoint is worth improving first, one row per touchpoint.

    `gain_points`: what the overall score might gain, on its scale, if the touchpoint's mean score
    rose to the best quarter of touchpoints: slope × room × reach, with the 95 % range (`_lo`,
    `_hi`) over 4,000 draws of all three; `room_points` to that target; `reach_rate` (1 where
    unknown); `p_first` and `p_top` (among the first three); `n`, `method`.
    The slope is partial (other touchpoints held fixed) but still an association: the gain says
    what to try first, not what an improvement will bring.
    Groups under `min_n` are left out. Largest gain first.
    """
    for table in (scores, importance):
        if isinstance(table, Missing):
            return table
    both = scores.merge(importance[["touchpoint_id", "slope", "slope_se"]], on="touchpoint_id")
    both = both[(both.n >= min_n) & both.score_lo.notna()].reset_index(drop=True)
    if len(both) < 2:
        return Missing("feedback", ("touchpoint_id", "score"))
    both = both.assign(reach_rate=_reach_of(both, reach))
    draws = _gains(both, np.random.default_rng(seed))
    room = np.fmax(np.quantile(both.score, TARGET_LEVEL) - both.score, 0)
    order = np.argsort(-draws, axis=1, kind="stable")
    lo, hi = np.quantile(draws, [0.025, 0.975], axis=0)
    gain = both.slope * room * both.reach_rate
    table = pd.DataFrame(
        {
            "touchpoint_id": both.touchpoint_id,
            "score": both.score,
            "score_lo": both.score_lo,
            "score_hi": both.score_hi,
            "score_sd": both.score_sd,
            "reach_share": both.reach_rate,
            "room_points": room,
            "gain_points": gain,
            "gain_points_lo": np.fmin(lo, gain),
            "gain_points_hi": np.fmax(hi, gain),
            "p_first": [(order[:, 0] == k).mean() for k in range(len(both))],
            "p_top": [(order[:, :TOP] == k).any(axis=1).mean() for k in range(len(both))],
            "n": both.n,
            "method": "method_gain",
        }
    )
    return table.sort_values(["gain_points", "touchpoint_id"], ascending=[False, True]).reset_index(
        drop=True
    )


def _reach_of(both: pd.DataFrame, reach: pd.DataFrame | Missing) -> np.ndarray:
    """Each touchpoint's share of journeys; where events don't know it, the share who scored it."""
    answered = both.n / both.n.max()
    if isinstance(reach, Missing):
        return answered.to_numpy(float)
    known = both.touchpoint_id.map(reach.set_index("touchpoint_id")["reach_rate"])
    return known.fillna(answered).to_numpy(float)


def _gains(both: pd.DataFrame, random: np.random.Generator) -> np.ndarray:
    """Draws of every touchpoint's gain, one row per draw."""
    shape = (DRAWS, len(both))
    error = ((both.score_hi - both.score_lo) / 3.92).to_numpy()
    score = both.score.to_numpy() + error * random.standard_normal(shape)
    slope = both.slope.to_numpy() + both.slope_se.to_numpy() * random.standard_normal(shape)
    room = np.fmax(np.quantile(score, TARGET_LEVEL, axis=1, keepdims=True) - score, 0)
    return slope * room * both.reach_rate.to_numpy()


def action_list(
    actions: LazyTable | Missing,
    priorities: pd.DataFrame | Missing,
    pains: pd.DataFrame | Missing,
    inventory: pd.DataFrame | Missing,
) -> pd.DataFrame | Missing:
    """What to do, who and by when: the client's own actions, then proposals where there are none.

    One row per action: `action_id`, `touchpoint_id`, `origin` ("client" or "proposal"),
    `name_zh`, `name_en` (the client's), `lever` (a proposal's kind of evidence), `owner`, `due`,
    `cost`, `effect_points` with `_lo`, `_hi`, `status`, `rank` of the touchpoint among the
    priorities. A touchpoint among the first three without an action of the client's gets a
    proposal; its effect is the priority's gain. In order of rank.
    """
    own = _own_actions(actions)
    ranked = [] if isinstance(priorities, Missing) else list(priorities.touchpoint_id)
    proposals = _proposals(set(own.touchpoint_id), priorities, pains, inventory)
    table = pd.concat([part for part in (own, proposals) if not part.empty] or [own])
    if table.empty:
        return Missing("actions")
    rank = {name: place + 1 for place, name in enumerate(ranked)}
    table = table.assign(rank=table.touchpoint_id.map(rank).astype("Float64"))
    return table.sort_values(["rank", "action_id"], na_position="last").reset_index(drop=True)


ACTION_COLUMNS = [
    "action_id", "touchpoint_id", "origin", "name_zh", "name_en", "lever", "owner", "start",
    "due", "cost", "effect_points", "effect_points_lo", "effect_points_hi", "status",
]  # fmt: skip


def _own_actions(actions: LazyTable | Missing) -> pd.DataFrame:
    if isinstance(actions, Missing):
        return pd.DataFrame(columns=ACTION_COLUMNS)
    table = collect(actions).rename(
        columns={"effect_lo": "effect_points_lo", "effect_hi": "effect_points_hi"}
    )
    return table.assign(origin="client").reindex(columns=ACTION_COLUMNS)


def _proposals(
    covered: set[str],
    priorities: pd.DataFrame | Missing,
    pains: pd.DataFrame | Missing,
    inventory: pd.DataFrame | Missing,
) -> pd.DataFrame:
    """One proposal for each of the first three touchpoints that no action covers."""
    if isinstance(priorities, Missing):
        return pd.DataFrame(columns=ACTION_COLUMNS)
    first = priorities.head(TOP)
    open_ones = first[~first.touchpoint_id.isin(covered) & (first.gain_points > 0)]
    owners = {} if isinstance(inventory, Missing) else inventory.set_index("touchpoint_id")["owner"]
    return pd.DataFrame(
        {
            "action_id": [f"P{number + 1}" for number in range(len(open_ones))],
            "touchpoint_id": open_ones.touchpoint_id.to_numpy(),
            "origin": "proposal",
            "lever": [_main_pain(pains, name) for name in open_ones.touchpoint_id],
            "owner": [owners.get(name) for name in open_ones.touchpoint_id],
            "effect_points": open_ones.gain_points.to_numpy(),
            "effect_points_lo": open_ones.gain_points_lo.to_numpy(),
            "effect_points_hi": open_ones.gain_points_hi.to_numpy(),
            "status": "planned",
        }
    ).reindex(columns=ACTION_COLUMNS)


def _main_pain(pains: pd.DataFrame | Missing, touchpoint: str) -> str:
    """The kind of a touchpoint's strongest evidence; "low_score" where there is none."""
    if isinstance(pains, Missing):
        return "low_score"
    found = pains[(pains.touchpoint_id == touchpoint) & pains.pain]
    return "low_score" if found.empty else str(found.evidence.iloc[0])
