"""CSV that a spreadsheet can open without running anything in it."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

RISKY = ("=", "+", "-", "@", "\t", "\r")


def write_rejected_rows(path: Path, original: pd.DataFrame, faults: pd.DataFrame) -> None:
    """The rows that were kept out, each with the cell at fault and why."""
    from keytouch.words import word

    rows = dict(zip(original.index, original.to_numpy(dtype=object).tolist()))
    width = original.shape[1]
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*map(calm, original.columns), "_row", "_column", "_value", "_reason"])
        for fault in faults.to_dict("records"):
            values = {"value": fault["value"], "detail": fault["detail"]}
            values |= {"cells": width, "found": fault["detail"]}
            reason = word(str(fault["reason"]), **values)
            texts = rows.get(fault["row"], [None] * width)
            cells = [*texts, fault["row"], fault["column"], fault["value"], reason]
            writer.writerow([calm(cell) for cell in cells])


def calm(cell: object) -> str:
    """A cell as text that no spreadsheet takes for a formula."""
    text = "" if cell is None or cell != cell else str(cell)
    return "'" + text if text.startswith(RISKY) else text
