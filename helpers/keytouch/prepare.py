"""A client's folder to checked canonical tables, in one file.

The way: client.yaml -> raw tables (readers) -> candidates (mapping) -> canonical tables with
their accounts (accounting) -> cross-checks and the schema gate -> every journey's steps in order
(prepared) -> one DuckDB file that any number of notebooks open read-only. The file's name holds a
fingerprint of everything that went in, so an unchanged client is never taken in twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from threading import Thread

import duckdb

import keytouch
from keytouch import accounting, cells
from keytouch.accounting import Account
from keytouch.candidates import write_sql
from keytouch.covering import cover_comments
from keytouch.crosscheck import cross_check
from keytouch.dates import DateColumn
from keytouch.decoding import sha256
from keytouch.limits import engine_limit, shortages_told
from keytouch.mapping import Plan, plan_mapping
from keytouch.problems import DataError, Problem
from keytouch.queries import read_query, shut_in
from keytouch.raw import RawTable, quoted
from keytouch.readers import find_file, read_raw
from keytouch.schema import TABLES
from keytouch.settings import Settings, Source, read_settings
from keytouch.storing import drop_old, work_folder, workshop

ROOMS = (
    "accounting", "candidates", "cells", "chinese_names", "covering", "crosscheck", "dates",
    "decoding", "delimited", "engine", "english_names", "gate", "grid", "identifier_contexts",
    "identifier_shapes", "identifiers", "mapping", "name_lists", "prepare", "prepared", "privacy",
    "problems", "queries", "raw", "readers", "refusals", "remembering", "resample",
    "satisfaction", "schema", "settings", "street_address", "weighted", "workbooks", "xes",
)  # fmt: skip
INVENTORY = "client.yaml"


@dataclass(frozen=True)
class Input:
    """One file of the client's, as it was taken in."""

    file: str
    bytes: int
    sha256: str
    rows: int = 0
    encoding: str = ""


@dataclass
class Intake:
    """What is known while a client is taken in."""

    settings: Settings
    folder: Path
    con: duckdb.DuckDBPyConnection
    paths: dict[str, Path]
    inputs: dict[str, Input]
    problems: list[Problem] = field(default_factory=list)
    raws: dict[str, RawTable] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)


def data_folder(settings: Settings, folder: Path) -> Path | None:
    """The optional second place for files, `data_folder` of client.yaml.

    Relative to the client's folder; `${NAME}` and `${NAME:-otherwise}` stand for an
    environment variable.
    """
    if not settings.data_folder:
        return None

    def fill(match: re.Match[str]) -> str:
        return os.environ.get(match[1]) or match[2] or ""

    text = re.sub(r"\$\{(\w+)(?::-([^}]*))?\}", fill, settings.data_folder)
    path = (folder / text).resolve()
    if not text or not path.is_dir():
        values = {"found": settings.data_folder}
        raise DataError(Problem("problem_data_folder", file=INVENTORY, values=values))
    return path


@cache
def _code_mark() -> str:
    digest = hashlib.sha256(keytouch.__version__.encode())
    for room in ROOMS:
        digest.update(Path(__file__).with_name(f"{room}.py").read_bytes())
    return digest.hexdigest()


def prepare(folder: str | Path) -> tuple[Settings, Path, str]:
    """Take a client in, or find it taken in already: (settings, the store's path, fingerprint).

    The store holds the canonical tables and, in its schema `intake`, the accounts and every
    problem, errors too: whoever opens it decides what to do about them. Raises DataError only
    where client.yaml itself can't be used.
    """
    folder = Path(folder)
    settings = read_settings(folder)
    shared = data_folder(settings, folder)
    paths, inputs, problems = _find_inputs(settings, folder, shared)
    digest = hashlib.sha256(_code_mark().encode())
    digest.update((folder / INVENTORY).read_bytes())
    for name, one in inputs.items():
        digest.update(f"{name}|{one.file}|{one.sha256}\n".encode())
    for problem in problems:
        digest.update(f"{problem.key}|{problem.file}|{problem.values}\n".encode())
    fingerprint = digest.hexdigest()[:16]
    store = work_folder() / f"{settings.id}-{fingerprint}.duckdb"
    if not store.is_file():
        _prepare(settings, folder, paths, inputs, problems, store)
    return settings, store, fingerprint


def _find_inputs(
    settings: Settings, folder: Path, shared: Path | None
) -> tuple[dict[str, Path], dict[str, Input], list[Problem]]:
    paths, inputs, problems = {}, {}, []
    for source in settings.sources:
        if not source.file:
            continue
        try:
            path = find_file(folder, shared, source)
            inputs[source.name] = Input(source.file, path.stat().st_size, sha256(path))
            paths[source.name] = path
        except DataError as error:
            absent = [Problem("problem_not_fetched", file=source.file)]
            problems += absent if source.database else error.problems
        except OSError:
            problems.append(Problem("problem_unreadable", file=source.file))
    return paths, inputs, problems


