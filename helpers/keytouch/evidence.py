"""Where every number of the journey map comes from, and how far it can be trusted.

A filter is one readable line, `feedback where metric = 'csat' and touchpoint_id = 'wifi'`:
the canonical table, then conditions joined by "and". `rows_of_filter` turns it into rows.
"""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from keytouch.drivers import journey_key
from keytouch.engine import LazyTable, Missing, collect
from keytouch.problems import DataError, Problem

GRADES = ("A", "B", "C", "D")
SOURCES = ("survey", "log", "comment", "incident", "told", "none")
MUCH, SOME, FEW = 100, 30, 10
FRESH_DAYS, YEAR_DAYS = 90, 365
CLOCKS = {"interactions": "ts", "feedback": "ts", "journeys": "started_at", "incidents": "ts"}
CONDITION = re.compile(
    r"(\w+) (?:(=|names) '((?:[^']|'')*)'|in \(((?:'(?:[^']|'')*'(?:, )?)*)\)|(is known))"
)
QUOTED = re.compile(r"'((?:[^']|'')*)'")
Filter = tuple[str, tuple[tuple[str, str, Any], ...]]


def evidence_grade(source: str, n: float, age_days: float) -> str:
    """How well a number is founded, A to D, from where it comes from, how much and how old.

    Starts at A and goes down a step for fewer than 100 rows (two below 30), for a last row older
    than 90 days before the period's end (two beyond a year; one where no row has a date), and for
    comments and incidents, which only some customers give; never below C. D is kept for
    assumptions: the client's own word, no data, and fewer than 10 rows. The steps are a convention
    of this house.

    >>> evidence_grade("survey", 400, 10), evidence_grade("comment", 40, 10)
    ('A', 'C')
    """
    if source in ("told", "none") or not n >= FEW:
        return "D"
    steps = (n < MUCH) + (n < SOME)
    steps += 1 if np.isnan(age_days) else (age_days > FRESH_DAYS) + (age_days > YEAR_DAYS)
    steps += source in ("comment", "incident")
    return GRADES[min(int(steps), 2)]


def last_rows(tables: Mapping[str, LazyTable | Missing]) -> pd.DataFrame:
    """The last dated row of each table and touchpoint, one row each, and of each table as a whole.

    Columns out: `table`, `touchpoint_id` (blank: the whole table), `last` (a timestamp).
    """
    parts = [pd.DataFrame({"table": [], "touchpoint_id": [], "last": []}, dtype=object)]
    for name, data in tables.items():
        clock = CLOCKS.get(name, "ts")
        if isinstance(data, Missing) or clock not in data.columns:
            continue
        whole = collect(data.agg(last=data[clock].max())).assign(touchpoint_id="")
        parts.append(whole.assign(table=name))
        if "touchpoint_id" in data.columns:
            known = data.filter(data.touchpoint_id.notnull())
            each = known.group_by("touchpoint_id").agg(last=known[clock].max())
            parts.append(collect(each).assign(table=name))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(last=pd.to_datetime(table["last"]))[["table", "touchpoint_id", "last"]]


def filter_text(table: str, *conditions: tuple[str, str, Any]) -> str:
    """A filter as one readable line.

    >>> filter_text("feedback", ("metric", "=", "csat"), ("score", "is known", None))
    "feedback where metric = 'csat' and score is known"
    """
    parts = []
    for column, sign, value in conditions:
        if sign == "is known":
            parts.append(f"{column} is known")
        elif sign == "in":
            parts.append(f"{column} in ({', '.join(_quoted(entry) for entry in value)})")
        else:
            parts.append(f"{column} {sign} {_quoted(value)}")
    return f"{table} where {' and '.join(parts)}" if parts else table


