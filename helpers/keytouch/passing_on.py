"""Matters that change channel on the way: how often that happens, and what it costs.

A matter is what one journey brings to one touchpoint. A contact that leaves it open is followed
by another in the same channel (it stays) or in a different one (it is handed over).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from keytouch.contrasts import Contrast, adjusted, share_difference
from keytouch.engine import LazyTable, Missing, collect, literal, needs, row_number, window
from keytouch.estimate import Floats, wilson
from keytouch.prepared import steps
from keytouch.weighted import indicator, mean_sums, means_of, with_unit

ALPHA, Z95 = 0.05, 1.959964
ALL, ENDS = "(all)", ("", "_lo", "_hi")
CASE = ["touchpoint_id", "from_channel", "to_channel"]
RATES = ("handed_solved_rate", "stayed_solved_rate", "handed_drop_rate", "stayed_drop_rate")
COLUMNS = [
    *CASE, "handed_n", "stayed_n", "n",
    *(f"{name}{end}" for name in (*RATES, "loss_rate", "handed_share") for end in ENDS),
    "p_value", "p_loss", "verdict", "small", "min_n", "method",
]  # fmt: skip


def _matters(interactions: LazyTable) -> LazyTable | Missing:
    """Contacts whose channel is known, with what came before and after in the same matter."""
    placed = steps(interactions)
    if isinstance(placed, Missing):
        return placed
    known = placed.filter(placed.channel.notnull())
    matter = [known.key, known.touchpoint_id]
    ordered = window(group_by=matter, order_by=known.step)
    return known.mutate(
        turn=row_number().over(ordered) + 1,
        from_channel=known.channel.lag(1).over(ordered),
        before=known.success.lag(1).over(ordered),
        again=known.step.lead(1).over(ordered).notnull(),
    )


@needs("interactions", "touchpoint_id", "channel", "success")
def hand_overs(interactions: LazyTable, *, min_n: int = 30) -> pd.DataFrame:
    """Open matters passed from one channel to another, against those that stayed where they were.

    One row per touchpoint, `from_channel` and `to_channel` between which an open matter passed: a
    contact that did not succeed (or is not known to have) was followed, in the same journey and
    at the same touchpoint, by one in another channel. Compared with contacts that followed an
    open one in the source channel and stayed in it. Columns out: `handed_n`, `stayed_n`, `n` both,
    of contacts whose success is known; `handed_solved_rate`, `stayed_solved_rate`, the share of
    these follow-up contacts that solved the matter; `loss_rate`, stayed minus handed (positive:
    passing on loses; Newcombe); `handed_drop_rate`, `stayed_drop_rate`, of the follow-ups that
    failed the share after which the customer never came back with it; `handed_share`, the share
    of the source's open matters that come back and pass to this target; each in −1…1 or 0–1 with
    `_lo`, `_hi` (95 %, Wilson; several contacts of one customer count for less); `p_value`
    (Benjamini–Hochberg); `p_loss`, the chance that passing on loses; `verdict`: "loses" or "gains"
    (adjusted p ≤ .05), else "open"; `small` (under `min_n` on either side: never judged);
    `method`. Surest and largest loss first, small ones last.
    Order is that of `steps`; contacts without a channel are left out; rows with `n` or `weight`
    count by it. A matter that is harder may be passed on more often: the loss is a difference
    between matters, not proof. Source: Newcombe 1998.
    """
    data = _matters(interactions)
    if isinstance(data, Missing):
        return data  # type: ignore[return-value]
    asked = data.filter((data.turn > 1) & ~data.before.fill_null(literal(False)))
    counts = _rates_of(asked)
    passed = counts[counts.from_channel != counts.channel].rename(columns={"channel": "to_channel"})
    if passed.empty:
        return pd.DataFrame(columns=COLUMNS)
    stays = counts[counts.from_channel == counts.channel].drop(columns=["channel", "all", "asked"])
    both = passed.merge(
        stays, on=CASE[:2], how="left", suffixes=("_handed", "_stayed")
    )  # fmt: skip
    return _judged(both.fillna({"n_stayed": 0.0, "n_eff_stayed": 0.0}), min_n)


def _rates_of(asked: LazyTable) -> pd.DataFrame:
    """By touchpoint, channel before and channel now: how often solved, how often dropped."""
    by = ["touchpoint_id", "from_channel", "channel"]
    told = with_unit(asked.filter(asked.success.notnull()))
    solved = _shares(told, indicator(told.success), "solved", by)
    failed = told.filter(~told.success)
    dropped = _shares(failed, indicator(~failed.again), "dropped", by)
    volume = collect(asked.group_by(by).agg(asked=asked.rows.sum()))
    total = volume.groupby(by[:2])["asked"].transform("sum")
    table = volume.assign(all=total).merge(solved, on=by, how="left")
    table = table.merge(dropped.drop(columns="n"), on=by, how="left")
    return table.fillna({"n": 0.0, "n_eff": 0.0})


def _shares(data: LazyTable, hit: Any, name: str, by: list[str]) -> pd.DataFrame:
    """The weighted share of contacts that `hit`, with what it rests on."""
    sums = collect(mean_sums(data, {"hit": hit}, by=by))
    means = means_of(sums, "hit")
    size = "n_eff" if name == "solved" else f"n_eff_{name}"
    return sums[[*by, "n"]].assign(**{name: np.clip(means.mean, 0, 1), size: means.n_eff})


def _judged(both: pd.DataFrame, min_n: int) -> pd.DataFrame:
    """Handed over against stayed, with the interval of the difference, and a verdict."""
    gap = share_difference(
        both.solved_stayed, both.n_eff_stayed, both.solved_handed, both.n_eff_handed
    )
    small = (both[["n_handed", "n_stayed"]] < max(min_n, 2)).any(axis=1).to_numpy()
    p_value = adjusted(np.where(small, np.nan, gap.p_value))
    sure = p_value <= ALPHA
    table = both[CASE].assign(
        handed_n=both.n_handed.astype(int),
        stayed_n=both.n_stayed.astype(int),
        n=(both.n_handed + both.n_stayed).astype(int),
        **_side_rates(both),
        loss_rate=gap.value,
        loss_rate_lo=gap.lo,
        loss_rate_hi=gap.hi,
        **_with_wilson("handed_share", both.asked / both["all"], both["all"]),
        p_value=p_value,
        p_loss=np.where(small, np.nan, _chance_above_zero(gap)),
        verdict=np.where(sure & (gap.value > 0), "loses", np.where(sure, "gains", "open")),
        small=small,
        min_n=min_n,
        method="method_hand_over",
    )
    table = table.sort_values(["small", "loss_rate", *CASE], ascending=[True, False] + 3 * [True])
    return table[COLUMNS].reset_index(drop=True)


def _side_rates(both: pd.DataFrame) -> dict[str, Floats]:
    """How often each side solved and dropped, with Wilson's intervals."""
    columns: dict[str, Floats] = {}
    for side in ("handed", "stayed"):
        columns |= _with_wilson(
            f"{side}_solved_rate", both[f"solved_{side}"], both[f"n_eff_{side}"]
        )
        columns |= _with_wilson(
            f"{side}_drop_rate", both[f"dropped_{side}"], both[f"n_eff_dropped_{side}"]
        )
    return columns


