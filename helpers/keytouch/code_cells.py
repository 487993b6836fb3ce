"""What a coder may write in a cell: ids or names, in either language, and how near a miss was."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keytouch.comment_codes import JOINT, NONE
from keytouch.engine import Missing, collect
from keytouch.problems import nearest
from keytouch.schema import POLARITIES
from keytouch.words import word_list

SEPARATORS = re.compile(r"([;；、,，\n])")
NO_TOUCHPOINT = (NONE, "none", "无", "没有", "(无)")
SHORT = {"负": "negative", "中": "neutral", "正": "positive"}
YES, NO = ("y", "true", "1", "有"), ("n", "false", "0", "无", "没有")


def folded(text: str) -> str:
    """A text as it is compared: width, case and blanks don't count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class Codebook:
    """What may be coded: for each coding the texts that are understood, and their id.

    `names` holds each touchpoint's names in both languages, `shared` the names that more than one
    touchpoint has, which name none of them.
    """

    names: Mapping[str, tuple[str, ...]]
    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()

    def near(self, coding: str, text: str) -> str:
        """What a text was perhaps meant to be; else the first things that may stand there."""
        if coding != "touchpoints":
            return ", ".join(dict.fromkeys(self.known[coding].values()))
        texts = [text for id_, named in self.names.items() for text in (id_, *named)]
        return nearest(text, texts) or ", ".join([*list(self.names)[:5], NONE])

    def touchpoints(self, text: str) -> tuple[str, list[str]]:
        """The ids in a cell, joined, and the parts that name nothing; "" for a blank cell.

        A name that itself holds a separator is found whole.
        """
        known, found, unknown = self.known["touchpoints"], set(), []
        parts = SEPARATORS.split(text)
        start = 0
        while start < len(parts):
            ends = range(len(parts), start, -1)
            texts = {end: folded("".join(parts[start:end])) for end in ends}
            named = (end for end, name in texts.items() if name in known or name in self.shared)
            end = next(named, start + 1)
            piece = "".join(parts[start:end]).strip()
            if texts[end] in known:
                found.add(known[texts[end]])
            elif piece and not SEPARATORS.fullmatch(piece):
                unknown.append(piece)
            start = end
        return JOINT.join(sorted(found)), unknown

    def value(self, coding: str, text: str) -> str:
        """The id of a polarity or of incident yes/no; "" where the text says none."""
        return self.known[coding].get(folded(text), "")


def codebook(client: Any) -> Codebook:
    """What may be coded of a client's comments."""
    names = touchpoint_names(client)
    owners: dict[str, set[str]] = {}
    for identifier, texts in names.items():
        for text in texts:
            owners.setdefault(folded(text), set()).add(identifier)
    shared = frozenset(text for text, ids in owners.items() if len(ids) > 1)
    touchpoints = {text: ids.pop() for text, ids in owners.items() if text not in shared}
    touchpoints |= {folded(identifier): identifier for identifier in names}
    for text in NO_TOUCHPOINT:
        touchpoints.setdefault(folded(text), NONE)
    polarity = {**SHORT, **{name: name for name in POLARITIES}}
    polarity |= {text: name for name in POLARITIES for text in _words(f"polarity_{name}")}
    incident = {
        **dict.fromkeys((*YES, *_words("yes")), "yes"),
        **dict.fromkeys((*NO, *_words("no")), "no"),
    }
    known = {"touchpoints": touchpoints, "polarity": polarity, "incident": incident}
    return Codebook(names, known, shared)


def _words(key: str) -> tuple[str, str]:
    row = word_list()[key]
    return folded(row["zh"]), folded(row["en"])


def touchpoint_names(client: Any) -> dict[str, tuple[str, ...]]:
    """A client's touchpoints with their names, first those of client.yaml, in its order."""
    settings = getattr(client, "settings", None)
    names = {
        entry.id: tuple(text for text in (entry.name_zh, entry.name_en) if text)
        for entry in getattr(settings, "touchpoints", ())
    }
    listed = getattr(client, "touchpoints", None)
    if listed is not None and not isinstance(listed, Missing):
        table = collect(listed).reindex(columns=["touchpoint_id", "name_zh", "name_en"]).fillna("")
        for identifier, zh, en in table.itertuples(index=False):
            names.setdefault(identifier, tuple(text for text in (zh, en) if text))
    for identifier in client.terms:
        names.setdefault(identifier, ())
    return names
