"""Does a complaint that is set right win the customer back, or even more than that?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtr

from keytouch.complaining import GROUPS, NO_FAILURE, NOT_RECOVERED, RECOVERED
from keytouch.contrasts import Contrast, adjusted
from keytouch.engine import LazyTable, Missing, collect, held, ifelse, needs, quantiles
from keytouch.group_means import Kind, difference, group_sums, value_columns
from keytouch.held_fixed import Within, slope_within
from keytouch.weighted import indicator, means_of

ALPHA = 0.05
BAND = 1 / 20  # of a scale's length: differences within it are none to speak of
Z = 1.959964
UNDECIDED = "undecided"
# How a difference above, within and below the band is called, against each other group.
VERDICTS = {
    NO_FAILURE: ("paradox", "restored", "short_of"), NOT_RECOVERED: ("helped", "no_help", "harmed"),
}  # fmt: skip
# Each outcome: how it is compared, the cases' column and the column of its weight.
OUTCOMES = {
    "score": (Kind("score", "mean", "score_difference", "method_mean_t"), "x", "x_w"),
    "rebuy_rate": (Kind("rebuy_rate", "share", "rate_difference", "method_wilson"), "rebuy", "w1"),
    "promoter_rate": (
        Kind("promoter_rate", "share", "rate_difference", "method_wilson"), "promoter", "nps_w",
    ),
    "nps": (Kind("nps", "nps", "nps_difference", "method_nps_adjusted_wald"), "nps", "nps_w"),
}  # fmt: skip
COUNTS = {"score": "score_n", "rebuy_rate": "rebuy_n", "nps": "nps_n"}


@needs("interactions", "recovery_group")
def service_recovery(
    cases: LazyTable, *, scale: tuple[float, float] = (1, 5), min_n: int = 30
) -> pd.DataFrame:
    """What customers did and said after trouble, one row per group of journeys.

    Reads `recovery_cases`. Columns out: `recovery_group` ("recovered", "not_recovered", "silent":
    failed but did not complain, "no_failure"); `n` journeys; and, where the data know them:
    `score`, mean overall satisfaction on `scale` (t), of `score_n` journeys; `rebuy_rate`, the
    share in 0–1 that bought again in time (Wilson), of `rebuy_n`, while `censored_n` were left out
    because that time isn't over; `promoter_rate` in 0–1 (Wilson) and `nps` in points (adjusted
    Wald), of `nps_n`; each with `_lo`, `_hi` (95 %); `unknown_n`, journeys of which it isn't known
    whether anything failed; `small`, where fewer than `min_n` scored (or, without scores, are
    there); `method`. A journey counts once; journeys of one customer resemble each other and
    widen the intervals (effective n by customer, see `weighted`).
    Source: Fornell & Wernerfelt 1987 (complaint management); McCollough & Bharadwaj 1992.
    """
    with held(cases) as kept:
        return _grouped(kept, scale, min_n)


def _grouped(cases: LazyTable, scale: tuple[float, float], min_n: int) -> pd.DataFrame:
    """The table of `service_recovery` from cases that are found once."""
    known = cases.filter(cases.recovery_group.notnull())
    table = collect(known.group_by("recovery_group").agg(n=known.rows.sum()))
    for name in OUTCOMES:
        found = _outcome(known, name, scale)
        table = table if found is None else table.merge(found, on="recovery_group", how="left")
    if "censored" in known.columns:
        early = known.group_by("recovery_group").agg(censored_n=known.censored.sum())
        table = table.merge(collect(early), on="recovery_group", how="left")
    whole = collect(cases.agg(n=cases.rows.sum())).n.iloc[0]
    judged = table.score_n if "score_n" in table else table.n
    table = table.assign(
        unknown_n=int(whole - table.n.sum()),
        small=judged.fillna(0) < min_n,
        min_n=min_n,
        method="method_service_recovery",
    )
    integers = [c for c in ("n", "censored_n", *COUNTS.values()) if c in table]
    table[integers] = table[integers].fillna(0).astype(int)
    place = table.recovery_group.map({name: k for k, name in enumerate(GROUPS)})
    return table.iloc[np.argsort(place.to_numpy())].reset_index(drop=True)


def of_outcome(cases: LazyTable, name: str) -> LazyTable | None:
    """The cases whose outcome is known: its number as `y`, weighted by who answered."""
    _, column, weight = OUTCOMES[name]
    if not {column, weight} <= set(cases.columns):
        return None
    known = cases.filter(cases[column].notnull())
    known = known.mutate(y=known[column].cast("float64"), w1=known[weight].cast("float64"))
    return known.mutate(x=known.y, w=known.rows * known.w1)


def _outcome(cases: LazyTable, name: str, scale: tuple[float, float]) -> pd.DataFrame | None:
    """One outcome's columns, one row per group; None where nobody's is known."""
    rows = of_outcome(cases, name)
    if rows is None:
        return None
    sums = group_sums(rows, "recovery_group")
    sums = sums[sums.n > 0]
    if sums.empty:
        return None
    count = {COUNTS[name]: sums.n} if name in COUNTS else {}
    columns = value_columns(means_of(sums), OUTCOMES[name][0], scale)
    return sums[["recovery_group"]].assign(**columns, **count)


@needs("interactions", "recovery_group")
def recovery_paradox(
    cases: LazyTable, *, scale: tuple[float, float] = (1, 5), min_n: int = 30
) -> pd.DataFrame:
    """Are recovered complainers better off than those who met no trouble, or no help?

    Reads `recovery_cases`. One row per outcome, `compared` ("no_failure", "not_recovered") and
    `held` ("as_is"; "matched": only journeys of one kind are compared). Columns out: `outcome`
    (score, rebuy_rate, promoter_rate, nps); `value`, recovered minus the other, in points of
    `scale`, 0–1, 0–1 and NPS points, with `lo`, `hi` (95 %: Welch, Newcombe, adjusted Wald;
    matched: robust errors by customer) and its unit in `kpi`; `p_value` (Benjamini–Hochberg over
    the rows of one `held`); `verdict` against "no_failure": "restored" (the interval lies within
    a twentieth of the scale around 0), else at p ≤ .05 "paradox" (above) or "short_of" (below),
    else "undecided"; against "not_recovered" likewise "no_help", "helped", "harmed";
    `probability` of the verdict (undecided: of the sign seen); `n_recovered`, `other_n`, `n`;
    `small` under `min_n` on either side: never judged; `method`. Matched rows hold segment and
    waits elsewhere fixed, and against "not_recovered" also the failures (0, 1, 2+) and the
    complaint touchpoint. Those who complain differ in more than that: no proof of a cause. A
    group or outcome that the data lack has no row. Source: McCollough & Bharadwaj 1992; de Matos,
    Henrique & Rossi 2007; Magnini et al. 2007 (the paradox is rare and shows in satisfaction, not
    in purchases).
    """
    with held(_with_bands(cases)) as banded:
        rows = [row for name in OUTCOMES for row in _compared(banded, name, scale)]
    if not rows:
        return Missing("interactions", ("success",))  # type: ignore[return-value]
    table = pd.DataFrame(rows)
    table = table.assign(small=(table[["n_recovered", "other_n"]] < min_n).any(axis=1))
    for way in table.held.unique():
        own = table.held == way
        table.loc[own, "p_value"] = adjusted(np.where(table.small, np.nan, table.p_value)[own])
    table = _judged(table, scale).assign(min_n=min_n)
    return table.sort_values(["compared", "held"], kind="stable", ignore_index=True)


def _with_bands(data: LazyTable) -> LazyTable:
    """The cases with bands of failures, and of what they waited elsewhere (thirds)."""
    data = data.mutate(failure_band=ifelse(data.failures >= 2, 2.0, data.failures))
    if "wait_elsewhere" not in data.columns:
        return data
    cut = collect(quantiles(data, "wait_elsewhere", {"low": 1 / 3, "high": 2 / 3})).iloc[0]
    over = [indicator(data.wait_elsewhere > float(cut[end])) for end in ("low", "high")]
    return data.mutate(wait_band=over[0] + over[1])


def _compared(data: LazyTable, name: str, scale: tuple[float, float]) -> Iterator[dict]:
    """The rows of one outcome: against each other group, as it is and matched."""
    rows = of_outcome(data, name)
    if rows is None:
        return
    kind = OUTCOMES[name][0]
    sums = group_sums(rows, "recovery_group").set_index("recovery_group")
    for other in (NO_FAILURE, NOT_RECOVERED):
        if not {RECOVERED, other} <= set(sums.index):
            continue
        sides = [sums.loc[[group]] for group in (RECOVERED, other)]
        counts = {"n_recovered": int(sides[0].n.iloc[0]), "other_n": int(sides[1].n.iloc[0])}
        base = {"outcome": name, "compared": other, "kpi": kind.difference}
        plain = difference(means_of(sides[0]), means_of(sides[1]), kind, scale)
        more = {"held": "as_is", "n": sum(counts.values()), "method": "method_paradox"}
        yield base | _cells(plain) | counts | more
        inside = _matched(rows, other)
        if inside is not None:
            cells = _cells(inside.contrast.times(_unit(name, scale))) | counts
            more = {"held": "matched", "n": inside.n, "method": "method_paradox_matched"}
            yield base | cells | more


def _matched(rows: LazyTable, other: str) -> Within | None:
    """Recovered against another group, only among journeys of one kind."""
    pair = rows.filter(rows.recovery_group.isin([RECOVERED, other]))
    pair = pair.mutate(hit=indicator(pair.recovery_group == RECOVERED))
    strata = ["segment", "wait_band"]
    strata += ["failure_band", "touchpoint_id"] if other == NOT_RECOVERED else []
    strata = [column for column in strata if column in pair.columns]
    return slope_within(pair, "hit", "y", within=strata) if strata else None


def _unit(name: str, scale: tuple[float, float]) -> float:
    family = OUTCOMES[name][0].family
    return {"mean": scale[1] - scale[0], "share": 1.0, "nps": 100.0}[family]


def _cells(contrast: Contrast) -> dict[str, float]:
    return {name: float(np.squeeze(end)) for name, end in zip(("value", "lo", "hi", "p_value"),
                                                              contrast)}  # fmt: skip


def _judged(table: pd.DataFrame, scale: tuple[float, float]) -> pd.DataFrame:
    """Each row's verdict and how probable it is, by the normal law that its interval implies."""
    units = {name: _unit(name, scale) * (2 if name == "nps" else 1) for name in OUTCOMES}
    band = BAND * table.outcome.map(units).to_numpy(float)
    error = np.fmax((table.hi - table.lo).to_numpy(float) / (2 * Z), 1e-12)
    value = table.value.to_numpy(float)
    above = ndtr(value / error)
    inside = ndtr((band - value) / error) - ndtr((-band - value) / error)
    # An interval without width is no certainty: all answers were the same.
    told = ~table.small & (table.hi > table.lo)
    sure = told & (table.p_value <= ALPHA)
    cases = [told & (table.lo > -band) & (table.hi < band), sure & (value > 0), sure & (value < 0)]
    names = [table.compared.map(lambda other, k=k: VERDICTS[other][k]) for k in (1, 0, 2)]
    verdict = np.select(cases, names, UNDECIDED)
    chance = np.select(cases, [inside, above, 1 - above], np.fmax(above, 1 - above))
    return table.assign(verdict=verdict, probability=np.where(told, chance, 0.5))
