"""`keytouch new NAME FILE…`: a first client.yaml, written by looking at the files."""

from __future__ import annotations

import argparse
import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keytouch.problems import DataError, Problem
from keytouch.words import word

if TYPE_CHECKING:
    from keytouch.guesses import Guess, Profile

SLUG = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,63}$")


def add_new_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `keytouch new`."""
    parser.add_argument("name", metavar="NAME", help=word("new_name_help"))
    parser.add_argument("files", metavar="FILE", nargs="+", help=word("new_files_help"))
    parser.add_argument("--folder", metavar="DIR", default=".", help=word("new_folder_help"))


def new_command(arguments: argparse.Namespace) -> int:
    """Make a client's folder; the exit code: 0 made, 1 a file can't be used, 2 wrong usage."""
    name = arguments.name.strip()
    files = [Path(file) for file in arguments.files]
    folder = Path(arguments.folder) / name
    if not name or name in (".", "..") or Path(name).name != name:
        print(word("new_bad_name", found=arguments.name))
        return 2
    if folder.exists():
        print(word("new_exists", found=folder))
        return 2
    try:
        draft = look_at(name, files)
    except DataError as error:
        print(error)
        return 1
    _write(folder, files, draft)
    print(word("new_written", path=folder / "client.yaml"))
    print("\n".join(f"  - {line}" for line in draft.said))
    return _check(folder)


def _check(folder: Path) -> int:
    from keytouch.check import problem_lines
    from keytouch.intake import open_quality

    _, quality = open_quality(folder)
    print("\n".join([*problem_lines(quality.problems), ""]))
    print(word("new_errors" if quality.errors else "new_next", folder=folder))
    return 0


@dataclass
class Draft:
    """The text of a client.yaml in the making, and what was guessed, for the reader."""

    name: str
    said: list[str] = field(default_factory=list)
    touchpoints: dict[str, str] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)

    def touchpoint(self, name: str) -> str:
        """The id of a touchpoint that the client calls so; new ones join the inventory."""
        known = {title: key for key, title in self.touchpoints.items()}
        if name in known:
            return known[name]
        base = made = slug(name) or f"touchpoint_{len(self.touchpoints) + 1}"
        copy = 2
        while made in self.touchpoints:
            made, copy = f"{base}_{copy}", copy + 1
        self.touchpoints[made] = name
        return made

    def text(self) -> str:
        """The whole file."""
        lines = [f"# {line}" for line in _both("new_head")]
        lines += [f"id: {quote(slug(self.name) or 'client')}"]
        lines += [f"name_zh: {quote(self.name)}", f"name_en: {quote(self.name)}"]
        lines += ["language: zh", "timezone: Asia/Shanghai", "currency: CNY", ""]
        if self.touchpoints:
            lines += [f"# {line}" for line in _both("new_inventory")]
            lines.append("touchpoints:")
            for key, title in self.touchpoints.items():
                lines.append(
                    f"  - {{id: {quote(key)}, name_zh: {quote(title)}, name_en: {quote(title)}}}"
                )
            lines.append("")
        lines += [f"# {line}" for line in _both("new_sources")]
        return "\n".join([*lines, "sources:", *self.sources]) + "\n"


def _both(key: str) -> list[str]:
    from keytouch.words import word_list

    return [word_list()[key]["zh"], word_list()[key]["en"]]


def quote(text: object) -> str:
    """A text as a YAML scalar, quoted where it needs to be."""
    plain = str(text)
    simple = re.fullmatch(r"[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff./()\- ]*[\w)]|[A-Za-z_]", plain)
    reserved = plain.lower() in ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
    return plain if simple and not reserved else json.dumps(plain, ensure_ascii=False)


def slug(text: str) -> str:
    """An id made of a name, or "" where the name has no Latin letter or digit.

    >>> slug("Check-in Service")
    'check_in_service'
    """
    made = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60]
    return made if SLUG.match(made) else ""


def look_at(name: str, files: Iterable[Path]) -> Draft:
    """Read the files and guess a mapping for each. Raises DataError with every file's problem."""
    import duckdb

    from keytouch import cells
    from keytouch.guesses import guess
    from keytouch.readers import read_raw
    from keytouch.settings import Source

    con = duckdb.connect()
    cells.define_macros(con)
    draft, problems, names = Draft(name), [], set()
    for place, path in enumerate(files, 1):
        if path.name in names or not path.is_file():
            key = "new_same_file" if path.name in names else "problem_no_file"
            problems.append(Problem(key, file=str(path), values={"near": ""}))
            continue
        names.add(path.name)
        source = slug(path.name.split(".")[0]) or f"file_{place}"
        taken = {line.split("name: ")[1] for line in draft.sources if "name: " in line}
        source = f"{source}_{place}" if source in taken else source
        try:
            raw = read_raw(con, Source(name=source, file=path.name), path)
            _draft_source(draft, source, path.name, guess(con, raw))
        except DataError as error:
            problems += error.problems
    con.close()
    if problems:
        raise DataError(problems)
    return draft