def _quoted(value: Any) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def read_filter(text: str) -> Filter:
    """A filter's table and conditions. Raises DataError where the text is not one.

    >>> read_filter("feedback where metric = 'csat'")
    ('feedback', (('metric', '=', 'csat'),))
    """
    table, _, rest = text.partition(" where ")
    conditions, place = [], 0
    while place < len(rest):
        found = CONDITION.match(rest, place)
        if not found:
            raise DataError(Problem("problem_filter", values={"found": text}))
        column, sign, value, many, known = found.groups()
        if sign:
            conditions.append((column, sign, _plain(value)))
        elif known:
            conditions.append((column, known, None))
        else:
            conditions.append((column, "in", tuple(_plain(one) for one in QUOTED.findall(many))))
        place = found.end()
        if place < len(rest):
            if not rest.startswith(" and ", place):
                raise DataError(Problem("problem_filter", values={"found": text}))
            place += len(" and ")
    return table, tuple(conditions)


def _plain(text: str) -> str:
    return text.replace("''", "'")


def rows_of_filter(text: str, client: Any) -> LazyTable | Missing:
    """The rows of a client that a filter keeps (lazy); Missing where the client has no such table.

    A condition `comment names 'x'` keeps all comments: which of them name x is the measure's work.
    """
    table, conditions = read_filter(text)
    data = getattr(client, table)
    if isinstance(data, Missing):
        return data
    tests = []
    for column, sign, value in conditions:
        if sign == "names":
            continue
        if column not in data.columns:
            return Missing(table, (column,))
        tests.append(_test(data[column], sign, value))
    return data.filter(functools.reduce(operator.and_, tests)) if tests else data


def _test(column: Any, sign: str, value: Any) -> Any:
    if sign == "is known":
        return column.notnull()
    return column.isin(list(value)) if sign == "in" else column == value


def filters_of(
    kpi: str,
    touchpoint: str,
    *,
    interactions: LazyTable | Missing,
    feedback: LazyTable | Missing,
) -> tuple[str, str]:
    """The filter of a touchpoint's number, and of the whole that a share is taken of ("")."""
    here = ("touchpoint_id", "=", touchpoint)
    if kpi in ("reach_rate", "missed_rate"):
        key = None if isinstance(interactions, Missing) else journey_key(interactions)
        known = (key or "journey_id", "is known", None)
        return filter_text("interactions", here, known), filter_text("interactions", known)
    if kpi in ("late_rate", "wait_p50", "fail_rate"):
        return filter_text("interactions", here, *_told(kpi)), ""
    if kpi == "negative_rate":
        return filter_text("feedback", ("comment", "names", touchpoint)), ""
    csat = _csat(feedback)
    if kpi == "p_key":
        return filter_text("feedback", *csat), ""
    whole = filter_text("feedback", ("touchpoint_id", "is known", None), *csat)
    return filter_text("feedback", here, *csat), whole if kpi == "room_points" else ""


def _told(kpi: str) -> list[tuple[str, str, Any]]:
    """Which columns must be filled for an interaction to count."""
    columns = {
        "late_rate": ("ts", "promised_ts"), "wait_p50": ("wait_minutes",),
        "fail_rate": ("success",),
    }  # fmt: skip
    return [(column, "is known", None) for column in columns[kpi]]


def _csat(feedback: LazyTable | Missing) -> list[tuple[str, str, Any]]:
    columns = () if isinstance(feedback, Missing) else feedback.columns
    metric = [("metric", "=", "csat")] if "metric" in columns else []
    return [*metric, ("status", "=", "answered")]


def stage_filters(
    stage: str, stages: Sequence[str], placed: pd.DataFrame, interactions: LazyTable | Missing
) -> tuple[str, str]:
    """The filters of a stage's reach: contact in it or later, of all with contact in any stage."""
    key = None if isinstance(interactions, Missing) else journey_key(interactions)
    known = (key or "journey_id", "is known", None)
    later = list(stages)[list(stages).index(stage) :]
    met = tuple(placed.touchpoint_id[placed.stage_id.isin(later)])
    every = tuple(placed.touchpoint_id)
    return (
        filter_text("interactions", ("touchpoint_id", "in", met), known),
        filter_text("interactions", ("touchpoint_id", "in", every), known),
    )
