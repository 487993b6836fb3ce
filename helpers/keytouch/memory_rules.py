"""Which rule the memory of a journey follows, with how many journeys it takes to tell.

Four rules, each one regression of the remembered whole on one summary of the moments, are
compared by information criterion; where the client's journeys are too few, nothing is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, collect
from keytouch.estimate import effective_n
from keytouch.remembering import NO_MEMORY, remembered_journeys

RULES = ("mean", "peak_end", "end", "trend")
PARTS = (*RULES, "remembered")
GROUPS, DRAWS = 1000, 1000
DECISIVE = 2 * float(np.log(19))  # evidence of 19 to 1: the better of two rules weighs .95
POWER_Z, CAUTION_Z = 0.8416, 1.6449
SURE = 0.8
MOST = 100_000  # more journeys than this nobody will collect


def peak_end(
    feedback: LazyTable | Missing,
    *,
    interactions: LazyTable | Missing | None = None,
    touchpoints: LazyTable | Missing | None = None,
    stages: Sequence[str] = (),
    min_moments: int = 3,
    min_n: int = 30,
    seed: int = 1,
) -> pd.DataFrame | Missing:
    """Which summary of the moments the remembered whole follows, one row per rule, best first.

    Columns out: `rule` ("mean", "peak_end", "end", "trend"); `correlation` of the remembered
    whole with it, with `_lo`, `_hi` (bootstrap over customers, 1,000 draws); `delta_ic`, its
    information criterion above the best one's (each rule is one regression with the same number
    of parameters, so AIC and BIC differ by the same amount); `evidence_ratio` of the best over it
    (at most 1e6); `rule_weight`, its share of the evidence; `p_best`, the share of draws in which
    it fits best (a rule that runs the wrong way never does); `n_needed` journeys to tell it from
    the best at the noise measured here, `n_safe` at the noise that may well be (blank above
    100,000); `power` at n with that noise; `n` journeys; `verdict`; `metric`, `ordered_by`,
    `method`. The best rule's own n_needed, n_safe and power are those against its hardest rival.

    Enough to tell means: evidence of 19 to 1 with probability .8, were the best rule true. The
    cautious noise takes the lower 95 % confidence limit of the best correlation, because the
    observed one flatters the winner. `verdict` of the best: "not_enough" where n < `n_safe` or
    n < `min_n`; "best" where evidence is 19 to 1 against every rival and p_best ≥ .8; else
    "undecided". The others: "not_enough", "rejected" (19 to 1 against it) or "possible".
    Weights enter through Kish's n. Fewer than 5 journeys: Missing. Where `ordered_by` isn't
    "clock" the moments were rated afterwards with the whole, which colours them: then the table
    says what the whole sums up, not what is remembered.
    Source: Fredrickson & Kahneman 1993; Burnham & Anderson 2002 (evidence ratio); Vuong 1989
    (variance of a likelihood ratio); Perugini, Gallucci & Costantini 2014 (cautious power).
    """
    journeys = remembered_journeys(
        feedback,
        interactions=interactions,
        touchpoints=touchpoints,
        stages=stages,
        min_moments=min_moments,
    )
    if isinstance(journeys, Missing):
        return journeys
    sums = collect(_sums(journeys)).sort_values("group", ignore_index=True)
    n = int(sums.n.sum()) if len(sums) else 0
    if n < 5:
        return NO_MEMORY
    totals = _matrix(sums)
    r = _correlations(totals.sum(axis=0))
    if not np.isfinite(r[:4, 4]).any():
        return NO_MEMORY
    n_eff = float(effective_n(sums.w.sum(), sums.ww.sum()))
    table = _verdicts(_compared(r, n_eff).assign(**_draws(totals, r, seed)), n, min_n)
    return table.assign(
        n=n,
        metric=sums.metric.iloc[0],
        ordered_by=sums.ordered_by.iloc[0],
        method="method_peak_end",
    )


def _sums(journeys: LazyTable) -> LazyTable:
    """Weighted sums and products of the features per group of customers, at most 1,000 groups.

    Customers are dealt to groups in turn; the bootstrap draws groups, so that a customer's
    journeys stay together and no single row leaves the engine.
    """
    data = journeys.mutate(group=journeys.cluster.dense_rank() % GROUPS)
    w = data.w1
    sums: dict[str, Any] = {"n": data.count(), "w": w.sum(), "ww": (w * w).sum()}
    for place, a in enumerate(PARTS):
        sums[f"s_{a}"] = (w * data[a]).sum()
        sums |= {f"p_{a}_{b}": (w * data[a] * data[b]).sum() for b in PARTS[place:]}
    return data.group_by("group").agg(
        **sums, metric=data.metric.min(), ordered_by=data.ordered_by.min()
    )


def _matrix(sums: pd.DataFrame) -> np.ndarray:
    """Each group's 6 × 6 matrix of weighted products, the constant first."""
    size = len(PARTS) + 1
    matrix = np.empty((len(sums), size, size))
    matrix[:, 0, 0] = sums.w
    for i, a in enumerate(PARTS, 1):
        matrix[:, 0, i] = matrix[:, i, 0] = sums[f"s_{a}"]
        for j, b in enumerate(PARTS[i - 1 :], i):
            matrix[:, i, j] = matrix[:, j, i] = sums[f"p_{a}_{b}"]
    return matrix


