"""A client's file to a raw table: every cell as it came, every row with its spreadsheet number.

CSV and XLSX cells arrive as text, Parquet columns with their types. Nothing is interpreted
here; the `mapping` room does that.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from keytouch.decoding import Text, Utf8Stream, find_encoding, open_bytes, text_blocks
from keytouch.problems import DataError, Problem, nearest
from keytouch.settings import Source

BLOCK = 1 << 24
BATCH = 50_000
SNIFF = 1 << 16
DELIMITERS = (",", ";", "\t", "|")
ROW = "_row"


@dataclass(frozen=True)
class BadRow:
    """A row that doesn't have the header's number of cells: its number and its text."""

    row: int
    cells: int
    text: str


@dataclass(frozen=True)
class RawTable:
    """One source as it came: `columns` gives each column's DuckDB type, without `_row`."""

    name: str
    file: str
    columns: dict[str, str]
    rows: int
    encoding: str = ""
    bad: tuple[BadRow, ...] = ()
    repeated: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def sql(self) -> str:
        return quoted(self.name)


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def find_file(folder: Path, data_folder: Path | None, source: Source) -> Path:
    """The source's file, which must lie inside the client's folder or its data folder.

    Raises DataError for a path that leaves them (symbolic links are followed first), a missing
    file (with the nearest file name there) and a folder.
    """
    name = source.file.replace("\\", "/")
    bases = [base for base in (folder, data_folder) if base is not None]
    paths = [(base / name).resolve() for base in bases]
    inside = [path for path, base in zip(paths, bases) if path.is_relative_to(base.resolve())]
    if not inside:
        raise DataError(Problem("problem_path_outside", file=source.file))
    for path in inside:
        if path.is_dir():
            raise DataError(Problem("problem_is_folder", file=source.file))
        if path.is_file():
            return path
    near = nearest(name, (found for base in bases for found in _file_names(base)))
    key = "problem_no_file_near" if near else "problem_no_file"
    raise DataError(Problem(key, file=source.file, values={"near": near}))


def _file_names(base: Path) -> Iterator[str]:
    for root, folders, files in os.walk(base):
        folders[:] = sorted(name for name in folders if not name.startswith("."))[:50]
        for name in sorted(files)[:1000]:
            yield (Path(root) / name).relative_to(base).as_posix()


