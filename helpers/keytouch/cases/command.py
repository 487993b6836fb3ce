"""`keytouch cases`: write the three cases as clients' folders."""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
from pathlib import Path

import pandas as pd

from keytouch.cases.describe import Folder, client_yaml, datapackage, readme
from keytouch.cases.files import DataFile
from keytouch.cases.truth import SEED, TRUTHS, Truth, rows
from keytouch.problems import DataError, Problem, nearest
from keytouch.words import word

CASES = tuple(TRUTHS)
RECEIPT = "files.sha256"


def add_cases_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `keytouch cases`."""
    parser.add_argument("--seed", type=int, default=SEED, help=word("help_cases_seed"))
    parser.add_argument("--out", type=Path, default=Path("datasets"), help=word("help_cases_out"))
    parser.add_argument(
        "--case", nargs="+", default=list(CASES), metavar="NAME", help=word("help_cases_case")
    )
    parser.add_argument("--force", action="store_true", help=word("help_cases_force"))


def cases_command(args: argparse.Namespace) -> int:
    """Write the chosen cases, each into its own folder under `--out`."""
    write_cases(args.out, cases=args.case, seed=args.seed, force=args.force)
    for case in args.case:
        print(word("cases_written", case=case, folder=args.out / case))
    return 0


def write_cases(
    out: Path | str,
    *,
    cases: list[str] | tuple[str, ...] = CASES,
    seed: int = SEED,
    force: bool = False,
) -> None:
    """Write cases as clients' folders; nothing is written if any folder may not be replaced.

    Raises DataError for an unknown case, and for a folder with files that this command
    didn't write as they are.
    """
    problems = [_unknown(case) for case in cases if case not in CASES]
    if seed < 0:
        problems.append(Problem("problem_bad_seed", values={"found": seed}))
    if not force:
        folders = [Path(out) / case for case in cases if case in CASES]
        problems += [_occupied(folder) for folder in folders if not _replaceable(folder)]
    if problems:
        raise DataError(problems)
    made = {case: case_files(case, seed=seed) for case in cases}
    for case, files in made.items():
        _place(Path(out) / case, files)


def _unknown(case: str) -> Problem:
    values = {"found": case, "near": nearest(case, CASES) or ", ".join(CASES)}
    return Problem("problem_unknown_case", values=values)


def _occupied(folder: Path) -> Problem:
    return Problem("problem_folder_not_empty", file=str(folder))


def case_files(case: str, *, seed: int = SEED, truth: Truth | None = None) -> dict[str, bytes]:
    """A case's files by name, as bytes; another `truth` plants other rates and sizes."""
    truth = truth or TRUTHS[case]
    module = importlib.import_module(f"keytouch.cases.{case}")
    data = (*module.build(seed, truth), actions(case))
    folder = Folder(case, seed, truth, data, module.labels())
    texts = {
        "client.yaml": client_yaml(folder),
        "datapackage.json": datapackage(folder),
        "README.md": readme(folder, "en"),
        "README.zh.md": readme(folder, "zh"),
    }
    return {file.name: file.written() for file in data} | {
        name: text.encode("utf8") for name, text in texts.items()
    }


def actions(case: str) -> DataFile:
    """The improvement actions of a case; the same for every seed."""
    return DataFile("actions.csv", pd.DataFrame(rows("actions", case)).drop(columns="case"))


def _receipt(files: dict[str, bytes]) -> bytes:
    """What was written, as `sha256sum -c` reads it."""
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()]
    return "".join(lines).encode("utf8")


def _replaceable(folder: Path) -> bool:
    """Whether a folder is missing, empty, or just as this command left it."""
    if not folder.exists():
        return True
    if not folder.is_dir():
        return False
    found = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if not found:
        return True
    receipt = folder / RECEIPT
    if not receipt.is_file():
        return False
    lines = [line.split("  ", 1) for line in receipt.read_text("utf8").splitlines()]
    written = {name: digest for digest, name in lines}
    return found <= {*written, RECEIPT} and all(
        hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        for name, digest in written.items()
        if name in found
    )


def _place(folder: Path, files: dict[str, bytes]) -> None:
    """Put the files into the folder, the receipt last; files of an older run go."""
    folder.mkdir(parents=True, exist_ok=True)
    receipt = folder / RECEIPT
    if receipt.is_file():
        for line in receipt.read_text("utf8").splitlines():
            name = line.split("  ", 1)[1]
            if name not in files and Path(name).name == name:
                (folder / name).unlink(missing_ok=True)
    for name, data in (files | {RECEIPT: _receipt(files)}).items():
        part = folder / f".{name}.part"
        part.write_bytes(data)
        os.replace(part, folder / name)
