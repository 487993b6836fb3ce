"""Text that fits: its true width in inches, and lines that break where a box ends."""

from __future__ import annotations

import re
from functools import cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from keytouch.style import FAMILY, plain_quotes

POINTS = 72
SAMPLE = 100.0
WIDE = "\u2e80-\uffef"
OPENS, CLOSES = "“‘（《【", "，。；：、）！？%”’》】…"
PIECE = re.compile(
    rf"[{OPENS}]*(?:[{WIDE}]|[^\s{WIDE}{OPENS}{CLOSES}·]+·?)[{CLOSES}]*\s*|[{OPENS}{CLOSES}·]+\s*|\s+"
)


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
    broken = [""]
    for piece in _pieces(plain_quotes(text)):
        for part in _halves(piece, inches, size, bold):
            if broken[-1] and text_inches((broken[-1] + part).rstrip(), size, bold=bold) > inches:
                broken[-1] = broken[-1].rstrip()
                broken.append("")
            broken[-1] += part if broken[-1] else part.lstrip()
    broken = [line.rstrip() for line in broken]
    if len(broken) > lines:
        last = broken[lines - 1]
        while last and text_inches(last + "…", size, bold=bold) > inches:
            last = last[:-1]
        broken = [*broken[: lines - 1], last.rstrip() + "…"]
    return broken


def _pieces(text: str) -> list[str]:
    """What stays on one line: a Latin word with its blank, a Chinese character with its marks."""
    return PIECE.findall(text)


def _halves(piece: str, inches: float, size: float, bold: bool) -> list[str]:
    """A piece that is wider than the box, cut with hyphens."""
    parts = []
    while len(piece.rstrip()) > 1 and text_inches(piece.rstrip(), size, bold=bold) > inches:
        cut = len(piece) - 1
        while cut > 1 and text_inches(piece[:cut] + "-", size, bold=bold) > inches:
            cut -= 1
        parts.append(piece[:cut] + "-")
        piece = piece[cut:]
    return [*parts, piece]
