"""The inventory, its gaps, reach and quadrants."""

import numpy as np
import pandas as pd
import pytest
from tables import feedback, interactions

from keytouch.drivers import draws_of
from keytouch.engine import Missing, from_frame
from keytouch.key_conclusions import quadrant_finding
from keytouch.problems import DataError
from keytouch.resample import sums_of_array
from keytouch.style import use
from keytouch.touchpoints import (
    QUADRANTS,
    coverage,
    importance_performance,
    inventory,
    quadrants_of,
    reach,
)
from keytouch.words import word

LISTED = from_frame(
    pd.DataFrame(
        {
            "touchpoint_id": ["search", "pay", "stock"],
            "stage_id": ["look", "buy", "buy"],
            "stage_side": ["front", "front", "back"],
            "medium": ["digital", "digital", "physical"],
        }
    )
)
LOG = [
    (1, "search", "2025-01-01"), (1, "search", "2025-01-02"), (1, "pay", "2025-01-03"),
    (2, "search", "2025-01-01"), (2, "chat", "2025-01-02"),
]  # fmt: skip


def test_reach_counts_a_journey_once():
    table = reach(interactions(LOG)).set_index("touchpoint_id")
    assert table.loc["search", ["volume", "journeys", "n"]].tolist() == [3, 2, 2]
    assert table.loc["pay", "reach_rate"] == 0.5


def test_reach_needs_to_know_whose_interactions_they_are():
    assert isinstance(reach(interactions(LOG).drop("journey_id")), Missing)


def test_inventory_names_the_unlisted_and_the_unseen():
    table = inventory(LISTED, interactions(LOG), Missing("feedback"), stages=["look", "buy"])
    assert dict(zip(table.touchpoint_id, table.known)) == {
        "search": "both", "pay": "both", "stock": "listed", "chat": "seen",
    }  # fmt: skip
    assert table.touchpoint_id.tolist()[-1] == "chat"


def test_inventory_counts_answers_not_blanks():
    rows = [(1, "pay", "csat", 4), (2, "pay", "csat", None)]
    table = inventory(LISTED, Missing("interactions"), feedback(rows)).set_index("touchpoint_id")
    assert table.loc["pay", "answers"] == 1


def test_a_touchpoint_that_comments_name_was_seen():
    named = pd.DataFrame({"touchpoint_id": ["stock"], "mentions": [3]})
    nothing = Missing("interactions")
    table = inventory(LISTED, nothing, Missing("feedback"), mentions=named)
    known = table.set_index("touchpoint_id").known
    assert (known["stock"], known["pay"]) == ("both", "listed")


def test_coverage_has_every_cell_and_counts_the_empty_ones():
    table = coverage(LISTED, stages=["look", "buy"])
    assert len(table) == 2 * 2 * 2
    assert (table.n == 0).sum() == 5


# Importance × performance.

# The survey `attitude` of R (Chatterjee & Price 1977): 30 departments, shares of favourable
# answers; the overall rating first, then the six aspects below.
ASPECTS = ["complaints", "privileges", "learning", "raises", "critical", "advance"]
NUMBERS = """
43 51 30 39 61 92 45  63 64 51 54 63 73 47  71 70 68 69 76 86 48  61 63 45 47 54 84 35
81 78 56 66 71 83 47  43 55 49 44 54 49 34  58 67 42 56 66 68 35  71 75 50 55 70 66 41
72 82 72 67 71 83 31  67 61 45 47 62 80 41  64 53 53 58 58 67 34  67 60 47 39 59 74 41
69 62 57 42 55 63 25  68 83 83 45 59 77 35  77 77 54 72 79 77 46  81 90 50 72 60 54 36
74 85 64 69 79 79 63  65 60 65 75 55 80 60  65 70 46 57 75 85 46  50 58 68 54 64 78 52
50 40 33 34 43 64 33  64 61 52 62 66 80 41  53 66 52 50 63 80 37  40 37 42 58 50 57 49
63 54 42 48 66 75 33  66 77 66 63 88 76 72  78 75 58 74 80 78 49  48 57 44 45 51 83 38
85 85 71 71 77 74 55  82 82 39 59 64 78 39
"""
ATTITUDE = np.array(NUMBERS.split(), float).reshape(30, 7)


