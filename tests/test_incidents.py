"""Critical incidents: majorities, agreement and shares, by hand and against planted coders."""

from math import comb

import numpy as np
import pandas as pd
import pytest

from keytouch.engine import Missing, collect, from_frame
from keytouch.estimate import wilson
from keytouch.incidents import (
    agreed_incidents,
    coder_agreement,
    incident_evidence,
    incident_table,
)

NAMES = ["incident_id", "coder", "touchpoint_id", "polarity"]
READINGS = [
    ("i1", "A", "desk", "negative"), ("i1", "B", "desk", "negative"),
    ("i2", "A", "desk", "negative"), ("i2", "B", "room", "negative"),
    ("i3", "A", "room", "positive"), ("i3", "B", "room", None),
    ("i4", "A", "room", "positive"), ("i4", "B", "room", "negative"),
]  # fmt: skip


def readings(rows=READINGS, names=NAMES):
    return from_frame(pd.DataFrame(rows, columns=names))


def planted(seed, *, confusion, n=150, coders="AB", bad=()):
    """n incidents; each reading is another value, drawn at random, with a chance `confusion`."""
    random = np.random.default_rng(seed)
    places, tones = ["desk", "room", "wifi", "food"], ["negative", "positive"]
    rows = []
    for number in range(n):
        place = places[random.integers(4)]
        tone = tones[int(random.random() > (0.9 if place in bad else 0.4))]
        for coder in coders:
            read = [
                values[random.integers(len(values))] if random.random() < confusion else true
                for values, true in ((places, place), (tones, tone))
            ]
            rows.append((f"i{number:03}", coder, *read))
    return readings(rows)


def test_a_majority_counts_and_a_tie_is_nobodys():
    table = collect(agreed_incidents(readings())).set_index("incident_id")
    assert table.touchpoint_id.fillna("").to_dict() == {
        "i1": "desk", "i2": "", "i3": "room", "i4": "room",
    }  # fmt: skip
    assert table.polarity.fillna("").to_dict() == {
        "i1": "negative", "i2": "negative", "i3": "positive", "i4": "",
    }  # fmt: skip
    assert list(table.readings) == [2, 2, 2, 2]


def test_a_coder_who_reads_twice_has_one_vote():
    rows = [("i1", "A", "desk", "negative")] * 2 + [("i1", "B", "room", "negative")]
    assert collect(agreed_incidents(readings(rows))).touchpoint_id.isna().all()


def test_disputed_incidents_are_left_out_and_told():
    table = incident_table(readings()).set_index("touchpoint_id")
    assert (table.loc["desk"].negative, table.loc["room"].positive) == (1, 1)
    assert set(table.left_out) == {2} and set(table.all_n) == {2}
    assert table.incident_rate.sum() == pytest.approx(1) and table.small.all()


def test_shares_are_compared_with_the_rest_by_fishers_exact_test():
    rows = [(f"i{n}", "A", "desk" if n < 20 else "room", "negative" if n < 15 or n > 35 else
             "positive") for n in range(40)]  # fmt: skip
    table = incident_table(readings(rows)).set_index("touchpoint_id")
    assert table.negative_rate.to_dict() == {"desk": 0.75, "room": 0.2}
    assert table.rest_rate.to_dict() == {"desk": 0.2, "room": 0.75}
    # 19 of 40 are negative; 15 or more, or 4 or fewer, of 20 by chance:
    tail = sum(comb(20, k) * comb(20, 19 - k) for k in range(15, 20)) / comb(40, 19)
    assert table.p_raw.to_numpy() == pytest.approx([2 * tail, 2 * tail])
    assert table.verdict.to_dict() == {"desk": "worse", "room": "better"}


def test_a_bad_touchpoint_is_found_and_equal_ones_are_not():
    found = incident_table(planted(1, confusion=0.1, n=300, bad=("wifi",)))
    assert list(found[found.verdict == "worse"].touchpoint_id) == ["wifi"]
    false = [
        (incident_table(planted(seed, confusion=0.1)).verdict != "as_usual").any()
        for seed in range(12)
    ]
    assert sum(false) <= 2


def test_agreement_follows_the_confusion_of_the_coders():
    careful = coder_agreement(planted(1, confusion=0.05)).set_index("coding")
    careless = coder_agreement(planted(1, confusion=0.5)).set_index("coding")
    assert set(careful.verdict) == {"reliable"} and set(careless.verdict) == {"unreliable"}
    assert (careful.alpha_lo > careless.alpha_hi).all()
    assert (careless.probability > 0.95).all()
    assert careful.loc["polarity"].n == 150 and careful.loc["polarity"].coders == 2


def test_the_interval_of_alpha_covers_the_truth():
    # Two coders who keep the true value with .8 and else draw one of four: α is .8 squared.
    hits = []
    for seed in range(30):
        row = coder_agreement(planted(seed, confusion=0.2, n=100)).set_index("coding")
        hits.append(row.alpha_lo.touchpoint_id <= 0.64 <= row.alpha_hi.touchpoint_id)
    assert np.mean(hits) >= 0.85


def test_full_agreement_still_has_an_interval():
    row = coder_agreement(planted(1, confusion=0.0, n=60)).set_index("coding").loc["polarity"]
    assert (row.alpha, row.kappa, row.agree_rate, row.disputed_rate) == (1, 1, 1, 0)
    low, _ = wilson(1.0, 60)
    assert row.agree_rate_lo == pytest.approx(low)
    assert 0.8 < row.alpha_lo < low and row.alpha_hi == 1


def test_three_coders_have_a_fleiss_kappa_and_majorities():
    row = coder_agreement(planted(2, confusion=0.2, coders="ABC")).set_index("coding")
    assert row.coders.eq(3).all()
    assert (row.kappa - row.alpha).abs().touchpoint_id < 0.01  # nearly one formula when complete
    assert row.disputed_rate.polarity == 0  # three readings of two values have a majority


def test_the_most_confused_pair_is_named():
    rows = [(f"i{n}", coder, "desk" if coder == "A" or n > 2 else "room", "negative")
            for n in range(9) for coder in "AB"]  # fmt: skip
    row = coder_agreement(readings(rows)).set_index("coding").loc["touchpoint_id"]
    assert {row.confused_a, row.confused_b, row.confused_n} == {"desk", "room", 3}


def test_evidence_is_more_than_a_fair_share_of_the_incidents():
    counts = {"desk": 70, "room": 28, "wifi": 2}
    rows = [
        (f"{place}{n}", "A", place, "negative") for place in counts for n in range(counts[place])
    ]
    said = incident_evidence(incident_table(readings(rows)))
    assert said == {"desk": True, "room": None, "wifi": False}
    assert incident_evidence(Missing("incidents")) == Missing("incidents")


def test_one_coder_alone_agrees_with_nobody():
    alone = [row for row in READINGS if row[1] == "A"]
    assert coder_agreement(readings(alone)) == Missing("incidents", ("coder",))
    assert incident_table(readings(alone)).n.sum() == 4


def test_missing_columns_are_named():
    bare = readings([row[:2] for row in READINGS], NAMES[:2])
    assert incident_table(bare) == Missing("incidents", ("polarity",))
    grouped = incident_table(readings(), by=["incident_group"])
    assert grouped == Missing("incidents", ("incident_group",))
