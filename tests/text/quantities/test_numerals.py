"""Numbers in words and back: every number is read as it is written, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.quantities.numerals import chinese, english

FIGURES = "零一二三四五六七八九"
FORMAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ONES += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBERS = st.integers(0, 10**12 - 1) | st.integers(0, 12_000)


def in_chinese(number: int) -> str:
    for mark, big in (("亿", 10**8), ("万", 10**4)):
        if number >= big:
            head, rest = divmod(number, big)
            gap = "零" if rest and rest < big // 10 else ""
            return in_chinese(head) + mark + (gap + in_chinese(rest) if rest else "")
    written, gap = "", False
    for mark, place in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = number // place % 10
        if digit:
            written += ("零" if gap and written else "") + FIGURES[digit] + mark
        gap = not digit
    return written or "零"


def in_english(number: int) -> str:
    for word, big in (("trillion", 10**12), ("billion", 10**9), ("million", 10**6), ("thousand", 1000)):
        if number >= big:
            head, rest = divmod(number, big)
            return f"{in_english(head)} {word}" + (f" {'and ' if rest < 100 else ''}{in_english(rest)}" if rest else "")
    if number >= 100:
        rest = number % 100
        return f"{ONES[number // 100]} hundred" + (f" and {in_english(rest)}" if rest else "")
    if number >= 20:
        return TENS[number // 10 - 2] + (f"-{ONES[number % 10]}" if number % 10 else "")
    return ONES[number]


@given(NUMBERS)
def test_chinese_words_are_read_as_written(number: int) -> None:
    written = in_chinese(number)
    for form in (written, written.translate(FORMAL), written.replace("二千", "两千").replace("零", "〇")):
        words = chinese(form)
        assert words is not None, form
        assert words.value == number
        assert number % words.step == 0


@given(st.integers(0, 10**15 - 1) | st.integers(0, 12_000))
def test_english_words_are_read_as_written(number: int) -> None:
    written = in_english(number)
    for form in (written, written.upper(), written.replace("-", " "), written.replace(" and ", " ")):
        words = english(f"{form}.", 0)
        assert words is not None, form
        assert (words.value, words.length) == (number, len(form))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("十", 10),
        ("十二", 12),
        ("廿三", 23),
        ("卅", 30),
        ("一百十", 110),
        ("三百五", 350),
        ("三千五", 3500),
        ("一万二", 12_000),
        ("一万零二", 10_002),
        ("三亿五", 350_000_000),
        ("两千三", 2300),
        ("二〇二四", 2024),
        ("三万亿", 3 * 10**12),
        ("三点五万", 35_000),
    ],
)
def test_short_forms(written: str, value: int) -> None:
    words = chinese(written)
    assert words is not None
    assert words.value == value


@pytest.mark.parametrize("run", ["", "百", "万", "万一", "千万", "亿万", "十十", "百五", "三百二千", "一" * 31])
def test_what_is_no_number(run: str) -> None:
    assert chinese(run) is None


@pytest.mark.parametrize(
    ("text", "value", "read"),
    [
        ("five six", 5, "five"),
        ("one and two", 1, "one"),
        ("twenty twenty", 20, "twenty"),
        ("two dozen eggs", 24, "two dozen"),
        ("fifteen hundred", 1500, "fifteen hundred"),
        ("three million two hundred", 3_000_200, "three million two hundred"),
        ("one thousand million", 1000, "one thousand"),
    ],
)
def test_the_longest_number_is_read(text: str, value: int, read: str) -> None:
    words = english(text, 0)
    assert words is not None
    assert (words.value, text[: words.length]) == (value, read)


@pytest.mark.parametrize("text", ["", "a", "and", "twentyish", "onerous"])
def test_other_words_are_none(text: str) -> None:
    assert english(text, 0) is None
