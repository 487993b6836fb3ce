"""Cases that staff settle at the first contact, and those that take more: what is it worth?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from keytouch.complaining import (
    NO_CUSTOMERS,
    NO_FEEDBACK,
    NO_JOURNEYS,
    NO_TOUCHPOINTS,
    complaint_ids,
)
from keytouch.contrasts import adjusted
from keytouch.engine import LazyTable, Missing, cases, collect, held, ifelse, literal, needs
from keytouch.estimate import place_interval, wilson
from keytouch.group_means import group_sums
from keytouch.held_fixed import slope_within
from keytouch.prepared import journey_rows
from keytouch.resample import journey_key
from keytouch.rework import as_journeys, per_journey, placed_steps
from keytouch.satisfaction import whole_scores
from keytouch.weighted import indicator, mean_sums, means_of

FIRST, LATER, HANDED, UNSETTLED = WAYS = ("first", "later", "handed_over", "unsettled")
DESK_MOMENTS = ("after_sales", "complaint")
STRATA = ("touchpoint_id", "segment", "failure_band")
ALPHA = 0.05
Z = 1.959964


def settling_cases(
    interactions: LazyTable | Missing,
    touchpoints: LazyTable | Missing = NO_TOUCHPOINTS,
    *,
    journeys: LazyTable | Missing = NO_JOURNEYS,
    feedback: LazyTable | Missing = NO_FEEDBACK,
    customers: LazyTable | Missing = NO_CUSTOMERS,
    desks: Sequence[str] = (),
) -> LazyTable | Missing:
    """How each case at a service desk was settled, one row per journey and desk. Lazy.

    Desks are the touchpoints `desks`, else those of the moments "after_sales" and "complaint" with
    direct contact (where the inventory says so) at which some contact failed. Columns out: `key`,
    `touchpoint_id` (the desk); `settled`: "first" (the first contact succeeded), "later" (a later
    one at this desk did, in the same channel), "handed_over" (one in another channel or at a
    complaint touchpoint did), "unsettled"; `contacts`; `failure_band`, failures elsewhere than at
    desks (0, 1, 2+); `segment`, `x` (overall satisfaction in 0–1) and `x_w` where known; `rows`,
    `w1`, `w`, and the `unit` (customer) whose cases resemble each other. Contacts of unknown
    success don't count.
    """
    placed = placed_steps(interactions, "success")
    if isinstance(interactions, Missing) or isinstance(placed, Missing):
        return placed
    names = list(desks) or _desks(placed, touchpoints)
    if isinstance(names, Missing):
        return names
    placed = placed.filter(placed.success.notnull())
    placed = placed.mutate(at_desk=placed.touchpoint_id.isin(names))
    listed = complaint_ids(touchpoints)
    complaints = [] if isinstance(listed, Missing) else listed
    table = as_journeys(_cases(placed, complaints), interactions)
    rows = journeys
    if isinstance(journeys, Missing) or "path" not in journeys.columns:
        rows = journey_rows(interactions, journeys, customers=customers)
    if not isinstance(rows, Missing) and "segment" in rows.columns:
        segments = rows.select("segment", journey=rows.key)
        table = table.left_join(segments, table.key == segments.journey).drop("journey")
    whole = whole_scores(feedback, str(journey_key(interactions)))
    if isinstance(whole, Missing):
        return table
    scored = whole.select("x", journey=whole.key, x_w=whole.w1)
    return table.left_join(scored, table.key == scored.journey).drop("journey")


def _desks(placed: LazyTable, touchpoints: LazyTable | Missing) -> list[str] | Missing:
    """After-sales and complaint touchpoints with direct contact at which some contact failed."""
    if isinstance(touchpoints, Missing):
        return touchpoints
    if "moment" not in touchpoints.columns:
        return Missing("touchpoints", ("moment",))
    listed = touchpoints.filter(touchpoints.moment.isin(DESK_MOMENTS))
    if "contact_mode" in listed.columns:
        listed = listed.filter(listed.contact_mode == "direct")
    failed = placed.filter(placed.success == literal(False)).select("touchpoint_id").distinct()
    names = set(collect(listed.select("touchpoint_id")).touchpoint_id)
    found = sorted(names & set(collect(failed).touchpoint_id))
    return found or Missing("interactions", ("success",))


def _cases(placed: LazyTable, complaints: Sequence[str]) -> LazyTable:
    """One row per journey and desk, with how it was settled and what failed elsewhere."""
    named = placed.channel.cast("string") if "channel" in placed.columns else literal("")
    placed = placed.mutate(way=named.fill_null(""))
    desk = placed.filter(placed.at_desk)
    own = desk.group_by("key", "touchpoint_id").agg(
        **per_journey(desk), contacts=desk.count(),
        first_code=(desk.step * 2 + indicator(desk.success).cast("int64")).min(),
    )  # fmt: skip
    table = _beside(own, _rescued(placed, own, complaints), ["key", "touchpoint_id"])
    table = _beside(table, _failures(placed), ["key"])
    settled = cases(
        (table.first_code % 2 == 1, FIRST), (table.again == 1, LATER), (table.away == 1, HANDED),
        else_=UNSETTLED,
    )  # fmt: skip
    band = ifelse(table.failures >= 2, 2.0, table.failures).fill_null(0.0)
    return table.mutate(settled=settled, failure_band=band).drop(
        "first_code", "again", "away", "failures"
    )


def _rescued(placed: LazyTable, own: LazyTable, complaints: Sequence[str]) -> LazyTable:
    """Whether a later contact helped: `again` at the desk, `away` elsewhere (1, 0). Lazy."""
    starts = own.select("key", "touchpoint_id", start=(own.first_code / 2).floor())
    begun = placed.select("way", at=placed.key, place=placed.step)
    starts = starts.join(begun, [starts.key == begun.at, starts.start == begun.place])
    good = placed.filter(placed.success)
    helped = good.select("step", who=good.key, desk=good.touchpoint_id, through=good.way)
    pairs = starts.inner_join(helped, [starts.key == helped.who, starts.start < helped.step])
    here = pairs.desk == pairs.touchpoint_id
    # What succeeds at another desk is another matter, unless that desk takes complaints.
    pairs = pairs.filter(here | pairs.desk.isin(complaints) if complaints else here)
    same = (pairs.desk == pairs.touchpoint_id) & (pairs.through == pairs.way)
    return pairs.group_by("key", "touchpoint_id").agg(
        again=indicator(same).max(), away=indicator(~same).max()
    )


def _failures(placed: LazyTable) -> LazyTable:
    """How much failed at other places than desks, one row per journey."""
    other = placed.filter(~placed.at_desk)
    return other.group_by("key").agg(failures=indicator(~other.success).sum())


def _beside(table: LazyTable, more: LazyTable, by: list[str]) -> LazyTable:
    joined = table.left_join(more, by)
    return joined.drop(*(f"{name}_right" for name in by))


@needs("interactions", "settled")
def settlements(
    cases: LazyTable, *, scale: tuple[float, float] = (1, 5), min_n: int = 30
) -> pd.DataFrame:
    """How cases were settled and how satisfied their customers are, one row per way.

    Reads `settling_cases`. Columns out: `settled` (first, later, handed_over, unsettled); `n`
    cases; `settled_rate`, the way's share of all cases in 0–1 (Wilson); `score`, mean overall
    satisfaction on `scale` (t), of `score_n` cases; each with `_lo`, `_hi` (95 %; cases of one
    customer count for less); `small` where n < `min_n`; `method`. Ways without a case are left out.
    """
    with held(cases) as kept:
        return _by_way(kept, scale, min_n)


def _by_way(cases: LazyTable, scale: tuple[float, float], min_n: int) -> pd.DataFrame:
    """The table of `settlements` from cases that are found once."""
    table = pd.DataFrame([{"settled": way} | _share_of(cases, (way,)) for way in WAYS])
    counts = collect(cases.group_by("settled").agg(n=cases.rows.sum())).set_index("settled").n
    table = table.assign(n=table.settled.map(counts).fillna(0).astype(int))
    table = table[table.n > 0]
    if "x" in cases.columns:
        table = table.merge(_scores(cases, scale), on="settled", how="left")
        table = table.assign(score_n=table.score_n.fillna(0).astype(int))
    return table.assign(small=table.n < min_n, min_n=min_n, method="method_settlements")


def _share_of(
    cases: LazyTable, ways: Sequence[str], name: str = "settled_rate"
) -> dict[str, float]:
    """The share of cases that were settled in one of these ways."""
    means = means_of(collect(mean_sums(cases, {"y": indicator(cases.settled.isin(ways))})), "y")
    share = float(np.clip(np.nan_to_num(means.mean[0]), 0, 1))
    lo, hi = wilson(share, means.n_eff[0])
    return {name: share, f"{name}_lo": float(lo), f"{name}_hi": float(hi)}


def _scored(cases: LazyTable) -> LazyTable:
    known = cases.filter(cases.x.notnull())
    return known.mutate(w1=known.x_w, w=known.rows * known.x_w)


def _scores(cases: LazyTable, scale: tuple[float, float]) -> pd.DataFrame:
    """The mean satisfaction of each way of settling."""
    sums = group_sums(_scored(cases), "settled")
    means = means_of(sums)
    low, span = scale[0], scale[1] - scale[0]
    lo, hi = place_interval(means.mean, means.variance, means.n_eff)
    return sums[["settled"]].assign(score=low + span * means.mean, score_lo=low + span * lo,
                                    score_hi=low + span * hi, score_n=sums.n)  # fmt: skip


@needs("interactions", "settled", "x")
def empowerment_effect(
    cases: LazyTable,
    *,
    more: float = 0.1,
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
) -> pd.DataFrame:
    """What it might be worth if staff could settle more cases at the first contact.

    Reads `settling_cases`. One row per `compared`: "later" (settled, but by a further contact or a
    hand-over) and "rest" (these and the unsettled). Columns out: `at_once_rate`, the share of cases
    settled at the first contact, in 0–1 (Wilson); `score_change`, satisfaction of cases settled
    at once minus the others', in points of `scale`, desk, segment and failures elsewhere held
    fixed (robust errors by customer); `more_share`, the share of all cases that would be settled
    at once in addition (at most all of those others); `expected_score`, the mean satisfaction then,
    `score` the one now, and `gain_points` between them, each with `_lo`, `_hi` (95 %); `p_value`
    (Benjamini–Hochberg over the rows), `verdict` ("at_once_better", "at_once_worse" at p ≤ .05,
    else "undecided") and `probability` of the sign; `settled_n`, `other_n`, `n` scored cases;
    `small` under `min_n` on either side: never judged; `method`. What is seen, not tried: easy
    cases are settled at once and please more. Only a trial tells. Source: Bowen & Lawler 1992;
    Boshoff & Leong 1998.
    """
    if not 0 < more <= 1:
        raise ValueError(f"more is a share between 0 and 1, not {more}")
    with held(cases) as kept:
        return _compared(kept, more, scale, min_n)


def _compared(
    cases: LazyTable, more: float, scale: tuple[float, float], min_n: int
) -> pd.DataFrame:
    """The table of `empowerment_effect` from cases that are found once."""
    known = _scored(cases)
    rows = []
    for against, others in (("later", (LATER, HANDED)), ("rest", WAYS[1:])):
        row = _against(known, against, others, scale)
        if row is not None:
            rows.append(row | {"more_share": min(more, _share_of(cases, others)["settled_rate"])})
    if not rows:
        return Missing("feedback", ("score",))  # type: ignore[return-value]
    table = pd.DataFrame(rows).assign(**_share_of(cases, (FIRST,), "at_once_rate"))
    return _expected(table, known, scale, min_n)


def _against(
    known: LazyTable, against: str, others: Sequence[str], scale: tuple[float, float]
) -> dict[str, Any] | None:
    """Cases settled at once against some others; None where they can't be compared."""
    pair = known.filter(known.settled.isin([FIRST, *others]))
    pair = pair.mutate(hit=indicator(pair.settled == FIRST))
    found = slope_within(pair, "hit", "x", within=[c for c in STRATA if c in pair.columns])
    if found is None:
        return None
    sizes = collect(pair.agg(first=(pair.rows * pair.hit).sum(), n=pair.rows.sum())).iloc[0]
    value, lo, hi, p = (float(part) for part in found.contrast.times(scale[1] - scale[0]))
    return {
        "compared": against, "score_change": value, "score_change_lo": lo, "score_change_hi": hi,
        "p_value": p, "settled_n": int(sizes["first"]), "other_n": int(sizes.n - sizes["first"]),
        "n": found.n,
    }  # fmt: skip


