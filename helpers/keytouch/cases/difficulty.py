"""How hard a case is: the same facts under less or more noise, halo and effect."""

from __future__ import annotations

from keytouch.cases.responses import changed
from keytouch.cases.truth import Truth

FACTORS: dict[str, dict[str, float]] = {
    "easy": {
        "overall_noise": 0.7,
        "nps_noise": 0.7,
        "ces_noise": 0.7,
        "mood_share": 0.7,
        "effect_scale": 1.03,
    },
    "standard": {},
    "hard": {
        "overall_noise": 1.25,
        "nps_noise": 1.25,
        "ces_noise": 1.25,
        "mood_share": 1.4,
        "effect_scale": 0.98,
    },
}
"""What multiplies a case's parameters. Mood is what raises a decoy's correlation."""
DIFFICULTIES = tuple(FACTORS)


def at_difficulty(truth: Truth, difficulty: str) -> Truth:
    """A truth at another difficulty; "standard" leaves it as it ships."""
    factors = FACTORS[difficulty]
    return changed(truth, **{name: k * getattr(truth, name) for name, k in factors.items()})
