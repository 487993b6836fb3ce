"""Who cares about what, and whether it has changed: planted differences, and none where none is."""

import numpy as np
import pandas as pd
import pytest
from drivers_toys import moody, survey

from keytouch.engine import Missing
from keytouch.heterogeneity import importance_by, importance_drift

NAMES = ["a", "b", "c"]


def world(seed, effects, n=400):
    """One block of n respondents for each row of effects."""
    blocks = np.asarray(effects, float)
    scores = moody(seed, n * len(blocks), halo=0.5)
    noise = 0.12 * np.random.default_rng(seed + 1000).standard_normal(len(scores))
    return scores, (scores * np.repeat(blocks, n, axis=0)).sum(axis=1) + noise


def by_segment(scores, whole, segment, **options):
    table = survey(pd.DataFrame(scores, columns=NAMES), whole, segment=segment)
    return importance_by(table, **options)


def test_a_segment_that_turns_importance_round_is_found():
    scores, whole = world(1, [[0.5, 0.1, 0.0], [0.5, 0.1, 0.0], [0.0, 0.5, 0.0]])
    table = by_segment(scores, whole, np.repeat(["x", "y", "z"], 400))
    sure = table[table.differs & (table.segment == "z")].set_index("touchpoint_id")
    assert set(sure.index) == {"a", "b"}
    assert sure.slope_difference["a"] == pytest.approx(-0.5, abs=0.12)
    assert sure.slope_difference["b"] == pytest.approx(0.4, abs=0.12)
    assert not table[table.touchpoint_id == "c"].differs.any()


def test_one_odd_group_does_not_make_the_others_odd():
    scores, whole = world(6, [[0.5, 0.1, 0.1]] * 3 + [[0.0, 0.1, 0.1]], n=300)
    table = by_segment(scores, whole, np.repeat(["w", "x", "y", "z"], 300))
    told = table[table.differs]
    assert list(zip(told.touchpoint_id, told.segment)) == [("a", "z")]
    rest = table[(table.touchpoint_id == "a") & (table.segment != "z")]
    assert rest.slope_difference.abs().max() < 0.1


def test_where_all_are_alike_hardly_any_difference_is_called():
    called = []
    for seed in range(12):
        scores, whole = world(seed, [[0.5, 0.2, 0.0]] * 3, n=120)
        called.append(by_segment(scores, whole, np.repeat(["x", "y", "z"], 120)).differs.any())
    assert np.mean(called) <= 0.17


def test_the_difference_of_two_groups_is_that_of_their_slopes():
    scores, whole = world(3, [[0.4, 0.2, 0.0], [0.3, 0.2, 0.1]], n=150)
    table = by_segment(scores, whole, np.repeat(["x", "y"], 150))
    wide = table.pivot(index="touchpoint_id", columns="segment", values="slope")
    x = table[table.segment == "x"].set_index("touchpoint_id")
    assert x.slope_difference.to_dict() == pytest.approx((wide.x - wide.y).to_dict())
    design = np.column_stack([np.ones(150), scores[:150]])
    slopes = np.linalg.lstsq(design, whole[:150], rcond=None)[0][1:]
    assert wide.x.loc[NAMES].to_numpy() == pytest.approx(slopes)


def test_a_group_too_small_for_its_touchpoints_is_left_out():
    scores, whole = world(4, [[0.4, 0.2, 0.0]], n=120)
    segment = np.array(["x"] * 55 + ["y"] * 55 + ["z"] * 10)
    table = by_segment(scores, whole, segment)
    assert set(table.segment) == {"x", "y"}
    assert by_segment(scores, whole, np.array(["x"] * 115 + ["z"] * 5)).empty


def test_without_segments_they_are_missing():
    scores, whole = world(5, [[0.4, 0.2, 0.0]], n=40)
    table = survey(pd.DataFrame(scores, columns=NAMES), whole)
    assert importance_by(table) == Missing("feedback", ("segment",))
    assert importance_drift(table) == Missing("feedback", ("ts",))


def test_a_changed_effect_makes_a_new_ranking_due():
    scores, whole = world(6, [[0.5, 0.1, 0.2], [0.1, 0.5, 0.2]])
    days = np.repeat(pd.to_datetime(["2025-02-03", "2025-05-06"]), 400)
    table = importance_drift(survey(pd.DataFrame(scores, columns=NAMES), whole, ts=days))
    due = table.groupby("touchpoint_id").rerank_due.first()
    assert due.to_dict() == {"a": True, "b": True, "c": False}
    assert table.period.dt.strftime("%Y-%m-%d").unique().tolist() == ["2025-01-01", "2025-04-01"]
