"""Copied comments are found though a few signs were changed; short ones are no copies."""

from __future__ import annotations

import csv
import random
import time
from pathlib import Path

import numpy as np
import pytest

import keytouch
from keytouch.repeats import near_duplicates

LEXICONS = Path(keytouch.__file__).parent / "lexicons"
THINGS = {
    "zh": "房间,早餐,前台,床垫,空调,行李,座位,登机口,快递,包装,客服,电梯,浴室,发票,退款,网络,隔音",
    "en": "room,breakfast,desk,mattress,luggage,seat,gate,parcel,agent,lift,bathroom,refund",
}
LINKS = {"zh": "很,不太,还,有点,特别,也,太,真的", "en": "was,is,looked,felt,seemed,stayed,got"}


def vocabulary(language: str) -> list[str]:
    with open(LEXICONS / f"polarity_{language}.csv", encoding="utf8", newline="") as file:
        return [row["term"] for row in csv.DictReader(file)]


def sentence(rng: random.Random, language: str, terms: list[str]) -> str:
    """Clauses of a thing, a link and a term; few terms are frequent, many are rare."""
    clauses = []
    for _ in range(rng.randint(2, 8)):
        term = terms[int(len(terms) * rng.random() ** 2)]
        words = [
            rng.choice(THINGS[language].split(",")),
            rng.choice(LINKS[language].split(",")),
            term,
        ]
        clauses.append(("" if language == "zh" else " ").join(words))
    return ("，" if language == "zh" else ", ").join(clauses)


def edited(rng: random.Random, text: str, chinese: bool) -> str:
    """2–10 % of the characters replaced, dropped or added."""
    signs = list(text)
    for _ in range(max(1, round(rng.uniform(0.02, 0.1) * len(text)))):
        place = rng.randrange(len(signs))
        new = rng.choice("的了是很都也还又" if chinese else "abcdefgilmnorst")
        signs[place : place + 1] = rng.choice([[new], [], [signs[place], new]])
    return "".join(signs)


def planted(language: str, *, size: int, copies: int) -> tuple[list[str], dict[int, int]]:
    """Generated texts, then edited copies; for each copy the place of what it was made of."""
    rng, terms = random.Random(7), vocabulary(language)
    texts = [sentence(rng, language, terms) for _ in range(size)]
    sources = [rng.randrange(size) for _ in range(copies)]
    texts += [edited(rng, texts[source], language == "zh") for source in sources]
    return texts, {size + k: source for k, source in enumerate(sources)}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_planted_copies_are_found_and_little_else(language: str) -> None:
    texts, sources = planted(language, size=4000, copies=1000)
    found = near_duplicates(texts)
    marked = np.flatnonzero(found >= 0)
    assert np.mean([found[place] >= 0 for place in sources]) >= 0.95
    assert np.mean([place in sources for place in marked]) >= 0.85
    right = [found[place] == source for place, source in sources.items() if found[place] >= 0]
    assert np.mean(right) >= 0.9


def test_the_same_words_in_other_dress_are_copies() -> None:
    texts = [
        "Great room and  view!",
        "great ROOM and view！",
        "房間很乾淨，下次再來",
        "房间很干净，下次再来",
    ]
    assert near_duplicates(texts).tolist() == [-1, 0, -1, 2]


def test_short_texts_repeat_nothing() -> None:
    assert near_duplicates(["很好", "很好", "good", "good", "", ""]).tolist() == [-1] * 6


def test_the_first_of_several_is_named() -> None:
    assert near_duplicates(["早餐品种少，床垫太软了"] * 4).tolist() == [-1, 0, 0, 0]


def test_the_answer_is_the_same_on_every_run() -> None:
    texts, _ = planted("zh", size=500, copies=100)
    assert (near_duplicates(texts) == near_duplicates(texts)).all()


def test_hostile_texts_pass() -> None:
    texts = ["\ud800" * 20, "\x00" * 20, "1" * 1_000_000, "\u202e" + "好" * 30, "王" * 1_000_000]
    assert near_duplicates(texts).shape == (5,)


def test_ten_thousand_texts_take_about_a_second() -> None:
    texts, _ = planted("zh", size=8000, copies=2000)
    start = time.process_time()
    near_duplicates(texts)
    assert time.process_time() - start < 4  # .9 s when the machine is free
