"""A sample for coding: rare kinds are in it, weights undo that, and nobody's order matters."""

import numpy as np
import pandas as pd
import pytest

from keytouch.comment_sample import expected_places, sample_for_coding
from keytouch.engine import Missing, from_frame

COMMENTS = [
    ("f1", "前台没人，电话13812345678", 1, "desk"), ("f2", "房间很好", 5, "room"),
    ("f3", "一般", 3, None), ("f4", "", 1, "desk"), ("f5", None, 5, None),
]  # fmt: skip


def feedback(rows=COMMENTS, **more):
    frame = pd.DataFrame(rows, columns=["feedback_id", "comment", "score", "touchpoint_id"])
    frame = frame.assign(score=frame.score.astype(float), scale_lo=1.0, scale_hi=5.0,
                         status="answered", metric="csat")  # fmt: skip
    return from_frame(frame.assign(**more))


def many(n=600, bad=6, rare=3):
    """Comments of which few are negative and few name the pool."""
    texts = ["泳池太冷" if k < rare else f"房间好 {k}" for k in range(n)]
    scores = [1 if rare <= k < rare + bad else 5 for k in range(n)]
    return [(f"f{k:04}", text, score, None) for k, (text, score) in enumerate(zip(texts, scores))]


TERMS = {"room": ["房间"], "pool": ["泳池"]}


def test_few_comments_are_all_taken_and_stand_for_themselves():
    table = sample_for_coding(feedback())
    assert sorted(table.comment_id) == ["f1", "f2", "f3"] and set(table.weight) == {1.0}
    assert "13812345678" not in "".join(table.comment)
    assert table.set_index("comment_id").touchpoint_id.fillna("").to_dict() == {
        "f1": "desk", "f2": "room", "f3": "",
    }  # fmt: skip


def test_rare_kinds_are_present():
    table = sample_for_coding(feedback(many()), n=20, terms=TERMS)
    assert len(table) == 20
    assert (table.tone == "negative").sum() >= 1 and (table.touchpoint_id == "pool").sum() >= 1
    assert set(table.kind_n) == {591, 6, 3}


def test_weights_bring_back_all_comments():
    table = sample_for_coding(feedback(many()), n=30, terms=TERMS)
    assert table.weight.sum() == pytest.approx(600, rel=0.06)
    means = [
        sample_for_coding(feedback(many()), n=30, seed=seed, terms=TERMS)
        .query("tone == 'negative'").weight.sum() for seed in range(40)
    ]  # fmt: skip
    assert np.mean(means) == pytest.approx(6, rel=0.1)


def test_the_order_of_the_rows_changes_nothing_and_the_seed_does():
    rows = many(80)
    first = sample_for_coding(feedback(rows), n=10)
    pd.testing.assert_frame_equal(first, sample_for_coding(feedback(rows[::-1]), n=10))
    assert list(first.comment_id) != list(
        sample_for_coding(feedback(rows), n=10, seed=2).comment_id
    )


def test_more_kinds_than_places_still_stand_for_all():
    rows = [(f"f{k}", "好", 5, f"t{k % 12:02}") for k in range(48)]
    tables = [sample_for_coding(feedback(rows), n=5, seed=seed) for seed in range(60)]
    assert {len(table) for table in tables} == {5}
    assert np.mean([table.weight.sum() for table in tables]) == pytest.approx(48)
    seen = pd.concat(tables).touchpoint_id.value_counts()
    assert len(seen) == 12


def test_a_row_that_stands_for_several_weighs_as_many():
    table = sample_for_coding(feedback(n=[3, 1, 1, 1, 1])).set_index("comment_id")
    assert table.weight.to_dict() == {"f1": 3, "f2": 1, "f3": 1}


def test_places_are_never_more_than_comments():
    places = expected_places(np.array([1.0, 2.0, 1000.0]), 10)
    assert places.sum() == pytest.approx(10) and places[0] == 1 and 1 <= places[1] <= 2


def test_without_comments_there_is_nothing_to_draw():
    assert sample_for_coding(Missing("feedback")) == Missing("feedback")
    bare = from_frame(pd.DataFrame({"feedback_id": ["f1"], "score": [1.0]}))
    assert sample_for_coding(bare) == Missing("feedback", ("comment",))
    assert sample_for_coding(feedback([("f1", "", 1, None)])).empty
