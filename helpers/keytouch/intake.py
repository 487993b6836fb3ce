"""`open_client`: a client's checked tables, lazy, and what is known about their quality."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from keytouch.engine import LazyTable, Missing, Store, collect, literal
from keytouch.prepare import prepare, work_folder
from keytouch.problems import SEVERITIES, DataError, Problem, nearest
from keytouch.raw import ROW, quoted
from keytouch.schema import TABLES
from keytouch.settings import DEFAULT_SCALES, Scale, Settings

__all__ = ["Client", "Quality", "open_client", "open_quality", "work_folder"]

TIMES = {
    "journeys": "started_at", "interactions": "ts", "feedback": "ts", "incidents": "ts",
    "contacts": "ts",
}  # fmt: skip
RISKY = ("=", "+", "-", "@", "\t", "\r")


class Quality:
    """What became of a client's rows, and every problem that was found."""

    def __init__(self, store: Store):
        self._store = store

    def _frame(self, sql: str) -> pd.DataFrame:
        return self._store.con.raw_sql(sql).df()

    @cached_property
    def accounting(self) -> pd.DataFrame:
        """One row per source and table; values_in = used + empty + merged + rejected."""
        return self._frame("SELECT * FROM intake.accounts").rename(columns={"table_name": "table"})

    @cached_property
    def inputs(self) -> pd.DataFrame:
        """One row per file: its bytes, sha256, rows and encoding."""
        return self._frame("SELECT * FROM intake.inputs")

    @cached_property
    def problems(self) -> list[Problem]:
        """Every problem, the gravest first."""
        texts = self._frame("SELECT problem FROM intake.problems ORDER BY place")["problem"]
        found = []
        for text in texts:
            fields = json.loads(text)
            found.append(Problem(**{**fields, "rows": tuple(fields["rows"])}))
        return sorted(found, key=lambda problem: SEVERITIES.index(problem.severity))

    @property
    def errors(self) -> list[Problem]:
        """The problems that stop the work."""
        return [problem for problem in self.problems if problem.severity == "error"]

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """One row per cell that kept a value out: source, table, row, column, value, reason."""
        return self._frame(
            'SELECT source, table_name AS "table", row_number AS "row", '
            'column_name AS "column", value, reason, detail FROM intake.faults '
            "ORDER BY source, row_number, column_name, table_name, reason, value"
        )

    def write_rejected(self, folder: str | Path) -> list[Path]:
        """Write the rejected rows of each source, with reasons, as CSV for a spreadsheet.

        The original cells come first, then _row, _column, _value, _reason. A cell that a
        spreadsheet would run as a formula gets an apostrophe before it.
        """
        written = []
        for source, faults in self.rejected.groupby("source", sort=False):
            rows = self._frame(f"SELECT * FROM rejected.{quoted(str(source))}")
            original = rows.set_index(ROW) if ROW in rows else rows
            path = Path(folder) / f"{source}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            same = ["row", "column", "value", "reason"]
            _write_rows(path, original, faults.drop_duplicates(same))
            written.append(path)
        return written


def _write_rows(path: Path, original: pd.DataFrame, faults: pd.DataFrame) -> None:
    from keytouch.words import word

    rows = dict(zip(original.index, original.to_numpy(dtype=object).tolist()))
    width = original.shape[1]
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*map(_calm, original.columns), "_row", "_column", "_value", "_reason"])
        for fault in faults.to_dict("records"):
            values = {"value": fault["value"], "detail": fault["detail"]}
            values |= {"cells": width, "found": fault["detail"]}
            reason = word(str(fault["reason"]), **values)
            texts = rows.get(fault["row"], [None] * width)
            cells = [*texts, fault["row"], fault["column"], fault["value"], reason]
            writer.writerow([_calm(cell) for cell in cells])


def _calm(cell: object) -> str:
    """A cell as text that no spreadsheet takes for a formula."""
    text = "" if cell is None or cell != cell else str(cell)
    return "'" + text if text.startswith(RISKY) else text


