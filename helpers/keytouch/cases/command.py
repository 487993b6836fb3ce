"""`keytouch cases`: write the three cases as clients' folders."""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from keytouch.cases.describe import Folder, blueprint_yaml, client_yaml, datapackage, readme
from keytouch.cases.difficulty import DIFFICULTIES, at_difficulty
from keytouch.cases.files import DataFile
from keytouch.cases.key import SEAL, answer_key, key_bytes, key_path, open_key
from keytouch.cases.posed import refuse_ill_posed
from keytouch.cases.translate import english, translated
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
    parser.add_argument(
        "--difficulty", default="standard", metavar="LEVEL", help=word("help_cases_difficulty")
    )
    parser.add_argument("--key", type=Path, metavar="FOLDER", help=word("help_cases_key"))
    parser.add_argument("--sealed", action="store_true", help=word("help_cases_sealed"))
    parser.add_argument("--force", action="store_true", help=word("help_cases_force"))


def cases_command(args: argparse.Namespace) -> int:
    """Write the chosen cases, each into its own folder under `--out`, and their answer keys."""
    keys = write_cases(
        args.out,
        cases=args.case,
        seed=args.seed,
        difficulty=args.difficulty,
        language=getattr(args, "language", "") or "zh",
        keys=args.key or args.out,
        sealed=args.sealed,
        force=args.force,
    )
    for case in args.case:
        print(word("cases_written", case=case, folder=args.out / case))
        file = key_path(args.key or args.out, case)
        print("  " + word("cases_key", file=file, seal=keys[case][SEAL]))
        if not keys[case]["effects"]:
            print("  " + word("cases_key_bare", file=file))
    return 0


def write_cases(
    out: Path | str,
    *,
    cases: list[str] | tuple[str, ...] = CASES,
    seed: int = SEED,
    difficulty: str = "standard",
    language: str = "zh",
    keys: Path | str | None = None,
    sealed: bool = False,
    force: bool = False,
) -> dict[str, dict[str, Any]]:
    """Write cases as clients' folders, and their sealed answer keys into the folder `keys`.

    Returns the keys by case; without `keys` none is written down. A `sealed` folder's READMEs
    say nothing of what is planted, so that it can be handed to trainees. Nothing is written if any
    folder or key may not be replaced.
    Raises DataError for an unknown case or difficulty, for a folder with files that this command
    didn't write as they are, for a key that isn't intact, and for a case in which a planted fact
    can't be found at this difficulty.
    """
    problems = _wrong_choices(cases, seed, difficulty)
    if not force:
        known = [case for case in cases if case in CASES]
        problems += _in_the_way([Path(out) / case for case in known], _replaceable, "folder")
        files = [key_path(keys, case) for case in known if keys is not None]
        problems += _in_the_way(files, _intact, "key")
    if problems:
        raise DataError(problems)
    truths = {case: at_difficulty(TRUTHS[case], difficulty) for case in cases}
    if not force:
        refuse_ill_posed(truths)
    choices: dict[str, Any] = {"language": language, "difficulty": difficulty, "sealed": sealed}
    made = {case: case_files(case, seed=seed, truth=t, **choices) for case, t in truths.items()}
    answers = {
        case: answer_key(case, seed=seed, difficulty=difficulty, truth=truth)
        for case, truth in truths.items()
    }
    for case, contents in made.items():
        _place(Path(out) / case, contents)
        if keys is not None:
            path = key_path(keys, case)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(key_bytes(answers[case]))
    return answers


def _wrong_choices(cases: Iterable[str], seed: int, difficulty: str) -> list[Problem]:
    problems = [_unknown(case) for case in cases if case not in CASES]
    if seed < 0:
        problems.append(Problem("problem_bad_seed", values={"found": seed}))
    if difficulty not in DIFFICULTIES:
        values = {"found": difficulty, "known": ", ".join(DIFFICULTIES)}
        problems.append(Problem("problem_difficulty", values=values))
    return problems


def _in_the_way(paths: Iterable[Path], free: Callable[[Path], bool], kind: str) -> list[Problem]:
    key = {"folder": "problem_folder_not_empty", "key": "problem_key_in_the_way"}[kind]
    return [Problem(key, file=str(path)) for path in paths if not free(path)]


def _intact(path: Path) -> bool:
    """Whether a key's place is free, or holds a key as it was written."""
    if not path.exists():
        return True
    try:
        open_key(path)
    except DataError:
        return False
    return True


def _unknown(case: str) -> Problem:
    values = {"found": case, "near": nearest(case, CASES) or ", ".join(CASES)}
    return Problem("problem_unknown_case", values=values)


def case_files(
    case: str,
    *,
    seed: int = SEED,
    truth: Truth | None = None,
    language: str = "zh",
    difficulty: str = "standard",
    sealed: bool = False,
) -> dict[str, bytes]:
    """A case's files by name, as bytes; another `truth` plants other rates and sizes.

    `language` "en" gives English headings, words and comments; "zh" a Chinese firm's usual mix.
    `difficulty` is only told in the READMEs; of `sealed` see `write_cases`.
    """
    truth = truth or TRUTHS[case]
    module = importlib.import_module(f"keytouch.cases.{case}")
    spoken = replace(truth, english_share=1.0) if language == "en" else truth
    made = (*module.build(seed, spoken, further=True, language=language), actions(case))
    labels = module.labels()
    if language == "en":
        made = tuple(file if file.source else translated(case, file) for file in made)
        labels = {touchpoint: english(case, label) for touchpoint, label in labels.items()}
    folder = Folder(case, seed, truth, made, labels, language, difficulty, sealed)
    texts = {
        "client.yaml": client_yaml(folder),
        "blueprint.yaml": blueprint_yaml(case),
        "datapackage.json": datapackage(folder),
        "README.md": readme(folder, "en"),
        "README.zh.md": readme(folder, "zh"),
    }
    return {file.name: file.written() for file in made} | {
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
