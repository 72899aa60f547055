"""Curated answers: written, given word for word where a question has their words, changed, deleted and brought back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from running import Running

from .visit import LOOKS, Locator, Look, Visit, expect, looks

NAME = {"zh": "质保", "en": "warranty"}
ASKED = {"zh": "出口水泵的保修期多长？", "en": "How long is the guarantee for export?"}
WORDS = {"zh": ("出口", "保修期"), "en": ("export", "guarantee")}
ANSWER = {"zh": "出口水泵保修 18 个月。", "en": "Exported pumps are guaranteed for 18 months."}
CHANGED = {"zh": "出口水泵保修 36 个月。", "en": "Exported pumps are guaranteed for 36 months."}
DOCUMENT = {"zh": "水泵.md", "en": "pump.md"}
QUOTE = {"zh": "出口的水泵除外", "en": "except for export"}
TEXT = {
    "zh": "# 水泵 PX-200\n\n## 保修\n\n水泵 PX-200 的保修期为 24 个月，出口的水泵除外。\n",
    "en": "# Pump PX-200\n\n## Warranty\n\nThe pump PX-200 is guaranteed for 24 months, except for export.\n",
}


@pytest.fixture
def pump(server: Running, name: str, look: Look) -> str:
    """A knowledge base of one document."""
    server.make(name, {DOCUMENT[look.language]: TEXT[look.language]})
    return name


def field(visit: Visit, name: str) -> Locator:
    """A field of the form."""
    dialog = visit.page.get_by_role("dialog")
    return dialog.get_by_label(visit.words(f"curated.form.{name}"), exact=True).filter(visible=True).first


def write(visit: Visit, base: str) -> Locator:
    """Fill the form for a new answer; the dialog."""
    look = visit.look.language
    visit.open(f"/kb/{base}/curated")
    visit.button("curated.add").click()
    dialog = visit.page.get_by_role("dialog", name=visit.words("curated.add"))
    visit.button("curated.form.save", within=dialog).click()
    expect(dialog.get_by_role("alert")).to_have_text(visit.words("curated.form.needed"))
    field(visit, "name").fill(NAME[look])
    for word in WORDS[look]:
        field(visit, "all").fill(word)
        field(visit, "all").press("Enter")
    field(visit, "text").fill(ANSWER[look])
    field(visit, "document").click()
    visit.page.get_by_role("option", name=DOCUMENT[look], exact=True).click()
    field(visit, "quote").fill(QUOTE[look])
    return dialog


def save(visit: Visit, base: str) -> Locator:
    """Write a new answer; its card."""
    dialog = write(visit, base)
    visit.button("curated.form.save", within=dialog).click()
    expect(visit.page.get_by_text(visit.words("curated.saved", NAME[visit.look.language]))).to_be_visible()
    expect(dialog).to_have_count(0)
    return visit.page.get_by_role("article", name=NAME[visit.look.language], exact=True)


def given(server: Running, base: str, look: Look) -> str:
    """What is answered, without its source."""
    asked = server.client().post(f"/api/knowledge-bases/{base}/ask", json={"question": ASKED[look.language]})
    answer: str = asked.json()["answer"]
    return answer.removesuffix(" [1]")


@looks(LOOKS[3])
def test_a_curated_answer_is_given_word_for_word(visit: Visit, server: Running, pump: str) -> None:
    look = visit.look.language
    card = save(visit, pump)
    for said in (*WORDS[look], ANSWER[look], QUOTE[look], DOCUMENT[look]):
        expect(card).to_contain_text(said)
    trial = visit.page.get_by_role("region", name=visit.words("curated.trial.title"))
    visit.button("curated.trial.run", within=trial).click()
    expect(trial.get_by_text(visit.words("curated.trial.needed"))).to_be_visible()
    trial.get_by_role("textbox").fill(ASKED[look])
    trial.get_by_role("textbox").press("Enter")
    expect(trial.get_by_role("status")).to_contain_text(visit.words("curated.trial.given", NAME[look]))
    visit.open(f"/kb/{pump}/ask")
    turn = visit.ask(ASKED[look])
    expect(turn).to_contain_text(ANSWER[look])
    turn.get_by_role("link", name=visit.words.like("ask.source")).first.click()
    expect(visit.page.locator("mark").filter(visible=True).first).to_contain_text(QUOTE[look].split()[0])


@looks(LOOKS[0])
def test_an_answer_is_changed(visit: Visit, server: Running, pump: str) -> None:
    look = visit.look.language
    card = save(visit, pump)
    visit.button("curated.editOf", NAME[look], within=card).click()
    dialog = visit.page.get_by_role("dialog", name=visit.words("curated.editOf", NAME[look]))
    expect(field(visit, "name")).to_have_count(0)
    expect(field(visit, "quote")).to_have_value(QUOTE[look])
    field(visit, "text").fill(CHANGED[look])
    visit.button("curated.form.save", within=dialog).click()
    expect(card).to_contain_text(CHANGED[look])
    assert given(server, pump, visit.look) == CHANGED[look]
    visit.page.reload()
    expect(card).to_contain_text(CHANGED[look])
    card.get_by_role("link", name=DOCUMENT[look]).click()
    expect(visit.page.get_by_role("heading", level=1).first).to_be_visible()
    visit.page.go_back()
    expect(card).to_contain_text(CHANGED[look])


@looks(LOOKS[1])
def test_an_answer_that_was_deleted_comes_back_until_it_is_gone(visit: Visit, server: Running, pump: str) -> None:
    look = visit.look.language
    card = save(visit, pump)
    visit.button("curated.removeOf", NAME[look], within=card).click()
    expect(card).to_have_count(0)
    expect(visit.page.get_by_text(visit.words("curated.none"))).to_be_visible()
    visit.button("shell.undo").click()
    expect(card).to_be_visible()
    assert given(server, pump, visit.look) == ANSWER[look]
    visit.button("curated.removeOf", NAME[look], within=card).click()
    visit.page.reload()  # whoever leaves has it done at once
    expect(visit.page.get_by_text(visit.words("curated.none"))).to_be_visible()
    assert given(server, pump, visit.look) != ANSWER[look]


@looks(LOOKS[2])
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(visit: Visit, pump: str) -> None:
    visit.allow(r"status of 4\d\d")
    look = visit.look.language
    save(visit, pump)
    dialog = write(visit, pump)
    visit.button("curated.form.save", within=dialog).click()
    expect(dialog.get_by_role("alert")).to_have_text(visit.words("curated.form.taken", NAME[look]))
    field(visit, "name").fill(f"{NAME[look]}/2")
    expect(dialog.get_by_role("alert")).to_have_text(visit.words("curated.form.noName"))
    field(visit, "name").fill(f"{NAME[look]} 2")
    dialog.get_by_text(visit.words("curated.form.proofs.url"), exact=True).click()
    field(visit, "url").fill("javascript:canary(1)")
    visit.button("curated.form.save", within=dialog).click()
    expect(dialog.get_by_role("alert")).to_contain_text("https://example.com/page")
    chinese = any("\u4e00" <= sign <= "\u9fff" for sign in dialog.get_by_role("alert").inner_text())
    assert chinese == (look == "zh")
    expect(field(visit, "text")).to_have_value(ANSWER[look])
    expect(field(visit, "name")).to_have_value(f"{NAME[look]} 2")
    field(visit, "url").fill("https://example.com/warranty")
    yesterday = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    field(visit, "expires").fill(yesterday)
    visit.button("curated.form.save", within=dialog).click()
    second = visit.page.get_by_role("article", name=f"{NAME[look]} 2", exact=True)
    expect(second.get_by_text(visit.words("curated.expired"), exact=True)).to_be_visible()
    assert visit.overflow() <= 0
