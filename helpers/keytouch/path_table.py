"""The paths that journeys take through channels, and what they lead to: ground for attribution."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from keytouch.drivers import WHOLE, answers_by_respondent
from keytouch.engine import LazyTable, Missing, cases, collect
from keytouch.estimate import wilson
from keytouch.prepared import ARROW, journey_rows
from keytouch.weighted import indicator

NO_JOURNEYS = Missing("journeys")
PLUS = " + "
SUMS = ["n", "told_n", "won_n", "value_sum"]


def paths(
    interactions: LazyTable | Missing, *, journeys: LazyTable | Missing = NO_JOURNEYS
) -> pd.DataFrame | Missing:
    """The paths of journeys through channels, one row per different path.

    Reads interactions (with the journey table for what they led to), steps, or the journey rows
    that intake made. Repeated steps in one channel are one, steps of unknown channel are passed
    over: app, app, hotline, app is "app > hotline > app". Columns out: `channel_path`, `length`
    of it; `n` journeys; `conversion_rate` in 0–1 of those whose conversion is known, with `_lo`,
    `_hi` (Wilson); `told_n`, how many that are, `won_n`, how many of them did, `value_sum`, the
    sum of the values of all (0 where none is recorded): what attribution needs; blank without a
    journey table; `method`. Most frequent first. A journey whose rows carry `n` counts that
    often; survey weights don't count. Journeys of which no channel is known are left out.
    """
    if isinstance(interactions, Missing):
        return interactions
    rows = journey_rows(interactions, journeys)
    if isinstance(rows, Missing):
        return rows
    if "channel_path" not in rows.columns:
        return Missing("interactions", ("channel",))
    table = collect(path_counts(rows))
    table = table.assign(channel_path=table.channel_path.map(_collapsed))
    table = table.groupby("channel_path", as_index=False).sum(min_count=1)
    length = table.channel_path.str.count(re.escape(ARROW)) + 1
    return _with_rates(table.assign(length=length), ["channel_path", "length"])


def path_counts(rows: LazyTable) -> LazyTable:
    """Journey rows by the channels that they pass, repeats at once still in it. Lazy."""
    known = rows.filter(rows.channel_path.notnull())
    return known.group_by("channel_path").agg(**_endings(known))


def _endings(rows: LazyTable) -> dict[str, Any]:
    """How many journeys there are, how many are known to have converted, and their value."""
    sums = {"n": rows.copies.sum()}
    if "converted" in rows.columns:
        sums["told_n"] = (rows.copies * indicator(rows.converted.notnull())).sum()
        sums["won_n"] = (rows.copies * indicator(rows.converted)).sum()
    if "value" in rows.columns:
        sums["value_sum"] = (rows.copies * rows.value.fill_null(0.0)).sum()
    return sums


def _collapsed(path: str) -> str:
    """A path in which no channel follows itself."""
    return ARROW.join(name for name, _ in groupby(path.split(ARROW)))


def _with_rates(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The conversion of each path from its sums."""
    table = table.reindex(columns=[*names, *SUMS])
    known, won = table.told_n.astype(float).fillna(0.0), table.won_n.astype(float)
    rate = np.divide(won, known, out=np.full(len(table), np.nan), where=(known > 0).to_numpy())
    lo, hi = wilson(rate, known)
    table = table.assign(
        n=table.n.astype(int), method="method_wilson",
        conversion_rate=rate, conversion_rate_lo=lo, conversion_rate_hi=hi,
    )  # fmt: skip
    ends = ["conversion_rate", "conversion_rate_lo", "conversion_rate_hi"]
    table = table[[*names, "n", *ends, *SUMS[1:], "method"]]
    return table.sort_values(["n", names[0]], ascending=[False, True]).reset_index(drop=True)


def coalitions(paths: pd.DataFrame | Missing) -> pd.DataFrame | Missing:
    """The sets of channels that journeys use, whatever the order, one row per set.

    Reads `paths`. Columns out: `channel_set`, in alphabetical order joined by " + "; `length`,
    how many channels; `n`, `conversion_rate` with `_lo`, `_hi` (Wilson), `told_n`, `won_n`,
    `value_sum`, `method` as in `paths`. Most frequent first. Ground for the Shapley value of
    channels.
    """
    if isinstance(paths, Missing):
        return paths
    members = paths.channel_path.str.split(ARROW).map(lambda names: tuple(sorted(set(names))))
    table = paths.assign(channel_set=members.map(PLUS.join), length=members.map(len))
    sums = table.groupby(["channel_set", "length"], as_index=False)[SUMS].sum(min_count=1)
    return _with_rates(sums, ["channel_set", "length"])


def driver_pivot(feedback: LazyTable | Missing) -> LazyTable | Missing:
    """Satisfaction scores side by side, one row per respondent; stays in the engine (lazy).

    A respondent is a journey, else a customer. Columns out: `key`, `cluster` (customer) where
    known, one column per touchpoint in 0–1 of its scale (blank where not scored or not used) and
    "(overall)". The same answers that the driver measures read, for use elsewhere.
    """
    if isinstance(feedback, Missing):
        return feedback
    answers = answers_by_respondent(feedback)
    if isinstance(answers, Missing):
        return answers
    scored = answers.filter(answers.used == 1.0)
    items = sorted(collect(scored.select("item").distinct())["item"])
    cells = {item: cases((scored["item"] == item, scored.x)).max() for item in items}
    if WHOLE in cells:
        cells[WHOLE] = cells.pop(WHOLE)
    more = {"cluster": scored.cluster.max()} if "cluster" in scored.columns else {}
    return scored.group_by("key").agg(**more, **cells)
