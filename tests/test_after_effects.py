"""What follows a low score: churn, lost conversion, bad word of mouth."""

import pandas as pd
import pytest
from tables import feedback

from keytouch.after_effects import consequences
from keytouch.engine import Missing, from_frame


def told(low, other):
    """Journeys with (detractors, others) among those who scored "desk" low and not low."""
    rows = []
    for score, (bad, good) in ((2, low), (4, other)):
        for value in [3] * bad + [9] * good:
            name = f"j{len(rows) // 2:03}"
            rows += [(name, "desk", "csat", score), (name, None, "nps", value)]
    return rows


def test_detractors_after_low_scores_worked_by_hand():
    row = consequences(feedback(told((24, 16), (30, 70)))).iloc[0]
    assert (row.consequence, row.n_low, row.n_other) == ("detractor", 40, 100)
    assert (row.low_outcome_rate, row.other_outcome_rate) == (0.6, 0.3)
    assert row.gap_rate == pytest.approx(0.3)
    # Newcombe's hybrid of the Wilson limits .446–.737 and .219–.396
    assert [row.gap_rate_lo, row.gap_rate_hi] == pytest.approx([0.119, 0.459], abs=0.002)


def test_churn_is_counted_by_customer_and_conversion_by_journey():
    rows = [(f"j{k}", "desk", "csat", 1 if k < 40 else 5) for k in range(80)]
    data = feedback(rows, customer_id=[f"c{k // 2}" for k in range(80)])
    customers = pd.DataFrame(
        {"customer_id": [f"c{k}" for k in range(40)], "churned": [k < 25 for k in range(40)]}
    )
    journeys = pd.DataFrame(
        {"journey_id": [f"j{k}" for k in range(80)], "converted": [k >= 10 for k in range(80)]}
    )
    table = consequences(data, customers=from_frame(customers), journeys=from_frame(journeys))
    table = table.set_index("consequence")
    assert table.n.to_dict() == {"churn": 40, "lost_conversion": 80}
    assert (table.low_outcome_rate["churn"], table.other_outcome_rate["churn"]) == (1, 0.25)
    assert table.gap_rate["lost_conversion"] == 0.25


def test_an_outcome_that_nobody_met_says_nothing():
    assert isinstance(consequences(feedback(told((0, 20), (0, 20)))), Missing)


def test_small_groups_are_marked_and_not_tested():
    table = consequences(feedback(told((8, 2), (20, 80))))
    assert table.small[0] and pd.isna(table.p_value[0])


def test_consequences_need_to_know_who_answered():
    data = feedback(told((1, 1), (1, 1))).drop("journey_id")
    assert isinstance(consequences(data), Missing)
