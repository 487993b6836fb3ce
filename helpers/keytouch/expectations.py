"""Managing expectations: the five gaps of service quality, and where needs are met.

Four gaps lie inside the company (what it believes, specifies, delivers, promises); the fifth,
perception against expectation, is what customers feel of them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from keytouch.contrasts import adjusted
from keytouch.engine import LazyTable, Missing, collect, literal, needs, union
from keytouch.respondents import (
    MARGIN_SHARE,
    JointMeans,
    chance_far_below,
    combined,
    joint_means,
    lacking,
    p_two_sided,
    paired_means,
    respondent_means,
    t_interval,
    verdicts,
    with_respondent,
)
from keytouch.service_quality import Scale, gap_rows

# Gap: what is measured against what; a negative difference is a shortfall.
GAPS: Mapping[str, tuple[str, str]] = {
    "knowledge": ("belief", "expectation"),
    "standards": ("standard", "belief"),
    "delivery": ("delivered", "standard"),
    "communication": ("delivered", "promise"),
    "service": ("perception", "expectation"),
}
CUSTOMERS_SAY = ("expectation", "perception")
PROVIDER = ("knowledge", "standards", "delivery", "communication")
DRAWS, SEED = 4000, 1
STAFF_N = 10


@needs("feedback", "score", "metric")
def provider_gaps(
    feedback: LazyTable, *, by: str = "dimension", scale: Scale = (1, 7), min_n: int = STAFF_N
) -> pd.DataFrame:
    """The five gaps of service quality over all dimensions, one row per gap.

    Gaps: "knowledge" (what the company believes customers expect − what they expect),
    "standards" (what it specifies − belief), "delivery" (delivered − specified),
    "communication" (delivered − promised), "service" (perceived − expected). Columns out: `gap`;
    `gap_points` on `scale` (negative: a shortfall) with `_lo`, `_hi` (95 %, t), the mean over
    the dimensions that have both sides, each counting alike; `groups` how many those are;
    `p_value` of no gap (Benjamini–Hochberg); `p_largest`, the chance that this is the largest
    shortfall of the four inside the company (4,000 draws from the joint distribution; blank for
    "service"); `n` people, of the dimension with fewest; `small` (under `min_n`: staff are few,
    so it is lower than elsewhere), `method`.
    A gap without both sides is left out; answers without a dimension (or `by`) count as one
    group where none has one. Staff rows that name nobody count as one person each, the answers
    of one questionnaire as one.
    Source: Parasuraman, Zeithaml & Berry 1985.
    """
    joint = _joint(feedback, by)
    if isinstance(joint, Missing):
        return joint  # type: ignore[return-value]
    names, parts, groups = [], [], []
    for gap in GAPS:
        pairs = _pairs(joint, gap)
        if pairs:
            names.append(gap)
            groups.append(len(pairs))
            parts.append(_mean_part(pairs.values()))
    table = _estimates(joint, parts, scale)
    table.insert(0, "gap", names)
    return table.assign(
        groups=groups,
        p_value=adjusted(table.p_value),
        p_largest=_chance_largest(joint, names, parts),
        small=table.n < min_n,
        method="method_gaps",
    )


@needs("feedback", "score", "metric")
def service_gaps(
    feedback: LazyTable, *, by: str = "dimension", scale: Scale = (1, 7), min_n: int = STAFF_N
) -> pd.DataFrame:
    """The five gaps of service quality in each dimension, one row per gap and dimension.

    Columns out: `gap`; the `by` column; `gap_points` on `scale` with `_lo`, `_hi` (95 %, t);
    `p_value` of no gap (Benjamini–Hochberg over all rows); `p_largest`, the chance that this is
    the largest shortfall of all inside the company; `n` people on either side (those on both
    counted once); `small`, `method`. See `provider_gaps` for the gaps. In the order of the gaps,
    then largest shortfall first.
    """
    joint = _joint(feedback, by)
    if isinstance(joint, Missing):
        return joint  # type: ignore[return-value]
    rows = [(gap, group, pair) for gap in GAPS for group, pair in _pairs(joint, gap).items()]
    names = [gap for gap, _, _ in rows]
    parts: list[dict[int | None, float]] = [{a: 1.0, b: -1.0} for _, _, (a, b) in rows]
    table = _estimates(joint, parts, scale)
    table.insert(0, "gap", names)
    table.insert(1, by, [group for _, group, _ in rows])
    table = table.assign(
        p_value=adjusted(table.p_value),
        p_largest=_chance_largest(joint, names, parts),
        small=table.n < min_n,
        method="method_gaps",
    )
    order = table.gap.map({gap: place for place, gap in enumerate(GAPS)})
    table = table.assign(_order=order).sort_values(["_order", "gap_points", by])
    return table.drop(columns="_order").reset_index(drop=True)


def _joint(feedback: LazyTable, by: str) -> JointMeans | Missing:
    """The mean of every metric in every group, with covariances; Missing where no gap is known."""
    asked = {side for pair in GAPS.values() for side in pair}
    data = feedback.filter(feedback.metric.isin(sorted(asked)), feedback.status == "answered")
    named = _grouped(data, by)
    customers = with_respondent(named.filter(named.metric.isin(CUSTOMERS_SAY)))
    staff = with_respondent(named.filter(~named.metric.isin(CUSTOMERS_SAY)), anonymous=True)
    for part in (customers, staff):
        if isinstance(part, Missing):
            return part
    joint = joint_means(_tall(customers, staff, by), variables=(by, "metric"))
    found = set(joint.keys.metric)
    if not any(set(pair) <= found for pair in GAPS.values()):
        return lacking(feedback, *CUSTOMERS_SAY)
    return joint


def _grouped(data: LazyTable, by: str) -> LazyTable:
    """The rows whose group is known; all of them as one group "overall" where none is."""
    if by in data.columns:
        known = data.filter(data[by].notnull())
        if not collect(known.limit(1)).empty:
            return known
    return data.mutate(**{by: literal("overall")})


def _tall(customers: LazyTable, staff: LazyTable, by: str) -> LazyTable:
    """Everybody's means; customers' two answers as pairs, as SERVQUAL counts them."""
    own = paired_means(customers, group=(by,)).drop("paired")
    theirs = respondent_means(staff, by=(by, "metric"))
    return union(own.select(*theirs.columns), theirs)


def _pairs(joint: JointMeans, gap: str) -> dict[str, tuple[int, int]]:
    """The two variables of a gap in every group that has both."""
    group = joint.keys.columns[0]
    found = {}
    for name in dict.fromkeys(joint.keys[group]):
        high, low = (joint.place(**{group: name}, metric=metric) for metric in GAPS[gap])
        if high is not None and low is not None:
            found[name] = (high, low)
    return found


def _mean_part(pairs: object) -> dict[int | None, float]:
    pairs = list(pairs)  # type: ignore[call-overload]
    share = 1 / len(pairs)
    return {high: share for high, _ in pairs} | {low: -share for _, low in pairs}


def _estimates(
    joint: JointMeans, parts: list[dict[int | None, float]], scale: Scale
) -> pd.DataFrame:
    table = combined(joint, parts, span=scale[1] - scale[0])
    lo, hi = t_interval(table)
    return pd.DataFrame(
        {
            "gap_points": table.value,
            "gap_points_lo": lo,
            "gap_points_hi": hi,
            "p_value": p_two_sided(table),
            "n": table.n.round().astype(int),
        }
    )


def _chance_largest(
    joint: JointMeans, names: list[str], parts: list[dict[int | None, float]]
) -> list[float]:
    """Each inner gap's chance to be the most negative, drawn with the gaps' covariance."""
    inner = [place for place, name in enumerate(names) if name in PROVIDER]
    factors = np.zeros((len(inner), len(joint.mean)))
    for row, place in enumerate(inner):
        for variable, factor in parts[place].items():
            factors[row, variable] = factor
    cov = factors @ np.nan_to_num(joint.cov) @ factors.T
    values, vectors = np.linalg.eigh(cov)
    noise = np.random.default_rng(SEED).standard_normal((DRAWS, len(inner)))
    draws = factors @ joint.mean + noise @ (vectors * np.sqrt(np.fmax(values, 0))).T
    chance = np.full(len(names), np.nan)
    if len(inner) > 1:
        chance[inner] = np.bincount(draws.argmin(axis=1), minlength=len(inner)) / DRAWS
    return chance.tolist()


@needs("feedback", "score", "metric", "touchpoint_id")
def expectation_gaps(
    feedback: LazyTable, *, scale: Scale = (1, 7), margin: float | None = None, min_n: int = 30
) -> pd.DataFrame:
    """Whether each touchpoint keeps up with what customers expect of it, one row per touchpoint.

    Columns out: `touchpoint_id`; `expectation`, `perception`, `gap_points` (negative: short of
    it) on `scale` with `_lo`, `_hi` (95 %, t); `verdict`: "exceeded", "short", "met" (the gap is
    surely smaller than `margin`: two one-sided tests) or "unclear"; `margin` in points (5 % of
    the scale unless given); `p_value`, `p_equal` (both Benjamini–Hochberg), `probability` of the
    verdict; `p_far_short`, the chance that it falls short by more than twice the margin; `n`,
    `pairs`, `design`, `small` (never judged), `method`. Touchpoints with only one of both answers
    are left out. Pairs count as in `servqual`. Largest shortfall first.
    Source: Oliver 1980 (disconfirmation); Schuirmann 1987.
    """
    known = feedback.filter(feedback.metric.isin(CUSTOMERS_SAY), feedback.touchpoint_id.notnull())
    named = with_respondent(known)
    if isinstance(named, Missing):
        return named  # type: ignore[return-value]
    means = paired_means(named, group=("touchpoint_id",))
    joint = joint_means(means, variables=("touchpoint_id", "metric"), within=("touchpoint_id",))
    sides = joint.keys.groupby("touchpoint_id").metric.nunique()
    names = sorted(sides[sides == 2].index)
    if not names:
        return lacking(feedback, *CUSTOMERS_SAY)  # type: ignore[return-value]
    table = gap_rows(joint, [{"touchpoint_id": name} for name in names], scale=scale, min_n=min_n)
    return _judged(joint, table, scale, margin)


def _judged(
    joint: JointMeans, table: pd.DataFrame, scale: Scale, margin: float | None
) -> pd.DataFrame:
    span = scale[1] - scale[0]
    parts = [
        {
            joint.place(touchpoint_id=name, metric="perception"): 1.0,
            joint.place(touchpoint_id=name, metric="expectation"): -1.0,
        }
        for name in table.touchpoint_id
    ]
    margin = MARGIN_SHARE * span if margin is None else margin
    known = combined(joint, parts, span=span).assign(small=table.small)
    judged = verdicts(known, margin=margin, below="short", equal="met", above="exceeded")
    judged = judged.assign(p_far_short=chance_far_below(known, margin))
    added = ["p_value", "p_equal", "margin", "probability", "verdict", "p_far_short"]
    table = table.drop(columns="p_value").join(judged[added])
    return table.sort_values(["gap_points", "touchpoint_id"]).reset_index(drop=True)


def needs_met(
    expectation_gaps: pd.DataFrame | Missing, kano: pd.DataFrame | Missing
) -> pd.DataFrame | Missing:
    """What customers need of a touchpoint and whether they get it, one row per touchpoint and need.

    Joins `expectation_gaps` with the Kano categories of the touchpoint's items. Columns out:
    `touchpoint_id`, `item`, `kano_category` with its `p_category`, `verdict` with `gap_points`,
    `gap_points_lo`, `gap_points_hi`, and `need`: "repair" (a must-be or one-dimensional need
    falls short by more than the margin), "secured" (it doesn't fall short), "delight" (an
    attractive one exceeds expectations), "chance" (an attractive one doesn't yet), "watch"
    (everything else: indifferent, short by little, or not decided); `n` of the smaller of both
    surveys, `method`. Repairs first.
    """
    for table in (expectation_gaps, kano):
        if isinstance(table, Missing):
            return table
    if "touchpoint_id" not in kano.columns:
        return Missing("feedback", ("touchpoint_id",))
    gaps = expectation_gaps[
        ["touchpoint_id", "verdict", "gap_points", "gap_points_lo", "gap_points_hi", "margin", "n"]
    ]
    wanted = kano[["touchpoint_id", "item", "kano_category", "p_category", "n"]]
    both = wanted.merge(gaps, on="touchpoint_id", suffixes=("", "_gap"))
    far = both.gap_points < -both.margin
    need = [_need(*row) for row in zip(both.kano_category, both.p_category, both.verdict, far)]
    both = both.assign(need=need, n=both[["n", "n_gap"]].min(axis=1), method="method_needs_met")
    order = both.need.map({name: k for k, name in enumerate(NEEDS)})
    both = both.assign(_order=order).sort_values(["_order", "gap_points", "touchpoint_id", "item"])
    return both.drop(columns=["_order", "n_gap", "margin"]).reset_index(drop=True)


NEEDS = ("repair", "chance", "delight", "secured", "watch")
SURE = 0.8


def _need(category: str, chance: float, verdict: str, far: bool) -> str:
    if chance < SURE or verdict == "unclear":
        return "watch"
    if category in ("must_be", "one_dimensional"):
        if verdict == "short":
            return "repair" if far else "watch"
        return "secured"
    if category == "attractive":
        return "delight" if verdict == "exceeded" else "chance"
    return "watch"
