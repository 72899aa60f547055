"""Numbers in figures and words: value, step, scale, and what must follow them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.quantities.numbers import number_at


def value(text: str) -> Fraction:
    number = number_at(text, 0)
    assert number is not None
    assert number.end == len(text)
    assert number.low == number.high
    return number.low


@given(st.integers(0, 10**18), st.integers(0, 6), st.integers(0, 10**6))
def test_forms_of_one_number_in_figures(whole: int, places: int, part: int) -> None:
    decimals = f".{part % 10**places:0{places}}" if places else ""
    exact = Fraction(f"{whole}{decimals}")
    for form in (
        f"{whole}{decimals}",
        f"{whole:,}{decimals}",
        f"{whole:_}{decimals}",
        f"{whole:,}{decimals}".replace(",", "\u00a0"),
    ):
        assert value(form) == exact
    for scale, factor in (("万", 10**4), ("亿", 10**8), (" million", 10**6), (" billion", 10**9), ("k", 1000)):
        if scale != "k" or f"{whole}{decimals}" not in ("1", "2", "4", "5", "8"):
            assert value(f"{whole}{decimals}{scale}") == exact * factor


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("1/3", Fraction(1, 3)),
        ("三分之二", Fraction(2, 3)),
        ("千分之三", Fraction(3, 1000)),
        ("百分之百", 1),
        ("半", Fraction(1, 2)),
        ("two thirds", Fraction(2, 3)),
        ("half", None),
        ("a hundred", 100),
        ("a dozen", 12),
        ("two and a half", Fraction(5, 2)),
        ("1e6", 10**6),
        ("1.5e-3", Fraction(3, 2000)),
        ("3×10^8", 3 * 10**8),
        ("10⁻³", Fraction(1, 1000)),
        ("3百万", 3 * 10**6),
        ("1.234.567,89", Fraction("1234567.89")),
        ("三个半", None),
    ],
)
def test_values(text: str, exact: Fraction | None) -> None:
    if exact is None:
        number = number_at(text, 0)
        assert number is None or number.end != len(text) or number.needs == "unit"
    else:
        assert value(text) == exact


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("十几", 11, 19),
        ("二十几", 21, 29),
        ("几百", 200, 999),
        ("数十万", 200_000, 999_999),
        ("两三", 2, 3),
        ("十七八", 17, 18),
        ("三五十", 30, 50),
    ],
)
def test_approximate_numbers_are_ranges(text: str, low: int, high: int) -> None:
    number = number_at(text, 0)
    assert number is not None
    assert (number.low, number.high, number.bound) == (low, high, "about")


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("三", "counted"),
        ("一", "unit"),
        ("半", "unit"),
        ("陆", "unit"),
        ("one", "unit"),
        ("二五", "counted"),
        ("一百二十", "nothing"),
        ("12", "nothing"),
        ("twelve", "nothing"),
        ("二〇二四", "nothing"),
        ("叁拾", "nothing"),
    ],
)
def test_what_must_follow(text: str, needs: str) -> None:
    number = number_at(text, 0)
    assert number is not None
    assert number.needs == needs


@pytest.mark.parametrize(
    "text", ["24/7", "3/0", "几", "百姓", "万一", "壹贰叁", "hundred", "dozen", "1" * 31, "九分之几"]
)
def test_what_is_no_number(text: str) -> None:
    assert number_at(text, 0) is None


@pytest.mark.parametrize(("text", "step"), [("3.2万", 1000), ("120", 1), ("0.05", Fraction(1, 100)), ("一百二十", 10)])
def test_the_worth_of_the_last_place(text: str, step: Fraction) -> None:
    number = number_at(text, 0)
    assert number is not None
    assert number.step == step
