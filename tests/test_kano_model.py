"""Kano: tables, rules, coefficients and probabilities."""

import numpy as np
import pytest
from surveys import kano_rows, survey

from keytouch.engine import Missing
from keytouch.kano_model import CATEGORIES, LETTERS, TABLES, kano, kano_category

COLUMNS = "customer_id item metric score"
# Published counts (A, O, M, I, R, Q) of 358 answers each, with Better, Worse and the category by
# the grouped rule (REPPL, "Doing research online: the Kano model").
PUBLISHED = {
    "Anonymous": ((91, 19, 9, 160, 49, 30), 0.3942652, -0.1003584, "indifferent"),
    "Convenient": ((70, 121, 59, 77, 9, 22), 0.5840979, -0.5504587, "one_dimensional"),
    "Reliable": ((78, 122, 66, 62, 7, 23), 0.6097561, -0.5731707, "one_dimensional"),
    "Responsive": ((145, 76, 25, 78, 12, 22), 0.6820988, -0.3117284, "attractive"),
    "Secure": ((18, 174, 90, 42, 7, 27), 0.5925926, -0.8148148, "one_dimensional"),
    "Transparent": ((88, 90, 32, 105, 15, 28), 0.5650794, -0.3873016, "one_dimensional"),
}


def answered(counts, **options):
    return kano(survey(kano_rows(counts), COLUMNS), min_n=1, **options).iloc[0]


@pytest.fixture(scope="module")
def published():
    rows = []
    for item, (counts, *_) in PUBLISHED.items():
        rows += kano_rows(dict(zip(LETTERS, counts)), item)
    return survey(rows, COLUMNS)


def test_coefficients_and_categories_are_those_published(published):
    table = kano(published, table="pouliot", rule="grouped").set_index("item")
    for item, (counts, better, worse, category) in PUBLISHED.items():
        row = table.loc[item]
        assert (row.better, row.worse) == pytest.approx((better, worse), abs=1e-6)
        assert row.kano_category == category
        assert tuple(row[name] for name in CATEGORIES) == counts
        assert row.n == 358


def test_the_two_rules_differ_where_they_should(published):
    mode = kano(published).set_index("item").kano_category
    grouped = kano(published, rule="grouped").set_index("item").kano_category
    assert mode["Transparent"] == "indifferent" and grouped["Transparent"] == "one_dimensional"
    assert (mode.drop("Transparent") == grouped.drop("Transparent")).all()


def test_the_tables_differ_in_two_cells():
    cells = [(f, d) for f in range(1, 6) for d in range(1, 6)]
    differ = [c for c in cells if kano_category(*c) != kano_category(*c, table="pouliot")]
    assert differ == [(2, 2), (4, 4)]
    assert TABLES["classic"] == ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")


def test_probabilities_add_up_and_belong_to_the_category(published):
    table = kano(published)
    chances = table[[f"p_{name}" for name in CATEGORIES]]
    assert chances.sum(axis=1).tolist() == pytest.approx([1] * len(table))
    for _, row in table.iterrows():
        assert row.p_category == row[f"p_{row.kano_category}"]


def test_a_close_call_is_a_coin_flip_and_a_clear_one_is_sure():
    assert 0.4 < answered({"A": 50, "I": 50}).p_category < 0.62
    assert answered({"A": 90, "I": 10}).p_category > 0.99


def test_equal_shares_go_to_what_harms_most_if_neglected():
    assert answered({"M": 5, "O": 5, "A": 5, "I": 5}).kano_category == "must_be"
    assert answered({"O": 5, "A": 5}).kano_category == "one_dimensional"
    assert answered({"A": 5, "I": 5}).kano_category == "attractive"
    assert answered({"A": 5, "I": 5}, rule="grouped").kano_category == "indifferent"


def test_reverse_and_questionable_answers_count_but_not_in_the_coefficients():
    row = answered({"A": 3, "I": 1, "R": 4, "Q": 2})
    assert (row.n, row.reverse, row.questionable) == (10, 4, 2)
    assert row.better == pytest.approx(0.75) and row.kano_category == "reverse"
    assert row.total_strength == pytest.approx(0.3)


