"""What happens at moments of truth: the figures of the four types, and behaviour beside scores.

The four types are first contact, purchase decision, after-sales, complaint and feedback; the
inventory says which touchpoint belongs to which. A figure is given where the data know it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from keytouch.contrasts import adjusted, mean_difference
from keytouch.drivers import journey_key
from keytouch.engine import (
    LazyTable,
    Missing,
    cases,
    collect,
    literal,
    quantiles,
    row_number,
    spills,
    window,
)
from keytouch.estimate import mean_interval, wilson
from keytouch.prepared import steps
from keytouch.satisfaction import scores, whole_scores
from keytouch.schema import MOMENTS

NO_SCORES, NO_JOURNEYS, NO_CUSTOMERS = map(Missing, ("feedback", "journeys", "customers"))
FOLLOW_DAYS = 60
HALF_RANK = 0.98  # half of 1.96: a binomial rank's standard deviation is √n / 2
Figures = list[pd.DataFrame]
COLUMNS = ["kpi", "value", "lo", "hi", "n", "method"]
SCORE_KPIS = {
    "first_contact": "first_impression_score",
    "purchase_decision": "decision_score",
    "after_sales": "after_sales_score",
    "complaint": "recovery_score",
}


def moment_kpis(
    touchpoints: LazyTable | Missing,
    *,
    interactions: LazyTable | Missing,
    feedback: LazyTable | Missing = NO_SCORES,
    journeys: LazyTable | Missing = NO_JOURNEYS,
    customers: LazyTable | Missing = NO_CUSTOMERS,
    by: Sequence[str] = ("moment", "touchpoint_id"),
    scale: tuple[float, float] = (1, 5),
    follow_days: int = FOLLOW_DAYS,
) -> pd.DataFrame | Missing:
    """The figures of each moment type, one row per group and figure that the data know.

    Groups are touchpoints within their type; `by=("moment",)` takes a type as a whole.
    Columns out: the `by` columns, `kpi`, `value` with `lo`, `hi` (95 %), `n`, `method`. By type:
    first contact: `bounce_rate`, journeys that ended there; purchase decision:
    `conversion_after_rate`, journeys that met it and converted; after-sales: `resolve_minutes`,
    median from the first contact to the end of the first that succeeded, and
    `first_contact_rate`, journeys whose first contact there succeeded with no second one;
    complaint: `response_minutes`, median wait, `repeat_rate`, customers with another journey
    within `follow_days` of their first contact there (only those whose days all lie in the data),
    and `churn_rate` among the customers who met it. All types: the mean score of the touchpoints
    themselves (`first_impression_score`, `decision_score`, `after_sales_score`,
    `recovery_score`) on `scale`.
    Shares have Wilson intervals, means t, medians binomial ranks. Blank facts (success not
    recorded, conversion unknown) don't count. Touchpoints without a type are left out. Shares and
    medians count journeys and customers as logged; only mean scores use survey weights.
    """
    if isinstance(touchpoints, Missing) or "moment" not in touchpoints.columns:
        return Missing("touchpoints", ("moment",))
    listed = touchpoints.filter(touchpoints.moment.notnull()).select("touchpoint_id", "moment")
    found = _log_figures(listed, interactions, journeys, customers, by, follow_days)
    found += _score_figures(listed, feedback, by, scale)
    found = [part for part in found if not part.empty]
    if not found:
        return Missing("interactions", ("journey_id",))
    table = pd.concat(found, ignore_index=True)
    table = table[table.n > 0]
    table = table.assign(n=table.n.astype(int), _type=table.moment.map(MOMENTS.index))
    rest = [name for name in by if name != "moment"]
    table = table.sort_values(["_type", *rest, "kpi"], kind="stable")
    return table[[*by, *COLUMNS]].reset_index(drop=True)


def _log_figures(
    listed: LazyTable,
    interactions: LazyTable | Missing,
    journeys: LazyTable | Missing,
    customers: LazyTable | Missing,
    by: Sequence[str],
    follow_days: int,
) -> Figures:
    """The figures that rest on the event log."""
    data = interactions if isinstance(interactions, Missing) else steps(interactions)
    if isinstance(data, Missing):
        return []
    staged = data.join(listed, "touchpoint_id")
    parts: list[pd.DataFrame | None] = [
        _bounces(staged, by),
        _conversions(staged, journeys, by),
        *_solutions(staged, by),
        _responses(staged, by),
        _repeats(staged, journeys, by, follow_days),
        _churn(staged, customers, by),
    ]
    return [part for part in parts if part is not None]


def _of(staged: LazyTable, moment: str) -> LazyTable:
    return staged.filter(staged.moment == moment)


def _rates(data: LazyTable, by: Sequence[str], kpi: str) -> pd.DataFrame:
    """The share of rows whose `hit` is 1, one row per group, with Wilson's interval."""
    table = collect(data.group_by(list(by)).agg(value=data.hit.mean(), n=data.count()))
    lo, hi = wilson(table.value, table.n)
    return table.assign(kpi=kpi, lo=lo, hi=hi, method="method_wilson")


