"""Where an English text names a person: by a title, a role, a lead-in or a signature.

After "Mr" or "my name is" any capitalised word is a name that is no usual word; after weaker
words, such as "thanks to", only a known first name is. In strict reading a known first name
that is no word as well needs nothing beside it.
"""

from __future__ import annotations

import re

from keytouch.name_lists import first_names, no_names

Span = tuple[str, int, int]

_WORD = r"[A-Z](?:[a-zà-öø-ÿ]{1,20}(?:['’\-]?[A-Z][a-zà-öø-ÿ]{1,20})?|['’][A-Z][a-z]{1,20})"
_CAPITAL = re.compile(rf"(?<![\w@#&])(?:[A-Z]\. ?)?{_WORD}(?!\w)")
_JOINED = re.compile(r"\s(?:[A-Z]\.?\s)?(?:(?:van|de|da|von|der|bin|al|del|la)\s){0,2}")
_ROLE = (
    "agent|manager|supervisor|waiter|waitress|server|receptionist|concierge|driver|captain|pilot|"
    "steward(?:ess)?|attendant|guide|cleaner|maid|housekeeper|porter|bellman|bell ?boy|bartender|"
    "barman|barista|chef|host|hostess|clerk|rep|representative|assistant|operator|advisor|adviser|"
    "director|nurse|technician|engineer|seller|courier|passenger|staff member|employee|colleague|"
    "trainee|cashier|instructor|masseuse|therapist|officer|butler|crew member|associate"
)
_KIN = (
    "wife|husband|son|daughter|mother|father|sister|brother|friend|partner|girlfriend|boyfriend|"
    "boss|colleague|mum|mom|dad|aunt|uncle|nephew|niece|cousin|neighbou?r|fianc[eé]e?"
)
_SOMEONE = "lady|guy|man|woman|gentleman|girl|boy|person|one|staff|member|fellow|chap|someone"
# Before a name: after these any capitalised word that is no usual word.
_STRONG = re.compile(
    r"(?i:(?<![a-z])(?:(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|madam)\.?|"
    r"my name(?: is|'s|’s)|(?<!brand )(?<!hotel )name:|guest(?: name)?:|passenger:|attn:?|named|"
    r"by the name of|(?:in|under) the name(?: of)?|(?:booked|bookings?|reservations?) (?:under|for|"
    r"by)|signed,?|met by|cc:?|"
    rf"(?:{_SOMEONE}|{_ROLE})(?:,| was| is)? called|"
    r"(?:her|his|their|[a-z]'s|[a-z]’s) name (?:is|was)|"
    rf"my (?:\w+ )?(?:{_KIN}),?|(?:{_ROLE}),?|addressed to)\s{{1,2}})\Z"
)
# Before a name that ends a text.
_SIGNED = re.compile(
    r"(?:(?:^|[\s.!?])[\-–—~]{1,2}\s?|(?i:regards|wishes|sincerely|cheers|thanks|truly|"
    r"faithfully|yours|love|thank you),?\s{1,3})\Z"
)
# Before or after a known first name.
_WEAK = re.compile(
    r"(?i:(?<![a-z])(?:thanks(?: so much| again)?(?: to)?|thanking|"
    r"thank you(?: so much| very much| again)?(?: to)?|"
    r"(?:spoke|spoken|speaking|talked|talking|chatted|dealt|emailed|wrote|complained) (?:to|with)|"
    r"kudos to|shout ?-?out to|props to|hats off to|this is|i am|i'm|i’m|dear|hi|hello|hey|"
    r"(?:helped|served|check(?:ed)?-?in|told|assisted|greeted|welcomed|handled|met|sent|"
    r"run|made|later|cooked|driven|signed) by|loved|especially|"
    r"ask(?:ed)?(?: for)?|tell|talk to|complaint about|particularly|credit to|praise for|"
    r"appreciate|bless|recommend),?\s)\Z"
)
_PLACED = re.compile(
    r"(?:'s|’s)?,?\s(?:at|from|in|on|behind|of)\s(?:the\s|your\s)?(?:[a-z]+\s)?(?i:desk|reception|"
    r"bar|concierge|customer|guest|check|gate|counter|lounge|restaurant|spa|phone|chat|support|"
    r"front|room|housekeeping|breakfast|door|lobby|service|baggage|security|sales|billing|"
    r"shift|night|team|crew)"
)
_ACTING = re.compile(
    r",?\s(?:here\b|helped|told|said|refused|checked us|promised|assured|answered|explained|"
    r"went above|offered|apologi[sz]ed|smiled|remembered|always|waited|made (?:us|our|sure)|"
    r"(?:was|is) (?:(?:so|very|extremely|really|super) )?"
    r"(?:helpful|kind|rude|patient|friendly|polite|attentive|welcoming|unhelpful)\b)"
)
# Beside a first name that is no word or place as well.
_BEING = re.compile(
    r"(?:'s|’s)\s[a-z]|,?\s(?:was|is|and|&|the [a-z]+|went|did|has|had|gave|got|took)\b"
)
_PLACE = re.compile(
    r"(?:San|St\.?|Santa|Saint|Los|El|Fort|New|Port|Mount|Lake|Puerto|Hotel|Le|La)\s\Z"
)
_AND = re.compile(r"\s?(?:,|and|&|,\s?and)\s\Z")
_LOWER = re.compile(r"(?i:my name is|my name's)\s([a-z]{2,15})(?:\s([a-z]{2,15}))?")
_END = re.compile(r"[\s.!,)]{0,9}\Z")
_BEFORE, _LONGEST = 48, 3


