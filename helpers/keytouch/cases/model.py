"""The generative model: people, what they perceive, what they answer, what they do.

Arrays are journeys × touchpoints. Nothing here knows a case; see `truth` for the model in words.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from keytouch.cases.plants import HandOver
from keytouch.cases.truth import PERIOD, Spot, Truth, named

HOURS = np.array(
    [3.0, 1.8, 0.9, 0.35, 0.3, 0.35, 0.9, 2.2, 3.8, 5.2, 6.1, 6.3]
    + [6.2, 6.0, 6.2, 6.1, 6.0, 5.8, 5.7, 6.0, 6.3, 6.4, 5.8, 4.4]
)
# The mean of what is good (or bad) of a standard normal.
HALF_NORMAL = 1 / np.sqrt(2 * np.pi)
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


def pick_channels(rng: np.random.Generator, case: str, truth: Truth, who: np.ndarray) -> np.ndarray:
    """Draw the channels of journeys by the mix of their customers' segments `who`."""
    names = np.array([row["id"] for row in named(case, "channel")], dtype=object)
    edges = {segment: np.cumsum(shares) for segment, shares in truth.mix}
    luck = rng.random(len(who))
    place = [
        np.searchsorted(edges[segment], u * edges[segment][-1]) for segment, u in zip(who, luck)
    ]
    return names[np.array(place, dtype=int)]


def shifts(case: str, kind: str, ids: np.ndarray) -> np.ndarray:
    """How much better or worse: a segment in SD of mood, a channel in SD of own experience."""
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
    segment: np.ndarray
    overall: np.ndarray = field(default_factory=lambda: np.empty(0))

    def at(self, touchpoint: str) -> int:
        return next(i for i, spot in enumerate(self.spots) if spot.id == touchpoint)

    @property
    def perceived(self) -> np.ndarray:
        return self.perceived_in(slice(None))

    def perceived_in(self, journey: int | slice) -> np.ndarray:
        """What the customer of one journey perceives, by touchpoint."""
        share = np.array([spot.halo for spot in self.spots])
        halo = self.halo[journey]
        return np.sqrt(share) * np.expand_dims(halo, -1) + np.sqrt(1 - share) * self.own[journey]


def live(
    rng: np.random.Generator,
    truth: Truth,
    spots: tuple[Spot, ...],
    trait: np.ndarray,
    segment: np.ndarray,
    mood: np.ndarray,
) -> Lived:
    """Draw halo and own experience of journeys.

    One entry a journey: the traveller's `trait` and `segment`, and the `mood` of the segment.
    """
    n = len(trait)
    today = rng.standard_normal(n)
    halo = np.sqrt(truth.trait_share) * trait + np.sqrt(truth.mood_share) * today + mood
    own = rng.standard_normal((n, len(spots)))
    return Lived(spots, own, halo, np.zeros((n, len(spots)), dtype=bool), segment)


def judge(rng: np.random.Generator, truth: Truth, lived: Lived) -> None:
    """Fill `overall`: the effects of the touchpoints used, and noise.

    The whole rests on what a customer would answer, so that a touchpoint without effect has
    none beside the others' scores; what is worse than the scale can say still counts.
    """
    spots = lived.spots
    mean, sd = _column(spots, "mean"), _column(spots, "sd")
    felt = (np.clip(np.rint(mean + sd * lived.perceived), truth.worst, 5) - mean) / sd
    felt = np.column_stack([_counted(felt[:, i], spot.shape) for i, spot in enumerate(spots)])
    # Summed element by element: a matrix product would depend on the machine's BLAS.
    whole = (felt * lived.used * _effects(truth, lived)).sum(axis=1)
    lived.overall = whole + truth.overall_noise * rng.standard_normal(len(whole))


def _counted(felt: np.ndarray, shape: str) -> np.ndarray:
    """What of a perception counts: all, the bad, or the good; centred on the usual."""
    if shape == "penalty":
        return np.minimum(felt, 0.0) + HALF_NORMAL
    return np.maximum(felt, 0.0) - HALF_NORMAL if shape == "reward" else felt


def _effects(truth: Truth, lived: Lived) -> np.ndarray:
    """Effects by journey and touchpoint: those of its segment where it has its own."""
    effects = np.tile(_column(lived.spots, "effect"), (len(lived.segment), 1))
    for own in truth.segment_effects:
        effects[lived.segment == own.segment, lived.at(own.touchpoint)] = own.effect
    return truth.effect_scale * effects


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


def silence(truth: Truth, lived: Lived, late: np.ndarray, left: np.ndarray) -> np.ndarray:
    """What moves the log odds of an answer: how content a customer is, and what is known of all.

    One entry a journey; `late` where a promise was broken, `left` where the customer churned.
    """
    known = truth.response_per_late * late + truth.response_per_churn * left
    return truth.response_per_sd * lived.overall + known


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


def hand_over_loss(passed: HandOver) -> float:
    """How much less often a contact is solved just after it changed channel; a share."""
    return passed.solved - float(chance(passed.solved, passed.solved_shift))
