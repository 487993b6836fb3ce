"""Surveys with known effects, for the tests of drivers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, from_frame
from keytouch.individuals import Individuals


def survey(
    scores: pd.DataFrame,
    whole: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    used: np.ndarray | None = None,
    customer: np.ndarray | None = None,
    **more: np.ndarray,
) -> LazyTable:
    """A wide survey as canonical feedback on a 0–1 scale; nan is blank, `used` 0 not used."""
    n = len(scores)
    wide = scores.assign(**{"": whole}, journey_id=[f"j{k:06}" for k in range(n)], **more)
    if weight is not None:
        wide["weight"] = weight
    if customer is not None:
        wide["customer_id"] = customer
    keys = [name for name in wide if name not in (*scores.columns, "")]
    tall = wide.melt(id_vars=keys, var_name="touchpoint_id", value_name="score")
    unused = np.zeros(len(tall), bool)
    if used is not None:
        unused[: scores.size] = used.T.ravel() == 0
    tall = tall.assign(
        touchpoint_id=tall.touchpoint_id.where(tall.touchpoint_id != ""),
        score=tall.score.where(~unused),
        metric="csat",
        scale_lo=0.0,
        scale_hi=1.0,
        feedback_id=range(len(tall)),
    )
    answered = np.where(tall.score.isna(), "blank", "answered")
    return from_frame(tall.assign(status=np.where(unused, "not_used", answered)))


def moody(
    seed: int, n: int, *, p: int = 3, halo: float | np.ndarray = 0.7, sd: float = 0.2
) -> np.ndarray:
    """Scores [n, p] around 0.6 that share a halo."""
    random = np.random.default_rng(seed)
    felt = np.sqrt(halo) * random.standard_normal((n, 1))
    return 0.6 + sd * (felt + np.sqrt(1 - np.asarray(halo)) * random.standard_normal((n, p)))


def people(scores: np.ndarray, whole: np.ndarray, used: np.ndarray | None = None) -> Individuals:
    """Individuals, each a customer, with touchpoints t0, t1 …"""
    n, p = scores.shape
    used = np.ones((n, p)) if used is None else used
    names = [f"t{k}" for k in range(p)]
    return Individuals(names, scores, used, whole, np.ones(n), np.arange(n))
