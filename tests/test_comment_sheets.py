"""Sheets for coding comments go out, come back, and say everything that is wrong at once."""

import csv

import openpyxl
import pandas as pd
import pytest
from test_coding_widget import SAMPLE, client

from keytouch.comment_sheets import COLUMNS, read_codes, write_comment_sheet
from keytouch.engine import Missing
from keytouch.problems import DataError
from keytouch.words import set_language

FILLED = {"c1": ("前台；Room", "负", "是", "=1+1"), "c2": ("none", "Neutral", "no", "")}


@pytest.fixture(autouse=True)
def _english():
    set_language("en")


def fill(path, codes=FILLED):
    """Fill a sheet as a person would."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        for row in book["coding"].iter_rows(min_row=2):
            for cell, text in zip(row[4:], codes.get(row[0].value, ())):
                cell.value = text
                cell.data_type = "s"
        book.save(path)
        return path
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for row in rows[1:]:
        row[4:] = codes.get(row[0], row[4:])
    with open(path, "w", encoding="gb18030", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


def sheet(path, *rows):
    """A sheet with these rows of comment_id, coder, touchpoints, polarity, incident."""
    names = ["comment_id", "coder", "touchpoints", "polarity", "incident"]
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_filled_sheet_comes_back(tmp_path, name):
    path = fill(write_comment_sheet(SAMPLE, client(), tmp_path / name, coder="A"))
    codes = read_codes(path, client=client()).set_index("comment_id")
    assert codes.touchpoints.to_dict() == {"c1": "desk;room", "c2": "(none)"}
    assert codes.polarity.to_dict() == {"c1": "negative", "c2": "neutral"}
    assert codes.incident.to_dict() == {"c1": "yes", "c2": "no"}
    assert codes.note["c1"] == "=1+1" and codes.weight.to_dict() == {"c1": 2.0, "c2": 5.0}


def test_coders_read_the_same_comments_in_other_orders(tmp_path):
    sample = pd.DataFrame({"comment_id": [f"c{k}" for k in range(30)], "comment": "好"})
    orders = []
    for coder in "AB":
        path = write_comment_sheet(sample, client(), tmp_path / f"{coder}.csv", coder=coder)
        orders.append(list(pd.read_csv(path).comment_id))
    assert orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1])


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_no_cell_runs_and_no_cell_breaks_the_file(tmp_path, name):
    texts = ["=cmd()|x", "\ud800\x00\u202e好", "a\r=1+1"]
    sample = SAMPLE.assign(comment=pd.Series(texts, dtype=object))
    path = write_comment_sheet(sample, client(), tmp_path / name, coder="=A")
    if name.endswith("xlsx"):
        rows = list(openpyxl.load_workbook(path)["coding"].iter_rows(values_only=True))
    else:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 4
    assert {row[1] for row in rows[1:]} == {"'=A"}
    assert {row[3] for row in rows[1:]} == {"'=cmd()|x", "好", "a\n=1+1"}


def test_the_codes_sheet_names_what_may_be_coded(tmp_path):
    path = write_comment_sheet(SAMPLE, client(), tmp_path / "a.xlsx", coder="A")
    rows = openpyxl.load_workbook(path)["codes"].iter_rows(min_row=2, values_only=True)
    assert {row[1] for row in rows} >= {"desk", "room", "(none)", "negative", "yes", "no"}


def test_all_problems_of_all_sheets_are_told_at_once(tmp_path):
    one = sheet(tmp_path / "a.csv",
        ("c1", "A", "fron desk", "negative", "no"), ("c2", "A", "desk", "bad", "maybe"),
        ("c3", "A", "fron desk", "negative", "no"), ("", "", "none;desk", "neutral", "no"),
        ("c4", "A", "", "", ""))  # fmt: skip
    other = tmp_path / "b.csv"
    other.write_text("comment_id,coder,polarities,touchpoints\n", encoding="utf8")
    with pytest.raises(DataError) as caught:
        read_codes(one, other, tmp_path / "none.csv", client=client())
    text = str(caught.value)
    for part in (
        "a.csv · touchpoints: there is no touchpoint “fron desk”. Did you mean: Front desk?",
        "(rows: 2; row numbers: 2, 4)", "“bad” is no tone. Use: negative, neutral, positive",
        "“maybe”", "a.csv · comment_id", "a.csv · coder", "both none and a touchpoint",
        "b.csv · polarity: the file has no such column. Did you mean: polarities?", "none.csv",
    ):  # fmt: skip
        assert part in text


def test_one_coder_says_one_thing_of_a_comment(tmp_path):
    one = sheet(tmp_path / "a.csv", ("c1", "A", "desk", "negative", "no"))
    same = sheet(tmp_path / "b.csv", ("c1", "A", "前台", "负面", "否"))
    assert len(read_codes(one, same, client=client())) == 1
    other = sheet(tmp_path / "c.csv", ("c1", "A", "room", "negative", "no"))
    with pytest.raises(DataError, match="“A” coded comment c1 twice"):
        read_codes(one, other, client=client())


def test_a_name_that_holds_a_separator_is_found_whole_and_a_shared_one_is_refused(tmp_path):
    named = client()
    named.settings.touchpoints[0].name_zh = "前台、大堂"
    path = sheet(tmp_path / "a.csv", ("c1", "A", "房间、前台、大堂", "正", "否"))
    assert read_codes(path, client=named).touchpoints[0] == "desk;room"
    named.settings.touchpoints[1].name_zh = "前台、大堂"
    with pytest.raises(DataError, match="Write its id: desk, room"):
        read_codes(sheet(tmp_path / "b.csv", ("c1", "A", "前台、大堂", "正", "否")), client=named)


@pytest.mark.parametrize("weight", ["-1", "nan", "many", "inf"])
def test_a_weight_is_a_number_above_zero(tmp_path, weight):
    path = tmp_path / "a.csv"
    path.write_text(f"comment_id,coder,touchpoints,polarity,weight\nc1,A,desk,负,{weight}\n")
    with pytest.raises(DataError, match="should be a number above 0"):
        read_codes(path, client=client())


def test_a_broken_workbook_is_told_and_blank_sheets_are_missing(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"PK no book")
    with pytest.raises(DataError, match="a.xlsx"):
        read_codes(tmp_path / "a.xlsx", client=client())
    path = write_comment_sheet(SAMPLE, client(), tmp_path / "b.csv", coder="A")
    assert read_codes(path, client=client()) == Missing("codes")
    missing = Missing("feedback", ("comment",))
    assert write_comment_sheet(missing, client(), tmp_path / "c.csv", coder="A") == missing
