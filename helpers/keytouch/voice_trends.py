"""What becomes of complaints over time, which phrases they use, and what nobody asked about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import rjieba

from keytouch.engine import Missing
from keytouch.hearing import Heard
from keytouch.key_terms import keyness
from keytouch.telling_phrases import phrases, top_phrases
from keytouch.text_corpus import read_corpus
from keytouch.touchpoint_voices import counted_comments, voices
from keytouch.trend_alarms import alarms_by, share_alarms
from keytouch.unasked_themes import Themes, themes
from keytouch.word_lists import packaged

SUGGESTED = 20
LEAST_UNNAMED = 3  # clauses that hold a suggested term
MOST_CLAUSES = 60_000  # clauses that themes are looked for in


def voice_alarms(heard: Heard | Missing, *, seed: int = 1) -> pd.DataFrame | Missing:
    """Touchpoints at which the share of negative comments changed, one row per touchpoint.

    Columns out: `touchpoint_id`; `negative_before`, `negative_after`, the shares of the baseline
    and of the time after it, with `_lo`, `_hi` (Wilson); `alarm`; `direction` ("up": worse,
    "down": better, "" without an alarm); `since`, the most likely day of the change, with
    `since_lo`, `since_hi`; `p_value`, that nothing changed (permutation); `q_value`
    (Benjamini–Hochberg over the touchpoints); `phase` ("watched", or "unjudged" where comments
    are too few); `n`; `method`. Strongest evidence first. See `share_alarms`.
    """
    pairs = dated_voices(heard)
    if isinstance(pairs, Missing):
        return pairs
    table = alarms_by(
        pairs.ts, pairs.polarity == "negative", pairs.touchpoint_id, weight=pairs.weight, seed=seed
    )
    table = table.rename(
        columns={"group": "touchpoint_id"}
        | {
            f"share_{a}{end}": f"negative_{b}{end}"
            for a, b in (("baseline", "before"), ("watched", "after"))
            for end in ("", "_lo", "_hi")
        }
    )
    return table.assign(n=table.n.round().astype(int)) if len(table) else table


def voice_trend(
    heard: Heard | Missing, *, touchpoint: str = "", seed: int = 1
) -> pd.DataFrame | Missing:
    """The share of negative comments over time, one row per period (`share_alarms`).

    `touchpoint`: at one touchpoint; by default over all comments that name any.
    """
    pairs = dated_voices(heard)
    if isinstance(pairs, Missing):
        return pairs
    part = pairs[pairs.touchpoint_id == touchpoint] if touchpoint else pairs
    if not touchpoint:
        part = part.sort_values("score").drop_duplicates("comment")
    return share_alarms(part.ts, part.polarity == "negative", weight=part.weight, seed=seed)


def dated_voices(heard: Heard | Missing) -> pd.DataFrame | Missing:
    """Voices that are not neutral, with their time."""
    if isinstance(heard, Missing):
        return heard
    if "ts" not in heard.comments.columns or heard.comments.ts.isna().all():
        return Missing("feedback", ("ts",))
    pairs = voices(heard)
    pairs = pairs[pairs.polarity != "neutral"]
    times = pd.to_datetime(heard.comments.ts).to_numpy()[pairs.comment.to_numpy()]
    pairs = pairs.assign(ts=times)
    return pairs[pairs.ts.notna()]


def complaint_phrases(heard: Heard | Missing, *, most: int = 6) -> pd.DataFrame | Missing:
    """What exactly is complained about, up to `most` phrases per touchpoint.

    Columns out: `touchpoint_id`; `phrase`, and `also` what says the same; `n` comments with it
    among the touchpoint's negative clauses; `phrase_rate` in 0–1 of those clauses and
    `elsewhere_rate` of all clauses that are not negative, with `_lo`, `_hi` (Wilson); `log_odds`
    with `_lo`, `_hi`; `q_value`, below .05; `clauses`; `method`. Touchpoints with the most
    negative clauses first. See `top_phrases`.
    """
    if isinstance(heard, Missing):
        return heard
    found = _phrases(heard)
    negative = (heard.clauses.polarity == "negative").to_numpy()
    size = len(heard.clauses)
    parts = []
    for name, rows in heard.topics.groupby("touchpoint_id"):
        inside = np.zeros(size, dtype=bool)
        inside[rows.clause.to_numpy()] = True
        group = np.where(negative & ~inside, None, negative)
        table = top_phrases(found, group, most=most)
        total = int((inside & negative).sum())
        parts.append(table[table.sure].assign(touchpoint_id=name, clauses=total))
    if not parts or not sum(map(len, parts)):
        return Missing("touchpoints", ("terms",))
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    table = table.rename(columns=_rates)
    table = table.assign(also=[", ".join(also) if not isinstance(also, str) else also
                               for also in table.also])  # fmt: skip
    return table.sort_values(
        ["clauses", "touchpoint_id"], ascending=[False, True], kind="stable", ignore_index=True
    )


def _rates(name: str) -> str:
    """The name of a column of shares as readers know it."""
    if name.startswith(("rate_rest", "rest_rate")):
        return name.replace("rate_rest", "elsewhere_rate").replace("rest_rate", "elsewhere_rate")
    return f"phrase_{name}" if name.startswith("rate") else name


def _phrases(heard: Heard) -> pd.DataFrame:
    parts, comments = [], 0
    for before, corpus in heard.corpora():
        found = phrases(corpus)
        parts.append(found.assign(clause=found.clause + before, comment=found.comment + comments))
        comments += len(corpus.starts)
    return pd.concat(parts, ignore_index=True) if parts else phrases(read_corpus([]))


def unnamed_themes(heard: Heard | Missing, *, seed: int = 1) -> Themes | Missing:
    """Themes among the clauses that no touchpoint's terms match (`themes`)."""
    if isinstance(heard, Missing):
        return heard
    rows = _unnamed(heard)[:MOST_CLAUSES]
    polarity = heard.clauses.polarity.to_numpy()[rows]
    negative = np.where(polarity == "neutral", None, polarity == "negative")
    return themes(heard.clause_text(rows), negative=negative, seed=seed)


