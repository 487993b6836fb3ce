"""Clauses sound as people hear them: negation, degree, wishes, contrast, silence."""

import numpy as np
import pandas as pd
import pytest

from keytouch.lexicons import polarity_lexicon
from keytouch.polarity import PolarityLexicon, clause_scores, comment_scores
from keytouch.text_corpus import read_corpus

LEXICON = polarity_lexicon()
MODIFIERS = pd.DataFrame(
    [("not", "negator", -0.5), ("very", "degree", 2.0), ("wish", "wish", 1.0)],
    columns=["term", "kind", "factor"],
)
SMALL = PolarityLexicon({"good": 2.0, "bad": -2.0}, MODIFIERS)


def score(text, lexicon=LEXICON):
    return clause_scores(read_corpus([text]), lexicon).score.iloc[0]


def whole(text):
    corpus = read_corpus([text])
    return comment_scores(corpus, clause_scores(corpus, LEXICON))[0]


@pytest.mark.parametrize(
    ("text", "strength"), [("good", 2), ("very good", 4), ("not good", -1), ("not very good", -2)]
)
def test_modifiers_multiply_the_strength_of_the_term_that_follows(text, strength):
    assert score(text, SMALL) == pytest.approx(strength / np.sqrt(strength**2 + 8))


def test_a_term_in_between_takes_the_negator():
    assert score("not good bad", SMALL) == pytest.approx(-3 / np.sqrt(9 + 8))


def test_a_wish_takes_the_praise_out():
    assert score("wish it were good", SMALL) < 0
    assert score("wish it were bad", SMALL) == score("bad", SMALL)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("房间很干净", 1),
        ("房间不干净", -1),
        ("一点也不脏", 1),
        ("没有热水", -1),
        ("服务态度不是很好", -1),
        ("要是能安静点就好了", -1),
        ("绝了，yyds", 1),
        ("the room was spotless", 1),
        ("the staff weren't friendly", -1),
        ("not bad at all", 1),
        ("never again", -1),
    ],
)
def test_everyday_clauses_have_the_right_sign(text, sign):
    assert np.sign(score(text)) == sign


def test_a_silent_clause_leans_towards_the_one_before_it_in_the_same_comment():
    corpus = read_corpus(["很脏，地上，", "地上"])
    scores = clause_scores(corpus, LEXICON).score
    assert scores[1] == pytest.approx(0.3 * scores[0]) and scores[2] == 0


def test_what_follows_a_contrast_weighs_more_in_english():
    assert whole("The room was good but the staff were bad") < 0


def test_a_comment_without_any_term_scores_nothing():
    assert whole("周二入住") == 0


def test_an_empty_corpus_has_no_scores():
    corpus = read_corpus([])
    assert comment_scores(corpus, clause_scores(corpus, LEXICON)).size == 0
