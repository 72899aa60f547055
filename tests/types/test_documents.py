"""A document and its parts."""

from __future__ import annotations

from wenyuan.types import Chunk, Mark, mark_at


def test_a_chunk_is_encoded_under_its_path_and_header_each_name_once() -> None:
    chunk = Chunk(1, "d", "Guide", 0, "| 1 |", 0, 5, headings=("Guide", "", "Prices"), header="| n |")
    assert chunk.encoded == "Guide > Prices\n| n |\n| 1 |"
    assert Chunk(1, "d", "", 0, "text", 0, 4).encoded == "text"


def test_a_mark_holds_until_the_next() -> None:
    marks = (Mark(3, page=1), Mark(9, page=2))
    assert [mark_at(marks, at).page for at in (0, 3, 8, 9, 99)] == [None, 1, 1, 2, 2]
    assert mark_at((), 5) == Mark(0)
