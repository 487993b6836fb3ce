"""Complaints set right or not, by hand: groups, later purchases, differences, waits, settling."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import tables

from keytouch.answer_speed import response_time_effect, response_time_slopes
from keytouch.complaining import recovery_cases
from keytouch.engine import Missing, collect, from_frame
from keytouch.estimate import wilson
from keytouch.held_fixed import slope_within
from keytouch.problems import DataError
from keytouch.recovering import recovery_paradox, service_recovery
from keytouch.settling import empowerment_effect, settlements, settling_cases

PLACES = from_frame(
    pd.DataFrame({"touchpoint_id": ["desk", "care"], "moment": ["after_sales", "complaint"]})
)
# Journey, touchpoint, day, success, wait.
ROWS = [
    ("a", "desk", 1, False, 5), ("a", "care", 2, False, 60), ("a", "care", 3, True, 9),
    ("b", "care", 1, True, 30), ("b", "care", 2, False, 30),
    ("c", "desk", 1, False, 7), ("d", "desk", 1, True, 3), ("e", "desk", 1, None, 3),
]  # fmt: skip


def log(rows=ROWS, **more):
    spread = [(row[0], row[1], f"2025-01-{row[2]:02}") for row in rows]
    more = {"wait_minutes": [float(row[4]) for row in rows]} | more
    return tables.interactions(spread, success=pd.array([r[3] for r in rows], "boolean"), **more)


def groups(rows=ROWS, **options):
    found = collect(recovery_cases(log(rows), PLACES, **options))
    return found.set_index("key").sort_index()


def test_the_last_contact_says_whether_a_complaint_was_set_right():
    table = groups()
    assert table.recovery_group.where(table.recovery_group.notna(), "").to_dict() == {
        "a": "recovered", "b": "not_recovered", "c": "silent", "d": "no_failure", "e": "",
    }  # fmt: skip
    assert table.loc["a", ["contacts", "failures", "first_wait", "wait_elsewhere"]].tolist() == [
        2, 1, 60, 5,
    ]  # fmt: skip


def test_a_journey_without_a_known_outcome_is_counted_apart():
    table = service_recovery(recovery_cases(log(), PLACES))
    assert table.n.tolist() == [1, 1, 1, 1] and set(table.unknown_n) == {1}


def test_named_touchpoints_take_complaints_instead_of_the_inventory():
    assert groups(complaints=["desk"]).recovery_group.to_dict()["d"] == "recovered"


def test_what_is_lacking_is_named():
    bare = log().drop("success")
    assert recovery_cases(bare, PLACES) == Missing("interactions", ("success",))
    assert recovery_cases(log()) == Missing("touchpoints")
    unsaid = PLACES.drop("moment")
    assert recovery_cases(log(), unsaid) == Missing("touchpoints", ("moment",))
    assert recovery_cases(log(ROWS[-2:]), PLACES) == Missing("interactions", ("success",))
    assert service_recovery(Missing("interactions")) == Missing("interactions")
    assert recovery_paradox(recovery_cases(log(), PLACES)) == Missing("interactions", ("success",))
    no_wait = recovery_cases(log().drop("wait_minutes"), PLACES)
    assert response_time_effect(no_wait) == Missing("interactions", ("first_wait",))
    assert empowerment_effect(settling_cases(log(), PLACES)) == Missing("interactions", ("x",))


def visits(days, converted):
    """One customer's journeys on some days of 2025, each converted or not."""
    starts = pd.Timestamp("2025-01-01") + pd.to_timedelta(days, unit="D")
    frame = pd.DataFrame({"journey_id": [f"j{k}" for k in range(len(days))],
                          "touchpoint_id": "care", "ts": starts, "success": True,
                          "customer_id": "c1"})  # fmt: skip
    frame = frame.assign(interaction_id=frame.journey_id)
    journeys = frame[["journey_id", "customer_id"]].assign(converted=converted)
    found = recovery_cases(from_frame(frame), PLACES, journeys=from_frame(journeys),
                           as_of=dt.datetime(2025, 6, 30))  # fmt: skip
    return collect(found).set_index("key").sort_index()


def test_a_purchase_counts_within_ninety_days_and_not_after():
    table = visits([0, 90, 181], [True, True, True])
    # The ninety days of the second visit end just when the data do; those of the third don't.
    assert table.rebuy.tolist()[:2] == [1.0, 0.0] and np.isnan(table.rebuy.iloc[2])
    assert table.censored.tolist() == [0, 0, 1]
    assert visits([0, 91], [True, True]).rebuy.iloc[0] == 0.0


