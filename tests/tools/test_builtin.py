"""The tools that come along."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from scripted import calls, scripted
from wenyuan.tools import Tool, Toolbox, ToolError
from wenyuan.tools.builtin import Numbering, calculate, current_time, get_document_span, search_knowledge
from wenyuan.tools.loop import ToolRun, run
from wenyuan.types import Mark, Message, Reply, Request, Source


def source(n: int, document: str, text: str, start: int = 0, marks: tuple[Mark, ...] = (Mark(0, 4),)) -> Source:
    end = start + len(text)
    return Source(n, document, document.upper(), text, start, end, ("保养",), 1.0, (n,), "型号 | 价格", marks)


def told(tool: Tool, **arguments: Any) -> str:
    model = scripted(calls((tool.wire_name, json.dumps(arguments))), Reply("."))

    async def go() -> str:
        async for event in run(model, [Message("user", "?")], Toolbox([tool])):
            if isinstance(event, ToolRun):
                assert event.results[0].executed, event.results[0].content
                return event.results[0].content
        raise AssertionError

    return anyio.run(go)


def test_calculate() -> None:
    assert told(calculate, expression="1280 * 15%") == "192"
    assert "can calculate" in told(calculate, expression="exit()")
    assert calculate.readonly


def test_the_time_is_told_with_zone_and_weekday() -> None:
    tool = current_time(lambda: 1_767_225_600.0, "Asia/Shanghai")
    assert told(tool) == "2026-01-01 08:00:00 Thursday, Asia/Shanghai (UTC+0800)"
    assert told(tool, zone="America/New_York").startswith("2025-12-31 19:00:00 Wednesday, America/New_York (UTC-0500)")
    for zone in ("Mars/Phobos", "../../etc/passwd", "Asia", "", "a\0b"):
        assert "no time zone" in told(tool, zone=zone)
    with pytest.raises(ToolError):
        current_time(zone="Nowhere")


def searching(query: str, k: int) -> list[Source]:
    return [source(at, f"{query}.md", "滤芯每月清洗。", 100 * at) for at in range(1, k + 1)]


async def searching_later(query: str, k: int) -> list[Source]:
    return searching(query, k)


@pytest.mark.parametrize("search", [searching, searching_later])
def test_what_is_found_is_numbered_after_the_context(search: Callable[..., Any]) -> None:
    numbering = Numbering([source(1, "ctx.md", "背景"), source(2, "a.md", "滤芯每月清洗。", 100)])
    tool = search_knowledge(search, numbering)
    assert told(tool, query="a", k=2) == (
        "[2] A.MD > 保养, page 4 (a.md, 100-107)\n型号 | 价格\n滤芯每月清洗。\n\n"
        "[3] A.MD > 保养, page 4 (a.md, 200-207)\n型号 | 价格\n滤芯每月清洗。"
    )
    assert told(tool, query="b", k=1).startswith("[4] B.MD")
    assert told(tool, query="a", k=2).startswith("[2]")
    assert [each.n for each in numbering.sources] == [1, 2, 3, 4]
    assert numbering.sources[3].document == "b.md"


@pytest.mark.parametrize(
    ("marks", "place"),
    [
        ((), "A.MD > 保养"),
        ((Mark(0, 4), Mark(5, 5), Mark(9, 6)), "A.MD > 保养, pages 5-6"),
        ((Mark(0, 4), Mark(12, 5)), "A.MD > 保养, page 4"),
        ((Mark(0, sheet="价格", row=1), Mark(9, sheet="价格", row=2)), "A.MD > 保养, sheet 价格"),
    ],
)
def test_a_passage_is_shown_with_its_pages_and_sheet(marks: tuple[Mark, ...], place: str) -> None:
    tool = search_knowledge(lambda query, k: [source(0, "a.md", "滤芯每月清洗。", 5, marks)], Numbering())
    assert told(tool, query="a").startswith(f"[1] {place} (a.md, 5-12)\n")


def test_nothing_found_is_said() -> None:
    assert told(search_knowledge(lambda query, k: [], Numbering()), query="a") == "Nothing was found."


def test_a_span_is_read_and_numbered() -> None:
    text = "一二三四五六七八九十"

    def read(document: str, start: int, end: int) -> Source | None:
        return source(0, document, text[start:end], start) if document == "a.md" else None

    numbering = Numbering()
    tool = get_document_span(read, numbering)
    assert told(tool, document="a.md", start=2, end=5).endswith("(a.md, 2-5)\n型号 | 价格\n三四五")
    assert "nothing at 0-5" in told(tool, document="b.md", start=0, end=5)
    assert "nothing at 50-55" in told(tool, document="a.md", start=50, end=55)
    assert "1 to 4000" in told(tool, document="a.md", start=5, end=5)
    assert "1 to 4000" in told(tool, document="a.md", start=0, end=5000)
    assert [each.n for each in numbering.sources] == [1]


def test_a_question_of_two_steps_is_answered_by_two_searches() -> None:
    facts = {"谁生产 PPR-9087": "PPR-9087 由海源公司生产。", "海源公司在哪里": "海源公司位于青岛。"}

    def search(query: str, k: int) -> list[Source]:
        return [source(0, "facts.md", text, 10 * at) for at, (key, text) in enumerate(facts.items()) if key == query]

    def second(request: Request) -> Reply:
        assert "海源公司" in request.messages[-1].content
        return calls(("search_knowledge", '{"query": "海源公司在哪里"}'))

    def third(request: Request) -> Reply:
        assert request.messages[-1].content.startswith("[2]")
        return Reply("在青岛 [2]。")

    model = scripted(calls(("search_knowledge", '{"query": "谁生产 PPR-9087"}')), second, third)

    async def go() -> Any:
        tools = Toolbox([search_knowledge(search, Numbering())])
        return [event async for event in run(model, [Message("user", "生产 PPR-9087 的公司在哪里？")], tools)][-1]

    assert anyio.run(go).reply.text == "在青岛 [2]。"
