"""What the log says of planned steps that took place: tries that failed, promises broken.

Every finding is a mark of a journey; marks travel as bits of whole numbers, one row a journey.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keytouch.alignment import Aligned
from keytouch.engine import (
    LazyTable,
    cases,
    from_frame,
    literal,
    minutes_between,
    union,
    window,
)
from keytouch.plan_layout import Layout

BITS = 62


def packed(flags: np.ndarray) -> list[np.ndarray]:
    """Columns of yes and no as bits of whole numbers, 62 in each."""
    parts = [flags[:, at : at + BITS] for at in range(0, max(flags.shape[1], 1), BITS)]
    return [(part * (1 << np.arange(part.shape[1], dtype=np.int64))).sum(axis=1) for part in parts]


def unpacked(words: list[np.ndarray], count: int) -> np.ndarray:
    """The reverse of `packed`."""
    columns = [(words[code // BITS] >> (code % BITS)) & 1 == 1 for code in range(count)]
    return np.stack(columns, axis=1) if columns else np.zeros((len(words[0]), 0), bool)


def log_marks(
    data: LazyTable,
    journeys: LazyTable,
    variants: pd.DataFrame,
    aligned: Aligned,
    layout: Layout,
    late_minutes: float,
) -> LazyTable | None:
    """Failed and late steps of each journey as bits, one row per journey that has any."""
    planned = data.mutate(kind=layout.kind_of(data.touchpoint_id)).filter(
        lambda t: (t.kind >= 0) & (t.kind < layout.planned)
    )
    found = [
        *_failures(planned, layout),
        *_late_in_log(planned, layout, late_minutes),
        *_late_after(planned, journeys, variants, aligned, layout),
    ]
    if not found:
        return None
    every = (found[0] if len(found) == 1 else union(*found)).distinct()
    words = range(-(-len(layout.marks) // BITS))
    return every.group_by("key").agg(
        **{f"log_marks_{word}": _bits(every.code, word, len(layout.marks)).sum() for word in words}
    )


def _bits(code: Any, word: int, count: int) -> Any:
    """The bit of a mark in one of the whole numbers; 0 where it lies in another."""
    inside = range(word * BITS, min((word + 1) * BITS, count))
    options = ((code == one, literal(1 << (one % BITS), "int64")) for one in inside)
    return cases(*options, else_=literal(0, "int64"))


def _code_of(kind: Any, deviation: str, layout: Layout) -> Any:
    """A touchpoint's kind as the number of its mark."""
    rows = layout.codes(deviation)
    options = ((kind == layout.step_kinds[at], code) for code, at in zip(rows.index, rows["at"]))
    return cases(*options, else_=-1)


def _failures(planned: LazyTable, layout: Layout) -> list[LazyTable]:
    """Steps that were tried and where no try is known to have succeeded."""
    if "success" not in planned.columns:
        return []
    known = planned.filter(planned.success.notnull())
    tries = known.group_by("key", "kind").agg(won=cases((known.success, 1), else_=0).max())
    lost = tries.filter(tries.won == 0)
    return [lost.select(key=lost.key, code=_code_of(lost.kind, "failed", layout))]


def _late_in_log(planned: LazyTable, layout: Layout, late_minutes: float) -> list[LazyTable]:
    """Steps after the time that the log says was promised, or after too long a wait."""
    broken = []
    if {"ts", "promised_ts"} <= set(planned.columns):
        delay = minutes_between(planned.promised_ts, planned.ts)
        broken.append(planned.filter((delay > late_minutes).fill_null(False)))
    waits = layout.steps[layout.steps.wait_minutes.notna()]
    if len(waits) and "wait_minutes" in planned.columns:
        options = (
            (planned.kind == layout.step_kinds[at], float(minutes))
            for at, minutes in waits.wait_minutes.items()
        )
        limit = cases(*options, else_=float("inf"))
        broken.append(planned.filter((planned.wait_minutes > limit).fill_null(False)))
    return [part.select(key=part.key, code=_code_of(part.kind, "late", layout)) for part in broken]


def _late_after(
    planned: LazyTable,
    journeys: LazyTable,
    variants: pd.DataFrame,
    aligned: Aligned,
    layout: Layout,
) -> list[LazyTable]:
    """Steps that came later after the planned step before them than the plan promises."""
    promised = layout.steps[layout.steps.within_minutes.notna()]
    if promised.empty or "ts" not in planned.columns:
        return []
    path, at = np.nonzero(aligned.in_order)
    # Only a promised step and the one in order before it, in the same path, are looked up.
    asked = np.isin(at, promised.index)
    before_asked = np.append(asked[1:] & (path[1:] == path[:-1]), False)
    path, at = path[asked | before_asked], at[asked | before_asked]
    rows = {"path": variants.path.to_numpy()[path], "at": at, "step": aligned.step[path, at] + 1}
    placed = planned.select("key", "kind", "step", "ts").join(journeys.select("key", "path"), "key")
    placed = placed.mutate(step=placed.step.cast("int64"))
    placed = placed.join(from_frame(pd.DataFrame(rows)), ["path", "step"])
    before = placed.ts.lag(1).over(window(group_by=placed.key, order_by=placed.step))
    options = (
        (placed["at"] == at, float(minutes)) for at, minutes in promised.within_minutes.items()
    )
    placed = placed.mutate(took=minutes_between(before, placed.ts), allowed=cases(*options))
    late = placed.filter((placed.took > placed.allowed).fill_null(False))
    return [late.select(key=late.key, code=_code_of(late.kind, "late", layout))]
