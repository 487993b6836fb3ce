"""What customers score: CSAT, NPS, CES and mean scores, each with its interval.

Every measure reads the canonical `feedback` table. Only answered rows count; blank, not used
and don't know are reported beside them. A row with `n` counts n times; `weight` weights it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, cases, collect, literal, needs
from keytouch.estimate import (
    check_nps_scale,
    nps_interval,
    place_interval,
    wilson,
)
from keytouch.weighted import (
    indicator,
    mean_sums,
    means_of,
    sum_names,
    with_unit,
    with_weights,
)

TOP_BOX = 0.75
FULL = 0.9  # a period is whole from this share of its days on
UNEQUAL = 1.005  # a design effect that is worth a column
SUMS = [*sum_names(("x", "top", "low", "pro", "det"))[1:], "from", "to"]


def overall(feedback: LazyTable | Missing) -> LazyTable | Missing:
    """The feedback that is about the whole: rows without a touchpoint."""
    if isinstance(feedback, Missing):
        return feedback
    if "touchpoint_id" not in feedback.columns:
        return feedback
    return feedback.filter(feedback.touchpoint_id.isnull())


def at_touchpoints(feedback: LazyTable | Missing) -> LazyTable | Missing:
    """The feedback that is about one touchpoint; Missing where none says which."""
    if isinstance(feedback, Missing):
        return feedback
    if "touchpoint_id" not in feedback.columns:
        return Missing("feedback", ("touchpoint_id",))
    return feedback.filter(feedback.touchpoint_id.notnull())


def of_metric(feedback: LazyTable, metric: str) -> LazyTable:
    """The rows of one metric; without a metric column every score is a CSAT score."""
    if "metric" not in feedback.columns:
        return feedback if metric == "csat" else feedback.filter(literal(False))
    return feedback.filter(feedback.metric == metric)


def with_position(feedback: LazyTable) -> LazyTable:
    """Answered rows with `x`, the score's place on its own scale from 0 to 1."""
    span = feedback.scale_hi.cast("float64") - feedback.scale_lo.cast("float64")
    place = (feedback.score.cast("float64") - feedback.scale_lo.cast("float64")) / span
    answered = (feedback.status == "answered") & feedback.score.notnull()
    return feedback.mutate(x=place).filter(answered)


def whole_scores(feedback: LazyTable | Missing, key: str) -> LazyTable | Missing:
    """The overall satisfaction of each journey, one row per `key`: `x` in 0–1, `w1`. Lazy."""
    if isinstance(feedback, Missing):
        return feedback
    if not {key, "score", "status"} <= set(feedback.columns):
        return Missing("feedback", (key, "score"))
    whole = with_weights(with_position(of_metric(overall(feedback), "csat")))
    whole = whole.filter(whole[key].notnull())
    return whole.group_by(key=whole[key]).agg(x=whole.x.mean(), w1=whole.w1.mean())


def grouped_by(feedback: LazyTable, by: Sequence[str]) -> LazyTable | Missing:
    """The rows whose group is known; Missing where the data lack a grouping column."""
    lacking = tuple(column for column in by if column not in feedback.columns)
    if lacking:
        return Missing("feedback", lacking)
    for column in by:
        feedback = feedback.filter(feedback[column].notnull())
    return feedback


def score_sums(feedback: LazyTable, *, by: Sequence[str], top_box: float = TOP_BOX) -> LazyTable:
    """The sums that every score KPI and its interval need, one row per group (lazy).

    Scores are places on their own scale (0–1), so that groups with different scales add up.
    """
    data = with_unit(with_weights(with_position(feedback)))
    values = {
        "x": data.x,
        "top": indicator(data.x >= top_box),
        "low": indicator(data.x <= 1 - top_box),
        "pro": indicator(data.score >= 9),
        "det": indicator(data.score <= 6),
    }
    ends = {"from": data.scale_lo.max(), "to": data.scale_hi.max()}
    return mean_sums(data, values, by=by, **ends)


def _means(table: pd.DataFrame, scale: tuple[float, float]) -> pd.DataFrame:
    """Mean score with its t interval on the client's scale."""
    lo, span = scale[0], scale[1] - scale[0]
    means = means_of(table)
    low, high = place_interval(means.mean, means.variance, means.n_eff)
    return table.assign(
        score=lo + span * means.mean,
        score_lo=lo + span * low,
        score_hi=lo + span * high,
        score_sd=span * np.sqrt(means.variance),
    )


