"""What is known of everybody tells who is silent, and how far the mean is off."""

import numpy as np
import pandas as pd
import pytest
from tables import feedback, interactions

from keytouch.answering import Cells, fact_cells, known_facts, nonresponse
from keytouch.engine import Missing, collect, from_frame
from keytouch.propensity import _reweighted, response_bias

NOTHING = Missing("customers")


def journeys(**columns):
    return from_frame(pd.DataFrame({"journey_id": [1, 2, 3, 4], **columns}))


def test_facts_are_gathered_from_every_table():
    log = interactions(
        [(1, "pay", "2025-01-01T10:00"), (1, "ship", "2025-01-03T10:00"), (2, "pay", "2025-01-01")],
        promised_ts=pd.to_datetime(["2025-01-01 09:00", "2025-01-02 10:00", None]),
        success=[True, False, True],
        wait_minutes=[3.0, 9.0, None],
    )
    customers = from_frame(pd.DataFrame({"customer_id": ["a", "b"], "churned": [True, False]}))
    data = feedback([(1, None, "csat", 5), (2, None, "csat", None), (3, "pay", "csat", 1)])
    facts = known_facts(
        data,
        journeys=journeys(customer_id=["a", "b", "b", None], channel=["app", "app", "web", None]),
        customers=customers,
        interactions=log,
        late_minutes=2 * 24 * 60,
    )
    table = collect(facts).set_index("key").sort_index()
    assert table.answered.tolist() == [True, False, False, False]
    assert table.x.dropna().tolist() == [1]
    assert table.failed.tolist()[:2] == [True, False]
    assert table.late.tolist()[:2] == [False, False]  # a day late, two are allowed
    assert table.wait_minutes[1] == 9 and np.isnan(table.wait_minutes[2])
    assert table.churned.tolist()[:3] == [True, False, False]
    assert table.steps[1] == 2 and table.unit.tolist() == ["a", "b", "b", "4"]


def test_without_journeys_the_customers_are_everybody():
    customers = from_frame(pd.DataFrame({"customer_id": ["a", "b"], "segment": ["x", "y"]}))
    data = feedback([(1, None, "csat", 5)], customer_id=["a"])
    facts = known_facts(
        data, journeys=Missing("journeys"), customers=customers,
        interactions=Missing("interactions"),
    )  # fmt: skip
    assert collect(facts).set_index("key").answered.to_dict() == {"a": True, "b": False}


def test_without_anybody_else_nothing_is_known():
    missing = known_facts(
        feedback([(1, None, "csat", 5)]), journeys=Missing("journeys"), customers=NOTHING,
        interactions=Missing("interactions"),
    )  # fmt: skip
    assert missing == Missing("journeys")
    assert nonresponse(missing) == response_bias(missing) == Missing("journeys")


def facts(failed, answered, score, **more):
    """Facts as `known_facts` gives them, from arrays."""
    frame = pd.DataFrame({"key": range(len(failed)), "answered": answered, "failed": failed})
    frame = frame.assign(x=np.where(answered, score, np.nan), **more)
    return from_frame(frame)


def hand_worked(**more):
    """Of 100 with a failure 20 answer 0.25; of 100 without 60 answer 0.75."""
    failed = np.repeat([True, False], 100)
    answered = np.r_[np.arange(100) < 20, np.arange(100) < 60]
    return facts(failed, answered, np.where(failed, 0.25, 0.75), **more)


def test_the_silent_are_compared_with_those_who_answered():
    table = nonresponse(hand_worked())
    row = table.iloc[0]
    assert table.fact.tolist() == ["failed"]
    assert (row.level, row.n, row.answered) == ("yes", 100, 20)
    assert (row.answer_rate, row.baseline) == (0.2, 0.4)
    # A quarter of the 80 answers, two thirds of the 120 silent.
    gap = (1 / 4 - 2 / 3) / np.sqrt((3 / 16 + 2 / 9) / 2)
    assert row.standardised_difference == pytest.approx(gap)
    assert row.comparison == "lower"


def test_the_mean_is_mended_by_the_inverse_of_the_chance_to_answer():
    row = response_bias(hand_worked(), scale=(1, 5)).iloc[0]
    assert row.raw_score == pytest.approx(1 + 4 * (0.25 * 20 + 0.75 * 60) / 80)
    assert row.adjusted_score == pytest.approx(3)  # half with a failure at 2, half at 4
    assert row.bias_points == pytest.approx(row.raw_score - 3)
    assert (row.bias, row.n, row.asked) == ("up", 80, 200)
    assert not row.slight and row.facts == "failed"


