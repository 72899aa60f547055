"""A server of the protocol, in this process, asked by the official client in both of its ways."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from wenyuan.server.gate import Gate
from wenyuan.server.mcp.desks import Desks
from wenyuan.server.mcp.serving import Caller, Room, make_server
from wenyuan.server.mcp.tools import TOOLS
from wenyuan.types import Language

from .standing import PATIENCE, Slow, answer, broken, desks, hit

WAYS = pytest.mark.parametrize("way", ["legacy", "auto"])


def asked(
    way: str,
    work: Callable[[Client], Awaitable[Any]],
    at: Desks,
    *,
    language: Language = "en",
    seconds: float = PATIENCE,
    gone: Callable[[], Awaitable[object]] = anyio.sleep_forever,
) -> Any:
    async def run() -> Any:
        room = Room(
            Gate("questions", workers=2, waiting=64, patience=PATIENCE),
            Gate("looks", workers=2, waiting=64, patience=PATIENCE),
            seconds,
        )
        server = make_server(lambda _: Caller(at, language, gone), room)
        async with Client(server, mode=way) as client:
            return await work(client)

    try:
        return asyncio.run(run())
    except ExceptionGroup as several:  # the client's, around what it was told
        raise innermost(several) from None


def innermost(several: ExceptionGroup) -> Exception:
    first = several.exceptions[0]
    return innermost(first) if isinstance(first, ExceptionGroup) else first


def one(way: str, at: Desks, name: str, given: dict[str, Any], **options: Any) -> Any:
    return asked(way, lambda client: client.call_tool(name, given), at, **options)


@WAYS
def test_the_tools_are_listed_as_reading_only(way: str) -> None:
    tools = asked(way, lambda client: client.list_tools(), desks()).tools
    assert [tool.name for tool in tools] == [*TOOLS]
    for tool in tools:
        assert tool.annotations.read_only_hint
        assert not tool.annotations.destructive_hint
        assert tool.annotations.idempotent_hint
        assert not tool.annotations.open_world_hint
        assert tool.description
        assert tool.input_schema
        assert tool.output_schema


@WAYS
def test_a_reply_has_words_and_a_structure_that_the_client_accepts(way: str) -> None:
    result = one(way, desks(search={"query": "q", "hits": [hit()], "notes": []}), "search", {"question": "q"})
    assert not result.is_error
    assert result.structured_content["passages"][0]["page"] is None
    [words] = result.content
    assert words.text.startswith("Passages found in the knowledge base 'kb': 1.")


@WAYS
@pytest.mark.parametrize(
    ("question", "language", "said"),
    [
        ("泵", "en", "参数“limit”不符合要求"),
        ("pump", "zh", "The argument 'limit' does not fit"),
        ("12345", "zh", "参数“limit”不符合要求"),
        (12345, "en", "The argument"),
    ],
)
def test_a_failure_is_a_sentence_in_the_callers_language(way: str, question: Any, language: Any, said: str) -> None:
    result = one(way, desks(), "search", {"question": question, "limit": 99}, language=language)
    assert result.is_error
    assert result.structured_content is None
    assert said in result.content[0].text
    assert "\n" not in result.content[0].text


@WAYS
def test_what_the_desk_raises_is_a_failure_of_the_tool(way: str) -> None:
    result = one(way, desks(search=broken()), "search", {"question": "q"})
    assert (result.is_error, result.content[0].text) == (True, "It is broken; mend it.")


@WAYS
def test_a_tool_that_is_none_is_an_error_of_the_protocol(way: str) -> None:
    with pytest.raises(MCPError, match="There is no tool of this name; there are search, ask"):
        one(way, desks(), "delete_everything", {})


@WAYS
def test_a_defect_tells_nothing_of_itself(way: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL + 1), pytest.raises(MCPError) as raised:
        one(way, desks(search=RuntimeError("secret")), "search", {"question": "q"})
    assert raised.value.error.message == "The server failed at this; its log says more."


@WAYS
def test_time_is_limited(way: str) -> None:
    slow = Slow()
    result = one(way, desks(ask=lambda: slow), "ask", {"question": "q"}, seconds=0.2)
    assert result.is_error
    assert "longer than 0.2 s" in result.content[0].text
    assert slow.closed.is_set()


@WAYS
def test_a_call_that_is_cancelled_ends_its_work(way: str) -> None:
    slow = Slow()

    async def work(client: Client) -> Any:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "ask", {"question": "q"})
            await anyio.to_thread.run_sync(slow.begun.wait, PATIENCE)
            group.cancel_scope.cancel()
        assert await anyio.to_thread.run_sync(slow.closed.wait, PATIENCE)
        return await client.call_tool("read_span", {"document": "a/b.md"})  # it is not over with the rest

    assert not asked(way, work, desks(ask=lambda: slow)).is_error


@WAYS
def test_a_caller_who_is_gone_ends_the_work(way: str) -> None:
    slow = Slow()

    async def gone() -> None:
        await anyio.to_thread.run_sync(slow.begun.wait, PATIENCE)

    with pytest.raises(MCPError, match="cancelled"):
        one(way, desks(ask=lambda: slow), "ask", {"question": "q"}, gone=gone)
    assert slow.closed.is_set()


@WAYS
def test_calls_at_once_share_the_room(way: str) -> None:
    at_work, most, lock = 0, 0, threading.Lock()

    def reply() -> dict[str, Any]:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        threading.Event().wait(0.01)
        with lock:
            at_work -= 1
        return answer()

    async def work(client: Client) -> int:
        results: list[Any] = []

        async def call() -> None:
            results.append(await client.call_tool("ask", {"question": "q"}))

        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(call)
        return sum(not result.is_error for result in results)

    assert asked(way, work, desks(ask=reply)) == 20
    assert most == 2
