"""Where tables live: ibis on DuckDB, behind one door.

This is the only room that imports ibis. Measures get lazy tables, build one expression and
take the small result out through `collect`; nothing else leaves the engine.

What engines spell differently is said here once: the time between two moments, quantiles, and
texts joined in order. Everywhere else a measure sums indicators (never counts with a condition),
makes numbers float64 before it divides or averages, and orders by a key without ties.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import ibis
import ibis.common.exceptions
import ibis.config
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

from keytouch.limits import engine_limit, shortages_told
from keytouch.problems import DataError, Problem
from keytouch.storing import work_folder

__all__ = [
    "LazyTable", "Missing", "Store", "_", "asc", "backend_of", "batches", "bits_together",
    "cases", "collect", "dense_rank", "desc", "dtype", "from_frame", "held", "ifelse",
    "joined_in_order", "literal", "minutes_between", "needs", "null", "quantiles", "row_number",
    "speaking", "spills", "union", "window",
]  # fmt: skip

MAX_ROWS = 1_000_000
LITTLE = 200_000_000  # bytes
LARGE = 20_000_000  # rows whose values are counted rather than held
BYTES_HELD, BYTES_ALONE = 64, 24  # memory a value takes while a quantile is found; without a sort
AT_ONCE = ("duckdb", "postgres", "pyspark")  # engines that find several quantiles in one go
_dialect: ContextVar[str] = ContextVar("dialect", default="")


@dataclass(frozen=True)
class Missing:
    """What a question needs and the data lack. Measures pass it on; readers see a sentence."""

    table: str
    columns: tuple[str, ...] = ()


class Store:
    """A DuckDB file (or memory) that holds a client's tables."""

    def __init__(
        self, path: str | Path = ":memory:", *, read_only: bool = False, memory_limit: str = ""
    ):
        self.path = str(path)
        options = {} if self.path == ":memory:" else {"read_only": read_only}
        self.con = ibis.duckdb.connect(self.path, **options)
        # Nothing may reach the network, and clients' paths are read by us, not by SQL text.
        self.con.raw_sql("SET autoinstall_known_extensions = false")
        self.con.raw_sql("SET autoload_known_extensions = false")
        # Parallel sums differ in their last digits from run to run; little data needs no threads.
        if Path(self.path).is_file() and Path(self.path).stat().st_size < LITTLE:
            self.con.raw_sql("SET threads = 1")
        if memory_limit := memory_limit or engine_limit():
            self.con.raw_sql(f"SET memory_limit = '{memory_limit}'")

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

    def keep(self, name: str, parts: Sequence[LazyTable]) -> None:
        """Store an expression's rows as a table, part after part."""
        kind = self.con.compiler.type_mapper.to_string
        types = (f'"{one}" {kind(dtype)}' for one, dtype in parts[0].schema().items())
        # DuckDB would take 1.0 for a decimal number: the types are said.
        self.con.raw_sql(f'CREATE TABLE "{name}" ({", ".join(types)})')
        with shortages_told(self.spills_to):
            for part in parts:
                self.con.raw_sql(f'INSERT INTO "{name}" {self.con.compile(part)}')

    def replace(self, name: str, expr: LazyTable) -> None:
        """Store an expression's rows in the place of a table that it may read."""
        self.keep("_new", [expr])
        self.con.raw_sql(f'DROP TABLE "{name}"')
        self.con.raw_sql(f'ALTER TABLE "_new" RENAME TO "{name}"')

    @property
    def spills_to(self) -> Path:
        """Where what exceeds memory goes."""
        return Path(self.path).parent

    def save(self) -> None:
        """Write all that was stored to the file: closing alone would hide that it can't be."""
        with shortages_told(self.spills_to):
            self.con.raw_sql("CHECKPOINT")

    def close(self) -> None:
        self.con.disconnect()


def spark_backend(session: Any) -> Any:
    """A Spark session as ibis sees it."""
    return ibis.pyspark.connect(session)


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
    with shortages_told(work_folder()):
        frame = expr.limit(max_rows + 1).to_pandas()
    if len(frame) > max_rows:
        raise DataError(Problem("problem_too_many_rows", values={"limit": max_rows}))
    return frame


def unbound(name: str, types: Mapping[str, str]) -> LazyTable:
    """A table without data, for expressions that are only to be spelled."""
    return ibis.table(dict(types), name=name)


