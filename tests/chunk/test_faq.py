"""Questions stand with their answers."""

from __future__ import annotations

import re

import pytest

from cutting import chunks_of
from wenyuan.chunk.faq import innermost, is_faq, is_question
from wenyuan.chunk.markdown import read_sections

PLAIN = "# 其他\n\n## {}\n答案一。\n\n## {}\n答案二。\n\n## {}\n答案三。"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (PLAIN.format("升级", "备份", "恢复"), {"title": "TiDB 常见问题"}),
        (PLAIN.format("升级", "备份", "恢复"), {"id_": "docs/upgrade-faq.md"}),
        (PLAIN.format("如何升级", "支持备份吗？", "为什么恢复慢"), {}),
        (PLAIN.format("How do I upgrade", "Can it restore", "And backups?"), {}),
    ],
)
def test_each_question_heading_of_a_faq_page_is_one_chunk(text: str, named: dict[str, str]) -> None:
    made = chunks_of(text, **named)
    assert [(part.kind, part.text) for part in made] == [("faq", "答案一。"), ("faq", "答案二。"), ("faq", "答案三。")]
    assert all(part.headings[-1] in part.encoded for part in made)


def test_other_pages_are_no_faq() -> None:
    assert {part.kind for part in chunks_of(PLAIN.format("升级", "如何备份", "恢复"))} == {"text"}


@pytest.mark.parametrize(
    "text",
    [
        "Q: What is it?\nA: A store.\n\nQ: Is it fast?\nA: Yes.\n\nVery.",
        "Q: What is it?\nA: A store.\nQ: Is it fast?\nA: Yes.\nVery.",
        "**Q1: What is it?**\n\nA store.\n\n**Q2: Is it fast?**\n\nYes.\n\nVery.",
        "- 问：它是什么？\n  答：一个库。\n- 问：快吗？\n  答：快。",
        "问：它是什么？\n答：一个库。\n\n问：快吗？\n答：快。",
    ],
)
def test_marked_questions_stand_with_their_answers(text: str) -> None:
    made = chunks_of(text)
    assert [part.kind for part in made] == ["faq", "faq"]
    assert "".join(part.text for part in made).replace("\n", "") == text.replace("\n", "")
    assert re.match(r"\W*(Q|问)", made[1].text)


def test_bold_questions_count_on_faq_pages_only() -> None:
    text = "**快吗？**\n\n快。\n\n**稳吗？**\n\n稳。"
    assert [part.text for part in chunks_of(text, title="FAQ")] == ["**快吗？**\n\n快。", "**稳吗？**\n\n稳。"]
    assert len(chunks_of(text)) == 1


def test_every_part_of_a_long_answer_is_read_with_its_question() -> None:
    made = chunks_of("Q: How long is it?\n\nA: " + " ".join(f"Answer number {i} is here." for i in range(40)))
    assert len(made) > 2
    assert all("How long is it?" in part.encoded and part.kind == "faq" for part in made)


@pytest.mark.parametrize(
    "title", ["How do I reset it", "1. 如何升级", "能否备份", "Upgrades?", "升级？", "Q2: can it restore"]
)
def test_a_heading_that_asks(title: str) -> None:
    assert is_question(title)


@pytest.mark.parametrize("title", ["", "Upgrades", "升级", "Showing tables", "Whatever"])
def test_a_heading_that_does_not_ask(title: str) -> None:
    assert not is_question(title)


@pytest.mark.parametrize("name", ["faq", "FAQs", "docs/tidb-faq.md", "常见问题", "产品问答", "Q & A"])
def test_a_page_may_be_a_faq_by_its_name(name: str) -> None:
    assert is_faq(("Guide", name), [])
    assert not is_faq(("Guide", "faqir.md"), [])


def test_a_page_is_a_faq_where_three_and_most_of_its_innermost_headings_ask() -> None:
    asking = read_sections("# Help\n## Why?\n.\n## How?\n.\n## Who?\n.\n## Terms\n.\n## Prices\n.")
    assert [section.path[-1] for section in innermost(asking)] == ["Why?", "How?", "Who?", "Terms", "Prices"]
    assert is_faq(("Guide",), asking)
    assert not is_faq(("Guide",), read_sections("# Why?\n.\n# How?\n."))
    assert not is_faq(("Guide",), read_sections("# Why?\n.\n# How?\n.\n# Who?\n.\n# A\n# B\n# C"))
