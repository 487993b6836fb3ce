"""Cronbach's α by hand, by a published example, and its interval by simulation."""

import numpy as np
import pytest
from surveys import survey

from keytouch.reliability import alpha_interval, alphas, item_rest, scale_alphas
from keytouch.respondents import with_respondent

# Ten people, three questions: published with α .773 and Feldt's interval .336 to .939
# (Statology, "How to calculate Cronbach's alpha in Python", by pingouin).
TEN = [
    [1, 2, 2, 3, 2, 2, 3, 3, 2, 3],
    [1, 1, 1, 2, 3, 3, 2, 3, 3, 3],
    [1, 1, 2, 1, 2, 3, 3, 3, 2, 3],
]
COLUMNS = "customer_id item metric score"


def answers(table, metric="perception"):
    return [(f"c{k}", f"q{i}", metric, score) for i, item in enumerate(table)
            for k, score in enumerate(item) if score is not None]  # fmt: skip


def known(rows, **more):
    return with_respondent(survey(rows, COLUMNS, dimension="reliability", **more))


def test_alpha_and_its_interval_are_those_published():
    row = scale_alphas(known(answers(TEN))).iloc[0]
    values = (row.alpha, row.alpha_lo, row.alpha_hi)
    assert values == pytest.approx((0.773, 0.336, 0.939), abs=5e-4)
    assert (row["items"], row.n) == (3, 10)


def test_alpha_by_hand():
    # Item variances 1 and 1, variance of the sum 3: α = 2 (1 − 2/3) = 2/3.
    row = scale_alphas(known(answers([[1, 2, 3], [2, 1, 3]]))).iloc[0]
    total = np.var([3, 3, 6], ddof=1)
    assert total == 3 and row.alpha == pytest.approx(2 * (1 - 2 / 3))


def test_only_those_who_answered_every_item_count():
    rows = answers([[1, 2, 3, 7], [2, 1, 3, None]])
    row = scale_alphas(known(rows)).iloc[0]
    assert row.n == 3 and row.alpha == pytest.approx(2 / 3)


def test_one_item_or_no_variation_has_no_alpha():
    assert np.isnan(scale_alphas(known(answers([[1, 2, 3]]))).alpha[0])
    assert np.isnan(scale_alphas(known(answers([[4, 4, 4], [4, 4, 4]]))).alpha[0])
    lo, hi = alpha_interval(0.8, [1, 50], [3, 1])
    assert np.isnan([lo, hi]).all()


def test_both_sides_stand_beside_each_other():
    rows = answers(TEN) + answers(TEN[:2], "expectation")
    row = alphas(known(rows)).iloc[0]
    assert row.alpha_perception == pytest.approx(0.773, abs=5e-4)
    assert row.alpha_expectation < row.alpha_perception and row["items"] == 3


def test_answers_that_name_no_item_have_no_alpha():
    data = survey([("a", "perception", 5)], "customer_id metric score", dimension="reliability")
    assert alphas(with_respondent(data)).empty


def test_an_item_that_was_not_recoded_correlates_the_wrong_way():
    turned = [4 - score for score in TEN[2]]
    table = item_rest(known(answers([*TEN[:2], turned]))).set_index("item").item_rest
    rest = np.array(TEN[0]) + np.array(TEN[1])
    assert table["q2"] == pytest.approx(np.corrcoef(turned, rest)[0, 1])
    assert table["q2"] < 0


def test_feldts_interval_holds_the_true_alpha():
    """400 scales of four parallel items with α = .8, sixty people each."""
    random = np.random.default_rng(5)
    true = random.normal(0, 0.5, (400, 60, 1))
    scores = np.clip(4 + true + random.normal(0, 0.5, (400, 60, 4)), 1, 7)
    rows = [(f"c{k}", f"q{i}", "perception", score, f"d{d:03}")
            for (d, k, i), score in np.ndenumerate(scores)]  # fmt: skip
    table = scale_alphas(with_respondent(survey(rows, f"{COLUMNS} dimension")))
    assert ((table.alpha_lo <= 0.8) & (table.alpha_hi >= 0.8)).mean() == pytest.approx(
        0.95, abs=0.03
    )
