"""Which words and pairs of words a text has, as a sparse matrix that a model can learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

MOST_WORDS = 60_000


@dataclass(frozen=True)
class Words:
    """Words in the order of the text, each with its `owner`, the text that it belongs to."""

    words: Sequence[str]
    owner: np.ndarray
    size: int


def pairs_too(text: Words) -> tuple[list[str], np.ndarray]:
    """Every word and every pair of neighbours within one text, with their owners."""
    words, owner = list(text.words), text.owner
    same = np.flatnonzero(owner[:-1] == owner[1:]) if len(owner) else np.array([], dtype=int)
    pairs = [f"{words[place]} {words[place + 1]}" for place in same]
    return words + pairs, np.concatenate([owner, owner[same]]).astype(np.int64)


@dataclass(frozen=True)
class Vocabulary:
    """The words and pairs that a model knows, with the weight of their rarity."""

    places: dict[str, int]
    rarity: np.ndarray

    def matrix(self, text: Words) -> sparse.csr_matrix:
        """One row per text: TF-IDF (logarithm of the count times rarity) of length one."""
        tokens, owner = pairs_too(text)
        known = self.places.get
        ids = np.fromiter((known(token, -1) for token in tokens), dtype=np.int64, count=len(tokens))
        keep = ids >= 0
        counts = sparse.coo_matrix(
            (np.ones(keep.sum()), (owner[keep], ids[keep])), shape=(text.size, len(self.places))
        ).tocsr()
        counts.data = (1 + np.log(counts.data)) * self.rarity[counts.indices]
        norms = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
        return sparse.diags(1 / np.where(norms > 0, norms, 1)) @ counts


def learn_vocabulary(texts: Iterable[Words], *, least: int = 2) -> Vocabulary:
    """The words and pairs that occur in at least `least` texts, the most frequent 60,000.

    >>> sorted(learn_vocabulary([Words(["a", "b", "a", "b"], np.array([0, 0, 1, 1]), 2)]).places)
    ['a', 'a b', 'b']
    """
    frequency: Counter[str] = Counter()
    total = 0
    for text in texts:
        tokens, owner = pairs_too(text)
        frequency.update(token for token, _ in set(zip(tokens, owner.tolist())))
        total += text.size
    kept = [(token, n) for token, n in frequency.items() if n >= least]
    kept = sorted(kept, key=lambda pair: (-pair[1], pair[0]))[:MOST_WORDS]
    rarity = np.array([np.log((1 + total) / (1 + n)) + 1 for _, n in kept])
    return Vocabulary({token: place for place, (token, _) in enumerate(kept)}, rarity)
