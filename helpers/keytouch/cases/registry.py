"""The touchpoints of a case with their planted effects, and its other named things."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Role = Literal["key", "minor", "decoy", "low_score", "none", "backstage"]
Shape = Literal["linear", "penalty", "reward"]
KEY_EFFECT = 0.35
DECOY_HALO = 0.7
LOW_SCORE = 3.2


@dataclass(frozen=True)
class Spot:
    """One touchpoint with its planted parameters.

    `effect` is overall SD per perceived SD; of a penalty or reward, on the side that counts.
    """

    id: str
    name_zh: str
    name_en: str
    stage: str
    side: str
    medium: str
    contact_mode: str
    moment: str
    supports: str
    owner: str
    terms_zh: tuple[str, ...]
    terms_en: tuple[str, ...]
    effect: float
    shape: Shape
    halo: float
    mean: float
    sd: float
    use_rate: float
    asked: bool

    @property
    def role(self) -> Role:
        """What a good analysis should say of this touchpoint."""
        if self.side == "back":
            return "backstage"
        if self.effect >= KEY_EFFECT * (1 if self.shape == "linear" else 2):
            return "key"
        if self.effect > 0:
            return "minor"
        if self.halo >= DECOY_HALO:
            return "decoy"
        return "low_score" if self.mean < LOW_SCORE else "none"


@cache
def rows(table: str, case: str) -> tuple[dict[str, str], ...]:
    """The rows of one of the package's CSV tables that belong to a case."""
    with open(Path(__file__).with_name(f"{table}.csv"), encoding="utf8", newline="") as file:
        return tuple(row for row in csv.DictReader(file) if row["case"] == case)


@cache
def spots(case: str) -> tuple[Spot, ...]:
    """The touchpoints of a case, in the order of its journey."""
    return tuple(_spot(row) for row in rows("inventory", case))


def _spot(row: dict[str, str]) -> Spot:
    texts = ("name_zh", "name_en", "stage", "side", "medium", "contact_mode", "moment")
    numbers = ("effect", "halo", "mean", "sd", "use_rate")
    values: dict[str, Any] = {name: row[name] for name in (*texts, "supports", "owner")}
    values |= {name: float(row[name]) for name in numbers}
    values |= {"shape": row["shape"] or "linear"}
    values |= {name: tuple(row[name].split("|")) for name in ("terms_zh", "terms_en")}
    return Spot(id=row["touchpoint_id"], asked=row["asked"] == "1", **values)


def named(case: str, kind: str) -> list[dict[str, str]]:
    """The stages, channels, segments or outcomes of a case, with names in both languages."""
    return [row for row in rows("names", case) if row["kind"] == kind]
