"""When did a share of bad mentions change? Weekly shares with limits, an alarm and its date."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import false_discovery_control

from keytouch.control_charts import change_point, charts, dispersion, limits
from keytouch.estimate import Floats, effective_n, wilson

ALPHA = 0.05  # the chance that a series without a change raises any alarm
WANTED, LEAST = 60, 20  # mentions that a period should hold, and must
BASELINE = 8  # periods that a baseline must have
SHORTEST, LONG = 12, 24  # periods without which nothing is judged; that merging should leave


def share_alarms(
    dates: ArrayLike,
    bad: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    window: str = "W",
    baseline: tuple[str, str] | None = None,
    alpha: float = ALPHA,
    seed: int = 1,
) -> pd.DataFrame:
    """The share of bad mentions over time, with alarms, one row per period.

    `dates`, `bad` (True, False or blank) and `weight` have one entry per mention; mentions of
    one comment should be made one before. `window`: a pandas period ("W", "M", "D"). Windows are
    merged until a period holds 60 mentions on average, less where fewer than 24 periods would be
    left, but 20 at least. The `baseline` (first and last day) is by default the first third, and at
    least 8 periods with mentions, 160 of them in all; mentions before it are left out.

    Columns out: `start`, `end` of the period; `bad`, `n` (effective where weighted); `share` in
    0–1 with `_lo`, `_hi` (Wilson), nan where n is 0; `phase` (baseline, watched, or unjudged);
    `ewma` with the limits `ewma_lo`, `ewma_hi`; `cusum_up`, `cusum_down` with `cusum_limit`;
    `alarm` where a chart is outside; its `direction` (up, down); `since`, the most likely first
    day of the change, with `since_lo`, `since_hi` (95 % profile likelihood; the same in all rows,
    blank without an alarm); `p_value` that no period differs (permutation, the same in all
    rows); `dispersion`, how many times as much neighbouring periods differ as by chance, by
    which the charts take n to be smaller; `windows` that a period holds; `method`.
    Limits widen where n is small.
    A series without a change raises an alarm anywhere with chance `alpha` each time it is read.
    Blank dates and blank `bad` are left out. Fewer than 12 periods of 20, or a baseline of
    less, are unjudged: shares without limits.
    Source: Page 1954; Roberts 1959; Lucas & Saccucci 1990; Montgomery, Introduction to
    Statistical Quality Control.

    >>> days = pd.date_range("2024-01-01", periods=140)
    >>> table = share_alarms(days.repeat(10), np.arange(1400) % 10 < np.arange(1400) // 700 * 3 + 2)
    >>> str(table[table.alarm].direction.iloc[0]), str(table.since[0].date())
    ('up', '2024-03-11')
    """
    windows = _windows(dates, bad, weight, window)
    if baseline is not None and len(windows):
        windows = windows[windows.end >= pd.Timestamp(baseline[0])].reset_index(drop=True)
    size = _merge_size(windows)
    table = _merged(windows, size)
    share = np.divide(table.bad, table.n, out=np.full(len(table), np.nan), where=table.n > 0)
    lo, hi = wilson(share, table.n)
    table = table.assign(share=share, share_lo=lo, share_hi=hi, windows=size)
    base = _baseline(table, baseline)
    judged = 0 < base < len(table) >= SHORTEST and table.n.mean() >= LEAST
    table = _judged(table, base, alpha, seed) if judged else _unjudged(table)
    return table.assign(method="method_share_alarms")


def _windows(
    dates: ArrayLike, bad: ArrayLike, weight: ArrayLike | None, window: str
) -> pd.DataFrame:
    """Every window from the first mention to the last: `start`, `end`, `bad`, `n`."""
    flags = pd.to_numeric(pd.Series(np.asarray(bad, dtype=object)), errors="coerce")
    rows = pd.DataFrame({"date": pd.to_datetime(pd.Series(np.asarray(dates))), "bad": flags})
    rows["w"] = 1.0 if weight is None else np.asarray(weight, float)
    rows = rows[rows.date.notna() & rows.bad.notna() & (rows.w > 0)]
    if rows.empty:
        empty = pd.DatetimeIndex([])
        return pd.DataFrame({"start": empty, "end": empty, "bad": [], "n": []}, dtype=None)
    period = rows.date.dt.tz_localize(None).dt.to_period(window)
    rows = rows.assign(period=period, squares=rows.w**2, bad=rows.bad.astype(float) * rows.w)
    sums = rows.groupby("period")[["bad", "w", "squares"]].sum()
    sums = sums.reindex(pd.period_range(period.min(), period.max(), freq=window), fill_value=0.0)
    n = effective_n(sums.w, sums.squares)
    share = np.divide(sums.bad, sums.w, out=np.zeros(len(sums)), where=sums.w > 0)
    index = pd.PeriodIndex(sums.index)
    ends = index.end_time.normalize()
    return pd.DataFrame({"start": index.start_time, "end": ends, "bad": share * n, "n": n})


def _merge_size(windows: pd.DataFrame) -> int:
    """How many windows make a period."""
    mean = windows.n.mean() if len(windows) else 0.0
    if mean <= 0:
        return 1
    wanted, least = (int(np.ceil(many / mean)) for many in (WANTED, LEAST))
    fits = [size for size in range(least, wanted + 1) if len(windows) / size >= LONG]
    return max(fits, default=least)


def _merged(windows: pd.DataFrame, size: int) -> pd.DataFrame:
    number = np.arange(len(windows)) // size
    merged = windows.groupby(number).agg(
        start=("start", "first"), end=("end", "last"), bad=("bad", "sum"), n=("n", "sum")
    )
    return merged.reset_index(drop=True)


def _baseline(table: pd.DataFrame, stated: tuple[str, str] | None) -> int:
    """How many periods from the first are the baseline, 0 where none would do."""
    enough = table.n.gt(0).cumsum().ge(BASELINE) & table.n.cumsum().ge(BASELINE * LEAST)
    if stated is not None:
        size = int((table.end <= pd.Timestamp(stated[1])).sum())
        return size if size and enough.iloc[size - 1] else 0
    long = np.arange(1, len(table) + 1) >= len(table) // 3
    return int((enough & long).argmax()) + 1 if (enough & long).any() else 0


def _judged(table: pd.DataFrame, base: int, alpha: float, seed: int) -> pd.DataFrame:
    bad, n = table.bad.to_numpy(float), table.n.to_numpy(float)
    spread = dispersion(bad, n)
    bad, n = bad / spread, n / spread
    told = limits(bad, n, base, alpha=alpha, seed=seed)
    chart = charts(bad, n, base)
    half = told.score * chart.error
    high = (chart.scores > told.score) | (chart.up > told.evidence)
    low = (chart.scores < -told.score) | (chart.down > told.evidence)
    first = np.arange(len(table)) < base
    table = table.assign(
        phase=np.where(first, "baseline", "watched"),
        ewma=np.where(first, np.nan, chart.start + chart.ewma),
        ewma_lo=np.where(first, np.nan, np.clip(chart.start - half, 0, 1)),
        ewma_hi=np.where(first, np.nan, np.clip(chart.start + half, 0, 1)),
        cusum_up=chart.up,
        cusum_down=chart.down,
        cusum_limit=told.evidence,
        alarm=high | low,
        direction=np.select([high & ~low, low & ~high, high], ["up", "down", "both"], ""),
        p_value=told.p_value,
        dispersion=spread,
    )
    return table.assign(**_since(table, bad, n))


def _since(table: pd.DataFrame, bad: Floats, n: Floats) -> dict[str, Any]:
    names = ("since", "since_lo", "since_hi")
    if not table.alarm.any():
        return dict.fromkeys(names, pd.NaT)
    at = change_point(bad, n)
    return {name: table.start.iloc[place] for name, place in zip(names, at)}


def _unjudged(table: pd.DataFrame) -> pd.DataFrame:
    charted = (
        "ewma",
        "ewma_lo",
        "ewma_hi",
        "cusum_up",
        "cusum_down",
        "cusum_limit",
        "p_value",
        "dispersion",
    )
    table = table.assign(phase="unjudged", alarm=False, direction="")
    table = table.assign(**dict.fromkeys(charted, np.nan))
    never = pd.Series(pd.NaT, index=table.index, dtype="datetime64[ns]")
    return table.assign(since=never, since_lo=never, since_hi=never)


def alarms_by(
    dates: ArrayLike,
    bad: ArrayLike,
    group: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    window: str = "W",
    baseline: tuple[str, str] | None = None,
    alpha: float = ALPHA,
    seed: int = 1,
) -> pd.DataFrame:
    """Which groups' shares of bad mentions changed, one row per group (say, touchpoint).

    Columns out: `group`; `n` mentions (effective where weighted); `share_baseline`,
    `share_watched` in 0–1 with `_lo`, `_hi` (Wilson), of the periods in the baseline and after;
    `alarm`, whether a period raised one and `q_value` is at most `alpha`; the `direction` of the
    last period with one, and `since` with `since_lo`, `since_hi`, both blank without an alarm;
    `p_value` (`share_alarms`), nan where unjudged; `q_value` (Benjamini & Hochberg over the
    judged groups); `periods`, `windows` that each holds; `phase` (unjudged or watched); `method`.
    Strongest evidence first, ties by group. Mentions without a group are left out.
    """
    table = pd.DataFrame({"date": np.asarray(dates), "bad": np.asarray(bad, dtype=object)})
    table = table.assign(group=np.asarray(group), w=1.0 if weight is None else np.asarray(weight))
    rows = []
    for name, part in table.groupby("group", sort=True):
        series = share_alarms(
            part.date, part.bad, weight=part.w, window=window, baseline=baseline, alpha=alpha,
            seed=seed,
        )  # fmt: skip
        if len(series):
            rows.append({"group": name, **_summary(series)})
    if not rows:
        return pd.DataFrame({"group": [], "p_value": [], "q_value": [], "alarm": []})
    result = pd.DataFrame(rows)
    known = result.p_value.notna()
    result["q_value"] = np.nan
    if known.any():
        result.loc[known, "q_value"] = false_discovery_control(result.p_value[known])
    result["alarm"] &= result.q_value.le(alpha)
    result.loc[~result.alarm, "direction"] = ""
    result.loc[~result.alarm, ["since", "since_lo", "since_hi"]] = pd.NaT
    return result.sort_values(["q_value", "p_value", "group"], ignore_index=True)


def _summary(series: pd.DataFrame) -> dict[str, Any]:
    """One row for a series of periods."""
    rows = series[series.alarm]
    return {
        "n": series.n.sum(),
        **_share("share_baseline", series[series.phase == "baseline"]),
        **_share("share_watched", series[series.phase == "watched"]),
        "alarm": bool(series.alarm.any()),
        "direction": rows.direction.iloc[-1] if len(rows) else "",
        **{name: series[name].iloc[0] for name in ("since", "since_lo", "since_hi", "p_value")},
        "periods": len(series),
        "windows": int(series.windows.iloc[0]),
        "phase": "unjudged" if series.phase.eq("unjudged").any() else "watched",
        "method": "method_share_alarms",
    }


def _share(name: str, rows: pd.DataFrame) -> dict[str, float]:
    n = float(rows.n.sum())
    share = float(rows.bad.sum()) / n if n > 0 else np.nan
    lo, hi = wilson(share, n)
    return {name: share, f"{name}_lo": float(lo), f"{name}_hi": float(hi)}
