"""The questionnaires beside the satisfaction survey: Kano, SERVQUAL, the provider's side,
expectations of touchpoints with statements about the brand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from keytouch.cases import model
from keytouch.cases.plants import ServqualSurvey
from keytouch.cases.registry import Spot, rows
from keytouch.cases.sheets import Question, Sheet
from keytouch.cases.world import World

ANSWERS = {
    "A": tuple((1, d) for d in (2, 3, 4)),
    "O": ((1, 5),),
    "M": tuple((f, 5) for f in (2, 3, 4)),
    "I": tuple((f, d) for f in (2, 3, 4) for d in (2, 3, 4)),
    "R": (*((f, 1) for f in (2, 3, 4, 5)), *((5, d) for d in (2, 3, 4))),
    "Q": ((1, 1), (5, 5)),
}
"""Pairs of answers (functional, dysfunctional) by Kano category; 1 likes it … 5 dislikes it."""
OTHERS = ("A", "O", "M", "I")
SIDES = {"kano_functional": ("有", "with"), "kano_dysfunctional": ("没有", "without")}
DIMENSIONS = ("tangibles", "reliability", "responsiveness", "assurance", "empathy")
DIMENSION_NAMES = {
    "tangibles": ("有形性", "tangibles"),
    "reliability": ("可靠性", "reliability"),
    "responsiveness": ("响应性", "responsiveness"),
    "assurance": ("保证性", "assurance"),
    "empathy": ("同理心", "empathy"),
}
PROVIDER = {
    "belief": ("管理者认为的客户期望", "what managers believe customers expect"),
    "standard": ("服务标准的要求", "what the service standard asks for"),
    "delivered": ("实际做到的水平", "what is delivered"),
    "promise": ("对外承诺的水平", "what is promised to customers"),
}
SCALES = {"expectation": ("期望", "E"), "perception": ("感受", "P")}
NOT_USED = "99"
ANSWERED = {"customer_id": "customer", "ts": "at"}


def days_between(rng: np.random.Generator, first: date, last: date, n: int) -> list[datetime]:
    """Days of answering, in order."""
    start = datetime(first.year, first.month, first.day)
    days = np.sort(rng.integers(0, (last - first).days + 1, n))
    return [start + timedelta(days=int(d)) for d in days]


def some_customers(rng: np.random.Generator, world: World, n: int) -> np.ndarray:
    """Customers drawn once each."""
    ids = world.crowd.table["customer_id"].to_numpy()
    return rng.choice(ids, min(n, len(ids)), replace=False)


def kano(seed: int, world: World) -> Sheet:
    """A pair of answers per respondent and item, as the item's planted category has them."""
    plan = world.truth.kano
    rng = model.stream(seed, world.case, "kano")
    items = [row for row in rows("items", world.case) if row["instrument"] == "kano"]
    who = some_customers(rng, world, plan.respondents)
    n = len(who)
    frame: dict[str, object] = {
        "response": [f"KN{i:04d}" for i in range(1, n + 1)],
        "customer": who,
        "at": days_between(rng, date(2025, 6, 2), date(2025, 6, 22), n),
    }
    questions = {}
    for row in items:
        category = np.where(
            rng.random(n) < plan.steady, row["category"], np.array(OTHERS)[rng.integers(0, 4, n)]
        )
        category[rng.random(n) < plan.doubtful] = "Q"
        luck = rng.random(n)
        pairs = [ANSWERS[c][int(u * len(ANSWERS[c]))] for c, u in zip(category, luck)]
        for k, (metric, side) in enumerate(SIDES.items()):
            name = f"{row['item']}_{'fd'[k]}"
            frame[name] = [pair[k] for pair in pairs]
            questions[name] = _kano_question(row, metric, side, name)
    return Sheet(
        "kano",
        "feedback",
        pd.DataFrame(frame),
        ANSWERED,
        {"source": "kano"},
        questions=questions,
    )