def test_silence_that_has_nothing_to_do_with_the_score_shifts_nothing():
    even = np.arange(200) % 2 == 0
    row = response_bias(facts(even, np.arange(200) % 5 < 2, 0.5 + 0.2 * (np.arange(200) % 3))).iloc[
        0
    ]
    assert row.bias == "none"
    assert row.bias_points_lo < 0 < row.bias_points_hi


def test_kinds_of_customers_who_are_never_asked_are_out_of_reach():
    never = np.r_[np.ones(50, bool), np.zeros(200, bool)]
    table = collect(hand_worked())
    both = pd.concat([table.head(50).assign(answered=False, x=np.nan), table]).assign(
        key=range(250), converted=~never
    )
    found = fact_cells(from_frame(both))
    assert (found.beyond, found.asked, found.names) == (50, 200, ["failed"])
    assert response_bias(from_frame(both)).out_of_reach.iloc[0] == 50


def test_kinds_that_answer_a_tenth_as_often_were_not_asked():
    table = collect(hand_worked())
    visitors = pd.DataFrame({"key": range(200, 400), "answered": False, "failed": False})
    visitors.loc[:5, "answered"] = True
    visitors["x"] = np.where(visitors.answered, 0.1, np.nan)
    both = pd.concat([table.assign(converted=True), visitors.assign(converted=False)])
    found = fact_cells(from_frame(both))
    assert (found.beyond, found.answered) == (200, 80)
    more = both.assign(answered=both.answered | (both.key > 380))
    assert fact_cells(from_frame(more.assign(x=more.x.fillna(0.1)))).beyond == 0


def test_everybody_answering_leaves_nobody_to_compare():
    full = facts(np.arange(20) % 2 == 0, np.ones(20, bool), 0.5)
    assert nonresponse(full) == Missing("journeys", ("channel", "segment"))
    assert response_bias(full) == Missing("journeys", ("channel", "segment"))


def world(random, n=600, customers=False):
    """Failures lower the score and the will to answer; a second fact is mere noise."""
    who = np.arange(n) // 3 if customers else np.arange(n)
    mood = random.normal(0, 1, n)[who] * (0.2 if customers else 0)
    failed = random.random(n) < 0.3
    frame = pd.DataFrame({"key": range(n), "failed": failed, "unit": who.astype(str)})
    frame["segment"] = np.where(random.random(n) < 0.5, "a", "b")
    frame["answered"] = random.random(n) < np.where(failed, 0.3, 0.6)
    frame["x"] = 0.7 - 0.3 * failed + mood + random.normal(0, 0.1, n)
    return frame


def cells(frame):
    """The cells of a world, without the engine."""
    known = frame.assign(failed=frame.failed.astype(str), r=frame.answered, n=1)
    known["sy"] = frame.x * frame.answered
    known["syy"] = known.sy * frame.x
    table = known.groupby(["failed", "segment"], as_index=False)[["n", "r", "sy", "syy"]].sum()
    return Cells(table, ["failed", "segment"], 0, from_frame(frame[["key"]]))


def test_the_mended_mean_and_the_shift_cover_as_promised():
    random = np.random.default_rng(8)
    mended, shifts = [], []
    for _ in range(400):
        frame = world(random)
        _, (mean, error), (shift, shift_error) = _reweighted(cells(frame))
        mended.append(abs(mean - 0.61) <= 1.96 * error)
        # Of those who answer .3 × .3 of .51 had a failure: the raw mean tends to 0.7 − 0.3 × 3/17.
        shifts.append(abs(shift - (0.09 - 0.3 * 3 / 17)) <= 1.96 * shift_error)
    assert 0.93 <= np.mean(mended) <= 0.97
    assert 0.93 <= np.mean(shifts) <= 0.97


def test_the_errors_of_customers_who_came_three_times_are_larger():
    frame = world(np.random.default_rng(9), customers=True)
    frame.loc[~frame.answered, "x"] = np.nan
    each = response_bias(from_frame(frame.drop(columns="unit")), scale=(0, 1)).iloc[0]
    shared = response_bias(from_frame(frame), scale=(0, 1)).iloc[0]
    assert shared.adjusted_score == pytest.approx(each.adjusted_score)
    assert shared.adjusted_score_hi > each.adjusted_score_hi
    lone = from_frame(frame.assign(unit=frame.key.astype(str)))
    assert response_bias(lone, scale=(0, 1)).bias_points_hi[0] == pytest.approx(each.bias_points_hi)


def test_answers_without_a_score_tell_nothing_of_silence():
    said = from_frame(pd.DataFrame({"feedback_id": ["f"], "journey_id": [1], "comment": ["慢"]}))
    found = known_facts(said, journeys=journeys(), customers=NOTHING, interactions=NOTHING)
    assert found == Missing("feedback", ("score",))
