"""What comments say, by plain means: who writes, which touchpoints they name, in what tone.

A comment names a touchpoint where it holds one of the touchpoint's terms (or was given for it).
Its tone is its own label where the client has one, else the score given with it, else the same
respondent's overall score.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from keytouch.drivers import journey_key
from keytouch.engine import LazyTable, Missing, cases, collect, ifelse, literal, needs, null
from keytouch.estimate import wilson
from keytouch.privacy import scrub
from keytouch.satisfaction import of_metric, overall, with_position

Terms = Mapping[str, Sequence[str]]
TOO_FEW = 20
CANDIDATES = 5000
LOW, HIGH = 0.4, 0.6


def written(feedback: LazyTable) -> LazyTable:
    """The rows that carry a comment, with `tone` (negative, neutral, positive or null),
    `tone_from` ("label", "score", "overall" or null) and `script` (zh, en or other). Lazy.
    """
    rows = feedback.filter(feedback.comment.notnull())
    rows = rows.filter(rows.comment.strip() != "")
    label = rows.polarity if "polarity" in rows.columns else null("string")
    place = _place(rows)
    whole = null("float64")
    key = journey_key(rows)
    if key and "score" in feedback.columns:
        answers = with_position(of_metric(overall(feedback), "csat"))
        joined = answers.filter(answers[key].notnull()).group_by(key).agg(whole=answers.x.mean())
        rows = rows.left_join(joined, key).drop(f"{key}_right")
        label = rows.polarity if "polarity" in rows.columns else null("string")
        place, whole = _place(rows), rows.whole
    tone = label.coalesce(_tone(place), _tone(whole))
    source = cases(
        (label.notnull(), "label"), (place.notnull(), "score"), (whole.notnull(), "overall")
    )
    text = rows.comment
    han = text.length() - text.re_replace(r"[\x{4e00}-\x{9fff}]", "").length()
    latin = text.length() - text.re_replace(r"[A-Za-z]", "").length()
    # A Chinese word is about two characters, an English one about five letters.
    script = cases((han * 2 >= latin, ifelse(han > 0, "zh", "other")), else_="en")
    return rows.mutate(tone=tone, tone_from=source, script=script)


def _place(rows: LazyTable) -> Any:
    """A row's score as a place on its scale, null where it has none."""
    if "score" not in rows.columns:
        return null("float64")
    lo, hi = rows.scale_lo.cast("float64"), rows.scale_hi.cast("float64")
    return (rows.score.cast("float64") - lo) / (hi - lo)


def _tone(place: Any) -> Any:
    return cases((place < LOW, "negative"), (place > HIGH, "positive"), (place >= LOW, "neutral"))


@needs("feedback", "comment")
def comment_volume(feedback: LazyTable) -> pd.DataFrame:
    """How much customers write, one row per language (zh, en, other) and one for all.

    Columns out: `script` ("all" first); `n` comments with a known tone; `comments` in all;
    `length_p50` in characters; `negative_rate` in 0–1 with `_lo`, `_hi` (Wilson); `method`.
    """
    data = written(feedback)
    flag = {
        "n": cases((data.tone.notnull(), 1), else_=0).sum(),
        "negative": cases((data.tone == "negative", 1), else_=0).sum(),
        "comments": data.count(),
        "length_p50": data.comment.length().quantile(0.5),
    }
    table = pd.concat(
        [
            collect(data.agg(**flag)).assign(script="all"),
            collect(data.group_by("script").agg(**flag)).sort_values("script", ascending=False),
        ],
        ignore_index=True,
    )
    return _negative_share(table[table.comments > 0])


def _negative_share(table: pd.DataFrame) -> pd.DataFrame:
    n = table.n.fillna(0).to_numpy(float)
    share = np.divide(table.negative.fillna(0), n, out=np.full(len(table), np.nan), where=n > 0)
    lo, hi = wilson(share, n)
    return table.assign(
        n=n.astype(int),
        negative_rate=share,
        negative_rate_lo=lo,
        negative_rate_hi=hi,
        method="method_wilson",
    ).drop(columns="negative")


def term_pattern(terms: Sequence[str]) -> str:
    """One regular expression for a touchpoint's terms: whole words in Latin script, any place
    in Chinese. Terms are taken literally.

    >>> term_pattern(["支付", "pay"])
    '支付|\\\\bpay\\\\b'
    """
    parts = [re.escape(term.lower()) for term in terms if term.strip()]
    return "|".join(rf"\b{part}\b" if part.isascii() else part for part in parts)


