"""The time of day that begins at a place of a text: 14:30, 下午两点半, 8时30分, 2 pm."""

from __future__ import annotations

import re

from wenyuan.text.quantities.numerals import chinese
from wenyuan.text.quantities.quantity import Clock

_HAN_HOUR = "(?:二十[一二三四]?|十[一二三四五六七八九]?|[零一两二三四五六七八九])"
_DIGITAL = re.compile(
    r"(?P<h>[01]?[0-9]|2[0-4]):(?P<m>[0-5][0-9])(?::(?P<s>[0-5][0-9])(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?(?![0-9:]|\.[0-9])(?:\s?(?P<half>[ap])\.?m(?:\.|\b))?",
    re.IGNORECASE,
)
_SPOKEN_EN = re.compile(r"(?P<h>1[0-2]|0?[1-9])\s?(?P<half>[ap])(?:\.m\.|m(?![A-Za-z0-9]))", re.IGNORECASE)
_SPOKEN_ZH = re.compile(
    rf"(?P<h>2[0-4]|[01]?[0-9]|{_HAN_HOUR})\s?(?P<mark>[点时])(?:(?P<m>[0-5]?[0-9]|[零二三四五]?十?[一二三四五六七八九]?)\s?分(?![钟之])|(?P<bare>[0-5][0-9])(?![0-9.万千百个])|(?P<half>半)|(?P<quarter>[一三])刻|(?P<sharp>钟|整|许))?"
)
_PART_OF_DAY = re.compile(
    r"(?P<late>下午|午后|傍晚|晚上|晚间|夜间|夜里|晚|当晚)|(?P<early>凌晨|清晨|早上|早晨|上午|早|今晨)|(?P<noon>中午|正午)"
)
_PART_BEFORE = re.compile(rf"(?:{_PART_OF_DAY.pattern})\s?\Z")
_DAY_BEFORE = re.compile(
    r"(?:[0-9一二三四五六七八九十]\s?[日号]|当日|当天|每[日天]|次日|[今明昨]天|周[一二三四五六日末]|星期[一二三四五六日天]|北京时间)\s?\Z"
)
_LINK = re.compile(r"\s?(?:-|—{1,2}|~|至|到|\bto\b|\band\b)\s?")
_CUE_BEFORE = re.compile(
    r"(?:\b(?:at|from|until|till|by|before|after|to|between|and)\s|[至到在于~-]\s?|时间[:是为]?\s?|T|[0-9]\s)\Z"
)


def clock_at(text: str, at: int) -> tuple[Clock, int] | None:
    """The time of day or stretch of time that begins right there, and where it ends."""
    first = _one(text, at)
    if first is None:
        return None
    readings, end = first
    link = _LINK.match(text, end)
    if link is None or link.end() >= len(text):
        return Clock(readings), end
    place = link.end()
    if part := _PART_OF_DAY.match(text, place):
        place = part.end()
    second = _one(text, place, ranged=True) if place < len(text) else None
    if second is None:
        return Clock(readings), end
    return Clock(readings, second[0][-1] if part or len(readings) == 1 else second[0][0]), second[1]


def _one(text: str, at: int, *, ranged: bool = False) -> tuple[tuple[int, ...], int] | None:
    before = text[max(0, at - 6) : at]
    if digital := _DIGITAL.match(text, at):
        return _digital(digital, before, ranged=ranged)
    if spoken := _SPOKEN_EN.match(text, at):
        return ((int(spoken["h"]) % 12 * 3600 + (43200 if spoken["half"].lower() == "p" else 0)),), spoken.end()
    match = _SPOKEN_ZH.match(text, at)
    return _spoken(match, before, ranged=ranged) if match else None


def _spoken(match: re.Match[str], before: str, *, ranged: bool) -> tuple[tuple[int, ...], int] | None:
    """下午两点半; 三点 alone may be three points."""
    part = _PART_BEFORE.search(before)
    more = any(match[name] for name in ("m", "bare", "half", "quarter", "sharp"))
    said = part or more or ranged or _DAY_BEFORE.search(before)
    hour, minute = _number(match["h"]), _number(match["m"] or match["bare"] or "")
    minute = 30 if match["half"] else 15 * _number(match["quarter"]) if match["quarter"] else minute
    if not said or hour > 24 or minute > 59 or (match["bare"] and not part):
        return None
    return _readings(hour, minute, part, whole_day=match["mark"] == "时"), match.end()


def _readings(hour: int, minute: int, part: re.Match[str] | None, *, whole_day: bool) -> tuple[int, ...]:
    """Seconds since midnight; 三点半 is of the morning or of the afternoon, 8时30分 of the morning."""
    seconds = hour * 3600 + minute * 60
    if part and (part["late"] or (part["noon"] and hour < 10)):
        return (seconds + 43200 if hour < 12 else seconds,)
    if part or whole_day or hour > 12 or not hour:
        return (seconds,)
    return seconds, seconds + 43200


def _digital(match: re.Match[str], before: str, *, ranged: bool) -> tuple[tuple[int, ...], int] | None:
    """14:30; a ratio such as 1:10 is no time unless something says so."""
    hour, half, part = int(match["h"]), match["half"], _PART_BEFORE.search(before)
    said = half or part or ranged or match["s"] or _CUE_BEFORE.search(before)
    if len(match["h"]) == 1 and hour < 6 and not said:
        return None
    seconds = hour * 3600 + int(match["m"]) * 60 + int(match["s"] or 0)
    if half:
        seconds = seconds % 43200 + (43200 if half.lower() == "p" else 0)
    elif part and part["late"] and hour < 12:
        seconds += 43200
    return (seconds,), match.end()


def _number(written: str) -> int:
    if written.isdigit() and written.isascii():
        return int(written)
    words = chinese(written.removeprefix("零") or written)
    return int(words.value) if words else 0
