"""A case's survey as a table of scores, straight from its generator: no files, no intake.

Simulations use this; readers of a case go through its files.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keytouch.cases.files import DataFile
from keytouch.cases.truth import Truth

KEYS = {
    "ecommerce": ("session_id", "customer_id", "submitted_at"),
    "airline": ("trip_id", "passenger_id", "date"),
    "hotel": ("订单号", "客人编号", "提交时间"),
}
WHOLES = {"overall": ("csat", 1, 5), "nps": ("nps", 0, 10), "ces": ("ces", 1, 7)}
SIZES = ("customers", "journeys", "flights")
COMMENTS = 1300
EVERYBODY = {
    "response_rate": 0.9999,
    "response_per_sd": 0.0,
    "response_per_late": 0.0,
    "response_per_churn": 0.0,
    "blank_rate": 0.0,
    "dont_know_rate": 0.0,
}


def changed(truth: Truth, **values: Any) -> Truth:
    """A truth with other values; what a case doesn't know is left out."""
    known = {field.name for field in fields(truth)}
    return replace(truth, **{name: value for name, value in values.items() if name in known})


def enlarged(truth: Truth, times: float) -> Truth:
    """The same parameters with more (or fewer) customers and journeys."""
    sizes = {name: round(getattr(truth, name) * times) for name in SIZES if hasattr(truth, name)}
    return changed(truth, **sizes)


def with_everybody(truth: Truth) -> Truth:
    """Everybody asked answers every question; visitors stay as rare beside buyers as they were."""
    visitors = getattr(truth, "visitor_response", 0.0) / truth.response_rate
    return changed(truth, **EVERYBODY, visitor_response=visitors)


def nearly_silent(truth: Truth) -> Truth:
    """Hardly any comments: they are slow to write, and nothing else hangs on them."""
    few = COMMENTS / truth.journeys
    share = min(getattr(truth, "comment_share", few), few)
    return changed(truth, comment_share=share, survey_comment_share=few, comment_shares=(few,) * 5)


@dataclass(frozen=True)
class Survey:
    """The answers of one survey, a row a response.

    `who` has `journey_id`, `customer_id` and `ts`; `scores` a column per asked touchpoint and
    `overall`, `nps`, `ces`, blank where there is no score; `not_used` says where that is because
    the touchpoint was not used.
    """

    who: pd.DataFrame
    scores: pd.DataFrame
    not_used: pd.DataFrame

    def of(self, rows: NDArray[np.bool_]) -> Survey:
        """Some of the responses, by a mask."""
        parts = (self.who, self.scores, self.not_used)
        return Survey(*(part[rows].reset_index(drop=True) for part in parts))

    def feedback(self) -> pd.DataFrame:
        """The canonical feedback rows: scores, and who didn't use what."""
        answered = self._tall(self.scores).dropna(subset="score").assign(status="answered")
        unused = self._tall(self.not_used.astype(float)).query("score == 1")
        unused = unused.assign(status="not_used", score=np.nan)
        tall = pd.concat([answered, unused], ignore_index=True)
        scales = [WHOLES.get(item, ("csat", 1, 5)) for item in tall["item"]]
        metric, lo, hi = zip(*scales)
        made: dict[str, Any] = {
            "feedback_id": [f"f{number}" for number in range(len(tall))],
            "touchpoint_id": tall["item"].astype("str").where(~tall["item"].isin(list(WHOLES))),
            "metric": metric,
            "scale_lo": np.array(lo, float),
            "scale_hi": np.array(hi, float),
        }
        return tall.assign(**made).drop(columns="item")

    def _tall(self, wide: pd.DataFrame) -> pd.DataFrame:
        keys = list(self.who.columns)
        return pd.concat([self.who, wide], axis=1).melt(keys, var_name="item", value_name="score")


def survey_of(case: str, *, seed: int, truth: Truth) -> Survey:
    """A case's survey; comments are left out."""
    module = importlib.import_module(f"keytouch.cases.{case}")
    return read_survey(case, module.build(seed, nearly_silent(truth)))


def read_survey(case: str, files: Iterable[DataFile]) -> Survey:
    """The survey among a case's files."""
    module = importlib.import_module(f"keytouch.cases.{case}")
    frame = next(file.frame for file in files if file.name.startswith("survey."))
    labels = module.labels() | module.LABELS
    names = dict(zip(KEYS[case], ("journey_id", "customer_id", "ts")))
    bounds = {name: (lo, hi) for name, (_, lo, hi) in WHOLES.items()}
    scores = {
        name: _scores(frame[label], *bounds.get(name, (1, 5))) for name, label in labels.items()
    }
    not_used = {
        name: frame[label].astype(str) == str(module.CODES["not_used"])
        for name, label in module.labels().items()
    }
    who = frame[list(names)].rename(columns=names)
    return Survey(who, pd.DataFrame(scores), pd.DataFrame(not_used))


def _scores(answers: pd.Series, lo: float, hi: float) -> pd.Series:
    numbers = pd.to_numeric(answers, errors="coerce")
    return numbers.where(numbers.between(lo, hi)).astype(float)
