"""What living through journeys has in common: chance, feeling, waiting, and the log."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np

from keytouch.cases import model
from keytouch.cases.truth import PERIOD, Truth, spots

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
        self.channel = model.pick_named(self.rng, case, "channel", n)
        self.segment = self.crowd.table["segment"].to_numpy()[self.owner]
        self.lived = model.live(self.rng, truth, spots(case), self.crowd.trait[self.owner])
        better = model.shifts(case, "channel", self.channel)
        self.lived.own += (better + model.shifts(case, "segment", self.segment))[:, None]
        self.touches: list[Touch] = []

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

    def in_order(self) -> list[Touch]:
        """The log by time."""
        return sorted(self.touches, key=lambda touch: (touch.ts, touch.journey))
