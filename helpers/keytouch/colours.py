"""The colours of every picture and page, by what they mean."""

from __future__ import annotations

KEY, PAIN, GOOD, GREY, PALE, INK = (
    "#0072B2", "#D55E00", "#009E73", "#7A828C", "#C9CED6", "#1F2933",
)  # fmt: skip
# Okabe–Ito without black and yellow, for stages and segments.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7A828C")
# Darker, for white letters on them.
DEEP_PAIN, DEEP_GOOD = "#B34700", "#00694D"
# Cards of a map: a plain one, a key one, one that customers don't see.
CARD, KEY_CARD, BACK_CARD = "#F7F8FA", "#EAF3F9", "#F1F2F4"
TINT = 0.16


def tinted(colour: str, strength: float = TINT) -> tuple[int, int, int]:
    """A colour laid thinly on white, as red, green and blue from 0 to 255.

    >>> tinted("#000000", 0.2)
    (204, 204, 204)
    """
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    red, green, blue = (round(255 + (part - 255) * strength) for part in parts)
    return red, green, blue
