"""`keytouch check`: exit codes and what a reader sees."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest
from small_clients import write_client

from keytouch import words
from keytouch.check import check_command, table_lines

YAML = """
sources:
  - file: scores.csv
    tables: [{table: feedback, columns: {score: 分数}}]
"""


def check(
    folder: Path, data: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    monkeypatch.setenv("KEYTOUCH_WORK", str(folder / "work"))
    write_client(folder, YAML, scores_csv=data)
    code = check_command(Namespace(client=str(folder), out=str(folder / "out")))
    return code, capsys.readouterr().out


def test_a_fit_client_gives_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = check(tmp_path, "分数\n5\n4\n", monkeypatch, capsys)
    assert code == 0
    assert "utf-8" in text
    assert not (tmp_path / "out").exists()


def test_warnings_do_not_stop_but_rejected_rows_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = check(tmp_path, "分数\n" + "5\n" * 9 + "6\n", monkeypatch, capsys)
    assert code == 0
    assert str(tmp_path / "out" / "scores.csv") in text
    assert (tmp_path / "out" / "scores.csv").is_file()


def test_an_error_gives_1_and_still_shows_the_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words.set_language("zh")
    code, text = check(tmp_path, "分数\n好\n5\n", monkeypatch, capsys)
    words.set_language("en")
    assert code == 1
    assert "“好”不是数字" in text
    assert "每一行的去向" in text


def test_a_missing_folder_gives_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_command(Namespace(client=str(tmp_path / "none"), out="")) == 2


def test_a_broken_client_yaml_gives_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "client.yaml").write_text("id: x\n", encoding="utf-8")
    assert check_command(Namespace(client=str(tmp_path), out="")) == 1
    assert "name_zh" in capsys.readouterr().out


def test_chinese_columns_align() -> None:
    lines = table_lines(["名", "n"], [["早餐", 5], ["a", 1000]])
    assert lines == ["  名        n", "  早餐      5", "  a     1,000"]
