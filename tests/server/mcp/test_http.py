"""`/mcp` of a real server, called by the official client: keys, tenants, groups, sessions, and callers who go away."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from anyio.to_thread import run_sync
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from running import PATIENCE, Running, running, until
from wenyuan.server.database import Database
from wenyuan.server.home import Home
from wenyuan.server.keys import Keys
from wenyuan.server.mcp.desks import Opened
from wenyuan.server.service import Options

from ..conftest import PUMP, PUMP_ZH
from .standing import Slow

WAYS = pytest.mark.parametrize("way", ["legacy", "auto"])
SECRET = "# Wages\n\n## Board\n\nThe chair earns 90,000 a year.\n"
BOTH = "application/json, text/event-stream"


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two tenants; of the first one's documents one is of a group."""
    with running(tmp_path_factory.mktemp("shelves")) as made:
        made.make("manuals", {"en/pump.md": PUMP, "zh/泵.md": PUMP_ZH})
        made.make("wages", {"board.md": SECRET}, access=["board"])
        made.make("theirs", {"b.md": "# B\n\nThe visor costs 12 euros.\n"}, tenant="other")
        yield made


@asynccontextmanager
async def connected(url: str, key: str | None, way: str, **headers: str) -> Any:
    known = {"Authorization": f"Bearer {key}"} if key else {}
    wire = httpx2.AsyncClient(headers=known | headers, trust_env=False, timeout=PATIENCE)
    async with wire, Client(streamable_http_client(f"{url}/mcp", http_client=wire), mode=way) as client:
        yield client


def spoken(server: Running, key: str | None, way: str, work: Callable[[Client], Awaitable[Any]], **headers: str) -> Any:
    async def run() -> Any:
        async with connected(server.url, key, way, **headers) as client:
            return await work(client)

    return asyncio.run(run())


def one(server: Running, key: str | None, way: str, name: str, given: dict[str, Any], **headers: str) -> Any:
    return spoken(server, key, way, lambda client: client.call_tool(name, given), **headers)


@WAYS
def test_every_tool_replies_in_both_languages(shelves: Running, way: str) -> None:
    async def work(client: Client) -> None:
        listed = await client.call_tool("list_knowledge_bases", {})
        assert [each["name"] for each in listed.structured_content["knowledge_bases"]] == ["manuals", "wages"]
        asked = {"knowledge_base": "manuals"}
        found = await client.call_tool("search", asked | {"question": "How long is the warranty?", "limit": 1})
        [passage] = found.structured_content["passages"]
        stretch = {name: passage[name] for name in ("document", "start", "end")}
        read = await client.call_tool("read_span", asked | stretch)
        assert read.structured_content["text"] == passage["text"]
        answered = await client.call_tool("ask", asked | {"question": "保修期多长？"})
        assert answered.content[0].text.startswith("知识库“manuals”的回答")
        [source] = answered.structured_content["sources"]
        assert PUMP_ZH[source["start"] : source["end"]] == source["quote"]
        none = await client.call_tool("ask", asked | {"question": "Who won the chess championship in 1972?"})
        assert (none.is_error, none.structured_content["decision"]) == (False, "ABSTAINED")
        why = await client.call_tool("why", asked | {"question": "warranty", "document": "zh/泵.md"})
        assert why.structured_content["document"] == "zh/泵.md"
        documents = await client.call_tool("list_documents", asked | {"folder": "en"})
        assert [each["id"] for each in documents.structured_content["documents"]] == ["en/pump.md"]

    spoken(shelves, shelves.key("read"), way, work)


@WAYS
def test_a_tenant_sees_its_own_and_a_group_its_own(shelves: Running, way: str) -> None:
    asked = {"question": "What does the chair earn?", "knowledge_base": "wages"}
    board, staff = shelves.key("read", groups=["board"]), shelves.key("read", groups=["staff"])
    other = shelves.key("read", tenant="other")
    assert one(shelves, board, way, "search", asked).structured_content["passages"]
    assert one(shelves, staff, way, "search", asked).structured_content["passages"] == []
    told = set()
    for key, given in (
        (staff, {"knowledge_base": "wages", "document": "board.md"}),
        (staff, {"knowledge_base": "wages", "document": "none.md"}),
        (other, {"knowledge_base": "wages", "document": "board.md"}),
        (other, {"knowledge_base": "none", "document": "board.md"}),
    ):
        result = one(shelves, key, way, "read_span", given)
        assert result.is_error
        told.add(result.content[0].text)
    assert len(told) == 1  # nobody can tell what is hidden from what is not there
    why = one(shelves, staff, way, "why", asked | {"document": "board.md"})
    assert (why.structured_content["stage"], why.structured_content["near"]) == ("unknown", [])
    assert one(shelves, other, way, "list_documents", {}).structured_content["knowledge_base"] == "theirs"


