"""Logs out and in again, hostile files, and the journey as JSON."""

import gzip
import json
import os
import time
from pathlib import Path

import pandas as pd
import pytest
from small_clients import client_of, frame_of, write_client

import keytouch
from keytouch.__main__ import main
from keytouch.exchange import export_place, write_export
from keytouch.journey_json import journey_document
from keytouch.problems import DataError
from keytouch.readers import read_raw
from keytouch.settings import Source

DATASETS = Path(__file__).parents[1] / "datasets"
SCHEMA = Path(keytouch.__file__).parent / "templates" / "journey.schema.json"
COLUMNS = {
    "interaction_id": "id", "journey_id": "order", "customer_id": "who", "touchpoint_id": "where",
    "channel": "by", "ts": "at", "seq": "nr", "promised_ts": "due", "wait_minutes": "wait",
    "success": "ok", "weight": "w",
}  # fmt: skip
HOSTILE = "a<b>&\"c'; ]]> &lol; 中文\t好"
LOG = pd.DataFrame(
    {
        "id": ["i1", "i2", "i3", "i4"],
        "order": ["A", "A", "B", None],
        "who": [HOSTILE, HOSTILE, "u2", "u2"],
        "where": ["shop", "till", "shop", "shop"],
        "by": ["web", None, "web", "web"],
        "at": pd.to_datetime(["2025-03-01 10:00:00.25", "2025-03-01 10:05", "2025-03-02 23:59:59",
                              "2025-03-03 00:00"], format="ISO8601"),
        "nr": [1, 2, 1, 1],
        "due": pd.to_datetime([None, "2025-03-01 10:04", None, None]),
        "wait": [0.1, None, 1e-7, 12345.678],
        "ok": [True, False, None, True],
        "w": [1.0, 1.0, 2.5, 1.0],
    }
)  # fmt: skip
NAMES = {
    "csv": {name: name for name in COLUMNS},
    "parquet": {name: name for name in COLUMNS},
    "xes": {name: name for name in COLUMNS}
    | {"journey_id": "case:concept:name", "touchpoint_id": "concept:name", "ts": "time:timestamp"},
}


def yaml_of(file, columns):
    mapping = json.dumps(columns, ensure_ascii=False)
    return f"""
timezone: America/New_York
touchpoints: [{{id: shop}}, {{id: till}}]
sources:
  - file: {file}
    name: log
    tables: [{{table: interactions, columns: {mapping}}}]
"""


@pytest.fixture
def client(tmp_path):
    folder = write_client(tmp_path / "first", yaml_of("log.parquet", COLUMNS))
    LOG.to_parquet(folder / "log.parquet")
    return client_of(folder)


def log_of(client):
    return frame_of(client.interactions).sort_values("interaction_id").reset_index(drop=True)


@pytest.mark.parametrize("format", ["csv", "parquet", "xes"])
def test_what_is_exported_and_taken_in_again_is_the_same(client, tmp_path, format):
    folder = write_client(tmp_path / "second", yaml_of(f"log.{format}", NAMES[format]))
    assert write_export(client, folder / f"log.{format}", format=format) == 4
    again = client_of(folder)
    pd.testing.assert_frame_equal(log_of(again), log_of(client), check_like=True)


def test_a_packed_xes_is_read_too(client, tmp_path):
    folder = write_client(tmp_path / "second", yaml_of("log.xes.gz", NAMES["xes"]))
    write_export(client, tmp_path / "log.xes", format="xes")
    (folder / "log.xes.gz").write_bytes(gzip.compress((tmp_path / "log.xes").read_bytes()))
    pd.testing.assert_frame_equal(log_of(client_of(folder)), log_of(client), check_like=True)


