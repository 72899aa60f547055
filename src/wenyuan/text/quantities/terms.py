"""A quantity → the terms under which an index finds it in whichever form it is written."""

from __future__ import annotations

from fractions import Fraction

from wenyuan.text.quantities.quantity import Clock, Date, Dates, Label, Measure, Quantity
from wenyuan.text.quantities.units import base_symbols

_MOST_PLACES = 12  # of a decimal fraction; longer ones are written p/q


def terms(quantity: Quantity) -> list[str]:
    """The terms of a quantity: `#` with a letter for the kind, a colon, the normal form; without blanks, each once.

    135万元 has #n:1350000 and #m:1350000CNY, 2024年3月5日 #d:2024-03-05, #d:2024-03, #d:2024 and #d:--03-05, so that
    whoever asks for less finds it. Amounts are in the base unit of what they measure: 5 cm has #n:5 and #q:0.05m.
    """
    value = quantity.value
    if isinstance(value, Measure):
        found = _measure(quantity, value)
    elif isinstance(value, Dates):
        found = [term for date in (*value.readings, *((value.last,) if value.last else ())) for term in _date(date)]
    elif isinstance(value, Clock):
        found = [
            f"#t:{seconds // 3600:02}:{seconds // 60 % 60:02}"
            for seconds in (*value.readings, *((value.last,) if value.last is not None else ()))
        ]
    else:
        found = _label(quantity, value)
    return list(dict.fromkeys(found))


def _measure(quantity: Quantity, value: Measure) -> list[str]:
    ends = dict.fromkeys((value.low, value.high))
    if quantity.kind == "ratio":
        return [f"#r:{value.low.numerator}:{value.low.denominator}"]
    found = [f"#n:{written(end)}" for end in ends]
    unit = value.unit
    if unit is None or unit.dimension.startswith("count"):
        return [*found, *([f"#v:{value.literal}"] if value.literal and not value.literal.startswith("-") else [])]
    if quantity.kind == "percent":
        return [*found, *(f"#p:{written(end * unit.factor)}" for end in ends)]
    letter, symbol = ("m" if unit.money else "q", _base(unit.dimension))
    factors = [factor for factor in (unit.factor, unit.also) if factor is not None]
    return [*found, *(f"#{letter}:{written(end * factor + unit.offset)}{symbol}" for factor in factors for end in ends)]


def _base(dimension: str) -> str:
    known = base_symbols()
    return "/".join(known.get(part, part.removeprefix("count of ")) for part in dimension.split("/")).replace(" ", "")


def written(value: Fraction) -> str:
    """A decimal number without superfluous zeros, a common fraction where it has no end or too many places."""
    places = 0
    while places <= _MOST_PLACES and (value * 10**places).denominator > 1:
        places += 1
    if places > _MOST_PLACES:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(int(value * 10**places))).rjust(places + 1, "0")
    whole, part = (digits[:-places], digits[-places:]) if places else (digits, "")
    return ("-" if value < 0 else "") + whole + (f".{part}" if part else "")


def _date(date: Date) -> list[str]:
    year = f"{date.year:04}" if date.year and date.year > 0 else f"{date.year}" if date.year else "-"
    if date.quarter:
        return [f"#d:{year}-Q{date.quarter}", *([f"#d:{year}"] if date.year else [])]
    if not date.month:
        return [f"#d:{year}"] if date.year else [f"#d:---{date.day:02}"]
    month = f"#d:{year}-{date.month:02}"
    if date.day is None:
        return [month, *([f"#d:{year}"] if date.year else [])]
    day = f"{date.month:02}-{date.day:02}"
    return [f"{month}-{date.day:02}", *([month, f"#d:{year}", f"#d:--{day}"] if date.year else [])]


def _label(quantity: Quantity, label: Label) -> list[str]:
    if quantity.kind == "ordinal":
        return [f"#o:{label.text}", *([f"#o:{label.family}{label.text}".replace(" ", "")] if label.family else [])]
    letters = {"version": "v", "phone": "tel", "code": "c"}
    found = [f"#{letters[quantity.kind]}:{label.text}"]
    if quantity.kind == "phone" and "-" in label.text:
        found.append(f"#tel:{label.text.partition('-')[0]}")
    if quantity.kind == "code" and ":" in label.text and label.family not in ("address", "digits", "size"):
        found.append(f"#c:{label.text.partition(':')[0]}")
    return found
