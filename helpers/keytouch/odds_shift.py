"""Turning points of the outcome: touchpoints whose failure changes how journeys end."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from keytouch.contrasts import adjusted, common_odds_ratio, share_difference
from keytouch.engine import LazyTable, Missing, cases, collect, window
from keytouch.estimate import wilson
from keytouch.prepared import steps

SURE = 0.8


def conversion_turns(
    interactions: LazyTable | Missing, journeys: LazyTable | Missing, *, min_n: int = 30
) -> pd.DataFrame | Missing:
    """How the odds of conversion differ after success and after failure at a touchpoint.

    Counts journeys by the first recorded success or failure at each touchpoint. One row per
    touchpoint where both occur and where conversion is still open. Columns out:
    `success_conversion_rate` and `failure_conversion_rate` in 0–1 with `_lo`, `_hi` (Wilson);
    `gap_rate`, their difference, with `_lo`, `_hi` (Newcombe); `odds_ratio`, success against
    failure, with `_lo`, `_hi`: Mantel–Haenszel over two strata
    (something had failed before, or nothing), so that journeys in which everything fails don't
    pass for the work of one touchpoint (half a journey is added to every cell where one is
    empty); `p_value` (Benjamini–Hochberg); `probability` that the
    ratio is above 1; `verdict` ("turns": ratio above 1 and adjusted p ≤ .05; else "undecided");
    `n_success`, `n_failure`, `n`; `small` under `min_n` on either side (never judged); `method`.
    Largest difference first. Sources: Mantel & Haenszel 1959; Robins, Breslow & Greenland 1986.
    """
    for table, columns in ((interactions, ("success",)), (journeys, ("journey_id", "converted"))):
        name = "interactions" if table is interactions else "journeys"
        if isinstance(table, Missing) or not set(columns) <= set(table.columns):
            return Missing(name, columns)
    ordered = steps(interactions)
    if isinstance(ordered, Missing) or "journey_id" not in ordered.columns:
        return Missing("interactions", ("journey_id",))
    counts = collect(first_results(ordered, journeys))
    table = _odds(counts, min_n)
    if table.empty:
        return Missing("journeys", ("converted",))
    order = ["gap_rate", "touchpoint_id"]
    return table.sort_values(order, ascending=[False, True]).reset_index(drop=True)


def first_results(ordered: LazyTable, journeys: LazyTable) -> LazyTable:
    """Journeys and conversions by touchpoint, its first result, and what had failed before."""
    tried = ordered.filter(ordered.success.notnull())
    tried = tried.mutate(won=cases((tried.success, 1), else_=0))
    before = window(group_by=tried.journey_id, order_by=tried.step, rows=(None, -1))
    tried = tried.mutate(
        spoilt=(1 - tried.won).max().over(before).fill_null(0),
        turn=tried.step.min().over(window(group_by=[tried.journey_id, tried.touchpoint_id])),
    )
    first = tried.filter(tried.step == tried.turn)
    known = journeys.filter(journeys.converted.notnull())
    known = known.select("journey_id", hit=cases((known.converted, 1.0), else_=0.0))
    both = first.join(known, "journey_id")
    return both.group_by(["touchpoint_id", "won", "spoilt"]).agg(
        n=both.count(), hits=both.hit.sum()
    )


def _odds(counts: pd.DataFrame, min_n: int) -> pd.DataFrame:
    """One row per touchpoint from its two by two by two counts."""
    rows = [_row(str(name), part) for name, part in counts.groupby("touchpoint_id") if _open(part)]
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    for side in ("success", "failure"):
        rate, n = table[f"hits_{side}"] / table[f"n_{side}"], table[f"n_{side}"]
        lo, hi = wilson(rate, n)
        names = [f"{side}_conversion_rate{end}" for end in ("", "_lo", "_hi")]
        table = table.assign(**dict(zip(names, (rate, lo, hi))))
    gap = share_difference(
        table.success_conversion_rate,
        table.n_success,
        table.failure_conversion_rate,
        table.n_failure,
    )
    table = table.assign(gap_rate=gap.value, gap_rate_lo=gap.lo, gap_rate_hi=gap.hi)
    small = (table[["n_success", "n_failure"]] < min_n).any(axis=1)
    p_value = adjusted(np.where(small, np.nan, table.p_value))
    turns = ~small & (table.odds_ratio > 1) & (p_value <= 0.05)
    return table.drop(columns=["hits_success", "hits_failure"]).assign(
        p_value=p_value,
        verdict=np.where(turns, "turns", "undecided"),
        n=table.n_success + table.n_failure,
        small=small,
        method="method_mantel_haenszel",
    )


def _open(part: pd.DataFrame) -> bool:
    """Whether both results and both endings occur, so that there are odds to compare."""
    return part.won.nunique() == 2 and 0 < part.hits.sum() < part.n.sum()


def _row(name: str, part: pd.DataFrame) -> dict[str, object]:
    """One touchpoint's odds ratio over the strata."""
    grid = part.pivot_table(index="spoilt", columns="won", values=["n", "hits"], fill_value=0)
    n, hits = grid["n"].astype(float), grid["hits"].astype(float)
    total = (*hits.sum(), *(n - hits).sum())
    half = 0.5 if min(total) == 0 else 0.0
    ratio = common_odds_ratio(hits[1] + half, n[1] + 2 * half, hits[0] + half, n[0] + 2 * half)
    error = np.log(ratio.hi / ratio.lo) / 3.92
    above = float(ndtr(np.log(ratio.value) / error))
    return {
        "touchpoint_id": name,
        "odds_ratio": float(ratio.value),
        "odds_ratio_lo": float(ratio.lo),
        "odds_ratio_hi": float(ratio.hi),
        "p_value": float(ratio.p_value),
        "probability": above,
        "n_success": int(n[1].sum()),
        "n_failure": int(n[0].sum()),
        "hits_success": float(hits[1].sum()),
        "hits_failure": float(hits[0].sum()),
    }
