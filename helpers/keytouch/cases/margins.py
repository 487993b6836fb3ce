"""How far each planted fact stands out of the noise, estimated on one generated world.

Every function returns (expected, error): what an analysis is expected to find, as a distance
from what it would find if nothing were planted, and the standard error of that at this size.
The estimators are the plainest that answer the question; a client's analysis may do better.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keytouch.cases import model
from keytouch.cases.population import population
from keytouch.cases.registry import Spot, spots
from keytouch.cases.truth import SEED, Truth
from keytouch.cases.world import World
from keytouch.drivers import draws_of
from keytouch.engine import Missing
from keytouch.resample import sums_of_array
from keytouch.respondents import FAR, MARGIN_SHARE

Floats = NDArray[np.float64]
Margin = tuple[float, float]
DRAWS = 200
MATERIAL = 0.2
"""The smallest slope worth acting on (overall points a touchpoint point), as settings have it."""
WORLDS = {
    "ecommerce": ("shop", "Shop", "delivery"),
    "airline": ("flights", "Airline", "security"),
    "hotel": ("stays", "Hotel", "check_out"),
}
"""Where a case's world is made, and the touchpoint that everybody has met who gets the survey."""


@dataclass
class Sample:
    """One generated world and its survey: arrays of journeys."""

    case: str
    truth: Truth
    seed: int = SEED

    @cached_property
    def world(self) -> World:
        room, name, _ = WORLDS[self.case]
        made = getattr(importlib.import_module(f"keytouch.cases.{room}"), name)
        return made(self.seed, self.truth)

    @cached_property
    def asked(self) -> list[Spot]:
        return [spot for spot in spots(self.case) if spot.asked]

    @cached_property
    def answers(self) -> model.Answers:
        rng = model.stream(self.seed, self.case, "margins")
        return model.answer(rng, self.truth, self.world.lived, (WORLDS[self.case][2],))

    @cached_property
    def surveyed(self) -> NDArray[np.bool_]:
        """Journeys whose customer got the survey."""
        return self.world.lived.used[:, self.world.place[WORLDS[self.case][2]]]

    @cached_property
    def responded(self) -> NDArray[np.bool_]:
        """Journeys whose customer answered it."""
        rng = model.stream(self.seed, self.case, "margins who")
        return self.world.answers_at(rng, self.truth.response_rate) & self.surveyed

    def score(self, touchpoint: str) -> Floats:
        """Scores of a touchpoint by journey, blank where not answered."""
        at = self.world.place[touchpoint]
        known = (self.answers.status[:, at] == "answered") & self.responded
        return np.where(known, self.answers.scores[:, at].astype(float), np.nan)

    @cached_property
    def ended(self) -> NDArray[np.datetime64]:
        """When the last logged interaction of each journey was."""
        last = np.full(self.truth.journeys, np.datetime64("NaT"), dtype="datetime64[s]")
        for touch in self.world.touches:
            ts = np.datetime64(touch.ts, "s")
            if np.isnat(last[touch.journey]) or ts > last[touch.journey]:
                last[touch.journey] = ts
        return last

    @cached_property
    def slopes(self) -> dict[str, Margin]:
        """Every touchpoint's slope and its error, by the client's own driver model."""
        rows, asked = self.responded, [spot.id for spot in self.asked]
        scores = np.column_stack([self.score(name)[rows] for name in asked])
        used = self.world.lived.used[:, [self.world.place[name] for name in asked]][rows]
        whole = self.answers.overall[rows].astype(float)
        sums = sums_of_array(scores, whole, used=used * 1.0, cluster=self.world.owner[rows])
        drawn = draws_of(sums, draws=DRAWS)
        if isinstance(drawn, Missing):
            return {}
        names = [asked[int(code[1:])] for code in drawn.touchpoints]
        found = zip(drawn.point.slope, drawn.draws.slope.std(axis=0))
        return {name: (float(v), float(e)) for name, (v, e) in zip(names, found)}

    def fit(self, rows: NDArray[np.bool_], bent: str = "") -> Fitted:
        """Slopes of the whole on all scores together; an absent score deviates by nothing.

        `bent`: this touchpoint's score enters as what lies below and what lies above its mean,
        named with < and >.
        """
        columns: dict[str, Floats] = {"": np.ones(int(rows.sum()))}
        for spot in self.asked:
            score = self.score(spot.id)[rows]
            known = np.isfinite(score)
            apart = np.where(known, score - score[known].sum() / max(known.sum(), 1), 0.0)
            if spot.id == bent:
                columns[f"{spot.id}<"] = np.fmin(apart, 0)
                columns[f"{spot.id}>"] = np.fmax(apart, 0)
            else:
                columns[spot.id] = apart
        x, y = np.column_stack(list(columns.values())), self.answers.overall[rows].astype(float)
        inverse = np.linalg.pinv(x.T @ x)
        found = inverse @ (x.T @ y)
        left = y - x @ found
        covariance = inverse * (left @ left) / max(len(y) - x.shape[1], 1)
        return Fitted(list(columns), found, covariance)