def sql_text(expr: LazyTable, dialect: str) -> str:
    """An expression's SQL in a dialect. Raises DataError where the dialect lacks a means."""
    if dialect == "pyspark":
        ibis.options.pyspark = _WithoutSession()
    try:
        return str(ibis.to_sql(expr, dialect=dialect)).rstrip() + "\n"
    except ibis.common.exceptions.IbisError as error:
        values = {"dialect": dialect, "detail": str(error)}
        raise DataError(Problem("problem_sql_dialect", values=values)) from error


class _WithoutSession(ibis.config.Config):
    """What ibis asks of a Spark session when it spells SQL."""

    treat_nan_as_null: bool = False


def batches(expr: LazyTable, *, rows: int = 50_000) -> Iterator[list[dict[str, Any]]]:
    """Run an expression and give its rows block by block, for a file.

    Blanks are None. Nothing is held but one block; tables that aren't stored are small.
    """
    if not expr._find_backends()[0]:
        frame = collect(expr).astype(object)
        yield frame.where(frame.notna(), None).to_dict("records")
        return
    if backend_of(expr) != "duckdb":
        for batch in expr.to_pyarrow_batches(chunk_size=rows):
            yield batch.to_pylist()
        return
    # ibis 12 asks DuckDB 2.0 for batches by a call that it no longer has.
    (backend,), _ = expr._find_backends()
    with shortages_told(work_folder()):
        found = backend.con.cursor().execute(backend.compile(expr))
        names = [column[0] for column in found.description]
        while block := found.fetchmany(rows):
            yield [dict(zip(names, row)) for row in block]


@contextmanager
def held(expr: LazyTable) -> Iterator[LazyTable]:
    """An expression's rows, found once for several questions and forgotten after them.

    DuckDB and Spark keep them; other engines are asked anew.
    """
    engine = backend_of(expr)
    if engine == "pyspark":
        with expr.cache() as kept:
            yield kept
    elif engine == "duckdb":
        # ibis 12 forgets the name of a cached table when it drops it.
        backends, _ = expr._find_backends()
        backend, name = backends[0] if backends else ibis.get_backend(), ibis.util.gen_name("held")
        kept = backend.create_table(name, expr, temp=True)
        try:
            yield kept
        finally:
            backend.raw_sql(f'DROP TABLE temp."{name}"')
    else:
        yield expr


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


@contextmanager
def speaking(dialect: str) -> Iterator[None]:
    """Expressions made inside are spelled for this dialect, whatever tables they read."""
    mark = _dialect.set(dialect)
    try:
        yield
    finally:
        _dialect.reset(mark)


def backend_of(data: LazyTable) -> str:
    """The engine that an expression will run on, by ibis' name; frames run on DuckDB."""
    if told := _dialect.get():
        return told
    backends, _ = data._find_backends()
    return backends[0].name if backends else "duckdb"


def minutes_between(earlier: Any, later: Any) -> Any:
    """The time from one moment to another in minutes, exact to the microsecond.

    Engines count the boundaries of coarser units differently (a second may begin or be full).
    """
    return later.delta(earlier, unit="microsecond").cast("float64") / literal(60e6)


def joined_in_order(
    data: LazyTable, texts: Mapping[str, Any], *, order: Any, by: str
) -> dict[str, Any]:
    """Aggregates: each text of a group joined by `by` in the order of a column without ties.

    Blanks are left out; a group of blanks only gives a blank. Spark and its kin know no ordered
    text aggregate and sort a list of pairs; DuckDB sorts one list for several texts sooner.
    """
    engine = backend_of(data)
    if engine == "duckdb" and len(texts) > 1:
        rows = ibis.struct({"place": order, **texts}).collect(include_null=True).sort()
        return {name: _joined(rows, name, by) for name in texts}
    if engine not in ("pyspark", "databricks", "clickhouse"):
        return {name: text.group_concat(by, order_by=order) for name, text in texts.items()}
    pairs = {
        name: ibis.struct({"place": order, name: text}).collect(where=text.notnull()).sort()
        for name, text in texts.items()
    }
    return {name: _joined(rows, name, by) for name, rows in pairs.items()}


def _joined(rows: Any, name: str, by: str) -> Any:
    return rows.map(lambda row: row[name]).join(by).nullif("")


