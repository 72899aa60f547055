"""Assembling: verbatim sources with their neighbours, within a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import word_encoder
from wenyuan.assemble import assemble
from wenyuan.chunk import chunk
from wenyuan.trace import Trace
from wenyuan.types import AnswerSpan, Chunk, Context, Document, Hit, Mark
from wenyuan.understand import understand

ENCODER = word_encoder()

MANUAL = """# 手册

## 安装

先打开包装箱。再检查泵的外观。然后安装泵的支架。最后连接泵的电源。

安装完成后静置十分钟。排空管路中的空气。关闭排气阀。

## 保养

每月清洗滤芯一次。滤芯型号是 PPR-9087。每年更换润滑油。

## Warranty

The pump is covered for two years. Keep the receipt. The filter is not covered.
"""


class Shelf:
    """Some documents and their chunks, read as an archive lets them be read."""

    def __init__(self, *documents: tuple[str, str], size: int = 16, marks: Sequence[Mark] = ()) -> None:
        self.texts = dict(documents)
        self.places = tuple(marks)  # of every document
        self.chunks: dict[str, list[Chunk]] = {}
        for name, text in documents:
            document = Document(name, name, text, "md", "0", 0.0, self.places)
            self.chunks[name] = chunk(document, ENCODER.count_tokens, size=size, overlap=0)

    def neighbours(self, document: str, first: int, last: int) -> list[Chunk]:
        return [c for c in self.chunks[document] if first <= c.ordinal <= last]

    def read(self, document: str, start: int, end: int) -> str:
        return self.texts[document][start:end]

    def marks(self, document: str, start: int, end: int) -> tuple[Mark, ...]:
        first = max((mark.at for mark in self.places if mark.at <= start), default=0)
        return tuple(mark for mark in self.places if first <= mark.at < end)

    def hits(self, *wanted: str) -> list[Hit]:
        """The first chunk that holds each of these texts, best first."""
        every = [c for chunks in self.chunks.values() for c in chunks]
        found = [next(c for c in every if text in c.text) for text in wanted]
        return [Hit(rank, c, 1 / rank, {}) for rank, c in enumerate(found, 1)]


def run(shelf: Shelf, hits: Sequence[Hit], question: str = "泵", budget: int = 10_000) -> tuple[Context, Trace]:
    trace = Trace()
    context = assemble(understand(question), hits, shelf, ENCODER.count_tokens, budget=budget, trace=trace)
    for n, source in enumerate(context.sources, 1):
        assert source.n == n
        assert source.text == shelf.texts[source.document][source.start : source.end]
        assert source.text.strip()
    assert context.tokens == sum(ENCODER.count_tokens([source.text for source in context.sources]))
    return context, trace


def test_a_hit_brings_its_neighbours_of_the_same_section() -> None:
    shelf = Shelf(("a.md", MANUAL))
    section = [c for c in shelf.chunks["a.md"] if c.headings[-1:] == ("安装",)]
    assert len(section) >= 3
    context, _ = run(shelf, shelf.hits(section[1].text))
    [source] = context.sources
    assert (source.start, source.end) == (section[0].start, section[2].end)
    assert source.chunks == tuple(c.id for c in section[:3])
    assert source.headings == section[1].headings


def test_neighbours_of_another_section_stay_out() -> None:
    shelf = Shelf(("a.md", MANUAL), size=64)
    [source] = run(shelf, shelf.hits("PPR-9087"))[0].sources
    assert "每月清洗" in source.text
    assert "润滑油" in source.text
    assert "排气阀" not in source.text
    assert "covered" not in source.text


def test_a_table_comes_alone_with_its_header() -> None:
    table = "# T\n\n前言在这里。\n\n| code | price |\n|---|---|\n"
    table += "".join(f"| A{n} | 10 |\n" for n in range(20))
    table += "\n后记在这里。\n"
    shelf = Shelf(("t.md", table), size=16)
    [source] = run(shelf, shelf.hits("| A9 |"))[0].sources
    assert "| code | price |" in source.header
    assert "前言" not in source.text
    assert "后记" not in source.text


def test_overlapping_stretches_become_one_source_at_the_place_of_the_best() -> None:
    shelf = Shelf(("a.md", MANUAL), ("b.md", MANUAL.replace("泵", "阀门")))
    context, _ = run(shelf, shelf.hits("covered for two years", "检查泵", "连接泵"))
    assert [source.headings[-1] for source in context.sources] == ["Warranty", "安装"]
    assert "检查泵" in context.sources[1].text
    assert "连接泵" in context.sources[1].text
    assert len(set(context.sources[1].chunks)) == len(context.sources[1].chunks)


def test_a_bridge_between_two_stretches_joins_all_three() -> None:
    text = "# H\n\n" + " ".join(f"Sentence number {n} stands about here." for n in range(9))
    shelf = Shelf(("a.md", text), size=16)
    chunks = shelf.chunks["a.md"]
    assert len(chunks) >= 5
    hits = [Hit(rank, chunks[at], 1 / rank, {}) for rank, at in enumerate((0, len(chunks) - 1, len(chunks) // 2), 1)]
    sources = run(shelf, hits)[0].sources
    for one in sources:
        for other in sources:
            assert one is other or one.end <= other.start or other.end <= one.start


def test_equal_places_of_two_documents_stay_two_sources() -> None:
    shelf = Shelf(("a.md", MANUAL), ("b.md", MANUAL.replace("泵", "阀门")))
    context, _ = run(shelf, shelf.hits("检查泵", "检查阀门"))
    assert [source.document for source in context.sources] == ["a.md", "b.md"]


def test_no_hit_is_an_empty_context() -> None:
    context, trace = run(Shelf(("a.md", MANUAL)), [])
    assert context == Context(sources=(), tokens=0)
    assert trace.notes == []


def test_within_the_budget_nothing_is_cut() -> None:
    context, trace = run(Shelf(("a.md", MANUAL)), Shelf(("a.md", MANUAL)).hits("PPR-9087"))
    assert context.dropped == ()
    assert trace.notes == []


def test_the_least_valuable_edge_sentences_go_first_and_are_noted() -> None:
    shelf = Shelf(("a.md", MANUAL), size=64)
    context, trace = run(shelf, shelf.hits("PPR-9087"), "滤芯型号是什么", budget=14)
    [source] = context.sources
    assert "滤芯型号是 PPR-9087。" in source.text
    assert "润滑油" not in source.text
    assert context.tokens <= 14
    assert len(context.dropped) == 1
    assert "a.md" in context.dropped[0]
    assert "14 tokens" in context.dropped[0]
    assert trace.notes == list(context.dropped)


def test_the_worse_source_is_cut_before_the_better_and_goes_first() -> None:
    shelf = Shelf(("a.md", MANUAL), size=64)
    hits = shelf.hits("PPR-9087", "The pump is covered")
    whole = run(shelf, hits)[0]
    some = run(shelf, hits, budget=whole.tokens - 1)[0]
    assert some.sources[0].text == whole.sources[0].text
    assert len(some.sources[1].text) < len(whole.sources[1].text)
    least = run(shelf, hits, budget=8)[0]
    assert [source.headings[-1] for source in least.sources] == ["保养"]
    assert any("left out" in line for line in least.dropped)


def test_one_source_is_kept_whatever_the_budget() -> None:
    shelf = Shelf(("a.md", MANUAL), size=64)
    context, _ = run(shelf, shelf.hits("PPR-9087", "The pump is covered"), budget=1)
    assert len(context.sources) == 1
    assert context.dropped


def test_a_source_keeps_where_it_came_from() -> None:
    shelf = Shelf(("a.md", MANUAL), size=64)
    [hit] = shelf.hits("PPR-9087")
    placed = replace(hit, chunk=replace(hit.chunk, header="| a |"))
    [source] = run(shelf, [placed])[0].sources
    assert source.header == "| a |"
    assert (source.title, source.score) == (hit.chunk.title, hit.score)
    assert (source.page, source.last_page, source.sheet, source.row) == (None, None, None, None)


def test_a_source_names_the_place_of_its_own_first_character() -> None:
    marks = [Mark(MANUAL.index(text), n, f"S{n}", n * 10) for n, text in enumerate(("# 手", "再检", "滤芯型号"), 1)]
    shelf = Shelf(("a.md", MANUAL), size=64, marks=marks)
    [whole] = run(shelf, shelf.hits("PPR-9087"))[0].sources
    assert whole.text.startswith("每月清洗")
    assert (whole.page, whole.last_page, whole.sheet, whole.row) == (2, 3, "S2", 20)
    [cut] = run(shelf, shelf.hits("PPR-9087"), "滤芯型号是什么", budget=8)[0].sources
    assert cut.text.startswith("滤芯型号")
    assert (cut.page, cut.last_page, cut.sheet, cut.row) == (3, 3, "S3", 30)
    [joined] = in_section(shelf, shelf.hits("PPR-9087")).sources
    assert joined.text.startswith("先打开")
    assert (joined.page, joined.last_page, joined.row) == (1, 3, 10)
    assert joined.marks == tuple(marks)


@pytest.mark.parametrize("question", ["泵", "filter warranty"])
@given(
    picks=st.lists(st.integers(0, 100), min_size=1, max_size=6, unique=True),
    budget=st.integers(1, 120),
    size=st.sampled_from([16, 32, 256]),
)
def test_any_hits_and_budget_give_verbatim_disjoint_sources(
    question: str, picks: list[int], budget: int, size: int
) -> None:
    shelf = Shelf(("a.md", MANUAL), ("b.md", MANUAL.replace("泵", "阀门")), size=size)
    every = [c for chunks in shelf.chunks.values() for c in chunks]
    chosen = list(dict.fromkeys(every[pick % len(every)] for pick in picks))
    hits = [Hit(rank, c, 1 / rank, {}) for rank, c in enumerate(chosen, 1)]
    context, _ = run(shelf, hits, question, budget)
    assert 1 <= len(context.sources) <= len(hits)
    assert context.tokens <= budget or len(context.sources) == 1
    for one in context.sources:
        for other in context.sources:
            same = one.document == other.document and one.headings == other.headings
            assert one is other or not same or one.end <= other.start or other.end <= one.start


def in_section(shelf: Shelf, hits: Sequence[Hit], budget: int = 10_000) -> Context:
    count = ENCODER.count_tokens
    context = assemble(understand("泵"), hits, shelf, count, budget=budget, trace=Trace(), reach="section")
    for source in context.sources:
        assert source.text == shelf.texts[source.document][source.start : source.end]
    return context


def test_a_hit_brings_its_whole_section() -> None:
    shelf = Shelf(("a.md", MANUAL))
    [source] = in_section(shelf, shelf.hits("每月清洗滤芯")).sources
    assert "先打开包装箱" in source.text
    assert "Keep the receipt" in source.text
    assert len(source.chunks) == len(shelf.chunks["a.md"])


def test_two_hits_of_a_section_are_one_source() -> None:
    shelf = Shelf(("a.md", MANUAL), ("b.md", MANUAL))
    hits = shelf.hits("每月清洗滤芯", "Keep the receipt")
    assert len(in_section(shelf, hits).sources) == 1
    other = replace(hits[1], chunk=shelf.chunks["b.md"][0])
    assert len(in_section(shelf, [hits[0], other]).sources) == 2


def test_a_section_is_read_as_far_as_the_budget_goes_from_the_hit_on() -> None:
    shelf = Shelf(("a.md", MANUAL))
    context = in_section(shelf, shelf.hits("滤芯型号"), budget=30)
    [source] = context.sources
    assert "滤芯型号" in source.text
    assert context.tokens <= 30
    assert "Keep the receipt" not in source.text


def test_a_hit_that_a_commit_took_away_stands_alone() -> None:
    shelf = Shelf(("a.md", MANUAL))
    hits = shelf.hits("每月清洗滤芯")
    shelf.chunks = {"a.md": []}
    context = in_section(shelf, hits, budget=99)
    assert context.sources[0].chunks == (hits[0].chunk.id,)


def test_what_a_reader_saw_goes_with_its_source_and_is_cut_last() -> None:
    shelf = Shelf(("a.md", MANUAL))
    sentence = "关闭排气阀。"
    start = MANUAL.index(sentence)
    [hit] = shelf.hits(sentence)
    span = AnswerSpan(start, start + len(sentence), 1.0, 2.0)
    [whole] = run(shelf, [replace(hit, spans=(span,))], question="泵的支架")[0].sources
    assert whole.spans == (span,)
    least = max(ENCODER.count_tokens([sentence]))
    [cut] = run(shelf, [replace(hit, spans=(span,))], question="泵的支架", budget=least)[0].sources
    assert cut.text == sentence
    assert cut.spans == (span,)
    [unseen] = run(shelf, [hit], question="泵的支架", budget=least)[0].sources
    assert unseen.spans == ()


def test_overlapping_sources_keep_the_spans_of_both() -> None:
    shelf = Shelf(("a.md", MANUAL))
    words = ["打开包装箱", "连接泵的电源"]
    places = [MANUAL.index(each) for each in words]
    spans = [AnswerSpan(at, at + len(each), 1.0, 1.0) for at, each in zip(places, words, strict=True)]
    hits = [replace(hit, spans=(span,)) for hit, span in zip(shelf.hits(*words), spans, strict=True)]
    [source] = run(shelf, hits)[0].sources
    assert set(source.spans) == set(spans)


@pytest.mark.parametrize("reach", ["neighbours", "section"])
def test_a_corrected_passage_is_a_source_by_itself_and_none_reaches_over_it(reach) -> None:
    parts = "\n\n".join(f"Part {n} says so, and so on, as was said in the part before it." for n in range(5))
    shelf = Shelf(("a.md", f"# A\n\n{parts}"), size=16)
    own = shelf.chunks["a.md"]
    assert len(own) == 5
    own[2] = replace(own[2], text="What a person wrote. It is longer than what stood there.", original=own[2].text)
    hits = [Hit(n, each, 1 / n, {}) for n, each in enumerate((own[1], own[2], own[4]), 1)]
    trace = Trace()
    given = {"budget": 10_000, "trace": trace, "reach": reach}
    sources = assemble(understand("Part"), hits, shelf, ENCODER.count_tokens, **given).sources
    text = shelf.texts["a.md"]
    assert [source.corrected for source in sources] == [None, (own[2].start, own[2].end), None]
    assert sources[1].text == own[2].text
    assert sources[1].place(5, 9) == (own[2].start, own[2].end)
    for source in (sources[0], sources[2]):
        assert source.text == text[source.start : source.end]
        assert own[2].original not in source.text
    assert "Part 0" in sources[0].text
    del own[2]
    hits = [Hit(1, own[1], 1.0, {}), Hit(2, own[2], 0.5, {})]
    for source in assemble(understand("Part"), hits, shelf, ENCODER.count_tokens, **given).sources:
        assert "Part 2" not in source.text, "it is disabled"
