"""Small clients written into a temporary folder, for the tests of the intake."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import pandas as pd

from keytouch.engine import collect
from keytouch.intake import Client, Quality, open_client, open_quality
from keytouch.problems import Problem

HEAD = "id: small\nname_zh: 小客户\nname_en: Small\n"


def write_client(folder: Path, yaml: str, **files: str | bytes) -> Path:
    """Write client.yaml (its head is added) and files; `orders_csv` becomes orders.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "client.yaml").write_text(HEAD + yaml, encoding="utf-8")
    for name, content in files.items():
        path = folder / ".".join(name.rsplit("_", 1))
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return folder


def quality_of(folder: Path) -> Quality:
    with mock.patch.dict(os.environ, KEYTOUCH_WORK=str(folder / "work")):
        return open_quality(folder)[1]


def client_of(folder: Path, **filters: str) -> Client:
    with mock.patch.dict(os.environ, KEYTOUCH_WORK=str(folder / "work")):
        return open_client(folder, **filters)


def rows_of(quality: Quality, table: str) -> list[dict[str, object]]:
    """A canonical table as plain rows, blanks as None."""
    frame = quality._store.table(table).to_pandas()
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def column_of(quality: Quality, table: str, column: str) -> list[object]:
    return [row.get(column) for row in rows_of(quality, table)]


def found(quality: Quality, key: str) -> Problem:
    """The one problem of a key."""
    problems = [problem for problem in quality.problems if problem.key == key]
    assert len(problems) == 1, [problem.key for problem in quality.problems]
    return problems[0]


def account(quality: Quality, table: str) -> dict[str, int]:
    """A table's account, all sources together; checked to add up."""
    frame = quality.accounting
    rows = frame[(frame["table"] == table) & (frame["source"] != "client.yaml")]
    sums = {name: int(rows[name].sum()) for name in frame.columns[2:]}
    parts = sums["used"] + sums["empty"] + sums["merged"] + sums["rejected"]
    assert sums["values_in"] == parts
    return sums


def frame_of(expr: object) -> pd.DataFrame:
    return collect(expr)  # type: ignore[arg-type]
