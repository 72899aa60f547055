"""`wenyuan mcp` as a program starts it: a process of its own, spoken to over its pipe."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

from commands import Wenyuan
from wenyuan.errors import MissingExtra

PATIENCE = 120.0
PUMP = "# Pump PX-200\n\n## Warranty\n\nThe warranty lasts 24 months from the date of delivery.\n"
PUMP_ZH = "# 水泵 PX-200\n\n## 保修\n\n保修期为 24 个月，自交货之日起计算。\n"
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a knowledge base in `kb`, read with the shipped model."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "docs").mkdir()
    (folder / "docs" / "pump.md").write_text(PUMP)
    (folder / "docs" / "泵.md").write_text(PUMP_ZH, "utf-8")
    done = subprocess.run([*COMMAND[:-1], "add", "docs"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


COMMAND = [sys.executable, "-m", "wenyuan", "mcp"]


def spoken(place: Path, work: Callable[[Client], Awaitable[Any]], way: str = "auto", *options: str) -> Any:
    async def run() -> Any:
        started = StdioServerParameters(
            command=COMMAND[0], args=[*COMMAND[1:], *options], cwd=place, env=dict(os.environ)
        )
        async with Client(started, mode=way, read_timeout_seconds=PATIENCE) as client:
            return await work(client)

    return asyncio.run(run())


@pytest.mark.parametrize("way", [pytest.param("legacy", marks=pytest.mark.slow), "auto"])
def test_every_tool_replies(place: Path, way: str) -> None:
    async def work(client: Client) -> None:
        named = (await client.call_tool("list_knowledge_bases", {})).structured_content
        assert named == {"knowledge_bases": [{"name": "kb", "documents": 2, "passages": 2}]}
        found = await client.call_tool("search", {"question": "How long is the warranty?", "limit": 1})
        [passage] = found.structured_content["passages"]
        assert passage["document"] == "docs/pump.md"
        given = {"document": passage["document"], "start": passage["start"], "end": passage["end"]}
        assert (await client.call_tool("read_span", given)).structured_content["text"] == passage["text"]
        answered = await client.call_tool("ask", {"question": "保修期多长？"})
        assert "24 个月" in answered.structured_content["answer"]
        assert answered.content[0].text.startswith("知识库“kb”的回答")
        why = await client.call_tool("why", {"question": "warranty", "document": "docs/none.md"})
        assert why.structured_content["stage"] == "unknown"
        listed = await client.call_tool("list_documents", {"limit": 1})
        assert listed.structured_content["next"] == "docs/pump.md"
        wrong = await client.call_tool("search", {"question": "泵", "limit": 0})
        assert (wrong.is_error, wrong.content[0].text.startswith("参数“limit”不符合要求")) == (True, True)
        other = await client.call_tool("search", {"question": "pump", "knowledge_base": "other"})
        assert other.is_error

    spoken(place, work, way)


@pytest.mark.slow
def test_twenty_calls_at_once_open_it_once(place: Path) -> None:
    async def work(client: Client) -> list[Any]:
        results: list[Any] = []

        async def call(n: int) -> None:
            results.append(await client.call_tool("search", {"question": f"warranty {n}"}))

        async with anyio.create_task_group() as group:
            for n in range(20):
                group.start_soon(call, n)
        return results

    results = spoken(place, work)
    assert len(results) == 20
    assert not [result for result in results if result.is_error]


def test_on_stdout_is_the_protocol_and_the_end_of_stdin_ends_it(place: Path) -> None:
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "search", "arguments": {}}}
    lines = [HELLO, {"jsonrpc": "2.0", "method": "notifications/initialized"}, "no json", call]
    typed = "".join(f"{json.dumps(line) if isinstance(line, dict) else line}\n" for line in lines)
    done = subprocess.run(COMMAND, cwd=place, input=typed, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in done.stdout.splitlines())
    assert "Traceback" not in done.stderr


def test_a_knowledge_base_in_use_is_a_failure_of_the_tool(place: Path) -> None:
    from wenyuan.store.lock import Lock

    async def work(client: Client) -> Any:
        return await client.call_tool("search", {"question": "warranty"})

    lock = Lock(place / "kb" / "lock")
    try:
        result = spoken(place, work)
    finally:
        lock.release()
    assert result.is_error
    assert "in use by process" in result.content[0].text


@pytest.fixture
def served(place: Path, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A server in a process of its own that serves the folder, and a key of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = ["--home", str(tmp_path / "home")]
    added = subprocess.run([*COMMAND[:-1], "keys", "add", "t", *home], capture_output=True, text=True, check=True)
    with (tmp_path / "log").open("w+") as log:
        started = [*COMMAND[:-1], "serve", *home, "--kb", str(place / "kb"), "--port", str(port)]
        process = subprocess.Popen(started, cwd=tmp_path, stderr=log)
        try:
            end = time.monotonic() + PATIENCE
            while "Serving" not in (tmp_path / "log").read_text():
                assert time.monotonic() < end
                assert process.poll() is None
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}", added.stdout.strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)


def test_what_a_server_holds_is_asked_there(
    place: Path, served: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(client: Client) -> list[Any]:
        document = {"document": "docs/pump.md", "start": 28, "end": 83}
        calls: list[tuple[str, dict[str, Any]]] = [
            ("list_knowledge_bases", {}),
            ("list_documents", {}),
            ("search", {"question": "How long is the warranty?"}),
            ("ask", {"question": "保修期多长？"}),
            ("read_span", document),
            ("why", {"question": "warranty", "document": "docs/none.md"}),
            ("read_span", {"document": "docs/none.md"}),
        ]
        return [await client.call_tool(*each) for each in calls]

    def words(results: list[Any]) -> list[str]:
        return [result.content[0].text for result in results]

    held = spoken(place, work)
    assert [result.is_error for result in held] == [False] * 6 + [True]
    assert "24 个月" in held[3].structured_content["answer"]
    url, key = served
    monkeypatch.setenv("WENYUAN_API_KEY", key)
    far = spoken(tmp_path, work, "legacy", "--server", url, "--kb", "kb")
    assert words(far) == words(held)
    monkeypatch.setenv("WENYUAN_API_KEY", "wy-1-wrong")
    turned = spoken(tmp_path, work, "auto", "--server", url, "--kb", "kb")
    assert all(result.is_error for result in turned)


def test_without_a_knowledge_base_it_says_so(wenyuan: Wenyuan, tmp_path: Path) -> None:
    done = wenyuan("mcp", "--kb", str(tmp_path / "none"))
    assert done.code == 2
    assert "There is no knowledge base in" in done.err
    assert done.out == ""


def test_without_the_extra_it_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from wenyuan.cli.mcp import mcp

    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(MissingExtra, match=r"pip install 'wenyuan\[mcp\]'"):
        mcp(Path("kb"))
