"""Numbers with their units, signs, currencies and ranges."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.quantities import Measure
from wenyuan.text.quantities.amounts import amount_at, ratio_at

from .figures import only, said

DECIMALS = st.decimals(0, 10**6, allow_nan=False, places=2)


@given(DECIMALS, st.sampled_from(["kg", "km/h", "℃", "平方米", "个工作日", "%", "元", " GB", "MPa", "分钟", "名"]))
def test_what_is_written_is_read(number: object, unit: str) -> None:
    found = only(f"共{number}{unit}。")
    assert isinstance(found.value, Measure)
    assert found.value.low == found.value.high == Fraction(str(number))
    assert found.surface == f"{number}{unit}"


@given(DECIMALS)
def test_signs(number: object) -> None:
    for form in (f"-{number} ℃", f"−{number} ℃", f"零下{number}度", f"负{number}度", f"minus {number} °C"):
        found = only(f"启动温度为 {form}")
        assert isinstance(found.value, Measure)
        assert found.value.low == -Fraction(str(number))
        assert found.surface == form


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.sampled_from(["-", "~", "至", " 到 ", "—", " to "]))
def test_ranges(low: int, more: int, link: str) -> None:
    for form in (f"{low}{link}{low + more} mm", f"{low} mm{link}{low + more} mm"):
        found = only(form)
        assert isinstance(found.value, Measure)
        assert (found.value.low, found.value.high, found.bound) == (low, low + more, "between")


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("表-5", ["5"]),
        ("范围5-3 mm", ["5"]),
        ("12% to $3", ["12 %", "3 USD"]),
        ("5 and 10 mm", ["5", "10 mm"]),
        ("between 5 and 10 mm", ["5..10 mm"]),
        ("€3,45", ["69/20 EUR"]),
        ("$3.2M", ["3200000 USD"]),
        ("100±5%", ["≈100"]),
        ("5000 m到6 km", ["5..6 km"]),
        ("3天到5名", ["3 d", "5 名"]),
        ("US$20", ["20 USD"]),
        ("人民币三十元", ["30 CNY"]),
    ],
)
def test_signs_and_links(text: str, stated: list[str]) -> None:
    assert said(text) == stated


def test_nothing_where_nothing_begins() -> None:
    assert amount_at("三点", 1) is None
    assert amount_at("一名", 0) is None


@pytest.mark.parametrize("text", ["0:5", "8848:8848", "4:4:4", "0: 31930", "a:b"])
def test_what_is_no_ratio(text: str) -> None:
    assert ratio_at(text, 0) is None
