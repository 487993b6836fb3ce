"""Journeys beside the blueprint: which planned steps they took, and what else happened.

Journeys of the same path are aligned once (`alignment`), so that millions cost little more than
thousands; promises and failures are looked up by journey. The result is a small table of
patterns, from which every share and every cost is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytouch.alignment import AS_PLANNED, MOVES, PADDING, REPEATED, Aligned
from keytouch.engine import (
    LazyTable,
    Missing,
    collect,
    from_frame,
    held,
    ifelse,
    literal,
    union,
)
from keytouch.plan_layout import (
    MOST_PATHS,
    Layout,
    aligned_paths,
    journey_paths,
    layout_of,
    reached_stages,
    variants_of,
)
from keytouch.plan_marks import log_marks, packed, unpacked
from keytouch.prepared import steps
from keytouch.satisfaction import whole_scores

DEVIATIONS = ("missing", "late", "failed", "repeated", "swapped", "ad_hoc")
NO_SCORES = Missing("feedback")
NO_STAGES = Missing("touchpoints", ("stage_id",))
MARKS = "marks_"
SUMS = ("n", "w", "ww", "we", "wp", "wwee", "wwep", "wwpp")
SCORE_SUMS = ("k", "s", "ss", "sx", "sxx", "ssx", "ssxx")


@dataclass(frozen=True)
class PlanPatterns:
    """Journeys by what they did with the plan.

    `plan` is the plan's recorded steps, with `known` False for those that no log holds; `marks`
    says for each possible deviation its `deviation`, `touchpoint_id`, `stage_id` and `place` in
    the plan; `has` (patterns × marks) which of them a pattern shows, `reached` (patterns ×
    stages) how far it came, `taken` (patterns × recorded steps) what it took; `cells` the sums of
    each pattern's journeys; `key` what a journey is.
    """

    plan: pd.DataFrame
    marks: pd.DataFrame
    has: np.ndarray
    reached: np.ndarray
    taken: np.ndarray
    cells: pd.DataFrame
    key: str

    @property
    def stages(self) -> list[str]:
        return list(dict.fromkeys(self.plan.stage_id))

    def due(self) -> np.ndarray:
        """Patterns × recorded steps: whether the step's stage was reached."""
        numbers = [self.stages.index(stage) for stage in self.plan[self.plan.known].stage_id]
        return self.reached[:, numbers]


def plan_patterns(
    interactions: LazyTable | Missing,
    *,
    plan: pd.DataFrame | Missing,
    feedback: LazyTable | Missing = NO_SCORES,
    touchpoints: LazyTable | Missing = NO_STAGES,
    late_minutes: float = 0,
) -> PlanPatterns | Missing:
    """Every journey held against the plan: the base of shares, costs and fitness.

    `plan` has the columns of `planned_steps`. A stage counts as reached by journeys that took a
    planned step of it, or a required one of a later stage; steps of other stages are not due.
    missing: a required step that was due; swapped: taken out of the planned order; repeated:
    more often than planned; ad hoc: not in the plan; failed: tried, and no try succeeded; late:
    after a promised time (of the log, with `late_minutes` of grace) or a promised wait or time
    of the plan (counted from the planned step before it, where both came in order).
    Steps that nobody records (their touchpoints occur in no interaction) are not judged.
    Journeys stand for `n` and `weight` of their interactions; scores are the overall ones.
    """
    with ExitStack() as stack:
        # Every question that follows reads the journeys' paths.
        laid = _laid_beside(
            interactions, plan, touchpoints, keep=lambda paths: stack.enter_context(held(paths))
        )
        if isinstance(laid, Missing):
            return laid
        data, layout, journeys, variants, aligned, events = laid
        told = log_marks(data, journeys, variants, aligned, layout, late_minutes)
        sides = from_frame(_of_paths(variants, aligned, events, layout))
        table = journeys.join(sides, "path")
        key = "journey_id" if "journey_id" in data.columns else "customer_id"
        cells = collect(_summed(table, told, _scored(feedback, key), layout), max_rows=MOST_PATHS)
    return _decoded(cells, layout, key)


