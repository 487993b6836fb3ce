"""Control charts of shares for periods of different size, and the point where a share changed.

EWMA sees small lasting shifts, CUSUM adds up the evidence for one of a given size. Their limits
are those that series without a change, of the same periods, rarely cross.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy
from scipy.stats import rankdata

from keytouch.estimate import Floats

LAMBDA = 0.25  # the weight of the newest period in the EWMA
ODDS_RATIO = 1.6  # the shift that the CUSUM waits for: .25 → .35
DRAWS = 999


@dataclass(frozen=True)
class Charts:
    """Charts of one or many series; the last axis is the period, 0 in the baseline.

    `ewma` and its standard error `error` as differences from the baseline share `start`;
    `up`, `down` the CUSUM of evidence (log-likelihood) that the odds rose or fell.
    """

    start: Floats
    ewma: Floats
    error: Floats
    up: Floats
    down: Floats

    @property
    def scores(self) -> Floats:
        """The EWMA in its standard errors."""
        return np.divide(self.ewma, self.error, out=np.zeros_like(self.ewma), where=self.error > 0)

    @property
    def largest(self) -> tuple[Floats, Floats]:
        """The largest distance of each series: of the EWMA in standard errors, of the CUSUM."""
        return np.abs(self.scores).max(axis=-1), np.maximum(self.up, self.down).max(axis=-1)


def charts(bad: Floats, n: Floats, baseline: int) -> Charts:
    """Charts of counts `bad` (series × periods) out of `n` (periods).

    The first `baseline` periods give the share that later ones are held against; its own error
    is part of the EWMA's. Periods without answers leave the charts as they are.
    Source: Roberts 1959; Page 1954; Lucas & Saccucci 1990; Montgomery, Statistical Quality Control.
    """
    base_n = n[:baseline].sum()
    start = (bad[..., :baseline].sum(axis=-1) + 0.5) / (base_n + 1)
    variance = start * (1 - start)
    gain_up, gain_down = (_gains(start, ratio) for ratio in (ODDS_RATIO, 1 / ODDS_RATIO))
    ewma, error, up, down = (np.zeros(bad.shape) for _ in range(4))
    level = high = low = np.zeros(start.shape)
    own, weight = 0.0, 0.0  # Σw²/n and Σw over the periods so far
    for t in range(baseline, bad.shape[-1]):
        if n[t] > 0:
            share = bad[..., t] / n[t] - start
            level = LAMBDA * share + (1 - LAMBDA) * level
            own = LAMBDA**2 / n[t] + (1 - LAMBDA) ** 2 * own
            weight = LAMBDA + (1 - LAMBDA) * weight
            high = np.fmax(high + bad[..., t] * gain_up[0] + (n[t] - bad[..., t]) * gain_up[1], 0)
            low = np.fmax(low + bad[..., t] * gain_down[0] + (n[t] - bad[..., t]) * gain_down[1], 0)
        ewma[..., t], up[..., t], down[..., t] = level, high, low
        error[..., t] = np.sqrt(variance * (own + weight**2 / max(base_n, 1)))
    return Charts(start, ewma, error, up, down)


def _gains(share: Floats, ratio: float) -> tuple[Floats, Floats]:
    """Evidence of one bad and of one good answer that the odds have changed by a ratio."""
    odds = ratio * share / (1 - share)
    changed = odds / (1 + odds)
    return np.log(changed / share), np.log((1 - changed) / (1 - share))


@dataclass(frozen=True)
class Limits:
    """What the charts of a series without a change rarely cross, and how rare this series is.

    `score` for the EWMA in standard errors, `evidence` for the CUSUM; `p_value` of the series.
    """

    score: float
    evidence: float
    p_value: float


def limits(bad: Floats, n: Floats, baseline: int, *, alpha: float, seed: int) -> Limits:
    """Limits that a share `alpha` of such series crosses anywhere if nothing changes.

    The bad answers are dealt again at random over all answers, 999 times: whatever the sizes
    of the periods, and with the error of the baseline, a series without a change crosses
    either chart's limit with chance `alpha`. The p_value is that of the farther chart.
    """
    sizes, total = np.rint(n).astype(np.int64), int(round(bad.sum()))
    random = np.random.default_rng(seed)
    dealt = random.multivariate_hypergeometric(
        sizes, min(total, int(sizes.sum())), size=DRAWS, method="marginals"
    )
    series = np.vstack([bad, dealt])
    both = charts(series, np.where(sizes > 0, n, 0.0), baseline).largest
    rank = np.maximum(*(rankdata(np.round(one, 9), method="max") for one in both)) / len(series)
    cut = np.sort(rank)[int(np.ceil((1 - alpha) * len(series))) - 1]
    score, evidence = (float(np.quantile(one, cut, method="inverted_cdf")) for one in both)
    return Limits(score, evidence, float(np.mean(rank >= rank[0])))


def dispersion(bad: Floats, n: Floats) -> float:
    """How many times as much shares differ from one period to the next as chance would make them.

    1 where the excess may itself be chance (below about its 95 % limit). One lasting change adds
    nothing: only neighbours are compared, and not those at its most likely place.
    Source: von Neumann 1941.

    >>> round(dispersion(np.array([2, 8, 2, 8, 2, 8, 2, 8.0]), np.full(8, 10.0)), 1)
    7.2
    """
    bad, n = bad[n > 0], n[n > 0]
    overall = float(bad.sum() / max(n.sum(), 1e-9))
    if len(n) < 3 or not 0 < overall < 1:
        return 1.0
    chance = overall * (1 - overall) * (1 / n[1:] + 1 / n[:-1])
    steps = np.diff(bad / n) ** 2 / chance
    excess = float(np.delete(steps, change_point(bad, n)[0] - 1).mean())
    return excess if excess > 1 + 1.64 * np.sqrt(3 / len(n)) else 1.0


def change_point(
    bad: Floats, n: Floats, *, level: float = 0.95, least: float = 0
) -> tuple[int, int, int]:
    """The period in which one lasting change of a share began, with an interval of periods.

    Most likely split into two shares, with more than `least` answers on either side; the
    interval holds `level` of the profile likelihood, most likely periods first, with whatever
    lies between. Source: Hinkley 1970, Biometrika 57(1).

    >>> change_point(np.array([2, 2, 2, 8, 8, 8.0]), np.full(6, 10.0))
    (3, 3, 3)
    """
    fit = split_likelihood(bad, n, least=least)
    chance = np.exp(fit - fit.max())
    chance /= chance.sum()
    order = np.argsort(-chance, kind="stable")
    held = order[: int(np.searchsorted(np.cumsum(chance[order]), level)) + 1]
    return int(fit.argmax()) + 1, int(held.min()) + 1, int(held.max()) + 1


def split_likelihood(bad: Floats, n: Floats, *, least: float = 0) -> Floats:
    """The log likelihood of two shares for every split between periods (the last axis of `bad`);
    −∞ where a side has `least` answers or fewer, unless no split has more."""
    before_bad, before_n = np.cumsum(bad, axis=-1)[..., :-1], np.cumsum(n)[:-1]
    after_bad = bad.sum(axis=-1, keepdims=True) - before_bad
    fit = _likelihood(before_bad, before_n) + _likelihood(after_bad, n.sum() - before_n)
    few = (before_n <= least) | (n.sum() - before_n <= least)
    return fit if few.all() or not least else np.where(few, -np.inf, fit)


def _likelihood(bad: Floats, n: Floats) -> Floats:
    """The log-likelihood of counts at their own share."""
    return xlogy(bad, bad / np.fmax(n, 1e-9)) + xlogy(n - bad, (n - bad) / np.fmax(n, 1e-9))
