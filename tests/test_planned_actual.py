"""Journeys held against the plan: what is counted, from the log and back."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import log, plan

from keytouch.engine import Missing, collect, from_frame
from keytouch.planned_actual import journey_moves, plan_patterns

SHOP = plan(("buy", "shop till"), ("use", "open help?"))


def marks(frame, planned, **more):
    """The deviations that journeys show, with their number: {(kind, touchpoint): journeys}."""
    found = plan_patterns(from_frame(frame), plan=planned, **more)
    counts = found.cells.n.to_numpy() @ found.has
    rows = zip(found.marks.deviation, found.marks.touchpoint_id, counts)
    return {(kind, name): int(n) for kind, name, n in rows if n}


def test_a_journey_as_planned_shows_nothing():
    assert marks(log("shop till open", "shop till open help"), SHOP) == {}


def test_every_kind_of_deviation_is_told():
    frame = log("shop open", "till shop open", "shop till till open", "shop ring till open",
                "shop till- open", "shop till- till+ open")  # fmt: skip
    assert marks(frame, SHOP) == {
        ("missing", "till"): 1,
        ("swapped", "till"): 1,
        ("repeated", "till"): 2,
        ("ad_hoc", "ring"): 1,
        ("failed", "till"): 1,
    }


def test_steps_of_stages_that_were_not_reached_are_not_missing():
    assert marks(log("shop", "shop till open"), SHOP) == {("missing", "till"): 1}


def test_an_optional_step_of_a_later_stage_makes_no_earlier_stage_due():
    planned = plan(("buy", "shop"), ("use", "open"), ("after", "gripe?"))
    assert marks(log("shop gripe", "shop open gripe"), planned) == {}


def test_alternatives_do_as_the_step():
    planned = plan(("buy", "shop till/phone"), ("use", "open"))
    assert marks(log("shop phone open", "shop till phone open"), planned) == {
        ("repeated", "till"): 1
    }


def test_steps_that_nobody_records_are_not_judged():
    planned = plan(("buy", "shop greet till"))
    found = plan_patterns(from_frame(log("shop till")), plan=planned)
    assert found.plan.known.tolist() == [True, False, True]
    assert not found.has.any()


def test_a_promise_of_the_log_is_late_beyond_the_grace():
    frame = log("shop till", "shop till")
    frame["promised_ts"] = frame.ts - pd.to_timedelta([0, 5, 0, -5], unit="m")
    assert marks(frame, SHOP) == {("late", "till"): 1}
    assert marks(frame, SHOP, late_minutes=5) == {}


def test_a_promised_wait_and_a_promised_time_after_the_step_before_are_judged():
    frame = log("shop till", "shop ring ring till").assign(wait_minutes=[0, 7.0, 0, 0, 0, 3])
    assert marks(frame, plan(("buy", "shop till"), till={"wait_minutes": 5})) == {
        ("late", "till"): 1,
        ("ad_hoc", "ring"): 1,
    }
    within = plan(("buy", "shop till"), till={"within_minutes": 20})
    assert marks(frame, within) == {("late", "till"): 1, ("ad_hoc", "ring"): 1}
    enough = plan(("buy", "shop till"), till={"within_minutes": 30})
    assert ("late", "till") not in marks(frame, enough)


def test_unknown_success_is_no_failure():
    frame = log("shop+ till", "shop till-")
    assert marks(frame, SHOP) == {("failed", "till"): 1}


def test_rows_that_stand_for_many_count_as_many():
    frame = log("shop open", "shop till open")
    frame["n"] = [40, 40, 60, 60, 60]
    found = plan_patterns(from_frame(frame), plan=SHOP)
    assert found.cells.n.sum() == 100
    assert marks(frame, SHOP) == {("missing", "till"): 40}


def test_more_marks_than_bits_of_one_number_are_kept_apart():
    names = [f"t{number:02}" for number in range(40)]
    planned = plan(("all", " ".join(names)))
    frame = log(" ".join(names[:-1]), " ".join(names), " ".join(f"{name}-" for name in names))
    assert marks(frame, planned) == {
        ("missing", "t39"): 1,
        **{("failed", name): 1 for name in names},
    }


def test_a_log_without_order_or_plan_is_missing():
    frame = log("shop till")
    found = plan_patterns(from_frame(frame.drop(columns="ts")), plan=SHOP)
    assert found == Missing("interactions", ("ts",))
    nothing = plan_patterns(from_frame(frame), plan=Missing("blueprint"))
    assert nothing == Missing("blueprint")
    other = plan_patterns(from_frame(frame), plan=plan(("buy", "elsewhere")))
    assert isinstance(other, Missing)


journeys = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "d", "x", "b-"]), min_size=1, max_size=6).map(
        " ".join
    ),
    min_size=1,
    max_size=5,
)
PLANS = [
    plan(("one", "a b?"), ("two", "c d")),
    plan(("one", "a b* c?"), ("two", "d"), any_order=("one",)),
    plan(("one", "a/x b"), ("two", "c? d")),
]


@settings(max_examples=12, deadline=None)
@given(journeys, st.sampled_from([0, 1, 2]))
def test_steps_and_interactions_are_conserved(texts, which):
    """Planned steps = met + missing + skipped + not due; interactions all have one move."""
    frame, planned = log(*texts), PLANS[which]
    lazy = journey_moves(from_frame(frame), plan=planned)
    if isinstance(lazy, Missing):
        return
    moves = collect(lazy)
    done = moves[moves.step.notna()]
    assert len(done) == len(frame)
    assert (
        done.groupby("key").step.apply(lambda one: sorted(one) == [*range(1, len(one) + 1)]).all()
    )
    assert set(done.move) <= {"as_planned", "swapped", "repeated", "ad_hoc"}
    absent = moves[moves.step.isna()]
    assert set(absent.move) <= {"missing", "skipped", "not_due"}
    known = {name for text in planned.accepts for name in text.split("\n")} & set(
        frame.touchpoint_id
    )
    recorded = planned[[bool(set(t.split("\n")) & known) for t in planned.accepts]]
    met = done[done.place.notna()].groupby("key").place.nunique()
    missed = absent.groupby("key").size()
    total = met.add(missed, fill_value=0)
    assert (total == len(recorded)).all() or recorded.empty


@settings(max_examples=12, deadline=None)
@given(journeys, st.sampled_from([0, 1, 2]))
def test_patterns_count_what_the_moves_of_each_journey_say(texts, which):
    frame, planned = log(*texts), PLANS[which]
    found = plan_patterns(from_frame(frame), plan=planned)
    if isinstance(found, Missing):
        return
    moves = collect(journey_moves(from_frame(frame), plan=planned))
    counts = dict(zip(zip(found.marks.deviation, found.marks.touchpoint_id),
                      found.cells.n.to_numpy() @ found.has))  # fmt: skip
    names = dict(zip(planned.place, planned.touchpoint_id))
    for kind in ("missing", "swapped", "repeated", "ad_hoc"):
        rows = moves[moves.move == kind]
        subject = rows.touchpoint_id if kind == "ad_hoc" else rows.place.map(names)
        told = rows.assign(subject=subject).groupby("subject").key.nunique().to_dict()
        assert told == {name: n for (one, name), n in counts.items() if one == kind and n}
    assert found.cells.we.sum() == len(frame)
    assert found.cells.wp.sum() == (moves.move == "as_planned").sum()


def test_scores_are_summed_by_pattern():
    frame = log("shop open", "shop till open", "shop till open")
    told = pd.DataFrame(
        {"journey_id": ["j0", "j1"], "score": [2.0, 4.0], "scale_lo": 1.0, "scale_hi": 5.0,
         "status": "answered", "feedback_id": ["f0", "f1"]}
    )  # fmt: skip
    found = plan_patterns(from_frame(frame), plan=SHOP, feedback=from_frame(told))
    missing = found.has[:, found.marks.deviation.eq("missing").to_numpy()].any(axis=1)
    assert found.cells.k.to_numpy()[missing].sum() == 1
    assert np.isclose(found.cells.sx.to_numpy()[missing].sum(), 0.25)
    assert found.cells.k.sum() == 2
