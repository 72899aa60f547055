"""Whether two quantities are one, may both hold, exclude each other, or have nothing to do with each other.

A relation says "different" only where the two measure the same thing: it is what a claim is refused for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from wenyuan.text.quantities.quantity import Bound, Clock, Date, Dates, Label, Measure, Quantity, Relation, Unit

_ABOUT = Fraction(1, 10)  # how far from a value "about" reaches
_RANK: tuple[Relation, ...] = ("same", "compatible", "different", "unrelated")
_BELOW, _ABOVE = ("at most", "less than"), ("at least", "more than")
_DAYS_OF_MONTH, _DAYS_OF_YEAR, _DAY = (28, 31), (365, 366), 86_400

# A value of any kind as something that can be ordered, with the bound around it.
_Key = Fraction | tuple[int, ...] | int


def compare(one: Quantity, other: Quantity) -> Relation:
    """How two quantities relate; it does not matter which comes first.

    Units are converted, GB in both its meanings. A rounded value is compatible with the exact one (3.2万 and 31,950),
    a date with one that says less of the same day, a bare number with the same number that has a unit, as in a table.
    Bounds that exclude each other are different, and so are two bounds of one kind with different limits.
    """
    a, b = one.value, other.value
    if isinstance(a, Measure) and isinstance(b, Measure):
        return _measures(one, a, other, b)
    if isinstance(a, Dates) and isinstance(b, Dates):
        return _dates(one, a, other, b)
    if isinstance(a, Clock) and isinstance(b, Clock):
        return _clocks(a, b)
    if isinstance(a, Label) and isinstance(b, Label):
        return _versions(one, other) if one.kind == other.kind == "version" else _labels(one, a, other, b)
    return _across(one, other)


def closest(quantity: Quantity, others: Iterable[Quantity]) -> Relation:
    """The closest relation of a quantity to any of the others: what a text says of it."""
    found = {compare(quantity, other) for other in others}
    return next((relation for relation in _RANK if relation in found), "unrelated")


def _measures(one: Quantity, a: Measure, other: Quantity, b: Measure) -> Relation:
    if (one.kind == "ratio") != (other.kind == "ratio"):
        return "compatible" if a.low == b.low and a.high == b.high else "unrelated"
    if _dimension(a.unit) != _dimension(b.unit):
        return _across_units(a, b)
    relations = {
        _ordered(one.bound, _scaled(a, first), other.bound, _scaled(b, second))
        for first, second in _readings(a.unit, b.unit)
    }
    nearest = next(relation for relation in _RANK if relation in relations)
    if nearest == "same" and a.literal and b.literal and a.literal != b.literal:
        return "compatible"  # 1.10 and 1.1 may be versions
    if nearest == "different" and one.bound == other.bound == "exactly" and _rounds(a, b):
        return "compatible"
    return nearest


def _dimension(unit: Unit | None) -> str:
    """What is measured; 个 counts anything, as a bare number does."""
    if unit is None or unit.dimension == "count of 个":
        return ""
    return unit.dimension


def _readings(a: Unit | None, b: Unit | None) -> Iterator[tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]]:
    """Factor and offset of both units, in each of their meanings."""
    for first in _meanings(a):
        for second in _meanings(b):
            yield first, second


def _meanings(unit: Unit | None) -> list[tuple[Fraction, Fraction]]:
    if unit is None:
        return [(Fraction(1), Fraction(0))]
    return [(factor, unit.offset) for factor in (unit.factor, unit.also) if factor is not None]


def _scaled(measure: Measure, meaning: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    factor, offset = meaning
    return measure.low * factor + offset, measure.high * factor + offset


def _ordered(one: Bound, a: tuple[_Key, _Key], other: Bound, b: tuple[_Key, _Key]) -> Relation:
    """The relation of two bounded values on one scale, each given by its low and high end."""
    if one == other and a == b:
        return "same"
    if {one, other} <= {"exactly", "about"}:
        near = "about" in (one, other) and _near(a, b)
        return "compatible" if a == b or near else "different"
    if one == other:
        return "different"
    if _same_side(one, other):
        return "compatible" if a == b else "different"
    if _is_open(one) and _is_open(other) and a == b:
        return "different"
    return "different" if _excludes(one, a, other, b) or _excludes(other, b, one, a) else "compatible"


def _same_side(one: Bound, other: Bound) -> bool:
    return {one, other} <= set(_BELOW) or {one, other} <= set(_ABOVE)


def _is_open(bound: Bound) -> bool:
    return bound in _BELOW or bound in _ABOVE


def _near(a: tuple[_Key, _Key], b: tuple[_Key, _Key]) -> bool:
    """Whether "about" reaches from one to the other."""
    (low, high), (from_, to) = a, b
    if not (isinstance(low, Fraction) and isinstance(high, Fraction)):
        return False
    if not (isinstance(from_, Fraction) and isinstance(to, Fraction)):
        return False
    room = _ABOUT * max(abs(high), abs(to))
    return low - room <= to and from_ - room <= high


def _excludes(lower: Bound, a: tuple[_Key, _Key], upper: Bound, b: tuple[_Key, _Key]) -> bool:
    """Whether all of the first lies above all of the second."""
    if lower in _BELOW or upper in _ABOVE:
        return False
    limits = {lower, upper}
    strict = limits <= {*_BELOW, *_ABOVE} and not limits <= {"at most", "at least"}
    bottom, top = a[0], b[1]
    if lower == "about" and isinstance(bottom, Fraction):
        bottom -= abs(bottom) * _ABOUT
    if upper == "about" and isinstance(top, Fraction):
        top += abs(top) * _ABOUT
    return bottom > top or (strict and bottom == top)  # type: ignore[operator]


def _rounds(a: Measure, b: Measure) -> bool:
    """Whether one is the other with fewer digits, of which it has two at least: 5.28 % is 5.3 %, not 5 %."""
    first, second = (measure.unit.factor if measure.unit else Fraction(1) for measure in (a, b))
    steps = a.step * first, b.step * second
    coarse, fine, step = (
        (a.low * first, b.low * second, steps[0]) if steps[0] > steps[1] else (b.low * second, a.low * first, steps[1])
    )
    return steps[0] != steps[1] and abs(coarse) >= 10 * step and abs(coarse - fine) * 2 <= step


def _across_units(a: Measure, b: Measure) -> Relation:
    """Of different dimensions: degrees, months and days, a number whose unit stands in the head of the table."""
    units = (a.unit, b.unit)
    if _is_rate_of(a, b) or _is_rate_of(b, a):
        return "compatible"
    dimensions = {_dimension(unit) for unit in units}
    if dimensions == {"months", "time"}:
        return _months(a, b) if _dimension(a.unit) == "months" else _months(b, a)
    equal = a.low == b.low and a.high == b.high
    if "" in dimensions:
        percent = next((m for m in (a, b) if m.unit and m.unit.dimension == "percent"), None)
        plain = b if percent is a else a
        if percent and plain.low * 100 == percent.low * (percent.unit.factor if percent.unit else 1):
            return "compatible"
        return "compatible" if equal else "unrelated"
    if "度" in {unit.symbol for unit in units if unit} and dimensions <= {"temperature", "angle", "energy"} and equal:
        return "compatible"
    return "unrelated"


def _is_rate_of(a: Measure, b: Measure) -> bool:
    """Whether one is the other for something: 250 g/人 and "250 g for each"."""
    if a.unit is None or b.unit is None or "/" not in a.unit.symbol:
        return False
    return a.unit.symbol.partition("/")[0] == b.unit.symbol and (a.low, a.high) == (b.low, b.high)


def _months(a: Measure, b: Measure) -> Relation:
    """Months or years `a`, and days `b`: three months are 84 to 93 days."""
    assert a.unit is not None
    assert b.unit is not None
    count, days = a.low * a.unit.factor, b.low * b.unit.factor / _DAY
    low, high = (
        (count / 12 * length for length in _DAYS_OF_YEAR)
        if count % 12 == 0
        else (count * length for length in _DAYS_OF_MONTH)
    )
    return "compatible" if low <= days <= high else "different"


def _dates(one: Quantity, a: Dates, other: Quantity, b: Dates) -> Relation:
    if a.last is None and b.last is None:
        relations = {_days(first, second) for first in a.readings for second in b.readings}
        nearest = next(relation for relation in _RANK if relation in relations)
        if one.bound == other.bound:
            if nearest == "same" and len(a.readings) + len(b.readings) > 2 and a.readings != b.readings:
                return "compatible"  # one of two readings
            return nearest
        if nearest in ("same", "compatible"):
            opposite = _is_open(one.bound) and _is_open(other.bound) and not _same_side(one.bound, other.bound)
            return "different" if opposite and nearest == "same" else "compatible"
        return nearest if nearest == "unrelated" else _ordered_dates(one, a, other, b)
    if _known(a.readings[0]) != _known(b.readings[0]):
        return "compatible" if _known(a.readings[0]) and _known(b.readings[0]) else "unrelated"
    return _ordered_dates(one, a, other, b)


def _ordered_dates(one: Quantity, a: Dates, other: Quantity, b: Dates) -> Relation:
    if _known(a.readings[0])[:1] != _known(b.readings[0])[:1]:
        return "compatible"
    return _ordered(one.bound, _ends(a), other.bound, _ends(b))


def _known(date: Date) -> str:
    return "".join(
        name for name, part in zip("ymdq", (date.year, date.month, date.day, date.quarter), strict=True) if part
    )


def _ends(dates: Dates) -> tuple[_Key, _Key]:
    first, last = dates.readings[0], dates.last or dates.readings[0]
    months = (
        (3 * first.quarter - 2, 3 * last.quarter)
        if first.quarter and last.quarter
        else (first.month or 0, last.month or 99)
    )
    return (first.year or 0, months[0], first.day or 0), (last.year or 0, months[1], last.day or 99)


def _days(a: Date, b: Date) -> Relation:
    """Two dates: what both say decides."""
    if a == b:
        return "same"
    pairs = ((a.year, b.year), (_quarter(a), _quarter(b)), (a.month, b.month), (a.day, b.day))
    said = [(first, second) for first, second in pairs if first is not None and second is not None]
    if not said:
        return "unrelated"
    return "compatible" if all(first == second for first, second in said) else "different"


def _quarter(date: Date) -> int | None:
    return date.quarter or ((date.month + 2) // 3 if date.month else None)


def _clocks(a: Clock, b: Clock) -> Relation:
    if a.last is None and b.last is None:
        common = set(a.readings) & set(b.readings)
        if not common:
            return "different"
        return "same" if a == b else "compatible"
    if a.last is not None and b.last is not None:
        return "same" if a.last == b.last and set(a.readings) & set(b.readings) else "different"
    at, stretch = (a, b) if b.last is not None else (b, a)
    inside = any(stretch.readings[0] <= reading <= (stretch.last or 0) for reading in at.readings)
    return "compatible" if inside else "different"


def _labels(one: Quantity, a: Label, other: Quantity, b: Label) -> Relation:
    if one.kind != other.kind:
        return "compatible" if a.text == b.text else "unrelated"
    if a.text == b.text:
        return "same" if a.family == b.family else "compatible" if not (a.family and b.family) else "unrelated"
    if one.kind == "phone":
        return "compatible" if _tail(a.text) == _tail(b.text) else "different"
    if a.text.startswith(f"{b.text}:") or b.text.startswith(f"{a.text}:"):
        return "compatible"  # ISO 9001 and ISO 9001:2015
    return "different" if a.family == b.family and a.family else "unrelated"


def _tail(phone: str) -> str:
    """Without area code and extension: 0571-8888 8888 may be written 8888 8888."""
    return phone.partition("-")[0][-8:] if phone.startswith("0") or len(phone) <= 8 else phone


def _versions(one: Quantity, other: Quantity) -> Relation:
    assert isinstance(one.value, Label)
    assert isinstance(other.value, Label)
    a, b = one.value.text, other.value.text
    if a == b:
        return "same" if one.bound == other.bound else "compatible"
    first, second = _parts(a), _parts(b)
    if one.bound == other.bound == "exactly":
        shorter, longer = sorted((first, second), key=len)
        return "compatible" if longer[: len(shorter)] == shorter else "different"
    return _ordered(one.bound, (first, first), other.bound, (second, second))


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", re.split(r"[-+]|[a-z]", version)[0]))


def _across(one: Quantity, other: Quantity) -> Relation:
    """Of different kinds: a year, a version or a part of a code that was written as a bare number; a day or days."""
    for plain, named in ((one, other), (other, one)):
        value = plain.value
        if not isinstance(value, Measure) or value.low != value.high:
            continue
        if isinstance(named.value, Dates) and _is_days(value, named.value):
            return "compatible"
        if plain.kind != "number" or value.unit:
            continue
        if isinstance(named.value, Dates) and value.low in {date.year for date in named.value.readings}:
            return "compatible"
        if isinstance(named.value, Label) and (value.literal or str(value.low)) in _parts_of(named.value):
            return "compatible"
    return "unrelated"


def _is_days(measure: Measure, dates: Dates) -> bool:
    """Whether N日, which was read as N days, may be that day of a month."""
    days = measure.unit is not None and measure.unit.symbol == "d"
    return days and any(date == Date(day=date.day) and date.day == measure.low for date in dates.readings)


def _parts_of(label: Label) -> set[str]:
    """A version, the 12 of Debian12, the port of an address."""
    return {label.text, label.text.removeprefix(label.family), label.text.rpartition(":")[2]}
