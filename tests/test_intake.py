"""A client's folder to tables: accounts, filters, the cache, and every kind of bad input."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest
from small_clients import (
    account,
    client_of,
    column_of,
    found,
    frame_of,
    quality_of,
    rows_of,
    write_client,
)

from keytouch import words
from keytouch.engine import Missing
from keytouch.intake import open_client
from keytouch.prepare import prepare
from keytouch.problems import DataError

SIMPLE = """
touchpoints:
  - {id: pay, name_zh: 支付, name_en: Payment}
sources:
  - file: orders.csv
    tables:
      - table: customers
        columns: {customer_id: customer, segment: tier}
        distinct: true
      - table: journeys
        columns: {journey_id: order, customer_id: customer, started_at: day}
      - table: feedback
        columns: {journey_id: order, score: stars, comment: words}
        constants: {touchpoint_id: pay}
"""
ORDERS = """order,customer,tier,day,stars,words
1,a,gold,2025-01-05,5,好
2,a,gold,2025-02-05,4,
3,b,plain,2025-03-05,1,bad
"""


def simple(folder: Path, data: str = ORDERS, yaml: str = SIMPLE) -> Path:
    return write_client(folder, yaml, orders_csv=data)


def errors_of(folder: Path) -> list[tuple[str, str, str]]:
    """What open_client refuses, as (key, file, column)."""
    with pytest.raises(DataError) as error:
        client_of(folder)
    return [(one.key, one.file, one.column) for one in error.value.problems]


# Tables and accounts


def test_a_client_has_its_tables_and_is_missing_the_others(tmp_path: Path) -> None:
    client = client_of(simple(tmp_path))
    assert client.settings.name_en == "Small"
    assert frame_of(client.feedback)["score"].tolist() == [5, 4, 1]
    assert frame_of(client.touchpoints)["name_zh"].tolist() == ["支付"]
    assert client.interactions == Missing("interactions")
    assert client.inputs["rows"].tolist() == [3]


def test_a_table_carries_only_the_columns_that_the_data_fill(tmp_path: Path) -> None:
    data = ORDERS.replace(",好", ",").replace(",bad", ",")
    checked = quality_of(simple(tmp_path, data))
    assert "comment" not in rows_of(checked, "feedback")[0]


def test_customers_listed_once_an_order_are_merged_by_design(tmp_path: Path) -> None:
    checked = quality_of(simple(tmp_path))
    sums = account(checked, "customers")
    assert (sums["rows_in"], sums["used"], sums["merged"], sums["rejected"]) == (3, 2, 1, 0)
    assert not checked.problems


def test_a_repeated_id_is_rejected_and_counted(tmp_path: Path) -> None:
    checked = quality_of(simple(tmp_path, ORDERS + "1,a,gold,2025-04-05,3,again\n" * 1))
    problem = found(checked, "reject_repeated")
    assert (problem.column, problem.rows, problem.count) == ("order", (5,), 1)
    assert column_of(checked, "journeys", "started_at")[0] == pd.Timestamp("2025-01-05")


def test_two_files_may_fill_one_table(tmp_path: Path) -> None:
    yaml = """
sources:
  - {file: a.csv, tables: [{table: journeys, columns: {journey_id: id, value: v}}]}
  - {file: b.csv, tables: [{table: journeys, columns: {journey_id: id, channel: c}}]}
thresholds: {max_rejected_share: 0.5}
"""
    checked = quality_of(
        write_client(tmp_path, yaml, a_csv="id,v\n1,5\n", b_csv="id,c\n1,x\n2,y\n")
    )
    assert [row["channel"] for row in rows_of(checked, "journeys")] == [None, "y"]
    assert found(checked, "reject_repeated").file == "b.csv"


def test_unknown_ids_are_kept_and_told_with_the_nearest(tmp_path: Path) -> None:
    yaml = SIMPLE.replace("constants: {touchpoint_id: pay}", "constants: {touchpoint_id: payy}")
    problem = found(quality_of(simple(tmp_path, yaml=yaml)), "problem_unknown_touchpoint")
    assert problem.severity == "warning"
    assert problem.values["shown"] == "payy → pay?"
    assert problem.values["n"] == 3


def test_a_promise_without_a_time_is_told(tmp_path: Path) -> None:
    yaml = """
sources:
  - file: orders.csv
    tables:
      - table: interactions
        events: [{touchpoint: pay, ts: day, promised_ts: day}]
