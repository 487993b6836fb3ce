"""The report's appendix: data quality, methods, glossary, where everything comes from."""

from __future__ import annotations

import platform
import re
from typing import Any

import pandas as pd

from keytouch import __version__
from keytouch.harvest import Harvest
from keytouch.problems import SEVERITIES, Problem
from keytouch.words import has_word, language, word, word_list

ACCOUNTING = (
    "source", "table", "rows_in", "values_in", "used", "empty", "merged", "rejected",
)  # fmt: skip


HASH = re.compile(r"[0-9a-f]{40,}")


def make_appendix(material: Any, gathered: Harvest, text: str) -> dict[str, Any]:
    """All that the appendix shows, as text for the template to escape."""
    quality = getattr(material.client, "quality", None)
    accounting = getattr(quality, "accounting", pd.DataFrame())
    inputs = getattr(material.client, "inputs", pd.DataFrame())
    return {
        "accounting": make_grid(accounting, ACCOUNTING),
        "problems": problem_texts(getattr(quality, "problems", [])),
        "thresholds": thresholds(material),
        "methods": methods(gathered),
        "glossary": glossary(text),
        "inputs": make_grid(inputs, tuple(inputs.columns)),
        "parameters": [(name, shown(value)) for name, value in material.values.items()],
        "versions": f"keytouch {__version__} · Python {platform.python_version()}",
        "fingerprint": getattr(material.client, "fingerprint", ""),
    }


def make_grid(frame: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, Any] | None:
    """A frame for the template: for each column its label and whether it holds numbers; rows."""
    names = [name for name in columns if name in frame.columns]
    if frame.empty or not names:
        return None
    numeric = [pd.api.types.is_numeric_dtype(frame[name].dtype) for name in names]
    rows = [[shown(value) for value in row] for row in frame[names].itertuples(index=False)]
    return {"columns": list(zip(map(label, names), numeric, strict=True)), "rows": rows}


def label(name: str) -> str:
    """The heading of a column of the record of inputs."""
    return word(f"report_col_{name}") if has_word(f"report_col_{name}") else name


def shown(value: Any) -> str:
    """A value for a reader: thousands separated, the beginning of a long hash."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, str) and HASH.fullmatch(value):
        return value[:16] + "…"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def problem_texts(problems: list[Problem]) -> list[tuple[str, list[str]]]:
    """What intake noticed, the gravest kind first."""
    groups = [
        (word(f"report_{severity}"), [p.text() for p in problems if p.severity == severity])
        for severity in SEVERITIES
    ]
    return [(title, texts) for title, texts in groups if texts]


def thresholds(material: Any) -> list[tuple[str, str]]:
    """The numbers that a consultant may set, as they were set, or as this run changed them."""
    settings = material.settings.thresholds
    return [
        (word(f"threshold_{name}"), shown(material.values.get(name, getattr(settings, name))))
        for name in type(settings).model_fields
        if has_word(f"threshold_{name}")
    ]


def methods(gathered: Harvest) -> list[tuple[str, str]]:
    """The methods behind the findings and tables, in the word list's order: name and meaning."""
    used = {str(finding.get("method")) for finding in gathered.findings}
    for table in gathered.tables.values():
        if "method" in table["columns"]:
            place = table["columns"].index("method")
            used |= {str(row[place]) for row in table["rows"]}
    meaning = f"meaning_{language()}"
    return [
        (row[language()], row[meaning])
        for key, row in word_list().items()
        if key in used and key.startswith("method_")
    ]


def glossary(text: str) -> list[tuple[str, str]]:
    """The words of the list that stand in a text, with their meaning."""
    name, meaning = language(), f"meaning_{language()}"
    low = text.lower()
    return sorted(
        {
            (row[name], row[meaning])
            for key, row in word_list().items()
            if row[meaning] and not key.startswith("method_") and row[name].lower() in low
        }
    )
