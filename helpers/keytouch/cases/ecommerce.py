"""The online shop: visits that may become orders, parcels that may be late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from keytouch.cases import model
from keytouch.cases.comments import write_comment
from keytouch.cases.files import DataFile, repeat_rows, spoil
from keytouch.cases.survey import answers_frame, plant_private
from keytouch.cases.truth import PERIOD, EcommerceTruth, named, spots

CASE = "ecommerce"
NOT_USED = 99
EFFORT = ("payment", "delivery")
EVENT_NAMES = {
    "ad_landing": "ad_click",
    "search": "search",
    "recommendation": "rec_click",
    "product_page": "view_item",
    "pre_sale_chat": "presale_chat",
    "cart": "add_to_cart",
    "payment": "pay",
    "customer_service": "service_chat",
    "returns": "return_request",
    "refund": "refund_paid",
    "complaint": "complaint",
}
METHODS = (("支付宝", 0.46), ("微信支付", 0.38), ("银行卡", 0.12), ("货到付款", 0.04))


def labels() -> dict[str, str]:
    """The survey's columns by touchpoint."""
    return {spot.id: f"q_{spot.id}" for spot in spots(CASE)}


class Event(NamedTuple):
    """One click or contact of a visit; `minutes` after the visit's start."""

    journey: int
    touchpoint: str
    ts: datetime
    wait: float | None
    duration: float | None
    success: bool | None
    channel: str


class Shop:
    """The visits being lived through, one after another."""

    def __init__(self, seed: int, truth: EcommerceTruth):
        self.truth = truth
        self.crowd = model.people(seed, CASE, truth, "C")
        self.rng = model.stream(seed, CASE, "visits")
        self.owner = model.assign(self.rng, truth.customers, truth.journeys)
        self.start = np.array(_starts(self.rng, truth.journeys), dtype=object)
        self.channel = model.pick_named(self.rng, CASE, "channel", truth.journeys)
        self.lived = model.live(self.rng, truth, spots(CASE), self.crowd.trait[self.owner])
        segment = self.crowd.table["segment"].to_numpy()[self.owner]
        self.segment = segment
        better = model.shifts(CASE, "channel", self.channel)
        self.lived.own += (better + model.shifts(CASE, "segment", segment))[:, None]
        self.events: list[Event] = []
        self.orders: dict[int, dict[str, Any]] = {}
        self.reached = np.zeros(truth.journeys, dtype=bool)

    def happens(self, share: float, shift: float = 0.0) -> bool:
        return bool(self.rng.random() < model.chance(share, shift))

    def feel(self, journey: int, touchpoint: str) -> float:
        return float(self.lived.own[journey, self.lived.at(touchpoint)])

    def use(self, journey: int, touchpoint: str) -> None:
        self.lived.used[journey, self.lived.at(touchpoint)] = True

    def note(
        self,
        journey: int,
        touchpoint: str,
        ts: datetime,
        *,
        wait: float | None = None,
        duration: float | None = None,
        success: bool | None = None,
        channel: str = "",
    ) -> None:
        """Log an event, unless it lies after the last day that the client has exported."""
        if ts <= PERIOD[1]:
            self.use(journey, touchpoint)
            where = channel or self.channel[journey]
            self.events.append(Event(journey, touchpoint, ts, wait, duration, success, where))


def _starts(rng: np.random.Generator, n: int) -> list[datetime]:
    """Visits by day: weekends a little busier, quiet at New Year, busy in early June."""
    weights = np.ones(model.days_in_period())
    for day in range(len(weights)):
        date = PERIOD[0] + timedelta(days=day)
        weights[day] *= 1.15 if date.weekday() >= 5 else 1.0
        if datetime(2025, 1, 26) <= date <= datetime(2025, 2, 3):
            weights[day] *= 0.6
        if datetime(2025, 5, 30) <= date <= datetime(2025, 6, 18):
            weights[day] *= 1.6
    return sorted(model.moments_in_period(rng, n, weights))


