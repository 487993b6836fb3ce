"""Comments: clauses about the touchpoints that went well or badly, joined as people write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from keytouch.cases.model import Lived
from keytouch.cases.truth import rows

LOUD = 0.35
CLEAR = 0.45
FITTING = 2.0
PLAIN = 0.12
SLOTS = {"times": (2, 5), "days": (2, 9), "minutes": (15, 70), "delay": (1, 3), "hour": (3, 7)}
HOUR_ZH = {3: "三", 4: "四", 5: "五", 6: "六", 7: "七"}
PRIVATE = (
    "有问题请打我电话13800138000，别再发短信了。",
    "麻烦回复到 wang.test@example.com，谢谢。",
    '=HYPERLINK("http://example.com","点我领券")',
    "<script>alert('hi')</script>还行吧。",
    "Please call me on 13900139000 or write to jane.test@example.com.",
)
PRIVATE_ENGLISH = (
    "If anything is wrong call me on 13800138000, no more text messages.",
    "Kindly reply to wang.test@example.com, thank you.",
    '=HYPERLINK("http://example.com","click for a coupon")',
    "<script>alert('hi')</script>It was all right.",
    PRIVATE[-1],
)


@cache
def phrases(case: str) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Phrases by (touchpoint or "", language, polarity or part of speech)."""
    return {
        (row["touchpoint_id"], row["language"], row["polarity"]): tuple(row["phrases"].split("|"))
        for row in (*rows("phrases", case), *rows("phrases", "any"))
    }


@dataclass(frozen=True)
class Clause:
    """One thing said: what about, and how."""

    touchpoint: str
    polarity: str


@dataclass(frozen=True)
class Writer:
    """Someone writing in one language about one journey.

    `facts` are numbers that a phrase must get right, by (touchpoint, slot): None where nothing
    of the kind happened, so that nobody on time writes of late days.
    """

    rng: np.random.Generator
    case: str
    language: str
    facts: Mapping[tuple[str, str], int | None]

    def say(self, part: str, touchpoint: str = "") -> str:
        """One of the phrases that are true here, its blanks filled."""
        known = [
            text
            for text in phrases(self.case)[(touchpoint, self.language, part)]
            if all(self.facts.get((touchpoint, slot), 0) is not None for slot in _slots(text))
        ]
        text = known[int(self.rng.integers(len(known)))]
        for slot in _slots(text):
            text = text.replace("{" + slot + "}", self._number(touchpoint, slot))
        return text

    def _number(self, touchpoint: str, slot: str) -> str:
        lo, hi = SLOTS[slot]
        number = self.facts.get((touchpoint, slot)) or int(self.rng.integers(lo, hi + 1))
        number = 5 * round(number / 5) if slot == "minutes" else number
        return HOUR_ZH[number] if (slot, self.language) == ("hour", "zh") else str(number)

    def end(self, text: str) -> str:
        """A full stop where none is yet; a capital letter in English."""
        if self.language == "en":
            return text[0].upper() + text[1:].rstrip(".") + "."
        return text if text[-1] in "。！" else text + "。"

    def join(self, clauses: list[Clause]) -> str:
        """The clauses in one sentence, with a word for every turn."""
        text = self.say(clauses[0].polarity, clauses[0].touchpoint)
        for before, clause in zip(clauses, clauses[1:]):
            turns = clause.polarity != before.polarity
            text += self.say(f"but_{clause.polarity}" if turns else "and")
            text += self.say(clause.polarity, clause.touchpoint)
        return text

    def frame(self, tone: str, text: str) -> str:
        """Perhaps an opening and a closing around what is said."""
        opener, closer = self.say(f"opener_{tone}"), self.say(f"closer_{tone}")
        if self.language == "en":
            closer = f" {closer}." if closer else ""
            return (opener + text if opener else text[0].upper() + text[1:]) + "." + closer
        stop = str(self.rng.choice(["。", "！", "，"], p=[0.55, 0.2, 0.25])) if closer else ""
        return self.end(f"{opener}{text}{stop}{closer}")


def _slots(text: str) -> list[str]:
    return [name for name in SLOTS if "{" + name + "}" in text]


def choose_clauses(writer: Writer, lived: Lived, journey: int, overall: float) -> list[Clause]:
    """One to three touchpoints; what stands out, and fits the whole, gets said; that first."""
    known = phrases(writer.case)
    felt = lived.perceived_in(journey)
    said = [_polarity(spot.mean + spot.sd * p, spot.mean) for spot, p in zip(lived.spots, felt)]
    weight = np.zeros(len(felt))
    for i, spot in enumerate(lived.spots):
        if lived.used[journey, i] and (spot.id, writer.language, said[i]) in known:
            fits = FITTING if (said[i] == "positive") == (overall > 0) else 1.0
            weight[i] = fits * np.exp(1.1 * abs(felt[i])) * (LOUD + spot.effect)
    if weight.sum() == 0:
        return []
    wanted = int(writer.rng.choice([1, 2, 3], p=[0.5, 0.37, 0.13]))
    wanted = min(wanted, int((weight > 0).sum()))
    chosen = writer.rng.choice(len(felt), wanted, replace=False, p=weight / weight.sum())
    clauses = [Clause(lived.spots[i].id, said[i]) for i in chosen]
    return sorted(clauses, key=lambda clause: (clause.polarity == "positive") == (overall < 0))


def _polarity(score: float, mean: float) -> str:
    """Bad below the scale's middle or well below the touchpoint's usual score."""
    return "negative" if score < 3.0 or score < mean - 1.2 else "positive"


def write_comment(writer: Writer, lived: Lived, journey: int, overall: float) -> str:
    """A comment on one journey; `overall` is how content its customer is, about −2 to 2."""
    clauses = choose_clauses(writer, lived, journey, overall)
    if not clauses or writer.rng.random() < PLAIN:
        tone = "positive" if overall > CLEAR else "negative" if overall < -CLEAR else "neutral"
        return writer.end(writer.say(f"plain_{tone}"))
    text = writer.join(clauses)
    tones = {clause.polarity for clause in clauses}
    against = "negative" if overall > CLEAR else "positive" if overall < -CLEAR else ""
    if tones == {against}:
        return writer.end(text)
    return writer.frame("mixed" if len(tones) > 1 else tones.pop(), text)