def read_raw(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> RawTable:
    """Read one file into the raw table `source.name`, with a column `_row`.

    Raises DataError with the file's problems; what can be read with a warning is read.
    """
    if path.stat().st_size == 0:
        raise DataError(Problem("problem_empty_file", file=source.file))
    with open_bytes(path) as file:
        start = _first_bytes(file, source.file)
    if start == b"PAR1":
        return _read_parquet(con, source, path)
    if start == b"PK\x03\x04":
        return _read_xlsx(con, source, path)
    if start == b"\xd0\xcf\x11\xe0":
        raise DataError(Problem("problem_old_excel", file=source.file))
    if path.suffix.lower() in (".parquet", ".xlsx", ".xlsm"):
        raise DataError(Problem("problem_unreadable", file=source.file))
    return _read_csv(con, source, path)


def _first_bytes(file: Any, label: str) -> bytes:
    try:
        return file.read(4)
    except (OSError, EOFError) as error:
        raise DataError(Problem("problem_unreadable", file=label)) from error


# CSV


def _read_csv(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> RawTable:
    text = find_encoding(path, source.file, source.encoding)
    sample = _sample_of(text)
    skip = 0
    delimiter = source.delimiter.replace("\\t", "\t")
    if match := re.match(r"sep=(.)\r?\n", sample):
        skip, delimiter, sample = 1, delimiter or match[1], sample[match.end() :]
    if len(delimiter) > 1:
        values = {"found": source.delimiter}
        raise DataError(Problem("problem_delimiter", file=source.file, values=values))
    delimiter = delimiter or find_delimiter(sample)
    header = _header(source.file, sample, delimiter)
    columns, repeated, problems = _column_names(source.file, header)
    bad: list[BadRow] = []
    batches = _csv_batches(Utf8Stream(text, skip_lines=skip), header, delimiter, bad)
    rows, blank = _store(con, source, columns, batches)
    raw = _raw(source, columns, rows, text.encoding, blank, bad, repeated)
    open_quote = _open_quotes(con, raw, delimiter, len(header))
    return replace(raw, problems=(*text.problems, *problems, *raw.problems, *open_quote))


def _sample_of(text: Text) -> str:
    """The head of the file, cut after a whole line."""
    head = ""
    for block in text_blocks(text):
        head += block
        if len(head) >= SNIFF:
            break
    head = head.lstrip("\ufeff")
    return head if len(head) < SNIFF else head[: head.rfind("\n") + 1] or head


def find_delimiter(sample: str) -> str:
    """The delimiter of a CSV text: the one that cuts header and rows into equally many cells.

    >>> find_delimiter("id;score\\n1;4,5\\n2;3,0\\n")
    ';'
    """
    best, score = "\x1f", (0.0, 0)
    for delimiter in DELIMITERS:
        rows = [row for row in csv.reader(sample.splitlines()[:200], delimiter=delimiter) if row]
        width = len(rows[0]) if rows else 0
        if width < 2:
            continue
        found = (sum(len(row) == width for row in rows) / len(rows), width)
        if found > score:
            best, score = delimiter, found
    return best


def _header(label: str, sample: str, delimiter: str) -> list[str]:
    """The names in the first record; one more where every row ends with a spare delimiter."""
    csv.field_size_limit(1 << 30)
    reader = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
    header = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
    if not any(header):
        raise DataError(Problem("problem_empty_header", file=label))
    rows = [row for _, row in zip(range(100), reader) if any(row)]
    if rows and all(len(row) == len(header) + 1 and not row[-1] for row in rows):
        header.append("")
    return header


def _column_names(label: str, header: list[str]) -> tuple[list[str], list[str], list[Problem]]:
    """Usable column names: empty ones get a number, repeated ones too, each with a warning."""
    columns: list[str] = []
    repeated, empty = [], []
    for place, name in enumerate(header, 1):
        if not name:
            empty.append(place)
        free = base = name or f"column {place}"
        taken = {column.lower() for column in columns} | {ROW}
        copy = 2
        while free.lower() in taken:
            free, copy = f"{base} ({copy})", copy + 1
        if name and free != name:
            repeated.append(name)
        columns.append(free)
    problems = [
        Problem("problem_repeated_header", "warning", file=label, column=name)
        for name in dict.fromkeys(repeated)
    ]
    if empty and empty != [len(header)]:
        places = ", ".join(str(place) for place in empty)
        problems.append(
            Problem("problem_nameless", "warning", file=label, values={"places": places})
        )
    return columns, repeated, problems


def _csv_batches(
    stream: Any, header: list[str], delimiter: str, bad: list[BadRow]
) -> Iterator[tuple[np.ndarray, list[pa.Array]]]:
    """Batches of (row numbers, text columns); rows of another width go to `bad`."""

    def skip(row: Any) -> str:
        # The spare empty record after a final newline is not a row.
        bad.append(BadRow(row.number, row.actual_columns, row.text or ""))
        return "skip"

    names = [f"c{place}" for place in range(len(header))]
    reader = pc.open_csv(
        pa.PythonFile(stream, mode="r"),
        read_options=pc.ReadOptions(
            use_threads=False, block_size=BLOCK, column_names=names, skip_rows_after_names=1
        ),
        parse_options=pc.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=skip,
        ),
        convert_options=pc.ConvertOptions(
            strings_can_be_null=False, column_types=dict.fromkeys(names, pa.string())
        ),
    )
    done = 0
    for batch in reader:
        place = np.arange(done, done + len(batch)) + 2
        done += len(batch)
        numbers = np.array([row.row for row in bad], dtype="int64")
        before = np.searchsorted(numbers - np.arange(len(numbers)), place, side="right")
        yield place + before, batch.columns


def _open_quotes(
    con: duckdb.DuckDBPyConnection, raw: RawTable, delimiter: str, width: int
) -> list[Problem]:
    """Cells that hold several whole rows of the file: a quotation mark was not closed."""
    if width < 2:
        return []
    line = f"([^\\n]*{re.escape(delimiter)}){{{width - 1}}}[^\\n]*"
    pattern = text_literal(f"\\n{line}\\n{line}\\n")
    found = []
    for column in raw.columns:
        name = quoted(column)
        rows = con.execute(
            f"SELECT {ROW} FROM {raw.sql} WHERE contains({name}, chr(10)) "
            f"AND regexp_matches({name}, {pattern}) ORDER BY 1"
        ).fetchall()
        if rows:
            first = tuple(row[0] for row in rows[:5])
            found.append(
                Problem("problem_open_quote", "warning", raw.file, column, first, len(rows))
            )
    return found


# XLSX and Parquet


def _read_xlsx(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> RawTable:
    import openpyxl

    problems = []
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(Problem("problem_unreadable", file=source.file)) from error
    try:
        names = book.sheetnames
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
        header = [_cell_text(cell).strip() for cell in next(rows, ())]
        while header and not header[-1]:
            header.pop()
        if not header:
            raise DataError(Problem("problem_empty_header", file=source.file))
        columns, repeated, named = _column_names(source.file, header)
        bad: list[BadRow] = []
        count, blank = _store(con, source, columns, _xlsx_batches(rows, len(header), bad))
    finally:
        book.close()
    raw = _raw(source, columns, count, "xlsx", blank, bad, repeated)
    return replace(raw, problems=(*problems, *named, *raw.problems))


def _xlsx_batches(
    rows: Iterable[tuple[Any, ...]], width: int, bad: list[BadRow]
) -> Iterator[tuple[np.ndarray, list[pa.Array]]]:
    numbers: list[int] = []
    cells: list[list[str]] = []
    for number, row in enumerate(rows, 2):
        texts = [_cell_text(cell) for cell in row]
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


def _cell_text(cell: Any) -> str:
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


def _read_parquet(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> RawTable:
    scan = f"read_parquet({text_literal(str(path))}, file_row_number = true)"
    try:
        con.execute(
            f"CREATE OR REPLACE TABLE {quoted(source.name)} AS "
            f"SELECT file_row_number + 2 AS {ROW}, * EXCLUDE (file_row_number) FROM {scan}"
        )
    except duckdb.Error as error:
        raise DataError(Problem("problem_unreadable", file=source.file)) from error
    return described(con, RawTable(source.name, source.file, {}, 0, "parquet"))


# Raw tables


def described(con: duckdb.DuckDBPyConnection, raw: RawTable) -> RawTable:
    """The raw table with its columns, types and row count as the database has them."""
    found = con.execute(f"DESCRIBE {raw.sql}").fetchall()
    count = con.execute(f"SELECT count(*) FROM {raw.sql}").fetchone()
    columns = {row[0]: row[1] for row in found if row[0] != ROW}
    return replace(raw, columns=columns, rows=count[0] if count else 0)


def _store(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    columns: list[str],
    batches: Iterator[tuple[np.ndarray, list[pa.Array]]],
) -> tuple[int, int]:
    """Write batches to the raw table; give (rows kept, rows without any content)."""
    table, names = quoted(source.name), [quoted(column) for column in columns]
    spec = ", ".join(f"{name} VARCHAR" for name in names)
    con.execute(f"CREATE OR REPLACE TABLE {table} ({ROW} BIGINT, {spec})")
    filled = " OR ".join(f"c{place} <> ''" for place in range(len(columns)))
    total = kept = 0
    try:
        for numbers, arrays in batches:
            labels = [ROW, *(f"c{place}" for place in range(len(columns)))]
            con.register("incoming", pa.table([pa.array(numbers), *arrays], names=labels))
            done = con.execute(f"INSERT INTO {table} SELECT * FROM incoming WHERE {filled}")
            total += len(numbers)
            kept += (done.fetchone() or (0,))[0]
    except pa.ArrowInvalid as error:
        big = "straddling" in str(error)
        key = "problem_huge_cell" if big else "problem_unreadable"
        raise DataError(Problem(key, file=source.file)) from error
    return kept, total - kept


def _raw(
    source: Source,
    columns: list[str],
    rows: int,
    encoding: str,
    blank: int,
    bad: list[BadRow],
    repeated: list[str],
) -> RawTable:
    """The raw table's description, refusing one without rows."""
    if not rows and not bad:
        raise DataError(Problem("problem_no_rows", file=source.file))
    problems = []
    if blank:
        values = {"n": blank}
        problems.append(Problem("problem_blank_rows", "note", source.file, values=values))
    if bad:
        first = tuple(row.row for row in bad[:5])
        values = {"cells": len(columns), "found": bad[0].cells}
        problems.append(
            Problem("reject_ragged", "rejected", source.file, "", first, len(bad), values)
        )
    types = dict.fromkeys(columns, "VARCHAR")
    return RawTable(
        source.name,
        source.file,
        types,
        rows,
        encoding,
        tuple(bad),
        tuple(repeated),
        tuple(problems),
    )
