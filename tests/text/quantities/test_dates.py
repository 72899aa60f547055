"""Dates in all their forms, and what only looks like one."""

from __future__ import annotations

import calendar
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.quantities import Date, Dates
from wenyuan.text.quantities.dates import MONTHS, date_at, quarter_at

from .figures import said

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


def in_words(number: int) -> str:
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else "零一二三"[tens] + "十"
    return ten + ("零一二三四五六七八九"[ones] if ones else "")


@given(DAYS)
def test_forms_of_one_day(day: date) -> None:
    month, short = calendar.month_name[day.month], calendar.month_abbr[day.month]
    digits = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(day.year))
    for form in (
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year} 年 {day.month:02} 月 {day.day:02} 号",
        f"{digits}年{in_words(day.month)}月{in_words(day.day)}日",
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{short}. {day.day} {day.year}",
        f"{day.day:02}-{short}-{day.year}",
        f"{day.day}.{day.month}.{day.year}",
    ):
        assert said(f"于 {form} 通过") == [day.isoformat()], form


@given(DAYS)
def test_a_day_with_slashes_has_both_readings(day: date) -> None:
    found = date_at(f"{day.month}/{day.day}/{day.year}", 0)
    assert found is not None
    readings = found[0].readings
    assert Date(day.year, day.month, day.day) in readings
    assert len(readings) == (2 if day.day <= 12 and day.day != day.month else 1)


def test_names_of_months() -> None:
    assert MONTHS[0] == "january"
    assert len(MONTHS) == 12


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024年3月5日至8日", Date(2024, 3, 5), Date(2024, 3, 8)),
        ("2023年12月至2024年2月", Date(2023, 12), Date(2024, 2)),
        ("3月5日—4月8日", Date(None, 3, 5), Date(None, 4, 8)),
        ("2019-2021", Date(2019), Date(2021)),
        ("March 5-8, 2024", Date(2024, 3, 5), Date(2024, 3, 8)),
        ("5-8 March 2024", Date(2024, 3, 5), Date(2024, 3, 8)),
        ("28-29日", Date(day=28), Date(day=29)),
    ],
)
def test_stretches(text: str, first: Date, last: Date) -> None:
    assert date_at(text, 0) == (Dates((first,), last), len(text))


@pytest.mark.parametrize(
    "text",
    [
        "2024-13-01",
        "2月30日",
        "may 5",
        "3000年",
        "90年代",
        "1234567890",
        "2024.3",
        "15日内",
        "March on",
        "5 march",
        "1-2",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert date_at(text, 0) is None


def test_a_quarter_is_read_behind_its_letter() -> None:
    assert quarter_at("Q3 2024", 1) == (Dates((Date(2024, quarter=3),)), 7)
    assert quarter_at("Q3", 1) == (Dates((Date(quarter=3),)), 2)
    assert quarter_at("Q7", 1) is None
