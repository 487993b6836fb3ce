"""Pictures lose bytes, not the colours that mean something."""

from base64 import b64decode, b64encode
from io import BytesIO

import pytest
from PIL import Image

from keytouch.colours import COLOURS, DEEP_GOOD, GOOD, KEY, PAIN, tinted
from keytouch.light_pictures import lighter, picture_source


def png(picture):
    buffer = BytesIO()
    picture.save(buffer, format="PNG")
    return b64encode(buffer.getvalue()).decode("ascii")


def noisy(*marks):
    """A picture of many greys with a small mark in each of some colours."""
    picture = Image.effect_noise((600, 400), 40).convert("RGB")
    for place, colour in enumerate(marks):
        picture.paste(colour, (12 * place, 0, 12 * place + 6, 6))
    return picture


def opened(source):
    with Image.open(BytesIO(b64decode(source.partition(",")[2]))) as picture:
        return picture.convert("RGB")


@pytest.mark.parametrize("colour", [KEY, PAIN, GOOD, DEEP_GOOD, *COLOURS])
def test_a_small_mark_keeps_the_colour_of_the_house(colour):
    light = opened(lighter(png(noisy(colour))))
    found = light.getpixel((3, 3))
    assert max(abs(a - b) for a, b in zip(found, tinted(colour, 1))) <= 8


def test_white_stays_white_and_few_colours_stay():
    picture = noisy(KEY)
    picture.paste("#FFFFFF", (0, 100, 600, 300))
    picture.paste("#FBFBFB", (0, 300, 600, 400))
    light = opened(lighter(png(picture)))
    assert light.getpixel((300, 200)) == (255, 255, 255)
    assert len(light.getcolors()) <= 45


def test_a_heavy_picture_gets_lighter_and_a_light_one_stays():
    heavy, light = png(noisy()), png(Image.new("RGB", (20, 20), "white"))
    assert len(picture_source(heavy)) < len(heavy) / 2
    assert picture_source(light) == f"data:image/png;base64,{light}"


def test_what_is_no_picture_stays_as_it_is():
    text = b64encode(b"no picture" * 3000).decode("ascii")
    assert picture_source(text) == f"data:image/png;base64,{text}"
