"""What of a conversation a question may lean on."""

from __future__ import annotations

from wenyuan.conversation.exchanges import leaned_on
from wenyuan.types import Message


def said(*turns: str) -> list[Message]:
    return [Message("assistant" if n % 2 else "user", turn) for n, turn in enumerate(turns)]


def kept(*turns: str) -> list[str]:
    return [message.content for message in leaned_on(said(*turns), lambda text: text.startswith("No source"))]


def test_courtesies_are_left_out_on_both_sides() -> None:
    assert kept("你好", "你好！", "Hi, what is a pump?", "A machine.", "Thanks!", "You're welcome.") == [
        "what is a pump?",
        "A machine.",
    ]


def test_what_else_the_assistant_says_to_a_greeting_stays() -> None:
    assert kept("Hello", "1. BR 2. Dumpling") == ["1. BR 2. Dumpling"]


def test_a_question_that_was_declined_is_left_out_with_its_refusal() -> None:
    turns = said("What is a pump?", "A machine.", "Who was Zeppelin?", "No source.\nThe nearest sections:\n- a.md")
    assert leaned_on(turns, lambda text: text.startswith("No source")) == turns[:2]