def test_only_reverse_answers_leave_the_coefficients_blank():
    row = answered({"R": 5})
    assert np.isnan([row.better, row.worse, row.better_lo]).all() and row.kano_category == "reverse"


def test_strengths_by_hand():
    row = answered({"A": 40, "O": 30, "M": 10, "I": 20})
    assert row.total_strength == pytest.approx(0.8)
    assert row.category_strength == pytest.approx(0.1)
    half = 1.96 * np.sqrt((0.7 - 0.01) / 100)
    assert row.category_strength_hi == pytest.approx(0.1 + half)


def test_fongs_test_by_hand():
    # n = 100: 40 against 30 needs 1.65 √(70 · 130 / 200) = 11.1; 45 against 30 needs 11.3.
    assert not answered({"A": 40, "O": 30, "I": 30}).distinct
    assert answered({"A": 45, "O": 30, "I": 25}).distinct


def test_half_a_pair_is_no_answer():
    rows = kano_rows({"M": 4})
    rows += [("x", "wifi", "kano_functional", 1), ("y", "wifi", "kano_functional", 1)]
    rows += [("y", "wifi", "kano_dysfunctional", None)]
    row = kano(survey(rows, COLUMNS), min_n=5).iloc[0]
    assert (row.n, row.unpaired, row.must_be) == (4, 2, 4) and row.small


def test_of_several_answers_the_latest_counts():
    rows = [("c", "wifi", "kano_functional", 1, "2025-01-02"),
            ("c", "wifi", "kano_functional", 5, "2025-01-01"),
            ("c", "wifi", "kano_dysfunctional", 5, "2025-01-01")]  # fmt: skip
    row = kano(survey(rows, f"{COLUMNS} ts")).iloc[0]
    assert row.one_dimensional == 1 and row.n == 1


def test_weights_decide_shares_and_repeated_rows_count():
    rows = kano_rows({"A": 1, "M": 2})
    heavy = kano(survey(rows, COLUMNS, weight=[9.0, 9.0, 1.0, 1.0, 1.0, 1.0])).iloc[0]
    assert heavy.kano_category == "attractive" and heavy.n == 3
    many = kano(survey(rows, COLUMNS, n=[10] * 6)).iloc[0]
    assert (many.n, many.must_be) == (30, 20)


def test_another_scale_of_five_steps_reads_the_same():
    data = survey(kano_rows({"M": 3}), COLUMNS)
    moved = data.mutate(score=data.score - 1, scale_lo=0.0, scale_hi=4.0)
    assert kano(moved).iloc[0].must_be == 3


def test_the_touchpoint_is_the_item_where_none_is_named():
    rows = [(who, place, metric, score) for who, place, metric, score in kano_rows({"M": 3})]
    row = kano(survey(rows, "customer_id touchpoint_id metric score")).iloc[0]
    assert row["item"] == row.touchpoint_id == "wifi"


def test_without_kano_questions_the_question_is_missing():
    data = survey([("c", "wifi", "csat", 5)], COLUMNS)
    assert kano(data) == Missing("feedback", ("kano_functional", "kano_dysfunctional"))
    assert kano(survey([("c", "csat", 5)], "customer_id metric score")) == Missing(
        "feedback", ("item",)
    )


def test_intervals_of_coefficients_hold_the_truth():
    """300 items of sixty people from one population: Better .6, Worse −.5."""
    random = np.random.default_rng(4)
    letters = list("AOMI")
    rows = []
    for item in range(300):
        counts = random.multinomial(60, [0.3, 0.3, 0.2, 0.2])
        rows += kano_rows(dict(zip(letters, counts)), f"i{item:03}")
    table = kano(survey(rows, COLUMNS))
    better = ((table.better_lo <= 0.6) & (table.better_hi >= 0.6)).mean()
    worse = ((table.worse_lo <= -0.5) & (table.worse_hi >= -0.5)).mean()
    assert 0.92 <= better <= 0.985 and 0.92 <= worse <= 0.985