def visit(shop: Shop, j: int) -> None:
    """Walk one visit through the funnel; loops and drop-outs on the way."""
    clock = shop.start[j]
    rng, truth = shop.rng, shop.truth

    def later(median: float) -> datetime:
        nonlocal clock
        clock += timedelta(minutes=model.lognormal(rng, median, 0.8))
        return clock

    def stay(median: float) -> float:
        return round(model.lognormal(rng, median, 0.7), 1)

    def browse() -> None:
        if shop.happens(0.62):
            shop.note(j, "search", later(0.8), duration=stay(1.0), success=shop.happens(0.86))
        if shop.happens(0.58):
            shop.note(j, "recommendation", later(1.0), duration=stay(1.2))

    if shop.happens(0.5 if shop.channel[j] == "livestream" else 0.3):
        shop.note(j, "ad_landing", clock, duration=stay(0.7))
    browse()
    while shop.happens(0.22):
        browse()
    if not shop.lived.used[j].any():
        shop.note(j, "search", later(0.8), duration=stay(0.6), success=False)
    recommended = shop.lived.used[j, shop.lived.at("recommendation")]
    pull = truth.product_per_recommendation * shop.feel(j, "recommendation") * recommended
    if not shop.happens(truth.product_share, pull + _eager(shop.segment[j])):
        return
    shop.reached[j] = True
    for _ in range(1 + min(int(rng.geometric(0.72)) - 1, 3)):
        shop.note(j, "product_page", later(1.5), duration=stay(1.6))
    if shop.happens(0.12):
        wait = round(model.lognormal(rng, 1.5, 0.8, -0.4 * shop.feel(j, "pre_sale_chat")), 1)
        shop.note(j, "pre_sale_chat", later(1.0), wait=wait, duration=stay(4), success=True)
    if not shop.happens(truth.cart_share):
        return
    goes_on = shop.happens(truth.address_share)
    shop.note(j, "cart", later(1.2), duration=stay(1.0), success=goes_on)
    if goes_on and shop.happens(truth.payment_share):
        pay(shop, j, later)


def _eager(segment: str) -> float:
    return {"new": 0.1, "regular": 0.0, "member": 0.25, "bargain": -0.25}[segment]


def pay(shop: Shop, j: int, later: Any) -> None:
    """Pay: some leave at the sight of the page, some fail, try again, give up."""
    truth, feel = shop.truth, shop.feel(j, "payment")
    shop.use(j, "payment")
    if shop.happens(truth.payment_leave, truth.payment_leave_per_sd * feel):
        shop.note(j, "payment", later(1.0), duration=0.6, success=False)
        return
    failures = 0
    for attempt in range(4):
        fails = shop.happens(truth.payment_failure, truth.payment_failure_per_sd * feel)
        spent = round(model.lognormal(shop.rng, 0.8, 0.5), 1)
        ts = later(0.9)
        shop.note(j, "payment", ts, duration=spent, success=not fails)
        failures += fails
        if not fails:
            shop.orders[j] = {"placed_at": ts, "failures": failures}
            break
        if attempt == 3 or not shop.happens(truth.payment_retry):
            break
    worse = truth.payment_failure_shift * min(failures, 2)
    shop.lived.own[j, shop.lived.at("payment")] += worse


def fulfil(shop: Shop, j: int) -> None:
    """Check the payment, dispatch and deliver; a late parcel spoils the delivery."""
    rng, truth, order = shop.rng, shop.truth, shop.orders[j]
    placed = order["placed_at"]
    if rng.random() < truth.transfer_share:
        approval = float(rng.uniform(10, 58))
    else:
        approval = model.lognormal(rng, 0.2, 0.9)
    approved = placed + timedelta(hours=approval)
    order["status"] = str(
        rng.choice(["delivered", "cancelled", "processing"], p=[0.985, 0.011, 0.004])
    )
    order["approved_at"] = approved
    promised = placed + timedelta(days=int(rng.choice(truth.promised_days)))
    order["promised_at"] = promised.replace(hour=21, minute=0, second=0)
    if order["status"] != "delivered":
        return
    known = -0.6 * shop.feel(j, "delivery")
    shipped = approved + timedelta(
        days=model.lognormal(rng, truth.hand_over_days, truth.hand_over_spread)
    )
    transit = model.lognormal(
        rng, truth.transit_days, truth.transit_spread * 0.8, truth.transit_spread * known
    )
    delivered = _by_day(rng, shipped + timedelta(days=transit))
    order |= {"shipped_at": shipped, "delivered_at": delivered}
    order["signed_at"] = delivered + timedelta(hours=model.lognormal(rng, 0.4, 1.6))
    order["invited_at"] = delivered + timedelta(days=1, hours=float(rng.uniform(0, 10)))
    late = (delivered - order["promised_at"]).total_seconds() / 86400
    order["late_days"] = late
    for edge, shift in reversed(list(zip(truth.late_days, truth.late_shifts))):
        if late > edge:
            shop.lived.own[j, shop.lived.at("delivery")] += shift
            break
    for touchpoint in ("delivery", "packaging", "receipt"):
        shop.use(j, touchpoint)
    if shop.happens(0.82):
        shop.use(j, "review_invite")


