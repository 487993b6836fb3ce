"""`keytouch export CLIENT`: a client's event log as CSV, Parquet or XES, its journey as JSON.

A file appears whole or not at all. What `readers` takes in again gives the same interactions;
only CSV differs where a text would run as a formula in a spreadsheet.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from keytouch.engine import LazyTable, Missing, batches
from keytouch.privacy import pseudonym
from keytouch.problems import DataError, Problem
from keytouch.safe_csv import calm
from keytouch.schema import INTERACTIONS
from keytouch.words import word

FORMATS = ("csv", "parquet", "xes", "json")
IDS = ("interaction_id", "journey_id", "customer_id")
Block = list[dict[str, Any]]


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `keytouch export`."""
    parser.add_argument("client", metavar="CLIENT", help=word("check_client_help"))
    parser.add_argument("--format", choices=FORMATS, default="csv", help=word("export_format_help"))
    parser.add_argument("--out", metavar="FILE", default="", help=word("export_out_help"))
    parser.add_argument("--segment", metavar="ID", default="", help=word("export_segment_help"))
    parser.add_argument("--start", metavar="DAY", default="", help=word("export_start_help"))
    parser.add_argument("--end", metavar="DAY", default="", help=word("export_end_help"))
    parser.add_argument("--pseudonyms", action="store_true", help=word("export_pseudonyms_help"))
    parser.add_argument("--force", action="store_true", help=word("export_force_help"))


def export_command(arguments: argparse.Namespace) -> int:
    """Write one file; the exit code: 0 written, 2 there is no such folder."""
    if not Path(arguments.client).is_dir():
        print(word("check_no_folder", found=arguments.client))
        return 2
    from keytouch.intake import open_client

    choice = {name: getattr(arguments, name) for name in ("segment", "start", "end")}
    client = open_client(arguments.client, **choice)
    path = export_place(client, arguments.out, arguments.format)
    count = write_export(
        client, path, format=arguments.format, pseudonyms=arguments.pseudonyms,
        force=arguments.force,
    )  # fmt: skip
    print(word("export_written", path=path, n=f"{count:,}"))
    return 0


def export_place(client: Any, out: str, format: str) -> Path:
    """Where an export goes: the file that is named, or the client's own in a folder or here."""
    path = Path(out) if out else Path.cwd()
    return path / f"{client.settings.id}.{format}" if path.is_dir() else path


def write_export(
    client: Any, path: str | Path, *, format: str, pseudonyms: bool = False, force: bool = False
) -> int:
    """Write a client's log (or with "json" its journey) to a file; gives the rows written.

    The log is `client.interactions` in the canonical columns, ordered by journey, time, seq and
    id. `pseudonyms` puts stand-ins for the ids of customers, journeys and interactions: the same
    id gets the same one within the file and another one in the next. Raises DataError for a file
    that is there already (unless `force`), for a place that can't be written to, and where the
    client has no log.
    """
    path = Path(path)
    writers: dict[str, Callable[[Any, Path, bool], int]] = {
        "csv": _csv, "parquet": _parquet, "xes": _xes, "json": _json,
    }  # fmt: skip
    if path.exists() and (not force or not path.is_file()):
        raise DataError(Problem("export_exists", file=str(path)))
    if isinstance(client.interactions, Missing):
        raise DataError(Problem("export_no_log", file=str(client.folder)))
    try:
        with _whole(path) as partial:
            return writers[format](client, partial, pseudonyms)
    except OSError as error:
        values = {"detail": error.strerror or str(error)}
        raise DataError(Problem("export_cannot_write", file=str(path), values=values)) from error


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A file beside its place that takes it if the block ends well."""
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()


def log_of(client: Any) -> LazyTable:
    """The log in the canonical columns and in a fixed order."""
    data = client.interactions
    names = [name for name in INTERACTIONS.names if name in data.columns]
    keys = ("journey_id", "customer_id") if "journey_id" in names else ("customer_id",)
    order = [name for name in (*keys[:1], "ts", "seq", "interaction_id") if name in names]
    return data.select(*names).order_by([data[name].asc(nulls_first=False) for name in order])


def _blocks(client: Any, pseudonyms: bool) -> Iterator[Block]:
    """The log's rows block by block, with stand-ins for ids where they are wanted."""
    salt = secrets.token_hex(16)
    for block in batches(log_of(client)):
        if pseudonyms:
            for row in block:
                row |= {name: pseudonym(row[name], salt) for name in IDS if row.get(name)}
        yield block


def _rows(client: Any, pseudonyms: bool) -> Iterator[dict[str, Any]]:
    for block in _blocks(client, pseudonyms):
        yield from block


def _csv(client: Any, path: Path, pseudonyms: bool) -> int:
    names = list(log_of(client).columns)
    count = 0
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in _rows(client, pseudonyms):
            writer.writerow([_cell(row[name]) for name in names])
            count += 1
    return count


def _cell(value: Any) -> str:
    """A value as CSV has it: times in ISO, yes and no in English, no text that runs."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    return calm(value.isoformat(sep=" ") if hasattr(value, "isoformat") else value)


def _parquet(client: Any, path: Path, pseudonyms: bool) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = log_of(client).schema().to_pyarrow()
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for block in _blocks(client, pseudonyms):
            writer.write_table(pa.Table.from_pylist(block, schema=schema))
            count += len(block)
    return count


def _xes(client: Any, path: Path, pseudonyms: bool) -> int:
    from keytouch.xes import write_xes

    settings = client.settings
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        rows = _rows(client, pseudonyms)
        return write_xes(file, rows, zone=settings.timezone, name=settings.id)


def _json(client: Any, path: Path, pseudonyms: bool) -> int:
    from keytouch.journey_json import journey_document

    document = journey_document(client)
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return len(document["touchpoints"])
