"""What a conversation is about."""

from __future__ import annotations

import pytest

from wenyuan.conversation.topics import topics
from wenyuan.types import Message


def about(*turns: str, floor: float = 0.5) -> list[str]:
    """Topics of turns of the user and the assistant, one after the other."""
    history = [Message("assistant" if n % 2 else "user", turn) for n, turn in enumerate(turns)]
    return [topic.phrase.text for topic in topics(history, floor)]


def test_a_name_leads_a_noun_and_each_comes_once() -> None:
    assert about("PX-200 水泵的保修期是多久?", "PX-200 水泵的保修期为两年。")[:2] == ["PX-200 水泵", "保修期"]


def test_what_a_turn_is_there_to_introduce_leads() -> None:
    assert about("What is throat cancer?", "A disease of the throat.")[0] == "throat cancer"


def test_a_new_topic_leads_an_old_one_and_a_turn_that_asks_on_brings_none() -> None:
    turns = ["What is TiDB?", "A database.", "Tell me about Oracle.", "Another."]
    assert about(*turns)[0] == "Oracle"
    assert about(*turns, "Is it fast?", "Sometimes.")[0] == "Oracle"


def test_what_opened_the_conversation_keeps_its_floor() -> None:
    turns = ["Tell me about TiDB.", "…"]
    for name in ("Oracle", "Postgres", "Redis"):
        turns += [f"Tell me about {name}.", "…"]
    assert about(*turns)[0] == "Redis"
    assert about(*turns, floor=5.0)[0] == "TiDB"


def test_a_part_stands_for_the_whole_where_words_have_clear_bounds() -> None:
    assert about("Tell me about the US Electoral College.", "The College is legal.") == [
        "US Electoral College",
        "legal",
    ]


@pytest.mark.parametrize(("turn", "place"), [("What is worth seeing in Tokyo?", True), ("What is Tokyo?", False)])
def test_a_place_is_named_as_one(turn: str, place: bool) -> None:
    [found] = [topic for topic in topics([Message("user", turn)]) if topic.phrase.text == "Tokyo"]
    assert found.place == place


def test_no_history_is_about_nothing() -> None:
    assert topics([]) == []
    assert topics([Message("user", "Why?")]) == []
