"""Two groups compared within strata: whether a pooled difference holds inside each segment.

A channel may score higher in all because contented segments prefer it, and yet be worse for
every segment (Simpson's paradox). Both answers are given side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from keytouch.comparisons import ALPHA
from keytouch.contrasts import adjusted, common_odds_ratio
from keytouch.engine import LazyTable, Missing
from keytouch.estimate import Floats
from keytouch.group_means import KINDS, SUMS, Kind, difference, group_sums, measured
from keytouch.satisfaction import grouped_by
from keytouch.weighted import Means, means_of

POOLED, WITHIN = "(pooled)", "(within)"
DRAWS = 4000
Z = 1.959964


def compare_within(
    data: LazyTable | Missing,
    *,
    by: str = "channel",
    within: str = "segment",
    measure: str = "score",
    metric: str = "csat",
    scale: tuple[float, float] = (1, 5),
    small_cell: int = 10,
    weights: str = "mantel_haenszel",
    seed: int = 1,
) -> pd.DataFrame | Missing:
    """Every pair of groups, compared in all and within strata.

    One row per pair and level. Columns out: `by` and `other`, the pair, ordered so that the
    first scores at least as high in all; `within`: "(pooled)" for all strata thrown together,
    "(within)" for the difference at an equal mix of strata, then each stratum by name; the
    measure's difference (`score_difference`, `rate_difference` or `nps_difference`) with `_lo`,
    `_hi` (95 %); `p_value` (of the pooled and the within rows, Benjamini–Hochberg over pairs);
    `n` answers; `share_first`, `share_other` (0–1: which part of each one's answers lies in the
    stratum) and `level` (the stratum's mean, in the measure's unit). On every row of a pair:
    `verdict_within`: "reversed" (higher in all, lower within, both at adjusted p ≤ .05),
    "explained" (differs in all, not told apart within), "confirmed", "uncovered" (only within),
    "alike"; `p_reversal`, the chance that the two differences have opposite signs (4,000 draws
    of all cells); for shares `odds_ratio` with `_lo`, `_hi` (Mantel–Haenszel), on the
    "(within)" row. `method`.
    Only strata where both have `small_cell` answers count, in the pooled row too.
    `weights`: "mantel_haenszel" (n·m/(n+m)) or "inverse_variance".
    Source: Simpson 1951; Mantel & Haenszel 1959; Bickel, Hammel & O'Connell 1975, Science 187.
    """
    rows = data if isinstance(data, Missing) else measured(data, measure, metric=metric)
    known = rows if isinstance(rows, Missing) else grouped_by(rows, [by, within])
    if isinstance(known, Missing):
        return known
    cells = group_sums(known, by, within)
    cells = cells[cells.n >= small_cell]
    kind, parts = KINDS[measure], []
    random = np.random.default_rng(seed)
    for a, b in combinations(sorted(cells[by].unique()), 2):
        pair = _pair(cells, by, within, a, b)
        if pair is not None:
            parts.append(_compare(pair, kind, scale, by, within, weights, random))
    if not parts:
        return Missing("feedback", (by, within))
    return _with_verdicts(pd.concat(parts, ignore_index=True), kind, by, within)


def _pair(
    cells: pd.DataFrame, by: str, within: str, a: str, b: str
) -> tuple[tuple[str, str], pd.DataFrame, pd.DataFrame] | None:
    """Both groups' cells in the strata that both have, the higher group first."""
    first, second = (cells[cells[by] == name].set_index(within) for name in (a, b))
    shared = first.index.intersection(second.index).sort_values()
    if len(shared) < 2:
        return None
    first, second = first.loc[shared], second.loc[shared]
    if first.x.sum() / first.w.sum() < second.x.sum() / second.w.sum():
        return (b, a), second, first
    return (a, b), first, second


def _compare(
    pair: tuple[tuple[str, str], pd.DataFrame, pd.DataFrame],
    kind: Kind,
    scale: tuple[float, float],
    by: str,
    within: str,
    weights: str,
    random: np.random.Generator,
) -> pd.DataFrame:
    """The rows of one pair."""
    (a, b), first, second = pair
    one, two = means_of(first), means_of(second)
    unit = _unit(kind, scale)
    strata = difference(one, two, kind, scale)
    pooled = difference(_total(first), _total(second), kind, scale)
    mixed = _standardised(one, two, weights)
    ends = [[*(float(x[0]) for x in pooled)], [unit * x for x in mixed[:3]] + [mixed[3]]]
    table = pd.DataFrame(np.vstack([ends, np.column_stack(strata)]))
    name = kind.difference
    table.columns = [name, f"{name}_lo", f"{name}_hi", "p_value"]
    table.insert(0, within, [POOLED, WITHIN, *first.index])
    table.insert(0, "other", b)
    table.insert(0, by, a)
    count = first.n + second.n
    shares = [part.w / part.w.sum() for part in (first, second)]
    return table.assign(
        n=[int(count.sum())] * 2 + [int(x) for x in count],
        share_first=[1.0, 1.0, *shares[0]],
        share_other=[1.0, 1.0, *shares[1]],
        level=[np.nan, np.nan, *_level(first, second, kind, scale)],
        p_reversal=_reversal_chance(one, two, shares, weights, random),
        **_odds(one, two, kind, len(table)),
    )