def _kano_question(row: dict[str, str], metric: str, side: tuple[str, str], name: str) -> Question:
    zh, en = (
        f"“{row['zh']}”{side[0]}时的感受（1 喜欢，2 理应如此，3 无所谓，4 可以忍受，5 不喜欢）",
        f"how the customer feels {side[1]} “{row['en']}” (1 likes it, 2 expects it, 3 neutral, "
        "4 can live with it, 5 dislikes it)",
    )
    item = {"touchpoint": row["touchpoint_id"], "item": row["item"], "metric": metric}
    return Question((f"{row['zh']}_{side[0]}", name), (zh, en), item)


def servqual(seed: int, world: World) -> Sheet:
    """Expectation and perception of 22 items by respondents of two waves, 1 to 7."""
    plan = world.truth.servqual
    rng = model.stream(seed, world.case, "servqual")
    items = _any_items("servqual")
    who = some_customers(rng, world, plan.respondents * len(plan.waves))
    days = [(date(2025, 2, 17), date(2025, 3, 16)), (date(2025, 5, 19), date(2025, 6, 15))]
    waves = np.array_split(np.arange(len(who)), len(plan.waves))
    parts = [
        _wave(rng, plan, items, who[part], wave, days_between(rng, *days[k], len(part)))
        for k, (wave, part) in enumerate(zip(plan.waves, waves))
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "response", [f"SQ{i:04d}" for i in range(1, len(frame) + 1)])
    questions = {
        f"{metric[0]}_{row['item']}": _servqual_question(row, metric, heads)
        for metric, heads in SCALES.items()
        for row in items
    }
    return Sheet(
        "servqual",
        "feedback",
        frame,
        ANSWERED | {"wave": "wave"},
        {"source": "servqual"},
        {"wave": "wave"},
        questions,
    )


def _any_items(instrument: str) -> list[dict[str, str]]:
    """The questions of an instrument that is the same in every case."""
    return [row for row in rows("items", "any") if row["instrument"] == instrument]


def _wave(
    rng: np.random.Generator,
    plan: ServqualSurvey,
    items: list[dict[str, str]],
    who: np.ndarray,
    wave: str,
    at: list[datetime],
) -> pd.DataFrame:
    """The answers of one wave."""
    n = len(who)
    mood, demands = rng.standard_normal(n), rng.standard_normal(n)
    taste = {name: rng.standard_normal(n) for name in DIMENSIONS}
    answers = {}
    for row in items:
        level = plan.expectation + plan.taste * demands + plan.noise * rng.standard_normal(n)
        answers[f"e_{row['item']}"] = model.on_scale(level, 1, 7)
    for row in items:
        name = row["dimension"]
        gap = plan.gap_points if name == plan.gap_dimension else plan.gap
        gap += plan.gain * (name == plan.improved and wave == plan.waves[-1])
        level = plan.expectation + gap + plan.mood * mood + plan.taste * taste[name]
        answers[f"p_{row['item']}"] = model.on_scale(
            level + plan.noise * rng.standard_normal(n), 1, 7
        )
    return pd.DataFrame({"customer": who, "wave": wave, "at": at} | answers)


def _servqual_question(row: dict[str, str], metric: str, heads: tuple[str, str]) -> Question:
    number = row["item"].removeprefix("q")
    sides = {
        "expectation": ("好的服务应当做到", "what good service should be"),
        "perception": ("实际感受到", "what was found here"),
    }[metric]
    asks = (
        f"{sides[0]}：{row['zh']}（1 完全不同意 到 7 完全同意）",
        f"{sides[1]}: {row['en']} (1 = not at all, 7 = fully)",
    )
    item = {"item": row["item"], "dimension": row["dimension"], "metric": metric}
    return Question((f"{heads[0]}{number}", f"{heads[1]}{number}"), asks, item)


