"""Journey measures: published counts, hand-worked times, nothing lost between nodes."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import feedback, interactions

from keytouch.engine import Missing, from_frame
from keytouch.funnel import stage_funnel
from keytouch.journeys import (
    END,
    START,
    delays,
    journey_summary,
    score_by_lateness,
    service,
    transitions,
)

STAGES = from_frame(
    pd.DataFrame({"touchpoint_id": ["a", "b", "c"], "stage_id": ["look", "buy", "use"]})
)

# The running example of process mining (van der Aalst), published with its counts.
RUNNING_EXAMPLE = [
    "register|thoroughly|check|decide|reject",
    "register|check|casually|decide|pay",
    "register|casually|check|decide|reinitiate|thoroughly|check|decide|pay",
    "register|check|thoroughly|decide|reject",
    "register|casually|check|decide|reinitiate|check|casually|decide|reinitiate|casually|check"
    "|decide|reject",
    "register|casually|check|decide|pay",
]
PUBLISHED = {
    ("check", "decide"): 6, ("check", "casually"): 2, ("check", "thoroughly"): 1,
    ("decide", "pay"): 3, ("decide", "reinitiate"): 3, ("decide", "reject"): 3,
    ("casually", "check"): 4, ("casually", "decide"): 2, ("thoroughly", "check"): 2,
    ("thoroughly", "decide"): 1, ("register", "check"): 2, ("register", "casually"): 3,
    ("register", "thoroughly"): 1, ("reinitiate", "check"): 1, ("reinitiate", "casually"): 1,
    ("reinitiate", "thoroughly"): 1, (START, "register"): 6, ("pay", END): 3, ("reject", END): 3,
}  # fmt: skip


def log(paths):
    """Paths of touchpoints as interactions one minute apart."""
    start = pd.Timestamp("2025-01-01")
    return interactions(
        [
            (number, name, start + pd.Timedelta(minutes=step))
            for number, path in enumerate(paths)
            for step, name in enumerate(path)
        ]
    )


def counts(table):
    return {(row.from_id, row.to_id): row.n for row in table.itertuples()}


def test_transitions_equal_the_published_running_example():
    assert counts(transitions(log(path.split("|") for path in RUNNING_EXAMPLE))) == PUBLISHED


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), min_size=1, max_size=6))
def test_inflow_equals_outflow_at_every_touchpoint(paths):
    table = transitions(log(paths))
    for name in set("".join("".join(path) for path in paths)):
        assert table[table.to_id == name].n.sum() == table[table.from_id == name].n.sum()
    assert table[table.from_id == START].n.sum() == table[table.to_id == END].n.sum() == len(paths)


def test_transition_times_are_hand_worked():
    data = interactions([(1, "a", "2025-01-01 10:00"), (1, "b", "2025-01-01 10:30")])
    row = transitions(data).set_index(["from_id", "to_id"]).loc[("a", "b")]
    assert (row.minutes_p50, row.minutes_p90) == (30, 30)


def test_ties_in_time_are_ordered_by_seq_then_id():
    stamp = "2025-01-01"
    data = interactions([(1, "b", stamp), (1, "a", stamp)], seq=[2, 1])
    assert counts(transitions(data)) == {(START, "a"): 1, ("a", "b"): 1, ("b", END): 1}


def test_without_clocks_seq_orders_and_times_are_blank():
    data = interactions([(1, "b", "2025-01-01"), (1, "a", "2025-01-01")], seq=[2, 1]).drop("ts")
    table = transitions(data)
    assert counts(table)[("a", "b")] == 1
    assert table.minutes_p50.isna().all()


def test_without_order_transitions_are_missing():
    data = interactions([(1, "a", "2025-01-01")]).drop("ts")
    assert transitions(data) == Missing("interactions", ("ts",))


def test_funnel_reached_is_next_reached_plus_stopped():
    table = stage_funnel(log(["ab", "abc", "a", "c"]), STAGES, stages=["look", "buy", "use"])
    assert table.reached.tolist() == [4, 3, 2]
    assert table.stopped.tolist() == [1, 1, 2]
    assert table.touched.tolist() == [3, 2, 2]
    assert pd.isna(table.stop_rate.iloc[-1])


def test_funnel_without_stages_is_missing():
    assert isinstance(stage_funnel(log(["ab"]), Missing("touchpoints"), stages=[]), Missing)


def test_delay_counts_only_promises():
    data = interactions(
        [(k, "c", f"2025-01-0{k}") for k in (1, 2, 3)],
        promised_ts=pd.to_datetime(["2025-01-01", "2025-01-01", None]),
    )
    row = delays(data).iloc[0]
    assert (row.n, row.late_rate, row.delay_p50) == (2, 0.5, 720)
    assert delays(data, late_minutes=2000).late_rate.iloc[0] == 0


def test_delays_without_promises_are_missing():
    assert delays(log(["ab"])) == Missing("interactions", ("promised_ts",))


def test_lateness_bands_hold_the_journeys_overall_scores():
    days = [1, 2, 5, 20]
    data = interactions(
        [(k, "c", pd.Timestamp("2025-01-01") + pd.Timedelta(days=d)) for k, d in enumerate(days)],
        promised_ts=[pd.Timestamp("2025-01-01 12:00")] * 4,
    )
    told = feedback([(k, None, "csat", score) for k, score in enumerate([5, 4, 2, 1])])
    table = score_by_lateness(data, told, touchpoint="c")
    assert table.band.tolist() == ["late_1", "late_3", "late_7", "late_more"]
    assert table.score.tolist() == [5, 4, 2, 1]
    assert set(table.unit) == {"day"}


def test_service_counts_failures_of_known_outcomes_only():
    data = interactions(
        [(k, "a", "2025-01-01") for k in range(3)],
        success=pd.array([True, False, None], dtype="boolean"),
        wait_minutes=[1.0, 3.0, None],
    )
    row = service(data).iloc[0]
    assert (row.fail_rate, row.wait_p50, row.n) == (0.5, 2, 3)


def test_service_without_records_is_missing():
    assert isinstance(service(log(["ab"])), Missing)


def test_summary_counts_journeys_and_their_length():
    table = journey_summary(log(["ab", "abc", "a"])).set_index("kpi")
    assert table.loc["journeys", "value"] == 3
    assert table.loc["steps_mean", "value"] == 2
    assert table.loc["duration_median", "value"] == pytest.approx(1.5)


def test_steps_without_time_have_no_place_in_an_order():
    data = interactions([(1, "a", "2025-01-01"), (1, "b", None), (1, "c", "2025-01-02")])
    assert counts(transitions(data)) == {(START, "a"): 1, ("a", "c"): 1, ("c", END): 1}


def test_a_funnel_of_one_recorded_stage_is_missing():
    assert isinstance(stage_funnel(log(["a", "a"]), STAGES, stages=["look", "buy"]), Missing)


def test_a_stage_that_nobody_recorded_is_no_stop():
    table = stage_funnel(log(["ac", "ac"]), STAGES, stages=["look", "buy", "use"])
    assert table.stage_id.tolist() == ["look", "use"]
    assert table.stopped.tolist() == [0, 2]


def test_one_time_for_all_steps_gives_no_duration():
    data = interactions([(1, "a", "2025-01-01"), (1, "b", "2025-01-01")])
    assert "duration_median" not in set(journey_summary(data).kpi)


def test_a_journey_with_an_untimed_step_is_ordered_by_seq():
    rows = [(1, "c", "2025-01-01"), (1, "a", None), (2, "b", "2025-01-02"), (2, "a", "2025-01-01")]
    data = interactions(rows, seq=[3, 1, 1, 2])
    table = counts(transitions(data))
    assert (table[("a", "c")], table[("a", "b")]) == (1, 1)
