"""A parser's draft: clean text, and a mark wherever the place changes."""

from __future__ import annotations

import pytest

from wenyuan.errors import SourceError
from wenyuan.load import Limits
from wenyuan.load.parsed import ParsedText, clean
from wenyuan.types import Mark


def test_pieces_are_joined_and_marked_with_their_places() -> None:
    draft = ParsedText(Limits())
    draft.add("Intro\r\n")
    draft.add("一页", page=1)
    draft.add("", page=2)
    draft.add("row", sheet="S", row=7)
    parsed = draft.finish("Title", {"a": 1}, ("lost",))
    assert parsed.text == "Intro\n一页row"
    assert parsed.marks == (Mark(6, page=1), Mark(8, sheet="S", row=7))
    assert draft.length == len(parsed.text)
    assert (parsed.title, parsed.metadata, parsed.warnings) == ("Title", {"a": 1}, ("lost",))


def test_a_draft_stops_at_the_limit() -> None:
    draft = ParsedText(Limits(text_chars=5))
    draft.add("12345")
    with pytest.raises(SourceError, match="more than 5 characters"):
        draft.add("6")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc\vd\fe\x85f\u2028g", "a\nb\nc\nd\ne\nf\ng"),
        ("\ufeffa\x00b\x1bc\ud800d\x7f", "abcd"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_line_breaks_are_of_one_kind_and_controls_go(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
