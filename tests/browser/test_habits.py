"""Habits of people: keys that close things, what was typed, what is copied and kept, headings that are read out."""

from __future__ import annotations

import json
import re
from pathlib import Path

from running import Running, running

from .visit import BASE, BOTH_LANGUAGES, BOTH_WIDTHS, LOOKS, Locator, Look, Visit, Visiting, address, expect, looks

HEADED = "# Pump PX-9\n\n## Service\n\n### Oil\n\n#### Kinds\n\n##### ISO\n\n###### VG 46\n\nThe pump takes VG 46.\n"
CITING = {
    "zh": "保修期为 24 个月，自交货之日起计算[1]。若有**书面约定**[1][2]，以约定为准 [2]，期满后另行收费[1]。",
    "en": "The warranty lasts 24 months from the date of delivery [1]. It ends **early**[1][2] where it "
    "ran dry [2], and `never` [1] else.",
}
QUESTION = "How long is the warranty <of the PX-200>?"
PROOF = {
    "zh/泵.md": ("水泵 > 保修", "保修期为 24 个月，\n自交货之日起计算。"),
    "en/pump.md": ("Pump > Warranty", "The warranty lasts 24 months from the date of delivery."),
}
_ODD = re.compile("[\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")

# Numbers of sources, and points after them, that stand lower than the sign before them, in a column of this width.
_FIRST_IN_LINE = """(text, width) => {
  text.style.width = `${width}px`;
  const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const signs = [];
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    for (let n = 0; n < node.length; n++) {
      if (!node.data[n].trim()) continue;
      const range = document.createRange();
      range.setStart(node, n);
      range.setEnd(node, n + 1);
      const bound = node.parentElement.closest("a.citation") || "，。,.".includes(node.data[n]);
      signs.push([range.getBoundingClientRect(), bound]);
    }
  }
  return signs.filter(([place, bound], n) => bound && n > 0 && place.top > signs[n - 1][0].bottom).length;
}"""


def told(visit: Visit, text: str) -> Locator:
    """A turn with this answer, as the server would have it; it rests on two documents of `talk`."""
    citations = [
        {"n": n, "document": document, "heading": heading, "quote": quote, "start": 20, "end": 40}
        | {"page": None, "sheet": None, "row": None, "answer": None}
        for n, (document, (heading, quote)) in zip((2, 1), PROOF.items(), strict=True)
    ]
    answer = {"decision": "ANSWERED", "reason": "", "answer": text, "curated": None, "model": "m", "confidence": 0.9}
    answer |= {"citations": citations, "notes": [], "timings_ms": {}, "trace_id": "t"}
    said = f"event: answer\ndata: {json.dumps(answer)}\n\n"
    visit.page.route("**/api/**/ask", lambda route: route.fulfill(content_type="text/event-stream", body=said))
    visit.open("/kb/talk/ask")
    return visit.ask(QUESTION)


def window(visit: Visit, title: str) -> Locator:
    """The window of this title."""
    return visit.page.get_by_role("dialog", name=visit.words(title), exact=True)


@looks(*BOTH_WIDTHS)
def test_a_page_has_one_heading_of_the_first_level(visit: Visit, server: Running, base: str) -> None:
    server.make(f"{base}-h", {"pump.md": HEADED})
    for place in (address("pump.md", base=f"{base}-h"), f"/kb/{base}-h/library/pump.md"):
        visit.open(place)
        expect(visit.page.get_by_role("heading", name="Oil")).to_be_visible()
        expect(visit.page.get_by_role("heading", level=1)).to_have_count(1)
        levels = (
            visit.page.locator(".markdown")
            .locator("h1, h2, h3, h4, h5, h6")
            .evaluate_all("all => all.map(e => e.localName)")
        )
        assert levels == ["h2", "h3", "h4", "h5", "h6", "h6"]


@looks(*BOTH_LANGUAGES)
def test_a_number_of_a_source_never_begins_a_line(visit: Visit) -> None:
    turn = told(visit, CITING[visit.look.language])
    expect(turn.locator(".markdown a.citation")).to_have_count(5)
    paragraph = turn.locator(".markdown p")
    begun = {width: paragraph.evaluate(_FIRST_IN_LINE, width) for width in range(120, 420, 2)}
    assert {width: marks for width, marks in begun.items() if marks} == {}


