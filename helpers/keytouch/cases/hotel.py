"""The hotel: bookings that are kept or cancelled, and stays from the car park to the bill."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from keytouch.cases import model
from keytouch.cases.comments import write_comment
from keytouch.cases.files import DataFile, repeat_rows, spoil
from keytouch.cases.survey import answers_frame, plant_private
from keytouch.cases.truth import PERIOD, HotelTruth, named, spots

CASE = "hotel"
CODES = {"blank": None, "not_used": "未使用", "dont_know": "不清楚"}
EFFORT = ("check_in", "check_out")
LABELS = {"overall": "总体满意度", "nps": "推荐意愿", "ces": "省心程度"}


def labels() -> dict[str, str]:
    """The survey's columns by touchpoint: their Chinese names."""
    return {spot.id: spot.name_zh for spot in spots(CASE)}


class Touch(NamedTuple):
    """One interaction of a booking."""

    booking: int
    touchpoint: str
    ts: datetime
    promised: datetime | None
    wait: float | None
    duration: float | None
    success: bool | None
    channel: str


class Hotel:
    """The bookings being lived through."""

    def __init__(self, seed: int, truth: HotelTruth):
        self.truth = truth
        self.crowd = model.people(seed, CASE, truth, "G")
        self.rng = model.stream(seed, CASE, "bookings")
        n = truth.journeys
        self.owner = model.assign(self.rng, truth.customers, n)
        self.channel = model.pick_named(self.rng, CASE, "channel", n)
        self.segment = self.crowd.table["segment"].to_numpy()[self.owner]
        self.lived = model.live(self.rng, truth, spots(CASE), self.crowd.trait[self.owner])
        better = model.shifts(CASE, "channel", self.channel)
        self.lived.own += (better + model.shifts(CASE, "segment", self.segment))[:, None]
        self.touches: list[Touch] = []
        self.bookings = [self._book(i) for i in range(n)]

    def _book(self, i: int) -> dict[str, Any]:
        """When the guest books and arrives, for how long, at what rate."""
        rng, truth = self.rng, self.truth
        arrival = PERIOD[0] + timedelta(days=int(rng.integers(2, 184)))
        room = (arrival - PERIOD[0]).days - 0.5
        lead = model.lognormal(rng, truth.lead_days, truth.lead_spread)
        lead = min(lead, float(rng.uniform(0.0, 1.0)) * room)
        booked = arrival - timedelta(days=int(lead))
        hour = int(rng.choice(24, p=model.HOURS / model.HOURS.sum()))
        hour = min(hour, 12) if lead < 1 else hour
        nights = 1 + min(int(rng.geometric(0.48)) - 1, 8)
        return {
            "arrival": arrival,
            "booked_at": booked + timedelta(hours=hour, seconds=int(rng.integers(0, 3600))),
            "nights": nights,
            "lead": int(lead),
            "requests": int(rng.choice(5, p=[0.58, 0.26, 0.11, 0.04, 0.01])),
            "rate": round(float(np.exp(rng.normal(6.05, 0.28))), 0),
            "status": "checked_out",
        }

    def happens(self, share: float, shift: float = 0.0) -> bool:
        return bool(self.rng.random() < model.chance(share, shift))

    def feel(self, booking: int, touchpoint: str) -> float:
        return float(self.lived.own[booking, self.lived.at(touchpoint)])

    def wait(self, booking: int, touchpoint: str, median: float) -> float:
        """Minutes waited: longer where the experience is bad."""
        known = self.truth.wait_per_sd * self.truth.wait_spread * self.feel(booking, touchpoint)
        return round(model.lognormal(self.rng, median, 0.8 * self.truth.wait_spread, known), 1)

    def note(
        self,
        booking: int,
        touchpoint: str,
        ts: datetime,
        *,
        promised: datetime | None = None,
        wait: float | None = None,
        duration: float | None = None,
        success: bool | None = None,
        channel: str = "front_desk",
    ) -> None:
        """Log an interaction that lies within the period."""
        if PERIOD[0] <= ts <= PERIOD[1]:
            self.lived.used[booking, self.lived.at(touchpoint)] = True
            row = Touch(booking, touchpoint, ts, promised, wait, duration, success, channel)
            self.touches.append(row)


