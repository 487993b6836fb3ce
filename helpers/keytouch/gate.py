"""The last gate: every canonical table against its schema, by pandera, lazily in the engine."""

from __future__ import annotations

from typing import Any

from keytouch.engine import LazyTable, dtype, ifelse, literal
from keytouch.problems import Problem
from keytouch.schema import TABLES, Table

_DTYPES = {
    "id": "string",
    "text": "string",
    "number": "float64",
    "integer": "int64",
    "timestamp": "timestamp(6)",
    "boolean": "boolean",
}


def warm_up() -> None:
    """Import pandera, which takes a second, for a thread that has the time."""
    import pandera.ibis  # noqa: F401


def schema_of(table: Table, columns: list[str]) -> Any:
    """The pandera schema of a canonical table that has these columns.

    Types are checked column by column; required cells, allowed values, ranges and the key all
    in one pass over the table, for every pass costs a query.
    """
    import pandera.ibis as pa

    def cells_hold(data: Any) -> Any:
        return sum(faults(table, data.table).values(), literal(0)) == 0

    kinds = {name: table.column(name).kind for name in columns if name in table.names}
    typed = {name: pa.Column(dtype(_DTYPES[kind]), nullable=True) for name, kind in kinds.items()}
    return pa.DataFrameSchema(typed, checks=pa.Check(cells_hold, name="cells"), strict=True)


def faults(table: Table, data: LazyTable) -> dict[str, Any]:
    """How many rows break each column's rule, as lazy sums; the key counts its repeats."""
    made = {}
    for column in (one for one in table.columns if one.name in data.columns):
        cell, rules = data[column.name], []
        if column.required:
            rules.append(cell.isnull())
        if column.allowed:
            rules.append(cell.notin(column.allowed))
        if column.lo is not None:
            rules.append(cell < column.lo)
        if column.hi is not None:
            rules.append(cell > column.hi)
        for place, rule in enumerate(rules):
            made[f"{column.name}:{place}"] = ifelse(rule, 1, 0).sum().fill_null(0)
    made[f"{table.key}:unique"] = data.count() - data[table.key].nunique()
    return made


def check_table(name: str, data: LazyTable) -> list[Problem]:
    """Problems of one canonical table; none is expected, for intake has checked every cell."""
    import pandera.errors

    table = TABLES[name]
    try:
        schema_of(table, list(data.columns)).validate(data, lazy=True)
    except pandera.errors.SchemaErrors as error:
        rules = {str(getattr(fault.check, "name", fault.check)) for fault in error.schema_errors}
        if "cells" in rules:
            rules.discard("cells")
            counts = data.aggregate(**faults(table, data)).to_pandas().iloc[0]
            rules |= {str(rule) for rule, count in counts.items() if count}
        values = {"table": name, "detail": ", ".join(sorted(rules))}
        return [Problem("problem_gate", "error", name, values=values)]
    return []
