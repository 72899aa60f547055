"""Keys for pages of a site: who has not its origin gets nothing, and who has gets answers and nothing else."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from running import Running, finished
from wenyuan.server.keys import Pages

from .surface import SURFACE, calls
from .world import SITE, World

BASE = "/api/knowledge-bases/shop"
OTHER = "https://other.example.com"
OPEN = (r"GET /(livez|readyz|version|widget\.js)", r"(POST \S+/ask|GET \S+/widget|POST \S+/handoffs)")
CANARY = "zqpage"
TALK = [{"role": "user", "content": "A person, please."}]


@pytest.fixture
def page(server: Running) -> str:
    """A key for pages of `SITE`; there is one for another site, too."""
    server.make("shop", {f"{CANARY}/pump.md": "# Pump\n\n## Warranty\n\nThe warranty lasts 24 months.\n"})
    server.make("staff", {"pay.md": "# Pay\n\nThe pay is 9000 yuan.\n"})
    server.service.keys.add("theirs", "default", ["read"], None, Pages.of("shop", [OTHER]))
    return server.service.keys.add("shop", "default", ["read"], None, Pages.of("shop", [SITE]))[1]


def asks(caller: httpx.Client, **more: object) -> httpx.Response:
    return caller.post(f"{BASE}/ask", json={"question": "How long does the warranty last?"} | more)


def preflight(server: Running, origin: str, path: str = f"{BASE}/ask") -> httpx.Response:
    asked = {"origin": origin, "access-control-request-method": "POST"}
    return server.client(**asked).options(path)


def test_a_page_of_its_site_is_answered_and_may_read_it(server: Running, page: str) -> None:
    caller = server.client(page, origin=SITE)
    for reply, status in (
        (asks(caller), 200),
        (caller.get(f"{BASE}/widget"), 200),
        (caller.post(f"{BASE}/handoffs", json={"conversation": TALK}), 201),
        (caller.post(f"{BASE}/ask", json={}), 422),
        (caller.post(f"{BASE}/ask", content=b"x" * (5 << 20)), 413),
        (caller.get("/api/knowledge-bases"), 403),
    ):
        assert reply.status_code == status, reply.text
        assert reply.headers["access-control-allow-origin"] == SITE
        assert (reply.headers["vary"], reply.headers["cache-control"]) == ("Origin", "no-store")
        assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize(
    "origin",
    [None, "null", "https://evil.example", OTHER, SITE.replace("https", "http"), f"{SITE}:8443", f"{SITE}.evil.example",
     f"{SITE}/", SITE.upper(), f"{SITE}, {OTHER}", "https://example.com", "*", ""],
)  # fmt: skip
def test_a_page_of_elsewhere_and_a_program_get_nothing_by_its_key(
    server: Running, page: str, origin: str | None
) -> None:
    caller = server.client(page, **({} if origin is None else {"origin": origin}))
    for reply in (asks(caller), caller.get(f"{BASE}/widget"), caller.post("/mcp", json={})):
        assert reply.status_code == 403, reply.text
        assert "access-control-allow-origin" not in reply.headers
    assert asks(server.client(page, origin=server.url)).status_code == 403, "the server's own page is of no such site"


def test_a_site_that_keys_name_gets_nothing_by_other_keys(server: Running, page: str) -> None:
    for key in (server.key("admin"), server.key("read"), None, "wy-00000000-x", page[:-1]):
        reply = asks(server.client(key, origin=SITE))
        assert reply.status_code == 403, reply.text
        assert "access-control-allow-origin" not in reply.headers


def test_a_browser_is_told_what_it_may_ask_for_sites_of_keys_in_force(server: Running, page: str) -> None:
    for path in ("ask", "widget", "handoffs"):
        told = preflight(server, SITE, f"{BASE}/{path}")
        assert (told.status_code, told.headers["access-control-allow-origin"]) == (204, SITE)
        assert told.headers["access-control-allow-headers"] == "authorization, content-type, accept-language"
    assert preflight(server, SITE, "/api/knowledge-bases/none/ask").status_code == 204, "says not what is there"
    refused = [preflight(server, SITE, path) for path in (BASE, f"{BASE}/search", "/api/keys", "/mcp", "/x/ask")]
    refused += [preflight(server, origin) for origin in ("https://evil.example", "null", "*", f"{SITE}/")]
    for key in server.service.keys.all():
        server.service.keys.revoke(key.id)
    for each in (*refused, preflight(server, SITE)):
        assert each.status_code == 403
        assert not [name for name in each.headers if name.startswith("access-control")]
    assert asks(server.client(page, origin=SITE)).status_code == 403


def test_a_page_can_do_nothing_else(world: World) -> None:
    caller, refused = world.callers["acme-page"], 0
    for operation in SURFACE:
        if not any(re.fullmatch(each, operation) for each in OPEN):
            for call in calls(operation, caller.own):
                reply = caller.client.request(call.method, call.path, **call.given)
                assert reply.status_code == 403, f"{call}: {reply.text}"
                refused += 1
    assert refused > 80


@pytest.mark.parametrize(
    "more", [{"where": ["type=md"]}, {"filter": {"field": "type", "op": "eq", "value": "md"}}, {"trace": True}]
)
def test_a_page_learns_no_fields_of_documents(server: Running, page: str, more: dict[str, object]) -> None:
    assert asks(server.client(page, origin=SITE), **more).status_code == 403


def test_a_page_is_told_titles_and_not_where_things_are(server: Running, page: str) -> None:
    caller = server.client(page, origin=SITE)
    told = asks(caller).json()
    assert (told["decision"], told["citations"][0]["title"]) == ("ANSWERED", "Pump")
    assert told.keys() == {"decision", "reason", "answer", "confidence", "citations", "nearest"}
    assert told["citations"][0].keys() == {"n", "title", "heading", "page", "quote", "url"}
    refused = caller.post(f"{BASE}/ask", json={"question": "Who won the chess tournament in Reykjavik?"}).json()
    assert refused["decision"] == "ABSTAINED"
    assert refused["nearest"] == [{"title": "Pump", "heading": "Pump › Warranty"}]
    streamed = asks(caller, stream=True).text
    assert streamed.startswith("event: answer\n")
    assert CANARY not in json.dumps([told, refused]) + streamed


def test_a_page_asks_one_knowledge_base_which_takes_its_key_along(server: Running, page: str) -> None:
    caller, admin = server.client(page, origin=SITE), server.client(server.key("admin"))
    assert caller.post("/api/knowledge-bases/staff/ask", json={"question": "pay"}).status_code == 404
    assert admin.delete(BASE).status_code == 204
    assert admin.post("/api/knowledge-bases", json={"name": "shop"}).status_code == 201
    assert asks(caller).status_code == 403
    assert admin.get(f"{BASE}/handoffs").json() == {"handoffs": []}
    assert admin.get(f"{BASE}/inbox").json() == {"questions": []}


def test_a_page_sees_the_documents_of_its_groups(server: Running) -> None:
    server.make("shop", {"pump.md": "# Pump\n\nThe pump is blue.\n"})
    admin = server.client(server.key("admin"))
    files, fields = [("files", ("pay.md", b"# Pay\n\nThe pay is 9000 yuan.\n"))], {"metadata": '{"access": "hr"}'}
    finished(admin, admin.post(f"{BASE}/documents", files=files, data=fields))
    told = {}
    for groups in ([], ["hr"]):
        key = server.service.keys.add("p", "default", ["read"], groups, Pages.of("shop", [SITE]))[1]
        told[len(groups)] = server.client(key, origin=SITE).post(f"{BASE}/ask", json={"question": "What is the pay?"})
    assert ["9000" in told[n].text for n in (0, 1)] == [False, True]


def test_what_was_not_answered_is_for_who_administers_alone(world: World) -> None:
    admin, base = world.callers["acme-admin"], f"/api/knowledge-bases/{world.acme.kb}"
    assert world.acme.question in admin.client.get(f"{base}/inbox").text
    for name, caller in world.callers.items():
        if name != "acme-admin":
            for path in ("inbox", "handoffs"):
                assert caller.client.get(f"{base}/{path}").status_code in (401, 403, 404), name
