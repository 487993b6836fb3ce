"""The three shipped cases: seeded generators with planted truth, written as clients' folders."""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "planted": "truth",
    "parameters": "truth",
    "write_cases": "command",
    "case_files": "command",
    "cases_command": "command",
    "add_cases_arguments": "command",
    "score_command": "score",
    "add_score_arguments": "score",
    "score_answer": "score",
    "read_answer": "answers",
    "answer_key": "key",
    "open_key": "key",
    "well_posed": "posed",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"keytouch.cases has no {name!r}")
    return getattr(importlib.import_module(f"keytouch.cases.{_HOME[name]}"), name)
