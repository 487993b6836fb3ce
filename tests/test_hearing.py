"""Comments read clause by clause: what they are about, how they sound, how sure that is."""

import numpy as np
import pandas as pd
import pytest
from tables import feedback

from keytouch.client_model import LEAST_RATED, learn_client_model, score_corpus
from keytouch.engine import Missing
from keytouch.hearing import read_comments
from keytouch.lexicons import polarity_lexicon
from keytouch.own_words import voice_quotes
from keytouch.text_corpus import read_corpus
from keytouch.touchpoint_voices import (
    comment_coverage,
    comment_evidence,
    reading_quality,
    voices,
    without_halo,
)
from keytouch.voice_contrasts import compare_voices, complaint_focus

LEXICON = polarity_lexicon()
TERMS = {"room": ["房间", "room"], "desk": ["前台", "desk"]}
OTHERS = {"other:place": ["位置"], "other:general": ["总体"]}


def hear(*rows, others=OTHERS, **more):
    """(touchpoint, score, comment) rows, read."""
    data = [(f"j{k}", name, "csat", score) for k, (name, score, _) in enumerate(rows)]
    return read_comments(
        feedback(data, comment=[text for _, _, text in rows], **more),
        terms=TERMS,
        lexicon=LEXICON,
        others=others,
    )


def topics(heard):
    return heard.topics.groupby("clause").touchpoint_id.agg(list).to_dict()


def test_a_clause_that_names_nothing_goes_on_about_the_one_before():
    heard = hear((None, None, "房间很大，很干净，前台慢"))
    assert topics(heard) == {0: ["room"], 1: ["room"], 2: ["desk"]}
    assert heard.topics.source.tolist() == ["term", "carried", "term"]


def test_a_topic_that_is_no_touchpoint_ends_what_is_carried_on():
    assert topics(hear((None, None, "房间很大，位置好，很方便"))) == {0: ["room"]}
    assert topics(hear((None, None, "房间很大，总体满意"))) == {0: ["room"]}


def test_nothing_is_carried_into_the_next_comment():
    assert topics(hear((None, None, "房间很大"), (None, None, "很干净"))) == {0: ["room"]}


def test_a_comment_given_for_a_touchpoint_is_about_it_where_it_names_none():
    heard = hear(("desk", 1, "太慢了，房间也小"))
    assert topics(heard) == {0: ["desk"], 1: ["room"]}


def test_blank_comments_are_no_comments():
    assert hear((None, 1, ""), (None, 1, None), (None, 1, "  ")).comments.empty


def test_feedback_without_comments_is_missing():
    data = feedback([("j", None, "csat", 1)])
    assert isinstance(read_comments(data, terms=TERMS, lexicon=LEXICON), Missing)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "=cmd|'/c calc'!A1", "\u202eabc", "😡😡😡",
        "'; DROP TABLE feedback; --", "好" * 1_000_000,
    ],
)  # fmt: skip
def test_hostile_text_is_read_like_any_other(text):
    heard = hear((None, 1, text))
    assert len(heard.comments) == 1 and np.isfinite(heard.comments.positive).all()


def rated(n, seed=1, flip=0.0):
    """Comments whose rating hangs on words that no lexicon knows."""
    rng = np.random.default_rng(seed)
    good = rng.random(n) < 0.5
    said = good ^ (rng.random(n) < flip)
    return ["zorp room" if one else "blik room" for one in said], good


def learned(texts, good):
    return learn_client_model([score_corpus(read_corpus(texts), LEXICON)], good)


def test_the_clients_ratings_teach_words_that_no_list_knows():
    model = learned(*rated(120))
    assert model.layer == "client" and model.quality.accuracy.iloc[1] == 1
    told = model.comment_probability(score_corpus(read_corpus(["zorp", "blik"]), LEXICON))
    assert told[0] > 0.6 and told[1] < 0.4


def test_ratings_that_hang_on_nothing_leave_the_lexicon_in_charge():
    texts = ["房间很好" if k % 2 else "房间很差" for k in range(80)]
    good = np.array([k % 2 == 1 for k in range(80)])
    model = learned(texts, good)
    assert model.layer == "lexicon" and model.quality.f1.iloc[0] == 1


def test_too_few_ratings_teach_nothing():
    texts, good = rated(LEAST_RATED - 1)
    model = learned(texts, good)
    assert model.layer == "lexicon" and model.quality.layer.tolist() == ["lexicon"]


def test_cross_validation_does_not_judge_what_it_has_learned():
    texts, good = rated(400, flip=0.25)
    assert learned(texts, good).quality.accuracy.iloc[1] == pytest.approx(0.75, abs=0.08)


def many(*groups):
    """(times, score, comment) groups as rows."""
    return [(None, score, text) for times, score, text in groups for _ in range(times)]


