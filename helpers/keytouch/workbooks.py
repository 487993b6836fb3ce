"""Excel workbooks: one sheet as a raw table."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from keytouch.limits import from_outside
from keytouch.problems import DataError, Problem, nearest
from keytouch.raw import BadRow, RawTable, column_names, raw_table, store
from keytouch.settings import Source

BATCH = 50_000


def read_xlsx(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> RawTable:
    """Read one sheet, the first unless `sheet` names another."""
    import openpyxl

    try:
        # A file, not a path: openpyxl would go by the name's ending.
        with open(path, "rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                return _read_sheet(con, source, book)
            finally:
                book.close()
    except (DataError, duckdb.Error):
        raise
    except Exception as error:  # a broken workbook breaks openpyxl in a dozen ways
        if from_outside(error):
            raise
        raise DataError(Problem("problem_unreadable", file=source.file)) from error


def _read_sheet(con: duckdb.DuckDBPyConnection, source: Source, book: Any) -> RawTable:
    names, problems = [sheet.title for sheet in book.worksheets], []
    if source.sheet and source.sheet not in names:
        near = nearest(source.sheet, names) or ", ".join(names)
        values = {"found": source.sheet, "near": near}
        raise DataError(Problem("problem_no_sheet", file=source.file, values=values))
    if not source.sheet and len(names) > 1:
        values = {"sheet": names[0], "names": ", ".join(names)}
        problems.append(Problem("problem_first_sheet", "note", source.file, values=values))
    sheet = book[source.sheet or names[0]]
    sheet.reset_dimensions()
    rows = sheet.iter_rows(values_only=True)
    header = [as_text(cell).strip() for cell in next(rows, ())]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise DataError(Problem("problem_empty_header", file=source.file))
    columns, repeated, named = column_names(source.file, header)
    bad: list[BadRow] = []
    if lost := _uncounted(book, sheet):
        values = {"n": lost}
        problems.append(Problem("problem_formulas", "warning", source.file, values=values))
    count, blank = store(con, source, columns, _batches(rows, len(header), bad))
    raw = raw_table(source, columns, count, "xlsx", blank, bad, repeated)
    return replace(raw, problems=(*problems, *named, *raw.problems))


def _uncounted(book: Any, sheet: Any) -> int:
    """Formulas that were saved without their results: their cells read as blank."""
    text = book._archive.read(sheet._worksheet_path)
    return len(re.findall(rb"(?:</f>|<f[^>]*/>)(?:<v ?/>|<v></v>)?</c>", text))


def _batches(
    rows: Iterable[tuple[Any, ...]], width: int, bad: list[BadRow]
) -> Iterator[tuple[np.ndarray, list[pa.Array]]]:
    numbers: list[int] = []
    cells: list[list[str]] = []
    for number, row in enumerate(rows, 2):
        texts = [as_text(cell) for cell in row]
        if any(texts[width:]):
            bad.append(BadRow(number, len(texts), "\t".join(texts)))
            continue
        numbers.append(number)
        cells.append((texts + [""] * width)[:width])
        if len(cells) == BATCH:
            yield np.array(numbers), [pa.array(column, pa.string()) for column in zip(*cells)]
            numbers, cells = [], []
    if cells:
        yield np.array(numbers), [pa.array(column, pa.string()) for column in zip(*cells)]


def as_text(cell: Any) -> str:
    """A spreadsheet cell as the text a CSV export would have."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    return str(cell)