def _correlations(products: np.ndarray) -> np.ndarray:
    """The correlation matrix of the features and the memory; nan where one doesn't vary."""
    weight = products[..., :1, :1]
    mean = products[..., :1, 1:] / weight
    covariance = products[..., 1:, 1:] / weight - np.swapaxes(mean, -1, -2) * mean
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    spread = np.sqrt(np.where(variance > 1e-12, variance, np.nan))
    return np.clip(covariance / (spread[..., :, None] * spread[..., None, :]), -1, 1)


def _fit(r: np.ndarray) -> np.ndarray:
    """The share of variance that each rule explains; none where it runs the wrong way."""
    return np.clip(np.nan_to_num(r), 0, 0.9999) ** 2


def _compared(r: np.ndarray, n_eff: float) -> pd.DataFrame:
    """Information criteria, and how many journeys would tell each rule from the best."""
    fit = _fit(r[:4, 4])
    best = int(fit.argmax())
    criterion = -n_eff * np.log1p(-fit)
    delta = criterion[best] - criterion
    weight = np.exp(-delta / 2)
    rivals = [k for k in range(4) if k != best]
    shared = np.nan_to_num(r[best, :4]) ** 2
    root = np.arctanh(np.sqrt(fit[best])) - CAUTION_Z / np.sqrt(max(n_eff - 3, 1))
    cautious = np.tanh(max(root, 0.0)) ** 2
    needed, safe = journeys_needed(fit[best], shared), journeys_needed(cautious, shared)
    power = power_to_tell(n_eff, cautious, shared)
    for column, worst in ((needed, np.fmax), (safe, np.fmax), (power, np.fmin)):
        column[best] = worst.reduce(column[rivals])
    return pd.DataFrame({
        "rule": RULES,
        "correlation": r[:4, 4],
        "delta_ic": delta,
        "evidence_ratio": np.exp(np.fmin(delta / 2, np.log(1e6))),
        "rule_weight": weight / weight.sum(),
        "n_needed": needed,
        "n_safe": safe,
        "power": power,
    })  # fmt: skip


def _gap(fit: float, shared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Expected evidence per journey (twice the log) for a true rule over rivals, and its SD.

    `fit`: share of variance that the true rule explains; `shared`: its squared correlation with
    each rival. The SD supposes normal errors (Vuong 1989).
    """
    rival = 1 - fit * shared
    gap = np.log(rival / (1 - fit))
    return gap, 2 * np.sqrt(np.clip(1 - (1 - fit) / rival, 0, 1))


def journeys_needed(fit: float, shared: np.ndarray) -> np.ndarray:
    """Journeys at which the evidence for a true rule reaches 19 to 1 with probability .8.

    `fit`: share of variance the true rule explains, 0–1; `shared`: squared correlation of the
    true rule with each rival. Infinite where nothing tells them apart.

    >>> journeys_needed(0.5, np.array([0.0, 0.81])).round().tolist()
    [16.0, 66.0]
    """
    gap, spread = _gap(fit, np.asarray(shared, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        root = POWER_Z * spread + np.sqrt((POWER_Z * spread) ** 2 + 4 * gap * DECISIVE)
        return np.where(gap > 1e-9, np.ceil((root / (2 * gap)) ** 2), np.inf)


def power_to_tell(n: float, fit: float, shared: np.ndarray) -> np.ndarray:
    """The chance that n journeys give evidence of 19 to 1 for a true rule over each rival."""
    from scipy.special import ndtr

    gap, spread = _gap(fit, np.asarray(shared, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        reached = ndtr((n * gap - DECISIVE) / (np.sqrt(n) * spread))
    return np.where(gap > 1e-9, reached, 0.0)


def _draws(totals: np.ndarray, r: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Bootstrap over groups of customers: intervals of the correlations, P(rule fits best)."""
    groups = len(totals)
    random = np.random.default_rng(seed)
    times = random.multinomial(groups, np.full(groups, 1 / groups), size=DRAWS).astype(float)
    drawn = (times @ totals.reshape(groups, -1)).reshape(DRAWS, *totals.shape[1:])
    with np.errstate(invalid="ignore", divide="ignore"):
        beside = _correlations(drawn)[:, :4, 4]
    known = beside[np.isfinite(beside).any(axis=1)]
    best = _fit(known).argmax(axis=1)
    lo, hi = np.nanquantile(beside, [0.025, 0.975], axis=0)
    return {
        "correlation_lo": np.fmin(lo, r[:4, 4]),
        "correlation_hi": np.fmax(hi, r[:4, 4]),
        "p_best": np.bincount(best, minlength=4) / max(len(known), 1),
    }


def _verdicts(table: pd.DataFrame, n: int, min_n: int) -> pd.DataFrame:
    """Sorted, best first, with what may be said of each rule."""
    table = table.sort_values(["delta_ic", "rule"], kind="stable").reset_index(drop=True)
    enough = n >= min_n and n >= table.n_safe[0]
    decisive = table.delta_ic > DECISIVE
    decided = enough and bool(decisive[1:].all()) and table.p_best[0] >= SURE
    verdict = np.where(decisive, "rejected", "possible").astype(object)
    verdict[0] = "best" if decided else "undecided"
    if not enough:
        verdict[:] = "not_enough"
    reachable = {name: table[name].where(table[name] <= MOST) for name in ("n_needed", "n_safe")}
    return table.assign(**reachable, verdict=verdict)
