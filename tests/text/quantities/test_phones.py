"""Telephone numbers: one normal form for all the ways to write one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.quantities.phones import phone_at


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_forms_of_one_mobile_number(digits: str) -> None:
    a, b, c = digits[:3], digits[3:7], digits[7:]
    for form in (digits, f"{a}-{b}-{c}", f"{a} {b} {c}", f"86-{digits}", f"0086 {a} {b} {c}"):
        found = phone_at(form, 0)
        assert found is not None, form
        assert (found[1].text, found[3]) == (digits, len(form))
    plus = phone_at(f"+86 {a}-{b}-{c}", 1)
    assert plus is not None
    assert (plus[1].text, plus[2]) == (digits, 0)


@pytest.mark.parametrize(
    ("text", "at", "number"),
    [
        ("400-800-1234", 0, "4008001234"),
        ("0571-88888888", 0, "057188888888"),
        ("(010) 6552 9988", 1, "01065529988"),
        ("010-65529988-803", 0, "01065529988-803"),
        ("+1 (415) 555-2671", 1, "+14155552671"),
        ("(866) 450-5250", 1, "8664505250"),
        ("+44 20 7946 0958", 1, "+442079460958"),
        ("拨打110", 2, "110"),
        ("客服热线：95588", 5, "95588"),
        ("tel: 12345", 5, "12345"),
    ],
)
def test_numbers(text: str, at: int, number: str) -> None:
    found = phone_at(text, at)
    assert found is not None
    assert found[1].text == number


@pytest.mark.parametrize(
    "text", ["95588", "110", "12345678", "1,234,567", "13800138000123", "2024-03-05", "3.14159265", "192.168.100.100"]
)
def test_what_is_no_phone(text: str) -> None:
    assert phone_at(text, 0) is None
