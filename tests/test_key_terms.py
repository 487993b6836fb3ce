"""Key terms: worked by hand, quiet where groups are alike, the same whoever is named first."""

import time

import numpy as np
import pandas as pd
import pytest

from keytouch.key_terms import keyness

A = {"slow": 30, "lift": 9, "rare": 3}
B = {"slow": 10, "lift": 9, "rare": 1}


def test_log_odds_agree_with_the_formula_by_hand():
    row = keyness(A, B, documents=(100, 100), prior=10).iloc[0]
    # Both groups hold "slow" in 40 of 200: the prior adds 2 documents with it and 8 without.
    expected = np.log(32 / 78) - np.log(12 / 98)
    error = np.sqrt(1 / 32 + 1 / 78 + 1 / 12 + 1 / 98)
    assert row.term == "slow"
    assert row.log_odds == pytest.approx(expected)
    assert row.z == pytest.approx(expected / error)
    assert row.log_odds_lo == pytest.approx(expected - 1.959964 * error)
    assert (row.rate_a, row.rate_b, row.n) == (0.3, 0.1, 40)


def test_rare_terms_are_left_out():
    assert "rare" not in keyness(A, B, documents=(100, 100)).term.tolist()
    assert "rare" in keyness(A, B, documents=(100, 100), fewest=4).term.tolist()


def test_swapping_the_groups_turns_the_sign():
    there = keyness(A, B, documents=(100, 150)).set_index("term")
    back = keyness(B, A, documents=(150, 100)).set_index("term")
    assert np.allclose(there.z, -back.z[there.index])
    assert np.allclose(there.q_value, back.q_value[there.index])


def test_a_term_met_once_or_twice_does_not_outrank_a_well_attested_one():
    table = keyness({"often": 60, "seldom": 5}, {"often": 20, "seldom": 0}, documents=(200, 200))
    assert table.term.tolist() == ["often", "seldom"]


def test_a_stronger_prior_pulls_towards_no_difference():
    weak, strong = (keyness(A, B, documents=(100, 100), prior=p).log_odds[0] for p in (1, 200))
    assert 0 < strong < weak


@pytest.mark.parametrize("documents", [(30, 9), (30, 200)])
def test_a_term_in_every_document_has_finite_odds(documents):
    table = keyness({"all": 30}, {"all": 9}, documents=documents)
    assert np.isfinite(table[["log_odds", "log_odds_lo", "z", "q_value"]]).all(axis=None)


def test_no_terms_give_an_empty_table_with_its_columns():
    table = keyness({}, {}, documents=(5, 5))
    assert table.empty and "q_value" in table.columns


def test_more_documents_with_a_term_than_documents_are_refused():
    with pytest.raises(ValueError, match="more documents"):
        keyness({"a": 9}, {"a": 1}, documents=(5, 5))


def test_blank_and_lacking_counts_are_zero():
    table = keyness({"x": 6, "y": np.nan}, {"y": 8}, documents=(20, 20)).set_index("term")
    assert table.n_b["x"] == 0 and table.n_a["y"] == 0


def test_random_halves_have_next_to_no_key_terms():
    random = np.random.default_rng(1)
    rates = 0.3 / np.arange(1, 2001)
    words = [f"w{i}" for i in range(2000)]
    shares = []
    for _ in range(50):
        a, b = (pd.Series(random.binomial(3000, rates), words) for _ in range(2))
        shares.append((keyness(a, b, documents=(3000, 3000)).q_value < 0.05).mean())
    assert np.mean(shares) < 0.005


def test_planted_terms_are_found_in_noise():
    random = np.random.default_rng(2)
    words = [f"w{i}" for i in range(1000)]
    rates = np.full(1000, 0.02)
    raised = np.where(np.arange(1000) < 20, 0.06, rates)
    a = pd.Series(random.binomial(1500, raised), words)
    b = pd.Series(random.binomial(1500, rates), words)
    table = keyness(a, b, documents=(1500, 1500))
    found = set(table.term[table.q_value < 0.05])
    planted = {f"w{i}" for i in range(20)}
    assert len(found & planted) >= 18 and len(found - planted) <= 2


def test_eighteen_thousand_terms_take_a_moment():
    random = np.random.default_rng(3)
    words = [f"w{i}" for i in range(18_000)]
    a, b = (pd.Series(random.poisson(4, 18_000) + 5, words) for _ in range(2))
    start = time.process_time()
    keyness(a, b, documents=(90_000, 90_000))
    assert time.process_time() - start < 0.5  # 0.03 seconds on a quiet core
