"""What surveys of all cases have in common: one row a response, one column a question."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from keytouch.cases.comments import PRIVATE
from keytouch.cases.model import Answers
from keytouch.cases.truth import Spot


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


def plant_private(texts: list[str], every: int = 97) -> list[str]:
    """Replace a few comments by ones with private or hostile content, to be scrubbed."""
    planted = list(texts)
    filled = [i for i, text in enumerate(planted) if text]
    for order, text in enumerate(PRIVATE):
        planted[filled[every * (order + 1) % len(filled)]] = text
    return planted
