"""How well several coders' readings of the same units agree: α, κ, shares, and what is confused.

The units may be incidents, comments, or a touchpoint's presence in each comment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from keytouch.agreement import Floats, cohen_kappa, fleiss_kappa, krippendorff_alpha, reliability
from keytouch.estimate import wilson

DRAWS = 1000
NO_KAPPA = dict.fromkeys(("kappa", "kappa_lo", "kappa_hi"), np.nan)


def agreement_of(
    readings: pd.DataFrame,
    *,
    seed: int = 1,
    order: Sequence[str] = (),
    distances: Callable[[Sequence[str]], Floats] | None = None,
) -> dict[str, Any] | None:
    """How well the coders agree, as the columns of `coder_agreement`; None without two readings.

    `readings`: one row per `unit` and `coder` with its `value`, none blank. `order` lists the
    values of an ordinal coding from low to high; `distances` says how far values lie apart
    where they are neither ordinal nor nominal (then no κ is given).
    """
    readings = readings[readings.groupby("unit").coder.transform("size") > 1]
    if readings.empty:
        return None
    counts = pd.crosstab(readings.unit, readings.value)
    if order:
        counts = counts.reindex(columns=[value for value in order if value in counts])
    tally, values = counts.to_numpy(float), list(counts.columns)
    apart = 1 - np.eye(len(values)) if distances is None else distances(values)
    how: dict[str, Any] = {"level": "ordinal"} if order else {"distances": apart}
    times = draw_times(len(tally), seed)
    alpha = float(krippendorff_alpha(tally, **how))
    draws = krippendorff_alpha(tally, times=times, **how)
    kappa = _kappa(readings, times, list(counts.index)) if distances is None else NO_KAPPA
    shares = {**with_interval("alpha", alpha, draws), **kappa, **_agreed_pairs(tally, times)}
    return {
        **(_never_disputed(tally, apart, shares) if alpha == 1 else shares),
        **_disputed(tally),
        "n": len(tally),
        "coders": int(readings.coder.nunique()),
        **_verdict(alpha, draws),
        **_confused(tally, values),
    }


def draw_times(units: int, seed: int) -> Floats:
    """How often each unit counts, one row per bootstrap draw."""
    random = np.random.default_rng(seed)
    return random.multinomial(units, np.full(units, 1 / units), size=DRAWS).astype(float)


def _verdict(alpha: float, draws: Floats) -> dict[str, Any]:
    """What the coding may be used for, and the share of draws that say so."""
    verdict = reliability(alpha)
    same = [reliability(draw) == verdict for draw in draws[np.isfinite(draws)]]
    return {"verdict": verdict, "probability": float(np.mean(same)) if same else 0.0}


def _disputed(tally: Floats) -> dict[str, float]:
    """The share of units in which no value has a majority."""
    disputed = float((tally.max(axis=1) * 2 <= tally.sum(axis=1)).mean())
    lo, hi = wilson(disputed, len(tally))
    return {
        "disputed_rate": disputed,
        "disputed_rate_lo": float(lo),
        "disputed_rate_hi": float(hi),
    }


def with_interval(name: str, value: float, draws: Floats) -> dict[str, float]:
    """A value with the interval of its bootstrap draws."""
    known = draws[np.isfinite(draws)]
    lo, hi = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    low, high = float(np.fmin(lo, value)), float(np.fmax(hi, value))
    return {name: value, f"{name}_lo": low, f"{name}_hi": high}


def _never_disputed(tally: Floats, apart: Floats, shares: dict[str, float]) -> dict[str, float]:
    """Lower bounds where no unit is disputed: draws of full agreement can't give any."""
    low = float(wilson(1.0, len(tally))[0])
    part = tally.sum(axis=0) / tally.sum()
    floor = 1 - (1 - low) / float(part @ apart @ part)
    kappa = floor if np.isfinite(shares["kappa"]) else np.nan
    return {**shares, "alpha_lo": floor, "kappa_lo": kappa, "agree_rate_lo": low}


def _kappa(readings: pd.DataFrame, times: Floats, units: list[str]) -> dict[str, float]:
    """κ over the units that every coder read: Cohen's for two coders, Fleiss's for more."""
    wide = readings.pivot(index="unit", columns="coder", values="value").loc[units]
    full = wide.notna().all(axis=1).to_numpy()
    values = sorted(readings.value.unique())
    if not full.any():
        return NO_KAPPA
    codes = np.stack([pd.Categorical(wide[c][full], values).codes for c in wide], axis=1)
    hot = np.eye(len(values))[codes]
    drawn = times[:, full]
    if wide.shape[1] == 2:
        kappa = float(cohen_kappa(hot[:, 0].T @ hot[:, 1]))
        crossed = [hot[:, 0].T @ (hot[:, 1] * draw[:, None]) for draw in drawn]
        return with_interval("kappa", kappa, cohen_kappa(crossed))
    tally = hot.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        draws = fleiss_kappa(tally, times=drawn)
    return with_interval("kappa", float(fleiss_kappa(tally)), draws)


def _agreed_pairs(tally: Floats, times: Floats) -> dict[str, float]:
    """The share of pairs of readings of one unit that agree."""
    m = tally.sum(axis=1)
    agreed, pairs = (tally * (tally - 1)).sum(axis=1), m * (m - 1)
    return with_interval("agree_rate", agreed.sum() / pairs.sum(), times @ agreed / (times @ pairs))


def _confused(tally: Floats, values: list[str]) -> dict[str, Any]:
    """The two values that are most often both read for one unit."""
    present = (tally > 0).astype(int)
    together = np.triu(present.T @ present, 1)
    if not together.any():
        return {"confused_a": "", "confused_b": "", "confused_n": 0}
    a, b = np.unravel_index(together.argmax(), together.shape)
    return {"confused_a": values[a], "confused_b": values[b], "confused_n": int(together[a, b])}
