"""Those who answered against those who did not, and what the silence does to the mean score.

Surveys hear the customers who answer. What is known of everybody (failures, waits, promises,
purchases, churn, channel, segment) shows in which way the silent differ, and how far the mean
score would move if they had answered like those who resemble them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from keytouch.contrasts import adjusted
from keytouch.engine import (
    LazyTable,
    Missing,
    cases,
    collect,
    ifelse,
    needs,
    quantiles,
    spills,
)
from keytouch.estimate import Floats, wilson
from keytouch.satisfaction import of_metric, overall, with_position

NUMBERS = ("wait_minutes", "steps", "value")
YES_NO = ("failed", "late", "converted", "churned")
GROUPS = ("channel", "segment")
OTHER, UNKNOWN, YES, NO = "(other)", "(unknown)", "yes", "no"
LOW, MIDDLE, HIGH = "low", "middle", "high"
MOST_GROUPS = 12
RARE = 5  # answers: a level of a fact that fewer gave can't be spoken for
UNASKED = 10  # times less often: then a level wasn't silent but not asked
Z = 1.959964
ALPHA = 0.05


def known_facts(
    feedback: LazyTable | Missing,
    *,
    journeys: LazyTable | Missing,
    customers: LazyTable | Missing,
    interactions: LazyTable | Missing,
    late_minutes: float = 0,
    metric: str = "csat",
) -> LazyTable | Missing:
    """What is known of every journey, whether it answered or not: one row per journey (lazy).

    Without a journey table, one row per customer. Columns out: `key`; `unit`, the journey's
    customer; `answered` (an overall answer of `metric`); `x`, its place on the scale in 0–1;
    and the facts that the data have: `failed` (an interaction failed), `late` (a promise was
    broken by more than `late_minutes`), `converted`, `churned` (booleans), `wait_minutes`
    (longest), `steps` (interactions), `value`, `channel`, `segment`.
    """
    if isinstance(feedback, Missing):
        return feedback
    if "score" not in feedback.columns:
        return Missing("feedback", ("score",))
    whole = with_position(of_metric(overall(feedback), metric))
    for frame, key in ((journeys, "journey_id"), (customers, "customer_id")):
        if isinstance(frame, Missing) or key not in feedback.columns:
            continue
        facts = _frame_facts(frame, key)
        if key == "journey_id" and not isinstance(customers, Missing):
            facts = _joined(facts, customers, "customer_id", ("churned", "segment", "value"))
        facts = _joined(facts, _lived(interactions, key, late_minutes), key)
        answers = whole.filter(whole[key].notnull()).group_by(key).agg(x=whole.x.mean())
        facts = _joined(facts, answers, key)
        if key == "journey_id" and "customer_id" in facts.columns:
            unit = facts.customer_id.cast("string").coalesce(facts[key].cast("string"))
            facts = facts.mutate(unit=unit)
        facts = facts.mutate(answered=facts.x.notnull()).rename(key=key)
        kept = ("key", "unit", "answered", "x", *YES_NO, *NUMBERS, *GROUPS)
        return facts.select(*(name for name in kept if name in facts.columns))
    return Missing("journeys")


def _frame_facts(frame: LazyTable, key: str) -> LazyTable:
    names = ("converted", "churned", "value", "channel", "segment", "customer_id")
    return frame.select(key, *(name for name in names if name in frame.columns and name != key))


def _joined(
    facts: LazyTable, table: LazyTable | Missing, key: str, names: tuple[str, ...] = ()
) -> LazyTable:
    """Facts with what another table adds; a column that is there already stays as it is."""
    if isinstance(table, Missing) or key not in facts.columns:
        return facts
    wanted = names or tuple(name for name in table.columns if name != key)
    new = [name for name in wanted if name in table.columns and name not in facts.columns]
    if not new:
        return facts
    return facts.left_join(table.select(key, *new), key).drop(f"{key}_right")


def _lived(interactions: LazyTable | Missing, key: str, late_minutes: float) -> LazyTable | Missing:
    """What happened in each journey: failures, broken promises, the longest wait, steps."""
    if isinstance(interactions, Missing) or key not in interactions.columns:
        return Missing("interactions", (key,))
    rows = interactions.filter(interactions[key].notnull())
    facts: dict[str, Any] = {"steps": rows.count().cast("float64")}
    if "success" in rows.columns:
        facts["failed"] = ifelse(rows.success, 0, 1).max() == 1
    if {"ts", "promised_ts"} <= set(rows.columns):
        minutes = (rows.ts.epoch_seconds() - rows.promised_ts.epoch_seconds()) / 60
        facts["late"] = ifelse(minutes > late_minutes, 1, 0).max() == 1
    if "wait_minutes" in rows.columns:
        facts["wait_minutes"] = rows.wait_minutes.max().cast("float64")
    return rows.group_by(key).agg(**facts)


def _with_levels(facts: LazyTable) -> tuple[LazyTable, list[str]]:
    """The facts as a few levels each: yes/no, thirds of a number, the most frequent groups."""
    names = [name for name in (*YES_NO, *NUMBERS, *GROUPS) if name in facts.columns]
    numbers = [name for name in names if name in NUMBERS]
    counted = bool(numbers) and spills(facts)
    cuts: dict[str, Any] = {}
    for name in numbers:
        thirds = {f"{name}_{k}": k / 3 for k in (1, 2)}
        cuts |= collect(quantiles(facts, name, thirds, counted=counted)).iloc[0].to_dict()
    levels = {}
    for name in names:
        column = facts[name]
        if name in YES_NO:
            level = ifelse(column, YES, NO)
        elif name in NUMBERS:
            low, high = (float(cuts[f"{name}_{k}"]) for k in (1, 2))
            level = cases((column <= low, LOW), (column <= high, MIDDLE), (column > high, HIGH))
        else:
            level = _frequent(facts, name)
        levels[name] = level.fill_null(UNKNOWN)
    kept = [name for name in ("unit", "answered", "x") if name in facts.columns]
    return facts.select(*kept, **levels), names


def _frequent(facts: LazyTable, name: str) -> Any:
    """A group's id where it is among the most frequent, else (other)."""
    counts = collect(facts.group_by(name).agg(n=facts.count())).dropna()
    top = counts.sort_values(["n", name], ascending=[False, True])[name].head(MOST_GROUPS)
    column = facts[name].cast("string")
    return cases((column.isin([str(group) for group in top]), column), (column != "", OTHER))


