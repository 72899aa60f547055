"""Knowledge bases over HTTP."""

from __future__ import annotations

import httpx
import pytest

from running import Running


@pytest.fixture
def admin(server: Running) -> httpx.Client:
    return server.client(server.key("admin", tenant="acme"))


def test_one_is_made_looked_at_and_deleted(server: Running, admin: httpx.Client) -> None:
    made = admin.post("/api/knowledge-bases", json={"name": "客服"})
    assert (made.status_code, made.json()["documents"], made.json()["name"]) == (201, 0, "客服")
    server.put(server.service.home.place("acme", "客服"), {"a.md": "# A\n\nalpha"}, {})
    assert admin.get("/api/knowledge-bases").json()["knowledge_bases"] == [made.json()]
    assert admin.get("/api/knowledge-bases/客服").json() == made.json()
    assert admin.get("/api/knowledge-bases/客服/health").json()["problems"] == []
    folder = server.service.home.place("acme", "客服")
    assert admin.delete("/api/knowledge-bases/客服").status_code == 204
    assert not folder.exists()
    assert admin.get("/api/knowledge-bases/客服").status_code == 404


@pytest.mark.parametrize("name", ["../x", "a/b", ".", "", "x" * 65, "a b"])
def test_a_name_that_is_none_makes_nothing(admin: httpx.Client, name: str) -> None:
    assert admin.post("/api/knowledge-bases", json={"name": name}).status_code in (400, 422)
    assert admin.get("/api/knowledge-bases").json() == {"knowledge_bases": []}


def test_a_name_is_taken_once(admin: httpx.Client) -> None:
    admin.post("/api/knowledge-bases", json={"name": "kb"})
    again = admin.post("/api/knowledge-bases", json={"name": "kb"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "exists")


def test_settings_are_written_where_they_are_valid_and_used_from_then_on(admin: httpx.Client) -> None:
    admin.post("/api/knowledge-bases", json={"name": "kb"})
    assert admin.get("/api/knowledge-bases/kb/settings").json() == {"toml": ""}
    text = "[answer]\nsources = 3\n"
    assert admin.put("/api/knowledge-bases/kb/settings", json={"toml": text}).json() == {"toml": text}
    wrong = admin.put("/api/knowledge-bases/kb/settings", json={"toml": "[answer]\nsorces = 3\n"})
    assert (wrong.status_code, wrong.json()["error"]["type"]) == (400, "invalid_request_error")
    assert "sorces" in wrong.json()["error"]["message"]
    assert admin.get("/api/knowledge-bases/kb/settings").json() == {"toml": text}


def test_rules_are_written_where_they_are_valid_and_fire_at_once(server: Running, admin: httpx.Client) -> None:
    server.make("kb", {"a.md": "# A\n\nThe valve is green."}, tenant="acme")
    rule = (
        '[[rule]]\nname = "hello"\nwhen.all = ["opening hours"]\n'
        'answer = { text = "Nine to five.", url = "https://example.com", expires = 2099-01-01 }\n'
    )
    question = {"question": "What are the opening hours?"}
    assert admin.post("/api/knowledge-bases/kb/ask", json=question).json()["curated"] is None
    assert admin.put("/api/knowledge-bases/kb/rules", json={"toml": rule}).status_code == 200
    assert admin.post("/api/knowledge-bases/kb/ask", json=question).json()["curated"] == "hello"
    assert admin.put("/api/knowledge-bases/kb/rules", json={"toml": "[[rule]]\n"}).status_code == 400
    assert admin.get("/api/knowledge-bases/kb/rules").json() == {"toml": rule}


def test_who_does_not_administer_sets_nothing_up(server: Running, admin: httpx.Client) -> None:
    admin.post("/api/knowledge-bases", json={"name": "kb"})
    for right in ("read", "ingest"):
        caller = server.client(server.key(right, tenant="acme"))
        assert caller.post("/api/knowledge-bases", json={"name": "more"}).status_code == 403
        assert caller.delete("/api/knowledge-bases/kb").status_code == 403
        assert caller.get("/api/knowledge-bases/kb/settings").status_code == 403
        assert caller.put("/api/knowledge-bases/kb/rules", json={"toml": ""}).status_code == 403
        assert caller.get("/api/knowledge-bases/kb").status_code == 200