@dataclass(frozen=True)
class Fitted:
    """A least-squares fit: names of its columns, coefficients, covariance."""

    names: list[str]
    found: Floats
    covariance: Floats

    def combined(self, **parts: float) -> Margin:
        """A weighted sum of coefficients with its error."""
        weights = np.array([parts.get(name, 0.0) for name in self.names])
        return float(weights @ self.found), float((weights @ self.covariance @ weights) ** 0.5)


def slope(sample: Sample, touchpoint: str) -> Margin:
    """A touchpoint's slope, the others held fixed: its population value, where one is known."""
    value, error = sample.slopes.get(touchpoint, (0.0, 1.0))
    known = {row["touchpoint_id"]: row["slope"] for row in population(sample.case, sample.truth)}
    return known.get(touchpoint, value), error


def bend(sample: Sample, touchpoint: str) -> list[Margin]:
    """How far the side that counts is above a material slope, and above twice the other side."""
    fitted = sample.fit(sample.responded, bent=touchpoint)
    counts, other = "<>" if sample.world.spots[touchpoint].shape == "penalty" else "><"
    value, error = fitted.combined(**{f"{touchpoint}{counts}": 1.0})
    twice = fitted.combined(**{f"{touchpoint}{counts}": 0.5, f"{touchpoint}{other}": -1.0})
    return [(value - MATERIAL, error), twice]


def segment_gap(sample: Sample, touchpoint: str, segment: str) -> Margin:
    """How much a slope in one segment differs from that elsewhere, in the planted direction."""
    inside = sample.world.segment == segment
    ends = [
        sample.fit(sample.responded & rows).combined(**{touchpoint: 1.0})
        for rows in (inside, ~inside)
    ]
    plain = sample.world.spots[touchpoint].effect
    own = next(
        e.effect for e in sample.truth.segment_effects
        if (e.segment, e.touchpoint) == (segment, touchpoint)
    )  # fmt: skip
    way = 1 if own > plain else -1
    return way * (ends[0][0] - ends[1][0]), float(np.hypot(ends[0][1], ends[1][1]))


def carry(sample: Sample, touchpoint: str) -> Margin:
    """How much more a turning point's score goes with later scores than with earlier ones.

    The difference of the two mean correlations, its error from a bootstrap of respondents.
    """
    names = [spot.id for spot in sample.asked]
    scores = np.column_stack([sample.score(name) for name in names])
    at = names.index(touchpoint)
    rows = scores[np.isfinite(scores[:, at])]
    others = [k for k in range(len(names)) if k != at and _both(rows, at, k).sum() > 50]
    sides = np.array([1.0 if k > at else -1.0 for k in others])
    if not (sides > 0).any() or not (sides < 0).any():
        return 0.0, 1.0
    rng = np.random.default_rng(sample.seed)
    weights = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), DRAWS).astype(float)
    weights = np.vstack([np.ones(len(rows)), weights])
    links = np.column_stack([_correlations(rows, at, k, weights) for k in others])
    apart = links[:, sides > 0].mean(axis=1) - links[:, sides < 0].mean(axis=1)
    return float(apart[0]), float(apart[1:].std())


def _both(scores: Floats, a: int, b: int) -> NDArray[np.bool_]:
    return np.isfinite(scores[:, a]) & np.isfinite(scores[:, b])


def _correlations(scores: Floats, a: int, b: int, weights: Floats) -> Floats:
    """The correlation of two scores in every draw of the bootstrap."""
    both = _both(scores, a, b)
    x, y, w = scores[both, a], scores[both, b], weights[:, both]
    w = w / w.sum(axis=1, keepdims=True)
    mx, my = w @ x, w @ y
    vx, vy = w @ x**2 - mx**2, w @ y**2 - my**2
    return (w @ (x * y) - mx * my) / np.sqrt(np.fmax(vx * vy, 1e-12))


