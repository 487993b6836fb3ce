"""Time by step and what a shorter step would save: hand-worked, with ratio intervals that hold."""

import numpy as np
import pandas as pd
import pytest
from tables import interactions

from keytouch.efficiency import step_costs, step_savings
from keytouch.engine import Missing, from_frame

START = pd.Timestamp("2025-01-01")


def log(gaps, **more):
    """Journeys a, b, c with the minutes a→b and b→c given."""
    rows = []
    for journey, (first, second) in enumerate(gaps):
        times = (0, first, first + second)
        rows += [(journey, t, START + pd.Timedelta(minutes=m)) for t, m in zip("abc", times)]
    return interactions(rows, **more)


GAPS = [(10, 30), (20, 20), (30, 10)]


def by_touchpoint(table):
    return table.set_index("touchpoint_id")


def test_dwell_and_shares_are_hand_worked():
    table = by_touchpoint(step_costs(log(GAPS)))
    assert table.loc["a", ["dwell_minutes", "n"]].tolist() == [20, 3]
    assert table.loc["a", "time_share"] == table.loc["b", "time_share"] == pytest.approx(0.5)
    assert "c" not in table.index  # nothing follows it
    assert table.loc["a", "time_share_lo"] < 0.5 < table.loc["a", "time_share_hi"]


def test_shares_of_all_steps_add_up_to_one():
    assert step_costs(log(GAPS)).time_share.sum() == pytest.approx(1)


def test_waiting_is_a_part_of_waiting_and_service():
    waits, served = [1.0, 2.0, 0.0] * 3, [3.0, 2.0, None] * 3
    table = by_touchpoint(step_costs(log(GAPS, wait_minutes=waits, duration_minutes=served)))
    assert table.loc["a", "wait_share"] == pytest.approx(0.25)
    assert table.loc["b", "wait_share"] == pytest.approx(0.5)


def test_costs_are_means_per_contact():
    table = by_touchpoint(
        step_costs(log(GAPS, cost=[1.0, 2.0, 3.0, 3.0, 2.0, 3.0, 5.0, None, 3.0]))
    )
    assert table.loc["a", "cost_mean"] == 3 and table.loc["b", "cost_mean"] == 2


def test_stages_gather_their_touchpoints():
    stages = from_frame(pd.DataFrame({"touchpoint_id": list("abc"), "stage_id": ["x", "x", "y"]}))
    table = step_costs(log(GAPS), stages, by="stage_id")
    assert table.stage_id.tolist() == ["x"] and table.n.iloc[0] == 6
    assert isinstance(step_costs(log(GAPS), by="stage_id"), Missing)


def test_without_clocks_there_is_no_time():
    data = log(GAPS).mutate(ts=START)
    assert step_costs(data) == Missing("interactions", ("ts",))
    assert step_savings(log(GAPS).drop("ts")) == Missing("interactions", ("ts",))


def test_removing_a_step_saves_its_dwell():
    table = by_touchpoint(step_savings(log(GAPS)))
    assert table.loc["a", ["saved_minutes", "saved_each_minutes"]].tolist() == [20, 20]
    assert table.loc["a", "saved_share"] == pytest.approx(0.5)
    assert table.loc["c", "saved_minutes"] == 0


def test_half_a_step_saves_half_and_only_those_who_meet_it():
    short = interactions(
        [("z", "b", START), ("z", "c", START + pd.Timedelta(minutes=8))]
    ).to_pandas()
    frame = pd.concat([log(GAPS).to_pandas().astype({"journey_id": str}), short])
    frame = frame.assign(interaction_id=[f"i{k:03}" for k in range(len(frame))])
    table = by_touchpoint(step_savings(from_frame(frame), shorten=0.5))
    assert table.loc["a", ["saved_minutes", "saved_each_minutes"]].tolist() == [7.5, 10]
    assert table.loc["a", ["met_n", "n"]].tolist() == [3, 4]


def test_contact_time_is_what_was_recorded():
    data = log(GAPS, wait_minutes=[4.0, 1.0, 0.0] * 3, duration_minutes=[2.0, None, 1.0] * 3)
    table = by_touchpoint(step_savings(data, time_kind="contact"))
    assert table.saved_minutes.to_dict() == {"a": 6, "b": 1, "c": 1}
    assert isinstance(step_savings(log(GAPS), time_kind="contact"), Missing)


def test_a_journey_that_stands_for_several_counts_as_many():
    table = by_touchpoint(step_savings(log([(10, 30), (40, 10)], n=[3, 3, 3, 1, 1, 1])))
    assert table.loc["a", "saved_minutes"] == pytest.approx((3 * 10 + 40) / 4)
    assert table.loc["a", "n"] == 4


def test_savings_intervals_hold_their_promise():
    rng, held = np.random.default_rng(2), []
    for _ in range(40):
        gaps = rng.geometric(1 / np.array([20, 60]), size=(60, 2))
        row = by_touchpoint(step_savings(log(gaps))).loc["a"]
        held.append((row.saved_minutes_lo <= 20 <= row.saved_minutes_hi,
                     row.saved_share_lo <= 0.25 <= row.saved_share_hi))  # fmt: skip
    assert (np.mean(held, axis=0) >= 0.85).all()