@dataclass(frozen=True)
class Client:
    """A client: settings, canonical tables (lazy, or Missing) and their quality."""

    settings: Settings
    folder: Path
    store: Store
    fingerprint: str
    quality: Quality
    segment: str = ""
    start: dt.date | None = None
    end: dt.date | None = None

    @property
    def customers(self) -> LazyTable | Missing:
        return self._table("customers")

    @property
    def touchpoints(self) -> LazyTable | Missing:
        return self.store.table("touchpoints")

    @property
    def journeys(self) -> LazyTable | Missing:
        return self._table("journeys")

    @property
    def interactions(self) -> LazyTable | Missing:
        return self._table("interactions")

    @property
    def feedback(self) -> LazyTable | Missing:
        """What customers say of the client itself; of competitors see `benchmarks`."""
        data = self._table("feedback")
        if isinstance(data, Missing) or "company" not in data.columns:
            return data
        return data.filter(data.company.isnull()).drop("company")

    @property
    def benchmarks(self) -> LazyTable | Missing:
        """Scores of the client (company blank) and of its competitors, where any were asked."""
        data = self._table("feedback")
        if isinstance(data, Missing) or "company" in data.columns:
            return data
        return Missing("feedback", ("company",))

    @property
    def incidents(self) -> LazyTable | Missing:
        return self._table("incidents")

    @property
    def contacts(self) -> LazyTable | Missing:
        return self._table("contacts")

    @property
    def actions(self) -> LazyTable | Missing:
        return self.store.table("actions")

    @property
    def stages(self) -> list[str]:
        """The ids of the journey's stages, in order."""
        return [stage.id for stage in self.settings.stages]

    @property
    def scales(self) -> dict[str, Scale]:
        """The scale of every metric."""
        return {metric: self.settings.scale(metric) for metric in DEFAULT_SCALES}

    def scale(self, metric: str) -> Scale:
        """The client's scale of a metric, lowest and highest answer."""
        return self.settings.scale(metric)

    @property
    def terms(self) -> dict[str, list[str]]:
        """The words that name each touchpoint in comments: its names and its terms."""
        return {
            entry.id: [text for text in (entry.name_zh, entry.name_en, *entry.terms) if text]
            for entry in self.settings.touchpoints
        }

    @property
    def inputs(self) -> pd.DataFrame:
        """The files that were taken in."""
        return self.quality.inputs

    def _table(self, name: str) -> LazyTable | Missing:
        data = self.store.table(name)
        if isinstance(data, Missing):
            return data
        data = self._of_period(name, data)
        return self._of_segment(data) if self.segment else data

    def _of_period(self, name: str, data: LazyTable) -> LazyTable:
        """Rows of the period: by the journey's start where one is known, else by their own time.

        So a journey that began inside the period keeps its later steps. A table that knows
        no time is not filtered; a row without one is left out while a period is set.
        """
        if not (self.start or self.end) or name not in TIMES:
            return data
        journeys = self.store.table("journeys")
        dated = not isinstance(journeys, Missing) and "started_at" in journeys.columns
        if name == "interactions" and dated and "journey_id" in data.columns:
            kept = self._between(journeys, "started_at").select("journey_id")
            inside = data.semi_join(kept, "journey_id")
            if "ts" not in data.columns:
                return inside
            return inside.union(self._between(data.filter(data.journey_id.isnull()), "ts"))
        if TIMES[name] in data.columns:
            return self._between(data, TIMES[name])
        if dated and "journey_id" in data.columns:
            kept = self._between(journeys, "started_at").select("journey_id")
            return data.semi_join(kept, "journey_id")
        return data

    def _between(self, data: LazyTable, column: str) -> LazyTable:
        time = data[column]
        if self.start:
            data = data.filter(time >= literal(_moment(self.start)))
        if self.end:
            data = data.filter(time < literal(_moment(self.end + dt.timedelta(days=1))))
        return data

    def _of_segment(self, data: LazyTable) -> LazyTable:
        """Rows of the segment: by their own column, else by their journey's or customer's."""
        if "segment" in data.columns:
            return data.filter(data.segment == self.segment)
        for home in ("journeys", "customers"):
            key, known = TABLES[home].key, self.store.table(home)
            if key not in data.columns or isinstance(known, Missing) or data.equals(known):
                continue
            kept = self._of_segment(known)
            if kept is not known:
                return data.semi_join(kept.select(key), key)
        return data


def _moment(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day)


def open_quality(folder: str | Path) -> tuple[Settings, Quality]:
    """A client's settings and the quality of its data, errors or not (for `keytouch check`)."""
    settings, path, _ = prepare(folder)
    return settings, Quality(Store(path, read_only=True))


def open_client(
    folder: str | Path, *, segment: str = "", start: str | dt.date = "", end: str | dt.date = ""
) -> Client:
    """Open a client's folder: its tables, checked, and filtered by segment and period.

    `start` and `end` are days, both included; without them the period of client.yaml counts.
    Raises DataError with every error that was found in client.yaml and in the files.
    """
    first, last = _day("start", start), _day("end", end)
    settings, path, fingerprint = prepare(folder)
    store = Store(path, read_only=True)
    quality = Quality(store)
    if quality.errors:
        errors = quality.errors
        store.close()
        raise DataError(errors)
    first, last = first or settings.period.start, last or settings.period.end
    client = Client(settings, Path(folder), store, fingerprint, quality, segment, first, last)
    _refuse_unknown_segment(client)
    return client


def _day(name: str, value: str | dt.date) -> dt.date | None:
    if not value:
        return None
    try:
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
    except ValueError as error:
        values = {"name": name, "found": value}
        raise DataError(Problem("problem_day", values=values)) from error


def _refuse_unknown_segment(client: Client) -> None:
    if not client.segment:
        return
    known: set[str] = set()
    for name in ("customers", "journeys", "feedback"):
        data = client.store.table(name)
        if not isinstance(data, Missing) and "segment" in data.columns:
            found = collect(data.select("segment").distinct())["segment"].dropna()
            known |= set(found)
    if client.segment not in known:
        client.store.close()
        near = nearest(client.segment, known) or ", ".join(sorted(known)[:20]) or "—"
        values = {"found": client.segment, "near": near}
        raise DataError(Problem("problem_no_segment", values=values))
