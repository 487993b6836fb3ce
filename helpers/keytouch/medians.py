"""Exact medians of groups with intervals, from counts of values, so that any size fits."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from keytouch.engine import LazyTable, cases, collect, window

HALF_RANK = 0.98  # half of 1.96: a binomial rank's standard deviation is √n / 2


def group_medians(data: LazyTable, column: str, *, by: Sequence[str], name: str) -> pd.DataFrame:
    """The median of a column of a table with `rows` (`with_weights`), one row per group.

    Columns out: `by`; `name` with `_lo`, `_hi` (95 %, the values at the ranks that bound a
    binomial of one half); `<name>_n`, how many values. Blanks don't count, a row counts `rows`
    times; survey weights don't. An even number of values gives the mean of the middle two.
    Source: Conover, Practical Nonparametric Statistics.
    """
    known = data.filter(data[column].notnull())
    counts = known.group_by(*by, value=known[column]).agg(c=known.rows.sum())
    group = [counts[part] for part in by]
    below = window(group_by=group, order_by=counts.value, rows=(None, 0))
    ranked = counts.mutate(
        upto=counts.c.sum().over(below), size=counts.c.sum().over(window(group_by=group))
    )
    half, middle = HALF_RANK * ranked["size"].sqrt(), ranked["size"] / 2.0
    top = cases((middle + 1 + half > ranked["size"], ranked["size"]), else_=middle + 1 + half)
    # The same value may stand on both sides of the middle; where the middle falls between two
    # values, the second is the first one beyond it.
    sides = {
        "left": ranked.upto >= middle,
        "right": ranked.upto > middle,
        "low": ranked.upto >= middle - half,
        "high": ranked.upto >= top,
    }
    table = collect(
        ranked.group_by(list(by)).agg(
            **{side: cases((inside, ranked.value)).min() for side, inside in sides.items()},
            n=ranked.c.sum(),
        )
    )
    return table[list(by)].assign(
        **{
            name: (table.left + table.right) / 2,
            f"{name}_lo": table.low,
            f"{name}_hi": table.high,
            f"{name}_n": table.n.astype(int),
        }
    )
