"""Stretches of time that a question names: "2024年3月以来", "in the last three months" → (from, to) in Unix seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_NUMBERS = {
    "半": 0.5,
    "一": 1,
    "两": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
_NUMBERS |= {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_DAYS = {"年": 365, "季度": 91, "月": 30, "周": 7, "星期": 7, "礼拜": 7, "天": 1, "日": 1}
_DAYS |= {"year": 365, "quarter": 91, "month": 30, "week": 7, "day": 1}

# A day, a month or a year: what a date leaves out makes it a longer stretch.
DATE = (
    r"(?:\d{4}\s*年(?:\s*\d{1,2}\s*月(?:份|\s*\d{1,2}\s*[日号])?)?"
    rf"|(?:{_MONTH})\.?\s+\d{{1,2}},?\s+\d{{4}}|\d{{1,2}}\s+(?:{_MONTH})\.?\s+\d{{4}}|(?:{_MONTH})\.?\s+\d{{4}}"
    r"|\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|(?:19|20)\d{2}(?!\d))"
)
_UNIT_ZH, _UNIT_EN = "个?(年|季度|月|周|星期|礼拜|天|日)", "(year|quarter|month|week|day)s?"
_COUNT = "|".join(_NUMBERS)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to before `end`, either of them open (None), in Unix seconds."""

    start: float | None
    end: float | None


def span(text: str, now: datetime) -> Span | None:
    """What a phrase that `TIME_ZH` or `TIME_EN` found means; None for a date that is none ("2024-13")."""
    phrase = text.lower().strip()
    try:
        return _relative(phrase, now) or _absolute(phrase)
    except (ValueError, OverflowError):
        return None


TIME_ZH = re.compile(
    rf"(?:从|自)?{DATE}\s*(?:年初)?(?:(?:到|至|~|-)\s*{DATE}(?:之间|期间)?|以来|以后|之后|以前|之前|至今|起|后|前)?"
    rf"|(?:最近|近|过去)\s*(?:\d+|{_COUNT})\s*{_UNIT_ZH}(?:以?内|以来)?"
    r"|今年|去年|前年|本月|这个月|上个?月|本周|这周|上周|今天|昨天",
    re.IGNORECASE,
)
TIME_EN = re.compile(
    rf"(?:between\s+{DATE}\s+and\s+{DATE}|from\s+{DATE}\s+(?:to|until)\s+{DATE}"
    rf"|(?:since|after|before|until|from|in|of|during)\s+{DATE}(?:\s+on(?:wards?)?)?"
    rf"|(?:in|over|from|during|within)\s+the\s+(?:last|past)\s+(?:(?:\d+|{_COUNT})\s+)?{_UNIT_EN}"
    r"|(?:from\s+)?(?:last|this)\s+(?:year|month|week)|(?:from\s+)?(?:today|yesterday))",
    re.IGNORECASE,
)


def _relative(phrase: str, now: datetime) -> Span | None:
    if match := re.search(rf"(?:最近|近|过去|last|past)\s*(\d+|{_COUNT})?\s*(?:{_UNIT_ZH}|{_UNIT_EN})", phrase):
        count, zh, en = match[1], match[2], match[3]
        if count or "the" in phrase:  # "last year" is the one before this, "the last year" its length
            days = _DAYS[zh or en] * (float(count) if (count or "").isdecimal() else _NUMBERS.get(count or "", 1))
            return Span((now - timedelta(days=days)).timestamp(), None)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    year, month = midnight.replace(month=1, day=1), midnight.replace(day=1)
    week = midnight - timedelta(days=midnight.weekday())
    last_month = (month - timedelta(days=1)).replace(day=1)
    known = {
        ("今年", "this year"): (year, None),
        ("去年", "last year"): (year.replace(year=year.year - 1), year),
        ("前年",): (year.replace(year=year.year - 2), year.replace(year=year.year - 1)),
        ("本月", "这个月", "this month"): (month, None),
        ("上个月", "上月", "last month"): (last_month, month),
        ("本周", "这周", "this week"): (week, None),
        ("上周", "last week"): (week - timedelta(days=7), week),
        ("今天", "today"): (midnight, None),
        ("昨天", "yesterday"): (midnight - timedelta(days=1), midnight),
    }
    for names, (start, end) in known.items():
        if any(name in phrase for name in names):
            return Span(start.timestamp(), end.timestamp() if end else None)
    return None


def _absolute(phrase: str) -> Span | None:
    dates = [_stretch(each) for each in re.findall(DATE, phrase, re.IGNORECASE)]
    if not dates:
        return None
    start, end = dates[0]
    if len(dates) == 2:
        return Span(start, dates[1][1])
    open_ended = {
        r"\bafter\b": Span(end, None),
        r"(?:以来|以后|之后|至今|起|后|onwards?|\bon)$|\bsince\b": Span(start, None),
        r"(?:以前|之前|前)$|\bbefore\b": Span(None, start),
        r"\buntil\b": Span(None, end),
    }
    return next((each for words, each in open_ended.items() if re.search(words, phrase)), Span(start, end))


def _stretch(date: str) -> tuple[float, float]:
    """First moment of a day, month or year, and of the next; ValueError where there is no such date."""
    numbers = [int(number) for number in re.findall(r"\d+", date)]
    month: int | None
    day: int | None
    if named := re.search(_MONTH, date, re.IGNORECASE):
        year, day = max(numbers), min(numbers) if len(numbers) > 1 else None
        month = next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(named[0].lower()))
    else:
        year, month, day = numbers[0], *[*numbers[1:], None, None][:2]
    start = datetime(year, month or 1, day or 1, tzinfo=UTC)
    if day:
        end = start + timedelta(days=1)
    elif month:
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    else:
        end = datetime(year + 1, 1, 1, tzinfo=UTC)
    return start.timestamp(), end.timestamp()
