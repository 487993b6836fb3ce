"""The brand: agreement, touchpoints out of line, and consistency."""

import numpy as np
import pytest
from scipy import stats
from surveys import survey

from keytouch import words
from keytouch.brand import brand_consistency, brand_image, consistency_index
from keytouch.engine import Missing
from keytouch.labels import cell_text

COLUMNS = "customer_id touchpoint_id score"
# Six targets, four judges: Shrout & Fleiss 1979 give ICC(1) .17.
SHROUT = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)


def scored(table, **more):
    rows = [(f"c{k}", f"t{j}", score) for (k, j), score in np.ndenumerate(table)]
    rows = [row for row in rows if not np.isnan(row[2])]
    return survey(rows, COLUMNS, metric="csat", **more)


def test_consistency_is_the_published_intraclass_correlation():
    data = scored(SHROUT)
    row = consistency_index(data.mutate(scale_lo=0.0, scale_hi=10.0), scale=(0, 10)).iloc[0]
    assert row.consistency == pytest.approx(0.17, abs=0.005)
    assert (row.consistency_lo, row.consistency_hi) == pytest.approx((-0.133, 0.723), abs=5e-4)
    assert (row.n, row.answers) == (6, 24)
    within = SHROUT.var(axis=1, ddof=1).mean()
    assert row.within_sd == pytest.approx(np.sqrt(within))


def test_customers_who_score_everything_alike_are_perfectly_consistent():
    row = consistency_index(scored(np.array([[1, 1], [3, 3], [5, 5]]))).iloc[0]
    assert row.consistency == row.consistency_lo == row.consistency_hi == 1


def test_a_deviation_is_taken_within_the_person():
    table = np.array([[5, 4, 4], [3, 2, 3], [4, 2, 1]], float)
    found = brand_consistency(scored(table), min_n=2).set_index("touchpoint_id")
    away = table[:, 0] - table[:, 1:].mean(axis=1)
    bounds = stats.ttest_1samp(away, 0).confidence_interval()
    row = found.loc["t0"]
    assert row.deviation_points == pytest.approx(away.mean())
    ends = (row.deviation_points_lo, row.deviation_points_hi)
    assert ends == pytest.approx((bounds.low, bounds.high))


def test_strict_people_do_not_make_a_touchpoint_weak():
    # Only strict customers meet t1; each scores it as everything else.
    table = np.array([[4, 4, np.nan]] * 3 + [[2, np.nan, 2]] * 3)
    found = brand_consistency(scored(table), min_n=2)
    assert found.deviation_points.abs().max() == pytest.approx(0)


def test_one_score_says_nothing_about_consistency():
    data = scored(np.array([[4, np.nan], [np.nan, 3]]))
    assert isinstance(brand_consistency(data), Missing)
    assert isinstance(consistency_index(data), Missing)


def test_a_weak_touchpoint_is_found_and_an_ordinary_one_is_in_line():
    random = np.random.default_rng(1)
    table = 4 + random.normal(0, 0.3, (60, 4)) + [0, 0, 0, -1]
    found = brand_consistency(scored(np.clip(table, 1, 5))).set_index("touchpoint_id").verdict
    assert found["t3"] == "weaker"
    assert set(found[["t0", "t1", "t2"]]) == {"stronger"}


def test_agreement_has_a_mean_and_alpha():
    rows = [(f"c{k}", f"q{j}", score) for (k, j), score in
            np.ndenumerate(np.array([[1, 2], [2, 1], [3, 3]]))]  # fmt: skip
    found = brand_image(survey(rows, "customer_id item score", metric="agreement"), min_n=2)
    whole = found.iloc[-1]
    assert whole["item"] == "overall" and whole.score == pytest.approx(2)
    assert whole.cronbach_alpha == pytest.approx(2 / 3)
    assert found["item"].tolist() == ["q0", "q1", "overall"] and not whole.small
    assert brand_image(survey(rows, "customer_id item score", metric="csat")) == Missing(
        "feedback", ("agreement",)
    )


def statements(values):
    """Agreement of people (rows) with statements (columns)."""
    rows = [(f"c{k}", f"q{j}", score) for (k, j), score in np.ndenumerate(values)]
    return survey(rows, "customer_id item score", metric="agreement")


def test_a_statement_is_held_against_the_others_within_people():
    found = brand_image(statements(np.array([[1, 3, 5], [2, 4, 3]])), min_n=2).set_index("item")
    assert found.rest_points["q0"] == pytest.approx(1.5 - (3.5 + 4) / 2)
    assert found.rest_points["q2"] == pytest.approx(4 - (1.5 + 3.5) / 2)
    # Of q0, the two people are 3 and 1.5 below their own other answers: t of 2.25 with se 0.75.
    half = 12.7062 * 0.75
    assert found.rest_points_lo["q0"] == pytest.approx(-2.25 - half, abs=1e-3)
    assert np.isnan(found.rest_points["overall"]) and np.isnan(found.p_far_behind["overall"])


def test_only_a_statement_beyond_a_tenth_of_the_scale_is_far_behind():
    random = np.random.default_rng(3)
    noise = random.normal(0, 0.7, (300, 4))
    for away, low, high in ((-0.9, 0.99, 1), (-0.2, 0, 0.2), (0.0, 0, 0.01)):
        answers = np.clip(np.rint(3.5 + noise + [away, 0, 0, 0]), 1, 5)
        chance = brand_image(statements(answers)).set_index("item").p_far_behind["q0"]
        assert low <= chance <= high


def test_few_people_and_one_statement_alone_are_not_far_behind():
    few = brand_image(statements(np.array([[1, 5], [2, 5], [1, 4]])))
    assert few.p_far_behind.isna().all() and few.rest_points[:2].notna().all()
    alone = brand_image(statements(np.array([[1], [2], [3]])), min_n=2)
    assert alone.rest_points.isna().all() and alone.p_far_behind.isna().all()


@pytest.mark.parametrize(("language", "name"), [("zh", "全部说法"), ("en", "All statements")])
def test_the_row_of_all_statements_has_a_name(language, name):
    before = words.language()
    words.set_language(language)
    assert cell_text("item", "overall") == name and cell_text("item", "q7") == "q7"
    words.set_language(before)
