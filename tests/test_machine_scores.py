"""A machine scored against people: by hand, weighted, beside people's own agreement."""

import numpy as np
import pandas as pd
import pytest

from keytouch.engine import Missing, from_frame
from keytouch.estimate import wilson
from keytouch.machine_scores import machine_accuracy
from keytouch.problems import DataError

CODES = [
    ("c1", "A", "desk;room", "negative"), ("c1", "B", "desk;room", "negative"),
    ("c2", "A", "desk", "positive"), ("c2", "B", "desk", "positive"),
    ("c3", "A", "(none)", "neutral"), ("c3", "B", "(none)", "neutral"),
    ("c4", "A", "room", "positive"), ("c4", "B", "desk", "positive"),
]  # fmt: skip
MACHINE = [
    ("c1", "desk", "negative"), ("c2", "desk", "neutral"), ("c2", "wifi", "neutral"),
    ("c3", None, "neutral"), ("c4", "room", "positive"), ("c9", "room", "negative"),
]  # fmt: skip


def codes(rows=CODES):
    return pd.DataFrame(rows, columns=["comment_id", "coder", "touchpoints", "polarity"])


def machine(rows=MACHINE):
    return pd.DataFrame(rows, columns=["comment_id", "touchpoint_id", "polarity"])


def rates(table, who="machine", against="agreed", coding="touchpoints"):
    part = table[(table.who == who) & (table.against == against) & (table.coding == coding)]
    label = part.touchpoint_id if coding == "touchpoints" else part.polarity
    return dict(zip(zip(part.measure, label.fillna("")), part.rate))


def planted(seed=1, *, n=200, person=0.1, machine_slip=0.1, weight=None):
    """Codes of two people and a machine, each of which slips now and then."""
    random = np.random.default_rng(seed)
    tones, places = ["negative", "neutral", "positive"], ["desk", "room", "(none)"]

    def read(true, slip):
        return [values[random.integers(3)] if random.random() < slip else value
                for value, values in zip(true, (places, tones))]  # fmt: skip

    people, said = [], []
    for k in range(n):
        true = places[random.integers(3)], tones[random.integers(3)]
        people += [(f"c{k:03}", coder, *read(true, person)) for coder in "AB"]
        place, tone = read(true, machine_slip)
        said.append((f"c{k:03}", None if place == "(none)" else place, tone))
    return codes(people), machine(said)


def test_touchpoints_by_hand():
    found = rates(machine_accuracy(codes(), machine()))
    # Agreed are c1 {desk room}, c2 {desk}, c3 {}; the machine says {desk}, {desk wifi}, {}.
    assert found["accuracy", ""] == pytest.approx(1 / 3)
    assert found["precision", ""] == pytest.approx(2 / 3)
    assert found["recall", ""] == pytest.approx(2 / 3)
    assert found["f1", ""] == pytest.approx(2 / 3)
    assert found["f1", "desk"] == 1 and found["f1", "room"] == found["f1", "wifi"] == 0
    assert found["macro_f1", ""] == pytest.approx(1 / 3)
    assert ("recall", "wifi") not in found  # nobody saw it: there is nothing to find


def test_polarity_by_hand():
    found = rates(machine_accuracy(codes(), machine()), coding="polarity")
    assert found["accuracy", ""] == pytest.approx(3 / 4)
    assert found["precision", "neutral"] == 1 / 2 and found["recall", "positive"] == 1 / 2
    # F1: negative 1, neutral 2/3, positive 2/3.
    assert found["macro_f1", ""] == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)


def test_people_are_the_ceiling_on_all_comments_and_the_disputed_are_counted():
    table = machine_accuracy(codes(), machine())
    assert rates(table, "people", "each")["accuracy", ""] == pytest.approx(3 / 4)
    # Against each person c4 is half right: (0 + 0 + 1 + 1/2) / 4.
    assert rates(table, "machine", "each")["accuracy", ""] == pytest.approx(1.5 / 4)
    agreed = table[(table.against == "agreed") & (table.measure == "accuracy")]
    assert agreed.set_index("coding").left_out.to_dict() == {"touchpoints": 1, "polarity": 0}
    assert agreed.set_index("coding").n.to_dict() == {"touchpoints": 3, "polarity": 4}
    assert table.small.all() and set(table.unread) == {0}


