"""Files as they come: encodings, delimiters, odd rows, odd formats."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from keytouch.delimited import find_delimiter
from keytouch.problems import DataError
from keytouch.raw import RawTable
from keytouch.readers import find_file, read_raw
from keytouch.settings import Source


def read(path: Path, **options: str) -> tuple[RawTable, list[tuple[object, ...]]]:
    con = duckdb.connect()
    try:
        raw = read_raw(con, Source(name="raw", file=path.name, **options), path)
        return raw, con.execute("SELECT * FROM raw ORDER BY _row").fetchall()
    finally:
        con.close()


def write(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path, **options: str) -> str:
    """The one problem's key of a file that can't be read."""
    with pytest.raises(DataError) as error:
        read(path, **options)
    (problem,) = error.value.problems
    assert problem.file == path.name
    assert problem.text()
    return problem.key


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_from_header_and_rows(delimiter: str) -> None:
    assert find_delimiter(f"a{delimiter}b\n1{delimiter}2\n") == delimiter


def test_a_decimal_comma_is_not_taken_for_the_delimiter() -> None:
    assert find_delimiter("id;score\n1;4,5\n2;3,0\n") == ";"


def test_a_comment_with_commas_alone_is_one_column(tmp_path: Path) -> None:
    raw, rows = read(write(tmp_path, "评论\n好,很好\n一般\n"))
    assert list(raw.columns) == ["评论"]
    assert rows == [(2, "好,很好"), (3, "一般")]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_chinese_text_is_read_in_every_usual_encoding(
    tmp_path: Path, encoding: str, told: str
) -> None:
    content = "编号,评论\n1,前台服务很好，早餐一般\n".encode(encoding)
    raw, rows = read(write(tmp_path, content))
    assert raw.encoding == told
    assert rows == [(2, "1", "前台服务很好，早餐一般")]
    assert not raw.problems


def test_western_accents_are_not_taken_for_chinese(tmp_path: Path) -> None:
    content = "id,comment\n1,não é bom déjà vu\n2,reclamação sobre a decoração\n".encode("cp1252")
    raw, rows = read(write(tmp_path, content))
    assert [problem.key for problem in raw.problems] == ["problem_guessed_encoding"]
    assert rows[0][2] == "não é bom déjà vu"


def test_a_declared_encoding_that_is_wrong_names_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,x\n2,早餐\n".encode("gb18030"))
    with pytest.raises(DataError) as error:
        read(path, encoding="utf-8")
    (problem,) = error.value.problems
    assert (problem.key, problem.values["line"]) == ("problem_not_encoding", 3)


def test_an_unknown_encoding_gets_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read(write(tmp_path, "a\n1\n"), encoding="gb1803")
    assert error.value.problems[0].values["near"] == "gb18030"


def test_a_few_broken_bytes_in_utf8_are_a_warning(tmp_path: Path) -> None:
    content = ("a,b\n1," + "很好的酒店服务" * 10 + "\n").encode() + b"2,\xff\n"
    raw, rows = read(write(tmp_path, content))
    assert [problem.key for problem in raw.problems] == ["problem_broken_bytes"]
    assert rows[1][2] == "\ufffd"


def test_gzip_is_unpacked_by_its_first_bytes(tmp_path: Path) -> None:
    _, rows = read(write(tmp_path, gzip.compress(b"a,b\n1,2\n"), "file.csv"))
    assert rows == [(2, "1", "2")]


def test_rows_have_spreadsheet_numbers_across_newlines_blanks_and_odd_rows(tmp_path: Path) -> None:
    content = 'a,b\n1,"two\nlines"\n\n2\n3,x\n4,x,y\n5,z\n'
    raw, rows = read(write(tmp_path, content))
    assert [(row[0], row[1]) for row in rows] == [(2, "1"), (5, "3"), (7, "5")]
    assert [(bad.row, bad.cells, bad.text) for bad in raw.bad] == [(4, 1, "2"), (6, 3, "4,x,y")]
    told = {problem.key: problem for problem in raw.problems}
    assert told["problem_blank_rows"].values["n"] == 1
    assert (told["reject_ragged"].rows, told["reject_ragged"].count) == ((4, 6), 2)


def test_row_numbers_hold_over_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keytouch.delimited.BLOCK", 1 << 12)
    lines = [f"{i}" if i % 97 == 0 else f"{i},x" for i in range(2, 5002)]
    raw, rows = read(write(tmp_path, "\n".join(["a,b", *lines]) + "\n"))
    assert all(str(row[0]) == row[1] for row in rows)
    assert [bad.row for bad in raw.bad] == [i for i in range(2, 5002) if i % 97 == 0]


def test_a_spare_delimiter_at_every_row_end_is_no_ragged_row(tmp_path: Path) -> None:
    raw, rows = read(write(tmp_path, "a,b\n1,2,\n3,4,\n"))
    assert not raw.bad
    assert [row[1:3] for row in rows] == [("1", "2"), ("3", "4")]


def test_repeated_and_empty_header_names_are_told(tmp_path: Path) -> None:
    raw, _ = read(write(tmp_path, "id,,id,b\n1,2,3,4\n"))
    assert list(raw.columns) == ["id", "column 2", "id (2)", "b"]
    assert raw.repeated == ("id",)
    keys = {problem.key for problem in raw.problems}
    assert keys == {"problem_repeated_header", "problem_nameless"}


def test_names_that_differ_by_case_only_are_told(tmp_path: Path) -> None:
    raw, _ = read(write(tmp_path, "Name,name\n1,2\n"))
    assert list(raw.columns) == ["Name", "name (2)"]


def test_a_file_that_has_its_own_row_column_keeps_it(tmp_path: Path) -> None:
    raw, rows = read(write(tmp_path, "_row,a\n9,1\n"))
    assert list(raw.columns) == ["_row (2)", "a"]
    assert rows == [(2, "9", "1")]


def test_a_sep_line_before_the_header_is_obeyed(tmp_path: Path) -> None:
    _, rows = read(write(tmp_path, "sep=;\na;b\n1;2,5\n"))
    assert rows == [(2, "1", "2,5")]


def test_an_unclosed_quotation_mark_is_noticed(tmp_path: Path) -> None:
    lines = "".join(f"{i},text {i}\n" for i in range(10))
    raw, _ = read(write(tmp_path, 'a,b\n1,"open\n' + lines))
    told = [problem for problem in raw.problems if problem.key == "problem_open_quote"]
    assert (told[0].column, told[0].rows) == ("b", (2,))


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "problem_empty_file"),
        (b"a,b\n", "problem_no_rows"),
        (b"a,b", "problem_no_rows"),
        (b"\n\n1,2\n", "problem_empty_header"),
        (b"a,b\n1,x\x00y\n", "problem_nul"),
        ("a,b\n1,2\n".encode("utf-16-le"), "problem_nul"),
        (b"\xd0\xcf\x11\xe0 old excel", "problem_old_excel"),
        (b"\x1f\x8b broken gzip", "problem_unreadable"),
        (b"PAR1 broken parquet", "problem_unreadable"),
        (b"PK\x03\x04 broken zip", "problem_unreadable"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, key: str) -> None:
    assert refused(write(tmp_path, content)) == key


def test_a_cell_larger_than_a_block_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keytouch.delimited.BLOCK", 1 << 10)
    assert refused(write(tmp_path, "a,b\n1," + "x" * 5000 + "\n2,y\n")) == "problem_huge_cell"


def book(folder: Path, rows: list[list[object]], **sheets: list[list[object]]) -> Path:
    workbook = openpyxl.Workbook()
    for title, cells in {"Sheet": rows, **sheets}.items():
        sheet = workbook["Sheet"] if title == "Sheet" else workbook.create_sheet(title)
        for row in cells:
            sheet.append(row)
    path = folder / "book.xlsx"
    workbook.save(path)
    return path


def test_a_workbook_gives_text_as_a_csv_export_would(tmp_path: Path) -> None:
    day = pd.Timestamp("2025-03-05 08:30").to_pydatetime()
    path = book(tmp_path, [["id", "score", "ts"], [1, 4.0, day], [None, None, None], [2, True, ""]])
    raw, rows = read(path)
    assert rows == [(2, "1", "4", "2025-03-05 08:30:00"), (4, "2", "true", "")]
    assert raw.encoding == "xlsx"


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    path = book(tmp_path, [["a"], [1]], 订单=[["b"], [2]])
    assert read(path, sheet="订单")[1] == [(2, "2")]
    assert refused(path, sheet="订") == "problem_no_sheet"
    assert [problem.key for problem in read(path)[0].problems] == ["problem_first_sheet"]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "file.parquet"
    pd.DataFrame({"n": [1.5], "t": [pd.Timestamp("2025-01-01")]}).to_parquet(path)
    raw, rows = read(path)
    assert raw.columns["n"] == "DOUBLE"
    assert rows[0][0] == 2


def test_a_file_outside_the_folder_is_refused_even_by_a_link(tmp_path: Path) -> None:
    inside, outside = tmp_path / "client", write(tmp_path, "a\n1\n", "secret.csv")
    inside.mkdir()
    (inside / "link.csv").symlink_to(outside)
    for name in ("../secret.csv", "link.csv", str(outside), "..\\secret.csv"):
        with pytest.raises(DataError) as error:
            find_file(inside, None, Source(name="raw", file=name))
        assert error.value.problems[0].key == "problem_path_outside"
    shared = Source(name="raw", file="secret.csv")
    assert find_file(inside, tmp_path, shared) == outside.resolve()


def test_a_missing_file_gets_the_nearest_name(tmp_path: Path) -> None:
    write(tmp_path, "a\n1\n", "orders.csv")
    with pytest.raises(DataError) as error:
        find_file(tmp_path, None, Source(name="raw", file="order.csv"))
    (problem,) = error.value.problems
    assert (problem.key, problem.values["near"]) == ("problem_no_file_near", "orders.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").mkdir()
    with pytest.raises(DataError) as error:
        find_file(tmp_path, None, Source(name="raw", file="orders.csv"))
    assert error.value.problems[0].key == "problem_is_folder"


def test_formulas_without_results_are_told(tmp_path: Path) -> None:
    raw, rows = read(book(tmp_path, [["a", "b"], [1, "=1+1"], [2, 5]]))
    (problem,) = raw.problems
    assert (problem.key, problem.values["n"]) == ("problem_formulas", 1)
    assert rows[0] == (2, "1", "")
