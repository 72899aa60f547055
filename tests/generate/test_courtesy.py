"""A courtesy is returned in its language."""

from __future__ import annotations

import pytest

from wenyuan.generate import is_returned, returned
from wenyuan.types import Decision
from wenyuan.understand import understand


@pytest.mark.parametrize(
    ("turn", "word"),
    [
        ("谢谢！", "不客气"),
        ("Thanks!", "welcome"),
        ("謝謝", "不客气"),
        ("你好", "你好"),
        ("hi", "Hello"),
        ("再见", "再见"),
        ("exit", "Goodbye"),
        ("明白了", "好的"),
        ("got it", "All right"),
    ],
)
def test_a_courtesy_is_returned_in_its_language(turn: str, word: str) -> None:
    answer = returned(understand(turn))
    assert answer is not None
    assert word in answer.text
    assert (answer.decision, answer.citations) == (Decision.REPLIED, ())
    assert not answer.text.endswith(("?", "？"))
    assert is_returned(answer.text)


def test_a_question_is_not_answered_with_one() -> None:
    assert returned(understand("Hi, how do I reset it?")) is None
    assert not is_returned("The warranty lasts two years. [1]")
