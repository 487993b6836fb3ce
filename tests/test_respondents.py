"""Means of several answers: pairs are paired, strangers are not, and intervals hold the truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from surveys import survey, survey_frame

from keytouch.engine import Missing, collect, from_frame
from keytouch.respondents import (
    combined,
    joint_means,
    keep_pairs,
    lacking,
    p_equivalent,
    p_two_sided,
    paired_means,
    respondent_means,
    t_interval,
    verdicts,
    with_respondent,
)

COLUMNS = "customer_id dimension metric score"


def difference(rows, columns=COLUMNS, **more):
    """The difference of perception and expectation with everything about it."""
    known = with_respondent(survey(rows, columns, **more))
    joint = joint_means(
        paired_means(known, group=("dimension",)), variables=("dimension", "metric")
    )
    name = joint.keys.dimension.iloc[0]
    places = [joint.place(dimension=name, metric=m) for m in ("perception", "expectation")]
    table = combined(joint, [{places[0]: 1.0, places[1]: -1.0}], span=6)
    return joint, table, t_interval(table)


def test_the_same_people_give_the_paired_t():
    e, p = [5, 6, 7, 4, 6], [4, 6, 5, 4, 3]
    rows = [(f"c{k}", "d", m, s) for m, part in (("expectation", e), ("perception", p))
            for k, s in enumerate(part)]  # fmt: skip
    _, table, (lo, hi) = difference(rows)
    expected = stats.ttest_rel(p, e)
    bounds = expected.confidence_interval()
    assert table.value[0] == pytest.approx(np.mean(p) - np.mean(e))
    assert (lo[0], hi[0]) == pytest.approx((bounds.low, bounds.high))
    assert p_two_sided(table)[0] == pytest.approx(expected.pvalue)
    assert table.n[0] == 5


def test_strangers_give_welchs_t():
    e, p = [5, 6, 7, 4, 6, 7], [4, 6, 5, 2]
    rows = [(f"e{k}", "d", "expectation", s) for k, s in enumerate(e)]
    rows += [(f"p{k}", "d", "perception", s) for k, s in enumerate(p)]
    _, table, (lo, hi) = difference(rows)
    bounds = stats.ttest_ind(p, e, equal_var=False).confidence_interval()
    assert (lo[0], hi[0]) == pytest.approx((bounds.low, bounds.high))
    assert table.n[0] == 10


def test_partly_the_same_people_count_their_covariance():
    # Derrick et al. 2017: x̄ − ȳ over √(sx²/nx + sy²/ny − 2 r sx sy nc/(nx ny)).
    e = {"a": 5, "b": 6, "c": 7, "d": 2, "e": 4, "f": 6, "g": 3}
    p = {"a": 4, "b": 6, "h": 5, "i": 2, "j": 3, "k": 7, "l": 6}
    rows = [(k, "d", "expectation", s) for k, s in e.items()]
    rows += [(k, "d", "perception", s) for k, s in p.items()]
    joint, table, _ = difference(rows)
    x, y = np.array(list(p.values())), np.array(list(e.values()))
    shared = sum((p[k] - x.mean()) * (e[k] - y.mean()) for k in ("a", "b"))
    variance = x.var(ddof=1) / 7 + y.var(ddof=1) / 7 - 2 * shared / 49 * 7 / 6
    assert table.se[0] == pytest.approx(np.sqrt(variance))
    va, vb = x.var(ddof=1) / 7, y.var(ddof=1) / 7
    welch = (va + vb) ** 2 / (va**2 / 6 + vb**2 / 6)
    assert table.df[0] == pytest.approx(1 + (welch - 1) * 10 / 14)
    assert joint.shared.tolist() == [[7, 2], [2, 7]]


def test_where_most_answered_both_the_others_are_left_out():
    rows = [(f"c{k}", "d", m, 5) for k in range(3) for m in ("expectation", "perception")]
    rows += [("alone", "d", "expectation", 1)]
    joint, table, _ = difference(rows)
    assert joint.n.tolist() == [3, 3] and table.value[0] == 0


def test_an_item_left_blank_on_one_side_does_not_shift_the_other():
    rows = [(f"c{k}", "d", "expectation", s, item) for k in range(3)
            for item, s in (("hard", 7), ("easy", 3))]  # fmt: skip
    rows += [(f"c{k}", "d", "perception", 7, "hard") for k in range(3)]
    rows += [(f"c{k}", "d", "perception", 3, "easy") for k in range(1, 3)]
    _, table, _ = difference(rows, f"{COLUMNS} item")
    assert table.value[0] == 0


def test_weights_enter_means_and_effective_n():
    rows = [("a", "d", "perception", 1), ("b", "d", "perception", 7)]
    known = with_respondent(survey(rows, COLUMNS, weight=[3.0, 1.0]))
    joint = joint_means(respondent_means(known, by=("metric",)), variables=("metric",))
    assert joint.mean[0] == pytest.approx(0.25)
    assert joint.n_eff[0] == pytest.approx(16 / 10)


def test_a_row_that_stands_for_many_counts_as_many():
    few = [("a", "d", "perception", 2), ("b", "d", "perception", 6)]
    many = [(f"{who}{k}", *rest) for who, *rest in few for k in range(10)]
    counted = joint_means(
        respondent_means(with_respondent(survey(few, COLUMNS, n=[10, 10])), by=("metric",)),
        variables=("metric",),
    )
    listed = joint_means(
        respondent_means(with_respondent(survey(many, COLUMNS)), by=("metric",)),
        variables=("metric",),
    )
    assert counted.n.tolist() == listed.n.tolist() == [20]
    assert counted.cov[0, 0] == pytest.approx(listed.cov[0, 0])


def test_a_person_is_a_customer_else_a_journey():
    rows = [("c1", "j1", 5), (None, "j2", 5), (None, None, 5)]
    data = survey(rows, "customer_id journey_id score", metric="csat")
    known = collect(with_respondent(data))
    assert sorted(known.who) == ["customer_id:c1", "journey_id:j2"]
    assert len(collect(with_respondent(data, anonymous=True))) == 3
    assert lacking(data, "item") == Missing("feedback", ("item",))
    nobody = survey([(5,)], "score", metric="csat")
    assert collect(with_respondent(nobody)).empty
    assert with_respondent(nobody.drop("feedback_id")) == Missing("feedback", ("customer_id",))
    assert lacking(nobody, "item") == Missing("feedback", ("customer_id", "item"))


def test_the_answers_of_one_questionnaire_are_one_persons():
    rows = [(None, "perception", 5), (None, "expectation", 6), (None, "perception", 3)]
    data = survey_frame(rows, "customer_id metric score")
    ids = ["staff:2:1", "staff:2:2", "staff:3:1"]
    known = collect(with_respondent(from_frame(data.assign(feedback_id=ids))))
    assert known.who.tolist() == ["staff:2", "staff:2", "staff:3"]
    plain = from_frame(data.assign(feedback_id=["staff:2", "f1", "a:b:c"]))
    assert collect(with_respondent(plain)).empty
    assert len(collect(with_respondent(plain, anonymous=True))) == 3


def test_several_answers_of_one_person_are_one_mean():
    rows = [("a", "d", "perception", 1), ("a", "d", "perception", 7), ("b", "d", "perception", 4)]
    known = with_respondent(survey(rows, COLUMNS))
    joint = joint_means(respondent_means(known, by=("metric",)), variables=("metric",))
    assert joint.n[0] == 2 and joint.mean[0] == pytest.approx(0.5)
    assert joint.cov[0, 0] == pytest.approx(0)


def test_one_person_has_a_mean_but_no_interval():
    _, table, (lo, hi) = difference([("a", "d", "expectation", 5), ("a", "d", "perception", 4)])
    assert table.value[0] == pytest.approx(-1)
    assert np.isnan([lo[0], hi[0], p_two_sided(table)[0]]).all()


def test_groups_keep_their_own_design():
    rows = [(f"c{k}", "same", m, 5) for k in range(4) for m in ("expectation", "perception")]
    rows += [(f"e{k}", "other", "expectation", 5) for k in range(4)]
    rows += [(f"p{k}", "other", "perception", 5) for k in range(4)]
    means = respondent_means(with_respondent(survey(rows, COLUMNS)), by=("dimension", "metric"))
    kept = collect(keep_pairs(means, group=("dimension",), side="metric"))
    assert kept.groupby("dimension").paired.all().to_dict() == {"other": False, "same": True}


def estimates(*rows, small=False):
    table = pd.DataFrame(rows, columns=["value", "se", "df"])
    return table.assign(small=small)


def test_equivalence_is_two_one_sided_tests():
    table = estimates((0.05, 0.05, 99.0), (0.3, 0.05, 99.0), (-0.05, 0.05, 99.0))
    p = p_equivalent(table, 0.2)
    assert p[0] == pytest.approx(stats.t.sf((0.2 - 0.05) / 0.05, 99))
    assert p[1] == pytest.approx(stats.t.sf((0.2 - 0.3) / 0.05, 99))
    assert p[2] == pytest.approx(p[0])


def words(table, margin=0.2):
    return verdicts(table, margin=margin, below="lag", equal="parity", above="lead")


def test_a_difference_within_the_margin_is_parity_even_if_it_is_sure():
    found = words(estimates((0.05, 0.01, 999.0), (0.5, 0.1, 99.0), (-0.5, 0.1, 99.0)))
    assert found.verdict.tolist() == ["parity", "lead", "lag"]
    assert (found.probability > 0.95).all()


def test_not_distinguishable_is_not_parity():
    assert words(estimates((0.0, 0.3, 20.0))).verdict.tolist() == ["unclear"]


def test_small_groups_are_never_judged():
    found = words(estimates((-3.0, 0.1, 5.0), small=True))
    assert found.verdict.tolist() == ["unclear"] and np.isnan(found.p_value[0])


@pytest.mark.parametrize("shared", [20, 6, 0])
def test_intervals_of_differences_hold_the_truth_in_95_of_100(shared):
    """800 groups of 20 people a side, correlated .6, of whom all, some or none answered both."""
    random, groups, size = np.random.default_rng(3), 800, 20
    rows = []
    people = random.multivariate_normal([4.5, 4.0], [[0.5, 0.3], [0.3, 0.5]], (groups, 2 * size))
    people = np.clip(people, 1, 7)
    for group in range(groups):
        for k in range(2 * size - shared):
            if k < size:
                rows.append((f"c{k}", f"g{group:03}", "expectation", people[group, k, 0]))
            if k >= size - shared:
                rows.append((f"c{k}", f"g{group:03}", "perception", people[group, k, 1]))
    known = with_respondent(survey(rows, COLUMNS))
    joint = joint_means(
        paired_means(known, group=("dimension",)),
        variables=("dimension", "metric"),
        within=("dimension",),
    )
    parts = [{2 * g + 1: 1.0, 2 * g: -1.0} for g in range(groups)]
    table = combined(joint, parts, span=6)
    lo, hi = t_interval(table)
    held = ((lo <= -0.5) & (hi >= -0.5)).mean()
    assert 0.93 <= held <= 0.97
