"""The sheet on which people code critical incidents, and the way back in.

Coders need no keytouch: they fill a spreadsheet with one row per incident and coder. The filled
sheet is then one more file of the client, read as the canonical table `incidents`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from keytouch.comments import written
from keytouch.engine import LazyTable, Missing, collect, literal, row_number, window
from keytouch.harvest import neutral
from keytouch.labels import name_of
from keytouch.privacy import scrub
from keytouch.schema import INCIDENT_GROUPS, POLARITIES
from keytouch.words import word

COLUMNS = (
    "incident_id", "coder", "comment", "touchpoint_id", "incident_group", "category", "polarity",
    "job",
)  # fmt: skip
# Bitner, Booms & Tetreault 1990: twelve categories in three groups; a client may use others.
CATEGORIES = {
    "recovery": ("no_service", "slow_service", "core_failure"),
    "request": ("special_need", "preference", "own_mistake", "others_disturb"),
    "unprompted": ("attention", "unusual_act", "manners", "whole_stay", "hardship"),
}
TO_FILL = COLUMNS[3:]
WIDTHS = {"comment": 60, "job": 30, "touchpoint_id": 20, "incident_group": 16, "category": 20}
# What client.yaml needs to read the filled sheet back; the job stays in the sheet.
IMPORT = """\
  - file: {file}
    sheet: coding
    tables:
      - table: incidents
        columns:
          incident_id: incident_id
          coder: coder
          comment: comment
          touchpoint_id: touchpoint_id
          incident_group: incident_group
          category: category
          polarity: polarity
"""


def write_coding_sheet(
    client: Any,
    path: str | Path,
    *,
    coders: Sequence[str] = ("A", "B"),
    n: int = 100,
    seed: int = 1,
) -> Path | Missing:
    """Write a sheet for coding critical incidents from the client's comments, CSV or XLSX.

    One row is one incident for one coder: `incident_id` (the comment's feedback_id), `coder`,
    `comment` (scrubbed of personal data) and blank cells for touchpoint_id, incident_group,
    category, polarity and `job` (what the customer wanted to get done: the interviewer's note on
    needs behind the words). Up to `n` incidents, half of them negative and half positive where
    there are so many, drawn by `seed`; every coder gets the same ones in an order of their own.
    An XLSX file (a path that ends in .xlsx) also holds the permitted codes with their meaning,
    offers them in the cells, and tells what to add to client.yaml (`IMPORT`) to read it back; rows
    for interviews may be added by hand. A cell that a spreadsheet would run as a formula gets an
    apostrophe before it. Without comments: Missing. Source: Flanagan 1954; Bitner,
    Booms & Tetreault 1990 (the suggested categories).
    """
    feedback = client.feedback
    if isinstance(feedback, Missing):
        return feedback
    if "comment" not in feedback.columns:
        return Missing("feedback", ("comment",))
    path = Path(path)
    rows = list(_rows(_sample(feedback, n, seed), coders))
    touchpoints = list(client.terms)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".xlsx":
        _write_book(path, rows, touchpoints)
    else:
        with open(path, "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
    return path


def _sample(feedback: LazyTable, n: int, seed: int) -> list[tuple[str, str]]:
    """Comments with a clear tone, as many negative as positive, in an order drawn by `seed`."""
    told = written(feedback)
    told = told.filter(told.tone.isin(["negative", "positive"]))
    told = told.mutate(lot=(told.feedback_id.cast("string") + literal(f"/{seed}")).hexdigest("md5"))
    place = row_number().over(window(group_by=told.tone, order_by=told.lot))
    drawn = told.mutate(place=place).order_by("place", "lot").limit(n)
    frame = collect(drawn.select("feedback_id", "comment", "lot")).sort_values("lot")
    return list(zip(frame.feedback_id.astype(str), frame.comment))


def _rows(sample: Sequence[tuple[str, str]], coders: Sequence[str]) -> Iterator[list[Any]]:
    """One row per coder and incident; each coder starts at another place of the round."""
    for number, coder in enumerate(coders):
        start = number * len(sample) // max(len(coders), 1)
        for identifier, comment in [*sample[start:], *sample[:start]]:
            cells = [identifier, coder, scrub(comment, strict=True), *(None for _ in TO_FILL)]
            yield [neutral(cell) for cell in cells]


def _codes(touchpoints: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Every permitted code: its column, the code, and what it means."""
    for identifier in touchpoints:
        yield "touchpoint_id", identifier, name_of("touchpoint_id", identifier)
    for group in INCIDENT_GROUPS:
        yield "incident_group", group, word(f"coding_help_{group}")
    yield "category", "", word("coding_help_category")
    for group, categories in CATEGORIES.items():
        for category in categories:
            meaning = f"{word(f'incident_group_{group}')} · {word(f'category_{category}')}"
            yield "category", category, meaning
    for polarity in POLARITIES:
        yield "polarity", polarity, word(f"polarity_{polarity}")
    yield "job", "", word("coding_help_job")


def _write_book(path: Path, rows: Sequence[Sequence[Any]], touchpoints: Sequence[str]) -> None:
    """The workbook: the coding, the codes, and how to read it back."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    sheet.title = "coding"
    for row in [COLUMNS, *rows]:
        sheet.append(list(row))
    sheet.freeze_panes = "D2"
    for place, name in enumerate(COLUMNS):
        sheet.column_dimensions["ABCDEFGH"[place]].width = WIDTHS.get(name, 14)
        sheet.cell(1, place + 1).font = Font(bold=True)
    for cell in sheet["C"]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    codes = book.create_sheet("codes")
    codes.append(["column", "code", "meaning"])
    for row in _codes(touchpoints):
        codes.append([neutral(cell) for cell in row])
    codes.column_dimensions["A"].width, codes.column_dimensions["B"].width = 18, 24
    codes.column_dimensions["C"].width = 80
    offer(sheet, codes, len(rows) + 1)
    back = book.create_sheet("client.yaml")
    back.append([word("coding_help_import")])
    for line in IMPORT.format(file=path.name).splitlines():
        back.append([line])
    back.column_dimensions["A"].width = 80
    book.save(path)


def offer(
    sheet: Any,
    codes: Any,
    last: int,
    *,
    columns: Sequence[str] = COLUMNS,
    names: Sequence[str] = ("touchpoint_id", "incident_group", "polarity"),
) -> None:
    """Let the cells of coded columns offer the codes that a second sheet lists."""
    from openpyxl.worksheet.datavalidation import DataValidation

    listed = [cell.value for cell in codes["A"]]
    for name in names:
        places = [place for place, value in enumerate(listed, 1) if value == name]
        if not places:
            continue
        choice = DataValidation(
            type="list", formula1=f"codes!$B${places[0]}:$B${places[-1]}", allow_blank=True
        )
        column = "ABCDEFGH"[columns.index(name)]
        choice.add(f"{column}2:{column}{last + 500}")
        sheet.add_data_validation(choice)
