"""Event logs in XES (IEEE 1849): written as a stream, read as a stream, nothing fetched.

A file may not declare a document type, so that it can neither name other files nor blow up;
its depth, its columns and the length of its cells are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa

from keytouch.decoding import open_bytes
from keytouch.problems import DataError, Problem
from keytouch.raw import RawTable, raw_table, store
from keytouch.settings import Source

CASE = "case:"  # before the keys of a trace's own attributes
KINDS = ("string", "date", "int", "float", "boolean", "id")
BATCH = 50_000
MOST_DEPTH, MOST_COLUMNS, MOST_LENGTH = 40, 500, 1_000_000
ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
\t<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
\t<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
\t<global scope="trace">
\t\t<string key="concept:name" value=""/>
\t</global>
\t<global scope="event">
\t\t<string key="concept:name" value=""/>
\t</global>
\t<classifier name="Touchpoint" keys="concept:name"/>
"""


def write_xes(file: IO[str], rows: Iterable[Mapping[str, Any]], *, zone: str, name: str) -> int:
    """Write interactions, ordered by journey, as one trace a journey; gives the events written.

    touchpoint_id becomes concept:name and ts time:timestamp (with the zone's offset); other
    columns keep their names. Characters that XML can't hold become U+FFFD. Interactions of no
    journey follow each other in traces without a name.
    """
    clock = ZoneInfo(zone)
    file.write(HEAD)
    file.write("\t" + _attribute("concept:name", name, clock))
    before: Any = object()
    count = 0
    for row in rows:
        journey = row.get("journey_id")
        if journey != before:
            file.write(("\t</trace>\n" if count else "") + "\t<trace>\n")
            if journey is not None:
                file.write("\t\t" + _attribute("concept:name", str(journey), clock))
            before = journey
        file.write("\t\t<event>\n")
        for key, value in row.items():
            if key != "journey_id" and value is not None:
                file.write("\t\t\t" + _attribute(XES_NAMES.get(key, key), value, clock))
        file.write("\t\t</event>\n")
        count += 1
    file.write(("\t</trace>\n" if count else "") + "</log>\n")
    return count


XES_NAMES = {"touchpoint_id": "concept:name", "ts": "time:timestamp"}


def _attribute(key: str, value: Any, clock: ZoneInfo) -> str:
    """One attribute as XES: its kind from the value's type."""
    if isinstance(value, bool):
        kind, text = "boolean", str(value).lower()
    elif isinstance(value, int):
        kind, text = "int", str(value)
    elif isinstance(value, float):
        kind, text = "float", repr(value)
    elif isinstance(value, datetime):
        kind, text = "date", value.replace(tzinfo=clock).isoformat(timespec="microseconds")
    else:
        kind, text = "string", str(value)
    return f"<{kind} key={quoteattr(key)} value={quoteattr(ILLEGAL.sub(chr(0xFFFD), text))}/>\n"


def is_xes(start: bytes, path: Path) -> bool:
    """Whether a file is to be read as XES: by its name, or because it begins as XML."""
    return ".xes" in [end.lower() for end in path.suffixes] or start.lstrip(b"\xef\xbb\xbf")[
        :2
    ] in (b"<?", b"<l")


def read_xes(con: duckdb.DuckDBPyConnection, source: Source, path: Path) -> RawTable:
    """Read a log as a raw table: one row per event, every attribute a column of text.

    Columns are named by the attributes' keys, those of the trace with "case:" before them; rows
    are numbered in the file's order. Nested attributes, lists and the log's own attributes are
    left out. Raises DataError for what is no XES, for a declared document type, and for files
    beyond the bounds.
    """
    columns: dict[str, None] = {}
    rows = 0
    for event in _events(path, source.file):
        rows += 1
        if not columns.keys() >= event.keys():
            columns |= dict.fromkeys(event)
        if len(columns) > MOST_COLUMNS:
            values = {"n": MOST_COLUMNS}
            raise DataError(Problem("problem_xes_columns", file=source.file, values=values))
    if not rows:
        raise DataError(Problem("problem_no_rows", file=source.file))
    names = list(columns)
    kept, blank = store(con, source, names, _batches(path, source.file, names))
    return raw_table(source, names, kept, "xes", blank, [], [])