"""
    assert found(quality_of(simple(tmp_path, yaml=yaml)), "problem_promised_days")
    grace = yaml + "thresholds: {late_minutes: 1440}\n"
    assert not quality_of(simple(tmp_path / "b", yaml=grace)).problems


# Bad input


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    yaml = """
sources:
  - {file: feedback_2024.csv, tables: [{table: customers, columns: {customer_id: id}}]}
  - {file: ../secret.csv, tables: [{table: customers, columns: {customer_id: id}}]}
  - {file: empty.csv, tables: [{table: customers, columns: {customer_id: id}}]}
  - {file: header.csv, tables: [{table: customers, columns: {customer_id: id}}]}
  - {file: orders.csv, tables: [{table: journeys, columns: {journey_id: ordr, value: nothing}}]}
"""
    folder = write_client(tmp_path, yaml, orders_csv=ORDERS, empty_csv="", header_csv="id,b\n")
    assert sorted(errors_of(folder)) == [
        ("problem_empty_file", "empty.csv", ""),
        ("problem_no_column", "orders.csv", "nothing"),
        ("problem_no_column_near", "orders.csv", "ordr"),
        ("problem_no_file", "feedback_2024.csv", ""),
        ("problem_no_rows", "header.csv", ""),
        ("problem_path_outside", "../secret.csv", ""),
    ]


def test_a_column_that_nearly_matches_is_named(tmp_path: Path) -> None:
    yaml = SIMPLE.replace("score: stars", "score: star")
    checked = quality_of(simple(tmp_path, yaml=yaml))
    assert found(checked, "problem_no_column_near").values["near"] == "stars"


def test_a_mapped_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    data = ORDERS.replace("stars,words", "stars,stars")
    yaml = SIMPLE.replace(", comment: words", "")
    assert ("problem_column_twice", "orders.csv", "stars") in errors_of(
        simple(tmp_path, data, yaml)
    )


def test_a_required_column_must_be_mapped(tmp_path: Path) -> None:
    yaml = SIMPLE.replace("{customer_id: customer, segment: tier}", "{segment: tier}")
    problem = found(quality_of(simple(tmp_path, yaml=yaml)), "problem_unmapped")
    assert problem.values == {"table": "customers", "column": "customer_id"}


def test_wrong_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    yaml = SIMPLE.replace("file: orders.csv", "file: orders.csv\n    encoding: utf-8")
    folder = write_client(tmp_path, yaml, orders_csv=ORDERS.encode("gb18030"))
    problem = found(quality_of(folder), "problem_not_encoding")
    assert (problem.file, problem.values["line"]) == ("orders.csv", 2)


def test_dates_that_read_two_ways_stop_the_work(tmp_path: Path) -> None:
    data = ORDERS.replace("2025-01-05", "01/05/2025").replace("2025-02-05", "02/05/2025")
    data = data.replace("2025-03-05", "03/05/2025")
    problem = found(quality_of(simple(tmp_path, data)), "problem_dates_unclear")
    assert (problem.column, problem.rows, problem.count) == ("day", (2, 3, 4), 3)


def test_too_many_rejected_rows_stop_the_work(tmp_path: Path) -> None:
    data = ORDERS.replace(",5,好", ",five,好")
    keys = {key for key, *_ in errors_of(simple(tmp_path, data))}
    assert keys == {"problem_many_rejected"}


def test_nothing_usable_stops_the_work(tmp_path: Path) -> None:
    data = "order,customer,tier,day,stars,words\n1,a,gold,2025-01-05,x,\n2,a,gold,2025-01-05,y,\n"
    assert ("problem_nothing_used", "orders.csv", "") in errors_of(simple(tmp_path, data))


def test_a_few_bad_cells_are_counted_and_the_rest_is_used(tmp_path: Path) -> None:
    rows = "".join(f"{i},c{i},gold,2025-01-05,{i % 5 + 1},fine\n" for i in range(10, 30))
    bad = "30,c30,gold,2025-01-05,9,off\n31,c31,gold,2025-13-01,4,when\n32,c32,gold\n"
    checked = quality_of(simple(tmp_path, ORDERS + rows + bad))
    assert not checked.errors
    told = {problem.key: (problem.column, problem.rows) for problem in checked.problems}
    assert told["reject_scale"] == ("stars", (25,))
    assert told["reject_timestamp"] == ("day", (26,))
    assert told["reject_ragged"] == ("", (27,))
    sums = account(checked, "feedback")
    assert (sums["rows_in"], sums["used"], sums["rejected"]) == (26, 24, 2)


def test_rejected_rows_are_written_whole_and_harmless(tmp_path: Path) -> None:
    rows = "".join(f"{i},c{i},gold,2025-01-05,{i % 5 + 1},fine\n" for i in range(10, 30))
    bad = '40,=1+1,<b>x</b>,2025-01-05,-9,"@cmd\n=HYPERLINK(1)"\n41,+1\n'
    checked = quality_of(simple(tmp_path, ORDERS + rows + bad))
    words.set_language("en")
    (path,) = checked.write_rejected(tmp_path / "out")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with open(path, encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    first, ragged = written
    assert first["customer"] == "'=1+1"
    assert first["stars"] == "'-9"
    assert first["words"] == "'@cmd\n=HYPERLINK(1)"
    assert first["tier"] == "<b>x</b>"
    assert (first["_row"], first["_column"], first["_value"]) == ("25", "stars", "'-9")
    assert first["_reason"].startswith("“-9” lies outside the scale 1–5")
    assert (ragged["_row"], ragged["_value"]) == ("26", "41,+1")


def test_markup_in_names_and_comments_is_only_text(tmp_path: Path) -> None:
    data = ORDERS.replace("好", '"<script>alert(1)</script>"')
    checked = quality_of(simple(tmp_path, data))
    assert column_of(checked, "feedback", "comment")[0] == "<script>alert(1)</script>"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_problem_reads_in_both_languages(tmp_path: Path, language: str) -> None:
    data = ORDERS.replace(",5,好", ",five,好") + "4,c\n"
    words.set_language(language)
    texts = [problem.text() for problem in quality_of(simple(tmp_path, data)).problems]
    words.set_language("en")
    assert len(texts) >= 3
    assert all("{" not in text for text in texts)
    marks = [any("\u4e00" <= character <= "\u9fff" for character in text) for text in texts]
    assert all(marks) if language == "zh" else not any(marks)


# SQL


QUERY = """
sources:
  - {{name: raw-orders, file: orders.csv}}
  - name: made
    sql: {sql}
    tables: [{{table: journeys, columns: {{journey_id: order, value: total}}}}]
