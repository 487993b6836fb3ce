"""A coder's sheet as a file: CSV or XLSX in, CSV out whole or not at all.

Every cell is written so that no spreadsheet runs it, and read back as it was.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from keytouch.decoding import find_encoding, text_blocks
from keytouch.harvest import neutral
from keytouch.limits import from_outside, shortages_told
from keytouch.problems import DataError, Problem
from keytouch.workbooks import as_text

SHEET = "coding"
# What no sheet can hold, and marks that turn the reading direction of what follows.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|[\ud800-\udfff]"
)
Rows = list[list[str]]


def calm_text(value: Any) -> Any:
    """A text without control characters, half characters and turns of the reading direction.

    >>> calm_text("a\\u202eb\\x00c")
    'abc'
    """
    return UNSEEN.sub("", value) if isinstance(value, str) else value


def written_cell(value: Any) -> Any:
    """A cell as it may stand in a sheet; None is blank."""
    return neutral(calm_text(value))


def read_cell(text: str) -> str:
    """A cell's text without the apostrophe that `written_cell` put before it.

    >>> read_cell(written_cell("=1+1"))
    '=1+1'
    """
    return text[1:] if text.startswith("'") and neutral(text[1:]) == text else text


def write_csv(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Write a sheet; a reader sees the old file or the new one, and never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        with (
            shortages_told(path.parent),
            open(partial, "w", encoding="utf-8-sig", newline="") as file,
        ):
            csv.writer(file).writerows([written_cell(cell) for cell in row] for row in rows)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_rows(path: Path) -> Rows:
    """All rows of a CSV or XLSX sheet as texts, the header first. Raises DataError."""
    if not path.is_file():
        key = "problem_is_folder" if path.is_dir() else "problem_no_file"
        raise DataError(Problem(key, file=path.name))
    if path.suffix.lower() == ".xls":
        raise DataError(Problem("problem_old_excel", file=path.name))
    rows = _of_book(path) if path.suffix.lower() == ".xlsx" else _of_text(path)
    if not rows or not any(rows[0]):
        raise DataError(Problem("problem_empty_header", file=path.name))
    return [[name.lower() for name in rows[0]], *rows[1:]]


def _of_text(path: Path) -> Rows:
    text = "".join(text_blocks(find_encoding(path, path.name))).removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)  # some spreadsheets write semicolons
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise DataError(Problem("problem_unreadable", file=path.name)) from error
    return [[read_cell(cell).strip() for cell in row] for row in rows]


def _of_book(path: Path) -> Rows:
    import openpyxl

    try:
        with open(path, "rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet = book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]
            sheet.reset_dimensions()
            rows = [[as_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
            book.close()
    except Exception as error:  # a broken workbook breaks openpyxl in a dozen ways
        if from_outside(error):
            raise
        raise DataError(Problem("problem_unreadable", file=path.name)) from error
    return [[read_cell(cell).strip() for cell in row] for row in rows]
