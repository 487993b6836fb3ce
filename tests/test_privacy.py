"""Contact data never shows; prices, dates and rooms stay."""

from __future__ import annotations

import pytest

from keytouch.privacy import MASK, pseudonym, scrub


@pytest.mark.parametrize(
    "secret",
    [
        "13812345678",
        "138 1234 5678",
        "+86 138-1234-5678",
        "010-62345678",
        "１３８１２３４５６７８",
        "+44 20 7946 0958",
        "(555) 123-4567",
        "name.surname@mail.example.com",
        "11010519491231002X",
        "6222 0212 3456 7890 123",
        "4111-1111-1111-1111",
        "https://example.com/a?b=c",
        "www.example.com",
        "微信：abc_123456",
        "202401051234567",
        "AB1234567890",
    ],
)
def test_contact_data_is_covered(secret: str) -> None:
    assert scrub(f"请联系 {secret}，谢谢") == f"请联系 {MASK}，谢谢"


@pytest.mark.parametrize(
    "harmless",
    [
        "房间 1203，3 晚共 1,234.50 元",
        "2024-01-05 12:30:45",
        "2024-01-05 2024-02-05",
        "flight BA2490 at 20:15, 3-4 people, 100-200 yuan",
        "@airline 服务不错",
    ],
)
def test_prices_dates_and_numbers_of_rooms_stay(harmless: str) -> None:
    assert scrub(harmless) == harmless


def test_several_secrets_in_one_comment_are_all_covered() -> None:
    assert scrub("a@b.cn 或 13812345678") == f"{MASK} 或 {MASK}"


def test_a_pseudonym_is_stable_and_needs_its_salt() -> None:
    assert pseudonym("c7", "salt") == pseudonym("c7", "salt")
    assert len({pseudonym("c7", "salt"), pseudonym("c7", "other"), pseudonym("c8", "salt")}) == 3
    assert "c7" not in pseudonym("c7", "salt")
