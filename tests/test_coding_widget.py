"""Coding by people in a notebook, driven as a coder would: choose, click, stop, come back."""

import builtins
import csv
from types import SimpleNamespace

import pandas as pd
import pytest

from keytouch.code_cells import codebook
from keytouch.coding_session import CodingSession
from keytouch.coding_widget import code_comments
from keytouch.comment_sheets import read_codes
from keytouch.engine import Missing
from keytouch.problems import DataError
from keytouch.words import set_language

widgets = pytest.importorskip("ipywidgets")
SAMPLE = pd.DataFrame(
    [("c1", "前台没人", 2.0), ("c2", "房间很好", 5.0), ("c3", "一般", 1.0)],
    columns=["comment_id", "comment", "weight"],
)


def client():
    entries = [SimpleNamespace(id="desk", name_zh="前台", name_en="Front desk"),
               SimpleNamespace(id="room", name_zh="房间", name_en="Room")]  # fmt: skip
    settings = SimpleNamespace(touchpoints=entries)
    return SimpleNamespace(settings=settings, terms={"desk": [], "room": []})


@pytest.fixture(autouse=True)
def _english():
    set_language("en")


class Person:
    """What a coder sees and does."""

    def __init__(self, path, sample=SAMPLE, coder="A"):
        self.box = code_comments(sample, client(), coder=coder, path=path)

    def all(self, kind, box=None):
        for child in (box or self.box).children:
            if isinstance(child, widgets.Box):
                yield from self.all(kind, child)
            elif type(child) is kind:
                yield child

    @property
    def text(self):
        return "\n".join(html.value for html in self.all(widgets.HTML))

    def click(self, what):
        next(b for b in self.all(widgets.Button) if b.description == what).click()

    def chip(self, name):
        return next(c for c in self.all(widgets.ToggleButton) if c.description.endswith(name))

    def choose(self, polarity, incident):
        tone, event = self.all(widgets.ToggleButtons)
        tone.value, event.value = polarity, incident

    def code(self, chip, polarity, incident):
        self.chip(chip).value = True
        self.choose(polarity, incident)
        self.click("Next")


