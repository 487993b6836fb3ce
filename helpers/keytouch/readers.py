"""A client's file to a raw table, by what it holds: CSV, XLSX, Parquet or XES.

CSV, XLSX and XES cells arrive as text, Parquet columns with their types. Nothing is interpreted
here; the `mapping` room does that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from keytouch.decoding import open_bytes
from keytouch.limits import from_outside
from keytouch.problems import DataError, Problem, nearest
from keytouch.raw import ROW, RawTable, described, quoted, text_literal
from keytouch.settings import Source
from keytouch.xes import is_xes, read_xes


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
        from keytouch.workbooks import read_xlsx

        return read_xlsx(con, source, path)
    if is_xes(start, path):
        return read_xes(con, source, path)
    if start == b"\xd0\xcf\x11\xe0":
        raise DataError(Problem("problem_old_excel", file=source.file))
    if path.suffix.lower() in (".parquet", ".xlsx", ".xlsm"):
        raise DataError(Problem("problem_unreadable", file=source.file))
    from keytouch.delimited import read_csv

    return read_csv(con, source, path)


def _first_bytes(file: Any, label: str) -> bytes:
    try:
        return file.read(4)
    except (OSError, EOFError) as error:
        raise DataError(Problem("problem_unreadable", file=label)) from error


def _read_parquet(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> RawTable:
    scan = f"read_parquet({text_literal(str(path))}, file_row_number = true)"
    try:
        con.execute(
            f"CREATE OR REPLACE TABLE {quoted(source.name)} AS "
            f"SELECT file_row_number + 2 AS {ROW}, * EXCLUDE (file_row_number) FROM {scan}"
        )
    except duckdb.Error as error:
        if from_outside(error):
            raise
        raise DataError(Problem("problem_unreadable", file=source.file)) from error
    return described(con, RawTable(source.name, source.file, {}, 0, "parquet"))