def _batches(
    path: Path, label: str, names: list[str]
) -> Iterator[tuple[np.ndarray, list[pa.Array]]]:
    cells: list[list[str | None]] = [[] for _ in names]
    first = 2
    for event in _events(path, label):
        for column, name in zip(cells, names):
            column.append(event.get(name))
        if len(cells[0]) == BATCH:
            yield np.arange(first, first + BATCH), [pa.array(one, pa.string()) for one in cells]
            first, cells = first + BATCH, [[] for _ in names]
    if cells and cells[0]:
        numbers = np.arange(first, first + len(cells[0]))
        yield numbers, [pa.array(one, pa.string()) for one in cells]


def _events(path: Path, label: str) -> Iterator[dict[str, str]]:
    """The events of a file, block by block; a trace's attributes stand in each of its events."""
    reader = _Reader(label)
    try:
        with open_bytes(path) as file:
            while block := file.read(1 << 18):
                reader.parser.Parse(block, False)
                yield from reader.taken()
            reader.parser.Parse(b"", True)
            yield from reader.taken()
    except expat.ExpatError as error:
        values = {"line": error.lineno, "detail": expat.errors.messages.get(error.code, "")}
        raise DataError(Problem("problem_xes_broken", file=label, values=values)) from error
    except (OSError, EOFError) as error:
        raise DataError(Problem("problem_unreadable", file=label)) from error


class _Reader:
    """What is known while a file streams by: where in the tree we are, and the events so far."""

    def __init__(self, label: str):
        self.label = label
        self.tags: list[str] = []
        self.trace: dict[str, str] = {}
        self.event: dict[str, str] | None = None
        self.events: list[dict[str, str]] = []
        self.early: list[dict[str, str]] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.buffer_text = True

    def taken(self) -> list[dict[str, str]]:
        """The events that are complete, once."""
        events, self.events = self.events, []
        return events

    def _refuse(self, key: str, **values: Any) -> None:
        raise DataError(Problem(key, file=self.label, values=values))

    def _refuse_doctype(self, *_: Any) -> None:
        self._refuse("problem_xes_doctype")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rsplit(" ", 1)[-1]
        if not self.tags and tag != "log":
            self._refuse("problem_not_xes")
        self.tags.append(tag)
        if len(self.tags) > MOST_DEPTH:
            self._refuse("problem_xes_depth", n=MOST_DEPTH)
        if self.tags == ["log", "trace"]:
            self.trace = {}
        elif tag == "event" and self.tags[:-1] in (["log", "trace"], ["log"]):
            self.event = {}
        elif tag in KINDS and "key" in attributes:
            self._take(attributes["key"], attributes.get("value", ""))

    def _take(self, key: str, value: str) -> None:
        if max(len(key), len(value)) > MOST_LENGTH:
            self._refuse("problem_huge_cell")
        above = self.tags[:-1]
        if above == ["log", "trace"]:
            self.trace[CASE + key] = value
        elif self.event is not None and above in (["log", "trace", "event"], ["log", "event"]):
            self.event[key] = value

    def _end(self, name: str) -> None:
        tag = self.tags.pop()
        if tag == "event" and self.event is not None and self.tags in (["log", "trace"], ["log"]):
            self.early.append(self.event)
            self.event = None
            if self.tags == ["log"] or len(self.early) >= BATCH:
                self._finish(self.trace if len(self.tags) == 2 else {})
        elif tag == "trace" and self.tags == ["log"]:
            self._finish(self.trace)

    def _finish(self, trace: dict[str, str]) -> None:
        """A trace is over: its attributes may stand after its events."""
        self.events += [trace | event for event in self.early]
        self.early = []
