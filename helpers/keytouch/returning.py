"""Do customers stay active, and do they come back: engagement, cohorts and retention.

A customer is active in a month with at least one interaction in it, and comes back in a month
in which another journey of theirs begins. Months are calendar months; a customer belongs to the
cohort of the month in which the data first show them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, collect, needs
from keytouch.estimate import effective_n, mean_interval, wilson
from keytouch.satisfaction import FULL
from keytouch.weighted import with_weights

MONTH = "M"
RETAINED = ["retention_rate", "retention_rate_lo", "retention_rate_hi"]


def _active(interactions: LazyTable) -> LazyTable:
    """One row per customer and month with any interaction: how many, and their weight. Lazy."""
    known = interactions.filter(interactions.customer_id.notnull() & interactions.ts.notnull())
    dated = with_weights(known).mutate(period=known.ts.truncate(MONTH))
    return dated.group_by(["customer_id", "period"]).agg(
        contacts=dated.rows.sum(), w=dated.w1.mean()
    )


def _beginnings(interactions: LazyTable) -> LazyTable:
    """One row per journey, at its first interaction; the log as it is without journeys. Lazy."""
    if "journey_id" not in interactions.columns:
        return interactions
    known = interactions.filter(interactions.ts.notnull() & interactions.journey_id.notnull())
    weight = {"weight": known.weight.max()} if "weight" in known.columns else {}
    return known.group_by("journey_id").agg(
        customer_id=known.customer_id.min(), ts=known.ts.min(), **weight
    )


def _ends(interactions: LazyTable) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first and the last time in the data."""
    row = collect(interactions.agg(first=interactions.ts.min(), last=interactions.ts.max()))
    return pd.Timestamp(row["first"].iloc[0]), pd.Timestamp(row["last"].iloc[0])