def _medians(data: LazyTable, by: Sequence[str], kpi: str) -> pd.DataFrame:
    """The median of `minutes`, one row per group, with the binomial interval of its rank."""
    ordered = window(group_by=list(by), order_by="minutes")
    ranked = data.mutate(
        place=row_number().over(ordered) + 1, size=data.count().over(window(group_by=list(by)))
    )
    half = HALF_RANK * ranked["size"].sqrt()
    middle = ranked["size"] / 2.0
    sides = {"left": ranked.place >= middle, "right": ranked.place > middle,
             "lo": ranked.place >= middle - half}  # fmt: skip
    firsts = {side: cases((inside, ranked.minutes)).min() for side, inside in sides.items()}
    last = cases((ranked.place <= middle + 1 + half, ranked.minutes)).max()
    table = collect(ranked.group_by(list(by)).agg(**firsts, hi=last, n=ranked.count()))
    # A single value stands on both sides of its middle.
    table = table.assign(value=(table.left + table.right) / 2).drop(columns=["left", "right"])
    # Where every contact carries the same time there are no clocks to speak of.
    return table[table.hi > 0].assign(kpi=kpi, method="method_median")


def _bounces(staged: LazyTable, by: Sequence[str]) -> pd.DataFrame:
    """Journeys that met a first contact and went no further than it."""
    first = _of(staged, "first_contact")
    last = cases((first.step == first.steps, 1.0), else_=0.0)
    met = first.mutate(last=last).group_by([*by, "key"]).agg(hit=lambda t: t["last"].max())
    return _rates(met, by, "bounce_rate")


def _conversions(
    staged: LazyTable, journeys: LazyTable | Missing, by: Sequence[str]
) -> pd.DataFrame | None:
    """Journeys that met a purchase decision, by whether they converted."""
    needed = {"journey_id", "converted"}
    if isinstance(journeys, Missing) or not needed <= set(journeys.columns):
        return None
    if "journey_id" not in staged.columns:
        return None
    known = journeys.filter(journeys.converted.notnull())
    known = known.select("journey_id", hit=cases((known.converted, 1.0), else_=0.0))
    met = _of(staged, "purchase_decision").select(*by, "journey_id").distinct()
    return _rates(met.join(known, "journey_id"), by, "conversion_after_rate")


def _solutions(staged: LazyTable, by: Sequence[str]) -> Figures:
    """Time to resolve and first-contact resolution of after-sales touchpoints."""
    if "success" not in staged.columns:
        return []
    after = _of(staged, "after_sales")
    after = after.filter(after.success.notnull())
    each = ["key", "touchpoint_id"]
    turn = row_number().over(window(group_by=each, order_by="step"))
    tries = after.mutate(turn=turn, won=cases((after.success, 1.0), else_=0.0))
    grouped = tries.group_by(list(dict.fromkeys([*by, *each])))
    solved = grouped.agg(
        first_won=tries.won.max(where=tries.turn == 0), contacts=tries.count()
    ).mutate(hit=lambda t: cases(((t.first_won == 1) & (t.contacts == 1), 1.0), else_=0.0))
    return [_rates(solved, by, "first_contact_rate"), *_resolve_times(tries, grouped, by)]


