"""The grid of a mapping: every cell that it names, read once, as text and as a value.

Events and items of one row share most of their cells; the branches pick from this grid, so
no cell is parsed twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from keytouch import cells
from keytouch.dates import DateColumn, read_dates
from keytouch.mapping import Branch, Cell, Plan, constant_text
from keytouch.raw import ROW, text_literal
from keytouch.settings import Mapping, Settings

PLACE = "_grid"
Slot = tuple[str, Cell, tuple[tuple[str, str], ...]]


@dataclass
class Grid:
    """The grid's SQL, and where each branch finds its cells in it."""

    plan: Plan
    slots: dict[Slot, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    sql: str = ""
    place: str = PLACE

    def columns(self, branch: Branch) -> list[str]:
        """The branch's own view: its texts as t_<column>, its values as c_<column>."""
        picked = [ROW, f"x{branch.item} AS _exists"]
        for name, cell in branch.cells.items():
            slot = self.slots[_slot(self.plan, branch, name, cell)]
            picked += [f"t{slot} AS t_{name}", f"c{slot} AS c_{name}"]
        return picked

    def text(self, column: str) -> str:
        """The name of a file column's cleaned text in the grid's first level."""
        return self.texts.setdefault(column, f"a{len(self.texts)}")


def lay_grid(plan: Plan, dates: dict[tuple[str, str], DateColumn], zone: str) -> Grid:
    """Write the grid's SQL: cleaned texts, then mapped texts, then values."""
    grid = Grid(plan)
    second = [f"{_exists(plan, grid, branch)} AS x{branch.item}" for branch in plan.branches]
    third = [ROW, *(f"x{branch.item}" for branch in plan.branches)]
    through = []
    for branch in plan.branches:
        for name, cell in branch.cells.items():
            key = _slot(plan, branch, name, cell)
            if key in grid.slots:
                continue
            slot = grid.slots[key] = len(grid.slots)
            second.append(f"{_mapped_text(plan, grid, name, cell)} AS t{slot}")
            if passed := _passed(plan, name, cell, zone):
                through.append(f"{passed} AS p{slot}")
            value = _value(plan, grid, key, slot, dates, bool(passed))
            third += [f"t{slot}", f"{value} AS c{slot}"]
    for column in {cell.source for (name, cell, _) in grid.slots if (name, cell.source) in dates}:
        ready = grid.text(column)
        second.append(f"kt_date(kt_typed({ready})) AS d_{ready}")
    kinds = plan.raw.columns
    first = [ROW, *through]
    first += [
        f"{cells.raw_text(name, kinds.get(name, 'BIGINT'))} AS {ready}"
        for name, ready in grid.texts.items()
    ]
    level = f"SELECT {', '.join(first)} FROM {plan.raw.sql}"
    level = f"SELECT *, {', '.join(second)} FROM ({level})"
    grid.sql = f"SELECT {', '.join(third)} FROM ({level})"
    if len(plan.branches) == 1:
        grid.place = f"({grid.sql})"
    return grid


def _slot(plan: Plan, branch: Branch, name: str, cell: Cell) -> Slot:
    codes = codes_of(plan, branch) if name == "score" else {}
    return name, cell, tuple(codes.items())


def date_columns(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    plan: Plan,
    seen: dict[tuple[str, ...], DateColumn],
) -> dict[tuple[str, str], DateColumn]:
    """How to read each timestamp column, by (canonical column, source column).

    `seen` keeps what other mappings found out about the same column.
    """
    read: dict[tuple[str, str], DateColumn] = {}
    for branch in plan.branches:
        for name, cell in branch.cells.items():
            kind, place = cell.column.kind, (name, cell.source)
            if kind != "timestamp" or not cell.source or place in read:
                continue
            raw_type = plan.raw.columns.get(cell.source, "BIGINT")
            if cells.passes_through(kind, raw_type):
                continue
            text = cells.raw_text(cell.source, raw_type)
            formats = _date_formats(plan.mapping, name, cell.source)
            known = (plan.raw.name, cell.source, *formats)
            if known not in seen:
                seen[known] = read_dates(
                    con, plan.raw, cell.source, text, formats=formats, zone=settings.timezone
                )
                plan.problems += seen[known].problems
            elif any(problem.severity == "error" for problem in seen[known].problems):
                plan.broken = True
            read[place] = seen[known]
    return read


def _date_formats(mapping: Mapping, name: str, source: str) -> list[str]:
    """The consultant's formats of a column: for all, by canonical column or by file column."""
    dates = mapping.dates
    if isinstance(dates, dict):
        dates = dates.get(name) or dates.get(source) or []
    return [dates] if isinstance(dates, str) else list(dates)


def _passed(plan: Plan, name: str, cell: Cell, zone: str) -> str:
    """SQL over the raw row: a typed column as it is; "" where it must be read from text."""
    kind, raw_type = cell.column.kind, plan.raw.columns.get(cell.source, "BIGINT")
    if not cell.source or not cells.passes_through(kind, raw_type) or name == "score":
        return ""
    if kind != "timestamp" and (cell.constant is not None or name in plan.mapping.values):
        return ""
    return cells.passed(cell.source, kind, raw_type, zone)


def _mapped_text(plan: Plan, grid: Grid, name: str, cell: Cell) -> str:
    """SQL: a cell's cleaned text after the mapping's `values`, its constant where blank."""
    constant = ""
    if cell.constant is not None:
        constant = f"CAST({text_literal(cell.constant)} AS VARCHAR)"
    if not cell.source:
        return constant
    text = grid.text(cell.source)
    if pairs := plan.mapping.values.get(name):
        cases = []
        for found, value in pairs.items():
            made = "NULL" if value in ("", None) else text_literal(constant_text(value))
            same = f"kt_same({text}) = kt_same({text_literal(found)})"
            cases.append(f"WHEN {same if found else f'{text} IS NULL'} THEN {made}")
        text = f"CASE {' '.join(cases)} ELSE {text} END"
    blank = "kt_text" if cell.column.kind in ("id", "text") else "kt_typed"
    return f"coalesce({blank}({text}), {constant})" if constant else text


def _value(
    plan: Plan,
    grid: Grid,
    key: Slot,
    slot: int,
    dates: dict[tuple[str, str], DateColumn],
    passed: bool,
) -> str:
    """SQL over the grid's second level: the canonical value of a slot."""
    name, cell, codes = key
    if cell.column.kind == "timestamp":
        parts = [f"p{slot}"] if passed else []
        if date := dates.get((name, cell.source)):
            ready = grid.text(cell.source)
            parts.append(date.sql(ready, f"d_{ready}"))
        if cell.constant is not None:
            parts.append(f"TIMESTAMP {text_literal(cell.constant)}")
        return f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]
    if passed:
        return f"p{slot}"
    value = cells.typed(cell.column.kind, f"t{slot}", plan.source.decimal)
    coded = " OR ".join(f"kt_same(t{slot}) = kt_same({text_literal(code)})" for code, _ in codes)
    return f"CASE WHEN NOT coalesce({coded}, false) THEN {value} END" if coded else value


def codes_of(plan: Plan, branch: Branch) -> dict[str, str]:
    """What the codes of a branch's score mean; an item's own replace the mapping's."""
    own = branch.question.codes if branch.question else None
    return dict(plan.mapping.codes if own is None else own)


def _exists(plan: Plan, grid: Grid, branch: Branch) -> str:
    """SQL: whether an event happened; always, where there are no events."""
    event = branch.event
    if event is None:
        return "true"
    tests = []
    for column, wanted in event.when.items():
        text = grid.text(column)
        options = [
            f"coalesce(kt_same({text}) = kt_same({text_literal(constant_text(value))}), false)"
            if value != ""
            else f"{text} IS NULL"
            for value in (wanted if isinstance(wanted, list) else [wanted])
        ]
        tests.append("(" + " OR ".join(options) + ")")
    if event.n:
        text = f"kt_typed({grid.text(event.n)})"
        count = cells.number(text, plan.source.decimal)
        tests.append(f"({text} IS NOT NULL AND coalesce({count} <> 0, true))")
    if not tests:
        tests.append(f"kt_typed({grid.text(event.ts)}) IS NOT NULL")
    return " AND ".join(tests)
