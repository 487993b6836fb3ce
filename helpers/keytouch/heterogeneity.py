"""Does the same touchpoint matter equally to everybody, and does it still matter as it did?

The driver model is fitted for each segment or period by itself. Two kinds of test follow: one per
touchpoint, whether its slopes differ at all (Cochran's Q), and one per cell, how far its slope
lies from that of all other groups together. Many are looked at, so both are adjusted.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc, stdtr, stdtrit

from keytouch.contrasts import adjusted
from keytouch.drivers import among_top
from keytouch.engine import LazyTable, Missing, collect, needs
from keytouch.estimate import LEVEL
from keytouch.fits import fit
from keytouch.resample import Sums, bucket_sums, resampled, usable

Floats = NDArray[np.float64]
ALPHA, MOST, CUSTOMERS_EACH = 0.05, 24, 3
COLUMNS = (
    "slope", "slope_lo", "slope_hi", "slope_se", "slope_difference", "slope_difference_lo",
    "slope_difference_hi", "p_value", "p_any", "differs", "p_top", "n", "small", "method",
)  # fmt: skip


@needs("feedback", "score", "touchpoint_id")
def importance_by(
    feedback: LazyTable,
    *,
    by: str = "segment",
    metric: str = "csat",
    min_n: int = 30,
    draws: int = 400,
    seed: int = 1,
) -> pd.DataFrame:
    """What moves the whole in each group of customers, one row per touchpoint and group.

    Columns out: `touchpoint_id`, `by`; `slope` (overall points per touchpoint point, the others
    held fixed) with `slope_lo`, `slope_hi` (95 %) and `slope_se`; `slope_difference` from the
    slope of the other groups together, with `_lo`, `_hi` (95 %); `p_value` of that
    (Benjamini–Hochberg over all cells) and `p_any`, that the slopes of this touchpoint differ
    between groups at all (Cochran's Q; Benjamini–Hochberg over touchpoints); `differs` where both
    are ≤ .05. One odd group would make all others look odd, so the one that stands out most (at
    5 %, Bonferroni over the groups left) is set apart and the rest are compared without it.
    `n` respondents, `small` where n < `min_n`; `method`.
    Groups with fewer customers than `min_n`, or than three per touchpoint, are left out; rows
    whose group is blank are too. Fewer than two groups: an empty table. Sorted by p_value.
    Source: Cochran 1954.
    """
    if by not in feedback.columns:
        return Missing("feedback", (by,))  # type: ignore[return-value]
    found = collect(feedback.filter(feedback[by].notnull()).select(by).distinct())
    groups = sorted(found[by])[:MOST]
    parts = {
        group: bucket_sums(feedback.filter(feedback[by] == group), metric=metric)
        for group in groups
    }
    rows = [
        _of_group(sums, by, group, min_n=min_n, draws=draws, seed=seed)
        for group, sums in parts.items()
        if not isinstance(sums, Missing)
    ]
    return _compared([part for part in rows if len(part)], by)


@needs("feedback", "score", "touchpoint_id", "ts")
def importance_drift(
    feedback: LazyTable,
    *,
    every: str = "Q",
    metric: str = "csat",
    min_n: int = 30,
    draws: int = 400,
    seed: int = 1,
) -> pd.DataFrame:
    """Whether what moves the whole has changed over time, one row per touchpoint and period.

    Columns out: as `importance_by` with `period` (its first day; `every`: "M", "Q", "Y") as the
    group; `p_top`, the chance to be among the period's three strongest; and `rerank_due`: true
    where a touchpoint's slope has changed (`p_any` ≤ .05), so that a ranking over the whole time
    no longer holds for it. In order of time.
    """
    dated = feedback.filter(feedback.ts.notnull())
    dated = dated.mutate(period=dated.ts.truncate(every))
    table = importance_by(dated, by="period", metric=metric, min_n=min_n, draws=draws, seed=seed)
    if isinstance(table, Missing) or table.empty:
        return table
    table = table.assign(rerank_due=table.p_any <= ALPHA)
    return table.sort_values(["touchpoint_id", "period"]).reset_index(drop=True)


def _of_group(
    sums: Sums, by: str, group: object, *, min_n: int, draws: int, seed: int
) -> pd.DataFrame:
    """One group's slopes; no row where it has too few customers for its touchpoints."""
    sums = sums.only(usable(sums))
    p = len(sums.touchpoints)
    if not p or sums.buckets < max(min_n, CUSTOMERS_EACH * p):
        return pd.DataFrame()
    point = fit(sums.total(), sums.n_known, min_n=min_n).one()
    weights = resampled(sums.buckets, draws=draws, seed=seed)
    again = fit(sums.weighted(weights), sums.n_known, min_n=min_n)
    se, n = again.slope.std(axis=0), sums.n[:-1, -1].astype(int)
    df = np.fmax(np.fmin(n, sums.buckets) - p - 1, 3)
    half = stdtrit(df.astype(float), (1 + LEVEL) / 2) * se
    return pd.DataFrame(
        {
            "touchpoint_id": sums.touchpoints,
            by: group,
            "slope": point.slope,
            "slope_lo": point.slope - half,
            "slope_hi": point.slope + half,
            "slope_se": se,
            "p_top": among_top(again.importance),
            "n": n,
            "small": n < min_n,
            "df": df,
            "method": "method_slopes_compared",
        }
    )


def _compared(rows: list[pd.DataFrame], by: str) -> pd.DataFrame:
    """One row per touchpoint and group, with both tests."""
    if len(rows) < 2:
        return pd.DataFrame(columns=["touchpoint_id", by, *COLUMNS])
    table = pd.concat(rows, ignore_index=True)
    table = table[table.groupby("touchpoint_id").touchpoint_id.transform("size") > 1]
    if table.empty:
        return pd.DataFrame(columns=["touchpoint_id", by, *COLUMNS])
    table = pd.concat([_contrasts(part) for _, part in table.groupby("touchpoint_id")])
    any_p = table.groupby("touchpoint_id").p_any.first()
    any_p[:] = adjusted(any_p.to_numpy())
    table = table.assign(p_value=adjusted(table.p_value), p_any=table.touchpoint_id.map(any_p))
    table["differs"] = (table.p_value <= ALPHA) & (table.p_any <= ALPHA)
    table = table[["touchpoint_id", by, *COLUMNS]]
    return table.sort_values(["p_value", "touchpoint_id", by]).reset_index(drop=True)


def _contrasts(part: pd.DataFrame) -> pd.DataFrame:
    """One touchpoint's groups: each against the others by precision, and all against all.

    The group that stands out most is set apart, and the others are compared without it.
    """
    slope, df = part.slope.to_numpy(), part.df.to_numpy(float)
    variance = np.fmax(part.slope_se.to_numpy() ** 2, 1e-12)
    difference, error = _against_others(slope, variance)
    p_value = 2 * stdtr(df, -np.abs(difference / error))
    left = np.arange(len(part))
    while len(left) > 2 and p_value[left].min() * len(left) <= ALPHA:
        left = np.delete(left, p_value[left].argmin())
        difference[left], error[left] = _against_others(slope[left], variance[left])
        p_value[left] = 2 * stdtr(df[left], -np.abs(difference[left] / error[left]))
    half = stdtrit(df, (1 + LEVEL) / 2) * error
    weight = 1 / variance
    centre = (weight * slope).sum() / weight.sum()
    return part.assign(
        slope_difference=difference,
        slope_difference_lo=difference - half,
        slope_difference_hi=difference + half,
        p_value=p_value,
        p_any=chdtrc(len(part) - 1, (weight * (slope - centre) ** 2).sum()),
    )


def _against_others(slope: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Each slope minus the precision-weighted mean of the others, and its standard error."""
    weight = 1 / variance
    rest = weight.sum() - weight
    others = ((weight * slope).sum() - weight * slope) / rest
    return slope - others, np.sqrt(variance + 1 / rest)