def test_shares_have_wilsons_interval_and_every_number_contains_its_value():
    table = machine_accuracy(*planted())
    first = table[(table.measure == "accuracy") & (table.against == "agreed")].iloc[0]
    assert [first.rate_lo, first.rate_hi] == pytest.approx(np.stack(wilson(first.rate, first.n)))
    assert ((table.rate_lo <= table.rate) & (table.rate <= table.rate_hi)).all()
    assert (table.rate_hi - table.rate_lo > 0).all()


def test_weights_speak_for_all_comments():
    weighted = codes().assign(weight=[10.0, 10, 1, 1, 1, 1, 1, 1])
    found = rates(machine_accuracy(weighted, machine()))
    assert found["accuracy", ""] == pytest.approx(1 / 12)
    assert found["recall", ""] == pytest.approx((10 + 1) / (20 + 1))
    twice = codes([*CODES, ("d1", *CODES[0][1:]), ("d1", *CODES[1][1:])])
    said = machine([*MACHINE, ("d1", "desk", "negative")])
    as_two = codes().assign(weight=[2.0, 2, 1, 1, 1, 1, 1, 1])
    assert rates(machine_accuracy(twice, said)) == pytest.approx(
        rates(machine_accuracy(as_two, machine()))
    )


def test_a_machine_as_good_as_people_is_not_called_behind_and_a_worse_one_is():
    equal = machine_accuracy(*planted()).query("who == 'machine' and measure == 'accuracy'")
    worse = machine_accuracy(*planted(machine_slip=0.6)).query(
        "who == 'machine' and measure == 'accuracy' and against == 'each'"
    )
    assert set(equal[equal.against == "each"].verdict) == {"open"}
    assert set(worse.verdict) == {"behind"} and (worse.rate_difference_hi < 0).all()


def test_intervals_cover_the_truth():
    # A person slips with .1 to one of three: right with 1 − .1·2/3; the machine likewise.
    right = 1 - 0.1 * 2 / 3
    truth = right**2 + 2 * (0.1 / 3) ** 2  # both right, or both at the same other value
    hits = []
    for seed in range(20):
        table = machine_accuracy(*planted(seed, n=120))
        row = table[(table.who == "people") & (table.measure == "accuracy")].iloc[0]
        hits.append(row.rate_lo <= truth <= row.rate_hi)
    assert np.mean(hits) >= 0.85


def test_rows_in_any_order_and_lazy_tables_give_the_same():
    people, said = planted(n=40)
    first = machine_accuracy(people, said)
    pd.testing.assert_frame_equal(first, machine_accuracy(people[::-1], said[::-1]))
    pd.testing.assert_frame_equal(first, machine_accuracy(people, from_frame(said)))


def test_what_the_machine_did_not_read_or_leaves_open():
    table = machine_accuracy(codes(), machine(MACHINE[:2]))
    assert set(table.unread) == {2}
    blank = machine([(name, place, None) for name, place, _ in MACHINE])
    assert rates(machine_accuracy(codes(), blank), coding="polarity")["accuracy", ""] == 0
    mixed = machine([("c1", "desk", "negative"), ("c1", "room", "positive")])
    found = rates(machine_accuracy(codes(), mixed), coding="polarity")
    assert found["accuracy", ""] == 0 and ("precision", "neutral") in found


def test_what_lacks_is_missing_and_what_is_wrong_is_refused():
    assert machine_accuracy(Missing("codes"), machine()) == Missing("codes")
    assert machine_accuracy(codes([]), machine()) == Missing("codes", ("coder",))
    assert machine_accuracy(codes(), machine().drop(columns="comment_id")) == Missing(
        "machine", ("comment_id",)
    )
    assert machine_accuracy(codes(), machine([("c9", "desk", "neutral")])).table == "machine"
    only = machine_accuracy(codes(), machine().drop(columns="polarity"))
    assert set(only.coding) == {"touchpoints"}
    with pytest.raises(DataError, match="angry"):
        machine_accuracy(codes(), machine([("c1", "desk", "angry")]))


def test_one_coder_alone_may_be_asked_for():
    alone = codes([row for row in CODES if row[1] == "A"])
    assert machine_accuracy(alone, machine()) == Missing("codes", ("coder",))
    table = machine_accuracy(alone, machine(), min_coders=1)
    assert set(table.against) == {"agreed"} and set(table.coders) == {1}
