"""Units: their spellings, and that those of one dimension convert."""

from __future__ import annotations

from fractions import Fraction

import pytest

from wenyuan.text.quantities.units import base_symbols, counted_at, rate_at, unit_at, units


def test_every_dimension_has_its_base_unit_and_every_factor_is_positive() -> None:
    known = units()
    dimensions = {unit.dimension for unit in known.values() if "/" not in unit.dimension}
    assert dimensions == set(base_symbols())
    assert all(unit.factor > 0 and (unit.also is None or unit.also > unit.factor) for unit in known.values())
    assert all(known[symbol].factor == 1 for dimension, symbol in base_symbols().items() if symbol in known)


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        ("km", "m", 1000),
        ("英寸", "毫米", Fraction("25.4")),
        ("吨", "克", 10**6),
        ("小时", "s", 3600),
        ("周", "天", 7),
        ("MPa", "bar", 10),
        ("kWh", "J", 3_600_000),
        ("年", "个月", 12),
        ("公顷", "㎡", 10_000),
        ("m³", "升", 1000),
        ("‰", "%", Fraction(1, 10)),
        ("GHz", "赫兹", 10**9),
        ("KiB", "B", 1024),
        ("角", "元", Fraction(1, 10)),
    ],
)
def test_conversion(one: str, other: str, factor: Fraction) -> None:
    a, b = units()[one], units()[other]
    assert a.dimension == b.dimension
    assert a.factor / b.factor == factor


def test_temperatures_convert_with_an_offset() -> None:
    fahrenheit = units()["°F"]
    assert 212 * fahrenheit.factor + fahrenheit.offset == 100


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("kg", "kg"),
        (" kg", "kg"),
        ("-day trial", "d"),
        ("平方米", "m²"),
        ("个工作日", "workday"),
        (" per cent", "%"),
        ("℃", "°C"),
        (" ° C", "°C"),
        ("km/h", "km/h"),
        ("元/吨", "CNY/t"),
        ("元/月", "CNY/month"),
        ("Mbps", "Mb/s"),
        (" MINUTES", "min"),
        (" m²", "m²"),
        (" years old", "year old"),
        (" dollars per month", "USD/month"),
        ("mL/人", "mL/人"),
        (" A,", "A"),
    ],
)
def test_spellings(text: str, symbol: str) -> None:
    found = unit_at(text, 0)
    assert found is not None
    assert found.unit.symbol == symbol


@pytest.mark.parametrize(
    "text",
    [
        "天然气",
        "年代",
        "分类",
        "元素",
        "成为",
        " mint",
        "kgs",
        " in length",
        " users",
        "m_a",
        "x+1",
        "s3",
        " x",
        " A B",
        "",
    ],
)
def test_other_words(text: str) -> None:
    assert unit_at(text, 0) is None


@pytest.mark.parametrize(
    ("text", "word"), [("个", "个"), ("名", "名"), ("部分", "部分"), (" 台", "台"), ("人次", "人次")]
)
def test_what_is_counted(text: str, word: str) -> None:
    found = counted_at(text, 0)
    assert found is not None
    assert found.unit.symbol == word


@pytest.mark.parametrize("text", ["部门", "行业", "组织", "级别", "门槛", "数", ""])
def test_words_that_begin_like_a_measure_word(text: str) -> None:
    assert counted_at(text, 0) is None


def test_a_rate_keeps_both_its_units() -> None:
    found = rate_at("/min", 0, units()["L"])
    assert found is not None
    assert (found.unit.symbol, found.unit.dimension, found.unit.factor) == ("L/min", "volume/time", Fraction(1, 60))
    assert rate_at(" x", 0, units()["L"]) is None
