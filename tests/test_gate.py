"""The last gate sees what no earlier room should have let through."""

from __future__ import annotations

import pandas as pd
import pytest

from keytouch.engine import from_frame
from keytouch.gate import check_table

GOOD = {
    "feedback_id": ["a", "b"],
    "status": ["answered", "blank"],
    "score": [5.0, None],
    "weight": [1.0, 2.0],
}


def detail(name: str = "feedback", **columns: list[object]) -> str:
    problems = check_table(name, from_frame(pd.DataFrame({**GOOD, **columns})))
    return str(problems[0].values["detail"]) if problems else ""


def test_a_sound_table_passes() -> None:
    assert detail() == ""


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"feedback_id": ["a", "a"]}, "feedback_id:unique"),
        ({"status": ["answered", None]}, "status:0"),
        ({"status": ["answered", "maybe"]}, "status:1"),
        ({"weight": [1.0, -1.0]}, "weight:0"),
        ({"score": ["5", "4"]}, "dtype"),
        ({"surprise": ["x", "y"]}, "column_in_schema"),
    ],
)
def test_every_broken_rule_is_named(columns: dict[str, list[object]], rule: str) -> None:
    assert rule in detail(**columns)
