"""What surveys of all cases have in common: one row a response, one column a question."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from keytouch.cases.comments import PRIVATE, PRIVATE_ENGLISH
from keytouch.cases.instruments import expectation_survey, kano, servqual, staff
from keytouch.cases.market import competitors, incidents
from keytouch.cases.model import Answers
from keytouch.cases.panel import diary, outreach
from keytouch.cases.registry import Spot
from keytouch.cases.sheets import Sheet
from keytouch.cases.world import World


def answers_frame(
    spots: tuple[Spot, ...],
    answers: Answers,
    journeys: list[int],
    codes: Mapping[str, object],
    labels: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """The wide items of the chosen journeys: a score, or the client's code for its absence."""
    labels = labels or {}
    columns: dict[str, list[object]] = {}
    for i, spot in enumerate(spots):
        if spot.asked:
            columns[labels.get(spot.id, f"q_{spot.id}")] = [
                codes.get(answers.status[j, i], int(answers.scores[j, i])) for j in journeys
            ]
    for name in ("overall", "nps", "ces"):
        columns[labels.get(name, name)] = [int(getattr(answers, name)[j]) for j in journeys]
    return pd.DataFrame(columns).astype(object)


def plant_private(texts: list[str], languages: np.ndarray, every: int = 97) -> list[str]:
    """Replace a few comments by ones with private or hostile content, to be scrubbed.

    They are in English where every customer writes in English.
    """
    private = PRIVATE_ENGLISH if (languages == "en").all() else PRIVATE
    planted = list(texts)
    filled = [i for i, text in enumerate(planted) if text]
    for order, text in enumerate(private):
        planted[filled[every * (order + 1) % len(filled)]] = text
    return planted


def further_sheets(
    seed: int, world: World, names: list[str], survey: pd.DataFrame, labels: Mapping[str, str]
) -> list[Sheet]:
    """What a client has beside its survey; `survey` are its answers in the columns `labels`."""
    answers = {
        touchpoint: pd.to_numeric(survey[c], errors="coerce") for touchpoint, c in labels.items()
    }
    means = {name: float(s[s.between(1, 5)].mean()) for name, s in answers.items()}
    return [
        diary(seed, world, names),
        kano(seed, world),
        servqual(seed, world),
        staff(seed, world),
        expectation_survey(seed, world, means),
        competitors(seed, world, means),
        incidents(seed, world),
        outreach(seed, world),
    ]
