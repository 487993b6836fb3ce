"""What follows a low score: customers who leave, journeys that don't convert, bad word of mouth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.contrasts import adjusted, share_difference
from keytouch.engine import LazyTable, Missing, cases, collect
from keytouch.estimate import wilson
from keytouch.resample import journey_key
from keytouch.satisfaction import TOP_BOX, at_touchpoints, of_metric, overall, with_position

NO_CUSTOMERS, NO_JOURNEYS = Missing("customers", ("churned",)), Missing("journeys", ("converted",))
DETRACTOR = 6
OUTCOMES = ("churn", "lost_conversion", "detractor")


def consequences(
    feedback: LazyTable | Missing,
    *,
    customers: LazyTable | Missing = NO_CUSTOMERS,
    journeys: LazyTable | Missing = NO_JOURNEYS,
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """How much more often things go wrong where a touchpoint was scored low.

    One row per touchpoint and `consequence` that the data know: "churn" (the customer left),
    "lost_conversion" (the journey did not convert), "detractor" (0–6 to the recommend question).
    Low is the bottom quarter of the scale (1–2 of five). Columns out: `low_outcome_rate` and
    `other_outcome_rate` in 0–1 with `_lo`, `_hi` (Wilson); `gap_rate`, the difference, with
    `_lo`, `_hi` (Newcombe); `n_low`, `n_other`, `n` (customers for churn, else respondents);
    `p_value` (Benjamini–Hochberg over all rows); `small` under `min_n` on either side; `method`.
    Where everybody or nobody at a touchpoint met an outcome it tells nothing and is left out; so
    is a touchpoint without low scores. Largest difference first. Weights don't enter. Customers
    in a bad mood score everything low: a difference is no proof that this touchpoint caused it.
    Source: Newcombe 1998.
    """
    if isinstance(feedback, Missing):
        return feedback
    key = journey_key(feedback)
    if key is None or not {"touchpoint_id", "score"} <= set(feedback.columns):
        return Missing("feedback", ("touchpoint_id", "score"))
    lows = _lows(feedback)
    parts = [
        _counted(lows, hits, who).assign(consequence=name)
        for name, who, hits in _hits(feedback, customers, journeys, key)
    ]
    table = _differences(pd.concat(parts, ignore_index=True), min_n)
    return Missing("customers", ("churned",)) if table.empty else table


def _lows(feedback: LazyTable) -> LazyTable:
    """Touchpoint scores with `low`, 1 in the bottom quarter of the scale."""
    scored = with_position(of_metric(at_touchpoints(feedback), "csat"))
    return scored.mutate(low=cases((scored.x <= 1 - TOP_BOX, 1), else_=0))


def _hits(
    feedback: LazyTable, customers: LazyTable | Missing, journeys: LazyTable | Missing, key: str
) -> list[tuple[str, str, LazyTable]]:
    """Each outcome that the data know: its name, who meets it, and who did (`hit`)."""
    found = []
    if not isinstance(customers, Missing) and "churned" in customers.columns:
        known = customers.filter(customers.churned.notnull())
        hit = cases((known.churned, 1.0), else_=0.0)
        found.append(("churn", "customer_id", known.select("customer_id", hit=hit)))
    if not isinstance(journeys, Missing) and "converted" in journeys.columns:
        known = journeys.filter(journeys.converted.notnull())
        hit = cases((known.converted, 0.0), else_=1.0)
        found.append(("lost_conversion", "journey_id", known.select("journey_id", hit=hit)))
    told = with_position(of_metric(overall(feedback), "nps"))
    told = told.filter(told[key].notnull())
    hit = cases((told.score.min() <= DETRACTOR, 1.0), else_=0.0)
    found.append(("detractor", key, told.group_by(key).agg(hit=hit)))
    return [entry for entry in found if entry[1] in feedback.columns]


def _counted(lows: LazyTable, hits: LazyTable, who: str) -> pd.DataFrame:
    """How many scored a touchpoint low or not, and how many of them met the outcome."""
    known = lows.filter(lows[who].notnull())
    each = known.group_by([who, "touchpoint_id"]).agg(low=known.low.max())
    both = each.join(hits, who)
    return collect(both.group_by(["touchpoint_id", "low"]).agg(n=both.count(), hits=both.hit.sum()))


def _differences(counts: pd.DataFrame, min_n: int) -> pd.DataFrame:
    """Low against other scores, with the interval of the difference of their rates."""
    sides = [counts[counts.low == side].drop(columns="low") for side in (1, 0)]
    table = sides[0].merge(
        sides[1], on=["touchpoint_id", "consequence"], suffixes=("_low", "_other")
    )
    met = table.hits_low + table.hits_other
    table = table[(met > 0) & (met < table.n_low + table.n_other)]
    for side in ("low", "other"):
        n = table[f"n_{side}"]
        rate = table[f"hits_{side}"] / n
        lo, hi = wilson(rate, n)
        names = [f"{side}_outcome_rate{end}" for end in ("", "_lo", "_hi")]
        table = table.assign(**dict(zip(names, (rate, lo, hi))))
    gap = share_difference(
        table.low_outcome_rate, table.n_low, table.other_outcome_rate, table.n_other
    )
    small = (table[["n_low", "n_other"]] < min_n).any(axis=1)
    table = table.assign(
        gap_rate=gap.value,
        gap_rate_lo=gap.lo,
        gap_rate_hi=gap.hi,
        p_value=adjusted(np.where(small, np.nan, gap.p_value)),
        n=table.n_low + table.n_other,
        small=small,
        method="method_newcombe",
    )
    table = table.drop(columns=["hits_low", "hits_other"])
    order = ["gap_rate", "touchpoint_id", "consequence"]
    table = table.sort_values(order, ascending=[False, True, True])
    front = ["touchpoint_id", "consequence"]
    return table[[*front, *table.columns.drop(front)]].reset_index(drop=True)
