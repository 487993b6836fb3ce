"""Engagement, cohorts and retention: hand-worked, with what can't be seen yet left blank."""

import pandas as pd
import pytest
from tables import interactions

import keytouch as kt
from keytouch.engine import Missing
from keytouch.estimate import wilson
from keytouch.returning import cohorts, engagement, retention


def visits(rows, **more):
    """(customer, day) rows, each a journey of its own."""
    data = [(f"j{k}", "t", day) for k, (_, day) in enumerate(rows)]
    return interactions(data, customer_id=[name for name, _ in rows], **more)


ROWS = [
    ("a", "2025-01-01"), ("a", "2025-01-20"), ("a", "2025-02-03"), ("a", "2025-04-30"),
    ("b", "2025-01-05"), ("b", "2025-03-09"),
    ("c", "2025-02-10"), ("c", "2025-03-01"),
]  # fmt: skip


def test_engagement_counts_interactions_per_active_customer():
    table = engagement(visits(ROWS), small_cell=1).set_index("period")
    assert table.loc["2025-01-01", ["per_customer", "active", "contacts"]].tolist() == [1.5, 2, 3]
    assert table.loc["2025-02-01", "per_customer"] == 1


def test_a_month_that_the_data_cut_is_marked():
    table = engagement(visits([("a", "2025-01-20"), ("a", "2025-02-15"), ("a", "2025-03-31")]))
    assert table.whole.tolist() == [False, True, True]


def test_a_month_of_few_customers_shows_no_numbers():
    table = engagement(visits(ROWS))
    assert table.suppressed.all()
    assert table[["per_customer", "active", "contacts", "n"]].isna().all(axis=None)
    assert kt.engagement_findings(table) == [] and kt.plot_engagement(table) is None


def test_cohorts_are_hand_worked():
    table = cohorts(visits(ROWS), small_cell=1).set_index(["cohort", "month"])
    january = pd.Timestamp("2025-01-01")
    assert table.loc[(january, 1), ["customers", "returned", "retention_rate"]].tolist() == [
        2,
        1,
        0.5,
    ]
    assert table.loc[(january, 2), "returned"] == 1
    assert table.loc[(january, 3), "returned"] == 1
    lo, hi = wilson(0.5, 2)
    assert table.loc[(january, 1), "retention_rate_lo"] == pytest.approx(float(lo))
    assert table.loc[(pd.Timestamp("2025-02-01"), 2), "retention_rate"] == 0


def test_a_month_that_is_not_over_is_blank():
    table = cohorts(
        visits([("a", "2025-01-01"), ("b", "2025-01-09"), ("a", "2025-02-10")]), small_cell=1
    )
    row = table.iloc[0]
    assert not row.observed and pd.isna(row.retention_rate) and pd.isna(row.returned)


def test_small_cohorts_show_no_numbers():
    table = cohorts(visits(ROWS), small_cell=3)
    assert table.suppressed.all()
    assert table[["customers", "returned", "retention_rate", "n"]].isna().all(axis=None)
    assert retention(table) == Missing("interactions", ("ts",))


def test_a_long_journey_is_no_return():
    data = interactions(
        [(1, "book", "2025-01-01"), (1, "stay", "2025-02-14"), (2, "book", "2025-01-09"),
         (3, "book", "2025-03-31")],
        customer_id=["a", "a", "b", "c"],
    )  # fmt: skip
    table = cohorts(data, small_cell=1)
    assert table[table.cohort == "2025-01-01"].returned.sum() == 0


def test_without_journeys_any_later_contact_is_a_return():
    rows = [(1, "t", "2025-01-01"), (2, "t", "2025-02-14"), (3, "t", "2025-03-31")]
    data = interactions(rows, customer_id=["a", "a", "a"]).drop("journey_id")
    table = cohorts(data, small_cell=1)
    assert table.returned.tolist() == [1, 1]


def test_retention_pools_the_cohorts_that_reached_the_month():
    table = retention(cohorts(visits(ROWS), small_cell=1)).set_index("month")
    assert table.loc[1, ["returned", "n", "cohort_n"]].tolist() == [2, 3, 2]
    assert table.loc[3, ["returned", "n", "cohort_n"]].tolist() == [1, 2, 1]
    assert table.loc[1, "retention_rate"] == pytest.approx(2 / 3)


def test_without_customers_both_are_missing():
    data = interactions([(1, "t", "2025-01-01")])
    assert engagement(data) == cohorts(data) == Missing("interactions", ("customer_id",))
    assert retention(cohorts(data)) == Missing("interactions", ("customer_id",))


def test_one_month_alone_has_no_cohort_rows():
    table = cohorts(visits([("a", "2025-01-01"), ("b", "2025-01-31")]))
    assert table.empty and kt.retention_findings(retention(table)) == []
