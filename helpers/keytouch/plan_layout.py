"""A plan in numbers, and the log's journeys as paths of the same numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from keytouch.alignment import PADDING, Aligned, align
from keytouch.engine import LazyTable, Missing, cases, collect, joined_in_order

MOST_PATHS = 5_000_000
SEPARATOR = "\n"  # between the touchpoints that do as one step


@dataclass(frozen=True)
class Layout:
    """A plan in numbers: its recorded steps, and a kind for every touchpoint of the log.

    Kinds below `planned` are groups of touchpoints that do as one step; the others are ad hoc.
    """

    plan: pd.DataFrame
    steps: pd.DataFrame
    step_kinds: list[int]
    kinds: dict[str, int]
    planned: int
    marks: pd.DataFrame

    @property
    def blocks(self) -> list[int]:
        """Steps of a stage in any order share a block."""
        alone = np.where(self.steps.any_order, 0, np.arange(1, len(self.steps) + 1))
        pairs = list(zip(self.steps.stage_id, alone))
        return [list(dict.fromkeys(pairs)).index(pair) for pair in pairs]

    @property
    def stages(self) -> list[str]:
        return list(dict.fromkeys(self.plan.stage_id))

    def kind_of(self, touchpoint: Any) -> Any:
        """An expression: the kind of a touchpoint."""
        return cases(*((touchpoint == one, kind) for one, kind in self.kinds.items()), else_=-1)

    def codes(self, deviation: str) -> pd.DataFrame:
        return self.marks[self.marks.deviation == deviation]


def layout_of(plan: pd.DataFrame, data: LazyTable, touchpoints: LazyTable | Missing) -> Layout:
    """The plan in numbers, with what the log records and what it doesn't."""
    met = sorted(collect(data.select("touchpoint_id").distinct()).touchpoint_id)
    groups = [frozenset(text.split(SEPARATOR)) for text in plan.accepts]
    plan = plan.assign(known=[bool(group & set(met)) for group in groups])
    kept = [group for group, known in zip(groups, plan.known) if known]
    order = list(dict.fromkeys(kept))
    kinds = {name: number for number, group in enumerate(order) for name in group}
    others = [name for name in met if name not in kinds]
    kinds |= {name: len(order) + number for number, name in enumerate(others)}
    listed = plan[plan.known].reset_index(drop=True)
    step_kinds = [order.index(group) for group in kept]
    marks = _marks(listed, step_kinds, others, _stages_of(touchpoints))
    return Layout(plan, listed, step_kinds, kinds, len(order), marks)


def _stages_of(touchpoints: LazyTable | Missing) -> dict[str, str]:
    if isinstance(touchpoints, Missing) or "stage_id" not in touchpoints.columns:
        return {}
    known = collect(touchpoints.select("touchpoint_id", "stage_id"))
    return dict(zip(known.touchpoint_id, known.stage_id))


def _marks(
    listed: pd.DataFrame, step_kinds: list[int], others: list[str], stages: dict[str, str]
) -> pd.DataFrame:
    """Every deviation that the plan and the log allow, numbered by row."""
    first = [step_kinds.index(kind) == at for at, kind in enumerate(step_kinds)]
    rows = []
    for at, step in enumerate(listed.itertuples()):
        told = (step.touchpoint_id, step.stage_id, step.place, at)
        rows += [] if step.optional else [("missing", *told)]
        rows += [("swapped", *told)]
        rows += [(kind, *told) for kind in ("late", "failed", "repeated") if first[at]]
    rows += [("ad_hoc", name, stages.get(name), np.nan, -1) for name in others]
    names = ["deviation", "touchpoint_id", "stage_id", "place", "at"]
    return pd.DataFrame(rows, columns=names).astype({"place": float})


def journey_paths(data: LazyTable, layout: Layout) -> LazyTable:
    """One row per journey: its path of kinds, its copies and its weight."""
    kind = cases(
        *((data.touchpoint_id == name, str(number)) for name, number in layout.kinds.items()),
        else_="",
    )
    placed = data.mutate(kind=kind)
    return placed.group_by("key").agg(
        **joined_in_order(placed, {"path": placed.kind}, order=placed.step, by=","),
        copies=placed.copies.max().cast("float64"),
        w1=placed.w1.max().cast("float64"),
    )


def aligned_paths(paths: pd.Series, layout: Layout) -> tuple[Aligned, np.ndarray]:
    """The paths beside the plan, and their events' kinds (-2 after a path's end)."""
    listed = paths.str.split(",").tolist()
    lengths = np.array([len(path) for path in listed], int)
    events = np.full((len(listed), int(lengths.max(initial=1))), PADDING)
    inside = np.arange(events.shape[1]) < lengths[:, None]
    events[inside] = np.array([int(kind) for path in listed for kind in path], int)
    repeats = layout.steps.repeat.to_numpy(bool)
    return align(events, layout.step_kinds, blocks=layout.blocks, repeats=repeats), events


def reached_stages(aligned: Aligned, layout: Layout) -> np.ndarray:
    """Paths × stages: a planned step of it was taken, or a required one of a later stage."""
    stages = layout.stages
    numbers = np.array([stages.index(stage) for stage in layout.steps.stage_id])
    taken, required = aligned.step >= 0, ~layout.steps.optional.to_numpy(bool)
    own = np.stack([taken[:, numbers == k].any(axis=1) for k in range(len(stages))], axis=1)
    later = np.stack(
        [taken[:, (numbers > k) & required].any(axis=1) for k in range(len(stages))], axis=1
    )
    return own | later


def variants_of(journeys: LazyTable) -> pd.DataFrame:
    """The distinct paths, one row each, by path."""
    return collect(journeys.select("path").distinct().order_by("path"), max_rows=MOST_PATHS)
