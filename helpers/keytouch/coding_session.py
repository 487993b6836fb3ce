"""One person coding comments: what is coded, where they are, and a file that keeps up.

Nothing here knows of widgets: the session can be driven by any face, and is by the tests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from keytouch.code_cells import Codebook
from keytouch.code_files import calm_text, read_rows, write_csv
from keytouch.code_problems import Faults
from keytouch.comment_codes import CODINGS
from keytouch.comment_sheets import COLUMNS, blank_rows, sheet_codes
from keytouch.problems import DataError, Problem

FILLED = (*CODINGS, "note")


class CodingSession:
    """A coder's sheet, saved after each change; a new session continues where it stopped.

    `rows` are the coder's comments in their order, as `write_comment_sheet` has them; `place` is
    the one that is shown. Raises DataError where the file holds what can't be read, belongs to
    another coder, or was changed by something else in the meantime.
    """

    def __init__(self, sample: pd.DataFrame, book: Codebook, *, coder: str, path: str | Path):
        self.path, self.coder = Path(path), calm_text(coder).strip()
        if self.path.suffix.lower() != ".csv":
            raise DataError(Problem("problem_codes_csv", values={"found": self.path.name}))
        if not self.coder:
            raise DataError(Problem("problem_codes_coder", values={"found": coder}))
        self.rows = blank_rows(sample, self.coder)
        self._others: list[dict[str, Any]] = []  # rows of comments that the sample lacks
        self._stamp = self._state()
        if self._stamp:
            self._continue(book)
        done = [place for place, row in enumerate(self.rows) if not lacking(row)]
        last = max(done, default=-1) + 1
        self.place = last if last < len(self.rows) else self._open(0)

    def _continue(self, book: Codebook) -> None:
        """Take over what the file holds."""
        faults = Faults()
        codes = sheet_codes(self.path, book, faults)
        faults.refuse()
        coders = sorted({row["coder"] for row in codes} - {self.coder})
        if coders:
            values = {"found": ", ".join(coders), "coder": self.coder}
            raise DataError(Problem("problem_codes_other", file=self.path.name, values=values))
        read = {row["comment_id"]: row for row in codes}
        header, *lines = read_rows(self.path)
        kept = {}
        for cells in lines:
            row = dict.fromkeys(COLUMNS, "") | dict(zip(header, cells))
            row |= {name: read.get(row["comment_id"], {}).get(name) or row[name] for name in FILLED}
            kept[row["comment_id"]] = {name: row[name] for name in COLUMNS}
        for row in self.rows:
            row |= {name: kept.get(row["comment_id"], row)[name] for name in FILLED}
        own = {row["comment_id"] for row in self.rows}
        self._others = [row for name, row in kept.items() if name and name not in own]

    @property
    def row(self) -> dict[str, Any]:
        """The comment that is shown, with its codes."""
        return self.rows[self.place]

    @property
    def coded(self) -> int:
        """How many comments are coded in full."""
        return sum(not lacking(row) for row in self.rows)

    def code(self, coding: str, value: str) -> None:
        """Set one code of the comment that is shown, and save."""
        self.row[coding] = value
        self.save()

    def next(self) -> bool:
        """Go on; not before the comment is coded in full. At the end, to the first open one."""
        if lacking(self.row):
            return False
        self.skip()
        return True

    def skip(self) -> None:
        """Go on and leave the comment as it is; at the end, to the first open one."""
        last = self.place + 1 >= len(self.rows)
        self.place = self._open(self.place) if last else self.place + 1
        self.save()

    def back(self) -> None:
        """Go to the comment before."""
        self.place = max(0, self.place - 1)

    def _open(self, otherwise: int) -> int:
        """The first comment that isn't coded in full."""
        return next((k for k, row in enumerate(self.rows) if lacking(row)), otherwise)

    def save(self) -> None:
        """Write the sheet, whole; never over what something else has written since."""
        if self._state() != self._stamp:
            raise DataError(Problem("problem_codes_changed", file=self.path.name))
        rows = [[row[name] for name in COLUMNS] for row in (*self.rows, *self._others)]
        write_csv(self.path, [COLUMNS, *rows])
        self._stamp = self._state()

    def _state(self) -> tuple[int, int]:
        """What tells whether the file was changed; () where there is none."""
        if not self.path.exists():
            return ()  # type: ignore[return-value]
        found = self.path.stat()
        return found.st_mtime_ns, found.st_size


def lacking(row: dict[str, Any]) -> list[str]:
    """The codings that a comment still lacks."""
    return [coding for coding in CODINGS if not row[coding]]
