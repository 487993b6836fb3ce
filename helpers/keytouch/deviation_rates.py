"""How closely journeys follow the plan: steps met, deviations, their cost, fitness."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from keytouch.contrasts import adjusted, mean_difference
from keytouch.engine import Missing
from keytouch.estimate import effective_n, wilson
from keytouch.planned_actual import PlanPatterns

ALIASED = 1e-8


def steps_met(patterns: PlanPatterns | Missing) -> pd.DataFrame | Missing:
    """How many journeys took each planned step, one row per step in the plan's order.

    Columns out: `place` (from 0), `stage_id`, `touchpoint_id`; `met_rate` in 0–1 of the journeys
    that reached the stage, in or out of order, with `_lo`, `_hi` (Wilson, effective n); `journeys`
    that took it; `n` that reached the stage; `optional`; `recorded` (False: no interaction knows
    it, so that nothing can be said and the rate is blank); `method`.
    """
    if isinstance(patterns, Missing):
        return patterns
    rows, taken = [], iter(patterns.taken.T)
    for step in patterns.plan.itertuples():
        due = patterns.reached[:, patterns.stages.index(step.stage_id)] & step.known
        rows.append(_share(patterns, next(taken) if step.known else due, due))
    table = pd.concat([_told(patterns.plan), pd.DataFrame(rows)], axis=1)
    lo, hi = wilson(table.rate, table.n_eff)
    table = table.assign(met_rate=table.rate, met_rate_lo=lo, met_rate_hi=hi)
    return table.assign(method="method_wilson").drop(columns=["rate", "n_eff"])


def _told(plan: pd.DataFrame) -> pd.DataFrame:
    names = ["place", "stage_id", "touchpoint_id", "optional", "known"]
    return plan[names].rename(columns={"known": "recorded"}).reset_index(drop=True)


def _share(patterns: PlanPatterns, hit: np.ndarray, base: np.ndarray) -> dict[str, float]:
    """The weighted share of a base's journeys, how many they are, and the effective n."""
    cells = patterns.cells
    n, w, ww = (cells[name].to_numpy()[base].sum() for name in ("n", "w", "ww"))
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.divide(cells.w.to_numpy()[hit & base].sum(), w)
    journeys = cells.n.to_numpy()[hit & base].sum()
    return {"rate": rate, "journeys": int(journeys), "n": int(n),
            "n_eff": float(effective_n(w, ww))}  # fmt: skip


def _bases(patterns: PlanPatterns) -> np.ndarray:
    """Patterns × marks: the stage was reached, or the deviation shows that it was.

    Where nobody says which stage a touchpoint belongs to, all journeys are the base.
    """
    columns = []
    for code, stage in enumerate(patterns.marks.stage_id):
        known = stage in patterns.stages
        reached = patterns.reached[:, patterns.stages.index(stage)] if known else True
        columns.append(patterns.has[:, code] | reached)
    return np.stack(columns, axis=1)


def deviations(patterns: PlanPatterns | Missing) -> pd.DataFrame | Missing:
    """How often journeys leave the plan, one row per kind of deviation and touchpoint.

    `deviation`: missing, late, failed, repeated, swapped, ad_hoc, as `plan_patterns` defines
    them. Columns out: `deviation`, `touchpoint_id`, `stage_id`, `place` in the plan (blank: ad
    hoc); `deviation_rate` in 0–1 of the journeys that reached the stage (of all, where a
    touchpoint has no planned stage), with `_lo`, `_hi` (Wilson, effective n); `journeys` that
    show it; `n` that reached the stage; `method`. Deviations that never occur are left out.
    Most frequent first.
    """
    if isinstance(patterns, Missing):
        return patterns
    bases = _bases(patterns)
    rows = [
        _share(patterns, patterns.has[:, code], bases[:, code])
        for code in range(len(patterns.marks))
    ]
    table = pd.concat([patterns.marks, pd.DataFrame(rows)], axis=1)
    table = table[table.journeys > 0]
    lo, hi = wilson(table.rate, table.n_eff)
    table = table.assign(deviation_rate=table.rate, deviation_rate_lo=lo, deviation_rate_hi=hi)
    table = table.assign(method="method_wilson").drop(columns=["rate", "n_eff"])
    order = ["deviation_rate", "deviation", "touchpoint_id"]
    return table.sort_values(order, ascending=[False, True, True]).reset_index(drop=True)


