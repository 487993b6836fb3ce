"""The online shop's files."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from keytouch.cases import model
from keytouch.cases.comments import Writer, write_comment
from keytouch.cases.files import DataFile, repeat_rows, spoil
from keytouch.cases.sheets import dressed
from keytouch.cases.shop import CASE, Shop
from keytouch.cases.survey import answers_frame, further_sheets, plant_private
from keytouch.cases.truth import PERIOD, EcommerceTruth, named, spots

CODES = {"blank": "", "not_used": 99, "dont_know": 98}
LABELS = {"overall": "overall", "nps": "nps", "ces": "ces"}
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
METHODS = {"支付宝": 0.46, "微信支付": 0.38, "银行卡": 0.12, "先用后付": 0.04}


def labels() -> dict[str, str]:
    """The survey's columns by touchpoint."""
    return {spot.id: f"q_{spot.id}" for spot in spots(CASE) if spot.asked}


def build(
    seed: int, truth: EcommerceTruth, *, further: bool = False, language: str = "zh"
) -> list[DataFile]:
    """The shop's files, and those of the further surveys where asked for."""
    shop = Shop(seed, truth)
    names = [f"S{j + 1:06d}" for j in range(truth.journeys)]
    ids = shop.customer_ids
    survey = _survey(seed, truth, shop, names, ids)
    files = [
        _customers(seed, truth, shop),
        _sessions(shop, names, ids),
        _events(shop, names, ids),
        _orders(seed, shop, names, ids),
        survey,
        _reviews(seed, truth, shop, names, ids),
    ]
    if further:
        sheets = further_sheets(seed, shop, names, survey.frame, labels())
        files += [dressed(CASE, sheet, language) for sheet in sheets]
    return files


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
            "已流失": pd.Series(shop.churned).map(yes),
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
    for event in shop.touches:
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
    events = shop.in_order()
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
            "payment_method": str(rng.choice(list(METHODS), p=list(METHODS.values()))),
            "items": int(rng.choice([1, 2, 3, 4], p=[0.906, 0.06, 0.02, 0.014])),
            "amount_cny": order["amount"],
        }
        for column in ("placed", "approved", "shipped", "promised", "delivered", "signed"):
            when = order.get(f"{column}_at")
            shown = when is not None and (when <= PERIOD[1] or column == "promised")
            record[f"{column}_at"] = when if shown else None
        invited = order.get("invited_at", PERIOD[1])
        asked = shop.used(j, "review_invite") and invited < PERIOD[1]
        record["review_invited_at"] = invited if asked else None
        records.append(record)
    frame = pd.DataFrame.from_records(records)
    frame = spoil(frame, "delivered_at", [310], ["2025-02-30 11:20:00"])
    return DataFile("orders.csv", frame)


def _writer(rng: np.random.Generator, shop: Shop, j: int) -> Writer:
    """Someone writing of a visit; only a late parcel has late days."""
    late = shop.orders.get(j, {}).get("late_days", -1.0)
    days = int(np.ceil(late)) if late > 0 else None
    return Writer(rng, CASE, shop.languages[j], {("delivery", "days"): days})


def _survey(
    seed: int, truth: EcommerceTruth, shop: Shop, names: list[str], ids: np.ndarray
) -> DataFile:
    rng = model.stream(seed, CASE, "survey")
    answers = model.answer(rng, truth, shop.lived, EFFORT)
    willing = shop.answers_at(rng, truth.response_rate)
    curious = shop.answers_at(rng, truth.visitor_response)
    sent: list[tuple[int, datetime]] = []
    for j in range(truth.journeys):
        order = shop.orders.get(j)
        lag = timedelta(hours=model.lognormal(rng, 90, 0.6))
        if order is not None and "delivered_at" in order and willing[j]:
            sent.append((j, shop.awake(order["delivered_at"] + lag)))
        elif order is None and shop.reached[j] and curious[j]:
            sent.append((j, shop.awake(shop.start[j] + lag / 4)))
    sent = sorted((s for s in sent if s[1] <= PERIOD[1]), key=lambda s: s[1])
    comments = [
        write_comment(_writer(rng, shop, j), shop.lived, j, shop.lived.overall[j])
        if rng.random() < truth.survey_comment_share
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
    items = answers_frame(shop.lived.spots, answers, [j for j, _ in sent], CODES, labels() | LABELS)
    frame = pd.concat([frame, items], axis=1).assign(comment=comments)
    for column in list(labels().values())[5:9]:
        frame = spoil(frame, column, list(range(402, 414)), [""] * 12)
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
            ts = shop.awake(order["delivered_at"] + lag)
            if ts <= PERIOD[1]:
                written.append((j, ts))
    whole = shop.lived.overall[[j for j, _ in written]]
    given = model.stars(whole + 0.35 * rng.standard_normal(len(whole)), truth.stars)
    texts = [
        write_comment(_writer(rng, shop, j), shop.lived, j, star - 3.4)
        if rng.random() < truth.comment_shares[star - 1]
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
            "评价内容": plant_private(texts, shop.languages),
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
