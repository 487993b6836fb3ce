"""The airline: trips on flights that may be late, from the search to the baggage belt."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import erf
from typing import NamedTuple

import numpy as np
import pandas as pd

from keytouch.cases import model
from keytouch.cases.comments import write_comment
from keytouch.cases.files import DataFile, repeat_rows, spoil
from keytouch.cases.survey import answers_frame, plant_private
from keytouch.cases.truth import PERIOD, AirlineTruth, spots

CASE = "airline"
CODES = {"blank": "", "not_used": 0, "dont_know": 9}
LABELS = {"overall": "Q30_overall", "nps": "Q31_recommend", "ces": "Q32_easy"}
EFFORT = ("booking", "gate_service", "boarding")
AIRPORTS = ("PVG", "PEK", "CAN", "CTU", "SZX", "XIY", "KMG", "WUH", "SIN", "HND")
DEPARTURES = np.array([0, 0, 0, 0, 0, 1, 4, 8, 8, 7, 6, 6, 5, 6, 6, 6, 6, 6, 6, 6, 5, 4, 2, 0.0])


def labels() -> dict[str, str]:
    """The survey's columns by touchpoint, numbered as the questionnaire numbers them."""
    asked = [spot.id for spot in spots(CASE) if spot.asked]
    return {name: f"Q{k:02d}_{name}" for k, name in enumerate(asked, start=1)}


class Touch(NamedTuple):
    """One interaction of a trip."""

    trip: int
    touchpoint: str
    ts: datetime
    wait: float | None
    duration: float | None
    success: bool | None
    channel: str


