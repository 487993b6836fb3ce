"""Loyalty and word of mouth: who comes back, who leaves, who recommends, and what they write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from keytouch.comments import written
from keytouch.engine import LazyTable, Missing, collect, literal
from keytouch.estimate import wilson
from keytouch.satisfaction import grouped_by, nps
from keytouch.weighted import indicator, mean_sums, means_of, with_unit, with_weights

COLUMNS = ["kpi", "value", "lo", "hi", "n", "method"]


def loyal_customers(
    customers: LazyTable | Missing,
    journeys: LazyTable | Missing,
    *,
    by: Sequence[str] = (),
    min_n: int = 1,
) -> pd.DataFrame | Missing:
    """Who comes back and who leaves, one row per KPI (and group, where `by` is given).

    KPIs: `repurchase_rate`, customers with two or more converted journeys of those with one or
    more; `churn_rate`, customers who left of those of whom it is known. Columns out: the `by`
    columns (of the customer table: segment, region …), `kpi`, `value` in 0–1 with `lo`, `hi`
    (95 %, Wilson), `n` customers, `small` where n < `min_n`, `min_n`, `method`. A KPI that the
    data don't know has no row; with none known, Missing. A repurchase rate grows with the
    length of the period: compare groups, not periods of different length.
    """
    parts = [_repurchases(customers, journeys, by), _churn(customers, by)]
    known = [part for part in parts if not isinstance(part, Missing) and len(part)]
    if not known:
        return Missing("customers", ("churned",))
    table = pd.concat(known, ignore_index=True)
    return table.assign(small=table.n < min_n, min_n=min_n)[[*by, *COLUMNS, "small", "min_n"]]


def _repurchases(
    customers: LazyTable | Missing, journeys: LazyTable | Missing, by: Sequence[str]
) -> pd.DataFrame | Missing:
    """The share of buyers who bought again."""
    if isinstance(journeys, Missing):
        return journeys
    if not {"customer_id", "converted"} <= set(journeys.columns):
        return Missing("journeys", ("customer_id", "converted"))
    bought = journeys.filter(journeys.converted & journeys.customer_id.notnull())
    buyers = bought.group_by("customer_id").agg(times=bought.count())
    if by:
        if isinstance(customers, Missing) or not set(by) <= set(customers.columns):
            return Missing("customers", tuple(by))
        buyers = buyers.join(customers.select("customer_id", *by), "customer_id")
    return _rates(buyers.mutate(x=indicator(buyers.times > 1)), "repurchase_rate", by)


def _churn(customers: LazyTable | Missing, by: Sequence[str]) -> pd.DataFrame | Missing:
    if isinstance(customers, Missing) or not {"churned", *by} <= set(customers.columns):
        return Missing("customers", ("churned", *by))
    known = customers.filter(customers.churned.notnull())
    return _rates(known.mutate(x=indicator(known.churned)), "churn_rate", by)


def _rates(rows: LazyTable, kpi: str, by: Sequence[str]) -> pd.DataFrame:
    """The share of rows with x = 1, in each group."""
    known: Any = grouped_by(with_unit(with_weights(rows)), by)
    sums = collect(mean_sums(known, {"x": known.x}, by=by))
    sums = sums[sums.n.fillna(0) > 0].sort_values(list(by)) if by else sums[sums.n.fillna(0) > 0]
    means = means_of(sums)
    lo, hi = wilson(means.mean, means.n_eff)
    return sums[list(by)].assign(
        kpi=kpi, value=means.mean, lo=lo, hi=hi, n=sums.n.astype(int), method="method_wilson"
    )


def word_of_mouth(
    feedback: LazyTable | Missing, *, by: Sequence[str] = (), min_n: int = 1
) -> pd.DataFrame | Missing:
    """What customers would say and what they write, one row per KPI (and group).

    KPIs: `nps` (points, adjusted Wald), `promoter_rate` and `detractor_rate` (0–1, Wilson) from
    the recommendation question; `praise_rate` and `complaint_rate`, comments in a positive and
    in a negative tone of those with a known tone (see `comments`). Columns out: the `by`
    columns, `kpi`, `value`, `lo`, `hi`, `n` answers or comments, `small`, `min_n`, `method`.
    What wasn't asked or written has no row; Missing where there is neither.
    """
    if isinstance(feedback, Missing):
        return feedback
    known = grouped_by(feedback, by)
    if isinstance(known, Missing):
        return known
    parts = [*_recommending(known, by), *_writing(known, by)]
    parts = [part for part in parts if len(part)]
    if not parts:
        return Missing("feedback", ("score", "comment"))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(small=table.n < min_n, min_n=min_n)[[*by, *COLUMNS, "small", "min_n"]]


def _recommending(known: LazyTable, by: Sequence[str]) -> list[pd.DataFrame]:
    table = nps(known, by=by)
    if isinstance(table, Missing):
        return []
    methods = {
        "nps": "method_nps_adjusted_wald",
        "promoter_rate": "method_wilson",
        "detractor_rate": "method_wilson",
    }
    return [
        table[list(by)].assign(
            kpi=kpi, value=table[kpi], lo=table[f"{kpi}_lo"], hi=table[f"{kpi}_hi"],
            n=table.n, method=method,
        )
        for kpi, method in methods.items()
    ]  # fmt: skip


def _writing(known: LazyTable, by: Sequence[str]) -> list[pd.DataFrame]:
    """Shares of praise and complaint among comments whose tone is known."""
    if "comment" not in known.columns:
        return []
    rows = written(known)
    rows = rows.filter(rows.tone.notnull()).mutate(weight=literal(1.0))
    tones = {"praise_rate": "positive", "complaint_rate": "negative"}
    return [
        _rates(rows.mutate(x=indicator(rows.tone == tone)), kpi, by) for kpi, tone in tones.items()
    ]
