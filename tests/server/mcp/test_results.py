"""Replies made of shapes."""

from __future__ import annotations

from wenyuan.messages import told
from wenyuan.server.mcp.results import answered, base, documents, found, reasons, span

from .standing import TEXT, answer, citation, hit, listed, why


def in_chinese(sentence: str) -> str:
    return told(sentence, "zh")


def test_passages_are_numbered_in_their_order() -> None:
    shape = {"query": "q", "hits": [hit(rank=4), hit(rank=9, document="c.md", page=2)], "notes": []}
    made = found("kb", shape, str)
    assert [(each.n, each.document, each.page) for each in made.passages] == [(1, "a/b.md", None), (2, "c.md", 2)]


def test_sources_keep_the_numbers_by_which_the_answer_cites_them() -> None:
    made = answered("kb", "q", answer(citations=[citation(n=2), citation(n=5, row=3, sheet="S")]), str)
    assert [(each.n, each.sheet, each.row) for each in made.sources] == [(2, None, None), (5, "S", 3)]


def test_sentences_are_in_the_callers_language() -> None:
    made = reasons("kb", why(), in_chinese)
    assert made.reason == "已找到 a/b.md：是第 1 个结果。"


def test_a_stretch_is_counted_in_characters_and_says_where_to_read_on() -> None:
    shape = {"id": "a/b.md", "title": "B", "text": TEXT}
    made = span("kb", shape, 3, 4)
    assert (made.text, made.start, made.end, made.next, made.total) == ("𝒳", 3, 4, 4, len(TEXT))
    assert span("kb", shape, 5, 500).next is None
    beyond = span("kb", shape, 500, 600)
    assert (beyond.text, beyond.start, beyond.end, beyond.next) == ("", len(TEXT), len(TEXT), None)


def test_documents_are_told_in_parts_that_follow_each_other() -> None:
    shape = {"documents": [*map(listed, ("a", "b", "c"))]}
    seen, after = [], ""
    while True:
        part = documents("kb", shape, after, 1)
        assert part.total == 3
        seen += [each.id for each in part.documents]
        if part.next is None:
            break
        after = part.next
    assert seen == ["a", "b", "c"]


def test_a_knowledge_base_counts_its_passages() -> None:
    made = base("kb", {"documents": [listed("a"), listed("b", passages=5)]})
    assert (made.documents, made.passages) == (2, 7)
