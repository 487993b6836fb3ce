"""How much a quick answer to a complaint is worth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtr

from keytouch.complaining import RECOVERED
from keytouch.contrasts import adjusted
from keytouch.engine import LazyTable, Missing, collect, from_frame, held, needs, quantiles
from keytouch.estimate import place_interval, wilson
from keytouch.held_fixed import slope_within
from keytouch.weighted import indicator, mean_sums, means_of

ALPHA = 0.05
MOST_BANDS, PER_BAND = 4, 20
QUARTERS = {f"q{k}": k / 4 for k in range(1, 4)}
LINE = ["touchpoint_id", "wait_band"]
Z = 1.959964


@needs("interactions", "recovery_group", "first_wait")
def response_time_effect(
    cases: LazyTable, *, scale: tuple[float, float] = (1, 5), min_n: int = 30
) -> pd.DataFrame:
    """How complaints end by how long their first answer took: a row per touchpoint and band.

    Reads `recovery_cases`. Columns out: `touchpoint_id` of the complaint; `wait_band` from 1
    (quickest) and `bands`: quarters of that touchpoint's waits (halves where a quarter would hold
    fewer than twenty complaints, one band below forty; equal waits stay together); `from_minutes`,
    `to_minutes`, its shortest and longest wait; `recovered_rate` in 0–1 (Wilson) of `n` complaints
    and `score`, mean overall satisfaction on `scale` (t), of `score_n`, each with `_lo`, `_hi`
    (95 %, journeys of one customer count for less); `small` where n < `min_n`; `method`.
    Complaints without a wait are left out. Source: Davidow 2003 (timeliness); Conover 1999.
    """
    told = cases.filter((cases["contacts"] > 0) & cases.first_wait.notnull())
    with held(told.mutate(hit=indicator(told.recovery_group == RECOVERED))) as kept:
        return _by_band(kept, scale, min_n)


def _by_band(told: LazyTable, scale: tuple[float, float], min_n: int) -> pd.DataFrame:
    """The table of `response_time_effect` from complaints that are found once."""
    banded = _banded(told)
    if banded is None:
        return Missing("interactions", ("wait_minutes",))  # type: ignore[return-value]
    ends = {"from_minutes": banded.first_wait.min(), "to_minutes": banded.first_wait.max()}
    table = collect(banded.group_by(LINE).agg(**ends))
    sums = collect(mean_sums(banded, {"x": banded.hit}, by=LINE))
    means = means_of(sums)
    share = np.clip(means.mean, 0, 1)
    lo, hi = wilson(share, means.n_eff)
    rates = {"recovered_rate": share, "recovered_rate_lo": lo, "recovered_rate_hi": hi}
    table = table.merge(sums[LINE].assign(n=sums.n.astype(int), **rates), on=LINE)
    table = _with_scores(table, banded, scale)
    table = table.assign(
        bands=table.groupby("touchpoint_id").wait_band.transform("size"),
        small=table.n < min_n, min_n=min_n, method="method_response_time",
    )  # fmt: skip
    return table.sort_values(LINE, ignore_index=True)


def _banded(told: LazyTable) -> LazyTable | None:
    """The complaints with `band`, by the quarters or halves of their touchpoint's waits."""
    cuts = collect(quantiles(told, "first_wait", QUARTERS, by=["touchpoint_id"]))
    if cuts.empty:
        return None
    quarters, halves = (cuts.n >= PER_BAND * MOST_BANDS), (cuts.n >= 2 * PER_BAND)
    edges = cuts[["touchpoint_id"]].assign(
        e1=np.where(quarters, cuts.q1, np.inf),
        e2=np.where(halves, cuts.q2, np.inf),
        e3=np.where(quarters, cuts.q3, np.inf),
    )
    joined = told.join(from_frame(edges), "touchpoint_id")
    over = [indicator(joined.first_wait > joined[edge]) for edge in ("e1", "e2", "e3")]
    joined = joined.mutate(places=over[0] + over[1] + over[2])
    # Ties may leave a band empty: those that are left are numbered on.
    met = collect(joined.group_by("touchpoint_id", "places").agg(n=joined.count()))
    met = met.sort_values(["touchpoint_id", "places"])
    met = met.assign(wait_band=met.groupby("touchpoint_id").cumcount() + 1).drop(columns="n")
    return joined.join(from_frame(met), ["touchpoint_id", "places"])


