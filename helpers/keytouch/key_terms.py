"""Which terms one group of clauses holds more often than another: more than chance, not just often.

Raw shares favour words that everybody uses, ratios favour words that were met once. Log-odds with
a prior from both groups together favour neither.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import false_discovery_control, hypergeom

from keytouch.estimate import LEVEL, Floats, wilson

FEWEST = 5  # documents in both groups together: of rarer terms nothing can be said
PRIOR = 0.2  # the prior's documents, as a share of the smaller group's

Counts = Mapping[str, float] | pd.Series


def keyness(
    counts_a: Counts,
    counts_b: Counts,
    *,
    documents: tuple[float, float] | None = None,
    prior: float | None = None,
    fewest: int = FEWEST,
) -> pd.DataFrame:
    """How much more often one group's documents hold a term than another's, one row per term.

    `counts_a`, `counts_b`: in how many documents (clauses) of each group a term stands. A
    document counts once however often it repeats the term, so that one angry writer doesn't
    make a key term. `documents`: how many there are in each group (default: the sums of the
    counts, as fits counts of occurrences). `prior`: documents that the prior is worth; they hold
    each term at the rate of both groups together, and pull small counts towards no difference.

    Columns out: `term`; `n_a`, `n_b` documents that hold it; `rate_a`, `rate_b` in 0–1 with
    `_lo`, `_hi` (Wilson); `log_odds` of a against b with `log_odds_lo`, `_hi` (normal); `z`;
    `p_value` (two-sided, Fisher's exact test, mid-p) and `q_value` (Benjamini & Hochberg over
    the rows); `n` = n_a + n_b; `method`. Highest z first, ties by term. Terms with fewer than
    `fewest` documents in all are left out; a term that a group lacks counts 0 there; blank
    counts are 0.
    Source: Monroe, Colaresi & Quinn 2008, Fightin' Words, Political Analysis 16(4).

    >>> table = keyness({"slow": 30, "lift": 9}, {"slow": 10, "lift": 9}, documents=(100, 100))
    >>> table.term.tolist(), table.z.round(1).tolist()
    (['slow', 'lift'], [3.1, 0.0])
    """
    a, b = (pd.Series(counts, dtype=float).fillna(0.0) for counts in (counts_a, counts_b))
    total = documents or (float(a.sum()), float(b.sum()))
    both = pd.DataFrame({"n_a": a, "n_b": b}).fillna(0.0)
    both = both[both.n_a + both.n_b >= fewest]
    y_a, y_b = both.n_a.to_numpy(float), both.n_b.to_numpy(float)
    if (y_a > total[0]).any() or (y_b > total[1]).any():
        raise ValueError(f"a term stands in more documents than there are: {total}")
    worth = PRIOR * min(total) if prior is None else prior
    log_odds, error = _log_odds(y_a, y_b, total, worth)
    p_value = _chance(y_a, y_b, total)
    half = ndtri((1 + LEVEL) / 2) * error
    table = pd.DataFrame({"term": both.index.astype(str), "n_a": y_a.astype(int)}).assign(
        n_b=y_b.astype(int),
        **_rates("rate_a", y_a, total[0]),
        **_rates("rate_b", y_b, total[1]),
        log_odds=log_odds,
        log_odds_lo=log_odds - half,
        log_odds_hi=log_odds + half,
        z=log_odds / error,
        p_value=p_value,
        q_value=false_discovery_control(p_value) if len(p_value) else p_value,
        n=(y_a + y_b).astype(int),
        method="method_keyness",
    )
    return table.sort_values(["z", "term"], ascending=[False, True], ignore_index=True)


def _chance(y_a: Floats, y_b: Floats, total: tuple[float, float]) -> Floats:
    """Two-sided mid-p of Fisher's exact test: a term that one group lacks has no normal error."""
    # Few pairs of counts are met, though many terms: each is asked once.
    pairs = np.rint(np.column_stack([y_a, y_b])).astype(np.int64)
    met, place = np.unique(pairs, axis=0, return_inverse=True)
    a, b = met.T
    one, other = (int(round(size)) for size in total)
    law = hypergeom(one + other, a + b, one)
    point = 0.5 * law.pmf(a)
    return np.fmin(1.0, 2 * np.fmin(law.sf(a) + point, law.cdf(a - 1) + point))[place]


def _log_odds(
    y_a: Floats, y_b: Floats, total: tuple[float, float], worth: float
) -> tuple[Floats, Floats]:
    """Log-odds of each term, a against b, and their standard error, with the prior in both."""
    both = sum(total)
    edge = 0.5 / max(both, 1.0)  # a term in every document still leaves odds
    pooled = np.clip((y_a + y_b) / max(both, 1.0), edge, 1 - edge)
    held, not_held = worth * pooled, worth * (1 - pooled)
    with_a, with_b = y_a + held, y_b + held
    without_a, without_b = total[0] - y_a + not_held, total[1] - y_b + not_held
    log_odds = np.log(with_a / without_a) - np.log(with_b / without_b)
    return log_odds, np.sqrt(1 / with_a + 1 / without_a + 1 / with_b + 1 / without_b)


def _rates(name: str, held: Floats, documents: float) -> dict[str, Floats]:
    """Shares of a group's documents with their Wilson intervals."""
    rate = held / max(documents, 1.0)
    lo, hi = wilson(rate, np.full_like(rate, documents))
    return {name: rate, f"{name}_lo": lo, f"{name}_hi": hi}
