"""What an English turn points at or leaves out."""

from __future__ import annotations

import pytest

from wenyuan.conversation.english import continues, gap, introduced, named, swapped


@pytest.mark.parametrize(
    ("turn", "filled"),
    [
        ("How long does it take?", "How long does jazz take?"),
        ("What are its symptoms?", "What are jazz's symptoms?"),
        ("What are the types?", "What are the types of jazz?"),
        ("Why?", "Why for jazz?"),
        ("this kind of pump?", "this jazz kind of pump?"),
        ("Is it possible to export?", "Is it possible to export of jazz?"),
        ("Did you know that it exists?", "Did you know that jazz exists?"),
    ],
)
def test_the_topic_takes_the_place_of_what_points_at_it(turn: str, filled: str) -> None:
    found = gap(turn)
    assert found is not None
    assert found.filled(turn, "jazz") == filled


@pytest.mark.parametrize(
    ("turn", "number"), [("Is it hard?", "one"), ("How big are they?", "many"), ("Is that hard?", None)]
)
def test_a_pronoun_has_a_number(turn: str, number: str | None) -> None:
    found = gap(turn)
    assert found is not None
    assert found.number == number


def test_a_place_and_what_the_whole_conversation_is_about() -> None:
    there, why, types = gap("How do I get there?"), gap("Why?"), gap("What are the types?")
    assert there is not None
    assert why is not None
    assert types is not None
    assert (there.place, why.place) == (True, False)
    assert (why.opening, types.opening) == (True, False)  # "the types" are those of what was said last


@pytest.mark.parametrize(
    "turn",
    [
        "What is Rock City, and why is it famous?",
        "Compare oak trees and pine trees.",
        "What is ketosis?",
        "Are there releases of TiDB?",
    ],
)
def test_a_turn_that_says_all_leaves_nothing_out(turn: str) -> None:
    assert gap(turn) is None


@pytest.mark.parametrize(
    ("turn", "new"),
    [("What about TiSpark?", "TiSpark"), ("And TiSpark?", "TiSpark"), ("And what is TiSpark?", None), ("Why?", None)],
)
def test_what_a_turn_asks_about_instead(turn: str, new: str | None) -> None:
    assert swapped(turn) == new


@pytest.mark.parametrize(
    ("turn", "new"),
    [
        ("What is ketosis?", "ketosis"),
        ("Tell me about lung cancer.", "lung cancer"),
        ("What are the advantages of jazz?", "jazz"),
        ("What is jazz and why is it famous?", "jazz"),
        ("Tell me more about the pump", None),  # "the" pump is known
        ("How long?", None),
    ],
)
def test_what_a_turn_introduces(turn: str, new: str | None) -> None:
    assert introduced(turn) == new


@pytest.mark.parametrize(("turn", "goes_on"), [("So what?", True), ("back to TiDB", True), ("Sooner or later", False)])
def test_a_turn_may_say_that_it_goes_on(turn: str, goes_on: bool) -> None:
    assert continues(turn) == goes_on


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        ("What is the maximum severance pay?", {"sever"}),
        ("Who approves travel expenses?", {"approv", "travel", "expens"}),
        ("What is the notice period?", {"notic"}),
        ("What are the advantages?", set()),
        ("What is the maximum weight?", set()),
        ("How do we apply?", set()),
    ],
)
def test_what_a_turn_names_itself(turn: str, words: set[str]) -> None:
    assert named(turn) == words