def names_touchpoint(data: LazyTable, touchpoint: str, terms: Sequence[str]) -> Any:
    """Whether a comment names a touchpoint."""
    pattern = term_pattern(terms)
    hit = data.comment.lower().re_search(pattern) if pattern else literal(False)
    if "touchpoint_id" in data.columns:
        hit = hit | (data.touchpoint_id == touchpoint).fill_null(False)
    return hit


@needs("feedback", "comment")
def mentions(feedback: LazyTable, *, terms: Terms) -> pd.DataFrame:
    """Which touchpoints comments name and in what tone, one row per touchpoint named.

    Columns out: `touchpoint_id`; `mentions`; `mention_rate` in 0–1 of all comments (Wilson);
    `n` mentions with a known tone; `negative_rate` in 0–1 of those with `_lo`, `_hi` (Wilson);
    `small` where fewer than 20; `comments` in all; `method`. A comment that names two
    touchpoints counts for both. Most mentioned first.
    """
    data = written(feedback)
    parts: dict[str, Any] = {"comments": data.count()}
    for place, (touchpoint, words) in enumerate(terms.items()):
        hit = names_touchpoint(data, touchpoint, words)
        told, bad = hit & data.tone.notnull(), hit & (data.tone == "negative")
        parts[f"m{place}"] = cases((hit, 1), else_=0).sum()
        parts[f"n{place}"] = cases((told, 1), else_=0).sum()
        parts[f"b{place}"] = cases((bad, 1), else_=0).sum()
    if not terms:
        return Missing("touchpoints", ("terms",))  # type: ignore[return-value]
    row = collect(data.agg(**parts)).iloc[0].fillna(0)
    table = pd.DataFrame(
        [
            (name, int(row[f"m{k}"]), int(row[f"n{k}"]), int(row[f"b{k}"]), int(row.comments))
            for k, name in enumerate(terms)
        ],
        columns=["touchpoint_id", "mentions", "n", "negative", "comments"],
    )
    table = _negative_share(table[table.mentions > 0])
    share = table.mentions / table.comments
    lo, hi = wilson(share, table.comments)
    table = table.assign(
        mention_rate=share, mention_rate_lo=lo, mention_rate_hi=hi, small=table.n < TOO_FEW
    )
    return table.sort_values(["mentions", "touchpoint_id"], ascending=[False, True]).reset_index(
        drop=True
    )


@needs("feedback", "comment")
def quotes(
    feedback: LazyTable, *, terms: Terms, tone: str = "negative", per_touchpoint: int = 2
) -> pd.DataFrame:
    """Customers' own words, scrubbed of personal data, a few per touchpoint.

    Columns out: `touchpoint_id`, `tone`, `quote`, `feedback_id`. Comments that name few
    touchpoints, and of about forty characters, come first; the choice is the same on every run.
    A comment is quoted once.
    """
    found = _candidates(feedback, terms, tone)
    rows: list[tuple[str, str, str, str]] = []
    used: set[str] = set()
    for place, touchpoint in enumerate(terms):
        hits = found[found[f"h{place}"] == 1]
        fresh = hits[~hits.comment.isin(used)].drop_duplicates("comment").head(per_touchpoint)
        used.update(fresh.comment)
        rows += [
            (touchpoint, tone, scrub(row.comment, strict=True), row.feedback_id)
            for row in fresh.itertuples()
        ]
    return pd.DataFrame(rows, columns=["touchpoint_id", "tone", "quote", "feedback_id"])


def _candidates(feedback: LazyTable, terms: Terms, tone: str) -> pd.DataFrame:
    """Comments of a tone with a 0/1 column per touchpoint, the fittest first, boundedly many."""
    data = written(feedback)
    data = data.filter(data.tone == tone)
    hits = {
        f"h{place}": cases((names_touchpoint(data, name, words), 1), else_=0)
        for place, (name, words) in enumerate(terms.items())
    }
    marked = data.select("feedback_id", "comment", **hits)
    named = sum((marked[name] for name in hits), literal(0))
    distance = (marked.comment.length() - 40).abs()
    fit = marked.mutate(named=named, distance=distance).filter(lambda t: t.named > 0)
    ordered = fit.order_by("named", "distance", "comment", "feedback_id")
    return collect(ordered.limit(CANDIDATES))
