"""Numbers in a model's text become checked citations, or go."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import word_encoder
from wenyuan.cite.citations import Cited, check_citations, numbered, renumbered
from wenyuan.cite.markers import markers
from wenyuan.types import Encoder, Source, Vector

OFFSET = 1000  # where every source starts in its document

PUMP = "水泵保修两年。滤芯型号是 PPR-9087，每月清洗一次。𠮷野家😀的水泵为红色。"
CARE = "The filter is cleaned every month. The pump is covered for two years. Oil is changed yearly."
SHARKS = "Sharks swim in the deep sea. They eat fish."


def source(n: int, text: str, **place: object) -> Source:
    fields: dict[str, object] = {"headings": (), "title": f"T{n}"} | place
    return Source(
        n=n, document=f"d{n}.md", text=text, start=OFFSET, end=OFFSET + len(text), score=1.0, chunks=(n,), **fields
    )  # type: ignore[arg-type]


def check(text: str, *sources: Source, encoder: Encoder | None = None) -> Cited:
    cited = check_citations(text, sources, encoder=encoder)
    texts = {each.document: each.text for each in sources}
    for citation in cited.citations:
        assert citation.quote == texts[citation.document][citation.start - OFFSET : citation.end - OFFSET]
        assert citation.quote.strip() == citation.quote != ""
    named = {n for marker in markers(cited.text) for n in marker.numbers}
    assert named == {citation.n for citation in cited.citations}
    assert 0 <= cited.share <= 1
    return cited


def quotes(cited: Cited) -> list[str]:
    return [citation.quote for citation in cited.citations]


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("水泵的保修期为两年[1]。", "水泵保修两年。"),
        ("滤芯（PPR-9087）每月清洗 [1]。", "滤芯型号是 PPR-9087，每月清洗一次。"),
        ("它是红色的𠮷野家😀水泵。[1]", "𠮷野家😀的水泵为红色。"),
        ("The pump is covered for two years [2].", "The pump is covered for two years."),
        ("**Oil** is changed yearly.[2]", "Oil is changed yearly."),
        ("- [2] Oil is changed yearly", "Oil is changed yearly."),
    ],
)
def test_the_sentence_that_supports_the_claim_is_quoted(text: str, quote: str) -> None:
    cited = check(text, source(1, PUMP), source(2, CARE))
    assert quotes(cited) == [quote]
    assert not cited.notes
    assert cited.share == 1


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("水泵保修两年【1】。", "水泵保修两年[1]。"),
        ("水泵保修两年［１］。", "水泵保修两年[1]。"),
        ("水泵保修两年[^1]。", "水泵保修两年[1]。"),
        ("The pump: two years, 水泵保修两年 [1,2].", "The pump: two years, 水泵保修两年 [1][2]."),
        ("The pump: two years, 水泵保修两年 [1-2].", "The pump: two years, 水泵保修两年 [1][2]."),
        ("The pump: two years, 水泵保修两年 [1][2].", "The pump: two years, 水泵保修两年 [1][2]."),
    ],
)
def test_every_way_of_citing_is_written_one_way(text: str, written: str) -> None:
    assert check(text, source(1, PUMP), source(2, CARE)).text == written


def test_numbers_count_in_order_of_appearance() -> None:
    sources = [source(n, f"The part number {n}00 is blue.") for n in range(1, 6)]
    cited = check("Part 400 is blue [4]. Part 200 is blue [2]. Part 400 is blue [4].", *sources)
    assert cited.text == "Part 400 is blue [1]. Part 200 is blue [2]. Part 400 is blue [1]."
    assert [(each.n, each.document) for each in cited.citations] == [(1, "d4.md"), (2, "d2.md")]


@pytest.mark.parametrize("marker", ["[9]", "【9】", "[7-9]", "[^99]", " [9][8]"])
def test_a_number_outside_the_context_goes_and_is_reported(marker: str) -> None:
    cited = check(f"水泵保修两年{marker}。滤芯每月清洗[1]。", source(1, PUMP))
    assert cited.text == "水泵保修两年。滤芯每月清洗[1]。"
    assert cited.share == 0.5
    [note] = cited.notes
    assert "does not have" in note
    assert "[9]" in note or "[99]" in note


def test_what_is_known_of_a_group_stays() -> None:
    assert check("水泵保修两年[1,9]。", source(1, PUMP)).text == "水泵保修两年[1]。"


@pytest.mark.parametrize("encoder", [None, word_encoder()])
@pytest.mark.parametrize(
    "text",
    [
        "The moon is made of green cheese [1].",
        "巴黎是法国的首都[1]。",
        "Yes [1].",
        "好的[1]。",
        "[1]",
        "。[1]",
        "😀 [1]",
    ],
)
def test_an_unrelated_answer_gets_no_citation(text: str, encoder: Encoder | None) -> None:
    cited = check(text, source(1, SHARKS), encoder=encoder)
    assert cited.citations == ()
    assert "[1]" not in cited.text
    assert cited.share == 0
    assert len(cited.notes) == 1
    assert "d1.md" in cited.notes[0]


def test_one_that_is_removed_leaves_the_other_numbers_as_they_are() -> None:
    cited = check("The moon is cheese [2]. The pump is covered for two years [1].", source(1, CARE), source(2, SHARKS))
    assert cited.text == "The moon is cheese. The pump is covered for two years [2]."
    assert [each.n for each in cited.citations] == [2]


def test_each_number_proves_the_words_before_it() -> None:
    cited = check("水泵保修两年[1]，滤芯型号是 PPR-9087[1]。", source(1, PUMP))
    assert quotes(cited) == ["水泵保修两年。", "滤芯型号是 PPR-9087，每月清洗一次。"]


def test_a_claim_from_two_sentences_quotes_both() -> None:
    cited = check("The pump is covered for two years and oil is changed yearly [1].", source(1, CARE))
    assert quotes(cited) == ["The pump is covered for two years. Oil is changed yearly."]


def test_a_row_of_a_table_is_read_with_its_header() -> None:
    table = source(1, "| A1 | 10 |\n| B2 | 20 |", header="| code | price |\n|---|---|")
    assert quotes(check("The price of code B2 is 20 [1].", table)) == ["| B2 | 20 |"]


def test_headings_are_no_proof() -> None:
    assert check("Warranty [1].", source(1, "# Warranty\n\nSharks swim.", title="Warranty")).citations == ()


class Across:
    """Says that everything is close to what speaks of a pump."""

    id, dimension, max_tokens = "across@1", 2, 512

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        return np.array([(1, 0) if "pump" in text or "泵" in text else (0, 1) for text in texts], np.float32)

    encode_queries = encode_passages

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    def truncated(self) -> int:
        return 0


def test_another_language_or_other_words_are_found_by_meaning() -> None:
    cited = check("水泵保修两年[1]。", source(1, CARE), encoder=Across())
    assert quotes(cited) == ["The pump is covered for two years."]
    assert check("水泵保修两年[1]。", source(1, CARE)).citations == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No number at all.",
        "`a [9]` and b[9] and items[7]",
        "```\nx = a[9] [9]\n```\n",
        "[9](http://a.b) ![9](c.png)",
        "in [2024], between [0, 1]",
        "[words][9]\n\n[9]: http://a.b",
    ],
)
def test_what_is_no_citation_is_not_touched(text: str) -> None:
    cited = check_citations(text, [source(1, PUMP)])
    assert (cited.text, cited.citations, cited.notes) == (text, (), ())


def test_only_what_claims_something_needs_a_citation() -> None:
    text = "# Care\n\nThe parts are:\n\n- The pump is covered for two years [1].\n- It is green.\n\n"
    text += "```\ncode here.\n```\n\nAnything else?"
    assert check(text, source(1, CARE)).share == 0.5


def test_a_long_sentence_is_quoted_in_part() -> None:
    long = "word, " * 10_000 + "the pump is covered for two years, " + "other " * 10_000
    [quote] = quotes(check("The pump is covered for two years [1].", source(1, long)))
    assert "pump" in quote
    assert len(quote) <= 3 * 400


def test_numbers_for_what_is_streamed_are_those_of_the_answer() -> None:
    sources = [source(1, PUMP), source(2, CARE), source(3, SHARKS)]
    text = "Sharks eat fish [3]. The moon [1]. The pump is covered for two years [2][9]."
    numbers = numbered(text, sources)
    assert numbers == {3: 1, 1: 2, 2: 3}
    assert renumbered(text, numbers) == "Sharks eat fish [1]. The moon [2]. The pump is covered for two years [3]."
    assert check(text, *sources).text == "Sharks eat fish [1]. The moon. The pump is covered for two years [3]."


TEXTS = st.text("泵滤芯 pump two.。,\n[]0123456789-^`()【】［］#|😀𠮷a", max_size=80)


@given(text=TEXTS, texts=st.lists(TEXTS, max_size=3))
def test_any_text_and_sources_give_verbatim_quotes_and_no_number_outside(text: str, texts: list[str]) -> None:
    check(text, *(source(n, each) for n, each in enumerate(texts, 1)), encoder=word_encoder())


@given(text=st.text(), texts=st.lists(st.text(), max_size=2))
def test_text_without_numbers_is_unchanged(text: str, texts: list[str]) -> None:
    if not re.search(r"\d", text):
        cited = check(text, *(source(n, each) for n, each in enumerate(texts, 1)))
        assert (cited.text, cited.citations, cited.notes) == (text, (), ())


@pytest.mark.timeout(120)
@pytest.mark.parametrize("evil", ["[1", "[1]", "a [1]. ", "泵[1]。", "`", "[1,1", "pump [1] ", "(", "pump", "\n"])
def test_hostile_texts_and_large_sources_take_no_time(evil: str) -> None:
    sources = [source(n, (evil + "the pump, ") * (64_000 // (len(evil) + 10))) for n in range(1, 3)]
    check(evil * (20_000 // len(evil)), *sources)
