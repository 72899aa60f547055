"""The number, amount, sum of money, share or ratio at a place of a text, with its unit, its range and its bound."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from wenyuan.text.language import HAN
from wenyuan.text.quantities.bounds import bound_of
from wenyuan.text.quantities.numbers import Number, number_at
from wenyuan.text.quantities.quantity import Bound, Kind, Measure, Quantity, Unit
from wenyuan.text.quantities.units import Found, counted_at, unit_at, units

_CURRENCY = re.compile(r"(?:(?P<sign>(?:US|HK|A|C|NT)?\$|¥|€|£|RMB|CNY|USD|EUR|GBP|HKD|JPY|人民币|美元|欧元)\s?)(?P<minus>-)?$")
_SIGNS = {"$": "USD", "US$": "USD", "HK$": "HKD", "A$": "AUD", "C$": "CAD", "NT$": "TWD", "¥": "CNY", "€": "EUR", "£": "GBP"}
_MONEY_SCALE = re.compile(r"(?P<scale>[mMbBkK]|bn|mn)(?![A-Za-z0-9])")
_MONEY_SCALES = {"k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9}
_MINUS = re.compile(r"(?:(?P<words>零下|负|-负|\bminus |\bnegative )|(?:^|[\s(\[:=,|~至到/<>≤≥—“\"'])-|(?P<han>[" + HAN + r"，。；：、（])-)$", re.IGNORECASE)
_BULLET = re.compile(r"(?:^|\n)\s*-$")
_LINK = re.compile(r"\s?(?P<sign>-|—{1,2}|~|…)\s?|\s?(?P<zh>至|到)\s?|\s(?P<to>to)\s|\s(?P<and>and)\s|\s?(?P<with>和|与)\s?", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:\bbetween|介于|在)\s?[$¥€£]?$", re.IGNORECASE)
_BETWEEN_END = re.compile(r"\s?之间")
_TOLERANCE = re.compile(r"\s?(?:±|\+/-)\s?")
_RATIO = re.compile(r"(?P<a>[0-9]{1,3}(?:\.[0-9]{1,3})?)(?P<s>[ ]?):(?P=s)(?P<b>[0-9]{1,3}(?:\.[0-9]{1,3})?)(?![0-9:A-Za-z]|\.[0-9]|[ ]:)")
_NO_RATIO = re.compile(r"[:A-Za-z0-9][ ]?$|[A-Za-z]\s{1,8}$")
_NO_NUMBER = re.compile(r"年代|后(?:的|们|人|、)|:[0-9]")
_PERCENT_PARTS = re.compile("[百千万]分之")
_DECIDED_RANGE = re.compile(r"[-][0-9]")
_HALF = re.compile(r"半(?![径导球岛夜价数抱])|多(?![少次元媒阵种])")


def amount_at(text: str, at: int) -> Quantity | None:
    """The quantity whose number begins right there; its places are those of `text`, its surface is left empty."""
    number = number_at(text, at)
    if number is None:
        return None
    before = text[max(0, at - 8) : at]
    currency = _CURRENCY.search(before)
    if currency and currency.start() and before[currency.start() - 1].isascii() and before[currency.start() - 1].isalpha():
        currency = None
    number = _scaled_money(text, number) if currency else number
    unit, end = _unit(text, number, currency)
    number, end = _half_more(text, number, unit, end)
    if not _is_enough(text, number, unit):
        return _range(text, _made(text, at, number.end, number, None), number) if number.needs != "nothing" else None
    start, number = _signed(text, at, number, unit, before)
    if currency:
        start = min(start, at - len(before) + currency.start("sign"))
    found = _made(text, start, end, number, unit)
    ranged = _range(text, found, number)
    return ranged or found


def ratio_at(text: str, at: int) -> Quantity | None:
    """1:3; what looks like one in a list of devices or ports is none."""
    match = _RATIO.match(text, at)
    if match is None or not Fraction(match["b"]) or not Fraction(match["a"]) or _NO_RATIO.search(text, max(0, at - 9), at):
        return None
    value = Fraction(match["a"]) / Fraction(match["b"])
    return Quantity("ratio", at, match.end(), "", Measure(value, value))


def _scaled_money(text: str, number: Number) -> Number:
    """$3.2M."""
    match = _MONEY_SCALE.match(text, number.end)
    if match is None:
        return number
    factor = Fraction(_MONEY_SCALES[match["scale"].lower()])
    low, high, step = number.low * factor, number.high * factor, number.step * factor
    return replace(number, end=match.end(), low=low, high=high, step=step, scale=factor, literal="")


def _unit(text: str, number: Number, currency: re.Match[str] | None) -> tuple[Unit | None, int]:
    """The unit behind a number or, of money, before it; what is counted."""
    if _PERCENT_PARTS.match(text, number.start) or _PERCENT_PARTS.search(text[number.start : number.end]):
        return units()["%"], number.end
    if text.startswith("半月", number.end - 1) and not number.needs == "unit":
        return units()["个月"], number.end + 1
    behind = unit_at(text, number.end)
    if behind and text[behind.end - 1 : behind.end] in "″" and not number.literal and number.low > 200:
        behind = None
    if currency:
        if behind and behind.unit.money:
            return behind.unit, behind.end
        sign = currency["sign"]
        money = units()[_SIGNS.get(sign, sign)]
        per = unit_at(text[: number.end] + "元" + text[number.end : number.end + 20], number.end) if text[number.end : number.end + 1] == "/" else None
        if per and per.unit.dimension != "CNY":
            return replace(money, symbol=money.symbol + per.unit.symbol[3:], dimension=money.dimension + per.unit.dimension[3:], factor=money.factor * per.unit.factor), per.end - 1
        return money, number.end
    counted = counted_at(text, number.end)
    if behind and counted and counted.end > behind.end:
        behind = None
    found: Found | None = behind or counted
    return (found.unit, found.end) if found else (None, number.end)


def _half_more(text: str, number: Number, unit: Unit | None, end: int) -> tuple[Number, int]:
    """两年半, 3个多月: what stands behind the unit and belongs to the number."""
    if unit is None or unit.dimension.startswith("count") or not _HALF.match(text, end) or "/" in unit.symbol:
        return number, end
    if text[end] == "多":
        return replace(number, bound="more than"), end + 1
    half = Fraction(1, 2)
    return replace(number, low=number.low + half, high=number.high + half, step=half), end + 1


def _is_enough(text: str, number: Number, unit: Unit | None) -> bool:
    """Whether what must follow such a number does."""
    measured = unit is not None and not unit.dimension.startswith("count")
    if unit is None and _NO_NUMBER.match(text, number.end):
        return False
    if number.needs == "unit":
        return measured
    if number.needs == "counted":
        return unit is not None
    return True


def _signed(text: str, at: int, number: Number, unit: Unit | None, before: str) -> tuple[int, Number]:
    """The number with the sign before it: -20, 零下20度, 负5; a dash in a range or a list is none."""
    minus = _MINUS.search(before)
    if minus is None or _BULLET.search(text[max(0, at - 8) : at]) and text[at - 1] == " ":
        return at, number
    measured = unit is not None and not unit.dimension.startswith("count")
    if minus["han"] and not measured:
        return at, number
    if minus["words"] == "负" and not (measured or number.needs == "nothing"):
        return at, number
    start = minus.start("words") if minus["words"] else at - len(before) + len(before) - 1
    if minus["words"]:
        start = at - len(before) + minus.start("words")
    else:
        start = at - 1
    return start, replace(number, low=-number.high, high=-number.low, literal="-" + number.literal if number.literal else "")


def _made(text: str, start: int, end: int, number: Number, unit: Unit | None, last: Number | None = None) -> Quantity:
    low, high = number.low, (last or number).high
    bound: Bound = "between" if last else number.bound if number.bound != "exactly" else bound_of(text, start, end)
    if bound == "about" and text[start - 1] == "近" and unit and unit.dimension in ("time", "months"):
        bound = "exactly"  # 近三年 are the last three
    if unit and unit.symbol == "%" and _PERCENT_PARTS.match(text, number.start):
        low, high = low * 100, high * 100
        number = replace(number, step=number.step * 100)
    step = min(number.step, last.step) if last else number.step
    literal = "" if unit or last else number.literal
    return Quantity(_kind(unit), start, end, "", Measure(low, high, unit, step, literal), bound)


def _kind(unit: Unit | None) -> Kind:
    if unit is None or unit.dimension.startswith("count"):
        return "number"
    if unit.money:
        return "money"
    return "percent" if unit.dimension == "percent" else "amount"


def _range(text: str, first: Quantity, number: Number) -> Quantity | None:
    """The range that a quantity begins: 5-10 mm, 10℃至20℃, between 5 and 10; 5±0.1."""
    if tolerance := _TOLERANCE.match(text, first.end):
        return _tolerance(text, first, number, tolerance.end())
    link = _LINK.match(text, first.end)
    if link is None or link.end() >= len(text) or number.bound == "more than":
        return None
    place = link.end()
    if text[place] in "-+$¥€£" or text.startswith("零下", place) or text.startswith("负", place):
        place += 2 if text.startswith("零下", place) else 1
    last = number_at(text, place) if place < len(text) else None
    if last is None:
        return None
    if link["and"] and not _BETWEEN.search(text[max(0, first.start - 10) : first.start]):
        return None
    assert isinstance(first.value, Measure)
    own = first.value.unit
    unit, end = _unit(text, last, None)
    if own is not None and own.money and unit is None:
        unit = own
    if link["with"] and not _BETWEEN_END.match(text, end):
        return None
    _, last = _signed(text, place, last, unit or own, text[max(0, place - 8) : place]) if place > link.end() else (place, last)
    return _joined(text, first, number, last, (own, unit), end, signed=link["sign"] is not None)


def _joined(text: str, first: Quantity, number: Number, last: Number, of: tuple[Unit | None, Unit | None], end: int, *, signed: bool) -> Quantity | None:
    """A range from two numbers, if it is one: of one dimension, and the second the greater."""
    own, unit = of
    assert isinstance(first.value, Measure)
    if signed and _DECIDED_RANGE.match(text, end):
        return None
    if (last.needs == "unit" and unit is None) or (last.needs == "counted" and unit is None) or (number.needs != "nothing" and own is None and unit is None):
        return None
    unit = unit or own
    if own is not None and unit is not None and own.dimension != unit.dimension:
        return None
    low, high = first.value.low, last.high
    if own is None and number.scale == 1 and last.scale > 1 and low < high / last.scale:
        low *= last.scale
    if own is not None and unit is not None:
        factor = own.factor / unit.factor
        low = low * factor if own.symbol != unit.symbol and not own.offset else low
    if low >= high:
        return None
    begun = replace(number, low=low, high=low, bound="exactly")
    return _made(text, first.start, end, begun, unit, last)


def _tolerance(text: str, first: Quantity, number: Number, at: int) -> Quantity | None:
    off = number_at(text, at) if at < len(text) and text[at].isdigit() else None
    if off is None:
        return None
    unit, end = _unit(text, off, None)
    assert isinstance(first.value, Measure)
    own = first.value.unit
    if unit and unit.dimension == "percent" and (own is None or own.dimension != "percent"):
        return replace(first, bound="about", end=end)
    unit = unit or own
    value = first.value.low
    begun = replace(number, low=value - off.low, high=value - off.low, bound="exactly")
    return _made(text, first.start, end, begun, unit, replace(off, low=value + off.low, high=value + off.low))


def merged(text: str, found: Sequence[Quantity]) -> list[Quantity]:
    """Amounts that make one: 1小时30分钟, 5 ft 10 in, 3元5角; and numbers of a list with the unit at its end."""
    kept: list[Quantity] = []
    for each in found:
        if kept and (whole := _together(text, kept[-1], each)):
            kept[-1] = whole
        else:
            kept.append(each)
    for place in range(len(kept) - 2, -1, -1):
        if shared := _sharing(text, kept[place], kept[place + 1]):
            kept[place] = shared
    return kept


_BETWEEN_PARTS = re.compile(r"\s?|,? and |零|又")
_BETWEEN_ITEMS = re.compile(r"\s?(?:、|/|或者?|,? ?or)\s?")


def _together(text: str, one: Quantity, other: Quantity) -> Quantity | None:
    a, b = one.value, other.value
    if not (isinstance(a, Measure) and isinstance(b, Measure) and a.unit and b.unit) or other.bound in ("between", "about"):
        return None
    if a.unit.dimension != b.unit.dimension or a.unit.dimension not in ("time", "months", "length", "mass", "CNY") or one.bound == "between":
        return None
    if a.unit.factor <= b.unit.factor or b.low * b.unit.factor >= a.unit.factor or a.low.denominator > 1:
        return None
    if not _BETWEEN_PARTS.fullmatch(text[one.end : other.start]):
        return None
    value = (a.low * a.unit.factor + b.low * b.unit.factor) / b.unit.factor
    bound = one.bound if one.bound != "exactly" else other.bound
    return replace(one, end=other.end, value=Measure(value, value, b.unit, b.step), bound=bound)


def _sharing(text: str, one: Quantity, other: Quantity) -> Quantity | None:
    """2、3、5 天, 10 or 20 mm: a bare number takes the unit that ends its list."""
    a, b = one.value, other.value
    if not (isinstance(a, Measure) and isinstance(b, Measure)) or a.unit or not b.unit or b.unit.dimension.startswith("count"):
        return None
    if one.kind != "number" or one.bound != "exactly" or not (0 < a.low <= 50 * b.high and b.low <= 50 * a.low):
        return None
    if not _BETWEEN_ITEMS.fullmatch(text[one.end : other.start]):
        return None
    return replace(one, kind=other.kind, value=replace(a, unit=b.unit, literal=""))
