"""Sentences on groups follow the corrected comparison, and explain a misleading total."""

import numpy as np
import pandas as pd
import pytest

from keytouch.engine import Missing
from keytouch.group_conclusions import (
    bias_findings,
    comparison_findings,
    gap_of_group_findings,
    nonresponse_findings,
    within_findings,
)
from keytouch.words import set_language


@pytest.fixture(autouse=True)
def _english():
    set_language("en")


def compared(gaps, verdicts, name="score_difference", column="segment", against="rest"):
    own = {"score_difference": "score", "rate_difference": "conversion_rate"}[name]
    table = pd.DataFrame({column: list("abcd")[: len(gaps)], own: 3.0, name: gaps})
    for part in (own, name):
        table = table.assign(**{f"{part}_lo": table[part] - 0.1, f"{part}_hi": table[part] + 0.1})
    return table.assign(
        p_value=0.01, comparison=verdicts, n=100, small=False, against=against, method="m"
    )


def test_only_corrected_differences_are_told_largest_first():
    table = compared([0.2, -0.6, 0.4, 0.3], ["alike", "lower", "higher", "not_judged"])
    found = comparison_findings(table)
    assert [(f.key, f.value) for f in found] == [
        ("finding_group_lower", -0.6), ("finding_group_higher", 0.4),
    ]  # fmt: skip
    text = found[0].sentence()
    assert "“b”" in text and "the other segments" in text and "−0.60" in text
    assert "−0.70 to −0.50" in text and "n=100" in text and "3 comparisons" in text
    assert len({f.id for f in found}) == 2


def test_where_no_group_differs_one_sentence_says_so():
    found = comparison_findings(compared([0.2, -0.3], ["alike", "alike"]))
    assert [f.key for f in found] == ["finding_group_alike"]
    assert "No segment can be told apart" in found[0].sentence()
    assert comparison_findings(compared([0.2], ["not_judged"])) == []


def test_what_it_was_compared_with_is_named():
    table = compared([-0.05], ["lower"], name="rate_difference", column="channel", against="app")
    text = comparison_findings(table)[0].sentence()
    assert "“app”" in text and "−5.0 pp" in text and "the conversion rate" in text
    before = compared([0.5], ["higher"], column="period", against="previous")
    assert "the period before" in comparison_findings(before)[0].sentence()
    set_language("zh")
    assert "“a”的转化率低于“app”" in comparison_findings(table)[0].sentence()
    assert "−5.0 个百分点" in comparison_findings(table)[0].sentence()


def within(verdict, pooled, inner, p_reversal=0.99):
    table = pd.DataFrame(
        {
            "channel": "app", "other": "web",
            "segment": ["(pooled)", "(within)", "calm", "strict"],
            "score_difference": [pooled, inner, inner, inner],
            "n": [200, 200, 100, 100],
            "share_first": [1, 1, 0.8, 0.2], "share_other": [1, 1, 0.3, 0.7],
            "level": [np.nan, np.nan, 4.5, 2.5],
        }
    )  # fmt: skip
    return table.assign(
        score_difference_lo=table.score_difference - 0.1,
        score_difference_hi=table.score_difference + 0.1,
        verdict_within=verdict, p_reversal=p_reversal, method="method_within",
    )  # fmt: skip


def test_a_reversal_is_claimed_and_explained_by_the_mix():
    found = within_findings(within("reversed", 0.4, -0.3))[0]
    assert (found.claim, found.subject) == ("reversal", "channel:app>web")
    assert (found.value, found.probability, found.strength) == (-0.3, 0.99, "is")
    text = found.sentence()
    assert "“calm” makes up 80.0% of “app” and 30.0% of “web”" in text
    assert "is above average" in text and "0.30–0.50" in text


@pytest.mark.parametrize("verdict", ["explained", "uncovered"])
def test_what_is_no_reversal_claims_none(verdict):
    found = within_findings(within(verdict, 0.4, 0.05))[0]
    assert (found.claim, found.subject) == ("", "")
    assert "makes up" in found.sentence()


def test_a_total_that_hides_a_gap_is_explained_by_what_pulled_it_down():
    turned = within("uncovered", 0.0, 0.4).assign(share_first=[1, 1, 0.3, 0.7],
                                                  share_other=[1, 1, 0.8, 0.2])  # fmt: skip
    text = within_findings(turned)[0].sentence()
    assert "“calm” makes up 30.0% of “app” and 80.0% of “web”" in text and "is above" in text


def test_where_totals_hold_one_sentence_says_so():
    found = within_findings(within("confirmed", 0.4, 0.4))
    assert [f.key for f in found] == ["finding_within_none"]
    assert "{" not in found[0].sentence()


def silent(gaps, verdicts):
    table = pd.DataFrame(
        {"fact": ["failed", "wait_minutes", "segment"], "level": ["yes", "high", "vip"]}
    )
    return table.assign(
        answer_rate=0.2, answer_rate_lo=0.15, answer_rate_hi=0.25, baseline=0.4,
        standardised_difference=gaps, comparison=verdicts, n=300, method="method_nonresponse",
    )  # fmt: skip


def test_facts_that_matter_are_told_and_slight_ones_are_not():
    found = nonresponse_findings(silent([-0.3, 0.05, 0.2], ["lower", "higher", "higher"]))
    assert [f.key for f in found] == ["finding_answers_lower", "finding_answers_higher"]
    assert "“Failure on the journey” answer less often: 20.0%" in found[0].sentence()
    assert "Segment: vip" in found[1].sentence()
    none = nonresponse_findings(silent([-0.05, 0.04, 0.02], ["lower", "alike", "alike"]))
    assert [f.key for f in none] == ["finding_answers_alike"]


def bias(value, verdict, probability=0.99, slight=False):
    row = {"raw_score": 4.0, "adjusted_score": 4.0 - value, "bias_points": value}
    row |= {"bias_points_lo": value - 0.02, "bias_points_hi": value + 0.02}
    row |= {"bias": verdict, "probability": probability, "answer_rate": 0.4, "n": 500}
    return pd.DataFrame([row | {"slight": slight, "method": "method_propensity"}])


def test_the_direction_of_the_bias_is_claimed_only_where_it_is_sure():
    up, down = bias_findings(bias(0.2, "up"))[0], bias_findings(bias(-0.2, "down"))[0]
    assert (up.claim, up.subject, down.subject) == ("nonresponse", "up", "down")
    assert "too high" in up.sentence() and "too low" in down.sentence()
    none = bias_findings(bias(0.01, "none", 0.7))[0]
    assert (none.claim, none.strength) == ("", "is")
    slight = bias_findings(bias(0.03, "up", slight=True))[0]
    assert "slightly too high" in slight.sentence() and slight.rank > up.rank


def test_missing_data_give_no_finding():
    for make in (comparison_findings, within_findings, nonresponse_findings, bias_findings):
        assert make(Missing("feedback")) == []


def test_a_groups_own_view_of_a_touchpoint_is_told_with_its_basis():
    table = compared([-0.4, 0.1], ["lower", "alike"])
    table.insert(0, "touchpoint_id", ["pay", "ship"])
    found = gap_of_group_findings(table)
    assert [f.touchpoint for f in found] == ["pay"]
    assert "“a” scores “pay” lower than the other segments do: 3.00" in found[0].sentence()
    relative = gap_of_group_findings(table.assign(method="method_relative"))[0]
    assert "general level taken off" in relative.sentence()
    same = gap_of_group_findings(table.assign(comparison="alike"))
    assert [f.key for f in same] == ["finding_cell_alike"] and "{" not in same[0].sentence()
