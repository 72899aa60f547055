"""A model that may look things up does not give up before it has."""

from __future__ import annotations

import anyio
import pytest

from scripted import scripted
from wenyuan.tools.persistence import Persistent
from wenyuan.types import Message, Piece, Reply, Request, TextDelta, ToolCall, ToolSchema, Usage

TOOL = ToolSchema("search_knowledge", "Search.", {"type": "object"})
ASKED = Request((Message("user", "q"),), (TOOL,))
CALL = ToolCall("1", "search_knowledge", "{}")


def ask(model: Persistent, request: Request = ASKED) -> list[Piece]:
    async def run() -> list[Piece]:
        return [piece async for piece in model.stream(request)]

    return anyio.run(run)


def refusal(text: str = "INSUFFICIENT") -> list[Piece]:
    return [*map(TextDelta, [text[:5], text[5:]]), Reply(text, usage=Usage(10, 1))]


def test_a_refusal_is_asked_again_with_a_call_demanded_and_never_seen() -> None:
    model = scripted(refusal(), Reply("", (CALL,), "tool_calls", usage=Usage(10, 5)))
    assert ask(Persistent(model)) == [Reply("", (CALL,), "tool_calls", usage=Usage(20, 6))]
    assert [request.choice for request in model.requests] == ["auto", "required"]


@pytest.mark.parametrize("text", ["Two years [1].", "In short: two years.", "INSUFFICIENT FUNDS are refused."])
def test_an_answer_passes_as_it_is(text: str) -> None:
    model = scripted([*map(TextDelta, text), Reply(text)])
    pieces = ask(Persistent(model))
    assert "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)) == text
    assert pieces[-1] == Reply(text)
    assert len(model.requests) == 1


def test_after_a_search_a_refusal_is_one() -> None:
    model = scripted(refusal())
    searched = (Message("user", "q"), Message("assistant", "", (CALL,)), Message("tool", "Nothing.", call_id="1"))
    pieces = ask(Persistent(model), Request(searched, (TOOL,)))
    assert pieces[-1].text == "INSUFFICIENT"
    assert len(model.requests) == 1


def test_without_functions_nothing_is_demanded() -> None:
    model = scripted(refusal())
    assert ask(Persistent(model), Request(ASKED.messages))[-1].text == "INSUFFICIENT"
    assert len(model.requests) == 1
