"""Which comments say nothing that a customer thinks: empty, emoji, filler, adverts, code.

The words stand in `lexicons/content_marks.csv`; `*` in a term is up to eight characters. Rules:
`whole` the term is all there is, `part` it occurs, `padding` it occurs and little else does,
`alone` it is an advert by itself, `strong` it sells beside a contact or other terms, `weak` it
sells beside a contact and another term; `contact` is one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import numpy as np
from ahocorasick_rs import AhoCorasick

from keytouch.name_lists import lexicon_rows
from keytouch.plain_text import HAN

LONGEST = 20_000  # characters of one comment that are read
LONGEST_FILLER = 80  # characters of a text that may be nothing but a set phrase
LONGEST_ADVERT = 200  # characters of a text that weak terms and a contact make an advert of
PADDED = 8  # letters beside words of padding that still say nothing
VARIED = 30  # different signs of a long text that repeats nothing
MASHED = 0.8  # of neighbouring letters, the share that lies side by side on a keyboard

_WORD = re.compile(f"[a-z]{{3}}|[{HAN}]{{2}}")
_LONE = re.compile("[\ud800-\udfff]")
_LETTER = re.compile(r"[^\W\d_]")
_NO_LETTER = re.compile(r"[\W\d_]+")
_NO_WORD = re.compile(r"[\W_]+")
_EMOJI = re.compile(
    "[\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001faff]"
    r"|[:;=8][\-o']?[)(\]\[dp/|]|\^[_.\-]?\^|[><t]_+[><t]|<3",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,9}(?:\s[^<>]{0,200})?/?>", re.IGNORECASE)
_TAGGED = 0.5  # the share of a text in tags from which it is code
_CODE = re.compile(
    r"<script|<iframe|<\?php|<svg\s|%3cscript|&lt;script|javascript:\S|\bon(?:error|load|click)\s?="
    r"|\bdrop\s+table\s+\w+\s*(?:;|--|$)|\bunion\s+(?:all\s+)?select\b|\bselect\s+\*\s+from\b"
    r"|\binsert\s+into\s+\w+\s+values|\bdelete\s+from\s+\w+\s+where\b"
    r"|\bupdate\s+\w+\s+set\s+\w+\s*="
    r"|['\"]\s*or\s+['\"]?1['\"]?\s*=\s*['\"]?1|\$\{\w{2,9}:|\{\{[^{}]{1,80}\}\}"
    r"|function\s?\(\w*\)\s?\{"
    r"|console\.log\(|\$\(document\)|\beval\(|#include\s?<|\bimport os\b|^def \w+\("
    r"|^\s*=\s?[a-z]+\("
    r"|^\s*[{\[]\s*\"\w+\"\s*:|^\s*(?:null|undefined|nan|\[object object\])\s*$",
    re.IGNORECASE,
)
_CODE_HEADS = (
    "<", "{", "$(", "eval(", "script", "console.", "javascript:", "select", "insert into",
    "delete from", "update ", "drop table", "onerror", "onload", "' or", '" or', "'or", "%3c",
    "import os", "def ", "null", "undefined", "nan", "[object", "=", "#include", "function",
)  # fmt: skip
_CONTACT = re.compile(
    r"https?://|www\.|[a-z0-9\-]\.(?:com|cn|net|org|biz|cc)\b|[\w.]@[a-z0-9\-]+\."
    r"|\+?\d[\d\- ]{7,}\d"
    r"|(?:微信|薇信|威信|扣扣|whatsapp|加q|邀请码|(?<![a-z])(?:qq群?|vx?))\s?[:：]?\s?"
    r"(?=[a-z_\-+]{0,20}\d)[a-z0-9_\-+]{5,}",
    re.IGNORECASE,
)
_CODED = re.compile(r"(?:use|with|code|码)\s?[:：]?\s?(?-i:[A-Z]{2,12}\d{2,6}\b)", re.IGNORECASE)
_REPEATED = re.compile(r"(.{1,12}?)\1{3,}.{0,11}")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_KEYS = {key: (row, place) for row, keys in enumerate(_ROWS) for place, key in enumerate(keys)}
_COUNTS = re.compile(
    "一二三四五六?七?八?九?十?[^\\W\\d]{0,8}|甲乙丙丁[戊己庚辛壬癸]*|abcdefg?h?i?j?k?[a-z]*"
)


def content_marks(texts: Iterable[str]) -> np.ndarray:
    """For each text "" or why it says nothing: "empty" (no letter), "emoji", "filler",
    "advert" or "code".

    >>> content_marks(["房间很好", "！！！", "👍👍", "好好好好好好", "asdfgh"]).tolist()
    ['', 'empty', 'emoji', 'filler', 'filler']
    """
    return np.array([_mark(text) for text in texts], dtype=object)


def _mark(text: str) -> str:
    text = _LONE.sub("\ufffd", text[:LONGEST])
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    lower = text.lower()
    rules = _rules(lower)
    if "code" in rules and _is_code(text):
        return "code"
    if not _WORD.search(lower) and not _LETTER.search(_EMOJI.sub("", text)):
        return "emoji" if _EMOJI.search(text) else "empty"
    if "advert" in rules and _is_advert(text, lower):
        return "advert"
    varied = len(lower) > LONGEST_FILLER and len(set(lower)) > VARIED
    return "filler" if not varied and _is_filler(lower) else ""


def _rules(lower: str) -> set[str]:
    """The marks of which a term may be in a text: most texts hold none, and are done with."""
    finder, marks = _heads()
    return {marks[hit[0]] for hit in finder.find_matches_as_indexes(lower, overlapping=True)}


@cache
def _heads() -> tuple[AhoCorasick, list[str]]:
    """What finds the beginnings of terms, and the mark of each."""
    rows = [(row["term"].split("*")[0], row["mark"]) for row in lexicon_rows("content_marks.csv")]
    rows += [(head, "code") for head in _CODE_HEADS]
    return AhoCorasick([head for head, _ in rows]), [mark for _, mark in rows]


def _is_code(text: str) -> bool:
    if _CODE.search(text):
        return True
    tagged = sum(len(tag) for tag in _TAG.findall(text)) if "<" in text else 0
    return tagged > 0 and tagged >= _TAGGED * len(text)


@cache
def _terms(mark: str, rule: str) -> re.Pattern[str]:
    """The terms of a rule as one expression."""
    rows = lexicon_rows("content_marks.csv")
    terms = [row["term"] for row in rows if (row["mark"], row["rule"]) == (mark, rule)]
    return re.compile("|".join(_wild(term) for term in terms))


def _wild(term: str) -> str:
    part = re.escape(term).replace(r"\*", ".{0,8}")
    return rf"(?<![a-z]){part}" if term[0].isascii() else part


def _is_advert(text: str, lower: str) -> bool:
    if _terms("advert", "alone").search(lower):
        return True
    strong = set(_terms("advert", "strong").findall(lower))
    weak = set(_terms("advert", "weak").findall(lower))
    if len(strong) > 1 or (strong and len(weak) > 1):
        return True
    if not strong and (len(weak) < 2 or len(lower) > LONGEST_ADVERT):
        return False
    contact = _CONTACT.search(lower) or _CODED.search(text)
    return bool(contact or _terms("advert", "contact").search(lower))


def _is_filler(lower: str) -> bool:
    words = _NO_WORD.sub(" ", lower).strip()
    if len(words) <= LONGEST_FILLER:
        if _terms("filler", "whole").fullmatch(words) or _terms("filler", "part").search(lower):
            return True
        rest, padded = _terms("filler", "padding").subn("", words)
        letters = _NO_LETTER.sub("", rest)
        if padded and len(letters) < (2 * PADDED if letters.isascii() else PADDED):
            return True
        if _is_mashed(words) or _counts(_NO_LETTER.sub("", words)):
            return True
    return _is_repeated(words.replace(" ", ""))


def _counts(letters: str) -> bool:
    return bool(_COUNTS.fullmatch(letters))


def _is_repeated(signs: str) -> bool:
    """好好好好好, good good good good, and nothing else; or long with four signs at most."""
    if len(signs) < 5:
        return False
    return bool(_REPEATED.fullmatch(signs)) or (len(signs) >= 12 and len(set(signs)) <= 4)


def _is_mashed(words: str) -> bool:
    """asdfgh, jkljkl: one to three words whose letters lie side by side on a keyboard."""
    parts = words.split()
    if not 1 <= len(parts) <= 3 or not words.isascii():
        return False
    return all(len(part) >= 6 and _beside(part) >= MASHED for part in parts)


def _beside(word: str) -> float:
    """The share of neighbouring letters within two keys of each other in one row."""
    keys = [_KEYS.get(sign, (-1, 99)) for sign in word]
    near = [a[0] == b[0] >= 0 and abs(a[1] - b[1]) <= 2 for a, b in zip(keys, keys[1:])]
    return sum(near) / len(near)
