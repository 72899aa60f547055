"""Where quantities may begin, and the marks and words that are none."""

from __future__ import annotations

import pytest

from wenyuan.text.quantities.candidates import candidates, marker_end, not_number_end, not_numbers


def test_places_in_order_and_in_which_language() -> None:
    text = "约三天，5 km, twenty or May 5"
    assert [(text[at], spelt) for at, spelt in candidates(text)] == [
        ("三", False),
        ("5", False),
        ("t", True),
        ("M", True),
        ("5", False),
    ]


def test_one_goes_on_behind_what_was_found() -> None:
    places = candidates("12345 67")
    assert next(places) == (0, False)
    assert places.send(5) == (6, False)


def test_an_address_holds_nothing_but_its_port() -> None:
    text = "见https://a.b/2024/05/1?x=2，或http://localhost:8080/v1，共3名"
    assert [text[at] for at, _ in candidates(text)] == ["8", "3"]


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("1. 打开", "1."),
        ("  2) 关闭", "2)"),
        ("（3）检查", "3）"),
        ("> 4. 说明", "4."),
        ("## 3.2 安装", "3.2"),
        ("3.2.1 系统要求", "3.2.1"),
        ("- 5. item", "5."),
        ("一、总则", "一、"),
        ("见[2,3]。", "2,3]"),
        ("见[^4]。", "4]"),
        ("&#8212;", "8212;"),
        ("#3fa9f5", "3fa9f5"),
        ("步骤：1) 打开", "1)"),
    ],
)
def test_marks_that_are_no_numbers(text: str, marker: str) -> None:
    at = text.index(marker)
    assert text[at : marker_end(text, at)] == marker


@pytest.mark.parametrize(
    "text", ["1.5 GB", "2024年", "3 台", "8.5及以上", "[5](x)", "（uint，默认 5） 设", "bigint(64) ", "2.5倍"]
)
def test_numbers_that_look_like_marks(text: str) -> None:
    at = next(at for at, character in enumerate(text) if character.isdigit())
    assert marker_end(text, at) == 0


@pytest.mark.parametrize(
    ("text", "number", "word"),
    [
        ("十分重要", "十分", "十分"),
        ("统一天数", "一天", "统一天"),
        ("有一天", "一天", "有一天"),
        ("三角形", "三角", "三角形"),
        ("五台山", "五台", "五台山"),
    ],
)
def test_words_that_hold_a_numeral(text: str, number: str, word: str) -> None:
    at = text.index(number)
    assert not_number_end(text, at, at + len(number)) == text.index(word) + len(word)


@pytest.mark.parametrize("text", ["十分钟", "三天", "五台电脑", "一点五倍"])
def test_longer_numbers_are_no_such_words(text: str) -> None:
    assert not_number_end(text, 0, len(text)) == 0


def test_the_list_holds_words_with_numerals_each() -> None:
    assert len(not_numbers()) > 300
    assert all(set(word) & set("零一二两三四五六七八九十百千万亿半几数") for word in not_numbers())
