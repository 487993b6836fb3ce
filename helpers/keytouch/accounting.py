"""What became of every row and value: used, empty, merged or rejected, and why.

rows in = values in for plain tables; a wide row gives one value for each event or item.
values_in = used + empty + merged + rejected, always.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb

from keytouch.candidates import SEPARATOR
from keytouch.grid import PLACE
from keytouch.mapping import Plan
from keytouch.problems import Problem
from keytouch.raw import ROW, RawTable, quoted, text_literal
from keytouch.schema import TABLES
from keytouch.settings import Settings

FIRST_ROWS = 5
EXAMPLES = 3


@dataclass(frozen=True)
class Account:
    """What became of one source's values in one canonical table."""

    source: str
    table: str
    rows_in: int
    values_in: int
    used: int
    empty: int
    merged: int
    rejected: int

    def __post_init__(self) -> None:
        done = self.used + self.empty + self.merged + self.rejected
        if done != self.values_in:
            raise AssertionError(f"{self}: {done} values are accounted for")


def create_books(con: duckdb.DuckDBPyConnection) -> None:
    """The table of faults: one row for every cell that kept a value out."""
    con.execute("CREATE SCHEMA IF NOT EXISTS store.intake")
    con.execute(
        "CREATE TABLE store.intake.faults (source VARCHAR, table_name VARCHAR, row_number BIGINT, "
        "column_name VARCHAR, value VARCHAR, reason VARCHAR, detail VARCHAR)"
    )


def take(con: duckdb.DuckDBPyConnection, plan: Plan) -> tuple[Account, list[Problem]]:
    """Put a plan's good candidates into the store and account for all of them."""
    if len(plan.branches) > 1:
        con.execute(f"CREATE OR REPLACE TABLE {PLACE} AS {plan.grid_sql}")
    con.execute(f"CREATE OR REPLACE TABLE _stage AS {_stage_sql(plan)}")
    repeats = _find_repeats(con, plan)
    _insert(con, plan, bool(repeats))
    problems = _record_faults(con, plan) + _record_repeats(con, plan, repeats)
    counts = dict(con.execute("SELECT _state, count(*) FROM _stage GROUP BY 1").fetchall())
    width, bad = len(plan.branches), len(plan.raw.bad)
    kept = dict.fromkeys(("used", "empty"), 0) | {
        name: counts.get(name, 0) for name in ("used", "empty")
    }
    for state, number in repeats.items():
        kept[state] -= number
    repeated = sum(repeats.values())
    merged = repeated if plan.mapping.distinct else 0
    account = Account(
        plan.raw.name,
        plan.mapping.table,
        rows_in=plan.raw.rows + bad,
        values_in=(plan.raw.rows + bad) * width,
        **kept,
        merged=merged,
        rejected=counts.get("rejected", 0) + bad * width + repeated - merged,
    )
    con.execute(f"DROP TABLE _stage; DROP TABLE _repeats; DROP TABLE IF EXISTS {PLACE}")
    return account, problems


def _stage_sql(plan: Plan) -> str:
    """All candidates with what becomes of them: empty, rejected or used."""
    columns = _fault_columns(plan)
    faulty = " OR ".join(f"f_{name} IS NOT NULL" for name in columns) or "false"
    if plan.mapping.table == "feedback":
        order = f"WHEN {faulty} THEN 'rejected' WHEN NOT _filled THEN 'empty'"
    else:
        order = f"WHEN NOT _filled THEN 'empty' WHEN {faulty} THEN 'rejected'"
    return f"SELECT *, CASE {order} ELSE 'used' END AS _state FROM ({plan.sql})"


def _fault_columns(plan: Plan) -> list[str]:
    names = {name: None for branch in plan.branches for name in branch.faulty}
    return list(names)


def _kept(plan: Plan) -> str:
    """SQL: which candidates become rows; an unanswered question is a row, a non-event is not."""
    states = "('used', 'empty')" if plan.mapping.table == "feedback" else "('used')"
    return f"_state IN {states}"


def _find_repeats(con: duckdb.DuckDBPyConnection, plan: Plan) -> dict[str, int]:
    """Fill `_repeats` with the candidates whose key stood before; give their count by state."""
    con.execute(f"CREATE OR REPLACE TABLE _repeats ({ROW} BIGINT, _item INTEGER)")
    table = TABLES[plan.mapping.table]
    if not any(table.key in branch.cells for branch in plan.branches):
        return {}
    key, kept = quoted(table.key), _kept(plan)
    con.execute(
        f"INSERT INTO _repeats SELECT {ROW}, _item FROM ("
        f"SELECT {ROW}, _item, {key}, row_number() OVER (PARTITION BY {key} ORDER BY {ROW}, _item) "
        f"AS place FROM _stage WHERE {kept} AND {key} IN "
        f"(SELECT {key} FROM _stage WHERE {kept} GROUP BY 1 HAVING count(*) > 1)) WHERE place > 1 "
        f"UNION SELECT {ROW}, _item FROM _stage WHERE {kept} "
        f"AND {key} IN (SELECT {key} FROM store.{table.name})"
    )
    found = con.execute(
        f"SELECT _state, count(*) FROM _stage SEMI JOIN _repeats USING ({ROW}, _item) GROUP BY 1"
    ).fetchall()
    return dict(found)


