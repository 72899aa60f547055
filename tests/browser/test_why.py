"""Why: a question followed through the search, what lost a document, and the change that brings it in at a click."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from running import Running

from .signing import sign_in
from .visit import BOTH_LANGUAGES, LOOKS, Locator, Look, Visit, Visiting, expect, looks

ASKED = {"zh": "保修期多长？", "en": "How long does the warranty last?"}
EXPECTED = {"zh": "条款.md", "en": "terms.md"}
NAMED = {"zh": "水泵-1.md", "en": "pump-1.md"}
LOST = {"zh": "而只读 8 个", "en": "8 are read"}
TWELVE = range(1, 13)
DOCUMENTS = {
    "zh": {f"水泵-{n}.md": f"# 水泵 PX-{n}00\n\n## 保修\n\n水泵 PX-{n}00 的保修期为 {n + 12} 个月。\n" for n in TWELVE}
    | {EXPECTED["zh"]: "# 销售条款\n\n## 交货\n\n货物在十天内发出。所有水泵均享有质量保证。\n"},
    "en": {
        f"pump-{n}.md": f"# Pump PX-{n}00\n\n## Warranty\n\nThe warranty of the pump PX-{n}00 lasts {n + 12} months.\n"
        for n in TWELVE
    }
    | {EXPECTED["en"]: "# Terms of sale\n\n## Delivery\n\nGoods are sent within ten days. All pumps are guaranteed.\n"},
}


@pytest.fixture
def pumps(server: Running, name: str, look: Look, monkeypatch: pytest.MonkeyPatch) -> str:
    """A knowledge base in which twelve documents fit the question better than the one that is expected."""
    monkeypatch.delenv("WENYUAN_RERANK__MODEL")
    server.make(name, DOCUMENTS[look.language])
    return name


def place(base: str, question: str, **given: object) -> str:
    """The address of a question that is looked into."""
    return f"/kb/{base}/why?{urlencode({'question': question, **given})}"


def verdict(visit: Visit) -> Locator:
    """What became of the document."""
    return visit.page.get_by_role("region", name=visit.words("why.verdict.title"))


def question_of(visit: Visit) -> Locator:
    """Where the question is written."""
    return visit.page.get_by_role("textbox", name=visit.words("why.form.question"), exact=True)


def expect_document(visit: Visit, document: str) -> None:
    """Pick the document that was expected."""
    box = visit.page.get_by_role("combobox", name=visit.words("why.form.document"), exact=True)
    box.fill(document)
    visit.page.get_by_role("option", name=document, exact=True).click()


def found(server: Running, base: str, question: str) -> list[str]:
    """The documents of the hits, the best first."""
    answer = server.client().post(f"/api/knowledge-bases/{base}/search", json={"question": question, "k": 10})
    return [hit["document"] for hit in answer.json()["hits"]]


@looks(LOOKS[2])
def test_a_question_is_followed_through_the_stages(visit: Visit, pumps: str) -> None:
    question = ASKED[visit.look.language]
    visit.open(f"/kb/{pumps}/why")
    visit.button("why.form.look").click()
    expect(visit.page.get_by_text(visit.words("why.form.needed"))).to_be_visible()
    question_of(visit).fill(question)
    question_of(visit).press("Enter")
    times = visit.page.get_by_role("region", name=visit.words("why.times.title"))
    for stage in ("understand", "recall", "fuse", "rerank"):
        expect(times.get_by_role("row").filter(has_text=visit.words(f"why.names.{stage}"))).to_be_visible()
    ways = visit.page.get_by_role("table", name=visit.words("why.hits.title"))
    expect(ways.get_by_role("row")).to_have_count(11)
    for way in ("legs.dense", "legs.bm25", "names.fuse", "names.rerank"):
        expect(ways.get_by_role("columnheader", name=visit.words(f"why.{way}"), exact=True)).to_be_visible()
    assert visit.overflow() <= 0
    hit = ways.get_by_role("link").first
    title = hit.inner_text()
    hit.click()
    expect(visit.page.get_by_role("heading", level=1, name=title).first).to_be_visible()
    visit.page.go_back()
    expect(ways.get_by_role("row")).to_have_count(11)
    expect(question_of(visit)).to_have_value(question)
    visit.page.reload()
    expect(ways.get_by_role("row")).to_have_count(11)
    visit.page.go_back()
    expect(question_of(visit)).to_have_value("")
    expect(ways).to_have_count(0)


@looks(*BOTH_LANGUAGES)
def test_a_document_that_was_lost_is_put_first_by_a_rule_at_a_click(visit: Visit, server: Running, pumps: str) -> None:
    question, document = ASKED[visit.look.language], EXPECTED[visit.look.language]
    before = found(server, pumps, question)
    assert document not in before
    visit.open(place(pumps, question))
    expect_document(visit, document)
    visit.button("why.form.look").click()
    told = verdict(visit)
    expect(told.get_by_text(visit.words("why.verdict.stages.rerank"), exact=True)).to_be_visible()
    expect(told).to_contain_text(LOST[visit.look.language])
    expect(told.get_by_role("heading", name=visit.words("why.changes.title"))).to_be_visible()
    visit.button("why.changes.rule", within=told).click()
    dialog = visit.page.get_by_role("dialog", name=visit.words("why.rule.title"))
    expect(dialog.locator("pre")).to_contain_text(f'pin = ["{document}"]')
    assert found(server, pumps, question) == before  # nothing is written before somebody has read it
    visit.button("why.rule.apply", within=dialog).click()
    expect(told.get_by_text(visit.words("why.rule.before", 13))).to_be_visible()
    expect(told.get_by_text(visit.words("why.rule.now", 1))).to_be_visible()
    expect(told.get_by_text(visit.words("why.verdict.stages.found"), exact=True)).to_be_visible()
    rows = visit.page.get_by_role("table", name=visit.words("why.hits.title")).get_by_role("row")
    expect(rows.nth(1)).to_contain_text(visit.words("why.hits.picked"))
    assert found(server, pumps, question)[0] == document
    visit.button("shell.undo", within=told).click()
    expect(told.get_by_text(visit.words("why.verdict.stages.rerank"), exact=True)).to_be_visible()
    assert found(server, pumps, question) == before


@looks(LOOKS[3])
def test_the_smallest_change_is_tried_and_the_way_back_is_there(visit: Visit, pumps: str) -> None:
    document = EXPECTED[visit.look.language]
    visit.open(place(pumps, ASKED[visit.look.language], document=document))
    expect(verdict(visit).get_by_text(visit.words("why.changes.rank", 13))).to_be_visible()
    visit.button("why.changes.k", 13).click()
    expect(verdict(visit).get_by_text(visit.words("why.verdict.stages.found"), exact=True)).to_be_visible()
    expect(visit.page.get_by_label(visit.words("why.form.k"), exact=True)).to_have_value("13")
    visit.page.reload()
    expect(verdict(visit).get_by_text(visit.words("why.verdict.stages.found"), exact=True)).to_be_visible()
    visit.page.go_back()
    expect(verdict(visit).get_by_text(visit.words("why.verdict.stages.rerank"), exact=True)).to_be_visible()
    expect(visit.page.get_by_label(visit.words("why.form.k"), exact=True)).to_have_value("10")


@looks(LOOKS[1])
def test_a_dropped_passage_and_a_misspelt_name_lead_to_their_document(visit: Visit, pumps: str) -> None:
    document = NAMED[visit.look.language]
    visit.open(place(pumps, ASKED[visit.look.language], k=3))
    dropped = visit.page.get_by_role("region", name=visit.words("why.left.title"))
    dropped.get_by_role("button", name=visit.words.like("why.left.whyOf")).first.click()
    expect(verdict(visit).get_by_text(visit.words("why.verdict.stages.found"), exact=True)).to_have_count(0)
    expect(verdict(visit).get_by_role("heading", name=visit.words("why.changes.title"))).to_be_visible()
    visit.open(place(pumps, ASKED[visit.look.language], document=document.replace("-", "_")))
    expect(verdict(visit).get_by_text(visit.words("why.verdict.stages.unknown"), exact=True)).to_be_visible()
    verdict(visit).get_by_role("button", name=document, exact=True).click()
    expect(verdict(visit).get_by_text(visit.words("why.verdict.stages.unknown"), exact=True)).to_have_count(0)
    expect(visit.page.get_by_role("combobox", name=visit.words("why.form.document"))).to_have_value(document)


@looks(LOOKS[0])
def test_who_may_only_read_is_offered_no_rule(visiting: Visiting, keyed: Running, look: Look, name: str) -> None:
    keyed.make(name, DOCUMENTS[look.language])
    visit = visiting(keyed, look)
    visit.open(place(name, ASKED[look.language], document=EXPECTED[look.language]))
    sign_in(visit, keyed.key("read"))
    expect(visit.button("why.changes.k", 13)).to_be_visible()
    expect(visit.button("why.changes.rule")).to_have_count(0)
    expect(visit.button("why.changes.first")).to_have_count(0)
