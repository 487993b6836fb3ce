"""Text that fits: its true width in inches, and lines that break where a box ends."""

from __future__ import annotations

from functools import cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from keytouch.style import FAMILY, plain_quotes, wrap

POINTS = 72
SAMPLE = 100.0


@cache
def _sign_width(sign: str, bold: bool) -> float:
    """A character's width as a share of the type size."""
    font = FontProperties(family=FAMILY, weight="bold" if bold else "normal", size=SAMPLE)
    return float(text_to_path.get_text_width_height_descent(sign, font, ismath=False)[0]) / SAMPLE


def text_inches(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a line of text at a type size (points)."""
    return sum(_sign_width(sign, bold) for sign in text) * size / POINTS


def fit_lines(
    text: str, inches: float, size: float, *, lines: int = 99, bold: bool = False
) -> list[str]:
    """A text broken into lines of at most some inches; what exceeds `lines` ends in "…".

    Latin words stay whole where they fit and get a hyphen where they don't.
    """
    broken: list[str] = []
    for piece in wrap(plain_quotes(text), 1).split("\n"):
        for part in _halves(piece, inches, size, bold):
            joint = "" if not broken or _touches(broken[-1], part) else " "
            longer = broken[-1] + joint + part if broken else part
            if broken and text_inches(longer, size, bold=bold) <= inches:
                broken[-1] = longer
            else:
                broken.append(part)
    if len(broken) > lines:
        last = broken[lines - 1]
        while last and text_inches(last + "…", size, bold=bold) > inches:
            last = last[:-1]
        broken = [*broken[: lines - 1], last.rstrip() + "…"]
    return broken


def _touches(line: str, part: str) -> bool:
    """Whether two pieces stood without a blank between them: one side is Chinese."""
    return ord(line[-1]) > 0x2E7F or ord(part[0]) > 0x2E7F or line[-1] in "-·"


def _halves(piece: str, inches: float, size: float, bold: bool) -> list[str]:
    """A piece that is wider than the box, cut with hyphens."""
    parts = []
    while len(piece) > 1 and text_inches(piece, size, bold=bold) > inches:
        cut = len(piece) - 1
        while cut > 1 and text_inches(piece[:cut] + "-", size, bold=bold) > inches:
            cut -= 1
        parts.append(piece[:cut] + "-")
        piece = piece[cut:]
    return [*parts, piece]
