"""Terms of the index: one for every form of a quantity, and those of its parts."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.quantities import quantities, terms
from wenyuan.text.quantities.terms import written

from .figures import only


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,350,000元", ["#n:1350000", "#m:1350000CNY"]),
        ("135万元", ["#n:1350000", "#m:1350000CNY"]),
        ("2024年3月5日", ["#d:2024-03-05", "#d:2024-03", "#d:2024", "#d:--03-05"]),
        ("三月五号", ["#d:--03-05"]),
        ("2024年3月", ["#d:2024-03", "#d:2024"]),
        ("Q1 2024", ["#d:2024-Q1", "#d:2024"]),
        (
            "3/5/2024",
            ["#d:2024-03-05", "#d:2024-03", "#d:2024", "#d:--03-05", "#d:2024-05-03", "#d:2024-05", "#d:--05-03"],
        ),
        ("2019-2021年", ["#d:2019", "#d:2021"]),
        ("-20 ℃", ["#n:-20", "#q:-20°C"]),
        ("零下20度", ["#n:-20", "#q:-20°C"]),
        ("5 cm", ["#n:5", "#q:0.05m"]),
        ("百分之三十五", ["#n:35", "#p:35"]),
        ("1 GB", ["#n:1", "#q:1000000000B", "#q:1073741824B"]),
        ("36 km/h", ["#n:36", "#q:10m/s"]),
        ("5 元/吨", ["#n:5", "#m:0.005CNY/kg"]),
        ("2/3", ["#n:2/3"]),
        ("5-10 mm", ["#n:5", "#n:10", "#q:0.005m", "#q:0.01m"]),
        ("120块", ["#n:120"]),
        ("1.10", ["#n:1.1", "#v:1.10"]),
        ("v1.10", ["#v:1.10"]),
        ("138 0571 9922", ["#tel:13805719922"]),
        ("010-65529988-803", ["#tel:01065529988-803", "#tel:01065529988"]),
        ("PX-200", ["#c:px200"]),
        ("ISO 9001:2015", ["#c:iso9001:2015", "#c:iso9001"]),
        ("第十二条", ["#o:12", "#o:article12"]),
        ("12th", ["#o:12"]),
        ("三点半", ["#t:03:30", "#t:15:30"]),
        ("9:00-17:30", ["#t:09:00", "#t:17:30"]),
        ("1:3", ["#r:1:3"]),
        ("公元前221年", ["#d:-221"]),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(only(text)) == expected


@pytest.mark.parametrize(
    "forms",
    [
        ("1,350,000元", "1350000 元", "135万元", "一百三十五万元", "¥1,350,000", "１３５万元"),
        ("2024年3月5日", "2024-03-05", "二〇二四年三月五日", "5 March 2024"),
        ("35%", "百分之三十五", "35 percent", "３５％"),
        ("v1.10", "版本1.10", "1.10 版本"),
        ("第12条", "第十二条", "Article 12"),
    ],
)
def test_all_forms_have_the_same_terms(forms: tuple[str, ...]) -> None:
    assert len({tuple(terms(only(form))) for form in forms}) == 1


@given(st.text(st.sampled_from("0123456789一十百万年月日.:-/%kmGB元约 第条v"), max_size=30))
def test_terms_hold_no_blank_and_come_once(text: str) -> None:
    for quantity in quantities(text):
        found = terms(quantity)
        assert found
        assert len(set(found)) == len(found)
        assert all(term[0] == "#" and not set(term) & set(" \n\t") for term in found)


@given(st.fractions(max_denominator=10**6))
def test_a_number_is_written_exactly(value: Fraction) -> None:
    assert Fraction(written(value)) == value
