"""Drawing tasks, asking a scripted model, and the shares."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from wenyuan.errors import EndpointError
from wenyuan.evaluate.tool_bench import ask_all, draw, tally
from wenyuan.evaluate.tool_calls import ExpectedCall
from wenyuan.evaluate.tool_tasks import ToolTask
from wenyuan.types import Message, Piece, Reply, Request, TextDelta, ToolCall, ToolSchema


class Scripted:
    """A model that says what it is told to, in order; an error is raised."""

    id, window = "scripted", 4096

    def __init__(self, *replies: Reply | EndpointError | None) -> None:
        self.replies = list(replies)
        self.asked: list[Request] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        self.asked.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, EndpointError):
            raise reply
        yield TextDelta("")
        if reply is not None:
            yield reply


def task(category: str = "c", language: str = "en", *expected: ExpectedCall) -> ToolTask:
    tools = (ToolSchema("f", "", {"type": "object", "properties": {"x": {"type": "integer"}}}),)
    return ToolTask("t", category, language, (Message("user", "?"),), tools, expected)


def test_drawing_takes_so_many_of_each_category_and_language_the_same_for_a_seed() -> None:
    tasks = [task(category, language) for category in "ab" for language in ("zh", "en") for _ in range(5)]
    drawn = draw(tasks, 2, seed=1)
    assert [(each.category, each.language) for each in drawn] == [
        (category, language) for category in "ab" for language in ("zh", "en") for _ in range(2)
    ]
    assert draw(tasks, 2, seed=1) == drawn
    assert draw(tasks, None) == draw(tasks, 9) == tasks


def test_the_model_is_asked_and_judged() -> None:
    right = ToolCall("1", "f", '{"x": 1}')
    model = Scripted(
        Reply("", (right,), "tool_calls"),
        Reply("no"),
        Reply("", (right,), "length"),
        EndpointError("It cannot.", "rejected"),
        None,
    )
    seen: list[tuple[int, int]] = []
    tasks = [task("c", "en", ExpectedCall("f", {"x": [1]}))] * 5
    outcomes = asyncio.run(ask_all(model, tasks, lambda done, of: seen.append((done, of))))
    assert [each.mistake for each in outcomes] == [
        None,
        "0 calls where 1 are right",
        "the reply is cut off",
        "It cannot.",
        "scripted ended without a reply; ask again.",
    ]
    assert seen == [(n, 5) for n in range(1, 6)]
    assert model.asked[0].tools == tasks[0].tools


def test_an_endpoint_that_does_not_reply_ends_the_bench() -> None:
    model = Scripted(EndpointError("Nobody there.", "connect"))
    with pytest.raises(EndpointError, match="Nobody"):
        asyncio.run(ask_all(model, [task()]))


def test_shares_come_with_intervals_and_with_what_needs_no_model() -> None:
    call = ToolCall("1", "f", '{"x": 1}')
    tasks = [task("call", "en", ExpectedCall("f", {"x": [1]})), task("call", "en", ExpectedCall("f", {"x": ["", 2]}))]
    tasks += [task("none", "en"), task("none", "zh")]
    model = Scripted(*[Reply("", (call,))] * 2, Reply("hi"), Reply("", (call,)))
    lines = tally(asyncio.run(ask_all(model, tasks)))
    assert [(line.category, line.language, line.n, line.right) for line in lines] == [
        ("call", "en", 2, 0.5),
        ("none", "en", 1, 1.0),
        ("none", "zh", 1, 0.0),
        ("all", "en", 3, 2 / 3),
        ("all", "zh", 1, 0.0),
    ]
    assert [(line.never, line.first) for line in lines[:3]] == [(0.0, 0.5), (1.0, 0.0), (1.0, 0.0)]
    assert all(0 <= line.low <= line.right <= line.high <= 1 for line in lines)
