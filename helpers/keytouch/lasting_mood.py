"""A journey's lasting mood: how strongly it colours each touchpoint's score.

Scores of one journey go along with each other for two reasons: a mood that lasts through it, and
what one experience hands on to all later ones. One common factor for the mood, and a carry-over
of single touchpoints, are fitted to the covariances of the scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, collect
from keytouch.estimate import Floats

FLOOR = 0.25  # a loading below this share of the usual one counts as this share of it
ROUNDS = 10
FEWEST = 10  # journeys that a covariance rests on at least
MOST = 3  # touchpoints that carry on, at most
CLEAR = 9.0  # χ² of one more of them that is no chance, many having been tried


def lasting_mood(felt: LazyTable) -> tuple[pd.DataFrame, float]:
    """What each touchpoint takes from the journey's mood and hands on to what follows.

    Reads `key`, `item`, `x` (0–1) and `place` of scores. One row per touchpoint, in the usual
    order: `item`, `usual` (its mean), `load` (how strongly the lasting mood colours it, in shares
    of the scale) and `carry` (what later scores take over of one point, 0 unless that is clear).
    Loadings are the first principal axis of the covariances from which what is carried on has
    been taken out. With it, the misfit of the whole (root mean square error of approximation: 0
    where one mood and what is carried on explain the covariances, above .08 where they don't).
    Sources: Spearman 1904 for one common factor; Steiger & Lind 1980, Browne & Cudeck 1993.
    """
    means = collect(
        felt.group_by("item").agg(usual=felt.x.mean(), at=felt.place.mean(), n=felt.count())
    ).sort_values(["at", "item"])
    moves = _moves(felt, means, int(collect(felt.agg(n=felt.key.nunique())).n.iloc[0]))
    load, carry = _explained(moves)
    known = means["item"].isin(moves.items)
    table = means[known][["item", "usual"]].assign(load=load, carry=carry)
    return table, _error_of_approximation(moves, carry)


@dataclass(frozen=True)
class Moves:
    """How the scores of a journey go along: `cov` [p, p] over journeys that scored both of two
    touchpoints, `n` [p, p] of them (above the diagonal), `met` [p], the share that scored one.
    """

    items: list[str]
    cov: Floats
    n: Floats
    met: Floats


def _moves(felt: LazyTable, means: pd.DataFrame, journeys: int) -> Moves:
    """Covariances of scores lived in the usual order; a rare pair's is the typical one."""
    order = list(means["item"])
    left = felt.select("key", a="item", xa="x", pa="place")
    right = felt.select("key", b="item", xb="x", pb="place")
    both = left.join(right, "key").filter(lambda t: (t.pa < t.pb) | (t.a == t.b))
    pairs = collect(
        both.group_by("a", "b").agg(n=both.count(), cov=both.xa.cov(both.xb, how="pop"))
    ).set_index(["a", "b"])
    grid = pairs["cov"].where(pairs.n >= FEWEST).unstack("b").reindex(index=order, columns=order)
    n = pairs.n.unstack("b").reindex(index=order, columns=order).fillna(0).to_numpy(float)
    upper = grid.to_numpy()
    kept = np.nan_to_num(np.diag(upper)) > 1e-9
    upper, n = upper[np.ix_(kept, kept)], np.triu(n[np.ix_(kept, kept)], 1)
    spread = np.sqrt(np.diag(upper))
    apart = np.outer(spread, spread)
    known = np.isfinite(upper) & np.triu(np.ones_like(apart, bool), 1)
    typical = float((upper[known] / apart[known]).mean()) if known.any() else 0.0
    upper = np.where(known, upper, np.triu(typical * apart, 1))
    items = [name for name, keep in zip(order, kept) if keep]
    met = means.n.to_numpy(float)[kept] / max(journeys, 1)
    return Moves(items, upper + upper.T + np.diag(spread**2), n, met)


def _explained(moves: Moves) -> tuple[Floats, Floats]:
    """Loadings and what is carried on: whatever lets one common mood explain the rest best.

    One more touchpoint may carry on where that clearly improves the fit; each one's size is then
    found by turns with the loadings.
    """
    p = len(moves.items)
    carry = np.zeros(p)
    if p < 3:
        return np.ones(p), carry
    left = _misfit(moves, carry)
    for _ in range(MOST):
        tried = [_with_one_more(moves, carry, j) for j in range(1, p - 1) if carry[j] == 0]
        tried = [each for each in tried if (each[each != 0] > 0).all()]
        fits = [_misfit(moves, each) for each in tried]
        if not fits or left - min(fits) < CLEAR:
            break
        carry, left = tried[int(np.argmin(fits))], min(fits)
    return _loadings(_without(moves, carry)), carry


def _with_one_more(moves: Moves, carry: Floats, j: int) -> Floats:
    """What is carried on from the known touchpoints and from `j`."""
    chosen = np.flatnonzero((carry != 0) | (np.arange(len(carry)) == j))
    for _ in range(ROUNDS):
        load = _loadings(_without(moves, carry))
        each = np.zeros(len(carry))
        for k in chosen:
            each[k] = _carried(moves, carry, load, k)
        carry = each
    return carry


def _carried(moves: Moves, carry: Floats, load: Floats, j: int) -> float:
    """What is carried on from `j`, per point: later minus earlier scores' share in it."""
    others = carry.copy()
    others[j] = 0.0
    rest = _without(moves, others)[j]
    later, earlier = moves.n[j, j + 1 :], moves.n[:j, j]
    if not later.sum() or not earlier.sum():
        return 0.0
    ratio = (later @ load[j + 1 :] / later.sum()) / (earlier @ load[:j] / earlier.sum())
    change = later @ rest[j + 1 :] / later.sum() - ratio * (earlier @ rest[:j]) / earlier.sum()
    return float(change / moves.cov[j, j])


def _without(moves: Moves, carry: Floats) -> Floats:
    """The covariances once every later score has given back what it took over.

    A journey that did not score a touchpoint took over nothing from it.
    """
    p, cov = len(carry), moves.cov
    left = cov.copy()
    index = np.arange(p)
    given = np.flatnonzero(carry)
    for i in given:
        met = np.where(index == i, 1.0, moves.met[i])  # the other of the pair may be i itself
        back = carry[i] * np.outer(index > i, met * cov[i])
        left = left - back - back.T
        for j in given:
            both = moves.met[i] if i == j else np.outer(
                np.where(index == j, 1.0, moves.met[j]), np.where(index == i, 1.0, moves.met[i])
            )  # fmt: skip
            left = left + carry[i] * carry[j] * cov[i, j] * both * np.outer(index > i, index > j)
    return left


def _misfit(moves: Moves, carry: Floats) -> float:
    """How badly one common mood explains the correlations left: a χ² over pairs."""
    left = _without(moves, carry)
    spread = np.sqrt(np.fmax(np.diag(left), 1e-12))
    size = _loadings(left) / spread
    told = np.outer(size, size).clip(-0.95, 0.95)
    away = (left / np.outer(spread, spread) - told) / (1 - told**2)
    return float((moves.n * away**2).sum())


def _error_of_approximation(moves: Moves, carry: Floats) -> float:
    """The misfit per degree of freedom and journey; 0 where there are no pairs to spare."""
    rests = moves.n >= FEWEST
    free = int(rests.sum()) - len(carry) - int((carry > 0).sum())
    if free <= 0:
        return 0.0
    excess = _misfit(moves, carry) / free - 1
    return float(np.sqrt(max(excess, 0.0) / moves.n[rests].mean()))


def _loadings(square: Floats) -> Floats:
    """The first principal axis, its communalities found by iteration; never near zero."""
    spread = np.sqrt(np.fmax(np.diag(square), 1e-12))
    r = square / np.outer(spread, spread)
    away = r[~np.eye(len(r), dtype=bool)]
    size = np.full(len(r), np.sqrt(max(float(away.mean()), 0.0)))
    for _ in range(ROUNDS):
        np.fill_diagonal(r, size**2)
        values, vectors = np.linalg.eigh(r)
        axis = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
        size = np.clip(axis * np.sign(axis.sum() or 1.0), 0.0, 1.0)
    raw = size * spread
    usual = float(np.median(raw))
    return np.fmax(raw, FLOOR * usual) if usual > 0 else np.ones(len(raw))
