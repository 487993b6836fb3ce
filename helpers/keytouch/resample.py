"""Resampling customers at any scale: sums per bucket of customers, weighted anew for each draw.

Whole customers are resampled, because answers of one customer are no independent news. Each
customer falls into one of at most a thousand buckets; one query brings every bucket's sums of
products of pairs of items, and a draw of the bootstrap weights the buckets by a multinomial. So
a thousand draws cost one matrix product, however many respondents there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from keytouch.engine import (
    LazyTable,
    Missing,
    cases,
    collect,
    dense_rank,
    from_frame,
    ifelse,
    literal,
    row_number,
    union,
    window,
)
from keytouch.satisfaction import at_touchpoints, of_metric, overall, with_weights

Floats = NDArray[np.float64]
WHOLE = "(overall)"
BUCKETS, ROOM, FEWEST = 1000, 450_000, 10
PRIME = 2_147_483_647
SUMS = ("known", "sw", "sa", "sab", "saa")


def journey_key(data: LazyTable) -> str | None:
    """The column that says which rows belong to one journey: journey_id, else customer_id."""
    return next((name for name in ("journey_id", "customer_id") if name in data.columns), None)


def answers_by_respondent(feedback: LazyTable, *, metric: str = "csat") -> LazyTable | Missing:
    """One row per respondent and touchpoint, the overall answer as touchpoint "(overall)". Lazy.

    Columns: `key` (respondent), `cluster` (customer, where known), `item`, `used` (1; 0 where the
    touchpoint was not used), `x` in 0–1 (the mean where somebody answered twice; 0 where not
    used), `w`, `w1`. A respondent is a journey where feedback carries journey_id, else a
    customer. Blank and don't know have no row.
    """
    key = journey_key(feedback)
    if key is None or "touchpoint_id" not in feedback.columns:
        return Missing("feedback", ("customer_id",))
    data = _with_states(with_weights(feedback.filter(feedback[key].notnull())))
    parts = at_touchpoints(data)
    if "metric" in data.columns:
        parts = parts.filter(parts.metric == "csat")
    whole = of_metric(overall(data), metric)
    whole = whole.filter(whole.used == 1.0)
    return union(_tall(parts, key, parts.touchpoint_id), _tall(whole, key, literal(WHOLE)))


def _with_states(data: LazyTable) -> LazyTable:
    """Answered and not used rows, with `x` and `used`."""
    lo, hi = data.scale_lo.cast("float64"), data.scale_hi.cast("float64")
    answered = (data.status == "answered") & data.score.notnull()
    data = data.mutate(
        used=cases((answered, 1.0), else_=0.0),
        x=cases((answered, (data.score.cast("float64") - lo) / (hi - lo)), else_=0.0),
    )
    return data.filter((data.used == 1.0) | (data.status == "not_used"))


def _tall(data: LazyTable, key: str, item: object) -> LazyTable:
    who = data[key].cast("string")
    if "customer_id" in data.columns:
        who = data.customer_id.cast("string").fill_null(who)
    grouped = data.mutate(cluster=who).group_by(key=data[key], item=item)
    table = grouped.agg(
        cluster=lambda t: t.cluster.min(),
        answers=lambda t: t.used.sum(),
        x=lambda t: t.x.sum(),
        w=lambda t: t.w.mean(),
        w1=lambda t: t.w1.mean(),
    )
    many = ifelse(table.answers > 1.0, table.answers, 1.0)
    used = cases((table.answers > 0.0, 1.0), else_=0.0)
    return table.mutate(x=table.x / many, used=used).drop("answers")


@dataclass(frozen=True)
class Sums:
    """Sums over respondents who gave both of two items, for each bucket of customers.

    Items are the touchpoints, sorted, and the overall answer last: m in all. Arrays are
    [buckets, m, m]: `known` (weight of those whose state is known for both, answered or not
    used), and over those who answered both: `sw` (weight), `sa` (of the first item), `sab` (of
    the product) and `saa` (of the first item squared). `n` [m, m] counts respondents who
    answered both, `n_known` those whose state is known, `n_eff` [m, m] is Kish's. `size` [buckets]
    counts customers.
    """

    items: tuple[str, ...]
    known: Floats
    sw: Floats
    sa: Floats
    sab: Floats
    saa: Floats
    n: Floats
    n_known: Floats
    n_eff: Floats

    @property
    def touchpoints(self) -> list[str]:
        return list(self.items[:-1])

    @property
    def buckets(self) -> int:
        return len(self.sw)

    def only(self, items: Sequence[str]) -> Sums:
        """The same sums for some of the touchpoints."""
        at = [self.items.index(name) for name in (*items, self.items[-1])]
        pick = np.ix_(range(self.buckets), at, at)
        arrays = [getattr(self, name)[pick] for name in SUMS]
        whole = [getattr(self, name)[np.ix_(at, at)] for name in ("n", "n_known", "n_eff")]
        return Sums((*items, self.items[-1]), *arrays, *whole)

    def renamed(self, touchpoints: Sequence[str]) -> Sums:
        """The same sums under other names."""
        return replace(self, items=(*touchpoints, self.items[-1]))

    def weighted(self, weights: Floats) -> dict[str, Floats]:
        """The sums [draws, m, m] when bucket g counts `weights` [draws, buckets] times."""
        m = len(self.items)
        return {
            name: (weights @ getattr(self, name).reshape(self.buckets, -1)).reshape(-1, m, m)
            for name in SUMS
        }

    def total(self) -> dict[str, Floats]:
        """The sums over everybody, as one draw."""
        return {name: getattr(self, name).sum(axis=0)[None] for name in SUMS}


def usable(sums: Sums) -> list[str]:
    """The touchpoints that vary and were answered by enough beside the overall question."""
    total = {name: array[0] for name, array in sums.total().items()}
    n = np.fmax(np.diag(total["sw"]), 1e-12)
    varies = np.diag(total["saa"]) / n - (np.diag(total["sa"]) / n) ** 2 > 1e-9
    enough = (sums.n[:, -1] >= FEWEST) & varies & varies[-1]
    return [name for name, good in zip(sums.touchpoints, enough) if good]


def resampled(buckets: int, *, draws: int, seed: int) -> Floats:
    """How often each bucket counts in each draw of the bootstrap [draws, buckets].

    Source: Efron 1979; resampling whole clusters: Davison & Hinkley 1997, section 3.8.
    """
    random = np.random.default_rng(seed)
    return random.multinomial(buckets, np.full(buckets, 1 / buckets), draws).astype(float)


def bucket_sums(
    feedback: LazyTable, *, metric: str = "csat", buckets: int = BUCKETS
) -> Sums | Missing:
    """Every bucket's sums of products, from feedback, in one query.

    Customers are numbered by their key and scattered over the buckets by that number; up to
    `buckets` customers each have their own. Fewer buckets are used for many touchpoints, so that
    the query's result stays bounded. Missing without an overall answer.
    """
    answers = answers_by_respondent(feedback, metric=metric)
    if isinstance(answers, Missing):
        return answers
    return sums_of(answers, buckets=buckets)


def sums_of(answers: LazyTable, *, buckets: int = BUCKETS) -> Sums | Missing:
    """Every bucket's sums of products, from a table as `answers_by_respondent` returns it."""
    items = sorted(collect(answers.filter(answers.used == 1.0).select("item").distinct())["item"])
    if WHOLE not in items or len(items) < 2:
        return Missing("feedback", ("touchpoint_id", "score"))
    items = [*(name for name in items if name != WHOLE), WHOLE]
    pairs = len(items) * (len(items) + 1) // 2
    rows = collect(_pair_sums(answers, items, min(buckets, max(100, ROOM // pairs))))
    return _folded(rows, items)


def _pair_sums(answers: LazyTable, items: Sequence[str], buckets: int) -> LazyTable:
    """One row per bucket and unordered pair of items (`a` ≤ `b`, places in `items`). Lazy."""
    codes = from_frame(pd.DataFrame({"item": list(items), "code": range(len(items))}))
    data = answers.join(codes, "item").join(placed(answers, buckets), "key")
    data = data.select("respondent", "bucket", "code", "used", "x", "w", "w1")
    other = data.select("respondent", b="code", xb="x", ub="used")
    both = data.rename(a="code", xa="x", ua="used").join(other, "respondent")
    both = both.filter(both.a <= both.b)
    used = both.ua * both.ub
    w = both.w * used
    return both.group_by("bucket", "a", "b").agg(
        n=used.sum(),
        n_known=both.count(),
        known=both.w.sum(),
        sw=w.sum(),
        ww=(w * both.w1).sum(),
        sa=(w * both.xa).sum(),
        sb=(w * both.xb).sum(),
        saa=(w * both.xa * both.xa).sum(),
        sbb=(w * both.xb * both.xb).sum(),
        sab=(w * both.xa * both.xb).sum(),
    )


def placed(answers: LazyTable, buckets: int) -> LazyTable:
    """Each respondent's number, customer's number and bucket, by `key`. Lazy.

    Up to `buckets` customers each have their own bucket; more are scattered over them.
    """
    people = answers.group_by("key").agg(cluster=answers.cluster.min())
    first = window(order_by=["cluster", "key"])
    people = people.mutate(
        respondent=row_number().over(first).cast("int64"),
        place=dense_rank().over(window(order_by="cluster")).cast("int64"),
    )
    people = people.mutate(customers=people.place.max().over(window()) + 1)
    mixed = (people.place + 1) * 48_271 % PRIME
    for factor in (69_621, 16_807):  # squares modulo a prime have no order left
        mixed = (mixed * mixed % PRIME) * factor % PRIME
    few = people.customers <= buckets
    bucket = ifelse(few, people.place, mixed % buckets)
    return people.select("key", "respondent", customer="place", bucket=bucket)


def _folded(rows: pd.DataFrame, items: Sequence[str]) -> Sums:
    """The query's rows as arrays; each pair stands there both ways round."""
    g = np.unique(rows.bucket.to_numpy(), return_inverse=True)[1]
    a, b = rows.a.to_numpy(int), rows.b.to_numpy(int)

    def filled(there: str, back: str) -> Floats:
        """`there` of the pair as it stands, `back` of the pair turned round."""
        array = np.zeros((int(g.max()) + 1, len(items), len(items)))
        array[g, a, b] = rows[there].to_numpy(float)
        array[g, b, a] = rows[back].to_numpy(float)
        return array

    totals = [filled(name, name).sum(axis=0) for name in ("n", "n_known", "ww")]
    return _sums(
        items, filled("known", "known"), filled("sw", "sw"), filled("sa", "sb"),
        filled("sab", "sab"), filled("saa", "sbb"), *totals,
    )  # fmt: skip


def _sums(items: Sequence[str], known, sw, sa, sab, saa, n, n_known, ww) -> Sums:  # noqa: ANN001
    weight = sw.sum(axis=0)
    n_eff = np.divide(weight**2, ww, out=np.zeros_like(ww), where=ww > 0)
    return Sums(tuple(items), known, sw, sa, sab, saa, n, n_known, n_eff)


def sums_of_array(
    scores: Floats,
    whole: Floats,
    *,
    used: Floats | None = None,
    cluster: NDArray | None = None,
    weight: Floats | None = None,
    buckets: int = BUCKETS,
) -> Sums:
    """The same sums from arrays: `scores` [n, p] and `whole` [n], NaN where nobody answered.

    `used` [n, p] is 0 where a touchpoint was not used (its score does not count then).
    """
    n, p = scores.shape
    who = scattered(np.arange(n) if cluster is None else cluster, buckets)
    x = np.column_stack([scores, whole])
    u = np.ones((n, p + 1)) if used is None else np.column_stack([used, np.ones(n)])
    known = np.isfinite(x) | (u == 0)
    u = u * np.isfinite(x)
    x = np.where(u == 1, x, 0.0)
    w = np.ones(n) if weight is None else np.asarray(weight, float)
    order = np.argsort(who, kind="stable")
    starts = np.searchsorted(who[order], np.arange(who.max() + 1))
    parts = [(known * 1.0)[order], u[order], x[order], (x * x)[order]]
    return _sums([*(f"t{k:02d}" for k in range(p)), WHOLE], *_products(*parts, w[order], starts))


def scattered(cluster: NDArray, buckets: int = BUCKETS) -> NDArray[np.int64]:
    """Each row's bucket: its cluster's own, or one of `buckets` where clusters are more."""
    who = np.unique(cluster, return_inverse=True)[1]
    people = int(who.max()) + 1
    if people <= buckets:
        return who
    return np.random.default_rng(0).permutation(people)[who] % buckets


def _products(known: Floats, u: Floats, x: Floats, xx: Floats, w: Floats, starts) -> list:  # noqa: ANN001
    """Per bucket of sorted respondents: the six kinds of sums, and the whole's counts."""
    spans = list(zip(starts, [*starts[1:], len(w)]))
    pairs = [(known, known, w), (u, u, w), (x, u, w), (x, x, w), (xx, u, w)]
    sums = [
        np.stack([(left[i:j] * c[i:j, None]).T @ right[i:j] for i, j in spans])
        for left, right, c in pairs
    ]
    return [*sums, u.T @ u, known.T @ known, (u * (w * w)[:, None]).T @ u]
