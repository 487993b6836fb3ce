"""What living through journeys has in common: chance, feeling, waiting, and the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np

from keytouch.cases import model
from keytouch.cases.registry import rows, spots
from keytouch.cases.truth import PERIOD, Truth

NIGHT = (1, 7)


class Touch(NamedTuple):
    """One interaction of a journey."""

    journey: int
    touchpoint: str
    ts: datetime
    channel: str
    promised: datetime | None = None
    wait: float | None = None
    duration: float | None = None
    success: bool | None = None


class Trial(NamedTuple):
    """A done improvement: where and from when on it is there, and what it changes."""

    touchpoint: str
    start: datetime
    regions: tuple[str, ...]
    shift: float

    def reaches(self, touchpoint: str, ts: datetime, region: str) -> bool:
        """Whether a customer meets the improved touchpoint."""
        return touchpoint == self.touchpoint and ts >= self.start and region in self.regions


def trials(case: str, truth: Truth) -> tuple[Trial, ...]:
    """The done improvements of a case, as its actions say."""
    known = {row["action_id"]: row for row in rows("actions", case)}
    return tuple(
        Trial(
            row["touchpoint_id"],
            datetime.fromisoformat(row["start"]),
            tuple(row["scope"].removeprefix("region=").split("|")),
            one.shift,
        )
        for one in truth.improvements
        for row in [known[one.action]]
    )


class World:
    """The journeys of one case: who makes them, how they go, and what gets logged."""

    def __init__(self, seed: int, case: str, truth: Truth, prefix: str):
        self.case, self.truth = case, truth
        self.spots = {spot.id: spot for spot in spots(case)}
        self.place = {name: i for i, name in enumerate(self.spots)}
        self.crowd = model.people(seed, case, truth, prefix)
        self.rng = model.stream(seed, case, "journeys")
        n = truth.journeys
        self.owner = model.assign(self.rng, truth.customers, n)
        self.segment = self.crowd.table["segment"].to_numpy()[self.owner]
        self.region = self.crowd.table["region"].to_numpy()[self.owner]
        self.channel = model.pick_channels(self.rng, case, truth, self.segment)
        mood = model.shifts(case, "segment", self.segment)
        trait = self.crowd.trait[self.owner]
        self.lived = model.live(self.rng, truth, spots(case), trait, self.segment, mood)
        self.lived.own += model.shifts(case, "channel", self.channel)[:, None]
        self.touches: list[Touch] = []
        self.trials = trials(case, truth)
        self.late = np.zeros(n, dtype=bool)
        self.churned = np.zeros(truth.customers, dtype=bool)

    def conclude(self, seed: int, kept: np.ndarray | None = None) -> None:
        """Judge the journeys, and let customers go; `kept` are the journeys that count for that."""
        truth, lived = self.truth, self.lived
        model.judge(model.stream(seed, self.case, "judge"), truth, lived)
        whole = lived.overall if kept is None else lived.overall * kept
        felt = model.by_customer(self.owner, whole, truth.customers)
        self.churned = model.leaves(model.stream(seed, self.case, "churn"), truth, felt)

    def answers_at(self, rng: np.random.Generator, share: float) -> np.ndarray:
        """Whose customers answer a survey that a share of them answers."""
        left = self.churned[self.owner]
        moved = model.silence(self.truth, self.lived, self.late, left)
        return rng.random(len(moved)) < model.chance(share, moved)

    @property
    def customer_ids(self) -> np.ndarray:
        """Whose journey each is."""
        return self.crowd.table["customer_id"].to_numpy()[self.owner]

    @cached_property
    def languages(self) -> np.ndarray:
        """Whose journey each is: the language spoken."""
        return self.crowd.table["language"].to_numpy()[self.owner]

    def happens(self, share: float, shift: float = 0.0) -> bool:
        """A chance, moved on the log-odds scale."""
        return bool(self.rng.random() < model.chance(share, shift))

    def turns_to(self, touchpoint: str, shift: float = 0.0) -> bool:
        """Whether a customer uses a touchpoint that not everyone uses."""
        return self.happens(self.spots[touchpoint].use_rate, shift)

    def times(self, share_again: float, most: int) -> int:
        """How often something is done: once, and again with a fixed chance."""
        return min(int(self.rng.geometric(1 - share_again)), most)

    def feel(self, journey: int, touchpoint: str) -> float:
        return float(self.lived.own[journey, self.place[touchpoint]])

    def worsen(self, journey: int, touchpoint: str, shift: float) -> None:
        self.lived.own[journey, self.place[touchpoint]] += shift

    def meet(self, journey: int, touchpoint: str, ts: datetime) -> None:
        """Let a touchpoint be as it is at that time and place; once, before it is felt."""
        change = self.truth.change
        if touchpoint == change.touchpoint and ts.date() >= change.day:
            self.worsen(journey, touchpoint, change.shift)
        for trial in self.trials:
            if trial.reaches(touchpoint, ts, self.region[journey]):
                self.worsen(journey, touchpoint, trial.shift)

    def turn(self, journey: int, touchpoint: str) -> None:
        """Carry what was lived at a turning point over to all that comes later."""
        if touchpoint == self.truth.turning.touchpoint:
            at = self.place[touchpoint]
            carried = self.truth.turning.carry * self.lived.own[journey, at]
            self.lived.own[journey, at + 1 :] += carried

    def use(self, journey: int, *touchpoints: str) -> None:
        for touchpoint in touchpoints:
            self.lived.used[journey, self.place[touchpoint]] = True

    def used(self, journey: int, touchpoint: str) -> bool:
        return bool(self.lived.used[journey, self.place[touchpoint]])

    def wait(self, journey: int, touchpoint: str, median: float) -> float:
        """Minutes waited: longer where the experience is bad."""
        spread = self.truth.wait_spread
        known = self.truth.wait_per_sd * spread * self.feel(journey, touchpoint)
        return round(model.lognormal(self.rng, median, 0.8 * spread, known), 1)

    def serve(
        self,
        journey: int,
        ts: datetime,
        first: str,
        wait: float,
        later: Callable[[datetime], datetime],
    ) -> None:
        """Contacts at the service until it helps, dropped or handed over on the way.

        `first` is the channel of the first contact, `wait` the median wait in minutes, `later`
        gives the time of the next contact.
        """
        passed = self.truth.hand_over
        where, changed = first, False
        shift = self.truth.service_per_sd * self.feel(journey, passed.touchpoint)
        for _ in range(5):
            better = shift + passed.solved_shift * changed
            solved = self.happens(passed.solved, better)
            facts = {"wait": self.wait(journey, passed.touchpoint, wait), "duration": self.spend(6)}
            self.note(journey, passed.touchpoint, ts, where, success=solved, **facts)
            if solved or self.happens(passed.gives_up if changed else passed.drops):
                return
            changed = where == passed.source and self.happens(passed.share)
            where = passed.target if changed else where
            ts = later(ts)

    def spend(self, median: float, spread: float = 0.6) -> float:
        """Minutes that something lasts."""
        return round(model.lognormal(self.rng, median, spread), 1)

    def note(
        self, journey: int, touchpoint: str, ts: datetime, channel: str, **facts: object
    ) -> None:
        """Log an interaction, unless it lies outside the period that the client exported."""
        if PERIOD[0] <= ts <= PERIOD[1]:
            self.use(journey, touchpoint)
            ts = ts.replace(microsecond=0)
            self.touches.append(Touch(journey, touchpoint, ts, channel, **facts))  # type: ignore[arg-type]

    def awake(self, ts: datetime) -> datetime:
        """People write and call by day: what would fall into the night waits for the morning."""
        if NIGHT[0] <= ts.hour < NIGHT[1]:
            return ts + timedelta(hours=float(self.rng.uniform(6.5, 14)))
        return ts

    def unlogged(self, journey: int) -> list[tuple[datetime, str]]:
        """Moments that another system of the client's knows of."""
        return []

    def moments(self) -> dict[int, list[tuple[datetime, str]]]:
        """By journey, its front touchpoints in the order in which they were first met."""
        met: dict[int, list[tuple[datetime, str]]] = {}
        for touch in self.touches:
            met.setdefault(touch.journey, []).append((touch.ts, touch.touchpoint))
        return {j: self._first(sorted(found + self.unlogged(j))) for j, found in met.items()}

    def _first(self, found: list[tuple[datetime, str]]) -> list[tuple[datetime, str]]:
        first: dict[str, datetime] = {}
        for ts, touchpoint in found:
            if self.spots[touchpoint].side == "front" and PERIOD[0] <= ts <= PERIOD[1]:
                first.setdefault(touchpoint, ts)
        return [(ts, touchpoint) for touchpoint, ts in first.items()]

    def in_order(self) -> list[Touch]:
        """The log by time."""
        return sorted(self.touches, key=lambda touch: (touch.ts, touch.journey))
