"""The generative model: people, what they perceive, what they answer, what they do.

Arrays are journeys × touchpoints. Nothing here knows a case; see `truth` for the model in words.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from keytouch.cases.truth import PERIOD, Spot, Truth, named

HOURS = np.array(
    [3.0, 1.8, 0.9, 0.35, 0.3, 0.35, 0.9, 2.2, 3.8, 5.2, 6.1, 6.3]
    + [6.2, 6.0, 6.2, 6.1, 6.0, 5.8, 5.7, 6.0, 6.3, 6.4, 5.8, 4.4]
)
REGIONS = (
    ("上海", 0.16),
    ("江苏", 0.14),
    ("浙江", 0.14),
    ("广东", 0.16),
    ("北京", 0.12),
    ("四川", 0.1),
    ("湖北", 0.07),
    ("山东", 0.11),
)


def stream(seed: int, case: str, part: str) -> np.random.Generator:
    """An independent stream a part, so that a change in one leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(f"{case}/{part}".encode())])


def logistic(x: np.ndarray | float) -> np.ndarray | float:
    return 1.0 / (1.0 + np.exp(-x))


def logit(share: float) -> float:
    return float(np.log(share / (1.0 - share)))


def chance(share: float, shift: np.ndarray | float) -> np.ndarray | float:
    """A base rate moved on the log-odds scale."""
    return logistic(logit(share) + shift)


def pick(
    rng: np.random.Generator, options: list[str], shares: list[float], size: int
) -> np.ndarray:
    """Draw from named options with given shares."""
    weights = np.array(shares, dtype=float)
    return np.array(options, dtype=object)[
        rng.choice(len(options), size, p=weights / weights.sum())
    ]


def pick_named(rng: np.random.Generator, case: str, kind: str, size: int) -> np.ndarray:
    """Draw segments or channels by the shares of the case's name table."""
    entries = [row for row in named(case, kind) if row["share"]]
    return pick(rng, [e["id"] for e in entries], [float(e["share"]) for e in entries], size)


def shifts(case: str, kind: str, ids: np.ndarray) -> np.ndarray:
    """How much better or worse a segment or channel fares, in SD of own experience."""
    table = {row["id"]: float(row["shift"] or 0) for row in named(case, kind)}
    return np.array([table[i] for i in ids])


@dataclass
class People:
    """One entry a customer; `trait` is the lasting part of the halo."""

    table: pd.DataFrame
    trait: np.ndarray


def people(seed: int, case: str, truth: Truth, prefix: str) -> People:
    """The customers of a case."""
    rng = stream(seed, case, "customers")
    n = truth.customers
    joined = [datetime(2019, 3, 1) + timedelta(days=int(d)) for d in rng.integers(0, 2120, n)]
    table = pd.DataFrame(
        {
            "customer_id": [f"{prefix}{i:05d}" for i in range(1, n + 1)],
            "segment": pick_named(rng, case, "segment", n),
            "region": pick(rng, [r for r, _ in REGIONS], [s for _, s in REGIONS], n),
            "joined": joined,
            "consent": rng.random(n) < truth.consent_share,
            "language": np.where(rng.random(n) < truth.english_share, "en", "zh"),
        }
    )
    return People(table, rng.standard_normal(n))


def assign(rng: np.random.Generator, customers: int, journeys: int) -> np.ndarray:
    """Which customer makes each journey: everyone once, the rest by uneven appetite."""
    appetite = rng.gamma(0.8, 1.0, customers)
    extra = rng.choice(customers, journeys - customers, p=appetite / appetite.sum())
    return rng.permutation(np.concatenate([np.arange(customers), extra]))


def moments_in_period(
    rng: np.random.Generator, n: int, day_weights: np.ndarray, hours: np.ndarray = HOURS
) -> list[datetime]:
    """Points in time: days by weight, hours by the measured profile."""
    days = rng.choice(len(day_weights), n, p=day_weights / day_weights.sum())
    hour = rng.choice(24, n, p=hours / hours.sum())
    second = rng.integers(0, 3600, n)
    return [
        PERIOD[0] + timedelta(days=int(d), hours=int(h), seconds=int(s))
        for d, h, s in zip(days, hour, second)
    ]


def days_in_period() -> int:
    return (PERIOD[1] - PERIOD[0]).days + 1


@dataclass
class Lived:
    """What journeys were like: own experience, perception, use, and the whole."""

    spots: tuple[Spot, ...]
    own: np.ndarray
    halo: np.ndarray
    used: np.ndarray
    overall: np.ndarray = field(default_factory=lambda: np.empty(0))

    def at(self, touchpoint: str) -> int:
        return next(i for i, spot in enumerate(self.spots) if spot.id == touchpoint)

    @property
    def perceived(self) -> np.ndarray:
        share = np.array([spot.halo for spot in self.spots])
        return np.sqrt(share) * self.halo[:, None] + np.sqrt(1 - share) * self.own


