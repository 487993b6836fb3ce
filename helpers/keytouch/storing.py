"""Where prepared clients lie on disk, and how long."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where nobody can remove what another process has open
    fcntl = None  # type: ignore[assignment]

KEPT = 3
MAKING = ".making-"
LOCK = "lock"
YOUNG = 60  # seconds that a new folder may be without its lock
SPILLED = re.compile(r"duckdb_temp_(\d+)_.*")


def work_folder() -> Path:
    """Where prepared clients are kept: $KEYTOUCH_WORK, else build/work of the project or here."""
    if given := os.environ.get("KEYTOUCH_WORK"):
        return Path(given)
    root = Path(__file__).resolve().parents[2]
    return (root if (root / "pyproject.toml").is_file() else Path.cwd()) / "build" / "work"


def drop_old(folder: Path, client: str) -> None:
    """Keep a client's three newest stores: no copy of its data lies about for good."""
    mark = re.compile(re.escape(client) + r"-[0-9a-f]{16}\.duckdb")
    stores = [path for path in folder.iterdir() if mark.fullmatch(path.name)]
    stores.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in stores[KEPT:]:
        with contextlib.suppress(OSError):  # another process holds it or was faster
            path.unlink()
            # What Spark reads lies beside it.
            shutil.rmtree(path.with_suffix(".parquet"), ignore_errors=True)


@contextlib.contextmanager
def workshop(parent: Path) -> Iterator[Path]:
    """A folder to make something in, gone at the end; if the process is killed, gone with the next.

    A lock that the system drops with its process tells who is still at work.
    """
    parent.mkdir(parents=True, exist_ok=True)
    sweep(parent)
    with tempfile.TemporaryDirectory(dir=parent, prefix=MAKING, ignore_cleanup_errors=True) as made:
        handle = os.open(Path(made, LOCK), os.O_CREAT | os.O_RDWR)
        try:
            _locked(handle)
            yield Path(made)
        finally:
            os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what killed processes left: half-made stores, and what their engine had spilled."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name.startswith(MAKING) and _abandoned(path):
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.endswith(".duckdb.tmp"):
            _drop_spilled(path)


def _locked(handle: int) -> bool:
    """Take a file's lock; whether it was free. A disk without locks counts as taken."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _abandoned(path: Path) -> bool:
    """Whether nobody works in a folder any more."""
    try:
        handle = os.open(path / LOCK, os.O_RDWR)
    except OSError:
        with contextlib.suppress(OSError):
            return time.time() - path.stat().st_mtime > YOUNG
        return False
    try:
        return _locked(handle)
    finally:
        os.close(handle)


def _drop_spilled(folder: Path) -> None:
    for path in folder.iterdir():
        found = SPILLED.fullmatch(path.name)
        if found and int(found[1]) != os.getpid() and not lives(found[1]):
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # somebody spills there
        folder.rmdir()


def lives(pid: str) -> bool:
    """Whether a process of this machine has that number; our own number is an earlier one's."""
    if not pid.isdigit() or int(pid) == os.getpid():
        return False
    if os.name == "nt":  # there, asking for a process with signal 0 would end it
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
