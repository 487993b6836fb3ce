"""Bookings of the hotel: cancelled, missed, or lived through from the car park to the bill."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from keytouch.cases import model
from keytouch.cases.truth import PERIOD, HotelTruth
from keytouch.cases.world import World

CASE = "hotel"
DESK = "front_desk"


class Hotel(World):
    """The bookings of a half-year, lived through one after another."""

    def __init__(self, seed: int, truth: HotelTruth):
        super().__init__(seed, CASE, truth, "G")
        self.truth: HotelTruth = truth
        self.bookings = [self._book() for _ in range(truth.journeys)]
        for i, stay in enumerate(self.bookings):
            plan_stay(self, i)
            if stay["status"] == "checked_out":
                spend_nights(self, i, arrive(self, i))
                depart(self, i)
        self.conclude(seed, np.array(["left_at" in stay for stay in self.bookings]))

    def _book(self) -> dict[str, Any]:
        """When the guest books and arrives, for how long, at what rate."""
        rng, truth = self.rng, self.truth
        arrival = PERIOD[0] + timedelta(days=int(rng.integers(2, 184)))
        room = (arrival - PERIOD[0]).days - 0.5
        lead = model.lognormal(rng, truth.lead_days, truth.lead_spread)
        lead = int(min(lead, float(rng.uniform(0.0, 1.0)) * room))
        hour = int(rng.choice(24, p=model.HOURS / model.HOURS.sum()))
        clock = timedelta(
            hours=min(hour, 12) if lead < 1 else hour, seconds=int(rng.integers(3600))
        )
        return {
            "arrival": arrival,
            "booked_at": arrival - timedelta(days=lead) + clock,
            "nights": self.times(truth.night_again, 9),
            "lead": lead,
            "requests": int(rng.choice(5, p=truth.request_shares)),
            "rate": int(np.rint(np.exp(rng.normal(truth.log_rate, truth.log_rate_spread)))),
            "status": "checked_out",
        }

    def unlogged(self, journey: int) -> list[tuple[datetime, str]]:
        stay = self.bookings[journey]
        found = [(stay["booked_at"], "booking")]
        return found + [
            (stay[name], "booking_change")
            for name in ("changed_at", "cancelled_at")
            if name in stay
        ]


def plan_stay(hotel: Hotel, i: int) -> None:
    """Look, book, perhaps change, perhaps cancel; some never come."""
    rng, truth, stay = hotel.rng, hotel.truth, hotel.bookings[i]
    booked, where = stay["booked_at"], hotel.channel[i]
    if where != DESK and hotel.turns_to("hotel_page"):
        for _ in range(hotel.times(truth.look_again, 4)):
            ts = booked - timedelta(minutes=model.lognormal(rng, 15, 1.0))
            hotel.note(i, "hotel_page", ts, where, duration=hotel.spend(4))
    hotel.use(i, "booking")
    days = max((stay["arrival"] - booked).total_seconds() / 86400, 0.2)
    if hotel.happens(truth.change_share):
        stay["changed_at"] = booked + timedelta(days=float(rng.uniform(0.02, 0.6)) * days)
    shift = (
        dict(truth.cancel_channels)[where]
        + truth.cancel_per_lead * (np.log1p(stay["lead"]) - 2.4)
        + truth.cancel_per_request * (stay["requests"] - 0.6)
    )
    if hotel.happens(truth.cancel_rate, shift):
        after = float(rng.uniform(0.62, 0.97)) * days
        stay |= {"status": "cancelled", "cancelled_at": booked + timedelta(days=after)}
    elif hotel.happens(truth.no_show_share):
        stay["status"] = "no_show"
    for name in ("changed_at", "cancelled_at"):
        if name in stay and stay[name] > PERIOD[1]:
            del stay[name]
        elif name in stay:
            hotel.use(i, "booking_change")
    gone = stay["status"] == "cancelled" and "cancelled_at" in stay
    if not gone and stay["arrival"] > PERIOD[1] - timedelta(days=1):
        stay["status"] = "booked"


def arrive(hotel: Hotel, i: int) -> datetime:
    """Message, car park, room assignment, check-in; returns when the guest has the key."""
    rng, truth, stay = hotel.rng, hotel.truth, hotel.bookings[i]
    day = stay["arrival"]
    comes = day + timedelta(hours=float(np.clip(rng.normal(16.2, 2.6), 10.5, 23.2)))
    comes = max(comes, stay["booked_at"] + timedelta(minutes=40))
    if hotel.turns_to("pre_arrival"):
        ts = max(day - timedelta(hours=float(rng.uniform(3, 14))), stay["booked_at"])
        hotel.note(i, "pre_arrival", ts + timedelta(minutes=5), "direct")
    if hotel.turns_to("parking"):
        ts = comes - timedelta(minutes=float(rng.uniform(6, 20)))
        hotel.note(i, "parking", ts, DESK, wait=hotel.wait(i, "parking", 4))
    ready = day + timedelta(hours=truth.room_ready_hour)
    ahead = truth.room_ready_ahead + truth.room_ready_per_sd * hotel.feel(i, "check_in")
    tidy = ready - timedelta(minutes=ahead + truth.room_ready_spread * rng.standard_normal())
    done = {"promised": ready, "success": tidy <= ready}
    hotel.note(i, "room_assignment", min(tidy, comes), DESK, **done)
    queue = hotel.wait(i, "check_in", truth.check_in_wait)
    key = max(comes, min(tidy, comes + timedelta(hours=2))) + timedelta(minutes=queue)
    waited = round((key - comes).total_seconds() / 60, 1)
    promised = max(ready, comes) + timedelta(minutes=truth.desk_promise_minutes)
    hotel.late[i] = key > promised
    facts = {"promised": promised, "wait": waited, "duration": hotel.spend(4), "success": True}
    hotel.note(i, "check_in", key, DESK, **facts)
    if waited > truth.long_wait:
        hotel.worsen(i, "check_in", truth.long_wait_shift)
    hotel.turn(i, "check_in")
    if hotel.turns_to("welcome"):
        hotel.note(i, "welcome", key + timedelta(minutes=float(rng.uniform(1, 3))), DESK)
    return key


def spend_nights(hotel: Hotel, i: int, key: datetime) -> None:
    """Room, network, requests, pool; breakfast and cleaning by night."""
    rng, truth, stay = hotel.rng, hotel.truth, hotel.bookings[i]

    def after(least: float, most: float) -> datetime:
        return key + timedelta(minutes=float(rng.uniform(least, most)))

    hotel.note(i, "room", after(4, 12), DESK)
    if hotel.turns_to("wifi"):
        ts = after(13, 60)
        for _ in range(3):
            linked = hotel.happens(truth.wifi_works, 0.8 * hotel.feel(i, "wifi"))
            hotel.note(i, "wifi", ts, "direct", success=linked)
            if linked:
                break
            ts += timedelta(minutes=hotel.spend(8))
    if hotel.turns_to("guest_request"):
        hotel.meet(i, "guest_request", key)
        for _ in range(hotel.times(0.25, 3)):
            wait = hotel.wait(i, "guest_request", 12)
            done = hotel.happens(0.93)
            hotel.note(i, "guest_request", after(30, 330), DESK, wait=wait, success=done)
    if hotel.turns_to("facilities"):
        hotel.note(i, "facilities", after(60, 300), DESK)
    eats = hotel.turns_to("breakfast")
    hotel.meet(i, "breakfast", key)
    for night in range(1, min(stay["nights"], 2) + 1):
        morning = stay["arrival"] + timedelta(days=night)
        if eats:
            ts = morning + timedelta(hours=float(np.clip(rng.normal(8.2, 0.7), 6.5, 9.9)))
            hotel.note(i, "breakfast", ts, DESK, wait=hotel.wait(i, "breakfast", 3))
        if night < stay["nights"]:
            due = morning + timedelta(hours=15)
            ts = morning + timedelta(hours=float(rng.normal(13.6, 0.9)))
            hotel.note(i, "room_cleaning", ts, DESK, promised=due, success=ts <= due)


def depart(hotel: Hotel, i: int) -> None:
    """Check out, get the invoice; complain, be asked for a review."""
    rng, truth, stay = hotel.rng, hotel.truth, hotel.bookings[i]
    morning = stay["arrival"] + timedelta(days=stay["nights"])
    comes = morning + timedelta(hours=float(np.clip(rng.normal(11.0, 1.1), 7.0, 14.0)))
    hotel.meet(i, "check_out", comes)
    wait = hotel.wait(i, "check_out", truth.check_out_wait)
    out = comes + timedelta(minutes=wait)
    if out > PERIOD[1]:
        stay["status"] = "booked"
        return
    stay["left_at"] = out
    promised = comes + timedelta(minutes=truth.desk_promise_minutes)
    hotel.late[i] |= out > promised
    facts = {"promised": promised, "wait": wait, "duration": hotel.spend(3), "success": True}
    hotel.note(i, "check_out", out, DESK, **facts)
    if hotel.turns_to("invoice", dict(truth.invoice_segments).get(hotel.segment[i], 0.0)):
        ts = out + timedelta(minutes=float(rng.uniform(1, 9)))
        hotel.serve(
            i, ts, "direct", 6, lambda ts: hotel.awake(ts + timedelta(hours=rng.uniform(1, 30)))
        )
    felt = min(hotel.feel(i, "check_in"), hotel.feel(i, "check_out"))
    if hotel.turns_to("complaint", truth.complaint_per_sd * felt):
        ts = out + timedelta(hours=model.lognormal(rng, 1.5, 0.8))
        done = hotel.happens(truth.complaint_solved)
        hotel.note(i, "complaint", ts, DESK, wait=hotel.wait(i, "complaint", 90), success=done)
    if hotel.turns_to("review_invite"):
        hotel.note(i, "review_invite", out + timedelta(hours=float(rng.uniform(20, 28))), "direct")
