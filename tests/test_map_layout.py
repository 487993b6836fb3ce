"""The map and the blueprint fit an A3, keep their texts apart, and say what they folded."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from test_figures import NAMES, drawn, journey, overlaps

import keytouch as kt
from keytouch import labels
from keytouch.engine import Missing
from keytouch.fitting import fit_lines, text_inches
from keytouch.map_cells import reader_quote
from keytouch.map_layout import LEFT, RIGHT, lay_out
from keytouch.service_blueprint import layers_of
from keytouch.style import use

A3 = (16.54, 11.69)


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request, monkeypatch):
    use(request.param)
    names = {f"t{k}": {"zh": NAMES[k % 5] + str(k), "en": NAMES[k % 5] + str(k)} for k in range(60)}
    monkeypatch.setattr(labels, "_names", {"touchpoints": names})
    yield request.param
    plt.close("all")


def said(ax):
    return " ".join(text.get_text() for text in ax.texts).replace("\n", "")


@pytest.mark.parametrize("count", [2, 8, 16, 40, 60])
def test_a_map_of_any_size_fits_a_landscape_a3(count):
    ax = drawn(kt.plot_journey_map(journey(count)))
    width, height = ax.figure.get_size_inches()
    assert width <= A3[0] and height <= A3[1]
    assert overlaps([text for text in ax.texts if text.get_text().strip("·")], ax) == []
    assert min(text.get_size() for text in ax.texts) >= 8


def test_what_folds_is_counted_on_the_map():
    whole = journey(40)
    place = lay_out(whole)
    shown = len(place.front) + len(place.back)
    assert sum(place.folded.values()) == 40 - shown > 0
    subtitle = drawn(kt.plot_journey_map(whole)).figure.texts[1].get_text().replace("\n", " ")
    assert str(40 - shown) in subtitle and "40" in subtitle


def test_peak_trough_and_key_touchpoints_stay():
    whole = journey(40)
    cards = whole.cards.assign(p_key=0.0)
    cards.loc[cards.index[33], "p_key"] = 0.95
    place = lay_out(type(whole)(cards=cards, stages=whole.stages, quotes=whole.quotes))
    assert {"t0", "t1", "t33"} <= set(place.front.touchpoint_id)
    assert set(place.front.stage_id) == set(whole.stages.stage_id)


def test_stages_and_cards_stand_side_by_side_in_order():
    place = lay_out(journey(40))
    assert place.front.x.min() >= LEFT and place.right <= RIGHT + 1e-9
    gaps = place.front.sort_values("x").x.diff().dropna()
    assert (gaps >= place.unit - 1e-9).all()
    assert (place.back.sort_values("x").x.diff().dropna() >= 0.86 - 1e-9).all()


def test_pages_hold_every_touchpoint_once():
    pages = kt.map_pages(journey(40))
    names = [name for page in pages for name in page.cards.touchpoint_id]
    assert len(pages) > 1 and sorted(names) == sorted(journey(40).cards.touchpoint_id)
    for page in pages:
        assert not lay_out(page).folded
    ax = drawn(kt.plot_journey_map(journey(40), page=2))
    assert overlaps([text for text in ax.texts if text.get_text().strip("·")], ax) == []


def test_a_stage_without_quote_is_an_assumption(language):
    text = said(drawn(kt.plot_journey_map(journey(9))))
    wanted = "假设：暂无评论" if language == "zh" else "assumption:nocomments"
    assert wanted in text.replace(" ", "")


def test_a_quote_speaks_the_readers_language(language):
    quotes = pd.DataFrame(
        {"touchpoint_id": ["a", "a", "b"], "quote": ["等太久了", "Too slow", "Fine"]}
    )
    assert reader_quote(quotes).quote == ("等太久了" if language == "zh" else "Too slow")


def test_the_text_alternative_tells_every_stage():
    label = drawn(kt.plot_journey_map(journey(9))).figure.get_label()
    assert label.count("80%") >= 8 and "1.50" in label


def test_lines_fit_their_width():
    for text in (
        "In-flight entertainment and everything",
        "退房与结账服务，包括发票",
        "x" * 80,
        "",
    ):
        for line in fit_lines(text, 0.8, 8, bold=True):
            assert text_inches(line, 8, bold=True) <= 0.8 + 1e-6
    assert fit_lines("a b c d e f g h i j k l m n o p", 0.4, 8, lines=2)[-1].endswith("…")
    assert len(fit_lines("abc def", 5, 8)) == 1
    assert "".join(fit_lines("等了 12 分钟", 5, 8)) == "等了 12 分钟"


@pytest.mark.parametrize("count", [9, 40])
def test_the_blueprint_keeps_its_texts_apart(count):
    ax = drawn(kt.plot_service_blueprint(journey(count)))
    width, height = ax.figure.get_size_inches()
    assert width <= A3[0] and height <= A3[1]
    assert overlaps(ax.texts, ax) == []


def test_the_blueprint_has_its_layers_and_times(language):
    whole = journey(9)
    cards = whole.cards.assign(stage_side=["front"] * 6 + ["back"] * 3, grade="A")
    cards["supports"] = [""] * 6 + ["t0", "t6", ""]
    one = type(whole)(cards=cards, stages=whole.stages, quotes=whole.quotes)
    layers = layers_of(lay_out(one))
    assert [layers[f"t{k}"] for k in (0, 6, 7, 8)] == ["front", "back", "support", "support"]
    times = pd.DataFrame({"touchpoint_id": ["t0"], "promised_p50": [30.0], "actual_p50": [45.0]})
    text = said(drawn(kt.plot_service_blueprint(one, times)))
    wanted = ("承诺 30 分钟", "实际 45 分钟") if language == "zh" else ("promised 30", "actual 45")
    assert all(part in text for part in wanted)


def test_missing_maps_draw_nothing():
    assert kt.plot_service_blueprint(Missing("touchpoints")) is None
    assert kt.plot_journey_map(Missing("touchpoints")) is None