def _judged(
    table: pd.DataFrame, value: str, *, by: Sequence[str], order: str, min_n: int
) -> pd.DataFrame:
    """The finished table: what small means, what weights and repeats cost, in order."""
    n_eff = means_of(table, value).n_eff
    effect = np.divide(table.n, n_eff, out=np.full(len(table), np.nan), where=n_eff > 0)
    if (effect > UNEQUAL).any():
        table = table.assign(design_effect=effect)
    table = table.assign(n=table.n.astype(int), small=table.n < min_n, min_n=min_n)
    return table.drop(columns=SUMS).sort_values([order, *by]).reset_index(drop=True)


def _share(table: pd.DataFrame, part: str, name: str) -> pd.DataFrame:
    """The weighted share of one of the sums, with its Wilson interval."""
    means = means_of(table, part)
    share = np.clip(means.mean, 0, 1)
    lo, hi = wilson(share, means.n_eff)
    return table.assign(**{name: share, f"{name}_lo": lo, f"{name}_hi": hi})


@needs("feedback", "score")
def scores(
    feedback: LazyTable,
    *,
    by: Sequence[str] = ("touchpoint_id",),
    metric: str = "csat",
    scale: tuple[float, float] = (1, 5),
    min_n: int = 1,
) -> pd.DataFrame:
    """Mean score and top- and low-box shares, one row per group.

    Columns out: the `by` columns; `score` on `scale` with `score_lo`, `score_hi` (95 %, t) and
    `score_sd`; `top_rate` and `low_rate` in 0–1 with `_lo`, `_hi` (95 %, Wilson: the share of
    answers in the top and bottom quarter of the scale, 4–5 and 1–2 of five); `n` answers;
    `small` where n < `min_n`, and that `min_n`; `design_effect` (variance compared with
    as many unrelated, equally weighted answers) where weights or repeats cost any; `method`.
    Blank, not used and don't know don't count. Groups without an answer are left out; rows
    whose group is blank are too. Weights, and several answers of one customer, widen the
    intervals (see `weighted`).
    Sorted by score, lowest first; ties by group.
    """
    known = grouped_by(feedback, by)
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    table = collect(score_sums(of_metric(known, metric), by=by))
    table = table[table.n > 0]
    table = _share(_share(_means(table, scale), "top", "top_rate"), "low", "low_rate")
    table = table.assign(method="method_mean_t")
    return _judged(table, "x", by=by, order="score", min_n=min_n)


@needs("feedback", "score")
def nps(
    feedback: LazyTable, *, by: Sequence[str] = (), min_n: int = 1, adjusted: bool = True
) -> pd.DataFrame:
    """Net promoter score, one row per group (one row in all without `by`).

    Columns out: the `by` columns; `nps` in points (−100…100) with `nps_lo`, `nps_hi` (95 %,
    adjusted Wald; plain Wald with `adjusted=False`); `promoter_rate` (9–10), `detractor_rate`
    (0–6) in 0–1 with `_lo`, `_hi` (Wilson); `n`; `small` where n < `min_n`, and that `min_n`;
    `design_effect` (how many times the variance is that of
    as many unrelated, equally weighted answers) where weights or repeats cost anything; `method`.
    Reads rows of metric "nps". Raises DataError where their scale is not 0–10.
    Source: Reichheld 2003; Rocks 2016.
    """
    known = grouped_by(feedback, by)
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    table = collect(score_sums(of_metric(known, "nps"), by=by))
    table = table[table.n > 0]
    if len(table):
        check_nps_scale(float(table["from"].min()), float(table.to.max()))
    table = _share(_share(table, "pro", "promoter_rate"), "det", "detractor_rate")
    n_eff = np.fmin(means_of(table, "pro").n_eff, means_of(table, "det").n_eff)
    lo, hi = nps_interval(table.promoter_rate, table.detractor_rate, n_eff, adjusted=adjusted)
    table = table.assign(
        nps=100 * (table.promoter_rate - table.detractor_rate),
        nps_lo=lo,
        nps_hi=hi,
        method="method_nps_adjusted_wald" if adjusted else "method_nps_wald",
    )
    return _judged(table, "pro", by=by, order="nps", min_n=min_n)


