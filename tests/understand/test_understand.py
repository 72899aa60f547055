"""A raw question becomes a query."""

from __future__ import annotations

import pytest

from wenyuan.errors import WrongUse
from wenyuan.types import Condition
from wenyuan.understand import understand


@pytest.mark.parametrize(
    ("text", "normalised", "language"),
    [
        ("  ＰＰＲ－９０８７　保修多久？\n", "PPR-9087 保修多久?", "zh"),
        ("How\u00a0do I\u200b reset?", "How do I reset?", "en"),
        ("軟體授權", "軟體授權", "zh"),
        ("😀", "😀", "en"),
    ],
)
def test_normal_form_and_language(text: str, normalised: str, language: str) -> None:
    query = understand(text)
    assert (query.text, query.normalised, query.language) == (text, normalised, language)


def test_the_filter_goes_along() -> None:
    condition = Condition("type", "eq", "pdf")
    assert understand("x", condition).filter == condition
    assert understand("x").filter is None


@pytest.mark.parametrize("text", ["", "   ", "\n\t\u3000", "\u200b\ufeff"])
def test_a_question_without_a_visible_character_is_wrong_use(text: str) -> None:
    with pytest.raises(WrongUse, match="empty"):
        understand(text)


def test_what_asks_nothing_is_marked() -> None:
    assert understand("谢谢啦！").courtesy == "thanks"
    assert understand("Good morning").courtesy == "greeting"
    assert understand("exit").courtesy == "goodbye"
    assert understand("What is the warranty?").courtesy is None


def test_a_greeting_before_a_question_is_left_out() -> None:
    query = understand("Hi, how long is the warranty? Thanks!")
    assert (query.text, query.normalised, query.courtesy) == (
        "Hi, how long is the warranty? Thanks!",
        "how long is the warranty?",
        None,
    )
