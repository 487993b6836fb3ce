"""Moments of truth by type: which touchpoints are the moments, and whether they make or break.

A moment of truth is a touchpoint as lived, with an effect of its own on the whole. Whether one
makes (wins customers) or breaks (loses them) is what the penalty–reward contrast says; where it
is not known, the sign of the touchpoint's distance from the usual score stands in.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, collect
from keytouch.schema import MOMENTS

BY_SHAPE = {"penalty_only": "breaks", "reward_only": "makes", "linear": "both"}
BY_IMPACT = {
    "basic": "breaks", "excitement": "makes", "performance": "both", "none": "neither",
}  # fmt: skip
UNKNOWN = Missing("feedback", ("score",))
SURE = 0.8
KEY_COLUMNS = ["touchpoint_id", "p_key", "verdict", "slope", "slope_lo", "slope_hi", "n"]


def moments(
    touchpoints: LazyTable | Missing,
    keys: pd.DataFrame | Missing,
    *,
    scores: pd.DataFrame | Missing = UNKNOWN,
    impacts: pd.DataFrame | Missing = UNKNOWN,
) -> pd.DataFrame | Missing:
    """Each touchpoint by moment type, with the chance that it is key and what it does.

    `keys` is the table of `key_touchpoints`, `scores` that of `scores`, `impacts` that of
    `penalty_reward` (used where its probability is .8 or more). One row per touchpoint with a
    type.
    Columns out: `moment` (first_contact, purchase_decision, after_sales, complaint), `stage_id`,
    `touchpoint_id`; `p_key` 0–1 and `verdict` (key, undecided, not; blank where nobody scored
    it); `slope`, its own effect in overall points per point, with `_lo`, `_hi`; `score` with
    `_lo`, `_hi`; `direction`: "makes" (good service wins, bad does not lose), "breaks" (bad
    service loses, good does not win), "both", "neither", "open"; `direction_by`: "penalty_reward"
    where that is sure; else "effect" (not key: neither); else "score" (surely above the mean of
    touchpoints: makes; surely below: breaks); `n`; `method`.
    Sorted by type, then p_key, highest first. Sources: Carlzon 1987; Brandt 1987.
    """
    if isinstance(keys, Missing):
        return keys
    if isinstance(touchpoints, Missing) or "moment" not in touchpoints.columns:
        return Missing("touchpoints", ("moment",))
    listed = collect(touchpoints)
    columns = ["touchpoint_id", "stage_id", "moment"]
    table = listed[listed.moment.notna()].reindex(columns=columns)
    if table.empty:
        return Missing("touchpoints", ("moment",))
    table = table.merge(keys.reindex(columns=KEY_COLUMNS), on="touchpoint_id", how="left")
    table = _with_scores(table, scores)
    table = _with_direction(table, impacts)
    table = table.assign(
        n=table.n.fillna(0).astype(int),
        method="method_moments",
        _type=table.moment.map(MOMENTS.index),
    )
    order = ["_type", "p_key", "touchpoint_id"]
    table = table.sort_values(order, ascending=[True, False, True], na_position="last")
    return table.drop(columns="_type").reset_index(drop=True)


def _with_scores(table: pd.DataFrame, scores: pd.DataFrame | Missing) -> pd.DataFrame:
    columns = ["touchpoint_id", "score", "score_lo", "score_hi"]
    if isinstance(scores, Missing):
        return table.assign(score=np.nan, score_lo=np.nan, score_hi=np.nan)
    return table.merge(scores.reindex(columns=columns), on="touchpoint_id", how="left")


def _with_direction(table: pd.DataFrame, impacts: pd.DataFrame | Missing) -> pd.DataFrame:
    """Make, break, both, neither or open; by the penalty–reward contrast where it decided."""
    usual = table.score.mean()
    above, below = table.score_lo > usual, table.score_hi < usual
    by_score = np.select([above, below], ["makes", "breaks"], "open")
    sure: dict[str, str] = {}
    if not isinstance(impacts, Missing):
        known = impacts[impacts.probability >= SURE]
        sure = dict(zip(known.touchpoint_id, known.impact.map(BY_IMPACT)))
    by_impact = table.touchpoint_id.map(sure)
    silent = table.verdict == "not"
    otherwise = np.where(silent, "neither", by_score)
    return table.assign(
        direction=by_impact.where(by_impact.notna(), otherwise),
        direction_by=np.select([by_impact.notna(), silent], ["penalty_reward", "effect"], "score"),
    )


def moment_methods(
    keys: pd.DataFrame | Missing, evidence: Mapping[str, Mapping[str, bool | None] | Missing]
) -> pd.DataFrame | Missing:
    """Which methods point at which touchpoint, one row per touchpoint of `keys`.

    `evidence` holds, per method (turning_point, penalty_reward, incidents, kano …), what it says
    of each touchpoint id: true, false, or None where it can't decide; Missing where its data
    lack. Columns out: `touchpoint_id`; `derived` (derived importance, from `keys`) and one column
    per method that has data: "yes", "no", "undecided" or "not_asked"; `agree`, how many say yes,
    and `methods`, how many decided. The list of methods is ours: the field names none. Most yeses
    first, ties as in `keys`.
    """
    if isinstance(keys, Missing):
        return keys
    ids = keys.touchpoint_id
    said = {"derived": keys.verdict.map({"key": "yes", "not": "no"}).fillna("undecided")}
    for method, verdicts in evidence.items():
        if not isinstance(verdicts, Missing):
            said[method] = ids.map(lambda name, v=verdicts: _said(name, v))
    votes = pd.DataFrame(said)
    agree, decided = votes.eq("yes").sum(axis=1), votes.isin(["yes", "no"]).sum(axis=1)
    table = pd.concat([ids, votes], axis=1).assign(agree=agree, methods=decided)
    return table.sort_values("agree", ascending=False, kind="stable").reset_index(drop=True)


def _said(name: str, verdicts: Mapping[str, bool | None]) -> str:
    if name not in verdicts:
        return "not_asked"
    verdict = verdicts[name]
    return "undecided" if verdict is None else "yes" if verdict else "no"
