"""Sheets on which people code comments without Jupyter, and the way back in.

A sheet belongs to one coder: one row per comment. The widget writes the same sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import md5
from pathlib import Path
from typing import Any

import pandas as pd

from keytouch.code_cells import Codebook, codebook
from keytouch.code_files import SHEET, read_rows, write_csv, written_cell
from keytouch.code_problems import Faults
from keytouch.coding_sheets import offer
from keytouch.comment_codes import CODINGS, JOINT, NONE
from keytouch.engine import Missing
from keytouch.labels import name_of
from keytouch.problems import DataError
from keytouch.schema import POLARITIES
from keytouch.words import word

COLUMNS = (
    "comment_id", "coder", "weight", "comment", "touchpoints", "polarity", "incident", "note",
)  # fmt: skip
NEEDED = ("comment_id", "coder", "touchpoints", "polarity")
OUT = ("comment_id", "coder", *CODINGS, "note", "weight")
WIDTHS = {"comment": 70, "touchpoints": 34, "note": 30}
ANSWERS = ("yes", "no")


def write_comment_sheet(
    sample: pd.DataFrame | Missing, client: Any, path: str | Path, *, coder: str
) -> Path | Missing:
    """Write one coder's sheet for a sample of comments, CSV or XLSX (by the path's ending).

    One row per comment of `sample_for_coding`: `comment_id`, `coder`, `weight`, `comment` and
    blank cells for `touchpoints`, `polarity`, `incident` and `note`. Every coder gets the same
    comments in an order of their own, so that nobody is tired at the same ones; what the sample
    knows of tone and touchpoint isn't shown. An XLSX file also holds the permitted codes with
    their meaning. A cell that a spreadsheet would run as a formula gets an apostrophe before it.
    Several touchpoints stand in one cell with ; between them, ids or names in either language.
    """
    if isinstance(sample, Missing):
        return sample
    path = Path(path)
    rows = [[row[name] for name in COLUMNS] for row in blank_rows(sample, coder)]
    if path.suffix.lower() == ".xlsx":
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_book(path, rows, codebook(client))
    else:
        write_csv(path, [COLUMNS, *rows])
    return path


def blank_rows(sample: pd.DataFrame, coder: str) -> list[dict[str, Any]]:
    """A coder's rows with nothing coded yet, in the coder's own order."""
    rows = [
        {
            **dict.fromkeys(COLUMNS, ""),
            "comment_id": str(row["comment_id"]),
            "coder": coder,
            "weight": row.get("weight", 1.0),
            "comment": str(row["comment"]),
        }
        for row in sample.to_dict("records")
    ]
    return sorted(rows, key=lambda row: _lot(coder, row["comment_id"]))


def _lot(coder: str, comment: str) -> str:
    return md5(f"{coder}/{comment}".encode("utf8", "replace"), usedforsecurity=False).hexdigest()


def _codes(book: Codebook) -> Iterator[tuple[str, str, str]]:
    """Every permitted code: its column, the code, and what it means."""
    for identifier in book.names:
        yield "touchpoints", identifier, name_of("touchpoint_id", identifier)
    yield "touchpoints", NONE, word("codes_help_none")
    yield "touchpoints", f"a{JOINT}b", word("codes_help_several")
    for polarity in POLARITIES:
        yield "polarity", polarity, word(f"codes_help_{polarity}")
    for answer in ANSWERS:
        yield "incident", answer, word(f"codes_help_incident_{answer}")
    yield "note", "", word("codes_help_note")


def _write_book(path: Path, rows: Sequence[Sequence[Any]], book: Codebook) -> None:
    """The workbook: the coding and the codes."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    made = Workbook()
    sheet = made.active
    sheet.title = SHEET
    for row in [COLUMNS, *rows]:
        sheet.append([written_cell(cell) for cell in row])
    sheet.freeze_panes = "E2"
    for place, name in enumerate(COLUMNS):
        sheet.column_dimensions["ABCDEFGH"[place]].width = WIDTHS.get(name, 14)
        sheet.cell(1, place + 1).font = Font(bold=True)
    for cell in sheet["D"]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    codes = made.create_sheet("codes")
    codes.append(["column", "code", "meaning"])
    for row in _codes(book):
        codes.append([written_cell(cell) for cell in row])
    codes.column_dimensions["A"].width, codes.column_dimensions["B"].width = 18, 24
    codes.column_dimensions["C"].width = 80
    offer(sheet, codes, len(rows) + 1, columns=COLUMNS, names=("polarity", "incident"))
    made.save(path)