def bits_together(data: LazyTable, bits: Any, *, size: int) -> Any:
    """An aggregate: all bits that any of a group's whole numbers has, of `size` bits each."""
    if backend_of(data) not in ("pyspark", "clickhouse", "mssql"):
        return bits.bit_or()
    each = (literal(1 << place, "int64") for place in range(size))
    return functools.reduce(
        lambda one, other: one + other,
        (cases((bits == one, one), else_=literal(0, "int64")).max() for one in each),
    )


def spills(*tables: LazyTable, alone: bool = False) -> bool:
    """Whether the quantiles of the last of these tables are to be found by counting values.

    An engine's own quantile holds all values in memory. PostgreSQL's sorts on disk. The tables
    before the last have no fewer rows, and theirs are cheaper to count: if they are few, it is
    not asked. `alone` are the values of a stored table, beside which nothing is sorted.
    """
    engine = backend_of(tables[-1])
    if engine == "postgres" or _dialect.get():
        return False
    most = float(LARGE)
    if engine == "duckdb":
        backends, _ = tables[-1]._find_backends()
        limit = _memory_limit(backends[0] if backends else ibis.get_backend())
        most = limit / (BYTES_ALONE if alone else BYTES_HELD)
    return all(int(collect(data.agg(n=data.count())).n.iloc[0]) > most for data in tables)


def _memory_limit(backend: Any) -> float:
    """DuckDB's memory limit in bytes; a setting without a unit it knows counts as none."""
    text = backend.raw_sql("SELECT current_setting('memory_limit')").fetchall()[0][0]
    number, _, unit = text.partition(" ")
    sizes = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
    return float(number) * sizes[unit] if unit in sizes else float("inf")


def quantiles(
    data: LazyTable,
    value: str,
    levels: Mapping[str, float],
    *,
    by: Sequence[str] = (),
    rows: str = "",
    sums: Mapping[str, Any] | None = None,
    counted: bool = False,
) -> LazyTable:
    """Exact quantiles of a column (linear between neighbours), one row per group. Lazy.

    Columns out: `by`; `n` rows in all (blanks too); one per entry of `levels`, blank where all
    values are; the totals of `sums`. `rows` names a column that says how many equal rows each
    stands for. `counted` finds them from running totals of value counts: as exact, slower, but
    it spills to disk and needs no quantile of the engine's own; with `rows` it is the only way.
    """
    sums = sums or {}
    totals = {name: one.sum() for name, one in sums.items()}
    if not (rows or counted):
        return _native_quantiles(data, value, levels, by, totals)
    size = data[rows].sum() if rows else data.count()
    counts = data.group_by([*by, value]).agg(size=size.cast("float64"), **totals)
    counts = counts.mutate(known=ifelse(counts[value].notnull(), counts["size"], 0.0))
    upto = window(group_by=list(by), order_by=value, rows=(None, 0))
    run = counts.mutate(
        upto=counts.known.sum().over(upto),
        last=counts.known.sum().over(window(group_by=list(by))) - 1,
    )
    exact = {name: _at(run, value, level) for name, level in levels.items()}
    totals = {name: run[name].sum() for name in sums}
    return _grouped(run, by).agg(n=run["size"].sum(), **exact, **totals)


def _native_quantiles(
    data: LazyTable,
    value: str,
    levels: Mapping[str, float],
    by: Sequence[str],
    totals: Mapping[str, Any],
) -> LazyTable:
    """Quantiles by the engine's own means: all at once where it can, so that values lie once."""
    column = data[value].cast("float64")
    if len(levels) == 1 or backend_of(data) not in AT_ONCE:
        each = {name: column.quantile(level) for name, level in levels.items()}
        return _grouped(data, by).agg(n=data.count(), **each, **totals)
    found = _grouped(data, by).agg(
        n=data.count(), quantiles=column.quantile(list(levels.values())), **totals
    )
    each = {name: found.quantiles[place] for place, name in enumerate(levels)}
    return found.select(*by, "n", **each, **{name: found[name] for name in totals})


def _grouped(data: LazyTable, by: Sequence[str]) -> Any:
    return data.group_by(list(by)) if by else data


def _at(totals: LazyTable, value: str, level: float) -> Any:
    """The quantile at a level, from values with their running totals."""
    place = totals["last"] * level
    known = totals[value].notnull()
    low = cases((known & (totals.upto > place.floor()), totals[value].cast("float64"))).min()
    high = cases((known & (totals.upto > place.ceil()), totals[value].cast("float64"))).min()
    return low + (high - low) * (place - place.floor()).max()
