"""What a reader sees of comments: sentences, pictures, trends, phrases, dimensions, term lists."""

import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tables import feedback

import keytouch as kt
from keytouch.engine import Missing
from keytouch.hearing import read_comments
from keytouch.lexicons import polarity_lexicon
from keytouch.problems import DataError
from keytouch.settings import read_settings
from keytouch.voice_trends import complaint_phrases, suggested_terms, voice_alarms, voice_trend

LEXICON = polarity_lexicon()
TERMS = {"room": ["房间"], "desk": ["前台"]}


@pytest.fixture(autouse=True, params=["zh", "en"])
def language(request):
    kt.use(request.param)
    return request.param


def hear(texts, **more):
    rows = [(f"j{k}", None, "csat", None) for k in range(len(texts))]
    data = feedback(rows, comment=texts, **more)
    return read_comments(data, terms=TERMS, lexicon=LEXICON)


def weeks(bad_from, n=60, size=26, before=0.2, after=0.6):
    """`n` comments a week about the room; the negative share rises from a week on."""
    rng = np.random.default_rng(3)
    texts, days = [], []
    for week in range(size):
        bad = rng.random(n) < (after if week >= bad_from else before)
        texts += ["房间很脏" if one else "房间很干净" for one in bad]
        days += [pd.Timestamp("2025-01-06") + pd.Timedelta(weeks=week)] * n
    return hear(texts, ts=days)


def test_a_lasting_rise_raises_an_alarm_and_is_dated():
    row = voice_alarms(weeks(16)).iloc[0]
    assert (row.touchpoint_id, row.alarm, row.direction) == ("room", True, "up")
    assert row.since_lo <= pd.Timestamp("2025-04-28") <= row.since_hi
    assert len(kt.alarm_findings(voice_alarms(weeks(16)))) == 1


def test_a_steady_share_raises_none():
    steady = weeks(99)
    assert not voice_alarms(steady).alarm.any()
    assert kt.voice_trend_findings(voice_trend(steady))[0].key == "finding_trend_steady"


def test_the_trend_is_drawn_with_a_title_that_tells_the_alarm():
    axes = kt.plot_voice_trend(voice_trend(weeks(16)))
    assert "2025-04" in axes.figure.texts[0].get_text() or "2025-04" in axes.get_title()


def test_a_change_is_dated_even_where_comments_are_few():
    row = kt.change_dates(weeks(16, n=6)).iloc[0]
    assert (row.touchpoint_id, row.verdict) == ("room", "worse")
    assert row.since_lo <= pd.Timestamp("2025-04-28") <= row.since_hi
    assert "2025" in kt.change_findings(kt.change_dates(weeks(16, n=6)))[0].sentence()


def test_without_a_change_only_a_lead_is_told():
    changes = kt.change_dates(weeks(99, n=6))
    assert (changes.verdict == "open").all()
    assert kt.change_findings(changes)[0].key == "finding_change_open"


def test_comments_without_a_time_have_no_trend():
    assert voice_alarms(hear(["房间脏"])) == Missing("feedback", ("ts",))


def test_the_phrases_of_complaints_are_those_of_this_touchpoint():
    heard = hear(["房间隔音太差"] * 12 + ["前台很热情"] * 60 + ["房间很干净"] * 40)
    table = complaint_phrases(heard)
    assert table.touchpoint_id.tolist() == ["room"]
    assert "隔音差" in table.phrase.iloc[0] and table.n.iloc[0] == 12


def test_words_that_mark_unnamed_clauses_are_suggested():
    texts = ["电梯坏了"] * 12 + ["房间很干净"] * 60 + ["前台热情"] * 40
    assert suggested_terms(hear(texts)).term.tolist()[0] == "电梯"


def test_findings_and_pictures_of_the_focus_name_the_touchpoint(language):
    heard = hear(["房间很脏"] * 40 + ["房间干净"] * 10 + ["前台热情"] * 40 + ["前台慢"] * 10)
    focus = kt.complaint_focus(heard)
    assert "room" in kt.focus_findings(focus)[0].sentence()
    axes = kt.plot_comment_evidence(kt.comment_evidence(heard), focus=focus)
    assert len(axes.get_yticklabels()) == 2


def test_groups_alike_are_said_to_be_alike():
    heard = hear(["房间很脏", "房间干净"] * 40, segment=["a", "a", "b", "b"] * 20)
    contrast = kt.compare_voices(heard)
    assert kt.voice_contrast_findings(contrast)[0].key == "finding_voices_alike"
    assert kt.plot_voice_contrast(contrast) is not None


def test_dimensions_come_from_words_and_else_from_the_touchpoint():
    rows = [("j0", None, "csat", None), ("j1", None, "csat", None)]
    data = feedback(rows, comment=["工作人员很专业，很礼貌", "wifi"])
    heard = read_comments(data, terms={"wifi": ["wifi"]}, lexicon=LEXICON)
    found = kt.clause_dimensions(heard).set_index("dimension").source.to_dict()
    assert found["assurance"] == "term" and found["reliability"] == "touchpoint"
    table = kt.comment_dimensions(heard).set_index("dimension")
    assert table.loc["reliability", "named_rate"] == 0


def hotel(tmp_path):
    folder = tmp_path / "hotel"
    folder.mkdir()
    shutil.copy("datasets/hotel/client.yaml", folder)
    return SimpleNamespace(settings=read_settings(folder), folder=folder)


def test_terms_that_are_saved_are_used_and_only_changes_are_kept(tmp_path):
    client = hotel(tmp_path)
    before = kt.term_list(client)
    wifi = before[before.touchpoint_id == "wifi"].term.tolist()
    path = kt.save_terms(client, {"wifi": [*wifi[1:], "卫星网"]})
    after = kt.term_list(client).set_index("term")
    assert after.loc["卫星网", "origin"] == "own"
    assert wifi[0] not in after[after.touchpoint_id == "wifi"].index
    assert len(path.read_text(encoding="utf-8-sig").splitlines()) == 3
    rest = before[before.touchpoint_id != "wifi"]
    assert len(after[after.touchpoint_id != "wifi"]) == len(rest)


def test_terms_of_an_unknown_touchpoint_are_refused_and_nothing_is_written(tmp_path):
    client = hotel(tmp_path)
    with pytest.raises(DataError):
        kt.save_terms(client, {"wify": ["网"]})
    assert not (client.folder / "lexicons" / "touchpoints.csv").exists()


def test_a_term_that_a_spreadsheet_would_run_is_neutralised_and_read_back(tmp_path):
    client = hotel(tmp_path)
    path = kt.save_terms(client, {"wifi": ["=cmd()"]})
    assert "'=cmd()" in path.read_text(encoding="utf-8-sig")
    assert "=cmd()" in kt.term_list(client).term.tolist()


def test_the_grid_saves_what_is_typed_and_goes_back(tmp_path):
    pytest.importorskip("ipywidgets")
    client = hotel(tmp_path)
    chosen, _, terms, buttons, told = kt.edit_terms(client).children
    chosen.value = "wifi"
    standard = terms.value
    terms.value = "卫星网\n网速"
    buttons.children[0].click()
    assert terms.value == "网速\n卫星网" and "2" in told.value
    buttons.children[1].click()
    assert terms.value == standard


def test_comments_that_name_no_touchpoint_have_no_change():
    heard = hear(["电梯坏了"], ts=pd.date_range("2025-01-01", periods=1))
    assert kt.change_dates(heard) == Missing("touchpoints", ("terms",))


def test_no_theme_is_an_empty_table_and_no_error():
    assert kt.theme_table(kt.unnamed_themes(hear(["电梯坏了"]))).empty
