"""Which comments were copied from others, word for word or nearly.

Near copies share most of their short stretches of characters. Candidates come from min-wise
hashes in bands, each pair is then counted exactly. Source of the method: Broder 1997; Leskovec,
Rajaraman & Ullman 2014, chapter 3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from keytouch.plain_text import HAN, plain_texts

SHORTEST = 8  # characters: shorter texts are alike because people speak alike
ALIKE = 0.42  # Jaccard share: a tenth of the characters changed here and there leaves as much
HAN_STRETCH, LATIN_STRETCH = 3, 4
BANDS, ROWS = 32, 3
NEIGHBOURS = 8  # of a bucket that a text is compared with, beside the bucket's first
_HAN = re.compile(f"[{HAN}]")
_AT_ONCE = 2_000  # texts hashed together
_MIX = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)


def near_duplicates(
    texts: Sequence[str], *, alike: float = ALIKE, plain: bool = False
) -> np.ndarray:
    """For each text the place of the first text that it repeats, −1 where it repeats none.

    A text repeats another where their plain texts are the same, case and spaces aside, or where
    their stretches of characters (3 in Chinese, 4 else) agree to `alike` (Jaccard). Texts of
    less than eight characters repeat nothing: 很好 is no copy. `plain` says that the texts are
    plain already. The same on every run.

    >>> near_duplicates(["房间很干净，早餐不错", "很好", "很好", "房间很干净早餐不错"]).tolist()
    [-1, -1, -1, 0]
    """
    seen = ["".join(text.split()).lower() for text in (texts if plain else plain_texts(texts))]
    repeated = np.full(len(seen), -1, dtype=np.int64)
    first: dict[str, int] = {}
    for place, text in enumerate(seen):
        if len(text) >= SHORTEST:
            earlier = first.setdefault(text, place)
            repeated[place] = earlier if earlier < place else -1
    places = np.fromiter(first.values(), dtype=np.int64, count=len(first))
    stretches = _stretches(list(first))
    sets = [frozenset(row.tolist()) for row in stretches]
    for later, earlier in _candidates(_signatures(stretches)):
        if repeated[places[later]] < 0 and _jaccard(sets[later], sets[earlier]) >= alike:
            repeated[places[later]] = places[earlier]
    return repeated


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both)


def _stretches(texts: list[str]) -> list[np.ndarray]:
    """The different stretches of each text, as sorted numbers of 32 bits."""
    rows = []
    for text in texts:
        signs = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        han = 2 * len(_HAN.findall(text)) >= len(text)
        size = HAN_STRETCH if han else LATIN_STRETCH
        numbers = np.zeros(len(signs) - size + 1, dtype=np.uint32)
        for step in range(size):
            numbers = numbers * np.uint32(0x01000193) + signs[step : step + len(numbers)]
        numbers ^= numbers >> np.uint32(16)
        numbers *= _MIX[0]
        numbers ^= numbers >> np.uint32(13)
        numbers *= _MIX[1]
        rows.append(np.unique(numbers ^ (numbers >> np.uint32(16))))
    return rows


def _signatures(stretches: list[np.ndarray]) -> np.ndarray:
    """One row per text: the smallest number of its stretches under each hash."""
    factors = np.random.default_rng(0).integers(1, 2**31, BANDS * ROWS).astype(np.uint32) * 2 + 1
    signatures = np.empty((len(stretches), BANDS * ROWS), dtype=np.uint32)
    for place in range(0, len(stretches), _AT_ONCE):
        part = stretches[place : place + _AT_ONCE]
        numbers = np.concatenate(part)
        starts = np.cumsum([0, *map(len, part[:-1])])
        for k, factor in enumerate(factors.astype(np.uint32)):
            least = np.minimum.reduceat(numbers * factor, starts)
            signatures[place : place + len(part), k] = least
    return signatures


def _candidates(signatures: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (later, earlier) that agree in a band, in order."""
    size = len(signatures)
    pairs = [np.empty(0, dtype=np.int64)]
    for band in range(BANDS):
        a, b, c = signatures[:, band * ROWS : (band + 1) * ROWS].T.astype(np.uint64)
        keys = a << np.uint64(32) ^ b << np.uint64(16) ^ c
        order = np.argsort(keys, kind="stable")
        ranked = keys[order]
        heads = order[np.searchsorted(ranked, ranked)]
        pairs.append((order * size + heads)[heads < order])
        for shift in range(1, NEIGHBOURS + 1):
            same = ranked[shift:] == ranked[:-shift]
            if not same.any():
                break
            pairs.append((order[shift:] * size + order[:-shift])[same])
    found = np.unique(np.concatenate(pairs))
    return list(zip((found // max(size, 1)).tolist(), (found % max(size, 1)).tolist()))
