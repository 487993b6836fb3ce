"""What goes along with overall satisfaction, and what remains when the rest is held fixed.

A correlation alone misleads: customers in a good mood score everything high, so a touchpoint
without any effect correlates with the whole (a halo). The partial coefficient asks how much the
overall score moves with one touchpoint while the others stay as they are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, collect, literal, needs, union
from keytouch.estimate import correlation_interval, effective_n
from keytouch.satisfaction import at_touchpoints, of_metric, overall, with_position, with_weights

WHOLE = "(overall)"
FLOOR = 1e-3
DRAWS, SEED, TOP = 4000, 1, 3


def journey_key(data: LazyTable) -> str | None:
    """The column that says which rows belong to one journey: journey_id, else customer_id."""
    return next((name for name in ("journey_id", "customer_id") if name in data.columns), None)


def answers_by_respondent(feedback: LazyTable, *, metric: str = "csat") -> LazyTable | Missing:
    """One row per respondent and touchpoint, the overall answer as touchpoint "(overall)". Lazy.

    Columns: `key`, `item`, `x` in 0–1 (the mean where somebody answered twice), `w`, `w1`.
    A respondent is a journey where feedback carries journey_id, else a customer.
    """
    key = journey_key(feedback)
    if key is None or "touchpoint_id" not in feedback.columns:
        return Missing("feedback", ("customer_id",))
    scored = with_weights(with_position(feedback))
    scored = scored.filter(scored[key].notnull())
    parts = at_touchpoints(scored)
    if "metric" in scored.columns:
        parts = parts.filter(parts.metric == "csat")
    whole = of_metric(overall(scored), metric)

    def tall(data: LazyTable, item: object) -> LazyTable:
        grouped = data.group_by(key=data[key], item=item)
        return grouped.agg(x=data.x.mean(), w=data.w.mean(), w1=data.w1.mean())

    return union(tall(parts, parts.touchpoint_id), tall(whole, literal(WHOLE)))


def comoments(answers: LazyTable) -> pd.DataFrame:
    """Sums over respondents who answered both items, one row per ordered pair of items.

    Columns: `a`, `b`, `n`, `sw`, `ww`, `sa`, `sb`, `saa`, `sbb`, `sab`.
    """
    left = answers.rename(a="item", xa="x")
    right = answers.select("key", b="item", xb="x")
    both = left.join(right, "key")
    w, xa, xb = both.w, both.xa, both.xb
    return collect(
        both.group_by("a", "b").agg(
            n=both.count(),
            sw=w.sum(),
            ww=(w * both.w1).sum(),
            sa=(w * xa).sum(),
            sb=(w * xb).sum(),
            saa=(w * xa * xa).sum(),
            sbb=(w * xb * xb).sum(),
            sab=(w * xa * xb).sum(),
        )
    )


@needs("feedback", "score", "touchpoint_id")
def importance(feedback: LazyTable, *, metric: str = "csat", min_n: int = 30) -> pd.DataFrame:
    """How much each touchpoint's score says about the overall score, one row per touchpoint.

    Columns out: `importance`, the standardised partial coefficient (overall SD per SD of the
    touchpoint, the others held fixed) with `_lo`, `_hi` (95 %, normal); `correlation` −1…1 with
    `_lo`, `_hi` (Fisher z); `slope` (the partial coefficient in shares of both scales) with
    `slope_se`; `p_top`, the chance to be among the three strongest (4,000 draws); `n`
    respondents who answered it and the overall question; `small` where n < `min_n`; `method`.
    Sorted by importance.
    Missing answers: every pair of items uses those who answered both (pairwise); a pair with
    fewer than `min_n` takes the mean correlation of the others; a matrix that is not positive
    definite is mended by its eigenvalues. Touchpoints without variation or with fewer than 10
    pairs are left out. Neither column proves a cause.
    """
    answers = answers_by_respondent(feedback, metric=metric)
    if isinstance(answers, Missing):
        return answers  # type: ignore[return-value]
    pairs = comoments(answers)
    pairs = pairs.assign(n_eff=effective_n(pairs.sw, pairs.ww))
    items = _usable(pairs)
    if not items:
        return Missing("feedback", ("touchpoint_id", "score"))  # type: ignore[return-value]
    table = _partial(pairs, items, min_n)
    order = ["importance", "touchpoint_id"]
    return table.sort_values(order, ascending=[False, True]).reset_index(drop=True)


def _moments(pairs: pd.DataFrame) -> pd.DataFrame:
    """Correlation and both standard deviations of each pair."""
    ma, mb = pairs.sa / pairs.sw, pairs.sb / pairs.sw
    va = np.fmax(pairs.saa / pairs.sw - ma**2, 0)
    vb = np.fmax(pairs.sbb / pairs.sw - mb**2, 0)
    scale = np.sqrt(va * vb)
    cov = pairs.sab / pairs.sw - ma * mb
    r = np.divide(cov, scale, out=np.full(len(pairs), np.nan), where=scale > 1e-9)
    return pairs.assign(r=np.clip(r, -1, 1), sd_a=np.sqrt(va), sd_b=np.sqrt(vb))


def _usable(pairs: pd.DataFrame) -> list[str]:
    """The touchpoints that vary and were answered beside the overall question."""
    moments = _moments(pairs)
    beside = moments[(moments.b == WHOLE) & (moments.a != WHOLE)]
    return sorted(beside[(beside.n >= 10) & beside.r.notna()].a)


def _partial(pairs: pd.DataFrame, items: list[str], min_n: int) -> pd.DataFrame:
    """Partial coefficients from the pairwise correlation matrix, with their standard errors."""
    moments = _moments(pairs).set_index(["a", "b"])
    matrix = _matrix(moments, items, min_n)
    beside = moments.xs(WHOLE, level="b").loc[items]
    r = beside.r.to_numpy()
    inverse = np.linalg.inv(matrix)
    beta = inverse @ r
    left = float(np.clip(1 - r @ beta, 0.01, 1))
    n_eff = beside.n_eff.to_numpy()
    error = np.sqrt(left * np.diag(inverse) / np.fmax(n_eff - len(items) - 1, 2))
    lo, hi = correlation_interval(r, n_eff)
    ratio = (beside.sd_b / beside.sd_a).to_numpy()
    draws = beta + error * np.random.default_rng(SEED).standard_normal((DRAWS, len(items)))
    strongest = np.argsort(-draws, axis=1, kind="stable")[:, :TOP]
    return pd.DataFrame(
        {
            "touchpoint_id": items,
            "importance": beta,
            "importance_lo": beta - 1.96 * error,
            "importance_hi": beta + 1.96 * error,
            "correlation": r,
            "correlation_lo": lo,
            "correlation_hi": hi,
            "slope": beta * ratio,
            "slope_se": error * ratio,
            "p_top": [(strongest == k).any(axis=1).mean() for k in range(len(items))],
            "n": beside.n.to_numpy(int),
            "small": beside.n.to_numpy() < min_n,
            "method": "method_partial",
        }
    )


def _matrix(moments: pd.DataFrame, items: list[str], min_n: int) -> np.ndarray:
    """The correlations among touchpoints, positive definite."""
    known = moments.r.where(moments.n >= min_n).unstack("b").reindex(index=items, columns=items)
    matrix = known.to_numpy(copy=True)
    np.fill_diagonal(matrix, np.nan)
    typical = float(np.nanmean(matrix)) if np.isfinite(matrix).any() else 0.0
    matrix = np.where(np.isnan(matrix), typical, matrix)
    np.fill_diagonal(matrix, 1.0)
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    if values.min() >= FLOOR:
        return matrix
    mended = (vectors * np.fmax(values, FLOOR)) @ vectors.T
    scale = np.sqrt(np.diag(mended))
    return mended / np.outer(scale, scale)
