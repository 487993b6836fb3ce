"""Scores, NPS, CSAT and CES count what they should, and nothing else."""

import pandas as pd
import pytest
from tables import feedback

from keytouch.engine import Missing, collect, literal
from keytouch.problems import DataError
from keytouch.satisfaction import (
    answer_status,
    at_touchpoints,
    headline_kpis,
    nps,
    overall,
    score_trend,
    scores,
)

SCALES = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}


def test_scores_ignore_blank_answers():
    table = scores(feedback([(1, "pay", "csat", 4), (2, "pay", "csat", None)]))
    assert (table.score.iloc[0], table.n.iloc[0]) == (4, 1)


def test_scores_are_hand_worked_means_lowest_first():
    rows = [(1, "pay", "csat", 5), (2, "pay", "csat", 3), (1, "ship", "csat", 2)]
    table = scores(feedback(rows))
    assert table.touchpoint_id.tolist() == ["ship", "pay"]
    assert table.score.tolist() == [2, 4]
    assert table.top_rate.tolist() == [0, 0.5]
    assert table.low_rate.tolist() == [1, 0]


def test_a_count_column_counts_as_that_many_rows():
    once = scores(feedback([(1, "pay", "csat", 5)] * 3 + [(2, "pay", "csat", 1)]))
    counted = scores(feedback([(1, "pay", "csat", 5), (2, "pay", "csat", 1)], n=[3, 1]))
    assert counted.score.iloc[0] == pytest.approx(once.score.iloc[0])
    assert counted.n.iloc[0] == once.n.iloc[0] == 4


def test_weights_move_the_mean_and_widen_the_interval():
    rows = [(k, "pay", "csat", score) for k, score in enumerate([5, 5, 4, 1, 2, 1])]
    even = scores(feedback(rows)).iloc[0]
    skewed = scores(feedback(rows, weight=[9.0, 1, 1, 1, 1, 1])).iloc[0]
    assert skewed.score == pytest.approx((9 * 5 + 5 + 4 + 1 + 2 + 1) / 14)
    assert skewed.n == even.n == 6
    assert skewed.score_hi - skewed.score_lo > even.score_hi - even.score_lo


def test_scales_of_different_length_are_brought_to_the_clients():
    table = scores(feedback([(1, "pay", "csat", 2)], scale_lo=[0.0], scale_hi=[4.0]))
    assert table.score.iloc[0] == 3


def test_small_groups_are_marked():
    table = scores(feedback([(1, "pay", "csat", 4)]), min_n=2)
    assert table.small.tolist() == [True]


def test_scores_by_an_unknown_column_are_missing():
    assert scores(feedback([(1, "pay", "csat", 4)]), by=["segment"]) == Missing(
        "feedback", ("segment",)
    )


def test_nps_is_promoters_minus_detractors():
    rows = [(k, None, "nps", score) for k, score in enumerate([10, 9, 8, 7, 6, 0])]
    table = nps(feedback(rows))
    assert table.nps.iloc[0] == pytest.approx(0)
    assert (table.promoter_rate.iloc[0], table.detractor_rate.iloc[0]) == (
        pytest.approx(1 / 3),
        pytest.approx(1 / 3),
    )


def test_nps_ignores_blank_answers_and_other_metrics():
    rows = [(1, None, "nps", 10), (2, None, "nps", None), (3, None, "csat", 1)]
    table = nps(feedback(rows))
    assert (table.nps.iloc[0], table.n.iloc[0]) == (100, 1)


def test_headline_counts_who_was_asked():
    rows = [(1, None, "nps", 10), (2, None, "nps", None), (1, None, "csat", 4)]
    table = headline_kpis(feedback(rows), scales=SCALES).set_index("kpi")
    assert table.index.tolist() == ["csat", "csat_mean", "nps"]
    assert table.loc["nps", ["asked", "n"]].tolist() == [2, 1]
    assert table.loc["csat", "value"] == 100


def test_headline_leaves_out_what_nobody_was_asked():
    table = headline_kpis(feedback([(1, "pay", "csat", 4)]), scales=SCALES)
    assert table.empty


