"""The lists that names are told by: English first names, and words that only look like names.

Both are files that a consultant may edit: `lexicons/first_names.csv` (`also` says "word" where a
first name is a word or place as well) and `lexicons/no_names.csv`.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

LEXICONS = Path(__file__).parent / "lexicons"


def lexicon_rows(name: str) -> list[dict[str, str]]:
    """The rows of a file among the lexicons."""
    with open(LEXICONS / name, encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def first_names(*, plain: bool = False) -> frozenset[str]:
    """English first names; `plain` leaves out those that are words or places as well.

    >>> "Grace" in first_names(), "Grace" in first_names(plain=True)
    (True, False)
    """
    rows = lexicon_rows("first_names.csv")
    return frozenset(row["name"] for row in rows if not (plain and row["also"]))


@cache
def no_names(language: str) -> frozenset[str]:
    """Words that look like names and are none.

    >>> "齐全" in no_names("zh"), "Reception" in no_names("en")
    (True, True)
    """
    rows = lexicon_rows("no_names.csv")
    return frozenset(row["term"] for row in rows if row["language"] == language)
