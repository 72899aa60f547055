"""The widget in a page of another site: asked, its sources, handed on, and harmless whatever an answer says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from running import Running

from . import payloads
from .model import Model
from .visit import BASE, BOTH_LANGUAGES, LOOKS, Look, Visit, Visiting, expect, looks

WORDS = {
    "zh": {"open": "打开在线帮助", "ask": "请输入问题", "send": "发送", "sources": "来源", "person": "转人工",
           "hand": "提交给人工", "handed": "已转给人工", "unknown": "没有找到可靠的答案"},
    "en": {"open": "Open help", "ask": "Type your question", "send": "Send", "sources": "Sources",
           "person": "Talk to a person", "hand": "Send to a person", "handed": "Passed on to a person",
           "unknown": "no reliable answer"},
}  # fmt: skip
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src {server}; connect-src {server}">
</head><body><h1>Shop 商店</h1>
<script src="{server}/widget.js" data-kb="{kb}" data-key="{key}" data-language="auto" async></script></body></html>"""


@contextmanager
def site() -> Iterator[tuple[str, dict[str, str]]]:
    """Another site: its origin, and its pages by their paths."""
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path)
            self.send_response(200 if page is not None else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    other = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{other.server_port}", pages
    finally:
        other.shutdown()
        other.server_close()


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[str, dict[str, str]]]:
    with site() as made:
        yield made


def opened(visit: Visit, shop: tuple[str, dict[str, str]], server: Running, kb: str) -> None:
    """The shop's page with the widget open; the requests of both sites are at home here."""
    origin, pages = shop
    made = server.client(server.key("admin")).post(
        "/api/keys", json={"name": "shop", "rights": ["read"], "only": kb, "origins": [origin]}
    )
    assert made.status_code == 201, made.text
    lang = {"zh": "zh-CN", "en": "en"}[visit.look.language]
    pages["/"] = PAGE.format(lang=lang, server=server.url, kb=kb, key=made.json()["secret"])
    visit.seen.homes += (f"{origin}/",)
    visit.allow("favicon.ico")
    visit.page.goto(f"{origin}/")
    visit.page.get_by_role("button", name=WORDS[visit.look.language]["open"]).click()


def asked(visit: Visit, question: str) -> None:
    box = visit.page.get_by_role("textbox", name=WORDS[visit.look.language]["ask"])
    box.fill(question)
    box.press("Enter")


@looks()
def test_a_visitor_asks_and_sees_what_proves_the_answer(
    visiting: Visiting, keyed: Running, shop: tuple[str, dict[str, str]], look: Look
) -> None:
    visit = visiting(keyed, look)
    opened(visit, shop, keyed, BASE)
    asked(
        visit,
        {"zh": "你们的泵能抽海水吗？", "en": "How long does the warranty last for export customers?"}[look.language],
    )
    dialog = visit.page.get_by_role("dialog")
    expect(dialog).to_contain_text({"zh": "不适合海水", "en": "18 months"}[look.language])
    dialog.get_by_text(WORDS[look.language]["sources"]).last.click()
    expect(dialog.get_by_role("listitem").first).to_be_visible()
    assert visit.overflow() <= 0
    visit.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@looks(*BOTH_LANGUAGES)
def test_a_visitor_is_handed_on_to_a_person_who_reads_it(
    visiting: Visiting, keyed: Running, shop: tuple[str, dict[str, str]], look: Look
) -> None:
    words = WORDS[look.language]
    visit = visiting(keyed, look)
    opened(visit, shop, keyed, BASE)
    asked(visit, {"zh": "公司食堂几点开饭？", "en": "Can an invoice be paid in bitcoin?"}[look.language])
    dialog = visit.page.get_by_role("dialog")
    expect(dialog).to_contain_text(words["unknown"])
    dialog.get_by_role("button", name=words["person"]).first.click()
    fields = dialog.get_by_role("textbox").filter(visible=True)
    fields.nth(0).fill("<img src=x onerror=canary(1)> 急 urgent")
    fields.nth(1).fill("visitor@example.com")
    dialog.get_by_role("button", name=words["hand"]).click()
    expect(dialog).to_contain_text(words["handed"])
    keeper = visiting(keyed, look)
    keeper.allow(r"status of 401")
    keeper.open(f"/kb/{BASE}/inbox")
    keeper.page.get_by_label(keeper.words("shell.signIn.key"), exact=True).fill(keyed.key("admin"))
    keeper.button("shell.signIn.enter").click()
    keeper.tab("inbox.tabs.handoffs").click()
    expect(keeper.page.get_by_role("article").first).to_contain_text("visitor@example.com")
    expect(keeper.page.get_by_role("article").first).to_contain_text("onerror=canary(1)")


@looks(*LOOKS[:1])
def test_a_hostile_answer_does_nothing_in_the_widget(
    visiting: Visiting, keyed: Running, model: Model, shop: tuple[str, dict[str, str]], look: Look
) -> None:
    keyed.make("said", {"泵.md": "# 水泵 PX-200\n\n## 保修\n\n保修期为 24 个月，自交货之日起计算。\n"})
    keyed.set("said", f'[llm]\nurl = "{model.url}"\nmodel = "m"\nretries = 0\n')
    visit = visiting(keyed, look)
    opened(visit, shop, keyed, "said")
    for several in (payloads.HTML, payloads.LINKS, payloads.MARKDOWN):
        model.say(*(f"{each}\n\n" for each in several), "保修期为 24 个月 [1]。")
        asked(visit, "水泵 PX-200 的保修期多长？")
        expect(visit.page.get_by_role("dialog").get_by_role("button", name=WORDS["zh"]["send"])).to_be_visible()
        expect(visit.page.get_by_role("dialog")).to_contain_text("24 个月")
        links: list[str] = visit.page.evaluate(
            "[...document.querySelectorAll('*')].map((each) => each.shadowRoot).filter(Boolean)"
            ".flatMap((root) => [...root.querySelectorAll('a, img, script, iframe')].map((each) => each.outerHTML))"
        )
        assert links == []


@looks(*LOOKS[:1])
def test_a_page_of_a_site_that_is_not_named_gets_no_answer(
    visiting: Visiting, keyed: Running, shop: tuple[str, dict[str, str]], look: Look
) -> None:
    made = keyed.client(keyed.key("admin")).post(
        "/api/keys", json={"name": "x", "rights": ["read"], "only": BASE, "origins": ["https://shop.example.com"]}
    )
    origin, pages = shop
    pages["/other"] = PAGE.format(lang="zh-CN", server=keyed.url, kb=BASE, key=made.json()["secret"])
    visit = visiting(keyed, look)
    visit.seen.homes += (f"{origin}/",)
    visit.allow("CORS", "favicon.ico", "ERR_FAILED", r"status of 403")
    visit.page.goto(f"{origin}/other")
    visit.page.get_by_role("button", name=WORDS["zh"]["open"]).click()
    asked(visit, "你们的泵能抽海水吗？")
    expect(visit.page.get_by_role("dialog")).to_contain_text("现在无法回答")
