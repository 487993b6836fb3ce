"""Personal data in comments is covered before any notebook sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from keytouch.problems import Problem
from keytouch.raw import quoted

TABLES = ("feedback", "incidents")
BLOCK = 20_000


def cover_comments(
    con: duckdb.DuckDBPyConnection, columns: Mapping[str, Iterable[str]]
) -> list[Problem]:
    """Cover personal data in the comments of the canonical tables, in place.

    What a title or a role points at, phones, mail, numbers of papers, cards and orders, addresses
    (`privacy.scrub`); quotes are scrubbed once more, strictly, before they leave a notebook.
    """
    found = []
    for name in TABLES:
        if "comment" in columns.get(name, ()) and (count := _cover(con, f"store.{quoted(name)}")):
            found.append(Problem("problem_covered", "note", column="comment", count=count))
    return found


def _cover(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """Cover one table's comments; how many rows were changed."""
    from keytouch.privacy import scrub_texts

    con.execute("CREATE OR REPLACE TEMP TABLE covered (told VARCHAR, shown VARCHAR)")
    reader = con.cursor()
    reader.execute(f"SELECT DISTINCT comment FROM {table} WHERE comment IS NOT NULL")
    while block := reader.fetchmany(BLOCK):
        texts = [row[0] for row in block]
        changed = [pair for pair in zip(texts, scrub_texts(texts)) if pair[0] != pair[1]]
        if changed:
            con.executemany("INSERT INTO covered VALUES (?, ?)", changed)
    found = con.execute(f"SELECT count(*) FROM {table} JOIN covered ON comment = told").fetchone()
    con.execute(f"UPDATE {table} SET comment = shown FROM covered WHERE comment = told")
    con.execute("DROP TABLE covered")
    return int(found[0]) if found else 0
