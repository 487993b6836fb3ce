"""Turning points: touchpoints after which a journey feels different, or ends differently.

A customer in a good mood scores everything high, so later scores go along with any earlier one.
What a touchpoint changed shows only within the journey: scores after it minus scores before it,
where the mood that lasts through the journey cancels. It colours some touchpoints more than
others; the earlier scores are weighted so that it cancels there too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr

from keytouch.contrasts import adjusted
from keytouch.engine import (
    LazyTable,
    Missing,
    collect,
    from_frame,
    ifelse,
    literal,
    window,
)
from keytouch.lasting_mood import lasting_mood
from keytouch.remembering import rated_moments
from keytouch.satisfaction import of_metric

NO_LOG, NO_LIST = Missing("interactions"), Missing("touchpoints")
MATERIAL = 0.1
MISFIT = 0.08
SURE, EXCLUDED = 0.8, 0.2


def turning_points(
    feedback: LazyTable | Missing,
    *,
    interactions: LazyTable | Missing = NO_LOG,
    touchpoints: LazyTable | Missing = NO_LIST,
    stages: Sequence[str] = (),
    metric: str = "",
    scale: tuple[float, float] | None = None,
    material: float = MATERIAL,
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """How much better customers feel after a good experience than after a bad one.

    Reads scores of one `metric` at several touchpoints of a journey ("" takes affect or csat,
    whichever has more answers), put in order by their own times, else by the event log, else by
    the inventory's stages; `scale` is the scale to report on (default: the answers' own). A bad
    experience is a score below the touchpoint's mean, a good one above it. The change is the mean
    of the journey's later scores minus that of its earlier ones, each against its touchpoint's
    mean, the earlier ones weighted so that a mood lasting through the journey cancels; the
    experience itself is in neither.
    One row per touchpoint with scores before and after. Columns out: `after_bad`, `after_good`,
    the change in points of `scale`, and `shift_points`, good minus bad, with `_lo`, `_hi` (95 %,
    customers as clusters); `p_turn`, the chance that later scores follow by at least `material`
    points per point; `p_value` (Benjamini–Hochberg); `verdict`: "turns" (p_turn ≥ .8 and
    adjusted p ≤ .05), "not" (p_turn ≤ .2), else "undecided"; `n`; `small` under `min_n` on either
    side (never judged, p_turn blank); `misfit` of the mood (see `lasting_mood`): above .08, as
    where groups of questions go along for reasons of their own, nothing is judged; `metric`,
    `method`. Largest shift first, small ones last. The first touchpoint of a journey has nothing
    before it and can't be judged; change after it is an association, not proof.
    """
    if isinstance(feedback, Missing):
        return feedback
    if not {"touchpoint_id", "score"} <= set(feedback.columns):
        return Missing("feedback", ("touchpoint_id", "score"))
    metric = metric or _metric(feedback)
    felt = rated_moments(
        of_metric(feedback, metric),
        interactions=interactions,
        touchpoints=touchpoints,
        stages=stages,
    )
    if isinstance(felt, Missing):
        return felt
    felt = felt.select("key", "place", "x", item="touchpoint_id", person="cluster")
    mood, misfit = lasting_mood(felt)
    if len(mood) < 3:
        return Missing("feedback", ("touchpoint_id", "score"))
    sums = collect(_changes(felt, mood))
    lo, hi = scale or _scale(feedback, metric)
    table = _shifts(sums, hi - lo, material, min_n).assign(metric=metric, misfit=misfit)
    if misfit > MISFIT:
        table = table.assign(verdict="undecided")
    order = ["small", "shift_points", "touchpoint_id"]
    return table.sort_values(order, ascending=[True, False, True]).reset_index(drop=True)


def _metric(feedback: LazyTable) -> str:
    """The one of affect and csat that has more answers at touchpoints."""
    if "metric" not in feedback.columns:
        return "csat"
    asked = feedback.filter(feedback.touchpoint_id.notnull() & feedback.score.notnull())
    counts = collect(asked.group_by("metric").agg(n=asked.count())).set_index("metric").n
    return "affect" if counts.get("affect", 0) > counts.get("csat", 0) else "csat"


def _scale(feedback: LazyTable, metric: str) -> tuple[float, float]:
    """The widest scale among the answers."""
    asked = of_metric(feedback, metric)
    ends = collect(asked.agg(lo=asked.scale_lo.min(), hi=asked.scale_hi.max())).iloc[0]
    return float(ends.lo), float(ends.hi)


def _changes(felt: LazyTable, mood: pd.DataFrame) -> LazyTable:
    """Sums of the change after each touchpoint, by side, over customers. Lazy."""
    data = felt.join(from_frame(mood), "item").mutate(y=lambda t: t.x - t.usual)
    order = {"group_by": data.key, "order_by": [data.place, data.item]}
    before, after = window(**order, rows=(None, -1)), window(**order, rows=(1, None))
    taken = (data.carry * data.y).sum().over(before).fill_null(0.0)
    data = data.mutate(left=data.y - taken)
    means = data.mutate(
        y_before=data.left.mean().over(before),
        y_after=data.left.mean().over(after) + data.carry * data.y,
        load_before=data.load.mean().over(before),
        load_after=data.load.mean().over(after),
    )
    means = means.filter(means.y_before.notnull() & means.y_after.notnull() & (means.y != 0))
    change = means.y_after - means.y_before * means.load_after / means.load_before
    sided = means.mutate(change=change, good=ifelse(means.y > 0, literal(1), literal(0)))
    each = sided.group_by("item", "good", "person").agg(
        d=sided.change.sum(), y=sided.y.sum(), m=sided.count()
    )
    return each.group_by("item", "good").agg(
        n=each.m.sum(), d=each.d.sum(), y=each.y.sum(), dd=(each.d * each.d).sum(),
        dm=(each.d * each.m).sum(), mm=(each.m * each.m).sum(),
    )  # fmt: skip


def _shifts(sums: pd.DataFrame, span: float, material: float, min_n: int) -> pd.DataFrame:
    """Good against bad, with the chance that the difference matters."""
    mean = sums.d / sums.n
    error = np.sqrt((sums.dd - 2 * mean * sums.dm + mean**2 * sums.mm).clip(lower=0)) / sums.n
    sums = sums.assign(mean=span * mean, error=span * error, own=span * sums.y / sums.n)
    sides = [sums[sums.good == side].set_index("item") for side in (0, 1)]
    bad, good = (side.reindex(sides[0].index.intersection(sides[1].index)) for side in sides)
    shift = good["mean"] - bad["mean"]
    spread = pd.Series(np.hypot(good.error, bad.error), shift.index).clip(lower=1e-9)
    table = pd.DataFrame({"touchpoint_id": list(shift.index)})
    for name, value, spread_of in (
        ("after_bad", bad["mean"], bad.error),
        ("after_good", good["mean"], good.error),
        ("shift_points", shift, spread),
    ):
        ends = {"": value, "_lo": value - 1.96 * spread_of, "_hi": value + 1.96 * spread_of}
        table = table.assign(**{f"{name}{end}": part.to_numpy() for end, part in ends.items()})
    table = table.assign(n_bad=bad.n.to_numpy(int), n_good=good.n.to_numpy(int))
    table = table.assign(small=(table[["n_bad", "n_good"]] < min_n).any(axis=1))
    needed = material * (good.own - bad.own)
    return _judged(table, shift.to_numpy(), spread.to_numpy(), needed.to_numpy())


def _judged(
    table: pd.DataFrame, shift: np.ndarray, spread: np.ndarray, needed: np.ndarray
) -> pd.DataFrame:
    """The verdict on each shift: its chance to be as large as needed, all of them compared."""
    p_turn = ndtr((shift - needed) / spread)
    p_value = adjusted(np.where(table.small, np.nan, 2 * ndtr(-np.abs(shift / spread))))
    states = [table.small, (p_turn >= SURE) & (p_value <= 0.05), p_turn <= EXCLUDED]
    return table.assign(
        p_turn=np.where(table.small, np.nan, p_turn),
        p_value=p_value,
        verdict=np.select(states, ["undecided", "turns", "not"], "undecided"),
        n=table.n_bad + table.n_good,
        method="method_turning",
    )
