"""Perception, emotion and satisfaction stay three things; peaks and ends are counted."""

import numpy as np
import pandas as pd
import pytest

from keytouch.emotions import feelings, peak_moments
from keytouch.engine import Missing, from_frame

DAY = pd.Timestamp("2025-01-01")
SCALES = {"affect": (-2.0, 2.0), "csat": (1.0, 5.0), "perception": (1.0, 7.0)}


def answers(rows):
    """Feedback from (journey, touchpoint, metric, score) rows, an hour apart."""
    frame = pd.DataFrame(rows, columns=["journey_id", "touchpoint_id", "metric", "score"])
    return from_frame(
        frame.assign(
            score=frame.score.astype(float),
            scale_lo=frame.metric.map(lambda m: SCALES[m][0]),
            scale_hi=frame.metric.map(lambda m: SCALES[m][1]),
            status=np.where(frame.score.isna(), "blank", "answered"),
            ts=DAY + pd.to_timedelta(frame.groupby("journey_id").cumcount(), "h"),
        )
    )  # fmt: skip


def test_the_three_are_never_merged():
    table = feelings(
        answers([
            ("a", "desk", "affect", -1), ("b", "desk", "affect", 0), ("a", "desk", "csat", 5),
            ("a", "desk", "perception", 7), ("a", "room", "csat", 3), ("b", "room", "csat", None),
        ])
    ).set_index("touchpoint_id")  # fmt: skip
    desk, room = table.loc["desk"], table.loc["room"]
    assert (desk.affect, desk.score, desk.perception) == pytest.approx((-0.5, 5, 7))
    assert (desk.n, desk.n_score, desk.n_perception) == (2, 1, 1)
    assert desk.affect_sd == pytest.approx(np.sqrt(0.5))
    assert np.isnan(room.affect) and room.n == 0 and room.score == 3


def test_the_interval_of_the_spread_covers_the_truth():
    random = np.random.default_rng(1)
    hits = []
    for _ in range(40):
        values = random.choice([-2, -1, 0, 1, 2], size=200, p=[0.1, 0.2, 0.3, 0.3, 0.1])
        rows = [(f"j{n}", "desk", "affect", value) for n, value in enumerate(values)]
        row = feelings(answers(rows)).iloc[0]
        hits.append(row.affect_sd_lo <= np.sqrt(1.29) <= row.affect_sd_hi)
    assert np.mean(hits) >= 0.88


def test_satisfaction_alone_is_not_a_feeling():
    data = answers([("a", "desk", "csat", 5)])
    assert feelings(data) == Missing("feedback", ("affect", "perception"))


def test_peaks_and_ends_worked_by_hand():
    table = peak_moments(
        answers([
            ("a", "find", "affect", 0), ("a", "pay", "affect", -2), ("a", "get", "affect", 1),
            ("b", "find", "affect", 1), ("b", "get", "affect", 2), ("b", "pay", "affect", 0),
            ("c", "find", "affect", 2), ("c", "pay", "affect", 1),
        ])
    ).set_index("touchpoint_id")  # fmt: skip
    assert list(table.n) == [2, 2, 2]  # journey c has two moments only
    assert table.low_peak_rate.to_dict() == {"find": 0, "get": 0, "pay": 0.5}
    assert table.high_peak_rate.to_dict() == {"find": 0, "get": 0.5, "pay": 0}
    assert table.end_rate.to_dict() == {"find": 0, "get": 0.5, "pay": 0.5}
    assert table.peak_rate.sum() == pytest.approx(1) and table.small.all()


def test_without_an_order_there_are_no_peaks():
    assert isinstance(peak_moments(Missing("feedback")), Missing)
