"""Phrases: short, readable, the same in any word order; the ones that mark a group of clauses."""

import csv
import time

import numpy as np
import pandas as pd
import pytest

from keytouch.phrase_grammar import LEXICONS
from keytouch.telling_phrases import phrases, top_phrases
from keytouch.text_corpus import read_corpus


def said(text):
    return phrases(read_corpus([text])).phrase.tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("房间太小了", ["房间小"]),
        ("房间很小", ["房间小"]),
        ("设施比较陈旧", ["设施陈旧"]),
        ("陈旧的设施", ["设施陈旧"]),
        ("空调不制冷", ["空调不制冷"]),
        ("一直都没有热水", ["没热水"]),
        ("没有任何拖鞋", ["没拖鞋"]),
        ("房门打不开", ["房门打不开"]),
        ("卫生间不太干净", ["卫生间不干净"]),
        ("地毯上有一股霉味", ["有霉味"]),
        ("房间的隔音效果非常差", ["隔音差"]),
        ("电脑不能上网", ["电脑不能上网"]),
        ("宽带还要收费，早餐品种少", ["早餐品种少"]),
        ("宽带居然收费", ["宽带收费"]),
        ("发货速度太慢", ["发货速度慢"]),
        ("wifi非常慢", ["wifi慢"]),
        ("前台服务态度恶劣", ["态度恶劣"]),
    ],
)
def test_chinese_phrases_are_short_and_keep_what_matters(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The room was really very noisy", ["room noisy"]),
        ("a painfully slow lift", ["slow lift"]),
        ("rude staff at the desk", ["rude staff"]),
        ("The front desk were rude", ["front desk rude"]),
        ("There was no hot water", ["no hot water"]),
        ("without any clean towels", ["no clean towels"]),
        ("The shower didn't work", ["shower didn't work"]),
        ("the toilet wouldnt flush", ["toilet wouldn't flush"]),
        ("We couldn't sleep", ["couldn't sleep"]),
        ("They did not care", []),
        ("The bathroom wasn't clean", ["bathroom not clean"]),
        ("the bathroom was not at all clean", []),
        ("The lights in the bathroom didn't work", ["lights didn't work"]),
        ("the walls are paper thin and the bed felt lumpy", ["bed lumpy"]),
        ("The carpet was stained", ["carpet stained"]),
        ("The carpets need replacing", ["carpets needs replacing"]),
        ("lobby and city", []),
    ],
)
def test_english_phrases_are_short_and_keep_what_matters(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    ["酒店不错", "服务很好", "没问题", "东西太差", "没有办法", "good hotel", "It was a great stay",
     "no problem", "I didn't think so", "The room was bad", "", "。。。", "123 456"],
)  # fmt: skip
def test_what_fits_everything_is_no_phrase(text):
    assert said(text) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The lift was slow", "slow lifts"),
        ("the batteries were weak", "weak battery"),
        ("设施陈旧", "很陈旧的设施"),
    ],
)
def test_word_order_and_number_share_a_key(one, other):
    found = phrases(read_corpus([one, other]))
    assert len(found) == 2 and found.key.nunique() == 1


def test_a_negated_phrase_is_not_the_plain_one():
    found = phrases(read_corpus(["房间干净", "房间不干净", "room clean", "the room was not clean"]))
    assert found.key.is_unique


def test_what_is_compared_with_is_not_complained_of():
    assert "超市贵" not in said("比超市还贵")


def test_a_phrase_twice_in_a_clause_counts_once_and_knows_its_place():
    found = phrases(read_corpus(["很好。", "房间太小 真的房间小", "Fine. Slow lift"]))
    assert found.phrase.tolist() == ["房间小", "房间小", "slow lift"]  # the blank ends a clause
    assert found.comment.tolist() == [1, 1, 2]
    assert found.clause.is_monotonic_increasing


def test_no_comments_give_an_empty_table():
    assert phrases(read_corpus([])).columns.tolist() == [
        "clause", "comment", "phrase", "key", "rule",
    ]  # fmt: skip


BAD = ["房间太小了", "很小的房间", "空调不制冷", "没有热水"]
GOOD = ["房间宽敞", "早餐丰富", "交通方便", "房间干净"]


def group_of(corpus, bad):
    return np.isin(corpus.clauses.comment, bad)


def test_the_phrases_of_a_group_stand_out():
    corpus = read_corpus(BAD * 10 + GOOD * 30)
    table = top_phrases(phrases(corpus), group_of(corpus, range(40)))
    assert table.phrase[0] == "房间小" and table.n[0] == 20
    assert set(table.phrase) == {"房间小", "空调不制冷", "没热水"}
    assert table.sure.all() and (table.n_rest == 0).all()
    assert (table.rate.between(table.rate_lo, table.rate_hi)).all()


def test_one_angry_writer_makes_no_top_phrase():
    corpus = read_corpus(["房间太小。" * 30] + BAD[2:] * 10 + GOOD * 30)
    table = top_phrases(phrases(corpus), group_of(corpus, range(21)))
    assert "房间小" not in set(table.phrase)


def test_a_longer_way_to_say_it_gets_no_row_of_its_own():
    corpus = read_corpus(["态度差"] * 20 + ["服务态度差"] * 12 + ["态度不差"] * 9 + GOOD * 30)
    table = top_phrases(phrases(corpus), group_of(corpus, range(41))).set_index("phrase")
    assert table.loc["态度差", "also"] == "服务态度差"
    assert "态度不差" in table.index  # the opposite is no synonym


def test_clauses_of_neither_group_do_not_count():
    corpus = read_corpus(BAD[:1] * 9 + GOOD * 9 + BAD[:1] * 50)
    group = pd.Series(group_of(corpus, range(9))).astype("boolean")
    group[group_of(corpus, range(45, 95))] = pd.NA
    assert top_phrases(phrases(corpus), group).n_rest[0] == 0


def test_at_most_so_many_are_shown_and_two_clauses_are_no_evidence():
    corpus = read_corpus(BAD * 10 + ["床很硬"] * 2 + GOOD * 30)
    found, group = phrases(corpus), group_of(corpus, range(42))
    assert len(top_phrases(found, group, most=2)) == 2
    assert "床硬" not in set(top_phrases(found, group).phrase)


def test_an_empty_group_has_no_phrases():
    corpus = read_corpus(GOOD)
    for group in (np.zeros(4, bool), np.ones(4, bool), [None] * 4):
        assert top_phrases(phrases(corpus), group).empty


def test_ten_random_halves_agree_that_nothing_marks_them():
    random = np.random.default_rng(1)
    corpus = read_corpus((BAD + GOOD) * 100)
    found = phrases(corpus)
    sure = [top_phrases(found, random.random(len(corpus.clauses)) < 0.5).sure.sum()
            for _ in range(10)]  # fmt: skip
    assert sum(sure) == 0


def test_each_word_has_each_kind_once():
    with open(LEXICONS / "phrase_words.csv", encoding="utf8", newline="") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
    assert len(rows) == len(set(rows)) and all(word == word.lower() for word, _ in rows)


def test_reading_is_fast():
    texts = ["房间太小了，空调不制冷，早餐品种很少，前台服务态度差。" * 4] * 2000
    corpus = read_corpus(texts)
    start = time.process_time()
    phrases(corpus)
    assert time.process_time() - start < 2  # 0.25 seconds on a quiet core
