"""Stretches of time as both languages name them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from wenyuan.understand.dates import Span, span

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # a Tuesday


def at(*date: int) -> float:
    return datetime(*date, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("phrase", "start", "end"),
    [
        ("2024年以来", at(2024, 1, 1), None),
        ("2024年3月以后", at(2024, 3, 1), None),
        ("2024年12月", at(2024, 12, 1), at(2025, 1, 1)),
        ("2024年3月5日", at(2024, 3, 5), at(2024, 3, 6)),
        ("2023年到2024年", at(2023, 1, 1), at(2025, 1, 1)),
        ("2024-06以前", None, at(2024, 6, 1)),
        ("去年", at(2025, 1, 1), at(2026, 1, 1)),
        ("上个月", at(2026, 10, 1), at(2026, 11, 1)),
        ("本周", at(2026, 11, 23), None),
        ("昨天", at(2026, 11, 23), at(2026, 11, 24)),
        ("since 2024", at(2024, 1, 1), None),
        ("after March 2024", at(2024, 4, 1), None),
        ("before 5 June 2023", None, at(2023, 6, 5)),
        ("in Sept 2024".replace("Sept", "Sep"), at(2024, 9, 1), at(2024, 10, 1)),
        ("from 2022 to 2023", at(2022, 1, 1), at(2024, 1, 1)),
        ("between January 2024 and March 2024", at(2024, 1, 1), at(2024, 4, 1)),
        ("last year", at(2025, 1, 1), at(2026, 1, 1)),
        ("this month", at(2026, 11, 1), None),
    ],
)
def test_a_stretch_of_time(phrase, start, end):
    assert span(phrase, NOW) == Span(start, end)


@pytest.mark.parametrize(
    ("phrase", "days"),
    [("最近三个月", 90), ("近半年", 182.5), ("过去7天", 7), ("in the last two weeks", 14), ("over the past year", 365)],
)
def test_a_stretch_up_to_now(phrase, days):
    assert span(phrase, NOW) == Span(NOW.timestamp() - days * 86400, None)


@pytest.mark.parametrize("phrase", ["2024年13月", "2023-02-30", "nothing", "since then"])
def test_what_is_no_date(phrase):
    assert span(phrase, NOW) is None