def test_a_draft_is_made_from_an_xes_file_alone(client, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KEYTOUCH_WORK", str(tmp_path / "work"))
    write_export(client, tmp_path / "log.xes", format="xes")
    made = ["new", "made", str(tmp_path / "log.xes"), "--folder", str(tmp_path)]
    assert main(made) == 0
    log = log_of(client_of(tmp_path / "made"))
    assert log.journey_id.dropna().tolist() == ["A", "A", "B"]
    assert set(log.touchpoint_id) == {"shop", "till"}


def test_no_text_of_an_exported_csv_runs_in_a_spreadsheet(tmp_path):
    folder = write_client(tmp_path, yaml_of("log.parquet", COLUMNS))
    LOG.assign(who=["=cmd|' /C calc'!A0", "+1", "-2", "@x"]).to_parquet(folder / "log.parquet")
    write_export(client_of(folder), tmp_path / "out.csv", format="csv")
    cells = pd.read_csv(tmp_path / "out.csv", dtype=str).customer_id
    assert cells.str.startswith("'").all()


def test_characters_that_xml_lacks_are_replaced(tmp_path):
    folder = write_client(tmp_path, yaml_of("log.parquet", COLUMNS))
    LOG.assign(by=["a\x07b", "\x1b", "c", "d"]).to_parquet(folder / "log.parquet")
    write_export(client_of(folder), tmp_path / "out.xes", format="xes")
    text = (tmp_path / "out.xes").read_text(encoding="utf-8")
    assert "a\ufffdb" in text and "\x07" not in text


def test_stand_ins_keep_journeys_together_and_hide_who_it_was(client, tmp_path):
    for name in ("one", "two"):
        write_export(client, tmp_path / f"{name}.parquet", format="parquet", pseudonyms=True)
    one, two = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("one", "two"))
    assert one.journey_id.nunique() == 2 and one.customer_id.nunique() == 2
    assert not {"A", "B", HOSTILE} & set(one.journey_id) | set(one.customer_id) & {HOSTILE}
    assert set(one.journey_id.dropna()).isdisjoint(two.journey_id.dropna())


def test_a_file_that_is_there_is_kept_unless_forced(client, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("mine")
    with pytest.raises(DataError):
        write_export(client, path, format="csv")
    assert path.read_text() == "mine"
    write_export(client, path, format="csv", force=True)
    assert path.read_text() != "mine"


def test_an_export_that_fails_leaves_the_earlier_file_and_no_rest(client, tmp_path, monkeypatch):
    path = tmp_path / "out" / "log.csv"
    path.parent.mkdir()
    path.write_text("earlier")
    monkeypatch.setattr("keytouch.exchange._cell", lambda value: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_export(client, path, format="csv", force=True)
    assert path.read_text() == "earlier" and os.listdir(path.parent) == ["log.csv"]
    with pytest.raises(DataError):
        write_export(client, tmp_path / "nowhere" / "log.csv", format="csv")


def test_an_export_without_a_name_takes_the_clients(client, tmp_path):
    assert export_place(client, str(tmp_path), "xes") == tmp_path / "small.xes"
    assert export_place(client, str(tmp_path / "a.xes"), "xes") == tmp_path / "a.xes"


def refused(tmp_path, text, name="log.xes"):
    import duckdb

    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(DataError) as error:
        read_raw(duckdb.connect(), Source(name="raw", file=name), path)
    (problem,) = error.value.problems
    assert problem.text() and problem.file == name
    return problem.key


EVENT = '<event><string key="concept:name" value="a"/></event>'
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))


