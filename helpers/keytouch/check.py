"""`keytouch check CLIENT`: what the client's files hold, what became of it, and every problem."""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keytouch.limits import Shortage
from keytouch.problems import SEVERITIES, DataError, Problem
from keytouch.words import word

if TYPE_CHECKING:
    from keytouch.intake import Quality

ACCOUNT = ("source", "table", "rows_in", "values_in", "used", "empty", "merged", "rejected")
FILES = ("file", "encoding", "rows", "bytes")


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `keytouch check`."""
    parser.add_argument("client", metavar="CLIENT", help=word("check_client_help"))
    parser.add_argument("--out", metavar="DIR", default="", help=word("check_out_help"))


def check_command(arguments: argparse.Namespace) -> int:
    """Print what was found; the exit code: 0 fit for use, 1 not, 2 there is no such folder."""
    folder = Path(arguments.client)
    if not folder.is_dir():
        print(word("check_no_folder", found=arguments.client))
        return 2
    from keytouch.intake import open_quality, work_folder

    try:
        settings, quality = open_quality(folder)
    except Shortage:
        raise
    except DataError as error:
        print("\n".join(problem_lines(error.problems)))
        print(word("check_stopped", n=len(error.problems)))
        return 1
    name = settings.name_zh if word("language_id") == "zh" else settings.name_en
    print(word("check_title", name=name, id=settings.id))
    print("\n".join(quality_lines(quality)))
    out = Path(arguments.out) if arguments.out else work_folder() / f"{settings.id}-rejected"
    if not arguments.out:
        for old in out.glob("*.csv"):  # of an earlier check, in a folder of our own
            old.unlink()
    for path in quality.write_rejected(out):
        print(word("check_written", path=path))
    errors = len(quality.errors)
    print()
    print(word("check_stopped", n=errors) if errors else word("check_passed"))
    return 1 if errors else 0


def quality_lines(quality: Quality) -> list[str]:
    """Files, accounts and problems as lines of text."""
    inputs, accounts = quality.inputs, quality.accounting
    lines = ["", word("check_files")]
    lines += table_lines(
        [word(f"check_{name}") for name in FILES], inputs[list(FILES)].values.tolist()
    )
    if len(accounts):
        lines += ["", word("check_accounts")]
        titles = [word(f"check_{name}") for name in ACCOUNT]
        rows = accounts[list(ACCOUNT)].values.tolist()
        lines += table_lines(
            titles, [[row[0], word(f"canonical_{row[1]}"), *row[2:]] for row in rows]
        )
        lines.append(word("check_sum"))
    return lines + problem_lines(quality.problems)


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """The problems by severity, the gravest first, each with its place and rows."""
    lines = []
    for severity in SEVERITIES:
        found = [problem.text() for problem in problems if problem.severity == severity]
        texts = list(dict.fromkeys(found))
        if texts:
            lines += ["", word(f"check_{severity}_part", n=len(texts))]
            lines += [f"  - {text}" for text in texts]
    return lines


def table_lines(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Aligned columns, numbers to the right; a Chinese character counts as two places."""
    texts = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(titles, *texts)]
    numeric = [all(isinstance(cell, int) for cell in column) for column in zip(*rows)] or [
        False
    ] * len(titles)
    lines = []
    for row in [list(titles), *texts]:
        cells = [
            " " * (width - _width(text)) + text if right else text + " " * (width - _width(text))
            for text, width, right in zip(row, widths, numeric)
        ]
        lines.append(("  " + "  ".join(cells)).rstrip())
    return lines


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
