"""Which SERVQUAL dimension a comment touches: by its words, else by its touchpoint.

Words of a dimension speak first; a clause that has none takes the dimension that complaints
about its touchpoint most often concern. Neither has been validated against people's coding, so
the table serves as a lead beside the SERVQUAL survey and not in its place.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.comments import TOO_FEW
from keytouch.engine import Missing
from keytouch.estimate import effective_n, wilson
from keytouch.hearing import Heard
from keytouch.text_corpus import read_corpus
from keytouch.topic_words import named_topics
from keytouch.touchpoint_voices import comment_weights, counted_comments
from keytouch.word_lists import packaged

DIMENSIONS = ("reliability", "responsiveness", "assurance", "empathy", "tangibles")


def clause_dimensions(heard: Heard) -> pd.DataFrame:
    """One row per clause and SERVQUAL dimension: `clause`, `dimension`, `source` ("term" of the
    dimension, or "touchpoint", from the touchpoint that the clause is about).
    """
    table = packaged("servqual.csv")
    terms = table.groupby("dimension", sort=False).term.agg(list).to_dict()
    parts = []
    for before, corpus in heard.corpora():
        found = named_topics(corpus, terms)
        parts.append(found.assign(clause=found.clause + before))
    named = pd.concat(parts) if parts else named_topics(read_corpus([]), terms)
    named = named.rename(columns={"topic": "dimension"})[["clause", "dimension"]]
    usual = packaged("touchpoint_dimensions.csv").drop_duplicates("touchpoint_id")
    implied = heard.topics.merge(usual, on="touchpoint_id")[["clause", "dimension"]]
    implied = implied[~implied.clause.isin(named.clause)].drop_duplicates()
    both = [named.assign(source="term"), implied.assign(source="touchpoint")]
    return pd.concat(both).sort_values(["clause", "dimension"], ignore_index=True)


def comment_dimensions(heard: Heard | Missing) -> pd.DataFrame | Missing:
    """What comments say of each SERVQUAL dimension, one row per dimension that any concerns.

    Columns out: `dimension`; `mentions`, comments that concern it; `mention_rate` in 0–1 of all,
    and `named_rate`, of those the ones that use its words (the rest follow from the touchpoint),
    with `_lo`, `_hi` (Wilson); `n` mentions that are not neutral; `negative_rate` of those with
    `_lo`, `_hi` (Wilson); `small` where n < 20; `method`. A comment counts once for a dimension:
    its clauses there are averaged. Most mentioned first.
    Source: Parasuraman, Zeithaml & Berry 1988 (the dimensions); the assignment is keytouch's.
    """
    if isinstance(heard, Missing):
        return heard
    counted = counted_comments(heard.comments)
    spoken = clause_dimensions(heard).merge(
        heard.clauses[["comment", "positive"]], left_on="clause", right_index=True
    )
    spoken = spoken[counted[spoken.comment.to_numpy()]]
    spoken = spoken.assign(by_term=spoken.source == "term")
    pairs = spoken.groupby(["dimension", "comment"]).agg(
        positive=("positive", "mean"), by_term=("by_term", "any")
    )
    pairs = pairs.reset_index()
    weight = comment_weights(heard.comments)
    rows = [
        {"dimension": name, **_row(part, int(counted.sum()), weight[part.comment.to_numpy()])}
        for name, part in pairs.groupby("dimension")
    ]
    if not rows:
        return Missing("feedback", ("comment",))
    table = pd.DataFrame(rows).assign(method="method_comment_dimensions")
    return table.sort_values(["mentions", "dimension"], ascending=[False, True], ignore_index=True)


def _row(part: pd.DataFrame, total: int, weight: np.ndarray) -> dict[str, float]:
    clear = (np.abs(part.positive - 0.5) > 0.1).to_numpy()
    bad = (part.positive < 0.5).to_numpy()[clear]
    w = weight[clear]
    n = float(effective_n(w.sum(), (w**2).sum()))
    row: dict[str, float] = {"mentions": len(part), "n": int(clear.sum())}
    shares = {
        "mention_rate": (len(part) / total, total),
        "named_rate": (part.by_term.mean(), len(part)),
        "negative_rate": (float(w @ bad / w.sum()) if w.sum() else np.nan, n),
    }
    for name, (share, size) in shares.items():
        lo, hi = wilson(share, size)
        row |= {name: share, f"{name}_lo": float(lo), f"{name}_hi": float(hi)}
    return row | {"small": int(clear.sum()) < TOO_FEW}
