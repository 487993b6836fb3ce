"""The bootstrap of a histogram is the bootstrap of its answers, and takes no time."""

import time

import numpy as np
import pytest
from tables import feedback

from keytouch.engine import Missing
from keytouch.estimate import nps_interval
from keytouch.histograms import bootstrap_mean, bootstrap_nps, bootstrap_scores, score_histogram
from keytouch.problems import DataError
from keytouch.satisfaction import scores
from keytouch.words import set_language

ELEVEN = np.arange(11)
COUNTS = np.array([2, 1, 2, 3, 3, 8, 8, 15, 20, 20, 18])


def test_it_equals_resampling_every_answer():
    answers = np.repeat(ELEVEN, COUNTS)
    random = np.random.default_rng(2)
    means = random.choice(answers, (20_000, 100)).mean(1)
    estimate = bootstrap_mean(ELEVEN, COUNTS, draws=20_000)
    assert estimate.value == answers.mean()
    assert (estimate.lo, estimate.hi) == pytest.approx(
        np.quantile(means, [0.0233, 0.9767]), abs=0.02
    )


@pytest.mark.parametrize("n", [100, 10_000_000_000])
def test_a_bootstrap_takes_two_milliseconds_at_any_n(n):
    counts = COUNTS * (n // 100)
    times = []
    for function in (bootstrap_mean, bootstrap_nps) * 10:
        begin = time.process_time()
        function(ELEVEN, counts)
        times.append(time.process_time() - begin)
    assert min(times) < 0.002


def test_the_bootstrap_of_nps_agrees_with_adjusted_wald():
    estimate = bootstrap_nps(ELEVEN, COUNTS * 10)
    lo, hi = nps_interval(0.38, 0.27, 1000)
    assert estimate.value == pytest.approx(11)
    assert (estimate.lo, estimate.hi) == pytest.approx((lo, hi), abs=0.8)


@pytest.mark.parametrize("n", [10, 30, 100])
def test_the_bootstrap_mean_covers_as_promised(n):
    random = np.random.default_rng(4)
    shares = np.array([0.05, 0.1, 0.2, 0.4, 0.25])
    drawn = random.multinomial(n, shares, 1500)
    ends = [bootstrap_mean(np.arange(1, 6), row, seed=k) for k, row in enumerate(drawn)]
    truth = np.arange(1, 6) @ shares
    assert 0.925 < np.mean([end.lo <= truth <= end.hi for end in ends]) < 0.97


def test_one_answer_has_no_interval_and_none_no_value():
    assert np.isnan(bootstrap_mean([1, 2], [0, 1]).lo)
    assert np.isnan(bootstrap_mean([1, 2], [0, 0]).value)


def test_unequal_weights_widen_the_bootstrap():
    assert bootstrap_mean([1, 5], [50, 50], n=20).lo < bootstrap_mean([1, 5], [50, 50]).lo


def test_nps_of_another_scale_is_refused_with_what_to_do():
    set_language("en")
    with pytest.raises(DataError, match="from 1 to 10.*mean or top-box share instead"):
        bootstrap_nps(ELEVEN[1:], COUNTS[1:], scale=(1, 10))


ROWS = [(1, "pay", "csat", 5), (2, "pay", "csat", 4), (3, "pay", "csat", 2), (1, "ship", "csat", 1)]


def test_a_histogram_counts_every_answer_once():
    table = score_histogram(feedback(ROWS, n=[2, 1, 1, 1]))
    assert table[["touchpoint_id", "answer", "n"]].to_numpy().tolist() == [
        ["pay", 2, 1], ["pay", 4, 1], ["pay", 5, 2], ["ship", 1, 1],
    ]  # fmt: skip


def test_bootstrap_scores_have_the_means_of_scores():
    ours, theirs = bootstrap_scores(feedback(ROWS), min_n=2), scores(feedback(ROWS), min_n=2)
    assert ours.score.tolist() == pytest.approx(theirs.score.tolist())
    assert (ours.n.tolist(), ours.small.tolist()) == ([1, 3], [True, False])
    assert ours.score_lo.iloc[1] >= 1 and ours.score_hi.iloc[1] <= 5
    assert bootstrap_scores(feedback(ROWS), by=["segment"]) == Missing("feedback", ("segment",))
