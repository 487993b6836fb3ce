"""A further survey as its maker writes it, and how a client's file of it looks.

A `Sheet` holds ids; `dressed` gives it the client's headings, words and file dialect, and the
mapping that reads it back.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from keytouch.cases.files import DataFile
from keytouch.cases.registry import named, spots

Words = Mapping[str, tuple[str, str]]
"""By id: the word in Chinese and in English."""


@dataclass(frozen=True)
class Question:
    """One column of a wide questionnaire: its headings, what it asks, what it becomes."""

    head: tuple[str, str]
    asks: tuple[str, str]
    item: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """One further file: columns by their ids in heads.csv, then the questions by theirs.

    `columns` says which canonical column a heading fills; `words` has the kind of words by
    column where cells are words.
    """

    name: str
    table: str
    frame: pd.DataFrame
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dialect:
    """How one client's file of a sheet looks."""

    file: str
    head: str = "zh"
    words: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","
    day: str = "%Y-%m-%d"


DIALECTS = {
    "ecommerce": {
        "diary": Dialect("diary.csv", head="en"),
        "contacts": Dialect("contacts.csv.gz", head="en"),
        "kano": Dialect("kano.csv", encoding="gb18030", day="%Y/%-m/%-d"),
        "servqual": Dialect("servqual.csv", words=True, encoding="utf-8-sig"),
        "staff": Dialect("servqual_staff.csv", encoding="utf-8-sig"),
        "expectations": Dialect("expectations.csv", encoding="utf-8-sig", day="%Y/%-m/%-d"),
        "competitors": Dialect("competitors.csv", head="en", delimiter=";", day="%d.%m.%Y"),
        "incidents": Dialect("incidents.xlsx", words=True),
    },
    "airline": {
        "diary": Dialect("diary.csv", encoding="gb18030"),
        "contacts": Dialect("contacts.csv.gz", head="en"),
        "kano": Dialect("kano.csv", head="en", delimiter=";", day="%d/%m/%Y"),
        "servqual": Dialect("servqual.csv", head="en", words=True),
        "staff": Dialect("servqual_staff.csv", head="en"),
        "expectations": Dialect("expectations.xlsx"),
        "competitors": Dialect("competitors.xlsx", words=True),
        "incidents": Dialect("incidents.csv", words=True, encoding="utf-8-sig"),
    },
    "hotel": {
        "diary": Dialect("diary.csv", words=True, encoding="gb18030"),
        "contacts": Dialect("contacts.csv.gz", head="en"),
        "kano": Dialect("kano.xlsx"),
        "servqual": Dialect("servqual.csv", words=True, delimiter="\t"),
        "staff": Dialect("servqual_staff.csv"),
        "expectations": Dialect("expectations.csv", encoding="gb18030", day="%Y%m%d"),
        "competitors": Dialect("competitors.csv", words=True, day="%Y年%-m月%-d日"),
        "incidents": Dialect("incidents.xlsx", words=True),
    },
}
ENGLISH_DAYS = {"%Y年%-m月%-d日": "%Y-%m-%d"}


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one of the package's small tables that are the same for every case."""
    with open(Path(__file__).with_name(f"{name}.csv"), encoding="utf8", newline="") as file:
        return tuple(csv.DictReader(file))


def words_of(case: str, kind: str) -> Words:
    """The words of a kind: touchpoints, the case's names, or the shared labels."""
    if kind == "touchpoint":
        return {spot.id: (spot.name_zh, spot.name_en) for spot in spots(case)}
    entries = named(case, kind) or [row for row in table("labels") if row["kind"] == kind]
    return {row["id"]: (row["zh"], row["en"]) for row in entries}


def dressed(case: str, sheet: Sheet, language: str) -> DataFile:
    """A sheet as the client's file, with its dictionary and the mapping that reads it."""
    dialect = DIALECTS[case][sheet.name]
    english = language == "en"
    side = 1 if english or dialect.head == "en" else 0
    heads = {row["column"]: row for row in table("heads") if row["sheet"] == sheet.name}
    titles = {name: row["head_en" if side else "head_zh"] for name, row in heads.items()}
    titles |= {name: question.head[side] for name, question in sheet.questions.items()}
    said = {
        column: {i: pair[side] for i, pair in words_of(case, kind).items()}
        for column, kind in sheet.words.items()
        if dialect.words or column in ALWAYS_WORDS
    }
    frame = sheet.frame.assign(
        **{column: sheet.frame[column].map(words.get) for column, words in said.items()}
    )
    day = ENGLISH_DAYS.get(dialect.day, dialect.day) if english else dialect.day
    forms = {
        titles[name]: day if row["type"] == "date" else row["format"]
        for name, row in heads.items()
        if row["format"]
    }
    return DataFile(
        dialect.file,
        frame.rename(columns=titles),
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        sheet=_page(sheet.name, side),
        dates=forms,
        fields=_fields(sheet, heads, titles, forms),
        source=_source(sheet, dialect, titles, said, forms, _page(sheet.name, side)),
    )


ALWAYS_WORDS = ("company", "polarity")
PAGES = {
    "kano": ("需求问卷", "Kano"),
    "incidents": ("关键事件", "Incidents"),
    "competitors": ("竞品调查", "Competitors"),
    "expectations": ("期望与品牌", "Expectations"),
}


def _page(name: str, side: int) -> str:
    return PAGES.get(name, ("Sheet1", "Sheet1"))[side]


def _fields(
    sheet: Sheet, heads: Mapping[str, dict[str, str]], titles: dict[str, str], forms: dict[str, str]
) -> tuple[dict[str, str], ...]:
    """The dictionary of a file: a row a column, in the file's order."""
    known = {
        name: row
        | {"field": titles[name], "format": forms.get(titles[name], "").replace("%-", "%")}
        for name, row in heads.items()
    }
    for name, question in sheet.questions.items():
        zh, en = question.asks
        kind = "string" if sheet.codes else "integer"
        known[name] = {"field": titles[name], "type": kind, "format": "", "zh": zh, "en": en}
    return tuple(known[str(name)] for name in sheet.frame.columns)


def _source(
    sheet: Sheet,
    dialect: Dialect,
    titles: dict[str, str],
    said: dict[str, dict[str, str]],
    forms: dict[str, str],
    page: str,
) -> dict[str, Any]:
    """The entry of client.yaml that reads the file."""
    columns = {name: titles[column] for name, column in sheet.columns.items()}
    mapping: dict[str, Any] = {"table": sheet.table, "columns": columns}
    if sheet.constants:
        mapping["constants"] = dict(sheet.constants)
    by_column = {column: name for name, column in sheet.columns.items()}
    values = {
        by_column[column]: {word: i for i, word in words.items()} for column, words in said.items()
    }
    if values:
        mapping["values"] = values
    if sheet.codes:
        mapping["codes"] = dict(sheet.codes)
    used = [form for title, form in forms.items() if title in columns.values()]
    if used and not dialect.file.endswith(".xlsx"):
        mapping["dates"] = used[0].replace("%-", "%")
    if sheet.questions:
        mapping["items"] = [
            {"score": titles[name]} | question.item for name, question in sheet.questions.items()
        ]
    source: dict[str, Any] = {"file": dialect.file}
    if dialect.file.endswith(".xlsx"):
        source["sheet"] = page
    if dialect.encoding == "gb18030":
        source["encoding"] = "gb18030"
    if dialect.delimiter == ";":
        source["delimiter"] = ";"
    return source | {"tables": [mapping]}