@WAYS
def test_bad_arguments_are_said_in_the_language_of_the_question_or_of_the_caller(shelves: Running, way: str) -> None:
    key = shelves.key("read")
    wrong = {"knowledge_base": "manuals", "limit": 0}
    assert one(shelves, key, way, "search", wrong | {"question": "泵"}).content[0].text.startswith("参数“limit”")
    assert "The argument 'limit'" in one(shelves, key, way, "search", wrong | {"question": "pump"}).content[0].text
    chinese = one(shelves, key, way, "list_documents", wrong, **{"Accept-Language": "zh-CN"})
    assert chinese.content[0].text.startswith("参数“limit”")


def test_no_key_a_wrong_one_and_one_without_the_right_are_turned_away(shelves: Running) -> None:
    shelves.key("read")
    for key, status in ((None, 401), ("wy-1-nonsense", 401), (shelves.key("ingest"), 403)):
        with shelves.client(key) as client:
            for method in ("POST", "DELETE"):
                response = client.request(method, "/mcp", json=hello(), headers={"Accept": BOTH})
                assert response.status_code == status, response.text
                assert response.json()["error"]["code"] in ("unauthorized", "forbidden")


def hello() -> dict[str, Any]:
    about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}


def call(id: int, name: str, given: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name, "arguments": given}}


@asynccontextmanager
async def session(client: httpx.AsyncClient) -> Any:
    begun = await client.post("/mcp", json=hello())
    client.headers["Mcp-Session-Id"] = begun.headers["mcp-session-id"]
    await client.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"})
    yield client


def wire(server: Running, key: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}", "Accept": BOTH}
    return httpx.AsyncClient(base_url=server.url, headers=headers, timeout=PATIENCE, trust_env=False)


def test_a_session_is_of_use_to_its_own_key_only(shelves: Running) -> None:
    mine, same, other = shelves.key("read"), shelves.key("read"), shelves.key("read", tenant="other")

    async def run() -> None:
        async with wire(shelves, mine) as client, session(client):
            for key in (same, other):
                stolen = {"Authorization": f"Bearer {key}"}
                response = await client.post("/mcp", json=call(2, "list_documents", {}), headers=stolen)
                assert response.status_code == 404
                assert (await client.delete("/mcp", headers=stolen)).status_code == 404
            assert (await client.post("/mcp", json=call(3, "list_knowledge_bases", {}))).status_code == 200
            assert (await client.delete("/mcp")).status_code == 200
            assert (await client.post("/mcp", json=call(4, "list_documents", {}))).status_code == 404

    asyncio.run(run())


def test_a_key_that_is_revoked_is_of_no_use_in_its_session(shelves: Running) -> None:
    secret = shelves.key("read")

    async def run() -> None:
        async with wire(shelves, secret) as client, session(client):
            assert (await client.post("/mcp", json=call(2, "list_knowledge_bases", {}))).status_code == 200
            shelves.service.keys.revoke(secret.split("-")[1])
            response = await client.post("/mcp", json=call(3, "list_knowledge_bases", {}))
            assert response.status_code == 401

    asyncio.run(run())


def test_pages_of_elsewhere_and_other_names_are_turned_away(shelves: Running) -> None:
    with shelves.client(shelves.key("read")) as client:
        foreign = client.post("/mcp", json=hello(), headers={"Accept": BOTH, "Origin": "https://evil.example"})
        assert foreign.status_code == 403
        rebound = client.post("/mcp", json=hello(), headers={"Accept": BOTH, "Host": "evil.example"})
        assert rebound.status_code == 421


def test_nothing_is_sent_that_was_not_asked_for_so_there_is_no_stream_to_open(shelves: Running) -> None:
    with shelves.client(shelves.key("read")) as client:
        response = client.get("/mcp", headers={"Accept": "text/event-stream"})
        assert (response.status_code, response.json()["error"]["code"]) == (405, "no_such_method")


def test_what_is_no_message_is_an_error_of_the_protocol(shelves: Running) -> None:
    with shelves.client(shelves.key("read"), Accept=BOTH) as client:
        for content in (b"{", b"[]", b'{"jsonrpc": "2.0"}', b"\xff"):
            response = client.post("/mcp", content=content, headers={"Content-Type": "application/json"})
            assert response.status_code == 400, content
            assert response.json()["error"]["code"] < 0


@pytest.mark.slow
@WAYS
def test_a_large_reply_comes_whole(server: Running, way: str) -> None:
    lines = "".join(f"## Part {n}\n\nThe pump number {n} hums 𝒳 {'long ' * 150}\n\n" for n in range(120))
    server.make("big", {"big.md": f"# Pumps\n\n{lines}"})
    key = server.key("read")
    found = one(server, key, way, "search", {"question": "Which pump hums?", "limit": 50})
    assert len(found.structured_content["passages"]) == 50
    assert len(str(found.structured_content)) > 30_000

    async def whole(client: Client) -> str:
        text, start = "", 0
        while start is not None:
            given = {"document": "big.md", "start": start, "end": start + 20_000}
            part = (await client.call_tool("read_span", given)).structured_content
            text, start = text + part["text"], part["next"]
        return text

    with server.service.shelf.lent("default", "big") as base:
        assert spoken(server, key, way, whole) == base.document("big.md").text