def _insert(con: duckdb.DuckDBPyConnection, plan: Plan, repeated: bool) -> None:
    names = ", ".join(quoted(name) for name in plan.columns)
    first_only = f"ANTI JOIN _repeats USING ({ROW}, _item) " if repeated else ""
    con.execute(
        f"INSERT INTO store.{plan.mapping.table} BY NAME SELECT {names} FROM _stage "
        f"{first_only}WHERE {_kept(plan)} ORDER BY {ROW}, _item"
    )


def _record_faults(con: duckdb.DuckDBPyConnection, plan: Plan) -> list[Problem]:
    """Write each fault of the rejected candidates down; give one Problem per column and reason."""
    columns = _fault_columns(plan)
    if not columns:
        return []
    pieces, source = [], text_literal(plan.raw.name)
    for name in columns:
        files = " ".join(
            f"WHEN {branch.item} THEN {text_literal(plan.source_column(branch.item, name) or name)}"
            for branch in plan.branches
        )
        pieces.append(
            f"SELECT {ROW}, CASE _item {files} END AS column_name, "
            f"string_split(f_{name}, '{SEPARATOR}') AS parts FROM _stage "
            f"WHERE _state = 'rejected' AND f_{name} IS NOT NULL"
        )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE _faults AS SELECT DISTINCT {source} AS source, "
        f"'{plan.mapping.table}' AS table_name, {ROW} AS row_number, column_name, "
        "parts[2] AS value, parts[1] AS reason, parts[3] AS detail "
        f"FROM ({' UNION ALL '.join(pieces)})"
    )
    con.execute("INSERT INTO store.intake.faults SELECT * FROM _faults ORDER BY ALL")
    found = con.execute(
        "SELECT reason, column_name, detail, count(DISTINCT row_number), "
        f"list_slice(list_sort(list(DISTINCT row_number)), 1, {FIRST_ROWS}), "
        f"list_slice(list_sort(list(DISTINCT value)), 1, {EXAMPLES}) "
        "FROM _faults GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3"
    ).fetchall()
    con.execute("DROP TABLE _faults")
    return [
        Problem(
            reason, "rejected", plan.raw.file, column, tuple(rows), count,
            {"value": _examples(values), "detail": detail},
        )
        for reason, column, detail, count, rows, values in found
    ]  # fmt: skip


def _examples(values: Iterable[Any]) -> str:
    shown = [str(value)[:40] for value in values if value]
    return " / ".join(shown) or "—"


def _record_repeats(
    con: duckdb.DuckDBPyConnection, plan: Plan, repeats: dict[str, int]
) -> list[Problem]:
    """Repeated keys: merged silently by design (`distinct`), or rejected with a warning."""
    if not repeats:
        return []
    table = TABLES[plan.mapping.table]
    column = plan.source_column(plan.branches[0].item, table.key) or table.key
    if plan.mapping.distinct:
        return []
    con.execute(
        f"INSERT INTO store.intake.faults SELECT {text_literal(plan.raw.name)}, '{table.name}', "
        f"{ROW}, {text_literal(column)}, {quoted(table.key)}, 'reject_repeated', '' FROM _stage "
        f"SEMI JOIN _repeats USING ({ROW}, _item) ORDER BY {ROW}, _item"
    )
    rows = con.execute(
        f"SELECT {ROW} FROM _repeats GROUP BY 1 ORDER BY 1 LIMIT {FIRST_ROWS}"
    ).fetchall()
    example = con.execute(
        f"SELECT min({quoted(table.key)}) FROM _stage SEMI JOIN _repeats USING ({ROW}, _item)"
    ).fetchone() or ("",)
    values = {"value": example[0], "detail": ""}
    first = tuple(row[0] for row in rows)
    count = sum(repeats.values())
    return [Problem("reject_repeated", "rejected", plan.raw.file, column, first, count, values)]


def record_ragged(con: duckdb.DuckDBPyConnection, raw: RawTable) -> None:
    """Write down the rows that don't have the header's number of cells."""
    rows = [
        (raw.name, "", bad.row, "", bad.text, "reject_ragged", str(bad.cells)) for bad in raw.bad
    ]
    if rows:
        con.executemany("INSERT INTO store.intake.faults VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def keep_rejected_rows(con: duckdb.DuckDBPyConnection, raw: RawTable) -> None:
    """Keep the original cells of every rejected row in the store, as text."""
    cells = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in raw.columns)
    wanted = f"SELECT row_number FROM store.intake.faults WHERE source = {text_literal(raw.name)}"
    con.execute("CREATE SCHEMA IF NOT EXISTS store.rejected")
    con.execute(
        f"CREATE TABLE store.rejected.{raw.sql} AS SELECT {ROW}, {cells} FROM {raw.sql} "
        f"WHERE {ROW} IN ({wanted}) ORDER BY {ROW}"
    )


def judge(accounts: list[Account], settings: Settings, files: dict[str, str]) -> list[Problem]:
    """Errors of the whole: a mapping that uses nothing, or loses too much."""
    problems = []
    limit = settings.thresholds.max_rejected_share
    for account in accounts:
        values = {"source": account.source, "table": account.table, "n": account.rejected}
        file = files.get(account.source, "")
        if not account.used:
            problems.append(Problem("problem_nothing_used", file=file, values=values))
        elif account.rejected > limit * account.values_in:
            share = account.rejected / account.values_in
            values |= {"share": f"{share:.0%}", "limit": f"{limit:.0%}", "total": account.values_in}
            problems.append(Problem("problem_many_rejected", file=file, values=values))
    return problems
