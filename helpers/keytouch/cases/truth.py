"""What is planted in the cases: every parameter of the generative model, in one place a case.

The model. A customer has a lasting mood (trait) and a journey has its own (both standard
normal); together they are the halo. What happens at a touchpoint is the own experience `e`,
standard normal, moved by facts such as a late parcel. A customer perceives
`p = sqrt(halo) * H + sqrt(1 - halo) * e`; a touchpoint's score is `mean + sd * p`, rounded onto
the scale. Overall satisfaction is `sum(effect * (score - mean) / sd) + noise` over the touchpoints
used, and recommendation, effort, churn and comments follow from it. Halo reaches the whole only
through scores, so a touchpoint with effect 0 has none, however high its score correlates.

Segments differ in mood (a shift of the halo), channels in what they give (a shift of every own
experience). A penalty-only touchpoint counts while it is below its mean, a reward-only one above.
What else is planted has its shape in `plants` and its value here; `facts` lists it all.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

import pandas as pd

from keytouch.cases.plants import (
    Benchmark,
    Change,
    ExpectationSurvey,
    HandOver,
    Improvement,
    IncidentStudy,
    KanoSurvey,
    Memory,
    OverContact,
    Reversal,
    SegmentEffect,
    ServqualSurvey,
    TurningPoint,
)
from keytouch.cases.registry import Spot as Spot
from keytouch.cases.registry import named as named
from keytouch.cases.registry import rows as rows
from keytouch.cases.registry import spots

SEED = 20250118
PERIOD = (datetime(2025, 1, 1), datetime(2025, 6, 30, 23, 59, 59))


@dataclass(frozen=True)
class Truth:
    """What all three cases share; each case adds its own facts."""

    customers: int = 3000
    journeys: int = 4000
    trait_share: float = 0.2
    mood_share: float = 0.2
    effect_scale: float = 1.0
    overall_noise: float = 0.4
    worst: int = -3
    overall_mean: float = 3.65
    overall_sd: float = 0.95
    nps_mean: float = 8.0
    nps_per_sd: float = 1.9
    nps_noise: float = 1.2
    ces_mean: float = 5.1
    ces_per_sd: float = 0.75
    ces_per_effort_sd: float = 0.45
    ces_noise: float = 0.7
    response_rate: float = 0.55
    response_per_sd: float = 0.2
    response_per_late: float = -0.9
    response_per_churn: float = -1.0
    blank_rate: float = 0.03
    dont_know_rate: float = 0.015
    churn_rate: float = 0.2
    churn_per_sd: float = -1.2
    english_share: float = 0.1
    consent_share: float = 0.82
    wait_spread: float = 0.8
    wait_per_sd: float = -0.6
    service_per_sd: float = 0.5
    complaint_solved: float = 0.68
    survey_comment_share: float = 0.3
    comment_shares: tuple[float, ...] = (0.85, 0.82, 0.65, 0.5, 0.52)
    stars: tuple[float, ...] = (0.110, 0.028, 0.079, 0.196, 0.587)
    mix: tuple[tuple[str, tuple[float, ...]], ...] = ()
    turning: TurningPoint = TurningPoint("", 0.0)
    change: Change = Change("", PERIOD[1].date(), 0.0)
    improvements: tuple[Improvement, ...] = ()
    segment_effects: tuple[SegmentEffect, ...] = ()
    reversal: Reversal = Reversal("", "")
    hand_over: HandOver = HandOver("", "", "", 1.0)
    contacts: OverContact = OverContact()
    memory: Memory = Memory()
    kano: KanoSurvey = KanoSurvey()
    servqual: ServqualSurvey = ServqualSurvey()
    expectations: ExpectationSurvey = ExpectationSurvey("", "")
    benchmark: Benchmark = Benchmark("", "", "", "")
    incidents: IncidentStudy = IncidentStudy()


@dataclass(frozen=True)
class EcommerceTruth(Truth):
    """An online shop: sessions, some of which become orders."""

    customers: int = 4200
    journeys: int = 11000
    overall_mean: float = 3.5
    mix: tuple[tuple[str, tuple[float, ...]], ...] = (
        ("new", (0.18, 0.5, 0.17, 0.15)),
        ("regular", (0.63, 0.12, 0.17, 0.08)),
        ("member", (0.62, 0.14, 0.17, 0.07)),
        ("bargain", (0.19, 0.48, 0.17, 0.16)),
    )
    turning: TurningPoint = TurningPoint("payment", 0.35)
    change: Change = Change("search", date(2025, 4, 14), -1.0)
    improvements: tuple[Improvement, ...] = (Improvement("A01", 1.5), Improvement("A08", 0.0))
    segment_effects: tuple[SegmentEffect, ...] = (
        SegmentEffect("bargain", "recommendation", 0.0),
        SegmentEffect("bargain", "cart", 0.45),
    )
    reversal: Reversal = Reversal("app", "mini_program")
    hand_over: HandOver = HandOver("customer_service", "app", "hotline", 0.5)
    expectations: ExpectationSurvey = ExpectationSurvey("receipt", "b02")
    benchmark: Benchmark = Benchmark("delivery", "jinlan", "recommendation", "baihe")
    english_share: float = 0.05
    response_rate: float = 0.7
    visitor_response: float = 0.09
    new_year_traffic: float = 0.6
    sale_traffic: float = 1.6
    ad_livestream: float = 0.8
    browse_again: float = 0.22
    search_found: float = 0.86
    search_found_per_sd: float = 0.5
    product_share: float = 0.525
    product_per_recommendation: float = 0.45
    eager_segments: tuple[tuple[str, float], ...] = (
        ("new", 0.1),
        ("regular", 0.0),
        ("member", 0.25),
        ("bargain", -0.25),
    )
    product_again: float = 0.28
    cart_share: float = 0.957
    address_share: float = 0.705
    payment_share: float = 0.705
    payment_leave: float = 0.25
    payment_leave_per_sd: float = -0.4
    payment_failure: float = 0.24
    payment_failure_per_sd: float = -0.7
    payment_retry: float = 0.7
    payment_failure_shift: float = -0.9
    transfer_share: float = 0.3
    order_states: tuple[tuple[str, float], ...] = (
        ("delivered", 0.985),
        ("cancelled", 0.011),
        ("processing", 0.004),
    )
    hand_over_days: float = 0.8
    hand_over_spread: float = 1.05
    transit_days: float = 3.0
    transit_spread: float = 0.8
    transit_per_sd: float = -0.6
    promised_days: tuple[int, ...] = (8, 9, 10, 11)
    late_days: tuple[float, ...] = (0.0, 1.0, 3.0, 7.0)
    late_shifts: tuple[float, ...] = (-0.2, -0.4, -4.5, -5.5)
    late_worry: float = 0.5
    very_late_worry: float = 1.3
    review_share: float = 0.62
    repurchase_rate: float = 0.3
    repurchase_per_sd: float = 0.7


@dataclass(frozen=True)
class AirlineTruth(Truth):
    """An airline: trips of passengers on flights, some of them late."""

    customers: int = 2800
    journeys: int = 3600
    flights: int = 800
    mix: tuple[tuple[str, tuple[float, ...]], ...] = (
        ("business", (0.5, 0.11, 0.15, 0.24)),
        ("leisure", (0.15, 0.21, 0.62, 0.02)),
        ("family", (0.6, 0.2, 0.17, 0.03)),
        ("student", (0.18, 0.2, 0.6, 0.02)),
    )
    turning: TurningPoint = TurningPoint("delay_handling", 0.35)
    change: Change = Change("online_checkin", date(2025, 4, 21), -1.0)
    improvements: tuple[Improvement, ...] = (Improvement("A02", 1.1), Improvement("A05", 0.0))
    segment_effects: tuple[SegmentEffect, ...] = (
        SegmentEffect("family", "boarding", 0.0),
        SegmentEffect("family", "seat", 0.45),
    )
    reversal: Reversal = Reversal("agency", "app")
    hand_over: HandOver = HandOver("hotline", "app", "hotline", 0.5)
    servqual: ServqualSurvey = ServqualSurvey(
        gap_dimension="responsiveness", improved="assurance", provider_gap="delivered"
    )
    expectations: ExpectationSurvey = ExpectationSurvey("gate_service", "b04")
    benchmark: Benchmark = Benchmark("delay_handling", "qinghe", "cabin_service", "lanting")
    response_per_sd: float = -0.2
    response_per_late: float = 0.8
    response_per_churn: float = 0.8
    english_share: float = 0.16
    response_rate: float = 0.41
    delay_quantiles: tuple[tuple[float, float], ...] = (
        (0.0, -24.0),
        (0.05, -11.0),
        (0.25, -6.0),
        (0.5, -2.0),
        (0.75, 11.0),
        (0.79, 15.0),
        (0.9, 49.0),
        (0.95, 88.0),
        (0.99, 191.0),
        (1.0, 400.0),
    )
    delay_per_hour: float = 0.06
    lead_days: float = 9.0
    lead_spread: float = 1.1
    bag_shares: tuple[float, ...] = (0.5, 0.4, 0.1)
    business_cabin: float = 0.3
    search_again: float = 0.3
    booking_works: float = 0.93
    cancelled_share: float = 0.025
    refunded_share: float = 0.035
    delay_counts_from: float = 15.0
    delay_handling_shift_per_hour: float = -0.45
    gate_shift_per_hour: float = -0.25
    cancelled_as: float = 240.0
    told_share: float = 0.7
    late_worry: float = 1.4
    chat_first: float = 0.6
    comment_share: float = 0.34
    comment_per_sd: float = 0.35


@dataclass(frozen=True)
class HotelTruth(Truth):
    """A hotel: bookings, of which some are cancelled and most become stays."""

    customers: int = 3000
    journeys: int = 4500
    overall_mean: float = 3.5
    mix: tuple[tuple[str, tuple[float, ...]], ...] = (
        ("business", (0.18, 0.46, 0.32, 0.04)),
        ("leisure", (0.76, 0.13, 0.01, 0.1)),
        ("family", (0.75, 0.14, 0.01, 0.1)),
        ("group", (0.2, 0.46, 0.24, 0.1)),
    )
    turning: TurningPoint = TurningPoint("check_in", 0.35)
    change: Change = Change("guest_request", date(2025, 4, 7), -1.0)
    improvements: tuple[Improvement, ...] = (Improvement("A03", 1.1), Improvement("A06", 0.0))
    segment_effects: tuple[SegmentEffect, ...] = (
        SegmentEffect("family", "check_out", 0.0),
        SegmentEffect("family", "room", 0.45),
    )
    reversal: Reversal = Reversal("agency", "direct")
    hand_over: HandOver = HandOver("invoice", "direct", "front_desk", 0.6)
    contacts: OverContact = OverContact(channels=(("sms", 0.6), ("direct", 0.4)))
    servqual: ServqualSurvey = ServqualSurvey(
        gap_dimension="responsiveness", improved="tangibles", provider_gap="promise"
    )
    expectations: ExpectationSurvey = ExpectationSurvey("wifi", "b01")
    benchmark: Benchmark = Benchmark("check_in", "yunxi", "room", "songhe")
    english_share: float = 0.1
    response_rate: float = 0.62
    lead_days: float = 16.0
    lead_spread: float = 1.15
    night_again: float = 0.52
    request_shares: tuple[float, ...] = (0.58, 0.26, 0.11, 0.04, 0.01)
    log_rate: float = 6.05
    log_rate_spread: float = 0.28
    look_again: float = 0.4
    cancel_rate: float = 0.38
    cancel_per_lead: float = 0.55
    cancel_channels: tuple[tuple[str, float], ...] = (
        ("agency", 0.35),
        ("direct", -0.75),
        ("corporate", -0.5),
        ("front_desk", -0.9),
    )
    cancel_per_request: float = -0.6
    no_show_share: float = 0.012
    change_share: float = 0.151
    room_ready_hour: int = 14
    desk_promise_minutes: int = 10
    check_in_wait: float = 7.0
    room_ready_ahead: float = 35.0
    room_ready_per_sd: float = 25.0
    room_ready_spread: float = 35.0
    long_wait: float = 40.0
    long_wait_shift: float = -0.5
    check_out_wait: float = 6.0
    wifi_works: float = 0.75
    invoice_segments: tuple[tuple[str, float], ...] = (("business", 1.0), ("leisure", -0.6))
    complaint_per_sd: float = -0.7
    review_share: float = 0.55
    comment_shares: tuple[float, ...] = (0.95, 0.92, 0.85, 0.8, 0.8)
    stars: tuple[float, ...] = (0.058, 0.062, 0.133, 0.278, 0.469)


TRUTHS: dict[str, Truth] = {
    "ecommerce": EcommerceTruth(),
    "airline": AirlineTruth(),
    "hotel": HotelTruth(),
}


def planted(case: str) -> pd.DataFrame:
    """One row a touchpoint: its role and its planted effect, shape, halo, mean, sd, use rate.

    >>> table = planted("hotel")
    >>> list(table.loc[table.role == "key", "touchpoint_id"])
    ['check_in', 'check_out']
    """
    fields = ("effect", "shape", "halo", "mean", "sd", "use_rate", "asked")
    records = [
        {"touchpoint_id": spot.id, "role": spot.role, **{f: getattr(spot, f) for f in fields}}
        for spot in spots(case)
    ]
    return pd.DataFrame.from_records(records)


def parameters(case: str) -> dict[str, object]:
    """The rates and facts of a case beside its touchpoints."""
    return asdict(TRUTHS[case])
