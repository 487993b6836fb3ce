"""Kernels for the report's notebooks: forked from a warm process where the system can fork.

`keytouch-fork` is a kernel provisioner: papermill, nbclient and nbval use it by kernel name.
Each kernel starts clean, with pandas, the plotting libraries and the engine already imported.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Any

# JupyterLab's dependencies bring a module that builds a grammar of URIs when jsonschema is
# imported, more than a second in every process. No notebook schema needs it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from jupyter_client.manager import AsyncKernelManager  # noqa: E402
from jupyter_client.provisioning import LocalProvisioner  # noqa: E402

FORK = "keytouch-fork"
STOCK = "python3"
SPECS = Path(__file__).with_name("kernelspecs")


def kernel_name() -> str:
    """The kernel that reports run on: the forked one, or the stock one where that can't be.

    KEYTOUCH_KERNEL=python3 asks for the stock kernel.
    """
    wanted = os.environ.get("KEYTOUCH_KERNEL", "")
    return wanted or (FORK if hasattr(os, "fork") and os.name == "posix" else STOCK)


def announce() -> None:
    """Let Jupyter find our kernel specification, in this process and those it starts."""
    folders = [folder for folder in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if folder]
    if str(SPECS) not in folders:
        os.environ["JUPYTER_PATH"] = os.pathsep.join([str(SPECS), *folders])


class Zygote:
    """This side of the warm process: orders go out, answers come back, one at a time."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "keytouch.zygote", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C is the runner's to answer, even while this one starts
        )
        theirs.close()
        self._channel = ours
        self._lines = ours.makefile("rw", encoding="utf8")
        self._lock = threading.Lock()

    def order(self, order: str, **values: Any) -> Any:
        with self._lock:
            self._lines.write(json.dumps({"order": order, **values}) + "\n")
            self._lines.flush()
            answer = self._lines.readline()
        if not answer:
            raise ConnectionError("the warm process has ended")
        return json.loads(answer)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """End the warm process and every kernel that it forked."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1)  # while it warms up it doesn't listen
        if self.alive:
            self.process.kill()
            self.process.wait()


_zygote: Zygote | None = None
_starting = threading.Lock()


def warm_up() -> Zygote | None:
    """Start the warm process, unless it runs or the stock kernel is wanted; returns at once."""
    global _zygote
    announce()
    if kernel_name() != FORK:
        return None
    with _starting:
        if _zygote is None or not _zygote.alive:
            _zygote = Zygote()
            atexit.register(_zygote.close)
    return _zygote


def cool_down() -> None:
    """End the warm process, and with it every kernel that is still running."""
    global _zygote
    for manager in list(Manager.alive):
        manager.kill_now()
    with _starting:
        if _zygote is not None:
            _zygote.close()
            atexit.unregister(_zygote.close)
        _zygote = None


class Forked:
    """A forked kernel, as the little of `subprocess.Popen` that a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, zygote: Zygote, argv: list[str], env: dict[str, str], cwd: str | None):
        self.zygote = zygote
        self.pid = zygote.order("start", argv=argv, env=env, cwd=cwd)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = self.zygote.order("poll", pid=self.pid)
            except (OSError, ValueError):
                self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            time.sleep(0.002)
        return self.returncode or 0

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.zygote.order("signal", pid=self.pid, number=int(number))

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class ForkProvisioner(LocalProvisioner):
    """Provides kernels by forking the warm process; as a stock one where that can't be."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        zygote = warm_up() if kernel_name() == FORK else None
        if zygote is None:
            return await super().launch_kernel(cmd, **kwargs)
        env = {str(k): str(v) for k, v in (kwargs.get("env") or os.environ).items()}
        cwd = kwargs.get("cwd")
        argv = cmd[cmd.index("ipykernel_launcher") + 1 :]
        self.process = Forked(zygote, argv, env, str(cwd) if cwd else None)
        self.pid = self.process.pid
        self.cwd = cwd or Path.cwd()
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        await super().kill(restart=restart)
        if isinstance(self.process, Forked):
            # A killed process is gone in a moment; the manager would look only every 0.1 s.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)


class Manager(AsyncKernelManager):
    """A kernel manager that can be told from another thread to end its kernel at once."""

    alive: weakref.WeakSet[Manager] = weakref.WeakSet()

    def __init__(self, **options: Any):
        super().__init__(**options)
        Manager.alive.add(self)

    def kill_now(self) -> None:
        process = getattr(self.provisioner, "process", None)
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()
