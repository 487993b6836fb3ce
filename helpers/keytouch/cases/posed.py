"""Whether what is planted in a case can be found at all, at its size and difficulty.

A fact that no analysis could find makes a bad exercise: whoever misses it has done no wrong. So
every fact has a margin, its expected estimate in standard errors, and from that the chance that
a plain analysis finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from scipy.special import ndtr

from keytouch.cases import margins
from keytouch.cases.facts import Fact, facts
from keytouch.cases.margins import MATERIAL, Margin, Sample
from keytouch.cases.registry import spots
from keytouch.cases.truth import SEED, Truth
from keytouch.problems import DataError, Problem

POWER = 0.9
TWO_SIDED, SURE, SCANNED, DECISIVE = 1.96, 0.842, 2.975, 0.0
"""What a margin must pass: a test at 5 %; P ≥ .8; a change at an unknown date (Andrews 1993,
sup-F 8.85 at 5 %); evidence of 19 to 1, which is taken off the expected value itself."""
EVIDENCE = 2.944
COLUMNS = ("claim", "touchpoint", "subject", "expected", "error", "margin", "power", "ok")


def well_posed(case: str, truth: Truth, *, seed: int = SEED) -> pd.DataFrame:
    """How surely each planted fact can be found, one row a fact, the least sure first.

    `expected` is what an analysis is expected to find as a distance from what it must be told
    apart from (nothing planted, or for key touchpoints and for those without effect the smallest
    slope worth acting on), `error` its standard error at this size, `margin` the ratio of both,
    `power` the chance to find it, `ok` whether that is at least .9. Facts that are no matter of
    chance (the types of moments) or not sought have no row.
    """
    sample = Sample(case, truth, seed)
    records = []
    for fact in facts(case, truth):
        found = _margins(fact, sample) if fact.sought else []
        if not found:
            continue
        (expected, error), threshold = min(found, key=lambda m: m[0][0] / m[0][1] - m[1])
        margin = expected / error
        power = float(ndtr(margin - threshold))
        place = (fact.claim, fact.touchpoint, fact.subject)
        records.append((*place, expected, error, margin, power, power >= POWER))
    return pd.DataFrame(records, columns=list(COLUMNS)).sort_values(
        "power", kind="stable", ignore_index=True
    )


def _margins(fact: Fact, sample: Sample) -> list[tuple[Margin, float]]:
    """The margins that a fact must pass, each with its threshold."""
    truth, place = sample.truth, {spot.id: spot for spot in spots(sample.case)}
    match fact.claim:
        case "key_touchpoint":
            value, error = margins.slope(sample, fact.touchpoint)
            return [((value - MATERIAL, error), SURE)]
        case "decoy" | "low_score":
            value, error = margins.slope(sample, fact.touchpoint)
            return [((MATERIAL - value, error), SURE)]
        case "penalty_only" | "reward_only":
            return [(margin, SURE) for margin in margins.bend(sample, fact.touchpoint)]
        case "segment_effect":
            return [(margins.segment_gap(sample, fact.touchpoint, fact.subject), TWO_SIDED)]
        case "turning_point":
            return [(margins.carry(sample, fact.touchpoint), TWO_SIDED)]
        case "change":
            return [(margins.level_change(sample), SCANNED)]
        case "improvement_worked":
            return [(margins.improved(sample, fact.touchpoint, dict(fact.details)), TWO_SIDED)]
        case "improvement_useless":
            return [(_useless(fact, sample), TWO_SIDED)]
        case "reversal":
            return [(margin, TWO_SIDED) for margin in margins.reversal(sample)]
        case "handover_loss":
            return [(margins.hand_over(sample), TWO_SIDED)]
        case "nonresponse":
            return [(margins.silence(sample), TWO_SIDED)]
        case "remembered_by":
            value, error = margins.memory(sample)
            return [((value - EVIDENCE, error), DECISIVE)]
        case "contact_cap":
            return [(margins.over_contact(truth), TWO_SIDED)]
        case "kano":
            return [(margins.kano(truth), TWO_SIDED)]
        case "servqual_gap" | "servqual_gain" | "provider_gap":
            return [(_gap(fact, truth), TWO_SIDED)]
        case "expectation_gap":
            return [(margins.expectation_gap(truth, place[fact.touchpoint]), SURE)]
        case "brand_weakness":
            return [(margin, SURE) for margin in margins.brand_weakness(truth)]
        case "lag" | "lead":
            return [(margins.rivalry(truth, place[fact.touchpoint]), TWO_SIDED)]
    return []


def _useless(fact: Fact, sample: Sample) -> Margin:
    """How surely a useless improvement can be told from the one that worked."""
    worked = next(f for f in facts(sample.case, sample.truth) if f.claim == "improvement_worked")
    value, error = margins.improved(sample, fact.touchpoint, dict(fact.details))
    return float(worked.value or 0.0) - abs(value), error


def _gap(fact: Fact, truth: Truth) -> Margin:
    asked, points = truth.servqual, float(fact.value or 0.0)
    if fact.claim == "provider_gap":
        return margins.provider_gap(truth, points)
    if fact.claim == "servqual_gap":
        return margins.gap(truth, points - asked.gap, people=asked.respondents, waves=2)
    return margins.gap(truth, points, people=asked.respondents)


def refuse_ill_posed(truths: Mapping[str, Truth]) -> None:
    """Raise DataError with every fact that can't be found in its case."""
    problems = []
    for case, truth in truths.items():
        table = well_posed(case, truth)
        problems += [_problem(case, row) for row in table[~table["ok"]].to_dict("records")]
    if problems:
        raise DataError(problems)


def _problem(case: str, row: Mapping[Any, Any]) -> Problem:
    fact = " ".join(str(row[name]) for name in ("claim", "touchpoint", "subject") if row[name])
    values = {"case": case, "fact": fact, "power": f"{row['power']:.2f}"}
    return Problem("problem_not_posed", values=values)
