"""The map to look into in a real Chromium: hover, focus, filters, paper; no script at all."""

import pytest
from test_browser import browser, open_page, outside, write  # noqa: F401
from test_map_page import journey, language  # noqa: F401
from toys import executed, shown

from keytouch.harvest import MAP
from keytouch.map_browse import map_payload

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser, tmp_path):  # noqa: F811
    output = shown(html="")
    output["data"][MAP] = map_payload(journey())
    path = write(tmp_path, executed(output))
    opened = open_page(browser, path, java_script_enabled=True)
    yield opened
    assert opened.said == [] and outside(opened) == []
    assert opened.evaluate("window.hacked") is None
    opened.close()


def shown_cards(page):
    return page.eval_on_selector_all(
        ".kt-map .card", "all => all.filter(e => e.offsetParent !== null).length"
    )


def test_a_card_opens_on_hover_and_on_focus(page):
    assert not page.is_visible(".kt-map .more >> nth=0")
    page.hover(".kt-map .card >> nth=0")
    assert page.is_visible(".kt-map .more >> nth=0")
    page.mouse.move(1, 1)
    page.focus(".kt-map .card >> nth=1")
    assert page.is_visible(".kt-map .more >> nth=1")


@pytest.mark.parametrize(
    ("choice", "left"), [("s1", 1), ("s2", 1), ("p1", 1), ("g1", 1), ("g2", 0)]
)
def test_a_filter_keeps_its_cards(page, choice, left):
    assert shown_cards(page) == 2
    page.check(f"#kt-map-1-{choice}")
    assert shown_cards(page) == left


def test_filters_move_with_the_arrow_keys(page):
    page.focus("#kt-map-1-s0")
    page.keyboard.press("ArrowRight")
    assert page.is_checked("#kt-map-1-s1") and shown_cards(page) == 1


def test_paper_gets_the_picture_instead(page):
    page.emulate_media(media="print")
    assert not page.is_visible(".kt-map")


def test_the_map_fits_a_phone(page):
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.focus(".kt-map .card >> nth=0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
