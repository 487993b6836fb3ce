"""Trips with the airline, from the search to the baggage belt, on flights that may be late."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import erf

import numpy as np
import pandas as pd

from keytouch.cases import model
from keytouch.cases.truth import PERIOD, AirlineTruth
from keytouch.cases.world import World

CASE = "airline"
AIRPORTS = ("PVG", "PEK", "CAN", "CTU", "SZX", "XIY", "KMG", "WUH", "SIN", "HND")
DEPARTURES = np.array([0, 0, 0, 0, 0, 1, 4, 8, 8, 7, 6, 6, 5, 6, 6, 6, 6, 6, 6, 6, 5, 4, 2, 0.0])


def fly(seed: int, truth: AirlineTruth) -> pd.DataFrame:
    """The flights: planned, late, cancelled; one row a flight, times of its ground events."""
    rng = model.stream(seed, CASE, "flights")
    n = truth.flights
    days = np.ones(model.days_in_period())
    days[:6] = 0.0
    planned = sorted(model.moments_in_period(rng, n, days, DEPARTURES))
    planned = [p.replace(minute=5 * (p.minute // 5), second=0) for p in planned]
    ends = [rng.choice(len(AIRPORTS), 2, replace=False) for _ in range(n)]
    frame = pd.DataFrame(
        {
            "flight_id": [f"F{i:05d}" for i in range(1, n + 1)],
            "flight_no": [f"YH{int(k)}" for k in rng.integers(1001, 1899, n)],
            "origin": [AIRPORTS[a] for a, _ in ends],
            "destination": [AIRPORTS[b] for _, b in ends],
            "scheduled_departure": planned,
            "cancelled": rng.random(n) < truth.cancelled_share,
        }
    )
    delay = _delays(rng, truth, np.array([p.hour for p in planned]))
    return _ground(rng, frame, delay).assign(delay_minutes=delay)


def _delays(rng: np.random.Generator, truth: AirlineTruth, hour: np.ndarray) -> np.ndarray:
    """Delays by the measured quantiles, growing through the day."""
    z = np.sqrt(0.92) * rng.standard_normal(len(hour)) + truth.delay_per_hour * (hour - 13)
    share = np.array([0.5 * (1 + erf(v / 2**0.5)) for v in z])
    quantiles = np.array(truth.delay_quantiles)
    return np.rint(np.interp(share, quantiles[:, 0], quantiles[:, 1]))


def _ground(rng: np.random.Generator, frame: pd.DataFrame, delay: np.ndarray) -> pd.DataFrame:
    """Promised and actual times of what happens on the ground; none for a cancelled flight."""

    def minutes(values: np.ndarray) -> pd.Series:
        return pd.Series(pd.to_timedelta(np.rint(values * 60).astype("int64"), unit="s"))

    n = len(frame)
    planned = frame["scheduled_departure"]
    actual = planned + minutes(delay)
    landed = actual + minutes(rng.integers(80, 190, n) + rng.normal(0, 6, n))
    times = {
        "actual_departure": actual,
        "actual_arrival": landed,
        "aircraft_ready_promised": planned - pd.Timedelta(minutes=50),
        "aircraft_ready": actual - minutes(48 + rng.normal(0, 5, n)),
        "boarding_promised": planned - pd.Timedelta(minutes=40),
        "boarding_started": actual - minutes(35 + rng.normal(0, 4, n)),
        "bags_sorted": landed + minutes(9 + rng.exponential(4, n)),
        "first_bag_promised": landed + pd.Timedelta(minutes=20),
        "first_bag": landed + minutes(12 + rng.exponential(9, n)),
    }
    return frame.assign(
        **{name: values.where(~frame["cancelled"]) for name, values in times.items()}
    )


class Airline(World):
    """The trips of a half-year, lived through one after another."""

    def __init__(self, seed: int, truth: AirlineTruth):
        super().__init__(seed, CASE, truth, "P")
        self.truth: AirlineTruth = truth
        self.flights = fly(seed, truth)
        records = self.flights.to_dict("records")
        n = truth.journeys
        self.flight = np.sort(self.rng.integers(0, truth.flights, n))
        self.records = [records[k] for k in self.flight]
        self.departs = [r["scheduled_departure"].to_pydatetime() for r in self.records]
        self.refunded = self.rng.random(n) < truth.refunded_share
        self.bags = self.rng.choice([0, 1, 2], n, p=truth.bag_shares)
        self.booked = [self._booked(i) for i in range(n)]
        for i in range(n):
            plan_trip(self, i)
            if not self.refunded[i]:
                check_in(self, i)
                travel(self, i)
            afterwards(self, i)
        self.conclude(seed)

    def _booked(self, i: int) -> datetime:
        """When the trip was booked: some days ahead, by day, within the period."""
        rng, departs = self.rng, self.departs[i]
        room = (departs - PERIOD[0]).total_seconds() / 86400 - 0.3
        lead = model.lognormal(rng, self.truth.lead_days, self.truth.lead_spread)
        booked = departs - timedelta(days=min(lead, float(rng.uniform(0.05, 1.0)) * room))
        booked = max(booked.replace(hour=int(rng.integers(8, 23))), PERIOD[0] + timedelta(hours=2))
        return min(booked, departs - timedelta(hours=3)).replace(microsecond=0)

    def late_minutes(self, i: int) -> float:
        """The delay that a passenger suffers; a cancelled flight counts as a long one."""
        flight = self.records[i]
        return self.truth.cancelled_as if flight["cancelled"] else float(flight["delay_minutes"])

    def unlogged(self, journey: int) -> list[tuple[datetime, str]]:
        flight = self.records[journey]
        if self.refunded[journey] or flight["cancelled"]:
            return []
        sat = flight["actual_departure"] - timedelta(minutes=8)
        found = [(flight["boarding_started"], "boarding"), (sat, "seat")]
        found += [(flight["first_bag"], "baggage_claim")] * bool(self.bags[journey])
        return [(ts.to_pydatetime(), touchpoint) for ts, touchpoint in found]


def plan_trip(line: Airline, i: int) -> None:
    """Search, perhaps again; book, perhaps again. A travel desk does both for its people."""
    rng, booked, where = line.rng, line.booked[i], line.channel[i]
    if where == "corporate":
        return
    if line.turns_to("fare_search"):
        ts = booked - timedelta(minutes=model.lognormal(rng, 12, 0.8))
        for _ in range(line.times(line.truth.search_again, 4)):
            line.note(i, "fare_search", ts, where, duration=line.spend(3))
            ts = min(ts + timedelta(minutes=line.spend(3)), booked)
    for _ in range(3):
        done = line.happens(line.truth.booking_works, 0.5 * line.feel(i, "booking"))
        line.note(i, "booking", booked, where, duration=line.spend(4), success=done)
        if done:
            break
        booked += timedelta(minutes=line.spend(4))


def check_in(line: Airline, i: int) -> None:
    """Check in online or at the counter; bags always go to the counter."""
    rng, departs = line.rng, line.departs[i]
    online = line.turns_to("online_checkin")
    if online:
        ts = departs - timedelta(hours=float(rng.uniform(3, 30)))
        line.meet(i, "online_checkin", departs)
        done = line.happens(0.95, 0.5 * line.feel(i, "online_checkin"))
        where = "app" if line.happens(0.8) else "web"
        line.note(i, "online_checkin", max(ts, line.booked[i]), where, success=done)
    if line.bags[i] or not online:
        ts = departs - timedelta(minutes=float(rng.uniform(112, 150)))
        wait = line.wait(i, "counter_checkin", 9)
        line.note(i, "counter_checkin", ts, "airport", wait=wait, success=True)


def travel(line: Airline, i: int) -> None:
    """The day of travel: security, waiting, the gate, a delay, the cabin, the bags."""
    rng, departs, late = line.rng, line.departs[i], line.late_minutes(i)

    def before(least: float, most: float) -> datetime:
        return departs - timedelta(minutes=float(rng.uniform(least, most)))

    for touchpoint in ("gate_service", "meal"):
        line.meet(i, touchpoint, departs)
    line.note(i, "security", before(62, 110), "airport", wait=line.wait(i, "security", 8))
    if line.turns_to("lounge"):
        line.note(i, "lounge", before(50, 60), "airport")
    line.note(i, "gate_service", before(41, 48), "airport", wait=line.wait(i, "gate_service", 3))
    line.late[i] = late >= line.truth.delay_counts_from
    if line.late[i]:
        suffer_delay(line, i, before(5, 35), late)
    if line.records[i]["cancelled"]:
        return
    line.use(i, "boarding", "seat", "cabin_service")
    off = line.records[i]["actual_departure"].to_pydatetime()
    for touchpoint, least, most in (
        ("entertainment", 20, 39),
        ("meal", 40, 60),
        ("cabin_service", 61, 75),
    ):
        if line.turns_to(touchpoint):
            ts = off + timedelta(minutes=float(rng.uniform(least, most)))
            line.note(i, touchpoint, ts, "airport")
    if line.bags[i]:
        line.use(i, "baggage_claim")


def suffer_delay(line: Airline, i: int, ts: datetime, minutes: float) -> None:
    """Notices during a delay, and back to the gate; the longer, the worse it is felt."""
    truth = line.truth
    hours = min(minutes / 60, 4.0)
    line.worsen(i, "delay_handling", truth.delay_handling_shift_per_hour * (hours - 0.7))
    line.worsen(i, "gate_service", truth.gate_shift_per_hour * hours)
    for _ in range(1 + min(int(minutes // 50), 3)):
        told = line.happens(truth.told_share, 0.7 * line.feel(i, "delay_handling"))
        wait = line.wait(i, "delay_handling", 14)
        line.note(i, "delay_handling", ts, "airport", wait=wait, success=told)
        if not told and line.happens(0.5):
            again = ts + timedelta(minutes=line.spend(6))
            line.note(i, "gate_service", again, "airport", wait=line.wait(i, "gate_service", 6))
        ts += timedelta(minutes=line.spend(30))
    line.turn(i, "delay_handling")


def afterwards(line: Airline, i: int) -> None:
    """Calls, repeated where they did not help, and complaints."""
    rng, truth = line.rng, line.truth
    base = line.booked[i] if line.refunded[i] else line.departs[i] + timedelta(hours=4)
    worry = truth.late_worry * bool(line.late_minutes(i) >= 60 or line.refunded[i])
    if line.turns_to("hotline", worry):
        ts = line.awake(base + timedelta(hours=model.lognormal(rng, 7, 0.8)))
        first = "app" if line.happens(truth.chat_first) else "hotline"
        line.serve(i, ts, first, 5, lambda ts: line.awake(ts + timedelta(hours=line.spend(10))))
    if line.turns_to("complaint", worry):
        ts = line.awake(base + timedelta(hours=model.lognormal(rng, 16, 0.7)))
        done = line.happens(truth.complaint_solved)
        line.note(i, "complaint", ts, "app", wait=line.wait(i, "complaint", 1500), success=done)
