"""Paths beside a plan, against brute force and by hand."""

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from keytouch.alignment import AD_HOC, AS_PLANNED, REPEATED, SWAPPED, align

A, B, C, D, X = 0, 1, 2, 3, -1


def one(path, kinds, **options):
    """The alignment of one path: events of the steps, and each event's move."""
    found = align(np.array([path]), kinds, **options)
    return found.step[0].tolist(), found.move[0].tolist()


def test_a_path_as_planned_is_as_planned():
    assert one([A, B, C], [A, B, C]) == ([0, 1, 2], [AS_PLANNED] * 3)


def test_a_step_left_out_is_missing_and_no_other_moves():
    assert one([A, C], [A, B, C]) == ([0, -1, 1], [AS_PLANNED] * 2)


def test_an_unknown_event_is_ad_hoc():
    assert one([A, X, B], [A, B]) == ([0, 2], [AS_PLANNED, AD_HOC, AS_PLANNED])


def test_the_second_time_is_repeated_unless_the_plan_allows_it():
    assert one([A, A, B], [A, B])[1] == [AS_PLANNED, REPEATED, AS_PLANNED]
    assert one([A, A, B], [A, B], repeats=[True, False])[1] == [AS_PLANNED] * 3


def test_of_two_exchanged_steps_the_later_planned_one_is_out_of_order():
    assert one([B, A], [A, B]) == ([1, 0], [SWAPPED, AS_PLANNED])


def test_steps_of_a_block_may_come_in_any_order_but_not_outside_it():
    blocks = [0, 1, 1, 2]
    assert one([A, C, B, D], [A, B, C, D], blocks=blocks)[1] == [AS_PLANNED] * 4
    assert one([A, C, D, B], [A, B, C, D], blocks=blocks)[1].count(SWAPPED) == 1


def test_a_step_planned_twice_takes_two_events():
    assert one([A, B, A], [A, B, A]) == ([0, 1, 2], [AS_PLANNED] * 3)
    assert one([A, B], [A, B, A])[0] == [0, 1, -1]


def test_an_empty_path_misses_everything():
    found = align(np.empty((1, 0), int), [A, B])
    assert found.step.tolist() == [[-1, -1]]


def common(path, plan):
    """The length of the longest common subsequence, by trying."""
    if not path or not plan:
        return 0
    if path[0] == plan[0]:
        return 1 + common(path[1:], plan[1:])
    return max(common(path[1:], plan), common(path, plan[1:]))


paths = st.lists(st.integers(-1, 3), max_size=7)


@settings(max_examples=200, deadline=None)
@given(paths, st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_as_many_steps_in_order_as_brute_force_finds(path, plan):
    found = align(np.array([path], int).reshape(1, -1), plan)
    assert found.in_order.sum() == common(path, plan)
    places = found.step[0][found.in_order[0]]
    assert (np.diff(places) > 0).all()


@settings(max_examples=100, deadline=None)
@given(paths, st.permutations([0, 1, 2, 3]), st.integers(0, 3))
def test_a_block_finds_what_its_best_order_finds(path, plan, size):
    blocks = [0 if number <= size else number for number in range(4)]
    found = align(np.array([path], int).reshape(1, -1), plan, blocks=blocks)
    orders = [[*head, *plan[size + 1 :]] for head in permutations(plan[: size + 1])]
    assert found.in_order.sum() == max(common(path, order) for order in orders)


@settings(max_examples=100, deadline=None)
@given(st.lists(paths, min_size=1, max_size=5), st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_nothing_is_lost_and_nothing_counted_twice(many, plan):
    length = max(map(len, many))
    events = np.array([path + [-2] * (length - len(path)) for path in many], int)
    found = align(events.reshape(len(many), length), plan)
    for row, path in enumerate(many):
        move, place, step = found.move[row][: len(path)], found.place[row], found.step[row]
        met = (step >= 0).sum()
        assert met + (step < 0).sum() == len(plan)
        assert met == np.isin(move, (AS_PLANNED, SWAPPED)).sum()
        assert len(move) == sum((move == kind).sum() for kind in range(4))
        for kind in set(plan):
            assert (move[np.array(path) == kind] == AD_HOC).sum() == 0
            least = min(path.count(kind), plan.count(kind))
            assert sum(step[n] >= 0 for n, k in enumerate(plan) if k == kind) == least
        assert all(plan[place[at]] == path[at] for at in step[step >= 0])
        assert (place[len(path) :] == -2).all()


def test_many_paths_give_what_each_gives_alone():
    rng = np.random.default_rng(3)
    events, plan = rng.integers(-1, 6, (60, 9)), [0, 1, 2, 3, 4, 5]
    together = align(events, plan, blocks=[0, 1, 1, 1, 2, 3])
    for row, path in enumerate(events):
        alone = align(path[None], plan, blocks=[0, 1, 1, 1, 2, 3])
        assert (alone.step[0] == together.step[row]).all()
        assert (alone.move[0] == together.move[row]).all()
