"""The date that begins at a place of a text: 2024年3月5日, 2024-03-05, 5 March 2024, Q1 2024, 三月五号, 3/5/2024."""

from __future__ import annotations

import calendar
import re
from dataclasses import replace

from wenyuan.text.language import HAN
from wenyuan.text.quantities.numerals import chinese
from wenyuan.text.quantities.quantity import Date, Dates

MONTHS = tuple(name.lower() for name in calendar.month_name[1:])
"""The months of the year in English, in lower case."""

_MONTH = "|".join(f"{name}|{name[:3]}" for name in MONTHS) + "|sept"
_FIGURES = "零〇一二三四五六七八九"
_D = r"(?:3[01]|[12][0-9]|0?[1-9])(?![0-9])"
_M = r"(?:1[0-2]|0?[1-9])"
_ZH_D = "(?:三十一?|[一二]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|[一二三四五六七八九])"
_ZH_M = "(?:十[一二]?|[一二三四五六七八九]|元|正)"
_YEAR = f"(?:[12][0-9]{{3}}|[一二][{_FIGURES}]{{3}})"
_DASH = r"\s?(?:-|—{1,2}|~|至|到)\s?"

_ZH_DAY = rf"(?:{_D}|{_ZH_D})\s?[日号](?!楼|门|院|线|机|店|车|铺|库|站|井|坑|令|码|文)"
_ZH_MONTH_DAY = (
    rf"(?P<m>{_M}|{_ZH_M})\s?月(?![饼亮球龄薪租供子票经嫂色牙季])"
    rf"(?:份|\s?(?P<d>{_D}|{_ZH_D})(?:{_DASH}(?P<d2>{_D}|{_ZH_D}))?\s?[日号](?![楼线]))?"
)
_ZH_FULL = re.compile(
    rf"(?P<y>{_YEAR}|(?:[0-9]{{2}}|[{_FIGURES}]{{2}})(?=年[0-9一二三四五六七八九十]{{1,3}}月))\s?年"
    rf"(?!代|历史|来|前的|间|级)度?(?:\s?{_ZH_MONTH_DAY}|第?(?P<q>[一二三四1234])季度)?"
)
_ZH_MONTH = re.compile(_ZH_MONTH_DAY)
_ZH_MONTHS = re.compile(
    rf"(?P<m>{_M}|{_ZH_M}){_DASH}(?P<m2>{_M}|{_ZH_M})\s?月份?(?!\s?[0-9一二三四五六七八九十]{{1,3}}\s?[日号])"
)
_ZH_YEARS = re.compile(rf"(?P<y>{_YEAR}){_DASH}(?P<y2>{_YEAR})\s?年(?!代)度?")
_ZH_ONLY_DAY = re.compile(_ZH_DAY)
_ZH_DAYS = re.compile(rf"(?P<d>{_D}){_DASH}(?P<d2>{_D})日(?!内|以|之内|期|的)")
_ZH_DAY_OF_NEWS = re.compile(
    rf"(?P<d>{_D})\s?日(?:(?=\s?[{HAN}0-9])"
    r"(?!内|以|之|期|后|前|的|届|龄|均|常|志|元|通知|未|游|系|语|起|[上下]?限|或|至|到|和|及|并)|(?=，)(?P<opens>))"
)
_OPENS = re.compile(r"(?:^|[。！？；\n”])\s?\Z")
_LASTS = re.compile(
    r"(?:[不近满逾过为每足长达续共限第]|[少低多高大小长短]于|至少|最[多少长短]|延长|拘留|提前|[留保]存|期限|公示|[一二三四五六七八九十]个)\s?\Z"
)
_SPAN = re.compile(r"内|以[上下内]|[一二三两]次")
_ZH_QUARTER = re.compile(r"第?(?P<q>[一二三四])季度")
_BEFORE_CHRIST = re.compile(r"(?:公元前|前)\s?\Z")
_ANCIENT = re.compile(r"(?P<y>[0-9]{1,4}|[零〇一二三四五六七八九十百]{1,6})\s?年")
_ERA = re.compile(r"公元前?\s?\Z")

