"""Every planted fact of a case as a list, derived from its truth and tables; nothing typed twice.

A fact speaks the vocabulary of the findings' claims. Slopes are nominal: overall points for one
touchpoint point, others held fixed, before answers are rounded and cut off at the scale's ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

from keytouch.cases.model import hand_over_loss
from keytouch.cases.truth import Spot, Truth, named, rows, spots


@dataclass(frozen=True)
class Fact:
    """One planted fact; `subject` is what it concerns beside a touchpoint.

    Not `sought` is what holds by the way: to say it is no false alarm, to miss it no fault.
    """

    claim: str
    touchpoint: str = ""
    subject: str = ""
    value: float | None = None
    unit: str = ""
    details: tuple[tuple[str, object], ...] = ()
    sought: bool = True


def facts(case: str, truth: Truth) -> tuple[Fact, ...]:
    """The planted facts of a case, the touchpoints' first."""
    people, trials = _people(case, truth), _trials(case, truth)
    return (*_touchpoints(case, truth), *_journeys(truth), *people, *trials,
            *_instruments(case, truth))  # fmt: skip


def effect_in(spot: Spot, truth: Truth, segment: str) -> float:
    """A touchpoint's effect in a segment, overall SD per perceived SD."""
    for own in truth.segment_effects:
        if (own.segment, own.touchpoint) == (segment, spot.id):
            return own.effect * truth.effect_scale
    return spot.effect * truth.effect_scale


def slope(spot: Spot, truth: Truth, effect: float) -> float:
    """Nominal overall points a touchpoint point; of a penalty or reward, over both its sides."""
    half = 1.0 if spot.shape == "linear" else 0.5
    return half * effect * truth.overall_sd / spot.sd


def mean_effect(case: str, spot: Spot, truth: Truth) -> float:
    """A touchpoint's effect, averaged over the segments by their shares."""
    if spot.id not in {own.touchpoint for own in truth.segment_effects}:
        return spot.effect * truth.effect_scale
    shares = [(row["id"], float(row["share"])) for row in named(case, "segment")]
    total = sum(share for _, share in shares)
    return sum(share * effect_in(spot, truth, name) for name, share in shares) / total


def _touchpoints(case: str, truth: Truth) -> Iterator[Fact]:
    for spot in spots(case):
        if spot.moment:
            yield Fact("moment", spot.id, spot.moment)
        if not spot.asked:
            continue
        effect = mean_effect(case, spot, truth)
        points = slope(spot, truth, effect)
        told = (("effect", effect), ("role", spot.role))
        unit = "overall points per touchpoint point"
        yield Fact("effect", spot.id, value=points, unit=unit, details=told)
        if spot.role == "key":
            yield Fact("key_touchpoint", spot.id, value=points, unit=unit, details=told)
        if spot.effect == 0:
            yield Fact("no_effect", spot.id, value=0.0, unit=unit, details=told)
        if spot.role in ("decoy", "low_score"):
            trap = (("halo", spot.halo), ("mean", spot.mean))
            yield Fact(spot.role, spot.id, value=0.0, unit=unit, details=trap)
        if spot.shape != "linear":
            side = 2 * slope(spot, truth, spot.effect * truth.effect_scale)
            yield Fact(f"{spot.shape}_only", spot.id, value=side, unit=unit)


def _journeys(truth: Truth) -> Iterator[Fact]:
    """What happens along journeys and over time."""
    turning, change, passed = truth.turning, truth.change, truth.hand_over
    if turning.touchpoint:
        unit = "SD of later experiences per SD"
        yield Fact("turning_point", turning.touchpoint, value=turning.carry, unit=unit)
    yield Fact("remembered_by", subject=truth.memory.rule)
    if change.touchpoint:
        unit = "SD of own experience"
        yield Fact("change", change.touchpoint, f"{change.day}", change.shift, unit)
    if passed.touchpoint:
        yield Fact(
            "handover_loss",
            passed.touchpoint,
            f"{passed.source}>{passed.target}",
            hand_over_loss(passed),
            "share solved",
            (("solved", passed.solved),),
        )


