"""Notebooks executed with papermill's interface, and the truth about how that went.

After a dead kernel, a timeout or an interrupt papermill's own cell marks say "completed" of
cells that never ran. They are thrown away: what counts is which cell was running, what was
raised, and whether every code cell has an execution number.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keytouch import kernels  # first: it spares nbformat a slow import
from keytouch.clock import Clock
from keytouch.limits import free_memory, shortage, size_text
from keytouch.problems import DataError, Problem
from keytouch.words import word

import nbformat  # isort: skip
from nbclient.exceptions import CellTimeoutError, DeadKernelError  # isort: skip
from papermill.exceptions import PapermillExecutionError  # isort: skip
from papermill.execute import ERROR_MARKER_TAG, execute_notebook  # isort: skip
from papermill.translators import PythonTranslator, papermill_translators  # isort: skip
from traitlets.config import Config  # isort: skip

HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
GLYPH_MISSING = re.compile(r"Glyph .* missing from")


class ReadableTranslator(PythonTranslator):
    """Writes Chinese parameters as they are; papermill would write \\u5fae\\u4fe1."""

    @classmethod
    def translate_escaped_str(cls, str_val: Any) -> str:
        return repr(str(str_val))


for _name in (kernels.FORK, kernels.STOCK, "python"):
    papermill_translators.register(_name, ReadableTranslator)
logging.getLogger("papermill").setLevel(logging.CRITICAL)
logging.getLogger("papermill.translators").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Options:
    """How to run: seconds a cell may take, notebooks at once, warnings as errors, a bar or not."""

    cell_timeout: int = 900
    workers: int = 2
    strict: bool = False
    progress: bool = True


@dataclass
class Run:
    """One notebook's run: where it is, and in the end its executed notebook."""

    stem: str
    notebook: Any
    position: int = 0
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        return notebook_title(self.notebook) or self.stem


def read_edition(path: Path) -> Any:
    """An edition as papermill runs it: without widget cells, whose static twins stay."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [
        cell for cell in notebook.cells if "interactive" not in cell.metadata.get("tags", ())
    ]
    return notebook


def notebook_title(notebook: Any) -> str:
    """A notebook's first heading."""
    for cell in notebook.cells:
        found = HEADING.search(cell.source) if cell.cell_type == "markdown" else None
        if found:
            return found[1]
    return ""


def cell_title(notebook: Any, position: int) -> str:
    """The nearest heading at or above a cell, else the notebook's title."""
    for cell in reversed(notebook.cells[: position + 1]):
        found = HEADING.findall(cell.source) if cell.cell_type == "markdown" else None
        if found:
            return found[-1]
    return notebook_title(notebook)


def run_all(
    editions: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    folder: Path,
    options: Options,
    failed: Path,
    clock: Clock,
    finished: Callable[[Run], None] = lambda run: None,
) -> dict[str, Run]:
    """Execute the notebooks, some at once; the first failure ends all and is raised.

    `finished` is called with each notebook that ended well, while others still run.
    """
    shutil.rmtree(failed, ignore_errors=True)
    runs = {stem: Run(stem, notebook) for stem, notebook in editions.items()}
    stop = threading.Event()
    bar = Bar(runs, shown=options.progress)
    pool = ThreadPoolExecutor(max_workers=max(1, options.workers))
    try:
        with clock.phase("notebooks"):
            tasks = {
                pool.submit(run_one, run, values, folder, options, stop, bar): run
                for run in runs.values()
            }
            for task in as_completed(tasks):
                task.result()
                finished(tasks[task])
    except Failure as failure:
        raise keep_failed(failure, failed) from failure.cause
    finally:
        stop.set()
        for manager in list(kernels.Manager.alive):
            manager.kill_now()
        pool.shutdown(wait=True, cancel_futures=True)
        bar.close()
    clock.notebooks = {stem: run.seconds for stem, run in runs.items()}
    return runs


class Failure(Exception):
    """A notebook did not run to its end."""

    def __init__(self, run: Run, cause: BaseException):
        super().__init__(run.stem)
        self.run = run
        self.cause = cause


def run_one(
    run: Run,
    values: Mapping[str, Any],
    folder: Path,
    options: Options,
    stop: threading.Event,
    bar: Bar,
) -> None:
    """Execute one notebook in its own kernel and put the result into `run`."""
    if stop.is_set():
        return
    begin = time.perf_counter()

    def started(notebook: Any) -> None:
        run.notebook = notebook

    def at_cell(cell: Any, cell_index: int) -> None:
        run.position = cell_index
        bar.show(run, cell)

    known = _parameter_names(run.notebook)
    try:
        done = execute_notebook(
            run.notebook,
            None,
            {name: value for name, value in values.items() if name in known},
            kernel_name=kernels.kernel_name(),
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            execution_timeout=options.cell_timeout,
            shutdown_kernel="immediate",
            kernel_manager_class=kernels.Manager,
            config=Config({"AsyncKernelManager": {"transport_encryption": "auto"}}),
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,
            on_notebook_start=started,
            on_cell_start=at_cell,
        )
        run.notebook = done
        check_ran(run, strict=options.strict)
    except BaseException as error:
        if stop.is_set():
            return
        stop.set()
        raise Failure(run, error) from error
    finally:
        run.seconds = time.perf_counter() - begin
    tidy(run.notebook)


