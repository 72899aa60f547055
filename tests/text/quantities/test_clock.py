"""Times of day, exact to the second, with both readings where the half of the day is not said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.quantities import Clock
from wenyuan.text.quantities.clock import clock_at


@given(st.integers(0, 23), st.integers(0, 59))
def test_forms_of_one_time(hour: int, minute: int) -> None:
    exact = hour * 3600 + minute * 60
    half = "p" if hour > 11 else "a"
    forms = [
        f"{hour:02}:{minute:02}",
        f"{hour}时{minute}分",
        f"{hour % 12 or 12}:{minute:02} {half}m",
        f"{hour:02}:{minute:02}:00",
    ]
    if 1 <= hour <= 11:
        forms += [f"{hour:02}点{minute}分"]
    for form in forms:
        found = clock_at(form, 0)
        assert found is not None, form
        assert exact in found[0].readings, form
        assert found[1] == len(form)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("下午两点半", (14 * 3600 + 1800,)),
        ("上午9点", (9 * 3600,)),
        ("中午12点", (12 * 3600,)),
        ("晚上十点一刻", (22 * 3600 + 900,)),
        ("三点半", (3 * 3600 + 1800, 15 * 3600 + 1800)),
        ("每天8点", (8 * 3600, 20 * 3600)),
        ("5日9时", (9 * 3600,)),
    ],
)
def test_spoken(text: str, readings: tuple[int, ...]) -> None:
    at = next(at for at, character in enumerate(text) if clock_at(text, at))
    found = clock_at(text, at)
    assert found is not None
    assert found[0] == Clock(readings)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("9:00-17:30", 9, 17.5), ("上午9点至下午5点", 9, 17), ("6am-9pm", 6, 21), ("8:00 to 9:00", 8, 9)],
)
def test_stretches(text: str, first: float, last: float) -> None:
    found = clock_at(text, 2 if text[0] == "上" else 0)
    assert found == (Clock((int(first * 3600),), int(last * 3600)), len(text))


@pytest.mark.parametrize("text", ["三点", "3点建议", "20时", "16:9", "1:10", "25:00", "12:60", "1:2:3", "8点70分"])
def test_what_is_no_time(text: str) -> None:
    assert clock_at(text, 0) is None