def test_a_visit_without_a_purchase_is_no_repeat_where_conversion_is_known():
    assert visits([0, 30], [True, False]).rebuy.iloc[0] == 0.0


def scored(counts, *, metric="csat"):
    """A log and its answers from (group, score, how many) rows."""
    ways = {"recovered": [("care", True)], "not_recovered": [("care", False)],
            "silent": [("desk", False)], "no_failure": [("desk", True)]}  # fmt: skip
    rows, answers = [], []
    for group, score, many in counts:
        for _ in range(many):
            key = f"j{len(answers):04}"
            rows += [(key, place, 1, good, 4) for place, good in ways[group]]
            answers.append((key, None, metric, score))
    return recovery_cases(log(rows), PLACES, feedback=tables.feedback(answers))


def test_scores_and_intervals_by_hand():
    table = service_recovery(scored([("recovered", 5, 2), ("recovered", 3, 2), ("silent", 2, 4)]))
    row = table.set_index("recovery_group").loc["recovered"]
    # Mean 4, sd 2/√3: half a width of t(3) 3.182 · 1.1547 / 2, cut at the scale's end.
    assert (row.score, row.score_n, row.n) == (4, 4, 4)
    assert (row.score_lo, row.score_hi) == pytest.approx((4 - 1.8374, 5), abs=1e-3)
    assert table.small.all() and list(table.recovery_group) == ["recovered", "silent"]


def test_promoters_and_nps_are_those_of_the_recommend_question():
    counts = [("recovered", 10, 6), ("recovered", 7, 2), ("recovered", 3, 2)]
    row = service_recovery(scored(counts, metric="nps")).iloc[0]
    assert (row.nps, row.promoter_rate, row.nps_n) == pytest.approx((40, 0.6, 10))
    lo, hi = map(float, wilson(0.6, 10))
    assert (row.promoter_rate_lo, row.promoter_rate_hi) == pytest.approx((lo, hi))


def verdicts(recovered, other, group="no_failure", many=200):
    spread = [(name, score, many) for name, mean in (("recovered", recovered), (group, other))
              for score in (mean - 1, mean + 1)]  # fmt: skip
    table = recovery_paradox(scored(spread))
    return table.set_index(["held", "outcome"]).loc[("as_is", "score")]


def test_a_paradox_is_called_only_above_those_without_failure():
    assert verdicts(4, 3).verdict == "paradox" and verdicts(3, 4).verdict == "short_of"
    assert verdicts(4, 3, "not_recovered").verdict == "helped"
    row = verdicts(4, 3)
    assert row.value == pytest.approx(1) and row.lo < 1 < row.hi and row.probability > 0.99


def test_as_good_as_no_failure_needs_an_interval_within_the_band():
    assert verdicts(4, 4, many=400).verdict == "restored"
    few = verdicts(4, 4, many=20)
    assert few.verdict == "undecided" and few.probability == pytest.approx(0.5)


def test_few_answers_and_answers_without_spread_are_not_judged():
    small = verdicts(4, 3, many=5)
    assert small.small and small.verdict == "undecided" and np.isnan(small.p_value)
    alike = recovery_paradox(scored([("recovered", 5, 40), ("no_failure", 5, 40)]))
    assert set(alike.verdict) == {"undecided"}


def test_an_nps_on_another_scale_is_refused():
    answers = tables.feedback([("a", None, "nps", 4)]).mutate(scale_lo=1.0)
    with pytest.raises(DataError):
        recovery_cases(log(), PLACES, feedback=answers)


def random_cases(seed, *, n=400, slope=-0.05, pull=0.0):
    """Complaints with a wait, two segments, one or two of each customer, and a score."""
    random = np.random.default_rng(seed)
    segment = random.integers(0, 2, n)
    wait = 2.0 ** (random.uniform(0, 8, n) + 2 * segment)
    x = np.clip(0.7 + slope * np.log2(wait) + pull * segment + random.normal(0, 0.1, n), 0, 1)
    good = random.random(n) < 0.6
    return pd.DataFrame({
        "key": [f"k{k}" for k in range(n)], "unit": [f"c{k // 2}" for k in range(n)],
        "segment": np.where(segment, "b", "a"), "first_wait": wait, "x": x, "x_w": 1.0,
        "recovery_group": np.where(good, "recovered", "not_recovered"), "contacts": 1.0,
        "touchpoint_id": "care", "failures": 0.0, "rows": 1.0, "w1": 1.0, "w": 1.0,
    })  # fmt: skip