def plan_stay(hotel: Hotel, i: int) -> None:
    """Look, book, perhaps change, perhaps cancel; some never come."""
    rng, truth, stay = hotel.rng, hotel.truth, hotel.bookings[i]
    booked, arrival = stay["booked_at"], stay["arrival"]
    where = hotel.channel[i]
    if where != "front_desk" and hotel.happens(0.9):
        for _ in range(1 + min(int(rng.geometric(0.6)) - 1, 3)):
            ts = booked - timedelta(minutes=model.lognormal(rng, 15, 1.0))
            hotel.note(i, "hotel_page", ts, duration=4.0, channel=where)
    hotel.lived.used[i, hotel.lived.at("booking")] = True
    days = max((arrival - booked).total_seconds() / 86400, 0.2)
    shift = (
        dict(truth.cancel_channels)[where]
        + truth.cancel_per_lead * (np.log1p(stay["lead"]) - 2.4)
        + truth.cancel_per_request * (stay["requests"] - 0.6)
    )
    if hotel.happens(truth.change_share):
        ts = booked + timedelta(days=float(rng.uniform(0.02, 0.6)) * days)
        stay["changed_at"] = ts if ts <= PERIOD[1] else None
    if hotel.happens(truth.cancel_rate, shift):
        ts = booked + timedelta(days=float(rng.uniform(0.05, 0.95)) * days)
        if ts <= PERIOD[1]:
            stay |= {"status": "cancelled", "cancelled_at": ts}
    elif hotel.happens(truth.no_show_share):
        stay["status"] = "no_show"
    if stay.get("changed_at") or stay.get("cancelled_at"):
        hotel.lived.used[i, hotel.lived.at("booking_change")] = True
    if arrival > PERIOD[1] - timedelta(days=1) and stay["status"] != "cancelled":
        stay["status"] = "booked"


def arrive(hotel: Hotel, i: int) -> datetime:
    """Message, car park, room assignment, check-in; returns when the guest has the key."""
    rng, truth, stay = hotel.rng, hotel.truth, hotel.bookings[i]
    arrival = stay["arrival"]
    comes = arrival + timedelta(hours=float(np.clip(rng.normal(16.2, 2.6), 10.5, 23.2)))
    comes = max(comes, stay["booked_at"] + timedelta(minutes=40))
    if hotel.happens(0.75):
        ts = max(arrival - timedelta(hours=float(rng.uniform(3, 14))), stay["booked_at"])
        hotel.note(i, "pre_arrival", ts + timedelta(minutes=5), channel="direct")
    if hotel.happens(0.45):
        ts = comes - timedelta(minutes=float(rng.uniform(6, 20)))
        hotel.note(i, "parking", ts, wait=hotel.wait(i, "parking", 4))
    ready = arrival + timedelta(hours=truth.room_ready_hour)
    tidy = (
        ready
        - timedelta(minutes=25)
        + timedelta(minutes=float(rng.normal(0, 45)) - 25 * hotel.feel(i, "check_in"))
    )
    hotel.note(i, "room_assignment", min(tidy, comes), promised=ready, success=tidy <= ready)
    promised = max(ready, comes) + timedelta(minutes=truth.desk_promise_minutes)
    queue = hotel.wait(i, "check_in", truth.check_in_wait)
    key = max(comes, min(tidy, comes + timedelta(hours=2))) + timedelta(minutes=queue)
    waited = round((key - comes).total_seconds() / 60, 1)
    spent = round(model.lognormal(rng, 4, 0.4), 1)
    hotel.note(i, "check_in", key, promised=promised, wait=waited, duration=spent, success=True)
    if waited > 40:
        hotel.lived.own[i, hotel.lived.at("check_in")] -= 0.5
    return key


