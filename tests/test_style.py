"""Every word the workbook says has a glyph; lines break where a reader expects."""

import csv
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager

from keytouch.style import FONTS, text_width, use, wrap

ROOT = Path(__file__).parents[1]


def characters() -> set[str]:
    texts = [(ROOT / "helpers/keytouch/words.csv").read_text(encoding="utf8")]
    texts += [path.read_text(encoding="utf8") for path in ROOT.glob("datasets/*/client.yaml")]
    texts += [path.read_text(encoding="utf8") for path in ROOT.glob("notebooks/*.py")]
    return {sign for sign in "".join(texts) if sign.isprintable()}


@pytest.mark.parametrize("name", ["NotoSansSC-Regular.otf", "NotoSansSC-Bold.ttf"])
def test_the_shipped_fonts_know_every_character_we_write(name):
    known = set(TTFont(FONTS / name).getBestCmap())
    assert {sign for sign in characters() if ord(sign) not in known} == set()


def test_both_weights_are_found_by_name():
    use("zh")
    regular = font_manager.findfont(font_manager.FontProperties(family="Noto Sans SC"))
    bold = font_manager.findfont(font_manager.FontProperties(family="Noto Sans SC", weight="bold"))
    assert (Path(regular).parent, Path(bold).parent) == (FONTS, FONTS)
    assert regular != bold


def test_the_licence_of_the_fonts_is_shipped():
    assert "SIL Open Font License" in (FONTS / "OFL.txt").read_text(encoding="utf8")


def test_a_chinese_character_is_two_wide():
    assert (text_width("登机口"), text_width("gate")) == (6, 4)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("登机口服务", 6, ["登机口", "服务"]),
        ("Counter check-in and bag drop", 16, ["Counter check-in", "and bag drop"]),
        ("提升，然后", 4, ["提升，", "然后"]),
        ("跟着“光环”走", 10, ["跟着“光环”", "走"]),
        ("95% 区间 2.65–3.09", 12, ["95% 区间", "2.65–3.09"]),
        ("short", 20, ["short"]),
        ("", 5, [""]),
    ],
)
def test_lines_break_between_words_and_never_before_punctuation(text, width, lines):
    assert wrap(text, width).split("\n") == lines


def test_every_word_has_both_languages():
    with open(ROOT / "helpers/keytouch/words.csv", encoding="utf8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["key"] for row in rows if not (row["zh"] and row["en"])] == []
