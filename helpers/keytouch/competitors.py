"""How the client stands against its competitors, touchpoint by touchpoint."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytouch.engine import LazyTable, Missing, literal, needs, union
from keytouch.estimate import LEVEL
from keytouch.respondents import (
    MARGIN_SHARE,
    JointMeans,
    combined,
    joint_means,
    keep_pairs,
    respondent_means,
    t_interval,
    verdicts,
    with_respondent,
)
from keytouch.satisfaction import of_metric

WHOLE = "(overall)"
GROUP = ("touchpoint_id", "company")
Scale = tuple[float, float]


@needs("feedback", "score", "company")
def competitor_grid(
    benchmarks: LazyTable,
    *,
    metric: str = "csat",
    scale: Scale = (1, 5),
    margin: float | None = None,
    min_n: int = 30,
) -> pd.DataFrame:
    """The client against every competitor at every touchpoint, one row per pair.

    `benchmarks` holds scores of the client (`company` blank) and of competitors. Columns out:
    `touchpoint_id` ("(overall)" for scores of the whole); `company`, the competitor; `own_score`,
    `rival_score` on `scale` and `gap_points` (own − competitor; negative: behind) with `_lo`,
    `_hi` (95 %, t), `gap_se`, `gap_df`; `verdict`: "lag", "lead", "parity" (the difference is
    surely smaller than `margin`: two one-sided tests) or "unclear"; `margin` in points (5 % of
    the scale unless given); `p_value`, `p_equal` (Benjamini–Hochberg over all pairs),
    `probability` of the verdict; `own_n`, `rival_n`, `n` people on either side, `pairs` who
    scored both; `small` (a side under `min_n`: never judged); `method`.
    Where at least half of the rarer side scored both only they count (paired); elsewhere both
    samples do (Welch). Rows that name nobody are a person each. Weights enter through Kish's
    effective n. Largest lag first.
    Source: Welch 1947; Derrick et al. 2017; Schuirmann 1987.
    """
    tall = _sides(benchmarks, metric)
    if isinstance(tall, Missing):
        return tall  # type: ignore[return-value]
    pairs = keep_pairs(tall, group=GROUP, side="side")
    joint = joint_means(pairs, variables=(*GROUP, "side"), within=GROUP)
    sides = joint.keys.groupby(list(GROUP)).side.nunique()
    keys = [dict(zip(GROUP, key)) for key in sides[sides == 2].index]
    if not keys:
        return Missing("feedback", ("company",))  # type: ignore[return-value]
    table = _rows(joint, keys, scale=scale, min_n=min_n)
    span = scale[1] - scale[0]
    margin = MARGIN_SHARE * span if margin is None else margin
    table = verdicts(table, margin=margin, below="lag", equal="parity", above="lead")
    table = table.rename(columns={"value": "gap_points", "se": "gap_se", "df": "gap_df"})
    return table.sort_values(["gap_points", *GROUP]).reset_index(drop=True)


def _sides(benchmarks: LazyTable, metric: str) -> LazyTable | Missing:
    """Respondents' means, own ones repeated for every competitor at the touchpoint."""
    known = with_respondent(of_metric(benchmarks, metric), anonymous=True)
    if isinstance(known, Missing):
        return known
    place = known.touchpoint_id if "touchpoint_id" in known.columns else literal(None, "string")
    known = known.mutate(touchpoint_id=place.fill_null(WHOLE), company=known.company.fill_null(""))
    means = respondent_means(known, by=GROUP)
    rivals = means.filter(means.company != "").mutate(side=literal("rival"))
    met = rivals.select(*GROUP).distinct()
    own = means.filter(means.company == "").drop("company").join(met, "touchpoint_id")
    return union(rivals, own.mutate(side=literal("own")).select(*rivals.columns))


def _rows(joint: JointMeans, keys: list[dict], *, scale: Scale, min_n: int) -> pd.DataFrame:
    """Both scores, their difference and who stands behind them, one row per pair."""
    span = scale[1] - scale[0]
    own, rival = ([joint.place(**key, side=side) for key in keys] for side in ("own", "rival"))
    table = combined(joint, [{a: 1.0, b: -1.0} for a, b in zip(own, rival)], span=span)
    table = pd.DataFrame(keys).join(table)
    for name, places in (("own_score", own), ("rival_score", rival)):
        part = combined(joint, [{k: 1.0} for k in places], span=span)
        limits = (part.value, *t_interval(part))
        ends = (np.clip(scale[0] + np.asarray(values), *scale) for values in limits)
        table = table.assign(**dict(zip((name, f"{name}_lo", f"{name}_hi"), ends)))
    lo, hi = t_interval(table)
    own_n, rival_n = (joint.n[places].round().astype(int) for places in (own, rival))
    shared = np.array([joint.shared[a, b] for a, b in zip(own, rival)]).round().astype(int)
    paired = (shared == own_n) & (shared == rival_n)
    return table.assign(
        gap_points_lo=lo,
        gap_points_hi=hi,
        own_n=own_n,
        rival_n=rival_n,
        n=table.n.round().astype(int),
        pairs=shared,
        small=np.minimum(own_n, rival_n) < min_n,
        method=np.where(paired, "method_grid_paired", "method_grid_welch"),
    )


def gap_to_best(grid: pd.DataFrame | Missing) -> pd.DataFrame | Missing:
    """The distance to the best competitor at each touchpoint, one row per touchpoint.

    Reads `competitor_grid`; only competitors that are not `small` there can be best. Columns
    out: `touchpoint_id`; `company`, the one with the highest score; `gap_points` (own − best;
    negative: behind) with `_lo`, `_hi`, widened for having picked the best of several
    (Bonferroni over the touchpoint's competitors, 95 % together); `verdict` as in the grid;
    `rivals`, how many were compared; `n`, `method`. The whole is left out. Largest lag first.
    """
    if isinstance(grid, Missing):
        return grid
    judged = grid[~grid.small & (grid.touchpoint_id != WHOLE)]
    rivals = judged.groupby("touchpoint_id").company.transform("size").to_numpy()
    renamed = judged.rename(columns={"gap_points": "value", "gap_se": "se", "gap_df": "df"})
    lo, hi = t_interval(renamed, level=1 - (1 - LEVEL) / np.fmax(rivals, 1))
    judged = judged.assign(gap_points_lo=lo, gap_points_hi=hi, rivals=rivals)
    order = ["touchpoint_id", "rival_score", "company"]
    best = judged.sort_values(order, ascending=[True, False, True])
    best = best.drop_duplicates("touchpoint_id").assign(method="method_gap_to_best")
    columns = [
        "touchpoint_id", "company", "gap_points", "gap_points_lo", "gap_points_hi", "verdict",
        "rivals", "n", "method",
    ]  # fmt: skip
    best = best.sort_values(["gap_points", "touchpoint_id"])
    return best[columns].reset_index(drop=True)