@dataclass(frozen=True)
class Cells:
    """Journeys counted by combination of facts. `beyond`: how many are out of reach."""

    table: pd.DataFrame
    names: list[str]
    beyond: int
    rows: LazyTable

    @property
    def answered(self) -> int:
        return int(self.table.r.sum())

    @property
    def asked(self) -> int:
        return int(self.table.n.sum())

    @property
    def telling(self) -> bool:
        """Whether there are facts, and enough answers and silence to compare."""
        return bool(self.names) and min(self.answered, self.asked - self.answered) >= RARE


def fact_cells(facts: LazyTable) -> Cells:
    """One row per combination of facts.

    Columns of its table: the facts' levels; `n`, `r` (answered), `sy`, `syy` (sums of the
    answers and of their squares). A level that fewer than five answers have, or that
    answers at less than a tenth of the rate of another level of the same fact, was hardly asked,
    such as visitors who bought nothing: its rows are out of reach and left out.
    """
    rows, names = _with_levels(facts)
    x = rows.x.fill_null(0.0)
    sums = {
        "n": rows.count(),
        "r": ifelse(rows.answered, 1, 0).sum(),
        "sy": x.sum(),
        "syy": (x * x).sum(),
    }
    cells = collect(rows.group_by(names).agg(**sums) if names else rows.agg(**sums))
    everybody, before = int(cells.n.sum()), -1
    while len(cells) != before:
        before = len(cells)
        for name in names:
            cells = cells[_reachable(cells, name)]
    cells = cells.sort_values(names).reset_index(drop=True) if names else cells
    varied = [name for name in names if cells[name].nunique() > 1]
    return Cells(cells, varied, everybody - int(cells.n.sum()), rows)


def _reachable(cells: pd.DataFrame, name: str) -> pd.Series:
    """Which cells have a level of a fact that enough answered, in number and in rate."""
    levels = cells.groupby(name)[["n", "r"]].sum()
    rate = levels.r / levels.n
    enough = (levels.r >= RARE) & (rate >= rate.max() / UNASKED)
    return cells[name].map(enough)


