"""What customers score: CSAT, NPS, CES and mean scores, each with its interval.

Every measure reads the canonical `feedback` table. Only answered rows count; blank, not used
and don't know are reported beside them. A row with `n` counts n times; `weight` weights it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, cases, collect, literal, needs
from keytouch.estimate import effective_n, mean_interval, nps_interval, wilson

TOP_BOX = 0.75
SUMS = ("n", "w", "ww", "wx", "wxx", "w_top", "w_low", "w_pro", "w_det")


def with_weights(data: LazyTable) -> LazyTable:
    """Add `rows` (how many answers a row stands for) and `w` (their weight) to any table."""
    rows = data.n.cast("float64") if "n" in data.columns else literal(1.0)
    weight = data.weight.cast("float64") if "weight" in data.columns else literal(1.0)
    return data.mutate(rows=rows.fill_null(1.0), w1=weight.fill_null(0.0)).mutate(
        w=lambda t: t.rows * t.w1
    )


def weight_where(data: LazyTable, condition: Any) -> Any:
    """The weight of the rows that meet a condition (0, not null, where none does)."""
    return (data.w * cases((condition, 1.0), else_=0.0)).sum()


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
    data = with_weights(with_position(feedback))
    x, w = data.x, data.w
    sums = {
        "n": data.rows.sum(),
        "w": w.sum(),
        "ww": (w * data.w1).sum(),
        "wx": (w * x).sum(),
        "wxx": (w * x * x).sum(),
        "w_top": weight_where(data, x >= top_box),
        "w_low": weight_where(data, x <= 1 - top_box),
        "w_pro": weight_where(data, data.score >= 9),
        "w_det": weight_where(data, data.score <= 6),
    }
    return data.group_by(list(by)).agg(**sums) if by else data.agg(**sums)


def _means(table: pd.DataFrame, scale: tuple[float, float]) -> pd.DataFrame:
    """Mean score with its t interval on the client's scale."""
    lo, span = scale[0], scale[1] - scale[0]
    n_eff = effective_n(table.w, table.ww)
    mean = np.divide(table.wx, table.w, out=np.full(len(table), np.nan), where=table.w > 0)
    spread = np.divide(table.wxx, table.w, out=np.full(len(table), np.nan), where=table.w > 0)
    variance = np.fmax(spread - mean**2, 0) * n_eff / np.fmax(n_eff - 1, 1)
    low, high = mean_interval(mean, variance, n_eff)
    return table.assign(
        score=lo + span * mean,
        score_lo=np.clip(lo + span * low, *scale),
        score_hi=np.clip(lo + span * high, *scale),
        score_sd=span * np.sqrt(variance),
    )


def _share(table: pd.DataFrame, part: str, name: str) -> pd.DataFrame:
    """The weighted share of one of the sums, with its Wilson interval."""
    share = np.divide(table[part], table.w, out=np.full(len(table), np.nan), where=table.w > 0)
    lo, hi = wilson(share, effective_n(table.w, table.ww))
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
    `small` where n < `min_n`; `method`.
    Blank, not used and don't know don't count. Groups without an answer are left out; rows
    whose group is blank are too. Weights enter through Kish's effective n.
    Sorted by score, lowest first; ties by group.
    """
    known = grouped_by(feedback, by)
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    table = collect(score_sums(of_metric(known, metric), by=by))
    table = table[table.n > 0]
    table = _share(_share(_means(table, scale), "w_top", "top_rate"), "w_low", "low_rate")
    table = table.assign(n=table.n.astype(int), small=table.n < min_n, method="method_mean_t").drop(
        columns=list(SUMS[1:])
    )
    return table.sort_values(["score", *by]).reset_index(drop=True)


@needs("feedback", "score")
def nps(feedback: LazyTable, *, by: Sequence[str] = (), min_n: int = 1) -> pd.DataFrame:
    """Net promoter score, one row per group (one row in all without `by`).

    Columns out: the `by` columns; `nps` in points (−100…100) with `nps_lo`, `nps_hi` (95 %,
    adjusted Wald); `promoter_rate` (9–10), `detractor_rate` (0–6) in 0–1; `n`; `small`; `method`.
    Reads rows of metric "nps", which intake accepts only on a 0–10 scale.
    Source: Reichheld 2003; Rocks 2016.
    """
    known = grouped_by(feedback, by)
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    table = collect(score_sums(of_metric(known, "nps"), by=by))
    table = table[table.n > 0]
    promoters, detractors = table.w_pro / table.w, table.w_det / table.w
    lo, hi = nps_interval(promoters, detractors, effective_n(table.w, table.ww))
    table = table.assign(
        nps=100 * (promoters - detractors),
        nps_lo=lo,
        nps_hi=hi,
        promoter_rate=promoters,
        detractor_rate=detractors,
        n=table.n.astype(int),
        small=table.n < min_n,
        method="method_nps_adjusted_wald",
    ).drop(columns=list(SUMS[1:]))
    return table.sort_values(["nps", *by]).reset_index(drop=True)


@needs("feedback", "score")
def headline_kpis(feedback: LazyTable, *, scales: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """The client's headline figures from feedback about the whole, one row per KPI.

    KPIs: `csat` (share of answers in the top quarter of the scale, %), `csat_mean`, `nps`
    (points), `ces_mean`. Columns out: `kpi`, `value`, `lo`, `hi`, `n`, `asked` (rows with any
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
        if metric == "csat":
            parts.insert(0, ("csat", "top_rate", 100.0, "method_wilson"))
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
def answer_status(feedback: LazyTable, *, by: Sequence[str] = ("touchpoint_id",)) -> pd.DataFrame:
    """Who answered and who did not, one row per group.

    Columns out: the `by` columns; `asked`; `answered`, `blank`, `not_used`, `dont_know` counts;
    `answer_rate` in 0–1 with `_lo`, `_hi` (Wilson): answered of asked; `n` = asked.
    """
    known = grouped_by(feedback, by)
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

    Columns out: `period` (its first day), then as `scores`. Sorted by period.
    """
    whole = overall(feedback)
    dated = whole.filter(whole.ts.notnull()).mutate(period=whole.ts.truncate(every))
    table = scores(dated, by=("period",), metric=metric, scale=scale, min_n=min_n)
    return table.sort_values("period").reset_index(drop=True)
