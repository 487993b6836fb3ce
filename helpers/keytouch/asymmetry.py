"""Does a touchpoint only punish, only please, or both? Penalty–reward contrast.

Brandt's contrast regresses the whole on dummies for very low and very high scores. Here each
score is split at the touchpoint's usual level (its mean) into what it lies below and above, so
that both sides are in points per point and no cut decides what is low; all touchpoints' sides
are in one ordered logit, because where the answer scale ends a good experience can't show all it
brings and every touchpoint would seem to punish more than it pleases. Which side matters depends
on how the touchpoint performs today: of one that never fails, the data can't know the penalty,
and its interval says so.

Sources: Brandt 1987; Mikulic & Prebezac 2011, Managing Service Quality 21(1), a critical review.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from keytouch.contrasts import adjusted
from keytouch.engine import LazyTable, Missing, needs
from keytouch.estimate import LEVEL
from keytouch.fits import fit
from keytouch.individuals import Individuals, individuals
from keytouch.ordered_logit import levels_of, ordered_logit
from keytouch.resample import answers_by_respondent, resampled, scattered, sums_of_array, usable

Floats = NDArray[np.float64]
IMPACTS = ("basic", "performance", "excitement", "none")
FEWEST = 10


@needs("feedback", "score", "touchpoint_id")
def penalty_reward(
    feedback: LazyTable,
    *,
    metric: str = "csat",
    min_n: int = 30,
    material: float = 0.2,
    draws: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """What a bad and what a good experience does to the whole, one row per touchpoint.

    Columns out, in overall points per touchpoint point (both on shares of their scale), the other
    touchpoints held fixed, with `_lo`, `_hi` (95 %): `penalty`, what the whole loses per point
    below the touchpoint's mean score; `reward`, what it gains per point above; `asymmetry` =
    reward − penalty, with `p_value` (no difference; Benjamini–Hochberg over touchpoints).
    `impact`: "basic" (punishes: the larger side is at least `material` and the reward less than
    half of it), "excitement" (pleases: likewise with the penalty), "performance" (both), "none"
    (neither side reaches `material`), the likeliest over bootstrap draws; `probability` of it;
    `n_below`, `n_above` respondents who scored it below and above its mean; `n` who scored it and
    the whole; `small` where either side has fewer than `min_n`; `method`. Sorted by the larger
    of both sides.
    Touchpoints with fewer than 10 on a side are left out. Effects are log odds at the usual
    steepness of the overall scale. Blanks are filled by what the same person's other answers
    lead to expect; not used counts as unmoved; intervals are robust to repeat customers. At most
    40,000 respondents, a fixed sample of more.
    Source: Brandt 1987; Mikulic & Prebezac 2011.
    """
    answers = answers_by_respondent(feedback, metric=metric)
    people = answers if isinstance(answers, Missing) else individuals(answers)
    if isinstance(people, Missing):
        return people  # type: ignore[return-value]
    return penalty_reward_of(people, min_n=min_n, material=material, draws=draws, seed=seed)


def penalty_reward_of(
    people: Individuals,
    *,
    min_n: int = 30,
    material: float = 0.2,
    draws: int = 1000,
    seed: int = 1,
) -> pd.DataFrame | Missing:
    """The table of `penalty_reward` from individuals."""
    sums = sums_of_array(
        people.scores, people.whole, used=people.used, cluster=people.cluster, weight=people.weight
    ).renamed(people.touchpoints)
    counts = _counts(people)
    names = [name for name in usable(sums) if counts.loc[name].min() >= FEWEST]
    if not names:
        return Missing("feedback", ("touchpoint_id", "score"))
    people, sums, counts = people.only(names), sums.only(names), counts.loc[names]
    model = fit(sums.total(), sums.n_known, min_n=min_n).one()
    away = people.deviations(model.mean[:-1], model.cov[:-1, :-1])
    point, again, buckets = _slopes(people, away, draws=draws, seed=seed)
    table = _sides(names, point, again, buckets).assign(
        **_impacts(again, material),
        n=sums.n[:-1, -1].astype(int),
        n_below=counts.n_below.to_numpy(),
        n_above=counts.n_above.to_numpy(),
        small=(counts.min(axis=1) < min_n).to_numpy(),
        method="method_penalty_reward",
    )
    table["_larger"] = table[["penalty", "reward"]].max(axis=1)
    order = table.sort_values(["_larger", "touchpoint_id"], ascending=[False, True])
    return order.drop(columns="_larger").reset_index(drop=True)


def _counts(people: Individuals) -> pd.DataFrame:
    """Respondents below and above each touchpoint's mean."""
    scores = np.where(people.used == 1, people.scores, np.nan)
    usual = [np.nanmean(column) if np.isfinite(column).any() else 0.0 for column in scores.T]
    sides = {"n_below": (scores < usual).sum(axis=0), "n_above": (scores > usual).sum(axis=0)}
    return pd.DataFrame(sides, index=people.touchpoints)


def _slopes(
    people: Individuals, away: Floats, *, draws: int, seed: int
) -> tuple[Floats, Floats, int]:
    """Penalties, then rewards [2p], their bootstrap [draws, 2p], and how many buckets it has."""
    sides = np.column_stack([np.fmin(away, 0), np.fmax(away, 0)])
    used = np.column_stack([people.used, people.used]) == 1
    centre = (sides * used).sum(axis=0) / np.fmax(used.sum(axis=0), 1)
    level, values = levels_of(people.whole)
    logit = ordered_logit(np.where(used, sides - centre, 0.0), level, people.weight)
    who = scattered(people.cluster)
    moves = np.stack([np.bincount(who, part) for part in logit.influence.T], axis=1)
    steep = logit.steepness(values, people.weight)
    counts = resampled(len(moves), draws=draws, seed=seed)
    return steep * logit.coef, steep * (logit.coef + (counts - 1) @ moves), len(moves)


def _sides(names: list[str], point: Floats, again: Floats, buckets: int) -> pd.DataFrame:
    """Both sides and their difference with t intervals; p values of the difference."""
    p = len(names)
    t = float(stdtrit(max(buckets - 2 * p - 1, 2), (1 + LEVEL) / 2))
    parts = {
        "penalty": (point[:p], again[:, :p]),
        "reward": (point[p:], again[:, p:]),
        "asymmetry": (point[p:] - point[:p], again[:, p:] - again[:, :p]),
    }
    table = pd.DataFrame({"touchpoint_id": names})
    for name, (value, draws) in parts.items():
        half = t * draws.std(axis=0)
        table = table.assign(
            **{name: value, f"{name}_lo": value - half, f"{name}_hi": value + half}
        )
    z = parts["asymmetry"][0] / np.fmax(parts["asymmetry"][1].std(axis=0), 1e-12)
    return table.assign(p_value=adjusted(2 * ndtr(-np.abs(z))))


def _impacts(again: Floats, material: float) -> dict[str, list[str] | Floats]:
    """Each touchpoint's likeliest type over the draws, and its probability."""
    penalty, reward = np.split(again, 2, axis=1)
    counts = np.fmax(penalty, reward) >= material
    basic = counts & (reward < penalty / 2)
    excitement = counts & (penalty < reward / 2)
    kinds = [basic, counts & ~basic & ~excitement, excitement, ~counts]
    chances = np.stack([kind.mean(axis=0) for kind in kinds], axis=1)
    return {
        "impact": [IMPACTS[k] for k in chances.argmax(axis=1)],
        "probability": chances.max(axis=1),
    }
