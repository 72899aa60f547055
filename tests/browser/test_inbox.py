"""The inbox: a question that was not answered becomes a document, is marked as done, and comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from running import Running

from .visit import BOTH_LANGUAGES, BOTH_WIDTHS, Visit, expect, looks

UNKNOWN = {"zh": "食堂几点开饭？", "en": "When does the canteen open?"}
KNOWN = {"zh": "食堂每天 11:30 开饭。", "en": "The canteen opens at 11:30 every day."}


def unanswered(visit: Visit, base: str) -> str:
    """Ask what nothing answers, and open the inbox."""
    question = UNKNOWN[visit.look.language]
    visit.open(f"/kb/{base}/ask")
    turn = visit.ask(question)
    expect(turn.get_by_text(visit.words("ask.declined"))).to_be_visible()
    visit.open(f"/kb/{base}/inbox")
    return question


@looks(*BOTH_WIDTHS)
def test_a_question_becomes_a_document_that_answers_it(visit: Visit, base: str) -> None:
    visit.allow(r"status of 404")  # it is asked whether the name is free
    question = unanswered(visit, base)
    card = visit.page.get_by_role("article", name=question)
    visit.button("inbox.byDocument", within=card).click()
    dialog = visit.page.get_by_role("dialog")
    dialog.get_by_role("textbox", name=visit.words("inbox.document.text"), exact=True).fill(KNOWN[visit.look.language])
    visit.button("inbox.document.save", within=dialog).click()
    expect(visit.page.get_by_text(visit.words("inbox.document.saved"))).to_be_visible()
    expect(card).to_have_count(0)
    visit.open(f"/kb/{base}/ask")
    expect(visit.ask(question)).to_contain_text("11:30")


@looks(*BOTH_LANGUAGES)
def test_a_question_that_is_done_comes_back(visit: Visit, base: str) -> None:
    question = unanswered(visit, base)
    card = visit.page.get_by_role("article", name=question)
    visit.button("inbox.done", within=card).click()
    expect(card).to_have_count(0)
    visit.button("shell.undo").click()
    expect(card).to_be_visible()
    visit.button("inbox.ask", within=card).click()
    expect(visit.box).to_have_value(question)


@looks(*BOTH_LANGUAGES)
def test_a_question_becomes_a_curated_answer(visit: Visit, base: str) -> None:
    question = unanswered(visit, base)
    card = visit.page.get_by_role("article", name=question)
    visit.button("inbox.byAnswer", within=card).click()
    dialog = visit.page.get_by_role("dialog")
    visit.button("inbox.answer.save", within=dialog).click()
    expect(dialog.get_by_role("alert")).to_have_text(visit.words("inbox.answer.needed"))
    dialog.get_by_role("textbox", name=visit.words("inbox.answer.text"), exact=True).fill("11:30")
    dialog.get_by_text(visit.words("inbox.answer.proofs.url"), exact=True).click()
    dialog.get_by_role("textbox", name=visit.words("inbox.answer.url")).fill("https://example.com/canteen")
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    dialog.get_by_label(visit.words("inbox.answer.expires")).fill(until)
    visit.button("inbox.answer.save", within=dialog).click()
    expect(visit.page.get_by_text(visit.words("inbox.answer.saved"))).to_be_visible()
    expect(card).to_have_count(0)


@looks(*BOTH_LANGUAGES)
def test_what_was_said_of_an_answer_becomes_a_curated_answer(visit: Visit, server: Running, base: str) -> None:
    question, right = UNKNOWN[visit.look.language], KNOWN[visit.look.language]
    client, about = server.client(), {"question": question, "answer": "?", "trace_id": "t"}
    for said in ({"verdict": "wrong"}, {"verdict": "wrong", "correction": right}):  # a thumb, and the right answer
        client.post(f"/api/knowledge-bases/{base}/feedback", json=said | about).raise_for_status()
    visit.open(f"/kb/{base}/inbox")
    visit.tab("inbox.tabs.feedback").click()
    card = visit.page.get_by_role("article", name=question)
    expect(card).to_have_count(1)
    expect(card).to_contain_text(right)
    visit.button("inbox.byAnswer", within=card).click()
    dialog = visit.page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox", name=visit.words("inbox.answer.text"), exact=True)).to_have_value(right)
    dialog.get_by_text(visit.words("inbox.answer.proofs.url"), exact=True).click()
    dialog.get_by_role("textbox", name=visit.words("inbox.answer.url")).fill("https://example.com/canteen")
    visit.button("inbox.answer.save", within=dialog).click()
    expect(visit.page.get_by_text(visit.words("inbox.feedback.saved"))).to_be_visible()
    answer = client.post(f"/api/knowledge-bases/{base}/ask", json={"question": question}).json()
    assert answer["curated"]
    assert answer["answer"].startswith(right)
