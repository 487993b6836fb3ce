"""Where a run's time goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


class Clock:
    """Seconds by phase and by notebook, and when the run began."""

    def __init__(self) -> None:
        self.started = datetime.now(UTC)
        self._begin = time.perf_counter()
        self.phases: dict[str, float] = {}
        self.notebooks: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time of the block to a phase."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0) + time.perf_counter() - begin

    @property
    def total(self) -> float:
        return time.perf_counter() - self._begin
