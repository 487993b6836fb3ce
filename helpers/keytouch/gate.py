"""The last gate: every canonical table against its schema, by pandera, lazily in the engine."""

from __future__ import annotations

from typing import Any

from keytouch.engine import LazyTable, dtype
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


def schema_of(table: Table, columns: list[str]) -> Any:
    """The pandera schema of a canonical table that has these columns."""
    import pandera.ibis as pa

    made = {}
    for name in columns:
        column = table.column(name)
        checks = []
        if column.allowed:
            checks.append(pa.Check.isin(list(column.allowed)))
        if column.lo is not None:
            checks.append(pa.Check.ge(column.lo))
        if column.hi is not None:
            checks.append(pa.Check.le(column.hi))
        made[name] = pa.Column(
            dtype(_DTYPES[column.kind]), checks, nullable=not column.required, name=name
        )
    return pa.DataFrameSchema(made, strict=True)


def check_table(name: str, data: LazyTable) -> list[Problem]:
    """Problems of one canonical table; none is expected, for intake has checked every cell."""
    import pandera.errors

    table, problems = TABLES[name], []
    try:
        schema_of(table, list(data.columns)).validate(data, lazy=True)
    except pandera.errors.SchemaErrors as error:
        for fault in error.schema_errors:
            values = {
                "table": name,
                "detail": f"{fault.reason_code.name if fault.reason_code else ''}",
            }
            column = getattr(fault.schema, "name", None) or name
            problems.append(Problem("problem_gate", "error", name, str(column), values=values))
    key = data[table.key]
    if int(data.count().execute()) != int(key.nunique().execute()):
        values = {"table": name, "detail": "unique"}
        problems.append(Problem("problem_gate", "error", name, table.key, values=values))
    return problems
