"""Whether groups of customers, such as segments, put a feature into different Kano categories."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.contrasts import adjusted
from keytouch.engine import LazyTable, Missing, collect
from keytouch.estimate import Floats
from keytouch.kano_model import CATEGORIES, Rule, kano
from keytouch.respondents import lacking

SHOWN = ("item", "touchpoint_id", "kano_category", "p_category", "better", "better_lo",
         "better_hi", "worse", "worse_lo", "worse_hi", *CATEGORIES, "n", "small")  # fmt: skip
ALPHA = 0.05


def kano_by_group(
    feedback: LazyTable | Missing,
    *,
    by: str = "segment",
    table: str = "classic",
    rule: Rule = "mode",
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """The Kano category of every item in every group, one row per item and group.

    Columns out: `item`, `touchpoint_id` where known, the group `by`; `kano_category`,
    `p_category`, `better`, `worse` with `_lo`, `_hi`, the six counts of people and `n` as
    `keytouch.kano` has them; `small` groups (fewer than `min_n`) are given and take no part in
    the test; `p_value`, whether the groups' answers of an item differ at all (χ² test on people,
    rare categories pooled, Benjamini–Hochberg over items; blank where fewer than two groups are
    large enough); `differs` (adjusted p ≤ .05); `method`. Items that differ come first, by p value;
    groups by name. A person without a group is left out.
    Source: Pearson 1900; Benjamini & Hochberg 1995.
    """
    if isinstance(feedback, Missing):
        return feedback
    if by not in feedback.columns:
        return Missing("feedback", (by,))
    names = sorted(collect(feedback.select(by).distinct())[by].dropna())
    parts = []
    for name in names:
        found = kano(feedback.filter(feedback[by] == name), table=table, rule=rule, min_n=min_n)
        if not isinstance(found, Missing):
            parts.append(found.assign(**{by: name}))
    if not parts:
        return lacking(feedback, "kano_functional", "kano_dysfunctional")
    cells = pd.concat(parts, ignore_index=True)
    tests = cells[~cells.small].groupby("item", sort=True)[list(CATEGORIES)].apply(_p_value)
    cells["p_value"] = cells["item"].map(dict(zip(tests.index, adjusted(tests.to_numpy(float)))))
    cells = cells.assign(differs=cells.p_value <= ALPHA, method="method_kano_groups")
    columns = [name for name in SHOWN if name in cells.columns]
    columns[1:1] = [by]
    ordered = cells.sort_values(["p_value", "item", by], kind="stable", ignore_index=True)
    return ordered[[*columns, "p_value", "differs", "method"]]


def _p_value(counts: pd.DataFrame) -> float:
    """The χ² test's p value, after the rarest categories were pooled; blank for one group."""
    from scipy.stats import chi2_contingency

    table = _pooled(counts.to_numpy(float))
    if min(table.shape) < 2:
        return float("nan")
    return float(chi2_contingency(table, correction=False).pvalue)


def _pooled(counts: Floats) -> Floats:
    """Columns added up, the rarest first, until every expected count is 5 (Cochran 1954)."""
    columns = sorted((c for c in counts.T if c.sum() > 0), key=lambda c: c.sum())
    least = counts.sum(axis=1).min() / max(counts.sum(), 1)
    while len(columns) > 1 and columns[0].sum() * least < 5:
        first, second, *rest = columns
        columns = sorted([first + second, *rest], key=lambda c: c.sum())
    return np.array(columns).reshape(len(columns), len(counts)).T