def departments(by, **options):
    sums = sums_of_array(ATTITUDE[:, 1:] / 100, ATTITUDE[:, 0] / 100)
    drawn = draws_of(sums, draws=4000, **options)
    table = quadrants_of(drawn, by=by, scale=(0, 100), min_n=20).sort_values("touchpoint_id")
    return table.assign(aspect=ASPECTS).set_index("aspect")


@pytest.fixture(scope="module")
def attitude():
    return departments("johnson")


def test_importance_crosshair_and_quadrants_of_a_published_survey(attitude):
    """Johnson weights and means, executed in R 4.2.2 on datasets::attitude."""
    expected = [0.362760199658, 0.056002278779, 0.163610910751, 0.121780399688, 0.008255466496,
                0.020192737159]  # fmt: skip
    assert attitude.importance.tolist() == pytest.approx(expected, abs=1e-9)
    assert attitude.crosshair_importance.iloc[0] == pytest.approx(0.1221003320885, abs=1e-9)
    assert attitude.crosshair_score.iloc[0] == pytest.approx(59.73888888888889, abs=1e-9)
    assert attitude.quadrant.tolist() == [
        "keep_up", "low_priority", "concentrate", "overkill", "overkill", "low_priority",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_point_on_the_knifes_edge_is_a_coin_flip(seed):
    """ "raises" lies 0.0003 below the crosshair: a chart without chances would call it decided."""
    row = departments("johnson", seed=seed).loc["raises"]
    assert 0.45 <= row.p_keep_up <= 0.55
    assert 0.45 <= row.p_overkill <= 0.55


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sentence_on_a_coin_flip_says_undecided(attitude, language):
    use(language)
    sentence = quadrant_finding(attitude.reset_index().loc[3]).sentence()
    assert ("尚不能判定" if language == "zh" else "Undecided") in sentence
    for quadrant in ("keep_up", "overkill"):
        assert word(f"quadrant_{quadrant}") in sentence


def test_the_chances_of_the_quadrants_add_up_to_1(attitude):
    chances = attitude[[f"p_{name}" for name in QUADRANTS]]
    assert chances.sum(axis=1).tolist() == pytest.approx([1] * 6)
    assert (chances.max(axis=1) == attitude.probability).all()


@pytest.mark.parametrize("by", ["own", "lmg", "johnson", "correlation"])
def test_every_measure_of_importance_has_its_method(by):
    table = departments(by)
    assert set(table.method) == {f"method_ipa_{by}"}
    assert (table.importance_lo < table.importance).all()
    if by in ("lmg", "johnson"):  # shares of the explained variance add up to R²
        assert table.importance.sum() == pytest.approx(0.7326, abs=1e-4)


def test_an_unknown_measure_of_importance_is_refused():
    with pytest.raises(DataError):
        departments("asked")


def test_quadrants_come_from_feedback_and_are_the_same_on_every_run():
    random = np.random.default_rng(1)
    good, bad = (np.clip(np.rint(mean + random.standard_normal(200)), 1, 5) for mean in (4, 2))
    whole = np.clip(np.rint(0.5 * good + 0.5 * bad + 0.3 * random.standard_normal(200)), 1, 5)
    rows = [(k, name, "csat", values[k]) for k in range(200)
            for name, values in (("good", good), ("bad", bad), (None, whole))]  # fmt: skip
    tables = [importance_performance(feedback(rows), draws=200) for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)
    rows = tables[0].set_index("touchpoint_id")
    assert rows.score.to_dict() == pytest.approx({"good": good.mean(), "bad": bad.mean()})
    assert rows.p_low_priority["bad"] + rows.p_concentrate["bad"] == 1


def test_quadrants_pass_on_what_is_missing():
    assert importance_performance(Missing("feedback")) == Missing("feedback")
    lonely = feedback([(k, name, "csat", 1 + k % 5) for k in range(40) for name in ("a", None)])
    assert isinstance(importance_performance(lonely, draws=50), Missing)
