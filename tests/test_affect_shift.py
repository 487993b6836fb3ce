"""Turning points of feelings: a halo is none, a planted carry-over is, and ordering matters."""

import numpy as np
import pandas as pd
import pytest

from keytouch.affect_shift import turning_points
from keytouch.engine import Missing, from_frame


def diary(rows):
    """Affect from (journey, touchpoint, score, hour) rows."""
    frame = pd.DataFrame(rows, columns=["journey_id", "touchpoint_id", "score", "hour"])
    return frame.assign(
        feedback_id=[f"f{k}" for k in range(len(frame))],
        ts=pd.Timestamp("2025-01-01") + pd.to_timedelta(frame.hour, unit="h"),
        metric="affect", scale_lo=-2.0, scale_hi=2.0, status="answered",
    ).drop(columns="hour")  # fmt: skip


def panel(n, *, carry=0.0, at=3, steps=8, seed=1, loads=(0.35, 0.6)):
    """Journeys whose mood colours touchpoints unequally; `carry` of step `at` joins later ones."""
    random = np.random.default_rng(seed)
    load = np.sqrt(np.linspace(*loads, steps))[random.permutation(steps)]
    mood, rows = random.standard_normal(n), []
    feel = load * mood[:, None] + np.sqrt(1 - load**2) * random.standard_normal((n, steps))
    feel[:, at + 1 :] += carry * feel[:, [at]]
    scores = np.clip(np.rint(0.2 + feel), -2, 2)
    asked = random.random((n, steps)) < 0.8
    rows = [(f"j{i}", f"t{k}", scores[i, k], k) for i, k in zip(*np.nonzero(asked))]
    return diary(rows)


def test_a_planted_turning_point_is_found_and_is_the_only_one():
    table = turning_points(from_frame(panel(900, carry=0.5)))
    assert table.touchpoint_id[table.verdict == "turns"].tolist() == ["t3"]
    first = table.iloc[0]
    assert first.touchpoint_id == "t3"
    assert first.after_bad_hi < 0 < first.after_good_lo
    assert first.shift_points_lo > 0 and first.p_turn > 0.8


@pytest.mark.parametrize("seed", range(10))
def test_a_mood_that_lasts_through_the_journey_turns_nothing(seed):
    """Touchpoints share a mood to very different degrees, but nothing is carried over."""
    table = turning_points(from_frame(panel(900, seed=seed, loads=(0.3, 0.9))))
    assert not (table.verdict == "turns").any()


def test_later_scores_minus_earlier_scores_worked_by_hand():
    """Without a common mood the loadings are equal, so the change is a plain difference."""
    rows = []
    for number, (before, own, after) in enumerate(
        [(1, 1, 2), (1, -1, 0), (-1, 1, 0), (-1, -1, -2), (0, 1, 1), (0, -1, -1)] * 20
    ):
        scores = zip("abc", (before, own, after), range(3))
        rows += [(f"j{number}", name, score, hour) for name, score, hour in scores]
    row = turning_points(from_frame(diary(rows))).set_index("touchpoint_id").loc["b"]
    # After a good "b" the score of "c" is 1 above that of "a", after a bad one 1 below.
    assert row.shift_points == pytest.approx(2, abs=0.1)
    assert row.after_good == pytest.approx(1, abs=0.05)
    assert (row.n_good, row.n_bad, row.verdict) == (60, 60, "turns")


def test_few_answers_are_never_judged():
    table = turning_points(from_frame(panel(40, carry=0.8)))
    assert table.small.any()
    assert set(table.verdict[table.small]) == {"undecided"}


def test_one_survey_at_the_end_is_ordered_by_the_event_log():
    frame = panel(900, carry=0.5).assign(metric="csat", scale_lo=1.0, scale_hi=5.0)
    frame = frame.assign(score=frame.score + 3)
    log = frame[["journey_id", "touchpoint_id", "ts"]].assign(
        interaction_id=[f"i{k}" for k in range(len(frame))]
    )
    ended = frame.assign(ts=frame.groupby("journey_id").ts.transform("max"))
    table = turning_points(from_frame(ended), interactions=from_frame(log))
    assert table.touchpoint_id[table.verdict == "turns"].tolist() == ["t3"]
    assert isinstance(turning_points(from_frame(ended)), Missing)


def test_groups_of_related_questions_are_no_turning_point():
    """Each half of the touchpoints has a mood of its own: one common mood does not explain that."""
    random, steps = np.random.default_rng(4), 8
    moods = random.standard_normal((900, 2))[:, [k * 2 // steps for k in range(steps)]]
    scores = np.clip(np.rint(0.9 * moods + 0.5 * random.standard_normal((900, steps))), -2, 2)
    rows = [(f"j{i}", f"t{k}", scores[i, k], k) for i in range(900) for k in range(steps)]
    table = turning_points(from_frame(diary(rows)))
    assert table.misfit[0] > 0.08 and set(table.verdict) == {"undecided"}
    assert turning_points(from_frame(panel(900))).misfit[0] < 0.05


def test_the_order_of_rows_does_not_matter():
    frame = panel(300, carry=0.5)
    shuffled = frame.sample(frac=1, random_state=2).reset_index(drop=True)
    one, other = (turning_points(from_frame(part)) for part in (frame, shuffled))
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_turning_points_need_scores_at_touchpoints():
    assert turning_points(Missing("feedback")) == Missing("feedback")
    whole = panel(20).drop(columns="touchpoint_id")
    assert isinstance(turning_points(from_frame(whole)), Missing)