def _by_day(rng: np.random.Generator, when: datetime) -> datetime:
    """Couriers come between eight and nine."""
    if 8 <= when.hour < 21:
        return when
    day = when if when.hour < 8 else when + timedelta(days=1)
    return day.replace(hour=int(rng.integers(8, 20)))


def look_after(shop: Shop, j: int) -> None:
    """Contacts after the order: questions, asked again; returns and refunds; complaints."""
    rng, order = shop.rng, shop.orders[j]
    base = order.get("delivered_at", order["approved_at"])
    late = order.get("late_days", -5.0)
    worry = 1.3 if late > 3 else 0.5 if late > 0 else 0.0
    if shop.happens(0.27, worry):
        clock = base - timedelta(hours=float(rng.uniform(2, 40)) * (late > 0))
        clock = max(clock, order["placed_at"] + timedelta(minutes=30))
        for _ in range(4):
            wait = model.lognormal(rng, 4, 0.9, -0.5 * shop.feel(j, "customer_service"))
            solved = shop.happens(0.68, 0.6 * shop.feel(j, "customer_service"))
            where = "hotline" if shop.happens(0.25) else ""
            spent = round(model.lognormal(rng, 6, 0.6), 1)
            shop.note(
                j,
                "customer_service",
                clock,
                wait=round(wait, 1),
                duration=spent,
                success=solved,
                channel=where,
            )
            if solved:
                break
            clock += timedelta(hours=model.lognormal(rng, 9, 0.8))
    if "delivered_at" in order and shop.happens(0.2):
        asked = base + timedelta(days=model.lognormal(rng, 1.8, 0.7))
        shop.note(j, "returns", asked, success=shop.happens(0.93))
        paid = asked + timedelta(days=model.lognormal(rng, 4, 0.5))
        shop.note(j, "refund", paid, success=True)
    if shop.happens(0.05, worry):
        said = base + timedelta(hours=model.lognormal(rng, 20, 0.8))
        wait = round(model.lognormal(rng, 240, 1.0), 0)
        shop.note(j, "complaint", said, wait=wait, success=shop.happens(0.7))


def live_all(seed: int, truth: EcommerceTruth) -> Shop:
    """Every visit of the half-year."""
    shop = Shop(seed, truth)
    for j in range(truth.journeys):
        visit(shop, j)
    for j in shop.orders:
        fulfil(shop, j)
        look_after(shop, j)
    model.judge(model.stream(seed, CASE, "judge"), truth, shop.lived)
    return shop


def build(seed: int, truth: EcommerceTruth) -> list[DataFile]:
    """The shop's files."""
    shop = live_all(seed, truth)
    names = [f"S{j + 1:06d}" for j in range(truth.journeys)]
    ids = shop.crowd.table["customer_id"].to_numpy()[shop.owner]
    return [
        _customers(seed, truth, shop),
        _sessions(shop, names, ids),
        _events(shop, names, ids),
        _orders(seed, shop, names, ids),
        _survey(seed, truth, shop, names, ids),
        _reviews(seed, truth, shop, names, ids),
    ]


