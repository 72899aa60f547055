"""Quantities as short lines, so that tables of cases can be read: "≥30 d", "2024-03-05", "version 1.10"."""

from __future__ import annotations

from wenyuan.text.quantities import Clock, Date, Dates, Label, Measure, Quantity, quantities

_BOUNDS = {"at least": "≥", "at most": "≤", "more than": ">", "less than": "<", "about": "≈"}


def said(text: str) -> list[str]:
    """What is found in a text, in order."""
    found = quantities(text)
    assert [text[each.start : each.end] for each in found] == [each.surface for each in found]
    return [line(each) for each in found]


def only(text: str) -> Quantity:
    """The one quantity of a text."""
    (found,) = quantities(text)
    return found


def line(quantity: Quantity) -> str:
    return _BOUNDS.get(quantity.bound, "") + _value(quantity)


def _value(quantity: Quantity) -> str:
    value = quantity.value
    if isinstance(value, Measure):
        number = f"{value.low}" if value.low == value.high else f"{value.low}..{value.high}"
        number = f"ratio {number}" if quantity.kind == "ratio" else number
        return f"{number} {value.unit.symbol}" if value.unit else number
    if isinstance(value, Dates):
        return "|".join(map(_date, value.readings)) + (f"..{_date(value.last)}" if value.last else "")
    if isinstance(value, Clock):
        last = f"..{_time(value.last)}" if value.last is not None else ""
        return "|".join(map(_time, value.readings)) + last
    assert isinstance(value, Label)
    return f"{value.family or 'rank' if quantity.kind == 'ordinal' else quantity.kind} {value.text}"


def _date(date: Date) -> str:
    if date.quarter:
        return f"{date.year or '-'}-Q{date.quarter}"
    parts = (f"{part:02}" if part else "" for part in (date.month, date.day))
    return f"{date.year or '-'}-" + "-".join(parts) if date.month or date.day else f"year {date.year}"


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
