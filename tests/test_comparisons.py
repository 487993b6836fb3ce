"""Groups are called different only where the difference survives all the comparisons made."""

import numpy as np
import pandas as pd
import pytest
from tables import feedback

from keytouch.comparisons import compare_groups, compare_touchpoints, group_kpis, touchpoint_gaps
from keytouch.contrasts import mean_difference, share_difference
from keytouch.engine import Missing, from_frame
from keytouch.problems import DataError

SCALES = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}


def answers(groups, metric="csat", column="segment", **more):
    """Feedback from {group: scores}."""
    rows = [(None, metric, score) for scores in groups.values() for score in scores]
    rows = [(number, *row) for number, row in enumerate(rows)]
    names = [name for name, scores in groups.items() for _ in scores]
    return feedback(rows, **{column: names}, **more)


TWO = {"old": [5, 4, 5, 4, 5, 3], "new": [2, 3, 1, 2, 4, 2, 3]}


def test_a_group_against_the_rest_is_welchs_comparison():
    table = compare_groups(answers(TWO), min_n=2, small_cell=1).set_index("segment")
    a, b = (np.array(values, float) for values in TWO.values())
    expected = mean_difference(a.mean(), a.var(ddof=1), 6, b.mean(), b.var(ddof=1), 7)
    row = table.loc["old"]
    assert row.score == pytest.approx(a.mean())
    assert (row.score_difference, row.score_difference_lo, row.score_difference_hi) == (
        pytest.approx(expected[:3])
    )
    assert row.p_value == pytest.approx(expected.p_value)  # both groups make one comparison twice
    assert table.comparison.to_dict() == {"old": "higher", "new": "lower"}


def test_shares_are_compared_by_newcombe():
    table = compare_groups(answers(TWO), measure="top_rate", min_n=2, small_cell=1)
    row = table.set_index("segment").loc["new"]
    expected = share_difference(1 / 7, 7, 5 / 6, 6)
    assert (row.top_rate, row.rate_difference) == pytest.approx((1 / 7, 1 / 7 - 5 / 6))
    assert (row.rate_difference_lo, row.rate_difference_hi) == pytest.approx(expected[1:3])


def test_net_promoter_scores_are_compared_in_points():
    data = answers({"old": [10, 9, 9, 8], "new": [3, 9, 6, 7]}, "nps")
    table = compare_groups(data, measure="nps", min_n=2, small_cell=1).set_index("segment")
    assert table.nps.to_dict() == {"old": 75, "new": pytest.approx(-25)}
    assert table.loc["old", "nps_difference"] == pytest.approx(100)
    with pytest.raises(DataError):
        compare_groups(
            answers({"a": [10], "b": [3]}, "nps", scale_lo=[1.0, 1.0]), measure="nps"
        )  # fmt: skip


def test_a_reference_is_compared_with_nobody():
    table = compare_groups(answers(TWO), against="new", min_n=2, small_cell=1)
    table = table.set_index("segment")
    assert table.comparison.to_dict() == {"old": "higher", "new": "reference"}
    assert np.isnan(table.loc["new", "score_difference"])
    with pytest.raises(ValueError, match="new, old"):
        compare_groups(answers(TWO), against="nobody")


def test_periods_are_compared_with_the_one_before():
    days = pd.to_datetime(["2025-01-05"] * 4 + ["2025-02-05"] * 4 + ["2025-03-05"] * 4)
    data = answers({"x": [5, 4, 5, 4, 2, 1, 2, 1, 2, 1, 2, 1]}, ts=days)
    table = compare_groups(data, by="period", against="previous", min_n=2, small_cell=1)
    assert table.period.dt.month.tolist() == [1, 2, 3]
    assert table.comparison.tolist() == ["not_judged", "lower", "alike"]
    assert table.score_difference.iloc[1] == pytest.approx(-3)


def test_small_groups_are_not_judged_and_tiny_ones_not_shown():
    data = answers({"big": [4, 5] * 20, "small": [1, 2] * 6, "tiny": [1, 1, 1]})
    table = compare_groups(data, min_n=30, small_cell=10).set_index("segment")
    assert table.comparison.to_dict() == {
        "big": "higher", "small": "not_judged", "tiny": "suppressed",
    }  # fmt: skip
    hidden = table.loc["tiny"]
    assert hidden[["score", "score_lo", "score_difference", "p_value", "n"]].isna().all()
    assert hidden.suppressed and hidden.small_cell == 10
    assert table.loc["small", "score"] == 1.5 and table.loc["small", "small"]


def test_yes_and_no_of_other_tables_are_compared():
    frame = pd.DataFrame({"journey_id": list("abcdefgh"), "channel": ["app"] * 4 + ["web"] * 4})
    frame = frame.assign(converted=[True, True, True, None, False, False, True, False])
    table = compare_groups(
        from_frame(frame), by="channel", measure="converted", min_n=2, small_cell=1
    ).set_index("channel")
    assert table.conversion_rate.to_dict() == {"app": 1.0, "web": 0.25}
    assert table.n.to_dict() == {"app": 3, "web": 4}


