"""What a journey was like, in numbers: features of each journey, and which go with its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from keytouch.contrasts import adjusted
from keytouch.drivers import journey_key
from keytouch.engine import (
    LazyTable,
    Missing,
    cases,
    collect,
    from_frame,
    literal,
    minutes_between,
)
from keytouch.estimate import LEVEL, effective_n
from keytouch.prepared import journey_rows
from keytouch.rework import per_journey, placed_steps
from keytouch.satisfaction import whole_scores
from keytouch.weighted import indicator

ALPHA, TINY = 0.05, 1e-12
NO_JOURNEYS, NO_SCORES = Missing("journeys"), Missing("feedback", ("score",))
FEATURES = (
    "length", "touchpoints_used", "repeats", "self_loops", "failures", "wait_sum", "pause", "span",
    "channels_used", "switches", "cost_sum", "mood_mean", "mood_peak", "mood_end",
)  # fmt: skip
LINE = ("usual", "level", "slope")
TARGETS = {"score": "x", "converted": "converted"}
ENDINGS = ("converted", "outcome", "value")
FEELINGS = {"mood_mean": "mean", "mood_peak": "peak", "mood_end": "end"}


def journey_features(
    interactions: LazyTable | Missing,
    *,
    journeys: LazyTable | Missing = NO_JOURNEYS,
    feedback: LazyTable | Missing = NO_SCORES,
    first_steps: int = 0,
) -> LazyTable | Missing:
    """What each journey was like, one row per journey; stays in the engine (lazy).

    `first_steps` above 0 describes only that many steps of the journeys that have more, without
    their feelings: what was known at that point, to be held against how they ended.

    Columns out: `key` (journey_id, else customer_id), `customer_id` where known; `rows` journeys
    that the row stands for and their weight `w1`; `length` in steps, `touchpoints_used`
    (different ones), `repeats` (steps beyond the first at a touchpoint), `self_loops` (a
    touchpoint directly after itself);
    `failures` and `wait_sum` in minutes (0 where nothing failed or no wait was recorded in this
    journey); `pause`, the longest time between two steps, and `span`, from first to last, in
    minutes; `channels_used`, `switches` of channel; `cost_sum`; from feedback `mood_mean`,
    `mood_peak`, `mood_end` in 0–1: what was felt on the way (see `journey_rows`; blank where
    nothing was rated) and `x`, the overall satisfaction in 0–1; from journeys (or journey rows)
    `converted` (1, 0), `outcome`, `value`; `landmark`, where `first_steps` are asked for. A
    column is there only where the data fill it. Order and what is left out: see `steps`.
    """
    placed = placed_steps(interactions)
    if isinstance(interactions, Missing) or isinstance(placed, Missing):
        return placed
    if first_steps:
        placed = _cut(placed, first_steps)
    table = placed.group_by("key").agg(**per_journey(placed), **_counted(placed))
    table = table.mutate(repeats=table.length - table.touchpoints_used)
    key = str(journey_key(interactions))
    if first_steps:
        table = table.mutate(landmark=literal(first_steps))
    table = _joined(table, _from_rows(interactions, journeys, feedback, not first_steps))
    return _joined(table, _scores(feedback, key))


def _cut(placed: LazyTable, first_steps: int) -> LazyTable:
    """The first steps of journeys that have more; the last of them leads nowhere."""
    kept = placed.filter((placed.step <= first_steps) & (placed.steps > first_steps))
    inner = kept.step < first_steps
    ends = {name: cases((inner, kept[name])) for name in ("next_touchpoint", "minutes")
            if name in kept.columns}  # fmt: skip
    return kept.mutate(**ends)


def _counted(placed: LazyTable) -> dict[str, Any]:
    """What the event log alone tells of a journey."""
    found = {
        "length": placed.count().cast("float64"),
        "touchpoints_used": placed.touchpoint_id.nunique().cast("float64"),
        "self_loops": indicator(placed.next_touchpoint == placed.touchpoint_id).sum(),
    }
    if "success" in placed.columns:
        found["failures"] = indicator(placed.success == literal(False)).sum()
    if "wait_minutes" in placed.columns:
        found["wait_sum"] = placed.wait_minutes.fill_null(0.0).sum()
    if "minutes" in placed.columns:
        found["pause"] = placed.minutes.max()
        found["span"] = minutes_between(placed.ts.min(), placed.ts.max())
    if "channel" in placed.columns:
        found["channels_used"] = placed.channel.nunique().cast("float64")
        found["switches"] = indicator(placed.previous_channel != placed.channel).sum()
    if "cost" in placed.columns:
        found["cost_sum"] = placed.cost.sum()
    return found


def _joined(table: LazyTable, other: LazyTable | None) -> LazyTable:
    if other is None:
        return table
    return table.left_join(other, "key").drop("key_right")


def _scores(feedback: LazyTable | Missing, key: str) -> LazyTable | None:
    whole = whole_scores(feedback, key)
    return None if isinstance(whole, Missing) else whole.select("key", "x")


def _from_rows(
    interactions: LazyTable,
    journeys: LazyTable | Missing,
    feedback: LazyTable | Missing,
    felt: bool,
) -> LazyTable | None:
    """How each journey ended and, where asked for, what was felt on the way."""
    ready = not isinstance(journeys, Missing) and "path" in journeys.columns
    rows = journeys if ready else journey_rows(interactions, journeys, feedback)
    if isinstance(rows, Missing):
        return None
    names = {name: name for name in ENDINGS} | (FEELINGS if felt else {})
    kept = {new: rows[old] for new, old in names.items() if old in rows.columns}
    if "converted" in kept:
        known = kept["converted"]
        kept["converted"] = cases((known, 1.0), (~known, 0.0))
    return rows.select("key", **kept) if kept else None


def feature_effects(
    features: LazyTable | Missing,
    *,
    scale: tuple[float, float] = (1, 5),
    without: Sequence[str] = (),
    min_n: int = 30,
) -> pd.DataFrame | Missing:
    """Which features of a journey go with overall satisfaction and conversion.

    Reads `journey_features`. One row per feature and `target` ("score", "converted") where both
    vary. Columns out: `feature`, `target`; `usual` and `spread`, the feature's mean and standard
    deviation; `correlation` −1…1; what one spread more goes with: `score_change` in points of
    `scale`, `rate_difference` in 0–1 of conversion (each blank for the other target); all with
    `_lo`, `_hi` (95 %, t, errors robust against unequal variance and with customers as clusters);
    `p_value` (Benjamini–Hochberg over all rows); `linked` (adjusted p ≤ .05); `n` journeys with
    both; `small` (n < `min_n`: never judged); `first_steps` that the
    features describe (0: all); `method`. Strongest first within a target.
    Conversion is linked only with features of the first steps (`first_steps` of
    `journey_features`): whoever converts goes on and so has more of everything afterwards.
    Blanks are left out feature by feature, the features `without` altogether; rows and weights
    count. Each feature stands alone: long journeys have more of everything. Sources: White 1980;
    Liang & Zeger 1986; first steps only: Anderson, Cain & Gelber 1983.
    """
    if isinstance(features, Missing):
        return features
    names = [name for name in FEATURES if name in features.columns and name not in without]
    targets = {name: x for name, x in TARGETS.items() if x in features.columns}
    if "landmark" not in features.columns:
        targets.pop("converted", None)
    if not targets:
        return Missing("feedback", ("score",))
    data = features.mutate(w=features.rows * features.w1)
    tables = [_effects(data, names, target, column) for target, column in targets.items()]
    found = [part for part in tables if not part.empty]
    if not found:
        return Missing("interactions", ("journey_id",))
    table = _finished(pd.concat(found, ignore_index=True), scale, min_n)
    return table.assign(first_steps=_first_steps(features))


def _first_steps(features: LazyTable) -> int:
    """How many first steps the features describe; 0 where whole journeys."""
    if "landmark" not in features.columns:
        return 0
    return int(collect(features.agg(k=features.landmark.max())).k.fillna(0).iloc[0])


def _effects(data: LazyTable, names: list[str], target: str, column: str) -> pd.DataFrame:
    """Slope, its robust error, and both spreads, of every feature on one target."""
    data = data.filter(data[column].notnull())
    first = collect(data.agg(**{k: v for name in names for k, v in _sums(data, name, column)}))
    rows = [_line(first.iloc[0], name) for name in names]
    table = pd.DataFrame(rows).assign(target=target)
    table = table[(table.spread > TINY) & (table.target_spread > TINY) & (table.n > 2)]
    if table.empty:
        return table
    own = "customer_id" if "customer_id" in data.columns else "key"
    cluster = data[own].cast("string").coalesce(data.key.cast("string"))
    data = _with_lines(data.mutate(cluster=cluster), table)
    pulls = {name: _pull(data, name, column) for name in table.feature}
    each = data.group_by("cluster").agg(
        **{f"{name}_p": pull.sum() for name, pull in pulls.items()},
        **{f"{name}_m": indicator(data[name].notnull()).max() for name in pulls},
    )
    second = collect(
        each.agg(
            **{f"{name}_p": (each[f"{name}_p"] * each[f"{name}_p"]).sum() for name in pulls},
            **{f"{name}_m": each[f"{name}_m"].sum() for name in pulls},
        )
    ).iloc[0]
    meat = np.array([second[f"{name}_p"] for name in table.feature], float)
    units = np.array([second[f"{name}_m"] for name in table.feature], float)
    return table.assign(error=_error(table, meat, units), units=units)


def _sums(data: LazyTable, name: str, column: str) -> list[tuple[str, Any]]:
    f, y = data[name], data[column]
    w = cases((data[name].notnull(), data.w), else_=0.0)
    parts = {"w": w, "f": w * f, "y": w * y, "ff": w * f * f, "yy": w * y * y, "fy": w * f * y}
    parts |= {"ww": w * data.w1, "n": cases((data[name].notnull(), data.rows), else_=0.0)}
    return [(f"{name}_{part}", value.sum()) for part, value in parts.items()]


def _line(sums: pd.Series, name: str) -> dict[str, Any]:
    """Means, spreads and the slope of one feature from its sums."""
    parts = [sums[f"{name}_{part}"] for part in ("w", "f", "y", "ff", "yy", "fy", "ww", "n")]
    w, f, y, ff, yy, fy, kish, n = (0.0 if pd.isna(part) else float(part) for part in parts)
    w1 = max(w, TINY)
    mean, level = f / w1, y / w1
    var, var_y = max(ff / w1 - mean**2, 0.0), max(yy / w1 - level**2, 0.0)
    slope = (fy / w1 - mean * level) / var if var > TINY else 0.0
    size = float(effective_n(w, kish))
    return {
        "feature": name, "usual": mean, "spread": var**0.5, "target_spread": var_y**0.5,
        "slope": slope, "level": level, "sxx": w * var, "n": int(n), "n_eff": size,
    }  # fmt: skip


def _with_lines(data: LazyTable, table: pd.DataFrame) -> LazyTable:
    """Every row with each feature's mean, the target's and the slope, as numbers of full length.

    A number typed into SQL is a decimal, whose products run out of places.
    """
    values = table.set_index("feature")[list(LINE)]
    row = {
        f"{name}_{part}": [float(values.at[name, part])] for name in values.index for part in LINE
    }
    return data.cross_join(from_frame(pd.DataFrame(row)))


def _pull(data: LazyTable, name: str, column: str) -> Any:
    """How hard a journey pulls at the slope: its distance from the mean times its residual."""
    usual, level, slope = (data[f"{name}_{part}"] for part in LINE)
    apart = data[name] - usual
    rest = data[column] - level - slope * apart
    return (data.w * apart * rest).fill_null(0.0)


def _error(table: pd.DataFrame, meat: np.ndarray, units: np.ndarray) -> np.ndarray:
    few = np.fmax(units - 1, 1)
    return np.sqrt(meat * units / few) / table.sxx.to_numpy(float)


def _finished(table: pd.DataFrame, scale: tuple[float, float], min_n: int) -> pd.DataFrame:
    free = np.fmax(table.units - 2, 1).to_numpy(float)
    small = (table.n < min_n).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(table.error > 0, table.slope / table.error, np.inf * np.sign(table.slope))
    p_value = adjusted(np.where(small, np.nan, 2 * stdtr(free, -np.abs(t))))
    half = stdtrit(free, (1 + LEVEL) / 2) * table.error
    span = np.where(table.target == "score", scale[1] - scale[0], np.nan)
    whole = np.where(table.target == "converted", 1.0, np.nan)
    units = {
        "correlation": table.spread / table.target_spread,
        "score_change": table.spread * span,
        "rate_difference": table.spread * whole,
    }
    columns: dict[str, Any] = {}
    for name, unit in units.items():
        for end, value in (
            ("", table.slope),
            ("_lo", table.slope - half),
            ("_hi", table.slope + half),
        ):
            columns[name + end] = value * unit
    for end in ("_lo", "_hi"):
        columns[f"correlation{end}"] = columns[f"correlation{end}"].clip(-1, 1)
    done = table[["feature", "target", "usual", "spread"]].assign(
        **columns,
        p_value=p_value,
        linked=p_value <= ALPHA,
        n=table.n,
        small=small,
        method="method_feature_effects",
    )
    done = done.assign(_place=done.target.map(list(TARGETS).index), _size=done.correlation.abs())
    done = done.sort_values(["_place", "_size", "feature"], ascending=[True, False, True])
    return done.drop(columns=["_place", "_size"]).reset_index(drop=True)
