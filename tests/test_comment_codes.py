"""What people agree on in comments: α of sets by hand, majorities, ties, and silence."""

import numpy as np
import pandas as pd
import pytest

from keytouch.comment_codes import agreed_codes, code_agreement, label_set
from keytouch.engine import Missing

NAMES = ["comment_id", "coder", "touchpoints", "polarity", "incident"]
CODES = [
    ("c1", "A", "desk;room", "negative", "yes"), ("c1", "B", "room;desk", "negative", "yes"),
    ("c2", "A", "desk;room", "negative", "no"), ("c2", "B", "desk", "neutral", "no"),
    ("c3", "A", "(none)", "positive", "no"), ("c3", "B", "(none)", "positive", None),
    ("c4", "A", "room", "neutral", "no"),
]  # fmt: skip


def codes(rows=CODES, names=NAMES):
    return pd.DataFrame(rows, columns=names)


def planted(seed, *, slip, n=120, coders="AB"):
    """n comments; each code is another one, drawn at random, with a chance `slip`."""
    random = np.random.default_rng(seed)
    sets, tones = ["desk", "room", "desk;room", "(none)"], ["negative", "neutral", "positive"]
    rows = []
    for number in range(n):
        true = (sets[random.integers(4)], tones[random.integers(3)])
        for coder in coders:
            read = [values[random.integers(len(values))] if random.random() < slip else value
                    for values, value in zip((sets, tones), true)]  # fmt: skip
            rows.append((f"c{number:03}", coder, *read, "no"))
    return codes(rows)


def test_alpha_of_sets_by_hand():
    # Pairs dr–dr, dr–d, none–none: found 2·(2/3)/6 = 2/9; by chance 2·(3·1·2/3 + 3·2 + 1·2)/30.
    row = code_agreement(codes()).set_index("coding").loc["touchpoints"]
    assert row.alpha == pytest.approx(1 - (2 / 9) / (20 / 30))
    assert (row.n, row.coders) == (3, 2) and np.isnan(row.kappa)
    assert {row.confused_a, row.confused_b} == {"desk", "desk;room"} and row.confused_n == 1


def test_alpha_of_polarity_is_ordinal():
    # negative 3, neutral 1, positive 2 readings: the distances are (3/2 + 1/2)² = 4,
    # (1/2 + 1)² = 2.25 and (3/2 + 1 + 1)² = 12.25; found 2·4/6, by chance 2·(12 + 73.5 + 4.5)/30.
    row = code_agreement(codes()).set_index("coding").loc["polarity"]
    assert row.alpha == pytest.approx(1 - (8 / 6) / (180 / 30))


def test_each_touchpoint_has_an_alpha_of_its_own():
    table = code_agreement(codes()).set_index("touchpoint_id")
    assert table.loc["desk"].alpha == 1 and table.loc["desk"].named_n == 2
    assert (
        table.loc["room"].agree_rate == pytest.approx(2 / 3) and table.small[["desk", "room"]].all()
    )
    assert list(code_agreement(codes()).coding[-2:]) == ["presence", "presence"]


def test_what_one_coder_alone_says_counts_for_nothing():
    assert code_agreement(codes()).equals(code_agreement(codes(CODES[:-1])))
    alone = codes([row for row in CODES if row[1] == "A"])
    assert code_agreement(alone) == Missing("codes", ("coder",))
    assert agreed_codes(alone) == Missing("codes", ("coder",))
    assert len(agreed_codes(alone, min_coders=1)) == 4


def test_agreement_follows_how_often_coders_slip():
    good = code_agreement(planted(1, slip=0.05)).set_index("coding")
    bad = code_agreement(planted(1, slip=0.6)).set_index("coding")
    for coding in ("touchpoints", "polarity"):
        assert good.verdict[coding] == "reliable" and bad.verdict[coding] == "unreliable"
        assert good.alpha_lo[coding] > bad.alpha_hi[coding]
    assert good.verdict["incident"] == "unknown"  # everybody always said no


def test_full_agreement_still_has_an_interval():
    row = code_agreement(planted(1, slip=0.0)).set_index("coding").loc["touchpoints"]
    assert row.alpha == 1 and 0.9 < row.alpha_lo < 1


def test_the_order_of_the_rows_changes_nothing():
    table = planted(3, slip=0.2)
    mixed = table.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(code_agreement(mixed), code_agreement(table))


def test_a_tie_is_nobodys_and_counted():
    table = agreed_codes(codes()).set_index("comment_id")
    assert table.touchpoints.fillna("?").to_dict() == {"c1": "desk;room", "c2": "?", "c3": "(none)"}
    assert table.polarity.fillna("?").to_dict() == {"c1": "negative", "c2": "?", "c3": "positive"}
    assert table.disputed_touchpoints.sum() == table.disputed_polarity.sum() == 1
    assert table.incident.fillna("?")["c3"] == "?" and not table.disputed_incident["c3"]


def test_three_coders_decide_each_touchpoint_by_majority():
    rows = [("c1", coder, text, "neutral", "no")
            for coder, text in zip("ABC", ["desk;room", "desk", "desk;wifi"])]  # fmt: skip
    assert agreed_codes(codes(rows)).touchpoints[0] == "desk"
    unanimous = agreed_codes(codes(rows), rule="unanimous")
    assert unanimous.disputed_touchpoints[0] and unanimous.polarity[0] == "neutral"


def test_weights_belong_to_the_comment():
    weighted = codes().assign(weight=[3.0, 3.0, 2.0, 2.0, None, None, 9.0])
    assert list(agreed_codes(weighted).weight) == [3.0, 2.0, 1.0]


def test_no_codes_are_missing_and_an_unknown_rule_is_refused():
    assert agreed_codes(codes([])) == Missing("codes", ("coder",))
    assert code_agreement(Missing("codes")) == Missing("codes")
    with pytest.raises(ValueError, match="majority"):
        agreed_codes(codes(), rule="loudest")
    assert label_set("(none)") == label_set("") == frozenset()
