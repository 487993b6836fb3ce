"""client.yaml: every fault at once, with its line, in the reader's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from keytouch import words
from keytouch.problems import DataError, Problem
from keytouch.settings import Settings, read_settings

HEAD = "id: small\nname_zh: 小\nname_en: Small\n"


def settings(folder: Path, text: str) -> Settings:
    (folder / "client.yaml").write_text(text, encoding="utf-8")
    return read_settings(folder)


def refused(folder: Path, text: str) -> list[Problem]:
    with pytest.raises(DataError) as error:
        settings(folder, text)
    return error.value.problems


def places(problems: list[Problem]) -> list[tuple[str, str, int]]:
    return [(problem.key, problem.column, problem.values["line"]) for problem in problems]


def test_many_faults_are_told_at_once_in_the_files_order(tmp_path: Path) -> None:
    text = """id: "bad id"
name_zh: 小
langauge: zh
timezone: Asia/Shangai
thresholds: {min_n: many}
stages: [{id: buy}]
touchpoints:
  - {id: pay, stage: buy, side: frnt}
sources:
  - file: a.csv
    tables:
      - table: customers
        columns: {custmer_id: a, sgment: b}
      - table: journeys
        items: [{score: q}]
"""
    assert places(refused(tmp_path, text)) == [
        ("setting_id", "id", 1),
        ("problem_missing_key", "name_en", 1),
        ("problem_unknown_key", "langauge", 3),
        ("setting_timezone", "timezone", 4),
        ("setting_whole", "thresholds.min_n", 5),
        ("setting_one_of", "touchpoints.1.side", 8),
        ("setting_column", "sources.1.tables.1.columns.custmer_id", 13),
        ("setting_column", "sources.1.tables.1.columns.sgment", 13),
        ("setting_wrong_table", "sources.1.tables.2.items", 15),
    ]


@pytest.mark.parametrize(
    ("lines", "key", "near"),
    [
        ("langauge: zh", "problem_unknown_key", "language"),
        ("timezone: Asia/Shangai", "setting_timezone", "Asia/Shanghai"),
        ("touchpoints: [{id: pay, medium: digtal}]", "setting_one_of", "digital"),
        ("sources: [{file: a, tabels: []}]", "problem_unknown_key", "tables"),
        ("sources: [{file: a, tables: [{table: journey}]}]", "setting_one_of", "journeys"),
    ],
)
def test_a_near_miss_gets_the_nearest_name(tmp_path: Path, lines: str, key: str, near: str) -> None:
    (problem,) = refused(tmp_path, HEAD + lines + "\n")
    assert (problem.key, problem.values["near"]) == (key, near)


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        (HEAD + "id: other\n", "problem_yaml_twice", 4),
        (HEAD + "  period: x\n", "problem_bad_yaml", 4),
        (HEAD + "period:\n\tstart: 2025-01-01\n", "problem_yaml_tab", 5),
        (HEAD + "stages: [{id: a}, {id: a}]\n", "setting_twice", 4),
        (HEAD + "touchpoints:\n  - {id: a, stage: buy}\n", "setting_no_stage", 5),
        (HEAD + "touchpoints:\n  - {id: a, supports: b}\n", "setting_no_supports", 5),
        (HEAD + "sources:\n  - {name: x}\n", "setting_file_or_sql", 5),
        (HEAD + "scales: {csat: [1, 2, 3]}\n", "setting_pair", 4),
        (HEAD + "period: {start: 31.12.2025}\n", "setting_date", 4),
        (HEAD + "thresholds: {small_cell: 0}\n", "setting_at_least", 4),
        (HEAD + "synthetic: maybe\n", "setting_yes_no", 4),
        (HEAD + "touchpoints: pay\n", "setting_list", 4),
    ],
)
def test_a_fault_has_its_line(tmp_path: Path, text: str, key: str, line: int) -> None:
    (problem,) = refused(tmp_path, text)
    assert (problem.key, problem.values["line"]) == (key, line)


@pytest.mark.parametrize("content", [b"", b"- a\n", "name_zh: 早餐酒店".encode("gb18030")])
def test_what_holds_no_settings_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "client.yaml").write_bytes(content)
    with pytest.raises(DataError) as error:
        read_settings(tmp_path)
    assert error.value.problems[0].key in ("problem_yaml_empty", "problem_yaml_encoding")


def test_no_english_sentence_stands_in_a_chinese_message(tmp_path: Path) -> None:
    words.set_language("zh")
    text = (
        HEAD + "scales: 5\nperiod: [1]\nthresholds: {min_n: x, top_box_share: 7}\nstages: {a: b}\n"
    )
    texts = [problem.text() for problem in refused(tmp_path, text)]
    words.set_language("en")
    assert len(texts) == 5
    assert not any(part in text for text in texts for part in ("Input", "should", "valid"))


def test_no_and_yes_stay_words_in_client_yaml(tmp_path: Path) -> None:
    text = HEAD + (
        "sources:\n  - file: a.csv\n    tables:\n      - table: journeys\n"
        "        columns: {journey_id: id, converted: x}\n"
        "        values: {converted: {no: false, yes: true, 1: true, ~: false}}\n"
    )
    mapped = settings(tmp_path, text).sources[0].tables[0].values["converted"]
    assert mapped == {"no": False, "yes": True, "1": True, "": False}


def test_a_source_is_named_after_its_file(tmp_path: Path) -> None:
    assert settings(tmp_path, HEAD + "sources: [{file: x/orders.csv.gz}]\n").sources[0].name == (
        "orders"
    )


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, HEAD + "sources: [{file: a.csv}, {file: b/a.csv}]\n")
    assert (problem.key, problem.values["found"]) == ("setting_twice", "a")
