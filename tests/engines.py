"""Other engines for the tests: a PostgreSQL server of one's own, Spark on this machine.

Each is started once a run, on a socket in a temporary folder or on loopback, and stopped after.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis

from keytouch.engine import LazyTable, collect

PLACES = [
    *os.environ.get("PATH", "").split(os.pathsep),
    *map(str, Path("/usr/lib/postgresql").glob("*/bin")),
]
COPIES: dict[int, dict[str, LazyTable]] = {}


def lacks_postgres() -> str:
    """Why no PostgreSQL server can be started here; "" where one can."""
    if not _binary("initdb"):
        return "no PostgreSQL server is installed (initdb)"
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg is not installed: pip install 'keytouch[postgres]'"
    if os.geteuid() == 0 and not (_user() and shutil.which("setpriv")):
        return "PostgreSQL refuses to run as root, and there is no user postgres to run it as"
    return ""


def lacks_spark() -> str:
    """Why Spark can't run here; "" where it can."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed: pip install 'keytouch[spark]'"
    return "" if shutil.which("java") else "Spark needs Java"


def _binary(name: str) -> str:
    return next((str(Path(p) / name) for p in PLACES if (Path(p) / name).is_file()), "")


def _user() -> pwd.struct_passwd | None:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return None


def _as_server(command: list[str]) -> list[str]:
    """A command as the user that a server may run as."""
    user = _user()
    if os.geteuid() != 0 or user is None:
        return command
    ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return ["setpriv", *ids, *command]


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A running server; its connection string."""
    user = _user()
    if os.geteuid() == 0 and user:
        os.chown(folder, user.pw_uid, user.pw_gid)
        for parent in list(folder.parents)[:3]:
            if parent.stat().st_uid == os.geteuid() and parent != Path("/tmp"):
                parent.chmod(parent.stat().st_mode | 0o011)
    data = folder / "data"
    options = ["-U", "kt", "-A", "trust", "-E", "UTF8", "--locale=C"]
    make = [_binary("initdb"), "-D", str(data), *options]
    subprocess.run(_as_server(make), check=True, capture_output=True, cwd=folder)
    serving = f"-k {folder} -c listen_addresses='' -c fsync=off"
    control = [_binary("pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    subprocess.run(_as_server([*control, "-o", serving, "start"]), check=True, cwd=folder,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    try:
        yield f"postgresql://kt@/postgres?host={folder}"
    finally:
        stop = _as_server([*control, "-m", "immediate", "stop"])
        subprocess.run(stop, check=True, capture_output=True, cwd=folder)


@contextlib.contextmanager
def spark_cluster(folder: Path, *, workers: int = 2) -> Iterator[str]:
    """A standalone master and its workers on loopback; the master's URL."""
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1",
        "PYSPARK_PYTHON": sys.executable, "SPARK_WORKER_DIR": str(folder),
    }  # fmt: skip
    port, page = 17077 + os.getpid() % 900, 18080 + os.getpid() % 900
    address = f"spark://127.0.0.1:{port}"
    run = [str(home / "bin" / "spark-class"), "-Xmx512m"][:1]
    master = [*run, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1",
              "--port", str(port), "--webui-port", str(page)]  # fmt: skip
    worker = [*run, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1",
              "--cores", "1", "--memory", "1g", "--webui-port", "0", address]  # fmt: skip
    log = (folder / "cluster.log").open("w")
    started = [subprocess.Popen(master, env=environment, stdout=log, stderr=log)]
    try:
        for _ in range(workers):
            started.append(subprocess.Popen(worker, env=environment, stdout=log, stderr=log))
        _wait_for(folder / "cluster.log", "Registering worker", workers)
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)
        log.close()


def _wait_for(path: Path, text: str, times: int) -> None:
    for _ in range(600):
        if path.read_text(errors="replace").count(text) >= times:
            return
        time.sleep(0.1)
    raise TimeoutError(f"{text!r} not seen {times} times: {path.read_text()[-2000:]}")


def copy_to(con: Any, name: str, table: LazyTable) -> LazyTable:
    """A DuckDB table's rows on another engine, copied there once."""
    # ibis lists tables by a call of its own for each engine; this one is enough here.
    kept = COPIES.setdefault(id(con), {})
    if name not in kept:
        schema = table.schema()
        rows = ibis.memtable(collect(table), schema=schema).to_pyarrow()
        kept[name] = con.create_table(name, rows, schema=schema)
    return kept[name]
