"""Data from a client's PostgreSQL: copied when asked, whole or not at all, secrets kept."""

from __future__ import annotations

import pytest
from engines import lacks_postgres, postgres
from small_clients import client_of, found, quality_of, write_client

from keytouch.__main__ import main
from keytouch.engine import collect
from keytouch.journeys import transitions
from keytouch.problems import DataError
from keytouch.settings import read_settings

YAML = """
sources:
  - name: log
    database: "${SHOP_DATABASE}"
    sql: "%s"
    file: log.csv
    tables:
      - table: interactions
        columns: {journey_id: visit, touchpoint_id: point, ts: at}
"""
QUERY = "SELECT visit, point, at FROM events ORDER BY visit, at;"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if reason := lacks_postgres():
        pytest.skip(reason)
    import psycopg

    with postgres(tmp_path_factory.mktemp("shop")) as url:
        with psycopg.connect(url) as con:
            con.execute("CREATE TABLE events (visit text, point text, at timestamptz)")
            con.execute(
                "INSERT INTO events VALUES ('v1', '首页', '2025-01-01 10:00+08'), "
                "('v1', '付款', '2025-01-01 10:05+08'), ('v2', '首页', '2025-01-02 09:00+08')"
            )
        yield url


def fetch(folder, url, monkeypatch):
    monkeypatch.setenv("SHOP_DATABASE", url)
    return main(["fetch", str(folder), "--language", "en"])


def test_a_query_becomes_the_clients_file(server, tmp_path, monkeypatch):
    folder = write_client(tmp_path, YAML % QUERY)
    assert fetch(folder, server, monkeypatch) == 0
    one = client_of(folder)
    rows = transitions(one.steps).set_index(["from_id", "to_id"])
    assert rows.loc[("首页", "付款"), "minutes_p50"] == 5
    assert str(collect(one.steps).ts.min()) == "2025-01-01 10:00:00"


def test_before_the_copy_a_client_says_what_to_do(tmp_path):
    quality = quality_of(write_client(tmp_path, YAML % QUERY))
    assert found(quality, "problem_not_fetched").file == "log.csv"


@pytest.mark.parametrize("query", ["DELETE FROM events RETURNING visit", "SELECT nothing"])
def test_a_query_that_fails_or_writes_leaves_the_file_alone(server, query, tmp_path, monkeypatch):
    import psycopg

    folder = write_client(tmp_path, YAML % query, log_csv="visit,point,at\nold,a,2025-01-01\n")
    assert fetch(folder, server, monkeypatch) == 1
    assert (folder / "log.csv").read_text().endswith("old,a,2025-01-01\n")
    assert sorted(path.name for path in folder.iterdir()) == ["client.yaml", "log.csv"]
    with psycopg.connect(server) as con:
        assert con.execute("SELECT count(*) FROM events").fetchone() == (3,)


def test_a_password_is_never_shown(tmp_path, monkeypatch, capsys):
    pytest.importorskip("psycopg")
    folder = write_client(tmp_path, YAML % QUERY)
    secret = "postgresql://me:tell-nobody@127.0.0.1:1/shop"
    assert fetch(folder, secret, monkeypatch) == 1
    told = capsys.readouterr()
    assert "tell-nobody" not in told.out + told.err


def test_a_variable_that_is_not_set_is_named(tmp_path, monkeypatch, capsys):
    pytest.importorskip("psycopg")
    monkeypatch.delenv("SHOP_DATABASE", raising=False)
    folder = write_client(tmp_path, YAML % QUERY)
    assert main(["fetch", str(folder), "--language", "en"]) == 1
    assert "SHOP_DATABASE" in capsys.readouterr().err


def test_a_database_without_a_file_is_refused(tmp_path):
    folder = write_client(tmp_path, (YAML % QUERY).replace("    file: log.csv\n", ""))
    with pytest.raises(DataError, match="file"):
        read_settings(folder)
