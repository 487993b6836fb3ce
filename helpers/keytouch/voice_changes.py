"""One lasting change of the share of negative comments at each touchpoint, and when it began.

Control charts need many comments a week. Where there are fewer, all weeks together can still say
whether one split in time parts them better than chance would.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from keytouch.comments import TOO_FEW
from keytouch.contrasts import adjusted, share_difference
from keytouch.control_charts import change_point, split_likelihood
from keytouch.engine import Missing
from keytouch.estimate import wilson
from keytouch.hearing import Heard
from keytouch.voice_trends import dated_voices

DRAWS = 1999
LEAST_SIDE = 8  # comments on either side of a split
ALPHA = 0.05


def change_dates(heard: Heard | Missing, *, seed: int = 1) -> pd.DataFrame | Missing:
    """The most likely change at each touchpoint, one row per touchpoint with 20 comments or more.

    Columns out: `touchpoint_id`; `since`, the Monday from which the share of negative comments
    most likely differs, with `since_lo`, `since_hi` (95 % profile likelihood); `rest_rate`
    before and `negative_rate` after it, with `_lo`, `_hi` (Wilson), and `rate_difference` with
    `_lo`, `_hi` (Newcombe): the date was chosen to make it large, so it flatters the change;
    `p_alone`, the chance of so clear a split anywhere if nothing changed (permutation of comments
    over weeks, 1,999 draws); `p_value`, the same adjusted for the touchpoints judged
    (Benjamini–Hochberg); `verdict` "worse" or "better" (adjusted at most .05), else "open"; `n`
    after and `rest_n` before; `method`. Clearest first. Survey weights don't count here.
    Source: Hinkley 1970, Biometrika 57(1); Benjamini & Hochberg 1995.
    """
    pairs = dated_voices(heard)
    if isinstance(pairs, Missing):
        return pairs
    if pairs.empty:
        return Missing("touchpoints", ("terms",))
    week = pairs.ts.dt.to_period("W")
    first, last = week.min(), week.max()
    places = (week.astype("int64") - first.ordinal).to_numpy()
    size = last.ordinal - first.ordinal + 1
    bad = (pairs.polarity == "negative").to_numpy()
    rows = []
    for name in sorted(set(pairs.touchpoint_id)):
        here = (pairs.touchpoint_id == name).to_numpy()
        total = np.bincount(places[here], minlength=size)
        count = np.bincount(places[here & bad], minlength=size)
        row = _change(count, total, seed) if here.sum() >= TOO_FEW else None
        if row:
            dates = {f"since{end}": (first + row.pop(f"place{end}")).start_time
                     for end in ("", "_lo", "_hi")}  # fmt: skip
            rows.append({"touchpoint_id": name, **dates, **row})
    if not rows:
        return Missing("feedback", ("comment",))
    return _judged(pd.DataFrame(rows))


def _change(bad: np.ndarray, n: np.ndarray, seed: int) -> dict[str, Any] | None:
    """The best split of one touchpoint's weeks; None where no split leaves enough on both sides."""
    before = np.cumsum(n)[:-1]
    if not ((before > LEAST_SIDE) & (n.sum() - before > LEAST_SIDE)).any():
        return None
    random = np.random.default_rng(seed)
    drawn = random.multivariate_hypergeometric(n, int(bad.sum()), size=DRAWS, method="marginals")
    fits = split_likelihood(
        np.vstack([bad, drawn]).astype(float), n.astype(float), least=LEAST_SIDE
    )
    seen, *by_chance = fits.max(axis=1)
    place, lo, hi = change_point(bad.astype(float), n.astype(float), least=LEAST_SIDE)
    return {
        "place": place, "place_lo": lo, "place_hi": hi,
        "bad": int(bad[place:].sum()), "n": int(n[place:].sum()),
        "rest_bad": int(bad[:place].sum()), "rest_n": int(n[:place].sum()),
        "p_alone": (1 + (np.array(by_chance) >= seen - 1e-9).sum()) / (DRAWS + 1),
    }  # fmt: skip


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    share, rest = table.bad / table.n, table.rest_bad / table.rest_n
    lo, hi = wilson(share, table.n)
    rest_lo, rest_hi = wilson(rest, table.rest_n)
    gap = share_difference(share, table.n, rest, table.rest_n)
    p_value = adjusted(table.p_alone)
    verdict = np.where(p_value > ALPHA, "open", np.where(gap.value > 0, "worse", "better"))
    table = table.drop(columns=["bad", "rest_bad"]).assign(
        negative_rate=share, negative_rate_lo=lo, negative_rate_hi=hi,
        rest_rate=rest, rest_rate_lo=rest_lo, rest_rate_hi=rest_hi,
        rate_difference=gap.value, rate_difference_lo=gap.lo, rate_difference_hi=gap.hi,
        p_value=p_value, verdict=verdict, method="method_voice_changes",
    )  # fmt: skip
    return table.sort_values(["p_alone", "touchpoint_id"], ignore_index=True)