def spend_nights(hotel: Hotel, i: int, key: datetime) -> datetime:
    """Room, network, cleaning, breakfast, requests; returns the morning of departure."""
    rng, stay = hotel.rng, hotel.bookings[i]
    hotel.note(i, "room", key + timedelta(minutes=float(rng.uniform(4, 12))))
    if hotel.happens(0.85):
        ts = key + timedelta(minutes=float(rng.uniform(13, 60)))
        for _ in range(3):
            linked = hotel.happens(0.75, 0.8 * hotel.feel(i, "wifi"))
            hotel.note(i, "wifi", ts, success=linked, channel="direct")
            if linked:
                break
            ts += timedelta(minutes=float(rng.uniform(2, 30)))
    for _ in range(1 + int(rng.random() < 0.3) if hotel.happens(0.43) else 0):
        ts = key + timedelta(hours=float(rng.uniform(0.5, 6)))
        wait = hotel.wait(i, "guest_request", 12)
        hotel.note(i, "guest_request", ts, wait=wait, success=hotel.happens(0.93))
    if hotel.happens(0.33):
        hotel.note(i, "facilities", key + timedelta(hours=float(rng.uniform(1, 5))))
    eats = hotel.happens(0.72)
    for night in range(1, stay["nights"] + 1):
        morning = stay["arrival"] + timedelta(days=night)
        if eats and night <= 2:
            ts = morning + timedelta(hours=float(np.clip(rng.normal(8.2, 0.7), 6.5, 9.9)))
            hotel.note(i, "breakfast", ts, wait=hotel.wait(i, "breakfast", 3))
        if night < stay["nights"] and night <= 2:
            due = morning + timedelta(hours=15)
            done = morning + timedelta(hours=float(rng.normal(13.6, 0.9)))
            hotel.note(i, "room_cleaning", done, promised=due, success=done <= due)
    return stay["arrival"] + timedelta(days=stay["nights"])


def depart(hotel: Hotel, i: int, morning: datetime) -> None:
    """Check out, get the invoice; complain, be asked for a review."""
    rng, truth, stay = hotel.rng, hotel.truth, hotel.bookings[i]
    comes = morning + timedelta(hours=float(np.clip(rng.normal(11.0, 1.1), 7.0, 14.0)))
    queue = hotel.wait(i, "check_out", truth.check_out_wait)
    out = comes + timedelta(minutes=queue)
    if out > PERIOD[1]:
        stay["status"] = "booked"
        return
    promised = comes + timedelta(minutes=truth.desk_promise_minutes)
    spent = round(model.lognormal(rng, 3, 0.4), 1)
    hotel.note(i, "check_out", out, promised=promised, wait=queue, duration=spent, success=True)
    stay["left_at"] = out
    if hotel.happens(0.7 if hotel.segment[i] == "business" else 0.3):
        ts = out + timedelta(minutes=float(rng.uniform(1, 9)))
        for _ in range(2):
            right = hotel.happens(0.88, 0.6 * hotel.feel(i, "invoice"))
            wait = hotel.wait(i, "invoice", 6)
            hotel.note(i, "invoice", ts, wait=wait, success=right, channel="direct")
            if right:
                break
            ts += timedelta(hours=float(rng.uniform(1, 30)))
    felt = min(hotel.feel(i, "check_in"), hotel.feel(i, "check_out"))
    if hotel.happens(0.05, -0.7 * felt):
        ts = out + timedelta(hours=model.lognormal(rng, 3, 1.2))
        wait = hotel.wait(i, "complaint", 90)
        hotel.note(i, "complaint", ts, wait=wait, success=hotel.happens(0.7))
    if hotel.happens(0.68):
        ts = out + timedelta(hours=float(rng.uniform(20, 28)))
        hotel.note(i, "review_invite", ts, channel="direct")


