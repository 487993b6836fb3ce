"""Do the canonical tables fit together? Ids that point nowhere, words the client didn't list."""

from __future__ import annotations

import duckdb

from keytouch.problems import Problem, nearest
from keytouch.raw import quoted
from keytouch.settings import Settings

REFERENCES = (
    ("touchpoint_id", "touchpoints", "problem_unknown_touchpoint"),
    ("journey_id", "journeys", "problem_unknown_journey"),
    ("customer_id", "customers", "problem_unknown_customer"),
)
LISTS = (("channel", "channels"), ("segment", "segments"), ("outcome", "outcomes"))


def cross_check(
    con: duckdb.DuckDBPyConnection, settings: Settings, tables: dict[str, list[str]]
) -> list[Problem]:
    """Counted warnings for ids that no other table (or list of client.yaml) knows."""
    problems = []
    for table, columns in tables.items():
        for column, home, key in REFERENCES:
            if column in columns and home in tables and home != table:
                known = f"SELECT {column} FROM store.{home}"
                problems += _unknown(con, table, column, known, key)
        for column, part in LISTS:
            listed = [entry.id for entry in getattr(settings, part)]
            if column in columns and listed:
                known = f"SELECT unnest({listed!r})"
                problems += _unknown(con, table, column, known, "problem_unlisted", part)
    if "promised_ts" in tables.get("interactions", []) and not settings.thresholds.late_minutes:
        problems += _promised_days(con)
    return problems


def _promised_days(con: duckdb.DuckDBPyConnection) -> list[Problem]:
    """A promise that is a day without a time holds until that day's end: it must be said."""
    exact = "promised_ts <> date_trunc('day', promised_ts)"
    row = con.execute(f"SELECT count(*) FILTER ({exact}) FROM store.interactions").fetchone()
    if row and row[0]:
        return []
    return [Problem("problem_promised_days", "warning", "interactions", "promised_ts")]


def _unknown(
    con: duckdb.DuckDBPyConnection, table: str, column: str, known: str, key: str, part: str = ""
) -> list[Problem]:
    name = quoted(column)
    found = con.execute(
        f"SELECT {name}, count(*) FROM store.{table} WHERE {name} IS NOT NULL "
        f"AND {name} NOT IN ({known}) GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    if not found:
        return []
    ids = [row[0] for row in con.execute(known + " LIMIT 10000").fetchall()]
    pairs = ((value, nearest(value, ids)) for value, _ in found[:3])
    shown = ", ".join(f"{value} → {near}?" if near else str(value) for value, near in pairs)
    values = {
        "n": sum(row[1] for row in found),
        "ids": len(found),
        "shown": shown + ("…" if len(found) > 3 else ""),
        "table": table,
        "part": part,
    }
    return [Problem(key, "warning", table, column, values=values)]
