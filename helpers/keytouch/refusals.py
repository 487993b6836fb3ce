"""What is wrong in a YAML file of ours, in the reader's language and with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml
from pydantic_core import PydanticCustomError

from keytouch.problems import DataError, Problem, nearest

MANY = "several_problems"
_KINDS = {
    "string_pattern_mismatch": "setting_id",
    "string_type": "setting_text",
    "literal_error": "setting_one_of",
    "greater_than": "setting_above",
    "greater_than_equal": "setting_at_least",
    "less_than": "setting_below",
    "less_than_equal": "setting_at_most",
    "too_short": "setting_pair",
    "too_long": "setting_pair",
    "tuple_type": "setting_pair",
    "list_type": "setting_list",
    "dict_type": "setting_section",
    "model_type": "setting_section",
    "model_attributes_type": "setting_section",
    "missing": "problem_missing_key",
}


@dataclass(frozen=True)
class Tree:
    """A YAML file: its data, and the node tree that knows the lines."""

    file: str
    data: dict[str, Any]
    node: yaml.Node | None

    def line(self, place: Iterable[Any]) -> int:
        """The line of a place, or of the nearest part above it that the file has."""
        node, line = self.node, 1
        for step in place:
            found = _child(node, step)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line + 1
        return line


def _child(node: yaml.Node | None, step: Any) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if str(key.value) == str(step):
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


class _Loader(yaml.SafeLoader):
    """YAML with fewer surprises: no, on and 12:30 stay text; a key may not stand twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise _Twice(key.value, key.start_mark.line + 1)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Twice(Exception):
    pass


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag.rsplit(":", 1)[1] not in ("bool", "int", "timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)


def read_yaml(path: Path) -> Tree:
    """Read a YAML file that holds settings; raises DataError with the line of a fault."""
    if not path.is_file():
        raise DataError(Problem("problem_no_client_yaml", file=str(path)))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(Problem("problem_yaml_encoding", file=path.name)) from error
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
        node = yaml.compose(text, Loader=_Loader)
    except _Twice as error:
        key, line = error.args
        problem = Problem("problem_yaml_twice", file=path.name, values={"key": key, "line": line})
        raise DataError(problem) from error
    except yaml.YAMLError as error:
        raise DataError(_syntax(path.name, text, error)) from error
    if not isinstance(data, dict):
        raise DataError(Problem("problem_yaml_empty", file=path.name))
    return Tree(path.name, data, node)


def _syntax(file: str, text: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = mark.line if mark else 0
    lines = text.splitlines() or [""]
    shown = lines[min(line, len(lines) - 1)].strip()[:60]
    tab = "\t" in lines[min(line, len(lines) - 1)]
    key = "problem_yaml_tab" if tab else "problem_bad_yaml"
    return Problem(key, file=file, values={"line": line + 1, "detail": shown})


def refuse(*faults: tuple[Any, ...]) -> NoReturn:
    """Raise several faults from one pydantic validator: (word key, values, *place below it)."""
    raise PydanticCustomError(MANY, "several", {"faults": list(faults)})


def explain(
    details: Iterable[Any], tree: Tree, valid_keys: Callable[[tuple[Any, ...]], list[str]]
) -> list[Problem]:
    """pydantic's errors as Problems, each with its place and line, in the file's order."""
    problems: dict[tuple[Any, ...], Problem] = {}
    for detail in details:
        place = _place(detail["loc"], tree.data)
        if detail["type"] == MANY:
            for key, values, *below in detail["ctx"]["faults"]:
                _add(problems, tree, (*place, *below), key, values)
        else:
            key, values = _kind(detail, valid_keys)
            _add(problems, tree, place, key, values)
    return sorted(problems.values(), key=lambda problem: problem.values["line"])


def _add(
    problems: dict[tuple[Any, ...], Problem],
    tree: Tree,
    place: tuple[Any, ...],
    key: str,
    values: dict[str, Any],
) -> None:
    column = ".".join(str(step + 1 if isinstance(step, int) else step) for step in place)
    values = {**values, "line": tree.line(place)}
    # One place has one problem: pydantic tells one for every type that it tried.
    problems.setdefault(
        (place, key if key.startswith("setting_") else ""),
        Problem(key, file=tree.file, column=column, values=values),
    )


def _place(loc: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    """The part of pydantic's place that the file really has, and the missing key after it."""
    place: list[Any] = []
    for step in loc:
        if isinstance(data, list) and isinstance(step, int) and step < len(data):
            place.append(step)
            data = data[step]
        elif isinstance(data, dict):
            place.append(str(step))
            if step not in data and str(step) not in map(str, data):
                break
            data = data.get(step, data.get(str(step)))
        else:
            break
    return tuple(place)


def _kind(
    detail: Any, valid_keys: Callable[[tuple[Any, ...]], list[str]]
) -> tuple[str, dict[str, Any]]:
    """The word key and the values of one of pydantic's own errors."""
    kind, found, context = detail["type"], detail["input"], detail.get("ctx", {})
    values: dict[str, Any] = {"found": str(found)[:60]}
    if kind == "extra_forbidden":
        key = str(detail["loc"][-1])
        valid = valid_keys(detail["loc"][:-1])
        return "problem_unknown_key", {"key": key, "near": nearest(key, valid) or ", ".join(valid)}
    if kind == "literal_error":
        valid = re.findall(r"'([^']*)'", context.get("expected", ""))
        values["near"] = nearest(str(found), valid) or ", ".join(valid)
    for bound in ("gt", "ge", "lt", "le"):
        if bound in context:
            values["bound"] = f"{context[bound]:g}"
    if kind in _KINDS:
        return _KINDS[kind], values
    for start, key in (
        ("int", "setting_whole"), ("float", "setting_number"), ("date", "setting_date"),
        ("bool", "setting_yes_no"), ("finite", "setting_number"),
    ):  # fmt: skip
        if kind.startswith(start):
            return key, values
    return "problem_bad_value", values
