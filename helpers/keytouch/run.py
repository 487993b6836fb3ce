"""The run: a client's notebooks executed one after another, and one folder written from them.

`write_report` reads top-down as the story of a run. Everything that can be refused is refused
before a kernel starts; the folder appears whole or not at all.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from keytouch import words
from keytouch.clock import Clock
from keytouch.editions import notebooks_folder
from keytouch.folders import whole
from keytouch.limits import free_memory, refuse_full
from keytouch.parameters import check_values, parameters_of, split_assignments
from keytouch.problems import DataError, Problem, nearest
from keytouch.settings import read_settings
from keytouch.signals import ending_on_signals
from keytouch.storing import work_folder
from keytouch.words import word

CELL_TIMEOUT = 900
ROOMY = 1.5e9  # bytes; two notebooks at once peak near 1 GB
NUMBER = re.compile(r"(\d\d)_[a-z0-9_]+")
OpenClient = Callable[..., Any]


@dataclass(frozen=True)
class Request:
    """What is asked of a run. Empty values mean: as the client's settings say, or the usual."""

    client: Path
    language: str = ""
    notebooks: tuple[str, ...] = ()
    out: Path | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False
    cell_timeout: int = CELL_TIMEOUT
    workers: int = 2
    progress: bool = True


def write_report(request: Request, *, open_client: OpenClient | None = None) -> Path:
    """Run a client's notebooks and write the report's folder; returns the folder.

    Raises DataError with what is wrong: in the request or the client's files before anything
    runs, in a notebook's cell after it was kept for a look under build/failed.
    """
    clock = Clock()
    if os.environ.get("KEYTOUCH_WORK"):  # notebooks run in another folder
        os.environ["KEYTOUCH_WORK"] = os.path.abspath(os.environ["KEYTOUCH_WORK"])
    settings = read_settings(request.client)
    language = request.language or settings.language
    words.set_language(language)
    folder = notebooks_folder().resolve() / language
    names = choose_notebooks(folder, request.notebooks)
    out = request.out or build_folder() / "reports" / f"{settings.id}-{language}"
    refuse_full([Path(gettempdir()), Path.home(), work_folder(), out.parent])
    with ending_on_signals(), _kernels(), whole(out) as partial:
        with clock.phase("import"):
            from keytouch import execute
        editions = {path.stem: execute.read_edition(path) for path in names}
        values = check_values(request.parameters, parameters_of(editions))
        with clock.phase("intake"):
            client = _open(request.client, values, open_client)
        failed = build_folder() / "failed" / f"{settings.id}-{language}"
        runs = execute.run_all(
            editions,
            {**values, "client": _seen_from(folder, request.client), "language": language},
            folder=folder,
            options=execute.Options(
                request.cell_timeout, workers(request), request.strict, request.progress
            ),
            failed=failed,
            clock=clock,
            finished=_prepare_page,
        )
        from keytouch.report import Material, write_pages

        write_pages(Material(settings, client, language, values, runs), folder=partial, clock=clock)
    return out


def workers(request: Request) -> int:
    """How many notebooks run at once: as asked, but one by one where memory is scarce."""
    free = free_memory()
    return 1 if 0 < free < ROOMY else request.workers


def choose_notebooks(folder: Path, wanted: tuple[str, ...]) -> list[Path]:
    """The edition's files that are wanted, by number or name, in the order of the walk-through."""
    files = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if not files:
        raise DataError(Problem("editions_no_folder", file=str(folder)))
    names = {stem[:2]: stem for stem in files} | {stem: stem for stem in files}
    unknown = [name for name in wanted if name.removesuffix(".ipynb") not in names]
    if unknown:
        raise DataError([_no_notebook(name, files) for name in unknown])
    stems = {names[name.removesuffix(".ipynb")] for name in wanted} or set(files)
    return [path for stem, path in files.items() if stem in stems]


def _no_notebook(name: str, files: Mapping[str, Path]) -> Problem:
    near = nearest(name, files) or ", ".join(files)
    return Problem("run_no_notebook", values={"name": name, "near": near})


def build_folder() -> Path:
    """Where reports and failed notebooks go: `build` of the project, or of the working folder."""
    project = Path(__file__).resolve().parents[2]
    return (project if (project / "pyproject.toml").is_file() else Path.cwd()) / "build"


def _open(folder: Path, values: Mapping[str, Any], open_client: OpenClient | None) -> Any:
    if open_client is None:
        from keytouch.intake import open_client
    chosen = {name: values[name] for name in ("segment", "start", "end") if name in values}
    return open_client(folder, **chosen)


def _seen_from(folder: Path, client: Path) -> str:
    """The client's folder as notebooks in a folder see it; a report names no place of a machine."""
    try:
        return Path(os.path.relpath(client.resolve(), folder)).as_posix()
    except ValueError:  # another drive
        return str(client.resolve())


def _prepare_page(run: Any) -> None:
    """Do of the page what can be done while other notebooks run."""
    from keytouch import report  # noqa: F401
    from keytouch.light_pictures import lighten

    lighten(run.notebook)


@contextmanager
def _kernels() -> Iterator[None]:
    """Warm up while other things are read; whatever happens, no kernel outlives the run."""
    from keytouch import kernels

    kernels.warm_up()
    try:
        yield
    finally:
        kernels.cool_down()


def add_report_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `keytouch report`."""
    parser.add_argument("client", type=Path, metavar="CLIENT", help=word("help_client"))
    parser.add_argument("--notebooks", nargs="+", metavar="NN", help=word("help_notebooks"))
    parser.add_argument("--out", type=Path, metavar="DIR", help=word("help_out"))
    parser.add_argument(
        "-p", action="append", default=[], metavar="NAME=VALUE", help=word("help_parameter")
    )
    parser.add_argument("--cell-timeout", type=int, default=CELL_TIMEOUT, help=word("help_timeout"))
    parser.add_argument("--strict", action="store_true", help=word("help_strict"))


def report_command(arguments: argparse.Namespace) -> int:
    """Run `keytouch report`; the exit code."""
    request = Request(
        client=arguments.client,
        language=arguments.language or "",
        notebooks=tuple(arguments.notebooks or ()),
        out=arguments.out,
        parameters=split_assignments(arguments.p),
        strict=arguments.strict,
        cell_timeout=arguments.cell_timeout,
        progress=sys.stderr.isatty() or "KEYTOUCH_PROGRESS" in os.environ,
    )
    out = write_report(request)
    print(word("run_done", path=_short(out / "index.html")))
    return 0


def _short(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
