"""Evaluation: question sets, runs and how far they are, what they measured, and two of them side by side."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator

import pytest

from running import Running

from .model import Model
from .visit import BOTH_LANGUAGES, LOOKS, Locator, Look, Visit, expect, looks

ASKED = {
    "zh": (("水泵的保修期多长？", "泵.md"), ("水泵多久保养一次？", "泵.md"), ("阀门是什么颜色？", "阀.md")),
    "en": (
        ("How long is the warranty of the pump?", "pump.md"),
        ("How often is the pump serviced?", "pump.md"),
        ("Which colour has the valve?", "valve.md"),
    ),
}
DOCUMENTS = {
    "zh": {
        "泵.md": "# 水泵\n\n水泵的保修期为 24 个月。\n\n水泵每 700 小时保养一次。\n",
        "阀.md": "# 阀门\n\n阀门是红色的。\n",
    },
    "en": {
        "pump.md": "# Pump\n\nThe warranty of the pump lasts 24 months.\n\nThe pump is serviced every 700 hours.\n",
        "valve.md": "# Valve\n\nThe colour of the valve is red.\n",
    },
}
RULE = '[[rule]]\nname = "away"\nwhen = {{any = ["{0}"]}}\nexclude = {{documents = ["{1}"]}}\n'
MANY = 40  # questions of a run that takes a while
LONG = 120_000  # milliseconds for it on a busy machine

# How far a run is, is there for moments: what the page says of it in them.
_FAR = """() => {
  window.__far = [];
  const look = () => window.__far.push(document.querySelector("[role=progressbar]")?.getAttribute("aria-label") ?? "");
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""
SAYS = {"zh": "第 2 行：有未知的键 'documant'", "en": "line 2: it has an unknown key 'documant'"}


def lines(look: Look, key: str = "document") -> str:
    """A question set; `key` names the document from the second question on."""
    first, *others = ASKED[look.language]
    rows = [{"question": first[0], "document": first[1]}]
    rows += [{"question": question, key: document} for question, document in others]
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


@pytest.fixture
def measured(server: Running, name: str, look: Look) -> str:
    """A knowledge base of two documents with the question set `first`."""
    server.make(name, DOCUMENTS[look.language])
    put = server.client().put(f"/api/knowledge-bases/{name}/question-sets/first", json={"jsonl": lines(look)})
    put.raise_for_status()
    return name


@pytest.fixture
def asking(server: Running, model: Model) -> Iterator[Model]:
    """Somebody asks until the model may go on: runs give way to that, for some seconds at each question."""
    model.say("24 months [1].", wait=True)
    body = {"question": "How long is the warranty of the PX-200?"}
    asked = threading.Thread(
        target=server.client().post, args=("/api/knowledge-bases/talk/ask",), kwargs={"json": body}
    )
    asked.start()
    yield model
    model.go_on.set()
    asked.join()


def runs(visit: Visit, measure: str = "search") -> Locator:
    """The cards of the runs by the set `first`, the newest first."""
    named = visit.words("evaluation.runs.of", "first", visit.words(f"evaluation.measures.{measure}"))
    return visit.page.get_by_role("article", name=named, exact=True)


def begin(visit: Visit, measure: str = "search") -> None:
    """Begin a run by the set `first`."""
    card = visit.page.get_by_role("article", name="first", exact=True)
    card.get_by_role("button").filter(has_text=visit.words(f"evaluation.measures.{measure}")).click()
    expect(visit.page.get_by_text(visit.words("evaluation.sets.queued")).first).to_be_visible()


def state(visit: Visit, card: Locator, named: str) -> Locator:
    """The badge of a run that says so."""
    return card.get_by_text(visit.words(f"evaluation.runs.states.{named}"), exact=True)


def bad_figure(server: Running, base: str, look: Look) -> None:
    """Have a rule hide the document of the last question."""
    toml = RULE.format(*{"zh": ("颜色", "阀.md"), "en": ("colour", "valve.md")}[look.language])
    server.client().put(f"/api/knowledge-bases/{base}/rules", json={"toml": toml}).raise_for_status()


@looks(*BOTH_LANGUAGES)
def test_a_set_is_brought_in_as_a_file_and_a_bad_line_is_told(visit: Visit, server: Running, name: str) -> None:
    visit.allow(r"status of 422")
    server.make(name, DOCUMENTS[visit.look.language])
    visit.open(f"/kb/{name}/evaluation")
    expect(visit.page.get_by_text(visit.words("evaluation.sets.none"))).to_be_visible()
    visit.button("evaluation.sets.add").click()
    dialog = visit.page.get_by_role("dialog", name=visit.words("evaluation.sets.add"))
    visit.button("evaluation.form.save", within=dialog).click()
    expect(dialog.get_by_role("alert")).to_have_text(visit.words("evaluation.form.needed"))
    bad = lines(visit.look, "documant")
    file = {"name": "support.jsonl", "mimeType": "application/jsonl", "buffer": bad.encode()}
    dialog.locator("input[type=file]").set_input_files([{**file, "buffer": b"\xff\xfe\x00"}])  # type: ignore[list-item]
    expect(dialog.get_by_role("alert").first).to_have_text(visit.words("evaluation.form.unreadable"))
    dialog.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    box = dialog.get_by_role("textbox", name=visit.words("evaluation.form.jsonl"), exact=True)
    expect(box).to_have_value(bad)
    expect(dialog.get_by_role("textbox", name=visit.words("evaluation.form.name"), exact=True)).to_have_value("support")
    visit.button("evaluation.form.save", within=dialog).click()
    expect(dialog.get_by_role("alert")).to_contain_text(SAYS[visit.look.language])
    expect(box).to_have_value(bad)
    box.fill(lines(visit.look))
    visit.button("evaluation.form.save", within=dialog).click()
    card = visit.page.get_by_role("article", name="support", exact=True)
    expect(card).to_contain_text(visit.words("evaluation.sets.questions", 3))
    visit.button("evaluation.sets.editOf", "support").click()
    expect(visit.page.get_by_role("dialog").get_by_role("textbox")).to_have_value(lines(visit.look))


@looks(LOOKS[1])
def test_a_set_that_was_deleted_comes_back_until_it_is_gone(visit: Visit, measured: str) -> None:
    visit.open(f"/kb/{measured}/evaluation")
    card = visit.page.get_by_role("article", name="first", exact=True)
    visit.button("evaluation.sets.removeOf", "first", within=card).click()
    expect(card).to_have_count(0)
    visit.button("shell.undo").click()
    expect(card).to_be_visible()
    visit.button("evaluation.sets.removeOf", "first", within=card).click()
    visit.page.reload()  # whoever leaves has it done at once
    expect(visit.page.get_by_text(visit.words("evaluation.sets.none"))).to_be_visible()


@looks(LOOKS[2])
def test_a_run_says_how_far_it_is_and_is_broken_off(
    visit: Visit, server: Running, asking: Model, measured: str
) -> None:
    question, document = ASKED[visit.look.language][0]
    rows = [json.dumps({"question": f"{question} {n}", "document": document}) for n in range(MANY)]
    body = {"jsonl": "\n".join(rows)}
    server.client().put(f"/api/knowledge-bases/{measured}/question-sets/first", json=body).raise_for_status()
    visit.open(f"/kb/{measured}/evaluation")
    begin(visit, "answers")
    card, running = runs(visit, "answers").first, visit.page.get_by_role("progressbar")
    expect(state(visit, card, "running").first).to_be_visible()
    visit.button("evaluation.runs.stop", within=card).click()
    expect(state(visit, card, "cancelled")).to_be_visible()
    expect(running).to_have_count(0)
    begin(visit, "answers")
    expect(runs(visit, "answers")).to_have_count(2)
    visit.page.reload()  # the run goes on
    expect(running).to_have_count(1)
    visit.page.evaluate(_FAR)
    asking.go_on.set()
    expect(state(visit, card, "done")).to_be_visible(timeout=LONG)
    assert any(re.search(rf"\d.* {MANY}\b", far) for far in visit.page.evaluate("window.__far"))
    expect(card).to_contain_text(visit.words("evaluation.figures.evidence"))
    assert visit.overflow() <= 0


@looks(LOOKS[3])
def test_two_runs_are_compared_and_the_report_is_shown(visit: Visit, server: Running, measured: str) -> None:
    look, words = visit.look, visit.words
    visit.allow(r"Blocked script execution in 'about:srcdoc'")  # the report's own, which are not to run here
    visit.open(f"/kb/{measured}/evaluation")
    begin(visit)
    expect(state(visit, runs(visit).first, "done")).to_be_visible()
    expect(runs(visit).first).to_contain_text("1.000")
    bad_figure(server, measured, look)
    begin(visit)
    expect(runs(visit)).to_have_count(2)
    expect(state(visit, runs(visit).first, "done")).to_be_visible()
    runs(visit).first.get_by_role("link", name=words.like("evaluation.runs.openOf")).click()
    figures = visit.page.get_by_role("table", name=words("evaluation.run.figure"), exact=True)
    expect(figures.get_by_role("row").filter(has_text="MRR@10")).to_contain_text("0.667")
    visit.page.get_by_role("combobox", name=words("evaluation.run.compare"), exact=True).click()
    visit.page.get_by_role("option").first.click()
    against = visit.page.get_by_role("region", name=words.like("evaluation.against.title"))
    expect(against).to_contain_text(words("evaluation.against.sum", 3, 0, 1, 2))
    expect(against.get_by_role("listitem").filter(has_text=ASKED[look.language][2][0])).to_contain_text(
        words("evaluation.against.worse")
    )
    visit.page.reload()
    expect(against).to_contain_text(words("evaluation.against.sum", 3, 0, 1, 2))
    visit.button("evaluation.run.report").click()
    frame = visit.page.frame_locator("iframe.report")
    expect(frame.get_by_text(ASKED[look.language][2][0]).first).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_role("dialog")).to_have_count(0)
    visit.seen.left.remove("about:srcdoc")  # the report's frame, and no other
    visit.page.go_back()
    expect(against).to_have_count(0)
    visit.page.go_back()
    expect(visit.page.get_by_role("heading", level=1, name=words("evaluation.title"))).to_be_visible()


@looks(LOOKS[0])
def test_a_wrong_question_of_a_run_leads_to_its_why(visit: Visit, server: Running, measured: str) -> None:
    bad_figure(server, measured, visit.look)
    visit.open(f"/kb/{measured}/evaluation")
    begin(visit)
    expect(state(visit, runs(visit).first, "done")).to_be_visible()
    runs(visit).first.get_by_role("link").click()
    asked = visit.page.get_by_role("region", name=visit.words("evaluation.run.questions"), exact=True)
    expect(asked.get_by_role("row")).to_have_count(4)
    asked.get_by_role("checkbox").check()
    expect(asked.get_by_role("row")).to_have_count(2)
    expect(asked).to_contain_text(visit.words("evaluation.run.notFound"))
    asked.get_by_role("link").click()
    told = visit.page.get_by_role("region", name=visit.words("why.verdict.title"))
    expect(told).to_contain_text("away")
    visit.page.go_back()
    expect(asked.get_by_role("row")).to_have_count(4)
