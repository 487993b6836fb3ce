"""What is wrong in coders' sheets, gathered so that all of it is told at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from keytouch.code_cells import Codebook, folded
from keytouch.problems import DataError, Problem, nearest

SHOWN = 5
Where = tuple[str, int]


class Faults:
    """Problems by file, column and what was found; equal ones become one with all its rows."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._rows: dict[tuple[str, str, str, tuple[tuple[str, Any], ...]], list[int]] = {}

    def add(self, where: Where, column: str, key: str, **values: Any) -> None:
        """Note that something is wrong in a row (as a spreadsheet numbers them)."""
        file, row = where
        rows = self._rows.setdefault((file, column, key, tuple(values.items())), [])
        if row not in rows:
            rows.append(row)

    def no_column(self, file: str, name: str, header: Sequence[str]) -> None:
        """A column that a sheet needs isn't there."""
        near = nearest(name, [text for text in header if text])
        values = {"near": near} if near else {"names": ", ".join(text for text in header if text)}
        key = "problem_no_column_near" if near else "problem_no_column"
        self.problems.append(Problem(key, file=file, column=name, values=values))

    def unknown(self, where: Where, coding: str, text: str, book: Codebook) -> None:
        """A text that is no code; a name of two touchpoints is told as such."""
        key = f"problem_codes_{coding}"
        if coding == "touchpoints" and folded(text) in book.shared:
            ids = [name for name, texts in book.names.items() if folded(text) in map(folded, texts)]
            self.add(where, coding, "problem_codes_shared", found=text, near=", ".join(ids))
            return
        self.add(where, coding, key, found=text, near=book.near(coding, text))

    def weight(self, where: Where, text: str) -> float | None:
        """A sampling weight; None for a blank."""
        if not text:
            return None
        try:
            weight = float(text)
        except ValueError:
            weight = math.nan
        if not (0 < weight < math.inf):
            self.add(where, "weight", "problem_codes_weight", found=text)
        return weight

    def refuse(self) -> None:
        """Raise DataError with all that was found, if anything was."""
        found = [
            Problem(key, "error", file, column, tuple(rows[:SHOWN]), len(rows), dict(values))
            for (file, column, key, values), rows in self._rows.items()
        ]
        if self.problems or found:
            raise DataError([*self.problems, *found])
