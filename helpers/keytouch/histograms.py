"""Bootstrap from the histogram of scores: as fast for ten million answers as for ten.

To resample n answers with replacement is to draw a multinomial of the histogram, so that the
cost depends on how many different scores there are and not on how many answers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr, stdtrit

from keytouch.engine import LazyTable, Missing, collect, needs
from keytouch.estimate import LEVEL, NPS_SCALE, Estimate, check_nps_scale, effective_n
from keytouch.satisfaction import grouped_by, of_metric, with_position
from keytouch.weighted import with_weights

DRAWS = 1000


def bootstrap_mean(
    values: ArrayLike,
    weights: ArrayLike,
    *,
    n: float | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    level: float = LEVEL,
) -> Estimate:
    """The mean of a histogram with its expanded percentile bootstrap interval.

    `weights` say how many answers (or how much weight) each of the `values` has; `n` is the
    (effective) number of answers where the weights don't add up to it. The percentiles are
    widened by t and √(n/(n−1)), because plain ones are too narrow in small groups; below two
    answers there is no interval. Source: Hesterberg 2015, The American Statistician 69(4).

    >>> estimate = bootstrap_mean([1, 2, 3, 4, 5], [0, 0, 0, 50, 50])
    >>> estimate.value, estimate.lo < 4.5 < estimate.hi
    (4.5, True)
    """
    x, w = np.asarray(values, float), np.asarray(weights, float)
    total = w.sum()
    n = total if n is None else n
    if total <= 0:
        return Estimate(np.nan, np.nan, np.nan, 0, "method_bootstrap")
    mean, size = float(w @ x / total), int(round(n))
    if size < 2:
        return Estimate(mean, np.nan, np.nan, size, "method_bootstrap")
    sampled = np.random.default_rng(seed).multinomial(size, w / total, size=draws) @ x / size
    tail = float(ndtr(stdtrit(size - 1, (1 - level) / 2) * np.sqrt(size / (size - 1))))
    lo, hi = np.quantile(sampled, [tail, 1 - tail])
    return Estimate(mean, min(float(lo), mean), max(float(hi), mean), size, "method_bootstrap")


def bootstrap_nps(
    scores: ArrayLike,
    weights: ArrayLike,
    *,
    n: float | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    scale: tuple[float, float] = NPS_SCALE,
) -> Estimate:
    """The net promoter score, in points, of a histogram of 0–10 answers, as `bootstrap_mean`.

    Raises DataError for any scale but 0–10.

    >>> bootstrap_nps([0, 8, 10], [25, 25, 50]).value
    25.0
    """
    check_nps_scale(*scale)
    x = np.asarray(scores, float)
    return bootstrap_mean(100.0 * (x >= 9) - 100.0 * (x <= 6), weights, n=n, draws=draws, seed=seed)


@needs("feedback", "score")
def score_histogram(
    feedback: LazyTable, *, by: Sequence[str] = ("touchpoint_id",), metric: str = "csat"
) -> pd.DataFrame:
    """How often each score was given, one row per group and score on its scale.

    Columns out: the `by` columns; `answer` (the score) with `scale_lo`, `scale_hi`; `n` answers;
    `w`, `ww` (sums of weights and of their squares). Only answered rows count.
    """
    known = grouped_by(feedback, by)
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    data = with_weights(with_position(of_metric(known, metric)))
    keys = [*by, "scale_lo", "scale_hi"]
    table = collect(
        data.group_by([*keys, data.score.name("answer")]).agg(
            n=data.rows.sum(), w=data.w.sum(), ww=(data.w * data.w1).sum()
        )
    )
    return table.sort_values([*by, "answer"]).reset_index(drop=True)


@needs("feedback", "score")
def bootstrap_scores(
    feedback: LazyTable,
    *,
    by: Sequence[str] = ("touchpoint_id",),
    metric: str = "csat",
    scale: tuple[float, float] = (1, 5),
    min_n: int = 1,
    seed: int = 1,
) -> pd.DataFrame:
    """Mean scores as `scores` gives them, with bootstrap intervals instead of Student's t.

    Columns out: the `by` columns; `score` on `scale` with `_lo`, `_hi` (95 %, 1,000 draws); `n`;
    `small` where n < `min_n`; `method`. Weights enter through Kish's effective n.
    Sorted by score, lowest first. It says the same as t where groups are large; where both
    differ much, the scores are so skewed that a mean says little.
    """
    table = score_histogram(feedback, by=by, metric=metric)
    if isinstance(table, Missing):
        return table
    place = (table.answer - table.scale_lo) / (table.scale_hi - table.scale_lo)
    table = table.assign(place=scale[0] + (scale[1] - scale[0]) * place)
    groups = table.groupby(list(by), sort=True) if by else [((), table)]
    rows = []
    for keys, group in groups:
        size = float(effective_n(group.w.sum(), group.ww.sum()))
        estimate = bootstrap_mean(group.place, group.w, n=size, seed=seed)
        cells = estimate.columns("score") | {"n": int(group.n.sum())}
        rows.append({**dict(zip(by, keys)), **cells})
    result = pd.DataFrame(rows)
    result = result.assign(small=result.n < min_n, min_n=min_n)
    return result.sort_values(["score", *by]).reset_index(drop=True)
