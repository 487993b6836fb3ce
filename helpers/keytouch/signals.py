"""Requests to end: whatever is running unwinds like an error, so that all is tidied."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Stopped(BaseException):
    """The system asked the run to end."""


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt and SIGTERM, SIGHUP raise Stopped, wherever they come.

    A query that is interrupted forgets by what and raises RuntimeError: here it is said again.
    Signals that the process was started to ignore (`nohup`, `&`) stay ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told: list[int] = []

    def stop(number: int, frame: Any) -> None:
        told.append(number)
        _end(number)

    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    before = {one: signal.getsignal(one) for one in numbers}
    for number in numbers:
        if before[number] not in (signal.SIG_IGN, None):
            signal.signal(number, stop)
    try:
        yield
    except Exception:
        if told:
            _end(told[0])
        raise
    finally:
        for number, handler in before.items():
            with suppress(ValueError, TypeError):
                signal.signal(number, handler)


def _end(number: int) -> NoReturn:
    raise KeyboardInterrupt if number == signal.SIGINT else Stopped(number)