def test_ten_equal_segments_seldom_hold_a_lower_or_higher_one():
    random = np.random.default_rng(2)
    told = 0
    for _ in range(60):
        groups = {f"s{k}": random.integers(1, 6, 40) for k in range(10)}
        told += compare_groups(answers(groups)).comparison.isin(["lower", "higher"]).any()
    assert told <= 8  # 5 % would be 3 of 60; without correction it would be about 24


def test_what_lacks_is_missing_and_what_is_unknown_refused():
    assert compare_groups(Missing("feedback")) == Missing("feedback")
    assert compare_groups(answers(TWO), by="region") == Missing("feedback", ("region",))
    assert compare_groups(answers(TWO), by="period") == Missing("feedback", ("ts",))
    assert compare_groups(answers(TWO), measure="churned") == Missing("customers", ("churned",))
    with pytest.raises(ValueError, match="top_rate"):
        compare_groups(answers(TWO), measure="mood")


def rated(count=40, halo=True):
    """Everybody scores `pay` one below the other two; strict and mild customers alike."""
    rows = []
    for k in range(count):
        mood = (k % 2) * 2 if halo else 0
        rows += [(k, "pay", "csat", 1 + mood), (k, "ship", "csat", 2 + mood)]
        rows += [(k, "help", "csat", 2 + mood)] if k % 2 == 0 else []
    return feedback(rows)


def test_touchpoints_are_compared_within_the_same_customers():
    table = compare_touchpoints(rated()).set_index("touchpoint_id")
    # The mean of `help` is low because only strict customers meet it; within them it is high.
    assert table.loc["help", "score"] < table.loc["ship", "score"]
    assert table.loc["help", "score_difference"] == pytest.approx(0.5)
    assert table.loc["pay", "score_difference"] == pytest.approx(-1)
    assert table.comparison.to_dict() == {"pay": "lower", "ship": "higher", "help": "not_judged"}
    assert table.loc["help", "n"] == 20


def test_a_customer_with_one_score_compares_nothing():
    table = compare_touchpoints(
        feedback([(1, "pay", "csat", 1), (2, "pay", "csat", 5), (2, "ship", "csat", 4)]),
        min_n=1,
        small_cell=1,
    )
    assert table.set_index("touchpoint_id").n.to_dict() == {"pay": 1, "ship": 1}


def test_headline_figures_of_groups_have_their_own_n():
    rows = [(k, None, "csat", 4 + k % 2) for k in range(12)]
    rows += [(k, None, "nps", 10) for k in range(6)] + [(20 + k, None, "csat", 1) for k in range(3)]
    data = feedback(rows, segment=["old"] * 18 + ["new"] * 3)
    table = group_kpis(data, scales=SCALES, min_n=12, small_cell=5).set_index("segment")
    assert "ces_mean" not in table
    assert table.loc["old", ["top_rate", "nps"]].tolist() == [1.0, 100.0]
    assert table.loc["old", ["n", "nps_n"]].tolist() == [12, 6]
    assert table.loc["old", "small"] and not table.loc["old", "suppressed"]
    assert table.loc["new", "suppressed"] and np.isnan(table.loc["new", "top_rate"])
    assert group_kpis(data, by="region", scales=SCALES) == Missing("feedback", ("region",))


def test_a_group_that_scores_everything_low_is_low_everywhere_but_not_relatively():
    rows, who = [], []
    for k in range(80):
        mood = 2 if k % 2 else 0  # `old` customers score everything two points higher
        picky = -1 if k % 2 else 0  # and `pay` one point lower than their own level
        noise = k % 3 % 2
        rows += [(k, "pay", "csat", 2 + mood + picky + noise), (k, "ship", "csat", 2 + mood)]
        rows += [(k, "help", "csat", 2 + mood + (k % 5 == 0))]
        who += ["old" if k % 2 else "new"] * 3
    data = feedback(rows, segment=who)
    plain = touchpoint_gaps(data).set_index(["touchpoint_id", "segment"])
    assert plain.loc[("pay", "old"), "comparison"] == "higher"
    relative = touchpoint_gaps(data, relative=True).set_index(["touchpoint_id", "segment"])
    assert relative.loc[("pay", "old"), "comparison"] == "lower"
    assert relative.loc[("pay", "old"), "score_difference"] == pytest.approx(-1, abs=0.1)
    assert relative.loc[("pay", "old"), "score"] == plain.loc[("pay", "old"), "score"]
    assert relative.index[0][0] == "pay"
    nobody = data.drop("journey_id")
    assert touchpoint_gaps(nobody, relative=True) == Missing("feedback", ("customer_id",))
    assert touchpoint_gaps(data, by="region") == Missing("feedback", ("region",))


def test_cells_are_corrected_and_hidden_like_groups():
    rows = [(k, "pay", "csat", 1 + k % 5) for k in range(70)]
    segments = ["a"] * 30 + ["b"] * 35 + ["c"] * 5
    table = touchpoint_gaps(feedback(rows, segment=segments)).set_index("segment")
    assert table.comparison.to_dict() == {"a": "alike", "b": "alike", "c": "suppressed"}
    assert np.isnan(table.loc["c", "score"])
