"""The word lists that reading comments rests on: packaged ones, edited in the client's folder.

A client's folder may hold `lexicons/polarity.csv` (term, strength) and
`lexicons/touchpoints.csv` (touchpoint_id, language, term, use). What stands there comes on top
of the packaged lists: a new strength replaces the old one, 0 silences a term, and `use` "no"
takes a term from a touchpoint.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import vaderSentiment

from keytouch.plain_text import plain_text
from keytouch.polarity import PolarityLexicon
from keytouch.problems import DataError, Problem, nearest
from keytouch.settings import Settings
from keytouch.word_lists import packaged

FOLDER = "lexicons"
STRONGEST = 4.0
COLUMNS = {
    "polarity.csv": ("term", "strength"),
    "touchpoints.csv": ("touchpoint_id", "language", "term"),
}


@cache
def _vader() -> dict[str, float]:
    path = Path(vaderSentiment.__file__).with_name("vader_lexicon.txt")
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {parts[0].lower(): float(parts[1]) for parts in lines if len(parts) > 1}


def polarity_lexicon(folder: str | Path | None = None) -> PolarityLexicon:
    """The terms and modifiers of both languages, with the client's changes.

    >>> polarity_lexicon().strengths["干净"] > 0 > polarity_lexicon().strengths["noisy"]
    True
    """
    strengths = dict(_vader())
    for name in ("polarity_en.csv", "polarity_zh.csv"):
        table = packaged(name)
        strengths.update(zip(table.term, table.strength.astype(float)))
    if folder is not None:
        strengths.update(_own_strengths(Path(folder)))
    kept = {term: value for term, value in strengths.items() if value}
    return PolarityLexicon(kept, packaged("modifiers.csv"))


def _own_strengths(folder: Path) -> dict[str, float]:
    found, problems = {}, []
    for row, cells in _own(folder, "polarity.csv"):
        value = _number(cells["strength"])
        if value is None or abs(value) > STRONGEST:
            problems.append(_problem("strength", "polarity.csv", row, cells["strength"]))
        else:
            found[plain_text(cells["term"]).lower()] = value
    if problems:
        raise DataError(problems)
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _problem(what: str, file: str, row: int, found: str, near: str = "") -> Problem:
    values = {"found": found, "nearest": near}
    return Problem(f"problem_lexicon_{what}", file=f"{FOLDER}/{file}", rows=(row,), values=values)


def _own(folder: Path, name: str) -> Iterable[tuple[int, dict[str, str]]]:
    """The rows of a client's list with their line numbers; none where there is no list."""
    path = folder / FOLDER / name
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        absent = [column for column in COLUMNS[name] if column not in (reader.fieldnames or ())]
        if absent:
            raise DataError(_problem("columns", name, 1, ", ".join(absent)))
        rows = [{k: (v or "").strip() for k, v in row.items() if k} for row in reader]
    return [(number, row) for number, row in enumerate(rows, start=2) if row["term"]]


def touchpoint_terms(settings: Settings, folder: str | Path | None = None) -> dict[str, list[str]]:
    """The terms that show a touchpoint in a comment, one list per touchpoint of the inventory.

    They are the touchpoint's names, its `terms` of client.yaml, the packaged starter terms of
    the industry (for a touchpoint of the same id, or that bears one of its terms as its name)
    and the client's own list, which may also take a term away.
    """
    starters, taken = starter_terms(settings.industry), starter_of(settings)
    found = {}
    for entry in settings.touchpoints:
        names = [name for name in (entry.name_zh, entry.name_en) if name]
        found[entry.id] = [*names, *entry.terms, *starters.get(taken.get(entry.id, ""), [])]
    changes = _own_terms(Path(folder), found) if folder is not None else {}
    return {name: _merged(terms, changes.get(name, {})) for name, terms in found.items()}


@cache
def starter_terms(industry: str) -> dict[str, list[str]]:
    """The packaged terms of an industry by touchpoint; none for an industry without a list."""
    name = f"touchpoints_{industry}.csv"
    if not files("keytouch").joinpath("lexicons", name).is_file():
        return {}
    table = packaged(name)
    return table.groupby("touchpoint_id", sort=False).term.agg(list).to_dict()


def starter_of(settings: Settings) -> dict[str, str]:
    """The starter touchpoint of each of a client's touchpoints that has one."""
    starters = starter_terms(settings.industry)
    found = {
        entry.id: _starter(
            entry.id, [name for name in (entry.name_zh, entry.name_en) if name], starters
        )
        for entry in settings.touchpoints
    }
    return {name: starter for name, starter in found.items() if starter}


def _starter(touchpoint: str, names: Iterable[str], starters: Mapping[str, list[str]]) -> str:
    """The starter touchpoint that stands for a client's own."""
    if touchpoint in starters:
        return touchpoint
    called = {plain_text(name).lower() for name in names} | {touchpoint.replace("_", " ").lower()}
    return next((name for name, terms in starters.items() if called & set(terms)), "")


def _own_terms(folder: Path, known: Mapping[str, list[str]]) -> dict[str, dict[str, bool]]:
    """The client's changes: per touchpoint, each term and whether it is used."""
    found: dict[str, dict[str, bool]] = {}
    problems = []
    for row, cells in _own(folder, "touchpoints.csv"):
        name = cells["touchpoint_id"]
        if name not in known:
            near = nearest(name, known)
            problems.append(_problem("touchpoint", "touchpoints.csv", row, name, near))
            continue
        used = cells.get("use", "").lower() not in ("no", "0", "false", "n", "否")
        found.setdefault(name, {})[plain_text(cells["term"].removeprefix("'")).lower()] = used
    if problems:
        raise DataError(problems)
    return found


def _merged(terms: Iterable[str], changes: Mapping[str, bool]) -> list[str]:
    plain = dict.fromkeys(plain_text(term).lower() for term in terms)
    plain.update(dict.fromkeys(changes))
    return [term for term in plain if term and changes.get(term, True)]


def other_topics(settings: Settings) -> dict[str, list[str]]:
    """The topics that are no touchpoint of the client's, with their terms: those of its industry
    that its inventory lacks, and "general" for verdicts on the whole."""
    starters = starter_terms(settings.industry)
    taken = set(starter_of(settings).values())
    others = {f"other:{name}": terms for name, terms in starters.items() if name not in taken}
    return {"other:general": packaged("general.csv").term.tolist(), **others}
