"""Personal data stay out of what a reader sees: pseudonyms for ids, masks in quotes."""

from __future__ import annotations

import hashlib
import hmac
import re

MASK = "▇▇"

# Order matters: a long pattern before the shorter ones that it contains.
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:https?://|www\.)[^\s，。；、）)]+",
        r"[A-Z0-9._%+-]+@[A-Z0-9-]+(?:\.[A-Z0-9-]+)+",
        r"(?<![0-9A-Za-z])\d{17}[0-9X](?![0-9A-Za-z])",  # Chinese identity number
        r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)",  # Chinese mobile
        r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)",  # payment cards
        r"(?<!\d)0\d{2,3}[ -]\d{7,8}(?!\d)",  # Chinese landline
        r"(?<![0-9A-Za-z.])\+?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)",
        r"(?<![0-9A-Za-z])(?=[A-Z-]*\d)[A-Z]{0,4}-?\d{8,}(?![0-9A-Za-z])",  # order numbers
        r"(?:微信号?|weixin|wechat|qq)\s*[:：]?\s*[A-Za-z0-9_-]{5,20}",
    )
)


def scrub(text: str) -> str:
    """A customer's text with addresses, phone, identity, card and order numbers masked.

    >>> scrub("打 13812345678 或写 a@example.com")
    '打 ▇▇ 或写 ▇▇'
    """
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return text


def pseudonym(value: str, salt: str) -> str:
    """A stable stand-in for an id: the same value and salt give the same twelve characters.

    >>> len(pseudonym("C001", "client"))
    12
    """
    digest = hmac.new(salt.encode(), str(value).encode(), hashlib.sha256)
    return digest.hexdigest()[:12]
