"""Quantities in running text: what is found, where, and that nothing else is."""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wenyuan.text.quantities import Measure, compare, quantities

from .figures import line, only, said

ROWS = (Path(__file__).parent / "cases.txt").read_text("utf-8").splitlines()
CASES = [
    (text, [] if stated.endswith("→ nothing") else stated.removeprefix("    → ").split(" ; "))
    for text, stated in pairwise(ROWS)
    if stated.startswith("    → ")
]
# What numbers, units and the marks around them are made of.
CHARACTERS = (
    "0123456789一二两三四五十百千万亿零几数半第条年月日号点时分秒天个名元角到至约近%℃度.,:-~—/()[]# \n·x×±+$¥€½①"
)
WORDS = "2024|1.2|10:30|不超过|以上|GB|km/h|March | to | and |between |one |twenty-|hundred |PX-"
MORE_WORDS = "v1.|Q1 |\u200b|１|萬|之|下午|章|http://|百分之|三分之|公元前|ISO |GB/T |+86 "
MORE_WORDS += "|138|0571-|电话|版本| 版|e5|^3|²|10³|K|M|B|\ud800|𝟗|٣|，"
PIECES = st.sampled_from([*CHARACTERS, *WORDS.split("|"), *MORE_WORDS.split("|")])
MIXTURES = st.lists(PIECES, max_size=16).map("".join)
HOSTILE = (
    *(
        "1",
        "一",
        "二",
        "半",
        "第",
        "壹",
        "万",
        "几",
        "数十",
        "1,",
        "1.",
        "1-",
        "1 ",
        "1:",
        "1/",
        "1_",
        "1e5",
        "12:",
        "1到",
    ),
    *(
        "a1",
        "a-",
        "a.1",
        "[1",
        "(",
        "<",
        "$",
        "@1",
        "0x",
        "Q1",
        "2024年",
        "1天1小时",
        "one ",
        "twenty-",
        "March ",
        ",000",
    ),
    *("1\u200b", "http://1", ":12", "1.1.1.1/", "1x", "三点", " ", "\n1."),
)


def test_there_are_cases_enough() -> None:
    assert sum(len(stated) or 1 for _, stated in CASES) > 400


@pytest.mark.parametrize(("text", "stated"), CASES, ids=[text[:40] for text, _ in CASES])
def test_a_case(text: str, stated: list[str]) -> None:
    assert said(text) == stated


@settings(max_examples=300)
@given(st.text() | MIXTURES)
@example("\ud800 5 km")
@example("²³¼½①５٣")
@example("三")
@example("第9\n")
@example("-\n71")
def test_any_text_has_disjoint_spans_in_order(text: str) -> None:
    found = quantities(text)
    assert all(text[each.start : each.end] == each.surface for each in found)
    assert all(each.surface.strip() == each.surface != "" for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(compare(each, each) == "same" for each in found)
    assert all(compare(one, other) == compare(other, one) for one in found for other in found)


@given(MIXTURES)
def test_it_is_the_same_in_full_width(text: str) -> None:
    wide = "".join(chr(ord(each) + 0xFEE0) if "0" <= each <= "9" or each == "%" else each for each in text)
    assert [line(each) for each in quantities(wide)] == [line(each) for each in quantities(text)]


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_time_is_linear_in_the_text(piece: str) -> None:
    def taken(length: int) -> float:
        text = piece * (length // len(piece))
        begun = time.process_time()
        quantities(text)
        return time.process_time() - begun

    taken(1_000)
    # Ten times the text in thirty times the time at most, the clock being coarse; a square would take a hundred.
    assert taken(30_000) < 30 * taken(3_000) + 0.1


@pytest.mark.parametrize("digits", ["9" * 100_000, "一" * 100_000, "1" + ",000" * 30_000, "0." + "3" * 100_000])
def test_numbers_longer_than_any_document_holds_are_none(digits: str) -> None:
    assert said(f"共 {digits} 件") == []


@pytest.mark.parametrize("blank", ["", "\u200b", "\u00ad", "\ufeff"])
def test_invisible_characters_stay_in_the_surface(blank: str) -> None:
    found = only(f"金额{blank}1{blank},{blank}350,0{blank}00{blank}元整。")
    assert found.surface == f"1{blank},{blank}350,0{blank}00{blank}元整"
    assert isinstance(found.value, Measure)
    assert found.value.low == 1_350_000


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("兩萬零八戶", "两万零八户"),
        ("時間約三點半", "时间约三点半"),
        ("罰款壹萬圓", "罚款壹万元"),
        ("歐元50億", "欧元50亿"),
        ("第十二條", "第十二条"),
        ("不滿十八週歲", "不满十八周岁"),
    ],
)
def test_traditional_characters(traditional: str, simplified: str) -> None:
    assert said(traditional) == said(simplified) != []


def test_forms_of_one_text_agree() -> None:
    composed = "２０２４年３月５日，金額１，３５０，０００元，溫度−２０℃"
    plain = unicodedata.normalize("NFKC", composed).replace("額", "额").replace("−", "-")
    assert said(composed) == said(plain) == ["2024-03-05", "1350000 CNY", "-20 °C"]
