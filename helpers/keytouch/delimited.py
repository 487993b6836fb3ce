"""CSV files: their delimiter, their header, their odd rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from keytouch.decoding import Text, Utf8Stream, find_encoding, text_blocks
from keytouch.problems import DataError, Problem
from keytouch.raw import (
    ROW,
    BadRow,
    RawTable,
    column_names,
    quoted,
    raw_table,
    store,
    text_literal,
)
from keytouch.settings import Source

BLOCK = 1 << 24
SNIFF = 1 << 16
DELIMITERS = (",", ";", "\t", "|")


def read_csv(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> RawTable:
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
    columns, repeated, problems = column_names(source.file, header)
    bad: list[BadRow] = []
    batches = _csv_batches(Utf8Stream(text, skip_lines=skip), header, delimiter, bad)
    rows, blank = store(con, source, columns, batches)
    raw = raw_table(source, columns, rows, text.encoding, blank, bad, repeated)
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
    if not rows and len(sample) < SNIFF:
        raise DataError(Problem("problem_no_rows", file=label))
    if rows and all(len(row) == len(header) + 1 and not row[-1] for row in rows):
        header.append("")
    return header


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
    tall = ", ".join(f"bool_or(contains({quoted(name)}, chr(10)))" for name in raw.columns)
    flags = con.execute(f"SELECT {tall} FROM {raw.sql}").fetchone() or ()
    line = f"([^\\n]*{re.escape(delimiter)}){{{width - 1}}}[^\\n]*"
    pattern = text_literal(f"\\n{line}\\n{line}\\n")
    found = []
    for column in (name for name, flag in zip(raw.columns, flags) if flag):
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
