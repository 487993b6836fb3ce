"""What customers perceive, feel and judge at each touchpoint: three things, kept apart.

And where their journeys have their emotional peak and their end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, cases, collect, needs
from keytouch.estimate import effective_n, mean_interval, wilson
from keytouch.remembering import rated_moments, with_extremity
from keytouch.satisfaction import at_touchpoints, with_position, with_weights

Scale = tuple[float, float]
AFFECT: Scale = (-2.0, 2.0)


@needs("feedback", "score", "touchpoint_id", "metric")
def feelings(
    feedback: LazyTable, *, scale: Scale = (1, 5), perception_scale: Scale = (1, 7), min_n: int = 30
) -> pd.DataFrame:
    """Perception, emotion and satisfaction side by side, one row per touchpoint.

    Columns out: `touchpoint_id`; `affect`, the mean feeling in −2…2, and `affect_sd`, how much
    feelings vary between customers, in the same points; `perception`, the mean of what was
    perceived, on `perception_scale`; `score`, mean satisfaction on `scale`; each with `_lo`, `_hi`
    (95 %; t for means, large-sample for the SD) and blank where it was not asked; `n` ratings of
    affect, `n_perception`, `n_score`; `small` where n < `min_n`; `method`.
    Most intense feeling first (|affect|), touchpoints without affect last. The three are never
    merged: a customer may perceive a fault, feel nothing and be content. Without affect and
    perception: Missing.
    """
    wanted = {"affect": AFFECT, "perception": perception_scale, "csat": scale}
    data = at_touchpoints(with_weights(with_position(feedback)))
    data = data.filter(data.metric.isin(list(wanted)))
    w, x = data.w, data.x
    powers = {f"s{k}": (w * x**k).sum() for k in (1, 2, 3, 4)}
    sums = collect(
        data.group_by("touchpoint_id", "metric").agg(
            n=data.rows.sum(), w=w.sum(), ww=(w * data.w1).sum(), **powers
        )
    )
    if not sums.metric.isin(["affect", "perception"]).any():
        return Missing("feedback", ("affect", "perception"))  # type: ignore[return-value]
    table = pd.DataFrame({"touchpoint_id": sorted(sums.touchpoint_id.unique())})
    for metric, name in (("affect", "affect"), ("perception", "perception"), ("csat", "score")):
        part = _means(sums[sums.metric == metric], name, wanted[metric])
        table = table.merge(part, on="touchpoint_id", how="left")
    counts = {name: table[name].fillna(0).astype(int) for name in table if name.startswith("n_")}
    table = table.assign(**counts).rename(columns={"n_affect": "n"})
    table = table.assign(small=table.n < min_n, method="method_feelings", _size=-table.affect.abs())
    table = table.sort_values(["_size", "touchpoint_id"], ignore_index=True)
    unasked = ("_size", "perception_sd", "score_sd")
    return table[[name for name in table if not name.startswith(unasked)]]


def _means(sums: pd.DataFrame, name: str, scale: Scale) -> pd.DataFrame:
    """Mean and standard deviation of one metric per touchpoint, with their intervals."""
    low, span = scale[0], scale[1] - scale[0]
    n = effective_n(sums.w, sums.ww)
    mean, second, third, fourth = (sums[f"s{k}"] / sums.w for k in (1, 2, 3, 4))
    variance = np.fmax(second - mean**2, 0) * n / np.fmax(n - 1, 1)
    lo, hi = mean_interval(mean, variance, n)
    sd = np.sqrt(variance)
    # The variance of a sample variance is (fourth central moment − variance²) / n.
    moment = fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4
    error = np.sqrt(np.fmax(moment - variance**2, 0) / np.fmax(n, 1))
    half = np.divide(1.96 * error, 2 * sd, out=np.full(len(sums), np.nan), where=(sd > 0) & (n > 1))
    return pd.DataFrame(
        {
            "touchpoint_id": sums.touchpoint_id,
            name: low + span * mean,
            f"{name}_lo": np.clip(low + span * lo, *scale),
            f"{name}_hi": np.clip(low + span * hi, *scale),
            f"{name}_sd": span * sd,
            f"{name}_sd_lo": span * np.fmax(sd - half, 0),
            f"{name}_sd_hi": span * (sd + half),
            f"n_{name}": sums.n,
        }
    )


def peak_moments(
    feedback: LazyTable | Missing,
    *,
    interactions: LazyTable | Missing | None = None,
    touchpoints: LazyTable | Missing | None = None,
    stages: Sequence[str] = (),
    min_moments: int = 3,
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """Where journeys have their emotional peak and their end, one row per touchpoint.

    Columns out: `touchpoint_id`; `high_peak_rate` and `low_peak_rate`, shares of the journeys that
    rated it in which it is the most extreme moment, on the pleasant or the unpleasant side;
    `peak_rate`, both together; `end_rate`, the share in which it is the last moment; all in 0–1
    with `_lo`, `_hi` (Wilson); `n` journeys that rated it; `small` where n < `min_n`; `method`.
    The peak is defined as in `remembered_journeys`; a peak exactly in the middle counts as
    neither side. Highest share of peaks first.
    """
    moments = rated_moments(
        feedback, interactions=interactions, touchpoints=touchpoints, stages=stages
    )
    if isinstance(moments, Missing):
        return moments
    ranked = with_extremity(moments.filter(moments.moments >= min_moments))
    peak, rise = ranked.extremity == 0, ranked.x - ranked.neutral

    def met(condition: object) -> object:
        return cases((condition, 1), else_=0).max()

    each = ranked.group_by("touchpoint_id", "key").agg(
        high_peak=met(peak & (rise > 1e-9)),
        low_peak=met(peak & (rise < -1e-9)),
        peak=met(peak),
        end=met(ranked.place == ranked.moments),
    )
    parts = ("peak", "high_peak", "low_peak", "end")
    table = collect(
        each.group_by("touchpoint_id").agg(
            n=each.count(), **{f"{part}_rate": each[part].mean() for part in parts}
        )
    )
    if table.empty:
        return Missing("feedback", ("journey_id", "touchpoint_id", "score"))
    for part in parts:
        lo, hi = wilson(table[f"{part}_rate"], table.n)
        table = table.assign(**{f"{part}_rate_lo": lo, f"{part}_rate_hi": hi})
    table = table.assign(n=table.n.astype(int), small=table.n < min_n, method="method_wilson")
    order = ["peak_rate", "touchpoint_id"]
    return table.sort_values(order, ascending=[False, True], ignore_index=True)
