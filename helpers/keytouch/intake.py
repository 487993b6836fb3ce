"""`open_client`: a client's checked tables, lazy, and what is known about their quality."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from keytouch.blueprint import blueprint_path, plan_of, with_blueprint
from keytouch.decoding import sha256
from keytouch.engine import LazyTable, Missing, Store, collect, literal
from keytouch.limits import shortages_told
from keytouch.prepare import prepare, work_folder
from keytouch.prepared import JOURNEY_ROWS, STEPS, journey_rows, steps
from keytouch.problems import SEVERITIES, DataError, Problem, nearest
from keytouch.raw import ROW, quoted
from keytouch.safe_csv import write_rejected_rows
from keytouch.schema import TABLES
from keytouch.settings import DEFAULT_SCALES, Scale, Settings
from keytouch.spark import SparkStore

__all__ = ["Client", "Quality", "open_client", "open_quality", "work_folder"]

TIMES = {
    "journeys": "started_at", "interactions": "ts", "feedback": "ts", "incidents": "ts",
    "contacts": "ts",
}  # fmt: skip


class Quality:
    """What became of a client's rows, and every problem that was found."""

    def __init__(self, store: Store, folder: str | Path, settings: Settings):
        self._store = store
        self._settings = settings
        self._folder = Path(folder)

    @cached_property
    def _plan(self) -> tuple[pd.DataFrame | Missing, list[Problem]]:
        return plan_of(self._folder, self._settings, self._store)

    @property
    def blueprint(self) -> pd.DataFrame | Missing:
        """The planned journey, one row per planned step (`planned_steps`)."""
        return self._plan[0]

    def _frame(self, sql: str) -> pd.DataFrame:
        with shortages_told(self._store.spills_to):
            return self._store.con.raw_sql(sql).df()

    @cached_property
    def accounting(self) -> pd.DataFrame:
        """One row per source and table; values_in = used + empty + merged + rejected."""
        return self._frame("SELECT * FROM intake.accounts").rename(columns={"table_name": "table"})

    @cached_property
    def inputs(self) -> pd.DataFrame:
        """One row per file: its bytes, sha256, rows and encoding."""
        files = self._frame("SELECT * FROM intake.inputs")
        if isinstance(self.blueprint, Missing):
            return files
        path = blueprint_path(self._folder, self._settings)
        name, size = path.relative_to(self._folder).as_posix(), path.stat().st_size
        files.loc[len(files)] = [name, size, sha256(path), len(self.blueprint), "utf-8"]
        return files

    @cached_property
    def problems(self) -> list[Problem]:
        """Every problem, the gravest first."""
        texts = self._frame("SELECT problem FROM intake.problems ORDER BY place")["problem"]
        found = list(self._plan[1])
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
            write_rejected_rows(path, original, faults.drop_duplicates(same))
            written.append(path)
        return written


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
        return _of_client(self._table("feedback"))

    @property
    def steps(self) -> LazyTable | Missing:
        """Each interaction with its place in its journey (`prepared.steps`), stored at intake.

        Where the period or the segment cuts through journeys, their parts are numbered anew,
        as `steps(client.interactions)` would.
        """
        stored = self.store.table(STEPS)
        if isinstance(stored, Missing) or self._cuts(stored):
            data = self.interactions
            return data if isinstance(data, Missing) else steps(data)
        kept = self._of_started(stored)
        return self._of_segment(kept) if self.segment else kept

    @property
    def journey_rows(self) -> LazyTable | Missing:
        """The journeys, one row each (`prepared.journey_rows`), stored at intake.

        What was felt on the way counts even if it was told after the period.
        """
        stored, made = self.store.table(STEPS), self.store.table(JOURNEY_ROWS)
        if isinstance(stored, Missing) or isinstance(made, Missing) or self._cuts(stored):
            data = self.interactions
            if isinstance(data, Missing):
                return data
            facts = (self.store.table(name) for name in ("journeys", "feedback", "customers"))
            journeys, feedback, customers = facts
            return journey_rows(
                data, journeys, _of_client(feedback), customers,
                touchpoints=self.store.table("touchpoints"), stages=self.stages,
            )  # fmt: skip
        key = "journey_id" if "journey_id" in stored.columns else "customer_id"
        names = {"customer_id": made.customer_id} if "customer_id" in made.columns else {}
        kept = self._of_started(made.select(**{**names, key: made.key}))
        kept = self._of_segment(kept) if self.segment else kept
        return made.semi_join(kept, made.key == kept[key]) if self._filters else made

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
    def blueprint(self) -> pd.DataFrame | Missing:
        """The planned journey, one row per planned step (`planned_steps`)."""
        return self.quality.blueprint

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

    @property
    def _filters(self) -> bool:
        return bool(self.segment or self.start or self.end)

    def _of_started(self, data: LazyTable) -> LazyTable:
        """Rows of the journeys that began in the period, where journeys tell when they began."""
        journeys = self.store.table("journeys")
        if not (self.start or self.end) or not _dated(journeys):
            return data
        kept = self._between(journeys, "started_at").select("journey_id")
        return data.semi_join(kept, "journey_id") if "journey_id" in data.columns else data

    def _cuts(self, stored: LazyTable) -> bool:
        """Whether the filters keep some steps of a journey and leave out others."""
        by_journey = "journey_id" in stored.columns
        journeys = self.store.table("journeys")
        whole = by_journey and _dated(journeys)
        if (self.start or self.end) and "ts" in stored.columns and not whole:
            return True
        if not self.segment or not by_journey or "customer_id" not in stored.columns:
            return False
        known = not isinstance(journeys, Missing)
        if known and self._of_segment(journeys) is not journeys:
            return False
        rows = self.store.table(JOURNEY_ROWS)
        mixed = rows.filter(~rows.one_customer)
        return bool(collect(mixed.agg(n=mixed.count())).n.iloc[0])

    def _of_period(self, name: str, data: LazyTable) -> LazyTable:
        """Rows of the period: by the journey's start where one is known, else by their own time.

        So a journey that began inside the period keeps its later steps. A table that knows
        no time is not filtered; a row without one is left out while a period is set.
        """
        if not (self.start or self.end) or name not in TIMES:
            return data
        journeys = self.store.table("journeys")
        dated = _dated(journeys)
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


