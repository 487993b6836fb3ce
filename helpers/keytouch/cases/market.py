"""What others say: a market panel on competitors, and critical incidents read by two coders."""

from __future__ import annotations

from datetime import date
from math import erf, sqrt

import numpy as np
import pandas as pd

from keytouch.cases import model
from keytouch.cases.comments import Writer, phrases
from keytouch.cases.instruments import days_between, some_customers
from keytouch.cases.registry import Spot, named
from keytouch.cases.sheets import Question, Sheet
from keytouch.cases.world import World

CATEGORIES = {
    "recovery": ("no_service", "slow_service", "core_failure"),
    "request": ("special_need", "preference", "own_mistake"),
    "unprompted": ("attention", "unusual_act", "manners"),
}
READ = {
    "incident_id": "incident",
    "coder": "coder",
    "customer_id": "customer",
    "ts": "at",
    "touchpoint_id": "touchpoint",
    "incident_group": "group",
    "category": "category",
    "polarity": "polarity",
    "comment": "story",
}
SPOKEN = {
    "coder": "coder",
    "touchpoint": "touchpoint",
    "group": "incident_group",
    "category": "category",
    "polarity": "polarity",
}


def expected_score(level: float, sd: float) -> float:
    """Mean of a rounded score of 1 to 5 whose latent value is normal.

    >>> round(expected_score(3.0, 1.0), 6)
    3.0
    """
    above = [0.5 * (1 - erf((edge - level) / (sd * sqrt(2)))) for edge in (1.5, 2.5, 3.5, 4.5)]
    return 1 + sum(above)


def latent_level(score: float, sd: float) -> float:
    """The latent mean behind a mean score of 1 to 5, by halving."""
    lo, hi = -5.0, 11.0
    for _ in range(60):
        middle = (lo + hi) / 2
        lo, hi = (middle, hi) if expected_score(middle, sd) < score else (lo, middle)
    return (lo + hi) / 2


def competitors(seed: int, world: World, scores: dict[str, float]) -> Sheet:
    """Scores of two competitors; `scores` are the client's own mean scores by touchpoint."""
    plan, case = world.truth.benchmark, world.case
    rng = model.stream(seed, case, "competitors")
    special = {
        (plan.lag_company, plan.lag_touchpoint): plan.points,
        (plan.lead_company, plan.lead_touchpoint): -plan.points,
    }
    named_there = {touchpoint for _, touchpoint in special}
    asked = [
        spot
        for spot in world.lived.spots
        if spot.asked and (spot.use_rate >= plan.widely_used or spot.id in named_there)
    ]
    parts = [
        _scored(rng, world, asked, row["id"], special, scores) for row in named(case, "company")
    ]
    frame = pd.concat(parts, ignore_index=True).sort_values(["respondent", "company"])
    questions = {
        spot.id: Question(
            (spot.name_zh, spot.id),
            (
                f"对{spot.name_zh}的评分（1–5 分；99 为未使用）",
                f"score of {spot.name_en.lower()} (1–5; 99 = not used)",
            ),
            {"touchpoint": spot.id, "metric": "csat"},
        )
        for spot in asked
    }
    return Sheet(
        "competitors",
        "feedback",
        frame.reset_index(drop=True),
        {"company": "company", "ts": "at"},
        {"source": "competitors"},
        {"company": "company"},
        questions,
        {"99": "not_used"},
    )


def _scored(
    rng: np.random.Generator,
    world: World,
    asked: list[Spot],
    company: str,
    special: dict[tuple[str, str], float],
    scores: dict[str, float],
) -> pd.DataFrame:
    """One row a respondent: what the panel gives one competitor."""
    plan = world.truth.benchmark
    n = plan.respondents
    mood = rng.standard_normal(n)
    columns: dict[str, object] = {
        "respondent": [f"V{i:04d}" for i in range(1, n + 1)],
        "company": [company] * n,
        "at": days_between(rng, date(2025, 5, 12), date(2025, 5, 30), n),
    }
    for spot in asked:
        mean = scores[spot.id] + special.get((company, spot.id), 0.0)
        felt = np.sqrt(plan.mood) * mood + np.sqrt(1 - plan.mood) * rng.standard_normal(n)
        given = model.on_scale(latent_level(mean, spot.sd) + spot.sd * felt, 1, 5)
        columns[spot.id] = np.where(rng.random(n) < plan.not_used, 99, given)
    return pd.DataFrame(columns)


def incidents(seed: int, world: World) -> Sheet:
    """Critical incidents, one row a coder's reading; coders agree but for their confusions."""
    plan, case = world.truth.incidents, world.case
    rng = model.stream(seed, case, "incidents")
    who = some_customers(rng, world, plan.incidents)
    languages = world.crowd.table.set_index("customer_id")["language"]
    when = days_between(rng, date(2025, 3, 3), date(2025, 6, 20), plan.incidents)
    readings = []
    for k, (customer, at) in enumerate(zip(who, when), start=1):
        true, spot, tone, story = _incident(Writer(rng, case, languages[customer], {}), world)
        for coder in plan.coders:
            read = _confused(rng, true) if rng.random() < plan.confusion else true
            readings.append((f"CI{k:03d}", coder, customer, at, spot, *read, tone, story))
    frame = pd.DataFrame(readings, columns=list(READ.values()))
    return Sheet("incidents", "incidents", frame, READ, words=SPOKEN)


def _incident(writer: Writer, world: World) -> tuple[tuple[str, str], str, str, str]:
    """What happened: its group and category, touchpoint, polarity, and the story told."""
    plan, rng = world.truth.incidents, writer.rng
    groups, shares = zip(*plan.groups)
    place = int(rng.choice(len(groups), p=shares))
    tone = "negative" if rng.random() < plan.negative[place] else "positive"
    spoken = phrases(world.case)
    able = [s for s in world.lived.spots if (s.id, writer.language, tone) in spoken]
    weight = np.array([plan.base_weight + spot.effect for spot in able])
    spot = able[int(rng.choice(len(able), p=weight / weight.sum()))]
    options = CATEGORIES[groups[place]]
    true = (groups[place], options[int(rng.integers(len(options)))])
    return true, spot.id, tone, writer.end(writer.say(tone, spot.id))


def _confused(rng: np.random.Generator, true: tuple[str, str]) -> tuple[str, str]:
    """Another reading: half the time of another group, else another category of the same."""
    if rng.random() < 0.5:
        others = [name for name in CATEGORIES if name != true[0]]
        group = others[int(rng.integers(len(others)))]
        return group, CATEGORIES[group][int(rng.integers(3))]
    rest = [name for name in CATEGORIES[true[0]] if name != true[1]]
    return true[0], rest[int(rng.integers(len(rest)))]
