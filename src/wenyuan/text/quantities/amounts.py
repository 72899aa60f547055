"""The number, amount, sum of money, share or ratio at a place of a text, with its unit, its range and its bound."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from wenyuan.text.language import HAN
from wenyuan.text.quantities.bounds import bound_of
from wenyuan.text.quantities.numbers import Number, number_at
from wenyuan.text.quantities.quantity import Bound, Kind, Measure, Quantity, Unit
from wenyuan.text.quantities.units import counted_at, rate_at, unit_at, units

_REACH = 12  # characters before a number in which its sign and its currency stand
_CURRENCY = re.compile(
    r"(?<![A-Za-z])(?P<sign>(?:US|HK|A|C|NT)?\$|¥|€|£|RMB|CNY|USD|EUR|GBP|HKD|JPY|TWD|人民币|美元|欧元|港币|新台币)\s?-?\Z"
)
_SIGNS = {"$": "USD", "US$": "USD", "HK$": "HKD", "A$": "AUD", "C$": "CAD", "NT$": "TWD"}
_SIGNS |= {"¥": "CNY", "€": "EUR", "£": "GBP"}
_MONEY_SCALE = re.compile(r"(?P<scale>[mMbBkK]|bn|mn)(?![A-Za-z0-9])")
_MONEY_SCALES = {"k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9}
_CENTS_AFTER_COMMA = re.compile(r",(?P<cents>[0-9]{2})(?![0-9,.])")
_MINUS = re.compile(
    r"(?:(?P<words>零下|负|\bminus |\bnegative )|(?:^|[\s(\[:=,|~至到/<>≤≥—“\"'$¥€£])-"
    rf"|(?P<han>[{HAN}，。；：、（])-)\Z",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"\s?(?P<sign>-|—{1,2}|~|…)\s?|\s?[至到]\s?|\sto\s|\s(?P<and>and)\s|\s?(?P<with>[和与])\s?", re.IGNORECASE
)
_SIGN_OF_LAST = re.compile(r"零下|[-+$¥€£负]")
_BETWEEN = re.compile(r"(?:\bbetween|介于|在)\s?[$¥€£]?\Z", re.IGNORECASE)
_BETWEEN_END = re.compile(r"\s?之间")
_TOLERANCE = re.compile(r"\s?(?:±|\+/-)\s?(?=[0-9])")
_RATIO = re.compile(
    r"(?P<a>[0-9]{1,3}(?:\.[0-9]{1,3})?)(?P<s>[ ]?):(?P=s)(?P<b>[0-9]{1,3}(?:\.[0-9]{1,3})?)"
    r"(?![0-9:A-Za-z]|\.[0-9]|[ ]:)"
)
_NO_RATIO = re.compile(r"[:0-9][ ]?\Z|[A-Za-z]\Z|[A-Za-z0-9]\s{2,8}\Z")
_NO_NUMBER = re.compile(r"年代|后(?:的|们|人|、)|:[0-9]")
_RARE = tuple("伏安巴焦欧帕赫瓦牛")  # units that few words of one numeral mean: 三伏
_PARTS = re.compile("[百千万]分之")
_CHAIN = re.compile(r"-[0-9]")
_HALF = re.compile(r"半(?![径导球岛夜价数抱])|多(?![少次元媒阵种])")


def amount_at(text: str, at: int) -> Quantity | None:
    """The quantity whose number begins right there, in the places of `text`; its surface is left empty."""
    number = number_at(text, at)
    if number is None:
        return None
    currency = _CURRENCY.search(text, max(0, at - _REACH), at)
    number = _of_money(text, number) if currency else _percent(text, number)
    unit, end = _unit(text, number, currency)
    number, end = _half_more(text, number, unit, end)
    if not _is_enough(text, number, unit):
        return _range(text, _made(text, at, number.end, number, None), number) if number.needs != "nothing" else None
    start, number = _signed(text, at, number, unit)
    if currency:
        start = min(start, currency.start("sign"))
    found = _made(text, start, end, number, unit)
    return _range(text, found, number) or found


def ratio_at(text: str, at: int) -> Quantity | None:
    """1:3; what looks like one in a list of devices or ports is none."""
    match = _RATIO.match(text, at)
    if match is None or _NO_RATIO.search(text, max(0, at - 9), at):
        return None
    a, b = Fraction(match["a"]), Fraction(match["b"])
    return Quantity("ratio", at, match.end(), "", Measure(a / b, a / b)) if a and b else None


def _percent(text: str, number: Number) -> Number:
    """百分之五 as the number of its per cent."""
    if not _PARTS.match(text, number.start):
        return number
    return replace(number, low=number.low * 100, high=number.high * 100, step=number.step * 100)


def _of_money(text: str, number: Number) -> Number:
    """$3.2M, €3,45: what letters and commas mean beside a currency."""
    if cents := _CENTS_AFTER_COMMA.match(text, number.end):
        value = number.low + Fraction(int(cents["cents"]), 100)
        return replace(number, end=cents.end(), low=value, high=value, step=Fraction(1, 100), literal="")
    match = _MONEY_SCALE.match(text, number.end)
    if match is None:
        return number
    factor = Fraction(_MONEY_SCALES[match["scale"].lower()])
    low, high, step = number.low * factor, number.high * factor, number.step * factor
    return replace(number, end=match.end(), low=low, high=high, step=step, scale=factor, literal="")


def _unit(text: str, number: Number, currency: re.Match[str] | None) -> tuple[Unit | None, int]:
    """The unit behind a number or, of money, before it; what is counted."""
    if _PARTS.match(text, number.start):
        return units()["%"], number.end
    if text.startswith("半月", number.end - 1) and number.needs == "nothing":
        return units()["个月"], number.end + 1  # 两个半月
    behind, counted = unit_at(text, number.end), counted_at(text, number.end)
    if currency:
        money = units()[_SIGNS.get(currency["sign"], currency["sign"])]
        if behind and behind.unit.money:
            return (money if behind.unit.symbol == "CNY" else behind.unit), behind.end
        per = rate_at(text, number.end, money)
        return (per.unit, per.end) if per else (money, number.end)
    found = counted if behind and counted and counted.end > behind.end else behind or counted
    if found and found.unit.symbol == "起" and number.low.denominator > 1:
        return None, number.end  # 自 4.8 起
    return (found.unit, found.end) if found else (None, number.end)


def _half_more(text: str, number: Number, unit: Unit | None, end: int) -> tuple[Number, int]:
    """两年半, 3个多月: what stands behind the unit and belongs to the number."""
    if unit is None or unit.counted or not _HALF.match(text, end) or "/" in unit.symbol:
        return number, end
    if text[end] == "多":
        return replace(number, bound="more than"), end + 1
    half = Fraction(1, 2)
    return replace(number, low=number.low + half, high=number.high + half, step=half), end + 1


def _is_enough(text: str, number: Number, unit: Unit | None) -> bool:
    """Whether what must follow such a number does."""
    if unit is None:
        return number.needs == "nothing" and not _NO_NUMBER.match(text, number.end)
    if number.needs != "nothing" and text[number.end : number.end + 1] in _RARE:
        return False
    return number.needs != "unit" or not unit.counted


def _signed(text: str, at: int, number: Number, unit: Unit | None) -> tuple[int, Number]:
    """Where a number begins with the sign before it, and the number: -20, 零下20度, 负5. A dash between is none."""
    minus = _MINUS.search(text, max(0, at - _REACH), at)
    measured = unit is not None and not unit.counted
    if minus is None or not (measured or (number.needs == "nothing" and not minus["han"])):
        return at, number
    start = minus.start("words") if minus["words"] else at - 1
    literal = f"-{number.literal}" if number.literal else ""
    return start, replace(number, low=-number.high, high=-number.low, literal=literal)


def _made(text: str, start: int, end: int, number: Number, unit: Unit | None, last: Number | None = None) -> Quantity:
    low, high = number.low, (last or number).high
    bound: Bound = "between" if last else number.bound if number.bound != "exactly" else bound_of(text, start, end)
    if bound == "about" and text[start - 1] == "近" and unit and unit.dimension in ("time", "months"):
        bound = "exactly"  # 近三年 are the last three
    step = min(number.step, last.step) if last else number.step
    literal = "" if unit or last else number.literal
    return Quantity(_kind(unit), start, end, "", Measure(low, high, unit, step, literal), bound)


def _kind(unit: Unit | None) -> Kind:
    if unit is None or unit.counted:
        return "number"
    if unit.money:
        return "money"
    return "percent" if unit.dimension == "percent" else "amount"


def _range(text: str, first: Quantity, number: Number) -> Quantity | None:
    """The range that a quantity begins: 5-10 mm, 10℃至20℃, between 5 and 10; 5±0.1."""
    if tolerance := _TOLERANCE.match(text, first.end):
        return _tolerance(text, first, number, tolerance.end())
    link = _LINK.match(text, first.end)
    if link is None or number.bound == "more than":
        return None
    sign = _SIGN_OF_LAST.match(text, link.end())
    if sign and sign[0] in "$¥€£" and first.kind != "money":
        return None
    place = sign.end() if sign else link.end()
    last = number_at(text, place) if place < len(text) else None
    if last is None or (link["and"] and not _BETWEEN.search(text, max(0, first.start - 10), first.start)):
        return None
    last = _percent(text, last)
    unit, end = _unit(text, last, None)
    if (link["with"] and not _BETWEEN_END.match(text, end)) or (link["sign"] and _CHAIN.match(text, end)):
        return None
    if sign:
        _, last = _signed(text, place, last, unit)
    return _stretch(text, first, number, last, unit, end)


def _stretch(text: str, first: Quantity, number: Number, last: Number, unit: Unit | None, end: int) -> Quantity | None:
    """A range from two numbers, if it is one: of one dimension, and the second the greater."""
    assert isinstance(first.value, Measure)
    own, low, high = first.value.unit, first.value.low, last.high
    shared = own is None or unit is None
    unit = unit or own
    if unit is None and (number.needs != "nothing" or last.needs != "nothing"):
        return None
    if own and unit and own.symbol != unit.symbol:
        if own.dimension != unit.dimension or own.offset:
            return None
        low = low * own.factor / unit.factor
    if shared and number.scale == 1 and last.scale > 1 and low < high / last.scale:
        low *= last.scale  # 5-10万
    begun = replace(number, low=low, high=low, bound="exactly")
    return _made(text, first.start, end, begun, unit, last) if low < high else None


def _tolerance(text: str, first: Quantity, number: Number, at: int) -> Quantity | None:
    off = number_at(text, at)
    if off is None:
        return None
    assert isinstance(first.value, Measure)
    unit, end = _unit(text, off, None)
    own, value = first.value.unit, first.value.low
    if unit and unit.dimension == "percent" and (own is None or own.dimension != "percent"):
        return replace(first, bound="about", end=end)
    begun = replace(number, low=value - off.low, high=value - off.low, bound="exactly")
    return _made(text, first.start, end, begun, unit or own, replace(off, low=value + off.low, high=value + off.low))
