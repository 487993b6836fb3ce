"""Answers person by person, for models that sums can't carry: a bounded sample, blanks filled in.

Everybody up to `MOST` respondents; of more, a fixed sample by a scattered number of each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keytouch.engine import LazyTable, Missing, collect
from keytouch.resample import BUCKETS, WHOLE, placed

Floats = NDArray[np.float64]
MOST, CELLS = 40_000, 900_000


@dataclass(frozen=True)
class Individuals:
    """n respondents and p touchpoints: `scores` [n, p] (0–1, nan where unknown or not used),
    `used` [n, p] (0 where not used), `whole` [n], `weight` [n], `cluster` [n] (customer)."""

    touchpoints: list[str]
    scores: Floats
    used: Floats
    whole: Floats
    weight: Floats
    cluster: NDArray[np.int64]

    def only(self, names: list[str]) -> Individuals:
        at = [self.touchpoints.index(name) for name in names]
        return Individuals(
            names, self.scores[:, at], self.used[:, at], self.whole, self.weight, self.cluster
        )

    def deviations(self, mean: Floats, cov: Floats) -> Floats:
        """How far each score lies from its mean [n, p]: 0 where not used, blanks filled in."""
        away = np.where(self.used == 0, 0.0, self.scores - mean)
        return filled(away, cov)


def individuals(answers: LazyTable) -> Individuals | Missing:
    """Those who answered the overall question, from a table as `answers_by_respondent` gives it."""
    counts = collect(answers.agg(people=answers.key.nunique(), items=answers["item"].nunique()))
    people, items = (int(number) for number in counts.iloc[0])
    keep = min(MOST, CELLS // max(items, 1)) / max(people, 1)
    place = placed(answers, min(BUCKETS, max(people, 1)))
    if keep < 1:
        place = place.filter(place.bucket < int(keep * BUCKETS))
    columns = ["respondent", "customer", "item", "used", "x", "w"]
    rows = collect(answers.join(place, "key").select(columns))
    rows = rows[rows.respondent.isin(rows.respondent[rows["item"] == WHOLE])]
    if rows["item"].nunique() < 2:
        return Missing("feedback", ("touchpoint_id", "score"))
    return _wide(rows)


def _wide(rows: pd.DataFrame) -> Individuals:
    rows = rows.sort_values(["respondent", "item"])
    people, place = np.unique(rows.respondent.to_numpy(), return_inverse=True)
    names = [name for name in sorted(rows["item"].unique()) if name != WHOLE]
    at = rows["item"].map({name: k for k, name in enumerate([*names, WHOLE])}).to_numpy(int)
    x = np.full((len(people), len(names) + 1), np.nan)
    used = np.ones_like(x)
    weight, cluster = np.ones(len(people)), np.zeros(len(people), dtype=np.int64)
    x[place, at] = np.where(rows.used == 1, rows.x, np.nan)
    used[place, at] = rows.used
    whole = (at == len(names)).nonzero()[0]
    weight[place[whole]] = rows.w.to_numpy(float)[whole]
    cluster[place] = rows.customer.to_numpy()
    return Individuals(names, x[:, :-1], used[:, :-1], x[:, -1], weight, cluster)


def filled(deviations: Floats, cov: Floats) -> Floats:
    """Blanks (nan) replaced by what the same person's other deviations lead to expect.

    The expectation is linear, from the covariance `cov` of the deviations; it doesn't look at the
    outcome, so that it puts no effect where there is none.
    """
    blank = np.isnan(deviations)
    complete = np.where(blank, 0.0, deviations)
    patterns, which = np.unique(blank, axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    starts = np.searchsorted(which.ravel()[order], np.arange(len(patterns) + 1))
    for number, gone in enumerate(patterns):
        if gone.any() and not gone.all():
            rows = order[starts[number] : starts[number + 1]]
            here = ~gone
            plan = np.linalg.solve(cov[np.ix_(here, here)], cov[np.ix_(here, gone)])
            complete[np.ix_(rows, gone)] = complete[np.ix_(rows, here)] @ plan
    return complete
