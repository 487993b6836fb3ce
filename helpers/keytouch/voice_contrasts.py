"""Where comments are more often negative: one touchpoint and the rest, two groups, two times."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.comments import TOO_FEW
from keytouch.contrasts import adjusted, share_difference
from keytouch.engine import Missing
from keytouch.estimate import effective_n, wilson
from keytouch.hearing import Heard
from keytouch.touchpoint_voices import voices

ALPHA = 0.05
GROUPS = ("segment", "channel", "language", "source")
PERIOD = "period"


def complaint_focus(heard: Heard | Missing) -> pd.DataFrame | Missing:
    """Each touchpoint's share of negative comments against that of all others, one row each.

    Columns out: `touchpoint_id`; `negative_rate` in 0–1 with `_lo`, `_hi` (Wilson); `rest_rate`
    and `rate_difference` with `_lo`, `_hi` (Newcombe); `p_value` (Benjamini–Hochberg over the
    touchpoints judged); `verdict`: "worse", "better" (adjusted p at most .05), "open", or "small"
    (n < 20); `n` comments that are not neutral there; `small`; `method`. Largest difference
    first, small groups last.
    """
    if isinstance(heard, Missing):
        return heard
    sums = _sums(_clear(voices(heard)), ["touchpoint_id"])
    if sums.empty:
        return Missing("touchpoints", ("terms",))
    rest = sums[["weight", "bad", "squares"]].sum() - sums[["weight", "bad", "squares"]]
    table = _against(sums, rest)
    return _judged(table).assign(method="method_focus")


def compare_voices(heard: Heard | Missing, *, by: str = "segment") -> pd.DataFrame | Missing:
    """Two groups' shares of negative comments at each touchpoint, one row per touchpoint.

    `by`: a column of the comments (segment, channel, language, source), of which the two groups
    with the most comments are compared; or "period", the first half of the comments in time and
    the second. Columns out: `touchpoint_id`, `group_a`, `group_b`; `negative_rate` (of b) with
    `_lo`, `_hi`; `rest_rate` (of a); `rate_difference`, b minus a, with `_lo`, `_hi` (Newcombe);
    `p_value` (Benjamini–Hochberg); `verdict` "worse", "better" (b against a), "open", "small"
    (fewer than 20 in either); `n`, `rest_n`; `small`; `method`.
    """
    if isinstance(heard, Missing):
        return heard
    column = "ts" if by == PERIOD else by
    if column not in heard.comments.columns or heard.comments[column].notna().sum() == 0:
        return Missing("feedback", (column,))
    labels, pair = _groups(heard.comments, by)
    if len(pair) < 2:
        return Missing("feedback", (column,))
    pairs = _clear(voices(heard))
    pairs = pairs.assign(group=labels[pairs.comment.to_numpy()])
    sums = _sums(pairs[pairs.group.isin(pair)], ["touchpoint_id", "group"])
    wide = sums.set_index(["touchpoint_id", "group"]).unstack(fill_value=0)
    first, second = (
        pd.DataFrame({name: wide[(name, group)] for name in ("weight", "bad", "squares", "n")})
        for group in pair
    )
    table = _against(second.reset_index(), first.reset_index())
    table = table.assign(rest_n=first.n.to_numpy(), group_a=pair[0], group_b=pair[1])
    small = (table.n < TOO_FEW) | (table.rest_n < TOO_FEW)
    return _judged(table.assign(small=small)).assign(method="method_voice_contrast")


def _groups(comments: pd.DataFrame, by: str) -> tuple[np.ndarray, list[str]]:
    """Each comment's group, and the two that are compared."""
    if by == PERIOD:
        times = pd.to_datetime(comments.ts)
        middle = times.sort_values().iloc[(times.notna().sum() - 1) // 2]
        labels = np.where(times > middle, "later", "earlier").astype(object)
        labels[times.isna()] = None
        return labels, ["earlier", "later"]
    counts = comments[by].replace("", None).value_counts().sort_index(kind="stable")
    largest = counts.sort_values(ascending=False, kind="stable").index[:2]
    return comments[by].to_numpy(object), [str(name) for name in largest]


def _clear(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs[pairs.polarity != "neutral"]


def _sums(pairs: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    bad = (pairs.polarity == "negative") * pairs.weight
    rows = pairs.assign(bad=bad, squares=pairs.weight**2, n=1)
    return rows.groupby(by, sort=True)[["weight", "bad", "squares", "n"]].sum().reset_index()


def _against(sums: pd.DataFrame, rest: pd.DataFrame) -> pd.DataFrame:
    """One set of sums against another, row by row."""
    share, n = _share(sums)
    other, other_n = _share(rest)
    gap = share_difference(share, n, other, other_n)
    lo, hi = wilson(share, n)
    other_lo, other_hi = wilson(other, other_n)
    return pd.DataFrame(
        {
            "touchpoint_id": sums.touchpoint_id,
            "negative_rate": share, "negative_rate_lo": lo, "negative_rate_hi": hi,
            "rest_rate": other, "rest_rate_lo": other_lo, "rest_rate_hi": other_hi,
            "rate_difference": gap.value,
            "rate_difference_lo": gap.lo, "rate_difference_hi": gap.hi,
            "p_value": gap.p_value, "n": sums.n.astype(int), "small": sums.n < TOO_FEW,
        }
    )  # fmt: skip


def _share(sums: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    weight, bad = sums.weight.to_numpy(float), sums.bad.to_numpy(float)
    share = np.divide(bad, weight, out=np.full(len(sums), np.nan), where=weight > 0)
    return share, effective_n(weight, sums.squares)


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """With adjusted p values and verdicts, the largest difference first, small groups last."""
    p_value = adjusted(table.p_value.where(~table.small))
    sure = p_value <= ALPHA
    kinds = [table.small, sure & (table.rate_difference > 0), sure]
    verdict = np.select(kinds, ["small", "worse", "better"], "open")
    return table.assign(p_value=p_value, verdict=verdict).sort_values(
        ["small", "rate_difference", "touchpoint_id"],
        ascending=[True, False, True],
        ignore_index=True,
    )
