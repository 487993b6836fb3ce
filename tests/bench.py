"""Where a report's time goes, and how far it is from the same code as one plain script.

    python tests/bench.py CLIENT [--language zh] [--repeat 3]

Each measurement starts with an empty work folder, so that intake is part of it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from toys import write_small

GOALS = {"ratio": 3.0, "help": 0.3, "check": 3.0}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("client", type=Path)
    parser.add_argument("--language", default="zh")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--plain", action="store_true", help="run the notebooks' code and end")
    arguments = parser.parse_args()
    if arguments.plain:
        run_plain(arguments.client.resolve(), arguments.language)
        return 0
    client, language = str(arguments.client), arguments.language
    plain = [measure_plain(client, language) for _ in range(arguments.repeat)]
    runs = [measure_report(client, language) for _ in range(arguments.repeat)]
    print_report(min(runs, key=lambda run: run["seconds"]), min(plain))
    print_goal("keytouch --help, CPU seconds", cpu_of(["--help"]), GOALS["help"])
    with tempfile.TemporaryDirectory() as folder:
        small = measure_check(str(write_small(Path(folder))))
    print_goal("keytouch check, small client", small, GOALS["check"])
    print(f"{'keytouch check, this client':<34}{measure_check(client):8.2f} s")
    return 0


def run_plain(client: Path, language: str) -> None:
    """The code cells of every notebook in this one process; figures are drawn as PNG."""
    os.environ["MPLBACKEND"] = "agg"
    import matplotlib.pyplot as plt

    from keytouch.editions import choose, notebooks_folder, read_source, sources

    for source in sources(notebooks_folder()):
        names: dict[str, Any] = {}
        for cell in choose(read_source(source), language=language):
            if cell.kind != "code" or "interactive" in cell.tags:
                continue
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.text, source.name, "exec"), names)  # noqa: S102
            if "parameters" in cell.tags:
                names["client"] = str(client)
            for number in plt.get_fignums():
                plt.figure(number).savefig(io.BytesIO(), format="png", dpi=144)
            plt.close("all")


def measure_plain(client: str, language: str) -> float:
    command = [sys.executable, __file__, client, "--language", language, "--plain"]
    with work_folder() as environment:
        begin = time.perf_counter()
        subprocess.run(command, check=True, env=environment)
        return time.perf_counter() - begin


def measure_report(client: str, language: str) -> dict[str, Any]:
    """One report's record of its run, with the time of the whole command."""
    with work_folder() as environment, tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report"
        command = ["report", client, "--language", language, "--out", str(out)]
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "keytouch", *command],
            check=True, env=environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        seconds = time.perf_counter() - begin
        record = json.loads((out / "manifest.json").read_text(encoding="utf8"))["run"]
        return record | {"total": record["seconds"], "seconds": seconds}


def measure_check(client: str) -> float:
    with work_folder() as environment:
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "keytouch", "check", client],
            env=environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return time.perf_counter() - begin


@contextlib.contextmanager
def work_folder() -> Any:
    """An environment with an empty work folder."""
    with tempfile.TemporaryDirectory() as folder:
        yield {**os.environ, "KEYTOUCH_WORK": folder}


def cpu_of(texts: list[str]) -> float:
    """The least CPU time of three calls of the command."""
    import resource

    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "keytouch", *texts]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def print_report(run: dict[str, Any], plain: float) -> None:
    """Seconds by phase; notebooks run beside one another, so theirs add up to more."""
    print(f"{'start and end':<34}{run['seconds'] - sum(run['phases'].values()):8.2f} s")
    for phase, seconds in run["phases"].items():
        print(f"{phase:<34}{seconds:8.2f} s")
        if phase == "notebooks":
            for name, part in run["notebooks"].items():
                print(f"  {name:<32}{part:8.2f} s")
    print(f"{'report':<34}{run['seconds']:8.2f} s")
    print(f"{'the same code as a plain script':<34}{plain:8.2f} s")
    print_goal("report / plain script", run["seconds"] / plain, GOALS["ratio"])


def print_goal(name: str, value: float, goal: float) -> None:
    verdict = "met" if value <= goal else "MISSED"
    print(f"{name:<34}{value:8.2f}   goal {goal:g}: {verdict}")


if __name__ == "__main__":
    raise SystemExit(main())