def _customers(seed: int, truth: EcommerceTruth, shop: Shop) -> DataFile:
    rng = model.stream(seed, CASE, "outcomes")
    table = shop.crowd.table
    bought = np.isin(np.arange(truth.journeys), list(shop.orders))
    felt = model.by_customer(shop.owner, shop.lived.overall, truth.customers)
    again = rng.random(truth.customers) < model.chance(
        truth.repurchase_rate, truth.repurchase_per_sd * felt
    )
    spent = np.zeros(truth.customers)
    amounts = np.exp(model.stream(seed, CASE, "amounts").normal(5.1, 0.75, truth.journeys))
    for j in np.flatnonzero(bought):
        shop.orders[int(j)]["amount"] = round(float(amounts[j]), 2)
        spent[shop.owner[j]] += round(float(amounts[j]), 2)
    yes = {True: "是", False: "否"}
    segment = {row["id"]: row["zh"] for row in named(CASE, "segment")}
    frame = pd.DataFrame(
        {
            "客户编号": table["customer_id"],
            "客户分层": table["segment"].map(segment),
            "地区": table["region"],
            "注册日期": table["joined"],
            "同意使用数据": table["consent"].map(yes),
            "沟通语言": table["language"].map({"zh": "中文", "en": "英文"}),
            "半年消费额": np.round(spent, 2),
            "九十天内复购": pd.Series(again & (spent > 0)).map(yes),
            "已流失": pd.Series(model.leaves(rng, truth, felt)).map(yes),
        }
    )
    frame = repeat_rows(frame, [41, 977, 2040])
    return DataFile(
        "customers.csv", frame, encoding="utf-8-sig", dates={"注册日期": "%Y-%m-%d"}, newline="\r\n"
    )


def _status(order: dict[str, Any] | None) -> str:
    if order is None:
        return "left"
    if order["status"] != "delivered":
        return order["status"]
    if order["delivered_at"] <= PERIOD[1]:
        return "delivered"
    return "shipped" if order["shipped_at"] <= PERIOD[1] else "processing"


def _sessions(shop: Shop, names: list[str], ids: np.ndarray) -> DataFile:
    last: dict[int, datetime] = {}
    for event in shop.events:
        if event.ts - shop.start[event.journey] < timedelta(hours=12):
            last[event.journey] = max(event.ts, last.get(event.journey, event.ts))
    frame = pd.DataFrame(
        {
            "session_id": names,
            "customer_id": ids,
            "started_at": shop.start,
            "ended_at": [last.get(j, shop.start[j]) for j in range(len(names))],
            "channel": shop.channel,
            "outcome": [_status(shop.orders.get(j)) for j in range(len(names))],
            "converted": [int(j in shop.orders) for j in range(len(names))],
            "order_amount": [shop.orders.get(j, {}).get("amount") for j in range(len(names))],
        }
    )
    return DataFile("sessions.csv.gz", repeat_rows(frame, [1200, 5013]))


def _events(shop: Shop, names: list[str], ids: np.ndarray) -> DataFile:
    events = sorted(shop.events, key=lambda e: (e.ts, e.journey))
    frame = pd.DataFrame(
        {
            "event_id": [f"E{i:07d}" for i in range(1, len(events) + 1)],
            "session_id": [names[e.journey] for e in events],
            "customer_id": [ids[e.journey] for e in events],
            "event": [EVENT_NAMES[e.touchpoint] for e in events],
            "ts": [e.ts for e in events],
            "channel": [e.channel for e in events],
            "wait_minutes": [e.wait for e in events],
            "duration_minutes": [e.duration for e in events],
            "success": [None if e.success is None else int(e.success) for e in events],
        }
    )
    frame["success"] = (
        frame["success"].astype("Int64").astype(object).where(frame["success"].notna(), None)
    )
    return DataFile("events.csv.gz", frame)


def _orders(seed: int, shop: Shop, names: list[str], ids: np.ndarray) -> DataFile:
    rng = model.stream(seed, CASE, "order lines")
    records = []
    for number, j in enumerate(sorted(shop.orders), start=1):
        order = shop.orders[j]
        record = {
            "order_id": f"DD{number:06d}",
            "session_id": names[j],
            "customer_id": ids[j],
            "status": _status(order),
            "payment_method": model.pick(rng, *map(list, zip(*METHODS)), 1)[0],
            "items": int(rng.choice([1, 2, 3, 4], p=[0.906, 0.06, 0.02, 0.014])),
            "amount_cny": order["amount"],
        }
        for column in ("placed", "approved", "shipped", "promised", "delivered", "signed"):
            when = order.get(f"{column}_at")
            shown = when is not None and (when <= PERIOD[1] or column == "promised")
            record[f"{column}_at"] = when if shown else None
        invited = order.get("invited_at")
        asked = shop.lived.used[j, shop.lived.at("review_invite")]
        record["review_invited_at"] = invited if asked and invited <= PERIOD[1] else None
        records.append(record)
    frame = pd.DataFrame.from_records(records)
    frame = spoil(frame, "delivered_at", [310], ["2025-02-30 11:20:00"])
    return DataFile("orders.csv", frame)


