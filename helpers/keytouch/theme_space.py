"""Clauses as points: near one another where they use the same rare words, or words used alike."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
import rjieba
from numpy.typing import ArrayLike
from scipy import sparse

from keytouch.english_phrases import singular
from keytouch.estimate import Floats
from keytouch.phrase_grammar import LEXICONS

DIMENSIONS = 50
RAREST, COMMONEST = 5, 0.3  # clauses that hold a term: at least so many, at most such a share
MOST_TERMS = 20_000


@cache
def stop_words() -> frozenset[str]:
    """Words of both languages that tell nothing of what a clause is about."""
    with open(LEXICONS / "stop_words.csv", encoding="utf8", newline="") as file:
        return frozenset(row["word"] for row in csv.DictReader(file))


@dataclass(frozen=True)
class TermTable:
    """Which clause (row) holds which term (column), 0 or 1. A term of two words holds a space."""

    held: sparse.csr_matrix
    terms: np.ndarray

    @property
    def single(self) -> np.ndarray:
        """Whether a term is one word."""
        return np.array([" " not in term for term in self.terms], dtype=bool)


def words_of(texts: Sequence[str]) -> list[list[str]]:
    """The words of each text that tell what it is about, English ones in the singular.

    >>> words_of(["房间的空调太吵", "The lifts are slow"])
    [['房间', '空调'], ['lift', 'slow']]
    """
    stop, rows = stop_words(), []
    lines = [text.replace("\n", " ").lower() for text in texts]
    row: list[str] = []
    for word in rjieba.cut("\n".join(lines), False):
        if word == "\n":
            rows.append(row)
            row = []
        elif len(word) > 1 and word not in stop and word.isalpha():
            row.append(singular(word) if word.isascii() else word)
    return [*rows, row] if len(texts) else []


def term_table(words: Sequence[Sequence[str]]) -> TermTable:
    """The terms of one or two words that clauses share, the most frequent 20,000.

    Terms in fewer than 5 clauses or in more than 30 % of all are left out.
    """
    numbers: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for row in words:
        pairs = [f"{a} {b}" for a, b in zip(row, row[1:])]
        met = dict.fromkeys([*row, *pairs])  # a set would have another order in every process
        columns += [numbers.setdefault(term, len(numbers)) for term in met]
        ends.append(len(columns))
    shape = (len(words), len(numbers))
    held = sparse.csr_matrix((np.ones(len(columns)), columns, ends), shape=shape)
    counts = np.asarray(held.sum(axis=0)).ravel()
    terms = np.array(list(numbers), dtype=object)
    kept = np.flatnonzero((counts >= RAREST) & (counts <= COMMONEST * max(len(words), 1)))
    order = sorted(kept, key=lambda place: (-counts[place], terms[place]))[:MOST_TERMS]
    return TermTable(held[:, order], terms[order])


def term_vectors(table: TermTable, *, seed: int) -> Floats:
    """Unit vectors of clauses (zero where a clause holds no term): TF-IDF, reduced by SVD.

    Source: Deerwester et al. 1990, Indexing by Latent Semantic Analysis.
    """
    from sklearn.decomposition import TruncatedSVD

    size = min(DIMENSIONS, min(table.held.shape) - 1)
    if size < 2:
        return np.zeros((table.held.shape[0], 2))
    counts = np.asarray(table.held.sum(axis=0)).ravel()
    inverse = np.log((1 + table.held.shape[0]) / (1 + counts)) + 1
    weighted = unit(table.held @ sparse.diags(inverse))
    reduced = TruncatedSVD(size, n_iter=3, random_state=seed).fit_transform(weighted)
    return unit(reduced)


@contextmanager
def one_thread() -> Iterator[None]:
    """Linear algebra on one thread inside: on so small arrays more only wait for each other."""
    import sklearn.cluster  # noqa: F401  (its threads can be limited once it is loaded)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def centred(vectors: ArrayLike) -> Floats:
    """Foreign vectors as unit vectors about their mean: what all clauses share tells nothing."""
    rows = np.asarray(vectors, float)
    return unit(rows - rows.mean(axis=0))


def unit(rows: Floats) -> Floats:
    """Rows of length one; rows of zeros stay."""
    from sklearn.preprocessing import normalize

    return normalize(rows)
