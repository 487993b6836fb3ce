"""What executed notebooks hand over beside what they show: tables, findings, headlines.

Outputs of the face carry these as JSON under our own MIME types. Only HTML that comes with one
of them is ours; any other HTML in a notebook is somebody's text.
"""

from __future__ import annotations

import json
import math
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OURS = "application/vnd.keytouch."
TABLE = OURS + "table+json"
FINDING = OURS + "finding+json"
HEADLINE = OURS + "headline+json"
RECAP = OURS + "recap+json"
NOTE = OURS + "note+json"
MAP = OURS + "map+json"
PICTURE = OURS + "picture+json"
TABLE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,79}")
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")


@dataclass
class Harvest:
    """All that the notebooks handed over, in the order of the walk-through."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    headlines: list[dict[str, Any]] = field(default_factory=list)
    pictures: dict[str, dict[str, Any]] = field(default_factory=dict)


def harvest(notebooks: Mapping[str, Any]) -> Harvest:
    """Gather tables, findings and headlines of executed notebooks (stem: notebook)."""
    gathered = Harvest()
    for stem, notebook in notebooks.items():
        for cell_id, data in _outputs(notebook):
            place = {"notebook": stem, "cell": cell_id}
            for table in _payloads(data, TABLE):
                _add_table(gathered.tables, table, stem)
            gathered.findings += [place | entry for entry in _payloads(data, FINDING)]
            gathered.headlines += [place | entry for entry in _payloads(data, HEADLINE)]
            for picture in _payloads(data, PICTURE):
                gathered.pictures[_file_name(picture)] = picture
    gathered.findings.sort(key=lambda finding: _rank(finding.get("rank")))
    return gathered


def _outputs(notebook: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "data" in output:
                yield cell.get("id", ""), output["data"]


def _payloads(data: Mapping[str, Any], mime: str) -> list[dict[str, Any]]:
    payload = data.get(mime, [])
    entries = payload if isinstance(payload, list) else [payload]
    return [dict(entry) for entry in entries if isinstance(entry, Mapping)]


def _rank(rank: Any) -> float:
    return float(rank) if isinstance(rank, int | float) else float("inf")


def _add_table(tables: dict[str, dict[str, Any]], table: dict[str, Any], stem: str) -> None:
    """Keep a table under its name; a second one of that name gets the notebook's number."""
    name = _file_name(table)
    if name in tables and tables[name] != table:
        name = f"{stem[:2]}_{name}"
    number = 2
    free = name
    while free in tables and tables[free] != table:
        free = f"{name}_{number}"
        number += 1
    tables[free] = table


def _file_name(entry: Mapping[str, Any]) -> str:
    """The name under which a table or picture is written; one that is no file name is refused."""
    name = str(entry.get("name", ""))
    if not TABLE_NAME.fullmatch(name):
        raise ValueError(f"a table's name is letters, digits, _ and -, not {name!r}")
    return name


def write_pictures(pictures: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """Write each picture that was handed over as SVG and PNG, for slides."""
    for name, picture in pictures.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.svg").write_text(str(picture["svg"]), encoding="utf8", newline="\n")
        (folder / f"{name}.png").write_bytes(b64decode(picture["png"]))


def write_tables(tables: Mapping[str, dict[str, Any]], folder: Path) -> None:
    """Write each table as CSV (for spreadsheets, words as headers) and Parquet (ids)."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        frame = table_frame(table)
        frame.to_parquet(folder / f"{name}.parquet", index=False)
        shown = frame.astype(object).map(neutral)
        shown.columns = [neutral(str(label)) for label in table.get("labels") or frame.columns]
        shown.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")


def table_frame(table: Mapping[str, Any]) -> Any:
    """A handed-over table as a pandas frame; a column of mixed types becomes text."""
    import pandas as pd

    frame = pd.DataFrame(table["rows"], columns=[str(name) for name in table["columns"]])
    for position in range(frame.shape[1]):
        values = frame.iloc[:, position]
        if values.dtype == object and pd.api.types.infer_dtype(values).startswith("mixed"):
            text = values.map(lambda value: None if value is None else _plain(value))
            frame.isetitem(position, text)
    return frame


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def neutral(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: an apostrophe before such a text.

    >>> neutral("=1+1"), neutral("-3"), neutral(-3)
    ("'=1+1", '-3', -3)
    """
    if not isinstance(value, str):
        return value
    # A bare return is not quoted in CSV: what follows would start a row of its own.
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if not value.lstrip().startswith(FORMULA_STARTS):
        return value
    try:
        float(value)
    except ValueError:
        return "'" + value
    return value


def _finite(value: Any) -> Any:
    """A number that is not one, as JSON's null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_findings(findings: list[dict[str, Any]], path: Path) -> None:
    """Write findings.json: the findings in order of rank, without the pictures' places."""
    entries = [
        {key: _finite(value) for key, value in finding.items() if key != "cell"}
        for finding in findings
    ]
    text = json.dumps(entries, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf8", newline="\n")
