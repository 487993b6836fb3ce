"""Kano categories by group: told apart where they differ, and not where they don't."""

import numpy as np
import pytest
from surveys import kano_rows, survey

from keytouch import words
from keytouch.engine import Missing
from keytouch.kano_group_conclusions import kano_group_findings
from keytouch.kano_groups import _pooled, kano_by_group

COLUMNS = "customer_id item metric score segment"
WANTS = {"A": 60, "I": 20, "M": 10}
TAKES = {"M": 60, "I": 20, "A": 10}


def asked(**items):
    """Questionnaires of segments: counts of categories by item and segment."""
    rows = []
    for item, by_segment in items.items():
        for segment, counts in by_segment.items():
            rows += [(f"{segment}{who}", *rest, segment) for who, *rest in kano_rows(counts, item)]
    return survey(rows, COLUMNS)


@pytest.fixture(scope="module")
def table():
    return kano_by_group(
        asked(
            drink={"family": WANTS, "business": TAKES},
            wifi={"family": TAKES, "business": TAKES},
        )
    )


def test_an_item_that_segments_see_differently_is_told(table):
    drink = table[table["item"] == "drink"].set_index("segment")
    assert drink.differs.all()
    assert dict(drink.kano_category) == {"family": "attractive", "business": "must_be"}
    assert list(drink.n) == [90, 90]


def test_equal_answers_are_not_told_apart(table):
    wifi = table[table["item"] == "wifi"]
    assert not wifi.differs.any() and wifi.p_value.tolist() == pytest.approx([1.0, 1.0])


def test_the_test_is_pearsons_corrected_for_the_items():
    few = {"A": 30, "M": 10}
    many = {"A": 20, "M": 20}
    found = kano_by_group(asked(drink={"family": few, "business": many}))
    # χ² = 80·(30·20 − 10·20)²/(50·30·40·40) = 5.333; p = .0209 with one degree of freedom.
    assert found.p_value.tolist() == pytest.approx([0.0209, 0.0209], abs=1e-4)


def test_small_groups_are_shown_and_not_tested():
    found = kano_by_group(asked(drink={"family": WANTS, "business": {"M": 9}}))
    assert found.p_value.isna().all() and not found.differs.any()
    assert found.set_index("segment").small.to_dict() == {"family": False, "business": True}


def test_rare_categories_are_pooled_before_the_test():
    counts = np.array([[40.0, 2.0, 1.0], [38.0, 1.0, 2.0]])
    assert _pooled(counts).shape == (2, 1)
    assert _pooled(np.array([[40.0, 20.0], [20.0, 40.0]])).shape == (2, 2)


def test_equal_segments_are_rarely_told_apart():
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(20):
        draw = [dict(zip("AOMI", rng.multinomial(60, [0.5, 0.2, 0.2, 0.1]))) for _ in range(3)]
        alarms += kano_by_group(asked(drink=dict(zip("xyz", draw)))).differs.any()
    assert alarms <= 3


def test_no_group_column_is_missing_data():
    rows = kano_rows({"A": 3}, "drink")
    table = survey(rows, COLUMNS.removesuffix(" segment"))
    assert kano_by_group(table) == Missing("feedback", ("segment",))


@pytest.mark.parametrize("language, expected", [("zh", "因客户群而异"), ("en", "not the same")])
def test_the_sentence_names_both_ends(table, language, expected):
    words.set_language(language)
    findings = kano_group_findings(table)
    assert len(findings) == 1 and expected in findings[0].sentence()
    assert findings[0].n == 90 and findings[0].lo < findings[0].value < findings[0].hi
