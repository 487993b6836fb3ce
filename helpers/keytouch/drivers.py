"""What goes along with overall satisfaction, and what remains when the rest is held fixed.

A correlation alone misleads: customers in a good mood score everything high, so a touchpoint
without any effect correlates with the whole (a halo). Three readings stand side by side - the
correlation, the share of explained variance, and the effect with the others held fixed - and a
verdict says whether they can be told apart from what a halo alone would give.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from keytouch.engine import LazyTable, Missing, needs
from keytouch.estimate import LEVEL
from keytouch.fits import Fit, fit, influence
from keytouch.resample import (
    WHOLE,
    Sums,
    answers_by_respondent,
    bucket_sums,
    journey_key,
    resampled,
    usable,
)
from keytouch.variance_shares import EXACT, johnson, weights_of
from keytouch.verdicts import chance, chance_of_all, flipped, halo_weights, verdicts

__all__ = ["WHOLE", "Draws", "answers_by_respondent", "driver_draws", "importance", "journey_key"]

Floats = NDArray[np.float64]
TOP, TINY = 3, 1e-12


@dataclass(frozen=True)
class Reading:
    """The driver model's numbers, touchpoints last: [p], or [draws, p] over a bootstrap.

    `slope`: overall points per touchpoint point (both on shares of their scale, so the same
    number on any scale), the others held fixed. `importance`: the same in SD, among those who
    used the touchpoint. `correlation` with the overall answer and mean `score` (0–1) and `sd`
    among them too. `lmg`, `johnson`: shares of `r2` in 0–1, over everybody - who did not use a
    touchpoint counts as unmoved by it, so these shares have reach in them.
    """

    slope: Floats
    importance: Floats
    correlation: Floats
    score: Floats
    sd: Floats
    r2: Floats
    model: Fit = field(repr=False)

    @cached_property
    def lmg(self) -> Floats:
        return _parts(weights_of(self.model.R, self.model.r)[0])

    @cached_property
    def johnson(self) -> Floats:
        return _parts(johnson(self.model.R, self.model.r))


def _parts(weights: Floats) -> Floats:
    """Weights as shares of their sum."""
    return weights / np.fmax(weights.sum(axis=-1, keepdims=True), TINY)


@dataclass(frozen=True)
class Draws:
    """The driver model at the data (`point`) and over one bootstrap of customers (`draws`).

    `n` [p]: respondents who scored the touchpoint and the whole. `customers`: how many resampled
    units. `method`: "method_lmg", or "method_johnson" where `lmg` holds Johnson's shares because
    the touchpoints are too many for the exact ones. `sums`, `model` (at the data) and `again`
    (each draw) are what they come from.
    """

    touchpoints: list[str]
    n: NDArray[np.int64]
    point: Reading
    draws: Reading
    customers: int
    method: str
    sums: Sums = field(repr=False)
    model: Fit = field(repr=False)
    again: Fit = field(repr=False)

    @property
    def t(self) -> float:
        """The Student quantile by which a bootstrap standard error becomes a 95 % interval."""
        return float(stdtrit(max(self.customers - len(self.n) - 1, 2), (1 + LEVEL) / 2))


@needs("feedback", "score", "touchpoint_id")
def driver_draws(
    feedback: LazyTable,
    *,
    metric: str = "csat",
    draws: int = 1000,
    seed: int = 1,
    min_n: int = 30,
) -> Draws | Missing:
    """The driver model and its bootstrap over customers: the same draws for every question.

    A touchpoint without variation, or scored beside the overall question by fewer than 10, is
    left out. Blank answers: every pair of items rests on the respondents whose state is known
    for both, a pair of fewer than `min_n` on the mean correlation of the others. Not used counts
    as a deviation of zero (see `fits`). Rows that carry a weight count by it.
    """
    return _drawn(feedback.op(), metric, draws, seed, min_n)


@lru_cache(maxsize=2)
def _drawn(feedback: Any, metric: str, draws: int, seed: int, min_n: int) -> Draws | Missing:
    """The same question is asked for importance, quadrants and keys: it is answered once."""
    sums = bucket_sums(feedback.to_expr(), metric=metric)
    if isinstance(sums, Missing):
        return sums
    return draws_of(sums, draws=draws, seed=seed, min_n=min_n)


def draws_of(sums: Sums, *, draws: int = 1000, seed: int = 1, min_n: int = 30) -> Draws | Missing:
    """The driver model and its bootstrap from sums of products."""
    items = usable(sums)
    if not items:
        return Missing("feedback", ("touchpoint_id", "score"))
    sums = sums.only(items)
    model = fit(sums.total(), sums.n_known, min_n=min_n)
    weights = resampled(sums.buckets, draws=draws, seed=seed)
    again = fit(sums.weighted(weights), sums.n_known, min_n=min_n)
    return Draws(
        touchpoints=items,
        n=sums.n[:-1, -1].astype(int),
        point=_reading(model.one()),
        draws=_reading(again),
        customers=sums.buckets,
        method="method_lmg" if len(items) <= EXACT else "method_johnson",
        sums=sums,
        model=model,
        again=again,
    )


def _reading(model: Fit) -> Reading:
    scale = model.whole_sd if np.ndim(model.whole_sd) == 0 else model.whole_sd[:, None]
    return Reading(
        slope=model.slope,
        importance=model.slope * model.sd / scale,
        correlation=model.correlation,
        score=model.score,
        sd=model.sd,
        r2=model.r2,
        model=model,
    )


@needs("feedback", "score", "touchpoint_id")
def importance(
    feedback: LazyTable,
    *,
    metric: str = "csat",
    min_n: int = 30,
    material: float = 0.2,
    draws: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """The driver triangle and its verdict, one row per touchpoint.

    Columns out, each with `_lo`, `_hi` (95 %): `importance`, the standardised partial coefficient
    (overall SD per SD of the touchpoint among those who used it, the others held fixed);
    `slope`, the same in overall points per point (with `slope_se`); `correlation` −1…1;
    `explained_share` in 0–1 of the explained variance (exact LMG, Johnson's relative weights for
    more than 16 touchpoints; over everybody, so that reach is in it); `shared_share` in 0–1, how
    much of its covariance with the whole a touchpoint shares with the others.
    `halo_share`: the explained share that its halo alone would give it (95 % upper bound);
    `vif`; `p_correlation` and `p_own`, the chance of a correlation, of an own effect, as strong
    where there is none, by sign flips (`p_own` over all touchpoints together: maxT);
    `p_material`, the chance that the slope is at least `material`; `p_top`, to be among the three
    strongest. `verdict`: "robust", "shared" or "noise" (see `verdicts`); `n` respondents who
    scored it and the whole; `small` where n < `min_n`; `r2`; `material`; `method`.
    Sorted by importance.
    Intervals: Student's t with the standard error of a bootstrap over customers (correlations on
    Fisher's z scale); weights: percentiles. Missing answers and not used: see `driver_draws`.
    No column proves a cause.
    """
    drawn = driver_draws(feedback, metric=metric, draws=draws, seed=seed, min_n=min_n)
    if isinstance(drawn, Missing):
        return drawn  # type: ignore[return-value]
    return importance_of(drawn, min_n=min_n, material=material, seed=seed)


def importance_of(
    drawn: Draws, *, min_n: int = 30, material: float = 0.2, seed: int = 1
) -> pd.DataFrame:
    """The table of `importance` from draws already made."""
    table = pd.DataFrame({"touchpoint_id": drawn.touchpoints, **_intervals(drawn)})
    table = table.assign(
        **_nulls(drawn, seed=seed),
        p_material=(drawn.draws.slope >= material).mean(axis=0),
        p_top=among_top(drawn.draws.importance),
        n=drawn.n,
        small=drawn.n < min_n,
        r2=float(drawn.point.r2),
        material=material,
        method=drawn.method.replace("method", "method_triangle"),
    )
    table["verdict"] = verdicts(
        p_own=table.p_own,
        p_correlation=table.p_correlation,
        slope=table.slope,
        slope_hi=table.slope_hi,
        weight=table.explained_share,
        weight_null=table.halo_share,
        material=material,
    )
    order = ["importance", "touchpoint_id"]
    return table.sort_values(order, ascending=[False, True]).reset_index(drop=True)


def _intervals(drawn: Draws) -> dict[str, Floats]:
    """The three readings with their intervals."""
    point, draws, t = drawn.point, drawn.draws, drawn.t
    columns: dict[str, Floats] = {}
    for name in ("importance", "slope"):
        value, half = getattr(point, name), t * getattr(draws, name).std(axis=0)
        columns |= {name: value, f"{name}_lo": value - half, f"{name}_hi": value + half}
    columns |= correlation_columns(drawn)
    lo, hi = np.quantile(draws.lmg, [0.025, 0.975], axis=0)
    columns |= {
        "explained_share": point.lmg,
        "explained_share_lo": np.fmin(lo, point.lmg),
        "explained_share_hi": np.fmax(hi, point.lmg),
    }
    return columns | _shared(drawn) | {"slope_se": draws.slope.std(axis=0)}


def _shared(drawn: Draws) -> dict[str, Floats]:
    """How much of a touchpoint's covariance with the whole is not its own, with percentiles."""
    one, draws = (
        np.clip(
            1 - np.divide(part.beta, part.r, out=np.zeros_like(part.r), where=part.r > 1e-9), 0, 1
        )
        for part in (drawn.model.one(), drawn.again)
    )
    lo, hi = np.quantile(draws, [0.025, 0.975], axis=0)
    return {
        "shared_share": one,
        "shared_share_lo": np.fmin(lo, one),
        "shared_share_hi": np.fmax(hi, one),
    }


