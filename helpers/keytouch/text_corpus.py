"""Comments as one long text: where clauses begin, where words begin, and which terms occur.

Terms of every lexicon are found in one pass over the whole text. A term counts where it
begins and ends with a word, so that 好 isn't found in 好像 and "pan" isn't in "panel".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import rjieba
from ahocorasick_rs import AhoCorasick

AT_ONCE = 5000  # comments read together: memory stays small and passes stay long
# A full stop inside a number or an address ends nothing.
_CLAUSE_END = re.compile(
    r"[。!！?？;；,，~…\n]+|(?<!\d)[.]+(?=\s|[\u4e00-\u9fff]|$)|\s+(?=but\b|although\b|though\b|however\b)"
    r"|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Corpus:
    """Plain comments joined by line ends. Places are characters of `text`.

    `starts` where each comment begins; `clauses` one row per clause: `comment` (its place among
    the comments), `start`, `end`.
    """

    text: str
    starts: np.ndarray
    clauses: pd.DataFrame

    @cached_property
    def words(self) -> list[str]:
        """The text cut into words, separators included."""
        return rjieba.cut(self.text, False)

    @cached_property
    def edges(self) -> np.ndarray:
        """Whether a word begins (or the one before ends) at a place."""
        lengths = np.fromiter(map(len, self.words), dtype=np.int64, count=len(self.words))
        edges = np.zeros(len(self.text) + 1, dtype=bool)
        edges[0] = True
        edges[np.cumsum(lengths)] = True
        return edges

    @cached_property
    def spoken_words(self) -> tuple[list[str], np.ndarray]:
        """The words that hold a letter or digit, and where each begins."""
        lengths = np.fromiter(map(len, self.words), dtype=np.int64, count=len(self.words))
        starts = np.cumsum(lengths) - lengths
        spoken = np.fromiter((word[0].isalnum() for word in self.words), bool, len(self.words))
        return [word for word, kept in zip(self.words, spoken) if kept], starts[spoken]

    def comment_at(self, places: np.ndarray) -> np.ndarray:
        """The comment that holds each place."""
        return np.searchsorted(self.starts, places, side="right") - 1

    def clause_at(self, places: np.ndarray) -> np.ndarray:
        """The clause that holds each place."""
        return np.searchsorted(self.clauses.start.to_numpy(), places, side="right") - 1

    def clause_texts(self) -> list[str]:
        return [self.text[a:b] for a, b in zip(self.clauses.start, self.clauses.end)]


def read_corpus(texts: Sequence[str]) -> Corpus:
    """Plain texts as one corpus.

    >>> read_corpus(["房间不错，早餐差", "Fine."]).clause_texts()
    ['房间不错，', '早餐差', 'Fine.']
    """
    text = _lowered("\n".join(texts))
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    starts = np.concatenate([[0], np.cumsum(lengths + 1)[:-1]]) if len(texts) else lengths
    return Corpus(text, starts, _clauses(text, starts))


def _lowered(text: str) -> str:
    """Lower case, one character for one: a few letters have a longer lower case and keep theirs."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := sign.lower()) == 1 else sign for sign in text)


def _clauses(text: str, starts: np.ndarray) -> pd.DataFrame:
    """Clauses with their closing punctuation; stretches without a letter or digit are none."""
    ends = np.fromiter((m.end() for m in _CLAUSE_END.finditer(text)), dtype=np.int64)
    bounds = np.unique(np.concatenate([[0], ends, starts, [len(text)]]))
    begin, end = bounds[:-1], bounds[1:]
    end = end - np.fromiter((text[place - 1] == "\n" for place in end), dtype=np.int64)
    said = [any(sign.isalnum() for sign in text[a:b]) for a, b in zip(begin, end)]
    keep = np.array(said, dtype=bool)
    comment = np.searchsorted(starts, begin, side="right") - 1
    return pd.DataFrame({"comment": comment[keep], "start": begin[keep], "end": end[keep]})


@dataclass(frozen=True)
class Finder:
    """Terms to be found, each once, lower case.

    A term must begin and end with a word. `loose`: of a Chinese term of two characters or more
    one end will do, because the cutting of words joins what it has met together (网速慢).
    """

    terms: tuple[str, ...]
    loose: bool = False

    @cached_property
    def _automaton(self) -> AhoCorasick:
        return AhoCorasick(list(self.terms))

    def find(self, corpus: Corpus) -> pd.DataFrame:
        """One row per occurrence that is no part of a longer one: `term` (its place among the
        terms), `start`, `end`, in the order of the text."""
        if not self.terms or not corpus.text:
            return pd.DataFrame({"term": [], "start": [], "end": []}, dtype=np.int64)
        hits = self._automaton.find_matches_as_indexes(corpus.text, overlapping=True)
        found = np.array(hits, dtype=np.int64).reshape(-1, 3)
        found = found[self._placed(corpus, found)]
        found = found[np.lexsort((-found[:, 2], found[:, 1]))]
        reach = np.maximum.accumulate(found[:, 2]) if len(found) else found[:, 2]
        outside = np.ones(len(found), dtype=bool)
        outside[1:] = found[1:, 2] > reach[:-1]
        return pd.DataFrame(found[outside], columns=["term", "start", "end"])

    def _placed(self, corpus: Corpus, found: np.ndarray) -> np.ndarray:
        begins, ends = corpus.edges[found[:, 1]], corpus.edges[found[:, 2]]
        if not self.loose:
            return begins & ends
        several = np.array([len(term) > 1 and not term.isascii() for term in self.terms])
        return (begins & ends) | (several[found[:, 0]] & (begins | ends))


def in_pieces(texts: Sequence[str], size: int = AT_ONCE) -> Iterator[tuple[int, Sequence[str]]]:
    """Texts a piece at a time, with the place of its first."""
    for place in range(0, len(texts), size):
        yield place, texts[place : place + size]