def _resolve_times(tries: LazyTable, grouped: Any, by: Sequence[str]) -> Figures:
    """Minutes from the first contact to the end of the first that succeeded."""
    if "ts" not in tries.columns:
        return []
    spent = literal(0.0)
    for name in ("wait_minutes", "duration_minutes"):
        if name in tries.columns:
            spent = spent + tries[name].fill_null(0.0)
    won = tries.won == 1
    solved = grouped.agg(
        begun=tries.ts.min(),
        ended=tries.ts.min(where=won),
        spent=spent.argmin(tries.turn, where=won),
    )
    solved = solved.filter(solved.ended.notnull())
    minutes = solved.ended.delta(solved.begun, unit="second") / literal(60.0) + solved.spent
    return [_medians(solved.mutate(minutes=minutes), by, "resolve_minutes")]


def _responses(staged: LazyTable, by: Sequence[str]) -> pd.DataFrame | None:
    """How long customers wait for an answer at complaint touchpoints."""
    if "wait_minutes" not in staged.columns:
        return None
    asked = _of(staged, "complaint")
    waited = asked.filter(asked.wait_minutes.notnull()).mutate(minutes=asked.wait_minutes)
    return _medians(waited, by, "response_minutes")


def _repeats(
    staged: LazyTable, journeys: LazyTable | Missing, by: Sequence[str], follow_days: int
) -> pd.DataFrame | None:
    """Customers who started another journey within some days of a complaint."""
    needed = {"customer_id", "started_at"}
    if isinstance(journeys, Missing) or not needed <= set(journeys.columns):
        return None
    if not {"customer_id", "ts"} <= set(staged.columns):
        return None
    asked = _of(staged, "complaint")
    asked = asked.filter(asked.customer_id.notnull() & asked.ts.notnull())
    begun = asked.group_by([*by, "customer_id"]).agg(begun=asked.ts.min())
    until = begun.begun + literal(follow_days).as_interval("D")
    last = journeys.started_at.max().as_scalar()
    watched = begun.mutate(until=until).filter(until <= last)
    starts = journeys.select("customer_id", "started_at")
    pairs = watched.left_join(starts, "customer_id")
    again = (pairs.started_at > pairs.begun) & (pairs.started_at <= pairs.until)
    came = pairs.mutate(again=cases((again, 1.0), else_=0.0))
    came = came.group_by([*by, "customer_id"]).agg(hit=came.again.max())
    return _rates(came, by, "repeat_rate")


def _churn(
    staged: LazyTable, customers: LazyTable | Missing, by: Sequence[str]
) -> pd.DataFrame | None:
    """Customers who met a complaint touchpoint, by whether they left."""
    if isinstance(customers, Missing) or "churned" not in customers.columns:
        return None
    if "customer_id" not in staged.columns:
        return None
    known = customers.filter(customers.churned.notnull())
    known = known.select("customer_id", hit=cases((known.churned, 1.0), else_=0.0))
    met = _of(staged, "complaint").select(*by, "customer_id").distinct()
    return _rates(met.join(known, "customer_id"), by, "churn_rate")


def _score_figures(
    listed: LazyTable,
    feedback: LazyTable | Missing,
    by: Sequence[str],
    scale: tuple[float, float],
) -> Figures:
    """What customers score the touchpoints of each type."""
    if isinstance(feedback, Missing) or not {"touchpoint_id", "score"} <= set(feedback.columns):
        return []
    rated = feedback.join(listed, "touchpoint_id")
    table = scores(rated, by=list(by), scale=scale)
    table = table.rename(columns={"score": "value", "score_lo": "lo", "score_hi": "hi"})
    return [table.assign(kpi=table.moment.map(SCORE_KPIS))[[*by, *COLUMNS]]]


Flag = Callable[[LazyTable], Any]
SIGNALS: dict[str, tuple[tuple[str, ...], Flag]] = {
    "failure": (("success",), lambda t: cases((t.success, 0.0), (~t.success, 1.0))),
    "late": (
        ("ts", "promised_ts"),
        lambda t: cases((t.ts > t.promised_ts, 1.0), (t.ts <= t.promised_ts, 0.0)),
    ),
    "long_wait": (
        ("wait_minutes",),
        lambda t: cases((t.wait_minutes > t.long, 1.0), (t.wait_minutes <= t.long, 0.0)),
    ),
}


