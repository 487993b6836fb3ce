"""Comments name touchpoints by their terms and keep the tone they came with."""

import pytest
from tables import feedback

from keytouch.comments import comment_volume, mentions, quotes, term_pattern
from keytouch.engine import Missing

TERMS = {"pay": ["支付", "pay"], "ship": ["快递"]}


def said(*rows):
    """(touchpoint, score, comment) rows as feedback."""
    data = [
        (number, touchpoint, "csat", score) for number, (touchpoint, score, _) in enumerate(rows)
    ]
    return feedback(data, comment=[comment for _, _, comment in rows])


def test_a_term_is_found_inside_chinese_and_as_a_whole_english_word():
    data = said((None, 1, "支付太慢"), (None, 5, "Pay was easy"), (None, 3, "repayment"))
    table = mentions(data, terms=TERMS)
    assert table.touchpoint_id.tolist() == ["pay"]
    assert (table.mentions.iloc[0], table.n.iloc[0], table.negative_rate.iloc[0]) == (2, 2, 0.5)


def test_terms_are_literal_text():
    assert term_pattern(["a.b(c"]) == r"\ba\.b\(c\b"
    data = said((None, 1, "价格（含税）$5"))
    assert mentions(data, terms={"price": ["（含税）$5"]}).mentions.tolist() == [1]


def test_a_comment_that_names_two_touchpoints_counts_for_both():
    table = mentions(said((None, 2, "支付和快递都慢")), terms=TERMS).set_index("touchpoint_id")
    assert table.mentions.to_dict() == {"pay": 1, "ship": 1}


def test_a_comment_given_for_a_touchpoint_names_it():
    assert mentions(said(("ship", 1, "太慢")), terms=TERMS).touchpoint_id.tolist() == ["ship"]


def test_tone_is_the_label_before_the_score():
    data = feedback([(1, None, "csat", 5)], comment=["支付"], polarity=["negative"])
    assert mentions(data, terms=TERMS).negative_rate.iloc[0] == 1


def test_without_a_score_the_overall_score_of_the_same_journey_tells_the_tone():
    rows = [(1, "pay", "csat", None), (1, None, "csat", 1)]
    table = mentions(feedback(rows, comment=["支付", None]), terms=TERMS)
    assert (table.n.iloc[0], table.negative_rate.iloc[0]) == (1, 1)


def test_a_comment_without_any_tone_is_mentioned_but_not_judged():
    table = mentions(feedback([(1, "pay", "csat", None)], comment=["支付"]), terms=TERMS)
    assert (table.mentions.iloc[0], table.n.iloc[0]) == (1, 0)


def test_volume_counts_by_language_and_ignores_blank_comments():
    data = said((None, 1, "太慢了"), (None, 5, "very good"), (None, 4, "  "), (None, 4, None))
    table = comment_volume(data).set_index("script")
    assert table.comments.to_dict() == {"all": 2, "zh": 1, "en": 1}
    assert table.loc["all", "negative_rate"] == 0.5


def test_quotes_are_scrubbed_and_used_once():
    data = said((None, 1, "支付失败，打 13812345678 没人接"), (None, 1, "支付和快递都慢"))
    table = quotes(data, terms=TERMS)
    assert table.quote.tolist() == ["支付失败，打 ▇▇ 没人接", "支付和快递都慢"]
    assert table.touchpoint_id.tolist() == ["pay", "pay"]


def test_quotes_prefer_comments_about_one_touchpoint():
    data = said((None, 1, "支付和快递都慢"), (None, 1, "支付失败了三次"))
    table = quotes(data, terms=TERMS, per_touchpoint=1)
    assert table.set_index("touchpoint_id").quote["pay"] == "支付失败了三次"


@pytest.mark.parametrize("measure", [mentions, quotes])
def test_without_comments_the_answer_is_missing(measure):
    data = feedback([(1, "pay", "csat", 1)])
    assert measure(data, terms=TERMS) == Missing("feedback", ("comment",))
