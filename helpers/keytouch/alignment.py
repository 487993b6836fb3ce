"""Actual paths laid beside the planned one: which step is which, at the least cost.

Every path takes as many planned steps as it can; of these as many as possible in the planned
order (longest common subsequence), the others as swapped; what is left over is repeated, ad hoc
or missing. Plain arrays, all paths at once; journeys of the same path are aligned once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
AS_PLANNED, SWAPPED, REPEATED, AD_HOC = 0, 1, 2, 3
MOVES = ("as_planned", "swapped", "repeated", "ad_hoc")
NOBODY, PADDING = -1, -2
CELLS = 4_000_000


@dataclass(frozen=True)
class Aligned:
    """Paths beside the plan, one row per path.

    `step` is the place of each planned step's event in the path (-1: missing), `in_order`
    whether it stands in the planned order; `place` is each event's planned step (-1: none; -2:
    the path is over), `move` what became of the event (an index of MOVES).
    """

    step: Ints
    in_order: NDArray[np.bool_]
    place: Ints
    move: Ints


def align(
    events: Ints,
    kinds: Sequence[int],
    *,
    blocks: Sequence[int] | None = None,
    repeats: Sequence[bool] | None = None,
) -> Aligned:
    """Lay paths beside a plan.

    `events` holds one path a row: each event's kind (a number that steps share with the events
    that do as them), -1 for events that the plan doesn't know, -2 after the path's end. `kinds`
    are the planned steps' kinds in order; steps of one of the `blocks` may come in any order
    (each kind once); `repeats` marks steps that may be taken again as planned.
    Of equally cheap alignments the earliest events are taken, and the later planned step is the
    one out of order. Cost: one for each swapped, repeated, unplanned or missing step.
    Source: Needleman & Wunsch 1970; alignments of logs and models: van der Aalst, Adriansyah &
    van Dongen 2012.

    >>> align(np.array([[1, 0, 7, 0]]), [0, 1, 2]).step.tolist()
    [[1, 0, -1]]
    """
    events, length = np.asarray(events, np.int64), np.shape(events)[1]
    events = events if length else np.full((len(events), 1), PADDING)
    kinds = np.asarray(kinds, np.int64)
    blocks = np.arange(len(kinds)) if blocks is None else np.asarray(blocks)
    again = np.zeros(len(kinds), bool) if repeats is None else np.asarray(repeats, bool)
    room = max(1, CELLS // max(1, (events.shape[1] + 1) * (len(kinds) + 1)))
    parts = [
        _align(events[start : start + room], kinds, blocks, again)
        for start in range(0, max(len(events), 1), room)
    ]
    step, in_order, place, move = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("step", "in_order", "place", "move")
    )
    return Aligned(step, in_order, place[:, :length], move[:, :length])


def _align(events: Ints, kinds: Ints, blocks: Ints, again: NDArray[np.bool_]) -> Aligned:
    step = _in_order(events, kinds, blocks)
    in_order = step >= 0
    place = np.where(events == PADDING, PADDING, NOBODY)
    rows = np.arange(len(events))
    for number in range(len(kinds)):
        there = in_order[:, number]
        place[rows[there], step[there, number]] = number
    for number, kind in enumerate(kinds):
        free = (events == kind) & (place == NOBODY)
        late = ~in_order[:, number] & free.any(axis=1)
        first = free.argmax(axis=1)
        step[late, number] = first[late]
        place[rows[late], first[late]] = number
    return Aligned(step, in_order, *_moves(events, kinds, place, step, in_order, again))


def _moves(
    events: Ints,
    kinds: Ints,
    place: Ints,
    step: Ints,
    in_order: NDArray[np.bool_],
    again: NDArray[np.bool_],
) -> tuple[Ints, Ints]:
    """What became of each event; another go at a step belongs to the step."""
    move = np.full(events.shape, AD_HOC)
    rows = np.arange(len(events))
    for number in range(len(kinds)):
        there = step[:, number] >= 0
        how = np.where(in_order[there, number], AS_PLANNED, SWAPPED)
        move[rows[there], step[there, number]] = how
    for number in reversed(range(len(kinds))):
        more = (events == kinds[number]) & (place == NOBODY)
        move[more] = AS_PLANNED if again[kinds == kinds[number]].any() else REPEATED
    for number, kind in enumerate(kinds):
        place = np.where((events == kind) & (place == NOBODY), number, place)
    return place, move


def _in_order(events: Ints, kinds: Ints, blocks: Ints) -> Ints:
    """The longest common subsequence: for each step its event, or -1.

    best[b][:, j] is the most steps that the first b blocks find in the first j events.
    """
    size, length = events.shape
    parts = [np.flatnonzero(blocks == block) for block in dict.fromkeys(blocks.tolist())]
    best = [np.zeros((size, length + 1), np.int32)]
    for part in parts:
        grow = _one if len(part) == 1 else _any_order
        best.append(grow(events, kinds[part], best[-1]))
    step = np.full((size, len(kinds)), -1)
    cut = np.full(size, length)
    for number in reversed(range(len(parts))):
        part = parts[number]
        take = _take_one if len(part) == 1 else _take_any
        cut = take(events, kinds, part, best[number], best[number + 1], cut, step)
    return step


def _one(events: Ints, kinds: Ints, before: Ints) -> Ints:
    """One step more: it takes an event, or the event passes, or the step does."""
    found = np.where(events == kinds[0], before[:, :-1] + 1, 0)
    after = before.copy()
    after[:, 1:] = np.maximum(after[:, 1:], found)
    return np.maximum.accumulate(after, axis=1)


def _any_order(events: Ints, kinds: Ints, before: Ints) -> Ints:
    """Steps in any order more: the block takes all events from some cut on."""
    after = before.copy()
    last = _last(events, kinds)
    for j in range(1, events.shape[1] + 1):
        cuts = np.arange(j + 1)
        gain = sum((one[:, j, None] > cuts).astype(np.int32) for one in last)
        after[:, j] = (before[:, : j + 1] + gain).max(axis=1)
    return after


def _last(events: Ints, kinds: Ints) -> list[Ints]:
    """For each kind, the number (from 1) of its last event among the first j, 0 for none."""
    numbers = np.arange(1, events.shape[1] + 1)
    lasts = []
    for kind in kinds:
        seen = np.where(events == kind, numbers, 0)
        lasts.append(np.pad(np.maximum.accumulate(seen, axis=1), ((0, 0), (1, 0))))
    return lasts


def _take_one(
    events: Ints, kinds: Ints, part: Ints, before: Ints, after: Ints, cut: Ints, step: Ints
) -> Ints:
    """Walk back over one step: the earliest event that serves it, where it is served at all."""
    rows = np.arange(len(events))
    score = after[rows, cut]
    served = score > before[rows, cut]
    first = (after >= score[:, None]).argmax(axis=1)
    step[served, part[0]] = first[served] - 1
    return np.where(served, first - 1, cut)


def _take_any(
    events: Ints, kinds: Ints, part: Ints, before: Ints, after: Ints, cut: Ints, step: Ints
) -> Ints:
    """Walk back over a block: the cut that leaves most to the steps before, then the earliest."""
    rows, cuts = np.arange(len(events)), np.arange(events.shape[1] + 1)
    last = _last(events, kinds[part])
    gain = sum((one[rows, cut][:, None] > cuts).astype(np.int32) for one in last)
    inside = cuts <= cut[:, None]
    best = inside & (before + gain == after[rows, cut][:, None])
    start = np.where(best, before * (len(cuts) + 1) - cuts, -(10**9)).argmax(axis=1)
    numbers = np.arange(events.shape[1])
    within = (numbers >= start[:, None]) & (numbers < cut[:, None])
    for number in part:
        hit = within & (events == kinds[number])
        found = hit.any(axis=1)
        step[found, number] = hit.argmax(axis=1)[found]
    return start
