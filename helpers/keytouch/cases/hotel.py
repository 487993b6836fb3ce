"""The hotel's files."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from keytouch.cases import model
from keytouch.cases.comments import Writer, write_comment
from keytouch.cases.files import DataFile, repeat_rows, spoil
from keytouch.cases.sheets import dressed
from keytouch.cases.stays import CASE, Hotel
from keytouch.cases.survey import answers_frame, further_sheets, plant_private
from keytouch.cases.truth import PERIOD, HotelTruth, named, spots

CODES = {"blank": None, "not_used": "未使用", "dont_know": "不清楚"}
LABELS = {"overall": "总体满意度", "nps": "推荐意愿", "ces": "省心程度"}
EFFORT = ("check_in", "check_out")


def labels() -> dict[str, str]:
    """The survey's columns by touchpoint: their Chinese names."""
    return {spot.id: spot.name_zh for spot in spots(CASE) if spot.asked}


def build(
    seed: int, truth: HotelTruth, *, further: bool = False, language: str = "zh"
) -> list[DataFile]:
    """The hotel's files, and those of the further surveys where asked for."""
    hotel = Hotel(seed, truth)
    names = [f"B{i + 1:05d}" for i in range(truth.journeys)]
    ids = hotel.customer_ids
    survey = _survey(seed, truth, hotel, names, ids)
    files = [
        _guests(hotel),
        _bookings(hotel, names, ids),
        _stays(hotel, names, ids),
        survey,
        _reviews(seed, truth, hotel, names, ids),
    ]
    if further:
        sheets = further_sheets(seed, hotel, names, survey.frame, labels())
        files += [dressed(CASE, sheet, language) for sheet in sheets]
    return files


def _guests(hotel: Hotel) -> DataFile:
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
            "lapsed": hotel.churned.astype(int),
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
            "rate_cny": [stay["rate"] for stay in stays],
            "amount_cny": [
                stay["rate"] * stay["nights"] if keep else 0 for stay, keep in zip(stays, kept)
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
    touches = hotel.in_order()
    done = {True: "Y", False: "N", None: ""}
    frame = pd.DataFrame(
        {
            "event_no": range(1, len(touches) + 1),
            "booking_id": [names[t.journey] for t in touches],
            "guest_id": [ids[t.journey] for t in touches],
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
    willing = hotel.answers_at(rng, truth.response_rate)
    sent: list[tuple[datetime, int]] = []
    for i, stay in enumerate(hotel.bookings):
        lag = timedelta(hours=model.lognormal(rng, 40, 0.7))
        if willing[i] and "left_at" in stay:
            ts = hotel.awake(stay["left_at"] + lag)
            sent += [(ts, i)] if ts <= PERIOD[1] else []
    sent.sort()
    order = [i for _, i in sent]
    language = hotel.languages
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
        write_comment(Writer(rng, CASE, language[i], {}), hotel.lived, i, hotel.lived.overall[i])
        if rng.random() < truth.survey_comment_share
        else None
        for i in order
    ]
    for name in ("客房", "无线网络", "早餐", "客需服务"):
        frame = spoil(frame, name, list(range(500, 512)), [None] * 12)
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
            ts = hotel.awake(stay["left_at"] + lag)
            if ts <= PERIOD[1]:
                written.append((ts, i))
    written.sort()
    order = [i for _, i in written]
    whole = hotel.lived.overall[order]
    given = model.stars(whole + 0.3 * rng.standard_normal(len(whole)), truth.stars)
    language = hotel.languages
    texts = [
        write_comment(Writer(rng, CASE, language[i], {}), hotel.lived, i, star - 3.4)
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
            "点评内容": plant_private(texts, hotel.languages),
        }
    )
    return DataFile("reviews.csv", frame, dates={"点评日期": "%Y年%-m月%-d日"})