@looks(*BOTH_LANGUAGES)
def test_an_answer_is_copied_without_signs_that_nobody_sees(visiting: Visiting, server: Running, look: Look) -> None:
    visit = visiting(server, look, permissions=["clipboard-read", "clipboard-write"])
    turn = told(visit, CITING[look.language])
    visit.button("ask.copy", within=turn).click()
    expect(visit.button("shell.copied")).to_be_visible()
    by_button: str = visit.page.evaluate("navigator.clipboard.readText()")
    assert by_button.startswith(CITING[look.language])
    turn.locator(".markdown p").evaluate("text => getSelection().selectAllChildren(text)")
    visit.page.keyboard.press("Control+C")
    by_hand: str = visit.page.evaluate("navigator.clipboard.readText()")
    assert by_hand.startswith(CITING[look.language].split("[")[0])
    for copied in (by_button, by_hand):
        assert _ODD.findall(copied) == []


@looks(*BOTH_LANGUAGES)
def test_what_was_typed_into_a_window_is_not_lost_by_a_key_or_a_click(visit: Visit) -> None:
    visit.open(f"/kb/{BASE}/sources")
    visit.button("sources.add").click()
    form, asking = window(visit, "sources.add"), window(visit, "shell.discard.title")
    name = form.get_by_label(visit.words("sources.fields.name"), exact=True)
    name.fill("手册 manuals")
    visit.page.keyboard.press("Escape")
    expect(asking).to_be_visible()
    visit.page.keyboard.press("Escape")  # which means to stay
    expect(asking).to_have_count(0)
    expect(name).to_be_visible()
    expect(name).to_have_value("手册 manuals")
    visit.page.mouse.click(5, 400)
    visit.button("shell.discard.stay", within=asking).click()
    expect(name).to_have_value("手册 manuals")
    expect(form.locator(":focus")).to_have_count(1)
    visit.button("shell.close", within=form).click()
    visit.button("shell.discard.drop", within=asking).click()
    expect(visit.page.get_by_role("dialog")).to_have_count(0)
    visit.button("sources.add").click()
    expect(name).to_have_value("")
    visit.page.keyboard.press("Escape")  # nothing was typed since
    expect(visit.page.get_by_role("dialog")).to_have_count(0)


@looks(LOOKS[1])
def test_a_name_that_is_typed_on_a_phone_is_not_lost_by_a_key(visit: Visit) -> None:
    told(visit, CITING["en"])
    visit.button("ask.conversations").click()
    visit.page.get_by_role("button", name=visit.words("ask.more", QUESTION)).click()
    visit.page.get_by_role("menuitem", name=visit.words("ask.rename")).click()
    name = window(visit, "ask.rename").get_by_label(visit.words("ask.name"))
    name.fill("Warranty")
    visit.page.keyboard.press("Escape")
    visit.button("shell.discard.stay").click()
    expect(name).to_have_value("Warranty")
    name.press("Enter")
    expect(visit.page.get_by_role("dialog", name=visit.words("ask.conversations"))).to_be_visible()
    expect(visit.page.get_by_role("link", name="Warranty")).to_be_visible()


@looks(*BOTH_LANGUAGES)
def test_what_closes_a_notice_says_so(visit: Visit, base: str) -> None:
    visit.open(f"/kb/{base}/library")
    visit.button("library.sync").click()
    notice = visit.page.get_by_role("alert").filter(has_text=visit.words("library.syncing"))
    visit.button("shell.close", within=notice).click()
    expect(notice).to_have_count(0)


@looks(*BOTH_WIDTHS)
def test_a_conversation_is_kept_as_a_file_with_its_sources(visit: Visit) -> None:
    told(visit, CITING[visit.look.language])
    before = len([each for each in visit.seen.requests if "/api/" in each])
    with visit.page.expect_download() as download:
        visit.button("ask.export").click()
    assert len([each for each in visit.seen.requests if "/api/" in each]) == before
    assert re.fullmatch(r"How long .{1,60}\.md", download.value.suggested_filename)
    text = Path(download.value.path()).read_text("utf-8")
    assert text.startswith("# How long is the warranty \\<of the PX-200\\>?\n\n")
    assert f"> {QUESTION.replace('<', chr(92) + '<').replace('>', chr(92) + '>')}\n" in text
    assert CITING[visit.look.language] in text
    assert f"### {visit.words('ask.sources')}" in text
    assert "- [2] [泵.md · 水泵 › 保修](<" in text
    assert "  > 保修期为 24 个月，\n  > 自交货之日起计算。\n" in text
    place = re.search(r"\(<(http\S+zh/%E6%B3%B5.md\S+)>\)", text)
    assert place
    visit.page.goto(place[1])  # it leads to the passage also from elsewhere
    expect(visit.page.locator("mark").first).to_be_in_viewport()


