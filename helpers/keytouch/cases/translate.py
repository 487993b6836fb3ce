"""A case's files in English: headings, words in cells, and what client.yaml says of them.

Chinese stands in the tables as whole runs, and every run has its English in english.csv, in the
case's own names or in its inventory. Prose (comments) is written in its language from the start.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from keytouch.cases.files import DataFile
from keytouch.cases.registry import named, spots
from keytouch.cases.sheets import table

HAN = re.compile("[\u4e00-\u9fff]+")
KEPT = ("name_zh", "评价内容", "内容", "点评内容", "其他意见", "comment")


@cache
def dictionary(case: str) -> dict[str, str]:
    """English by Chinese run."""
    known = {row["zh"]: row["en"] for row in table("english")}
    names = {row["zh"]: row["en"] for row in named(case, "segment")}
    return known | names | {spot.name_zh: spot.name_en for spot in spots(case)}


def english(case: str, text: str) -> str:
    """A text with each run of Chinese replaced; a run that nobody knows is an error.

    >>> english("hotel", "region=上海|江苏")
    'region=Shanghai|Jiangsu'
    """
    known = dictionary(case)
    return HAN.sub(lambda run: known[run[0]], text)


def translated(case: str, file: DataFile) -> DataFile:
    """A file with English headings and words; prose stays as it was written."""
    frame = file.frame.copy()
    for name in frame.columns:
        if name not in KEPT and frame[name].dtype.kind not in "biufM":
            frame[name] = frame[name].map(lambda cell: _cell(case, cell))
    titles = {name: english(case, name) for name in frame.columns}
    return replace(
        file,
        frame=frame.rename(columns=titles),
        sheet=english(case, file.sheet),
        dates={english(case, name): english(case, form) for name, form in file.dates.items()},
    )


def _cell(case: str, cell: object) -> object:
    return english(case, cell) if isinstance(cell, str) else cell