@needs("feedback", "score")
def headline_kpis(feedback: LazyTable, *, scales: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """The client's headline figures from feedback about the whole, one row per KPI.

    KPIs: `csat` (share of answers in the top quarter of the scale, %), `csat_mean`, `nps`
    (points), `ces_rate` (share in the top quarter of the effort scale, 0–1), `ces_mean`.
    Columns out: `kpi`, `value`, `lo`, `hi`, `n`, `asked` (rows with any
    status), `answer_rate` in 0–1 (answered of asked) with `_lo`, `_hi` (Wilson), `method`.
    KPIs without an answer are left out.
    """
    whole = overall(feedback)
    rows = []
    for metric in ("csat", "nps", "ces"):
        asked = collect(with_weights(of_metric(whole, metric)).agg(rows=lambda t: t.rows.sum()))
        rows += _headline_rows(whole, metric, scales[metric], float(asked.rows.fillna(0).iloc[0]))
    table = pd.DataFrame(rows, columns=["kpi", "value", "lo", "hi", "n", "asked", "method"])
    rate = table.n / table.asked
    lo, hi = wilson(rate, table.asked)
    return table.assign(answer_rate=rate, answer_rate_lo=lo, answer_rate_hi=hi)


def _headline_rows(
    whole: LazyTable, metric: str, scale: tuple[float, float], asked: float
) -> list[tuple]:
    """The headline rows of one metric; none where nobody answered."""
    if metric == "nps":
        table = nps(whole)
        parts = [("nps", "nps", 1.0, "method_nps_adjusted_wald")]
    else:
        table = scores(whole, by=(), metric=metric, scale=scale)
        parts = [(f"{metric}_mean", "score", 1.0, "method_mean_t")]
        share = ("csat", 100.0) if metric == "csat" else (f"{metric}_rate", 1.0)
        parts.insert(0, (share[0], "top_rate", share[1], "method_wilson"))
    if table.empty or not table.n.iloc[0]:
        return []
    row = table.iloc[0]
    return [
        (
            kpi,
            factor * row[column],
            factor * row[f"{column}_lo"],
            factor * row[f"{column}_hi"],
            int(row.n),
            int(asked),
            method,
        )
        for kpi, column, factor, method in parts
    ]


@needs("feedback", "status")
def answer_status(
    feedback: LazyTable, *, by: Sequence[str] = ("touchpoint_id",), metric: str = "csat"
) -> pd.DataFrame:
    """Who answered questions of one metric and who did not, one row per group.

    Columns out: the `by` columns; `asked`; `answered`, `blank`, `not_used`, `dont_know` counts;
    `answer_rate` in 0–1 with `_lo`, `_hi` (Wilson): answered of asked; `n` = asked.
    """
    known = grouped_by(of_metric(feedback, metric), by)
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    data = with_weights(known)
    counts = {
        status: (data.rows * cases((data.status == status, 1.0), else_=0.0)).sum()
        for status in ("answered", "blank", "not_used", "dont_know")
    }
    table = collect(data.group_by(list(by)).agg(asked=data.rows.sum(), **counts))
    share = table.answered / table.asked
    lo, hi = wilson(share, table.asked)
    table = table.assign(answer_rate=share, answer_rate_lo=lo, answer_rate_hi=hi, n=table.asked)
    integers = ["asked", "answered", "blank", "not_used", "dont_know", "n"]
    table[integers] = table[integers].astype(int)
    return table.sort_values(list(by)).reset_index(drop=True)


@needs("feedback", "score", "ts")
def score_trend(
    feedback: LazyTable,
    *,
    every: str = "M",
    metric: str = "csat",
    scale: tuple[float, float] = (1, 5),
    min_n: int = 1,
) -> pd.DataFrame:
    """Mean overall score over time, one row per period (`every`: "D", "W", "M", "Q").

    Columns out: `period` (its first day), then as `scores`; `whole`: whether the dated overall
    answers span at least nine tenths of the period, so that the first and last month of an
    export aren't read as ordinary ones. Sorted by period.
    """
    dated = overall(feedback)
    dated = dated.filter(dated.ts.notnull()).mutate(period=dated.ts.truncate(every))
    table = scores(dated, by=("period",), metric=metric, scale=scale, min_n=min_n)
    table = table.sort_values("period").reset_index(drop=True)
    ends = collect(dated.agg(first=dated.ts.min(), last=dated.ts.max())).iloc[0]
    return table.assign(whole=_whole(table.period, ends["first"], ends["last"], every))


def _whole(
    periods: pd.Series, first: pd.Timestamp, last: pd.Timestamp, every: str
) -> pd.Series | bool:
    """Whether the time from the first to the last answer spans (nearly) all of a period."""
    if periods.empty:
        return False
    starts = pd.to_datetime(periods).dt.to_period(every).dt
    begin, end = starts.start_time, starts.end_time
    covered = end.clip(upper=pd.Timestamp(last)) - begin.clip(lower=pd.Timestamp(first))
    return covered / (end - begin) >= FULL