def fly(seed: int, truth: AirlineTruth) -> pd.DataFrame:
    """The flights: planned, late, cancelled; one row a flight, times of its ground events."""
    rng = model.stream(seed, CASE, "flights")
    n = truth.flights
    days = np.ones(model.days_in_period())
    days[:6] = 0.0
    planned = sorted(model.moments_in_period(rng, n, days, DEPARTURES))
    planned = [p.replace(minute=5 * (p.minute // 5), second=0) for p in planned]
    delay = _delays(rng, truth, np.array([p.hour for p in planned]))
    ends = [rng.choice(len(AIRPORTS), 2, replace=False) for _ in range(n)]
    cancelled = rng.random(n) < truth.cancelled_share
    minutes = rng.integers(80, 190, n)
    frame = pd.DataFrame(
        {
            "flight_id": [f"F{i:05d}" for i in range(1, n + 1)],
            "flight_no": [f"YH{int(k)}" for k in rng.integers(1001, 1899, n)],
            "origin": [AIRPORTS[a] for a, _ in ends],
            "destination": [AIRPORTS[b] for _, b in ends],
            "scheduled_departure": planned,
            "delay_minutes": delay,
            "flight_minutes": minutes,
            "cancelled": cancelled,
        }
    )
    return _ground(rng, frame)


def _delays(rng: np.random.Generator, truth: AirlineTruth, hour: np.ndarray) -> np.ndarray:
    """Delays by the measured quantiles, growing through the day."""
    z = np.sqrt(0.92) * rng.standard_normal(len(hour)) + truth.delay_per_hour * (hour - 13)
    share = np.array([0.5 * (1 + erf(v / 2**0.5)) for v in z])
    quantiles = np.array(truth.delay_quantiles)
    return np.rint(np.interp(share, quantiles[:, 0], quantiles[:, 1]))


def _ground(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Promised and actual times of what happens on the ground."""

    def minutes(values: np.ndarray) -> pd.Series:
        return pd.Series(pd.to_timedelta(np.rint(values * 60).astype("int64"), unit="s"))

    n = len(frame)
    planned = frame["scheduled_departure"]
    actual = planned + minutes(frame["delay_minutes"].to_numpy(dtype=float))
    landed = actual + minutes(frame["flight_minutes"] + rng.normal(0, 6, n))
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
    for name, values in times.items():
        frame[name] = values.where(~frame["cancelled"])
    return frame


class Airline:
    """The trips being lived through."""

    def __init__(self, seed: int, truth: AirlineTruth):
        self.truth = truth
        self.crowd = model.people(seed, CASE, truth, "P")
        self.flights = fly(seed, truth)
        self.records = self.flights.to_dict("records")
        self.rng = model.stream(seed, CASE, "trips")
        n = truth.journeys
        self.owner = model.assign(self.rng, truth.customers, n)
        self.flight = np.sort(self.rng.integers(0, truth.flights, n))
        self.channel = model.pick_named(self.rng, CASE, "channel", n)
        self.segment = self.crowd.table["segment"].to_numpy()[self.owner]
        self.lived = model.live(self.rng, truth, spots(CASE), self.crowd.trait[self.owner])
        better = model.shifts(CASE, "channel", self.channel)
        self.lived.own += (better + model.shifts(CASE, "segment", self.segment))[:, None]
        self.refunded = self.rng.random(n) < truth.refunded_share
        self.bags = self.rng.choice([0, 1, 2], n, p=[0.5, 0.4, 0.1])
        self.touches: list[Touch] = []
        self.booked: list[datetime] = []

    def happens(self, share: float, shift: float = 0.0) -> bool:
        return bool(self.rng.random() < model.chance(share, shift))

    def feel(self, trip: int, touchpoint: str) -> float:
        return float(self.lived.own[trip, self.lived.at(touchpoint)])

    def use(self, trip: int, *touchpoints: str) -> None:
        for touchpoint in touchpoints:
            self.lived.used[trip, self.lived.at(touchpoint)] = True

    def note(
        self,
        trip: int,
        touchpoint: str,
        ts: datetime,
        *,
        wait: float | None = None,
        duration: float | None = None,
        success: bool | None = None,
        channel: str = "airport",
    ) -> None:
        """Log an interaction that lies within the period."""
        self.use(trip, touchpoint)
        if PERIOD[0] <= ts <= PERIOD[1]:
            ts = ts.replace(microsecond=0)
            self.touches.append(Touch(trip, touchpoint, ts, wait, duration, success, channel))

    def wait(self, trip: int, touchpoint: str, median: float, spread: float = 0.7) -> float:
        """Minutes waited: longer where the experience is bad."""
        known = -0.55 * spread * self.feel(trip, touchpoint)
        return round(model.lognormal(self.rng, median, 0.8 * spread, known), 1)

    def later(self, ts: datetime, median: float, spread: float = 0.5) -> datetime:
        return ts + timedelta(minutes=model.lognormal(self.rng, median, spread))


def plan_trip(line: Airline, i: int) -> None:
    """Search, perhaps again; book; check in."""
    flight, rng = line.records[line.flight[i]], line.rng
    departs = flight["scheduled_departure"].to_pydatetime()
    room = (departs - PERIOD[0]).total_seconds() / 86400 - 0.3
    lead = min(model.lognormal(rng, 9, 1.1), float(rng.uniform(0.05, 1.0)) * room)
    booked = departs - timedelta(days=lead)
    booked = max(booked.replace(hour=int(rng.integers(8, 23))), PERIOD[0] + timedelta(hours=2))
    booked = min(booked, departs - timedelta(hours=3)).replace(microsecond=0)
    line.booked.append(booked)
    online = line.channel[i] != "corporate"
    if online and line.happens(0.9):
        ts = booked - timedelta(minutes=model.lognormal(rng, 12, 0.8))
        for _ in range(1 + min(int(rng.geometric(0.7)) - 1, 3)):
            line.note(i, "fare_search", ts, duration=3.0, channel=line.channel[i])
            ts = min(line.later(ts, 3), booked)
    if online:
        for _ in range(3):
            done = line.happens(0.93, 0.5 * line.feel(i, "booking"))
            spent = round(model.lognormal(rng, 4, 0.5), 1)
            line.note(i, "booking", booked, duration=spent, success=done, channel=line.channel[i])
            if done:
                break
            booked = line.later(booked, 4)
    if line.refunded[i]:
        return
    digital = line.happens(0.64)
    if digital:
        ts = departs - timedelta(hours=float(rng.uniform(3, 30)))
        done = line.happens(0.95, 0.5 * line.feel(i, "online_checkin"))
        where = "app" if line.happens(0.8) else "web"
        line.note(i, "online_checkin", max(ts, booked), success=done, channel=where)
    if line.bags[i] or not digital:
        ts = departs - timedelta(minutes=float(rng.uniform(75, 150)))
        line.note(i, "counter_checkin", ts, wait=line.wait(i, "counter_checkin", 9), success=True)


def travel(line: Airline, i: int) -> None:
    """The day of travel: airport, delay, boarding, cabin, bags, and what comes after."""
    flight, rng, truth = line.records[line.flight[i]], line.rng, line.truth
    departs = flight["scheduled_departure"].to_pydatetime()
    delay = float(flight["delay_minutes"])
    late = bool(flight["cancelled"]) or delay >= truth.delay_counts_from
    line.note(
        i,
        "security",
        departs - timedelta(minutes=float(rng.uniform(62, 110))),
        wait=line.wait(i, "security", 8),
    )
    if line.happens(0.68):
        line.note(i, "lounge", departs - timedelta(minutes=float(rng.uniform(50, 60))))
    at_gate = departs - timedelta(minutes=float(rng.uniform(41, 48)))
    line.note(i, "gate_service", at_gate, wait=line.wait(i, "gate_service", 3))
    if late:
        suffer_delay(line, i, departs, 240.0 if flight["cancelled"] else delay)
    if flight["cancelled"]:
        return
    line.use(i, "boarding", "seat", "cabin_service")
    off = flight["actual_departure"].to_pydatetime()
    if line.happens(0.7):
        line.note(i, "meal", off + timedelta(minutes=float(rng.uniform(40, 60))))
    if line.happens(0.7):
        line.note(i, "entertainment", off + timedelta(minutes=float(rng.uniform(20, 39))))
    if line.happens(0.5):
        line.note(i, "cabin_service", off + timedelta(minutes=float(rng.uniform(61, 75))))
    if line.bags[i]:
        line.use(i, "baggage_claim")


def suffer_delay(line: Airline, i: int, departs: datetime, minutes: float) -> None:
    """Notices during a delay, and back to the gate; the longer, the worse it is felt."""
    truth, rng = line.truth, line.rng
    hours = min(minutes / 60, 4.0)
    line.lived.own[i, line.lived.at("delay_handling")] += truth.delay_handling_shift_per_hour * (
        hours - 0.7
    )
    line.lived.own[i, line.lived.at("gate_service")] += truth.gate_shift_per_hour * hours
    ts = departs - timedelta(minutes=float(rng.uniform(5, 35)))
    for _ in range(1 + min(int(minutes // 50), 3)):
        told = line.happens(0.7, 0.7 * line.feel(i, "delay_handling"))
        wait = line.wait(i, "delay_handling", 14)
        line.note(i, "delay_handling", ts, wait=wait, success=told)
        if not told and line.happens(0.5):
            line.note(i, "gate_service", line.later(ts, 6), wait=line.wait(i, "gate_service", 6))
        ts = line.later(ts, 30)


def afterwards(line: Airline, i: int) -> None:
    """Calls, repeated where they did not help, and complaints."""
    flight, rng = line.records[line.flight[i]], line.rng
    late = bool(flight["cancelled"]) or float(flight["delay_minutes"]) >= 60
    base = line.booked[i] if line.refunded[i] else flight["scheduled_departure"].to_pydatetime()
    shift = 1.4 if late or line.refunded[i] else 0.0
    if line.happens(0.14, shift):
        ts = base + timedelta(hours=model.lognormal(rng, 9, 0.9))
        for _ in range(3):
            solved = line.happens(0.7, 0.5 * line.feel(i, "hotline"))
            wait = line.wait(i, "hotline", 5)
            line.note(i, "hotline", ts, wait=wait, success=solved, channel="hotline")
            if solved:
                break
            ts = line.later(ts, 600)
    if line.happens(0.045, shift):
        ts = base + timedelta(hours=model.lognormal(rng, 30, 0.8))
        wait = line.wait(i, "complaint", 1500)
        line.note(i, "complaint", ts, wait=wait, success=line.happens(0.65), channel="app")


def live_all(seed: int, truth: AirlineTruth) -> Airline:
    """Every trip of the half-year."""
    line = Airline(seed, truth)
    for i in range(truth.journeys):
        plan_trip(line, i)
        if not line.refunded[i]:
            travel(line, i)
        afterwards(line, i)
    model.judge(model.stream(seed, CASE, "judge"), truth, line.lived)
    return line


def build(seed: int, truth: AirlineTruth) -> list[DataFile]:
    """The airline's files."""
    line = live_all(seed, truth)
    trips = [f"T{i + 1:06d}" for i in range(truth.journeys)]
    ids = line.crowd.table["customer_id"].to_numpy()[line.owner]
    return [
        _customers(seed, truth, line),
        _flights(line),
        _trips(seed, line, trips, ids),
        _interactions(line, trips, ids),
        _survey(seed, truth, line, trips, ids),
        _comments(seed, truth, line, trips, ids),
    ]


def _customers(seed: int, truth: AirlineTruth, line: Airline) -> DataFile:
    rng = model.stream(seed, CASE, "outcomes")
    felt = model.by_customer(line.owner, line.lived.overall, truth.customers)
    frame = line.crowd.table.copy()
    frame["consent"] = np.where(frame["consent"], "Y", "N")
    frame["lapsed"] = np.where(model.leaves(rng, truth, felt), "Y", "N")
    frame = repeat_rows(frame, [88, 1503, 2699]).rename(columns={"customer_id": "passenger_id"})
    return DataFile("customers.csv", frame, dates={"joined": "%d.%m.%Y"})


def _flights(line: Airline) -> DataFile:
    frame = line.flights.drop(columns=["delay_minutes", "flight_minutes"])
    frame["cancelled"] = frame["cancelled"].astype(int)
    for name in frame.columns[6:]:
        frame[name] = frame[name].where(frame[name] <= PERIOD[1])
    forms = {}
    return DataFile("flights.csv", frame, dates=forms)


def _outcome(line: Airline, i: int) -> str:
    if line.refunded[i]:
        return "refunded"
    return "cancelled" if line.records[line.flight[i]]["cancelled"] else "flown"


def _trips(seed: int, line: Airline, trips: list[str], ids: np.ndarray) -> DataFile:
    rng = model.stream(seed, CASE, "fares")
    n = len(trips)
    outcome = [_outcome(line, i) for i in range(n)]
    flights = line.flights["flight_id"].to_numpy()[line.flight]
    arrived = line.flights["actual_arrival"].astype(object).to_numpy()[line.flight]
    cabin = np.where(rng.random(n) < 0.3 * (line.segment == "business"), "business", "economy")
    fare = np.exp(rng.normal(6.5, 0.4, n)) * np.where(cabin == "business", 2.6, 1.0)
    ended = [a if o == "flown" and a <= PERIOD[1] else None for a, o in zip(arrived, outcome)]
    frame = pd.DataFrame(
        {
            "trip_id": trips,
            "passenger_id": ids,
            "flight_id": flights,
            "booking_channel": line.channel,
            "cabin": cabin,
            "bags": line.bags,
            "booked_at": line.booked,
            "arrived_at": ended,
            "status": outcome,
            "fare_cny": np.rint(fare).astype(int),
        }
    )
    frame = spoil(frame, "booked_at", [1999], ["2025-13-04 09:10:00"])
    return DataFile("trips.csv", repeat_rows(frame, [700, 3100]))


def _interactions(line: Airline, trips: list[str], ids: np.ndarray) -> DataFile:
    touches = sorted(line.touches, key=lambda t: (t.ts, t.trip))
    frame = pd.DataFrame(
        {
            "interaction_id": [f"I{i:06d}" for i in range(1, len(touches) + 1)],
            "trip_id": [trips[t.trip] for t in touches],
            "passenger_id": [ids[t.trip] for t in touches],
            "touchpoint": [t.touchpoint for t in touches],
            "channel": [t.channel for t in touches],
            "ts": pd.Series([t.ts for t in touches], dtype="datetime64[us]"),
            "wait_minutes": pd.Series([t.wait for t in touches], dtype="float64"),
            "duration_minutes": pd.Series([t.duration for t in touches], dtype="float64"),
            "success": pd.Series([t.success for t in touches], dtype="boolean"),
        }
    )
    return DataFile("interactions.parquet", frame)


def _answer_times(rng: np.random.Generator, line: Airline, median: float) -> list[datetime]:
    """When a passenger would write, by trip: some time after the planned departure."""
    return [
        line.records[line.flight[i]]["scheduled_departure"].to_pydatetime()
        + timedelta(hours=6 + model.lognormal(rng, median, 0.9))
        for i in range(len(line.flight))
    ]


def _survey(
    seed: int, truth: AirlineTruth, line: Airline, trips: list[str], ids: np.ndarray
) -> DataFile:
    rng = model.stream(seed, CASE, "survey")
    answers = model.answer(rng, truth, line.lived, EFFORT)
    willing = model.responds(rng, truth, line.lived) & ~line.refunded
    times = _answer_times(rng, line, 30)
    sent = [i for i in np.argsort(np.array(times)) if willing[i] and times[i] <= PERIOD[1]]
    frame = pd.DataFrame(
        {
            "response_no": range(1, len(sent) + 1),
            "trip_id": [trips[i] for i in sent],
            "passenger_id": [ids[i] for i in sent],
            "date": [times[i] for i in sent],
        }
    )
    items = answers_frame(line.lived.spots, answers, sent, CODES, labels() | LABELS)
    unsure = rng.random(len(items)) < truth.dont_know_rate
    items["Q31_recommend"] = items["Q31_recommend"].where(~unsure, 99)
    frame = pd.concat([frame, items], axis=1)
    for name in list(labels().values())[9:13]:
        frame = spoil(frame, name, list(range(900, 912)), lambda _: "")
    frame = spoil(frame, labels()["boarding"], [77, 1024], ["4?", "n/a"])
    frame = spoil(frame, labels()["seat"], [430, 1360], ["good", "3-4"])
    frame = spoil(frame, labels()["security"], [655], [7])
    return DataFile("survey.csv", frame, dates={"date": "%d/%m/%Y %H:%M"})


def _comments(
    seed: int, truth: AirlineTruth, line: Airline, trips: list[str], ids: np.ndarray
) -> DataFile:
    rng = model.stream(seed, CASE, "comments")
    times = _answer_times(rng, line, 20)
    loud = model.chance(truth.comment_share, 0.35 * np.abs(line.lived.overall) - 0.3)
    speaks = (rng.random(len(trips)) < loud) & ~line.refunded
    sent = [i for i in np.argsort(np.array(times)) if speaks[i] and times[i] <= PERIOD[1]]
    language = line.crowd.table["language"].to_numpy()[line.owner]
    whole = line.lived.overall
    texts = [write_comment(rng, CASE, line.lived, i, language[i], whole[i]) for i in sent]
    frame = pd.DataFrame(
        {
            "编号": [f"K{i:05d}" for i in range(1, len(sent) + 1)],
            "行程编号": [trips[i] for i in sent],
            "旅客编号": [ids[i] for i in sent],
            "留言时间": [times[i].replace(second=0, microsecond=0) for i in sent],
            "来源": model.pick(rng, ["应用内", "公众号", "微博"], [0.6, 0.25, 0.15], len(sent)),
            "语言": [{"zh": "中文", "en": "英文"}[language[i]] for i in sent],
            "内容": plant_private(texts),
        }
    )
    return DataFile("comments.xlsx", frame, sheet="旅客留言")
