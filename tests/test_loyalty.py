"""Who comes back, who leaves, who recommends: each a share of the right people."""

import numpy as np
import pandas as pd
from tables import feedback

from keytouch.engine import Missing, from_frame
from keytouch.loyalty import loyal_customers, word_of_mouth

CUSTOMERS = from_frame(
    pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "segment": ["old", "old", "new", None],
            "churned": [True, False, False, None],
        }
    )
)
JOURNEYS = from_frame(
    pd.DataFrame(
        {
            "journey_id": range(6),
            "customer_id": ["a", "a", "b", "b", "c", None],
            "converted": [True, True, True, False, False, True],
        }
    )
)


def kpis(table):
    return table.set_index("kpi")


def test_repurchase_is_of_buyers_and_churn_of_those_known():
    table = kpis(loyal_customers(CUSTOMERS, JOURNEYS))
    # a bought twice, b once, c looked only.
    assert table.loc["repurchase_rate", ["value", "n"]].tolist() == [0.5, 2]
    assert table.loc["churn_rate", ["value", "n"]].tolist() == [1 / 3, 3]
    assert (table.lo < table.value).all() and (table.value < table.hi).all()


def test_loyalty_by_segment_leaves_out_the_unknown():
    table = loyal_customers(CUSTOMERS, JOURNEYS, by=["segment"], min_n=2)
    rows = table.set_index(["kpi", "segment"])
    assert rows.loc[("churn_rate", "old"), "value"] == 0.5
    assert rows.loc[("churn_rate", "new"), ["n", "small"]].tolist() == [1, True]
    assert ("repurchase_rate", "new") not in rows.index


def test_loyalty_says_what_lacks():
    assert kpis(loyal_customers(Missing("customers"), JOURNEYS)).index.tolist() == [
        "repurchase_rate"
    ]
    nothing = loyal_customers(CUSTOMERS.drop("churned"), Missing("journeys"))
    assert nothing == Missing("customers", ("churned",))


def test_word_of_mouth_is_what_they_would_say_and_what_they_write():
    rows = [(1, None, "nps", 10), (2, None, "nps", 8), (3, None, "nps", 2), (4, None, "nps", 9)]
    data = feedback(rows, comment=["great", None, "awful", ""], polarity=["positive", None,
                    "negative", None])  # fmt: skip
    table = kpis(word_of_mouth(data))
    assert table.value.round(3).to_dict() == {
        "nps": 25.0, "promoter_rate": 0.5, "detractor_rate": 0.25,
        "praise_rate": 0.5, "complaint_rate": 0.5,
    }  # fmt: skip
    assert table.loc["praise_rate", "n"] == 2
    assert np.isfinite(table[["lo", "hi"]]).all().all()


def test_without_recommendations_or_comments_there_is_no_word_of_mouth():
    assert word_of_mouth(feedback([(1, None, "csat", 5)])) == Missing(
        "feedback", ("score", "comment")
    )
    assert word_of_mouth(Missing("feedback")) == Missing("feedback")
