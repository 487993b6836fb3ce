"""Every edition of a notebook from its one source.

A source is `notebooks/NN_noun_phrase.py` in percent format, bilingual, with solutions. An
edition is that text minus some cells: one language, with or without solutions. Editions are
written without outputs, byte for byte the same on every machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keytouch.problems import DataError, Problem
from keytouch.words import LANGUAGES, word

SOURCE = re.compile(r"\d\d_[a-z0-9_]+\.py")
SOLUTION_LINE = re.compile(r"^\s*#\s*solution\s*$", re.MULTILINE)
LANGUAGE_DEFAULT = re.compile(r"^(language\b[^=\n]*=\s*)([\"'])[a-z]*\2", re.MULTILINE)
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Cell:
    """One cell of a source: where it stands, what it holds, and its marks."""

    position: int
    kind: str
    text: str
    tags: tuple[str, ...]


def notebooks_folder() -> Path:
    """The folder with the notebooks' sources and editions: KEYTOUCH_NOTEBOOKS or the project's."""
    wanted = os.environ.get("KEYTOUCH_NOTEBOOKS")
    folder = Path(wanted) if wanted else Path(__file__).resolve().parents[2] / "notebooks"
    if not folder.is_dir():
        raise DataError(Problem("editions_no_folder", file=str(folder)))
    return folder


def sources(folder: Path) -> list[Path]:
    """The sources in a folder, in the order of the walk-through."""
    return sorted(path for path in folder.glob("*.py") if SOURCE.fullmatch(path.name))


def read_source(path: Path) -> list[Cell]:
    """The cells of a source."""
    from keytouch import kernels  # noqa: F401, spares jupytext a slow import
    import jupytext  # isort: skip

    notebook = jupytext.reads(path.read_text(encoding="utf8"), fmt="py:percent")
    filled = [cell for cell in notebook.cells if cell.source.strip()]
    return [
        Cell(
            position=position,
            kind=cell.cell_type,
            text=cell.source,
            tags=tuple(cell.metadata.get("tags", ())),
        )
        for position, cell in enumerate(filled, start=1)
    ]


def choose(cells: list[Cell], *, language: str, solutions: bool = True) -> Iterator[Cell]:
    """The cells of one edition: those of its language, and the solutions if wanted."""
    others = set(LANGUAGES) - {language}
    for cell in cells:
        if others & set(cell.tags) or ("solution" in cell.tags and not solutions):
            continue
        text = cell.text
        if cell.kind == "code" and not solutions:
            text = SOLUTION_LINE.split(text)[0].rstrip()
        if "parameters" in cell.tags:
            text = LANGUAGE_DEFAULT.sub(rf"\g<1>\g<2>{language}\g<2>", text)
        yield Cell(cell.position, cell.kind, text, cell.tags)


def edition(path: Path, *, language: str, solutions: bool = True) -> dict[str, Any]:
    """One edition of a source as the content of an .ipynb file."""
    chosen = choose(read_source(path), language=language, solutions=solutions)
    return {
        "cells": [_as_json(cell, path.stem) for cell in chosen],
        "metadata": {
            "kernelspec": KERNEL,
            "keytouch": {"language": language, "source": path.name},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _as_json(cell: Cell, stem: str) -> dict[str, Any]:
    content: dict[str, Any] = {
        "cell_type": cell.kind,
        "id": f"{stem[:2]}-{cell.position:03d}",
        "metadata": {"tags": list(cell.tags)} if cell.tags else {},
        "source": cell.text.splitlines(keepends=True),
    }
    if cell.kind == "code":
        content |= {"execution_count": None, "outputs": []}
    return content


def edition_text(path: Path, *, language: str, solutions: bool = True) -> str:
    """The text of an edition's file."""
    content = edition(path, language=language, solutions=solutions)
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def expected(folder: Path) -> dict[Path, str]:
    """Every file that a build writes, with its text."""
    return {
        folder / language / f"{source.stem}.ipynb": edition_text(source, language=language)
        for source in sources(folder)
        for language in LANGUAGES
    }


def stale(folder: Path) -> list[Path]:
    """Edition files that are missing, differ from their source, or have lost it."""
    wanted = expected(folder)
    differing = [path for path, text in wanted.items() if _text(path) != text]
    return sorted(differing + [path for path in _present(folder) if path not in wanted])


def build(folder: Path) -> list[Path]:
    """Write every edition and remove those without a source; the files that changed."""
    wanted = expected(folder)
    changed = [path for path, text in wanted.items() if _text(path) != text]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf8", newline="\n")
    lost = [path for path in _present(folder) if path not in wanted]
    for path in lost:
        path.unlink()
    return sorted(changed + lost)


def _present(folder: Path) -> list[Path]:
    return [path for language in LANGUAGES for path in (folder / language).glob("*.ipynb")]


def _text(path: Path) -> str | None:
    return path.read_bytes().decode("utf8") if path.is_file() else None


def add_build_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `keytouch build`."""
    parser.add_argument("--check", action="store_true", help=word("help_build_check"))


def build_command(arguments: argparse.Namespace) -> int:
    """Write the notebooks' editions, or with --check say which are stale; the exit code."""
    folder = notebooks_folder()
    files = stale(folder) if arguments.check else build(folder)
    for file in files:
        print(file.relative_to(folder.parent))
    if arguments.check:
        print(word("editions_stale", count=len(files)) if files else word("editions_fresh"))
        return 1 if files else 0
    print(word("editions_built", count=len(files)))
    return 0
