"""The parameters of the notebooks: read from their parameters cells, checked before a run.

papermill only warns of a name that it does not know and checks no type; here both are refused,
with what was found and what is wanted.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from keytouch.problems import DataError, Problem, nearest
from keytouch.settings import Thresholds

TRUE = ("true", "yes", "1")
FALSE = ("false", "no", "0")
FIXED = ("client", "language")
DATES = ("start", "end")


@dataclass(frozen=True)
class Parameter:
    """One name of the parameters cells: its type, default and comment, and who has it."""

    name: str
    kind: str
    default: Any
    help: str
    notebooks: frozenset[str]


def parameters_of(notebooks: Mapping[str, Any]) -> dict[str, Parameter]:
    """The parameters of some notebooks (file stem: notebook object), by name."""
    from papermill.inspection import inspect_notebook

    found: dict[str, Parameter] = {}
    for stem, notebook in notebooks.items():
        for name, detail in inspect_notebook(notebook).items():
            default = _literal(detail["default"])
            kind = detail["inferred_type_name"]
            kind = type(default).__name__ if kind == "None" else kind
            known = found[name].notebooks if name in found else frozenset()
            found[name] = Parameter(name, kind, default, detail["help"], known | {stem})
    return found


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def split_assignments(texts: Iterable[str]) -> dict[str, str]:
    """`name=value` texts of the command line as a mapping; the last of a name counts."""
    pairs = [text.partition("=") for text in texts]
    wrong = [name for name, sign, _ in pairs if not sign or not name.isidentifier()]
    if wrong:
        raise DataError([Problem("run_bad_assignment", values={"found": text}) for text in wrong])
    return {name: value for name, _, value in pairs}


def check_values(given: Mapping[str, str], known: Mapping[str, Parameter]) -> dict[str, Any]:
    """The given values in the types that the notebooks want.

    Raises DataError with every unknown name (and the nearest known one), every value of the
    wrong type and every value out of its range.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, text in given.items():
        try:
            values[name] = _check_value(name, text, known)
        except DataError as error:
            problems += error.problems
    start, end = values.get("start"), values.get("end")
    if start and end and start > end:
        problems.append(Problem("run_period_backwards", values={"start": start, "end": end}))
    if problems:
        raise DataError(problems)
    return values


def _check_value(name: str, text: str, known: Mapping[str, Parameter]) -> Any:
    if name in FIXED:
        raise DataError(Problem("run_fixed_parameter", values={"name": name}))
    if name not in known:
        names = [parameter for parameter in known if parameter not in FIXED]
        near = nearest(name, names) or ", ".join(names)
        raise DataError(Problem("run_unknown_parameter", values={"name": name, "near": near}))
    kind = known[name].kind
    try:
        value = READERS[kind](text)
        if name in DATES and text:
            date.fromisoformat(text)
    except (ValueError, KeyError) as error:
        wanted = "date" if name in DATES else kind
        details = {"name": name, "found": text, "wanted": f"{wanted} ({EXAMPLES.get(wanted, '')})"}
        raise DataError(Problem("run_wrong_type", values=details)) from error
    _check_range(name, value)
    return value


def _check_range(name: str, value: Any) -> None:
    """A parameter named like a threshold has that threshold's range."""
    field = Thresholds.model_fields.get(name)
    limits = {
        sign: getattr(rule, attribute)
        for rule in (field.metadata if field else ())
        for sign, attribute in (("≥", "ge"), (">", "gt"), ("≤", "le"), ("<", "lt"))
        if hasattr(rule, attribute)
    }
    if all(HOLDS[sign](value, limit) for sign, limit in limits.items()):
        return
    wanted = ", ".join(f"{sign} {limit}" for sign, limit in limits.items())
    details = {"name": name, "found": value, "wanted": wanted}
    raise DataError(Problem("run_out_of_range", values=details))


def _read_bool(text: str) -> bool:
    if text.lower() not in TRUE + FALSE:
        raise ValueError(text)
    return text.lower() in TRUE


def _read_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


READERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "float": _read_float,
    "bool": _read_bool,
}
EXAMPLES = {"int": "30", "float": "0.5", "bool": "true, false", "date": "2024-01-31"}
HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "≥": lambda value, limit: value >= limit,
    ">": lambda value, limit: value > limit,
    "≤": lambda value, limit: value <= limit,
    "<": lambda value, limit: value < limit,
}