def _expected(
    table: pd.DataFrame, known: LazyTable, scale: tuple[float, float], min_n: int
) -> pd.DataFrame:
    """What the mean would be, with the uncertainty of the mean and of the difference."""
    means = means_of(collect(mean_sums(known, {"y": known.x})), "y")
    low, span = scale[0], scale[1] - scale[0]
    score, lo, hi = (low + span * float(part[0]) for part in (
        means.mean, *place_interval(means.mean, means.variance, means.n_eff)))  # fmt: skip
    error = np.fmax((table.score_change_hi - table.score_change_lo) / (2 * Z), 1e-12)
    more = table.more_share
    gain = {f"gain_points{end}": more * table[f"score_change{end}"] for end in ("", "_lo", "_hi")}
    half = Z * np.sqrt((more * error) ** 2 + ((hi - lo) / (2 * Z)) ** 2)
    then = np.clip(score + gain["gain_points"], *scale)
    small = (table[["settled_n", "other_n"]] < min_n).any(axis=1)
    p_value = adjusted(np.where(small, np.nan, table.p_value))
    sure = p_value <= ALPHA
    return table.assign(
        score=score, score_lo=lo, score_hi=hi, **gain, expected_score=then,
        expected_score_lo=np.fmax(then - half, scale[0]),
        expected_score_hi=np.fmin(then + half, scale[1]),
        p_value=p_value, small=small, min_n=min_n,
        verdict=np.select([sure & (table.score_change > 0), sure],
                          ["at_once_better", "at_once_worse"], "undecided"),
        probability=np.where(small, 0.5, ndtr(np.abs(table.score_change) / error)),
        method="method_empowerment",
    )  # fmt: skip


def find_settling(client: Any, *, desks: Sequence[str] = ()) -> LazyTable | Missing:
    """The settling cases of a client: see `settling_cases`."""
    return settling_cases(
        client.steps,
        client.touchpoints,
        journeys=client.journey_rows,
        feedback=client.feedback,
        customers=client.customers,
        desks=desks,
    )
