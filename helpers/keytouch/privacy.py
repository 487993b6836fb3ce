"""What must not reach a report: names behind ids, and personal data inside comments.

No tool finds everything: a person reads the quotes before they leave the house.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence

from keytouch.chinese_names import chinese_name_spans
from keytouch.english_names import english_name_spans
from keytouch.identifiers import identifier_spans

Span = tuple[str, int, int]

MASK = "▇▇"

# Signs that stand for others, one for one; what can't be seen or can't be written.
_WIDE = {code: code - 0xFEE0 for code in [*range(0xFF10, 0xFF5B), 0xFF20, 0xFF0E, 0xFF0D, 0xFF0B]}
_WIDE |= {0xFF3F: "_", 0xFF03: "#", 0xFF0F: "/", 0xFF08: "(", 0xFF09: ")", 0x3000: " "}
_WIDE |= {0x2460 + k: str(k + 1) for k in range(9)} | {0x24EA: "0"}
_WIDE |= dict.fromkeys((8208, 8209, 8210, 8211, 8212, 8722), "-")
_ODD = re.compile(f"[{''.join(map(chr, _WIDE))}\ud800-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile("[\u0000\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\u20e3\ufeff]")
# Names of the two scripts are sought where their letters are.
_HAN = re.compile("[\u4e00-\u9fff]")
_CAPITAL = re.compile("[A-Z][a-zà-ÿ'’]|(?i:my name)")


def pseudonym(value: str, salt: str) -> str:
    """A stable stand-in for an id: the same for the same salt, and no way back without it.

    >>> pseudonym("customer 7", "salt") == pseudonym("customer 7", "salt")
    True
    """
    digest = hmac.new(salt.encode(), str(value).encode(), hashlib.sha256).hexdigest()
    return digest[:12]


def scrub(text: str, strict: bool = False) -> str:
    """A comment with personal data covered, one mask for each stretch of it.

    Names that a title, a role or a lead-in points at; phones, mail and web addresses, ID, bank
    and passport numbers, orders and bookings, accounts, chat names, street addresses, number
    plates, network addresses. Prices, dates, times, flights and models stay. `strict`, for what
    leaves the notebook, adds names that nothing points at, rooms, handles and every number of
    five digits or more.

    >>> scrub("请致电13812345678，谢谢")
    '请致电▇▇，谢谢'
    >>> scrub("Mr. Whitfield in room 1203"), scrub("Mr. Whitfield in room 1203", strict=True)
    ('Mr. ▇▇ in room 1203', 'Mr. ▇▇ in room ▇▇')
    """
    parts, place = [], 0
    for _, start, end in personal_data(text, strict):
        parts += [text[place:start], MASK]
        place = end
    return "".join([*parts, text[place:]])


def scrub_texts(texts: Iterable[str], strict: bool = False) -> list[str]:
    """Comments with personal data covered, each as `scrub` gives it."""
    return [scrub(text, strict) for text in texts]


def personal_data(text: str, strict: bool = False) -> list[Span]:
    """Kind, start and end of each stretch of personal data, in order; none overlaps another.

    Kinds: name, phone, email, web, id, card, passport, order, account, chat, address, plate,
    ip, number (a long run of digits); if strict also room and handle.

    >>> personal_data("王经理 010-62345678")
    [('name', 0, 3), ('phone', 4, 16)]
    """
    plain, places = _plain(text)
    spans = identifier_spans(plain, strict=strict)
    if _HAN.search(plain):
        spans += chinese_name_spans(plain, strict=strict)
    if _CAPITAL.search(plain):
        spans += english_name_spans(plain, strict=strict)
    joined = _joined(spans)
    return [(k, places[a], places[b - 1] + 1) for k, a, b in joined] if places else joined


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """A text in signs of usual width; the place of each where some that can't be seen went."""
    if _ODD.search(text):
        text = _LONE.sub("\ufffd", text).translate(_WIDE)
    if not _UNSEEN.search(text):
        return text, ()
    places = [place for place, sign in enumerate(text) if not _UNSEEN.match(sign)]
    return "".join([text[place] for place in places]), places


def _joined(spans: list[Span]) -> list[Span]:
    """Spans in order, overlapping ones as one, of the kind of the first."""
    joined: list[Span] = []
    for kind, start, end in sorted(spans, key=lambda span: (span[1], -span[2])):
        if joined and start < joined[-1][2]:
            joined[-1] = (joined[-1][0], joined[-1][1], max(end, joined[-1][2]))
        else:
            joined.append((kind, start, end))
    return joined
