"""Means of groups that can be compared: what is measured, and how two groups differ.

Every figure compared here is a weighted mean of one number `x` a row: a score's place on its
scale, a yes or no, or +1, 0, −1 for promoters, passives, detractors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from keytouch.contrasts import Contrast, mean_difference, nps_difference, share_difference
from keytouch.engine import LazyTable, Missing, cases, collect
from keytouch.estimate import Floats, check_nps_scale, nps_interval, place_interval, wilson
from keytouch.satisfaction import TOP_BOX, of_metric, with_position
from keytouch.weighted import Means, indicator, mean_sums, sum_names, with_unit, with_weights

SUMS = sum_names("x")


@dataclass(frozen=True)
class Kind:
    """What a measure is: its column, how its interval is made, the column of its difference."""

    column: str
    family: Literal["mean", "share", "nps"]
    difference: str
    method: str


KINDS = {
    "score": Kind("score", "mean", "score_difference", "method_group_means"),
    "top_rate": Kind("top_rate", "share", "rate_difference", "method_group_shares"),
    "low_rate": Kind("low_rate", "share", "rate_difference", "method_group_shares"),
    "nps": Kind("nps", "nps", "nps_difference", "method_group_nps"),
    "converted": Kind("conversion_rate", "share", "rate_difference", "method_group_shares"),
    "churned": Kind("churn_rate", "share", "rate_difference", "method_group_shares"),
}


def measured(data: LazyTable, measure: str, *, metric: str = "csat") -> LazyTable | Missing:
    """The rows that count for a measure, with `x`, `w`, `w1`, `rows` and perhaps `unit`.

    Missing where the table lacks what the measure needs; DataError for an NPS that was not
    asked on 0–10; ValueError for an unknown measure.
    """
    if measure not in KINDS:
        raise ValueError(f"no measure {measure!r}: use one of {', '.join(KINDS)}")
    if measure in ("converted", "churned"):
        if measure not in data.columns:
            return Missing("journeys" if measure == "converted" else "customers", (measure,))
        known = data.filter(data[measure].notnull())
        return with_unit(with_weights(known.mutate(x=indicator(known[measure]))))
    if "score" not in data.columns:
        return Missing("feedback", ("score",))
    if measure == "nps":
        return with_unit(with_weights(_promoting(of_metric(data, "nps"))))
    known = with_position(of_metric(data, metric))
    if measure != "score":
        hit = known.x >= TOP_BOX if measure == "top_rate" else known.x <= 1 - TOP_BOX
        known = known.mutate(x=indicator(hit))
    return with_unit(with_weights(known))


def _promoting(asked: LazyTable) -> LazyTable:
    """+1 for promoters, −1 for detractors, 0 for passives; only on the scale 0–10."""
    known = with_position(asked)
    ends = collect(known.agg(lo=known.scale_lo.min(), hi=known.scale_hi.max())).iloc[0]
    if not pd.isna(ends.lo):
        check_nps_scale(float(ends.lo), float(ends.hi))
    return known.mutate(x=cases((known.score >= 9, 1.0), (known.score <= 6, -1.0), else_=0.0))


def group_sums(rows: LazyTable, *by: str) -> pd.DataFrame:
    """The sums of measured rows, one row per group, in order of the groups."""
    table = collect(mean_sums(rows, {"x": rows.x}, by=by))
    return table.sort_values(list(by)).reset_index(drop=True)


def promoting(means: Means) -> tuple[Floats, Floats]:
    """Shares of promoters and of detractors from means of +1, 0, −1."""
    return (
        np.clip((means.squares + means.mean) / 2, 0, 1),
        np.clip((means.squares - means.mean) / 2, 0, 1),
    )


def value_columns(means: Means, kind: Kind, scale: tuple[float, float]) -> dict[str, Floats]:
    """A measure's value and interval, in its unit, as the columns of a table."""
    lo, span = (scale[0], scale[1] - scale[0]) if kind.family == "mean" else (0.0, 1.0)
    value = lo + span * means.mean
    if kind.family == "mean":
        places = place_interval(means.mean, means.variance, means.n_eff)
        ends = tuple(lo + span * end for end in places)
    elif kind.family == "share":
        ends = wilson(np.clip(means.mean, 0, 1), means.n_eff)
    else:
        value = 100 * means.mean
        ends = nps_interval(*promoting(means), means.n_eff)
    name = kind.column
    return {name: value, f"{name}_lo": ends[0], f"{name}_hi": ends[1]}


def difference(means: Means, others: Means, kind: Kind, scale: tuple[float, float]) -> Contrast:
    """The difference of two sets of groups, in the measure's unit: see `contrasts`."""
    if kind.family == "nps":
        return nps_difference(
            *promoting(means), means.n_eff,
            *promoting(others), others.n_eff,
        )  # fmt: skip
    if kind.family == "share":
        return share_difference(
            np.clip(means.mean, 0, 1), means.n_eff, np.clip(others.mean, 0, 1), others.n_eff
        )
    span = scale[1] - scale[0]
    contrast = mean_difference(
        means.mean, means.variance, means.n_eff, others.mean, others.variance, others.n_eff
    )
    return contrast.times(span)
