"""What of a journey customers remember: its mean, its peak and end, its end, or its trend.

A customer rates moments on the way and the whole afterwards; `memory_rules` asks which summary of
the moments the memory follows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from keytouch.drivers import journey_key
from keytouch.engine import LazyTable, Missing, cases, collect, literal, row_number, window
from keytouch.estimate import mean_interval
from keytouch.satisfaction import at_touchpoints, of_metric, overall, with_position, with_weights

NO_MEMORY = Missing("feedback", ("journey_id", "touchpoint_id", "score"))


def memory_metric(feedback: LazyTable) -> str:
    """What moments are rated in: "affect" where touchpoints carry it, else "csat"."""
    if "metric" not in feedback.columns:
        return "csat"
    rated = at_touchpoints(of_metric(feedback, "affect"))
    found = not isinstance(rated, Missing) and int(collect(rated.agg(n=rated.count())).n.iloc[0])
    return "affect" if found else "csat"


def rated_moments(
    feedback: LazyTable | Missing,
    *,
    interactions: LazyTable | Missing | None = None,
    touchpoints: LazyTable | Missing | None = None,
    stages: Sequence[str] = (),
) -> LazyTable | Missing:
    """The rated moments of each journey in their order, one row per moment. Lazy.

    Columns: `key` (journey, else customer), `cluster` (customer, else journey), `touchpoint_id`,
    `x` (0–1 on its scale), `place` (from 1), `moments` (of the journey), `metric` ("affect" where
    touchpoints carry it, else "csat") and `ordered_by`, where the order comes from: "clock" (the
    ratings' own times, where they differ within journeys), "log" (the last time the interaction
    log shows the journey at the touchpoint) or "stages" (the inventory's order of stages). Ratings
    of one touchpoint without a clock of their own are averaged; moments without a place in the
    order are left out.
    """
    if isinstance(feedback, Missing):
        return feedback
    key = journey_key(feedback)
    if key is None or not {"touchpoint_id", "score"} <= set(feedback.columns):
        return NO_MEMORY
    metric = memory_metric(feedback)
    rated = at_touchpoints(with_position(of_metric(feedback, metric)))
    rated = rated.filter(rated[key].notnull())
    cluster = rated.customer_id if "customer_id" in rated.columns else rated[key]
    rated = rated.mutate(key=rated[key], cluster=cluster.coalesce(rated[key]))
    ordered = _ordered(rated, key, interactions, touchpoints, stages)
    if ordered is None:
        return Missing("interactions", ("ts",))
    placed, source = ordered
    journey = window(group_by=placed.key)
    line = window(group_by=placed.key, order_by=[placed.clock, placed.touchpoint_id])
    return placed.mutate(
        place=row_number().over(line) + 1,
        moments=placed.count().over(journey),
        metric=literal(metric),
        ordered_by=literal(source),
    ).drop("clock")


def _ordered(
    rated: LazyTable,
    key: str,
    interactions: LazyTable | Missing | None,
    touchpoints: LazyTable | Missing | None,
    stages: Sequence[str],
) -> tuple[LazyTable, str] | None:
    """The moments with a `clock` to order them by and its source; None where nothing orders."""
    if _has_clock(rated):
        timed = rated.filter(rated.ts.notnull())
        return timed.select("key", "cluster", "touchpoint_id", "x", clock=timed.ts), "clock"
    once = rated.group_by("key", "touchpoint_id").agg(cluster=rated.cluster.min(), x=rated.x.mean())
    if interactions is not None and not isinstance(interactions, Missing):
        clock = next((name for name in ("ts", "seq") if name in interactions.columns), None)
        if clock and key in interactions.columns:
            known = interactions.filter(interactions[clock].notnull())
            last = known.group_by(key=known[key], touchpoint_id=known.touchpoint_id).agg(
                clock=known[clock].max()
            )
            return once.inner_join(last, ["key", "touchpoint_id"]), "log"
    if touchpoints is None or isinstance(touchpoints, Missing) or not stages:
        return None
    if "stage_id" not in touchpoints.columns:
        return None
    places = [(touchpoints.stage_id == stage, number) for number, stage in enumerate(stages)]
    staged = touchpoints.select("touchpoint_id", clock=cases(*places))
    return once.inner_join(staged.filter(staged.clock.notnull()), "touchpoint_id"), "stages"


def _has_clock(rated: LazyTable) -> bool:
    """Whether ratings carry times that differ within most journeys of several ratings."""
    if "ts" not in rated.columns:
        return False
    each = rated.group_by("key").agg(n=rated.count(), times=rated.ts.nunique())
    several = each.filter(each.n > 1)
    apart = cases((several.times > 1, 1.0), else_=0.0)
    share = collect(several.agg(share=apart.mean())).share.iloc[0]
    return bool(share is not None and share > 0.5)


def remembered_journeys(
    feedback: LazyTable | Missing,
    *,
    interactions: LazyTable | Missing | None = None,
    touchpoints: LazyTable | Missing | None = None,
    stages: Sequence[str] = (),
    min_moments: int = 3,
) -> LazyTable | Missing:
    """Each journey's peak, end, mean and trend beside what was remembered. Lazy.

    One row per journey with at least `min_moments` rated moments and a score of the whole.
    Columns: `key`, `cluster`, `moments`; `mean`, `peak`, `end`, `peak_end` = (peak + end) / 2 in
    0–1 of the scale; `trend`, the least-squares slope per moment; `remembered`, the score of the
    whole (the same metric, else csat) in 0–1; `w1`, its weight; `metric`, `ordered_by`.
    The peak is the most extreme moment: farthest from the middle of an affect scale, and where
    only satisfaction was asked farthest from the mean of all moments; of two as extreme the
    earlier. Source: Fredrickson & Kahneman 1993; Kahneman et al. 1993.
    """
    moments = rated_moments(
        feedback, interactions=interactions, touchpoints=touchpoints, stages=stages
    )
    if isinstance(moments, Missing):
        return moments
    several = moments.filter(moments.moments >= min_moments)
    ranked = with_extremity(several)
    features = ranked.group_by("key").agg(
        cluster=ranked.cluster.min(),
        moments=ranked.moments.max(),
        mean=ranked.x.mean(),
        peak=cases((ranked.extremity == 0, ranked.x)).max(),
        end=cases((ranked.place == ranked.moments, ranked.x)).max(),
        trend=ranked.x.cov(ranked.place, how="pop") / ranked.place.cast("float64").var(how="pop"),
        metric=ranked.metric.min(),
        ordered_by=ranked.ordered_by.min(),
    )
    features = features.mutate(peak_end=(features.peak + features.end) / 2)
    return features.inner_join(_memories(feedback, several), "key")


def with_extremity(moments: LazyTable) -> LazyTable:
    """Rated moments with the `neutral` level and `extremity`, 0 for a journey's peak. Lazy."""
    usual = moments.x.mean().over(window())
    known = moments.mutate(neutral=cases((moments.metric == "affect", 0.5), else_=usual))
    known = known.mutate(distance=(known.x - known.neutral).abs().round(9))
    order = [known.distance.desc(), known.place]
    return known.mutate(extremity=row_number().over(window(group_by=known.key, order_by=order)))


def _memories(feedback: LazyTable, moments: LazyTable) -> LazyTable:
    """The score of the whole per journey: in the moments' metric where anybody gave one."""
    key = journey_key(feedback)
    whole = with_weights(with_position(overall(feedback)))
    whole = whole.filter(whole[key].notnull())
    own = of_metric(whole, memory_metric(feedback))
    asked = int(collect(own.agg(n=own.count())).n.iloc[0])
    chosen = own if asked else of_metric(whole, "csat")
    return chosen.group_by(key=chosen[key]).agg(remembered=chosen.x.mean(), w1=chosen.w1.mean())


def memory_bins(
    journeys: LazyTable | Missing,
    *,
    rule: str = "peak_end",
    scale: tuple[float, float] = (1, 5),
    bins: int = 8,
) -> pd.DataFrame | Missing:
    """The remembered whole by one rule's value, one row per group of journeys of like value.

    Reads `remembered_journeys`. Columns out: `place` (from 1, lowest first); `x`, the mean of
    the rule; `score`, the mean remembered whole with `score_lo`, `score_hi` (95 %, t); both on
    −2…2 for affect, else on `scale`; the trend in points per moment; `n` journeys; `rule`,
    `metric`, `method`. Groups are of about equal size; equal values stay together.
    """
    if isinstance(journeys, Missing):
        return journeys
    value = journeys[rule].round(9)
    known = journeys.mutate(value=value).filter(value.notnull())
    share = known.value.percent_rank()
    cut = known.mutate(bin=(share * bins).floor().clip(upper=bins - 1))
    table = collect(
        cut.group_by("bin").agg(
            n=cut.count(), x=cut.value.mean(), mean=cut.remembered.mean(),
            var=cut.remembered.var(), metric=cut.metric.min(),
        )
    ).sort_values("bin", ignore_index=True)  # fmt: skip
    if table.empty:
        return NO_MEMORY
    low, high = (-2.0, 2.0) if table.metric.iloc[0] == "affect" else scale
    span = high - low
    lo, hi = mean_interval(table["mean"], table["var"], table.n)
    return pd.DataFrame(
        {
            "place": range(1, len(table) + 1),
            "x": span * table.x + (0 if rule == "trend" else low),
            "score": low + span * table["mean"],
            "score_lo": np.clip(low + span * lo, low, high),
            "score_hi": np.clip(low + span * hi, low, high),
            "n": table.n.astype(int),
            "rule": rule,
            "metric": table.metric,
            "method": "method_mean_t",
        }
    )
