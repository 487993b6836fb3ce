"""`keytouch sql MEASURE`: a measure's SQL, to hand to a warehouse.

Each measure is one expression over the canonical tables and a small finish in Python (shares,
intervals, order). The SQL is the expression's: it gives the counts that the finish reads.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from keytouch import (
    flow_graph,
    flows,
    funnel,
    journeys,
    odds_shift,
    path_table,
    prepared,
    returning,
    touchpoints,
)
from keytouch.engine import LazyTable, Missing, speaking, sql_text, unbound
from keytouch.problems import DataError, Problem, nearest
from keytouch.schema import TABLES
from keytouch.words import word

KINDS = {
    "id": "string", "text": "string", "number": "float64", "integer": "int64",
    "timestamp": "timestamp(6)", "boolean": "boolean",
}  # fmt: skip
# What a log has as a rule; with --client the client's own columns count.
USUAL = {
    "interactions": (
        "interaction_id", "journey_id", "customer_id", "touchpoint_id", "channel", "ts",
        "promised_ts", "wait_minutes", "success",
    ),
    "touchpoints": ("touchpoint_id", "stage_id"),
    "journeys": ("journey_id", "customer_id", "channel", "outcome", "converted", "value"),
    "feedback": (
        "journey_id", "touchpoint_id", "ts", "metric", "score", "scale_lo", "scale_hi", "status",
    ),
    "customers": ("customer_id", "segment"),
}  # fmt: skip
STAGES = ("stage_1", "stage_2", "stage_3")
DIALECTS = (
    "duckdb", "postgres", "pyspark", "databricks", "snowflake", "bigquery", "clickhouse", "trino",
    "athena", "mssql", "risingwave",
)  # fmt: skip
# Dialects without an exact quantile of their own: values are counted.
COUNTING = ("bigquery", "trino", "athena", "mssql")


@dataclass(frozen=True)
class Question:
    """What a measure's expression reads: tables, the client's stages, how to find quantiles."""

    tables: Mapping[str, LazyTable | Missing]
    stages: Sequence[str] = STAGES
    counted: bool = False

    def __getitem__(self, name: str) -> LazyTable:
        data = self.tables.get(name, Missing(name))
        if isinstance(data, Missing):
            raise DataError(Problem("problem_sql_lacks", values={"table": word(f"data_{name}")}))
        return data

    def get(self, name: str) -> LazyTable | Missing:
        return self.tables.get(name, Missing(name))


def _rows(ask: Question) -> LazyTable | Missing:
    facts = (ask.get(name) for name in ("journeys", "feedback", "customers"))
    journeys_, feedback, customers = facts
    return prepared.journey_rows(
        ask["interactions"], journeys_, feedback, customers,
        touchpoints=ask.get("touchpoints"), stages=ask.stages, metric="csat",
    )  # fmt: skip


def _with_steps(
    expression: Callable[[LazyTable, Question], LazyTable],
) -> Callable[[Question], LazyTable | Missing]:
    """An expression over steps as one over the canonical tables."""

    def ask(question: Question) -> LazyTable | Missing:
        data = prepared.steps(question["interactions"])
        return data if isinstance(data, Missing) else expression(data, question)

    return ask


def _variants(ask: Question) -> LazyTable | Missing:
    rows = flows.path_rows(ask["interactions"], ask.get("journeys"))
    if isinstance(rows, Missing):
        return rows
    many = "copies" if "n" in ask["interactions"].columns else ""
    return flows.variant_counts(rows, rows=many, counted=ask.counted)


def _summary(ask: Question) -> LazyTable | Missing:
    data = prepared.in_journeys(ask["interactions"])
    if isinstance(data, Missing):
        return data
    return journeys.length_sums(journeys.journey_lengths(data))


def _reach(ask: Question) -> LazyTable | Missing:
    data = prepared.of_journeys(ask["interactions"])
    return data if isinstance(data, Missing) else touchpoints.meetings(data)


def _paths(ask: Question) -> LazyTable | Missing:
    rows = prepared.journey_rows(ask["interactions"], ask.get("journeys"))
    return rows if isinstance(rows, Missing) else path_table.path_counts(rows)


PORTABLE: dict[str, Callable[[Question], LazyTable | Missing]] = {
    "steps": lambda ask: prepared.steps(ask["interactions"]),
    "journey_rows": _rows,
    "sessions": lambda ask: prepared.sessions(ask["interactions"]),
    "journey_summary": _summary,
    "transitions": _with_steps(
        lambda data, ask: journeys.transition_counts(data, counted=ask.counted)
    ),
    "variants": _variants,
    "step_matrix": _with_steps(lambda data, ask: flows.step_counts(data)),
    "stage_funnel": _with_steps(
        lambda data, ask: funnel.stage_counts(data, ask["touchpoints"], stages=ask.stages)
    ),
    "stage_flows": _with_steps(
        lambda data, ask: flow_graph.move_counts(
            flow_graph.stage_moves(data, ask["touchpoints"], stages=ask.stages)
        )
    ),
    "reach": _reach,
    "conversion_turns": _with_steps(
        lambda data, ask: odds_shift.first_results(data, ask["journeys"])
    ),
    "paths": _paths,
    "cohorts": lambda ask: returning.cohort_counts(ask["interactions"]),
    "delays": lambda ask: journeys.promise_counts(
        journeys.with_delay(ask["interactions"]), counted=ask.counted
    ),
    "service": lambda ask: journeys.service_counts(ask["interactions"], counted=ask.counted),
}


def measure_sql(name: str, *, dialect: str = "duckdb", ask: Question | None = None) -> str:
    """A measure's SQL over the canonical tables, in a dialect.

    Raises DataError for a measure or dialect that isn't known, with the nearest, and for what
    the dialect can't say or the tables lack.
    """
    _refuse_unknown(name, PORTABLE, "problem_sql_measure")
    _refuse_unknown(dialect, DIALECTS, "problem_sql_no_dialect")
    tables = ask.tables if ask else usual_tables()
    stages = ask.stages if ask else STAGES
    with speaking(dialect):
        made = PORTABLE[name](Question(tables, stages, counted=dialect in COUNTING))
        if isinstance(made, Missing):
            values = {"table": word(f"data_{made.table}")}
            raise DataError(Problem("problem_sql_lacks", values=values))
        return sql_text(made, dialect)


def usual_tables() -> dict[str, LazyTable]:
    """The canonical tables without data, with the columns that a log has as a rule."""
    return {name: _empty(name, columns) for name, columns in USUAL.items()}


def _empty(name: str, columns: Sequence[str]) -> LazyTable:
    return unbound(name, {one: KINDS[TABLES[name].column(one).kind] for one in columns})


def _refuse_unknown(name: str, known: Sequence[str] | Mapping[str, object], key: str) -> None:
    if name not in known:
        near = nearest(name, known) or ", ".join(known)
        raise DataError(Problem(key, values={"found": name, "near": near}))


def add_sql_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `keytouch sql`."""
    measures, dialects = ", ".join(PORTABLE), ", ".join(DIALECTS)
    parser.add_argument("measure", metavar="MEASURE", help=word("sql_measure_help", names=measures))
    parser.add_argument(
        "--dialect", metavar="D", default="duckdb", help=word("sql_dialect_help", names=dialects)
    )
    parser.add_argument("--client", metavar="CLIENT", default="", help=word("sql_client_help"))


def sql_command(arguments: argparse.Namespace) -> int:
    """Print a measure's SQL, for the usual columns or those of a client."""
    ask = None
    if arguments.client:
        from keytouch.intake import open_client

        client = open_client(arguments.client)
        tables = {
            name: _empty(name, [one for one in TABLES[name].names if one in data.columns])
            for name in USUAL
            if not isinstance(data := client.store.table(name), Missing)
        }
        ask = Question(tables, client.stages)
    print(measure_sql(arguments.measure, dialect=arguments.dialect, ask=ask), end="")
    return 0
