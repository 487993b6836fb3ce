"""Means of several questions and differences between them, whoever answered which.

Survey instruments compare two answers: expectation and perception, this wave and the last, us
and a competitor. Often the same people gave both. One estimator serves all cases: every mean
comes with its covariance with every other, counted over the people who answered both. With the
same people on both sides it is the paired t, with strangers Welch's, in between it is both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from keytouch.contrasts import adjusted
from keytouch.engine import LazyTable, Missing, cases, collect, ifelse, literal, window
from keytouch.estimate import LEVEL, Floats, effective_n
from keytouch.satisfaction import with_position
from keytouch.weighted import with_weights

WHO = "who"
QUESTIONNAIRE = r"^(.+:\d+):\d+$"
PAIRED_SHARE = 0.5
MARGIN_SHARE = 0.05  # of the scale: a difference below it is not worth acting on
FAR = 2.0  # margins: a shortfall beyond them is large


def with_respondent(feedback: LazyTable, *, anonymous: bool = False) -> LazyTable | Missing:
    """Add `who`, the person behind a row: the customer, else the journey, else the questionnaire.

    Answers of one row of a wide file share that row (intake numbers them source:row:question),
    so an anonymous questionnaire is one person. Other rows that name nobody are left out;
    `anonymous` takes each of them for a person of its own. Missing where no row can name anybody.
    """
    named = [
        literal(f"{column}:") + feedback[column].cast("string")
        for column in ("customer_id", "journey_id")
        if column in feedback.columns
    ]
    if "feedback_id" in feedback.columns:
        row = feedback.feedback_id.cast("string")
        named.append(row.re_extract(QUESTIONNAIRE, 1).nullif(""))
        named += [literal("feedback_id:") + row] if anonymous else []
    if not named:
        return Missing("feedback", ("customer_id",))
    # A case looks at the next name only where the first is unknown; coalesce looks at them all.
    who = cases(*((name.notnull(), name) for name in named), else_=None)
    known = feedback.mutate(**{WHO: who})
    return known.filter(known[WHO].notnull())


def lacking(feedback: LazyTable, *columns: str) -> Missing:
    """Missing for these columns, and for the person where feedback has no such column."""
    nobody = not {"customer_id", "journey_id"} & set(feedback.columns)
    return Missing("feedback", ("customer_id", *columns) if nobody else columns)


def respondent_means(feedback: LazyTable, *, by: Sequence[str]) -> LazyTable:
    """One row per person and combination of `by`: the mean of that person's answers. Lazy.

    Columns: `who`, the `by` columns, `x` (mean place on the scale, 0–1), `rows` (how many people
    the row stands for), `w` and `w1` (their weight together and each). Only answered rows count.
    """
    data = with_weights(with_position(feedback))
    for column in by:
        data = data.filter(data[column].notnull())
    return averaged(data, by=by)


def averaged(means: LazyTable, *, by: Sequence[str]) -> LazyTable:
    """Respondent means over other groups: the mean of each person's rows in a group. Lazy."""
    parts = {name: means[name].mean() for name in ("x", "rows", "w", "w1")}
    return means.group_by(WHO, *by).agg(**parts)


def keep_pairs(means: LazyTable, *, group: Sequence[str], side: str) -> LazyTable:
    """Keep those who answered both sides of a group, where they are the rule. Lazy.

    A group is `paired` where at least half of the rarer side answered the other side too; its
    other answers are left out, so that the same people stand on both sides. Elsewhere everybody
    counts.
    """
    sides = means.mutate(sides=means.count().over(window(group_by=[WHO, *group])))
    both = ifelse(sides.sides == 2, 1, 0)
    per_side = sides.group_by(*group, side).agg(size=sides.count(), both=both.sum())
    per_group = per_side.group_by(*group).agg(
        least=per_side["size"].min(), both=per_side.both.min(), filled=per_side.count()
    )
    joined = sides.join(per_group, list(group))
    paired = (joined.filled == 2) & (joined.both >= 2)
    paired = paired & (joined.both >= PAIRED_SHARE * joined.least)
    kept = joined.mutate(paired=paired)
    return kept.filter(~kept.paired | (kept.sides == 2)).drop("sides", "least", "both", "filled")


def paired_means(feedback: LazyTable, *, group: Sequence[str], side: str = "metric") -> LazyTable:
    """Respondent means of both sides of every group, pairs where pairs are the rule. Lazy.

    Where answers name an `item`, a person's pair is first of all two answers to one item, so
    that a question left blank on one side doesn't shift the other.
    """
    if "item" in feedback.columns and "item" not in group:
        items = feedback.mutate(item=feedback.item.fill_null(""))
        means = respondent_means(items, by=(*group, "item", side))
        kept = keep_pairs(means, group=(*group, "item"), side=side)
        return keep_pairs(averaged(kept, by=(*group, side)), group=group, side=side)
    return keep_pairs(respondent_means(feedback, by=(*group, side)), group=group, side=side)


