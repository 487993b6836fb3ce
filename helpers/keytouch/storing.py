"""Where prepared clients lie on disk, and how long."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from pathlib import Path

KEPT = 3


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
