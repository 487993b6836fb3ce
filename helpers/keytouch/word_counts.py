"""Which words and pairs of words a text has, as sparse matrices that a model can learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

MOST_WORDS = 60_000


@dataclass(frozen=True)
class Words:
    """Words in the order of the text, each with its `owner`, the text that it belongs to."""

    words: Sequence[str]
    owner: np.ndarray
    size: int

    @cached_property
    def tokens(self) -> tuple[list[str], np.ndarray]:
        """Every word and every pair of neighbours within one text, with their owners."""
        words, owner = list(self.words), self.owner
        same = np.flatnonzero(owner[:-1] == owner[1:]) if len(owner) else np.array([], dtype=int)
        pairs = [f"{words[place]} {words[place + 1]}" for place in same]
        return words + pairs, np.concatenate([owner, owner[same]]).astype(np.int64)

    def parted(self, part: np.ndarray, size: int) -> Words:
        """The same words as parts of the texts, `part` giving each word's."""
        parts = Words(self.words, part, size)
        tokens, owner = self.tokens
        same = np.flatnonzero(self.owner[:-1] == self.owner[1:]) if len(part) else owner
        inside = part[same] == part[same + 1]
        chosen = np.flatnonzero(inside)
        pairs = tokens[len(part) :]
        found = list(self.words) + [pairs[place] for place in chosen]
        parts.__dict__["tokens"] = found, np.concatenate([part, part[same[chosen]]])
        return parts


def _counts(ids: np.ndarray, owner: np.ndarray, size: int, width: int) -> sparse.csr_matrix:
    return sparse.coo_matrix((np.ones(len(ids)), (owner, ids)), shape=(size, width)).tocsr()


def count_words(texts: Sequence[Words]) -> tuple[list[str], sparse.csr_matrix]:
    """Every word and pair of some texts in order of first use, and how often each text has it."""
    places: dict[str, int] = {}
    parts, before = [], 0
    for text in texts:
        tokens, owner = text.tokens
        ids = np.fromiter(
            (places.setdefault(token, len(places)) for token in tokens), np.int64, len(tokens)
        )
        parts.append((ids, owner + before))
        before += text.size
    ids = np.concatenate([part[0] for part in parts]) if parts else np.array([], dtype=np.int64)
    owner = np.concatenate([part[1] for part in parts]) if parts else ids
    return list(places), _counts(ids, owner, before, len(places))


def chosen_words(counts: sparse.csr_matrix, *, least: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """The columns held by at least `least` texts (the most frequent 60,000), and their rarity."""
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = np.flatnonzero(held >= least)
    kept = kept[np.argsort(-held[kept], kind="stable")[:MOST_WORDS]]
    return kept, np.log((1 + counts.shape[0]) / (1 + held[kept])) + 1


def tf_idf(counts: sparse.csr_matrix, rarity: np.ndarray) -> sparse.csr_matrix:
    """Logarithm of the count times rarity, each row of length one."""
    weighted = counts.copy()
    weighted.data = (1 + np.log(weighted.data)) * rarity[weighted.indices]
    norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return sparse.diags(1 / np.where(norms > 0, norms, 1)) @ weighted


@dataclass(frozen=True)
class Vocabulary:
    """The words and pairs that a model knows, with the weight of their rarity."""

    places: dict[str, int]
    rarity: np.ndarray

    def matrix(self, text: Words) -> sparse.csr_matrix:
        """One row per text: TF-IDF of the words that are known."""
        tokens, owner = text.tokens
        known = self.places.get
        ids = np.fromiter((known(token, -1) for token in tokens), np.int64, len(tokens))
        keep = ids >= 0
        return tf_idf(_counts(ids[keep], owner[keep], text.size, len(self.places)), self.rarity)


def learn_vocabulary(
    texts: Sequence[Words], *, least: int = 2
) -> tuple[Vocabulary, sparse.csr_matrix]:
    """The words and pairs that occur in at least `least` texts, and the texts' TF-IDF.

    >>> known, _ = learn_vocabulary([Words(["a", "b", "a", "b"], np.array([0, 0, 1, 1]), 2)])
    >>> sorted(known.places)
    ['a', 'a b', 'b']
    """
    tokens, counts = count_words(texts)
    kept, rarity = chosen_words(counts, least=least)
    places = {tokens[column]: place for place, column in enumerate(kept)}
    return Vocabulary(places, rarity), tf_idf(counts[:, kept], rarity)
