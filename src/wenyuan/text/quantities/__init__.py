"""Quantities in running text, Chinese and English: found, normalised, compared, and as terms for an index.

Numbers, amounts, money, percents, ratios, dates, times of day, versions, phones, codes and ordinals, with the words
that bound them. Values are exact; what is ambiguous keeps all its readings. A claim states what its source contradicts
where `closest(quantity, quantities(source))` is "different".
"""

from __future__ import annotations

from wenyuan.text.quantities.comparing import closest, compare
from wenyuan.text.quantities.finding import quantities
from wenyuan.text.quantities.quantity import (
    Bound,
    Clock,
    Date,
    Dates,
    Kind,
    Label,
    Measure,
    Quantity,
    Relation,
    Unit,
    Value,
)
from wenyuan.text.quantities.terms import terms

__all__ = [
    "Bound",
    "Clock",
    "Date",
    "Dates",
    "Kind",
    "Label",
    "Measure",
    "Quantity",
    "Relation",
    "Unit",
    "Value",
    "closest",
    "compare",
    "quantities",
    "terms",
]
