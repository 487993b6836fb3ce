"""Gaps of the inventory, each by name; and the variety of contact against its limits."""

import numpy as np
import pandas as pd
import pytest
from tables import feedback, interactions

from keytouch.completeness import KINDS, contact_forms, coverage_check
from keytouch.engine import Missing, from_frame
from keytouch.touchpoints import coverage, inventory

LISTED = pd.DataFrame(
    [
        ("search", "find", "front", "digital", "first_contact", None, "web"),
        ("payment", "buy", "front", "digital", "purchase_decision", None, "web"),
        ("stock", "buy", "back", "physical", None, None, "store"),
        ("billing", "buy", "back", "digital", None, "paymnt", ""),
        ("counter", "elsewhere", "front", "physical", "complaint", None, "store"),
    ],
    columns=["touchpoint_id", "stage_id", "stage_side", "medium", "moment", "supports", "owner"],
)
SEEN = interactions([
    ("j1", "search", "2025-01-01"), ("j1", "payment", "2025-01-02"),
    ("j1", "paymentt", "2025-01-03"), ("j2", "paymentt", "2025-01-03"),
    ("j2", "stock", "2025-01-03"), ("j2", "counter", "2025-01-04"),
])  # fmt: skip
SCORED = feedback([("j1", "paymentt", "csat", 3), ("j1", "hotline", "csat", 2)])
STAGES = ["find", "buy"]


def check(listed=LISTED):
    touchpoints = from_frame(listed)
    table = inventory(touchpoints, SEEN, SCORED, stages=STAGES)
    return coverage_check(table, coverage(touchpoints, stages=STAGES), touchpoints, stages=STAGES)


def subjects(table, kind, column="touchpoint_id"):
    return list(table[table.kind == kind][column])


def test_every_kind_of_gap_is_found_by_name():
    table = check()
    assert subjects(table, "unlisted") == ["paymentt", "hotline"]
    assert subjects(table, "no_moment", "moment") == ["after_sales"]
    assert subjects(table, "bad_support") == ["billing"]
    assert subjects(table, "no_support") == ["stock"]
    assert subjects(table, "no_stage") == ["counter"]
    assert subjects(table, "no_owner") == ["billing"]
    assert subjects(table, "unseen") == ["billing"]
    assert len(subjects(table, "empty_cell")) == 2 * 4 - 4
    assert list(dict.fromkeys(table.kind)) == list(KINDS)


def test_an_unlisted_id_tells_where_how_often_and_what_it_may_be():
    row = check().iloc[0]
    assert (row.touchpoint_id, row.found_in, row.n) == ("paymentt", "interactions,feedback", 3)
    assert row.nearest_id == "payment"
    assert check().iloc[1].nearest_id is None


def test_a_wrong_support_names_the_nearest_id():
    table = check()
    assert subjects(table, "bad_support", "nearest_id") == ["payment"]


def test_what_no_entry_tells_is_told_once():
    table = check(LISTED.assign(owner=None, moment=None))
    assert subjects(table, "no_owner") == [None]
    assert subjects(table, "no_moment", "moment") == [None]


def test_without_an_inventory_nothing_is_checked():
    assert coverage_check(Missing("touchpoints"), Missing("touchpoints"), from_frame(LISTED)) == (
        Missing("touchpoints")
    )


def contacts(uses):
    """Interactions from {touchpoint: {channel: number}}, one journey each."""
    rows = [
        (f"j{place}", touchpoint, "2025-01-01", channel)
        for place, (touchpoint, channel) in enumerate(
            (touchpoint, channel)
            for touchpoint, channels in uses.items()
            for channel, number in channels.items()
            for _ in range(number)
        )
    ]
    channel = [row[3] for row in rows]
    return interactions([row[:3] for row in rows], channel=channel)


def test_one_channel_is_no_variety_and_equal_use_of_all_is_full():
    data = contacts({"search": {"web": 40}, "payment": {"web": 20, "phone": 20}})
    table = contact_forms(data, from_frame(LISTED), stages=STAGES).set_index("stage_id")
    assert table.diversity.to_dict() == pytest.approx({"find": 0, "buy": 1})
    assert table.effective_channels.to_dict() == pytest.approx({"find": 1, "buy": 2})
    assert (table.loc["find"].channels, table.loc["find"].main_rate) == (1, 1)
    assert table.loc["find"].diversity_hi == 0


def test_diversity_is_the_entropy_over_the_known_channels():
    data = contacts({"search": {"web": 75, "phone": 25}, "payment": {"shop": 50}})
    row = contact_forms(data, from_frame(LISTED), stages=STAGES).iloc[0]
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert row.diversity == pytest.approx(entropy / np.log(3))
    assert row.diversity_lo < row.diversity < row.diversity_hi
    assert (row.channel, row.n) == ("web", 100)
    assert row.main_rate_lo < 0.75 < row.main_rate_hi


def test_contact_forms_need_channels_and_stages():
    assert contact_forms(SEEN, from_frame(LISTED), stages=STAGES) == (
        Missing("interactions", ("channel",))
    )
    data = contacts({"search": {"web": 3}})
    assert contact_forms(data, Missing("touchpoints"), stages=STAGES) == Missing("touchpoints")
