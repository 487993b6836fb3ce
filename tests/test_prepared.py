"""What intake stores of journeys: hand-worked rows, sessions, and filters that cut or don't."""

import pandas as pd
import pytest
from small_clients import client_of, write_client
from tables import feedback, interactions

from keytouch import prepared
from keytouch.engine import Missing, collect, from_frame
from keytouch.journeys import transitions
from keytouch.prepared import journey_rows, sessions, steps

HEADER = "order,who,point,via,at\n"
ROWS = (
    "o1,c1,a,web,2025-01-31 10:00\no1,c1,b,web,2025-01-31 10:30\no1,c1,c,shop,2025-02-02 09:00\n"
    "o2,c2,a,shop,2025-02-01 08:00\no2,c2,a,shop,2025-02-01 08:20\n"
    "o3,c1,b,web,2025-02-03 12:00\no3,c2,c,web,2025-02-03 12:05\n"
)
JOURNEYS = "order,who,began,won\no1,c1,2025-01-31 10:00,1\no2,c2,2025-02-01 08:00,0\n"
JOURNEYS += "o3,c1,2025-02-03 12:00,1\n"
PEOPLE = "who,kind\nc1,new\nc2,loyal\n"
SCORES = "order,who,point,score,at\no1,c1,a,5,2025-01-31\no1,c1,c,2,2025-02-05\n"
SCORES += "o2,c2,a,3,2025-02-01\n"


def yaml(*, journeys: bool = True, began: bool = True, key: bool = True) -> str:
    """A client.yaml over the files above, with or without journeys and their starts."""
    order = "journey_id: order, " if key else ""
    text = f"""
sources:
  - file: log.csv
    tables:
      - table: interactions
        columns: {{{order}customer_id: who, touchpoint_id: point, channel: via, ts: at}}
  - file: people.csv
    tables:
      - table: customers
        columns: {{customer_id: who, segment: kind}}
  - file: scores.csv
    tables:
      - table: feedback
        columns: {{{order}customer_id: who, touchpoint_id: point, score: score, ts: at}}
        constants: {{metric: csat}}
"""
    if journeys:
        start = ", started_at: began" if began else ""
        text += f"""  - file: orders.csv
    tables:
      - table: journeys
        columns: {{journey_id: order, customer_id: who, converted: won{start}}}
"""
    return text


def client(tmp_path, *, more="", filters=None, **parts):
    files = {"log_csv": HEADER + ROWS, "people_csv": PEOPLE, "scores_csv": SCORES}
    if parts.get("journeys", True):
        files["orders_csv"] = JOURNEYS
    folder = write_client(tmp_path, more + yaml(**parts), **files)
    return client_of(folder, **(filters or {}))


def rows_of(table, *by):
    frame = collect(table)
    return frame[sorted(frame.columns)].sort_values(list(by)).reset_index(drop=True)


def test_a_journeys_row_is_hand_worked():
    log = interactions(
        [(1, "a", "2025-01-01 10:00"), (1, "b", "2025-01-01 10:30"), (1, "a", "2025-01-01 11:00")],
        channel=["web", "web", "shop"], customer_id=["c", "c", "c"],
    )  # fmt: skip
    told = feedback([(1, "a", "csat", 2), (1, "a", "csat", 4), (1, "b", "csat", 5)])
    facts = from_frame(pd.DataFrame({"journey_id": [1], "outcome": ["left"], "value": [9.0]}))
    who = from_frame(pd.DataFrame({"customer_id": ["c"], "segment": ["new"]}))
    row = collect(journey_rows(log, facts, told, who)).iloc[0]
    assert (row.path, row.channel_path, row.switches) == ("a > b > a", "web > shop", 1)
    assert (row.first_id, row.last_id, row.steps, row.minutes) == ("a", "a", 3, 60)
    assert (row.outcome, row.value, row.segment, row.channel) == ("left", 9, "new", "web")
    # Touchpoint a is felt at its last step, with the mean of its two scores.
    assert (row.felt, row.peak, row.end, row["mean"]) == (2, 1.0, 0.5, 0.75)


def test_the_peak_of_two_as_far_from_the_middle_is_the_earlier():
    log = interactions([(1, "a", "2025-01-01"), (1, "b", "2025-01-02")])
    told = feedback([(1, "a", "csat", 1), (1, "b", "csat", 5)])
    row = collect(journey_rows(log, feedback=told)).iloc[0]
    assert (row.peak, row.end) == (0, 1)


def test_a_journey_of_two_customers_is_known_as_such():
    log = interactions(
        [(1, "a", "2025-01-01"), (1, "b", "2025-01-02"), (2, "a", "2025-01-01")],
        customer_id=["c", "d", "c"],
    )
    table = collect(journey_rows(log)).set_index("key")
    assert table.one_customer.to_dict() == {1: False, 2: True}


def test_steps_know_what_is_next_and_what_was_before():
    log = interactions(
        [(1, "b", "2025-01-01 10:30"), (1, "a", "2025-01-01 10:00")], channel=["shop", "web"]
    )
    table = collect(steps(log)).set_index("step")
    assert table.touchpoint_id.tolist() == ["a", "b"] or table.loc[1, "touchpoint_id"] == "a"
    assert (table.loc[1, "next_touchpoint"], table.loc[1, "next_channel"]) == ("b", "shop")
    assert (table.loc[2, "previous_channel"], table.loc[1, "minutes"]) == ("web", 30)
    assert pd.isna(table.loc[2, "next_touchpoint"]) and pd.isna(table.loc[2, "minutes"])


