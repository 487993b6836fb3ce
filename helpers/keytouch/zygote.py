"""The warm process that notebook kernels are forked from.

It imports once what every notebook needs, then waits on a socket for orders. Each order is
one line of JSON: `start` forks a kernel, `poll` asks for its exit code, `signal` sends it a
signal. When the other end closes, every kernel is killed and the process ends, so that a
runner which dies leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
import traceback
from typing import Any

PRELOADED = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.datapub",
    "IPython.core.completer",
    "IPython.core.displayhook",
    "IPython.core.magics",
    "pandas",
    "pyarrow",
    "scipy.stats",
    "matplotlib.pyplot",
    "matplotlib.font_manager",
    "matplotlib.backends.backend_agg",
    "seaborn",
    "duckdb",
    "ibis",
    "ibis.backends.duckdb",
    "pydantic",
    "keytouch",
)


def main() -> None:
    """Warm up, then serve the socket whose number is the first argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm_up()
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        Nursery(channel).serve()
    sys.stderr.flush()
    os._exit(0)  # nothing to tidy, and native libraries grumble at a long goodbye


def warm_up() -> None:
    """Import what notebooks import. What is not there yet is left for the notebook to report."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    import keytouch

    for room in keytouch._ROOMS:
        with contextlib.suppress(ImportError):
            importlib.import_module(f"keytouch.{room}")
    gc.collect()
    gc.freeze()  # keeps the shared pages shared after the fork


class Nursery:
    """Forks kernels on order and answers for them until they have ended."""

    def __init__(self, channel: socket.socket):
        self.channel = channel
        self.codes: dict[int, int | None] = {}

    def serve(self) -> None:
        with self.channel.makefile("rw", encoding="utf8") as lines:
            for line in lines:
                order = json.loads(line)
                reply = getattr(self, f"do_{order.pop('order')}")(**order)
                lines.write(json.dumps(reply) + "\n")
                lines.flush()
        for pid in [pid for pid in self.codes if self.do_poll(pid) is None]:
            self.do_signal(pid, signal.SIGKILL)

    def do_start(self, argv: list[str], env: dict[str, str], cwd: str | None) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self.channel.close()
                become_kernel(argv, env, cwd, parent)
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        self.codes[pid] = None
        return pid

    def do_poll(self, pid: int) -> int | None:
        if self.codes.get(pid, -1) is None:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                self.codes[pid] = os.waitstatus_to_exitcode(status)
        return self.codes.get(pid, -1)

    def do_signal(self, pid: int, number: int) -> None:
        # Until it is reaped here the number can't belong to anybody else. One signal only:
        # a second interrupt would hit the code that handles the first.
        if self.do_poll(pid) is None:
            try:
                os.killpg(pid, number)
            except ProcessLookupError:  # it has no session of its own yet
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)


def become_kernel(argv: list[str], env: dict[str, str], cwd: str | None, parent: int) -> None:
    """Turn this fresh fork into an ordinary kernel: own session, environment and random state."""
    os.setsid()
    _die_with(parent)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(env)
    if cwd:
        os.chdir(cwd)
    random.seed()
    if "numpy" in sys.modules:
        # numpy's global generator is part of the copied memory: every kernel would draw alike.
        sys.modules["numpy"].random.seed()
    sys.argv = ["ipykernel_launcher", *argv]
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    app.initialize([*argv, f"--IPKernelApp.parent_handle={parent}"])
    app.start()


def _die_with(parent: int) -> None:
    """On Linux, ask the system to kill this process when its parent ends."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    main()