def test_hostile_and_broken_xes_is_refused(tmp_path):
    start = time.monotonic()
    bomb = f'<!DOCTYPE log [<!ENTITY l0 "lol">{LAUGHS}]><log>&l9;{EVENT}</log>'
    assert refused(tmp_path, bomb) == "problem_xes_doctype"
    outside = '<!DOCTYPE log [<!ENTITY x SYSTEM "/etc/passwd">]><log><trace>&x;</trace></log>'
    assert refused(tmp_path, outside) == "problem_xes_doctype"
    assert refused(tmp_path, f"<log><trace>{EVENT}") == "problem_xes_broken"
    assert refused(tmp_path, "<html/>") == "problem_not_xes"
    assert refused(tmp_path, "<log></log>") == "problem_no_rows"
    deep = "<string key='a' value='b'>" * 60
    assert refused(tmp_path, f"<log><trace><event>{deep}") == "problem_xes_depth"
    wide = "".join(f'<string key="k{n}" value="1"/>' for n in range(600))
    assert refused(tmp_path, f"<log><event>{wide}</event></log>") == "problem_xes_columns"
    long = f'<log><event><string key="k" value="{"x" * 1_000_001}"/></event></log>'
    assert refused(tmp_path, long) == "problem_huge_cell"
    assert time.monotonic() - start < 5


def test_attributes_of_traces_and_nested_ones_are_told_apart(tmp_path):
    import duckdb

    text = """<?xml version="1.0"?>
<log xmlns="http://www.xes-standard.org/">
  <string key="concept:name" value="the log"/>
  <global scope="event"><string key="concept:name" value="unknown"/></global>
  <trace>
    <event><string key="concept:name" value="a"><string key="inner" value="x"/></string></event>
    <string key="concept:name" value="t1"/>
  </trace>
  <event><string key="concept:name" value="b"/></event>
</log>"""
    path = tmp_path / "log.xes"
    path.write_text(text)
    con = duckdb.connect()
    raw = read_raw(con, Source(name="raw", file="log.xes"), path)
    assert list(raw.columns) == ["case:concept:name", "concept:name"]
    rows = con.execute('SELECT * FROM raw ORDER BY "_row"').fetchall()
    assert rows == [(2, "t1", "a"), (3, None, "b")]


def test_a_shipped_case_goes_out_by_the_command(tmp_path, capsys):
    out = tmp_path / "log.csv"
    assert main(["export", str(DATASETS / "hotel"), "--out", str(out), "--segment", "family"]) == 0
    assert main(["export", str(DATASETS / "hotel"), "--out", str(out)]) == 1
    assert main(["export", str(tmp_path / "none")]) == 2
    frame = pd.read_csv(out, dtype=str)
    assert frame.columns[0] == "interaction_id" and len(frame) > 1000


def test_the_journey_as_json_is_what_its_schema_says():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    document = journey_document(keytouch.open_client(DATASETS / "hotel"))
    check.validate(json.loads(json.dumps(document, allow_nan=False)))
    assert [stage["id"] for stage in document["stages"]][0] == "book"
    by_id = {one["id"]: one for one in document["touchpoints"]}
    late = by_id["check_in"]["late"]
    assert late["lo"] < late["value"] < late["hi"] and late["n"] > 1000
    assert len(document["plan"]) == 18 and "late" in document["plan"][6]["deviations"]
    least = min(one["n"] for one in document["transitions"])
    assert least >= 10 and document["left_out"] > 0
    leaving: dict[str, float] = {}
    for one in document["transitions"]:
        leaving[one["from"]] = leaving.get(one["from"], 0) + one["share"]["value"]
    assert all(total <= 1 + 1e-9 for total in leaving.values())
    with pytest.raises(jsonschema.ValidationError):
        check.validate(document | {"version": 2})


def test_a_client_with_a_log_only_has_a_journey_too(client):
    jsonschema = pytest.importorskip("jsonschema")
    document = journey_document(client)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(document)))
    assert document["plan"] == [] and document["left_out"] > 0
    assert "score" not in document["touchpoints"][0]


def test_a_drafted_blueprint_is_written_once(client, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KEYTOUCH_WORK", str(tmp_path / "work"))
    folder = tmp_path / "first"
    assert main(["blueprint", str(folder)]) == 0
    assert client_of(folder).blueprint.draft.all()
    assert main(["blueprint", str(folder)]) == 1
    assert main(["blueprint", str(tmp_path / "none")]) == 2