def moment_tracks(
    interactions: LazyTable | Missing,
    feedback: LazyTable | Missing,
    *,
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """What customers did beside what they said, one row per touchpoint and kind of trouble.

    Joins the event log and the overall satisfaction score by journey (by customer where no
    journey is known). `signal`: "failure" (an interaction failed), "late" (after the promised
    time), "long_wait" (longer than three quarters of the touchpoint's waits).
    Columns out: `touchpoint_id`, `signal`; `score_bad`, `score_good`, the mean overall score of
    journeys with and without the trouble, on `scale`, with `_lo`, `_hi` (t); `score_change`, bad
    minus good, with `_lo`, `_hi` (Welch); `n_bad`, `n_good`, `n`; `p_value` (two-sided,
    Benjamini–Hochberg over all rows); `differs` (adjusted p ≤ .05); `method`.
    Groups under `min_n` on either side are left out. Largest loss first. Sources: Welch 1947;
    Benjamini & Hochberg 1995. An association: the trouble may be worst where all goes badly.
    """
    if isinstance(interactions, Missing):
        return interactions
    key = journey_key(interactions)
    if key is None:
        return Missing("interactions", ("journey_id",))
    if isinstance(feedback, Missing) or key not in feedback.columns:
        return Missing("feedback", (key,))
    sums = [
        _split(interactions, feedback, key, signal, flag)
        for signal, (columns, flag) in SIGNALS.items()
        if set(columns) <= set(interactions.columns)
    ]
    table = pd.concat(sums, ignore_index=True) if sums else pd.DataFrame()
    if table.empty:
        return Missing("interactions", ("success", "wait_minutes", "promised_ts"))
    return _contrasts(table, scale, min_n)


def _split(
    interactions: LazyTable, feedback: LazyTable, key: str, signal: str, flag: Flag
) -> pd.DataFrame:
    """Overall scores of journeys with and without one kind of trouble, per touchpoint."""
    log = interactions.filter(interactions[key].notnull())
    if signal == "long_wait":
        levels, by = {"long": 0.75}, ["touchpoint_id"]
        usual = quantiles(log, "wait_minutes", levels, by=by, counted=spills(interactions))
        log = log.join(usual.drop("n"), "touchpoint_id")
    marked = log.mutate(key=log[key], bad=flag(log))
    marked = marked.filter(marked.bad.notnull())
    met = marked.group_by(["key", "touchpoint_id"]).agg(bad=marked.bad.max())
    joined = met.join(whole_scores(feedback, key), "key")
    table = collect(
        joined.group_by(["touchpoint_id", "bad"]).agg(
            n=joined.count(), mean=joined.x.mean(), var=joined.x.var()
        )
    )
    return table.assign(signal=signal)


def _contrasts(table: pd.DataFrame, scale: tuple[float, float], min_n: int) -> pd.DataFrame:
    """Bad against good, side by side, with the interval of their difference."""
    sides = [table[table.bad == side].drop(columns="bad") for side in (1.0, 0.0)]
    both = sides[0].merge(sides[1], on=["touchpoint_id", "signal"], suffixes=("_bad", "_good"))
    both = both[(both.n_bad >= max(min_n, 2)) & (both.n_good >= max(min_n, 2))]
    low, span = scale[0], scale[1] - scale[0]
    for side in ("bad", "good"):
        mean, variance, n = (both[f"{part}_{side}"] for part in ("mean", "var", "n"))
        lo, hi = mean_interval(mean, variance, n)
        both = both.assign(**{
            f"score_{side}": low + span * mean,
            f"score_{side}_lo": np.clip(low + span * lo, *scale),
            f"score_{side}_hi": np.clip(low + span * hi, *scale),
        })  # fmt: skip
    gap = mean_difference(
        both.mean_bad, both.var_bad, both.n_bad, both.mean_good, both.var_good, both.n_good
    )
    p_value = adjusted(gap.p_value)
    both = both.assign(
        score_change=span * gap.value,
        score_change_lo=span * gap.lo,
        score_change_hi=span * gap.hi,
        n=both.n_bad + both.n_good,
        p_value=p_value,
        differs=p_value <= 0.05,
        method="method_welch",
    )
    dropped = [name for name in both if name.startswith(("mean_", "var_"))]
    order = ["score_change", "touchpoint_id", "signal"]
    return both.drop(columns=dropped).sort_values(order).reset_index(drop=True)
