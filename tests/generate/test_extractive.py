"""The extractive generator: verbatim quotes with their positions, or a refusal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import word_encoder
from wenyuan.generate import DraftJudge, Extractive
from wenyuan.prompt import build_prompt
from wenyuan.types import Answer, Context, Decision, Generator, Source
from wenyuan.understand import understand

HAN = re.compile("[\u4e00-\u9fff]")
OFFSET = 1000  # where every source starts in its document

CARE = "滤芯每月清洗一次。滤芯型号是 PPR-9087。润滑油每年更换。"
WARRANTY = "The pump is covered for two years. Keep the receipt. The filter is not covered."


def source(n: int, text: str, *headings: str) -> Source:
    return Source(n, f"d{n}.md", f"T{n}", text, OFFSET, OFFSET + len(text), headings, 1.0, (n,))


def ask(question: str, *sources: Source, confidence: float = 0.0, sentences: int = 4) -> Answer:
    generator: Generator = Extractive(word_encoder(), sentences=sentences)
    prompt = build_prompt(understand(question), Context(sources, tokens=0))
    answer = DraftJudge(confidence=confidence).judge(prompt, generator.draft(prompt))
    texts = {each.document: each.text for each in sources}
    for citation in answer.citations:
        assert citation.quote == texts[citation.document][citation.start - OFFSET : citation.end - OFFSET]
        assert citation.quote.strip()
        assert citation.quote in answer.text
        assert f"[{citation.n}]" in answer.text
    assert bool(answer.citations) == (answer.decision is Decision.ANSWERED)
    assert 0 <= answer.confidence <= 1
    return answer


@pytest.mark.parametrize(
    ("question", "quoted"),
    [("滤芯的型号是什么？", "滤芯型号是 PPR-9087。"), ("Is the pump covered for two years?", "covered for two years.")],
)
def test_the_best_supported_sentence_is_quoted(question: str, quoted: str) -> None:
    answer = ask(question, source(1, CARE, "保养"), source(2, WARRANTY, "Warranty"), sentences=1)
    assert answer.decision is Decision.ANSWERED
    [citation] = answer.citations
    assert citation.quote.endswith(quoted)
    assert citation.heading in ("保养", "Warranty")


@pytest.mark.parametrize(("question", "language"), [("滤芯多久更换？", "zh"), ("When is the filter changed?", "en")])
def test_fixed_phrases_are_in_the_language_of_the_question(question: str, language: str) -> None:
    """The sources are in the other language, so that every Han or Latin word comes from us."""
    other = source(1, WARRANTY if language == "zh" else CARE)
    answered, refused, empty = ask(question, other), ask(question, other, confidence=1.0), ask(question)
    for answer in (answered, refused, empty):
        assert bool(HAN.search(answer.reason)) == (language == "zh")
    assert bool(HAN.search(empty.text)) == (language == "zh")


@pytest.mark.parametrize("question", ["滤芯多久更换？", "When is the filter changed?"])
def test_an_empty_context_abstains(question: str) -> None:
    answer = ask(question)
    assert (answer.decision, answer.citations, answer.confidence) == (Decision.ABSTAINED, (), 0.0)
    assert answer.text


@pytest.mark.parametrize("text", ["# 标题\n\n## Heading", "|---|---|", "```\n```"])
def test_text_without_a_sentence_to_quote_abstains(text: str) -> None:
    answer = ask("标题 heading", source(1, text, "保养"))
    assert answer.decision is Decision.ABSTAINED
    assert "d1.md › 保养" in answer.text


def test_below_the_confidence_asked_for_it_names_the_nearest_sections() -> None:
    answer = ask("滤芯", *(source(n, CARE, f"节{n}") for n in range(1, 6)), confidence=1.0)
    assert answer.decision is Decision.ABSTAINED
    assert [f"节{n}" in answer.text for n in range(1, 6)] == [True, True, True, False, False]


def test_no_more_sentences_than_asked_for() -> None:
    text = " ".join(f"The pump number {n} is red." for n in range(20))
    answer = ask("Is the pump red?", source(1, text), sentences=3)
    assert sum(citation.quote.count("red.") for citation in answer.citations) <= 3


def test_neighbouring_sentences_are_one_quote() -> None:
    answer = ask("pump red", source(1, "The pump is red. The pump is red! Something else entirely."), sentences=2)
    assert [citation.quote for citation in answer.citations] == ["The pump is red. The pump is red!"]


def test_a_sentence_that_announces_a_list_brings_it_along() -> None:
    text = "To reset the pump do this:\n\n- Unplug the cable.\n- Wait ten minutes.\n\nOther matters follow."
    [citation] = ask("how to reset the pump", source(1, text)).citations
    assert "Wait ten minutes." in citation.quote


def test_what_is_announced_does_not_cross_into_another_source() -> None:
    answer = ask("how to reset the pump", source(1, "To reset the pump do this:"), source(2, "Sharks swim."))
    assert {citation.document for citation in answer.citations} == {"d1.md"}


def test_numbers_in_the_text_are_those_of_the_citations() -> None:
    answer = ask("pump red", *(source(n, f"The pump is red {n}.") for n in range(1, 5)))
    assert set(map(int, re.findall(r"\[(\d+)\]", answer.text))) == {citation.n for citation in answer.citations}
    assert len({(citation.n, citation.document) for citation in answer.citations}) == len(
        {citation.document for citation in answer.citations}
    )


@given(texts=st.lists(st.text(min_size=1), min_size=1, max_size=4), question=st.text("泵滤芯 pump? 😀", min_size=1))
def test_any_text_gives_verbatim_quotes_or_a_refusal(texts: list[str], question: str) -> None:
    if question.strip():
        ask(question, *(source(n, text) for n, text in enumerate(texts, 1)))