def _of_client(feedback: LazyTable | Missing) -> LazyTable | Missing:
    """The feedback that is about the client itself and no competitor."""
    if isinstance(feedback, Missing) or "company" not in feedback.columns:
        return feedback
    return feedback.filter(feedback.company.isnull()).drop("company")


def _dated(journeys: LazyTable | Missing) -> bool:
    return not isinstance(journeys, Missing) and "started_at" in journeys.columns


def _moment(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day)


def open_quality(folder: str | Path) -> tuple[Settings, Quality]:
    """A client's settings and the quality of its data, errors or not (for `keytouch check`)."""
    settings, path, _ = prepare(folder)
    return settings, Quality(Store(path, read_only=True), folder, settings)


def open_client(
    folder: str | Path, *, segment: str = "", start: str | dt.date = "", end: str | dt.date = ""
) -> Client:
    """Open a client's folder: its tables, checked, and filtered by segment and period.

    `start` and `end` are days, both included; without them the period of client.yaml counts.
    Raises DataError with every error that was found in client.yaml and in the files.
    """
    first, last = _day("start", start), _day("end", end)
    settings, path, fingerprint = prepare(folder)
    store = Store(path, read_only=True, memory_limit=settings.engine.memory_limit)
    quality = Quality(store, folder, settings)
    if quality.errors:
        errors = quality.errors
        store.close()
        raise DataError(errors)
    first, last = first or settings.period.start, last or settings.period.end
    fingerprint = with_blueprint(fingerprint, folder, settings)
    if settings.engine.kind == "spark":
        store = SparkStore(store, settings.engine.master)
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
