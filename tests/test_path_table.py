"""Paths through channels, sets of channels and the pivot of scores: hand-worked."""

import pandas as pd
import pytest
from tables import feedback, interactions

import keytouch as kt
from keytouch.engine import Missing, collect, from_frame
from keytouch.path_table import coalitions, driver_pivot, paths

CHANNELS = {1: "app app hotline app", 2: "app hotline app", 3: "hotline app", 4: "app"}
JOURNEYS = from_frame(
    pd.DataFrame(
        {
            "journey_id": [1, 2, 3, 4],
            "converted": pd.Series([True, False, True, None], dtype="boolean"),
            "value": [100.0, None, 50.0, None],
        }
    )
)


def log(channels=CHANNELS, **more):
    rows, names = [], []
    for journey, path in channels.items():
        for step, name in enumerate(path.split()):
            rows.append((journey, "t", pd.Timestamp("2025-01-01") + pd.Timedelta(hours=step)))
            names.append(None if name == "-" else name)
    return interactions(rows, channel=names, **more)


def test_repeats_in_one_channel_are_one_step():
    table = paths(log()).set_index("channel_path")
    assert table.loc["app > hotline > app", ["n", "length"]].tolist() == [2, 3]
    assert table.n.sum() == 4 and table.conversion_rate.isna().all()


def test_paths_carry_what_attribution_needs():
    table = paths(log(), journeys=JOURNEYS).set_index("channel_path")
    row = table.loc["app > hotline > app"]
    assert (row.told_n, row.won_n, row.value_sum, row.conversion_rate) == (2, 1, 100, 0.5)
    assert row.conversion_rate_lo < 0.5 < row.conversion_rate_hi


def test_an_unknown_ending_is_no_failure():
    row = paths(log(), journeys=JOURNEYS).set_index("channel_path").loc["app"]
    assert row.n == 1 and row.told_n == 0 and pd.isna(row.conversion_rate)


def test_a_step_of_unknown_channel_is_passed_over():
    assert paths(log({1: "app - app", 2: "-"})).channel_path.tolist() == ["app"]


def test_a_journey_that_stands_for_several_counts_as_many():
    table = paths(log({1: "app hotline", 2: "app"}, n=[5, 5, 1]))
    assert table[["channel_path", "n"]].to_numpy().tolist() == [["app > hotline", 5], ["app", 1]]


def test_coalitions_forget_the_order():
    table = coalitions(paths(log(), journeys=JOURNEYS)).set_index("channel_set")
    row = table.loc["app + hotline"]
    assert (row.n, row.length, row.told_n, row.won_n, row.value_sum) == (3, 2, 3, 2, 150)


def test_paths_need_channels():
    data = log().drop("channel")
    assert paths(data) == Missing("interactions", ("channel",))
    assert coalitions(paths(data)) == Missing("interactions", ("channel",))


def test_the_pivot_puts_scores_side_by_side():
    given = feedback(
        [(1, "a", "csat", 5), (1, "b", "csat", 3), (1, None, "csat", 4), (2, "a", "csat", 1)]
    )
    table = collect(driver_pivot(given)).set_index("key").sort_index()
    assert table.loc[1, ["a", "b", "(overall)"]].tolist() == [1.0, 0.5, 0.75]
    assert table.loc[2, "a"] == 0 and pd.isna(table.loc[2, "b"])


def test_the_pivot_of_nothing_is_missing():
    assert driver_pivot(Missing("feedback")) == Missing("feedback")


def test_the_most_frequent_path_is_said():
    kt.use("en")
    found = kt.path_findings(paths(log(), journeys=JOURNEYS))
    assert "app → hotline → app" in found[0].sentence()
    assert found[0].value == pytest.approx(0.5)
