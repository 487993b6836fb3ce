"""Visits to the online shop: some become orders, some parcels are late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from keytouch.cases import model
from keytouch.cases.truth import PERIOD, EcommerceTruth
from keytouch.cases.world import World

CASE = "ecommerce"


class Shop(World):
    """The visits of a half-year, lived through one after another."""

    def __init__(self, seed: int, truth: EcommerceTruth):
        super().__init__(seed, CASE, truth, "C")
        self.truth: EcommerceTruth = truth
        starts = _starts(model.stream(seed, CASE, "starts"), truth)
        self.start = np.array(starts, dtype=object)
        self.orders: dict[int, dict[str, Any]] = {}
        self.reached = np.zeros(truth.journeys, dtype=bool)
        for j in range(truth.journeys):
            Visit(self, j).walk()
        for j in self.orders:
            fulfil(self, j)
            look_after(self, j)
        self.conclude(seed)

    def unlogged(self, journey: int) -> list[tuple[datetime, str]]:
        order = self.orders.get(journey, {})
        if "delivered_at" not in order:
            return []
        signed = order["signed_at"]
        found = [(order["delivered_at"], "delivery"), (signed, "receipt")]
        found.append((signed + timedelta(minutes=3), "packaging"))
        invited = [(order["invited_at"], "review_invite")]
        return found + invited * self.used(journey, "review_invite")


def _starts(rng: np.random.Generator, truth: EcommerceTruth) -> list[datetime]:
    """Visits by day: weekends a little busier, quiet at New Year, busy in early June."""
    weights = np.ones(model.days_in_period())
    for day in range(len(weights)):
        date = PERIOD[0] + timedelta(days=day)
        weights[day] *= 1.15 if date.weekday() >= 5 else 1.0
        if datetime(2025, 1, 26) <= date <= datetime(2025, 2, 3):
            weights[day] *= truth.new_year_traffic
        if datetime(2025, 5, 30) <= date <= datetime(2025, 6, 18):
            weights[day] *= truth.sale_traffic
    return sorted(model.moments_in_period(rng, truth.journeys, weights))


class Visit:
    """One visit on its way through the funnel, with its own clock."""

    def __init__(self, shop: Shop, j: int):
        self.shop, self.j, self.truth = shop, j, shop.truth
        self.clock = shop.start[j]

    def note(self, touchpoint: str, median: float, **facts: object) -> datetime:
        """Some minutes later, the next click."""
        self.clock += timedelta(minutes=model.lognormal(self.shop.rng, median, 0.8))
        self.shop.note(self.j, touchpoint, self.clock, self.shop.channel[self.j], **facts)
        return self.clock

    def walk(self) -> None:
        """Catalogue, product, cart, address, payment; each loses some."""
        shop, truth, segment = self.shop, self.truth, self.shop.segment[self.j]
        self.browse()
        pull = truth.product_per_recommendation * shop.feel(self.j, "recommendation")
        pull *= shop.used(self.j, "recommendation")
        if not shop.happens(truth.product_share, pull + dict(truth.eager_segments)[segment]):
            return
        self.look()
        if not shop.happens(truth.cart_share):
            return
        goes_on = shop.happens(truth.address_share)
        shop.meet(self.j, "cart", self.clock)
        self.note("cart", 1.2, duration=shop.spend(1.0), success=goes_on)
        if goes_on and shop.happens(truth.payment_share):
            self.pay()

    def browse(self) -> None:
        """Land, search, follow recommendations; some start over."""
        shop, j = self.shop, self.j
        live = shop.channel[j] == "livestream"
        if shop.turns_to("ad_landing", self.truth.ad_livestream * live):
            shop.note(j, "ad_landing", self.clock, shop.channel[j], duration=shop.spend(0.7))
        for _ in range(shop.times(self.truth.browse_again, 5)):
            if shop.turns_to("search"):
                if not shop.used(j, "search"):
                    shop.meet(j, "search", self.clock)
                feel = self.truth.search_found_per_sd * shop.feel(j, "search")
                found = shop.happens(self.truth.search_found, feel)
                self.note("search", 0.8, duration=shop.spend(1.0), success=found)
            if shop.turns_to("recommendation"):
                self.note("recommendation", 1.0, duration=shop.spend(1.2))
        if not shop.lived.used[j].any():
            self.note("search", 0.8, duration=shop.spend(0.6), success=False)

    def look(self) -> None:
        """Look at products, perhaps ask."""
        shop, j = self.shop, self.j
        shop.reached[j] = True
        for _ in range(shop.times(self.truth.product_again, 4)):
            self.note("product_page", 1.5, duration=shop.spend(1.6))
        if shop.turns_to("pre_sale_chat"):
            wait = shop.wait(j, "pre_sale_chat", 1.5)
            self.note("pre_sale_chat", 1.0, wait=wait, duration=shop.spend(4), success=True)

    def pay(self) -> None:
        """Some leave at the sight of the page; some payments fail and are tried again."""
        shop, j, truth = self.shop, self.j, self.truth
        shop.meet(j, "payment", self.clock)
        feel = shop.feel(j, "payment")
        if shop.happens(truth.payment_leave, truth.payment_leave_per_sd * feel):
            self.note("payment", 1.0, duration=0.6, success=False)
            shop.turn(j, "payment")
            return
        failures = 0
        while True:
            fails = shop.happens(truth.payment_failure, truth.payment_failure_per_sd * feel)
            ts = self.note("payment", 0.9, duration=shop.spend(0.8), success=not fails)
            failures += fails
            if not fails or failures == 4 or not shop.happens(truth.payment_retry):
                break
        if not fails:
            shop.orders[j] = {"placed_at": ts}
        shop.worsen(j, "payment", truth.payment_failure_shift * min(failures, 2))
        shop.turn(j, "payment")


def fulfil(shop: Shop, j: int) -> None:
    """Check the payment, dispatch, deliver; a late parcel spoils the delivery."""
    rng, truth, order = shop.rng, shop.truth, shop.orders[j]
    by_transfer = rng.random() < truth.transfer_share
    hours = float(rng.uniform(10, 58)) if by_transfer else model.lognormal(rng, 0.2, 0.9)
    order["approved_at"] = order["placed_at"] + timedelta(hours=hours)
    promised = order["placed_at"] + timedelta(days=int(rng.choice(truth.promised_days)))
    order["promised_at"] = promised.replace(hour=21, minute=0, second=0)
    states, shares = zip(*truth.order_states)
    order["status"] = str(rng.choice(states, p=shares))
    if order["status"] != "delivered":
        return
    days = model.lognormal(rng, truth.hand_over_days, truth.hand_over_spread)
    order["shipped_at"] = order["approved_at"] + timedelta(days=days)
    known = truth.transit_per_sd * truth.transit_spread * shop.feel(j, "delivery")
    transit = model.lognormal(rng, truth.transit_days, 0.8 * truth.transit_spread, known)
    delivered = _by_day(rng, order["shipped_at"] + timedelta(days=transit))
    order["delivered_at"] = delivered
    order["signed_at"] = delivered + timedelta(hours=model.lognormal(rng, 0.4, 1.6))
    order["invited_at"] = delivered.replace(hour=10) + timedelta(days=1, hours=rng.uniform(0, 9))
    order["late_days"] = (delivered - order["promised_at"]).total_seconds() / 86400
    shop.late[j] = order["late_days"] > 0
    for edge, shift in reversed(list(zip(truth.late_days, truth.late_shifts))):
        if order["late_days"] > edge:
            shop.worsen(j, "delivery", shift)
            break
    shop.use(j, "dispatch", "delivery", "packaging", "receipt")
    if shop.turns_to("review_invite"):
        shop.use(j, "review_invite")


def _by_day(rng: np.random.Generator, when: datetime) -> datetime:
    """Couriers come between eight in the morning and nine at night."""
    if 8 <= when.hour < 21:
        return when
    day = when if when.hour < 8 else when + timedelta(days=1)
    return day.replace(hour=int(rng.integers(8, 20)))


def look_after(shop: Shop, j: int) -> None:
    """What comes after an order: questions, asked again; returns and refunds; complaints."""
    rng, truth, order = shop.rng, shop.truth, shop.orders[j]
    base = order.get("delivered_at", order["approved_at"])
    late = order.get("late_days", -1.0)
    worry = truth.very_late_worry if late > 3 else truth.late_worry if late > 0 else 0.0
    if shop.turns_to("customer_service", worry):
        before = base - timedelta(hours=float(rng.uniform(2, 40)) * (late > 0))
        _ask(shop, j, max(before, order["placed_at"] + timedelta(minutes=30)))
    if "delivered_at" in order and shop.turns_to("returns"):
        asked = shop.awake(base + timedelta(days=model.lognormal(rng, 1.2, 0.6)))
        done = shop.happens(0.93)
        shop.note(j, "returns", asked, shop.channel[j], success=done)
        paid = asked + timedelta(days=model.lognormal(rng, 4, 0.5))
        shop.note(j, "refund", paid.replace(hour=15), shop.channel[j], success=True)
    if shop.turns_to("complaint", worry):
        said = shop.awake(base + timedelta(hours=model.lognormal(rng, 14, 0.7)))
        wait = shop.wait(j, "complaint", 240)
        done = shop.happens(truth.complaint_solved)
        shop.note(j, "complaint", said, shop.channel[j], wait=wait, success=done)


def _ask(shop: Shop, j: int, ts: datetime) -> None:
    """Contact the service on the channel of the visit, until it helps or the customer gives up."""

    def later(before: datetime) -> datetime:
        return shop.awake(before + timedelta(hours=model.lognormal(shop.rng, 9, 0.8)))

    shop.serve(j, shop.awake(ts), shop.channel[j], 4, later)