def fitness(patterns: PlanPatterns | Missing) -> pd.DataFrame | Missing:
    """How well journeys and plan fit, one row per figure and stage.

    `kpi`: "steps_met_rate", required steps taken of those that were due, in all and per stage;
    "events_planned_rate", interactions that the plan foresees of all; "as_planned_rate", journeys
    without any deviation as far as they went. Columns out: `kpi`, `stage_id` (blank: all),
    `value` in 0–1 with `lo`, `hi` (Wilson with the n that journeys' ratios are worth), `n`
    journeys, `method`.
    Source: fitness and precision of a log after van der Aalst 2016, Process Mining.
    """
    if isinstance(patterns, Missing):
        return patterns
    cells = patterns.cells
    plan = patterns.plan[patterns.plan.known].reset_index(drop=True)
    due = patterns.due() & ~plan.optional.to_numpy(bool)
    met = patterns.taken & due
    rows = [("steps_met_rate", None, *_constant_ratio(met.sum(1), due.sum(1), cells))]
    for stage in patterns.stages:
        own = (plan.stage_id == stage).to_numpy()
        part = _constant_ratio(met[:, own].sum(1), due[:, own].sum(1), cells)
        rows += [("steps_met_rate", stage, *part)] if part[-1] > 0 else []
    squares = cells.wwpp, cells.wwep, cells.wwee
    ratio = _ratio(cells.wp.sum(), cells.we.sum(), *(part.sum() for part in squares))
    rows.append(("events_planned_rate", None, *ratio, int(cells.n.sum())))
    clean = ~patterns.has.any(axis=1)
    whole = _share(patterns, clean, np.ones(len(cells), bool))
    lo, hi = wilson(whole["rate"], whole["n_eff"])
    rows.append(("as_planned_rate", None, whole["rate"], float(lo), float(hi), whole["n"]))
    names = ["kpi", "stage_id", "value", "lo", "hi", "n"]
    return pd.DataFrame(rows, columns=names).assign(method="method_plan_fit")


def _constant_ratio(top: np.ndarray, under: np.ndarray, cells: pd.DataFrame) -> tuple:
    """A ratio of counts that are the same for all journeys of a pattern; and their number."""
    w, ww = cells.w.to_numpy(), cells.ww.to_numpy()
    sums = (ww @ top**2, ww @ (top * under), ww @ under**2)
    n = int(cells.n.to_numpy()[under > 0].sum())
    return (*_ratio(w @ top, w @ under, *sums), n)


def _ratio(
    top: float, under: float, squares: float, cross: float, under_squares: float
) -> tuple[float, float, float]:
    """A ratio of sums over journeys, with Wilson's interval at the n that it is worth.

    The variance is the linearised one of a ratio estimate (Cochran 1977).
    """
    if under <= 0:
        return np.nan, np.nan, np.nan
    share = top / under
    variance = (squares - 2 * share * cross + share**2 * under_squares) / under**2
    worth = share * (1 - share) / variance if variance > 1e-15 else under**2 / under_squares
    lo, hi = wilson(share, worth)
    return share, float(lo), float(hi)


