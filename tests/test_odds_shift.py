"""Turning points of the outcome: odds after success against failure, over strata."""

import pandas as pd
import pytest

from keytouch.contrasts import common_odds_ratio
from keytouch.engine import Missing, from_frame
from keytouch.odds_shift import conversion_turns


def log(counts):
    """Events and journeys from {(touchpoint results …): (converted, lost)} counts."""
    events, journeys = [], []
    for path, ends in counts.items():
        for converted, times in zip((True, False), ends):
            for _ in range(times):
                name = f"j{len(journeys)}"
                journeys.append((name, converted))
                for hour, (touchpoint, success) in enumerate(path):
                    day = pd.Timestamp("2025-01-01") + pd.Timedelta(hours=hour)
                    events.append((name, touchpoint, success, day))
    frame = pd.DataFrame(events, columns=["journey_id", "touchpoint_id", "success", "ts"])
    frame["interaction_id"] = [f"i{k:05}" for k in range(len(frame))]
    ended = pd.DataFrame(journeys, columns=["journey_id", "converted"])
    return from_frame(frame), from_frame(ended)


def test_rates_and_odds_worked_by_hand():
    tables = log({(("pay", True),): (60, 40), (("pay", False),): (20, 80)})
    row = conversion_turns(*tables).iloc[0]
    assert (row.success_conversion_rate, row.failure_conversion_rate) == (0.6, 0.2)
    assert row.gap_rate == pytest.approx(0.4)
    assert row.odds_ratio == pytest.approx(60 * 80 / (40 * 20))  # 6
    assert row.odds_ratio_lo < 6 < row.odds_ratio_hi
    assert (row.verdict, row.n_success, row.n_failure) == ("turns", 100, 100)


def test_journeys_in_which_everything_fails_do_not_pass_for_the_work_of_one():
    """Pooled, failure at "ask" goes with fewer conversions; within strata it makes none."""
    trouble, smooth = ("find", False), ("find", True)
    tables = log(
        {
            (smooth, ("ask", True)): (144, 36), (smooth, ("ask", False)): (16, 4),
            (trouble, ("ask", True)): (4, 16), (trouble, ("ask", False)): (36, 144),
        }
    )  # fmt: skip
    rows = conversion_turns(*tables).set_index("touchpoint_id")
    assert rows.odds_ratio["ask"] == pytest.approx(1)
    assert rows.success_conversion_rate["ask"] - rows.failure_conversion_rate["ask"] > 0.4
    assert (rows.verdict["ask"], rows.verdict["find"]) == ("undecided", "turns")


def test_an_empty_cell_gets_half_a_journey_everywhere():
    tables = log({(("pay", True),): (50, 0), (("pay", False),): (10, 40)})
    expected = common_odds_ratio([50.5], [51.0], [10.5], [51.0]).value
    assert conversion_turns(*tables).odds_ratio[0] == pytest.approx(float(expected))


def test_only_the_first_result_at_a_touchpoint_counts():
    again = (("pay", False), ("pay", True))
    table = conversion_turns(*log({again: (30, 10), (("pay", True),): (35, 5)}))
    assert (table.n_failure[0], table.failure_conversion_rate[0]) == (40, 0.75)


def test_few_journeys_are_never_judged():
    table = conversion_turns(*log({(("pay", True),): (9, 1), (("pay", False),): (1, 9)}))
    assert table.small[0] and table.verdict[0] == "undecided"


def test_where_everybody_converts_there_are_no_odds():
    assert isinstance(conversion_turns(*log({(("pay", True),): (5, 0)})), Missing)


def test_success_and_conversion_are_needed():
    events, journeys = log({(("pay", True),): (3, 3)})
    assert conversion_turns(events.drop("success"), journeys) == Missing(
        "interactions", ("success",)
    )
    assert conversion_turns(events, Missing("journeys")).table == "journeys"
