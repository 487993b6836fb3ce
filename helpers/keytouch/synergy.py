"""Are two touchpoints worth more together than each by itself?

A smooth hand-over may let two good touchpoints add up to more than their sum; a strong one may
also make up for a weak one, and then they add up to less. Each pair's product is tested beside
all touchpoints' own effects and their curvature, because a bent effect and a halo together look
like an interaction; and on the scale of log odds, because where the answer scale ends two good
touchpoints can't both show what they bring.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from keytouch.contrasts import adjusted
from keytouch.engine import LazyTable, Missing, needs
from keytouch.estimate import LEVEL
from keytouch.fits import fit
from keytouch.individuals import Individuals, individuals
from keytouch.ordered_logit import levels_of, ordered_logit
from keytouch.resample import answers_by_respondent, scattered, sums_of_array, usable

Floats = NDArray[np.float64]
ALPHA, ENTER = 0.05, 5


@needs("feedback", "score", "touchpoint_id")
def synergies(
    feedback: LazyTable,
    *,
    pairs: Iterable[tuple[str, str]] | None = None,
    metric: str = "csat",
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
) -> pd.DataFrame:
    """What two touchpoints bring beyond their own effects, one row per pair.

    Columns out: `touchpoint_id`, `other_id`; `extra_points`, the overall points (on `scale`) that
    a customer gives more where both lie one SD above their mean, beyond what each does by itself,
    with `_lo`, `_hi` (95 %, t, robust to repeat customers): the interaction of log odds (one
    scoring step from a proportional-odds model of all touchpoints), at the usual steepness of the
    scale; `p_value` (Benjamini–Hochberg over all pairs); `n` respondents who scored both;
    `method`. Negative: one makes up for the other. `pairs` limits the question (fewer looks, more
    power), for instance to hand-overs; by default all. Pairs that fewer than `min_n` scored are
    left out. A pair that is found enters the model before the rest is asked again (up to five),
    so that it casts no shadow on its neighbours. Blanks are filled by what the same person's
    other answers lead to expect; a product needs both. Sorted by p_value.
    Source: Aiken & West 1991, Multiple Regression: Testing and Interpreting Interactions;
    Rao 1948 (score test).
    """
    answers = answers_by_respondent(feedback, metric=metric)
    people = answers if isinstance(answers, Missing) else individuals(answers)
    if isinstance(people, Missing):
        return people  # type: ignore[return-value]
    return synergies_of(people, pairs=pairs, span=scale[1] - scale[0], min_n=min_n)


def synergies_of(
    people: Individuals,
    *,
    pairs: Iterable[tuple[str, str]] | None = None,
    span: float = 1.0,
    min_n: int = 30,
) -> pd.DataFrame:
    """The table of `synergies` from individuals; `span` is the scale's width in points."""
    sums = sums_of_array(
        people.scores, people.whole, used=people.used, cluster=people.cluster, weight=people.weight
    ).renamed(people.touchpoints)
    names = usable(sums)
    people, sums = people.only(names), sums.only(names)
    model = fit(sums.total(), sums.n_known, min_n=min_n).one()
    away = people.deviations(model.mean[:-1], model.cov[:-1, :-1]) / np.fmax(model.sd, 1e-9)
    known = (people.used == 1) & np.isfinite(people.scores)
    wanted = _wanted(names, pairs)
    both = [known[:, i] & known[:, j] for i, j in wanted]
    chosen = [k for k, where in enumerate(both) if where.sum() >= min_n]
    if not chosen:
        return pd.DataFrame(columns=list(COLUMNS))
    products = np.column_stack(
        [_centred(away[:, wanted[k][0]] * away[:, wanted[k][1]], both[k]) for k in chosen]
    )
    squares = np.column_stack([_centred(away[:, i] ** 2, known[:, i]) for i in range(len(names))])
    slope, half, p_value = _entered(people, np.column_stack([away, squares]), products)
    table = pd.DataFrame(
        {
            "touchpoint_id": [names[wanted[k][0]] for k in chosen],
            "other_id": [names[wanted[k][1]] for k in chosen],
            "extra_points": span * slope,
            "extra_points_lo": span * (slope - half),
            "extra_points_hi": span * (slope + half),
            "p_value": p_value,
            "n": [int(both[k].sum()) for k in chosen],
            "method": "method_synergy",
        }
    )
    order = table.assign(_size=-table.extra_points.abs())
    order = order.sort_values(["p_value", "_size", "touchpoint_id", "other_id"])
    return order.drop(columns="_size").reset_index(drop=True)


COLUMNS = (
    "touchpoint_id", "other_id", "extra_points", "extra_points_lo", "extra_points_hi", "p_value",
    "n", "method",
)  # fmt: skip


def _wanted(names: list[str], pairs: Iterable[tuple[str, str]] | None) -> list[tuple[int, int]]:
    if pairs is None:
        return list(combinations(range(len(names)), 2))
    known = {tuple(sorted(pair)) for pair in pairs if set(pair) <= set(names)}
    return [(names.index(a), names.index(b)) for a, b in sorted(known) if a != b]


def _centred(values: Floats, where: NDArray[np.bool_]) -> Floats:
    """Values less their mean over the rows that count, 0 elsewhere."""
    return np.where(where, values - values[where].mean() if where.any() else 0.0, 0.0)


def _entered(
    people: Individuals, beside: Floats, products: Floats
) -> tuple[Floats, Floats, Floats]:
    """As `_tested` with adjusted p values; what is found enters before the rest is asked again."""
    slope, half, p_value = _tested(people, beside, products)
    p_value = adjusted(p_value)
    found: list[int] = []
    left = list(range(len(p_value)))
    while len(left) > 1 and len(found) < ENTER and p_value[left].min() <= ALPHA:
        found.append(min(left, key=lambda k: (p_value[k], -abs(slope[k] / half[k]))))
        left.remove(found[-1])
        again = _tested(people, np.column_stack([beside, products[:, found]]), products[:, left])
        slope[left], half[left] = again[:2]
        p_value[left] = adjusted(np.append(again[2], np.zeros(len(found))))[: len(left)]
    return slope, half, p_value


def _tested(people: Individuals, beside: Floats, products: Floats) -> tuple[Floats, Floats, Floats]:
    """Each product's coefficient beside the other columns, in shares of the scale: value, half
    interval, p value."""
    level, values = levels_of(people.whole)
    logit = ordered_logit(beside, level, people.weight)
    weight = people.weight * np.fmax(logit.information, 1e-9)
    root = np.sqrt(weight)[:, None]
    base = np.column_stack([np.ones(len(beside)), beside]) * root
    x = (
        products
        - np.column_stack([np.ones(len(beside)), beside])
        @ np.linalg.lstsq(base, products * root, rcond=None)[0]
    )
    power = np.fmax((weight[:, None] * x**2).sum(axis=0), 1e-12)
    moves = x * (people.weight * logit.score)[:, None] / power
    steep = logit.steepness(values, people.weight)
    who = scattered(people.cluster)
    sums = np.stack([np.bincount(who, part) for part in moves.T], axis=1)
    df = max(len(sums) - base.shape[1] - 1, 2)
    value = moves.sum(axis=0)
    error = np.sqrt(((sums - value / len(sums)) ** 2).sum(axis=0) * len(sums) / df)
    half = stdtrit(df, (1 + LEVEL) / 2) * error
    return steep * value, steep * half, 2 * stdtr(df, -np.abs(value) / error)
