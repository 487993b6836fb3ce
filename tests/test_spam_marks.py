"""Comments that say nothing are told from those that say little.

The texts of `gold/content_marks.txt` are invented.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keytouch.spam_marks import content_marks

GOLD = Path(__file__).parent / "gold" / "content_marks.txt"
REAL = Path(os.environ.get("KEYTOUCH_REAL_DATA", "no such folder"))
MARKS = ["empty", "emoji", "filler", "advert", "code"]


def gold() -> pd.DataFrame:
    """One row per text: its `mark` ("" for none) and the `text`."""
    lines = GOLD.read_text(encoding="utf8").splitlines()
    rows = [line.split("|", 1) for line in lines if line and not line.startswith("# ")]
    table = pd.DataFrame(rows, columns=["mark", "text"])
    text = [
        re.sub(r"\\(?:u(....)|x(..))", lambda hit: chr(int(hit[1] or hit[2], 16)), text)
        for text in table.text
    ]
    return pd.DataFrame(
        {"mark": table.mark.replace("-", ""), "text": pd.Series(text, dtype=object)}
    )


@pytest.mark.parametrize("mark", MARKS)
def test_planted_texts_are_marked(mark: str) -> None:
    table = gold()
    texts = table.text[table.mark == mark]
    assert np.mean(content_marks(texts) == mark) >= 0.98


def test_there_are_planted_texts_enough() -> None:
    assert (gold()["mark"] != "").sum() >= 200


def test_what_says_something_is_not_marked() -> None:
    texts = gold().text[gold()["mark"] == ""]
    assert [text for text, mark in zip(texts, content_marks(texts)) if mark] == []


@pytest.mark.parametrize(
    "text", ["客服让我加微信退款", "好好好", "👍 房间很好", "没有拖鞋", "I <3 it"]
)
def test_a_word_of_a_rule_alone_marks_nothing(text: str) -> None:
    assert content_marks([text]).tolist() == [""]


def test_one_real_review_in_a_thousand_at_most_is_taken_for_an_advert() -> None:
    files = [
        REAL / "hotel" / "chnsenticorp_hotel_zh.csv.gz",
        REAL / "ecommerce" / "online_shopping_9_cats_zh.csv.gz",
    ]
    if not all(path.exists() for path in files):
        pytest.skip("KEYTOUCH_REAL_DATA names no folder with the real reviews")
    for path in files:
        texts = pd.read_csv(path).review.dropna().astype(str)
        assert np.mean(content_marks(texts) == "advert") <= 0.001, path.name


@pytest.mark.parametrize(
    "piece", ["好", "<", "http://", "' or ", "1-", "{", "select * ", "😀", "a@"]
)
def test_time_grows_with_length_only(piece: str) -> None:
    start = time.process_time()
    content_marks([(piece * 1_000_000)[:1_000_000]])
    assert time.process_time() - start < 2


@pytest.mark.parametrize("text", ["", "\x00", "\ud800好\udfff", "\u202eabc", "a\ud83d"])
def test_hostile_texts_pass(text: str) -> None:
    assert content_marks([text]).shape == (1,)
