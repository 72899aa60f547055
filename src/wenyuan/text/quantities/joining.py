"""Amounts that make one, and numbers of a list whose unit stands at its end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from wenyuan.text.quantities.quantity import Measure, Quantity

_COMPOUND = ("time", "months", "length", "mass", "CNY")  # dimensions of amounts that are written in two units
_BETWEEN_PARTS = re.compile(r"\s?|,? and |零|又")
_BETWEEN_ITEMS = re.compile(r"\s?(?:、|/|或者?|,? ?or)\s?")
_ALIKE = 50  # times that a number of a list may be another


def joined(text: str, found: Sequence[Quantity]) -> list[Quantity]:
    """1小时30分钟, 5 ft 10 in and 3元5角 as one amount each; the unit of "2、3、5 天" for all three."""
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


def _together(text: str, one: Quantity, other: Quantity) -> Quantity | None:
    a, b = one.value, other.value
    if not (isinstance(a, Measure) and isinstance(b, Measure) and a.unit and b.unit):
        return None
    if one.bound == "between" or other.bound in ("between", "about") or a.unit.dimension not in _COMPOUND:
        return None
    smaller = a.unit.dimension == b.unit.dimension and 0 <= b.low * b.unit.factor < a.unit.factor > b.unit.factor
    if not smaller or a.low.denominator > 1 or not _BETWEEN_PARTS.fullmatch(text, one.end, other.start):
        return None
    value = (a.low * a.unit.factor + b.low * b.unit.factor) / b.unit.factor
    bound = one.bound if one.bound != "exactly" else other.bound
    return replace(one, end=other.end, value=Measure(value, value, b.unit, b.step), bound=bound)


def _sharing(text: str, one: Quantity, other: Quantity) -> Quantity | None:
    a, b = one.value, other.value
    if one.kind != "number" or not (isinstance(a, Measure) and isinstance(b, Measure)) or a.unit or not b.unit:
        return None
    alike = 0 < a.low <= _ALIKE * b.high and b.low <= _ALIKE * a.low
    if b.unit.counted or one.bound != "exactly" or not alike:
        return None
    if not _BETWEEN_ITEMS.fullmatch(text, one.end, other.start):
        return None
    return replace(one, kind=other.kind, value=replace(a, unit=b.unit, literal=""))
