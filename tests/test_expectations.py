"""The five gaps, touchpoints against expectations, and needs met."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from surveys import both_sides, survey

from keytouch.engine import Missing
from keytouch.expectations import expectation_gaps, needs_met, provider_gaps, service_gaps
from keytouch.service_quality import servqual

COLUMNS = "customer_id dimension metric score"
RANDOM = np.random.default_rng(2)
EXPECTED = RANDOM.integers(5, 8, (10, 2)).astype(float)
PERCEIVED = np.clip(EXPECTED - RANDOM.integers(0, 3, (10, 2)), 1, 7)
STAFF = {"belief": [4, 5, 6], "standard": [5, 5, 4], "delivered": [3, 4, 5], "promise": [6, 7, 6]}


def staff(metrics=tuple(STAFF), who="s"):
    return [(f"{who}{k}", name, metric, score) for metric in metrics
            for name in ("dimension0", "dimension1")
            for k, score in enumerate(STAFF[metric])]  # fmt: skip


def everything():
    return survey(both_sides(EXPECTED, PERCEIVED) + staff(), COLUMNS)


def test_every_gap_is_what_it_should_minus_what_it_is_held_against():
    found = provider_gaps(everything(), min_n=1).set_index("gap").gap_points
    assert found["knowledge"] == pytest.approx(5 - EXPECTED.mean())
    assert found["standards"] == pytest.approx(14 / 3 - 5)
    assert found["delivery"] == pytest.approx(4 - 14 / 3)
    assert found["communication"] == pytest.approx(4 - 19 / 3)
    assert found["service"] == pytest.approx(PERCEIVED.mean() - EXPECTED.mean())


def test_the_fifth_gap_is_servquals():
    whole = servqual(everything()).set_index("dimension").loc["overall"]
    row = provider_gaps(everything()).set_index("gap").loc["service"]
    assert row.gap_points == pytest.approx(whole.gap_points)
    ends = (row.gap_points_lo, row.gap_points_hi)
    assert ends == pytest.approx((whole.gap_points_lo, whole.gap_points_hi))


def test_what_staff_say_is_paired_and_what_customers_say_is_not():
    table = service_gaps(everything(), min_n=1).set_index(["gap", "dimension"])
    row = table.loc[("delivery", "dimension0")]
    bounds = stats.ttest_rel(STAFF["delivered"], STAFF["standard"]).confidence_interval()
    assert (row.gap_points_lo, row.gap_points_hi) == pytest.approx((bounds.low, bounds.high))
    row = table.loc[("knowledge", "dimension0")]
    bounds = stats.ttest_ind(STAFF["belief"], EXPECTED[:, 0], equal_var=False).confidence_interval()
    assert (row.gap_points_lo, row.gap_points_hi) == pytest.approx((bounds.low, bounds.high))
    assert row.n == 13


def test_any_part_of_the_questions_gives_its_own_gaps():
    rows = both_sides(EXPECTED, PERCEIVED) + staff(("belief",))
    table = provider_gaps(survey(rows, COLUMNS))
    assert table.gap.tolist() == ["knowledge", "service"]
    assert table.p_largest.isna().all()
    alone = survey(staff(("belief",)), COLUMNS)
    empty = survey([("c1", "d", "csat", 3)], COLUMNS)
    assert provider_gaps(empty) == Missing("feedback", ("expectation", "perception"))
    assert provider_gaps(alone) == Missing("feedback", ("expectation", "perception"))


def test_the_chance_to_be_largest_is_shared_by_the_inner_gaps():
    table = provider_gaps(everything()).set_index("gap").p_largest
    assert table.drop("service").sum() == pytest.approx(1) and np.isnan(table["service"])
    assert table.idxmax() == "communication"


def test_the_largest_shortfall_of_one_dimension_is_found():
    rows = both_sides(EXPECTED, PERCEIVED) + staff()
    for metric, scores in (("delivered", [1, 2, 1]), ("promise", [7, 6, 7])):
        rows += [(f"s{k}", "dimension9", metric, score) for k, score in enumerate(scores)]
    table = service_gaps(survey(rows, COLUMNS), min_n=1)
    assert table.p_largest.sum() == pytest.approx(1)
    worst = table.loc[table.p_largest.idxmax()]
    assert (worst.gap, worst.dimension) == ("communication", "dimension9")


def test_without_dimensions_all_answers_are_one_group():
    rows = [(who, metric, score) for who, _, metric, score in both_sides(EXPECTED, PERCEIVED)]
    table = service_gaps(survey(rows, "customer_id metric score"))
    assert table.dimension.tolist() == ["overall"]


def test_staff_who_are_not_named_count_each():
    rows = both_sides(EXPECTED, PERCEIVED)
    rows += [(None, *row[1:]) for row in staff(("belief",))]
    row = provider_gaps(survey(rows, COLUMNS)).set_index("gap").loc["knowledge"]
    assert row.gap_points == pytest.approx(5 - EXPECTED.mean())


def at_touchpoints(gap, people=60, spread=0.5, seed=3):
    random = np.random.default_rng(seed)
    expected = np.full((people, 1), 5.0) + random.normal(0, 0.2, (people, 1))
    perceived = expected + gap + random.normal(0, spread, (people, 1))
    rows = both_sides(expected, np.clip(perceived, 1, 7))
    return survey(rows, "customer_id touchpoint_id metric score")


@pytest.mark.parametrize(
    ("gap", "spread", "verdict"),
    [(-1, 0.5, "short"), (1, 0.5, "exceeded"), (0, 0.3, "met"), (0, 2.0, "unclear")],
)
def test_a_touchpoint_is_short_met_exceeded_or_undecided(gap, spread, verdict):
    row = expectation_gaps(at_touchpoints(gap, spread=spread)).iloc[0]
    assert row.verdict == verdict and row.margin == pytest.approx(0.3)
    assert row.gap_points_lo < row.gap_points < row.gap_points_hi


def test_few_answers_are_not_judged():
    row = expectation_gaps(at_touchpoints(-2, people=29)).iloc[0]
    assert row.small and row.verdict == "unclear" and np.isnan(row.p_far_short)


@pytest.mark.parametrize(("gap", "low", "high"), [(-1, 0.99, 1), (-0.5, 0, 0.2), (0.5, 0, 0.01)])
def test_far_short_is_more_than_twice_the_margin(gap, low, high):
    row = expectation_gaps(at_touchpoints(gap)).iloc[0]
    assert low <= row.p_far_short <= high
    wide = expectation_gaps(at_touchpoints(gap), margin=1.0).iloc[0]
    assert wide.p_far_short < 0.01


def test_a_touchpoint_with_one_side_only_is_left_out():
    rows = [("c1", "desk", "expectation", 5), ("c1", "room", "expectation", 5),
            ("c1", "room", "perception", 4)]  # fmt: skip
    data = survey(rows, "customer_id touchpoint_id metric score")
    assert expectation_gaps(data).touchpoint_id.tolist() == ["room"]
    lacking = survey(rows[:2], "customer_id touchpoint_id metric score")
    assert expectation_gaps(lacking) == Missing("feedback", ("expectation", "perception"))


def needs(category, chance, verdict, margin=0.3):
    gap = {"gap_points": -1.0, "gap_points_lo": -1.5, "gap_points_hi": -0.5, "n": 80}
    gap |= {"margin": margin}
    gaps = pd.DataFrame([{"touchpoint_id": "desk", "verdict": verdict} | gap])
    item = {"touchpoint_id": "desk", "item": "speed", "kano_category": category, "n": 50}
    kano = pd.DataFrame([item | {"p_category": chance}])
    return needs_met(gaps, kano).iloc[0]


@pytest.mark.parametrize(
    ("category", "chance", "verdict", "need"),
    [
        ("must_be", 0.99, "short", "repair"),
        ("one_dimensional", 0.9, "short", "repair"),
        ("must_be", 0.99, "met", "secured"),
        ("attractive", 0.99, "exceeded", "delight"),
        ("attractive", 0.99, "met", "chance"),
        ("indifferent", 0.99, "short", "watch"),
        ("must_be", 0.7, "short", "watch"),
        ("must_be", 0.99, "unclear", "watch"),
    ],
)
def test_a_need_and_how_it_is_met_say_what_to_do(category, chance, verdict, need):
    row = needs(category, chance, verdict)
    assert row.need == need and row.n == 50


def test_a_shortfall_within_the_margin_is_only_watched():
    assert needs("must_be", 0.99, "short", margin=1.2).need == "watch"


def test_needs_pass_on_what_is_missing():
    missing = Missing("feedback", ("item",))
    assert needs_met(missing, pd.DataFrame()) == missing
    assert needs_met(pd.DataFrame(), missing) == missing