@needs("journeys", "answered", "x")
def nonresponse(facts: LazyTable, *, min_n: int = 30) -> pd.DataFrame:
    """Who answers and who doesn't, one row per fact and level known of everybody.

    Reads `known_facts`. Columns out: `fact` (`failed`, `late`, `converted`, `churned`,
    `wait_minutes`, `steps`, `value`, `channel`, `segment`) and `level` ("yes"; thirds "low",
    "middle", "high"; a group's id); `answer_rate` in 0–1 of those with the level, with `_lo`,
    `_hi` (95 %, Wilson); `baseline`, the answer rate of all; `standardised_difference`: the
    level's share among those who answered less its share among the silent, in standard
    deviations, with `_lo`, `_hi` (95 %, normal;
    |0.1| is a common mark for worth noticing); `p_value` (Benjamini–Hochberg over all rows);
    `comparison`: "lower" or "higher" (rarer or commoner among answers), "alike",
    "not_judged" (n < `min_n`); `n` with the level; `answered`; `small`; `min_n`; `method`.
    Blank facts count as a level of their own, which isn't shown; levels out of reach (see
    `fact_cells`) are left out. Journeys count one each, whoever's they are. Sorted by fact,
    largest difference first.
    Source: Groves 2006, Public Opinion Quarterly 70; Austin 2009 (standardised differences).
    """
    cells = fact_cells(facts)
    if not cells.telling:
        return Missing("journeys", ("channel", "segment"))  # type: ignore[return-value]
    r, n = cells.answered, cells.asked
    parts = [
        cells.table.groupby(name, as_index=False)[["n", "r"]].sum().assign(fact=name)
        .rename(columns={name: "level"})
        for name in cells.names
    ]  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    table = table[~table.level.isin([UNKNOWN, NO])].reset_index(drop=True)
    lo, hi = wilson(table.r / table.n, table.n)
    gap, error = _standardised(table.r / r, (table.n - table.r) / (n - r), r, n - r)
    table = table.assign(
        answer_rate=table.r / table.n,
        answer_rate_lo=lo,
        answer_rate_hi=hi,
        baseline=r / n,
        standardised_difference=gap,
        standardised_difference_lo=gap - Z * error,
        standardised_difference_hi=gap + Z * error,
        answered=table.r.astype(int),
        small=table.n < min_n,
        min_n=min_n,
        method="method_nonresponse",
    )
    return _ordered(_compared(table, gap, error))


def _standardised(share: pd.Series, other: pd.Series, n: int, m: int) -> tuple[Floats, Floats]:
    """Difference of two shares in standard deviations, and its standard error."""
    p, q = share.to_numpy(), other.to_numpy()
    a, b = p * (1 - p), q * (1 - q)
    deviation = np.sqrt(np.fmax((a + b) / 2, 1e-12))
    return (p - q) / deviation, np.sqrt(a / n + b / m) / deviation


def _compared(table: pd.DataFrame, gap: Floats, error: Floats) -> pd.DataFrame:
    from scipy.special import ndtr

    raw = 2 * ndtr(-np.abs(gap) / np.fmax(error, 1e-12))
    p_value = adjusted(np.where(table.small, np.nan, raw))
    verdict = np.where(p_value <= ALPHA, np.where(gap < 0, "lower", "higher"), "alike")
    verdict = np.where(np.isnan(p_value), "not_judged", verdict)
    return table.assign(p_value=p_value, comparison=verdict)


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Facts by their largest difference, levels within a fact by theirs."""
    size = table.standardised_difference.abs()
    order = table.assign(_size=size, _fact=size.groupby(table.fact).transform("max"))
    order = order.sort_values(
        ["_fact", "fact", "_size", "level"], ascending=[False, True, False, True]
    )
    columns = [
        "fact", "level", "answer_rate", "answer_rate_lo", "answer_rate_hi", "baseline",
        "standardised_difference", "standardised_difference_lo", "standardised_difference_hi",
        "p_value", "comparison", "n", "answered", "small", "min_n", "method",
    ]  # fmt: skip
    return order[columns].reset_index(drop=True)