def _whole(months: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> pd.Series:
    """Whether the data span nine tenths of each month."""
    begin = pd.to_datetime(months)
    end = begin + pd.offsets.MonthBegin(1)
    covered = end.clip(upper=last) - begin.clip(lower=first)
    return covered / (end - begin) >= FULL


@needs("interactions", "customer_id", "ts")
def engagement(interactions: LazyTable, *, min_n: int = 30, small_cell: int = 10) -> pd.DataFrame:
    """How often active customers are in contact, one row per calendar month.

    Columns out: `period` (its first day); `per_customer`, interactions per active customer, with
    `_lo`, `_hi` (95 %, t over customers); `active`, customers with any interaction (= `n`),
    `contacts`, their interactions; `whole`: whether the data span nine tenths of the month;
    `small` (n < `min_n`), `suppressed` (n < `small_cell`: numbers blank), `small_cell`, `method`.
    Rows with `n` count by it, weights count; interactions without customer or time are left out.
    Sorted by month.
    """
    each = _active(interactions)
    table = collect(
        each.group_by("period").agg(
            n=each.count(), contacts=each.contacts.sum(),
            w=each.w.sum(), ww=(each.w * each.w).sum(),
            x=(each.w * each.contacts).sum(), xx=(each.w * each.contacts * each.contacts).sum(),
        )
    )  # fmt: skip
    if table.empty:
        return Missing("interactions", ("customer_id", "ts"))  # type: ignore[return-value]
    table = table.astype(dict.fromkeys(("w", "ww", "x", "xx", "contacts"), float))
    mean, size = table.x / table.w, effective_n(table.w, table.ww)
    variance = np.fmax(table.xx / table.w - mean**2, 0) * size / np.fmax(size - 1, 1)
    lo, hi = mean_interval(mean, variance, size)
    table = table.assign(per_customer=mean, per_customer_lo=np.fmax(lo, 1), per_customer_hi=hi)
    table = table.assign(
        active=table.n,
        contacts=table.contacts.astype(int),
        whole=_whole(table.period, *_ends(interactions)),
        small=table.n < min_n,
        min_n=min_n,
        suppressed=table.n < small_cell,
        small_cell=small_cell,
        method="method_engagement",
    ).sort_values("period")
    numbers = ["per_customer", "per_customer_lo", "per_customer_hi", "active", "contacts", "n"]
    if table.suppressed.any():
        table[numbers] = table[numbers].astype("Float64").mask(table.suppressed)
    columns = ["period", *numbers, "whole", "small", "min_n", "suppressed", "small_cell", "method"]
    return table[columns].reset_index(drop=True)


@needs("interactions", "customer_id", "ts")
def cohorts(interactions: LazyTable, *, small_cell: int = 10, min_n: int = 30) -> pd.DataFrame:
    """The share of each start month's customers who come back in later months.

    One row per start month and `month` after it (1, 2 …; all of them, also those that the data
    don't reach). Columns out: `cohort`, the first day of the month in which the data first show
    the customers; `customers` in it; `returned`, how many begin another journey in the month
    `month` months later (without journey ids: have any interaction in it); `retention_rate` in
    0–1 with `_lo`, `_hi` (Wilson), `n` = customers;
    `observed`: whether the data span nine tenths of that month (else it isn't over: rate and
    count are blank); `small` (n < `min_n`), `suppressed` (n < `small_cell`: numbers blank),
    `small_cell`, `method`. Weights count. The first cohort also holds customers of before the
    data began, and who comes back after the data's end can't be seen.
    Sorted by cohort and month.
    """
    counts = collect(cohort_counts(interactions))
    if counts.empty:
        return Missing("interactions", ("customer_id", "ts"))  # type: ignore[return-value]
    counts = counts.astype({"n": int, "w": float, "ww": float})
    table = _grid(counts, *_ends(interactions))
    if table.empty:
        return table
    rate = (table.w_back / table.w).where(table.observed)
    lo, hi = wilson(rate, effective_n(table.w, table.ww))
    table = table.assign(
        returned=table.returned.where(table.observed),
        **dict(zip(RETAINED, (rate, lo, hi))),
        n=table.customers,
        small=table.customers < min_n,
        min_n=min_n,
        suppressed=table.customers < small_cell,
        small_cell=small_cell,
        method="method_retention",
    )
    hidden = ["customers", "returned", *RETAINED, "n"]
    if table.suppressed.any():
        table[hidden] = table[hidden].astype("Float64").mask(table.suppressed)
    columns = ["cohort", "month", "customers", "returned", *RETAINED, "observed", "n"]
    return table[[*columns, "small", "min_n", "suppressed", "small_cell", "method"]]


def cohort_counts(interactions: LazyTable) -> LazyTable:
    """Customers by first month and month since: `n`, and sums of weights. Lazy."""
    active = _active(_beginnings(interactions))
    first = active.group_by("customer_id").agg(cohort=active.period.min(), w=active.w.mean())
    both = active.drop("w").join(first, "customer_id")
    years = both.period.year() - both.cohort.year()
    since = both.mutate(month=years * 12 + both.period.month() - both.cohort.month())
    return since.group_by(["cohort", "month"]).agg(
        n=since.count(), w=since.w.sum(), ww=(since.w * since.w).sum()
    )


def _grid(counts: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Every cohort with every later month that begins before the data end."""
    starts = counts[counts.month == 0].rename(columns={"n": "customers"}).drop(columns="month")
    end = last.to_period(MONTH)
    ahead = (end - pd.to_datetime(starts.cohort).dt.to_period(MONTH)).map(lambda gap: gap.n)
    rows = starts.loc[starts.index.repeat(ahead)]
    rows = rows.assign(month=rows.groupby("cohort").cumcount() + 1)
    back = counts.rename(columns={"n": "returned", "w": "w_back"}).drop(columns="ww")
    table = rows.merge(back, on=["cohort", "month"], how="left")
    table = table.fillna({"returned": 0, "w_back": 0.0})
    when = [
        begin + pd.DateOffset(months=int(month))
        for begin, month in zip(pd.to_datetime(table.cohort), table.month)
    ]
    table = table.assign(observed=_whole(pd.Series(when, index=table.index), first, last))
    return table.sort_values(["cohort", "month"]).reset_index(drop=True)


def retention(cohorts: pd.DataFrame | Missing, *, min_n: int = 30) -> pd.DataFrame | Missing:
    """The share of customers who are back after so many months, one row per month since.

    Reads `cohorts`; pools those whose month is over and that aren't suppressed. Columns out:
    `month` (1, 2 …); `retention_rate` in 0–1 with `_lo`, `_hi` (Wilson); `returned`, `n`
    customers; `cohort_n`, how many cohorts; `small` (n < `min_n`), `method`. Later months rest on
    earlier cohorts only: compare them within `cohorts` before reading the line as a decline.
    """
    if isinstance(cohorts, Missing):
        return cohorts
    seen = cohorts[cohorts.observed & ~cohorts.suppressed] if len(cohorts) else cohorts
    if seen.empty:
        return Missing("interactions", ("ts",))
    seen = seen.assign(back=seen.retention_rate.astype(float) * seen.n.astype(float))
    table = seen.groupby("month", as_index=False).agg(
        returned=("returned", "sum"), back=("back", "sum"), n=("n", "sum"), cohort_n=("n", "size")
    )
    rate = (table.back / table.n.astype(float)).to_numpy(float)
    lo, hi = wilson(rate, table.n.astype(float))
    table = table.astype({"n": int, "returned": int}).assign(
        **dict(zip(RETAINED, (rate, lo, hi))), small=table.n < min_n, method="method_retention"
    )
    return table[["month", *RETAINED, "returned", "n", "cohort_n", "small", "method"]]