def journey_moves(
    interactions: LazyTable | Missing, *, plan: pd.DataFrame | Missing
) -> LazyTable | Missing:
    """What became of each interaction, and which planned steps are absent. Lazy.

    One row per interaction in order, and one per planned step that a journey didn't take.
    Columns out: `key`; `step`, the interaction's number in its journey (blank: none);
    `place`, the planned step's (blank: none); `touchpoint_id`; `move`: as_planned (another go at
    a step that may be repeated included), swapped, repeated, ad_hoc, and for steps without
    interaction missing (required), skipped (optional) or not_due (the stage wasn't reached).
    Planned steps = as planned (first goes) + swapped + missing + skipped + not due; interactions =
    as planned + swapped + repeated + ad hoc.
    """
    laid = _laid_beside(interactions, plan, NO_STAGES)
    if isinstance(laid, Missing):
        return laid
    data, layout, journeys, variants, aligned, events = laid
    taken = from_frame(_event_rows(variants.path, aligned, events, layout))
    absent = from_frame(_absent_rows(variants.path, aligned, layout))
    paths = journeys.select("key", "path")
    done = data.select("key", "step", "touchpoint_id").join(paths, "key")
    done = done.mutate(step=done.step.cast("int64")).join(taken, ["path", "step"])
    left = paths.join(absent, "path").mutate(step=literal(None).cast("int64"))
    names = ["key", "step", "place", "touchpoint_id", "move"]
    return union(done.select(*names), left.select(*names))


def _laid_beside(
    interactions: LazyTable | Missing,
    plan: pd.DataFrame | Missing,
    touchpoints: LazyTable | Missing,
    keep: Callable[[LazyTable], LazyTable] = lambda paths: paths,
) -> tuple[LazyTable, Layout, LazyTable, pd.DataFrame, Aligned, np.ndarray] | Missing:
    """The steps, the plan in numbers, the journeys' paths, the distinct ones, and these aligned."""
    data = interactions if isinstance(interactions, Missing) else steps(interactions)
    if isinstance(data, Missing) or isinstance(plan, Missing):
        return data if isinstance(data, Missing) else plan  # type: ignore[return-value]
    layout = layout_of(plan, data, touchpoints)
    if layout.steps.empty:
        return Missing("interactions", ("touchpoint_id",))
    journeys = keep(journey_paths(data, layout))
    variants = variants_of(journeys)
    return data, layout, journeys, variants, *aligned_paths(variants.path, layout)


def _of_paths(
    variants: pd.DataFrame, aligned: Aligned, events: np.ndarray, layout: Layout
) -> pd.DataFrame:
    """Per path: marks, stages reached and steps taken as bits; events, and those as planned."""
    has = np.zeros((len(events), len(layout.marks)), bool)
    reached = reached_stages(aligned, layout)
    for code, mark in enumerate(layout.marks.itertuples()):
        if mark.deviation == "missing":
            due = reached[:, layout.stages.index(mark.stage_id)]
            has[:, code] = due & (aligned.step[:, mark.at] < 0)
        elif mark.deviation == "swapped":
            has[:, code] = (aligned.step[:, mark.at] >= 0) & ~aligned.in_order[:, mark.at]
        elif mark.deviation == "repeated":
            kind = layout.step_kinds[mark.at]
            has[:, code] = ((events == kind) & (aligned.move == REPEATED)).any(axis=1)
        elif mark.deviation == "ad_hoc":
            has[:, code] = (events == layout.kinds[mark.touchpoint_id]).any(axis=1)
    flags = np.concatenate([has, reached, aligned.step >= 0], axis=1)
    words = {f"{MARKS}{word}": bits for word, bits in enumerate(packed(flags))}
    inside = events != PADDING
    return variants.assign(
        **words,
        events=inside.sum(axis=1).astype(float),
        planned=(inside & (aligned.move == AS_PLANNED)).sum(axis=1).astype(float),
    )


