"""Where tables live: ibis on DuckDB, behind one door.

This is the only room that imports ibis. Measures get lazy tables, build one expression and
take the small result out through `collect`; nothing else leaves the engine.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import ibis
import pandas as pd
from ibis import (
    _,
    asc,
    cases,
    dense_rank,
    desc,
    dtype,
    ifelse,
    literal,
    null,
    row_number,
    union,
    window,
)
from ibis.expr.types import Table as LazyTable

from keytouch.problems import DataError, Problem

__all__ = [
    "LazyTable",
    "Missing",
    "Store",
    "_",
    "asc",
    "cases",
    "collect",
    "dense_rank",
    "desc",
    "dtype",
    "from_frame",
    "ifelse",
    "literal",
    "needs",
    "null",
    "row_number",
    "union",
    "window",
]

MAX_ROWS = 1_000_000
LITTLE = 200_000_000  # bytes


@dataclass(frozen=True)
class Missing:
    """What a question needs and the data lack. Measures pass it on; readers see a sentence."""

    table: str
    columns: tuple[str, ...] = ()


class Store:
    """A DuckDB file (or memory) that holds a client's tables."""

    def __init__(self, path: str | Path = ":memory:", *, read_only: bool = False):
        self.path = str(path)
        options = {} if self.path == ":memory:" else {"read_only": read_only}
        self.con = ibis.duckdb.connect(self.path, **options)
        # Nothing may reach the network, and clients' paths are read by us, not by SQL text.
        self.con.raw_sql("SET autoinstall_known_extensions = false")
        self.con.raw_sql("SET autoload_known_extensions = false")
        # Parallel sums differ in their last digits from run to run; little data needs no threads.
        if Path(self.path).is_file() and Path(self.path).stat().st_size < LITTLE:
            self.con.raw_sql("SET threads = 1")

    @property
    def names(self) -> list[str]:
        # ibis 12 lists tables by a call that DuckDB 2.0 no longer has.
        found = self.con.raw_sql(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'main' AND table_catalog = current_database() ORDER BY 1"
        ).fetchall()
        return [row[0] for row in found]

    def table(self, name: str) -> LazyTable | Missing:
        """A stored table, lazy; Missing where the client has none."""
        return self.con.table(name) if name in self.names else Missing(name)

    def close(self) -> None:
        self.con.disconnect()


def warm_up() -> None:
    """Import what the first connection would import, for a thread that has the time."""
    import ibis.backends.duckdb  # noqa: F401


def from_frame(frame: pd.DataFrame) -> LazyTable:
    """A small pandas frame as a lazy table (tests, teaching examples)."""
    return ibis.memtable(frame)


def collect(expr: LazyTable, *, max_rows: int = MAX_ROWS) -> pd.DataFrame:
    """Run an expression and bring its rows to pandas: the only way out of the engine.

    Raises DataError when the result has more than `max_rows` rows: a measure that needs so
    many should keep working in the engine.
    """
    frame = expr.limit(max_rows + 1).to_pandas()
    if len(frame) > max_rows:
        raise DataError(Problem("problem_too_many_rows", values={"limit": max_rows}))
    return frame


Measure = TypeVar("Measure", bound=Callable[..., Any])


def needs(table: str, *columns: str) -> Callable[[Measure], Measure]:
    """Mark what a measure needs of its first argument; lacking it, the measure returns Missing."""

    def mark(measure: Measure) -> Measure:
        @functools.wraps(measure)
        def run(data: Any, *rest: Any, **options: Any) -> Any:
            for value in (data, *rest, *options.values()):
                if isinstance(value, Missing):
                    return value
            lacking = tuple(column for column in columns if column not in data.columns)
            return Missing(table, lacking) if lacking else measure(data, *rest, **options)

        return run  # type: ignore[return-value]

    return mark