def live(
    rng: np.random.Generator, truth: Truth, spots: tuple[Spot, ...], trait: np.ndarray
) -> Lived:
    """Draw halo and own experience of journeys; `trait` is the traveller's, one a journey."""
    n = len(trait)
    mood = rng.standard_normal(n)
    halo = np.sqrt(truth.trait_share) * trait + np.sqrt(1 - truth.trait_share) * mood
    own = rng.standard_normal((n, len(spots)))
    return Lived(spots, own, halo, np.zeros((n, len(spots)), dtype=bool))


def judge(rng: np.random.Generator, truth: Truth, lived: Lived) -> None:
    """Fill `overall`: the effects of the touchpoints used, and noise.

    The whole rests on what a customer would answer, so that a touchpoint without effect has
    none beside the others' scores; what is worse than the scale can say still counts.
    """
    spots = lived.spots
    effects, mean, sd = (_column(spots, name) for name in ("effect", "mean", "sd"))
    felt = (np.clip(np.rint(mean + sd * lived.perceived), truth.worst, 5) - mean) / sd
    # Summed element by element: a matrix product would depend on the machine's BLAS.
    whole = (felt * lived.used * effects).sum(axis=1)
    lived.overall = whole + truth.overall_noise * rng.standard_normal(len(whole))


def _column(spots: tuple[Spot, ...], name: str) -> np.ndarray:
    """A planted parameter by touchpoint."""
    return np.array([getattr(spot, name) for spot in spots], dtype=float)


def on_scale(values: np.ndarray, lo: int, hi: int) -> np.ndarray:
    return np.clip(np.rint(values), lo, hi).astype(int)


@dataclass
class Answers:
    """Survey answers; status is one of answered, blank, not_used, dont_know."""

    scores: np.ndarray
    status: np.ndarray
    overall: np.ndarray
    nps: np.ndarray
    ces: np.ndarray


def answer(
    rng: np.random.Generator, truth: Truth, lived: Lived, effort: tuple[str, ...]
) -> Answers:
    """What every journey's customer would answer if asked."""
    mean, sd = _column(lived.spots, "mean"), _column(lived.spots, "sd")
    scores = on_scale(mean + sd * lived.perceived, 1, 5)
    luck = rng.random(scores.shape)
    status = np.full(scores.shape, "answered", dtype=object)
    status[luck < truth.blank_rate] = "blank"
    status[luck > 1 - truth.dont_know_rate] = "dont_know"
    status[~lived.used] = "not_used"
    whole = lived.overall
    ease = lived.perceived[:, [lived.at(t) for t in effort]].mean(axis=1)
    n = len(whole)
    nps = truth.nps_mean + truth.nps_per_sd * whole + truth.nps_noise * rng.standard_normal(n)
    ces = truth.ces_mean + truth.ces_per_sd * whole + truth.ces_per_effort_sd * ease
    return Answers(
        scores,
        status,
        on_scale(truth.overall_mean + truth.overall_sd * whole, 1, 5),
        on_scale(nps, 0, 10),
        on_scale(ces + truth.ces_noise * rng.standard_normal(n), 1, 7),
    )


def responds(rng: np.random.Generator, truth: Truth, lived: Lived) -> np.ndarray:
    """Who answers the survey: the contented a little more often."""
    return rng.random(len(lived.overall)) < chance(
        truth.response_rate, truth.response_per_sd * lived.overall
    )


def stars(whole: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    """Review stars in the measured shares, in the order of overall satisfaction."""
    cuts = np.quantile(whole, np.cumsum(shares)[:-1])
    return 1 + (whole[:, None] > cuts[None, :]).sum(axis=1)


def by_customer(owner: np.ndarray, overall: np.ndarray, customers: int) -> np.ndarray:
    """Mean overall of each customer's journeys, 0 for those without."""
    count = np.bincount(owner, minlength=customers)
    total = np.bincount(owner, weights=overall, minlength=customers)
    return total / np.maximum(count, 1)


def leaves(rng: np.random.Generator, truth: Truth, experience: np.ndarray) -> np.ndarray:
    """Who churns, by customer."""
    return rng.random(len(experience)) < chance(truth.churn_rate, truth.churn_per_sd * experience)


def lognormal(rng: np.random.Generator, median: float, spread: float, z: float = 0.0) -> float:
    """A waiting time: `z` is a part of its logarithm's deviate that is already known."""
    return float(median * np.exp(z + spread * rng.standard_normal()))