def test_overall_and_touchpoint_feedback_part_the_rows():
    data = feedback([(1, None, "csat", 4), (1, "pay", "csat", 2)])
    assert collect(overall(data)).score.tolist() == [4]
    assert collect(at_touchpoints(data)).score.tolist() == [2]
    assert at_touchpoints(data.drop("touchpoint_id")) == Missing("feedback", ("touchpoint_id",))


def test_status_tells_blank_from_not_used():
    data = feedback([(1, "pay", "csat", 4), (2, "pay", "csat", None)])
    data = data.mutate(status=(data.journey_id == 2).ifelse("not_used", data.status))
    row = answer_status(data).iloc[0]
    assert (row.asked, row.answered, row.not_used, row.blank) == (2, 1, 1, 0)
    assert row.answer_rate == 0.5


def test_status_counts_the_questions_of_one_metric():
    data = feedback([(1, "pay", "csat", 4), (1, "pay", "expectation", 6)])
    data = data.mutate(status=literal("answered"))
    assert answer_status(data).asked.tolist() == [1]
    assert answer_status(data, metric="expectation").asked.tolist() == [1]


def test_trend_is_in_time_order():
    stamps = pd.to_datetime(["2025-02-03", "2025-01-05", "2025-02-20"])
    data = feedback([(k, None, "csat", k + 2) for k in range(3)], ts=stamps)
    table = score_trend(data)
    assert table.period.dt.month.tolist() == [1, 2]
    assert table.score.tolist() == [3, 3]


def test_without_scores_the_answer_is_missing():
    data = feedback([(1, "pay", "csat", 4)]).drop("score")
    assert scores(data) == Missing("feedback", ("score",))


def test_nps_asked_on_another_scale_is_refused():
    rows = [(1, None, "nps", 10), (2, None, "nps", 4)]
    with pytest.raises(DataError):
        nps(feedback(rows, scale_lo=[1.0, 1.0]))
    with pytest.raises(DataError):
        nps(feedback(rows, scale_lo=[0.0, 1.0]))


def test_nps_by_plain_wald_is_narrower_and_says_so():
    rows = [(k, None, "nps", score) for k, score in enumerate([10, 10, 9, 9, 9, 8, 10, 10, 10, 3])]
    adjusted, plain = nps(feedback(rows)), nps(feedback(rows), adjusted=False)
    assert plain.nps_lo.iloc[0] > adjusted.nps_lo.iloc[0]
    assert plain.method.iloc[0] == "method_nps_wald"


def test_the_design_effect_is_shown_where_weights_cost_answers():
    rows = [(k, "pay", "csat", score) for k, score in enumerate([5, 4, 3, 2])]
    assert "design_effect" not in scores(feedback(rows))
    assert "design_effect" not in scores(feedback(rows, weight=[2.0] * 4))
    table = scores(feedback(rows, weight=[3.0, 1, 1, 1]))
    # Kish: 4 × (9 + 1 + 1 + 1) / (3 + 1 + 1 + 1)².
    assert table.design_effect.iloc[0] >= 4 * 12 / 36


def test_the_same_customers_answers_count_as_one_source():
    rows = [(k, None, "csat", score) for k, score in enumerate([5, 5, 5, 1, 1, 1, 3, 3, 3])]
    alone = scores(overall(feedback(rows)), by=()).iloc[0]
    shared = scores(overall(feedback(rows, customer_id=list("aaabbbccc"))), by=()).iloc[0]
    assert shared.score == alone.score
    # Three customers with three equal answers each know what three answers know: the mean of
    # 5, 1, 3 has the variance 4/3; nine unrelated answers would have 24/8/9.
    assert shared.design_effect == pytest.approx((4 / 3) / (24 / 8 / 9))
    assert shared.score_hi - shared.score_lo > alone.score_hi - alone.score_lo


def test_a_month_that_the_data_cover_in_part_is_not_whole():
    stamps = pd.to_datetime(["2025-01-20", "2025-02-10", "2025-02-20", "2025-03-31"])
    data = feedback([(k, None, "csat", 4) for k in range(4)], ts=stamps)
    assert score_trend(data).whole.tolist() == [False, True, True]
