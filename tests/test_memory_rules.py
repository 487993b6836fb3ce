"""Which rule memory follows: planted rules are found, and too few journeys are refused."""

import numpy as np
import pandas as pd
import pytest

from keytouch.engine import Missing, from_frame
from keytouch.memory_rules import RULES, journeys_needed, peak_end, power_to_tell

DAY = pd.Timestamp("2025-01-01")


def planted(seed, n, rule, *, noise=1.0, journeys_each=1):
    """n diaries of 6–9 moments (affect −2…2) whose whole follows a rule, noise of SD 1."""
    random = np.random.default_rng([seed, n])
    parts = []
    for number in range(n):
        size = random.integers(6, 10)
        shock = 0.9 * random.standard_normal(size)
        for place in range(1, size):
            shock[place] += 0.4 * shock[place - 1]
        felt = np.clip(np.round(0.3 + 0.6 * random.standard_normal() + shock), -2, 2)
        peak = felt[np.abs(felt).argmax()]
        value = {
            "mean": felt.mean(),
            "peak_end": (peak + felt[-1]) / 2,
            "end": felt[-1],
            "trend": 6 * np.polyfit(range(size), felt, 1)[0],
        }[rule]
        whole = np.clip(np.round(value + noise * random.standard_normal()), -2, 2)
        parts.append((number, [*felt, whole]))
    rows = [
        (f"j{number}", f"c{number // journeys_each}", place, score, place == len(scores) - 1)
        for number, scores in parts
        for place, score in enumerate(scores)
    ]
    frame = pd.DataFrame(rows, columns=["journey_id", "customer_id", "place", "score", "whole"])
    touchpoint = ("t" + frame.place.astype(str)).where(~frame.whole)
    return from_frame(
        frame.assign(
            touchpoint_id=touchpoint,
            ts=DAY + pd.to_timedelta(frame.place, unit="h"),
            metric="affect",
            scale_lo=-2.0,
            scale_hi=2.0,
            status="answered",
        ).drop(columns=["place", "whole"])
    )


@pytest.mark.parametrize("rule", RULES)
def test_the_planted_rule_is_found_in_250_journeys(rule):
    for seed in range(4):
        first = peak_end(planted(seed, 250, rule)).iloc[0]
        assert (first["rule"], first.verdict) == (rule, "best")
        assert first.p_best >= 0.8
        assert first.n == 250 >= first.n_safe >= first.n_needed


@pytest.mark.parametrize("rule", ["mean", "peak_end", "end"])
def test_thirty_journeys_are_too_few(rule):
    verdicts = [peak_end(planted(seed, 30, rule)).verdict.iloc[0] for seed in range(5)]
    assert verdicts.count("not_enough") >= 4


def test_a_refusal_says_how_many_journeys_it_takes():
    table = peak_end(planted(1, 30, "mean"))
    assert set(table.verdict) == {"not_enough"}
    assert (table.n_needed[0] > 30) and (table.n_safe[0] > table.n_needed[0])
    assert table.power[0] < 0.8


def test_fewer_than_the_least_n_are_refused_however_clear():
    assert set(peak_end(planted(1, 60, "end", noise=0.1), min_n=100).verdict) == {"not_enough"}


def test_memory_without_any_rule_is_not_decided():
    table = peak_end(planted(2, 250, "mean", noise=30.0))
    assert set(table.verdict) <= {"not_enough", "undecided", "possible"}


def test_the_criterion_is_that_of_least_squares():
    data = planted(3, 40, "peak_end")
    table = peak_end(data).set_index("rule")
    r = table.correlation
    gap = 40 * (np.log1p(-(r["mean"] ** 2)) - np.log1p(-(r.peak_end**2)))
    assert table.delta_ic["mean"] - table.delta_ic.peak_end == pytest.approx(gap)
    assert table.rule_weight.sum() == pytest.approx(1)
    assert (table.correlation_lo <= r).all() and (r <= table.correlation_hi).all()


def test_a_rule_that_runs_the_wrong_way_never_fits():
    frame = planted(4, 60, "end").execute()
    whole = frame.touchpoint_id.isna()
    frame.loc[whole, "score"] *= -1
    table = peak_end(from_frame(frame)).set_index("rule")
    assert table.correlation.end < 0 and table.p_best.end < 0.2


def test_a_customers_journeys_stay_together_in_the_draws():
    alone = peak_end(planted(5, 200, "peak_end")).iloc[0]
    four = peak_end(planted(5, 200, "peak_end", journeys_each=200)).iloc[0]
    assert four.correlation == pytest.approx(alone.correlation)
    assert four.correlation_lo == four.correlation_hi  # one customer: one group, no spread
    assert alone.correlation_lo < alone.correlation_hi


def test_the_same_data_give_the_same_table():
    data = planted(6, 80, "end")
    assert peak_end(data).equals(peak_end(data))


def test_the_needed_number_reaches_the_promised_power():
    shared = np.array([0.2, 0.6, 0.9])
    for fit in (0.1, 0.3, 0.6):
        need = journeys_needed(fit, shared)
        assert (np.diff(need) > 0).all()
        for n, one in zip(need, shared):
            assert power_to_tell(n, fit, [one])[0] >= 0.8
            assert power_to_tell(n - 1, fit, [one])[0] < 0.8


def test_the_power_formula_agrees_with_simulation():
    random = np.random.default_rng(1)
    fit, shared, n = 0.3, 0.5, 60
    true = random.standard_normal((4000, n))
    rival = np.sqrt(shared) * true + np.sqrt(1 - shared) * random.standard_normal((4000, n))
    whole = np.sqrt(fit) * true + np.sqrt(1 - fit) * random.standard_normal((4000, n))

    def squared(a, b):
        a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
        return (a * b).sum(axis=1) ** 2 / ((a**2).sum(axis=1) * (b**2).sum(axis=1))

    evidence = n * (np.log1p(-squared(rival, whole)) - np.log1p(-squared(true, whole)))
    reached = (evidence > 2 * np.log(19)).mean()
    assert power_to_tell(n, fit, [shared])[0] == pytest.approx(reached, abs=0.04)


def test_indistinguishable_rules_need_more_than_anybody_has():
    assert np.isinf(journeys_needed(0.5, np.array([1.0]))).all()
    assert np.isinf(journeys_needed(0.0, np.array([0.3]))).all()


def test_a_handful_of_journeys_is_missing():
    assert isinstance(peak_end(planted(1, 4, "mean")), Missing)
    assert peak_end(Missing("feedback")) == Missing("feedback")
