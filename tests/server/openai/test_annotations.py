"""Citations as annotations: offsets count characters, whatever stands before them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from running import Running
from wenyuan.server.openai.annotations import Place, annotated, citations_shape, places_of
from wenyuan.types import Citation

A = Citation(1, "a.md", 3, "A", 0, 4, "long")
B = Citation(2, "b.md", None, "B", 5, 9, "word")
PLACES = {"a.md": Place("A", "http://h/a"), "b.md": Place("B", "http://h/b")}


def spans(text: str, answer: str, *citations: Citation) -> list[tuple[str, str]]:
    found = [each["url_citation"] for each in annotated(text, answer, citations, PLACES)]
    return [(text[each["start_index"] : each["end_index"]], each["title"]) for each in found]


@given(st.text("𝒳😀𠮷e\u0301\u200d👨‍👩‍👧中 a.", max_size=40), st.text("𝒳😀 \n", max_size=10))
def test_each_number_is_found_where_the_client_has_it(before: str, between: str) -> None:
    answer = f"{before} is so [1].{between} And so [2][1]."
    expected = [("[1]", "A"), ("[2]", "B"), ("[1]", "A")]
    assert spans(answer, answer, A, B) == expected
    assert spans(f"Let me look 😀 [1].\n\n{answer}", answer, A, B) == expected


def test_numbers_that_prove_nothing_have_none_and_one_document_may_prove_twice() -> None:
    assert spans("x [1] y [3].", "x [1] y [3].", A, replace(A, start=7)) == [("[1]", "A")]
    assert spans("x [1, 2].", "x [1, 2].", A, B) == [("[1, 2]", "A"), ("[1, 2]", "B")]
    assert spans("x.", "x.", A) == []
    assert spans("x [1] y [2].", "x [1] y.", A) == [("[1]", "A")]


def test_our_own_shape_has_the_quote_and_the_place() -> None:
    (shape,) = citations_shape([A], PLACES)
    assert (shape["quote"], shape["page"], shape["title"], shape["url"]) == ("long", 3, "A", "http://h/a")


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({}, "http://h/api/knowledge-bases/kb/documents/a%20b/%E6%B3%B5.md"),
        ({"url": "https://example.com/x"}, "https://example.com/x"),
        ({"url": "javascript:alert(1)"}, "http://h/api/knowledge-bases/kb/documents/a%20b/%E6%B3%B5.md"),
    ],
)
def test_a_document_is_where_it_came_from_or_here(server: Running, fields: dict[str, str], url: str) -> None:
    server.make("kb", {"a b/泵.md": "# 水泵\n\n泵。\n"}, **fields)
    with server.service.shelf.lent("default", "kb") as base:
        cited = [replace(A, document="a b/泵.md"), replace(A, document="gone.md")]
        places = places_of(base, "kb", "http://h/", cited)
    assert places["a b/泵.md"] == Place("水泵", url)
    assert places["gone.md"].title == "gone.md"