@dataclass(frozen=True)
class JointMeans:
    """Means of several variables with their covariance; `keys` says what each variable is.

    `mean` is on 0–1; `cov` is the covariance of the means; `n` people per variable, `n_eff` the
    same after weights (Kish), `shared` people who answered both of two variables.
    """

    keys: pd.DataFrame
    mean: Floats
    cov: Floats
    n: Floats
    n_eff: Floats
    shared: Floats

    def place(self, **key: Any) -> int | None:
        """The number of the variable with these keys; None where there is none."""
        found = np.ones(len(self.keys), dtype=bool)
        for name, value in key.items():
            found &= (self.keys[name] == value).to_numpy()
        places = np.flatnonzero(found)
        return int(places[0]) if len(places) else None


def joint_means(
    means: LazyTable, *, variables: Sequence[str], within: Sequence[str] = ()
) -> JointMeans:
    """The means of every combination of `variables`, with their covariance.

    `within` names those variables whose values are never compared with each other; covariances
    across them are taken as 0, which saves work.
    """
    free = [name for name in variables if name not in within]
    pairs = collect(_moments(means, free, within))
    keys = pairs[[*within, *(f"{name}_a" for name in free)]]
    keys = keys.rename(columns={f"{name}_a": name for name in free})
    keys = keys.drop_duplicates().sort_values(list(variables)).reset_index(drop=True)
    number = {key: place for place, key in enumerate(_tuples(keys, variables))}
    a, b = (
        [number[key] for key in _tuples(pairs, [n if n in within else n + end for n in variables])]
        for end in ("_a", "_b")
    )
    grid: dict[str, Floats] = {}
    for name in ("n", "s", "sx", "sy", "sxy", "w", "wx"):
        grid[name] = np.zeros((len(keys), len(keys)))
        grid[name][a, b] = pairs[name]
    return _joint(keys, grid)


def _tuples(frame: pd.DataFrame, names: Sequence[str]) -> list[tuple]:
    return list(frame[list(names)].itertuples(index=False, name=None))


def _moments(means: LazyTable, free: Sequence[str], within: Sequence[str]) -> LazyTable:
    """Sums over people who answered both variables, one row per ordered pair of variables."""
    root = (means.w * means.w1).sqrt()

    def half(end: str) -> LazyTable:
        own = {f"{name}_{end}": means[name] for name in free}
        numbers = {f"x_{end}": means.x, f"s_{end}": root}
        extra = {"w": means.w, "rows": means.rows} if end == "a" else {}
        return means.select(WHO, *within, **own, **numbers, **extra)

    both = half("a").join(half("b"), [WHO, *within])
    s, x, y = both.s_a * both.s_b, both.x_a, both.x_b
    ends = [f"{name}_{end}" for end in "ab" for name in free]
    return both.group_by([*within, *ends]).agg(
        n=both["rows"].sum(),
        s=s.sum(),
        sx=(s * x).sum(),
        sy=(s * y).sum(),
        sxy=(s * x * y).sum(),
        w=both.w.sum(),
        wx=(both.w * x).sum(),
    )


def _joint(keys: pd.DataFrame, grid: dict[str, Floats]) -> JointMeans:
    total = np.diag(grid["w"])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.diag(grid["wx"]) / total
        n_eff = effective_n(total, np.diag(grid["s"]))
        small = np.sqrt(np.where(n_eff > 1 + 1e-9, n_eff / (n_eff - 1), np.nan))
        m_a, m_b = mean[:, None], mean[None, :]
        centred = grid["sxy"] - m_b * grid["sx"] - m_a * grid["sy"] + m_a * m_b * grid["s"]
        cov = centred / np.outer(total, total) * np.outer(small, small)
    cov[np.diag_indices_from(cov)] = np.fmax(np.diag(cov), np.where(np.isnan(small), np.nan, 0))
    return JointMeans(keys, mean, cov, np.diag(grid["n"]).copy(), n_eff, grid["n"])


def combined(
    joint: JointMeans, parts: Sequence[dict[int | None, float]], *, span: float = 1
) -> pd.DataFrame:
    """Weighted sums of means, one row per part `{variable: factor}`, on a scale `span` long.

    Columns out: `value`, `se`, `df`, `n` people behind it (of a difference: of both sides, those
    on both counted once). A part with a variable that is None is all blank.
    Degrees of freedom: Student's for one mean; Welch's, the pairs' or between the two for a
    difference; of a longer sum the smallest n − 1.
    Source: Derrick, Russ, Toher & White 2017 (partially overlapping samples).
    """
    rows = [_combined(joint, part) for part in parts]
    table = pd.DataFrame(rows, columns=["value", "se", "df", "n"])
    return table.assign(value=span * table.value, se=span * table.se)


