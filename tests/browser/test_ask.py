"""Asking: the answer as it is written, its sources, what is kept in the browser, and a person's habits with keys."""

from __future__ import annotations

import json
import re

import pytest

from running import Running

from .model import Model
from .visit import BASE, BOTH_LANGUAGES, BOTH_WIDTHS, LOOKS, Look, Visit, Visiting, expect, looks

TEXT = {
    "zh": ("你们的泵能抽海水吗？", "常见问题.md", "不适合海水"),
    "en": ("How long does the warranty last for export customers?", "export-warranty.html", "18 months"),
}
SCAN = {
    "zh": ("CW-300 参数解锁的出厂密码是多少？", "CW-300 变频泵使用手册.pdf", "0316"),
    "en": ("How large must the pressure vessel of a CW-300 be?", "CW-300 operating manual.pdf", "24 litres"),
}
UNKNOWN = {"zh": "公司食堂几点开饭？", "en": "Can an invoice be paid in bitcoin?"}
WARRANTY = {"zh": "水泵 PX-200 的保修期多长？", "en": "How long is the warranty of the PX-200?"}

_TYPED = """(box, text) => {
  const data = new DataTransfer();
  if (text) data.setData("text/plain", text);
  data.items.add(new File([new Uint8Array([137, 80, 78, 71])], "screenshot.png", {type: "image/png"}));
  return box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def cited(visit: Visit, asked: dict[str, tuple[str, str, str]]) -> tuple[str, str]:
    """Ask, and see that the answer names the document; the question and what the document says."""
    question, document, says = asked[visit.look.language]
    visit.open(f"/kb/{BASE}/ask")
    turn = visit.ask(question)
    expect(turn).to_contain_text(says)
    expect(turn.get_by_role("link", name=visit.words("ask.source", 1, document))).to_be_visible()
    return question, says


@looks()
def test_a_citation_opens_the_text_with_the_passage_marked(visit: Visit) -> None:
    question, says = cited(visit, TEXT)
    visit.turn(question).get_by_role("link", name=visit.words.like("ask.source")).first.click()
    marks = visit.page.locator("mark").filter(visible=True)
    expect(marks.first).to_be_in_viewport()
    expect(visit.page.locator(".beside, main").get_by_role("tab", name=visit.words("document.text"))).to_have_attribute(
        "aria-selected", "true"
    )
    assert says.replace(" ", "") in re.sub(r"\s", "", "".join(marks.all_inner_texts()))
    visit.page.go_back()
    expect(visit.turn(question)).to_be_visible()
    expect(visit.page.locator(".beside")).to_have_count(0)


@looks()
def test_a_citation_opens_the_page_of_a_pdf_with_the_lines_framed(visit: Visit) -> None:
    question, _ = cited(visit, SCAN)
    visit.turn(question).get_by_role("link", name=visit.words.like("ask.source")).first.click()
    expect(visit.page.get_by_text(visit.words.like("document.marked", whole=True))).to_be_visible()
    frames = visit.page.locator("[data-frame]")
    expect(frames.first).to_be_in_viewport()
    page = visit.page.get_by_role("img", name=visit.words.like("document.pageOf"))
    outer, inner = page.bounding_box(), frames.first.bounding_box()
    assert outer is not None
    assert inner is not None
    assert outer["x"] <= inner["x"] < outer["x"] + outer["width"]
    assert 0 < inner["height"] < outer["height"] / 4


@looks(*BOTH_LANGUAGES)
def test_an_answer_is_seen_while_it_is_written(visit: Visit, model: Model) -> None:
    model.say("The ", "warranty ", "lasts ", "24 months ", "from ", "delivery ", "[1].", pause=0.3, wait=True)
    question = WARRANTY[visit.look.language]
    visit.open("/kb/talk/ask")
    visit.box.fill(question)
    visit.box.press("Enter")
    turn = visit.turn(question)
    expect(turn.get_by_text("The warranty lasts 24 months")).to_be_visible()
    expect(turn.get_by_text(visit.words("ask.writing"))).to_be_visible()
    expect(turn.locator("[aria-busy=true]")).to_be_visible()
    model.go_on.set()
    expect(turn.get_by_role("link", name=visit.words.like("ask.source")).first).to_be_visible()
    expect(turn.get_by_text(visit.words("ask.model", "m"))).to_be_visible()


@looks(*BOTH_WIDTHS)
def test_an_answer_is_stopped_and_asked_again(visit: Visit, model: Model) -> None:
    model.say("The warranty ", "lasts ", "24 months [1].", pause=0.3, wait=True)
    question = WARRANTY[visit.look.language]
    visit.open("/kb/talk/ask")
    visit.box.fill(question)
    visit.button("ask.send").click()
    expect(visit.turn(question).get_by_text("The warranty")).to_be_visible()
    visit.button("ask.stop").click()
    expect(visit.turn(question).get_by_text(visit.words("ask.stopped"))).to_be_visible()
    expect(visit.turn(question).get_by_text("The warranty")).to_be_visible()  # what had come stays
    model.say("It lasts 24 months [1].")
    visit.button("ask.again").click()
    expect(visit.turn(question).get_by_text("It lasts 24 months")).to_be_visible()


@looks()
def test_a_question_without_an_answer_names_the_nearest_sections(visit: Visit) -> None:
    visit.open(f"/kb/{BASE}/ask")
    turn = visit.ask(UNKNOWN[visit.look.language])
    expect(turn.get_by_text(visit.words("ask.declined"))).to_be_visible()
    nearest = turn.get_by_role("region", name=visit.words("ask.nearest"))
    expect(nearest.get_by_role("link").first).to_be_visible()


@looks(*BOTH_WIDTHS)
def test_a_conversation_is_kept_over_a_reload_and_found_by_its_address(visit: Visit) -> None:
    question, says = cited(visit, TEXT)
    visit.page.reload()
    expect(visit.turn(question)).to_contain_text(says)
    address = visit.page.url
    visit.open(f"/kb/{BASE}/library")
    visit.page.go_back()
    expect(visit.turn(question)).to_contain_text(says)
    assert visit.page.url == address


@looks(*BOTH_WIDTHS)
def test_a_conversation_that_was_deleted_comes_back(visit: Visit) -> None:
    question, says = cited(visit, TEXT)
    if visit.is_narrow:
        visit.button("ask.conversations").click()
    visit.page.get_by_role("button", name=visit.words("ask.more", question)).click()
    visit.page.get_by_role("menuitem", name=visit.words("ask.remove")).click()
    expect(visit.page.get_by_text(visit.words("ask.removed", question))).to_be_visible()
    expect(visit.turn(question)).to_have_count(0)
    visit.button("shell.undo").click()
    expect(visit.turn(question)).to_contain_text(says)


@looks(*BOTH_LANGUAGES)
def test_an_answer_is_copied_with_its_sources(visiting: Visiting, server: Running, look: Look) -> None:
    visit = visiting(server, look, permissions=["clipboard-read", "clipboard-write"])
    question, _ = cited(visit, TEXT)
    visit.button("ask.copy", within=visit.turn(question)).click()
    expect(visit.button("shell.copied")).to_be_visible()
    copied: str = visit.page.evaluate("navigator.clipboard.readText()")
    _, document, says = TEXT[look.language]
    assert says in copied
    assert document in copied
    link = re.search(r"http\S+/documents/\S+", copied)
    assert link
    visit.page.goto(link[0])  # the link of a copied source opens the passage
    expect(visit.page.locator("mark").first).to_be_in_viewport()


@looks(*BOTH_WIDTHS)
def test_enter_sends_and_shift_enter_begins_a_line(visit: Visit) -> None:
    visit.open(f"/kb/{BASE}/ask")
    visit.box.press_sequentially("CW-40")
    visit.box.press("Shift+Enter")
    visit.box.press_sequentially("pressure")
    expect(visit.box).to_have_value("CW-40\npressure")
    visit.box.press("Enter")
    expect(visit.box).to_have_value("")
    expect(visit.page.get_by_role("article")).to_have_count(1)


@looks(LOOKS[0], LOOKS[2])
def test_enter_of_an_input_method_sends_nothing(visit: Visit) -> None:
    visit.open(f"/kb/{BASE}/ask")
    expect(visit.box).to_be_focused()
    keyboard = visit.page.context.new_cdp_session(visit.page)
    keyboard.send("Input.imeSetComposition", {"text": "shui'beng", "selectionStart": 9, "selectionEnd": 9})
    expect(visit.box).to_have_value("shui'beng")
    visit.box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "isComposing": True, "bubbles": True})
    visit.box.dispatch_event("keydown", {"key": "Enter", "keyCode": 13, "isComposing": True, "bubbles": True})
    visit.box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "isComposing": False, "bubbles": True})
    keyboard.send("Input.insertText", {"text": "水泵保修多久"})
    expect(visit.box).to_have_value("水泵保修多久")
    expect(visit.page.get_by_role("article")).to_have_count(0)
    visit.box.press("Enter")
    expect(visit.page.get_by_role("article")).to_have_count(1)


@looks(*BOTH_LANGUAGES)
def test_a_screenshot_that_is_pasted_is_told_about_and_no_text_is_lost(visit: Visit) -> None:
    visit.open(f"/kb/{BASE}/ask")
    visit.box.fill("E04")
    assert visit.box.evaluate(_TYPED, None) is False  # the browser does nothing more with it
    expect(visit.page.get_by_role("alert")).to_have_text(visit.words("ask.pictures"))
    expect(visit.box).to_have_value("E04")
    visit.page.reload()
    expect(visit.box).to_have_value("E04")
    assert visit.box.evaluate(_TYPED, "some cells of a sheet") is True  # text with its picture is text
    expect(visit.page.get_by_role("alert")).to_have_count(0)


@looks(*LOOKS[:1])
def test_a_slow_network_is_waited_for(visit: Visit) -> None:
    visit.slow(latency=400, down=150_000)
    question, says = cited(visit, TEXT)
    visit.page.get_by_role("link", name=visit.words.like("ask.source")).first.click()
    expect(visit.page.locator("mark").first).to_be_in_viewport()
    expect(visit.turn(question)).to_contain_text(says)


@looks(*BOTH_LANGUAGES)
def test_a_server_that_is_gone_is_said_in_a_sentence_and_asked_again(visit: Visit) -> None:
    visit.allow(r"ERR_INTERNET_DISCONNECTED")
    question, _, says = TEXT[visit.look.language]
    visit.open(f"/kb/{BASE}/ask")
    expect(visit.box).to_be_visible()
    visit.page.context.set_offline(True)
    turn = visit.ask(question)
    expect(turn.get_by_role("alert")).to_have_text(visit.words("shell.failure.unreachable"))
    visit.page.context.set_offline(False)
    visit.button("ask.again").click()
    expect(turn).to_contain_text(says)


@looks(*BOTH_LANGUAGES)
def test_a_connection_that_breaks_is_said_in_a_sentence(visit: Visit) -> None:
    said = f"event: text\ndata: {json.dumps({'text': 'The warranty'})}\n\n"
    visit.page.route("**/api/**/ask", lambda route: route.fulfill(content_type="text/event-stream", body=said))
    visit.open("/kb/talk/ask")
    turn = visit.ask(WARRANTY[visit.look.language])
    expect(turn.get_by_role("alert")).to_have_text(visit.words("shell.failure.cut"))


@looks(*BOTH_WIDTHS)
def test_a_question_is_limited_to_a_folder(visit: Visit) -> None:
    visit.open(f"/kb/{BASE}/ask")
    visit.page.get_by_role("button", name=visit.words("ask.filters")).click()
    visit.page.get_by_label(visit.words("ask.folder"), exact=True).first.click()
    visit.page.get_by_role("option", name="people", exact=True).click()
    visit.page.keyboard.press("Escape")
    turn = visit.ask(TEXT[visit.look.language][0])
    expect(turn.get_by_text(visit.words("ask.only", "people"))).to_be_visible()
    expect(turn.get_by_role("link", name=re.compile("常见问题|export"))).to_have_count(0)


@looks(*BOTH_LANGUAGES)
def test_what_is_wrong_with_an_answer_reaches_the_keepers(visit: Visit, server: Running) -> None:
    question, _ = cited(visit, TEXT)
    visit.button("ask.wrong", within=visit.turn(question)).click()
    right = visit.page.get_by_role("textbox", name=visit.words("ask.correction"))
    right.fill("36 个月 / 36 months")
    visit.button("ask.sendCorrection", within=visit.turn(question)).click()
    expect(visit.page.get_by_text(visit.words("ask.thanks"))).to_be_visible()


@pytest.mark.parametrize("look", LOOKS[:1], ids=str)
def test_a_question_too_long_for_the_server_is_said_in_a_sentence(visit: Visit) -> None:
    visit.allow(r"status of 4\d\d")
    visit.open(f"/kb/{BASE}/ask")
    visit.box.fill("泵" * 70_000)
    visit.box.press("Enter")
    expect(visit.page.get_by_role("article").get_by_role("alert")).to_contain_text(re.compile("[\u4e00-\u9fff]{4}"))
