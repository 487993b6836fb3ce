"""SERVQUAL and SERVPERF: expectation against perception, per dimension, item and wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from keytouch.contrasts import adjusted
from keytouch.engine import LazyTable, Missing, collect, literal, needs
from keytouch.problems import DataError, Problem, nearest
from keytouch.reliability import alphas, item_rest
from keytouch.respondents import (
    JointMeans,
    combined,
    joint_means,
    lacking,
    p_two_sided,
    paired_means,
    t_interval,
    with_respondent,
)

DIMENSIONS = ("reliability", "responsiveness", "assurance", "empathy", "tangibles")
SIDES = ("expectation", "perception")
OVERALL = "overall"
Scale = tuple[float, float]


@needs("feedback", "score", "metric", "dimension")
def servqual(
    feedback: LazyTable,
    *,
    weights: Mapping[str, float] | None = None,
    scale: Scale = (1, 7),
    min_n: int = 30,
) -> pd.DataFrame:
    """Expectation, perception and their gap, one row per dimension and one "overall".

    Columns out: `dimension`; `expectation`, `perception` (the SERVPERF score) on `scale` and
    `gap_points` (perception − expectation; negative: short of it), each with `_lo`, `_hi` (95 %,
    t); `p_value` of no gap (Benjamini–Hochberg over the dimensions); `weight_share` 0–1, each
    dimension's weight in the overall row (`weights`, any positive numbers; equal without);
    `alpha_expectation`, `alpha_perception` (Cronbach, with Feldt's `_lo`, `_hi`), `items`; `n`
    people (overall: of the dimension with fewest), `pairs` who gave both answers, `design`
    ("paired", "unpaired", "one_sided"), `small`, `method`. Largest shortfall first, overall last.
    A person is a customer, else a journey, else a questionnaire, and counts once per dimension by
    the mean of its items. Where at least half of the rarer side gave both answers to an item only
    they count; elsewhere everybody does, and the interval is wider. Without expectations the gap
    is blank.
    Weights enter through Kish's effective n. Raises DataError for weights of no dimension.
    Source: Parasuraman, Zeithaml & Berry 1988; Cronin & Taylor 1992 (SERVPERF); Derrick et al.
    2017; Feldt 1965.
    """
    known = _sides(feedback)
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    joint = _joint(known, ("dimension",))
    names = _listed(joint)
    shares = _shares(names, weights)
    table = gap_rows(joint, [{"dimension": name} for name in names], scale=scale, min_n=min_n)
    table = table.merge(alphas(known), on="dimension", how="left")
    table = table.assign(p_value=adjusted(table.p_value), weight_share=shares)
    table = table.sort_values(["gap_points", "perception", "dimension"])
    whole = _whole(joint, names, shares, scale=scale, min_n=min_n)
    designs = set(table.design)
    whole |= {"design": designs.pop() if len(designs) == 1 else "unpaired"}
    whole |= {"pairs": int(table.pairs.min()), "items": int(table["items"].sum())}
    return pd.concat([table, pd.DataFrame([whole])], ignore_index=True)


def _sides(feedback: LazyTable) -> LazyTable | Missing:
    """Expectation and perception rows of known people; Missing where nobody gave a perception."""
    named = with_respondent(feedback)
    if isinstance(named, Missing):
        return named
    known = named.filter(named.metric.isin(SIDES), named.dimension.notnull())
    known = known.filter(known.status == "answered", known.score.notnull())
    heard = collect(known.filter(known.metric == "perception").limit(1))
    return lacking(feedback, "perception") if heard.empty else known


def _joint(known: LazyTable, group: Sequence[str], within: Sequence[str] = ()) -> JointMeans:
    means = paired_means(known, group=group)
    return joint_means(means, variables=(*group, "metric"), within=within)


def _listed(joint: JointMeans) -> list[str]:
    """The dimensions asked about, SERVQUAL's five in their own order."""
    found = set(joint.keys.dimension)
    known = [name for name in DIMENSIONS if name in found]
    return [*known, *sorted(found - set(known))]


def _shares(names: Sequence[str], weights: Mapping[str, float] | None) -> list[float]:
    """Each dimension's share of the whole; equal without weights, 0 where it has none."""
    if weights is None:
        return [1 / len(names)] * len(names)
    wrong = [name for name in weights if name not in names] or [
        name for name, value in weights.items() if not 0 <= value < np.inf
    ]
    total = float(sum(weights.values()))
    if wrong or not total > 0:
        found = ", ".join(wrong) or "0"
        near = ", ".join(nearest(name, names) or "" for name in wrong[:1]) or ", ".join(names)
        raise DataError(Problem("problem_dimension_weights", values={"found": found, "near": near}))
    return [float(weights.get(name, 0)) / total for name in names]


def gap_rows(
    joint: JointMeans, keys: Sequence[Mapping[str, object]], *, scale: Scale, min_n: int
) -> pd.DataFrame:
    """Expectation, perception and gap of every key, as `servqual` describes them."""
    low, high = ([joint.place(**key, metric=side) for key in keys] for side in SIDES)
    table = pd.DataFrame(list(keys))
    for name, places in zip(SIDES, (low, high)):
        part = _estimate(combined(joint, [{k: 1.0} for k in places], span=scale[1] - scale[0]))
        table = table.assign(**_named(part, name, at=scale[0], within=scale))
    parts = [{b: 1.0, a: -1.0} for a, b in zip(low, high)]
    gap = _estimate(combined(joint, parts, span=scale[1] - scale[0]))
    table = table.assign(**_named(gap, "gap_points"), p_value=p_two_sided(gap))
    return table.assign(**_counts(joint, low, high, min_n))


def _estimate(part: pd.DataFrame) -> pd.DataFrame:
    lo, hi = t_interval(part)
    return part.assign(lo=lo, hi=hi)


def _named(
    part: pd.DataFrame, name: str, *, at: float = 0, within: Scale = (-np.inf, np.inf)
) -> dict[str, np.ndarray]:
    """An estimate's three columns under their name."""
    values = {name: part.value, f"{name}_lo": part.lo, f"{name}_hi": part.hi}
    return {key: np.clip(at + column.to_numpy(), *within) for key, column in values.items()}


def _counts(
    joint: JointMeans, low: Sequence[int | None], high: Sequence[int | None], min_n: int
) -> dict[str, list]:
    """Who stands behind each gap: n, pairs, design, small, method."""
    n, pairs, design = [], [], []
    for a, b in zip(low, high):
        sizes = [joint.n[k] for k in (a, b) if k is not None]
        both = joint.shared[a, b] if None not in (a, b) else 0
        n.append(int(round(sum(sizes) - both)))
        pairs.append(int(round(both)))
        paired = both > 0 and both == sizes[0] == sizes[1]
        design.append("one_sided" if len(sizes) < 2 else "paired" if paired else "unpaired")
    return {
        "n": n,
        "pairs": pairs,
        "design": design,
        "small": [count < min_n for count in n],
        "method": [f"method_gap_{name}" for name in design],
    }


def _whole(
    joint: JointMeans, names: Sequence[str], shares: Sequence[float], *, scale: Scale, min_n: int
) -> dict[str, object]:
    """The weighted overall row."""
    span = scale[1] - scale[0]
    low, high, gap = (
        _estimate(combined(joint, [_weighted(joint, names, shares, signs)], span=span))
        for signs in (
            {"expectation": 1.0},
            {"perception": 1.0},
            {"perception": 1.0, "expectation": -1.0},
        )
    )
    columns = _named(low, "expectation", at=scale[0], within=scale)
    columns |= _named(high, "perception", at=scale[0], within=scale)
    columns |= _named(gap, "gap_points") | {"p_value": p_two_sided(gap)}
    row: dict[str, object] = {name: float(value[0]) for name, value in columns.items()}
    n = int(gap.n.iloc[0] or high.n.iloc[0])
    row |= {"dimension": OVERALL, "weight_share": 1.0, "n": n, "small": n < min_n}
    return row | {"method": "method_gap_overall"}


def _weighted(
    joint: JointMeans, names: Sequence[str], shares: Sequence[float], signs: Mapping[str, float]
) -> dict[int | None, float]:
    """The weighted sum over dimensions; one without all sides is left out, the rest reweighted."""
    used = {}
    for name, share in zip(names, shares):
        places = [joint.place(dimension=name, metric=side) for side in signs]
        if share > 0 and None not in places:
            used[name] = (share, places)
    total = sum(share for share, _ in used.values())
    return {
        place: sign * share / total
        for share, places in used.values()
        for place, sign in zip(places, signs.values())
    }


@needs("feedback", "score", "metric", "item")
def servqual_items(feedback: LazyTable, *, scale: Scale = (1, 7), min_n: int = 30) -> pd.DataFrame:
    """Expectation, perception and gap of every question, one row per item.

    Columns out as in `servqual`, with `item` and `dimension`, and `item_rest` (−1…1): the
    correlation of the item's perception with the sum of its dimension's other items, among people
    who answered them all (n = `rest_n`). An `item_rest` below 0 mostly means a question that was
    worded the other way round and not recoded. p values are Benjamini–Hochberg adjusted over the
    items. Largest shortfall first.
    """
    data = feedback if "dimension" in feedback.columns else feedback.mutate(dimension=literal(""))
    known = _sides(data.mutate(dimension=data.dimension.fill_null("")))
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    known = known.filter(known.item.notnull())
    joint = _joint(known, ("dimension", "item"), within=("dimension", "item"))
    keys = joint.keys[["dimension", "item"]].drop_duplicates().to_dict("records")
    table = gap_rows(joint, keys, scale=scale, min_n=min_n)
    table = table.merge(item_rest(known), on=["dimension", "item"], how="left")
    table = table.assign(p_value=adjusted(table.p_value))
    return table.sort_values(["gap_points", "dimension", "item"]).reset_index(drop=True)


@needs("feedback", "score", "metric", "dimension")
def servqual_waves(
    feedback: LazyTable, *, every: str = "Q", scale: Scale = (1, 7), min_n: int = 30
) -> pd.DataFrame:
    """How the gap of every dimension changes between waves, one row per dimension and wave.

    A wave is the survey's own `wave`; without one, the calendar period of `ts` (`every`: "M",
    "Q", "Y"). Columns out: `dimension`, `wave`; `gap_points` with `_lo`, `_hi`; `gap_change`
    against the wave before with `_lo`, `_hi` (95 %), blank in the first; `p_value` of no change
    (Benjamini–Hochberg over all changes); `n`, `pairs`, `design`, `small` (this wave or the one
    before under `min_n`), `method`. People who answered in both waves are taken as the same.
    Waves follow their first date, else their ids. With one wave only: Missing.
    """
    known = _waved(feedback, every)
    known = known if isinstance(known, Missing) else _sides(known)
    if isinstance(known, Missing):
        return known  # type: ignore[return-value]
    waves = _order(known)
    if len(waves) < 2:
        return Missing("feedback", ("wave",))  # type: ignore[return-value]
    joint = _joint(known, ("dimension", "wave"))
    names = _listed(joint)
    keys = [{"dimension": name, "wave": wave} for name in names for wave in waves]
    table = gap_rows(joint, keys, scale=scale, min_n=min_n)
    change = _changes(joint, names, waves, span=scale[1] - scale[0])
    before = table.small.groupby(table.dimension).shift(1, fill_value=False)
    table = table.assign(
        **_named(change, "gap_change"),
        p_value=adjusted(np.where(table.small | before, np.nan, p_two_sided(change))),
        small=table.small | before,
        method="method_gap_change",
    )
    return table.drop(columns=[c for c in table if c.startswith(SIDES)])


def _waved(feedback: LazyTable, every: str) -> LazyTable | Missing:
    """Feedback with its wave; the calendar period where no row names one."""
    if "wave" in feedback.columns:
        named = feedback.filter(feedback.wave.notnull())
        if not collect(named.filter(named.metric.isin(SIDES)).limit(1)).empty:
            return named
    if "ts" not in feedback.columns:
        return Missing("feedback", ("wave",))
    dated = feedback.filter(feedback.ts.notnull())
    return dated.mutate(wave=dated.ts.truncate(every).strftime("%Y-%m-%d"))


def _order(known: LazyTable) -> list[str]:
    first = known.ts.min() if "ts" in known.columns else literal(0)
    table = collect(known.group_by("wave").agg(first=first))
    return table.sort_values(["first", "wave"]).wave.tolist()


def _changes(
    joint: JointMeans, names: Sequence[str], waves: Sequence[str], *, span: float
) -> pd.DataFrame:
    """Each wave's gap minus the gap of the wave before; blank in the first wave."""

    def part(name: str, wave: str, sign: float) -> dict[int | None, float]:
        place = {side: joint.place(dimension=name, wave=wave, metric=side) for side in SIDES}
        return {place["perception"]: sign, place["expectation"]: -sign}

    parts: list[dict[int | None, float]] = []
    for name in names:
        parts.append({})
        pairs = zip(waves[:-1], waves[1:])
        parts += [part(name, new, 1.0) | part(name, old, -1.0) for old, new in pairs]
    return _estimate(combined(joint, parts, span=span))
