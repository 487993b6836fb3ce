"""Synergy: a planted one is found, ceilings, bends and halos feign none."""

import numpy as np
import pandas as pd
import pytest
from drivers_toys import moody, people, survey

from keytouch.engine import Missing
from keytouch.synergy import synergies, synergies_of


def world(seed, extra=0.0, bend=0.0, n=1200):
    """Five touchpoints; the first two are worth `extra` more where both are one SD up."""
    scores = np.clip(np.round(4 * moody(seed, n, p=5, halo=0.5, sd=0.25)), 0, 4) / 4
    z = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    whole = 0.75 + 0.12 * z[:, 0] + 0.1 * z[:, 1] + extra * z[:, 0] * z[:, 1]
    whole += bend * (z[:, 0] ** 2 - 1) + 0.12 * np.random.default_rng(seed + 1000).standard_normal(
        n
    )
    return people(scores, np.clip(np.round(4 * whole), 0, 4) / 4)


def test_a_planted_synergy_is_found_with_its_size():
    table = synergies_of(world(1, extra=0.06, n=3000), span=4)
    first = table.iloc[0]
    assert (first.touchpoint_id, first.other_id) == ("t0", "t1")
    assert first.p_value < 0.001
    assert first.extra_points_lo > 0.05
    assert 0.6 * 0.24 < first.extra_points < 1.2 * 0.24
    assert (table.p_value.iloc[1:] > 0.05).all()


@pytest.mark.parametrize("bend", [0.0, -0.03])
def test_ceilings_bends_and_halos_are_no_synergy(bend):
    """A quarter of all answers is at the top of the scale; ten pairs are looked at each time."""
    found = [(synergies_of(world(seed, bend=bend)).p_value <= 0.05).any() for seed in range(25)]
    assert np.mean(found) <= 0.16


def test_fewer_pairs_are_fewer_looks():
    data = world(3, extra=0.02)
    asked = synergies_of(data, pairs=[("t1", "t0"), ("t0", "nowhere")])
    assert asked[["touchpoint_id", "other_id"]].to_numpy().tolist() == [["t0", "t1"]]
    every = synergies_of(data).set_index(["touchpoint_id", "other_id"]).loc[("t0", "t1")]
    assert asked.p_value.iloc[0] < every.p_value
    assert asked.extra_points.iloc[0] == pytest.approx(every.extra_points)


def test_pairs_that_few_scored_are_left_out():
    data = world(4, n=100)
    data.scores[:80, 0] = np.nan
    table = synergies_of(data, min_n=30)
    assert "t0" not in set(table.touchpoint_id)
    assert synergies_of(data, min_n=1000).empty


def test_a_survey_gives_the_same_table():
    data = world(5, n=150)
    frame = pd.DataFrame(data.scores, columns=data.touchpoints)
    asked = synergies(survey(frame, data.whole), scale=(0, 1))
    pd.testing.assert_frame_equal(asked, synergies_of(data))


def test_without_an_overall_answer_it_is_missing():
    data = world(6, n=60)
    asked = survey(pd.DataFrame(data.scores, columns=data.touchpoints), data.whole)
    assert isinstance(synergies(asked.filter(asked.touchpoint_id.notnull())), Missing)
