"""A curated answer is given while it is valid and its source says what it quotes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from wenyuan.filters import read_test
from wenyuan.rules import Curated, Rule, When, curated
from wenyuan.trace import Trace
from wenyuan.types import Chunk, Correction, Decision, Document, Mark, Passage
from wenyuan.understand import understand

NOW = 1_000_000.0
MANUAL = Document(
    "pump.md", "Pump", "Intro. The warranty is two years.", "md", "0", 0.0, marks=(Mark(0, page=1), Mark(7, page=2))
)


class Shelf:
    """One manual, in two chunks under a heading each; of the second a person may have made something."""

    def __init__(self, made: Correction | None = None) -> None:
        self.made = made

    def document(self, document: str) -> Document | None:
        return MANUAL if document == MANUAL.id else None

    def passages(self, document: str) -> list[Passage]:
        bounds = [(0, 7, ("Pump",)), (7, len(MANUAL.text), ("Pump", "Warranty"))]
        chunks = [
            Chunk(n, document, "Pump", n, MANUAL.text[start:end], start, end, headings)
            for n, (start, end, headings) in enumerate(bounds)
        ]
        return [Passage(chunks[0], None), Passage(chunks[1], self.made)]


def answers(*given: Curated, question: str = "Warranty?", where: str | None = None, shelf: Shelf | None = None):
    trace = Trace()
    rules = [Rule(f"rule {n}", answer=answer) for n, answer in enumerate(given)]
    query = understand(question, None if where is None else read_test(where))
    return curated(query, [Rule("no answer"), *rules], NOW, shelf or Shelf(), trace), trace


def test_an_answer_cites_the_words_that_prove_it() -> None:
    answer, trace = answers(Curated("Two years.", NOW + 1, MANUAL.id, quote="two years"))
    assert answer is not None
    assert (answer.decision, answer.text, answer.curated) == (Decision.ANSWERED, "Two years. [1]", "rule 0")
    [citation] = answer.citations
    assert MANUAL.text[citation.start : citation.end] == citation.quote == "two years"
    assert (citation.document, citation.page, citation.heading) == (MANUAL.id, 2, "Pump > Warranty")
    assert "rule 0" in answer.reason
    assert [fired.rule for fired in trace.fired] == ["rule 0"]


def test_an_answer_may_name_a_page_of_the_web_or_a_whole_document() -> None:
    answer, _ = answers(Curated("Two years.", NOW + 1, url="https://example.com/w"), question="保修？")
    assert answer is not None
    assert answer.citations[0].document == "https://example.com/w"
    assert "由人撰写" in answer.reason
    answer, _ = answers(Curated("Two years.", NOW + 1, MANUAL.id))
    assert answer is not None
    assert (answer.citations[0].quote, answer.citations[0].page) == ("", None)


@pytest.mark.parametrize(
    ("answer", "where", "why"),
    [
        (Curated("x", NOW, MANUAL.id), None, "it expired on 1970-01-12"),
        (Curated("x", NOW + 1, "gone.md"), None, r"its source gone\.md is not in the knowledge base"),
        (Curated("x", NOW + 1, MANUAL.id, quote="three years"), None, r"its quote is no longer in pump\.md"),
        (Curated("x", NOW + 1, MANUAL.id), "type=pdf", "its source is none of the documents asked for"),
    ],
)
def test_an_answer_that_does_not_hold_gives_way_to_the_next_and_is_noted(
    answer: Curated, where: str | None, why: str
) -> None:
    given, trace = answers(answer, where=where)
    assert given is None
    [note] = trace.notes
    assert note.startswith("Rule 'rule 0' has an answer that was not used")
    assert re.search(why, note)
    given, _ = answers(answer, Curated("y", NOW + 1, url="https://example.com"), where=where)
    assert given is not None
    assert given.text == "y [1]"


@pytest.mark.parametrize(("typed", "given"), [("Warranty?", True), ("Which is shortest?", False)])
def test_an_answer_is_for_what_was_typed_not_for_what_a_conversation_made_of_it(typed: str, given: bool) -> None:
    query = replace(understand("warranty, which is shortest?"), text=typed, rewritten="warranty, which is shortest?")
    rule = Rule("longest", When(all=("warranty",)), answer=Curated("Two years.", NOW + 1, url="https://example.com"))
    trace = Trace()
    answer = curated(query, [rule], NOW, Shelf(), trace)
    assert (answer is not None) == given
    assert any("was not used" in note for note in trace.notes) != given


@pytest.mark.parametrize(
    ("disabled", "text", "quote", "cited"),
    [
        (False, "It is three years.", "three years", (7, len(MANUAL.text), True)),
        (False, "It is three years.", "two years", None),
        (True, None, "two years", None),
        (True, None, "Intro", (0, 5, False)),
    ],
)
def test_an_answer_quotes_passages_as_people_corrected_them(disabled, text, quote, cited) -> None:
    made = Correction(1, MANUAL.id, MANUAL.text[7:], 0, disabled, text, 0.0)
    answer, trace = answers(Curated("x", NOW + 1, MANUAL.id, quote=quote), shelf=Shelf(made))
    if cited is None:
        assert answer is None
        assert re.search(r"its quote is of a passage of pump\.md that was corrected or disabled", trace.notes[0])
    else:
        assert answer is not None
        [citation] = answer.citations
        assert (citation.start, citation.end, citation.corrected) == cited