def _with_wilson(name: str, share: Any, n: Any) -> dict[str, Floats]:
    lo, hi = wilson(share, n)
    return {name: np.asarray(share, float), f"{name}_lo": lo, f"{name}_hi": hi}


def _chance_above_zero(gap: Contrast) -> Floats:
    """The chance that a difference is above zero, from its interval's nearer half."""
    half = np.where(gap.value > 0, gap.value - gap.lo, gap.hi - gap.value)
    with np.errstate(invalid="ignore", divide="ignore"):
        return ndtr(Z95 * gap.value / half)


@needs("interactions", "touchpoint_id", "channel")
def channel_switches(interactions: LazyTable) -> pd.DataFrame:
    """How often journeys change channel, one row per pair of channels, and one for all.

    Columns out: `from_channel`, `to_channel` ("(all)" for any change); `switches`, steps taken
    in another channel than the step before; `journeys` with such a step; `cross_rate`, their share
    in 0–1 of all journeys; `repeat_rate`, the share of switches at which a touchpoint is met that
    the journey had already met in another channel, so that the customer has to explain again; both
    with `_lo`, `_hi` (95 %, Wilson); `n` journeys whose channels are known; `method`.
    Rows with `n` count by it. Steps without a channel are passed over. Most frequent first, all
    on top. A change of channel is no fault by itself: who books online arrives at a desk.
    """
    placed = steps(interactions)
    if isinstance(placed, Missing):
        return placed  # type: ignore[return-value]
    known = placed.filter(placed.channel.notnull())
    line = window(group_by=known.key, order_by=known.step)  # past steps of unknown channel
    matter = window(group_by=[known.key, known.touchpoint_id], order_by=known.step)
    moved = known.mutate(
        from_channel=known.channel.lag(1).over(line), met_in=known.channel.lag(1).over(matter)
    )
    sizes = moved.group_by("key").agg(rows=moved.copies.max())
    total = float(collect(sizes.agg(n=sizes.rows.sum())).n.iloc[0] or 0)
    moved = moved.filter(moved.from_channel.notnull() & (moved.from_channel != moved.channel))
    moved = moved.mutate(again=indicator(moved.met_in != moved.channel), to_channel=moved.channel)
    pairs = _switches(moved, ["from_channel", "to_channel"])
    whole = _switches(moved, []).assign(from_channel=ALL, to_channel=ALL)
    table = pd.concat([whole, pairs], ignore_index=True)
    table = table[table.switches > 0].assign(n=int(total), method="method_wilson")
    rates = _with_wilson("cross_rate", table.journeys / max(total, 1), total)
    rates |= _with_wilson("repeat_rate", table.repeats / table.switches, table.switches)
    table = table.assign(**rates).drop(columns="repeats")
    order = table.assign(_rest=table.from_channel != ALL).sort_values(
        ["_rest", "switches", "from_channel", "to_channel"], ascending=[True, False, True, True]
    )
    ends = [f"{name}{end}" for name in ("cross_rate", "repeat_rate") for end in ENDS]
    columns = ["from_channel", "to_channel", "switches", "journeys", *ends, "n", "method"]
    return order[columns].reset_index(drop=True)


def _switches(moved: LazyTable, by: list[str]) -> pd.DataFrame:
    """Switches, those that repeat a touchpoint, and the journeys that have any."""
    each = moved.group_by([*by, "key"]).agg(
        rows=moved.copies.max(),
        switches=moved.copies.sum(),
        repeats=(moved.copies * moved.again).sum(),
    )
    sums = {"switches": each.switches.sum(), "journeys": each.rows.sum()}
    grouped = each.group_by(by) if by else each
    table = collect(grouped.agg(**sums, repeats=each.repeats.sum()))
    return table.fillna(0).astype({"switches": int, "journeys": int})
