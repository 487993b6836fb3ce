"""Comments: clauses about the touchpoints that went well or badly, joined as people write."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from keytouch.cases.model import Lived
from keytouch.cases.truth import rows

LOUD = 0.35
CLEAR = 0.45
SLOTS = {"times": (2, 5), "days": (2, 9), "minutes": (15, 70), "delay": (2, 6), "hour": (3, 7)}
HOUR_ZH = {3: "三", 4: "四", 5: "五", 6: "六", 7: "七"}
PRIVATE = {
    "zh": (
        "有问题请打我电话13800138000，别再发短信了。",
        "麻烦回复到 wang.test@example.com，谢谢。",
        '=HYPERLINK("http://example.com","点我领券")',
        "<script>alert('hi')</script>还行吧。",
    ),
    "en": ("Please call me on 13900139000 or write to jane.test@example.com.",),
}


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


def choose_clauses(
    rng: np.random.Generator, case: str, lived: Lived, journey: int, language: str, overall: float
) -> list[Clause]:
    """One to three touchpoints, the strongest first; what stands out is what gets said."""
    known = phrases(case)
    felt = lived.perceived[journey]
    weight = np.zeros(len(felt))
    for i, spot in enumerate(lived.spots):
        polarity = _polarity(spot.mean + spot.sd * felt[i], spot.mean)
        if lived.used[journey, i] and (spot.id, language, polarity) in known:
            weight[i] = np.exp(1.1 * abs(felt[i])) * (LOUD + spot.effect)
    if weight.sum() == 0:
        return []
    wanted = min(int(rng.choice([1, 2, 3], p=[0.5, 0.37, 0.13])), int((weight > 0).sum()))
    chosen = rng.choice(len(felt), wanted, replace=False, p=weight / weight.sum())
    clauses = [
        Clause(
            lived.spots[i].id,
            _polarity(lived.spots[i].mean + lived.spots[i].sd * felt[i], lived.spots[i].mean),
        )
        for i in chosen
    ]
    return sorted(clauses, key=lambda clause: (clause.polarity == "positive") == (overall < 0))


def _polarity(score: float, mean: float) -> str:
    """Bad below the scale's middle or well below the touchpoint's usual score."""
    return "negative" if score < 3.0 or score < mean - 1.2 else "positive"


def write_comment(
    rng: np.random.Generator, case: str, lived: Lived, journey: int, language: str, overall: float
) -> str:
    """A comment on one journey in the customer's language."""
    if rng.random() < 0.12:
        tone = "positive" if overall > CLEAR else "negative" if overall < -CLEAR else "neutral"
        return _end(_one(rng, case, "", language, f"plain_{tone}"), language)
    clauses = choose_clauses(rng, case, lived, journey, language, overall)
    if not clauses:
        return _end(_one(rng, case, "", language, "plain_neutral"), language)
    text = _one(rng, case, clauses[0].touchpoint, language, clauses[0].polarity)
    for before, clause in zip(clauses, clauses[1:]):
        joint = "and" if clause.polarity == before.polarity else f"but_{clause.polarity}"
        text += _one(rng, case, "", language, joint)
        text += _one(rng, case, clause.touchpoint, language, clause.polarity)
    tones = {clause.polarity for clause in clauses}
    tone = tones.pop() if len(tones) == 1 else "mixed"
    return _frame(rng, case, language, tone, text)


def _frame(rng: np.random.Generator, case: str, language: str, tone: str, text: str) -> str:
    """Perhaps an opening and a closing around what is said."""
    opener = _one(rng, case, "", language, f"opener_{tone}")
    closer = _one(rng, case, "", language, f"closer_{tone}")
    if language == "en":
        text = opener + text if opener else text[0].upper() + text[1:]
        return f"{text}. {closer}." if closer else f"{text}."
    stop = str(rng.choice(["。", "！", "，"], p=[0.55, 0.2, 0.25]))
    if closer:
        return _end(f"{opener}{text}{stop}{closer}", language)
    return _end(opener + text, language)


def _end(text: str, language: str) -> str:
    if language == "en":
        return text[0].upper() + text[1:].rstrip(".") + "."
    return text if text[-1] in "。！" else text + "。"


def _one(rng: np.random.Generator, case: str, touchpoint: str, language: str, part: str) -> str:
    """One of the phrases, its blanks filled."""
    known = phrases(case)[(touchpoint, language, part)]
    text = known[int(rng.integers(len(known)))]
    for name, (lo, hi) in SLOTS.items():
        if "{" + name + "}" in text:
            number = int(rng.integers(lo, hi + 1))
            number = 5 * round(number / 5) if name == "minutes" else number
            shown = HOUR_ZH[number] if (name, language) == ("hour", "zh") else str(number)
            text = text.replace("{" + name + "}", shown)
    return text