def test_a_comment_counts_once_at_a_touchpoint_however_long_it_complains():
    heard = hear((None, None, "房间脏，房间臭，房间吵"), (None, None, "房间干净"))
    assert voices(heard).polarity.tolist() == ["negative", "positive"]
    assert comment_evidence(heard).negative_rate.tolist() == [0.5]


def test_a_touchpoints_own_score_overrules_the_machine():
    pairs = voices(hear(("room", 1, "房间很好很干净")))
    assert (pairs.polarity.iloc[0], pairs.judged_by.iloc[0]) == ("negative", "customer")


def test_the_corrected_share_undoes_the_machines_known_errors():
    heard = hear(*many((30, None, "房间脏"), (70, None, "房间干净")))
    quality = pd.DataFrame(
        [("lexicon", 1000, 0.9, 0.2, 500)],
        columns=["layer", "n", "hit_rate", "false_alarm_rate", "negatives"],
    )
    heard.model.__dict__["quality"] = quality
    row = comment_evidence(heard).iloc[0]
    assert row.negative_rate == pytest.approx(0.3)
    assert row.adjusted_rate == pytest.approx((0.3 - 0.2) / 0.7)
    assert row.adjusted_rate_lo < row.adjusted_rate < row.adjusted_rate_hi


def test_halo_is_taken_out_of_the_score():
    mood = np.tile([-0.8, -0.4, 0.4, 0.8], 2) + np.repeat([-0.2, 0.2], 4)
    own = np.repeat([0.3, 0.1], 4)
    pairs = pd.DataFrame(
        {"touchpoint_id": ["room"] * 4 + ["desk"] * 4, "rest": mood, "score": own + mood / 2}
    )
    plain = pairs.assign(score=without_halo(pairs)).groupby("touchpoint_id").score.mean()
    raw = pairs.groupby("touchpoint_id").score.mean()
    assert plain.room - plain.desk == pytest.approx(0.2)
    assert raw.room - raw.desk == pytest.approx(0.0)


def test_the_focus_is_where_comments_are_surely_more_negative():
    rows = many((40, None, "房间脏"), (10, None, "房间干净"), (10, None, "前台慢"),
                (40, None, "前台热情"))  # fmt: skip
    table = complaint_focus(hear(*rows)).set_index("touchpoint_id")
    assert table.verdict.to_dict() == {"room": "worse", "desk": "better"}
    assert table.loc["room", "rate_difference"] == pytest.approx(0.6)


def test_fewer_than_twenty_comments_are_not_judged():
    table = complaint_focus(hear(*many((5, None, "房间脏"), (40, None, "前台热情"))))
    assert table.set_index("touchpoint_id").verdict["room"] == "small"


def test_two_halves_are_compared_in_time():
    texts = ["房间干净"] * 40 + ["房间脏"] * 40
    heard = hear(*[(None, None, text) for text in texts],
                 ts=pd.date_range("2025-01-01", periods=80))  # fmt: skip
    row = compare_voices(heard, by="period").iloc[0]
    assert (row.group_a, row.group_b, row.verdict) == ("earlier", "later", "worse")
    assert row.rate_difference == pytest.approx(1)


def test_a_comparison_without_its_column_is_missing():
    assert compare_voices(hear((None, 1, "房间脏")), by="segment") == Missing(
        "feedback", ("segment",)
    )


def test_quotes_show_the_prevailing_side_and_the_contrary():
    rows = many((3, None, "房间很脏很臭"), (1, None, "房间脏，打13812345678找我"),
                (1, None, "房间非常干净"))  # fmt: skip
    table = voice_quotes(hear(*rows))
    assert table.voice_kind.tolist() == ["central", "extreme", "contrary"]
    assert table.polarity.tolist() == ["negative", "negative", "positive"]
    assert not table.quote.str.contains("13812345678").any()
    assert not table.feedback_id.duplicated().any()


def test_coverage_counts_languages_and_comments_that_name_a_touchpoint():
    heard = hear((None, None, "房间好"), (None, None, "ok"), (None, None, "位置好"))
    table = comment_coverage(heard).set_index("language")
    assert table.comments.to_dict() == {"all": 3, "en": 1, "zh": 2}
    assert table.loc["all", "named_rate"] == pytest.approx(1 / 3)


def test_the_quality_of_reading_carries_intervals_and_says_what_is_used():
    texts, good = rated(100)
    heard = hear(*[(None, 5 if one else 1, text) for text, one in zip(texts, good)])
    table = reading_quality(heard).set_index("layer")
    assert table.chosen.to_dict() == {"lexicon": False, "client": True}
    assert (table.accuracy_lo <= table.accuracy).all()


def test_without_any_rating_the_quality_of_reading_is_missing():
    assert reading_quality(hear((None, None, "房间好"))) == Missing("feedback", ("score",))


def test_missing_is_passed_on():
    nothing = Missing("feedback", ("comment",))
    for measure in (comment_evidence, complaint_focus, compare_voices, voice_quotes,
                    comment_coverage, reading_quality):  # fmt: skip
        assert measure(nothing) == nothing
