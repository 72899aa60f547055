"""Fields of a completion in the spellings of its servers, and characters that come in halves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.chat.deltas import Characters, finish_of, parts_of, usage_of
from wenyuan.types import Usage


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", "stop"),
        (" EOS ", "stop"),
        ("max_tokens", "length"),
        ("function_call", "tool_calls"),
        ("SAFETY", "content_filter"),
        ("because", "unknown"),
        ("abort", None),
        ("insufficient_system_resource", None),
    ],
)
def test_a_finish_reason_in_our_words(reason: str, finish: str | None) -> None:
    assert finish_of(reason) == finish


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ({}, []),
        ({"content": None}, []),
        ({"content": ""}, []),
        ({"content": "好"}, [("text", "好")]),
        ({"content": {"text": "好"}}, [("text", "好")]),
        ({"content": 7}, None),
        ({"content": ["a", "", {"type": "text", "text": "b"}, {"text": "c"}]}, [("text", t) for t in "abc"]),
        (
            {"content": [{"type": "output_text", "text": ""}, {"type": "image_url"}, 7]},
            [("unknown", "image_url"), ("unknown", "int")],
        ),
        (
            {"content": [{"type": "thinking", "thinking": [{"text": "想"}, "着"]}]},
            [("reasoning", "想"), ("reasoning", "着")],
        ),
        ({"content": [{"type": "refusal", "refusal": "no"}]}, [("refusal", "no")]),
        ({"refusal": "no", "content": "x", "thinking": "想"}, [("reasoning", "想"), ("text", "x"), ("refusal", "no")]),
        ({"reasoning_content": "", "reasoning": "想"}, [("reasoning", "想")]),
        ({"reasoning_content": "想", "reasoning": "想"}, [("reasoning", "想")]),
        ({"reasoning_content": ""}, [("reasoning", "")]),
    ],
)
def test_the_parts_of_a_message_are_in_order_and_read_once(
    message: dict[str, Any], parts: list[tuple[str, str]] | None
) -> None:
    assert parts_of(message) == parts


@pytest.mark.parametrize(
    ("before", "found", "after"),
    [
        (Usage(), {"prompt_tokens": 9, "completion_tokens": 1}, Usage(9, 1)),
        (Usage(), {"input_tokens": 9, "output_tokens": 1}, Usage(9, 1)),
        (Usage(9, 1), {"prompt_tokens": 9, "completion_tokens": 4}, Usage(9, 4)),
        (Usage(9, 4), {"prompt_tokens": 0, "completion_tokens": 0}, Usage(9, 4)),
        (Usage(9, 4), {"prompt_tokens": -1, "completion_tokens": True}, Usage(9, 4)),
        (Usage(9, 4), None, Usage(9, 4)),
    ],
)
def test_counts_grow_and_are_never_added_up(before: Usage, found: object, after: Usage) -> None:
    assert usage_of(before, found) == after


def halves(text: str) -> list[str]:
    """The UTF-16 units of a text, each a string of its own, as JSON escapes write them."""
    data = text.encode("utf-16-le")
    return [data[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(data), 2)]


@given(st.text(max_size=20))
def test_characters_are_whole_however_their_halves_come(text: str) -> None:
    characters = Characters()
    joined = [characters.join(unit) for unit in halves(text)]
    assert None not in joined
    assert "".join(filter(None, joined)) == text
    assert characters.pending == ""


def test_half_a_character_is_held_back_and_never_let_through() -> None:
    characters = Characters()
    assert characters.join("a\ud83d") == "a"
    assert characters.pending == "\ud83d"
    assert characters.join("b") is None
    assert Characters().join("\ude00") is None
