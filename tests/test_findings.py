"""Sentences follow the numbers: their strength, their figures, and their silence."""

import numpy as np
import pandas as pd
import pytest

from keytouch import findings
from keytouch.conclusions import (
    driver_findings,
    lateness_findings,
    priority_findings,
    score_findings,
    trend_findings,
)
from keytouch.engine import Missing
from keytouch.findings import Finding, chance_first
from keytouch.words import set_language


@pytest.fixture(autouse=True)
def _english():
    set_language("en")


def scores(values, half=0.05):
    table = pd.DataFrame({"touchpoint_id": list("abcd")[: len(values)], "score": values, "n": 100})
    return table.assign(
        score_lo=table.score - half,
        score_hi=table.score + half,
        small=False,
        method="method_mean_t",
    )


def test_clear_gaps_are_certain_and_ties_undecided():
    low, high = score_findings(scores([2.0, 3.0, 4.0]))
    assert (low.touchpoint, low.strength) == ("a", "is")
    assert (high.touchpoint, high.strength) == ("c", "is")
    tied = score_findings(scores([2.0, 2.0, 4.0], half=0.3))[0]
    assert tied.strength == "undecided"
    assert tied.sentence().startswith("Undecided whether")


def test_small_groups_are_never_the_extreme():
    table = scores([1.0, 3.0, 4.0]).assign(small=[True, False, False])
    assert score_findings(table)[0].touchpoint == "b"


def test_chances_to_be_first_add_up_to_one():
    assert chance_first(scores([2, 2.1, 2.2], half=0.4), "score", highest=True).sum() == 1


def test_every_figure_of_a_sentence_is_the_findings():
    finding = score_findings(scores([2.0, 3.0, 4.0]))[0]
    text = finding.sentence()
    assert "2.00" in text and "1.95–2.05" in text and "n=100" in text
    set_language("zh")
    assert "2.00" in finding.sentence() and "95% 区间 1.95–2.05" in finding.sentence()


def test_the_payload_has_numbers_and_no_placeholder():
    payload = score_findings(scores([2.0, 3.0, 4.0]))[0].payload()
    assert (payload["value"], payload["lo"], payload["hi"], payload["n"]) == (2.0, 1.95, 2.05, 100)
    assert "{" not in payload["sentence"]


def trend(first, last, half):
    table = scores([first, last], half=half).drop(columns="touchpoint_id")
    return table.assign(period=pd.to_datetime(["2025-01-01", "2025-06-01"]))


def test_a_change_within_chance_is_called_no_change():
    assert trend_findings(trend(3.0, 3.1, 0.2))[0].key == "finding_trend_flat"
    moved = trend_findings(trend(3.0, 3.6, 0.2))[0]
    assert moved.key == "finding_trend"
    assert "rose" in moved.sentence()


def months(values, whole, half=0.1, n=100):
    table = scores([3.0] * 4, half=half).drop(columns="touchpoint_id").iloc[: len(values)]
    table = table.assign(score=values, score_lo=np.array(values) - half, n=n)
    periods = pd.date_range("2025-01-01", periods=len(values), freq="MS")
    return table.assign(score_hi=table.score + half, period=periods, whole=whole)


def test_a_month_covered_in_part_has_no_say_in_the_trend():
    table = months([1.0, 3.0, 3.05, 5.0], [False, True, True, False])
    found = trend_findings(table)[0]
    assert found.key == "finding_trend_flat"
    assert found.value == pytest.approx(0.05)
    assert "2025-02-01" in found.sentence() and "2025-03-01" in found.sentence()
    assert trend_findings(table.assign(whole=[False, True, False, False])) == []


def test_a_trend_is_a_line_through_all_whole_months():
    rising = trend_findings(months([3.0, 3.2, 3.4, 3.6], True))[0]
    assert (rising.key, rising.n) == ("finding_trend_fit", 400)
    assert rising.value == pytest.approx(0.6, abs=0.01)
    assert "4 whole periods" in rising.sentence()
    # The ends alone say "rose by 0.6"; the months between jump too much for a line.
    jumpy = trend_findings(months([3.0, 3.9, 2.7, 3.6], True))[0]
    assert jumpy.key == "finding_trend_fit_flat"


def test_trends_of_mere_chance_are_seldom_told():
    random = np.random.default_rng(1)
    told = 0
    for _ in range(400):
        values = random.normal(3.5, 0.1 / 1.96, 4)
        told += trend_findings(months(list(values), True))[0].key == "finding_trend_fit"
    assert told / 400 < 0.06


def drivers(effects, chance):
    table = pd.DataFrame({"touchpoint_id": list("abc"), "importance": effects, "p_top": chance})
    return table.assign(
        importance_lo=table.importance - 0.1,
        importance_hi=table.importance + 0.1,
        correlation=0.5,
        slope=table.importance,
        slope_lo=table.importance - 0.04,
        slope_hi=table.importance + 0.04,
        verdict=np.where(table.importance > 0.1, "robust", "noise"),
        n=500,
        small=False,
        method="method_partial",
    )


def test_only_effects_surely_above_zero_are_drivers():
    found = driver_findings(drivers([0.4, 0.3, 0.05], [1.0, 0.9, 0.9]))
    assert [finding.touchpoint for finding in found] == ["a", "b"]


def test_without_a_sure_driver_the_likeliest_is_undecided():
    found = driver_findings(drivers([0.3, 0.25, 0.2], [0.7, 0.6, 0.5]))
    assert [finding.strength for finding in found] == ["undecided"]
    assert found[0].sentence().startswith("Undecided")


def bands(scores_by_band):
    table = scores(list(scores_by_band.values())).drop(columns="touchpoint_id")
    return table.assign(band=list(scores_by_band), unit="day")


def test_the_cost_of_lateness_needs_a_gap_beyond_chance():
    assert lateness_findings(bands({"on_time": 4.3, "late_more": 4.28}), "x") == []
    found = lateness_findings(bands({"on_time": 4.3, "late_7": 4.0, "late_more": 1.8}), "x")[0]
    assert found.value == pytest.approx(-2.5)
    assert found.lo < found.value < found.hi


def test_missing_data_give_no_finding():
    for make in (score_findings, trend_findings, driver_findings, priority_findings):
        assert make(Missing("feedback")) == []


def test_said_findings_are_displayed_with_their_payload(monkeypatch):
    bundles = []
    monkeypatch.setattr(findings, "display_bundle", bundles.append)
    monkeypatch.setattr(findings, "_said", [])
    hostile = Finding("x", "finding_reach", "reach_rate", 0.5, 0.4, 0.6, 10, "m", touchpoint="<b>")
    findings.say([hostile])
    assert "&lt;b&gt;" in bundles[0]["text/html"]
    assert bundles[0][findings.FINDING_MIME]["id"] == "x"
    assert findings.said() == [hostile]
