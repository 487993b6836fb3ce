"""Do the items of one scale hang together: Cronbach's α and item–rest correlations."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import fdtri

from keytouch.engine import LazyTable, collect, window
from keytouch.estimate import LEVEL, Floats, correlation_interval, effective_n
from keytouch.respondents import WHO, respondent_means

METRICS = ("expectation", "perception")


def alpha_interval(
    alpha: ArrayLike, n: ArrayLike, items: ArrayLike, *, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Feldt's interval of Cronbach's α; (nan, nan) under 2 people or 2 items.

    Exact for normal answers with equal covariances; answers on a few steps come near it.
    Source: Feldt, Woodruff & Salih 1987.

    >>> [round(float(x), 3) for x in alpha_interval(0.7734, 10, 3)]
    [0.336, 0.939]
    """
    alpha, n, items = (np.asarray(value, float) for value in (alpha, n, items))
    judged = (n >= 2) & (items >= 2)
    first = np.where(judged, n - 1, 1.0)
    second = first * np.where(judged, items - 1, 1.0)
    tails = [fdtri(first, second, p) for p in ((1 + level) / 2, (1 - level) / 2)]
    lo, hi = (np.where(judged, 1 - (1 - alpha) * tail, np.nan) for tail in tails)
    return lo, hi


def scale_alphas(known: LazyTable) -> pd.DataFrame:
    """Cronbach's α of the items of each dimension and metric, one row per scale.

    Columns out: `dimension`, `metric`; `alpha` (up to 1, may be negative) with `_lo`, `_hi`
    (Feldt); `items`; `n` people who answered them all. α is blank with one item, fewer than
    three people, or a total that doesn't vary. Source: Cronbach 1951.
    """
    sums = _item_sums(known)
    scales = sums.groupby(["dimension", "metric"], as_index=False).agg(
        items=("item", "size"), own=("variance", "sum"), total=("total_variance", "first"),
        n=("n", "first"), n_eff=("n_eff", "first"),
    )  # fmt: skip
    k = scales["items"]
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha = k / (k - 1) * (1 - scales.own / scales.total)
    alpha = alpha.where((k > 1) & (scales.n >= 3) & (scales.total > 1e-12))
    lo, hi = alpha_interval(alpha, scales.n_eff, k)
    scales = scales.assign(alpha=alpha, alpha_lo=lo, alpha_hi=hi, n=scales.n.astype(int))
    return scales.drop(columns=["own", "total", "n_eff"])


def alphas(known: LazyTable) -> pd.DataFrame:
    """`scale_alphas` of both sides beside each other, one row per dimension.

    Columns out: `dimension`; `alpha_expectation`, `alpha_perception` with `_lo`, `_hi`; `items`
    (the more of both sides; 0 where answers name no item).
    """
    names = [f"alpha_{m}{end}" for m in METRICS for end in ("", "_lo", "_hi")]
    if "item" not in known.columns:
        return pd.DataFrame(columns=["dimension", *names]).assign(items=0)
    scales = scale_alphas(known.filter(known.item.notnull())).set_index(["dimension", "metric"])
    wide = scales[["alpha", "alpha_lo", "alpha_hi"]].unstack("metric")
    wide.columns = [f"alpha_{m}{name.removeprefix('alpha')}" for name, m in wide.columns]
    wide = wide.reindex(columns=names).assign(items=scales["items"].groupby("dimension").max())
    return wide.reset_index()


def _complete(known: LazyTable) -> LazyTable:
    """People's items with `total`, of people who answered every item of the scale."""
    means = respondent_means(known, by=("dimension", "metric", "item"))
    asked = means.group_by("dimension", "metric").agg(asked=means.item.nunique())
    means = means.join(asked, ["dimension", "metric"])
    own = window(group_by=[WHO, "dimension", "metric"])
    means = means.mutate(given=means.count().over(own), total=means.x.sum().over(own))
    return means.filter(means.given == means.asked)


def _item_sums(known: LazyTable) -> pd.DataFrame:
    """Variance of every item, of its scale's total, and their covariance, one row per item."""
    data = _complete(known)
    x, total, w = data.x, data.total, data.w
    sums = collect(
        data.group_by("dimension", "metric", "item").agg(
            n=data["rows"].sum(), w=w.sum(), ww=(w * data.w1).sum(),
            x=(w * x).sum(), xx=(w * x * x).sum(), t=(w * total).sum(),
            tt=(w * total * total).sum(), xt=(w * x * total).sum(),
        )
    )  # fmt: skip
    mean, mean_total = sums.x / sums.w, sums.t / sums.w
    return sums.assign(
        n_eff=effective_n(sums.w, sums.ww),
        variance=np.fmax(sums.xx / sums.w - mean**2, 0),
        total_variance=np.fmax(sums.tt / sums.w - mean_total**2, 0),
        shared=sums.xt / sums.w - mean * mean_total,
    )


def item_rest(known: LazyTable) -> pd.DataFrame:
    """Each item's correlation with the sum of its dimension's other items (perception).

    One row per item: `dimension`, `item`, `item_rest` −1…1 with `_lo`, `_hi` (95 %, Fisher z;
    blank where nothing varies), `rest_n` people who answered all of the dimension's items.
    """
    sums = _item_sums(known)
    sums = sums[sums.metric == "perception"]
    rest = sums.total_variance - 2 * sums.shared + sums.variance
    scale = np.sqrt(np.fmax(rest, 0) * sums.variance)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.where(scale > 1e-9, (sums.shared - sums.variance) / scale, np.nan)
    lo, hi = correlation_interval(r, sums.n_eff)
    return sums[["dimension", "item"]].assign(
        item_rest=r, item_rest_lo=lo, item_rest_hi=hi, rest_n=sums.n.astype(int)
    )
