"""Measures as SQL: the texts are kept, they run without this package, and mistakes are told.

python tests/test_portable.py     writes tests/golden anew, to be read before it is committed
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from test_engines import facts, random_log, same, told
from test_engines import tables as tables_of

from keytouch.engine import collect, from_frame
from keytouch.portable import DIALECTS, PORTABLE, USUAL, Question, measure_sql, usual_tables
from keytouch.problems import DataError

GOLDEN = Path(__file__).parent / "golden"
KEPT = ("duckdb", "postgres", "pyspark")


def golden(measure: str, dialect: str) -> Path:
    return GOLDEN / f"{measure}.{dialect}.sql"


def write() -> None:
    for measure in PORTABLE:
        for dialect in KEPT:
            text = measure_sql(measure, dialect=dialect)
            golden(measure, dialect).write_text(_steady(text), encoding="utf8")


def _steady(text: str) -> str:
    """The text without names that ibis numbers anew in each process."""
    numbers: dict[str, str] = {}
    return re.sub(
        r"ibis_[a-z_]*\w{20,}", lambda m: numbers.setdefault(m[0], f"name_{len(numbers)}"), text
    )


@pytest.mark.parametrize("dialect", KEPT)
@pytest.mark.parametrize("measure", PORTABLE)
def test_the_sql_of_a_measure_is_the_one_that_was_read(measure, dialect):
    kept = golden(measure, dialect).read_text(encoding="utf8")
    assert _steady(measure_sql(measure, dialect=dialect)) == kept


def test_no_golden_sql_is_left_of_a_measure_that_is_gone():
    names = {golden(measure, dialect).name for measure in PORTABLE for dialect in KEPT}
    assert {path.name for path in GOLDEN.iterdir()} == names


@pytest.mark.parametrize("measure", PORTABLE)
def test_kept_sql_runs_on_plain_duckdb_and_gives_the_measures_counts(measure):
    parts = {**tables_of(5, counted=False), "journeys": facts(), "feedback": told()}
    stages = {"a": "stage_1", "b": "stage_2", "c": "stage_3"}
    placed = collect(parts["touchpoints"])
    parts["touchpoints"] = from_frame(placed.assign(stage_id=placed.touchpoint_id.map(stages)))
    kept = {"interactions": random_log(5).select(*USUAL["interactions"])}
    kept |= {name: parts[name] for name in ("touchpoints", "journeys", "feedback")}
    con = duckdb.connect()
    for name, table in kept.items():
        con.register(f"{name}_rows", table.to_pyarrow())
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_rows")
    for column in ("channel", "value"):
        kind = "DOUBLE" if column == "value" else "VARCHAR"
        con.execute(f"ALTER TABLE journeys ADD COLUMN {column} {kind}")
    con.execute("ALTER TABLE journeys ADD COLUMN customer_id VARCHAR")
    con.execute("ALTER TABLE feedback ADD COLUMN ts TIMESTAMP")
    con.execute("CREATE TABLE customers (customer_id VARCHAR, segment VARCHAR)")
    there = con.execute(golden(measure, "duckdb").read_text(encoding="utf8")).df()
    full = {name: from_frame(con.table(name).df()) for name in USUAL}
    typed = {name: full[name].cast(usual_tables()[name].schema()) for name in USUAL}
    here = collect(PORTABLE[measure](Question(typed)))
    same(here, there[list(here.columns)])
    assert len(here)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_measure_can_be_said_in_every_dialect(dialect):
    for measure in PORTABLE:
        assert "SELECT" in measure_sql(measure, dialect=dialect)


def test_an_unknown_measure_or_dialect_is_refused_with_the_nearest():
    with pytest.raises(DataError, match="transitions"):
        measure_sql("transition")
    with pytest.raises(DataError, match="postgres"):
        measure_sql("transitions", dialect="postgre")


def test_the_command_prints_sql_for_the_columns_of_a_client():
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "keytouch", "sql", "steps", "--client", "datasets/hotel"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr
    assert '"seq"' in done.stdout and done.stdout.startswith("SELECT")


if __name__ == "__main__":
    write()