def english_name_spans(text: str, *, strict: bool = False) -> list[Span]:
    """Kind, start and end of every name found; `strict` adds those that nothing points at.

    >>> english_name_spans("Mr. Whitfield was rude, thanks to Marco at reception")
    [('name', 4, 13), ('name', 34, 39)]
    >>> english_name_spans("Thanks to Booking for the discount")
    []
    """
    spans: list[tuple[int, int]] = []
    for start, end, first in _capitalised(text):
        plain = first in first_names(plain=True)
        alone = plain or first in first_names() and " " in text[start:end]
        if _PLACE.search(text, max(start - 8, 0), start):
            continue
        after_name = bool(spans) and bool(_AND.fullmatch(text, spans[-1][1], start))
        pointed = _pointed_at(text, start, end, first, strict=strict)
        if strict and alone or pointed or after_name and (plain or strict):
            spans.append((start, end))
    return [("name", *span) for span in spans + _in_lower_case(text)]


def _pointed_at(text: str, start: int, end: int, first: str, *, strict: bool) -> bool:
    """Whether what stands before or after makes a name of a capitalised word."""
    before = text[max(start - _BEFORE, 0) : start]
    if _STRONG.search(before) or (_END.match(text, end) and _SIGNED.search(before)):
        return True
    if not strict and first not in first_names():
        return False
    if _WEAK.search(before) or _PLACED.match(text, end) or _ACTING.match(text, end):
        return True
    return first in first_names(plain=True) and bool(_BEING.match(text, end))


def _capitalised(text: str) -> list[tuple[int, int, str]]:
    """Runs of up to three capitalised words that are no usual words: start, end, first word."""
    runs: list[tuple[int, int, str]] = []
    length = 0
    for match in _CAPITAL.finditer(text):
        word = match[0].split(".")[-1].strip()
        if word in no_names("en"):
            length = _LONGEST  # nothing joins over a usual word
            continue
        joins = length < _LONGEST and runs and _JOINED.fullmatch(text, runs[-1][1], match.start())
        fresh = word in first_names(plain=True) and runs and runs[-1][2] not in first_names()
        if joins and not fresh:
            runs[-1] = (runs[-1][0], match.end(), runs[-1][2])
        else:
            runs.append((*match.span(), word))
        length = length + 1 if joins and not fresh else 1
    return runs


def _in_lower_case(text: str) -> list[tuple[int, int]]:
    """my name is john smith"""
    found = _LOWER.finditer(text)
    return [(m.start(1), m.end()) for m in found if m[1].title() in first_names()]
