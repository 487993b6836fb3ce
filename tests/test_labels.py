"""Ids become the client's names, numbers their unit, in the language in use."""

import math

import pytest

from keytouch import labels
from keytouch.words import set_language


@pytest.fixture(autouse=True)
def _names(monkeypatch):
    names = {
        "touchpoints": {"pay": {"zh": "支付", "en": "Payment"}, "chat": {"zh": "客服", "en": ""}}
    }
    monkeypatch.setattr(labels, "_names", names)
    monkeypatch.setattr(labels, "_currency", "CNY")
    set_language("en")
    yield
    set_language("en")


def test_an_id_has_the_clients_name_else_the_other_languages_else_itself():
    assert [labels.name_of("touchpoint_id", i) for i in ("pay", "chat", "new")] == [
        "Payment", "客服", "new",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("reach_rate", 0.1234, "12.3%"),
        ("rate", 0.5, "50.0%"),
        ("csat", 70.66, "70.7%"),
        ("nps", -3.14, "−3.1"),
        ("score", 3.456, "3.46"),
        ("gain_points", -0.001, "0.00"),
        ("n", 12345.0, "12,345"),
        ("cost", 60000.0, "60,000 CNY"),
        ("delay_p50", 90.0, "90 min"),
        ("delay_p50", 600.0, "10.0 h"),
        ("delay_p50", -14400.0, "−10.0 days"),
        ("p_first", 0.9999, ">99%"),
        ("p_first", 0.0, "<1%"),
        ("score", math.nan, "—"),
    ],
)
def test_numbers_carry_their_unit(column, value, text):
    assert labels.cell_text(column, value) == text


def test_blank_values_are_a_dash():
    assert [labels.cell_text("owner", value) for value in (None, math.nan)] == ["—", "—"]


def test_intervals_with_a_minus_are_spelled_out():
    assert labels.interval_text("score", 3.1, 3.4) == "3.10–3.40"
    assert labels.interval_text("nps", -7.6, 1.4) == "−7.6 to 1.4"
    assert labels.interval_text("reach_rate", 0.1, 0.2) == "10.0–20.0%"
    set_language("zh")
    assert labels.interval_text("nps", -7.6, 1.4) == "−7.6 至 1.4"


def test_unknown_interval_is_empty():
    assert labels.interval_text("score", math.nan, math.nan) == ""
