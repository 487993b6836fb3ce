"""An answer to be scored: the claims of a report, or those that a trainee wrote down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keytouch.cases.registry import spots
from keytouch.cases.truth import TRUTHS
from keytouch.problems import DataError, Problem, nearest

CLAIMS = (
    "key_touchpoint", "effect", "no_effect", "penalty_only", "reward_only", "linear", "synergy",
    "turning_point", "remembered_by", "change", "nonresponse", "reversal", "segment_effect",
    "handover_loss", "contact_cap", "improvement_worked", "improvement_useless", "kano", "lag",
    "lead", "servqual_gap", "servqual_gain", "provider_gap", "expectation_gap", "brand_weakness",
    "moment", "decoy", "low_score",
)  # fmt: skip
SURE = 0.8
NUMBERS = ("value", "lo", "hi", "probability")
TEXTS = ("claim", "touchpoint", "subject", "category")
EXAMPLE = '{"claim": "key_touchpoint", "touchpoint": "check_in"}'


@dataclass(frozen=True)
class Claim:
    """One thing claimed, in ids; `sure` where its probability is .8 or more."""

    claim: str
    touchpoint: str = ""
    subject: str = ""
    value: float | None = None
    lo: float | None = None
    hi: float | None = None
    probability: float = 1.0
    rank: float = 9.0
    category: str = ""

    @property
    def sure(self) -> bool:
        return self.probability >= SURE


def read_answer(path: Path | str, case: str) -> list[Claim]:
    """The claims of a findings.json, of a report's folder, or of a trainee's JSON list.

    Entries whose claim is "" (a report's findings that claim nothing) are left out. A touchpoint
    may be given by id or by its name in either language.
    Raises DataError with every entry that can't be used.
    """
    path = Path(path)
    path = path / "findings.json" if path.is_dir() else path
    entries = _entries(path)
    names = _names(case)
    found, problems = [], []
    for number, entry in enumerate(entries, start=1):
        wrong = _problems(entry, number, names)
        problems += [Problem(key, file=str(path), values=values) for key, values in wrong]
        if not wrong and entry["claim"]:
            found.append(_claim(entry, names))
    if problems:
        raise DataError(problems)
    return found


def _entries(path: Path) -> list[Any]:
    try:
        entries = json.loads(path.read_text("utf8"))
    except OSError as error:
        raise DataError(Problem("problem_answer_missing", file=str(path))) from error
    except ValueError as error:
        values = {"detail": str(error)}
        raise DataError(Problem("problem_answer_json", file=str(path), values=values)) from error
    if not isinstance(entries, list):
        values = {"example": EXAMPLE}
        raise DataError(Problem("problem_answer_list", file=str(path), values=values))
    return entries


def _names(case: str) -> dict[str, str]:
    """Ids and names of the case's touchpoints, each with the id."""
    listed = spots(case) if case in TRUTHS else ()
    return {name: s.id for s in listed for name in (s.name_zh, s.name_en.lower(), s.id)}


def _problems(
    entry: Any, number: int, names: Mapping[str, str]
) -> list[tuple[str, dict[str, Any]]]:
    """What is wrong in one entry: the word of each problem and what fills it."""
    if not isinstance(entry, dict) or not isinstance(entry.get("claim"), str):
        return [("problem_answer_entry", {"entry": number, "example": EXAMPLE})]
    place = {"entry": number}
    found: list[tuple[str, dict[str, Any]]] = []
    for name in TEXTS:
        if not isinstance(entry.get(name) or "", str):
            found.append(("problem_answer_text", place | {"name": name, "found": entry[name]}))
    for name in NUMBERS:
        if not _is_number(entry.get(name), name):
            found.append(("problem_answer_number", place | {"name": name, "found": entry[name]}))
    claim, touchpoint = entry["claim"], entry.get("touchpoint") or ""
    if found or not claim:
        return found
    if claim not in CLAIMS:
        near = nearest(claim, CLAIMS) or ", ".join(CLAIMS)
        found.append(("problem_answer_claim", place | {"found": claim, "near": near}))
    if touchpoint and touchpoint.lower() not in names:
        near = nearest(touchpoint, names) or ", ".join(dict.fromkeys(names.values()))
        found.append(("problem_answer_touchpoint", place | {"found": touchpoint, "near": near}))
    return found


def _is_number(value: Any, name: str) -> bool:
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return name != "probability" or 0 <= value <= 1


def _claim(entry: Mapping[str, Any], names: Mapping[str, str]) -> Claim:
    numbers = {name: entry.get(name) for name in ("value", "lo", "hi")}
    probability = entry.get("probability")
    return Claim(
        entry["claim"],
        names.get((entry.get("touchpoint") or "").lower(), ""),
        entry.get("subject") or "",
        **numbers,
        probability=1.0 if probability is None else float(probability),
        rank=float(entry.get("rank") or 9),
        category=entry.get("category") or "",
    )
