"""Weighted means know what weights and repeated answers cost, and cover as promised."""

import numpy as np
import pandas as pd
import pytest
from tables import feedback

from keytouch.contrasts import mean_difference
from keytouch.engine import collect, from_frame
from keytouch.estimate import mean_interval
from keytouch.weighted import SIZES, mean_sums, means_of, sum_names, with_unit, with_weights

ROWS = [(1, None, "csat", 5), (2, None, "csat", 4), (3, None, "csat", 2), (4, None, "csat", 1)]


def means(**more):
    data = with_unit(with_weights(feedback(ROWS, **more)))
    return means_of(collect(mean_sums(data, {"x": data.score})))


def test_unrelated_equal_answers_are_worth_their_number():
    found = means()
    assert (found.mean[0], found.n_eff[0]) == (3, pytest.approx(4))
    assert found.variance[0] == pytest.approx(np.var([5, 4, 2, 1], ddof=1))


def test_weights_move_the_mean_and_cost_answers():
    found = means(weight=[3.0, 1, 1, 1])
    assert found.mean[0] == pytest.approx((15 + 4 + 2 + 1) / 6)
    assert found.n_eff[0] <= 36 / 12


def test_a_count_is_as_many_unrelated_answers():
    found = means(n=[2, 1, 1, 2], customer_id=["a"] * 4)
    assert found.n_eff[0] == pytest.approx(6)
    assert found.mean[0] == 3


def test_answers_of_one_customer_count_together_and_unknown_customers_apart():
    assert means(customer_id=["a", "a", "b", "b"]).n_eff[0] < 4
    assert means(customer_id=[None, None, None, "b"]).n_eff[0] == pytest.approx(4)


def test_no_answer_has_no_mean():
    frame = pd.DataFrame({name: [0.0] for name in sum_names("x")})
    found = means_of(frame)
    assert np.isnan(found.mean[0]) and found.n_eff[0] == 0
    assert set(SIZES) <= set(frame)


def sums(values, weights, units):
    """The sums of many samples at once, one row a sample."""
    w, wx = weights, weights * values
    by_unit = [np.stack([part[:, units == u].sum(1) for u in np.unique(units)]) for part in (w, wx)]
    cw, cx = by_unit
    frame = pd.DataFrame({"n": np.full(len(w), w.shape[1]), "w": w.sum(1), "ww": (w**2).sum(1)})
    return frame.assign(
        units=len(cw), cww=(cw**2).sum(0), x=wx.sum(1), x_x=(wx * values).sum(1),
        x_w=(cw * cx).sum(0), x_c=(cx**2).sum(0),
    )  # fmt: skip


@pytest.mark.parametrize("n", [30, 100])
def test_weighted_means_cover_as_promised(n):
    random = np.random.default_rng(11)
    values = random.choice(np.arange(1, 6), (3000, n), p=[0.05, 0.1, 0.2, 0.4, 0.25]).astype(float)
    weights = random.choice([0.5, 1.0, 3.0], (3000, n))
    found = means_of(sums(values, weights, np.arange(n)))
    lo, hi = mean_interval(found.mean, found.variance, found.n_eff)
    assert 0.93 <= np.mean((lo <= 3.7) & (hi >= 3.7)) <= 0.97
    assert (n / found.n_eff).mean() > 1.3


def test_means_of_repeated_answers_cover_where_the_plain_interval_fails():
    random = np.random.default_rng(12)
    moods = np.repeat(random.normal(0, 1, (3000, 30)), 3, axis=1)
    values = moods + random.normal(0, 1, (3000, 90))
    units = np.repeat(np.arange(30), 3)
    found = means_of(sums(values, np.ones_like(values), units))
    lo, hi = mean_interval(found.mean, found.variance, found.n_eff)
    assert 0.93 <= np.mean((lo <= 0) & (hi >= 0)) <= 0.97
    lo, hi = mean_interval(values.mean(1), values.var(1, ddof=1), 90)
    assert np.mean((lo <= 0) & (hi >= 0)) < 0.90


def test_differences_of_weighted_means_cover_as_promised():
    random = np.random.default_rng(13)
    parts = []
    for n, mean in ((40, 3.0), (90, 3.4)):
        values = random.normal(mean, 1, (3000, n))
        parts.append(means_of(sums(values, random.choice([1.0, 4.0], (3000, n)), np.arange(n))))
    (a, b) = parts
    contrast = mean_difference(a.mean, a.variance, a.n_eff, b.mean, b.variance, b.n_eff)
    assert 0.93 <= np.mean((contrast.lo <= -0.4) & (contrast.hi >= -0.4)) <= 0.97


def test_a_table_without_row_ids_has_no_units():
    assert "unit" not in with_unit(from_frame(pd.DataFrame({"customer_id": ["a"]}))).columns
