"""The box in which visitors of a site ask, as its page has it from the server."""

from __future__ import annotations

import re

import httpx
import pytest

from running import Running
from wenyuan.server.keys import Pages

BASE = "/api/knowledge-bases/kb"
SITE = "https://shop.example.com"
TALK = [{"role": "user", "content": "需要人工"}, {"role": "assistant", "content": "No source."}]
PACKET = {
    "conversation": TALK,
    "passages": [{"title": "Pump", "heading": "Pump > Warranty", "quote": "24 months"}],
    "reason": "not found",
    "contact": "a@example.com",
    "language": "zh",
}


@pytest.fixture
def page(server: Running) -> httpx.Client:
    server.make("kb", {"a.md": "# A\n\nThe valve is green."})
    key = server.service.keys.add("shop", "default", ["read"], None, Pages.of("kb", [SITE]))[1]
    return server.client(key, origin=SITE)


def test_the_script_is_for_every_page_and_kept_by_browsers(server: Running) -> None:
    reply = server.client().get("/widget.js")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert reply.headers["cache-control"] == "public, max-age=3600"
    assert reply.headers["x-content-type-options"] == "nosniff"
    again = server.client(**{"if-none-match": reply.headers["etag"]}).get("/widget.js")
    assert (again.status_code, again.content) == (304, b"")
    assert server.client(**{"if-none-match": '"other"'}).get("/widget.js").status_code == 200


def test_the_script_is_small_and_makes_no_markup_of_text(server: Running) -> None:
    code = server.client().get("/widget.js").text
    assert len(code.encode()) <= 20 << 10
    assert max(map(len, code.splitlines())) <= 120
    parsed = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|DOMParser|setHTML|srcdoc|\son\w+="
    )
    assert not re.findall(parsed, code)
    assert re.findall(r"https?://[\w.]+", code) == ["http://www.w3.org"], "the name of SVG, which is not fetched"


def test_the_box_says_what_settings_say(server: Running, page: httpx.Client) -> None:
    told = page.get(f"{BASE}/widget").json()
    assert told["title"] == {"zh": "在线帮助", "en": "Help"}
    assert told["colour"] == "#1f5fbf"
    server.set("kb", '[widget]\ngreeting_en = "Welcome."\ncolour = "#00aa00"\n')
    told = page.get(f"{BASE}/widget").json()
    assert (told["greeting"]["en"], told["colour"]) == ("Welcome.", "#00aa00")
    assert told.keys() == {"title", "greeting", "handoff", "colour"}


@pytest.mark.parametrize("toml", ['colour = "red"', 'colour = "#fff"', 'title_en = ""', "greeting_zh = 3"])
def test_what_is_no_setting_of_it_is_refused(server: Running, page: httpx.Client, toml: str) -> None:
    admin = server.client(server.key("admin"))
    assert admin.put(f"{BASE}/settings", json={"toml": f"[widget]\n{toml}\n"}).status_code == 400


def test_a_conversation_is_handed_on_and_seen_to(server: Running, page: httpx.Client) -> None:
    admin = server.client(server.key("admin"))
    ids = [page.post(f"{BASE}/handoffs", json=PACKET | {"reason": f"r{n}"}).json()["id"] for n in range(2)]
    listed = admin.get(f"{BASE}/handoffs").json()["handoffs"]
    assert [each["id"] for each in listed] == ids[::-1]
    assert {name: listed[0][name] for name in PACKET} == PACKET | {"reason": "r1"}
    first = admin.get(f"{BASE}/handoffs", params={"limit": 1}).json()
    assert first["next"] == ids[1]
    assert [each["id"] for each in admin.get(f"{BASE}/handoffs", params={"after": ids[1]}).json()["handoffs"]] == ids[
        :1
    ]
    for status in (204, 404):
        assert admin.delete(f"{BASE}/handoffs/{ids[0]}").status_code == status
    assert page.get(f"{BASE}/handoffs").status_code == 403
    assert server.client(server.key("read")).get(f"{BASE}/handoffs").status_code == 403


@pytest.mark.parametrize(
    "change",
    [{"conversation": []}, {"conversation": [{"role": "system", "content": "x"}]}, {"language": "fr"}, {"more": 1},
     {"passages": [{"title": "x", "document": "y"}]}, {"contact": "x" * 501},
     {"conversation": [{"role": "user", "content": "x" * 60_000}] * 2}],
)  # fmt: skip
def test_what_is_no_packet_is_refused(page: httpx.Client, change: dict[str, object]) -> None:
    assert page.post(f"{BASE}/handoffs", json=PACKET | change).status_code == 422
