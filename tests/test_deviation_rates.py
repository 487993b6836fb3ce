"""Shares, fitness and costs of deviations, by hand and against raw rows."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from plans import log, plan
from scipy import stats

from keytouch.deviation_rates import (
    _constant_ratio,
    deviation_costs,
    deviations,
    fitness,
    steps_met,
)
from keytouch.engine import Missing, from_frame
from keytouch.estimate import wilson
from keytouch.planned_actual import PlanPatterns, plan_patterns

SHOP = plan(("buy", "shop till"), ("use", "open help?"))
FOUR = log("shop till open", "shop open", "shop ring till", "shop till open help")


def patterns(frame=FOUR, planned=SHOP, **more):
    return plan_patterns(from_frame(frame), plan=planned, **more)


def one(table, **wanted):
    for name, value in wanted.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_a_step_is_shared_by_those_who_reached_its_stage():
    table = steps_met(patterns())
    assert table.met_rate.tolist() == [1, 0.75, 1, pytest.approx(1 / 3)]
    assert table.n.tolist() == [4, 4, 3, 3]
    row = one(table, touchpoint_id="till")
    assert (row.met_rate_lo, row.met_rate_hi) == pytest.approx([float(x) for x in wilson(0.75, 4)])


def test_an_unrecorded_step_has_no_share():
    table = steps_met(patterns(planned=plan(("buy", "shop greet till"))))
    row = one(table, touchpoint_id="greet")
    assert not row.recorded and np.isnan(row.met_rate) and row.n == 0


def test_deviations_count_journeys_of_the_stage():
    table = deviations(patterns())
    row = one(table, deviation="missing")
    assert (row.touchpoint_id, row.journeys, row.n, row.deviation_rate) == ("till", 1, 4, 0.25)
    assert one(table, deviation="ad_hoc").touchpoint_id == "ring"
    assert set(table.deviation) == {"missing", "ad_hoc"}


def test_an_unplanned_touchpoint_counts_among_those_who_reached_its_stage():
    listed = pd.DataFrame({"touchpoint_id": ["ring"], "stage_id": ["use"]})
    row = one(deviations(patterns(touchpoints=from_frame(listed))), deviation="ad_hoc")
    assert (row.stage_id, row.n) == ("use", 4)  # three reached it, one more met it there


def test_weights_of_rows_weigh_shares():
    frame = log("shop till open", "shop open")
    frame["weight"] = [3.0, 3.0, 3.0, 1.0, 1.0]
    row = one(deviations(patterns(frame)), deviation="missing")
    assert row.deviation_rate == 0.25 and row.n == 2
    assert row.deviation_rate_lo == pytest.approx(float(wilson(0.25, 16 / 10)[0]))


def test_fitness_of_four_journeys():
    table = fitness(patterns()).set_index(["kpi", "stage_id"])
    assert table.loc[("steps_met_rate", np.nan), "value"] == pytest.approx(10 / 11)
    assert table.loc[("steps_met_rate", "buy"), "value"] == pytest.approx(7 / 8)
    assert table.loc[("events_planned_rate", np.nan), "value"] == pytest.approx(11 / 12)
    assert table.loc[("as_planned_rate", np.nan), "value"] == 0.5
    assert (table.lo <= table.value).all() and (table.value <= table.hi).all()


def test_a_ratio_over_journeys_covers_the_truth():
    """Journeys of unequal length, misses clustered in some: 95 % intervals hold about 95 %."""
    rng, hits = np.random.default_rng(5), 0
    for _ in range(400):
        careless = rng.random(200) < 0.3
        due = rng.integers(1, 6, 200)
        met = rng.binomial(due, np.where(careless, 0.5, 0.95))
        cells = pd.DataFrame({"n": 1.0, "w": 1.0, "ww": 1.0}, index=range(200))
        _, lo, hi, _ = _constant_ratio(met, due, cells)
        hits += lo <= 0.3 * 0.5 + 0.7 * 0.95 <= hi
    assert 0.92 <= hits / 400 <= 0.98


def scored(rng, size=800, cost=(-0.6, -0.4)):
    """Journeys that leave out the till or fail at opening, together more often than by chance."""
    trouble = rng.random(size) < 0.3
    out = rng.random(size) < np.where(trouble, 0.6, 0.1)
    fail = rng.random(size) < np.where(trouble, 0.6, 0.1)
    score = 4 + cost[0] * out + cost[1] * fail + 0.7 * rng.standard_normal(size)
    texts = [("shop " if no else "shop till ") + ("open-" if bad else "open+")
             for no, bad in zip(out, fail)]  # fmt: skip
    told = pd.DataFrame(
        {"journey_id": [f"j{number}" for number in range(size)], "score": score,
         "scale_lo": 1.0, "scale_hi": 5.0, "status": "answered",
         "feedback_id": [f"f{number}" for number in range(size)]}
    )  # fmt: skip
    return log(*texts), told, out, fail, score


def test_costs_are_those_of_one_regression_on_all_rows():
    frame, told, out, fail, score = scored(np.random.default_rng(8))
    table = deviation_costs(patterns(frame, feedback=from_frame(told)))
    design = sm.add_constant(np.column_stack([out, fail]).astype(float))
    fit = sm.OLS(score, design).fit(cov_type="HC3", use_t=True)
    row = one(table, deviation="missing")
    ends = [row.score_change, row.score_change_lo, row.score_change_hi]
    assert ends == pytest.approx([fit.params[1], *fit.conf_int()[1]])
    plain = stats.ttest_ind(score[out], score[~out], equal_var=False)
    interval = plain.confidence_interval()
    ends = [row.raw_score_change_lo, row.raw_score_change_hi]
    assert ends == pytest.approx([interval.low, interval.high])
    assert (row.n_with, row.n_without) == (out.sum(), (~out).sum())


def test_answers_weights_weigh_the_regression():
    frame, told, out, fail, score = scored(np.random.default_rng(9), 300)
    weight = np.random.default_rng(1).uniform(0.5, 3, len(told))
    table = deviation_costs(patterns(frame, feedback=from_frame(told.assign(weight=weight))))
    design = sm.add_constant(np.column_stack([out, fail]).astype(float))
    fit = sm.WLS(score, design, weights=weight).fit()
    assert one(table, deviation="failed").score_change == pytest.approx(fit.params[2])


def by_pattern(rng, size):
    """Patterns of journeys of which one deviation costs 0.6 points and the other nothing."""
    trouble = rng.random(size) < 0.3
    out, fail = (rng.random(size) < np.where(trouble, 0.7, 0.05) for _ in range(2))
    x = (3 - 0.6 * out + 0.7 * rng.standard_normal(size)) / 4
    rows = pd.DataFrame({"out": out, "fail": fail, "k": 1.0, "s": 1.0, "ss": 1.0,
                         "sx": x, "sxx": x * x, "ssx": x, "ssxx": x * x})  # fmt: skip
    sums = rows.groupby(["out", "fail"]).sum().reset_index()
    marks = pd.DataFrame({"deviation": ["missing", "failed"], "touchpoint_id": ["till", "open"],
                          "stage_id": "buy", "place": [1.0, 2.0]})  # fmt: skip
    has, there = sums[["out", "fail"]].to_numpy(bool), np.ones((len(sums), 1), bool)
    plan_rows = pd.DataFrame({"stage_id": ["buy"]})
    return PlanPatterns(plan_rows, marks, has, there, there, sums, "journey_id")


def test_planted_costs_are_covered_and_what_goes_along_with_them_is_not_charged():
    rng, found = np.random.default_rng(4), []
    for _ in range(300):
        table = deviation_costs(by_pattern(rng, 400)).set_index("deviation")
        for name, truth in (("missing", -0.6), ("failed", 0.0)):
            row = table.loc[name]
            found.append(
                (name, row.score_change_lo <= truth <= row.score_change_hi,
                 row.raw_score_change_lo <= truth <= row.raw_score_change_hi)
            )  # fmt: skip
    shares = pd.DataFrame(found, columns=["name", "own", "raw"]).groupby("name").mean()
    assert shares.own.between(0.92, 0.98).all()
    assert shares.raw["failed"] < 0.5


def test_deviations_that_always_come_together_are_not_told_apart():
    rng = np.random.default_rng(2)
    bad = rng.random(200) < 0.4
    texts = ["shop open-" if no else "shop till open+" for no in bad]
    told = pd.DataFrame(
        {"journey_id": [f"j{number}" for number in range(200)], "score": 4.0 - bad,
         "scale_lo": 1.0, "scale_hi": 5.0, "status": "answered",
         "feedback_id": [f"f{number}" for number in range(200)]}
    )  # fmt: skip
    table = deviation_costs(patterns(log(*texts), feedback=from_frame(told)))
    assert table.score_change.isna().all() and table.p_value.isna().all()
    assert not table.differs.any()
    assert table.raw_score_change.tolist() == pytest.approx([-1, -1])


def test_small_groups_and_logs_without_scores_are_not_judged():
    frame, told, *_ = scored(np.random.default_rng(3), 60)
    few = patterns(frame, feedback=from_frame(told))
    assert isinstance(deviation_costs(few, min_n=40), Missing)
    assert deviation_costs(patterns()) == Missing("feedback", ("journey_id",))
    assert deviations(Missing("blueprint")) == Missing("blueprint")
