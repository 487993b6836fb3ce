"""The brand: how far customers agree with what it claims, and whether it is one everywhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import fdtri

from keytouch.engine import LazyTable, Missing, collect, literal, needs, window
from keytouch.estimate import LEVEL, effective_n
from keytouch.reliability import scale_alphas
from keytouch.respondents import (
    MARGIN_SHARE,
    WHO,
    chance_far_below,
    combined,
    joint_means,
    respondent_means,
    t_interval,
    verdicts,
    with_respondent,
)
from keytouch.satisfaction import of_metric, scores

OVERALL = "overall"
Scale = tuple[float, float]


@needs("feedback", "score", "metric", "item")
def brand_image(feedback: LazyTable, *, scale: Scale = (1, 5), min_n: int = 30) -> pd.DataFrame:
    """How far customers agree with statements about the brand, one row per statement.

    Reads rows of metric "agreement". Columns out: `item`; `score` on `scale` with `_lo`, `_hi`
    (95 %, t); `rest_points`, its mean minus that of the other statements, each counting alike
    and answers of one person taken together, with `_lo`, `_hi` (95 %, t), and `p_far_behind`, the
    chance that this is below 0 by more than a tenth of the scale (all blank for one statement
    alone); `n`, `small`, `method`; and a last row "overall": the mean of each person's mean, with
    `cronbach_alpha` of all statements (Feldt's `_lo`, `_hi`; blank elsewhere) among those who
    answered every one. Lowest agreement first. Source: Cronbach 1951.
    """
    data = of_metric(feedback, "agreement")
    table = scores(data, by=("item",), metric="agreement", scale=scale, min_n=min_n)
    if table.empty:
        return Missing("feedback", ("agreement",))  # type: ignore[return-value]
    table = table[["item", "score", "score_lo", "score_hi", "n", "small", "method"]]
    known = with_respondent(data.filter(data.item.notnull()))
    if isinstance(known, Missing):
        return table
    known = known.mutate(dimension=literal(OVERALL))
    joint = joint_means(respondent_means(known, by=("metric",)), variables=("metric",))
    if not len(joint.keys):
        return table
    table = table.merge(_behind(known, scale, min_n), on="item", how="left")
    part = combined(joint, [{0: 1.0}], span=scale[1] - scale[0])
    ends = [np.clip(scale[0] + limit, *scale) for limit in (part.value, *t_interval(part))]
    whole = pd.DataFrame(dict(zip(("score", "score_lo", "score_hi"), ends)))
    alpha = scale_alphas(known)[["alpha", "alpha_lo", "alpha_hi"]].add_prefix("cronbach_")
    n = int(part.n.iloc[0])
    whole = whole.join(alpha).assign(item=OVERALL, n=n, small=n < min_n, method="method_brand")
    return pd.concat([table, whole], ignore_index=True)


def _behind(known: LazyTable, scale: Scale, min_n: int) -> pd.DataFrame:
    """Every statement against the others together."""
    joint = joint_means(respondent_means(known, by=("item",)), variables=("item",))
    names, span = joint.keys["item"].tolist(), scale[1] - scale[0]
    others = 1 / max(len(names) - 1, 1)
    parts: list[dict[int | None, float]] = [
        {k: 1.0 if k == own else -others for k in range(len(names))} for own in range(len(names))
    ]
    away = combined(joint, parts, span=span)
    away = away.assign(small=away.n < min_n)
    lo, hi = t_interval(away)
    chance = chance_far_below(away, MARGIN_SHARE * span)
    columns = ("rest_points", "rest_points_lo", "rest_points_hi", "p_far_behind")
    table = pd.DataFrame(dict(zip(columns, (away.value, lo, hi, chance))))
    return (table if len(names) > 1 else table * np.nan).assign(item=names)


def _scored(feedback: LazyTable, metric: str) -> LazyTable | Missing:
    """People's scores of the touchpoints, of those who scored at least two. Lazy."""
    known = with_respondent(of_metric(feedback, metric))
    if isinstance(known, Missing):
        return known
    means = respondent_means(known, by=("touchpoint_id",))
    own = window(group_by=WHO)
    means = means.mutate(places=means.count().over(own), total=means.x.sum().over(own))
    return means.filter(means.places > 1)


@needs("feedback", "score", "touchpoint_id")
def brand_consistency(
    feedback: LazyTable,
    *,
    metric: str = "csat",
    scale: Scale = (1, 5),
    margin: float | None = None,
    min_n: int = 30,
) -> pd.DataFrame:
    """Which touchpoints fall out of line with the rest of the brand, one row per touchpoint.

    Compares within people: a score minus the mean of the same person's other touchpoints, so a
    strict or a generous person changes nothing. Columns out: `touchpoint_id`; `deviation_points`
    on `scale` with `_lo`, `_hi` (95 %, t); `verdict`: "weaker", "stronger", "in_line" (the
    deviation is surely smaller than `margin`, 5 % of the scale unless given) or "unclear";
    `p_value`, `p_equal` (Benjamini–Hochberg), `margin`, `probability`; `n` people who scored it
    and another one; `small` (never judged), `method`. Weakest first. Our own addition.
    """
    known = _scored(feedback, metric)
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    away, w = known.x - (known.total - known.x) / (known.places - 1), known.w
    sums = collect(
        known.group_by("touchpoint_id").agg(
            n=known["rows"].sum(), w=w.sum(), ww=(w * known.w1).sum(),
            x=(w * away).sum(), xx=(w * away * away).sum(),
        )
    )  # fmt: skip
    if sums.empty:
        return Missing("feedback", ("touchpoint_id",))  # type: ignore[return-value]
    span = scale[1] - scale[0]
    n_eff, mean = effective_n(sums.w, sums.ww), sums.x / sums.w
    variance = np.fmax(sums.xx / sums.w - mean**2, 0) / np.where(n_eff > 1, n_eff - 1, np.nan)
    table = sums[["touchpoint_id"]].assign(
        value=span * mean, se=span * np.sqrt(variance), df=n_eff - 1,
        n=sums.n.round().astype(int), small=sums.n < min_n, method="method_brand_consistency",
    )  # fmt: skip
    lo, hi = t_interval(table)
    margin = MARGIN_SHARE * span if margin is None else margin
    table = verdicts(table, margin=margin, below="weaker", equal="in_line", above="stronger")
    table = table.rename(columns={"value": "deviation_points"}).drop(columns=["se", "df"])
    table = table.assign(deviation_points_lo=lo, deviation_points_hi=hi)
    return table.sort_values(["deviation_points", "touchpoint_id"]).reset_index(drop=True)


@needs("feedback", "score", "touchpoint_id")
def consistency_index(
    feedback: LazyTable, *, metric: str = "csat", scale: Scale = (1, 5)
) -> pd.DataFrame:
    """How much one and the same customer meets the same quality everywhere, one row in all.

    Columns out: `consistency` (up to 1; with `_lo`, `_hi`, 95 %, F): the share of the variation of
    touchpoint scores that lies between customers and not within them, the one-way intraclass
    correlation. 1: every customer scores all touchpoints alike; 0 or less: touchpoints differ
    within a customer as much as among strangers. `within_sd`, `between_sd` in points of `scale`;
    `answers`; `n` people who scored at least two touchpoints; `method`. A customer's general mood
    raises it (halo): compare it over time or between brands, don't read it alone. Weights are
    ignored; with unequal numbers of answers the interval is approximate.
    Source: our own use of Shrout & Fleiss 1979, ICC(1).
    """
    known = _scored(feedback, metric)
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    people = known.group_by(WHO).agg(k=known.count(), s=known.x.sum(), q=(known.x**2).sum())
    row = collect(
        people.agg(
            n=people.count(), answers=people.k.sum(), kk=(people.k**2).sum(), s=people.s.sum(),
            q=people.q.sum(), fit=(people.s**2 / people.k).sum(),
        )
    ).iloc[0].fillna(0)  # fmt: skip
    n, answers = int(row.n), int(row.answers)
    if n < 2:
        return Missing("feedback", ("touchpoint_id",))  # type: ignore[return-value]
    within = max(row.q - row.fit, 0.0) / (answers - n)
    between = max(row.fit - row.s**2 / answers, 0.0) / (n - 1)
    each = (answers - row.kk / answers) / (n - 1)
    ratio = between / within if within > 1e-12 else np.inf
    tails = [fdtri(n - 1, answers - n, p) for p in ((1 + LEVEL) / 2, (1 - LEVEL) / 2)]
    value, lo, hi = (_icc(f, each) for f in (ratio, *(ratio / tail for tail in tails)))
    span = scale[1] - scale[0]
    values = {"consistency": value, "consistency_lo": lo, "consistency_hi": hi}
    values |= {"within_sd": span * np.sqrt(within)}
    values |= {"between_sd": span * np.sqrt(max(between - within, 0) / each)}
    return pd.DataFrame([values | {"answers": answers, "n": n, "method": "method_consistency"}])


def _icc(ratio: float, each: float) -> float:
    return 1.0 if np.isinf(ratio) else float((ratio - 1) / (ratio + each - 1))
