"""SQL of the consultant's over the raw tables: one SELECT, in a room without doors.

The connection that runs it can't open a file or reach the network, and can't be unlocked.
"""

from __future__ import annotations

import re

import duckdb

from keytouch.limits import from_outside
from keytouch.problems import DataError, Problem
from keytouch.raw import ROW, RawTable, described, quoted
from keytouch.settings import Source


def shut_in(con: duckdb.DuckDBPyConnection) -> None:
    """Close files, network and Python variables to this connection for good."""
    con.execute("SET python_enable_replacements = false")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def read_query(con: duckdb.DuckDBPyConnection, source: Source, lost: list[str]) -> RawTable:
    """Run a source's query; its result becomes the raw table `source.name`, with `_row`.

    Rows are numbered in the order of their values, so that the same data give the same ids.
    Raises DataError for anything but one SELECT, and for what the database refuses; `lost`
    are the sources that couldn't be read, whose absence needs no second message.
    """
    label = source.name
    query = _one_select(con, source)
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE _query AS {query}")
        columns = [row[0] for row in con.execute("DESCRIBE _query").fetchall()]
        others = [quoted(name) for name in columns if name != ROW]
        order = ", ".join([ROW, *others] if ROW in columns else others)
        con.execute(
            f"CREATE OR REPLACE TABLE {quoted(source.name)} AS SELECT "
            f"row_number() OVER (ORDER BY {order}) + 1 AS {ROW}, {', '.join(others)} FROM _query"
        )
        con.execute("DROP TABLE _query")
    except duckdb.Error as error:
        message = str(error)
        if from_outside(error):
            raise
        if any(f"name {name} does not exist" in message for name in lost):
            raise DataError([]) from error
        values = {"detail": _first_line(message)}
        raise DataError(Problem("problem_sql", file=label, values=values)) from error
    raw = described(con, RawTable(source.name, f"{label} (SQL)", {}, 0, "sql"))
    if not raw.rows:
        raise DataError(Problem("problem_sql_no_rows", file=label))
    return raw


def _one_select(con: duckdb.DuckDBPyConnection, source: Source) -> str:
    try:
        statements = con.extract_statements(source.sql)
    except duckdb.Error as error:
        values = {"detail": _first_line(str(error))}
        raise DataError(Problem("problem_sql", file=source.name, values=values)) from error
    selects = re.match(r"\s*(--[^\n]*\n\s*)*(select|with|from)\b", source.sql, re.IGNORECASE)
    if len(statements) != 1 or statements[0].type.name != "SELECT" or not selects:
        raise DataError(Problem("problem_sql_not_select", file=source.name))
    return statements[0].query.strip().rstrip(";")


def _first_line(message: str) -> str:
    """DuckDB's own message without its kind and its drawing of the place."""
    return re.sub(r"^[A-Za-z ]+ Error: ", "", message).split("\n")[0][:300]
