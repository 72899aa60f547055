"""Prompts: the rules, the numbered background, the question, in the question's language."""

from __future__ import annotations

import pytest

from wenyuan.prompt import build_prompt
from wenyuan.types import Context, Prompt, Source
from wenyuan.understand import understand


def source(n: int, text: str, **place: object) -> Source:
    fields: dict[str, object] = {"headings": (), "page": None, "title": f"Title {n}"} | place
    return Source(n=n, document=f"d{n}.md", text=text, start=0, end=len(text), score=1.0, chunks=(n,), **fields)  # type: ignore[arg-type]


def prompt(question: str, *sources: Source) -> Prompt:
    built = build_prompt(understand(question), Context(sources, tokens=0))
    assert [message.role for message in built.messages] == ["system", "user"]
    assert all(message.content.strip() == message.content for message in built.messages)
    return built


@pytest.mark.parametrize(
    ("question", "language", "rule"),
    [
        ("滤芯多久更换一次？", "zh", "背景资料不足"),
        ("How often is the filter changed?", "en", "the background is insufficient"),
    ],
)
def test_rules_and_question_in_its_language(question: str, language: str, rule: str) -> None:
    built = prompt(question, source(1, "一年。"))
    system, user = (message.content for message in built.messages)
    assert built.query.language == language
    assert rule in user
    assert ("中文" in user) == (language == "zh")
    assert ("English" in user) == (language == "en")
    assert understand(question).normalised in user
    assert "指令" in system or "instructions" in system


@pytest.mark.parametrize("question", ["保修？", "Warranty?"])
def test_sources_are_numbered_with_their_place_before_the_question(question: str) -> None:
    first = source(1, "First text.", headings=("Care", "Filter"), page=3)
    second = source(2, "| A1 | 10 |", header="| code | price |\n|---|---|")
    user = prompt(question, first, second).messages[1].content
    marks = ["[1]", "Title 1", "Care › Filter", "3", "First text.", "[2]", "| code | price |", "| A1 | 10 |"]
    at = -1
    for mark in [*marks, understand(question).normalised]:
        assert user.find(mark, at + 1) > at, mark
        at = user.find(mark, at + 1)


@pytest.mark.parametrize("question", ["保修？", "Warranty?"])
def test_an_empty_context_is_a_prompt_without_background(question: str) -> None:
    assert "[1]" not in prompt(question).messages[1].content


@pytest.mark.parametrize(
    "evil", ["{{ 7 * 7 }}", "{% block user %}x{% endblock %}", "{{ source.__class__ }}", "{# gone #}"]
)
def test_template_syntax_in_documents_and_questions_is_only_text(evil: str) -> None:
    user = prompt(f"why {evil}", source(1, evil, title=evil, headings=(evil,), header=evil)).messages[1].content
    assert user.count(evil) == 5


def test_markup_is_not_escaped() -> None:
    assert "<b> & 'x'" in prompt("why", source(1, "<b> & 'x'")).messages[1].content