def _combined(joint: JointMeans, part: dict[int | None, float]) -> tuple[float, ...]:
    if not part or None in part:
        return (np.nan, np.nan, np.nan, 0)
    at = list(part)
    factors = np.array([part[k] for k in at])
    value = float(factors @ joint.mean[at])
    cov = joint.cov[np.ix_(at, at)]
    se = float(np.sqrt(max(factors @ cov @ factors, 0.0))) if np.isfinite(cov).all() else np.nan
    n, n_eff = joint.n[at], joint.n_eff[at]
    if len(at) == 2:
        shared = float(joint.shared[at[0], at[1]])
        alike = shared * float((n_eff / n).min())
        df = _freedom(factors**2 * np.diag(cov), n_eff, alike)
        return value, se, df, float(n.sum() - shared)
    return value, se, float(n_eff.min() - 1), float(n.min())


def _freedom(variance: Floats, n: Floats, shared: float) -> float:
    """Degrees of freedom of a difference of two means that share some people."""
    alone = np.fmax(n - shared, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        welch = variance.sum() ** 2 / (variance**2 / np.fmax(n - 1, 1e-9)).sum()
    welch = welch if np.isfinite(welch) else float(n.min() - 1)
    share = alone.sum() / (alone.sum() + 2 * shared)
    return float(shared - 1 + (welch - shared + 1) * share)


def t_interval(table: pd.DataFrame, *, level: float | ArrayLike = LEVEL) -> tuple[Floats, Floats]:
    """The interval of every row's `value` from its `se` and `df`; blank where df < 1."""
    df = table.df.to_numpy(float)
    half = stdtrit(np.fmax(df, 1), (1 + np.asarray(level)) / 2) * table.se.to_numpy(float)
    half = np.where(df >= 1 - 1e-9, half, np.nan)
    value = table.value.to_numpy(float)
    return value - half, value + half


def p_two_sided(table: pd.DataFrame) -> Floats:
    """P of a value at least as far from 0, were the truth 0; blank where df < 1."""
    value, se, df = (table[name].to_numpy(float) for name in ("value", "se", "df"))
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(se > 0, np.abs(value) / se, np.where(np.abs(value) > 1e-12, np.inf, 0.0))
    p = 2 * stdtr(np.fmax(df, 1), -t)
    return np.where((df >= 1 - 1e-9) & np.isfinite(se), p, np.nan)


def p_equivalent(table: pd.DataFrame, margin: float) -> Floats:
    """P of a value so near 0, were the truth at least `margin` away (two one-sided t tests).

    Source: Schuirmann 1987.
    """
    inside = table.assign(value=margin - np.abs(table.value))
    value, two = inside.value.to_numpy(float), p_two_sided(inside)
    return np.where(value > 0, two / 2, 1 - two / 2)


def chance_far_below(table: pd.DataFrame, margin: float) -> Floats:
    """Each row's chance to lie further below 0 than twice the margin; blank if `small`.

    One-sided tests, adjusted over all rows that are not small (Benjamini–Hochberg).
    """
    beyond = table.assign(value=table.value + FAR * margin)
    p = adjusted(p_two_sided(beyond) * np.where(table.small, np.nan, 1.0))
    return np.where(beyond.value < 0, 1 - p / 2, p / 2)


def verdicts(
    table: pd.DataFrame, *, margin: float, below: str, equal: str, above: str
) -> pd.DataFrame:
    """What differences say, with both tests adjusted over all rows that are not `small`.

    Adds `p_value` (no difference), `p_equal` (a difference as large as the margin), both
    Benjamini–Hochberg adjusted, `margin`, `probability` that the verdict's direction holds, and
    `verdict`: `equal` where the difference is surely within the margin, even if surely not 0;
    else `below` or `above` where it is surely not 0; else "unclear", as in small groups.
    """
    judged = np.where(table.small, np.nan, 1.0)
    p = adjusted(p_two_sided(table) * judged)
    p_equal = adjusted(p_equivalent(table, margin) * judged)
    direction = np.where(table.value < 0, below, above)
    verdict = np.where(p <= 0.05, direction, "unclear")
    verdict = np.where(p_equal <= 0.05, equal, verdict)
    sure = np.where(verdict == equal, 1 - p_equal, 1 - p / 2)
    return table.assign(
        p_value=p, p_equal=p_equal, margin=margin, probability=sure, verdict=verdict
    )