def lines(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_click_is_saved_at_once(tmp_path):
    person = Person(tmp_path / "a.csv")
    assert "1 / 3" in person.text
    person.chip("room").value = True
    assert [row["touchpoints"] for row in lines(tmp_path / "a.csv")] == ["room", "", ""]
    person.chip("desk").value = True
    assert lines(tmp_path / "a.csv")[0]["touchpoints"] == "desk;room"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.csv"]


def test_none_excludes_the_others(tmp_path):
    person = Person(tmp_path / "a.csv")
    person.chip("desk").value = True
    person.chip("no touchpoint").value = True
    assert lines(tmp_path / "a.csv")[0]["touchpoints"] == "(none)"
    assert not person.chip("desk").value and person.chip("no touchpoint").description[0] == "✓"
    person.chip("room").value = True
    assert lines(tmp_path / "a.csv")[0]["touchpoints"] == "room"
    person.chip("room").value = False
    assert lines(tmp_path / "a.csv")[0]["touchpoints"] == ""


def test_next_asks_for_what_lacks_and_skip_does_not(tmp_path):
    person = Person(tmp_path / "a.csv")
    person.chip("desk").value = True
    person.click("Next")
    assert "1 / 3" in person.text and "Still open: Tone, Critical incident" in person.text
    person.click("Skip")
    assert "2 / 3 · 0 coded" in person.text
    person.click("Back")
    assert "1 / 3" in person.text and person.chip("desk").value


def test_a_coder_goes_on_where_they_stopped_and_meets_the_skipped_at_the_end(tmp_path):
    person = Person(tmp_path / "a.csv")
    person.click("Skip")
    person.code("room", "positive", "no")
    again = Person(tmp_path / "a.csv")
    assert "3 / 3 · 1 coded" in again.text
    again.code("no touchpoint", "neutral", "no")
    assert "1 / 3 · 2 coded" in again.text
    again.code("desk", "negative", "yes")
    again.click("Back")
    last = Person(tmp_path / "a.csv")
    last.click("Next")
    assert "3 coded" in last.text
    codes = read_codes(tmp_path / "a.csv", client=client())
    assert len(codes) == 3 and set(codes.weight) == {1.0, 2.0, 5.0}


def test_notes_come_back_even_if_they_look_like_formulas(tmp_path):
    person = Person(tmp_path / "a.csv")
    next(person.all(widgets.Textarea)).value = '=HYPERLINK("x")\nzwei, "drei"'
    assert lines(tmp_path / "a.csv")[0]["note"].startswith("'=HYPERLINK")
    again = Person(tmp_path / "a.csv")
    assert next(again.all(widgets.Textarea)).value == '=HYPERLINK("x")\nzwei, "drei"'


def test_hostile_comments_do_nothing(tmp_path):
    texts = ["<img src=x onerror=alert(1)>", "\u202egnp.exe \ud800 \x00\x1b[31m", "=cmd()|x"]
    person = Person(tmp_path / "a.csv", SAMPLE.assign(comment=pd.Series(texts, dtype=object)))
    shown = []
    for _ in texts:
        shown.append(person.text)
        person.click("Skip")
    assert not any("<img" in text for text in shown)
    assert any("&lt;img src=x onerror=alert(1)&gt;" in text for text in shown)
    assert not any(set(text) & set("\u202e\ud800\x00\x1b") for text in shown)
    assert {row["comment"] for row in lines(tmp_path / "a.csv")} >= {"'=cmd()|x", texts[0]}


def test_names_follow_the_language(tmp_path):
    set_language("zh")
    person = Person(tmp_path / "a.csv")
    assert "已编码 0 条" in person.text
    assert [option[0] for option in next(person.all(widgets.ToggleButtons)).options] == [
        "负面", "中性", "正面",
    ]  # fmt: skip


def test_two_coders_never_share_a_sheet(tmp_path):
    Person(tmp_path / "a.csv").code("desk", "negative", "no")
    with pytest.raises(DataError, match="the sheet of A and not of B"):
        Person(tmp_path / "a.csv", coder="B")


def test_a_sheet_that_was_changed_elsewhere_is_not_overwritten(tmp_path):
    person = Person(tmp_path / "a.csv")
    person.code("desk", "negative", "no")
    text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig").replace("negative", "positive")
    (tmp_path / "a.csv").write_text(text + " ", encoding="utf8")
    person.click("Skip")
    assert "changed elsewhere" in person.text
    assert "negative" not in (tmp_path / "a.csv").read_text(encoding="utf8")


def test_comments_that_a_new_sample_lacks_are_kept(tmp_path):
    person = Person(tmp_path / "a.csv")
    for _ in range(3):
        person.code("desk", "negative", "no")
    fresh = Person(tmp_path / "a.csv", SAMPLE.head(1).assign(comment_id="c9"))
    assert "1 / 1 · 0 coded" in fresh.text
    fresh.code("room", "positive", "no")
    assert sorted(row["comment_id"] for row in lines(tmp_path / "a.csv")) == [
        "c1",
        "c2",
        "c3",
        "c9",
    ]


def test_what_cannot_be_coded_is_said(tmp_path, monkeypatch):
    assert code_comments(Missing("feedback"), client(), coder="A", path="x") == Missing("feedback")
    with pytest.raises(DataError, match="no comment"):
        code_comments(SAMPLE.head(0), client(), coder="A", path=tmp_path / "a.csv")
    with pytest.raises(DataError, match="csv"):
        CodingSession(SAMPLE, codebook(client()), coder="A", path=tmp_path / "a.xlsx")
    with pytest.raises(DataError, match="who codes"):
        CodingSession(SAMPLE, codebook(client()), coder=" ", path=tmp_path / "a.csv")
    real = builtins.__import__

    def without(name, *rest, **options):
        if name == "ipywidgets":
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DataError, match=r"keytouch\[lab\]"):
        code_comments(SAMPLE, client(), coder="A", path=tmp_path / "a.csv")
