"""Numbers, addresses and accounts that lead to a person: found by shape or by the word before.

Each group of rules is one expression, asked only where a sign of its own is in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from keytouch import identifier_contexts as contexts
from keytouch import identifier_shapes as shapes
from keytouch.street_address import street_spans

Span = tuple[str, int, int]


@dataclass(frozen=True)
class Merged:
    """Rules as one expression, the kinds of its groups, and what must be there for a hit."""

    sign: re.Pattern[str]
    pattern: re.Pattern[str]
    kinds: dict[str, str]

    def spans(self, text: str) -> list[Span]:
        if not self.sign.search(text):
            return []
        found = self.pattern.finditer(text)
        return [(self.kinds[name := m.lastgroup or ""], *m.span(name)) for m in found]


def _merged(rules: contexts.ContextRules, sign: str, ahead: str = "") -> Merged:
    parts = [f"{before}(?P<g{k}>{value})" for k, (_, before, value) in enumerate(rules)]
    kinds = {f"g{k}": kind for k, (kind, *_) in enumerate(rules)}
    pattern = f"{ahead}(?:{'|'.join(parts)})"
    return Merged(re.compile(sign, re.I), re.compile(pattern, re.I), kinds)


def _by_shape(rules: shapes.Rules, sign: str, ahead: str = "") -> Merged:
    return _merged(tuple((kind, "", pattern) for kind, pattern in rules), sign, ahead)


_NUMBER = r"\d(?:[ \-.()·*_]{0,3}[\dol]){4}"
_WORD = "(?<![a-z0-9])"  # where a Latin word begins
_ALL = (
    _by_shape(shapes.DIGIT_FIRST, _NUMBER, r"(?=[\d+(])"),
    _by_shape(shapes.LETTER_FIRST, r"[a-z]\d|[a-z][\- ]\d\d", _WORD + "(?=[a-z])"),
    _by_shape(shapes.WEB, r"https?:|://|www\.|\.[a-z]{2,4}/", "(?=[a-z0-9])"),
    _by_shape(shapes.PLATES, r"[\u4e00-\u9fff]\s?[a-z][ ·•.\-]?[a-z]{0,2}\d"),
    _by_shape(
        shapes.MAIL,
        r"@\s?[a-z0-9\-]+\.|艾特|爱特|[(\[{*]at[)\]}*]|#\s?[a-z0-9\-]+\.|\sdot\s|[(\[]dot",
        r"(?=[a-z0-9._%+\-])",
    ),
    _by_shape(shapes.NETWORK, r"[0-9a-f]:[0-9a-f]{0,4}:[0-9a-f]", "(?=[0-9a-f])"),
    _merged(contexts.CHAT, r"[a-z0-9_]{5}", f"(?:(?=[微薇威维扣企加])|{_WORD}(?=[wvqtskl]))"),
    _merged(
        contexts.CHINESE,
        r"[号证照卡单编话机打电码牌线账帐名][^，。\n]{0,5}[a-z0-9_\-]{3}",
        "(?=[抖小淘京快微支贵v知会用登员客账帐卡工护通身证驾订运物单票确预退行发流交取受投包机提验兑编尾电手座热拨致来号车牌邮])",
    ),
    _merged(contexts.ENGLISH, r"\d\d|[a-z]\d|(?-i:PNR)|user\s?name", _WORD + "(?=[a-z])"),
)
_STRICT = _merged(contexts.STRICT, r"[\d@＠]")
_SPELT = re.compile(
    r"(?<![零〇一二三四五六七八九幺\d])[一幺1][零〇一二三四五六七八九幺两\d \-]{10,20}"
)
_NUMERAL = re.compile("[零〇一二三四五六七八九幺]")
_SPOKEN = str.maketrans("〇零一幺二两三四五六七八九", "0011223456789")
_MOBILE = re.compile(r"1[ \-]?[3-9](?:[ \-]?\d){9}(?!\d)")
_STREET_SIGN = re.compile(
    r"[\d一二三四五六七八九十A-Z]\s?[号弄栋幢座区单]|\d[A-Z]?,? (?:[A-Z]|bis|rue)|str"
)


def identifier_spans(text: str, *, strict: bool = False) -> list[Span]:
    """Kind, start and end of every number or address that leads to a person; they may overlap.

    >>> identifier_spans("订单号SN88771，电话13812345678")
    [('phone', 13, 24), ('order', 3, 10), ('phone', 13, 24)]
    """
    spans = [span for rules in _ALL for span in rules.spans(text)]
    if strict:
        spans += _STRICT.spans(text)
    if _STREET_SIGN.search(text):
        spans += street_spans(text)
    return spans + (_spelt_phones(text) if _NUMERAL.search(text) else [])


def _spelt_phones(text: str) -> list[Span]:
    """Mobile numbers in Chinese numerals."""
    spans = []
    for run in _SPELT.finditer(text):
        match = _MOBILE.match(run[0].translate(_SPOKEN))
        if match:
            spans.append(("phone", run.start(), run.start() + match.end()))
    return spans