def correlation_columns(drawn: Draws) -> dict[str, Floats]:
    """The correlations with their intervals on Fisher's z scale."""
    z, spread = (
        np.arctanh(np.clip(part.correlation, -0.999999, 0.999999))
        for part in (drawn.point, drawn.draws)
    )
    half = drawn.t * spread.std(axis=0)
    return {
        "correlation": drawn.point.correlation,
        "correlation_lo": np.tanh(z - half),
        "correlation_hi": np.tanh(z + half),
    }


def _nulls(drawn: Draws, *, seed: int) -> dict[str, Floats]:
    """What chance and halo would give, and how much each touchpoint shares with the others."""
    moves, model = influence(drawn.sums, drawn.model), drawn.model.one()
    scale = np.sqrt(np.diag(model.cov))
    se = drawn.draws.slope.std(axis=0) * scale[:-1] / scale[-1]
    halo = halo_weights(model.R, model.r, model.beta, se)
    own, alone = (flipped(part, seed=seed) for part in (moves.null, moves.alone))
    return {
        "halo_share": np.fmin(halo / max(float(drawn.point.r2), TINY), 1),
        "p_own": chance_of_all(*own),
        "p_correlation": chance(*alone),
        "vif": np.diag(np.linalg.inv(model.R)),
    }


def among_top(draws: Floats, *, top: int = TOP) -> Floats:
    """Each column's chance to be among the `top` highest of its row."""
    strongest = np.argsort(-draws, axis=1, kind="stable")[:, :top]
    return np.array([(strongest == k).any(axis=1).mean() for k in range(draws.shape[1])])
