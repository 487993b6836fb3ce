"""Where journeys spend their time: dwell and waiting by step, and what a shorter step would give.

The dwell of a step is the time until the journey's next one. It holds the customer's own time as
well as the company's; wait and service are what was recorded of the contact itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, collect, literal
from keytouch.estimate import mean_interval
from keytouch.medians import group_medians
from keytouch.rework import as_journeys, left_out, per_journey, placed_steps
from keytouch.weighted import mean_sums, means_of

NO_LIST = Missing("touchpoints")
ENDS = ("", "_lo", "_hi")
T95 = 1.959964


def _timed(interactions: LazyTable | Missing) -> LazyTable | Missing:
    """Steps with the minutes until the next one and those of the contact itself."""
    placed = placed_steps(interactions, "ts")
    if isinstance(placed, Missing):
        return placed
    named = {"wait": "wait_minutes", "service": "duration_minutes"}
    parts = {new: placed[old] for new, old in named.items() if old in placed.columns}
    return placed.mutate(**parts)


def step_costs(
    interactions: LazyTable | Missing,
    touchpoints: LazyTable | Missing = NO_LIST,
    *,
    by: str = "touchpoint_id",
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """The time that each step takes, one row per touchpoint (or `by="stage_id"`).

    Columns out: `dwell_minutes`, the median time until the journey's next step, with `_lo`, `_hi`
    (binomial ranks); `time_share` in 0–1, the part of all journeys' time that is spent from it to
    the next step; `wait_share` in 0–1, waiting as a part of waiting and being served, over
    contacts that record both; both shares with `_lo`, `_hi` (95 %, ratios with journeys as units);
    `cost_mean`, mean cost of a contact (t; blank where not recorded); `n` steps with a next one,
    `small` (n < `min_n`), `left_out` interactions without a place in a journey, `method`.
    A journey's last step has no next one. Rows with `n` count by it, and shares by weight too.
    Largest share of time first. Source: ratio estimator, Cochran 1977.
    """
    data = _timed(interactions)
    if isinstance(interactions, Missing) or isinstance(data, Missing):
        return data  # type: ignore[return-value]
    left = left_out(interactions, data)
    if by != "touchpoint_id":
        if isinstance(touchpoints, Missing) or by not in touchpoints.columns:
            return Missing("touchpoints", (by,))  # type: ignore[return-value]
        listed = touchpoints.select("touchpoint_id", by)
        data = data.join(listed, "touchpoint_id").filter(lambda t: t[by].notnull())
    table = group_medians(data, "minutes", by=[by], name="dwell_minutes")
    # Where every step carries the same time there are no clocks to speak of.
    if not (table.dwell_minutes_hi > 0).any():
        return Missing("interactions", ("ts",))  # type: ignore[return-value]
    table = table.rename(columns={"dwell_minutes_n": "n"})
    for part in (_time_shares(data, by), _wait_shares(data, by), _cost_means(data, by)):
        table = table.merge(part, on=by, how="left")
    table = table.assign(small=table.n < min_n, left_out=left, method="method_step_costs")
    order = ["time_share", by]
    return table.sort_values(order, ascending=[False, True]).reset_index(drop=True)


def _time_shares(data: LazyTable, by: str) -> pd.DataFrame:
    """Each group's part of all time, with its ratio interval."""
    known = data.filter(data.minutes.notnull())
    whole = known.group_by("key").agg(w=known.w.max(), y=known.minutes.sum())
    own = known.group_by([by, "key"]).agg(x=known.minutes.sum())
    both = own.join(whole, "key")
    total = collect(
        whole.agg(
            n=whole.count(), y=(whole.w * whole.y).sum(), yy=_squares(whole.w, whole.y, whole.y)
        )
    ).iloc[0]
    sums = collect(
        both.group_by(by).agg(
            x=(both.w * both.x).sum(),
            xx=_squares(both.w, both.x, both.x),
            xy=_squares(both.w, both.x, both.y),
        )
    )
    return _ratio(sums, float(total.y), float(total.yy), float(total.n), by, "time_share")


def _squares(w: Any, one: Any, two: Any) -> Any:
    return (w * w * one * two).sum()


def _ratio(sums: pd.DataFrame, y: Any, yy: Any, n: Any, by: str, name: str) -> pd.DataFrame:
    """A share of a total with the interval of a ratio of sums over journeys."""
    x, xx, xy = (sums[part].to_numpy(float) for part in ("x", "xx", "xy"))
    y, yy, n = (np.asarray(part, float) for part in (y, yy, n))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(y > 0, x / y, np.nan)
        spread = np.fmax(xx - 2 * share * xy + share**2 * yy, 0)
        error = np.sqrt(spread * n / np.fmax(n - 1, 1)) / y
    half = np.where(n > 1, T95 * error, np.nan)
    ends = (share, np.fmax(share - half, 0), np.fmin(share + half, 1))
    return sums[[by]].assign(**{f"{name}{end}": value for end, value in zip(ENDS, ends)})


def _wait_shares(data: LazyTable, by: str) -> pd.DataFrame:
    """Waiting as a part of waiting and being served."""
    names = [by, *(f"wait_share{end}" for end in ENDS)]
    if not {"wait", "service"} <= set(data.columns):
        return pd.DataFrame(columns=names).astype({by: "str"})
    both = data.filter(data.wait.notnull() & data.service.notnull())
    each = both.group_by([by, "key"]).agg(
        w=both.w.max(), x=both.wait.sum(), y=(both.wait + both.service).sum()
    )
    sums = collect(
        each.group_by(by).agg(
            n=each.count(), x=(each.w * each.x).sum(), y=(each.w * each.y).sum(),
            xx=_squares(each.w, each.x, each.x), xy=_squares(each.w, each.x, each.y),
            yy=_squares(each.w, each.y, each.y),
        )
    )  # fmt: skip
    return _ratio(sums, sums.y, sums.yy, sums.n, by, "wait_share")


