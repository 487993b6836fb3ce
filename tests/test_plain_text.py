"""Comments in plain characters, their language, clauses and words."""

import pytest

from keytouch.plain_text import LONGEST, languages, plain_text, plain_texts
from keytouch.text_corpus import Finder, in_pieces, read_corpus


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("房間很乾淨", "房间很干净"),
        ("著名的皇后", "著名的皇后"),
        ("ＷｉＦｉ１００Ｍ，快！", "WiFi100M,快!"),
        ("a\u202eb\u200bc\ufeff", "abc"),
        ("第一行\r\n第二行\x00", "第一行 第二行"),
        ("好\ud800坏", "好坏"),
        ("it’s", "it's"),
        ("好好好好好好好", "好好好"),
        ("", ""),
    ],
)
def test_plain_text_is_simplified_half_width_and_visible(text, plain):
    assert plain_text(text) == plain


def test_a_comment_of_a_million_characters_is_read_in_part_and_at_once():
    assert len(plain_text("好吃。" * 350_000)) <= LONGEST


def test_texts_at_one_go_are_the_same_as_one_by_one():
    texts = ["房間", "two\nlines", "", "ｆｕｌｌ"]
    assert plain_texts(texts) == [plain_text(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("房间很干净，服务也好", "zh"),
        ("The room was clean and the staff were kind", "en"),
        ("O quarto era muito bom e o pessoal foi simpatico", "other"),
        ("Le petit déjeuner était excellent", "other"),
        ("check-in很slow，wifi不work", "mixed"),
        ("wifi速度ok的，房间也干净", "zh"),
        ("部屋がとてもきれいでした", "other"),
        ("👍👍", ""),
        ("12306", ""),
        ("Great!", "en"),
        ("", ""),
    ],
)
def test_language_is_told_by_letters_and_frequent_words(text, language):
    assert languages([plain_text(text)]).tolist() == [language]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("房间不错，早餐差。", ["房间不错，", "早餐差。"]),
        ("It cost 3.50 dollars. Fine!", ["it cost 3.50 dollars.", " fine!"]),
        ("clean but noisy", ["clean ", "but noisy"]),
        ("位置好 房间小", ["位置好 ", "房间小"]),
        ("好……", ["好……"]),
        ("！！！", []),
    ],
)
def test_clauses_end_with_their_punctuation(text, clauses):
    assert read_corpus([text]).clause_texts() == clauses


def test_no_clause_crosses_from_one_comment_into_the_next():
    corpus = read_corpus(["好", "", "坏，慢"])
    assert corpus.clauses.comment.tolist() == [0, 2, 2]
    assert corpus.clause_texts() == ["好", "坏，", "慢"]


def test_a_letter_whose_lower_case_is_longer_keeps_places_right():
    corpus = read_corpus(["İstanbul good", "bad"])
    assert len(corpus.text) == len("İstanbul good") + 1 + len("bad")
    assert corpus.clause_texts()[1] == "bad"


def test_terms_are_found_as_words_and_the_longest_wins():
    corpus = read_corpus(["好像不太好吃", "the panel and the pan"])
    terms = ("好", "好吃", "不太好吃", "pan")
    found = Finder(terms).find(corpus)
    assert [terms[place] for place in found.term] == ["不太好吃", "pan"]


def test_no_term_and_no_text_find_nothing():
    assert Finder(()).find(read_corpus(["好"])).empty
    assert Finder(("好",)).find(read_corpus([])).empty


def test_pieces_hold_every_text_once():
    assert [(place, list(part)) for place, part in in_pieces("abcde", 2)] == [
        (0, ["a", "b"]),
        (2, ["c", "d"]),
        (4, ["e"]),
    ]