def _scored(feedback: LazyTable | Missing, key: str) -> LazyTable | None:
    """One row per journey that gave an overall score: its place 0–1 and its weight."""
    told = whole_scores(feedback, key)
    if isinstance(told, Missing):
        return None
    return told.select("key", "x", s=told.w1.cast("float64"))


def _summed(
    table: LazyTable, told: LazyTable | None, scored: LazyTable | None, layout: Layout
) -> LazyTable:
    """The sums of every pattern of marks, stages and steps."""
    names = [name for name in table.columns if name.startswith(MARKS)]
    if told is not None:
        table = table.left_join(told, table.key == told.key).drop("key_right")
        own = [name for name in names if f"log_{name}" in table.columns]
        more = {name: table[name] + table[f"log_{name}"].cast("int64").fill_null(0) for name in own}
        table = table.mutate(**more)
    if scored is None:
        table = table.mutate(k=literal(0.0), s=literal(0.0), x=literal(0.0))
    else:
        table = table.left_join(scored, table.key == scored.key).drop("key_right")
        table = table.mutate(k=ifelse(table.x.notnull(), 1.0, 0.0))
    w = table.copies * table.w1
    ww, e, p, s, x = w * table.w1, table.events, table.planned, table.s, table.x
    sums = {
        "n": table.copies, "w": w, "ww": ww, "we": w * e, "wp": w * p,
        "wwee": ww * e * e, "wwep": ww * e * p, "wwpp": ww * p * p,
        "k": table.k, "s": s, "ss": s * s, "sx": s * x, "sxx": s * x * x,
        "ssx": s * s * x, "ssxx": s * s * x * x,
    }  # fmt: skip
    return table.group_by(names).agg(**{name: value.sum() for name, value in sums.items()})


def _decoded(cells: pd.DataFrame, layout: Layout, key: str) -> PlanPatterns:
    """The patterns with their bits spelled out, in a fixed order."""
    names = [f"{MARKS}{word}" for word in range(sum(name.startswith(MARKS) for name in cells))]
    cells = cells.sort_values(names).reset_index(drop=True)
    ends = np.cumsum([len(layout.marks), len(layout.stages), len(layout.steps)])
    flags = unpacked([cells[name].to_numpy(np.int64) for name in names], int(ends[-1]))
    has, reached, taken = np.split(flags, ends[:-1], axis=1)
    sums = cells[[*SUMS, *SCORE_SUMS]].astype(float).fillna(0.0)
    marks = layout.marks.drop(columns="at")
    return PlanPatterns(layout.plan, marks, has, reached, taken, sums, key)


def _event_rows(
    paths: pd.Series, aligned: Aligned, events: np.ndarray, layout: Layout
) -> pd.DataFrame:
    """One row per event of each path: its step from 1, its place in the plan, its move."""
    path, at = np.nonzero(events != PADDING)
    number = aligned.place[path, at]
    places = np.append(layout.steps.place.to_numpy(float), np.nan)
    return pd.DataFrame(
        {
            "path": paths.to_numpy()[path],
            "step": at + 1,
            "place": np.where(number >= 0, places[number], np.nan),
            "move": np.array(MOVES)[aligned.move[path, at]],
        }
    ).astype({"path": "str", "place": "Int64", "move": "str"})


def _absent_rows(paths: pd.Series, aligned: Aligned, layout: Layout) -> pd.DataFrame:
    """One row per planned step that a path doesn't take."""
    path, number = np.nonzero(aligned.step < 0)
    stage = np.array([layout.stages.index(one) for one in layout.steps.stage_id])
    due = reached_stages(aligned, layout)[path, stage[number]]
    optional = layout.steps.optional.to_numpy(bool)[number]
    move = np.where(~due, "not_due", np.where(optional, "skipped", "missing"))
    return pd.DataFrame(
        {
            "path": paths.to_numpy()[path],
            "place": layout.steps.place.to_numpy()[number],
            "touchpoint_id": layout.steps.touchpoint_id.to_numpy()[number],
            "move": move,
        }
    ).astype({"path": "str", "place": "Int64", "touchpoint_id": "str", "move": "str"})
