"""What the numbers say: sentences whose every figure is computed, each with its interval.

A finding's wording follows its probability: ≥ .95 "is", ≥ .8 "very likely", below "undecided".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from keytouch.engine import Missing
from keytouch.estimate import Estimate, strength
from keytouch.labels import chance_text, interval_text, name_of, number_text
from keytouch.tables import display_bundle
from keytouch.words import has_word, word

FINDING_MIME = "application/vnd.keytouch.finding+json"
HEADLINE_MIME = "application/vnd.keytouch.headline+json"
DRAWS = 4000
_said: list[Finding] = []


@dataclass(frozen=True)
class Finding:
    """One sentence with its number. `rank` orders findings for the first page, 1 first.

    `claim` and `subject` say the same in ids, so that a scorer can hold it against a truth.
    """

    id: str
    key: str
    metric: str
    value: float
    lo: float
    hi: float
    n: int
    method: str
    touchpoint: str = ""
    probability: float = 1.0
    rank: float = 9
    claim: str = ""
    subject: str = ""
    category: str = ""
    words: dict[str, Any] = field(default_factory=dict)

    @property
    def strength(self) -> str:
        return strength(self.probability)

    def sentence(self) -> str:
        """The finding in the language in use; an undecided one has a sentence of its own."""
        key = self.key
        if self.strength == "undecided" and has_word(f"{key}_undecided"):
            key = f"{key}_undecided"
        return word(
            key,
            name=name_of("touchpoint_id", self.touchpoint) if self.touchpoint else "",
            value=number_text(self.metric, self.value),
            interval=interval_text(self.metric, self.lo, self.hi),
            n=f"{self.n:,}",
            sure=word(f"strength_{self.strength}"),
            p=chance_text(self.probability),
            **self.words,
        )

    def payload(self) -> dict[str, Any]:
        """What findings.json keeps."""
        data = asdict(self)
        data.pop("words")
        data["sentence_key"] = data.pop("key")
        return {**data, "strength": self.strength, "sentence": self.sentence()}


def say(findings: Iterable[Finding] | Missing | None) -> None:
    """Show findings as sentences and hand them to the report."""
    if findings is None or isinstance(findings, Missing):
        return
    for finding in findings:
        _said.append(finding)
        html = f'<p class="kt-finding kt-{finding.strength}">{escape(finding.sentence())}</p>'
        display_bundle({"text/html": html, FINDING_MIME: finding.payload()})


def record(findings: Iterable[Finding] | Missing) -> None:
    """Hand findings to the report's findings.json without showing them."""
    if not isinstance(findings, Missing):
        display_bundle({FINDING_MIME: [finding.payload() for finding in findings]})


def said() -> list[Finding]:
    """The findings said so far in this notebook."""
    return list(_said)


def headline(slot: str, sentence: str) -> None:
    """Show a sentence that the report's first page repeats in one of its slots."""
    html = f'<p class="kt-headline">{escape(sentence)}</p>'
    display_bundle({"text/html": html, HEADLINE_MIME: {"slot": slot, "html": escape(sentence)}})


def chance_first(table: pd.DataFrame, column: str, *, highest: bool, seed: int = 1) -> np.ndarray:
    """Each row's chance to be truly the highest (or lowest) of a column of estimates.

    Draws from normal sampling distributions with the intervals' width; rows without an interval
    have chance 0.
    """
    value = table[column].to_numpy(float)
    error = ((table[f"{column}_hi"] - table[f"{column}_lo"]) / 3.92).to_numpy(float)
    known = np.isfinite(value) & np.isfinite(error)
    draws = np.random.default_rng(seed).standard_normal((DRAWS, len(table)))
    draws = np.where(known, value + error * draws, -np.inf if highest else np.inf)
    best = draws.argmax(axis=1) if highest else draws.argmin(axis=1)
    return np.bincount(best, minlength=len(table)) / DRAWS


def one(
    row: pd.Series,
    key: str,
    column: str,
    *,
    rank: float,
    probability: float = 1.0,
    claim: str = "",
    about: str = "",
    **words: Any,
) -> Finding:
    """A finding about one row of a table of estimates; `about` is its `subject`."""
    touchpoint = str(row.get("touchpoint_id") or "")
    estimate = Estimate.of(row, column)
    return Finding(
        id=f"{key}_{touchpoint}" if touchpoint else key,
        key=key,
        metric=column,
        value=estimate.value,
        lo=estimate.lo,
        hi=estimate.hi,
        n=int(estimate.n),
        method=estimate.method,
        touchpoint=touchpoint,
        probability=float(probability),
        rank=rank,
        claim=claim,
        subject=about,
        words=words,
    )


def extreme(
    table: pd.DataFrame, column: str, key: str, *, highest: bool, rank: float, id_column: str
) -> list[Finding]:
    """The row that is highest (lowest) in a column, with its chance to be so; and the runner-up."""
    judged = table[~table.small] if "small" in table else table
    judged = judged[judged[f"{column}_lo"].notna()].reset_index(drop=True)
    if len(judged) < 2:
        return []
    chance = chance_first(judged, column, highest=highest)
    order = np.argsort(-chance, kind="stable")
    first, second = judged.iloc[order[0]], judged.iloc[order[1]]
    return [
        one(
            first,
            key,
            column,
            rank=rank,
            probability=chance[order[0]],
            subject=name_of(id_column, first[id_column]),
            other=name_of(id_column, second[id_column]),
        )
    ]