def _cost_means(data: LazyTable, by: str) -> pd.DataFrame:
    names = [f"cost_mean{end}" for end in ENDS]
    if "cost" not in data.columns:
        return pd.DataFrame(columns=[by, *names]).astype({by: "str"})
    known = data.filter(data.cost.notnull())
    sums = collect(mean_sums(known, {"x": known.cost}, by=[by]))
    means = means_of(sums)
    lo, hi = mean_interval(means.mean, means.variance, means.n_eff)
    return sums[[by]].assign(**dict(zip(names, (means.mean, np.fmax(lo, 0), hi))))


def step_savings(
    interactions: LazyTable | Missing,
    *,
    shorten: float = 1.0,
    time_kind: str = "dwell",
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """What a journey would save if a step were removed or shortened, one row per touchpoint.

    `shorten` is the share of the step's time that goes, in 0–1 (1: the step is removed);
    `time_kind` says which time: "dwell", until the next step, or "contact", only the recorded wait
    and service.
    Columns out: `saved_minutes`, mean over all journeys of two steps or more, and
    `saved_each_minutes`, mean over the journeys that meet the touchpoint, with `_lo`, `_hi`
    (95 %, t, customers as clusters); `saved_share` in 0–1 of the mean journey time (for contact
    of all recorded contact time), with `_lo`, `_hi` of a ratio over journeys; `met_n` journeys
    that meet it, `n` all; `shorten` and `time_kind` as asked for; `small` (met_n < `min_n`),
    `method`. Most saved first.
    Arithmetic on what was measured: everything else is held as it was. Dwell is the most that
    could go, since customers' own time is in it.
    """
    data = _timed(interactions)
    if isinstance(interactions, Missing) or isinstance(data, Missing):
        return data  # type: ignore[return-value]
    spent = _spent(data, time_kind)
    if spent is None:
        return Missing("interactions", ("wait_minutes", "duration_minutes"))  # type: ignore[return-value]
    timed = data.filter(data["steps"] > 1).mutate(spent=spent * literal(float(shorten)))
    timed = timed.mutate(whole=spent)
    whole = as_journeys(
        timed.group_by("key").agg(**per_journey(timed), y=timed.whole.sum()), interactions
    )
    own = timed.group_by(["touchpoint_id", "key"]).agg(x=timed.spent.sum())
    return _saved(own.join(whole, "key"), whole, min_n).assign(
        shorten=float(shorten), time_kind=time_kind
    )


def _spent(data: LazyTable, time_kind: str) -> Any:
    """The minutes of a step that could go; None where they aren't recorded."""
    if time_kind == "dwell":
        return data.minutes.fill_null(0.0)
    parts = [data[name].fill_null(0.0) for name in ("wait", "service") if name in data.columns]
    return sum(parts[1:], parts[0]) if parts else None


def _saved(own: LazyTable, whole: LazyTable, min_n: int) -> pd.DataFrame:
    """Minutes saved per journey that meets the step, and over all journeys."""
    met = collect(mean_sums(own, {"x": own.x}, by=["touchpoint_id"]))
    means = means_of(met)
    lo, hi = mean_interval(means.mean, means.variance, means.n_eff)
    names = [f"saved_each_minutes{end}" for end in ENDS]
    table = met[["touchpoint_id"]].assign(
        **dict(zip(names, (means.mean, np.fmax(lo, 0), hi))), met_n=met.n.astype(int)
    )
    total = collect(
        whole.agg(
            rows=whole.rows.sum(), n=whole.count(), w=whole.w.sum(), y=(whole.w * whole.y).sum(),
            yy=_squares(whole.w, whole.y, whole.y), ww=(whole.w * whole.w).sum(),
            wy=(whole.w * whole.w * whole.y).sum(),
        )
    ).iloc[0].astype(float)  # fmt: skip
    sums = collect(
        own.group_by("touchpoint_id").agg(
            x=(own.w * own.x).sum(), xx=_squares(own.w, own.x, own.x),
            xy=_squares(own.w, own.x, own.y), xw=(own.w * own.w * own.x).sum(),
        )
    )  # fmt: skip
    share = _ratio(sums, total.y, total.yy, total.n, "touchpoint_id", "saved_share")
    per_all = sums.assign(xy=sums.xw)
    mean = _ratio_mean(per_all, total)
    table = table.merge(mean, on="touchpoint_id").merge(share, on="touchpoint_id")
    table = table.assign(n=int(total.rows), small=table.met_n < min_n, method="method_step_savings")
    return table.sort_values(
        ["saved_minutes", "touchpoint_id"], ascending=[False, True]
    ).reset_index(drop=True)


def _ratio_mean(sums: pd.DataFrame, total: pd.Series) -> pd.DataFrame:
    """The mean over all journeys, those that don't meet the step with zero."""
    x, xx, xw = (sums[part].to_numpy(float) for part in ("x", "xx", "xw"))
    mean = x / total.w
    spread = np.fmax(xx - 2 * mean * xw + mean**2 * total.ww, 0)
    half = T95 * np.sqrt(spread * total.n / max(total.n - 1, 1)) / total.w
    ends = (mean, np.fmax(mean - half, 0), mean + half)
    named = {f"saved_minutes{end}": value for end, value in zip(ENDS, ends)}
    return sums[["touchpoint_id"]].assign(**named)
