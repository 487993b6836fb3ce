"""Hand-overs: an open matter in another channel against one that stayed, hand-worked."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tables import interactions

import keytouch as kt
from keytouch.cases.truth import TRUTHS
from keytouch.contrasts import share_difference
from keytouch.engine import Missing, from_frame
from keytouch.intake import open_client
from keytouch.passing_on import channel_switches, hand_overs

DATASETS = Path(__file__).parents[1] / "datasets"


def contacts(journeys, touchpoint="help"):
    """Contacts a minute apart from {journey: [(channel, solved), …]}."""
    rows, channels, solved = [], [], []
    for journey, steps in journeys.items():
        for place, (channel, success) in enumerate(steps):
            rows.append(
                (journey, touchpoint, pd.Timestamp("2025-01-01") + pd.Timedelta(f"{place}min"))
            )
            channels.append(channel)
            solved.append(success)
    success = pd.Series(solved, dtype="boolean")
    return interactions(rows, channel=channels, success=success)


SOME = {
    1: [("app", False), ("app", True)],
    2: [("app", False), ("hotline", False)],
    3: [("app", False), ("hotline", False), ("hotline", True)],
    4: [("app", True), ("hotline", True)],  # solved before: nothing was handed over
    5: [("app", False), ("app", False)],
    6: [("app", False), ("app", True)],
}  # fmt: skip


def test_only_open_matters_are_handed_over():
    row = hand_overs(contacts(SOME), min_n=1).iloc[0]
    assert (row.touchpoint_id, row.from_channel, row.to_channel) == ("help", "app", "hotline")
    assert (row.handed_n, row.stayed_n, row.n) == (2, 3, 5)
    assert row.handed_solved_rate == 0 and row.stayed_solved_rate == pytest.approx(2 / 3)
    assert row.loss_rate == pytest.approx(2 / 3)
    assert row.handed_drop_rate == 0.5  # journey 2 gave up, journey 3 came back
    assert row.stayed_drop_rate == 1
    assert row.handed_share == pytest.approx(2 / 5)


def test_the_interval_is_newcombe_s():
    row = hand_overs(contacts(SOME), min_n=1).iloc[0]
    gap = share_difference(2 / 3, 3, 0.0, 2)
    assert (row.loss_rate_lo, row.loss_rate_hi) == pytest.approx((float(gap.lo), float(gap.hi)))


def test_few_hand_overs_are_never_judged():
    row = hand_overs(contacts(SOME), min_n=30).iloc[0]
    assert row.small and row.verdict == "open" and np.isnan(row.p_loss)
    assert kt.hand_over_findings(hand_overs(contacts(SOME))) == []


def lively(loss, n, seed=1):
    """Journeys that fail once, then half are passed on; passing on costs `loss`."""
    rng = np.random.default_rng(seed)
    journeys = {}
    for journey in range(n):
        passed = rng.random() < 0.5
        solved = bool(rng.random() < 0.6 - loss * passed)
        journeys[journey] = [("app", False), ("hotline" if passed else "app", solved)]
    return contacts(journeys)


def test_a_planted_loss_is_claimed_in_ids():
    found = kt.hand_over_findings(hand_overs(lively(0.4, 300)))[0]
    assert (found.claim, found.touchpoint, found.subject) == (
        "handover_loss",
        "help",
        "app>hotline",
    )
    assert found.probability >= 0.8 and found.lo <= 0.4 <= found.hi


def test_no_loss_is_surely_claimed_where_none_is():
    sure = [
        finding
        for seed in range(20)
        for finding in kt.hand_over_findings(hand_overs(lively(0.0, 150, seed)))
        if finding.probability >= 0.8
    ]
    assert len(sure) <= 3  # 5 % two-sided: half a case in 20 expected


def test_matters_of_different_journeys_or_touchpoints_stay_apart():
    first = {1: [("app", False)], 2: [("hotline", True)]}
    assert hand_overs(contacts(first)).empty


def test_rows_that_stand_for_several_count_as_many():
    frame = contacts(SOME).to_pandas()
    tenfold = hand_overs(from_frame(frame.assign(n=10)), min_n=1).iloc[0]
    once = hand_overs(from_frame(frame), min_n=1).iloc[0]
    assert tenfold.handed_n == 10 * once.handed_n
    assert tenfold.loss_rate == pytest.approx(once.loss_rate)
    assert tenfold.loss_rate_hi - tenfold.loss_rate_lo < once.loss_rate_hi - once.loss_rate_lo


def test_without_success_or_channel_hand_overs_are_missing():
    data = contacts(SOME)
    assert hand_overs(data.drop("success")) == Missing("interactions", ("success",))
    assert channel_switches(data.drop("channel")) == Missing("interactions", ("channel",))


def test_switches_are_counted_per_pair_and_in_all():
    data = contacts({1: [("app", None), ("desk", None), ("app", None)], 2: [("app", None)]})
    table = channel_switches(data).set_index(["from_channel", "to_channel"])
    assert table.loc[("(all)", "(all)"), ["switches", "journeys", "n"]].tolist() == [2, 1, 2]
    assert table.loc[("(all)", "(all)"), "cross_rate"] == 0.5
    assert table.loc[("app", "desk"), "repeat_rate"] == 1  # the same touchpoint once more


def test_a_new_touchpoint_in_a_new_channel_explains_nothing_again():
    data = interactions(
        [(1, "book", "2025-01-01"), (1, "arrive", "2025-01-02")], channel=["app", "desk"]
    )
    assert channel_switches(data).repeat_rate.tolist() == [0, 0]


def test_one_channel_has_no_switches():
    assert channel_switches(contacts({1: [("app", None), ("app", None)]})).empty


@pytest.mark.parametrize("case", TRUTHS)
def test_the_planted_loss_is_found_and_no_other(case):
    planted = TRUTHS[case].hand_over
    found = kt.hand_over_findings(kt.hand_overs(open_client(DATASETS / case).interactions))
    sure = [f for f in found if f.claim and f.probability >= 0.8]
    about = [(f.claim, f.touchpoint, f.subject) for f in sure]
    assert about == [("handover_loss", planted.touchpoint, f"{planted.source}>{planted.target}")]
