"""Errors that help: what was found, where, and what to do.

A `Problem` is one finding about a client's files; a `DataError` carries all of them at once.
Both hold ids and values; they become Chinese or English only when somebody reads them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "rejected", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "rejected", "warning", "note")


@dataclass(frozen=True)
class Problem:
    """One thing wrong, or worth knowing, in a client's files.

    `key` is the word-list key of its sentence; `values` fill the sentence's placeholders.
    `rows` are the first few row numbers as a spreadsheet shows them (the header is row 1);
    `count` is how many rows are concerned in all.
    """

    key: str
    severity: Severity = "error"
    file: str = ""
    column: str = ""
    rows: tuple[int, ...] = ()
    count: int = 0
    values: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """The problem in the language in use: place first, then the sentence."""
        from keytouch.words import word

        place = " · ".join(part for part in (self.file, self.column) if part)
        sentence = word(self.key, **self.values)
        if "line" in self.values and "{line}" not in word(self.key):
            sentence = _joined(sentence, word("problem_line", line=self.values["line"]))
        if self.count:
            shown = ", ".join(str(row) for row in self.rows)
            more = "…" if self.count > len(self.rows) else ""
            key = "problem_rows" if self.rows else "problem_count"
            rows = word(key, count=self.count, rows=shown + more)
            sentence = _joined(sentence, rows)
        return word("problem_at", place=place, sentence=sentence) if place else sentence


def _joined(sentence: str, more: str) -> str:
    return sentence + more if more.startswith("（") else f"{sentence} {more}"


class DataError(Exception):
    """A user's input can't be used; `problems` says why, all at once."""

    def __init__(self, problems: Problem | Iterable[Problem]):
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(problem.text() for problem in self.problems)

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines instead of a traceback: a user's mistake is not a crash.
        return [f"DataError: {problem.text()}" for problem in self.problems]


def nearest(name: str, names: Iterable[str]) -> str:
    """The valid name most like `name`, or "" when none is near.

    >>> nearest("custmer_id", ["customer_id", "journey_id"])
    'customer_id'
    """
    choices = {str(choice).lower(): str(choice) for choice in names}
    match = difflib.get_close_matches(str(name).lower(), choices, n=1, cutoff=0.6)
    return choices[match[0]] if match else ""
