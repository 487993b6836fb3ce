"""What nobody asked about: clauses that no touchpoint's terms match, gathered into themes.

A theme is shown only if it comes back when the clauses are drawn again, and if its terms stand
together in clauses that had no say in choosing them: otherwise any heap of words would have some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import poisson

from keytouch.estimate import Floats, wilson
from keytouch.key_terms import keyness
from keytouch.text_corpus import Corpus
from keytouch.theme_space import (
    TermTable,
    centred,
    one_thread,
    term_table,
    term_vectors,
    words_of,
)

SIZES = (3, 4, 6, 8, 12, 16, 24, 36)  # numbers of clusters that are tried
SMALLEST = 20  # clauses of a theme
NEAR = 0.3  # cosine to a theme's centre below which a clause belongs to none
STABLE = 0.5  # Hennig: below this a cluster is dissolved
REFITS, TRIAL_REFITS = 10, 3
TERMS, CENTRAL = 6, 3
ALPHA = 0.01  # the chance that any of the themes shown is of words at random


@dataclass(frozen=True)
class Themes:
    """`table`: one row per theme; `theme`: for each clause the theme's number, −1 for none;
    `tried`: clusters that were looked for; `left_out`: how many of them were too small,
    unstable, or no more than words at random."""

    table: pd.DataFrame
    theme: np.ndarray
    tried: int
    left_out: dict[str, int]


def themes(
    clauses: Sequence[str] | Corpus,
    *,
    k: int | None = None,
    vectors: ArrayLike | None = None,
    negative: ArrayLike | None = None,
    seed: int = 1,
) -> Themes:
    """Themes of clauses, one row per theme.

    `clauses`: plain texts, or a corpus whose clauses are read. `k`: clusters to look for
    (default: of a few numbers that whose stable clusters hold most, and most tightly). `vectors`:
    one row per clause, such as sentence embeddings, instead of TF-IDF. `negative`: for each
    clause True, False or blank.

    Columns out: `theme` number; `terms`, most typical first (`keyness` against all other
    clauses); `n` clauses; `share` in 0–1 of all clauses with `_lo`, `_hi` (Wilson);
    `stability` in 0–1, mean Jaccard similarity over 10 refits on drawn clauses; `together`, how
    many times as often its terms meet in one clause as by chance; `central`, the three clauses
    nearest to its centre; with `negative` also `negative_rate` in 0–1 with `_lo`, `_hi` (Wilson)
    and `negative_n`, clauses where it is known; `method`. Largest first.
    Clauses without a known word, or far from every centre, belong to no theme. Themes of fewer
    than 20 clauses, of stability below .5, or whose terms don't meet beyond chance are counted
    in `left_out`. The same seed gives the same themes.
    Source: Hennig 2007, Cluster-wise assessment of cluster stability, CSDA 52(1).
    """
    texts = clauses.clause_texts() if isinstance(clauses, Corpus) else list(clauses)
    words = words_of(texts)
    table = term_table(words)
    with one_thread():
        points = term_vectors(table, seed=seed) if vectors is None else centred(vectors)
        if len(points) != len(texts):
            raise ValueError(f"{len(points)} vectors for {len(texts)} clauses")
        usable = np.flatnonzero(np.linalg.norm(points, axis=1) > 0)
        if len(usable) < 3 * SMALLEST or table.held.shape[1] < TERMS:
            return Themes(_rows([]), np.full(len(texts), -1), 0, _left_out())
        k = _best_size(points[usable], seed) if k is None else k
        own = np.full(len(texts), -1)
        own[usable], centres = _clusters(points[usable], k, seed)
        stability = _stability(points[usable], own[usable], k, seed, REFITS)
    kept, left_out, met = _checked(table, own, k, stability, seed)
    counts = np.bincount(own[own >= 0], minlength=k)
    kept.sort(key=lambda one: (-counts[one], one))
    number = np.full(k + 1, -1)  # the last entry is that of no theme
    number[kept] = np.arange(len(kept))
    near = (points * centres[own]).sum(axis=1)
    rows = [
        _row(texts, words, table, own == one, near, negative)
        | {"stability": stability[one], "together": met[one]}
        for one in kept
    ]
    return Themes(_rows(rows), number[own], k, left_out)


def _clusters(points: Floats, k: int, seed: int, *, starts: int = 3) -> tuple[np.ndarray, Floats]:
    """Each point's cluster, −1 where it is far from all, and the centres (unit vectors)."""
    from sklearn.cluster import KMeans

    fit = KMeans(min(k, len(points)), n_init=starts, random_state=seed).fit(points)
    length = np.linalg.norm(fit.cluster_centers_, axis=1, keepdims=True)
    centres = fit.cluster_centers_ / np.fmax(length, 1e-12)
    near = (points * centres[fit.labels_]).sum(axis=1)
    return np.where(near >= NEAR, fit.labels_, -1), centres


def _best_size(points: Floats, seed: int) -> int:
    """The number whose stable clusters hold most clauses, and these nearest to their centres.

    Of equals the smaller. Size alone won't do: one large loose cluster is stable and tells little.
    """
    best, choice = -1.0, SIZES[0]
    for k in SIZES:
        if k * 2 * SMALLEST > len(points):
            break
        own, centres = _clusters(points, k, seed, starts=1)
        stability = _stability(points, own, k, seed, TRIAL_REFITS)
        nearer = (points * centres[own]).sum(axis=1) - NEAR
        gain = np.bincount(own[own >= 0], weights=nearer[own >= 0], minlength=k)
        worth = float((gain * stability * (stability >= STABLE)).sum())
        if worth > best + 1e-9:
            best, choice = worth, k
    return choice