def live_all(seed: int, truth: HotelTruth) -> Hotel:
    """Every booking of the half-year."""
    hotel = Hotel(seed, truth)
    for i in range(truth.journeys):
        plan_stay(hotel, i)
        if hotel.bookings[i]["status"] == "checked_out":
            key = arrive(hotel, i)
            depart(hotel, i, spend_nights(hotel, i, key))
    model.judge(model.stream(seed, CASE, "judge"), truth, hotel.lived)
    return hotel


def build(seed: int, truth: HotelTruth) -> list[DataFile]:
    """The hotel's files."""
    hotel = live_all(seed, truth)
    names = [f"B{i + 1:05d}" for i in range(truth.journeys)]
    ids = hotel.crowd.table["customer_id"].to_numpy()[hotel.owner]
    return [
        _guests(seed, truth, hotel),
        _bookings(hotel, names, ids),
        _stays(hotel, names, ids),
        _survey(seed, truth, hotel, names, ids),
        _reviews(seed, truth, hotel, names, ids),
    ]


def _guests(seed: int, truth: HotelTruth, hotel: Hotel) -> DataFile:
    rng = model.stream(seed, CASE, "outcomes")
    stayed = np.array(["left_at" in stay for stay in hotel.bookings])
    felt = model.by_customer(hotel.owner, hotel.lived.overall * stayed, truth.customers)
    table = hotel.crowd.table
    segment = {row["id"]: row["zh"] for row in named(CASE, "segment")}
    frame = pd.DataFrame(
        {
            "guest_id": table["customer_id"],
            "segment": table["segment"].map(segment),
            "province": table["region"],
            "first_seen": table["joined"],
            "consent": table["consent"].map({True: "同意", False: "不同意"}),
            "language": table["language"],
            "lapsed": model.leaves(rng, truth, felt).astype(int),
        }
    )
    frame = repeat_rows(frame, [150, 1204, 2311])
    return DataFile("guests.csv", frame, dates={"first_seen": "%Y%m%d"})


def _bookings(hotel: Hotel, names: list[str], ids: np.ndarray) -> DataFile:
    stays = hotel.bookings
    kept = [stay["status"] in ("checked_out", "booked") for stay in stays]
    frame = pd.DataFrame(
        {
            "booking_id": names,
            "guest_id": ids,
            "channel": hotel.channel,
            "booked_at": [stay["booked_at"] for stay in stays],
            "arrival_date": [stay["arrival"] for stay in stays],
            "nights": [stay["nights"] for stay in stays],
            "rate_cny": [int(stay["rate"]) for stay in stays],
            "amount_cny": [
                int(stay["rate"]) * stay["nights"] if keep else 0 for stay, keep in zip(stays, kept)
            ],
            "special_requests": [stay["requests"] for stay in stays],
            "changed_at": [stay.get("changed_at") for stay in stays],
            "cancelled_at": [stay.get("cancelled_at") for stay in stays],
            "left_at": [stay.get("left_at") for stay in stays],
            "status": [stay["status"].replace("_", " ").title() for stay in stays],
        }
    )
    frame = spoil(frame, "changed_at", [1700], ["2025/6/31 10:00"])
    frame = repeat_rows(frame, [640, 2222])
    forms = {name: "%Y/%-m/%-d %H:%M" for name in frame.columns if name.endswith("_at")}
    return DataFile(
        "bookings.tsv", frame, delimiter="\t", dates=forms | {"arrival_date": "%Y/%-m/%-d"}
    )


