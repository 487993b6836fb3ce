"""Where somebody lives: Chinese addresses down to the house, English street addresses."""

from __future__ import annotations

import re

Span = tuple[str, int, int]

_NUM = r"[\d一二三四五六七八九十百〇零]{1,5}"
_HAN = r"[\u4e00-\u9fff]"
# A house: a street with a number, or two parts of a building one after the other.
_PART = r"(?:号楼|号院|号|栋|幢|座|单元|室|层|楼|弄|户|门)"
_HOUSE = re.compile(
    rf"(?:[路街道巷段弄里]|胡同)\s?(?:{_NUM})(?:-\d{{1,4}})?\s?(?:号院?|弄)(?!线|楼?层|口)"
    r"|(?:工业区|工业园|开发区|科技园|新村|小区|花园)\s?\d{1,4}号(?!线|楼)"
    rf"|(?:{_NUM}|[A-Z])\s?(?:区|号楼|栋|幢|座)\s?{_NUM}\s?(?:栋|幢|单元|室|户)"
    rf"|(?:{_NUM}|[A-Z])\s?(?:号楼|栋|幢|单元)\s?\d{{3,4}}(?!\d)"
)
_REST = re.compile(
    rf"\s?(?:附?(?:{_NUM}|[A-Z])[A-Z]?\s?{_PART}|(?:{_HAN}{{2,10}})?[A-Z]座|{_HAN}{{2,8}}\d{{1,3}}(?:栋|幢|号楼)"
    r"|\d{1,3}-\d{1,4}(?:-\d{1,4})?(?![\d元块年])|[A-Z]?-?\d{3,4}(?![\d元块年]))"
)
_PLACE = re.compile(
    r"(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区|市|区|县|镇|乡|村|街道|小区|花园|公寓|家园|新村|大厦|苑|"
    r"路|街|大道|巷|庭|府))"
)
_LEAD = re.compile(
    r".*(?:寄到|送到|送去|寄往|发到|寄给|地址是|地址|家住|住在|位于|我家在|就在|寄|住|在|到|是|址|的)"
)
_TYPES = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Close|Court|Ct|Crescent|Place|"
    "Terrace|Way|Row|Grove|Gardens|Mews|Parkway|Highway|Square"
)
_LATIN = re.compile(
    r"(?:(?:Flat|Apt|Apartment|Unit|Suite)\.? \w{1,5},? )?(?<![\w.])\d{1,5}[A-Z]?,? "
    r"(?:(?:[A-Z][A-Za-z'’.]{0,20}|[NSEW]|\d{1,3}(?:st|nd|rd|th)) ){1,4}?"
    rf"(?:{_TYPES})\b\.?(?:,? (?:Apt|Apartment|Suite|Unit|Flat|#)\.? ?\w{{1,5}})?"
    r"(?:,? [A-Z][a-z]{2,20}(?: [A-Z][a-z]{2,20})?)?(?:,? [A-Z]{2},? \d{5}(?:-\d{4})?)?"
    r"(?: ?[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})?"
    r"|(?<![\w.])\d{1,4},? (?:bis )?(?:[Rr]ue|[Aa]venue|[Vv]ia|[Cc]alle|Boulevard) "
    r"(?:(?:de|du|des|la|le|della|del) ){0,2}[A-Z]\w{1,20}"
    r"|[A-Z]\w{2,20}(?:straße|strasse|gasse|str\.) \d{1,4}[a-z]?(?!\w)"
)
_REACH = 30  # characters of a Chinese address that are sought before its house number
_PARTS = 8


def street_spans(text: str) -> list[Span]:
    """Where a text gives an address down to the house.

    >>> street_spans("寄到杭州市文三路478号3楼，谢谢")
    [('address', 2, 14)]
    >>> street_spans("离地铁2号线500米")
    []
    """
    spans = [("address", *match.span()) for match in _LATIN.finditer(text)]
    place = 0
    while house := _HOUSE.search(text, place):
        place = _house_end(text, house.end())
        spans.append(("address", _house_start(text, house.start()), place))
    return spans


def _house_end(text: str, end: int) -> int:
    for _ in range(_PARTS):
        part = _REST.match(text, end)
        if part is None:
            break
        end = part.end()
    return end


def _house_start(text: str, start: int) -> int:
    """Where an address begins: at its first place name, or shortly before the house."""
    low = max(start - _REACH, 0)
    before = re.split(r"[^\u4e00-\u9fff0-9A-Za-z·]", text[low : start + 1])[-1]
    lead = _LEAD.match(before[:-1])
    if lead:
        before = before[lead.end() :]
    place = _PLACE.match(before)
    if place or len(before) <= 9:
        return start + 1 - len(before)
    return start + 1 - 5