def _write(folder: Path, files: Iterable[Path], draft: Draft) -> None:
    folder.mkdir(parents=True)
    for path in files:
        shutil.copyfile(path, folder / path.name)
    (folder / "client.yaml").write_text(draft.text(), encoding="utf-8")


def _draft_source(draft: Draft, source: str, file: str, found: Guess) -> None:
    """One source of client.yaml: which tables the file fills."""
    tables = _customers(found) + _journeys(draft, found) + _interactions(draft, found)
    tables += _feedback(draft, found)
    draft.sources += [f"  - name: {quote(source)}", f"    file: {quote(file)}"]
    if not tables:
        draft.sources.append(f"    # {word('new_unknown')}")
        draft.said.append(word("new_unknown_file", file=file))
        return
    kinds = [line.split("table: ")[1] for line in tables if "table: " in line]
    shown = ", ".join(word(f"canonical_{kind}") for kind in dict.fromkeys(kinds))
    draft.said.append(word("new_guess", file=file, tables=shown))
    for profile in [*found.times, *found.promised]:
        if profile.dates:
            draft.said.append(word("new_assumed_dates", column=profile.name, order=profile.dates))
    draft.sources += ["    tables:", *tables]


def _mapping(table: str, columns: dict[str, Profile | None], **more: Any) -> list[str]:
    """The lines of one mapping; columns that were not found are left out."""
    lines = [f"      - table: {table}"]
    filled = {name: profile for name, profile in columns.items() if profile is not None}
    if filled:
        lines.append("        columns:")
        lines += [f"          {name}: {quote(one.name)}" for name, one in filled.items()]
    orders = {name: one.dates for name, one in filled.items() if one.dates}
    orders |= more.pop("dates", {})
    if orders:
        lines.append("        dates: " + _flow(orders))
    for key, value in more.items():
        if value:
            lines.append(f"        {key}: {value if isinstance(value, str) else _flow(value)}")
    return lines


def _flow(values: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{quote(key)}: {quote(value)}" for key, value in values.items()) + "}"


def _customers(found: Guess) -> list[str]:
    """Customers, where a file says something about them beyond their id."""
    roles = found.roles
    about = {name: roles.get(name) for name in ("segment", "region", "churned")}
    if "customer_id" not in roles or not (any(about.values()) or found.unique("customer_id")):
        return []
    if not any(about.values()) and (found.times or found.scores or "comment" in roles):
        return []
    repeats = "" if found.unique("customer_id") else "true"
    return _mapping("customers", {"customer_id": roles["customer_id"], **about}, distinct=repeats)


def _journeys(draft: Draft, found: Guess) -> list[str]:
    """Journeys, where every row has an id of its own, a time, and no score."""
    roles = found.roles
    if not found.unique("journey_id") or not found.times or found.scores:
        return []
    if any("table: journeys" in line for line in draft.sources):
        return []
    columns = {name: roles.get(name) for name in ("journey_id", "customer_id")}
    columns["started_at"] = found.times[0]
    columns |= {name: roles.get(name) for name in ("channel", "outcome", "value", "weight")}
    return _mapping("journeys", columns)


