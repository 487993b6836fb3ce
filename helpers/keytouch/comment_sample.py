"""Which comments people should code: a sample in which what is rare is present.

A plain sample of a hundred comments may hold two negative ones and miss half the touchpoints.
Here rare kinds are drawn more often, and each comment says how many it stands for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keytouch.comments import Terms, names_touchpoint, written
from keytouch.engine import LazyTable, cases, collect, literal, needs, null, row_number, window
from keytouch.privacy import scrub

KIND = ["tone", "touchpoint_id"]


@needs("feedback", "comment")
def sample_for_coding(
    feedback: LazyTable, *, n: int = 100, seed: int = 1, terms: Terms | None = None
) -> pd.DataFrame:
    """Comments for people to code, one row per comment, rare kinds drawn more often.

    Columns out: `comment_id` (the feedback_id); `comment`, scrubbed of contact data; `tone`
    (negative, neutral, positive or blank: see `written`) and `touchpoint_id`, the comment's kind;
    `weight`, how many comments it stands for; `kind_n`, how many comments are of its kind.
    The touchpoint is the one that the comment was given for or, with `terms` (a client's), names;
    of several the one that fewest comments name; blank where it names none. Every kind gets one
    place, where there are no more kinds than `n`, and a share of the rest that goes with the
    square root of its size (power allocation); with more kinds than places, chance decides which
    are seen. A place that falls between two kinds is drawn (systematic sampling), so that the
    weighted sample is right on average for all comments; a row that stands for `n` equal ones
    counts so. Fewer comments than `n`: all of them, each with weight 1. The order is
    drawn, too, and is the same on every engine: it follows a hash of the id and `seed`.
    Without comments: an empty table. Source: Bankier 1988 (power allocation); Madow 1949.
    """
    told = _kinds(written(feedback), terms or {})
    lot = (told.feedback_id.cast("string") + literal(f"/{seed}")).hexdigest("md5")
    kind = (told.tone, told.kind)
    place = row_number().over(window(group_by=kind, order_by=lot))
    told = told.mutate(lot=lot, place=place, kind_n=told.count().over(window(group_by=kind)))
    sizes = collect(told.group_by(tone=told.tone, touchpoint_id=told.kind).agg(size=told.count()))
    sizes = _places(sizes, n, seed)
    most = int(sizes.taken.max()) if len(sizes) else 0
    rows = told.filter(told.place < most).select(
        "lot", "place", "kind_n", "tone", "comment", "rows_n",
        comment_id=told.feedback_id, touchpoint_id=told.kind,
    )  # fmt: skip
    drawn = collect(rows).merge(sizes, on=KIND, how="left")  # pandas joins blank with blank
    drawn = drawn[drawn.place < drawn.taken].sort_values("lot", ignore_index=True)
    drawn["comment"] = [scrub(text) for text in drawn.comment]
    drawn["weight"] = drawn.rows_n * drawn["size"] / drawn.expected
    return drawn[["comment_id", "comment", *KIND, "weight", "kind_n"]]


def _kinds(told: LazyTable, terms: Terms) -> LazyTable:
    """Each comment with `kind`, the rarest touchpoint that it is about, and `rows_n`."""
    rows_n = told.n if "n" in told.columns else literal(1)
    own = told.touchpoint_id if "touchpoint_id" in told.columns else null("string")
    found = {name: names_touchpoint(told, name, words) for name, words in terms.items()}
    named: Any = null("string")
    if found:
        hits = {f"h{k}": cases((hit, 1), else_=0).sum() for k, hit in enumerate(found.values())}
        counts = collect(told.agg(**hits)).iloc[0].fillna(0)
        rarity = {name: (counts[f"h{k}"], name) for k, name in enumerate(found)}
        order = sorted(found, key=lambda name: rarity[name])
        named = cases(*((found[name], literal(name)) for name in order), else_=null("string"))
    return told.mutate(kind=named.coalesce(own), rows_n=rows_n.coalesce(1).cast("float64"))


def _places(sizes: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    """Kinds with `expected` places, n in all and none above its size, and `taken`, those drawn."""
    sizes = sizes.sort_values(KIND, ignore_index=True)
    expected = expected_places(sizes["size"].to_numpy(float), n)
    start = np.random.default_rng(seed).random()
    # A kind takes the whole numbers that fall on its stretch of a line of length n.
    ends = np.floor(np.round(np.cumsum(expected), 9) + start)
    return sizes.assign(expected=expected, taken=np.diff(ends, prepend=0.0).astype(int))


def expected_places(sizes: np.ndarray, n: int) -> np.ndarray:
    """How many of `n` places each kind gets on average: one, and more by the root of its size.

    >>> expected_places(np.array([1.0, 100.0]), 12).tolist()
    [1.0, 11.0]
    """
    kinds = len(sizes)
    if sizes.sum() <= n:
        return sizes.copy()
    if kinds >= n:
        return np.full(kinds, n / max(kinds, 1))
    places = np.ones(kinds)
    while (free := n - places.sum()) > 1e-9:
        open_ = places < sizes
        share = np.where(open_, np.sqrt(sizes), 0.0)
        places = np.fmin(places + free * share / share.sum(), sizes)
    return places
