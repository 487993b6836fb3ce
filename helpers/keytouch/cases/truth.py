"""What is planted in the cases: every parameter of the generative model, in one place a case.

The model. A customer has a lasting mood (trait) and a journey has its own (both standard
normal); together they are the halo. What happens at a touchpoint is the own experience `e`,
standard normal, moved by facts such as a late parcel. A customer perceives
`p = sqrt(halo) * H + sqrt(1 - halo) * e`; a touchpoint's score is `mean + sd * p`, rounded onto
the scale. Overall satisfaction is `sum(effect * (score - mean) / sd) + noise` over the touchpoints
used, and recommendation, effort, churn and comments follow from it. Halo reaches the whole only
through scores, so a touchpoint with effect 0 has none, however high its score correlates.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd

SEED = 20250101
PERIOD = (datetime(2025, 1, 1), datetime(2025, 6, 30, 23, 59, 59))
Role = Literal["key", "minor", "decoy", "low_score", "none", "backstage"]
KEY_EFFECT = 0.25
DECOY_HALO = 0.7
LOW_SCORE = 3.2


@dataclass(frozen=True)
class Spot:
    """One touchpoint with its planted parameters; `effect` is overall SD per perceived SD."""

    id: str
    name_zh: str
    name_en: str
    stage: str
    side: str
    medium: str
    contact_mode: str
    moment: str
    supports: str
    owner: str
    terms_zh: tuple[str, ...]
    terms_en: tuple[str, ...]
    effect: float
    halo: float
    mean: float
    sd: float
    use_rate: float
    asked: bool

    @property
    def role(self) -> Role:
        """What a good analysis should say of this touchpoint."""
        if self.side == "back":
            return "backstage"
        if self.effect >= KEY_EFFECT:
            return "key"
        if self.effect > 0:
            return "minor"
        if self.halo >= DECOY_HALO:
            return "decoy"
        return "low_score" if self.mean < LOW_SCORE else "none"


@dataclass(frozen=True)
class Truth:
    """What all three cases share; each case adds its own facts."""

    customers: int = 3000
    journeys: int = 4000
    trait_share: float = 0.5
    overall_noise: float = 0.6
    worst: int = -3
    overall_mean: float = 3.9
    overall_sd: float = 0.95
    nps_mean: float = 7.7
    nps_per_sd: float = 1.9
    nps_noise: float = 1.2
    ces_mean: float = 5.1
    ces_per_sd: float = 0.75
    ces_per_effort_sd: float = 0.45
    ces_noise: float = 0.7
    response_rate: float = 0.55
    response_per_sd: float = 0.15
    blank_rate: float = 0.03
    dont_know_rate: float = 0.015
    churn_rate: float = 0.2
    churn_per_sd: float = -0.8
    english_share: float = 0.1
    consent_share: float = 0.82
    wait_spread: float = 0.8
    wait_per_sd: float = -0.6
    complaint_solved: float = 0.68
    survey_comment_share: float = 0.3
    comment_shares: tuple[float, ...] = (0.85, 0.82, 0.65, 0.5, 0.52)
    stars: tuple[float, ...] = (0.110, 0.028, 0.079, 0.196, 0.587)


@dataclass(frozen=True)
class EcommerceTruth(Truth):
    """An online shop: sessions, some of which become orders."""

    customers: int = 3400
    journeys: int = 8000
    english_share: float = 0.05
    response_rate: float = 0.62
    visitor_response: float = 0.09
    new_year_traffic: float = 0.6
    sale_traffic: float = 1.6
    ad_livestream: float = 0.8
    browse_again: float = 0.22
    search_found: float = 0.86
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
    service_solved: float = 0.68
    service_solved_per_sd: float = 0.6
    by_phone: float = 0.25
    review_share: float = 0.62
    repurchase_rate: float = 0.3
    repurchase_per_sd: float = 0.7


@dataclass(frozen=True)
class AirlineTruth(Truth):
    """An airline: trips of passengers on flights, some of them late."""

    customers: int = 2800
    journeys: int = 3600
    flights: int = 800
    english_share: float = 0.16
    response_rate: float = 0.48
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
    call_solved: float = 0.7
    comment_share: float = 0.34
    comment_per_sd: float = 0.35


@dataclass(frozen=True)
class HotelTruth(Truth):
    """A hotel: bookings, of which some are cancelled and most become stays."""

    customers: int = 2700
    journeys: int = 3700
    english_share: float = 0.1
    response_rate: float = 0.5
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
    invoice_right: float = 0.88
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


@cache
def rows(table: str, case: str) -> tuple[dict[str, str], ...]:
    """The rows of one of the package's CSV tables that belong to a case."""
    with open(Path(__file__).with_name(f"{table}.csv"), encoding="utf8", newline="") as file:
        return tuple(row for row in csv.DictReader(file) if row["case"] == case)


@cache
def spots(case: str) -> tuple[Spot, ...]:
    """The touchpoints of a case, in the order of its journey."""
    return tuple(_spot(row) for row in rows("inventory", case))


def _spot(row: dict[str, str]) -> Spot:
    texts = ("name_zh", "name_en", "stage", "side", "medium", "contact_mode", "moment")
    numbers = ("effect", "halo", "mean", "sd", "use_rate")
    values: dict[str, Any] = {name: row[name] for name in (*texts, "supports", "owner")}
    values |= {name: float(row[name]) for name in numbers}
    values |= {name: tuple(row[name].split("|")) for name in ("terms_zh", "terms_en")}
    return Spot(id=row["touchpoint_id"], asked=row["asked"] == "1", **values)


def named(case: str, kind: str) -> list[dict[str, str]]:
    """The stages, channels, segments or outcomes of a case, with names in both languages."""
    return [row for row in rows("names", case) if row["kind"] == kind]


def planted(case: str) -> pd.DataFrame:
    """One row a touchpoint: its role and its planted effect, halo, mean, sd and use rate.

    >>> table = planted("hotel")
    >>> list(table.loc[table.role == "key", "touchpoint_id"])
    ['check_in', 'check_out']
    """
    fields = ("effect", "halo", "mean", "sd", "use_rate", "asked")
    records = [
        {"touchpoint_id": spot.id, "role": spot.role, **{f: getattr(spot, f) for f in fields}}
        for spot in spots(case)
    ]
    return pd.DataFrame.from_records(records)


def parameters(case: str) -> dict[str, object]:
    """The rates and facts of a case beside its touchpoints."""
    return asdict(TRUTHS[case])
