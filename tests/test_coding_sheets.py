"""A coding sheet goes out to coders and comes back as incidents; no cell runs as a formula."""

import csv
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest

from keytouch.coding_sheets import COLUMNS, IMPORT, write_coding_sheet
from keytouch.engine import Missing, from_frame
from keytouch.incidents import coder_agreement
from keytouch.intake import open_client

COMMENTS = [
    ("f1", "=cmd()|前台没人", 1), ("f2", "房间很好，电话13812345678", 5), ("f3", "一般", 3),
    ("f4", "等了一个小时", 1), ("f5", "早餐很棒", 5), ("f6", "", 5),
]  # fmt: skip


def client(rows=COMMENTS):
    frame = pd.DataFrame(rows, columns=["feedback_id", "comment", "score"])
    frame = frame.assign(score=frame.score.astype(float), scale_lo=1.0, scale_hi=5.0,
                         status="answered", metric="csat")  # fmt: skip
    return SimpleNamespace(feedback=from_frame(frame), terms={"desk": ["前台"], "room": ["房间"]})


def lines(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_sheet_holds_each_clear_incident_once_per_coder(tmp_path):
    rows = lines(write_coding_sheet(client(), tmp_path / "coding.csv"))
    assert sorted((row["incident_id"], row["coder"]) for row in rows) == [
        (incident, coder) for incident in ("f1", "f2", "f4", "f5") for coder in "AB"
    ]
    assert tuple(rows[0]) == COLUMNS
    assert all(row["touchpoint_id"] == row["job"] == "" for row in rows)


def test_coders_read_in_different_orders(tmp_path):
    rows = lines(write_coding_sheet(client(), tmp_path / "coding.csv"))
    orders = [[row["incident_id"] for row in rows if row["coder"] == coder] for coder in "AB"]
    assert orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1])


def test_a_small_sample_is_half_negative_and_the_same_on_every_run(tmp_path):
    first = lines(write_coding_sheet(client(), tmp_path / "a.csv", n=2, coders=["A"]))
    again = lines(write_coding_sheet(client(), tmp_path / "b.csv", n=2, coders=["A"]))
    assert first == again
    negative = {row["incident_id"] for row in first} & {"f1", "f4"}
    assert len(first) == 2 and len(negative) == 1


@pytest.mark.parametrize("name", ["coding.csv", "coding.xlsx"])
def test_no_cell_runs_as_a_formula_and_contact_data_are_covered(tmp_path, name):
    path = write_coding_sheet(client(), tmp_path / name)
    if name.endswith("csv"):
        texts = [row["comment"] for row in lines(path)]
    else:
        sheet = openpyxl.load_workbook(path)["coding"]
        assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row} <= {"s", "n"}
        texts = [cell.value for cell in sheet["C"][1:]]
    assert any(text.startswith("'=cmd") for text in texts)
    assert not any(text.startswith("=") or "13812345678" in text for text in texts)


def test_a_filled_workbook_comes_back_as_incidents(tmp_path):
    path = write_coding_sheet(client(), tmp_path / "coding.xlsx")
    book = openpyxl.load_workbook(path)
    sheet, codes = book["coding"], book["codes"]
    known = {row[1] for row in codes.iter_rows(min_row=2, values_only=True)}
    assert {"desk", "room", "recovery", "negative"} <= known
    for row in range(2, sheet.max_row + 1):
        bad = sheet.cell(row, 1).value in ("f1", "f4")
        sheet.cell(row, 4).value = "desk" if bad else "room"
        sheet.cell(row, 5).value = "recovery" if bad else "unprompted"
        sheet.cell(row, 7).value = "negative" if bad else "positive"
    book.save(path)
    told = [row[0] for row in book["client.yaml"].iter_rows(min_row=2, values_only=True)]
    assert "\n".join(told) + "\n" == IMPORT.format(file="coding.xlsx")
    touchpoints = "touchpoints:\n  - {id: desk}\n  - {id: room}\n"
    text = (
        "id: toy\nname_zh: 小店\nname_en: Small shop\n"
        + touchpoints
        + "sources:\n"
        + "\n".join(told)
        + "\n"
    )
    (tmp_path / "client.yaml").write_text(text, encoding="utf8")
    table = coder_agreement(open_client(tmp_path).incidents).set_index("coding")
    assert table.alpha.to_dict() == pytest.approx(
        {"incident_group": 1, "polarity": 1, "touchpoint_id": 1}
    )
    assert set(table.n) == {4}


def test_without_comments_there_is_nothing_to_code(tmp_path):
    bare = SimpleNamespace(feedback=Missing("feedback"), terms={})
    assert write_coding_sheet(bare, tmp_path / "coding.csv") == Missing("feedback")
    assert not list(tmp_path.iterdir())