@WAYS
def test_twenty_calls_at_once(shelves: Running, way: str) -> None:
    async def work(client: Client) -> list[Any]:
        results: list[Any] = []

        async def search(n: int) -> None:
            given = {"knowledge_base": "manuals", "question": f"How long is warranty {n}?"}
            results.append(await client.call_tool("ask" if n % 2 else "search", given))

        async with anyio.create_task_group() as group:
            for n in range(20):
                group.start_soon(search, n)
        return results

    results = spoken(shelves, shelves.key("read"), way, work)
    assert len(results) == 20
    assert not [result for result in results if result.is_error]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """What every question waits for."""
    answer = Slow()
    monkeypatch.setattr(Opened, "ask", lambda self, question, **given: answer)
    return answer


ASKED = {"question": "How long?", "knowledge_base": "manuals"}


@WAYS
def test_a_call_that_is_cancelled_ends_its_work_and_frees_its_place(shelves: Running, way: str, slow: Slow) -> None:
    async def work(client: Client) -> Any:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "ask", ASKED)
            await run_sync(slow.begun.wait, PATIENCE)
            group.cancel_scope.cancel()
        assert await run_sync(slow.closed.wait, PATIENCE)
        return await client.call_tool("search", ASKED)

    assert not spoken(shelves, shelves.key("read"), way, work).is_error
    until(lambda: shelves.service.asking.working == 0)


@pytest.mark.parametrize("modern", [False, True])
def test_a_caller_who_hangs_up_ends_the_work(shelves: Running, slow: Slow, modern: bool) -> None:
    key = shelves.key("read")

    async def ask(client: httpx.AsyncClient) -> None:
        message = call(2, "ask", ASKED)
        headers = {}
        if modern:
            about = "io.modelcontextprotocol/"
            message["params"]["_meta"] = {f"{about}protocolVersion": "2026-07-28", f"{about}clientCapabilities": {}}
            headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "ask"}
        async with client.stream("POST", "/mcp", json=message, headers=headers) as response:
            await response.aread()

    async def run() -> None:
        async with wire(shelves, key) as client:
            async with session(client):
                pass
            if modern:
                del client.headers["Mcp-Session-Id"]
            async with anyio.create_task_group() as group:
                group.start_soon(ask, client)
                await run_sync(slow.begun.wait, PATIENCE)
                group.cancel_scope.cancel()

    asyncio.run(run())
    assert slow.closed.wait(PATIENCE)
    until(lambda: shelves.service.asking.working == 0)


def test_a_session_that_ends_ends_its_work(shelves: Running, slow: Slow) -> None:
    async def run() -> None:
        async with (
            wire(shelves, shelves.key("read")) as client,
            session(client),
            anyio.create_task_group() as group,
        ):
            group.start_soon(lambda: client.post("/mcp", json=call(2, "ask", ASKED)))
            await run_sync(slow.begun.wait, PATIENCE)
            assert (await client.delete("/mcp")).status_code == 200

    asyncio.run(run())
    assert slow.closed.wait(PATIENCE)


def test_the_server_stops_while_a_session_is_open(tmp_path: Path) -> None:
    with running(tmp_path / "home") as made:
        made.make("manuals", {"pump.md": PUMP})
        key = made.key("read")
        with made.client(key, Accept=BOTH) as client:
            assert client.post("/mcp", json=hello()).status_code == 200
    assert not [each for each in threading.enumerate() if each.name.startswith("uvicorn")]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(made.url.rpartition(":")[2])), 1)


def test_requests_are_counted_and_those_turned_away_recorded(tmp_path: Path) -> None:
    with running(tmp_path / "home") as made:
        made.make("manuals", {"pump.md": PUMP})
        key = made.key("admin")
        assert not one(made, key, "auto", "ask", {"question": "How long is the warranty?"}).is_error
        with made.client(key) as client:
            figures = client.get("/metrics").text
            assert 'wenyuan_requests_total{method="POST",route="/mcp",status="200"}' in figures
            assert 'wenyuan_answers_total{decision="answered"} 1.0' in figures
        with made.client("wy-1-x") as client:
            client.post("/mcp", json=hello())
        until(lambda: made.service.audit.last("", 9))  # the reply is sent before it is recorded
        assert [(each["target"], each["status"]) for each in made.service.audit.last("", 9)] == [("/mcp", 401)]


def test_a_page_of_a_known_site_may_call(tmp_path: Path) -> None:
    site, database = "https://app.example", Database(Home(tmp_path / "home", {}).database)
    _, key = Keys(database).add("page", "default", ["read"])
    database.close()
    with running(tmp_path / "home", Options(origins=(site,))) as made, made.client(key, Accept=BOTH) as client:
        response = client.post("/mcp", json=hello(), headers={"Origin": site})
        assert response.status_code == 200
        assert "mcp-session-id" in response.headers["access-control-expose-headers"]


def test_without_the_extra_it_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenyuan.server.app.find_spec", lambda name: None)
    with running(tmp_path / "home") as made, made.client() as client:
        response = client.post("/mcp", json=hello())
        assert response.status_code == 501
        assert "wenyuan[mcp]" in response.json()["error"]["message"]
        assert client.get("/livez").status_code == 200