def level_change(sample: Sample) -> Margin:
    """The fall of a touchpoint's score from the change date on."""
    change = sample.truth.change
    score, known = sample.score(change.touchpoint), ~np.isnat(sample.ended)
    after = sample.ended >= np.datetime64(change.day)
    groups = [score[known & after], score[known & ~after]]
    way = 1 if change.shift > 0 else -1
    value, error = _difference(*groups)
    return way * value, error


def _difference(a: Floats, b: Floats) -> Margin:
    """A difference of two means and its error (Welch); blanks are left out."""
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    if len(a) < 2 or len(b) < 2:
        return 0.0, 1.0
    variance = a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)
    return float(a.mean() - b.mean()), float(variance**0.5)


def improved(sample: Sample, touchpoint: str, told: Mapping[str, Any]) -> Margin:
    """An improvement's gain beyond that of the regions it did not reach."""
    regions = str(told["scope"]).removeprefix("region=").split("|")
    score, known = sample.score(touchpoint), ~np.isnat(sample.ended)
    reached = np.isin(sample.world.region, regions)
    after = sample.ended >= np.datetime64(str(told["start"]))
    gains = [
        _difference(score[known & group & after], score[known & group & ~after])
        for group in (reached, ~reached)
    ]
    return gains[0][0] - gains[1][0], float(np.hypot(gains[0][1], gains[1][1]))


def reversal(sample: Sample) -> list[Margin]:
    """Both halves: the pooled lead of one channel, and that of the other within segments."""
    pair, world = sample.truth.reversal, sample.world
    y = np.where(sample.responded, sample.answers.overall.astype(float), np.nan)
    ahead, behind = world.channel == pair.pooled, world.channel == pair.within
    pooled = _difference(y[ahead], y[behind])
    inner = [
        _difference(y[behind & (world.segment == name)], y[ahead & (world.segment == name)])
        for name in sorted(set(world.segment))
    ]
    weights = np.array([1 / error**2 for _, error in inner])
    value = float(np.average([v for v, _ in inner], weights=weights))
    return [pooled, (value, float(weights.sum() ** -0.5))]


def hand_over(sample: Sample) -> Margin:
    """How much less often a contact is solved just after it changed channel."""
    passed = sample.truth.hand_over
    before: dict[int, str] = {}
    solved: dict[bool, list[float]] = {True: [], False: []}
    for touch in sample.world.in_order():
        if touch.touchpoint == passed.touchpoint and touch.success is not None:
            last = before.get(touch.journey)
            changed = (last, touch.channel) == (passed.source, passed.target)
            if last is not None:
                solved[changed].append(float(touch.success))
            before[touch.journey] = touch.channel
    return _difference(np.array(solved[False]), np.array(solved[True]))


def silence(sample: Sample) -> Margin:
    """How much better (or worse) those who answer fared, by what is known of everybody.

    What is known (failures, waits, late promises, who left, segment, channel) predicts the score
    of those who answered; the prediction is compared between them and the silent.
    """
    facts, asked, heard = _known(sample), sample.surveyed, sample.responded
    x = np.column_stack([np.ones(len(facts)), facts])
    y = sample.answers.overall.astype(float)
    expected = x @ np.linalg.lstsq(x[heard], y[heard], rcond=None)[0]
    value, error = _difference(expected[heard], expected[asked & ~heard])
    return (value if sample.truth.response_per_sd > 0 else -value), error


def _known(sample: Sample) -> Floats:
    """What a company knows of every journey, answered or not: [journeys, facts]."""
    world, n = sample.world, sample.truth.journeys
    failed, wait = np.zeros(n), np.zeros(n)
    for touch in world.touches:
        failed[touch.journey] += touch.success is False
        wait[touch.journey] = max(wait[touch.journey], touch.wait or 0.0)
    left = world.churned[world.owner]
    groups = [
        column == name
        for column in (world.segment, world.channel)
        for name in sorted(set(column))[1:]
    ]
    return np.column_stack([left, world.late, failed > 0, np.log1p(wait), *groups])