def _parameter_names(notebook: Any) -> set[str]:
    from keytouch.parameters import parameters_of

    return set(parameters_of({"": notebook}))


class NotAllRan(Exception):
    """A notebook ended early without an error, as after `sys.exit()`."""


class Warned(Exception):
    """A notebook wrote a warning, and warnings are wanted as errors."""


def check_ran(run: Run, *, strict: bool) -> None:
    """Every code cell ran and none failed; what went to stderr is noted, or an error."""
    for position, cell in enumerate(run.notebook.cells):
        if cell.cell_type != "code":
            continue
        outputs = cell.get("outputs", [])
        stopped = cell.execution_count is None and cell.source.strip()
        if stopped or any(output.output_type == "error" for output in outputs):
            run.position = position
            raise NotAllRan
        for output in outputs:
            if output.output_type == "stream" and _is_warning(output):
                run.position = position
                run.warnings.append(f"{position + 1}: {output.text.strip()}")
                if strict:
                    raise Warned(last_line(output.text))


def _is_warning(output: Any) -> bool:
    return output.name == "stderr" or bool(GLYPH_MISSING.search(output.text))


def tidy(notebook: Any) -> None:
    """Take away what differs from run to run: papermill's marks, timings, random cell ids."""
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
    notebook.cells = [
        cell for cell in notebook.cells if ERROR_MARKER_TAG not in cell.metadata.get("tags", ())
    ]
    for cell in notebook.cells:
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
        elif "injected-parameters" in cell.metadata.tags:
            cell.id = "parameters-of-this-run"


def keep_failed(failure: Failure, folder: Path) -> DataError:
    """Save the failing notebook as far as it came, and say which cell failed and why."""
    run, cause = failure.run, failure.cause
    tidy(run.notebook)
    position = min(run.position, len(run.notebook.cells) - 1)
    for cell in run.notebook.cells[position : position + 1]:
        cell.metadata.tags = [*cell.metadata.get("tags", ()), "failed"]
    path = folder / f"{run.stem}.ipynb"
    details = {
        "notebook": run.title,
        "number": position + 1,
        "of": len(run.notebook.cells),
        "cell": cell_title(run.notebook, position),
        "reason": reason_of(cause).rstrip("。. "),
        "path": os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path),
    }
    key = "run_failed_cell"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(run.notebook, path)
    except OSError as error:  # a full disk, perhaps the cause of it all
        with contextlib.suppress(OSError):
            path.unlink()
        key = "run_failed_unkept"
        details["detail"] = error.strerror or str(error)
    return DataError(Problem(key, values=details))


def reason_of(cause: BaseException) -> str:
    """Why a notebook failed, in one line; a DataError in its own words."""
    if isinstance(cause, PapermillExecutionError):
        if cause.ename == "DataError":
            return str(cause.evalue)
        if cause.ename == "MemoryError":
            return no_memory()
        return f"{cause.ename}: {last_line(str(cause.evalue))}".rstrip(": ")
    if isinstance(cause, CellTimeoutError):
        return word("run_timed_out")
    if isinstance(cause, DeadKernelError | ConnectionError):
        return word("run_kernel_died", reason=no_memory())
    if isinstance(cause, NotAllRan):
        return word("run_ended_early")
    if isinstance(cause, Warned):
        return word("run_warned", text=str(cause))
    if problem := shortage(cause, Path.home()):
        return problem.text()
    if "Kernel died" in str(cause):  # before it answered for the first time
        return word("run_kernel_unstarted", home=Path.home())
    return f"{type(cause).__name__}: {last_line(str(cause))}"


def no_memory() -> str:
    """That memory ran out, how much is free and what to do."""
    return Problem("problem_no_memory", values={"free": size_text(free_memory())}).text()


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


class Bar:
    """The progress bar: cells done, the running notebook and cell."""

    def __init__(self, runs: Mapping[str, Run], *, shown: bool):
        from tqdm import tqdm

        cells = sum(1 + len(run.notebook.cells) for run in runs.values())
        style = "{desc} {bar} {n_fmt}/{total_fmt} [{elapsed}]"
        self.bar = tqdm(
            total=cells, disable=not shown, leave=False, bar_format=style, mininterval=0
        )

    def show(self, run: Run, cell: Any) -> None:
        title = cell_title(run.notebook, run.position)
        self.bar.set_description_str(f"{run.stem[:2]} {run.title} · {title}", refresh=False)
        self.bar.update(1)

    def close(self) -> None:
        self.bar.close()
