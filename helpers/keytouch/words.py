"""One word list for both languages: labels, sentences, errors, glossary.

Ids stay inside; words appear at the edge. `use("zh")` sets the language once.
"""

from __future__ import annotations

import csv
import os
from functools import cache
from pathlib import Path
from typing import Any

from keytouch.problems import DataError, Problem

LANGUAGES = ("zh", "en")
_language = "zh" if os.environ.get("LANG", "").startswith("zh") else "en"


@cache
def word_list() -> dict[str, dict[str, str]]:
    """Every key with its row: zh, en, meaning_zh, meaning_en."""
    with open(Path(__file__).with_name("words.csv"), encoding="utf8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def language() -> str:
    """The language in use: "zh" or "en"."""
    return _language


def set_language(name: str) -> None:
    """Set the language of every word from here on."""
    global _language
    if name not in LANGUAGES:
        raise DataError(Problem("problem_language", values={"found": name}))
    _language = name


def word(key: str, /, **values: Any) -> str:
    """The word or sentence of `key` in the language in use, its placeholders filled.

    A key that is not in the list is a programming error and raises KeyError.

    >>> set_language("en"); word("touchpoint")
    'touchpoint'
    """
    text = word_list()[key][_language]
    return text.format(**values) if values else text


def has_word(key: str) -> bool:
    """Whether the list knows a key."""
    return key in word_list()
