"""How a clause or comment sounds by lexicons: terms with a strength, turned by what stands before.

Negators turn a term that follows closely, degree words strengthen or weaken it, wishes take the
praise out of it (what could be good isn't), and a contrast gives the weight to what follows.
Source of the English strengths: Hutto & Gilbert 2014 (VADER); the rest is keytouch's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from keytouch.text_corpus import Corpus, Finder

REACH = 3  # modifiers before a term that may turn it
NEAR_HAN, NEAR_LATIN = 5, 20  # characters between a modifier and its term
BEFORE = 0.7  # the weight of a clause that a heavy contrast follows
DAMP = 8.0  # in clause strengths: how fast a score nears one
CARRIED = 0.3  # how far a silent clause leans towards what was said before it
KINDS = ("term", "negator", "degree", "contrast", "wish")


@dataclass(frozen=True)
class PolarityLexicon:
    """Terms with their strength (−4…4) and modifiers with their kind and factor."""

    strengths: Mapping[str, float]
    modifiers: pd.DataFrame

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per term: `term`, `kind` (its place in KINDS), `factor`. A word that is both
        a term and a modifier keeps both roles: `strength` is the term's, else 0."""
        rows = self.modifiers.assign(kind=self.modifiers.kind.map(KINDS.index))
        taken = set(rows.term)
        plain = [term for term in self.strengths if term not in taken]
        terms = pd.DataFrame({"term": plain, "kind": 0, "factor": 1.0})
        table = pd.concat([rows, terms], ignore_index=True)
        return table.assign(strength=table.term.map(self.strengths).fillna(0.0).astype(float))

    @cached_property
    def finder(self) -> Finder:
        return Finder(tuple(self.table.term))


def clause_scores(corpus: Corpus, lexicon: PolarityLexicon) -> pd.DataFrame:
    """One row per clause of a corpus: `score` in −1…1 (0 where neither it nor a clause before
    it speaks), `terms` the number of terms found, `weight` with which the clause counts in its
    comment."""
    found = _occurrences(corpus, lexicon)
    size = len(corpus.clauses)
    value = found.strength * _turned(found)
    spoken = (found.strength != 0).to_numpy()
    sums = np.bincount(found.clause, weights=value, minlength=size)
    terms = np.bincount(found.clause[spoken], minlength=size)
    score = sums / np.sqrt(sums**2 + DAMP)
    score = _carried(score, terms, corpus.clauses.comment.to_numpy())
    return pd.DataFrame({"score": score, "terms": terms, "weight": _weights(corpus, found)})


def _carried(score: np.ndarray, terms: np.ndarray, comment: np.ndarray) -> np.ndarray:
    """Silent clauses lean towards the last one of their comment that spoke."""
    places = np.where(terms > 0, np.arange(len(score)), -1)
    last = np.maximum.accumulate(places) if len(places) else places
    leaning = (terms == 0) & (last >= 0)
    leaning[leaning] = comment[last[leaning]] == comment[leaning]
    carried = score.copy()
    carried[leaning] = CARRIED * score[last[leaning]]
    return carried


def _occurrences(corpus: Corpus, lexicon: PolarityLexicon) -> pd.DataFrame:
    hits = lexicon.finder.find(corpus)
    hits["clause"] = corpus.clause_at(hits.start.to_numpy())
    entries = lexicon.table.loc[hits.term, ["kind", "factor", "strength"]].reset_index(drop=True)
    hits = pd.concat([hits, entries], axis=1)
    hits["near"] = np.where(
        [corpus.text[place].isascii() for place in hits.start], NEAR_LATIN, NEAR_HAN
    )
    return hits


def _turned(hits: pd.DataFrame) -> np.ndarray:
    """By what a term's strength is multiplied, given the modifiers shortly before it."""
    factor = np.ones(len(hits))
    wished = np.zeros(len(hits), dtype=bool)
    start, end = hits.start.to_numpy(), hits.end.to_numpy()
    clause, kind = hits.clause.to_numpy(), hits.kind.to_numpy()
    size, near = hits.factor.to_numpy(float), hits.near.to_numpy()
    open_way = np.ones(len(hits), dtype=bool)
    for step in range(1, REACH + 1):
        places = np.arange(len(hits)) - step
        before = np.maximum(places, 0)
        same = (places >= 0) & (clause[before] == clause)
        close = same & (start - end[before] <= near) & open_way
        turns = close & (kind[before] == 1)
        factor[turns] *= size[before][turns]
        grades = close & (kind[before] == 2) & (start - end[before] <= 3)
        factor[grades] *= size[before][grades]
        wished |= same & (kind[before] == 4)
        # Another term in between takes the modifier for itself.
        open_way &= ~(same & (kind[before] == 0))
    positive = hits.strength.to_numpy() * factor > 0
    factor[wished & positive] *= -0.3
    return factor


def _weights(corpus: Corpus, hits: pd.DataFrame) -> np.ndarray:
    """A clause's weight in its comment: that of its contrast; less before a heavy one."""
    weight = np.ones(len(corpus.clauses))
    turns = hits[hits.kind == KINDS.index("contrast")]
    clause = turns.clause.to_numpy()
    weight[clause] = turns.factor
    heavy = clause[(turns.factor > 1).to_numpy() & (clause > 0)]
    comment = corpus.clauses.comment.to_numpy()
    before = heavy[comment[heavy - 1] == comment[heavy]] - 1
    weight[before] = np.minimum(weight[before], BEFORE)
    return weight


def comment_scores(corpus: Corpus, clauses: pd.DataFrame) -> np.ndarray:
    """A comment's score in −1…1 from its clauses' (`clause_scores`); 0 where none speaks."""
    size = len(corpus.starts)
    comment = corpus.clauses.comment.to_numpy()
    spoken = clauses.score * clauses.weight * (clauses.terms > 0)
    sums = np.bincount(comment, weights=spoken, minlength=size)
    return sums / np.sqrt(sums**2 + 1.0)
