"""What must not reach a report: names behind ids, and contact data inside comments."""

from __future__ import annotations

import hashlib
import hmac
import re

MASK = "▇▇"

# The order matters: an address goes before the digits in it.
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:https?://|www\.)[^\s<>\"'，。；！？、）】」》]+",
        r"[a-z0-9._%+\-]+\s?@\s?[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,}",
        r"(?<![a-z0-9])[1-9]\d{5}(?:18|19|20)\d{2}[01]\d[0-3]\d{4}[\dx](?![a-z0-9])",
        r"(?<!\d)\d{4}([ \-]?)\d{4}\1\d{4}\1\d{1,7}(?:\1\d{1,3})?(?!\d)",
        r"(?<!\d)(?:\+?86[ \-]?)?1[3-9]\d[ \-]?\d{4}[ \-]?\d{4}(?!\d)",
        r"(?<!\d)0\d{2,3}[ \-]\d{7,8}(?!\d)",
        r"(?<![\d.])\+\d{1,3}(?:[ .\-]?\(?\d{1,4}\)?){2,5}(?!\d)",
        r"(?<!\d)\(?\d{3}\)?[ .\-]\d{3}[ .\-]\d{4}(?!\d)",
        r"(?:微信|wechat|weixin|qq|vx)(?:号)?\s?[:：]?\s?[a-z0-9_\-]{5,20}",
        r"(?<![a-z0-9])(?=[a-z\-]{0,6}\d)[a-z]{0,6}-?\d{9,}(?![a-z0-9])",
    )
)
_FULL = str.maketrans("０１２３４５６７８９＠．－＋", "0123456789@.-+")


def pseudonym(value: str, salt: str) -> str:
    """A stable stand-in for an id: the same for the same salt, and no way back without it.

    >>> pseudonym("customer 7", "salt") == pseudonym("customer 7", "salt")
    True
    """
    digest = hmac.new(salt.encode(), str(value).encode(), hashlib.sha256).hexdigest()
    return digest[:12]


def scrub(text: str) -> str:
    """A comment with its contact data covered: mail and web addresses, phones, ID and card
    numbers, chat names, long order numbers.

    Prices, dates, times and room numbers stay.

    >>> scrub("请致电13812345678，谢谢")
    '请致电▇▇，谢谢'
    """
    # One character for one, so that places found in the plain text hold in the original.
    plain, spans = text.translate(_FULL), []
    for pattern in _PATTERNS:
        spans += [match.span() for match in pattern.finditer(plain)]
    for start, end in _joined(spans)[::-1]:
        text = text[:start] + MASK + text[end:]
    return text


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, overlapping ones as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
