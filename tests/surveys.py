"""Small survey tables for the tests of the instruments: SERVQUAL, Kano, competitors, brand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, from_frame

SCALES = {"csat": (1.0, 5.0), "agreement": (1.0, 5.0)}
SCALES |= {"kano_functional": (1.0, 5.0), "kano_dysfunctional": (1.0, 5.0)}
# A pair of answers that both tables read the same way.
PAIRS = {"A": (1, 3), "O": (1, 5), "M": (3, 5), "I": (3, 3), "R": (5, 1), "Q": (1, 1)}


def survey(rows: Sequence[tuple], columns: str, **more: Sequence) -> LazyTable:
    """Feedback from rows of the named columns; a score that is None is blank."""
    return from_frame(survey_frame(rows, columns, **more))


def survey_frame(rows: Sequence[tuple], columns: str, **more: Sequence) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns.split()).assign(**more)
    frame["score"] = frame.score.astype(float)
    limits = [SCALES.get(metric, (1.0, 7.0)) for metric in frame.metric]
    for name in ("item", "company", "touchpoint_id", "customer_id", "dimension"):
        if name in frame:
            frame[name] = frame[name].astype("str").where(frame[name].notna())
    known = {"status": np.where(frame.score.isna(), "blank", "answered")} | {
        name: frame[name] for name in ("status",) if name in frame
    }
    return frame.assign(
        feedback_id=[f"f{number:06}" for number in range(len(frame))],
        scale_lo=[low for low, _ in limits],
        scale_hi=[high for _, high in limits],
        **known,
    )


def both_sides(
    expected: np.ndarray, perceived: np.ndarray, *, by: str = "dimension", who: str = "c"
) -> list[tuple]:
    """Rows (customer, group, metric, score) of people × groups; nan where one said nothing."""
    rows = []
    for metric, scores in (("expectation", expected), ("perception", perceived)):
        for (person, group), score in np.ndenumerate(scores):
            if not np.isnan(score):
                rows.append((f"{who}{person}", f"{by}{group}", metric, score))
    return rows


def kano_rows(counts: dict[str, int], item: str = "wifi") -> list[tuple]:
    """Rows (customer, item, metric, score) of so many people in each category."""
    rows, person = [], 0
    for letter, count in counts.items():
        functional, dysfunctional = PAIRS[letter]
        for _ in range(count):
            rows.append((f"c{person}", item, "kano_functional", functional))
            rows.append((f"c{person}", item, "kano_dysfunctional", dysfunctional))
            person += 1
    return rows