@looks(*LOOKS[:1])
def test_a_report_in_its_frame_shows_nothing_that_does_nothing(visit: Visit) -> None:
    report = "<!doctype html><body><h1>Report 报告</h1><div class=tools><input></div><table><tr><th><button>question"
    report += "</button><tr><td><a href='traces/1.json'>trace</a><a href='#stages'>stages</a></table>"
    report += "<script>canary(1)</script>"
    run = {"id": "r1", "question_set": "set", "measure": "search", "state": "done", "created": "2026-01-31T00:00:00Z"}
    record = {
        "metrics": {"ndcg@10": 0.5},
        "intervals": {"ndcg@10": [0.4, 0.6]},
        "questions": [],
        "n": 1,
        "changed": False,
    }
    place = f"**/api/knowledge-bases/{BASE}/evaluations/r1"
    visit.page.route(f"{place}*", lambda route: route.fulfill(json=run | {"record": record, "against": None}))
    visit.page.route(f"{place}/report", lambda route: route.fulfill(body=report, content_type="text/html"))
    visit.open(f"/kb/{BASE}/evaluation?run=r1")
    visit.button("evaluation.run.report").click()
    frame = visit.page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Report 报告")).to_be_visible()
    expect(frame.get_by_text("trace")).to_be_visible()
    expect(frame.locator("a, button, input, script")).to_have_count(0)
    visit.seen.left = [place for place in visit.seen.left if place != "about:srcdoc"]  # the frame itself


@looks(*LOOKS[:1])
def test_a_page_asks_for_few_files_and_for_none_twice(visit: Visit) -> None:
    visit.open(address("manuals/CW-40 booster pump guide.md", 10, 200))
    expect(visit.page.locator("mark").first).to_be_in_viewport()
    first = list(visit.seen.requests)
    assert len(first) == len(set(first)) <= 16
    assert sum("/documents/" in each and "/api/" in each for each in first) == 1
    visit.seen.requests.clear()
    visit.open(f"/kb/{BASE}/ask")
    expect(visit.box).to_be_focused()
    kept: list[str] = visit.page.evaluate(
        "performance.getEntriesByType('resource').filter(({name, transferSize}) =>"
        "  name.includes('/ui/assets/') && transferSize === 0).map(({name}) => name)"
    )
    assert len(kept) >= 5  # what the first page had is asked for no more


@looks(*BOTH_LANGUAGES)
def test_a_passage_that_was_corrected_shows_what_answers_quote(visit: Visit, server: Running, name: str) -> None:
    server.make(name, {"pump.md": "# Pump\n\n## Warranty\n\nThe warranty of the pump lasts 24 months.\n"})
    client, base = server.client(), f"/api/knowledge-bases/{name}"
    [passage] = client.get(f"{base}/chunks", params={"document": "pump.md"}).json()["chunks"]
    client.patch(f"{base}/chunks/{passage['chunk']}", json={"text": "The warranty of the pump lasts 36 months."})
    visit.open(f"/kb/{name}/documents/pump.md?start={passage['start']}&end={passage['end']}")
    notice = visit.page.get_by_role("status").filter(has_text=visit.words("document.correctedHere"))
    expect(notice).to_contain_text("36 months")


@looks(*BOTH_LANGUAGES)
def test_a_question_of_signs_is_declined_in_its_language_and_nothing_is_near_to_it(visit: Visit) -> None:
    visit.open("/kb/sample/ask")
    said = visit.ask({"zh": "？？？", "en": "???"}[visit.look.language])
    expect(said).to_contain_text({"zh": "没有文字", "en": "holds no words"}[visit.look.language])
    expect(said.get_by_text(visit.words("ask.nearest"))).to_have_count(0)


@looks(LOOKS[0])
def test_a_link_into_a_knowledge_base_with_a_chinese_name_opens_at_once(visit: Visit, server: Running) -> None:
    server.make("客服资料", {"泵.md": "# 水泵\n\n保修期为 24 个月。\n"})
    visit.open("/kb/客服资料/documents/泵.md")  # whatever is not found fails the visit
    expect(visit.page.get_by_text("保修期为 24 个月。")).to_be_visible()


@looks(LOOKS[3])
def test_conversations_stay_with_who_makes_the_first_key(visiting: Visiting, look: Look, tmp_path: Path) -> None:
    with running(tmp_path / "home") as server:
        server.make("kb", {"pump.md": "# Pump\n\nThe warranty of the pump lasts 24 months.\n"})
        visit = visiting(server, look)
        visit.allow("status of 401")
        visit.open("/kb/kb/ask")
        visit.ask(QUESTION)
        visit.open("/keys")
        visit.button("keys.addFirst").first.click()
        dialog = visit.page.get_by_role("dialog", name=visit.words("keys.addFirst"))
        dialog.get_by_role("textbox").first.fill("Li")
        visit.button("keys.make", within=dialog).click()
        expect(visit.page.get_by_text(visit.words("keys.entered"))).to_be_visible()
        visit.button("keys.keptIt").click()
        visit.open("/kb/kb/ask")
        expect(visit.page.get_by_text(QUESTION).first).to_be_visible()
