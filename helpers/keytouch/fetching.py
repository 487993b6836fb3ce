"""`keytouch fetch CLIENT`: copy what a client's database holds to files in the client's folder.

A source of client.yaml with a `database` names a query and the file that keeps its result. The
copy is taken when it is asked for and at no other time, so that every report says which data it
rests on, and the same files give the same report.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from keytouch.problems import DataError, Problem
from keytouch.settings import Settings, Source, read_settings
from keytouch.words import word

INVENTORY = "client.yaml"
ZONED = 1184  # PostgreSQL's number for a timestamp with time zone


def add_fetch_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `keytouch fetch`."""
    parser.add_argument("client", metavar="CLIENT", help=word("fetch_client_help"))


def fetch_command(arguments: argparse.Namespace) -> int:
    """Copy every source that has a database; print each file with its rows and size."""
    folder = Path(arguments.client)
    settings = read_settings(folder)
    sources = [source for source in settings.sources if source.database]
    if not sources:
        raise DataError(Problem("problem_nothing_to_fetch", file=INVENTORY))
    for source in sources:
        rows = fetch(source, folder, settings)
        size = (folder / source.file).stat().st_size
        print(word("fetched", file=source.file, rows=f"{rows:,}", size=f"{size:,}"))
    return 0


def fetch(source: Source, folder: Path, settings: Settings) -> int:
    """Copy one source's query to its file, whole or not at all; how many rows it has.

    The query runs in one read-only transaction, with the client's time zone. Raises DataError
    where the driver, the database or the query fail; it never repeats the connection string.
    """
    try:
        import psycopg
    except ImportError as error:
        raise DataError(Problem("problem_no_postgres", file=INVENTORY)) from error
    target = (folder / source.file).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise DataError(Problem("problem_fetch_outside", file=source.file))
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as place:
        part = Path(place) / "part.csv"
        try:
            with psycopg.connect(address(source), connect_timeout=20) as con:
                con.read_only = True
                rows = _copy(con, source.sql.strip().rstrip(";"), settings.timezone, part)
        except psycopg.Error as error:
            values = {"detail": _reason(error)}
            raise DataError(Problem("problem_database", file=source.name, values=values)) from None
        os.replace(part, target)
    return rows


def address(source: Source) -> str:
    """The connection string, with environment variables (`${NAME}`) in place.

    Raises DataError for a variable that isn't set.
    """
    lacking = [
        name for name in re.findall(r"\$\{(\w+)\}", source.database) if name not in os.environ
    ]
    if lacking:
        values = {"names": ", ".join(lacking)}
        raise DataError(Problem("problem_no_variable", file=INVENTORY, values=values))
    return re.sub(r"\$\{(\w+)\}", lambda found: os.environ[found[1]], source.database)


def _copy(con: Any, query: str, timezone: str, part: Path) -> int:
    """Stream a query's rows to a CSV file, moments as the client's own clock shows them."""
    with con.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [timezone])
        cursor.execute(f"SELECT * FROM ({query}) AS asked LIMIT 0")
        columns = ", ".join(map(_local, cursor.description))
        text = f"COPY (SELECT {columns} FROM ({query}) AS asked) TO STDOUT (FORMAT csv, HEADER)"
        with part.open("wb") as file, cursor.copy(text) as copy:
            for block in copy:
                file.write(block)
        return int(cursor.rowcount)


def _local(column: Any) -> str:
    """A column of a result; a moment with a zone as local time without one."""
    name = '"' + column.name.replace('"', '""') + '"'
    return f"{name}::timestamp AS {name}" if column.type_code == ZONED else name


def _reason(error: Exception) -> str:
    """The database's first line, without the place and secret of the connection."""
    text = str(error).strip().splitlines()
    first = text[0] if text else type(error).__name__
    return re.sub(r"(password|user|host)\s*[=:]?\s*\S+", r"\1 …", first)[:300]
