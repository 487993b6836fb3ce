"""The brand: agreement, touchpoints out of line, and consistency."""

import numpy as np
import pytest
from scipy import stats
from surveys import survey

from keytouch.brand import brand_consistency, brand_image, consistency_index
from keytouch.engine import Missing

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
