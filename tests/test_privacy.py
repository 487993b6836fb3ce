"""Quotes leave without personal data, and without losing what was said."""

import pytest

from keytouch.privacy import MASK, pseudonym, scrub


@pytest.mark.parametrize(
    "secret",
    [
        "13812345678",
        "+86 138 1234 5678",
        "010-62345678",
        "(415) 555-0123",
        "110101199003078515",
        "11010119900307851X",
        "6222 0200 1234 5678 901",
        "li.lei@example.com",
        "https://example.com/a?b=1",
        "DD20250101123",
        "微信号：lilei_2025",
    ],
)
def test_personal_data_are_masked(secret):
    assert scrub(f"请联系{secret}，谢谢") == f"请联系{MASK}，谢谢"


@pytest.mark.parametrize(
    "plain",
    [
        "等了 45 分钟",
        "房间 1208 很吵",
        "2025-03-05 入住",
        "花了 1,280 元",
        "waited 20 min at gate 12",
    ],
)
def test_ordinary_numbers_stay(plain):
    assert scrub(plain) == plain


def test_pseudonyms_are_stable_and_depend_on_the_salt():
    assert pseudonym("C1", "a") == pseudonym("C1", "a") != pseudonym("C1", "b")
    assert pseudonym("C1", "a") != pseudonym("C2", "a")
