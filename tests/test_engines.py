"""One measure, one answer: DuckDB, PostgreSQL and Spark on the same random logs."""

from __future__ import annotations

import contextlib
import random
import sys

import numpy as np
import pandas as pd
import pytest
from engines import copy_to, lacks_postgres, lacks_spark, postgres, spark_cluster
from logs import BEGIN, table_of
from plans import plan
from small_clients import client_of, write_client
from tables import feedback

from keytouch.deviation_rates import fitness
from keytouch.efficiency import step_costs, step_savings
from keytouch.engine import LazyTable, Missing, Store, collect, from_frame, quantiles, spills
from keytouch.flow_graph import stage_flows
from keytouch.flows import step_matrix, variants
from keytouch.funnel import stage_funnel
from keytouch.journey_traits import journey_features
from keytouch.journeys import delays, journey_summary, service, transitions
from keytouch.kpi_cells import kpi_cube
from keytouch.map_parts import promised_times, stage_ways, waits
from keytouch.odds_shift import conversion_turns
from keytouch.passing_on import channel_switches, hand_overs
from keytouch.path_table import paths
from keytouch.planned_actual import plan_patterns
from keytouch.prepared import journey_rows, sessions, steps
from keytouch.problems import DataError
from keytouch.returning import cohorts, engagement
from keytouch.rework import loops
from keytouch.touchpoints import reach

STAGES = ["look", "buy", "use"]
PLAN = plan(("look", "a"), ("buy", "b? c"), ("use", "d*"))
PLACED = from_frame(pd.DataFrame({"touchpoint_id": ["a", "b", "c"], "stage_id": STAGES}))