def deviation_costs(
    patterns: PlanPatterns | Missing, *, scale: tuple[float, float] = (1, 5), min_n: int = 30
) -> pd.DataFrame | Missing:
    """What each deviation goes along with in overall satisfaction, one row per deviation.

    Compared are the scored journeys that reached the stage, with and without the deviation.
    Columns out: `deviation`, `touchpoint_id`, `stage_id`, `place`; `score_change`, the other
    deviations and the stages reached held equal (one linear regression on all of them, robust
    errors HC3), and `raw_score_change`, the plain difference (Welch), in points of `scale` with
    `_lo`, `_hi`; `n_with`, `n_without`, `n` journeys; `p_value` of `score_change` (two-sided,
    Benjamini–Hochberg over all rows); `differs` (adjusted p ≤ .05); `method`.
    Deviations with fewer than `min_n` scored journeys on either side are left out. Those that
    always occur together can't be told apart: their `score_change` is blank. Weights of answers
    count. Largest loss first. An association: journeys that go wrong go wrong for reasons.
    Sources: Welch 1947; MacKinnon & White 1985 (HC3); Benjamini & Hochberg 1995.
    """
    if isinstance(patterns, Missing):
        return patterns
    if not patterns.cells.k.sum():
        return Missing("feedback", (patterns.key,))
    bases = _bases(patterns)
    raw = pd.DataFrame([_welch(patterns, code, bases[:, code]) for code in patterns.marks.index])
    table = pd.concat([patterns.marks, raw], axis=1)
    table = table[(table.n_with >= max(min_n, 2)) & (table.n_without >= max(min_n, 2))]
    if table.empty:
        return Missing("feedback", (patterns.key,))
    span = scale[1] - scale[0]
    own = _regressed(patterns, table.index.to_numpy())
    for name in ("", "_lo", "_hi"):
        table = table.assign(**{f"score_change{name}": span * own[f"b{name}"]})
        table[f"raw_score_change{name}"] *= span
    p_value = adjusted(own["p"])
    table = table.assign(
        n=table.n_with + table.n_without,
        p_value=p_value,
        differs=np.nan_to_num(p_value, nan=1.0) <= 0.05,
        method="method_plan_costs",
    )
    order = ["score_change", "deviation", "touchpoint_id"]
    return table.sort_values(order, na_position="last").reset_index(drop=True)


def _welch(patterns: PlanPatterns, code: int, base: np.ndarray) -> dict[str, float]:
    """Scored journeys with and without a deviation; the difference of their means."""
    parts = []
    for side in (patterns.has[:, code] & base, ~patterns.has[:, code] & base):
        k, s, ss, sx, sxx = (
            patterns.cells[name].to_numpy()[side].sum() for name in ("k", "s", "ss", "sx", "sxx")
        )
        n = float(effective_n(s, ss))
        mean = sx / s if s else np.nan
        variance = max(sxx / s - mean**2, 0) * n / (n - 1) if n > 1 else np.nan
        parts.append((k, mean, variance, n))
    (k, *one), (other_k, *other) = parts
    gap = mean_difference(*one, *other)
    ends = {f"raw_score_change{end}": float(value) for end, value in
            (("", gap.value), ("_lo", gap.lo), ("_hi", gap.hi))}  # fmt: skip
    return {"n_with": int(k), "n_without": int(other_k), **ends}


def _regressed(patterns: PlanPatterns, codes: np.ndarray) -> dict[str, np.ndarray]:
    """Coefficients of the deviations in one weighted regression, from the patterns' sums.

    Journeys of a pattern share their row of the design, so that sums of scores and of their
    squares give the same coefficients and robust errors as one row a journey would.
    """
    cells = patterns.cells[patterns.cells.k > 0]
    at = cells.index.to_numpy()
    wanted = patterns.has[at][:, codes].astype(float)
    controls = patterns.reached[at].astype(float)
    controls = controls[:, controls.std(axis=0) > 0]
    design = np.column_stack([wanted, np.ones(len(at)), controls])
    k, s, ss, sx, ssx, ssxx = (
        cells[name].to_numpy() for name in ("k", "s", "ss", "sx", "ssx", "ssxx")
    )
    gram = design.T @ (design * s[:, None])
    scale = np.sqrt(np.diag(gram))
    scale[scale == 0] = 1
    values, vectors = np.linalg.eigh(gram / np.outer(scale, scale))
    alive = values > ALIASED * values.max()
    inverse = (vectors[:, alive] / values[alive]) @ vectors[:, alive].T / np.outer(scale, scale)
    beta = inverse @ (design.T @ sx)
    fit = design @ beta
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design) * s / k
    squares = np.fmax(ssxx - 2 * fit * ssx + fit**2 * ss, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        meat = np.where(leverage < 1 - 1e-9, squares / (1 - leverage) ** 2, 0)
    error = np.sqrt(np.diag(inverse @ (design.T @ (design * meat[:, None])) @ inverse))
    free = max(k.sum() - alive.sum(), 1)
    lost = (np.abs(vectors[:, ~alive]) > 1e-4).any(axis=1)
    b, error = (np.where(lost, np.nan, part)[: len(codes)] for part in (beta, error))
    half = stdtrit(free, 0.975) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(free, -np.abs(b / error))
    return {"b": b, "b_lo": b - half, "b_hi": b + half, "p": p}
