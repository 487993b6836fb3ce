"""What one more unit goes with while the mix of cases stays the same.

Cases are compared only with cases of the same stratum (segment, severity …), so that groups that
meet different trouble aren't blamed or praised for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from keytouch.contrasts import Contrast
from keytouch.engine import LazyTable, collect, literal, window
from keytouch.estimate import LEVEL

FEW = 10  # clusters: with fewer the error can't be told
TINY = 1e-12


class Within(NamedTuple):
    """A slope within strata, and how many cases and strata it rests on."""

    contrast: Contrast
    n: int
    strata: int


def slope_within(data: LazyTable, x: str, y: str, *, within: Sequence[str] = ()) -> Within | None:
    """The change in `y` per unit of `x` within strata of the columns `within`.

    `data` has `rows`, `w`, `w1` and perhaps `unit`, whose cases resemble each other. It is least
    squares with an intercept per stratum (a blank is a stratum of its own), errors robust and
    clustered by unit; strata in which `x` is the same for all tell nothing and don't count. With
    a yes-or-no `x` the strata weigh as in Mantel & Haenszel: n·m/(n+m). None where fewer than ten
    units are left, or nothing varies. Source: Liang & Zeger 1986; Angrist & Pischke 2009, ch. 3.
    """
    sums = collect(_over_clusters(_centred(data, x, y, within))).iloc[0].astype(float).fillna(0.0)
    if sums.units < FEW or sums.b < TINY or sums.n <= sums.strata + 1:
        return None
    slope = sums.a / sums.b
    meat = sums.aa - 2 * slope * sums.ab + slope**2 * sums.bb
    if meat < TINY * max(sums.aa, TINY):
        return None
    few = sums.units / (sums.units - 1) * (sums.n - 1) / (sums.n - sums.strata - 1)
    error, free = np.sqrt(meat * few) / sums.b, sums.units - 1
    half = stdtrit(free, (1 + LEVEL) / 2) * error
    p_value = 2 * stdtr(free, -abs(slope) / error)
    ends = (np.asarray(part, float) for part in (slope, slope - half, slope + half, p_value))
    return Within(Contrast(*ends), int(sums.n), int(sums.strata))


def _centred(data: LazyTable, x: str, y: str, within: Sequence[str]) -> LazyTable:
    """Known rows, `dx` and `dy` off their stratum's means, of strata in which x varies."""
    known = data.filter(data[x].notnull() & data[y].notnull() & (data.w > 0))
    strata = {f"s{k}": known[name].cast("string").fill_null("") for k, name in enumerate(within)}
    known = known.mutate(
        vx=known[x].cast("float64"), vy=known[y].cast("float64"), **strata, s=literal("all")
    )
    own = window(group_by=["s", *strata])
    total = known.w.sum().over(own)
    means = {"mx": (known.w * known.vx).sum().over(own) / total,
             "my": (known.w * known.vy).sum().over(own) / total}  # fmt: skip
    ends = {"low": known.vx.min().over(own), "high": known.vx.max().over(own)}
    known = known.mutate(**means, **ends, size=known.count().over(own))
    known = known.filter(known.high > known.low)
    unit: Any = known.unit if "unit" in known.columns else known.key
    return known.mutate(dx=known.vx - known.mx, dy=known.vy - known.my, cluster=unit)


def _over_clusters(known: LazyTable) -> LazyTable:
    """The sums that slope and error need: each cluster's pull (a) and weight (b), and squares."""
    each = known.group_by("cluster").agg(
        a=(known.w * known.dx * known.dy).sum(),
        b=(known.w * known.dx * known.dx).sum(),
        n=known.rows.sum(),
        strata=(1.0 / known["size"].cast("float64")).sum(),
    )
    return each.agg(
        a=each.a.sum(), b=each.b.sum(), n=each.n.sum(), units=each.count(),
        aa=(each.a * each.a).sum(), ab=(each.a * each.b).sum(), bb=(each.b * each.b).sum(),
        strata=each.strata.sum().round(0),
    )  # fmt: skip
