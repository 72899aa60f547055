"""What a text states in figures: the kind, the exact value and the bound of it. Values are fractions, never floats."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Kind = Literal["number", "amount", "money", "percent", "ratio", "date", "time", "version", "phone", "code", "ordinal"]
"""A bare number or count; one with a unit; money; a share; 1:3; a day, month or year; a time of day; four of names."""

Bound = Literal["exactly", "at least", "at most", "more than", "less than", "between", "about"]
"""What the words around a value make of it; for a date "at least" is from it on, "less than" before it."""

Relation = Literal["same", "compatible", "different", "unrelated"]
"""One value; both may hold; they exclude each other; nothing can be said, for they measure different things."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: `value * factor + offset` is in the base unit of its dimension.

    A dimension that is a currency has its three letters, one in lower case is measured or counted. Units that mean two
    things (GB: 10⁹ or 2³⁰ bytes) have their second factor in `also`.
    """

    symbol: str
    dimension: str
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    also: Fraction | None = None

    @property
    def money(self) -> bool:
        """Whether it is a currency, or one for something: 元, 元/吨."""
        return self.dimension[:3].isupper()

    @property
    def counted(self) -> bool:
        """Whether it is a measure word, which says what is counted: 名, 台."""
        return self.dimension.startswith("count")


@dataclass(frozen=True, slots=True)
class Measure:
    """A number, amount, sum of money, share or ratio; `low` and `high` differ in a range only.

    `step` is what one in the last written digit stands for: 3.2万 is 32,000 in steps of 1,000. `literal` is how a plain
    decimal number was written, for 1.10 may be a version and no 1.1.
    """

    low: Fraction
    high: Fraction
    unit: Unit | None = None
    step: Fraction = Fraction(1)
    literal: str = ""


@dataclass(frozen=True, slots=True)
class Date:
    """A day, month, quarter or year, or a part of one that leaves out the year; years before our era are negative."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    quarter: int | None = None


@dataclass(frozen=True, slots=True)
class Dates:
    """A date in all its readings (3/5/2024 has two), or the first and the `last` of a stretch."""

    readings: tuple[Date, ...]
    last: Date | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in seconds since midnight in all its readings (三点半 has two), or from the first to the `last`."""

    readings: tuple[int, ...]
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What names and does not measure: a version, phone, code or ordinal in its normal form.

    Labels of one `family` exclude each other: the articles of a law, codes with the same letters.
    """

    text: str
    family: str = ""


Value = Measure | Dates | Clock | Label


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity that stands in a text: `text[start:end]` is its `surface`, without the words that bound it."""

    kind: Kind
    start: int
    end: int
    surface: str
    value: Value
    bound: Bound = "exactly"
