"""What moves an outcome that is no score: churn, conversion, promoting, an ordered answer.

The same triangle and verdicts as `drivers`, on the odds of the outcome: correlation, relative
weight on the scale of the log odds, and own effect with the other touchpoints held fixed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keytouch.drivers import Draws, among_top, correlation_columns, draws_of
from keytouch.engine import LazyTable, Missing, cases, literal, needs, union
from keytouch.fits import influence
from keytouch.individuals import Individuals, individuals
from keytouch.ordered_logit import OrderedLogit, ordered_logit
from keytouch.resample import (
    WHOLE,
    answers_by_respondent,
    journey_key,
    resampled,
    scattered,
    sums_of_array,
)
from keytouch.satisfaction import of_metric, overall
from keytouch.variance_shares import johnson
from keytouch.verdicts import chance, chance_of_all, flipped, halo_weights, verdicts

Floats = NDArray[np.float64]
LEVELS = 12


@needs("feedback", "score", "touchpoint_id")
def importance_for(
    feedback: LazyTable,
    outcomes: LazyTable | None = None,
    *,
    outcome: str = "promoter",
    wanted: bool = True,
    scale: tuple[float, float] = (1, 5),
    min_n: int = 30,
    material: float = 0.02,
    draws: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """What moves the odds of an outcome, one row per touchpoint, with the triangle's verdict.

    `outcome` is a column of `outcomes` (a table with journey_id or customer_id): yes or no, or a
    number of up to 12 ordered levels; without `outcomes`, "promoter" (recommends with 9–10) or
    "overall" (the levels of the overall answer). `wanted` is False for a bad one, like churn: an
    own effect is then one that lowers it.
    Columns out, each with `_lo`, `_hi` (95 %): `odds_ratio`, the odds of a higher level per
    touchpoint point on `scale`, the others held fixed; `effect_rate`, the change of the top
    level's share in 0–1 per point (average marginal effect among those who used it);
    `correlation`; `explained_share`, relative weight in 0–1 of what the touchpoints explain of the
    log odds. `halo_share`, `p_correlation`, `p_own`, `verdict` as in `importance`, with `material`
    in shares per point; `p_material`; `p_top`; `n` respondents who scored it and whose outcome is
    known; `events` of the top level among all; `small` where n < `min_n`; `r2` (McKelvey–Zavoina);
    `method`. Sorted by p_top, then explained share.
    Blanks are filled by what the same person's other answers lead to expect; not used counts as
    unmoved. A customer's outcome counts with each of the customer's journeys; intervals are
    robust to that. At most 40,000 respondents, a fixed sample of more.
    Source: Tonidandel & LeBreton 2010, J. Business and Psychology 25; McCullagh 1980.
    """
    answers = _answers(feedback, outcomes, outcome)
    people = answers if isinstance(answers, Missing) else individuals(answers)
    if isinstance(people, Missing):
        return people  # type: ignore[return-value]
    levels, level = np.unique(people.whole, return_inverse=True)
    if not 2 <= len(levels) <= LEVELS:
        return Missing("feedback", (outcome,))  # type: ignore[return-value]
    sums = sums_of_array(
        people.scores, people.whole, used=people.used, cluster=people.cluster, weight=people.weight
    )
    renamed = sums.renamed(people.touchpoints)
    drawn = draws_of(renamed, draws=draws, seed=seed, min_n=min_n)
    if isinstance(drawn, Missing):
        return drawn  # type: ignore[return-value]
    model = _Model(drawn, people.only(drawn.touchpoints), level, draws=draws, seed=seed)
    table = model.table(scale, min_n=min_n, material=material, wanted=wanted, seed=seed)
    order = ["p_top", "explained_share", "touchpoint_id"]
    table = table.sort_values(order, ascending=[False, False, True])
    return table.reset_index(drop=True)


def _answers(feedback: LazyTable, outcomes: LazyTable | None, outcome: str) -> LazyTable | Missing:
    """Answers by respondent, with the outcome in place of the overall answer."""
    key = journey_key(feedback)
    if outcomes is None:
        if outcome == "overall":
            return answers_by_respondent(feedback)
        found = of_metric(overall(feedback), "nps")
        found = found.filter((found.status == "answered") & found.score.notnull())
        outcomes = found.mutate(**{outcome: cases((found.score >= 9, 1.0), else_=0.0)})
    parts = answers_by_respondent(feedback)
    if isinstance(parts, Missing):
        return parts
    own = next((name for name in (key, "customer_id") if name in outcomes.columns), None)
    if own is None or outcome not in outcomes.columns:
        return Missing("customers", (outcome,))
    known = outcomes.filter(outcomes[outcome].notnull() & outcomes[own].notnull())
    known = known.group_by(at=known[own].cast("string")).agg(
        y=known[outcome].cast("int64").cast("float64").max()
    )
    parts = parts.filter(parts["item"] != WHOLE)
    by = "key" if own == key else "cluster"
    people = parts.group_by("key").agg(
        cluster=parts.cluster.min(), w=parts.w.mean(), w1=parts.w1.mean()
    )
    people = people.mutate(at=people[by].cast("string")).join(known, "at")
    whole = people.mutate(item=literal(WHOLE), used=literal(1.0), x=people.y)
    columns = ["key", "cluster", "item", "used", "x", "w", "w1"]
    return union(parts.select(columns), whole.select(columns))


class _Model:
    """The fitted logit with its bootstrap: coefficients per SD of deviation over everybody."""

    def __init__(
        self, drawn: Draws, people: Individuals, level: NDArray[np.int64], *, draws: int, seed: int
    ):
        self.drawn, self.people, self.level = drawn, people, level
        one = drawn.model.one()
        self.R = one.R
        self.sd = np.sqrt(np.diag(one.cov))[:-1]
        away = people.deviations(one.mean[:-1], one.cov[:-1, :-1]) / self.sd
        weight = people.weight / people.weight.mean()
        self.logit: OrderedLogit = ordered_logit(away, level, weight)
        who = scattered(people.cluster)
        buckets = int(who.max()) + 1
        self.moves = np.stack(
            [np.bincount(who, part, buckets) for part in self.logit.influence.T], axis=1
        )
        self.part = (np.bincount(who, weight, buckets) / weight.sum())[:, None]
        counts = resampled(buckets, draws=draws, seed=seed)
        self.draws = self.logit.coef + (counts - 1) @ self.moves
        self.se = self.draws.std(axis=0)
        spread = float(self.logit.coef @ self.R @ self.logit.coef)
        self.r2 = spread / (spread + np.pi**2 / 3)

    def table(
        self, scale: tuple[float, float], *, min_n: int, material: float, wanted: bool, seed: int
    ) -> pd.DataFrame:
        sign = 1.0 if wanted else -1.0
        drawn, coef = self.drawn, self.logit.coef
        columns = self._effects(scale[1] - scale[0])
        columns |= correlation_columns(drawn) | self._weights()
        own = flipped(self.moves + self.part * coef, seed=seed)
        table = pd.DataFrame({"touchpoint_id": drawn.touchpoints, **columns}).assign(
            p_own=chance_of_all(*own),
            p_correlation=self._p_correlation(seed),
            p_material=(sign * self.draws * self._per_point(scale) >= material).mean(axis=0),
            p_top=among_top(sign * self.draws),
            n=drawn.n,
            events=int((self.level == self.level.max()).sum()),
            small=drawn.n < min_n,
            r2=self.r2,
            material=material,
            method="method_logistic_weights",
        )
        high = table.effect_rate_hi if wanted else -table.effect_rate_lo
        table["verdict"] = verdicts(
            p_own=table.p_own, p_correlation=table.p_correlation, slope=sign * coef, slope_hi=high,
            weight=table.explained_share, weight_null=table.halo_share, material=material,
        )  # fmt: skip
        return table

    def _per_point(self, scale: tuple[float, float]) -> Floats:
        """From a coefficient to the top level's share per point, among those who used it."""
        used = self.people.used * np.isfinite(self.people.scores) * self.people.weight[:, None]
        steep = (used * self.logit.density[:, -1:]).sum(axis=0) / np.fmax(used.sum(axis=0), 1e-12)
        return steep / (self.sd * (scale[1] - scale[0]))

    def _effects(self, span: float) -> dict[str, Floats]:
        coef, half = self.logit.coef, self.drawn.t * self.se
        ends = {"": coef, "_lo": coef - half, "_hi": coef + half}
        rate = self._per_point((0.0, span))
        odds = {f"odds_ratio{end}": np.exp(b / (self.sd * span)) for end, b in ends.items()}
        return odds | {f"effect_rate{end}": b * rate for end, b in ends.items()}

    def _weights(self) -> dict[str, Floats]:
        """Relative weights of the log odds as shares, over draws, and what halo alone gives."""
        coef = self.logit.coef
        shares = [_share(self.R, coef), _share(self.drawn.again.R, self.draws)]
        lo, hi = np.quantile(shares[1], [0.025, 0.975], axis=0)
        pull = self.R @ coef
        null = halo_weights(self.R, pull, coef, self.se, exact=0) / max(float(coef @ pull), 1e-12)
        low, high = np.fmin(lo, shares[0]), np.fmax(hi, shares[0])
        return {
            "explained_share": shares[0],
            "explained_share_lo": low,
            "explained_share_hi": high,
            "halo_share": np.fmin(null, 1),
        }

    def _p_correlation(self, seed: int) -> Floats:
        return chance(*flipped(influence(self.drawn.sums, self.drawn.model).alone, seed=seed))


def _share(R: Floats, coef: Floats) -> Floats:
    weights = johnson(R, np.einsum("...ij,...j->...i", R, coef))
    return weights / np.fmax(weights.sum(axis=-1, keepdims=True), 1e-12)