def _stays(hotel: Hotel, names: list[str], ids: np.ndarray) -> DataFile:
    touches = sorted(hotel.touches, key=lambda t: (t.ts, t.booking))
    done = {True: "Y", False: "N", None: ""}
    frame = pd.DataFrame(
        {
            "event_no": range(1, len(touches) + 1),
            "booking_id": [names[t.booking] for t in touches],
            "guest_id": [ids[t.booking] for t in touches],
            "touchpoint": [t.touchpoint for t in touches],
            "channel": [t.channel for t in touches],
            "at": [t.ts for t in touches],
            "promised": [t.promised for t in touches],
            "wait_minutes": [t.wait for t in touches],
            "duration_minutes": [t.duration for t in touches],
            "done": [done[t.success] for t in touches],
        }
    )
    return DataFile("stays.csv.gz", frame)


def _survey(
    seed: int, truth: HotelTruth, hotel: Hotel, names: list[str], ids: np.ndarray
) -> DataFile:
    rng = model.stream(seed, CASE, "survey")
    answers = model.answer(rng, truth, hotel.lived, EFFORT)
    willing = model.responds(rng, truth, hotel.lived)
    sent: list[tuple[datetime, int]] = []
    for i, stay in enumerate(hotel.bookings):
        lag = timedelta(hours=model.lognormal(rng, 26, 0.9))
        if willing[i] and "left_at" in stay and stay["left_at"] + lag <= PERIOD[1]:
            sent.append((stay["left_at"] + lag, i))
    sent.sort()
    order = [i for _, i in sent]
    language = hotel.crowd.table["language"].to_numpy()[hotel.owner]
    frame = pd.DataFrame(
        {
            "答卷编号": [f"W{i:05d}" for i in range(1, len(sent) + 1)],
            "订单号": [names[i] for i in order],
            "客人编号": [ids[i] for i in order],
            "提交时间": pd.Series([ts.replace(microsecond=0) for ts, _ in sent]),
        }
    )
    items = answers_frame(hotel.lived.spots, answers, order, CODES, labels() | LABELS)
    frame = pd.concat([frame, items], axis=1)
    frame["其他意见"] = [
        write_comment(rng, CASE, hotel.lived, i, language[i], hotel.lived.overall[i])
        if rng.random() < 0.25
        else None
        for i in order
    ]
    for name in ("客房", "无线网络", "早餐", "客需服务"):
        frame = spoil(frame, name, list(range(500, 512)), lambda _: None)
    frame = spoil(frame, "早餐", [44, 618], ["4分", "还行"])
    frame = spoil(frame, "停车与到店", [203, 377], ["三", "5+"])
    frame = spoil(frame, "推荐意愿", [290], [12])
    return DataFile("survey.xlsx", frame, sheet="离店问卷")


def _reviews(
    seed: int, truth: HotelTruth, hotel: Hotel, names: list[str], ids: np.ndarray
) -> DataFile:
    rng = model.stream(seed, CASE, "reviews")
    written = []
    for i, stay in enumerate(hotel.bookings):
        lag = timedelta(days=model.lognormal(rng, 2.5, 0.8))
        if "left_at" in stay and rng.random() < truth.review_share:
            ts = stay["left_at"] + lag
            if ts <= PERIOD[1]:
                written.append((ts, i))
    written.sort()
    order = [i for _, i in written]
    whole = hotel.lived.overall[order]
    given = model.stars(whole + 0.3 * rng.standard_normal(len(whole)), truth.stars)
    language = hotel.crowd.table["language"].to_numpy()[hotel.owner]
    texts = [
        write_comment(rng, CASE, hotel.lived, i, language[i], star - 3.4)
        if rng.random() < truth.comment_shares[star - 1]
        else ""
        for i, star in zip(order, given)
    ]
    frame = pd.DataFrame(
        {
            "点评编号": [f"DP{i:05d}" for i in range(1, len(order) + 1)],
            "订单号": [names[i] for i in order],
            "客人编号": [ids[i] for i in order],
            "点评日期": [ts for ts, _ in written],
            "评分": given,
            "点评内容": plant_private(texts),
        }
    )
    return DataFile("reviews.csv", frame, dates={"点评日期": "%Y年%-m月%-d日"})