def test_the_slope_within_strata_is_that_of_statsmodels():
    import statsmodels.formula.api as smf

    frame = random_cases(1).assign(d=lambda t: np.log2(t.first_wait))
    found = slope_within(from_frame(frame), "d", "x", within=["segment"])
    fit = smf.ols("x ~ d + segment", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame.unit, "use_t": True}, use_t=True
    )
    ends = fit.conf_int().loc["d"]
    told = [float(part) for part in found.contrast]
    assert told == pytest.approx([fit.params["d"], *ends, fit.pvalues["d"]], rel=1e-6, abs=1e-12)
    assert (found.n, found.strata) == (400, 2)


def test_a_slope_without_spread_or_with_few_units_is_none():
    frame = random_cases(1, n=12)
    assert slope_within(from_frame(frame.head(6)), "first_wait", "x") is None
    assert slope_within(from_frame(frame.assign(x=1.0)), "first_wait", "x") is None
    assert slope_within(from_frame(frame.assign(first_wait=2.0)), "first_wait", "x") is None


def test_slow_answers_are_found_and_segments_are_no_excuse():
    found = response_time_slopes(from_frame(random_cases(2))).set_index("target")
    assert found.loc["score"].verdict == "slower_worse"
    assert found.loc["score"].lo < 4 * -0.05 < found.loc["score"].hi
    none = response_time_slopes(from_frame(random_cases(3, slope=0.0, pull=-0.3)))
    assert set(none.verdict) == {"undecided"}


def test_waits_are_quartered_and_equal_ones_stay_together():
    frame = random_cases(4, n=80).assign(first_wait=np.repeat([1.0, 2.0, 3.0, 4.0], 20))
    table = response_time_effect(from_frame(frame))
    assert list(table.wait_band) == [1, 2, 3, 4] and set(table.n) == {20}
    assert list(table.from_minutes) == [1, 2, 3, 4]
    same = response_time_effect(from_frame(frame.assign(first_wait=7.0)))
    assert list(same.n) == [80] and same.recovered_rate.between(0.4, 0.8).all()
    assert len(response_time_effect(from_frame(frame.head(30)))) == 1


def test_each_case_is_settled_one_way():
    rows = [
        ("a", "desk", 1, True, 1), ("b", "desk", 1, False, 1), ("b", "desk", 2, True, 1),
        ("c", "desk", 1, False, 1), ("c", "care", 2, True, 1), ("d", "desk", 1, False, 1),
    ]  # fmt: skip
    found = collect(settling_cases(log(rows), PLACES, desks=["desk"])).set_index("key")
    assert found.settled.to_dict() == {
        "a": "first", "b": "later", "c": "handed_over", "d": "unsettled",
    }  # fmt: skip
    table = settlements(from_frame(found.reset_index()))
    assert list(table.settled_rate) == [0.25] * 4 and table.n.sum() == 4


def test_another_channel_is_a_hand_over():
    rows = [("b", "desk", 1, False, 1), ("b", "desk", 2, True, 1)]
    channels = log(rows, channel=["phone", "shop"])
    assert list(collect(settling_cases(channels, PLACES)).settled) == ["handed_over"]


def settled(first, later, n=200):
    random = np.random.default_rng(5)
    way = np.where(np.arange(n) % 2, "first", "later")
    x = np.where(np.arange(n) % 2, first, later) + random.normal(0, 0.1, n)
    return from_frame(pd.DataFrame({
        "key": [f"k{k}" for k in range(n)], "touchpoint_id": "desk", "settled": way, "x": x,
        "x_w": 1.0, "failure_band": 0.0, "rows": 1.0, "w1": 1.0, "w": 1.0,
    }))  # fmt: skip


def test_the_expected_score_moves_by_the_share_times_the_difference():
    row = empowerment_effect(settled(0.8, 0.6), more=0.2).set_index("compared").loc["later"]
    assert row.verdict == "at_once_better" and row.score_change == pytest.approx(0.8, abs=0.15)
    assert row.gain_points == pytest.approx(0.2 * row.score_change)
    assert row.expected_score == pytest.approx(row.score + row.gain_points)
    assert row.expected_score_lo < row.expected_score < row.expected_score_hi
    most = empowerment_effect(settled(0.8, 0.6), more=1.0)
    assert most.more_share.iloc[0] == pytest.approx(0.5)  # no more than there are


def test_no_difference_is_undecided_and_a_wrong_share_refused():
    assert set(empowerment_effect(settled(0.7, 0.7)).verdict) == {"undecided"}
    with pytest.raises(ValueError, match="share"):
        empowerment_effect(settled(0.7, 0.7), more=10)
