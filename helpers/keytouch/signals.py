"""Requests to end: whatever is running unwinds like an error, so that all is tidied."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
GRACE = 10.0  # seconds
_inside = False


class Stopped(BaseException):
    """The system asked the run to end."""


@contextmanager
def ending_on_signals(*, last_words: Callable[[int], int] | None = None) -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt and SIGTERM, SIGHUP raise Stopped, wherever they come.

    A query that is interrupted forgets by what and raises RuntimeError: here it is said again.
    It may also finish a long step first. With `last_words`, which gives the exit code, the
    process ends without waiting longer than GRACE; the next run removes what it leaves. Signals
    that the process was started to ignore (`nohup`, `&`) stay ignored.
    """
    global _inside
    if _inside or threading.current_thread() is not threading.main_thread():
        yield
        return
    told: list[int] = []
    over = threading.Event()

    def stop(number: int, frame: Any) -> None:
        if last_words and not told:
            waiting = (over, number, last_words)
            threading.Thread(target=_end_at_last, args=waiting, daemon=True).start()
        told.append(number)
        _end(number)

    before = _listen(stop)
    _inside = True
    try:
        yield
    except Exception:
        if told:
            _end(told[0])
        raise
    finally:
        _inside = False
        over.set()
        for number, handler in before.items():
            with suppress(ValueError, TypeError):
                signal.signal(number, handler)


def _listen(stop: Callable[[int, Any], None]) -> dict[int, Any]:
    """Set the handler of every signal that isn't ignored; the handlers before."""
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler not in (signal.SIG_IGN, None):
            signal.signal(number, stop)
    return before


def _end(number: int) -> NoReturn:
    raise KeyboardInterrupt if number == signal.SIGINT else Stopped(number)


def _end_at_last(over: threading.Event, number: int, last_words: Callable[[int], int]) -> None:
    if not over.wait(GRACE):
        code = last_words(number)
        sys.stderr.flush()
        os._exit(code)
