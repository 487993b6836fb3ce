"""Customers' own words at each touchpoint: the central, the extreme and the contrary voice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.engine import Missing
from keytouch.hearing import Heard
from keytouch.privacy import scrub
from keytouch.touchpoint_voices import voices
from keytouch.word_counts import Words, learn_vocabulary

KINDS = ("central", "extreme", "contrary")
LONGEST = 90  # characters of a quote; of a longer comment the clauses at the touchpoint are quoted
SHORTEST = 6
CANDIDATES = 400


def voice_quotes(heard: Heard | Missing) -> pd.DataFrame | Missing:
    """Up to three quotes per touchpoint, scrubbed of personal data, most mentioned first.

    Columns out: `touchpoint_id`; `voice_kind`: "central" (most like the others of the prevailing
    side), "extreme" (the strongest of that side), "contrary" (the strongest of the other side);
    `polarity`; `quote`; `feedback_id`; `mentions`. The prevailing side is the more frequent
    one, negative in a tie. No comment is quoted twice. Of comments longer than 90 characters the
    clauses at the touchpoint are quoted, and only comments in the language that is most
    frequent there. The choice is the same on every run.
    """
    if isinstance(heard, Missing):
        return heard
    pairs = voices(heard)
    used: set[int] = set()
    rows = []
    sizes = pairs.touchpoint_id.value_counts().rename_axis("name").reset_index()
    for name, size in sizes.sort_values(["count", "name"], ascending=[False, True]).to_numpy():
        part = pairs[pairs.touchpoint_id == name]
        for kind, comment, polarity in _chosen(part, heard, used):
            used.add(comment)
            text = _passage(heard, comment, name)
            rows.append(
                {
                    "touchpoint_id": name, "voice_kind": kind, "polarity": polarity,
                    "quote": scrub(text, strict=True),
                    "feedback_id": heard.comments.feedback_id.iloc[comment], "mentions": size,
                }
            )  # fmt: skip
    names = ["touchpoint_id", "voice_kind", "polarity", "quote", "feedback_id", "mentions"]
    return pd.DataFrame(rows, columns=names)


def _chosen(pairs: pd.DataFrame, heard: Heard, used: set[int]) -> list[tuple[str, int, str]]:
    """The comments to quote, with the kind and side of each."""
    spoken = heard.comments.loc[pairs.comment]
    usual = spoken.language.mode().iloc[0]
    fit = (spoken.plain.str.len() >= SHORTEST) & (spoken.language == usual)
    fresh = pairs[~pairs.comment.isin(used) & fit.to_numpy()]
    negative = (fresh.polarity == "negative").sum()
    positive = (fresh.polarity == "positive").sum()
    sides = ("negative", "positive") if negative >= positive else ("positive", "negative")
    found: list[tuple[str, int, str]] = []
    main = fresh[fresh.polarity == sides[0]]
    if len(main):
        found.append(("central", _central(main, heard), sides[0]))
    for kind, side in (("extreme", sides[0]), ("contrary", sides[1])):
        rest = fresh[(fresh.polarity == side) & ~fresh.comment.isin([row[1] for row in found])]
        if len(rest):
            strongest = rest.assign(power=rest.score.abs()).sort_values(
                ["power", "comment"], ascending=[False, True], kind="stable"
            )
            found.append((kind, int(strongest.comment.iloc[0]), side))
    return found


def _central(pairs: pd.DataFrame, heard: Heard) -> int:
    """The comment most like the others: nearest to the mean of their words."""
    comments = pairs.comment.to_numpy()[:CANDIDATES]
    words = [heard.words_of(int(comment)) for comment in comments]
    owner = np.repeat(np.arange(len(words)), [len(one) for one in words])
    text = Words([word for one in words for word in one], owner, len(words))
    _, vectors = learn_vocabulary([text])
    if not vectors.shape[1]:
        return int(comments[0])
    nearness = vectors @ np.asarray(vectors.mean(axis=0)).ravel()
    return int(comments[int(np.argmax(np.round(nearness, 9)))])


def _passage(heard: Heard, comment: int, touchpoint: str) -> str:
    """A short comment as its writer typed it; of a long one, the clauses at the touchpoint."""
    typed = str(heard.comments.comment.iloc[comment]).strip()
    if len(typed) <= LONGEST:
        return " ".join(typed.split())
    here = heard.topics[heard.topics.touchpoint_id == touchpoint].clause
    rows = [row for row in here if heard.clauses.comment.iloc[row] == comment]
    text = "".join(heard.clause_text(rows)).strip()
    return text if len(text) <= 2 * LONGEST else text[: 2 * LONGEST].rstrip() + "…"
