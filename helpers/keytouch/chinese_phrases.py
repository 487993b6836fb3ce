"""Short Chinese phrases that say what is wrong or right with something: 房间小, 没热水, 打不开.

The tagger takes many adjectives for nouns or names (陈旧, 太小): written lists go before its tags.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
import pandas as pd
import rjieba

from keytouch.phrase_grammar import Rendered, Tokens, found_phrases, phrase_words
from keytouch.text_corpus import Corpus

LONGEST = 9  # characters of a phrase
_HAN = re.compile("[\u4e00-\u9fff]")
_DEGREES = "很太挺最更极超蛮较真特够好颇忒"
_COMPLEMENTS = "开上了到着出来动住起进下清通掉见完满全懂够齐亮响稳平干紧牢准透"
_VAGUE = "好多少晚早久近远全"  # before a noun they say little: 更多的价格
# N noun, W verb of two characters or more, V of one, A adjective or state, D what is dropped,
# G negator, M lack, H have, P 的, J 得, Q measure, T place, U can't, B a phrase in one word,
# Y than.
_SUBJECT = "[NW]{0,2}N|NW|W"
PATTERN = re.compile(
    "(?P<cannot>([NW]{0,2})T?D*(U))"
    f"|(?P<state>(?<![YNW])({_SUBJECT})[TP]?D*(G?)D*(A)(?!N))"
    "|(?P<fails>([NW]{0,2}N)T?D*([GM])D*(W[NW]?|VN|V))"
    "|(?P<lacks>(M)D*Q*P?((?:AP?)?N{1,2}))"
    "|(?P<undone>(M)(WN?))"
    "|(?P<has>HQ*(?:D*AP?)?(N{1,2}))"
    "|(?P<attribute>(A)P(N{1,2}))"
    "|(?P<manner>([WV])JD*(G?)D*(A))"
    "|(?P<whole>(B))"
)
_TAGS = {
    **dict.fromkeys(("a", "z", "an", "ag"), "A"),
    **dict.fromkeys(("n", "nz", "vn", "nt", "s", "eng", "nrt", "ng"), "N"),
    **dict.fromkeys(("v", "vg", "vi"), "V"),
    **dict.fromkeys(("d", "zg", "ad", "df"), "D"),
    **dict.fromkeys(("m", "q", "mq"), "Q"),
    "f": "T",
}


def chinese_phrases(corpus: Corpus) -> pd.DataFrame:
    """Phrases of a corpus, one row each: `start` (place in its text), `rule`, `phrase`, `key`.

    Degree words are dropped, negators kept; 陈旧的设施 is the same as 设施陈旧.

    >>> from keytouch.text_corpus import read_corpus
    >>> chinese_phrases(read_corpus(["房间太小了，没有热水，空调不制冷"])).phrase.tolist()
    ['房间小', '没热水', '空调不制冷']
    """
    if not _HAN.search(corpus.text):
        return found_phrases(Tokens("", [], np.zeros(1, int)), PATTERN, _render)
    tagged = rjieba.tag(corpus.text, False)
    lengths = np.fromiter(map(len, [word for word, _ in tagged]), np.int64, len(tagged))
    read = [_kind(word, tag) for word, tag in tagged]
    kinds = "".join([kind for kind, _ in read])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return found_phrases(Tokens(kinds, [word for _, word in read], starts), PATTERN, _render)


@cache
def _listed() -> dict[str, str]:
    """The letter of every listed word; a word of two kinds is what comes last."""
    words = phrase_words(False)
    letters = {
        "noun": "N", "measure": "Q", "place": "T", "not_noun": "x", "not_verb": "x", "state": "A",
        "adjective": "A",
        "degree": "D", "negator": "G", "have": "H", "lack": "M", "than": "Y", "bad_thing": "N",
    }  # fmt: skip
    listed = {word: letter for kind, letter in letters.items() for word in words[kind]}
    return listed | {"的": "P", "之": "P", "得": "J"}


@lru_cache(200_000)
def _kind(word: str, tag: str) -> tuple[str, str]:
    """A word's letter and how it is shown."""
    if letter := _listed().get(word):
        return letter, word
    if not _HAN.search(word):
        return ("N" if len(word) > 1 and word.isalpha() else "x"), word
    if (told := _graded(word)) is not None:
        return told
    letter = _TAGS.get(tag, "x")
    if letter == "N" and len(word) == 1:
        letter = "x"
    if letter == "V" and len(word) > 1:
        letter = "W"
    return letter, word