def _survey(
    seed: int, truth: EcommerceTruth, shop: Shop, names: list[str], ids: np.ndarray
) -> DataFile:
    rng = model.stream(seed, CASE, "survey")
    answers = model.answer(rng, truth, shop.lived, EFFORT)
    willing = model.responds(rng, truth, shop.lived)
    sent: list[tuple[int, datetime]] = []
    for j in range(truth.journeys):
        order = shop.orders.get(j)
        lag = timedelta(hours=model.lognormal(rng, 30, 0.9))
        stranger = bool(rng.random() < 0.09)
        if order is not None and "delivered_at" in order and willing[j]:
            sent.append((j, order["delivered_at"] + lag))
        elif order is None and shop.reached[j] and stranger:
            sent.append((j, shop.start[j] + lag / 4))
    sent = sorted((s for s in sent if s[1] <= PERIOD[1]), key=lambda s: s[1])
    language = shop.crowd.table["language"].to_numpy()[shop.owner]
    comments = [
        write_comment(rng, CASE, shop.lived, j, language[j], shop.lived.overall[j])
        if rng.random() < 0.3
        else ""
        for j, _ in sent
    ]
    frame = pd.DataFrame(
        {
            "response_id": [f"R{i:05d}" for i in range(1, len(sent) + 1)],
            "session_id": [names[j] for j, _ in sent],
            "customer_id": [ids[j] for j, _ in sent],
            "submitted_at": [ts for _, ts in sent],
        }
    )
    codes = {"blank": "", "not_used": NOT_USED, "dont_know": 98}
    items = answers_frame(shop.lived.spots, answers, [j for j, _ in sent], codes, labels())
    frame = pd.concat([frame, items], axis=1).assign(comment=comments)
    asked = [name for name in items if name.startswith("q_")]
    for column in asked[5:9]:
        frame = spoil(frame, column, list(range(402, 414)), lambda _: "")
    frame = spoil(frame, "q_payment", [57, 211], ["4分", "五"])
    frame = spoil(frame, "q_product_page", [305, 388], ["good", "3.5星"])
    frame = spoil(frame, "nps", [129], [11])
    return DataFile("survey.csv", frame)


def _reviews(
    seed: int, truth: EcommerceTruth, shop: Shop, names: list[str], ids: np.ndarray
) -> DataFile:
    rng = model.stream(seed, CASE, "reviews")
    numbers = {j: f"DD{i:06d}" for i, j in enumerate(sorted(shop.orders), start=1)}
    written = []
    for j in sorted(shop.orders):
        order = shop.orders[j]
        lag = timedelta(hours=24 + model.lognormal(rng, 40, 0.86))
        if "delivered_at" in order and rng.random() < truth.review_share:
            ts = order["delivered_at"] + lag
            if ts <= PERIOD[1]:
                written.append((j, ts))
    whole = shop.lived.overall[[j for j, _ in written]]
    given = model.stars(whole + 0.35 * rng.standard_normal(len(whole)), truth.stars)
    language = shop.crowd.table["language"].to_numpy()[shop.owner]
    texts = [
        write_comment(rng, CASE, shop.lived, j, language[j], star - 3.4)
        if rng.random() < truth.comment_shares[star - 1] + 0.2
        else ""
        for (j, _), star in zip(written, given)
    ]
    frame = pd.DataFrame(
        {
            "评价编号": [f"PJ{i:05d}" for i in range(1, len(written) + 1)],
            "访问编号": [names[j] for j, _ in written],
            "订单编号": [numbers[j] for j, _ in written],
            "客户编号": [ids[j] for j, _ in written],
            "评价时间": [ts for _, ts in written],
            "星级": given,
            "评价内容": plant_private(texts),
        }
    )
    return DataFile(
        "reviews.csv",
        frame,
        encoding="gb18030",
        delimiter=";",
        newline="\r\n",
        dates={"评价时间": "%Y/%m/%d %H:%M"},
    )
