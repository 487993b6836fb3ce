"""The inventory, its gaps, reach and quadrants."""

import numpy as np
import pandas as pd
from tables import feedback, interactions

from keytouch.engine import Missing, from_frame
from keytouch.touchpoints import coverage, importance_performance, inventory, reach

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


def _estimates(scores, weights, half=0.001):
    ids = [f"t{k}" for k in range(len(scores))]
    left = pd.DataFrame({"touchpoint_id": ids, "score": scores, "n": 500})
    left = left.assign(score_lo=left.score - half, score_hi=left.score + half)
    right = pd.DataFrame({"touchpoint_id": ids, "importance": weights})
    for name in ("importance", "correlation"):
        right[name] = weights
        right[f"{name}_lo"], right[f"{name}_hi"] = right[name] - half, right[name] + half
    return left, right


def test_quadrants_of_sure_estimates_are_certain():
    table = importance_performance(*_estimates([2, 4, 2, 4.0], [0.5, 0.5, 0.1, 0.1]))
    quadrants = dict(zip(table.touchpoint_id, table.quadrant))
    assert quadrants == {
        "t0": "concentrate", "t1": "keep_up", "t2": "low_priority", "t3": "overkill",
    }  # fmt: skip
    assert table.probability.min() == 1


def test_a_point_on_the_crosshair_is_a_coin_flip():
    # The middle touchpoint lies on both means; wide intervals leave its quadrant open.
    table = importance_performance(*_estimates([2, 3, 4.0], [0.1, 0.3, 0.5], half=0.3))
    middle = table.set_index("touchpoint_id").loc["t1"]
    assert middle.probability < 0.5
    assert np.isclose(middle.p_concentrate, 0.25, atol=0.1)


def test_quadrants_are_the_same_on_every_run():
    parts = _estimates([2, 3, 4.0], [0.1, 0.3, 0.5], half=0.3)
    pd.testing.assert_frame_equal(importance_performance(*parts), importance_performance(*parts))


def test_quadrants_pass_on_what_is_missing():
    left, _ = _estimates([2, 3.0], [0.1, 0.2])
    assert importance_performance(left, Missing("feedback")) == Missing("feedback")