def _with_scores(
    table: pd.DataFrame, banded: LazyTable, scale: tuple[float, float]
) -> pd.DataFrame:
    """The mean overall satisfaction of each band, where it was asked."""
    if "x" not in banded.columns:
        return table
    known = banded.filter(banded.x.notnull())
    known = known.mutate(w1=known.x_w, w=known.rows * known.x_w)
    sums = collect(mean_sums(known, {"x": known.x}, by=LINE))
    means = means_of(sums)
    low, span = scale[0], scale[1] - scale[0]
    lo, hi = place_interval(means.mean, means.variance, means.n_eff)
    scores = sums[LINE].assign(score=low + span * means.mean, score_lo=low + span * lo,
                               score_hi=low + span * hi, score_n=sums.n)  # fmt: skip
    table = table.merge(scores, on=LINE, how="left")
    return table.assign(score_n=table.score_n.fillna(0).astype(int))


@needs("interactions", "recovery_group", "first_wait")
def response_time_slopes(
    cases: LazyTable, *, scale: tuple[float, float] = (1, 5), min_n: int = 30
) -> pd.DataFrame:
    """What a doubled wait for the first answer to a complaint goes with, segment held fixed.

    Reads `recovery_cases`. One row per complaint `touchpoint_id` and `target`: "score", the change
    of overall satisfaction in points of `scale`, or "recovered", that of the share recovered in
    0–1 (a linear probability). Columns out: `value` with `lo`, `hi` (95 %, least squares on log2
    of the wait with an intercept per segment, errors robust by customer) and its unit in `kpi`;
    `p_value` (Benjamini–Hochberg over the rows); `verdict`: "slower_worse" or "slower_better" at
    p ≤ .05, else "undecided"; `probability` of the sign seen; `n` complaints; `small` under
    `min_n`: never judged; `method`. A wait under a minute counts as a minute. Hard cases may take
    longer and end worse for that: no proof of a cause. Source: Liang & Zeger 1986.
    """
    told = cases.filter((cases["contacts"] > 0) & cases.first_wait.notnull())
    told = told.mutate(
        doublings=told.first_wait.cast("float64").clip(lower=1.0).log2(),
        hit=indicator(told.recovery_group == RECOVERED),
    )
    with held(told) as kept:
        places = sorted(collect(kept.select("touchpoint_id").distinct()).touchpoint_id)
        parts = [(place, kept.filter(kept.touchpoint_id == place)) for place in places]
        rows = [row for place, part in parts for row in _slopes(part, place, scale)]
    if not rows:
        return Missing("interactions", ("wait_minutes",))  # type: ignore[return-value]
    table = pd.DataFrame(rows)
    table = table.assign(small=table.n < min_n, min_n=min_n)
    table = table.assign(p_value=adjusted(np.where(table.small, np.nan, table.p_value)))
    error = np.fmax((table.hi - table.lo) / (2 * Z), 1e-12)
    sure = table.p_value <= ALPHA
    return table.assign(
        verdict=np.select([sure & (table.value < 0), sure], ["slower_worse", "slower_better"],
                          "undecided"),
        probability=np.where(table.small, 0.5, ndtr(np.abs(table.value) / error)),
        method="method_response_slope",
    )  # fmt: skip


def _slopes(told: LazyTable, place: str, scale: tuple[float, float]) -> Iterator[dict]:
    """The slopes of one touchpoint's complaints: on satisfaction, and on recovery."""
    strata = [name for name in ("segment",) if name in told.columns]
    targets = {"recovered": (told, "hit", 1.0, "rate_difference")}
    if "x" in told.columns:
        scored = told.mutate(w=told.rows * told.x_w)
        targets = {"score": (scored, "x", scale[1] - scale[0], "score_difference"), **targets}
    for target, (data, column, unit, kpi) in targets.items():
        found = slope_within(data, "doublings", column, within=strata)
        if found is not None:
            value, lo, hi, p = (float(part) for part in found.contrast.times(unit))
            yield {"touchpoint_id": place, "target": target, "kpi": kpi, "value": value, "lo": lo,
                   "hi": hi, "p_value": p, "n": found.n}  # fmt: skip
