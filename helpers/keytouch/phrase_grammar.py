"""Words as letters of their kind, so that one regular expression over letters finds phrases.

A token's kind is one letter; a phrase pattern is an expression over such letters, each of whose
alternatives is a group named by its rule. Both languages read this way, each with its own kinds.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

LEXICONS = Path(__file__).parent / "lexicons"

Words = Mapping[str, frozenset[str]]
Rendered = tuple[str, str] | None  # the phrase as people read it, and what it is merged by


@cache
def phrase_words(english: bool) -> Words:
    """The words of one language by kind, as `lexicons/phrase_words.csv` lists them.

    >>> "noisy" in phrase_words(True)["adjective"], "陈旧" in phrase_words(False)["adjective"]
    (True, True)
    """
    found: dict[str, set[str]] = defaultdict(set)
    with open(LEXICONS / "phrase_words.csv", encoding="utf8", newline="") as file:
        for row in csv.DictReader(file):
            if row["word"].isascii() == english:
                found[row["kind"]].add(row["word"])
    return {kind: frozenset(words) for kind, words in found.items()}


@dataclass(frozen=True)
class Tokens:
    """Words in the order of a text: `kinds` one letter for each, `words` as they are shown,
    `starts` the place of each in the text."""

    kinds: str
    words: Sequence[str]
    starts: np.ndarray


def found_phrases(
    tokens: Tokens,
    pattern: re.Pattern[str],
    render: Callable[[str, Sequence[Sequence[str]]], Rendered],
) -> pd.DataFrame:
    """What a pattern finds, one row per phrase: `start` (its place in the text), `rule`,
    `phrase`, `key`.

    A rule's own groups stand inside it, in order; `render` gets the rule and the words of each,
    and gives None where nothing is said that a reader could use.
    """
    rows = list(_rendered(tokens, pattern, render))
    table = pd.DataFrame(rows, columns=["token", "rule", "phrase", "key"])
    start = tokens.starts[table.token.to_numpy(np.int64)]
    return table.assign(start=start)[["start", "rule", "phrase", "key"]]


def _rendered(
    tokens: Tokens,
    pattern: re.Pattern[str],
    render: Callable[[str, Sequence[Sequence[str]]], Rendered],
) -> Iterator[tuple[int, str, str, str]]:
    inner = _inner_groups(pattern)
    words, known = tokens.words, {}
    for match in pattern.finditer(tokens.kinds):
        rule = match.lastgroup
        assert rule is not None
        said = (rule, *[tuple(words[slice(*match.span(group))]) for group in inner[rule]])
        if said not in known:
            known[said] = render(rule, said[1:])
        if found := known[said]:
            yield match.start(), rule, *found


@cache
def _inner_groups(pattern: re.Pattern[str]) -> dict[str, list[int]]:
    """The numbers of the unnamed groups inside each named one."""
    named = sorted((number, name) for name, number in pattern.groupindex.items())
    ends = [number for number, _ in named[1:]] + [pattern.groups + 1]
    return {name: list(range(number + 1, end)) for (number, name), end in zip(named, ends)}