def _unit(kind: Kind, scale: tuple[float, float]) -> float:
    return {"mean": scale[1] - scale[0], "share": 1.0, "nps": 100.0}[kind.family]


def _total(cells: pd.DataFrame) -> Means:
    return means_of(cells[list(SUMS)].sum().to_frame().T)


def _level(
    first: pd.DataFrame, second: pd.DataFrame, kind: Kind, scale: tuple[float, float]
) -> pd.Series:
    """Each stratum's mean over both groups, each counting half, in the measure's unit."""
    mean = (first.x / first.w + second.x / second.w) / 2
    return _unit(kind, scale) * mean + (scale[0] if kind.family == "mean" else 0.0)


def _weights(one: Means, two: Means, rule: str) -> Floats:
    """The strata's weights in the common mix, adding up to 1."""
    if rule == "inverse_variance":
        variance = np.fmax(one.variance, 1e-6) / one.n_eff + np.fmax(two.variance, 1e-6) / two.n_eff
        raw = 1 / variance
    elif rule == "mantel_haenszel":
        raw = one.n_eff * two.n_eff / (one.n_eff + two.n_eff)
    else:
        raise ValueError(f"no weights {rule!r}: use mantel_haenszel or inverse_variance")
    return raw / raw.sum()


def _standardised(one: Means, two: Means, rule: str) -> tuple[float, float, float, float]:
    """The weighted mean of the strata's differences, with its normal interval and p value."""
    from scipy.special import ndtr

    share = _weights(one, two, rule)
    gap = float(share @ (one.mean - two.mean))
    parts = one.variance / one.n_eff + two.variance / two.n_eff
    error = float(np.sqrt((share**2) @ parts))
    p_value = 1.0 if gap == 0 else 2 * float(ndtr(-abs(gap) / error)) if error else 0.0
    return gap, gap - Z * error, gap + Z * error, p_value


def _reversal_chance(
    one: Means,
    two: Means,
    shares: Sequence[pd.Series],
    rule: str,
    random: np.random.Generator,
) -> float:
    """The share of draws in which the difference in all and the one within part their signs.

    Cell means are drawn from their normal sampling distributions, the mix of strata from a
    Dirichlet distribution; both differences use the same draws.
    """
    weight = _weights(one, two, rule)
    drawn, mixes = [], []
    for means, share in zip((one, two), shares):
        error = np.sqrt(means.variance / np.fmax(means.n_eff, 1))
        drawn.append(means.mean + error * random.standard_normal((DRAWS, len(error))))
        size = float(means.n_eff.sum())
        mixes.append(random.dirichlet(np.fmax(share.to_numpy() * size, 0.5), DRAWS))
    pooled = (drawn[0] * mixes[0]).sum(1) - (drawn[1] * mixes[1]).sum(1)
    inside = (drawn[0] - drawn[1]) @ weight
    return float(np.mean((pooled > 0) & (inside < 0)))


def _odds(one: Means, two: Means, kind: Kind, rows: int) -> dict[str, Floats]:
    """The Mantel–Haenszel odds ratio of a pair of shares, on its second row."""
    if kind.family != "share":
        return {}
    hits = [np.clip(means.mean, 0, 1) * means.n_eff for means in (one, two)]
    ratio = common_odds_ratio(hits[0], one.n_eff, hits[1], two.n_eff)
    columns = {}
    for name, end in (("odds_ratio", "value"), ("odds_ratio_lo", "lo"), ("odds_ratio_hi", "hi")):
        columns[name] = np.full(rows, np.nan)
        columns[name][1] = float(getattr(ratio, end))
    return columns


def _with_verdicts(table: pd.DataFrame, kind: Kind, by: str, within: str) -> pd.DataFrame:
    """Adjust p values over the pairs and say what becomes of each pooled difference."""
    name = kind.difference
    for level in (POOLED, WITHIN):
        rows = table[within] == level
        table.loc[rows, "p_value"] = adjusted(table.p_value[rows])
    wide = table[table[within].isin([POOLED, WITHIN])].pivot(
        index=[by, "other"], columns=within, values=[name, "p_value"]
    )
    apart = wide["p_value"] <= ALPHA
    same = np.sign(wide[name][POOLED]) * np.sign(wide[name][WITHIN]) > 0
    both = apart[POOLED] & apart[WITHIN]
    verdict = pd.Series(
        np.select(
            [both & ~same, both, apart[POOLED], apart[WITHIN]],
            ["reversed", "confirmed", "explained", "uncovered"],
            "alike",
        ),
        index=wide.index,
        name="verdict_within",
    )
    table = table.join(verdict, on=[by, "other"])
    table.loc[~table[within].isin([POOLED, WITHIN]), "p_value"] = np.nan
    return table.assign(method="method_within", _order=np.arange(len(table))).sort_values(
        ["p_reversal", "_order"], ascending=[False, True]
    ).drop(columns="_order").reset_index(drop=True)  # fmt: skip
