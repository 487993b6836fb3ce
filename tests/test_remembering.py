"""A journey's mean, peak, end and trend, worked by hand; and where the order comes from."""

import pandas as pd
import pytest
from tables import feedback, interactions

from keytouch.engine import Missing, collect, from_frame
from keytouch.remembering import memory_bins, rated_moments, remembered_journeys

HOURS = ["2025-01-01T08", "2025-01-01T09", "2025-01-01T10", "2025-01-01T11", "2025-01-02T08"]


def diary(scores, whole, *, journey="j1", times=HOURS):
    """One journey's affect at touchpoints a, b, c …, and the remembered whole."""
    names = list("abcdefgh")[: len(scores)]
    rows = [(journey, name, "affect", score) for name, score in zip(names, scores)]
    rows += [(journey, None, "affect", whole)]
    frame = pd.DataFrame(rows, columns=["journey_id", "touchpoint_id", "metric", "score"])
    return frame.assign(
        score=frame.score.astype(float),
        ts=pd.to_datetime([*times[: len(scores)], times[-1]]),
        scale_lo=-2.0,
        scale_hi=2.0,
        status="answered",
    )


def features(frame, **options):
    return collect(remembered_journeys(from_frame(frame), **options)).iloc[0]


def test_a_journey_worked_by_hand():
    row = features(diary([1, -2, 0, 1], -1))
    place = [0.75, 0, 0.5, 0.75]  # on the scale's 0–1
    assert row["mean"] == pytest.approx(sum(place) / 4)
    assert (row.peak, row.end, row.peak_end) == pytest.approx((0, 0.75, 0.375))
    assert row.trend == pytest.approx((-1.5 * 0.75 - 0.5 * 0 + 0.5 * 0.5 + 1.5 * 0.75) / 5)
    assert (row.remembered, row.moments, row.ordered_by) == (0.25, 4, "clock")


def test_of_two_equally_extreme_moments_the_earlier_is_the_peak():
    assert features(diary([2, -2, 0], 0)).peak == 1
    assert features(diary([-2, 2, 0], 0)).peak == 0


def test_the_order_is_the_ratings_own_time():
    late_first = [HOURS[2], HOURS[1], HOURS[0], HOURS[4]]
    assert features(diary([1, 0, -1], 0, times=late_first)).end == pytest.approx(0.75)


def test_journeys_of_fewer_moments_or_without_a_whole_are_left_out():
    frame = pd.concat(
        [
            diary([1, 0], 0, journey="short"),
            diary([1, 0, 1], 0, journey="full"),
            diary([1, 0, 1], 0, journey="silent").iloc[:-1],
        ]
    )
    found = collect(remembered_journeys(from_frame(frame)))
    assert list(found.key) == ["full"]


def survey():
    """A satisfaction survey filled in afterwards: no order in its own times."""
    rows = [("j1", "pay", "csat", 5), ("j1", "find", "csat", 3), ("j1", "get", "csat", 1)]
    return feedback([*rows, ("j1", None, "csat", 2)])


def test_satisfaction_is_ordered_by_the_log_and_its_peak_is_farthest_from_the_usual():
    log = interactions([
        ("j1", "find", "2025-01-01"), ("j1", "pay", "2025-01-02"), ("j1", "get", "2025-01-05"),
        ("j1", "find", "2025-01-03"),
    ])  # fmt: skip
    found = collect(remembered_journeys(survey(), interactions=log)).iloc[0]
    assert (found.metric, found.ordered_by) == ("csat", "log")
    assert found.end == 0  # "get" came last; mean of all moments 0.5, both ends equally far
    assert found.peak == 1  # "pay" came before "get"; "find" was met again in between


def test_without_a_log_the_stages_order():
    listed = from_frame(
        pd.DataFrame({"touchpoint_id": ["pay", "find", "get"], "stage_id": ["s3", "s1", "s2"]})
    )
    moments = rated_moments(survey(), touchpoints=listed, stages=["s1", "s2", "s3"])
    found = collect(moments).sort_values("place")
    assert list(found.touchpoint_id) == ["find", "get", "pay"]
    assert set(found.ordered_by) == {"stages"}


def test_without_any_order_the_interaction_log_is_missing():
    assert remembered_journeys(survey()) == Missing("interactions", ("ts",))


def test_without_touchpoints_or_keys_the_feedback_is_missing():
    bare = from_frame(diary([1, 0, 1], 0).drop(columns="journey_id"))
    assert isinstance(remembered_journeys(bare), Missing)
    assert remembered_journeys(Missing("feedback")) == Missing("feedback")


def test_bins_keep_equal_values_together_and_count_every_journey():
    frame = pd.concat(
        [diary([0, 0, value], value, journey=f"j{n}") for n, value in enumerate([0, 0, 1, 1, 2, 2])]
    )
    bins = memory_bins(remembered_journeys(from_frame(frame)), rule="end", bins=6)
    assert list(bins.x) == [0, 1, 2]
    assert list(bins.score) == [0, 1, 2]
    assert list(bins.n) == [2, 2, 2]