def memory(sample: Sample) -> Margin:
    """By how much the planted rule explains what is remembered better than the best other.

    The expected log-likelihood ratio of two regressions and its spread (Vuong 1989).
    """
    from keytouch.cases.panel import diary

    frame = diary(sample.seed, sample.world, [str(j) for j in range(sample.truth.journeys)]).frame
    whole = frame["touchpoint"].isna()
    moods = frame[~whole].sort_values(["journey", "at"]).groupby("journey")["mood"]
    moments = [group.to_numpy(float) for _, group in moods]
    remembered = frame[whole].sort_values("journey")["mood"].to_numpy(float)
    rules = {
        "mean": np.array([m.mean() for m in moments]),
        "peak_end": np.array([(m[np.argmax(np.abs(m))] + m[-1]) / 2 for m in moments]),
        "end": np.array([m[-1] for m in moments]),
        "trend": np.array([np.polyfit(range(len(m)), m, 1)[0] for m in moments]),
    }
    fits = {name: _log_likelihood(x, remembered) for name, x in rules.items()}
    planted = fits.pop(sample.truth.memory.rule)
    ratios = [planted - other for other in fits.values()]
    hardest = min(ratios, key=lambda ratio: ratio.sum() / ratio.std())
    return float(hardest.sum()), float(hardest.std() * len(remembered) ** 0.5)


def _log_likelihood(x: Floats, y: Floats) -> Floats:
    """Each observation's log-likelihood in a straight-line regression."""
    line = np.polyfit(x, y, 1)
    left = y - np.polyval(line, x)
    variance = float(left @ left) / len(y)
    return -0.5 * (np.log(2 * np.pi * variance) + left**2 / variance)


def over_contact(truth: Truth) -> Margin:
    """How much the hazard of opting out rises from the last harmless level to the next one."""
    plan = truth.contacts
    shares = dict(plan.levels)
    rates, counts = [], []
    for level in (plan.cap, plan.cap + 1):
        hazard = plan.hazard + plan.hazard_beyond * max(level - plan.cap, 0)
        sent = (1 - (1 - hazard) ** (level * plan.weeks)) / hazard
        rates.append(hazard)
        counts.append(plan.customers * shares[level] * sent)
    error = sum(rate * (1 - rate) / count for rate, count in zip(rates, counts)) ** 0.5
    return rates[1] - rates[0], error


def kano(truth: Truth) -> Margin:
    """How far the share of the planted category is above that of the next one (Fong 1996)."""
    plan = truth.kano
    first = plan.steady + (1 - plan.steady) / 5
    second = (1 - plan.steady) / 5
    spread = first + second - (first - second) ** 2
    return first - second, (spread / plan.respondents) ** 0.5


def gap(truth: Truth, points: float, *, people: int, waves: int = 1) -> Margin:
    """A gap of the service-quality surveys against the others', on means of about four items."""
    plan = truth.servqual
    spread = plan.mood**2 + 2 * plan.taste**2 + plan.noise**2 / 2
    return abs(points), (2 * spread / (people * waves)) ** 0.5


def provider_gap(truth: Truth, points: float) -> Margin:
    """A gap between two means of the staff's ratings, rounded to whole points."""
    plan = truth.servqual
    return abs(points), (2 * (plan.noise**2 + 1 / 12) / plan.staff) ** 0.5


def expectation_gap(truth: Truth, spot: Spot) -> Margin:
    """How far a touchpoint's shortfall is beyond that which is called far."""
    plan = truth.expectations
    spread = plan.mood**2 + plan.demands**2 + 2 * (plan.noise**2 + 1 / 12)
    large = FAR * MARGIN_SHARE * 6
    return abs(plan.gap_points) - large, (spread / (plan.respondents * spot.use_rate)) ** 0.5


def brand_weakness(truth: Truth) -> list[Margin]:
    """How far the weak statement is beyond far behind the others, and that it is below the next."""
    plan = truth.expectations
    noise, points = plan.noise**2 + 1 / 12, abs(plan.weak_points)
    behind = points - FAR * MARGIN_SHARE * 4, (1.25 * noise / plan.respondents) ** 0.5
    return [behind, (points, (2 * (plan.mood**2 + noise) / plan.respondents) ** 0.5)]


def rivalry(truth: Truth, spot: Spot) -> Margin:
    """A competitor's distance from the client at one touchpoint."""
    plan = truth.benchmark
    return abs(plan.points), spot.sd * (2 / plan.respondents) ** 0.5
