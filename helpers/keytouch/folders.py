"""Folders that appear whole or not at all.

A report is written beside its place as `.<name>.partial-<pid>` and swapped in by renaming at
the end. Whatever goes wrong before, the folder that was there stays as it was.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from keytouch.limits import FULL, Shortage, free_disk
from keytouch.problems import DataError, Problem
from keytouch.storing import lives

MARK = "manifest.json"


@contextlib.contextmanager
def whole(out: Path) -> Iterator[Path]:
    """A fresh folder to write to, which becomes `out` if the block ends well.

    Raises DataError when `out` is something else than a report, an empty folder or nothing:
    a report never replaces what it did not write.
    """
    out = out.absolute()
    recover(out)
    check_replaceable(out)
    partial = out.with_name(f".{out.name}.partial-{os.getpid()}")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        swap(partial, out)
    except OSError as error:
        if isinstance(error, ConnectionError | TimeoutError):
            raise
        if error.errno in FULL:
            values = free_disk(out.parent)
            raise Shortage(Problem("run_disk_full", file=str(out), values=values)) from error
        details = {"detail": error.strerror or str(error)}
        raise DataError(Problem("run_cannot_write", file=str(out), values=details)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_replaceable(out: Path) -> None:
    """Refuse a target that holds anything but an earlier report."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if out.is_symlink() or not (out / MARK).is_file() or not (out / "index.html").is_file():
        raise DataError(Problem("run_not_a_report", file=str(out)))


def swap(partial: Path, out: Path) -> None:
    """Put the finished folder in its place; the old one comes back if that fails."""
    old = out.with_name(f"{out.name}.old-{os.getpid()}")
    if out.exists():
        out.rename(old)
    try:
        partial.rename(out)
    except BaseException:
        if old.exists() and not out.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def recover(out: Path) -> None:
    """Mend what a killed run left: bring back a report set aside, drop half-written ones."""
    for old in _left_by_dead(out, "old"):
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(out)
    for partial in _left_by_dead(out, "partial", hidden="."):
        shutil.rmtree(partial, ignore_errors=True)


def _left_by_dead(out: Path, what: str, hidden: str = "") -> list[Path]:
    beginning = f"{hidden}{out.name}.{what}-"
    if not out.parent.is_dir():
        return []
    found = [path for path in out.parent.iterdir() if path.name.startswith(beginning)]
    return [path for path in found if not lives(path.name.removeprefix(beginning))]