_NOT_MORE = r"(?![0-9]|[-/.][0-9])"
_ISO = re.compile(
    r"(?P<y>(?:1[89]|20|21)[0-9]{2})(?:(?P<s>[-/])"
    rf"(?P<m>1[0-2]|0?[1-9])(?:(?P=s)(?P<d>3[01]|[12][0-9]|0?[1-9]))?|\.(?P<m2>1[0-2]|0?[1-9])\.(?P<d2>3[01]|[12][0-9]|0?[1-9]))(?:(?=T[0-9])|{_NOT_MORE}(?![A-Za-z]))"
)
_COMPACT = re.compile(
    r"(?P<y>(?:19|20)[0-9]{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12][0-9]|3[01])(?![0-9.,A-Za-z]|-[0-9])"
)
_SLASHED = re.compile(rf"(?P<a>[0-9]{{1,2}})(?P<s>[/.-])(?P<b>[0-9]{{1,2}})(?P=s)(?P<y>(?:19|20)[0-9]{{2}}){_NOT_MORE}")
_ORDINAL = r"(?:st|nd|rd|th)?"
_EN_DAY_FIRST = re.compile(
    rf"(?P<d>{_D}){_ORDINAL}(?:-(?P<d2>{_D}){_ORDINAL})?(?:\s|-|\sof\s)(?P<month>{_MONTH})\b\.?(?:(?:,?\s|-)(?P<y>[12][0-9]{{3}})(?![0-9]))?",
    re.IGNORECASE,
)
_EN_MONTH_FIRST = re.compile(
    rf"(?P<month>{_MONTH})\b\.?(?:\s(?:the\s)?(?P<d>3[01]|[12][0-9]|0?[1-9])(?![0-9:.]?[0-9]|%|\s?[ap]m\b){_ORDINAL}"
    rf"(?:\s?[-—]\s?(?P<d2>3[01]|[12][0-9]|0?[1-9])(?![0-9]){_ORDINAL})?(?:,?\s(?P<y>[12][0-9]{{3}})(?![0-9]))?|,?\s(?:of\s)?(?P<y2>[12][0-9]{{3}})(?![0-9]))?",
    re.IGNORECASE,
)
_MONTH_CUE = re.compile(
    r"\b(?:in|since|until|till|by|during|early|late|mid|last|next|of|from|through|end of|every|each)[ -]\Z",
    re.IGNORECASE,
)
_EN_QUARTER = re.compile(
    r"(?P<q>[1-4])(?:\s?(?:/|-|,|of|FY)?\s?(?:FY\s?)?'?(?P<y>(?:19|20)[0-9]{2}))?(?![0-9A-Za-z])", re.IGNORECASE
)
_YEAR_QUARTER = re.compile(r"(?P<y>(?:19|20)[0-9]{2})[-\s/]?Q(?P<q>[1-4])(?![0-9A-Za-z])")
_EN_YEARS = re.compile(
    r"(?P<y>(?:19|20)[0-9]{2})\s?(?:-|—|~|to|through)\s?(?P<y2>(?:19|20)[0-9]{2})(?![0-9]|[-.,/][0-9])"
)
_EN_YEAR = re.compile(r"(?P<y>1[5-9][0-9]{2}|20[0-9]{2}|21[0-9]{2})(?![0-9A-Za-z%]|[-.,/:][0-9]|\s?[×x*])")
_YEAR_CUE = re.compile(
    r"(?:\b(?:in|since|during|until|till|by|year|early|late|mid|circa|copyright|spring|summer|autumn|fall|winter"
    r"|between|(?:quarter|half|end|beginning|spring|summer|autumn|fall) of)[ -]|\bFY[ -]?|©\s?|\(c\)\s?)\Z",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[(（\[]\Z")
_CLOSED = re.compile(r"\s?(?:[)）\]]|BC|AD|CE)")
_LINK = re.compile(rf"{_DASH}|\s(?:to|through|until)\s")

Found = tuple[Dates, int]


def date_at(text: str, at: int) -> Found | None:
    """The date or stretch of dates that begins right there, and where it ends."""
    first = _one(text, at)
    if first is None or first[0].last is not None:
        return first
    dates, end = first
    link = _LINK.match(text, end)
    if link is None or link.end() >= len(text):
        return first
    second = _one(text, link.end()) or _only_day(text, link.end())
    if second is None or second[0].last is not None:
        return first
    begin, close = dates.readings[0], second[0].readings[0]
    if close.year is None:
        close = replace(close, year=begin.year, month=close.month or (None if close.quarter else begin.month))
    if begin.year is None and close.year:
        begin = replace(begin, year=close.year)
    return (Dates((begin,), close), second[1]) if _order(begin) < _order(close) else first


def quarter_at(text: str, at: int) -> Found | None:
    """Q1 2024: what stands behind the Q."""
    match = _EN_QUARTER.match(text, at)
    if match is None:
        return None
    return Dates((Date(int(match["y"]) if match["y"] else None, quarter=int(match["q"])),)), match.end()


def _order(date: Date) -> tuple[int, int, int]:
    return date.year or 0, date.month or 3 * (date.quarter or 0), date.day or 0


def _one(text: str, at: int) -> Found | None:
    character = text[at]
    if "0" <= character <= "9":
        return _in_figures(text, at) or _in_chinese(text, at) or _year(text, at)
    return _english(text, at) if character.isascii() else _in_chinese(text, at)


def _in_figures(text: str, at: int) -> Found | None:
    for pattern in (_ISO, _YEAR_QUARTER, _COMPACT, _EN_DAY_FIRST, _SLASHED):
        if match := pattern.match(text, at):
            return _read(match)
    return None


def _read(match: re.Match[str]) -> Found | None:
    """What a pattern of dates in figures found; None where there is no such day."""
    named = match.groupdict()
    if match.re is _SLASHED:
        year, a, b = int(named["y"]), int(named["a"]), int(named["b"])
        orders = ((b, a),) if named["s"] == "." else ((a, b), (b, a))
        days = tuple(dict.fromkeys(Date(year, month, day) for month, day in orders if _is_day(year, month, day)))
        return (Dates(days), match.end()) if days else None
    if match.re is _YEAR_QUARTER:
        return Dates((Date(int(named["y"]), quarter=int(named["q"])),)), match.end()
    if match.re is _EN_DAY_FIRST:
        return _day_first(match)
    year = int(named["y"])
    month, day = int(named["m"] or named["m2"]), int(named["d"] or named.get("d2") or 0) or None
    return (Dates((Date(year, month, day),)), match.end()) if _is_day(year, month, day or 1) else None


def _day_first(match: re.Match[str]) -> Found | None:
    name = match["month"]
    if not name[0].isupper() and not match["y"]:
        return None
    year, month = int(match["y"]) if match["y"] else None, _month_of(name)
    if not _is_day(year or 2000, month, int(match["d"])):
        return None
    if match["d2"]:
        return Dates((Date(year, month, int(match["d"])),), Date(year, month, int(match["d2"]))), match.end()
    return Dates((Date(year, month, int(match["d"])),)), match.end()


def _in_chinese(text: str, at: int) -> Found | None:
    if _ERA.search(text, max(0, at - 4), at) and (ancient := _ANCIENT.match(text, at)):
        year, before = _number(ancient["y"]), _BEFORE_CHRIST.search(text, max(0, at - 4), at)
        return Dates((Date(-year if before else year),)), ancient.end()
    if years := _ZH_YEARS.match(text, at):
        return Dates((Date(_number(years["y"])),), Date(_number(years["y2"]))), years.end()
    if months := _ZH_MONTHS.match(text, at):
        return Dates((Date(None, _number(months["m"])),), Date(None, _number(months["m2"]))), months.end()
    if quarter := _ZH_QUARTER.match(text, at):
        return Dates((Date(quarter=_number(quarter["q"])),)), quarter.end()
    match = _ZH_FULL.match(text, at) or _ZH_MONTH.match(text, at)
    return _parts(text, at, match) if match else _day_alone(text, at)


def _parts(text: str, at: int, match: re.Match[str]) -> Found | None:
    """Year, month and day, or year and quarter, as far as they are said."""
    named = match.groupdict()
    year = _full_year(named["y"]) if named.get("y") else None
    if named.get("q"):
        return Dates((Date(year, quarter=_number(named["q"])),)), match.end()
    month, day, until = (_number(named[name]) if named[name] else None for name in ("m", "d", "d2"))
    if (year is None and day is None and not _is_month(text, at, match)) or not _is_day(
        year or 2000, month or 1, day or 1
    ):
        return None
    return Dates((Date(year, month, day),), Date(year, month, until) if until else None), match.end()


def _day_alone(text: str, at: int) -> Found | None:
    """28-29日 and 5日上午 name days; 15日 may be a stretch of fifteen, and is left to what reads amounts."""
    if days := _ZH_DAYS.match(text, at):
        first, last = int(days["d"]), int(days["d2"])
        return (Dates((Date(day=first),), Date(day=last)), days.end()) if first < last else None
    day = _ZH_DAY_OF_NEWS.match(text, at)
    if day is None or _LASTS.search(text, max(0, at - 3), at):
        return None
    if day["opens"] is not None and not _OPENS.search(text, max(0, at - 2), at):
        return None  # 拘留15日，
    return Dates((Date(day=int(day["d"])),)), day.end()


def _is_month(text: str, at: int, match: re.Match[str]) -> bool:
    """Whether N月 alone is a month of the year: 3月, not 满三月 or 一月 within 一月一次."""
    return not (
        match["m"] in "正元"
        or re.match(r"内|以[上下内]|[一二三两]次", text[match.end() :][:2])
        or text[at - 1 : at] in tuple("满每第")
    )


def _only_day(text: str, at: int) -> Found | None:
    """至8日: the day that ends a stretch."""
    match = _ZH_ONLY_DAY.match(text, at)
    return (Dates((Date(day=_number(match[0][:-1].strip())),)), match.end()) if match else None


def _english(text: str, at: int) -> Found | None:
    match = _EN_MONTH_FIRST.match(text, at)
    if match is None or not match["month"][0].isupper() or text[at - 1 : at].isalnum():
        return None
    month, year = _month_of(match["month"]), match["y"] or match["y2"]
    day = int(match["d"]) if match["d"] else None
    if not day and not year:
        alone = match["month"].isupper() or not _MONTH_CUE.search(text[max(0, at - 12) : at])
        return None if alone else (Dates((Date(None, month),)), match.end("month"))
    if not _is_day(int(year or 2000), month, day or 1):
        return None
    last = Date(int(year) if year else None, month, int(match["d2"])) if match["d2"] else None
    return Dates((Date(int(year) if year else None, month, day),), last), match.end()


def _year(text: str, at: int) -> Found | None:
    """A year in figures where a word or a bracket says that it is one; a stretch of years."""
    if years := _EN_YEARS.match(text, at):
        if years["y"] < years["y2"] and not re.match(r"\s?[A-Za-z]{1,3}\b(?<!to|in)", text[years.end() :][:5]):
            return Dates((Date(int(years["y"])),), Date(int(years["y2"]))), years.end()
        return None
    match = _EN_YEAR.match(text, at)
    if match is None:
        return None
    before = text[max(0, at - 16) : at]
    cued = _YEAR_CUE.search(before) or (_BRACKETED.search(before) and match["y"][0:2] in ("19", "20"))
    if not cued or (_BRACKETED.search(before) and not _CLOSED.match(text, match.end())):
        return None
    return Dates((Date(int(match["y"])),)), match.end()


def _is_day(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= (calendar.monthrange(max(1, year), month)[1] if 0 < year < 9999 else 31)


def _month_of(name: str) -> int:
    return next(n for n, month in enumerate(MONTHS, 1) if month.startswith(name.lower()[:3]))


def _number(written: str) -> int:
    if written.isdigit() and written.isascii():
        return int(written)
    words = chinese(written)
    return int(words.value) if words else 1  # 元月, 正月


def _full_year(written: str) -> int:
    year = _number(written)
    return year if year > 99 else year + (2000 if year < 50 else 1900)