def test_rows_that_differ_in_n_make_one_count_of_their_journey():
    log = interactions([(1, "a", "2025-01-01"), (1, "b", "2025-01-02")], n=[3, 5])
    assert set(collect(steps(log)).copies) == {3}


def test_what_is_stored_part_by_part_is_what_is_stored_at_once(tmp_path, monkeypatch):
    whole = client(tmp_path / "whole")
    monkeypatch.setattr(prepared, "AT_ONCE", 2)
    parts = client(tmp_path / "parts")
    for name in ("steps", "journey_rows"):
        by = ["key", "step"] if name == "steps" else ["key"]
        one, other = (rows_of(getattr(made, name), *by) for made in (whole, parts))
        pd.testing.assert_frame_equal(one, other)
        assert len(one) == {"steps": 7, "journey_rows": 3}[name]


def test_journeys_that_overlap_in_time_stay_apart():
    log = interactions(
        [(1, "a", "2025-01-01 10:00"), (2, "b", "2025-01-01 10:01"), (1, "c", "2025-01-01 10:02")]
    )
    table = collect(steps(log))
    assert table.set_index(["key", "step"]).touchpoint_id.to_dict() == {
        (1, 1): "a", (1, 2): "c", (2, 1): "b",
    }  # fmt: skip


def test_a_longer_pause_starts_a_new_session():
    log = interactions(
        [(1, "a", "2025-01-01 10:00"), (1, "b", "2025-01-01 10:30"), (1, "c", "2025-01-01 11:01"),
         (2, "a", "2025-01-01 10:00"), (2, "b", None)],
        customer_id=["x", "x", "x", "y", "y"],
    ).drop("journey_id")  # fmt: skip
    table = collect(sessions(log, gap_minutes=30)).set_index(["customer_id", "touchpoint_id"])
    assert table.journey_id.iloc[:4].tolist() != [] and table.journey_id.dropna().to_dict() == {
        ("x", "a"): "x#1", ("x", "b"): "x#1", ("x", "c"): "x#2", ("y", "a"): "y#1",
    }  # fmt: skip


def test_no_gap_keeps_what_a_customer_did_together():
    log = interactions([(1, "a", "2025-01-01"), (1, "b", "2026-01-01")], customer_id=["x", "x"])
    assert set(collect(sessions(log.drop("journey_id"), gap_minutes=0)).journey_id) == {"x#1"}


def test_sessions_without_clocks_are_missing():
    log = interactions([(1, "a", "2025-01-01")]).drop("ts")
    assert sessions(log) == Missing("interactions", ("ts",))


WAYS = {
    "nothing": ({}, {}),
    "period": ({}, {"start": "2025-02-01"}),
    "segment": ({}, {"segment": "new"}),
    "both": ({}, {"segment": "loyal", "end": "2025-02-02"}),
    "undated": ({"began": False}, {"start": "2025-02-01"}),
    "no_journeys": ({"journeys": False}, {"end": "2025-02-01", "segment": "new"}),
    "mixed": ({"journeys": False}, {"segment": "loyal"}),
    "by_customer": ({"key": False, "journeys": False}, {"start": "2025-02-01"}),
    "of_customer": ({"key": False, "journeys": False}, {"segment": "new"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_filtered_client_gives_what_its_filtered_interactions_give(way, tmp_path):
    parts, filters = WAYS[way]
    one = client(tmp_path, filters=filters, **parts)
    key = "journey_id" if parts.get("key", True) else "customer_id"
    made = steps(one.interactions)
    pd.testing.assert_frame_equal(rows_of(one.steps, "key", "step"), rows_of(made, "key", "step"))
    facts = (one.store.table(name) for name in ("journeys", "feedback", "customers"))
    made = journey_rows(one.interactions, *facts)
    pd.testing.assert_frame_equal(rows_of(one.journey_rows, "key"), rows_of(made, "key"))
    assert transitions(one.steps).equals(transitions(one.interactions))
    assert set(collect(one.steps).key) == set(collect(one.interactions)[key])


def test_the_gap_of_client_yaml_makes_journeys_where_none_are_known(tmp_path):
    more = "thresholds: {gap_minutes: 60}\n"
    one = client(tmp_path, more=more, key=False, journeys=False)
    table = collect(one.journey_rows).set_index("key")
    assert table.path.to_dict() == {
        "c1#1": "a > b", "c1#2": "c", "c1#3": "b", "c2#1": "a > a", "c2#2": "c",
    }  # fmt: skip
    assert "journey_id" in one.interactions.columns


def test_a_client_without_interactions_has_no_steps(tmp_path):
    files = {"people_csv": PEOPLE}
    text = "sources:\n  - file: people.csv\n    tables:\n      - table: customers\n"
    text += "        columns: {customer_id: who, segment: kind}\n"
    one = client_of(write_client(tmp_path, text, **files))
    assert one.steps == Missing("interactions")
    assert one.journey_rows == Missing("interactions")


def test_a_rivals_scores_are_no_feelings_of_the_clients_journeys(tmp_path):
    text = yaml().replace("score: score, ts: at", "score: score, ts: at, company: rival")
    files = {"log_csv": HEADER + ROWS, "people_csv": PEOPLE, "orders_csv": JOURNEYS}
    scores = "order,who,point,score,at,rival\no1,c1,a,5,2025-01-31,\no2,c2,a,1,2025-02-01,other\n"
    one = client_of(write_client(tmp_path, text, scores_csv=scores, **files))
    assert collect(one.journey_rows).set_index("key").felt.to_dict() == {"o1": 1, "o2": 0, "o3": 0}