"""


def by_sql(folder: Path, sql: str) -> Path:
    return write_client(folder, QUERY.format(sql=json.dumps(sql)), orders_csv=ORDERS)


def test_a_query_joins_the_raw_tables_by_name(tmp_path: Path) -> None:
    sql = (
        'SELECT customer AS "order", sum(CAST(stars AS INT)) AS total FROM "raw-orders" GROUP BY 1'
    )
    checked = quality_of(by_sql(tmp_path, sql))
    assert rows_of(checked, "journeys") == [
        {"journey_id": "a", "value": 9},
        {"journey_id": "b", "value": 1},
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM parquet_metadata('/etc/passwd')",
        "SELECT getenv('HOME')",
    ],
)
def test_a_query_cannot_reach_files(tmp_path: Path, sql: str) -> None:
    problem = found(quality_of(by_sql(tmp_path, sql)), "problem_sql")
    assert problem.file == "made"


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH ':memory:' AS x",
        "COPY \"raw-orders\" TO 'stolen.csv'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        'SELECT 1; DROP TABLE "raw-orders"',
        'WITH a AS (SELECT 1) INSERT INTO "raw-orders" SELECT * FROM a',
        "PRAGMA version",
        'DESCRIBE "raw-orders"',
        "",
    ],
)
def test_only_one_select_is_run(tmp_path: Path, sql: str) -> None:
    if not sql:
        with pytest.raises(DataError):
            quality_of(by_sql(tmp_path, sql))
        return
    found(quality_of(by_sql(tmp_path, sql)), "problem_sql_not_select")


def test_a_broken_query_says_what_the_database_says(tmp_path: Path) -> None:
    problem = found(quality_of(by_sql(tmp_path, 'SELECT ordr FROM "raw-orders"')), "problem_sql")
    assert "ordr" in str(problem.values["detail"])
    assert "\n" not in str(problem.values["detail"])


def test_a_query_over_a_lost_file_adds_no_second_error(tmp_path: Path) -> None:
    folder = by_sql(tmp_path, 'SELECT "order", stars AS total FROM "raw-orders"')
    (folder / "orders.csv").unlink()
    assert [key for key, *_ in errors_of(folder)] == ["problem_no_file"]


def test_a_query_gives_the_same_ids_every_time(tmp_path: Path) -> None:
    sql = 'SELECT stars AS total, max("order") AS "order" FROM "raw-orders" GROUP BY 1'
    first = rows_of(quality_of(by_sql(tmp_path / "a", sql)), "journeys")
    assert first == rows_of(quality_of(by_sql(tmp_path / "b", sql)), "journeys")


# Filters, cache, places


def test_period_and_segment_filter_every_table(tmp_path: Path) -> None:
    folder = simple(tmp_path)
    client = client_of(folder, start="2025-02-01", end="2025-03-05")
    assert frame_of(client.journeys)["journey_id"].tolist() == ["2", "3"]
    assert frame_of(client.feedback)["journey_id"].tolist() == ["2", "3"]
    gold = client_of(folder, segment="gold")
    assert frame_of(gold.customers)["customer_id"].tolist() == ["a"]
    assert sorted(frame_of(gold.feedback)["journey_id"]) == ["1", "2"]
    assert sorted(frame_of(gold.journeys)["journey_id"]) == ["1", "2"]


def test_the_period_of_client_yaml_counts_unless_another_is_given(tmp_path: Path) -> None:
    folder = simple(tmp_path, yaml=SIMPLE + "period: {start: 2025-02-01}\n")
    assert len(frame_of(client_of(folder).journeys)) == 2
    assert len(frame_of(client_of(folder, start="2025-01-01").journeys)) == 3


def test_an_unknown_segment_or_day_is_refused(tmp_path: Path) -> None:
    folder = simple(tmp_path)
    for filters, key in (
        ({"segment": "gould"}, "problem_no_segment"),
        ({"start": "5 March"}, "problem_day"),
    ):
        with pytest.raises(DataError) as error:
            client_of(folder, **filters)
        assert error.value.problems[0].key == key


def test_an_unchanged_client_is_taken_in_once(tmp_path: Path) -> None:
    folder = simple(tmp_path)
    with mock.patch.dict(os.environ, KEYTOUCH_WORK=str(tmp_path / "work")):
        _, first, mark = prepare(folder)
        before = first.stat().st_mtime_ns
        assert prepare(folder)[1:] == (first, mark)
        assert first.stat().st_mtime_ns == before
        (folder / "orders.csv").write_text(ORDERS.replace("bad", "sad"), encoding="utf-8")
        assert prepare(folder)[2] != mark
    assert not [path for path in (tmp_path / "work").iterdir() if path.name.startswith(".")]


def test_the_same_files_give_the_same_tables(tmp_path: Path) -> None:
    one, two = (quality_of(simple(tmp_path / name)) for name in "ab")
    for table in ("customers", "journeys", "feedback"):
        assert rows_of(one, table) == rows_of(two, table)


def test_many_may_open_a_client_at_once(tmp_path: Path) -> None:
    folder = simple(tmp_path)
    script = (
        "import sys; from keytouch.intake import open_client; from keytouch.engine import collect;"
        "print(len(collect(open_client(sys.argv[1]).feedback)))"
    )
    environment = {**os.environ, "KEYTOUCH_WORK": str(tmp_path / "work")}

    def run(_: int) -> str:
        command = [sys.executable, "-c", script, str(folder)]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(run, range(3))) == ["3", "3", "3"]


def test_files_may_lie_in_the_data_folder_but_not_beyond(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "orders.csv").write_text(ORDERS, encoding="utf-8")
    monkeypatch.setenv("SHARED_PLACE", str(data))
    folder = write_client(tmp_path / "client", "data_folder: ${SHARED_PLACE}\n" + SIMPLE.lstrip())
    assert len(rows_of(quality_of(folder), "journeys")) == 3
    monkeypatch.delenv("SHARED_PLACE")
    with pytest.raises(DataError) as error:
        quality_of(folder)
    assert error.value.problems[0].key == "problem_data_folder"
    text = (folder / "client.yaml").read_text(encoding="utf-8")
    text = text.replace("${SHARED_PLACE}", "${SHARED_PLACE:-../data}")
    (folder / "client.yaml").write_text(text.replace("file: orders", "file: ../../orders"), "utf-8")
    assert found(quality_of(folder), "problem_path_outside")


def test_a_folder_without_client_yaml_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        open_client(tmp_path)
    assert error.value.problems[0].key == "problem_no_client_yaml"


def test_a_file_that_nothing_uses_is_told(tmp_path: Path) -> None:
    yaml = SIMPLE + "  - {file: more.csv}\n"
    folder = write_client(tmp_path, yaml, orders_csv=ORDERS, more_csv="a\n1\n")
    assert found(quality_of(folder), "problem_unused_file").severity == "note"


def test_only_the_newest_stores_of_a_client_are_kept(tmp_path):
    import os

    from keytouch.storing import KEPT, drop_old

    for number in range(6):
        path = tmp_path / f"acme-{number:016x}.duckdb"
        path.write_bytes(b"")
        os.utime(path, (number, number))
    (tmp_path / f"acme-two-{0:016x}.duckdb").write_bytes(b"")
    drop_old(tmp_path, "acme")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left[-1].startswith("acme-two")
    assert left[:-1] == [f"acme-{number:016x}.duckdb" for number in range(6 - KEPT, 6)]
