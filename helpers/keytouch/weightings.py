"""Would other weights choose other touchpoints? Random weightings around the chosen one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from keytouch.engine import Missing
from keytouch.estimate import Floats
from keytouch.key_levels import WEIGHTS, checked_weights, multiplier

DRAWS, SEED, TOP = 2000, 1, 3
SPREAD = 12.0  # how tightly random weightings lie around the chosen one


def weight_sensitivity(
    keys: pd.DataFrame | Missing,
    *,
    weights: Mapping[str, float] | None = None,
    top: int = TOP,
    draws: int = DRAWS,
    seed: int = SEED,
) -> pd.DataFrame | Missing:
    """How a touchpoint's rank changes with the weights, one row per touchpoint.

    Reads the table of `key_touchpoints`. Weightings are drawn from a Dirichlet distribution with
    the chosen weights as its mean (a weight of .2 falls between about .04 and .44 in 95 % of
    them); effects and levels stay at their estimates, so that only the weights move.
    Columns out: `touchpoint_id`; `rank` under the chosen weights, `rank_p50`, `rank_lo`,
    `rank_hi`, its median and 95 % range over weightings; `p_stays`, the share of weightings in
    which it is among the first `top`; `matters`, the component whose weight goes along most with
    its rank, and `pull`, that rank correlation, −1…1, positive where more weight lifts it (blank
    and 0 where the rank never changes); `n`, `method`. In order of rank.
    A component that is known for no touchpoint has no weight. Source: Butler, Jia & Dyer 1997.
    """
    if isinstance(keys, Missing):
        return keys
    levels = levels_of(keys)
    chosen = checked_weights(weights)
    names = ["importance", *levels]
    alpha = np.array([chosen[name] for name in names])
    alpha = alpha / alpha.sum() if alpha.sum() > 0 else np.full(len(names), 1 / len(names))
    drawn = np.random.default_rng(seed).dirichlet(SPREAD * np.fmax(alpha, 1e-3), draws)
    effect = np.fmax(keys.slope.to_numpy(float), 0)
    ranks = ranks_of(_indices(effect, levels, dict(zip(names, drawn.T[:, :, None]))))
    matters, pull = _what_matters(ranks, drawn, names)
    lo, middle, hi = np.quantile(ranks, [0.025, 0.5, 0.975], axis=0)
    rank = ranks_of(_indices(effect, levels, dict(zip(names, alpha)))[None])[0]
    table = pd.DataFrame(
        {
            "touchpoint_id": keys.touchpoint_id.to_numpy(),
            "rank": rank,
            "rank_p50": middle,
            "rank_lo": lo,
            "rank_hi": hi,
            "p_stays": (ranks <= top).mean(axis=0),
            "matters": matters,
            "pull": pull,
            "n": keys.n.to_numpy(),
            "method": "method_weightings",
        }
    )
    return table.sort_values(["rank", "touchpoint_id"]).reset_index(drop=True)


def levels_of(keys: pd.DataFrame) -> dict[str, Floats]:
    """The levels that a table of keys knows for at least one touchpoint."""
    columns = {name: f"level_{name}" for name in WEIGHTS if f"level_{name}" in keys}
    levels = {name: keys[column].to_numpy(float) for name, column in columns.items()}
    return {name: level for name, level in levels.items() if np.isfinite(level).any()}


def _indices(effect: Floats, levels: Mapping[str, Floats], weights: Mapping[str, Floats]) -> Floats:
    return effect * multiplier(levels, weights)


def ranks_of(index: Floats) -> Floats:
    """Ranks [draws, p] of an index, 1 for the largest; ties share the better one.

    >>> ranks_of(np.array([[3.0, 5.0, 5.0]])).tolist()
    [[3, 1, 1]]
    """
    return 1 + (index[:, None, :] > index[:, :, None] + 1e-12).sum(axis=2)


def _what_matters(
    ranks: Floats, drawn: Floats, names: list[str]
) -> tuple[list[str | None], list[float]]:
    """Per touchpoint the component whose weight goes along most with a better rank."""
    from scipy.stats import rankdata

    places = rankdata(drawn, axis=0)
    places = (places - places.mean(axis=0)) / places.std(axis=0)
    matters: list[str | None] = []
    pull = []
    for rank in ranks.T.astype(float):
        if rank.std() == 0:
            matters.append(None)
            pull.append(0.0)
            continue
        order = rankdata(-rank)
        order = (order - order.mean()) / order.std()
        together = places.T @ order / len(order)
        best = int(np.abs(together).argmax())
        matters.append(names[best])
        pull.append(float(together[best]))
    return matters, pull