def _graded(word: str) -> tuple[str, str] | None:
    """Words that hold a degree word, a negator or a phrase: 太小, 不整洁, 打不开, 价格便宜."""
    adjectives = phrase_words(False)["adjective"]
    if len(word) == 3 and word[1] == "不" and word[2] in _COMPLEMENTS:
        return "U", word
    if len(word) > 1 and word[0] in _DEGREES and word[1:] in adjectives:
        return "A", word[1:]
    if len(word) > 2 and word[:2] in ("非常", "比较", "有点", "特别") and word[2:] in adjectives:
        return "A", word[2:]
    if len(word) > 1 and word[0] == "不" and word[1:] in adjectives:
        return "A", word
    if len(word) == 4 and word[2:] in adjectives and word[0] not in _DEGREES + "不没":
        return "B", word
    return None


def _render(rule: str, parts: Sequence[Sequence[str]]) -> Rendered:
    """A phrase as it is shown and the key that other word orders share; None where generic."""
    words = phrase_words(False)
    if rule == "attribute":
        if len(parts[0][0]) == 1 and parts[0][0] in _VAGUE:
            return None
        parts = (parts[1], (), parts[0])
    noun, negator, said = _parts(rule, parts)
    noun = _subject(noun)
    phrase = "".join((*noun, negator, *said))
    vague = words["generic_noun"] | words["broad_noun"]
    generic = vague >= set(noun) and words["generic_adjective"] >= set(said)
    if generic and rule in ("state", "attribute"):
        return None
    if rule == "lacks" and words["generic_noun"] & set(said[-1:]):
        return None
    if rule == "has" and said[-1] not in words["bad_thing"]:
        return None
    if phrase in words["generic_phrase"] or not 2 <= len(phrase) <= LONGEST:
        return None
    return phrase, phrase


def _parts(rule: str, parts: Sequence[Sequence[str]]) -> tuple[Sequence[str], str, Sequence[str]]:
    """What is spoken of, how it is negated, and what is said."""
    if rule == "manner":
        return (parts[0][0] + "得",), "不" if parts[1] else "", parts[2]
    if rule in ("state", "attribute"):
        return parts[0], "不" if parts[1] else "", parts[2]
    if rule == "fails":
        return parts[0], _negation(parts[1][0]), parts[2]
    if rule in ("lacks", "undone"):
        return (), "没", [word for word in parts[1] if word != "的"]
    if rule == "has":
        return (), "有", parts[0]
    return (parts[0], "", parts[1]) if rule == "cannot" else ((), "", parts[0])


def _negation(word: str) -> str:
    """Negators before a verb by what they mean: 没, 不能, 不会, 不给 or 不."""
    if word.endswith("会"):
        return "不会"
    if word in phrase_words(False)["lack"] or word in ("未", "并未", "没怎么"):
        return "没"
    if word in ("不能", "无法", "没法", "不可以"):
        return "不能"
    return word if word in ("不给", "不让", "不肯", "不愿", "不想", "不敢") else "不"


def _subject(noun: Sequence[str]) -> list[str]:
    """The nearest two words of what is spoken of, without the house itself and empty words."""
    words = phrase_words(False)
    kept = [word for word in noun if word not in words["light"]] or list(noun)
    while len(kept) > 1 and kept[0] in words["house"]:
        kept = kept[1:]
    return kept[-2:]
