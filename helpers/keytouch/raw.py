"""Raw tables: a client's cells as they came, every row with its spreadsheet number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa

from keytouch.problems import DataError, Problem
from keytouch.settings import Source

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


def column_names(label: str, header: list[str]) -> tuple[list[str], list[str], list[Problem]]:
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


def described(con: duckdb.DuckDBPyConnection, raw: RawTable) -> RawTable:
    """The raw table with its columns, types and row count as the database has them."""
    found = con.execute(f"DESCRIBE {raw.sql}").fetchall()
    count = con.execute(f"SELECT count(*) FROM {raw.sql}").fetchone()
    columns = {row[0]: row[1] for row in found if row[0] != ROW}
    return replace(raw, columns=columns, rows=count[0] if count else 0)


def store(
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
        key = "problem_huge_cell" if "straddling" in str(error) else "problem_unreadable"
        raise DataError(Problem(key, file=source.file)) from error
    return kept, total - kept


def raw_table(
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
