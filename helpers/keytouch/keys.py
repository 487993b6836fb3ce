"""Key touchpoints: which few touchpoints decide the experience, and how sure that is.

An index ranks them; the decision "key or not" rests on the effect alone. The index multiplies the
effect by a weighted mean of the other components, so that a touchpoint without an effect of its
own gets no credit for being met by everybody, scoring low, or stirring feelings. A sum would give
it that credit: a touchpoint that merely scores low, or merely follows the general mood, would
climb the list.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri

from keytouch.drivers import Draws, driver_draws, importance_of
from keytouch.engine import LazyTable, Missing
from keytouch.estimate import Floats, wilson
from keytouch.key_levels import (
    COLUMNS,
    Component,
    average_consequence,
    checked_weights,
    from_draws,
    from_table,
    furthest_behind,
    levels_from,
    multiplier,
    room,
)
from keytouch.weightings import ranks_of

UNKNOWN = Missing("feedback")
CORRELATION = ("correlation", "correlation_lo", "correlation_hi")
SURE, EXCLUDED, OPEN = 0.8, 0.2, 0.5
MATERIAL, TOP, DRAWS, SEED = 0.2, 3, 1000, 1
Scale = tuple[float, float]


def key_touchpoints(
    feedback: LazyTable | Missing,
    *,
    reach: pd.DataFrame | Missing = UNKNOWN,
    consequences: pd.DataFrame | Missing = UNKNOWN,
    competitors: pd.DataFrame | Missing = UNKNOWN,
    feelings: pd.DataFrame | Missing = UNKNOWN,
    mentions: pd.DataFrame | Missing = UNKNOWN,
    weights: Mapping[str, float] | None = None,
    target: float | Mapping[str, float] | None = None,
    scale: Scale = (1, 5),
    material: float = MATERIAL,
    min_n: int = 30,
    top: int = TOP,
    draws: int = DRAWS,
    seed: int = SEED,
) -> pd.DataFrame | Missing:
    """The touchpoints by how much they decide the experience, one row per scored touchpoint.

    Reads feedback and, where given, the tables of the measures of the same names.
    Decision: `p_key`, the chance that the touchpoint's own effect is at least `material` overall
    points per point, at most .5 where it is not `robust` (see `importance`); `verdict`: "key"
    (p_key ≥ .8), "not" (p_key ≤ .2), else "undecided", as always under `min_n` answers (`small`);
    `n_needed`, the answers that would probably decide an undecided one.
    Components, each with `_lo`, `_hi` (95 %): `slope`, the own effect, overall points per point;
    `reach_rate` 0–1 (the event log's; else the share of respondents who scored it);
    `room_points` up to the `target` (default: the edge of the best quarter of touchpoints);
    `consequence_rate`, mean difference of churn, lost conversion and detractors after low scores;
    `intensity_share`, the spread of affect, else of scores, as a share of the largest possible;
    `behind_points`, points behind the best competitor. `salience` = slope × reach.
    `mention_rate`, comments that name it unprompted; `score` on `scale` and `correlation` with
    the whole, to compare.
    Index: `index_points` 0–100 = 100 × slope (not below 0) × M, with M the weighted mean of 1
    (importance) and the other components' levels, `level_<component>`: shares of a full mark of
    100 % reach, a quarter of the scale for room and competitor, 50 percentage points of
    consequence, the largest possible spread. `part_<component>` says what each contributes.
    Default weights: importance .30, reach .20, gap .15, consequence .15, intensity .10,
    competitor .10; an unknown component (`missing`, comma separated) leaves its weight to the
    known ones. `p_top`: the chance to be among the first `top` with an effect above 0; `rank` with
    `_lo`, `_hi`; all over one bootstrap of customers, other tables' errors drawn independently.
    Largest index first, ties by id. Weights of rows count as in `driver_draws`. An effect is what
    goes along with the overall score, the rest held fixed; it does not prove a cause.
    """
    if isinstance(feedback, Missing):
        return feedback
    drawn = driver_draws(feedback, draws=draws, seed=seed, min_n=min_n)
    if isinstance(drawn, Missing):
        return drawn
    judged = importance_of(drawn, min_n=min_n, material=material, seed=seed)
    tables = {
        "reach": reach,
        "consequence": average_consequence(consequences),
        "competitor": furthest_behind(competitors),
        "intensity": feelings,
    }
    parts = _components(drawn, tables, target, scale, np.random.default_rng(seed))
    levels = levels_from(parts, scale[1] - scale[0])
    chosen = checked_weights(weights)
    table = _decisions(drawn, judged, material=material, min_n=min_n)
    table = table.assign(
        **_index(drawn, levels, chosen, top),
        **_scores(drawn, scale),
        **_columns(parts),
        **_salience(drawn, parts["reach"]),
        **_shares(drawn, levels, chosen),
        method="method_keys",
    )
    table = _with_mentions(table, mentions)
    order = ["index_points", "touchpoint_id"]
    return table.sort_values(order, ascending=[False, True]).reset_index(drop=True)


def _components(
    drawn: Draws,
    tables: Mapping[str, pd.DataFrame | Missing],
    target: float | Mapping[str, float] | None,
    scale: Scale,
    random: np.random.Generator,
) -> dict[str, Component]:
    """Every component in its own unit; unknown ones are nan."""
    ids, count = drawn.touchpoints, len(drawn.draws.slope)
    lo, span = scale[0], scale[1] - scale[0]
    aim = _target(target, ids)
    score = lo + span * drawn.draws.score
    gap = from_draws(room(lo + span * drawn.point.score, aim), room(score, aim))
    reach = from_table(tables["reach"], "reach_rate", ids, random, count)
    spread = from_draws(2 * drawn.point.sd, 2 * drawn.draws.sd)
    felt = _felt_spread(tables["intensity"])
    affect = from_table(felt, "affect_sd", ids, random, count)
    return {
        "reach": _filled(reach, _answered(drawn, random)),
        "gap": gap,
        "consequence": from_table(
            tables["consequence"], COLUMNS["consequence"], ids, random, count
        ),
        "intensity": _filled(affect, spread),
        "competitor": from_table(tables["competitor"], COLUMNS["competitor"], ids, random, count),
    }


def _felt_spread(feelings: pd.DataFrame | Missing) -> pd.DataFrame | Missing:
    """The spread of affect as a share of the largest possible, 2 on −2…2; none of small groups."""
    if isinstance(feelings, Missing):
        return feelings
    names = ["affect_sd", "affect_sd_lo", "affect_sd_hi"]
    known = feelings[~feelings.small]
    return known.assign(**{name: known[name] / 2 for name in names})


def _target(target: float | Mapping[str, float] | None, ids: list[str]) -> Floats | None:
    """Each touchpoint's target; one that is not named has none and stays without a gap."""
    if target is None:
        return None
    if isinstance(target, Mapping):
        return np.array([target.get(name, np.nan) for name in ids], float)
    return np.full(len(ids), float(target))


def _answered(drawn: Draws, random: np.random.Generator) -> Component:
    """The share of respondents who scored a touchpoint, where the event log doesn't know it."""
    whole = float(drawn.sums.n[-1, -1])
    share = drawn.n / whole
    lo, hi = wilson(share, whole)
    noise = random.standard_normal(drawn.draws.slope.shape)
    return Component(share, lo, hi, share + (hi - lo) / 3.92 * noise)


def _filled(first: Component, second: Component) -> Component:
    """A component where it is known, else another."""
    known = np.isfinite(first.value) & np.isfinite(first.lo)
    pairs = zip(vars(first).values(), vars(second).values())
    return Component(*(np.where(known, one, other) for one, other in pairs))


def _decisions(drawn: Draws, judged: pd.DataFrame, *, material: float, min_n: int) -> pd.DataFrame:
    """Key, undecided or not, from the effect alone."""
    known = judged.set_index("touchpoint_id").loc[drawn.touchpoints]
    robust = (known.verdict == "robust").to_numpy()
    chance = known.p_material.to_numpy(float)
    p_key = np.where(robust, chance, np.fmin(chance, OPEN))
    small = drawn.n < min_n
    states = [small, p_key >= SURE, p_key <= EXCLUDED]
    verdict = np.select(states, ["undecided", "key", "not"], "undecided")
    slope, error = known.slope.to_numpy(float), known.slope_se.to_numpy(float)
    table = pd.DataFrame(
        {
            "touchpoint_id": drawn.touchpoints,
            "p_key": p_key,
            "verdict": verdict,
            "slope": slope,
            "slope_lo": known.slope_lo.to_numpy(float),
            "slope_hi": known.slope_hi.to_numpy(float),
            "driver_verdict": known.verdict.to_numpy(),
            **{name: known[name].to_numpy(float) for name in CORRELATION},
            "n": drawn.n,
            "small": small,
        }
    )
    open_ones = table.verdict == "undecided"
    needed = needed_answers(slope, error, drawn.n, material=material)
    return table.assign(n_needed=np.where(open_ones, np.fmax(needed, min_n), np.nan))


def needed_answers(slope: Floats, error: Floats, n: Floats, *, material: float) -> Floats:
    """How many answers would probably decide, if the estimate stays where it is.

    So many that the material effect lies twice 0.84 standard errors from the estimate: then the
    chance is .8 that the decision reaches .8. Rounded up to tens; the square root law.

    >>> needed_answers(np.array([0.3]), np.array([0.1]), np.array([100]), material=0.2).tolist()
    [290.0]
    """
    apart = np.fmax(np.abs(slope - material), 1e-6)
    needed = n * (2 * ndtri(SURE) * error / apart) ** 2
    return np.ceil(needed / 10) * 10


def _effects(drawn: Draws) -> tuple[Floats, Floats]:
    """The own effects, at the data and in every draw; never below 0."""
    return np.fmax(drawn.point.slope, 0), np.fmax(drawn.draws.slope, 0)


def _index(
    drawn: Draws, levels: Mapping[str, Component], weights: Mapping[str, float], top: int
) -> dict[str, object]:
    """The index, its rank, and the chance to be among the first."""
    effect, again = _effects(drawn)
    value = 100 * effect * multiplier({k: v.value for k, v in levels.items()}, weights)
    draws = 100 * again * multiplier({k: v.draws for k, v in levels.items()}, weights)
    ranks, rank = ranks_of(draws), ranks_of(value[None])[0]
    lo, hi = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest")
    return {
        **_bounded("index_points", from_draws(value, draws)),
        "rank": rank,
        "rank_lo": np.fmin(lo, rank),
        "rank_hi": np.fmax(hi, rank),
        "p_top": ((ranks <= top) & (draws > 0)).mean(axis=0),
    }


def _scores(drawn: Draws, scale: Scale) -> dict[str, Floats]:
    """Mean scores on the scale, from the same draws."""
    low, span = scale[0], scale[1] - scale[0]
    score = from_draws(low + span * drawn.point.score, low + span * drawn.draws.score)
    return _bounded("score", score)


def _columns(parts: Mapping[str, Component]) -> dict[str, Floats]:
    """Every component in its own unit with its bounds."""
    return {
        name: array
        for part, component in parts.items()
        for name, array in _bounded(COLUMNS[part], component).items()
    }


def _salience(drawn: Draws, reach: Component) -> dict[str, Floats]:
    """Effect times reach: what a touchpoint moves over all journeys."""
    effect, again = _effects(drawn)
    return _bounded("salience", from_draws(effect * reach.value, again * reach.draws))


def _bounded(name: str, part: Component) -> dict[str, Floats]:
    return {name: part.value, f"{name}_lo": part.lo, f"{name}_hi": part.hi}


def _shares(
    drawn: Draws, levels: Mapping[str, Component], weights: Mapping[str, float]
) -> dict[str, object]:
    """What each component contributes to the index, its level, and which ones are unknown."""
    effect = _effects(drawn)[0]
    known = {name: level.value for name, level in levels.items()}
    ones = {"importance": np.ones(len(effect)), **known}
    weight = sum(weights[name] * np.isfinite(level) for name, level in ones.items())
    unit = np.divide(100 * effect, weight, out=np.zeros(len(effect)), where=weight > 0)
    parts = {
        f"part_{name}": unit * weights[name] * np.nan_to_num(level) for name, level in ones.items()
    }
    missing = [
        ",".join(name for name, level in known.items() if not np.isfinite(level[k]))
        for k in range(len(effect))
    ]
    return {
        **parts,
        **{f"level_{name}": level for name, level in known.items()},
        "missing": missing,
    }


def _with_mentions(table: pd.DataFrame, mentions: pd.DataFrame | Missing) -> pd.DataFrame:
    """How often comments name a touchpoint unprompted; blank where nobody counted."""
    names = ["mention_rate", "mention_rate_lo", "mention_rate_hi"]
    if isinstance(mentions, Missing):
        return table.assign(**dict.fromkeys(names, np.nan))
    return table.merge(mentions[["touchpoint_id", *names]], on="touchpoint_id", how="left")
