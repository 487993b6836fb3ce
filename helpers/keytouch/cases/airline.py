"""The airline's files."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from keytouch.cases import model
from keytouch.cases.comments import Writer, write_comment
from keytouch.cases.files import DataFile, repeat_rows, spoil
from keytouch.cases.flights import CASE, Airline
from keytouch.cases.sheets import dressed
from keytouch.cases.survey import answers_frame, further_sheets, plant_private
from keytouch.cases.truth import PERIOD, AirlineTruth, spots

CODES = {"blank": "", "not_used": 0, "dont_know": 9}
LABELS = {"overall": "Q30_overall", "nps": "Q31_recommend", "ces": "Q32_easy"}
EFFORT = ("booking", "gate_service", "boarding")


def labels() -> dict[str, str]:
    """The survey's columns by touchpoint, numbered as the questionnaire numbers them."""
    asked = [spot.id for spot in spots(CASE) if spot.asked]
    return {name: f"Q{k:02d}_{name}" for k, name in enumerate(asked, start=1)}


def build(
    seed: int, truth: AirlineTruth, *, further: bool = False, language: str = "zh"
) -> list[DataFile]:
    """The airline's files, and those of the further surveys where asked for."""
    line = Airline(seed, truth)
    trips = [f"T{i + 1:06d}" for i in range(truth.journeys)]
    ids = line.customer_ids
    survey = _survey(seed, truth, line, trips, ids)
    files = [
        _customers(line),
        _flights(line),
        _trips(seed, truth, line, trips, ids),
        _interactions(line, trips, ids),
        survey,
        _comments(seed, truth, line, trips, ids),
    ]
    if further:
        sheets = further_sheets(seed, line, trips, survey.frame, labels())
        files += [dressed(CASE, sheet, language) for sheet in sheets]
    return files


def _customers(line: Airline) -> DataFile:
    frame = line.crowd.table.copy()
    frame["consent"] = np.where(frame["consent"], "Y", "N")
    frame["lapsed"] = np.where(line.churned, "Y", "N")
    frame = repeat_rows(frame, [88, 1503, 2699]).rename(columns={"customer_id": "passenger_id"})
    return DataFile("customers.csv", frame, dates={"joined": "%d.%m.%Y"})


def _flights(line: Airline) -> DataFile:
    frame = line.flights.drop(columns="delay_minutes")
    frame["cancelled"] = frame["cancelled"].astype(int)
    for name in frame.columns[6:]:
        frame[name] = frame[name].where(frame[name] <= PERIOD[1])
    return DataFile("flights.csv", frame)


def _outcome(line: Airline, i: int) -> str:
    if line.refunded[i]:
        return "refunded"
    return "cancelled" if line.records[i]["cancelled"] else "flown"


def _trips(
    seed: int, truth: AirlineTruth, line: Airline, trips: list[str], ids: np.ndarray
) -> DataFile:
    rng = model.stream(seed, CASE, "fares")
    n = len(trips)
    outcome = [_outcome(line, i) for i in range(n)]
    flights = line.flights["flight_id"].to_numpy()[line.flight]
    arrived = line.flights["actual_arrival"].astype(object).to_numpy()[line.flight]
    cabin = np.where(
        rng.random(n) < truth.business_cabin * (line.segment == "business"), "business", "economy"
    )
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
    return DataFile("trips.csv", repeat_rows(frame, [700, 3100]))


def _interactions(line: Airline, trips: list[str], ids: np.ndarray) -> DataFile:
    touches = line.in_order()
    frame = pd.DataFrame(
        {
            "interaction_id": [f"I{i:06d}" for i in range(1, len(touches) + 1)],
            "trip_id": [trips[t.journey] for t in touches],
            "passenger_id": [ids[t.journey] for t in touches],
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
        line.awake(departs + timedelta(hours=6 + model.lognormal(rng, median, 0.9)))
        for departs in line.departs
    ]


def _survey(
    seed: int, truth: AirlineTruth, line: Airline, trips: list[str], ids: np.ndarray
) -> DataFile:
    rng = model.stream(seed, CASE, "survey")
    answers = model.answer(rng, truth, line.lived, EFFORT)
    willing = line.answers_at(rng, truth.response_rate) & ~line.refunded
    times = _answer_times(rng, line, 60)
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
        frame = spoil(frame, name, list(range(900, 912)), [""] * 12)
    frame = spoil(frame, labels()["boarding"], [77, 1024], ["4?", "四"])
    frame = spoil(frame, labels()["seat"], [430, 1360], ["good", "3-4"])
    frame = spoil(frame, labels()["security"], [655], [7])
    return DataFile("survey.csv", frame, dates={"date": "%d/%m/%Y %H:%M"})


def _writer(rng: np.random.Generator, line: Airline, i: int) -> Writer:
    """Someone writing of a trip; hours of delay are told as they were."""
    hours = round(line.late_minutes(i) / 60)
    return Writer(rng, CASE, line.languages[i], {("delay_handling", "delay"): hours or None})


def _comments(
    seed: int, truth: AirlineTruth, line: Airline, trips: list[str], ids: np.ndarray
) -> DataFile:
    rng = model.stream(seed, CASE, "comments")
    times = _answer_times(rng, line, 20)
    felt = np.abs(line.lived.overall)
    loud = model.chance(truth.comment_share, truth.comment_per_sd * (felt - 0.85))
    speaks = (rng.random(len(trips)) < loud) & ~line.refunded
    sent = [i for i in np.argsort(np.array(times)) if speaks[i] and times[i] <= PERIOD[1]]
    language = line.languages
    whole = line.lived.overall
    texts = [write_comment(_writer(rng, line, i), line.lived, i, whole[i]) for i in sent]
    frame = pd.DataFrame(
        {
            "编号": [f"K{i:05d}" for i in range(1, len(sent) + 1)],
            "行程编号": [trips[i] for i in sent],
            "旅客编号": [ids[i] for i in sent],
            "留言时间": [times[i].replace(second=0, microsecond=0) for i in sent],
            "来源": model.pick(rng, ["应用内", "公众号", "微博"], [0.6, 0.25, 0.15], len(sent)),
            "语言": [{"zh": "中文", "en": "英文"}[language[i]] for i in sent],
            "内容": plant_private(texts, line.languages),
        }
    )
    frame = spoil(frame, "留言时间", [812], ["昨天下午"])
    return DataFile("comments.xlsx", frame, sheet="旅客留言")
