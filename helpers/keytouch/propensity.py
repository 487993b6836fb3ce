"""What the silent would have scored: the mean weighted so that the answers speak for everybody."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from keytouch.answering import Cells, Z, fact_cells
from keytouch.engine import LazyTable, Missing, collect, from_frame, ifelse, needs
from keytouch.estimate import Floats, wilson

NEGLIGIBLE, SLIGHT = 0.002, 0.01  # of the scale's length
STEPS, RIDGE = 25, 1e-6
MOST_WEIGHT = 20  # no answer speaks for more than this many times the average one's share


@needs("journeys", "answered", "x")
def response_bias(facts: LazyTable, *, scale: tuple[float, float] = (1, 5)) -> pd.DataFrame:
    """The mean score as answered, and as it would be had the silent answered: one row.

    Every answer is weighted by one over the chance to answer of customers with the same facts
    (logistic regression on all facts of `known_facts`, main effects). Columns out: `raw_score`,
    `adjusted_score` and `bias_points` (raw less adjusted) on `scale`, each with `_lo`, `_hi`
    (95 %; the estimated chances are allowed for); `bias`: "up" where the answered mean is
    surely too high, "down" where too low, "none" where the interval holds 0
    or the shift is below a five-hundredth of the scale; `slight`, where it
    is less than a hundredth of the scale; `probability` of
    the shift's sign; `answer_rate` in 0–1 with `_lo`, `_hi`; `n` answers; `asked` (rows that
    the answers can speak for); `out_of_reach` (see `fact_cells`); `facts`, their ids, comma
    separated; `method`.
    It mends only what the facts know: silence that depends on the unknown stays.
    Source: Little 1986, Int. Statistical Review 54 (response propensity); variance by
    M-estimation, Stefanski & Boos 2002, The American Statistician 56(1).
    """
    from scipy.special import ndtr

    cells = fact_cells(facts)
    if not cells.telling:
        return Missing("journeys", ("channel", "segment"))  # type: ignore[return-value]
    raw, mended, shift = _reweighted(cells)
    r, n = cells.answered, cells.asked
    lo, hi = wilson(r / n, n)
    sign = np.abs(shift[0]) / shift[1] if shift[1] > 0 else 0.0
    sure = max(Z * shift[1], NEGLIGIBLE) < abs(shift[0])
    columns: dict[str, float] = {}
    for name, (value, error) in (
        ("raw_score", raw), ("adjusted_score", mended), ("bias_points", shift),
    ):  # fmt: skip
        columns |= _on_scale(name, value, error, scale)
    return pd.DataFrame(
        [
            {
                **columns,
                "bias": ("up" if shift[0] > 0 else "down") if sure else "none",
                "slight": abs(shift[0]) < SLIGHT,
                "probability": float(ndtr(sign)),
                "answer_rate": r / n,
                "answer_rate_lo": float(lo),
                "answer_rate_hi": float(hi),
                "n": r,
                "asked": n,
                "out_of_reach": cells.beyond,
                "facts": ",".join(cells.names),
                "method": "method_propensity",
            }
        ]
    )


def _on_scale(
    name: str, value: float, error: float, scale: tuple[float, float]
) -> dict[str, float]:
    span, start = scale[1] - scale[0], 0.0 if name == "bias_points" else scale[0]
    ends = {"": value, "_lo": value - Z * error, "_hi": value + Z * error}
    return {f"{name}{end}": start + span * number for end, number in ends.items()}


Number = tuple[float, float]


def _reweighted(cells: Cells) -> tuple[Number, Number, Number]:
    """Raw mean, mean by inverse propensity and their difference, each with its standard error.

    All three come from stacked estimating equations, so that the errors know that the
    propensities were estimated and that both means use the same answers.
    """
    table = cells.table
    x = pd.get_dummies(table[cells.names], drop_first=True, dtype=float).to_numpy()
    x = np.column_stack([np.ones(len(x)), x])
    n, r, sy = (table[name].to_numpy(float) for name in ("n", "r", "sy"))
    p = _propensities(x, r, n)
    raw, total = sy.sum() / r.sum(), (r / p).sum()
    mended = (sy / p).sum() / total
    slope = -x.T @ ((1 - p) / p * (sy - mended * r))
    information = x.T @ (x * (n * p * (1 - p))[:, None]) + RIDGE * np.eye(x.shape[1])
    pull = x @ np.linalg.solve(information, slope)
    # An answer y has the influence a + b y on a mean, a silent customer the influence c.
    one = np.ones(len(table))
    of_raw = np.stack([-raw / r.sum() * one, one / r.sum(), 0 * one])
    of_mended = np.stack([-mended / p + pull * (1 - p), 1 / p, -pull * p]) / total
    errors = _errors(cells, (of_raw, of_mended, of_raw - of_mended))
    values = (float(raw), float(mended), float(raw - mended))
    return tuple(zip(values, errors))  # type: ignore[return-value]


def _errors(cells: Cells, influences: Sequence[Floats]) -> list[float]:
    """The standard errors of estimates from their influences (a, b, c) in each cell.

    Where customers are known the influences add up over a customer's journeys.
    """
    table = cells.table
    if "unit" not in cells.rows.columns:
        r, sy, syy, n = (table[name].to_numpy(float) for name in ("r", "sy", "syy", "n"))
        squares = (
            a**2 * r + 2 * a * b * sy + b**2 * syy + c**2 * (n - r) for a, b, c in influences
        )
        return [float(np.sqrt(part.sum())) for part in squares]
    facts = [name for name in table if name not in ("n", "r", "sy", "syy")]
    known = table[facts].assign(
        **{f"{k}_{part}": values for k, each in enumerate(influences)
           for part, values in zip("abc", each)}
    )  # fmt: skip
    rows = cells.rows.join(from_frame(known), facts)
    places = [str(k) for k in range(len(influences))]
    each = rows.group_by("unit").agg(
        **{f"u{k}": ifelse(rows.answered, rows[f"{k}_a"] + rows[f"{k}_b"] * rows.x,
                           rows[f"{k}_c"]).sum() for k in places}
    )  # fmt: skip
    sums = collect(each.agg(**{f"s{k}": (each[f"u{k}"] * each[f"u{k}"]).sum() for k in places}))
    return [float(np.sqrt(sums[f"s{k}"].iloc[0])) for k in places]


def _propensities(x: Floats, r: Floats, n: Floats) -> Floats:
    """The chance to answer in each cell, by logistic regression (Newton's method)."""
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(r.sum() / (n.sum() - r.sum()))
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-x @ beta))
        information = x.T @ (x * (n * p * (1 - p))[:, None]) + RIDGE * np.eye(len(beta))
        step = np.linalg.solve(information, x.T @ (r - n * p))
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return np.fmax(1 / (1 + np.exp(-x @ beta)), r.sum() / n.sum() / MOST_WEIGHT)