def _interactions(draft: Draft, found: Guess) -> list[str]:
    """Interactions: one a row where a column names the touchpoint, or one a timestamp column."""
    roles = found.roles
    shared = {name: roles.get(name) for name in ("journey_id", "customer_id")}
    if found.scores:
        return []
    if "touchpoint_id" in roles and ("journey_id" in roles or "customer_id" in roles):
        known = {value: draft.touchpoint(value) for value in found.touchpoints}
        renamed = {value: key for value, key in known.items() if value != key}
        extra = ("channel", "wait_minutes", "duration_minutes", "success")
        columns = {**shared, "touchpoint_id": roles["touchpoint_id"], "ts": None}
        columns["ts"] = found.times[0] if found.times else None
        columns |= {name: roles.get(name) for name in extra}
        values = f"{{touchpoint_id: {_flow(renamed)}}}" if renamed else ""
        return _mapping("interactions", columns, values=values)
    later = any("table: journeys" in line for line in draft.sources)
    if len(found.times) < 2 and not (later and "journey_id" in roles):
        return []
    lines = _mapping(
        "interactions",
        {**shared, "channel": roles.get("channel")},
        dates={one.name: one.dates for one in [*found.times, *found.promised] if one.dates},
    )
    lines.append("        events:")
    for place, one in enumerate(found.times, 1):
        promised = ""
        if found.promised and place == len(found.times):
            promised = f", promised_ts: {quote(found.promised[0].name)}"
            draft.said.append(word("new_promise", promised=found.promised[0].name, actual=one.name))
        key = draft.touchpoint(one.name)
        lines.append(f"          - {{touchpoint: {key}, ts: {quote(one.name)}{promised}}}")
    return lines


def _feedback(draft: Draft, found: Guess) -> list[str]:
    """Feedback: several score columns are items; one is the score; or only a comment."""
    roles = found.roles
    comment = roles.get("comment")
    if not found.scores and comment is None:
        return []
    names = ("customer_id", "journey_id", "channel", "segment", "weight")
    columns = {name: roles.get(name) for name in names}
    columns["ts"] = found.times[0] if found.times else None
    if len(found.scores) < 2:
        columns = {"feedback_id": roles.get("feedback_id"), **columns}
    if len(found.scores) < 2:
        columns["comment"] = comment
        if not found.scores:
            return _mapping("feedback", columns)
        score = found.scores[0]
        lo, hi = score.scale or (1, 5)
        columns = {**columns, "touchpoint_id": roles.get("touchpoint_id"), "score": score}
        known = {value: draft.touchpoint(value) for value in found.touchpoints}
        renamed = {value: key for value, key in known.items() if value != key}
        draft.said.append(word("new_scale", column=score.name, lo=lo, hi=hi))
        return _mapping(
            "feedback", columns, values=f"{{touchpoint_id: {_flow(renamed)}}}" if renamed else "",
            constants="{metric: nps}" if score.is_nps else "", scale=f"[{lo}, {hi}]",
        )  # fmt: skip
    coded: list[str] = []
    zeros: list[str] = []
    lines = [*_mapping("feedback", columns), "        items:"]
    for place, score in enumerate(found.scores):
        lo, hi = score.scale or (1, 5)
        parts = [f"score: {quote(score.name)}"]
        if not score.is_overall:
            parts.append(f"touchpoint: {draft.touchpoint(score.name)}")
        parts.append("metric: nps" if score.is_nps else f"scale: [{lo}, {hi}]")
        if score.has_codes:
            parts.append('codes: {"0": blank, "6": not_used}')
            coded.append(score.name)
        if comment is not None and place == 0:
            parts.append(f"comment: {quote(comment.name)}")
        lines.append(f"          - {{{', '.join(parts)}}}")
        if lo == 0 and hi == 5:
            zeros.append(score.name)
    for key, told in (("new_codes", coded), ("new_zero", zeros)):
        if told:
            shown = ", ".join(told[:3]) + ("…" if len(told) > 3 else "")
            draft.said.append(word(key, column=shown, n=len(told)))
    draft.said.append(word("new_items", n=len(found.scores)))
    return lines
