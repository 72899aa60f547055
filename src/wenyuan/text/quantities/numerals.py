"""Numbers in words → their values: 一百二十, 三千五, 两万零八, 二〇二四; twenty-four, one hundred and five.

Everything is bounded: a run that is longer than any number in a document is none.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

HAN_DIGITS = "零〇一二两三四五六七八九"
HAN_NUMERALS = f"{HAN_DIGITS}十百千万亿廿卅几数"
FORMAL = "壹贰叁肆伍陆柒捌玖拾佰仟"
LONGEST = 30  # characters of a number in Chinese words, and digits of one in figures

_VALUE = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "": 0}
_TO_PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")
_SECTION = re.compile(
    r"(?:([一二两三四五六七八九])千)?(零?)(?:([一二两三四五六七八九])百)?(零?)(?:([一二两三四五六七八九]?)十)?(零?)([一二两三四五六七八九]?)"
)
_FIGURES = re.compile(f"[{HAN_DIGITS.replace('两', '')}]{{2,}}")


class Words(NamedTuple):
    """The value of a number in words, what one in its last place stands for, and how many characters it takes."""

    value: Fraction
    step: Fraction
    length: int


def chinese(run: str) -> Words | None:
    """The value of a whole run of Chinese numerals, also with 点; None where it is no number."""
    if not run or len(run) > LONGEST:
        return None
    plain = run.translate(_TO_PLAIN).replace("廿", "二十").replace("卅", "三十")
    whole, point, rest = plain.partition("点")
    scale = len(rest) - len(rest.rstrip("万亿"))
    figures, big = (rest[:-scale], rest[-scale:]) if scale else (rest, "")
    value = _figures(whole) if _FIGURES.fullmatch(whole) else _whole(whole)
    if value is None or (point and not (figures and all(figure in _VALUE for figure in figures))):
        return None
    factor = {"": 1, "万": 10**4, "亿": 10**8, "万亿": 10**12}.get(big)
    if factor is None:
        return None
    number, step = Fraction(value[0]), Fraction(value[1])
    if point:
        step = Fraction(1, 10 ** len(figures))
        number += int("".join(str(_VALUE[figure]) for figure in figures)) * step
    return Words(number * factor, step * factor, len(run))


def _figures(run: str) -> tuple[int, int]:
    """二〇二四: digits in a row."""
    return int("".join(str(_VALUE[figure]) for figure in run)), 1


def _whole(run: str) -> tuple[int, int] | None:
    """A number with 万 and 亿 → its value and step; 一万二 is 12000, 一万零二 is 10002."""
    for mark, big in (("亿", 10**8), ("万", 10**4)):
        head, found, tail = run.rpartition(mark)
        if not found:
            continue
        first = _whole(head)
        if first is None:
            return None
        if not tail:
            return first[0] * big, first[1] * big
        rest = _whole(tail.removeprefix("零"))
        if rest is None or rest[0] >= big:
            return None
        shortened = len(tail) == 1 and tail in _VALUE
        return first[0] * big + rest[0] * (big // 10 if shortened else 1), big // 10 if shortened else rest[1]
    return _section(run)


def _section(run: str) -> tuple[int, int] | None:
    """A number below 10,000; 三百五 is 350."""
    if run in ("零", "〇"):
        return 0, 1
    match = _SECTION.fullmatch(run.replace("〇", "零"))
    if not match or not run:
        return None
    thousands, _, hundreds, _, tens, blank, ones = match.groups()
    value = 1000 * _VALUE[thousands or ""] + 100 * _VALUE[hundreds or ""]
    if tens is not None:
        value += 10 * (_VALUE[tens] or 1)
    elif ones and not blank and not match[4] and (hundreds or (thousands and not match[2])):
        place = 10 if hundreds else 100
        return value + place * _VALUE[ones], place
    step = 1 if ones else 10 if tens is not None else 100 if hundreds else 1000 if thousands else 1
    return value + _VALUE[ones or ""], step


_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_SMALL = {word: value for value, word in enumerate((*_ONES, *_TEENS))}
_DECADES = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS = {word: 10 * tens for tens, word in enumerate(_DECADES, 2)}
_BIG = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
ENGLISH = "|".join([*_SMALL, *_TENS, "hundred", *_BIG, "dozen"])
"""The words that English numbers are made of, as alternatives of a pattern."""

_WORD = re.compile(rf"(and[ -])?({ENGLISH})(?![A-Za-z])[ -]?", re.IGNORECASE)
_MOST_WORDS = 32


def english(text: str, at: int) -> Words | None:
    """The longest number in English words that begins at a place; the article of "a hundred" stands before it."""
    total = group = words = 0
    smallest, last, end = 10**15, "", at
    place = at
    while words < _MOST_WORDS and (match := _WORD.match(text, place)):
        word = match[2].lower()
        if match[1] and last not in ("hundred", *_BIG):
            break
        if word in _BIG:
            if _BIG[word] >= smallest or (words and not group):
                break
            smallest = _BIG[word]
            total, group = total + (group or 1) * smallest, 0
        elif (joined := _joined(group, last, word, words)) is not None:
            group = joined
        else:
            break
        words, last, end, place = words + 1, word, match.end(2), match.end()
    if not words:
        return None
    step = _BIG.get(last) or {"hundred": 100, "dozen": 12}.get(last, 1)
    return Words(Fraction(total + group), Fraction(step), end - at)


def _joined(group: int, last: str, word: str, words: int) -> int | None:
    """What a word below a thousand makes of the hundreds, tens and ones before it; None if it begins anew."""
    if word in ("hundred", "dozen"):
        times = 100 if word == "hundred" else 12
        return (group or 1) * times if group < 100 and last not in _BIG and last != "dozen" else None
    value = _SMALL.get(word, _TENS.get(word, 0))
    after_tens = last in _TENS and 0 < value < 10
    begins = not words or last == "hundred" or last in _BIG
    return group + value if after_tens or (begins and (value or not words)) else None
