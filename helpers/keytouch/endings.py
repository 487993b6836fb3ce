"""How journeys end: outcomes and conversion, each with its interval."""

from __future__ import annotations

import pandas as pd

from keytouch.engine import LazyTable, cases, collect, needs
from keytouch.estimate import effective_n, wilson
from keytouch.satisfaction import with_weights


@needs("journeys", "outcome")
def outcomes(journeys: LazyTable) -> pd.DataFrame:
    """How journeys end, one row per outcome.

    Columns out: `outcome`, `journeys`, `outcome_rate` in 0–1 of all with a known outcome, with
    `_lo`, `_hi` (Wilson), `n` = all of those, `method`. Most frequent first.
    """
    data = with_weights(journeys.filter(journeys.outcome.notnull()))
    table = collect(
        data.group_by("outcome").agg(
            journeys=data.rows.sum(), w=data.w.sum(), ww=(data.w * data.w1).sum()
        )
    )
    total, n = float(table.w.sum()), int(table.journeys.sum())
    lo, hi = wilson(table.w / total, effective_n(total, table.ww.sum()))
    table = table.assign(
        journeys=table.journeys.astype(int),
        outcome_rate=table.w / total,
        outcome_rate_lo=lo,
        outcome_rate_hi=hi,
        n=n,
        method="method_wilson",
    ).drop(columns=["w", "ww"])
    order = ["outcome_rate", "outcome"]
    return table.sort_values(order, ascending=[False, True]).reset_index(drop=True)


@needs("journeys", "converted", "channel")
def conversion(journeys: LazyTable, *, by: str = "channel", min_n: int = 30) -> pd.DataFrame:
    """The share of journeys that convert, one row per group (`by`: channel, segment …).

    Columns out: `by`; `conversion_rate` in 0–1 with `_lo`, `_hi` (Wilson); `n` journeys whose
    conversion is known; `small` where n < `min_n`; `method`. Lowest first.
    """
    known = with_weights(journeys.filter(journeys.converted.notnull() & journeys[by].notnull()))
    won = cases((known.converted, 1.0), else_=0.0)
    table = collect(
        known.group_by(by).agg(
            n=known.rows.sum(),
            w=known.w.sum(),
            ww=(known.w * known.w1).sum(),
            won=(known.w * won).sum(),
        )
    )
    n_eff = effective_n(table.w, table.ww)
    lo, hi = wilson(table.won / table.w, n_eff)
    table = table.assign(
        conversion_rate=table.won / table.w,
        conversion_rate_lo=lo,
        conversion_rate_hi=hi,
        n=table.n.astype(int),
        small=table.n < min_n,
        method="method_wilson",
    ).drop(columns=["w", "ww", "won"])
    return table.sort_values(["conversion_rate", by]).reset_index(drop=True)
