"""What comments say of each touchpoint: how often, how badly, and how sure that is.

The unit is one comment at one touchpoint: its clauses there are averaged, so that a long
complaint counts as one voice. Copies, advertisements and texts without content are no voices.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keytouch.comments import TOO_FEW
from keytouch.engine import Missing
from keytouch.estimate import effective_n, mean_interval, wilson
from keytouch.hearing import UNSURE, Heard

LEAST_TOLD_APART = 0.3  # hit rate minus false-alarm rate below which nothing is adjusted
EDGE = 1.96


def voices(heard: Heard) -> pd.DataFrame:
    """One row per comment and touchpoint that it is about.

    Columns out: `comment` (row of `heard.comments`), `touchpoint_id`; `score` in −1…1, the mean
    of its clauses there; `polarity`; `judged_by` ("machine", or "customer" where the comment
    was given for this touchpoint with a label or a score of its own); `rest`, the mean score
    of the comment's other clauses (nan where there are none); `weight`, how many customers the
    comment stands for.
    """
    counted = counted_comments(heard.comments)
    spoken = heard.topics.merge(
        heard.clauses[["comment", "positive"]], left_on="clause", right_index=True
    )
    spoken = spoken[counted[spoken.comment.to_numpy()]]
    spoken = spoken.assign(score=2 * spoken.positive - 1)
    grouped = spoken.groupby(["comment", "touchpoint_id"], sort=True)
    pairs = grouped.score.agg(["mean", "size"]).reset_index()
    pairs = pairs.rename(columns={"mean": "score", "size": "clauses"})
    pairs = pairs.assign(
        rest=_rest(pairs, heard.clauses),
        weight=comment_weights(heard.comments)[pairs.comment.to_numpy()],
    )
    return _own_labels(pairs, heard.comments)


def counted_comments(comments: pd.DataFrame) -> np.ndarray:
    """The comments that are voices of their own: no copies, and not without content."""
    return ((comments.mark == "") & (comments.copy_of < 0)).to_numpy(copy=True)


def _rest(pairs: pd.DataFrame, clauses: pd.DataFrame) -> np.ndarray:
    score = 2 * clauses.positive.to_numpy() - 1
    size = int(clauses.comment.max()) + 1 if len(clauses) else 0
    total = np.bincount(clauses.comment, weights=score, minlength=size)
    count = np.bincount(clauses.comment, minlength=size)
    comment = pairs.comment.to_numpy()
    left = count[comment] - pairs.clauses.to_numpy()
    sums = total[comment] - (pairs.score * pairs.clauses).to_numpy()
    return np.divide(sums, left, out=np.full(len(pairs), np.nan), where=left > 0)


def comment_weights(comments: pd.DataFrame) -> np.ndarray:
    """How many customers each comment stands for: its survey weight times its count."""
    weight = np.ones(len(comments))
    for name in ("weight", "n"):
        if name in comments.columns:
            weight = weight * comments[name].astype(float).fillna(1).to_numpy()
    return weight


def _own_labels(pairs: pd.DataFrame, comments: pd.DataFrame) -> pd.DataFrame:
    polarity = np.select(
        [pairs.score < -2 * UNSURE, pairs.score > 2 * UNSURE], ["negative", "positive"], "neutral"
    )
    pairs = pairs.assign(polarity=polarity, judged_by="machine")
    if "touchpoint_id" not in comments.columns:
        return pairs
    told = comments.loc[pairs.comment, ["touchpoint_id", "tone", "tone_from"]].reset_index(
        drop=True
    )
    own = (told.touchpoint_id == pairs.touchpoint_id) & told.tone.notna()
    own &= told.tone_from.isin(["label", "score"])
    pairs.loc[own, "polarity"] = told.tone[own]
    pairs.loc[own, "judged_by"] = "customer"
    return pairs


def comment_evidence(heard: Heard | Missing) -> pd.DataFrame | Missing:
    """What comments say of each touchpoint, one row per touchpoint that any comment names.

    Columns out: `touchpoint_id`; `mentions`, comments about it; `mention_rate` in 0–1 of all
    comments, and `customer_rate` of all customers who wrote (where they are known), each with
    `_lo`, `_hi` (Wilson); `n` mentions that are not neutral; `negative_rate` of those as counted,
    with `_lo`, `_hi` (Wilson); `adjusted_rate`, the same corrected for the machine's errors, with
    `_lo`, `_hi` (Rogan & Gladen 1978; normal, errors of the rates included), blank where the
    machine can't tell the two apart; `score` in −1…1, the mean over comments, and `halo_score`,
    the score at equal mood: what the rest of the comment says is taken out by regression; both
    with `_lo`, `_hi` (Student's t over comments); `small` where n < 20; `comments` in all;
    `method`. Copies and texts without content don't count. Most mentioned first.
    """
    if isinstance(heard, Missing):
        return heard
    pairs = voices(heard)
    pairs = pairs.assign(halo=without_halo(pairs))
    total = int(counted_comments(heard.comments).sum())
    rows = [
        {"touchpoint_id": name, **_evidence(rows, heard, total)}
        for name, rows in pairs.groupby("touchpoint_id", sort=True)
    ]
    if not rows:
        return Missing("touchpoints", ("terms",))
    table = pd.DataFrame(rows).assign(comments=total, method="method_comment_evidence")
    return table.sort_values(
        ["mentions", "touchpoint_id"], ascending=[False, True], ignore_index=True
    )


def reading_quality(heard: Heard | Missing) -> pd.DataFrame | Missing:
    """How well each layer tells polarity on the comments that customers rated, one row per layer.

    Columns out: `layer` ("lexicon", or "client", learned from the ratings and tested on
    comments it hadn't seen); `chosen`, whether it judges this client's comments; `f1` (mean of
    both kinds) with `_lo`, `_hi` (bootstrap); `accuracy` and `accuracy_80`, the latter on the
    80 % of comments that it is surest of, with `_lo`, `_hi` (Wilson); `n`; `method`.
    """
    if isinstance(heard, Missing):
        return heard
    quality = heard.model.quality
    if quality.empty:
        return Missing("feedback", ("score",))
    numbers = [name for name in quality.columns if name.startswith(("f1", "accuracy"))]
    table = quality[["layer", *numbers, "n"]]
    chosen = table.layer == heard.model.layer
    return table.assign(chosen=chosen, method="method_cross_validated")


def comment_coverage(heard: Heard | Missing) -> pd.DataFrame | Missing:
    """What was read and what was not, one row per language and one for all ("all" first).

    Columns out: `language`; `comments`; `copies` and `set_aside` (advertisements, fillers, texts
    without a word); `length_p50` in characters; `n` comments that count; `named_rate` in 0–1,
    those about at least one touchpoint, with `_lo`, `_hi` (Wilson); `method`.
    """
    if isinstance(heard, Missing):
        return heard
    comments = heard.comments
    named = np.zeros(len(comments), dtype=bool)
    named[heard.clauses.comment.to_numpy()[heard.topics.clause.to_numpy()]] = True
    counted = counted_comments(comments)
    copies = (comments.copy_of >= 0).to_numpy()
    rows = []
    for language in ("all", *sorted(set(comments.language))):
        part = np.ones(len(comments), bool) if language == "all" else comments.language == language
        part = np.asarray(part)
        n = int((part & counted).sum())
        if not part.any():
            continue
        rows.append(
            {
                "language": language, "comments": int(part.sum()),
                "copies": int((part & copies).sum()),
                "set_aside": int((part & ~counted & ~copies).sum()),
                "length_p50": float(comments.plain[part].str.len().median()), "n": n,
                **_share("named_rate", (named & part & counted).sum() / n if n else np.nan, n),
            }
        )  # fmt: skip
    return pd.DataFrame(rows).assign(method="method_wilson")


def _evidence(pairs: pd.DataFrame, heard: Heard, total: int) -> dict[str, Any]:
    clear = pairs[pairs.polarity != "neutral"]
    n = len(clear)
    row: dict[str, Any] = {"mentions": len(pairs), "n": n, "small": n < TOO_FEW}
    row |= _share("mention_rate", len(pairs) / total, total)
    row |= _customers(pairs, heard.comments)
    weight = clear.weight.to_numpy()
    bad = (clear.polarity == "negative").to_numpy()
    share = float(weight @ bad / weight.sum()) if n else np.nan
    effective = float(effective_n(weight.sum(), (weight**2).sum()))
    row |= _share("negative_rate", share, effective)
    row |= _adjusted(clear, heard)
    for name, values in (("score", pairs.score), ("halo_score", pairs.halo)):
        row |= _mean(name, values.to_numpy(), pairs.weight.to_numpy())
    return row


def _share(name: str, share: float, n: float) -> dict[str, float]:
    lo, hi = wilson(share, n)
    return {name: share, f"{name}_lo": float(lo), f"{name}_hi": float(hi)}


def _customers(pairs: pd.DataFrame, comments: pd.DataFrame) -> dict[str, float]:
    if "customer_id" not in comments.columns:
        return {}
    counted = comments.customer_id[counted_comments(comments)]
    everybody = counted.nunique()
    here = comments.customer_id.iloc[pairs.comment].nunique()
    return _share("customer_rate", here / everybody if everybody else np.nan, everybody)


def _mean(name: str, values: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    mean = float(weight @ values / weight.sum())
    variance = float(weight @ (values - mean) ** 2 / weight.sum())
    n = float(effective_n(weight.sum(), (weight**2).sum()))
    lo, hi = mean_interval(mean, variance * n / max(n - 1, 1), n)
    lo, hi = np.clip([lo, hi], -1, 1)
    return {name: mean, f"{name}_lo": float(lo), f"{name}_hi": float(hi)}


def without_halo(pairs: pd.DataFrame) -> np.ndarray:
    """Scores at equal mood: the slope on the rest of the comment is taken out."""
    known = pairs.rest.notna().to_numpy()
    score, rest = pairs.score.to_numpy(), pairs.rest.to_numpy()
    if known.sum() < 3:
        return score
    part = pairs[known]
    inside = part.groupby("touchpoint_id")[["score", "rest"]].transform("mean")
    x = (part.rest - inside.rest).to_numpy()
    slope = x @ (part.score - inside.score).to_numpy() / (x @ x) if (x @ x) > 0 else 0.0
    mood = np.where(known, rest - part.rest.mean(), 0.0)
    return score - slope * mood


def _adjusted(clear: pd.DataFrame, heard: Heard) -> dict[str, float]:
    """The share of negative voices with the machine's errors taken out."""
    blank = dict.fromkeys(("adjusted_rate", "adjusted_rate_lo", "adjusted_rate_hi"), np.nan)
    quality = heard.model.quality
    used = quality[quality.layer == heard.model.layer]
    if not len(clear) or used.empty:
        return blank
    hit, alarm, n_bad, n = used[["hit_rate", "false_alarm_rate", "negatives", "n"]].iloc[0]
    apart = hit - alarm
    if apart < LEAST_TOLD_APART or min(n_bad, n - n_bad) < 1:
        return blank
    machine = clear[clear.judged_by == "machine"]
    bad = (machine.polarity == "negative").to_numpy()
    own = clear[clear.judged_by == "customer"]
    weight, own_weight = machine.weight.to_numpy(), own.weight.to_numpy()
    portion = weight.sum() / (weight.sum() + own_weight.sum())
    own_share, own_error = _plain_share(own_weight, (own.polarity == "negative").to_numpy())
    seen, error = _plain_share(weight, bad)
    true = float(np.clip((seen - alarm) / apart, 0, 1))
    spread = error + true**2 * _error(hit, n_bad) + (1 - true) ** 2 * _error(alarm, n - n_bad)
    rate = portion * true + (1 - portion) * own_share
    half = EDGE * np.sqrt(portion**2 * spread / apart**2 + (1 - portion) ** 2 * own_error)
    lo, hi = np.clip([rate - half, rate + half], 0, 1)
    return {"adjusted_rate": rate, "adjusted_rate_lo": float(lo), "adjusted_rate_hi": float(hi)}


def _plain_share(weight: np.ndarray, bad: np.ndarray) -> tuple[float, float]:
    """A weighted share and the square of its standard error."""
    if not len(weight):
        return 0.0, 0.0
    share = float(weight @ bad / weight.sum())
    return share, _error(share, float(effective_n(weight.sum(), (weight**2).sum())))


def _error(share: float, n: float) -> float:
    # One success and failure more keep a share of none or all from being without error.
    smooth = (share * n + 1) / (n + 2)
    return smooth * (1 - smooth) / n
