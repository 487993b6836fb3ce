"""The shapes of what can be planted in a case, beside the effects of its touchpoints.

`truth` holds the values. A shift is in SD of a touchpoint's own experience unless it says more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class TurningPoint:
    """What is lived here carries over: `carry` of it joins the own experience of all later ones."""

    touchpoint: str
    carry: float


@dataclass(frozen=True)
class Change:
    """From `day` on, one touchpoint's own experience shifts for everybody."""

    touchpoint: str
    day: date
    shift: float


@dataclass(frozen=True)
class Improvement:
    """What a done action truly changed for those it reached; 0 for a useless one.

    Its touchpoint, start and scope stand in actions.csv.
    """

    action: str
    shift: float


@dataclass(frozen=True)
class SegmentEffect:
    """A touchpoint's effect in one segment, in place of its effect elsewhere."""

    segment: str
    touchpoint: str
    effect: float


@dataclass(frozen=True)
class Reversal:
    """Two channels: one scores higher over all, the other within every segment.

    `mix` of the truth has the shares of the channels by segment, names.csv the shifts of both.
    """

    pooled: str
    within: str


@dataclass(frozen=True)
class HandOver:
    """A service contact that is passed from one channel to another is solved less often.

    A contact at `touchpoint` starts in `source` and is solved with chance `solved`. What is not
    solved goes on: `share` of it is handed over to `target`, where the first contact is solved
    with a chance moved by `solved_shift` (log odds); after that shift failed, `gives_up` of the
    customers drop the matter. All others ask again in the same channel, and drop it with chance
    `drops`.
    """

    touchpoint: str
    source: str
    target: str
    solved: float
    share: float = 0.5
    solved_shift: float = -1.4
    drops: float = 0.1
    gives_up: float = 0.5


@dataclass(frozen=True)
class OverContact:
    """Messages to customers who consent, until they opt out.

    A customer's level is a number of messages a week. The chance to opt out after a message is
    `hazard` while the messages of the seven days up to it are at most `cap`, and grows by
    `hazard_beyond` for each one more.
    """

    customers: int = 800
    weeks: int = 13
    levels: tuple[tuple[int, float], ...] = (
        (1, 0.24),
        (2, 0.24),
        (3, 0.2),
        (4, 0.14),
        (5, 0.1),
        (6, 0.08),
    )
    cap: int = 3
    hazard: float = 0.003
    hazard_beyond: float = 0.012
    channels: tuple[tuple[str, float], ...] = (("sms", 0.5), ("app", 0.5))


@dataclass(frozen=True)
class Memory:
    """A diary panel: moments rated on the way, and the journey remembered by one rule.

    A moment's affect (−2 to 2) is `affect_mean + affect_per_sd * perceived`. What is remembered
    is (peak + end) / 2 with `noise`; the peak is the moment farthest from 0, the first of equals.
    """

    journeys: int = 500
    least: int = 4
    rule: str = "peak_end"
    affect_mean: float = 0.2
    affect_per_sd: float = 0.85
    noise: float = 0.6


@dataclass(frozen=True)
class KanoSurvey:
    """Pairs of questions; items and their categories stand in items.csv.

    `steady` is the share of respondents who answer as the item's category does; the others
    answer as a category drawn evenly does. `doubtful` of all answers contradict themselves.
    """

    respondents: int = 300
    steady: float = 0.6
    doubtful: float = 0.015


@dataclass(frozen=True)
class ServqualSurvey:
    """Expectation and perception of 22 items (items.csv) in two waves, 1 to 7.

    The gap (perception − expectation) of each dimension is `gap` but for `gap_dimension`;
    from the first wave to the second, `improved` gains `gain`. Managers and staff rate the
    provider's side: `provider_gap` is the one of gaps 1 to 4 that is open, by `provider_points`.
    """

    respondents: int = 250
    waves: tuple[str, ...] = ("2025q1", "2025q2")
    expectation: float = 5.7
    gap: float = -0.2
    gap_dimension: str = "reliability"
    gap_points: float = -1.1
    improved: str = "empathy"
    gain: float = 0.5
    mood: float = 0.55
    taste: float = 0.5
    noise: float = 0.75
    staff: int = 25
    provider_gap: str = "belief"
    provider_points: float = -1.2


@dataclass(frozen=True)
class ExpectationSurvey:
    """Expectation and perception of single touchpoints, 1 to 7, and brand statements, 1 to 5.

    Perceptions are at the level of the survey's scores. They are `gap` above expectation at every
    touchpoint but `gap_touchpoint`, where they are `gap_points` above it. Agreement with the
    statements (items.csv) is `agreement`, but for `weak_item`, which is `weak_points` above that.
    Asked are the touchpoints that a share `widely_used` meets; who has not met one says so.
    """

    gap_touchpoint: str
    weak_item: str
    respondents: int = 250
    gap: float = -0.2
    gap_points: float = -1.2
    agreement: float = 3.9
    weak_points: float = -0.7
    widely_used: float = 0.45
    mood: float = 0.55
    demands: float = 0.5
    noise: float = 0.75


@dataclass(frozen=True)
class Benchmark:
    """A market panel that scores two competitors, 1 to 5; parity but for one lag and one lead.

    Points are competitor − client. Asked are the touchpoints that a share `widely_used` meets.
    """

    lag_touchpoint: str
    lag_company: str
    lead_touchpoint: str
    lead_company: str
    respondents: int = 200
    points: float = 0.6
    mood: float = 0.4
    widely_used: float = 0.45
    not_used: float = 0.12


@dataclass(frozen=True)
class IncidentStudy:
    """Critical incidents told by customers, each read by two coders who sometimes confuse.

    A touchpoint is told of in proportion to `base_weight` + its effect.
    """

    incidents: int = 150
    coders: tuple[str, ...] = ("coder_a", "coder_b")
    groups: tuple[tuple[str, float], ...] = (
        ("recovery", 0.45),
        ("request", 0.3),
        ("unprompted", 0.25),
    )
    negative: tuple[float, ...] = (0.65, 0.45, 0.4)
    confusion: float = 0.1
    base_weight: float = 0.15
