"""The inbox over HTTP: what is asked on each of the server's faces and not answered."""

from __future__ import annotations

import httpx
import pytest

from running import Running

BASE = "/api/knowledge-bases/kb"
UNKNOWN = "Who won the chess tournament in Reykjavik?"


@pytest.fixture
def admin(server: Running) -> httpx.Client:
    server.make("kb", {"a.md": "# Valve\n\n## Colour\n\nThe valve is green."})
    return server.client(server.key("admin"))


def inbox(admin: httpx.Client) -> list[dict[str, object]]:
    reply = admin.get(f"{BASE}/inbox")
    assert reply.status_code == 200, reply.text
    return reply.json()["questions"]


def test_questions_of_all_faces_are_kept_once(admin: httpx.Client) -> None:
    asked = {"question": UNKNOWN}
    assert admin.post(f"{BASE}/ask", json=asked).json()["decision"] == "ABSTAINED"
    admin.post(f"{BASE}/ask", json={"question": UNKNOWN.upper(), "stream": True})
    admin.post("/v1/chat/completions", json={"model": "kb", "messages": [{"role": "user", "content": UNKNOWN}]})
    call = {"name": "ask", "arguments": {"knowledge_base": "kb", "question": UNKNOWN}}
    head = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
    begun = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    reply = admin.post("/mcp", json=message("initialize", begun), headers=head)
    head["mcp-session-id"] = reply.headers["mcp-session-id"]
    told = admin.post("/mcp", json=message("tools/call", call), headers=head)
    assert "ABSTAINED" in told.text, told.text
    admin.post(f"{BASE}/ask", json={"question": "Which colour is the valve?"})
    [kept] = inbox(admin)
    assert (kept["times"], kept["decision"], kept["language"]) == (4, "ABSTAINED", "en")
    assert kept["nearest"][0] | {"chunk": ""} == {  # type: ignore[index]
        "document": "a.md", "title": "Valve", "headings": ["Valve", "Colour"], "chunk": ""
    }  # fmt: skip
    assert str(kept["first"]).endswith("+00:00")


def message(method: str, params: dict[str, object]) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def test_a_question_is_marked_as_done_and_that_taken_back(admin: httpx.Client) -> None:
    admin.post(f"{BASE}/ask", json={"question": UNKNOWN})
    [kept] = inbox(admin)
    at = f"{BASE}/inbox/{kept['id']}"
    assert admin.post(f"{at}/restore").status_code == 404
    assert admin.delete(at).status_code == 204
    assert (inbox(admin), admin.delete(at).status_code) == ([], 404)
    assert admin.post(f"{at}/restore").status_code == 204
    assert inbox(admin) == [kept]


def test_of_a_document_that_is_gone_nothing_is_said(admin: httpx.Client) -> None:
    admin.post(f"{BASE}/ask", json={"question": UNKNOWN})
    admin.delete(f"{BASE}/documents/a.md")
    assert inbox(admin)[0]["nearest"] == []


def test_nothing_is_kept_where_settings_say_so(server: Running, admin: httpx.Client) -> None:
    admin.post(f"{BASE}/ask", json={"question": UNKNOWN})
    assert admin.put(f"{BASE}/settings", json={"toml": "[inbox]\nkeep_days = 0\n"}).status_code == 200
    assert inbox(admin) == []
    admin.post(f"{BASE}/ask", json={"question": UNKNOWN})
    assert inbox(admin) == []


def test_who_does_not_administer_sees_none(server: Running, admin: httpx.Client) -> None:
    caller = server.client(server.key("read", "ingest"))
    assert caller.get(f"{BASE}/inbox").status_code == 403
    assert caller.delete(f"{BASE}/inbox/x").status_code == 403
    assert caller.post(f"{BASE}/inbox/x/restore").status_code == 403
