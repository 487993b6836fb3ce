"""Drivers of real surveys: two halves of the customers agree as often as the draws say."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from keytouch.drivers import draws_of, importance, importance_of
from keytouch.intake import open_client
from keytouch.resample import SUMS, Sums, bucket_sums

CLIENTS = Path(__file__).parent / "clients"
SHARED = Path(
    os.environ.get("KEYTOUCH_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data"
).resolve()

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no real data at {SHARED}")


@cache
def survey(name):
    """The table of drivers and the sums it rests on."""
    feedback = open_client(CLIENTS / name).feedback
    table = importance(feedback)
    return table, bucket_sums(feedback).only(list(table.touchpoint_id))


def half(sums, buckets):
    """The sums over half of the customers."""
    arrays = [getattr(sums, name)[buckets] for name in SUMS]
    return Sums(sums.items, *arrays, sums.n / 2, sums.n_known / 2, sums.n_eff / 2)


def halves(name, splits):
    """For each split, both halves' tables by touchpoint, strongest first."""
    _, sums = survey(name)
    random = np.random.default_rng(0)
    for seed in range(splits):
        order = random.permutation(sums.buckets)
        middle = sums.buckets // 2
        yield [
            importance_of(draws_of(half(sums, part), draws=200, seed=seed)).set_index(
                "touchpoint_id"
            )
            for part in (order[:middle], order[middle:])
        ]


@pytest.mark.slow
def test_halves_of_a_large_survey_agree_on_its_three_strongest():
    table, _ = survey("satisfaction")
    top = set(table.touchpoint_id[:3])
    assert top == {"online_boarding", "wifi", "leg_room"}
    assert (table.p_top[:3] > 0.95).all()
    for first, second in halves("satisfaction", 6):
        assert set(first.index[:3]) == set(second.index[:3]) == top
        assert (first.verdict == second.verdict.reindex(first.index)).mean() > 0.9


def test_a_small_surveys_probabilities_are_kept():
    """What a half calls likely is among the three of the whole about as often as it says."""
    table, _ = survey("sfo")
    top = set(table.touchpoint_id[:3])
    stated, held = [], []
    for tables in halves("sfo", 15):
        for one in tables:
            stated += list(one.p_top)
            held += [name in top for name in one.index]
    stated, held = np.array(stated), np.array(held)
    likely, open_ones = stated >= 0.8, (stated >= 0.2) & (stated < 0.8)
    assert held[likely].mean() >= 0.8
    assert held[stated < 0.05].mean() <= 0.05
    assert held[open_ones].mean() == pytest.approx(stated[open_ones].mean(), abs=0.15)


def test_a_shared_halo_is_told_from_effects_in_a_real_survey():
    """All items of the airport survey correlate with the whole; fewer than half have effects."""
    table, _ = survey("sfo")
    assert (table.correlation_lo > 0).all()
    robust = table[table.verdict == "robust"]
    assert 3 <= len(robust) <= 12
    assert (robust.slope_lo > 0).all()
    assert (robust.explained_share > robust.halo_share).all()