def random_log(seed: int, *, journeys: int = 60, counted: bool = False) -> LazyTable:
    """Interactions with ties, missing clocks, promises, waits, failures and perhaps `n`."""
    draw = random.Random(seed)
    rows = []
    for number in range(journeys):
        copies = draw.randint(1, 5)
        for place in range(draw.randint(1, 9)):
            at = None if draw.random() < 0.05 else draw.randint(0, 9) * 60 + draw.random() * 60
            ts = None if at is None else BEGIN + pd.Timedelta(milliseconds=round(at * 1000))
            rows.append(
                {
                    "interaction_id": f"i{number:03}{place}", "journey_id": f"j{number:03}",
                    "customer_id": f"c{number % 17:02}", "touchpoint_id": draw.choice("abcd"),
                    "channel": draw.choice(["web", "shop", None]), "ts": ts,
                    "seq": draw.randint(1, 4), "wait_minutes": draw.choice([None, 1.5, 2.25, 7.0]),
                    "promised_ts": ts and ts + pd.Timedelta(seconds=draw.randint(-90, 90)),
                    "success": draw.choice([True, False, None]),
                    **({"n": copies} if counted else {}),
                }
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    frame["success"] = frame.success.astype("boolean")
    frame["promised_ts"] = pd.to_datetime(frame.promised_ts)
    return table_of(frame.to_dict("records")) if counted else _typed(frame)


def _typed(frame: pd.DataFrame) -> LazyTable:
    frame["ts"] = pd.to_datetime(frame.ts)
    frame["channel"] = frame.channel.astype("str").where(frame.channel.notna())
    return from_frame(frame)


def told() -> LazyTable:
    rows = [(f"j{k:03}", "abcd"[k % 4], "csat", 1 + k * 7 % 5) for k in range(0, 60, 2)]
    return feedback(rows + [(f"j{k:03}", None, "csat", 1 + k % 5) for k in range(30)])


def facts() -> LazyTable:
    return from_frame(
        pd.DataFrame(
            {
                "journey_id": [f"j{k:03}" for k in range(50)],
                "converted": pd.array(
                    [k % 3 == 0 if k % 7 else None for k in range(50)], "boolean"
                ),
                "outcome": ["won" if k % 3 else "lost" for k in range(50)],
            }
        )
    )


MEASURES = {
    "transitions": lambda log, parts: transitions(log),
    "transitions_from_steps": lambda log, parts: transitions(steps(log)),
    "journey_summary": lambda log, parts: journey_summary(log),
    "stage_funnel": lambda log, parts: stage_funnel(log, parts["touchpoints"], stages=STAGES),
    "variants": lambda log, parts: variants(log, parts["journeys"], top=5),
    "step_matrix": lambda log, parts: step_matrix(log, upto=5),
    "delays": lambda log, parts: delays(log, late_minutes=0.5),
    "service": lambda log, parts: service(log),
    "sessions": lambda log, parts: collect(
        sessions(log, gap_minutes=0.5).select("interaction_id", "journey_id")
    ),
    "steps": lambda log, parts: collect(steps(log)),
    "stage_flows": lambda log, parts: stage_flows(log, parts["touchpoints"], stages=STAGES),
    "stage_ways": lambda log, parts: stage_ways(log, parts["touchpoints"], stages=STAGES),
    "waits": lambda log, parts: waits(log),
    "promised_times": lambda log, parts: promised_times(log),
    "reach": lambda log, parts: reach(log),
    "loops": lambda log, parts: loops(log, parts["feedback"], min_n=2),
    "hand_overs": lambda log, parts: hand_overs(log, min_n=2),
    "channel_switches": lambda log, parts: channel_switches(log),
    "engagement": lambda log, parts: engagement(log, min_n=2, small_cell=2),
    "cohorts": lambda log, parts: cohorts(log, min_n=2, small_cell=2),
    "kpi_cube": lambda log, parts: kpi_cube(parts["feedback"], interactions=log),
    "paths": lambda log, parts: paths(log, journeys=parts["journeys"]),
    "step_costs": lambda log, parts: step_costs(log, min_n=2),
    "step_savings": lambda log, parts: step_savings(log, min_n=2),
    "journey_features": lambda log, parts: collect(
        journey_features(log, journeys=parts["journeys"], feedback=parts["feedback"])
    ),
    "conversion_turns": lambda log, parts: conversion_turns(log, parts["journeys"], min_n=2),
    "fitness": lambda log, parts: fitness(
        plan_patterns(log, plan=PLAN, feedback=parts["feedback"], touchpoints=parts["touchpoints"])
    ),
    "journey_rows": lambda log, parts: collect(
        journey_rows(log, parts["journeys"], parts["feedback"])
    ),
    "counted_quantiles": lambda log, parts: collect(
        quantiles(log, "wait_minutes", {"p50": 0.5, "p90": 0.9}, by=["touchpoint_id"], counted=True)
    ),
}


def tables(seed: int, *, counted: bool) -> dict[str, LazyTable]:
    log = random_log(seed, counted=counted)
    return {"interactions": log, "touchpoints": PLACED, "journeys": facts(), "feedback": told()}


def same(one: pd.DataFrame | Missing, other: pd.DataFrame | Missing) -> None:
    """Keys exact, numbers to 1e-9, whatever types an engine hands over."""
    if isinstance(one, Missing) or isinstance(other, Missing):
        assert one == other
        return
    assert list(one.columns) == list(other.columns) and len(one) == len(other)
    one, other = _plain(one), _plain(other)
    for name in one:
        if one[name].dtype == float:
            np.testing.assert_allclose(other[name], one[name], rtol=1e-9, atol=1e-9, err_msg=name)
        else:
            assert one[name].tolist() == other[name].tolist(), name


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    made = {}
    for name in frame:
        values = frame[name]
        if pd.api.types.is_datetime64_any_dtype(values):
            made[name] = values.dt.strftime("%Y-%m-%d %H:%M:%S.%f").fillna("")
        elif pd.api.types.is_bool_dtype(values) or values.map(type).isin([bool, np.bool_]).any():
            made[name] = values.map(lambda value: "" if pd.isna(value) else str(bool(value)))
        elif pd.api.types.is_numeric_dtype(values):
            made[name] = values.astype(float)
        else:
            made[name] = values.map(lambda value: "" if pd.isna(value) else str(value))
    keys = [name for name in made if made[name].dtype != float]
    return pd.DataFrame(made).sort_values([*keys, *made], ignore_index=True)


def compare(con, name: str, *, counted: bool) -> None:
    here = tables(3, counted=counted)
    there = {
        table: copy_to(con, f"{table}_{counted}".lower(), data) for table, data in here.items()
    }
    expected = MEASURES[name](here["interactions"], here)
    same(expected, MEASURES[name](there["interactions"], there))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if reason := lacks_postgres():
        pytest.skip(reason)
    import ibis

    with postgres(tmp_path_factory.mktemp("postgres")) as url:
        con = ibis.connect(url)
        yield con
        con.disconnect()


@pytest.mark.parametrize("counted", [False, True], ids=["rows", "counts"])
@pytest.mark.parametrize("name", MEASURES)
def test_postgresql_gives_what_duckdb_gives(server, name, counted):
    compare(server, name, counted=counted)


def spark_connection(master: str, folder):
    """A session that talks to loopback only, as ibis sees it."""
    import ibis
    from pyspark.sql import SparkSession

    options = {
        "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC", "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1", "spark.sql.warehouse.dir": str(folder),
        "spark.executor.memory": "512m", "spark.driver.memory": "1g",
    }  # fmt: skip
    built = SparkSession.builder.master(master).appName("keytouch-test")
    for name, value in options.items():
        built = built.config(name, value)
    session = built.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session, ibis.pyspark.connect(session)


@pytest.fixture(scope="module", params=["local[2]", "cluster"])
def spark(request, tmp_path_factory):
    if reason := lacks_spark():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("spark")
    with contextlib.ExitStack() as stack:
        master = request.param
        if master == "cluster":
            master = stack.enter_context(spark_cluster(folder, workers=2))
        session, con = spark_connection(master, folder / "tables")
        stack.callback(session.stop)
        yield con


@pytest.mark.spark
@pytest.mark.slow
def test_one_setting_moves_a_client_to_spark(tmp_path):
    if reason := lacks_spark():
        pytest.skip(reason)
    here = client_on(tmp_path / "here", "kind: duckdb")
    there = client_on(tmp_path / "there", "kind: spark, master: 'local[2]'")
    same(transitions(here.steps), transitions(there.steps))
    same(variants(here.journey_rows), variants(there.journey_rows))
    with pytest.raises(DataError, match="local"):
        client_on(tmp_path / "other", "kind: spark, master: 'local[1]'")
    from pyspark.sql import SparkSession

    SparkSession.getActiveSession().stop()


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.parametrize("counted", [False, True], ids=["rows", "counts"])
def test_spark_gives_what_duckdb_gives(spark, counted):
    for name in MEASURES:
        compare(spark, name, counted=counted)


CLIENT = """
engine: {%s}
sources:
  - file: log.csv
    tables:
      - table: interactions
        columns: {journey_id: order, customer_id: who, touchpoint_id: point, ts: at}
"""
LOG = "order,who,point,at\n" + "".join(
    f"o{k // 4},c{k // 8},{'abc'[k * k % 3]},2025-01-{1 + k % 28:02} 10:{k % 60:02}\n"
    for k in range(80)
)


def client_on(folder, engine: str):
    return client_of(write_client(folder, CLIENT % engine, log_csv=LOG))


def test_spark_without_pyspark_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(DataError, match="pyspark"):
        client_on(tmp_path, "kind: spark")


@pytest.mark.parametrize("engine", ["kind: oracle", "memory_limit: lots", "master: 'yarn; rm'"])
def test_an_engine_that_is_not_known_is_refused(engine, tmp_path):
    with pytest.raises(DataError):
        client_on(tmp_path, engine)


def test_under_a_memory_limit_values_are_counted_and_numbers_stay(tmp_path):
    small = client_on(tmp_path / "small", "memory_limit: 64MB")
    large = client_on(tmp_path / "large", "memory_limit: 2GB")
    same(transitions(large.steps), transitions(small.steps))
    store = Store(memory_limit="1GB")
    store.con.raw_sql("CREATE TABLE few AS SELECT range AS x FROM range(1000)")
    store.con.raw_sql("CREATE TABLE many AS SELECT range AS x FROM range(20_000_000)")
    assert not spills(store.table("few")) and spills(store.table("many"))
    assert not spills(store.table("few"), store.table("many"))
    assert not spills(store.table("many"), alone=True)
    store.close()