def staff(seed: int, world: World) -> Sheet:
    """The provider's side of the gaps by managers and front-line staff, 1 to 7."""
    plan = world.truth.servqual
    rng = model.stream(seed, world.case, "staff")
    frame: dict[str, object] = {
        "rater": [f"L{i:02d}" for i in range(1, plan.staff + 1)],
        "at": days_between(rng, date(2025, 6, 16), date(2025, 6, 20), plan.staff),
    }
    questions = {}
    for dimension in DIMENSIONS:
        level = plan.expectation
        for metric, (zh, en) in PROVIDER.items():
            if metric == plan.provider_gap and dimension == plan.gap_dimension:
                # A promise above what is delivered opens the gap upwards.
                level += -plan.provider_points if metric == "promise" else plan.provider_points
            name = f"{metric}_{dimension}"
            noise = plan.noise * rng.standard_normal(plan.staff)
            frame[name] = model.on_scale(level + noise, 1, 7)
            said = DIMENSION_NAMES[dimension]
            heads = (f"{zh}_{said[0]}", name)
            asks = (f"{zh}：{said[0]}（1–7 分）", f"{en}: {said[1]} (1–7)")
            questions[name] = Question(heads, asks, {"dimension": dimension, "metric": metric})
    return Sheet(
        "staff",
        "feedback",
        pd.DataFrame(frame),
        {"ts": "at"},
        {"source": "staff"},
        questions=questions,
    )


def expectation_survey(seed: int, world: World, scores: dict[str, float]) -> Sheet:
    """What customers expect and find at single touchpoints, and what they say of the brand.

    `scores` are the client's own mean scores by touchpoint, 1 to 5, at whose level the
    perceptions are.
    """
    plan, case = world.truth.expectations, world.case
    rng = model.stream(seed, case, "expectations")
    asked = [s for s in world.lived.spots if s.asked and s.use_rate >= plan.widely_used]
    who = some_customers(rng, world, plan.respondents)
    n = len(who)
    frame: dict[str, object] = {
        "response": [f"EX{i:04d}" for i in range(1, n + 1)],
        "customer": who,
        "at": days_between(rng, date(2025, 6, 9), date(2025, 6, 27), n),
    }
    mood, demands = plan.mood * rng.standard_normal(n), plan.demands * rng.standard_normal(n)
    questions = {}
    for spot in asked:
        level = 1 + 1.5 * (scores[spot.id] - 1)
        gap = plan.gap_points if spot.id == plan.gap_touchpoint else plan.gap
        met = rng.random(n) < spot.use_rate
        for metric, felt in (("expectation", level - gap + demands), ("perception", level + mood)):
            given = model.on_scale(felt + plan.noise * rng.standard_normal(n), 1, 7)
            name = f"{metric[0]}_{spot.id}"
            frame[name] = np.where(met, given, int(NOT_USED))
            questions[name] = _expectation_question(spot, metric, name)
    for row in _any_items("brand"):
        level = plan.agreement + plan.weak_points * (row["item"] == plan.weak_item)
        frame[row["item"]] = model.on_scale(
            level + mood + plan.noise * rng.standard_normal(n), 1, 5
        )
        questions[row["item"]] = _brand_question(row)
    return Sheet(
        "expectations",
        "feedback",
        pd.DataFrame(frame),
        ANSWERED,
        {"source": "expectations"},
        questions=questions,
        codes={NOT_USED: "not_used"},
    )


def _expectation_question(spot: Spot, metric: str, name: str) -> Question:
    zh, en = {
        "expectation": ("期望", "what is expected of"),
        "perception": ("感受", "what was found at"),
    }[metric]
    asks = (
        f"对{spot.name_zh}的{zh}（1 很低 到 7 很高；{NOT_USED} 为未使用）",
        f"{en} {spot.name_en.lower()} (1 = very low, 7 = very high; {NOT_USED} = not used)",
    )
    return Question((f"{zh}_{spot.name_zh}", name), asks, {"touchpoint": spot.id, "metric": metric})


def _brand_question(row: dict[str, str]) -> Question:
    asks = (
        f"是否同意：{row['zh']}（1 完全不同意 到 5 完全同意）",
        f"agreement: {row['en']} (1 = not at all, 5 = fully)",
    )
    heads = (f"品牌{row['item'].removeprefix('b')}", row["item"])
    return Question(heads, asks, {"item": row["item"], "metric": "agreement"})
