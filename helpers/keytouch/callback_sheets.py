"""The recovery queue as a sheet for the team, and what the team noted, read back."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from typing import Any

import pandas as pd

from keytouch.callbacks import NO_STATUS, QUEUE, STATES
from keytouch.engine import Missing
from keytouch.harvest import neutral
from keytouch.labels import is_blank
from keytouch.limits import shortages_told
from keytouch.privacy import scrub
from keytouch.problems import DataError, Problem, nearest

SUFFIXES = (".csv", ".xlsx")
TEXTS = ("comment", "action")
LONGEST = 32_000  # characters: more than a spreadsheet's cell can hold is cut
# Signs that XML, and so a workbook, can't hold.
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
WIDTHS = {"comment": 60, "action": 40, "feedback_id": 18, "customer_id": 18, "reason": 24}


def write_recovery_queue(queue: pd.DataFrame | Missing, path: str | Path) -> Path | Missing:
    """Write a recovery queue as a sheet, CSV (UTF-8 with a mark, for Excel) or XLSX.

    One row per case with the columns of `recovery_queue`; the team fills in `status`, `owner`,
    `action` and `date`, and `read_recovery_status` reads them back. Comments are scrubbed of
    contact data, and a cell that a spreadsheet would run as a formula gets an apostrophe before
    it. The sheet appears whole or not at all: an earlier one stays until the new one is written.
    Raises DataError for another ending or a folder that isn't there. Missing is passed on.
    """
    if isinstance(queue, Missing):
        return queue
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        values = {"found": path.suffix or path.name, "allowed": ", ".join(SUFFIXES)}
        raise DataError(Problem("problem_queue_format", file=path.name, values=values))
    if not path.parent.is_dir() or path.is_dir():
        raise DataError(Problem("problem_queue_folder", file=str(path)))
    names = [name for name in QUEUE if name in queue.columns]
    rows = [[_cell(name, value) for name, value in zip(names, row)]
            for row in queue[names].itertuples(index=False)]  # fmt: skip
    write = _write_book if path.suffix.lower() == ".xlsx" else _write_csv
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    partial.unlink(missing_ok=True)
    try:
        with shortages_told(path.parent):
            write(partial, [names, *rows])
            os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _cell(name: str, value: Any) -> Any:
    """One cell: blanks empty, times as days, texts scrubbed and calm."""
    if is_blank(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}" if name == "due" else f"{value:%Y-%m-%d}"
    if isinstance(value, str):
        text = UNSEEN.sub("", value)
        return neutral((scrub(text) if name in TEXTS else text)[:LONGEST])
    if hasattr(value, "item"):
        value = value.item()
    return round(value, 3) if isinstance(value, float) else value


def _write_csv(path: Path, rows: list[list[Any]]) -> None:
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def _write_book(path: Path, rows: list[list[Any]]) -> None:
    """The workbook: the queue, with the statuses offered in their cells."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    sheet.title = "queue"
    for row in rows:
        sheet.append([None if value == "" else value for value in row])
    sheet.freeze_panes = "B2"
    for place, name in enumerate(rows[0], 1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = WIDTHS.get(name, 14)
        sheet.cell(1, place).font = Font(bold=True)
        for cell in sheet[letter][1:]:
            cell.alignment = Alignment(wrap_text=name in TEXTS, vertical="top")
        if name == "status":
            choice = DataValidation(type="list", formula1=f'"{",".join(STATES)}"')
            choice.add(f"{letter}2:{letter}{len(rows) + 500}")
            sheet.add_data_validation(choice)
    book.save(path)


def read_recovery_status(path: str | Path) -> pd.DataFrame:
    """What a team noted of the cases of a recovery queue, one row per note.

    Reads a sheet (.csv in UTF-8, .xlsx: its first sheet) with the columns `feedback_id`, `status`
    and perhaps `owner`, `action`, `date`; others are passed over, rows without a feedback_id too.
    Columns out: these five as text, blanks as "". Blank statuses count as "received". Raises
    DataError for a file that can't be read, lacks a column, or has a status other than received,
    owner, action, told_customer: with the row and the nearest status.
    """
    path = Path(path)
    try:
        rows = _book_rows(path) if path.suffix.lower() == ".xlsx" else _csv_rows(path)
    except (OSError, ValueError, KeyError, csv.Error) as error:
        problem = Problem("problem_queue_read", file=path.name, values={"detail": str(error)})
        raise DataError(problem) from error
    header = [_plain(cell) for cell in rows[0]] if rows else []
    lacking = [name for name in ("feedback_id", "status") if name not in header]
    if lacking:
        values = {"columns": ", ".join(lacking)}
        raise DataError(Problem("problem_queue_columns", file=path.name, values=values))
    places = {name: header.index(name) for name in NO_STATUS.columns if name in header}
    notes = [
        {"row": number} | {name: _plain(row[at]) if at < len(row) else ""
                           for name, at in places.items()}
        for number, row in enumerate(rows[1:], 2)
    ]  # fmt: skip
    table = pd.DataFrame(notes, columns=["row", *NO_STATUS.columns], dtype=object).fillna("")
    table = table[table.feedback_id != ""]
    _refuse_unknown(table, path.name)
    table = table.assign(status=table.status.replace("", "received"))
    return table.drop(columns="row").astype("str").reset_index(drop=True)


def _csv_rows(path: Path) -> list[list[Any]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def _book_rows(path: Path) -> list[list[Any]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except BadZipFile as error:
        raise ValueError(str(error)) from error
    try:
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()


def _plain(cell: Any) -> str:
    """A cell as text, without the apostrophe that kept it from running."""
    if is_blank(cell):
        return ""
    text = f"{cell:%Y-%m-%d}" if hasattr(cell, "strftime") else str(cell).strip()
    return text[1:] if text.startswith("'") and neutral(text[1:]) == text else text


def _refuse_unknown(table: pd.DataFrame, file: str) -> None:
    """Refuse statuses that don't exist, each with its rows and the nearest one."""
    wrong = table[~table.status.isin([*STATES, ""])]
    problems = [
        Problem(
            "problem_queue_status", file=file, column="status", count=len(rows),
            rows=tuple(int(number) for number in rows.row[:5]),
            values={"found": found, "near": nearest(str(found), STATES) or ", ".join(STATES)},
        )
        for found, rows in wrong.groupby("status", sort=False)
    ]  # fmt: skip
    if problems:
        raise DataError(problems)