def _people(case: str, truth: Truth) -> Iterator[Fact]:
    """Who answers, who is asked too often, who differs."""
    if truth.response_per_sd:
        way = "up" if truth.response_per_sd > 0 else "down"
        unit = "log odds of an answer per overall SD"
        yield Fact("nonresponse", subject=way, value=truth.response_per_sd, unit=unit)
    cap = truth.contacts
    told = (("hazard", cap.hazard), ("hazard_beyond", cap.hazard_beyond), ("window_days", 7))
    yield Fact("contact_cap", value=float(cap.cap), unit="contacts a week", details=told)
    if truth.reversal.pooled:
        planted = (truth.reversal.pooled, truth.reversal.within)
        for pair in (planted, *(p for p in reversed_pairs(case, truth) if p != planted)):
            subject, within = "channel:" + ">".join(pair), (("within", pair[1]),)
            yield Fact("reversal", subject=subject, details=within, sought=pair == planted)
    for own in truth.segment_effects:
        value, unit = own.effect * truth.effect_scale, "overall SD per perceived SD"
        yield Fact("segment_effect", own.touchpoint, own.segment, value, unit)


def reversed_pairs(case: str, truth: Truth) -> list[tuple[str, str]]:
    """Every pair of channels of which the first is ahead in all and the other in every segment.

    A channel's lead in all is the mood of its customers' segments beside what it gives itself.
    """
    felt = [spot for spot in spots(case) if spot.asked]
    moved = sum(spot.effect * spot.halo**0.5 for spot in felt)
    given = sum(spot.effect * (1 - spot.halo) ** 0.5 for spot in felt)
    segments = {
        row["id"]: (float(row["share"]), float(row["shift"])) for row in named(case, "segment")
    }
    channels = [(row["id"], float(row["shift"] or 0)) for row in named(case, "channel")]
    levels = {}
    for place, (channel, own) in enumerate(channels[: len(truth.mix[0][1])]):
        part = [segments[name][0] * mix[place] for name, mix in truth.mix]
        moods = [segments[name][1] for name, _ in truth.mix]
        mood = sum(p * m for p, m in zip(part, moods)) / sum(part)
        levels[channel] = (moved * mood + given * own, own)
    return [
        (a, b)
        for a, b in permutations(levels, 2)
        if levels[a][0] > levels[b][0] and levels[a][1] < levels[b][1]
    ]


def _trials(case: str, truth: Truth) -> Iterator[Fact]:
    """Done improvements with a comparison group."""
    known = {row["action_id"]: row for row in rows("actions", case)}
    place = {spot.id: spot for spot in spots(case)}
    for one in truth.improvements:
        row = known[one.action]
        spot = place[row["touchpoint_id"]]
        claim = "improvement_worked" if one.shift else "improvement_useless"
        points = spot.sd * (1 - spot.halo) ** 0.5 * one.shift
        told = (("start", row["start"]), ("scope", row["scope"]), ("shift", one.shift))
        yield Fact(claim, spot.id, one.action, points, "touchpoint points", told)


def _instruments(case: str, truth: Truth) -> Iterator[Fact]:
    """What the further surveys are to show."""
    for row in rows("items", case):
        if row["instrument"] == "kano":
            category = (("category", row["category"]),)
            yield Fact("kano", row["touchpoint_id"], row["item"], details=category)
    asked = truth.servqual
    told = (("improved", asked.improved), ("gain", asked.gain), ("others", asked.gap))
    yield Fact("servqual_gap", "", asked.gap_dimension, asked.gap_points, "points of 7", told)
    yield Fact("servqual_gain", "", asked.improved, asked.gain, "points of 7")
    yield Fact("provider_gap", "", asked.provider_gap, asked.provider_points, "points of 7")
    yield from _expected(truth)
    panel = truth.benchmark
    if panel.lag_touchpoint:
        unit = "touchpoint points, competitor − client"
        yield Fact("lag", panel.lag_touchpoint, panel.lag_company, panel.points, unit)
        yield Fact("lead", panel.lead_touchpoint, panel.lead_company, -panel.points, unit)


def _expected(truth: Truth) -> Iterator[Fact]:
    """What the survey of expectations is to show."""
    plan = truth.expectations
    if plan.gap_touchpoint:
        told = (("others", plan.gap),)
        yield Fact("expectation_gap", plan.gap_touchpoint, "", plan.gap_points, "points of 7", told)
    if plan.weak_item:
        told = (("others", plan.agreement),)
        yield Fact("brand_weakness", "", plan.weak_item, plan.weak_points, "points of 5", told)
