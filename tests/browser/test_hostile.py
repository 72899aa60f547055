"""Hostile documents, names, fields and answers do nothing in the page: what they would do is in `payloads`."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from running import Running, finished

from . import payloads
from .model import Model
from .visit import BOTH_LANGUAGES, LOOKS, Visit, address, expect, looks

KB = "hostile"


@pytest.fixture(scope="module")
def documents(server: Running) -> list[str]:
    """The pack, brought in over the wire; the ids of what was read."""
    client = server.client()
    client.post("/api/knowledge-bases", json={"name": KB}).raise_for_status()
    base = f"/api/knowledge-bases/{KB}"
    for each in payloads.pack():
        sent = client.post(f"{base}/documents", files={"files": (each.name, each.text.encode("utf-8", "replace"))})
        job = finished(client, sent)
        if each.fields and job["state"] == "done":
            for document in (*job["report"]["added"], *job["report"]["changed"]):
                client.patch(f"{base}/documents/{quote(document)}", json={"metadata": each.fields})
    listed = client.get(f"{base}/documents", params={"limit": 1000}).json()["documents"]
    return [each["id"] for each in listed]


def settle(visit: Visit) -> None:
    """Wait until what is shown is shown whole, and for what might run a moment later."""
    expect(visit.page.get_by_text(visit.words("shell.loading"), exact=True)).to_have_count(0)
    visit.page.wait_for_timeout(150)


def harmless(visit: Visit) -> None:
    """No element that runs or loads anything, no attribute that would, and no link to anywhere but the web."""
    bad: list[str] = visit.page.evaluate(
        """() => {
          const shown = document.querySelector("#root") ?? document.body;
          const elements = "script, iframe, object, embed, base, link, meta, frame, portal, fencedframe, video, audio";
          const found = [...shown.querySelectorAll(elements)].map((each) => each.outerHTML);
          for (const each of shown.querySelectorAll("*")) for (const {name, value} of each.attributes) {
            if (name.startsWith("on")) found.push(`${name}=${value}`);
            const safe = ["http:", "https:", "mailto:", "blob:"];
            if (["href", "src", "action", "xlink:href", "formaction", "srcdoc"].includes(name)
              && !safe.includes(new URL(value, location.href).protocol)) found.push(`${name}=${value}`);
          }
          return found;
        }"""
    )
    assert bad == []
    visit.check()


def test_the_pack_is_large() -> None:
    assert len(payloads.ALL) + len(payloads.NAMES) >= 100


@pytest.mark.timeout(900)
@looks(*BOTH_LANGUAGES)
def test_documents_do_nothing_however_they_are_opened(visit: Visit, documents: list[str]) -> None:
    assert len(documents) >= 15
    visit.allow(r"status of 404")  # whose original the server does not keep
    for document in documents:
        for view in ("text", "original", "passages"):
            visit.open(f"{address(document, base=KB)}?view={view}")
            expect(visit.page.get_by_role("heading", level=1).first).to_be_attached()
            settle(visit)
            harmless(visit)


@pytest.mark.timeout(600)
@looks(*LOOKS[:1])
def test_names_and_fields_do_nothing_in_the_library(visit: Visit, documents: list[str]) -> None:
    visit.open(f"/kb/{KB}/library")
    expect(visit.page.get_by_role("table")).to_be_visible()
    settle(visit)
    harmless(visit)
    plain = {each.name for each in payloads.pack()} - set(payloads.NAMES)
    named = [each for each in documents if each not in plain]
    assert len(named) >= 5
    for document in named:
        for view in ("passages", "fields"):
            visit.open(f"/kb/{KB}/library/{quote(document)}?view={view}")
            expect(visit.page.get_by_role("heading", level=1).first).to_be_visible()
            settle(visit)
            harmless(visit)


@looks(*LOOKS[:1])
def test_hostile_files_are_dropped_and_named_without_harm(visit: Visit, base: str) -> None:
    visit.open(f"/kb/{base}/library")
    label = visit.words("library.bring.files")
    files = [
        {"name": each, "mimeType": "text/markdown", "buffer": b"# x\n\n<script>canary(1)</script>"}
        for each in payloads.NAMES
        if "/" not in each
    ]
    visit.page.locator(f'input[type=file][aria-label="{label}"]').set_input_files(files)  # type: ignore[arg-type]
    done = visit.page.get_by_text(visit.words("library.bring.progress", len(files), len(files)), exact=True)
    expect(done).to_be_visible(timeout=120_000)
    harmless(visit)


@looks(*BOTH_LANGUAGES)
def test_quotes_of_hostile_documents_do_nothing_in_an_answer(visit: Visit, documents: list[str]) -> None:
    visit.open(f"/kb/{KB}/ask")
    for question in ("Which case has an img with onerror?", "案例 3 的链接是什么？ <img src=x onerror=canary(1)>"):
        visit.ask(question)
        settle(visit)
        harmless(visit)
    visit.page.reload()
    settle(visit)
    harmless(visit)


@pytest.mark.timeout(600)
@looks(*BOTH_LANGUAGES)
def test_a_hostile_answer_does_nothing_while_it_is_written_and_afterwards(visit: Visit, model: Model) -> None:
    visit.open("/kb/talk/ask")
    for several in (payloads.HTML, payloads.LINKS, payloads.MARKDOWN, payloads.BIDI, payloads.DEEP):
        model.say(*(f"{each}\n\n" for each in several), "The warranty lasts 24 months [1].", pause=0.01)
        visit.page.get_by_role("link", name=visit.words("ask.fresh")).first.click()
        visit.ask(
            {"zh": "水泵 PX-200 的保修期多长？", "en": "How long is the warranty of the PX-200?"}[visit.look.language]
        )
        settle(visit)
        harmless(visit)


@looks(*LOOKS[:1])
def test_links_of_a_document_that_are_clicked_lead_nowhere_but_to_the_web(visit: Visit, documents: list[str]) -> None:
    found = next(each for each in documents if each.startswith("links-0"))
    visit.open(address(found, base=KB))
    body = visit.page.get_by_role("tabpanel")
    expect(body.get_by_text("click 请点击").first).to_be_visible()
    home = visit.page.url
    for each in body.get_by_text("click 请点击").all():
        if each.evaluate("(shown) => shown.closest('a') === null"):
            each.click()
    assert visit.page.url == home
    for link in body.get_by_role("link").all():
        assert link.get_attribute("target") == "_blank"
        assert "noopener" in (link.get_attribute("rel") or "")
    harmless(visit)


def test_the_original_of_a_hostile_page_is_no_page(server: Running, documents: list[str]) -> None:
    sent = server.client().get(f"/api/knowledge-bases/{KB}/file", params={"document": "page.html"})
    assert sent.status_code == 200
    assert sent.headers["content-type"] == "application/octet-stream"
    assert sent.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in sent.headers["content-security-policy"]
