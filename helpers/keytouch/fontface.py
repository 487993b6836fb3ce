"""The report's own letters: the shipped Chinese font, cut down to the characters used."""

from __future__ import annotations

import base64
import io
import logging
from html import unescape
from pathlib import Path

from keytouch.markup import plain
from keytouch.words import language

FONTS = Path(__file__).with_name("fonts")
WEIGHTS = {400: "NotoSansSC-Regular", 700: "NotoSansSC-Bold"}
LAYOUT_TABLES = ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "STAT"]
# Quotes, dashes and dots that a Chinese font draws as wide as a character.
WIDE_IN_CHINESE = set(map(ord, "‘’“”…—·"))
FAMILY = "Keytouch Sans"


def font_css(html: str) -> str:
    """`@font-face` rules with the shipped fonts cut to the characters of a page.

    Empty where the package has no fonts: the page then falls back to the reader's own.
    """
    used = {ord(character) for character in unescape(plain(html))} | set(range(0x20, 0x7F))
    if language() == "en":
        used -= WIDE_IN_CHINESE
    rules = [
        f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};font-display:swap;'
        f'src:url(data:font/woff;base64,{_subset(path, used)}) format("woff")}}'
        for weight, path in _files().items()
    ]
    return "\n".join(rules)


def _files() -> dict[int, Path]:
    found = {weight: sorted(FONTS.glob(f"{name}.*tf")) for weight, name in WEIGHTS.items()}
    return {weight: paths[0] for weight, paths in found.items() if paths}


def _subset(path: Path, characters: set[int]) -> str:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True)
    options.drop_tables += LAYOUT_TABLES
    with TTFont(path, lazy=True, recalcTimestamp=False, recalcBBoxes=False) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=characters)
        cutter.subset(font)
        font.flavor = "woff"  # woff2 is a tenth smaller and takes four times as long
        buffer = io.BytesIO()
        font.save(buffer, reorderTables=False)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
