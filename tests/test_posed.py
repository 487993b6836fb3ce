"""Every planted fact can be found at the shipped size; what can't be found is refused."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import numpy as np
import pytest

from keytouch import words
from keytouch.cases import margins
from keytouch.cases.command import write_cases
from keytouch.cases.difficulty import DIFFICULTIES, at_difficulty
from keytouch.cases.facts import facts
from keytouch.cases.margins import Sample
from keytouch.cases.posed import refuse_ill_posed, well_posed
from keytouch.cases.responses import changed, enlarged
from keytouch.cases.truth import TRUTHS
from keytouch.problems import DataError

CASES = tuple(TRUTHS)
CERTAIN = ("moment", "effect", "no_effect")  # no matter of chance, or judged with the keys


@pytest.fixture(autouse=True)
def english():
    words.set_language("en")


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("case", CASES)
def test_every_planted_fact_can_be_found_at_the_shipped_size(case, difficulty):
    truth = at_difficulty(TRUTHS[case], difficulty)
    begin = process_time()
    table = well_posed(case, truth)
    assert process_time() - begin < 2.5
    assert table[~table.ok].to_dict("records") == []
    wanted = {f.claim for f in facts(case, truth)} - set(CERTAIN)
    assert set(table.claim) == wanted


def test_power_is_what_the_margin_says():
    row = well_posed("hotel", TRUTHS["hotel"]).iloc[0]
    assert row.margin == pytest.approx(row.expected / row.error)
    assert 0 <= row.power <= 1 and row.ok == (row.power >= 0.9)


def test_a_tiny_case_is_not_well_posed():
    small = enlarged(TRUTHS["hotel"], 0.02)
    table = well_posed("hotel", changed(small, memory=replace(small.memory, journeys=8)))
    assert not table.set_index("claim").loc["key_touchpoint", "ok"].all()
    assert not table.set_index("claim").loc["remembered_by", "ok"]


@pytest.mark.parametrize(
    "measure, nothing",
    [
        (
            lambda sample: margins.silence(sample),
            {"response_per_sd": 1e-9, "response_per_late": 0.0, "response_per_churn": 0.0},
        ),
        (lambda sample: margins.carry(sample, "check_in"), {"turning": ("carry", 0.0)}),
        (lambda sample: margins.level_change(sample), {"change": ("shift", -1e-9)}),
        (lambda sample: margins.hand_over(sample), {"hand_over": ("solved_shift", 0.0)}),
    ],
)
def test_what_is_not_planted_has_no_margin(measure, nothing):
    truth = TRUTHS["hotel"]
    for name, value in nothing.items():
        if isinstance(value, tuple):
            value = replace(getattr(truth, name), **dict([value]))
        truth = changed(truth, **{name: value})
    value, error = measure(Sample("hotel", truth))
    assert abs(value / error) < 3


def test_errors_shrink_with_the_root_of_the_size():
    small, large = (Sample("hotel", enlarged(TRUTHS["hotel"], k)) for k in (1, 4))
    for measure in (lambda s: margins.bend(s, "booking")[0], lambda s: margins.slope(s, "room")):
        assert measure(small)[1] / measure(large)[1] == pytest.approx(2, rel=0.2)


def test_instrument_margins_follow_their_sizes():
    truth = TRUTHS["hotel"]
    fourfold = changed(truth, kano=replace(truth.kano, respondents=4 * truth.kano.respondents))
    assert margins.kano(truth)[1] == pytest.approx(2 * margins.kano(fourfold)[1])
    value, error = margins.over_contact(truth)
    assert value == pytest.approx(truth.contacts.hazard_beyond) and error < value
    plan = replace(truth.expectations, respondents=4 * truth.expectations.respondents)
    larger, wifi = changed(truth, expectations=plan), Sample("hotel", truth).world.spots["wifi"]
    assert margins.expectation_gap(truth, wifi)[0] == pytest.approx(1.2 - 0.6)
    for small, large in zip(margins.brand_weakness(truth), margins.brand_weakness(larger)):
        assert small[0] == large[0] and small[1] == pytest.approx(2 * large[1])
    assert margins.gap(truth, -0.9, people=100)[0] == 0.9
    assert np.isclose(
        margins.gap(truth, 1, people=100)[1], 2 * margins.gap(truth, 1, people=400)[1]
    )


def test_an_ill_posed_case_is_refused_by_name_and_written_when_forced(monkeypatch, tmp_path):
    noisy = changed(TRUTHS["hotel"], overall_noise=9.0)
    monkeypatch.setitem(TRUTHS, "hotel", noisy)
    with pytest.raises(DataError, match="key_touchpoint check_in.*--force"):
        write_cases(tmp_path, cases=["hotel"])
    assert list(tmp_path.iterdir()) == []
    keys = write_cases(tmp_path, cases=["hotel"], force=True)
    assert (tmp_path / "hotel" / "client.yaml").is_file()
    assert keys["hotel"]["effects"] == []


def test_the_shipped_cases_are_not_refused():
    refuse_ill_posed({"airline": TRUTHS["airline"]})
