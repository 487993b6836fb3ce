"""What exactly is wrong: short phrases of clauses, and those that mark one group of clauses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from keytouch.chinese_phrases import chinese_phrases
from keytouch.english_phrases import english_phrases
from keytouch.key_terms import keyness
from keytouch.text_corpus import Corpus

MOST = 10
FEWEST = 3  # clauses of the group that hold a phrase: less is an anecdote
ALPHA = 0.05
ALWAYS = "老"  # more often "always", of the verb that follows, than "old"
_HAN_NEGATORS = "不没无"
_LATIN_NEGATORS = ("not", "no")


def phrases(corpus: Corpus) -> pd.DataFrame:
    """What clauses say of things, one row per clause and phrase.

    Columns out: `clause` and `comment` (their places in the corpus); `phrase` as people read it
    (房间小, 没热水, 空调不制冷, 打不开; "room noisy", "slow lift", "no hot water", "shower didn't
    work"); `key`, the same for all word orders and for singular and plural; `rule`, the pattern
    that found it. Degree words are dropped, negators kept. What fits everything (不好, 问题,
    "good hotel") is no phrase. A phrase that a clause repeats counts once; clauses without one
    have no row. Rows in the order of the text.

    >>> from keytouch.text_corpus import read_corpus
    >>> phrases(read_corpus(["房间太小了", "Rude staff!"])).phrase.tolist()
    ['房间小', 'rude staff']
    """
    found = pd.concat([chinese_phrases(corpus), english_phrases(corpus)], ignore_index=True)
    clause = corpus.clause_at(found.start.to_numpy(np.int64))
    comment = corpus.clauses.comment.to_numpy()
    found = found.assign(clause=clause, comment=comment[clause] if len(clause) else clause)
    found = found[~found.phrase.str.endswith(ALWAYS)]
    found = found.sort_values("start", kind="stable").drop_duplicates(["clause", "key"])
    return found[["clause", "comment", "phrase", "key", "rule"]].reset_index(drop=True)


def top_phrases(
    found: pd.DataFrame, group: ArrayLike, *, most: int = MOST, alpha: float = ALPHA
) -> pd.DataFrame:
    """The phrases that mark a group of clauses against the others, one row per phrase.

    `found`: `phrases` of a corpus. `group`: for each of its clauses True (say, a negative one of
    a touchpoint), False (what it is compared with) or blank (neither).

    Columns out: `phrase` in its most frequent form; `also`, phrases that say the same in more or
    fewer words (态度差, 服务态度差), which get no row of their own; `n`, clauses of the group that
    hold it (a comment that repeats a phrase counts once); `n_rest`; `rate`, `rate_rest` in 0–1
    of the clauses with `_lo`, `_hi` (Wilson); `log_odds` with `_lo`, `_hi`; `z`; `q_value`
    (`keyness`); `sure` where it is below `alpha`; `method`. At most `most` rows, strongest first,
    ties by key; only phrases whose own interval says that they are more frequent in the group,
    with at least 3 clauses there, so a small group may have none.
    """
    member = pd.array(np.asarray(group, dtype=object), dtype="boolean")
    inside = member.fillna(False).to_numpy(bool)
    outside = ~inside & ~member.isna()
    counts = [_counts(found, chosen) for chosen in (inside, outside)]
    table = keyness(*counts, documents=(max(inside.sum(), 1), max(outside.sum(), 1)))
    table = table[(table.log_odds_lo > 0) & (table.n_a >= FEWEST)]
    chosen, folded = _merged(table.term.tolist(), most)
    shown = _surfaces(found[inside[found.clause]], chosen, folded)
    names = {"n_a": "n", "n_b": "n_rest"} | {
        f"rate_{a}{end}": f"rate{b}{end}"
        for a, b in (("a", ""), ("b", "_rest"))
        for end in ("", "_lo", "_hi")
    }
    table = table.drop(columns="n").rename(columns=names).set_index("term").loc[chosen]
    table = table.drop(columns="p_value").assign(sure=table.q_value < alpha)
    return pd.concat([shown, table], axis=1).reset_index(drop=True)


def _counts(found: pd.DataFrame, chosen: np.ndarray) -> pd.Series:
    """In how many clauses a key stands, one for each comment."""
    rows = found[chosen[found.clause]].drop_duplicates(["comment", "key"])
    return rows.key.value_counts()


def _merged(keys: Sequence[str], most: int) -> tuple[list[str], dict[str, list[str]]]:
    """The first keys none of which says the same as one before it, and what each takes in."""
    chosen: list[str] = []
    folded: dict[str, list[str]] = {}
    for key in keys:
        like = next((one for one in chosen if _says_same(one, key)), None)
        if like is not None:
            folded[like].append(key)
        elif len(chosen) < most:
            chosen.append(key)
            folded[key] = []
    return chosen, folded


def _says_same(a: str, b: str) -> bool:
    """Whether one phrase holds all words of another and both or neither are negated."""
    latin = a.isascii()
    if latin != b.isascii():
        return False
    negators = _LATIN_NEGATORS if latin else tuple(_HAN_NEGATORS)
    one, other = (Counter(key.split() if latin else key) for key in (a, b))
    negated = [words.keys() & set(negators) for words in (one, other)]
    return negated[0] == negated[1] and (one <= other or other <= one)


def _surfaces(
    found: pd.DataFrame, chosen: Sequence[str], folded: dict[str, list[str]]
) -> pd.DataFrame:
    """Each key as people mostly wrote it, and the forms that it takes in."""
    tally = found.groupby(["key", "phrase"]).size().rename("times").reset_index()
    tally = tally.sort_values(["times", "phrase"], ascending=[False, True])
    form = tally.drop_duplicates("key").set_index("key").phrase
    return pd.DataFrame(
        {
            "phrase": [form[key] for key in chosen],
            "also": ["; ".join(form[key] for key in folded[key_of]) for key_of in chosen],
        },
        index=pd.Index(chosen, name="term"),
    )
