"""How much memory and disk there is, and what to say when either runs out.

Python, DuckDB and the system tell it in a dozen ways; a reader gets one sentence: what is full,
how much is free, what to do.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from keytouch.problems import DataError, Problem

SHARE = 4  # a report has two kernels, their parent and the warm process beside one another
LEAST = 200 * 2**20
LEAST_DISK = 5_000_000
PROC, GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
TOLD_FULL = re.compile("No space left|quota exceeded|not enough space|max_temp_directory_size")
TOLD_LARGE = re.compile("File too large")
INTERRUPTED = "Query interrupted"


def free_memory() -> int:
    """The bytes that are free, of the machine or of the container around us; 0: unknown."""
    found = [*_of_machine(), *_of_containers()]
    return min(found, default=0)


def engine_limit() -> str:
    """The memory that one process' engine may take by default: a quarter of what is free.

    "" where the system doesn't tell; then DuckDB's own default counts.
    """
    free = free_memory()
    return f"{max(free // SHARE, LEAST) // 2**20}MiB" if free else ""


def _of_machine() -> list[int]:
    try:
        text = (PROC / "meminfo").read_text()
    except OSError:
        names = getattr(os, "sysconf_names", {})
        known = {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= set(names)
        return [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2] if known else []
    found = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    return [int(found[1]) * 1024] if found else []


def _of_containers() -> list[int]:
    """What is left under the limit of each control group around this process."""
    try:
        lines = (PROC / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, kinds, place = line.split(":", 2)
        if kinds not in ("", "memory"):
            continue
        home = GROUPS / kinds
        top = place.strip("/")
        # A container often sees its own group as the root, under the name it has outside.
        for folder in (home / top, *(home / top).parents):
            found += _left_in(folder, "memory.limit_in_bytes" if kinds else "memory.max", kinds)
            if folder == home:
                break
    return found


def _left_in(folder: Path, name: str, kind: str) -> list[int]:
    used_name = "memory.usage_in_bytes" if kind else "memory.current"
    try:
        limit = (folder / name).read_text().strip()
        used = int((folder / used_name).read_text())
        stat = (folder / "memory.stat").read_text()
    except (OSError, ValueError):
        return []
    if not limit.isdigit() or int(limit) >= 2**60:  # "max", or v1's largest number
        return []
    cache = re.search(r"^(?:total_)?inactive_file (\d+)", stat, re.MULTILINE)
    return [max(0, int(limit) - used + int(cache[1] if cache else 0))]


def shortage(error: BaseException, folder: str | Path) -> Problem | None:
    """What ran out, if that is what an error says; `folder` is where the process writes."""
    where, text = Path(folder), str(error)
    number = error.errno if isinstance(error, OSError) else None
    engine = type(error).__module__.endswith("duckdb")
    free = {"free": size_text(free_memory())}
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return Problem("problem_no_memory", values=free)
    if number in FULL or (engine and TOLD_FULL.search(text)):
        return Problem("problem_disk_full", file=str(where), values=free_disk(where))
    if number == errno.EFBIG or (engine and TOLD_LARGE.search(text)):
        return Problem("problem_file_size", file=str(where))
    if engine and type(error).__name__ == "OutOfMemoryException":
        limit = re.search(r"/([\d.]+ \w+) used", text)
        values = {**free, "limit": limit[1] if limit else "?"}
        return Problem("problem_engine_memory", file="client.yaml", values=values)
    return None


def from_outside(error: BaseException) -> bool:
    """Whether an error has its cause outside the data: no memory, no disk, an interrupt."""
    if isinstance(error, RuntimeError) and INTERRUPTED in str(error):
        return True
    return shortage(error, ".") is not None


class Shortage(DataError):
    """Memory or disk ran out; the client's files may be sound."""


@contextmanager
def shortages_told(folder: str | Path) -> Iterator[None]:
    """Raise Shortage where memory or disk run out inside; other errors pass as they are."""
    try:
        yield
    except Exception as error:
        problem = shortage(error, folder)
        if problem is None:
            raise
        raise Shortage(problem) from error


def refuse_full(places: Iterable[Path]) -> None:
    """Raise Shortage before anything runs where a disk that a run writes to is full already."""
    full = {_there(place).stat().st_dev: place for place in places if _free(place) < LEAST_DISK}
    if full:
        raise Shortage(
            Problem("run_place_full", file=str(place), values=free_disk(place))
            for place in full.values()
        )


def free_disk(folder: Path) -> dict[str, str]:
    """What is free on a folder's disk, as a sentence takes it."""
    return {"free": size_text(_free(folder))}


def _free(folder: Path) -> int:
    return shutil.disk_usage(_there(folder)).free


def _there(folder: Path) -> Path:
    """A folder, or the nearest one above it that exists."""
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())


def size_text(size: float) -> str:
    """A size as people say it: 12 MB, 3.4 GB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
