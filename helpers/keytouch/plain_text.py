"""A comment in plain characters, and the language that it is written in.

Full-width forms become half-width, traditional characters simplified, emoji that carry a mood
words; what can't be seen (direction marks, zero-width and control characters) goes. The plain
text is for machines that read; people are shown what the customer wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import numpy as np
import opencc

LONGEST = 20_000  # characters of one comment that are read
HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe0f\ud800-\udfff]+")
_SPACE = re.compile(r"[\s\u0000-\u001f\u007f-\u009f]+")
_QUOTES = str.maketrans("’‘`´", "''''")
_HAN = re.compile(f"[{HAN}]")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[a-zA-Z]")
_REPEATED = re.compile(r"(.)\1{3,}")
# Words so frequent that a text of some length without any of them is not English.
_ENGLISH = re.compile(
    r"\b(?:the|a|an|and|or|but|of|to|in|on|at|for|with|from|by|is|are|was|were|be|been|it|its|this"
    r"|that|i|we|you|he|she|they|my|our|your|their|me|us|not|no|so|very|too|as|if|when|what|which"
    r"|who|had|has|have|do|did|does|will|would|could|can|just|there|here|out|up|all|more|only|than"
    r"|good|great|bad|nice|poor|ok|okay|best|worst|love|hate|thanks?|please|never|always|flight"
    r"|room|hotel|service|staff|food|delivery|order)\b"
)


@cache
def _simplifier() -> tuple[opencc.OpenCC, re.Pattern[str]]:
    """The converter, and what finds a character that it may change."""
    convert = opencc.OpenCC("t2s")
    signs = [chr(code) for code in range(0x4E00, 0xA000)]
    plain = convert.convert("\n".join(signs)).split("\n")
    return convert, re.compile(f"[{''.join(a for a, b in zip(signs, plain) if a != b)}]")


def plain_text(text: str) -> str:
    """One comment in plain characters; case and punctuation stay.

    >>> plain_text("房間很乾淨！\u200bＷｉＦｉ也快")
    '房间很干净!WiFi也快'
    """
    return plain_texts([text])[0]


def plain_texts(texts: Iterable[str]) -> list[str]:
    """Comments in plain characters, each as `plain_text` gives it, at one go."""
    simplifier, traditional = _simplifier()
    rows = [_seen(text) for text in texts]
    return [simplifier.convert(row) if traditional.search(row) else row for row in rows]


def _seen(text: str) -> str:
    """What can be seen of a text, on one line, in forms of normal width."""
    text = text[:LONGEST].translate(_QUOTES)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = _UNSEEN.sub("", text)
    return _REPEATED.sub(r"\1\1\1", _SPACE.sub(" ", text).strip())


def languages(texts: Iterable[str]) -> np.ndarray:
    """The language of each plain text: zh, en, mixed, other, or "" where it holds no letter.

    Chinese characters count double, because a word has about two of them and an English word
    about five letters; where neither clearly prevails the text is mixed. Other
    Latin languages are told from English by its most frequent words.

    >>> [str(name) for name in languages(["房间很好", "The room was fine", "wifi速度ok的", "👍"])]
    ['zh', 'en', 'zh', '']
    """
    return np.array([_language(text) for text in texts], dtype=object)


def _language(text: str) -> str:
    if text.isascii():
        return _latin_language(text)
    han = 2.5 * len(_HAN.findall(text))
    latin = len(_LATIN.findall(text))
    letters = len(_LETTER.findall(text)) - han / 2.5 + han
    if not letters:
        return ""
    if han > 0.75 * letters:
        return "zh"
    if latin > 0.85 * letters:
        return _latin_language(text)
    return "mixed" if han + latin > 0.75 * letters and han else "other"


def _latin_language(text: str) -> str:
    text = text.lower()
    words = re.findall(r"[a-z]+", text)
    if not words:
        return ""
    known = len(_ENGLISH.findall(text))
    foreign = len(_LATIN.findall(text)) < len(_LETTER.findall(text))
    if len(words) < 5 and not foreign:
        return "en"
    return "en" if known >= 0.12 * len(words) else "other"
