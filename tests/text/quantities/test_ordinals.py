"""Numbers of articles, figures, floors: what is numbered, and its number."""

from __future__ import annotations

import re

import pytest

from wenyuan.text.quantities.ordinals import ORDINAL_WORDS, ordinal_at


@pytest.mark.parametrize(
    ("text", "at", "noun", "number"),
    [
        ("第十二条", 0, "article", "12"),
        ("第12条", 0, "article", "12"),
        ("第 12 条", 0, "article", "12"),
        ("第3.2节", 0, "section", "3.2"),
        ("第一百二十条之一", 0, "article", "120-1"),
        ("第三款", 0, "paragraph", "3"),
        ("第5", 0, "", "5"),
        ("Article 12", 8, "article", "12"),
        ("Articles 12", 9, "article", "12"),
        ("Fig. 3", 5, "figure", "3"),
        ("Section 3.2", 8, "section", "3.2"),
        ("No. 5", 4, "number", "5"),
        ("No.5", 3, "number", "5"),
        ("表3-1", 1, "table", "3-1"),
        ("12th", 0, "", "12"),
        ("22nd floor", 0, "floor", "22"),
        ("fourth edition", 0, "edition", "4"),
        ("101号", 0, "number", "101"),
    ],
)
def test_forms(text: str, at: int, noun: str, number: str) -> None:
    found = ordinal_at(text, at)
    assert found is not None
    assert (found[0], found[1].family, found[1].text, found[2], found[3]) == ("ordinal", noun, number, 0, len(text))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("第一", 0),
        ("第三方", 0),
        ("第一时间", 0),
        ("no 5", 3),
        ("-P4000", 2),
        ("second time", 0),
        ("first, of", 0),
        ("page 12%", 5),
        ("5", 0),
        ("3 days", 0),
    ],
)
def test_what_is_none(text: str, at: int) -> None:
    assert ordinal_at(text, at) is None


def test_words_of_ordinals_are_alternatives_of_a_pattern() -> None:
    assert re.fullmatch(ORDINAL_WORDS, "third")
