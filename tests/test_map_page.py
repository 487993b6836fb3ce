"""The map to look into: its numbers, its filters without a script, and nothing hostile in it."""

import re
from base64 import b64encode

import pandas as pd
import pytest

import keytouch as kt
from keytouch import labels
from keytouch.engine import Missing
from keytouch.harvest import MAP, OURS, harvest, write_pictures
from keytouch.lanes import JourneyMap
from keytouch.map_browse import map_payload
from keytouch.map_page import map_html
from keytouch.style import use

EVIL = "<script>window.hacked=1</script><img src=x onerror=alert(1)>\"'"


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request, monkeypatch):
    use(request.param)
    names = {"desk": {"zh": "前台", "en": "Desk"}, "evil": {"zh": EVIL, "en": EVIL}}
    monkeypatch.setattr(labels, "_names", {"touchpoints": names, "stages": {"s": {"zh": EVIL}}})
    return request.param


def journey():
    nothing = float("nan")
    cards = pd.DataFrame(
        {
            "touchpoint_id": ["desk", "evil"], "stage_id": ["s", "t"], "channel": ["app", EVIL],
            "stage_side": ["front", "back"], "medium": ["digital", "physical"],
            "score": [4.0, nothing], "score_lo": [3.9, nothing], "score_hi": [4.1, nothing],
            "n": [120, 0], "pains": ["E01", ""], "p_key": [0.97, nothing], "grade": ["A", "D"],
            "reach_rate": [0.5, nothing], "role": "", "chances": "", "supports": "",
        }
    )  # fmt: skip
    cell = {"lane": "cards", "evidence_id": "", "grade": "A", "source": "survey", "age_days": 3.0}
    evidence = pd.DataFrame(
        [{**cell, "cell": "score:desk", "stage_id": "s", "touchpoint_id": "desk", "kpi": "score",
          "value": 4.0, "lo": 3.9, "hi": 4.1, "n": 120, "filter": "feedback", "of": ""}]
    )  # fmt: skip
    stages = pd.DataFrame({"stage_id": ["s", "t"], "reach_rate": 0.8, "n": 300})
    quotes = pd.DataFrame(columns=["stage_id", "touchpoint_id", "quote"])
    return JourneyMap(cards=cards, stages=stages, quotes=quotes, evidence=evidence)


def page():
    return map_html(map_payload(journey()))


def test_a_card_shows_value_interval_n_grade_and_source(language):
    text = re.sub("<style>.*?</style>", "", page(), flags=re.DOTALL)
    assert "4.00 (3.90–4.10)" in text and "<td>120</td><td>A</td>" in text
    assert ("问卷" if language == "zh" else "survey") in text
    assert ("假设" if language == "zh" else "assumption") in text


def test_hostile_names_become_text():
    html = page()
    assert "<script" not in html and "<img" not in html and "onerror=alert(1)&gt;" in html


def test_a_payload_of_others_can_do_nothing():
    payload = map_payload(journey())
    payload["cards"][0] |= {"grade": EVIL, "side": EVIL, "facts": EVIL, "pains": [EVIL]}
    payload["words"] = dict.fromkeys(payload["words"], EVIL)
    html = map_html(payload, number=2)
    assert "<script" not in html and "<img" not in html
    payload["cards"][0]["stage"] = "0}body{display:none"
    with pytest.raises(ValueError):
        map_html(payload)


def test_every_card_is_reached_by_the_keyboard_and_described():
    html = page()
    assert html.count('tabindex="0"') == 2
    for name in re.findall(r'aria-describedby="([^"]+)"', html):
        assert html.count(f'id="{name}"') == 1
    assert html.count("<legend>") == 3 and html.count(" checked") == 3


def test_two_maps_of_one_report_keep_apart():
    ids = [set(re.findall(r' id="([^"]+)"', map_html(map_payload(journey()), number=k)))
           for k in (1, 2)]  # fmt: skip
    assert ids[0] and not ids[0] & ids[1]


def test_a_missing_map_becomes_a_sentence(monkeypatch):
    from keytouch import map_browse

    told = []
    monkeypatch.setattr(map_browse, "tell_missing", told.append)
    kt.browse_map(Missing("touchpoints"))
    assert told == [Missing("touchpoints")]


def test_the_report_makes_the_map_from_its_numbers(tmp_path):
    from toys import executed, shown

    from keytouch.chapters import make_chapter

    output = shown(html="<script>not this</script>")
    output["data"][MAP] = map_payload(journey())
    handed = {"name": "map", "svg": "<svg/>", "png": b64encode(b"png").decode("ascii")}
    output["data"][OURS + "picture+json"] = handed
    notebook = executed(output)
    chapter = make_chapter(2, notebook)
    assert 'id="kt-map-2"' in chapter.html and "not this" not in chapter.html
    write_pictures(harvest({"02_x": notebook}).pictures, tmp_path)
    assert (tmp_path / "map.svg").read_text("utf8") == "<svg/>"
    assert (tmp_path / "map.png").read_bytes() == b"png"


def test_a_picture_is_saved_twice_alike_with_its_text(tmp_path):
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    ax.text(0.5, 0.5, "登机口服务 Gate")
    figure.set_label("Title of it. More & <so> on")
    first, second = (kt.save_picture(ax, "one", folder=tmp_path / name) for name in "ab")
    assert [path.name for path in first] == ["one.png", "one.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    svg = first[1].read_text("utf8")
    assert "<text" not in svg and "More &amp; &lt;so&gt; on" in svg
    assert kt.save_picture(None, "one") == []
    with pytest.raises(kt.DataError):
        kt.save_picture(ax, "../one", folder=tmp_path)
    plt.close("all")