def _stability(points: Floats, own: np.ndarray, k: int, seed: int, refits: int) -> Floats:
    """Each cluster's mean Jaccard similarity to its nearest in fits on drawn points."""
    random = np.random.default_rng(seed)
    total = np.zeros(k)
    for refit in range(refits):
        drawn = np.unique(random.integers(0, len(points), len(points)))
        again, _ = _clusters(points[drawn], k, seed + refit + 1, starts=1)
        both = np.zeros((k + 1, k + 1))
        np.add.at(both, (own[drawn], again), 1)  # −1 is the last row and column
        union = both.sum(axis=1)[:k, None] + both.sum(axis=0)[None, :k] - both[:k, :k]
        total += (both[:k, :k] / np.fmax(union, 1)).max(axis=1)
    return total / refits


def _left_out(small: int = 0, unstable: int = 0, chance: int = 0) -> dict[str, int]:
    return {"small": small, "unstable": unstable, "chance": chance}


def _checked(
    table: TermTable, own: np.ndarray, k: int, stability: Floats, seed: int
) -> tuple[list[int], dict[str, int], Floats]:
    """The clusters that are themes, how many are not and why, and how often their terms meet."""
    half = np.random.default_rng(seed).random(len(own)) < 0.5
    counts = np.bincount(own[own >= 0], minlength=k)
    large = counts >= SMALLEST
    sound = np.flatnonzero(large & (stability >= STABLE))
    met, p_value = np.zeros(k), np.ones(k)
    for one in sound:
        met[one], p_value[one] = _together(table, own == one, half)
    kept = [int(one) for one in sound if p_value[one] * len(sound) <= ALPHA]
    unstable = int((large & (stability < STABLE)).sum())
    return kept, _left_out(int((~large).sum()), unstable, len(sound) - len(kept)), met


def _together(table: TermTable, inside: np.ndarray, half: np.ndarray) -> tuple[float, float]:
    """How often a theme's words meet in one clause, as a multiple of chance, and the p-value
    (Poisson).

    The words are chosen in one half of the clauses and counted in the other, so that choosing
    can't make them meet; long clauses hold more words by chance too.
    """
    single = table.single
    held = table.held[:, single]
    terms = _key_terms(held, table.terms[single], inside, half)[: TERMS + 2]
    there = held[~half]
    place = {term: i for i, term in enumerate(table.terms[single])}
    chosen = there[:, [place[term] for term in terms]].toarray()
    length = np.asarray(there.sum(axis=1)).ravel()
    counts, size = chosen.sum(axis=0), max(float(length.sum()), 1.0)
    pairs = np.triu(np.ones((len(terms), len(terms))), 1)
    seen = float((chosen.T @ chosen * pairs).sum())
    chance = float((np.outer(counts, counts) * pairs).sum())
    chance *= float((length * (length - 1)).sum()) / size**2
    return seen / max(chance, 1e-9), float(poisson.sf(seen - 1, max(chance, 1e-9)))


def _key_terms(held: Any, names: np.ndarray, inside: np.ndarray, among: np.ndarray) -> list[str]:
    """The terms that clauses inside hold more often than others, strongest first."""
    a, b = inside & among, ~inside & among
    counts = [pd.Series(np.asarray(held[x].sum(axis=0)).ravel(), names) for x in (a, b)]
    found = keyness(*counts, documents=(max(a.sum(), 1), max(b.sum(), 1)))
    return found.term[found.log_odds > 0].tolist()


def _row(
    texts: Sequence[str],
    words: Sequence[Sequence[str]],
    table: TermTable,
    inside: np.ndarray,
    near: Floats,
    negative: ArrayLike | None,
) -> dict[str, Any]:
    """A theme's terms, size and central clauses."""
    terms = _key_terms(table.held, table.terms, inside, np.ones(len(texts), bool))
    n = int(inside.sum())
    lo, hi = wilson(n / len(texts), len(texts))
    row = {
        "terms": _shown(terms), "n": n, "share": n / len(texts), "share_lo": float(lo),
        "share_hi": float(hi), "central": _central(texts, words, inside, near),
    }  # fmt: skip
    if negative is None:
        return row
    known = pd.array(np.asarray(negative, dtype=object)[inside], dtype="boolean").dropna()
    size = len(known)
    rate = float(known.to_numpy(bool).mean()) if size else np.nan
    low, high = wilson(rate, size)
    return row | {
        "negative_rate": rate, "negative_rate_lo": float(low), "negative_rate_hi": float(high),
        "negative_n": size,
    }  # fmt: skip


def _shown(terms: Sequence[str]) -> list[str]:
    """The first terms none of which is part of another, as people write them."""
    chosen: list[str] = []
    for term in terms:
        parts = set(term.split())
        if len(chosen) == TERMS:
            break
        if not any(parts & set(one.split()) for one in chosen):
            chosen.append(term)
    return [term if term.isascii() else term.replace(" ", "") for term in chosen]


def _central(
    texts: Sequence[str], words: Sequence[Sequence[str]], inside: np.ndarray, near: Floats
) -> list[str]:
    """The clauses nearest to the centre, each text once; those of three words or more first."""
    members = np.flatnonzero(inside)
    brief = np.array([len(words[int(place)]) < 3 for place in members])
    order = members[np.lexsort((members, -near[members].round(6), brief))]
    return list(dict.fromkeys(texts[int(place)].strip() for place in order))[:CENTRAL]


def _rows(rows: list[dict[str, Any]]) -> pd.DataFrame:
    first = ["theme", "terms", "n", "share", "share_lo", "share_hi", "stability", "together"]
    table = pd.DataFrame(rows).assign(theme=range(len(rows)), method="method_themes")
    others = [name for name in table.columns if name not in first]
    return table.reindex(columns=[*first, *others])
