"""What the window of a model leaves for sources."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.errors import WrongUse
from wenyuan.prompt.budget import context_budget, prompt_tokens
from wenyuan.types import Message, ToolCall, ToolSchema


def characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def test_the_budget_is_what_the_window_leaves() -> None:
    messages = (Message("system", "s" * 100), Message("user", "u" * 92))
    tool = ToolSchema("search", "d" * 50, {"type": "object"})
    bare = context_budget(4096, characters, reply=96, messages=messages)
    assert bare == 3800 - 192 - 16
    with_tool = context_budget(4096, characters, reply=96, messages=messages, tools=(tool,), sources=2)
    assert with_tool == bare - prompt_tokens((), (tool,), characters) - 2 * 64
    assert prompt_tokens((), (tool,), characters) > 50


def test_calls_and_reasoning_count() -> None:
    message = Message("assistant", "a", calls=(ToolCall("1", "f", "{1234567}"),), reasoning="bbbb")
    assert prompt_tokens((message,), (), characters) == 1 + 4 + 10 + 3 * 8


@pytest.mark.parametrize("window", [0, 100, 500, 600])
def test_a_window_without_room_is_refused_with_its_parts(window: int) -> None:
    with pytest.raises(WrongUse, match=f"{window} tokens.*500 for the reply.*larger window"):
        context_budget(window, characters, reply=500, messages=(Message("user", "x" * 100),))


@given(window=st.integers(0, 10_000), reply=st.integers(0, 5000), sources=st.integers(0, 50))
def test_the_budget_is_never_less_than_one(window: int, reply: int, sources: int) -> None:
    try:
        budget = context_budget(window, characters, reply=reply, sources=sources)
    except WrongUse:
        return
    assert 1 <= budget <= window - reply
