"""Short English phrases that say what is wrong or right with something: room noisy, no hot water.

No tagger: adjectives, verbs of service talk and words that are neither are written lists, with
rules for endings; any other word is taken for a noun.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
import pandas as pd

from keytouch.phrase_grammar import Rendered, Tokens, found_phrases, phrase_words
from keytouch.text_corpus import Corpus

_TOKEN = re.compile(r"[a-z]+(?:['-][a-z]+)*|[^\sa-z]+")
_ADJECTIVE_END = re.compile(r"[a-z]{2,}(?:[^aeiou]y|ful|less|able|ible|ous)$")
_NOUN_END = re.compile(r"[a-z]+(?:ity|ety|ogy|phy|cy|ery|ory|ary)$")
_ADVERB_END = re.compile(r"[a-z]{3,}ly$")
_NEGATIVE = re.compile(r"[a-z]+n't$")
# N noun, A adjective, E word in -ed, S state after a form of be, B be, b be not,
# F didn't, L lack, G negator, D what is dropped, T determiner, P particle, C and, R needs,
# O in.
_WHERE = "(?:OT?[NA]?N)?"  # the lights in the bathroom
PATTERN = re.compile(
    f"(?P<state>([NA]?N){_WHERE}D*([Bb])[DT]*(G?)[DT]*([AES])(?!N))"
    f"|(?P<fails>((?:[NA]?N)?){_WHERE}D*(F)D*([^.])(P?)((?:T?[NA]?N)?))"
    "|(?P<lacks>(L)[TD]*([AE]?N{1,2}))"
    "|(?P<needs>([NA]?N)D*(R)(?:xB)?D*([NE])(?!N))"
    "|(?P<attribute>(G?)[TD]*(A)(?:C[AE])?(N{1,2}))"
)


def english_phrases(corpus: Corpus) -> pd.DataFrame:
    """Phrases of a corpus, one row each: `start` (place in its text), `rule`, `phrase`, `key`.

    Degree words and articles are dropped, negators kept; "slow lifts" and "the lift was slow"
    have the same key.

    >>> from keytouch.text_corpus import read_corpus
    >>> english_phrases(read_corpus(["The room was very noisy, no hot water."])).phrase.tolist()
    ['room noisy', 'no hot water']
    """
    found = list(_TOKEN.finditer(corpus.text))
    kinds = "".join([_kind(match[0]) for match in found])
    words = [_spelled(match[0]) for match in found]
    starts = np.fromiter((match.start() for match in found), np.int64, len(found))
    tokens = Tokens(kinds, words, np.concatenate([starts, [0]]))
    return found_phrases(tokens, PATTERN, _render)


@cache
def _listed() -> dict[str, str]:
    """The letter of every listed word; a word of two kinds is what comes last."""
    words = phrase_words(True)
    letters = {
        "not_adjective": "N", "stop": "x", "state": "S", "adjective": "A", "degree": "D",
        "be": "B", "be_not": "b", "fails": "F", "lack": "L", "negator": "G",
        "determiner": "T", "particle": "P", "conjunction": "C", "needs": "R",
        "place": "O",
    }  # fmt: skip
    return {word: letter for kind, letter in letters.items() for word in words[kind]}


@lru_cache(200_000)
def _kind(word: str) -> str:
    """A word's letter; punctuation and figures are "."."""
    if letter := _listed().get(word):
        return letter
    if not word.isascii() or not word[0].isalpha():
        return "."
    if word.endswith("'s"):
        return "x"
    if _NEGATIVE.match(word):
        return "F"
    if len(word) < 3 and word not in ("tv", "ac", "pc"):
        return "x"
    if _ADVERB_END.match(word):
        return "D"
    if word.endswith("ed") and len(word) > 4:
        return "E"
    return "A" if _ADJECTIVE_END.match(word) and not _NOUN_END.match(word) else "N"


def _render(rule: str, parts: Sequence[Sequence[str]]) -> Rendered:
    """A phrase as it is shown and the key that other word orders share; None where generic."""
    words = phrase_words(True)
    if rule == "attribute":
        negator, said, noun = parts
        shown = (*_not(negator), *said, *noun)
    else:
        noun, said = _parts(rule, parts)
        shown = (*noun, *said) if rule != "lacks" else ("no", *said)
    shown = tuple(word for word in shown if word not in words["determiner"])
    phrase = " ".join(shown)
    if len(shown) < 2 or any(len(word) < 2 for word in shown) or phrase in words["generic_phrase"]:
        return None
    if rule != "lacks" and _vague(shown) or rule == "fails" and _weak(parts):
        return None
    return phrase, " ".join(sorted(map(singular, shown)))


def _vague(shown: Sequence[str]) -> bool:
    """Whether nothing is left of a phrase without what fits everything: "not good room"."""
    words = phrase_words(True)
    about = set(shown) - words["generic_noun"] - words["broad_noun"] - {"not"}
    return about <= words["generic_adjective"]


def _weak(parts: Sequence[Sequence[str]]) -> bool:
    """Whether a failing verb says nothing of the service: "didn't think"; but "didn't have tub"."""
    verb, thing = parts[2], parts[4]
    return verb[0] in phrase_words(True)["weak_verb"] and not (verb == ("have",) and thing)


def _parts(rule: str, parts: Sequence[Sequence[str]]) -> tuple[Sequence[str], Sequence[str]]:
    """What is spoken of, and what is said of it."""
    if rule == "state":
        noun, be, negator, said = parts
        return noun, (*_not(negator or [word for word in be if _kind(word) == "b"]), *said)
    if rule == "fails":
        noun, negated, verb, particle, thing = parts
        return noun, (*negated, *verb, *particle, *(() if noun else thing))
    if rule == "needs":
        return parts[0], ("needs", *parts[2])
    return (), parts[1]


@lru_cache(200_000)
def _spelled(word: str) -> str:
    """Didnt is didn't, and cannot can't."""
    if word == "cannot":
        return "can't"
    bare = word in phrase_words(True)["fails"] and word.endswith("nt")
    return word[:-2] + "n't" if bare else word


def _not(negator: Sequence[str]) -> tuple[str, ...]:
    return ("not",) if negator else ()


@lru_cache(200_000)
def singular(word: str) -> str:
    """A word without the s of the plural.

    >>> singular("lifts"), singular("batteries"), singular("glass")
    ('lift', 'battery', 'glass')
    """
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