def read_codes(*paths: str | Path, client: Any) -> pd.DataFrame:
    """Codes from coders' sheets, CSV or XLSX, one row per coder and comment that was read.

    Columns out: `comment_id`, `coder`, `touchpoints` (ids joined by ";", "(none)" where the coder
    saw none), `polarity`, `incident` (yes or no), `note`, `weight` (blank where the sheet has
    none). Cells hold ids or names in either language, also short for polarity (负, 正); several
    touchpoints are separated by ; or 、 or a comma. A blank cell was not read; rows without any
    code are left out; where all are: Missing. Raises DataError with all problems of all sheets at
    once: what isn't understood and the nearest valid name, two different codes of one coder for
    one comment, an id or coder that lacks, a column that lacks, a weight that is none.
    """
    book, faults = codebook(client), Faults()
    read: list[dict[str, Any]] = []
    for path in map(Path, paths):
        try:
            read += sheet_codes(path, book, faults)
        except DataError as error:
            faults.problems += error.problems
    faults.refuse()
    table = pd.DataFrame(read, columns=["file", "row", *OUT])
    _refuse_twice(table, faults)
    if table.empty:
        return Missing("codes")  # type: ignore[return-value]
    table = table.drop_duplicates(list(OUT[:5])).drop(columns=["file", "row"])
    table["weight"] = table.weight.astype(float)
    return table.reset_index(drop=True)


def sheet_codes(path: Path, book: Codebook, faults: Faults) -> list[dict[str, Any]]:
    """The rows of one sheet that hold a code; what is wrong goes to `faults`."""
    header, *rows = read_rows(path)
    lacking = [name for name in NEEDED if name not in header]
    for name in lacking:
        faults.no_column(path.name, name, header)
    if lacking:
        return []
    found = []
    for number, cells in enumerate(rows, 2):
        row = dict.fromkeys(COLUMNS, "") | dict(zip(header, cells))
        codes = _row_codes(row, book, faults, (path.name, number))
        if codes is not None:
            found.append({"file": path.name, "row": number, **codes})
    return found


def _row_codes(
    row: Mapping[str, str], book: Codebook, faults: Faults, where: tuple[str, int]
) -> dict[str, Any] | None:
    """One row's codes as ids; None where nothing is coded."""
    if not any(row[coding] for coding in CODINGS):
        return None
    for name in ("comment_id", "coder"):
        if not row[name]:
            faults.add(where, name, f"problem_codes_no_{name}")
    touchpoints, unknown = book.touchpoints(row["touchpoints"])
    for text in unknown:
        faults.unknown(where, "touchpoints", text, book)
    if NONE in touchpoints.split(JOINT) and touchpoints != NONE:
        faults.add(where, "touchpoints", "problem_codes_none", found=row["touchpoints"])
    codes: dict[str, Any] = {"touchpoints": touchpoints or None}
    for coding in ("polarity", "incident"):
        codes[coding] = book.value(coding, row[coding]) or None
        if row[coding] and codes[coding] is None:
            faults.unknown(where, coding, row[coding], book)
    weight = faults.weight(where, row["weight"])
    ids = {"comment_id": row["comment_id"], "coder": row["coder"]}
    return {**ids, **codes, "note": row["note"], "weight": weight}


def _refuse_twice(table: pd.DataFrame, faults: Faults) -> None:
    """Raise DataError where a coder coded a comment twice and not alike, or weights differ."""
    for (comment, coder), group in table.groupby(["comment_id", "coder"], sort=False):
        if len(group[list(CODINGS)].fillna("").drop_duplicates()) > 1:
            for where in zip(group.file, group.row):
                faults.add(where, "", "problem_codes_twice", coder=coder, comment=comment)
    for comment, group in table.groupby("comment_id", sort=False):
        if group.weight.nunique() > 1:
            for where in zip(group.file, group.row):
                faults.add(where, "weight", "problem_codes_weights", comment=comment)
    faults.refuse()
