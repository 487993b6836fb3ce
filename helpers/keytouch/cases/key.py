"""The sealed answer key of a case: what is planted in it, and a hash that shows any change.

The key lies beside the client's folder, never in it. Its hash, printed when the case is
written, can be published before a class: a key that was altered since no longer has it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from keytouch.cases.facts import Fact, facts
from keytouch.cases.population import parameter_hash, population
from keytouch.cases.registry import spots
from keytouch.cases.truth import Truth
from keytouch.problems import DataError, Problem

KIND = "keytouch answer key"
VERSION = 2
SEAL = "sha256"
PLAIN = ("key_touchpoint", "effect", "no_effect", "moment")
FURTHER = (
    "kano", "servqual_gap", "servqual_gain", "provider_gap", "expectation_gap", "brand_weakness",
    "lag", "lead",
)  # fmt: skip


def key_path(out: Path | str, case: str) -> Path:
    """Where a case's key lies: beside the client's folder."""
    return Path(out) / f"answer_key_{case}.json"


def answer_key(case: str, *, seed: int, difficulty: str, truth: Truth) -> dict[str, Any]:
    """What is planted in one written case, sealed.

    `effects` has a row per asked touchpoint with its role, its slope, importance and correlation
    among everybody and its slope among those who would answer, each with its Monte Carlo error;
    it is empty where no population values are known for these parameters. `to_find` lists the
    traps and further facts.
    """
    planted = facts(case, truth)
    effects = _effects(case, truth)
    content = {
        "kind": KIND,
        "version": VERSION,
        "case": case,
        "seed": seed,
        "difficulty": difficulty,
        "customers": truth.customers,
        "journeys": truth.journeys,
        "parameter_hash": parameter_hash(case, truth),
        "facts": [asdict(fact) for fact in planted],
        "effects": effects,
        "key_touchpoints": _keys(planted, effects),
        "to_find": facts_to_find(planted),
    }
    return seal(content)


def _keys(planted: Iterable[Fact], effects: Iterable[Mapping[str, Any]]) -> list[str]:
    """The key touchpoints, the strongest first."""
    slopes = {f.touchpoint: f.value or 0.0 for f in planted if f.claim == "key_touchpoint"}
    known = {row["touchpoint_id"]: row["slope"] for row in effects}
    return sorted(slopes, key=lambda name: -(known or slopes)[name])


def facts_to_find(planted: Iterable[Fact]) -> list[dict[str, str]]:
    """The planted facts that an answer should name, beside the key touchpoints.

    A `trap` is one that a hasty analysis of the main data gets wrong; the others rest on surveys
    of their own.
    """
    return [
        {
            "claim": fact.claim,
            "touchpoint": fact.touchpoint,
            "subject": fact.subject,
            "group": "further" if fact.claim in FURTHER else "trap",
        }
        for fact in planted
        if fact.sought and fact.claim not in PLAIN
    ]


def _effects(case: str, truth: Truth) -> list[dict[str, Any]]:
    roles = {spot.id: spot.role for spot in spots(case)}
    known = population(case, truth)
    return [{**row, "role": roles[row["touchpoint_id"]]} for row in known]


def canonical(content: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, without blanks, in UTF-8."""
    text = json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf8")


def digest(content: Mapping[str, Any]) -> str:
    """The SHA-256 of everything but the seal itself."""
    rest = {name: value for name, value in content.items() if name != SEAL}
    return hashlib.sha256(canonical(rest)).hexdigest()


def seal(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with its hash."""
    plain = json.loads(canonical(content))
    return {**plain, SEAL: digest(plain)}


def key_bytes(key: Mapping[str, Any]) -> bytes:
    """A key as its file holds it: one entry a line, to be read by people."""
    return (json.dumps(key, ensure_ascii=False, indent=1) + "\n").encode("utf8")


def open_key(path: Path | str) -> dict[str, Any]:
    """Read a key.

    Raises DataError for a file that can't be read, is no key, comes from a newer keytouch, or was
    altered since it was sealed.
    """
    path = Path(path)
    try:
        key = json.loads(path.read_text("utf8"))
    except (OSError, ValueError) as error:
        raise DataError(Problem("problem_key_unreadable", file=str(path))) from error
    if not isinstance(key, dict) or key.get("kind") != KIND:
        raise DataError(Problem("problem_no_key", file=str(path)))
    if key.get(SEAL) != digest(key):
        raise DataError(Problem("problem_key_altered", file=str(path)))
    if key["version"] != VERSION:
        values = {"found": key["version"], "known": VERSION}
        raise DataError(Problem("problem_key_version", file=str(path), values=values))
    return key
