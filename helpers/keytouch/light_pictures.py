"""Pictures that weigh little in a page, with the colours that mean something kept as they are."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from functools import cache
from io import BytesIO
from typing import Any

from keytouch.colours import (
    BACK_CARD,
    CARD,
    COLOURS,
    DEEP_GOOD,
    DEEP_PAIN,
    GOOD,
    GREY,
    INK,
    KEY,
    KEY_CARD,
    PAIN,
    PALE,
    tinted,
)

HEAVY = 20_000
MORE = 10  # colours beside those of the house
APART, WHITISH = 4, 9  # of 255: what is nearer to a colour of the house, or to white, is that
HOUSE = (
    KEY, PAIN, GOOD, GREY, PALE, INK, DEEP_PAIN, DEEP_GOOD, CARD, KEY_CARD, BACK_CARD, *COLOURS
)  # fmt: skip


def picture_source(image: str) -> str:
    """The source of an image for a base64 PNG: lighter where it is heavy."""
    return lighter(image) if len(image) > HEAVY else f"data:image/png;base64,{image}"


def lighten(notebook: Any) -> None:
    """Make an executed notebook's pictures lighter ahead of time, while others still run."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            picture_source(re.sub(r"\s", "", output.get("data", {}).get("image/png", "")))


@cache
def lighter(image: str) -> str:
    """A base64 PNG as the source of an image: lossless WebP of few colours, a quarter of the bytes.

    What can't be read as a picture, or gets no smaller, stays as it is.
    """
    from PIL import Image, UnidentifiedImageError

    same = f"data:image/png;base64,{image}"
    try:
        with Image.open(BytesIO(b64decode(image))) as picture:
            opaque = Image.new("RGB", picture.size, "white")
            opaque.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    except (UnidentifiedImageError, OSError, ValueError):
        return same
    palette = Image.new("P", (1, 1))
    palette.putpalette(_palette(opaque))
    few = opaque.quantize(palette=palette, dither=Image.Dither.NONE)
    buffer = BytesIO()
    few.convert("RGB").save(buffer, format="WEBP", lossless=True, quality=80, method=4)
    found = f"data:image/webp;base64,{b64encode(buffer.getvalue()).decode('ascii')}"
    return found if len(found) < len(same) else same


def _palette(opaque: Any) -> list[int]:
    """White, the colours of the house and their tints, then the picture's own that differ."""
    from PIL import Image

    own = opaque.quantize(MORE, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    flat = own.getpalette()[: 3 * MORE]
    white = (255, 255, 255)
    tints = [tinted(colour) for colour in COLOURS]
    kept = list(dict.fromkeys([white, *(tinted(colour, 1) for colour in HOUSE), *tints]))
    for colour in zip(*[iter(flat)] * 3, strict=True):
        apart = min(_distance(colour, old) for old in kept)
        if apart >= APART and _distance(colour, white) >= WHITISH:
            kept.append(colour)
    return [part for colour in kept for part in colour]


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