def _prepare(
    settings: Settings,
    folder: Path,
    paths: dict[str, Path],
    inputs: dict[str, Input],
    problems: list[Problem],
    store: Path,
) -> None:
    """Build the store in a folder of its own, then move it to its place in one step."""
    early = Thread(target=_import_gate, daemon=True)
    early.start()
    home = store.parent
    with shortages_told(home), workshop(home) as place, shortages_told(home):  # while it is full
        made = place / "store.duckdb"
        with _connection(place, settings.engine.memory_limit) as con:
            con.execute(f"ATTACH '{str(made).replace(chr(39), chr(39) * 2)}' AS store")
            intake = Intake(settings, folder, con, paths, inputs, list(problems))
            take_in(intake)
            _write_books(intake)
            con.execute("DETACH store")
        early.join()
        sound = not any(problem.severity == "error" for problem in intake.problems)
        _pass_gate(made, settings, sound=sound)
        with contextlib.suppress(PermissionError):  # Windows: another process has it already
            os.replace(made, store)
    drop_old(store.parent, settings.id)


@contextlib.contextmanager
def _connection(place: Path, limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect(str(place / "raw.duckdb"))
    try:
        con.execute("SET autoinstall_known_extensions = false")
        con.execute("SET autoload_known_extensions = false")
        con.execute("SET enable_progress_bar = false")
        if limit := limit or engine_limit():
            con.execute(f"SET memory_limit = '{limit}'")
        yield con
    finally:
        con.close()


def take_in(intake: Intake) -> None:
    """The whole way from files to canonical tables."""
    cells.define_macros(intake.con)
    accounting.create_books(intake.con)
    for source in intake.settings.sources:
        if source.name in intake.paths:
            _read_file(intake, source)
    shut_in(intake.con)
    for source in intake.settings.queries:
        _read_sql(intake, source)
    plans = _plan(intake)
    tables = _create_tables(intake, plans)
    _take_inventory(intake)
    for plan in plans:
        account, found = accounting.take(intake.con, plan)
        intake.accounts.append(account)
        intake.problems += found
    for raw in intake.raws.values():
        accounting.record_ragged(intake.con, raw)
        accounting.keep_rejected_rows(intake.con, raw)
    files = {name: raw.file for name, raw in intake.raws.items()}
    intake.accounts = _summed(intake.accounts)
    intake.problems += accounting.judge(intake.accounts, intake.settings, files)
    columns = {name: _drop_empty(intake.con, name) for name in tables}
    intake.problems += cover_comments(intake.con, columns)
    intake.problems += cross_check(intake.con, intake.settings, columns)


def _read_file(intake: Intake, source: Source) -> None:
    try:
        raw = read_raw(intake.con, source, intake.paths[source.name])
    except DataError as error:
        intake.problems += error.problems
        return
    intake.raws[source.name] = raw
    intake.problems += raw.problems
    before = intake.inputs[source.name]
    rows = raw.rows + len(raw.bad)
    intake.inputs[source.name] = Input(before.file, before.bytes, before.sha256, rows, raw.encoding)


def _read_sql(intake: Intake, source: Source) -> None:
    lost = [one.name for one in intake.settings.sources if one.name not in intake.raws]
    try:
        intake.raws[source.name] = read_query(intake.con, source, lost)
    except DataError as error:
        intake.problems += error.problems


def _plan(intake: Intake) -> list[Plan]:
    """A plan for every mapping whose source could be read; their problems are collected."""
    plans: list[Plan] = []
    dates: dict[tuple[str, ...], DateColumn] = {}
    for source in intake.settings.sources:
        raw = intake.raws.get(source.name)
        if raw is None:
            continue
        seen: dict[str, int] = {}
        for mapping in source.tables:
            seen[mapping.table] = seen.get(mapping.table, 0) + 1
            nth = seen[mapping.table]
            prefix = source.name if nth == 1 else f"{source.name}.{nth}"
            plan = plan_mapping(intake.settings, source, mapping, raw, prefix)
            if not plan.problems:
                write_sql(intake.con, intake.settings, plan, dates)
            intake.problems += plan.problems
            if plan.sql:
                plans.append(plan)
    if not any(source.tables for source in intake.settings.sources):
        intake.problems.append(Problem("problem_no_mapping", file=INVENTORY))
    queries = " ".join(source.sql for source in intake.settings.queries)
    for source in intake.settings.sources:
        if source.file and not source.tables and source.name not in queries:
            intake.problems.append(Problem("problem_unused_file", "note", source.file))
    return plans


def _create_tables(intake: Intake, plans: list[Plan]) -> list[str]:
    """Empty canonical tables with the columns that any mapping fills."""
    filled: dict[str, set[str]] = {}
    if intake.settings.touchpoints:
        filled["touchpoints"] = set(TABLES["touchpoints"].names)
    for plan in plans:
        filled.setdefault(plan.mapping.table, set()).update(plan.columns)
    for name, names in filled.items():
        spec = ", ".join(
            f"{quoted(column.name)} {cells.SQL_TYPES[column.kind]}"
            for column in TABLES[name].columns
            if column.name in names
        )
        intake.con.execute(f"CREATE TABLE store.{name} ({spec})")
    return list(filled)


def _take_inventory(intake: Intake) -> None:
    """The touchpoints of client.yaml come first; a mapped file may add more."""
    rows = [
        [
            point.id, point.name_zh or None, point.name_en or None, point.stage or None,
            point.side, point.medium, point.contact_mode, point.moment,
            point.supports or None, point.owner or None,
        ]
        for point in intake.settings.touchpoints
    ]  # fmt: skip
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        intake.con.executemany(f"INSERT INTO store.touchpoints VALUES ({marks})", rows)
        count = len(rows)
        intake.accounts.append(Account(INVENTORY, "touchpoints", count, count, count, 0, 0, 0))


def _summed(accounts: list[Account]) -> list[Account]:
    """One account for each source and table, where several mappings fill one table."""
    sums: dict[tuple[str, str], list[int]] = {}
    for one in accounts:
        numbers = [one.rows_in, one.values_in, one.used, one.empty, one.merged, one.rejected]
        place = (one.source, one.table)
        if place in sums:
            numbers = [one.rows_in, *(a + b for a, b in zip(sums[place][1:], numbers[1:]))]
        sums[place] = numbers
    return [Account(*place, *numbers) for place, numbers in sums.items()]


def _drop_empty(con: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Drop the columns that no row fills; give the ones that stay."""
    names = [row[0] for row in con.execute(f"DESCRIBE store.{name}").fetchall()]
    if name == "touchpoints":
        return names
    counts = con.execute(
        f"SELECT {', '.join(f'count({quoted(one)})' for one in names)} FROM store.{name}"
    ).fetchone()
    required = {column.name for column in TABLES[name].columns if column.required}
    kept = []
    for column, count in zip(names, counts or ()):
        if count or column in required or column == TABLES[name].key:
            kept.append(column)
        else:
            con.execute(f"ALTER TABLE store.{name} DROP COLUMN {quoted(column)}")
    return kept


def _write_books(intake: Intake) -> None:
    """Accounts, problems and inputs into the store's schema `intake`."""
    con = intake.con
    con.execute(
        "CREATE TABLE store.intake.accounts (source VARCHAR, table_name VARCHAR, rows_in BIGINT, "
        "values_in BIGINT, used BIGINT, empty BIGINT, merged BIGINT, rejected BIGINT)"
    )
    con.execute("CREATE TABLE store.intake.problems (place INTEGER, problem VARCHAR)")
    con.execute(
        "CREATE TABLE store.intake.inputs "
        "(file VARCHAR, bytes BIGINT, sha256 VARCHAR, rows BIGINT, encoding VARCHAR)"
    )
    for table, rows in (
        ("accounts", [list(asdict(one).values()) for one in intake.accounts]),
        ("problems", [[at, _problem_text(one)] for at, one in enumerate(intake.problems)]),
        ("inputs", [list(asdict(one).values()) for one in intake.inputs.values()]),
    ):
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            con.executemany(f"INSERT INTO store.intake.{table} VALUES ({marks})", rows)


def _problem_text(problem: Problem) -> str:
    return json.dumps(asdict(problem), ensure_ascii=False, default=str)


def _import_gate() -> None:
    """ibis and pandera take most of a second to import: they do so while DuckDB works."""
    with contextlib.suppress(Exception):  # the import that needs them will tell
        from keytouch import engine, gate, prepared  # noqa: F401

        engine.warm_up()
        gate.warm_up()


def _pass_gate(path: Path, settings: Settings, *, sound: bool) -> None:
    """Check the finished tables against the schema; what it finds joins the problems.

    The tables of a client without errors are put in order: each journey's steps and sums.
    """
    from keytouch.engine import Missing, Store
    from keytouch.gate import check_table
    from keytouch.prepared import keep_prepared

    store, found = Store(path, memory_limit=settings.engine.memory_limit), []
    try:
        for name in TABLES:
            data = store.table(name)
            if not isinstance(data, Missing):
                found += check_table(name, data)
        for problem in found:
            text = _problem_text(problem).replace("'", "''")
            store.con.raw_sql(f"INSERT INTO intake.problems VALUES (99999, '{text}')")
        if sound and not any(problem.severity == "error" for problem in found):
            stages = [stage.id for stage in settings.stages]
            keep_prepared(store, stages=stages, gap_minutes=settings.thresholds.gap_minutes)
        store.save()
    finally:
        store.close()