def _unnamed(heard: Heard) -> np.ndarray:
    """The clauses about no touchpoint, of comments that count."""
    kept = counted_comments(heard.comments)[heard.clauses.comment.to_numpy()]
    kept[heard.topics.clause.to_numpy()] = False
    return np.flatnonzero(kept)


def suggested_terms(heard: Heard | Missing, *, most: int = SUGGESTED) -> pd.DataFrame | Missing:
    """Words that mark the clauses about no touchpoint: candidates for the touchpoint lists.

    Only words that name a thing are offered: Chinese nouns, English words that are neither
    stop words nor in the lists of polarity.
    Columns out: `term`; `n` clauses without a touchpoint that hold it; `phrase_rate` in 0–1 of
    those and `elsewhere_rate` of the others, with `_lo`, `_hi` (Wilson); `log_odds` with
    `_lo`, `_hi`; `q_value`; `method` (`keyness`). Only terms with q below .05, strongest first.
    """
    if isinstance(heard, Missing):
        return heard
    unnamed = np.zeros(len(heard.clauses), dtype=bool)
    unnamed[_unnamed(heard)] = True
    held, rest = _held(heard, unnamed)
    totals = (float(unnamed.sum()), float((~unnamed).sum()))
    if not min(totals):
        return Missing("feedback", ("comment",))
    table = keyness(held, rest, documents=totals)
    table = table[(table.q_value < 0.05) & (table.log_odds > 0) & (table.n_a >= LEAST_UNNAMED)]
    names = {"n_a": "n"} | {
        f"rate_{a}{end}": f"{b}{end}"
        for a, b in (("a", "phrase_rate"), ("b", "elsewhere_rate"))
        for end in ("", "_lo", "_hi")
    }
    table = table.drop(columns="n").rename(columns=names).head(most)
    return table.drop(columns=["n_b", "z", "p_value"]).reset_index(drop=True)


def _held(heard: Heard, unnamed: np.ndarray) -> tuple[pd.Series, pd.Series]:
    """In how many clauses of either kind each word stands."""
    parts = []
    for before, corpus in heard.corpora():
        words, places = corpus.spoken_words
        rows = pd.DataFrame({"word": words, "clause": corpus.clause_at(places) + before})
        rows = rows[rows.word.isin(_names_of_things(words))].drop_duplicates()
        parts.append(rows.assign(unnamed=unnamed[rows.clause.to_numpy()]))
    table = pd.concat(parts) if parts else pd.DataFrame({"word": [], "unnamed": []})
    counts = table.groupby(["word", "unnamed"]).size().unstack(fill_value=0)
    blank = pd.Series(0, index=counts.index)
    return counts.get(True, blank), counts.get(False, blank)


def _names_of_things(words: Sequence[str]) -> set[str]:
    """The words that could name a touchpoint."""
    idle = set(packaged("stop_words.csv").iloc[:, 0]) | set(packaged("general.csv").term)
    judging = set(packaged("polarity_zh.csv").term) | set(packaged("polarity_en.csv").term)
    fresh = [word for word in set(words) - idle - judging if len(word) > 1 and word.isalpha()]
    return {word for word in fresh if word.isascii() or rjieba.tag(word)[0][1].startswith("n")}
