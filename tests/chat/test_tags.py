"""Tags in a text: the same whatever pieces it comes in, and only where they can be meant."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.chat.tags import TagFilter


def parts(text: str) -> list[tuple[str, str]]:
    tags = TagFilter()
    return [*tags.feed(text), *tags.finish()]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\n <think>想</think>\n\n好", [("reasoning", "想"), ("text", "好")]),
        ("◁think▷想◁/think▷好", [("reasoning", "想"), ("text", "好")]),
        ("say <think> in a line", [("text", "say <think> in a line")]),
        ("```\n<think>\n```", [("text", "```\n<think>\n```")]),
        ("a </think> b", [("text", "a </think> b")]),
        ("想\n</think>\n好", [("text", "想\n"), ("stray", ""), ("text", "好")]),
        ("</think>\n好", [("stray", ""), ("text", "好")]),
        ("a < b, <thi", [("text", "a < b, <thi")]),
        ("  ", []),
    ],
)
def test_marks_count_where_they_can_be_meant(text: str, found: list[tuple[str, str]]) -> None:
    joined: list[tuple[str, str]] = []
    for kind, part in parts(text):
        if joined and joined[-1][0] == kind == "text":
            joined[-1] = (kind, joined[-1][1] + part)
        else:
            joined.append((kind, part))
    assert joined == found


MARKS = st.sampled_from(["<think>", "</think>", "[THINK]", "[/THINK]", "```", "\n", " ", "<", "想", "ok", "`"])


@settings(max_examples=100, deadline=None)
@given(st.lists(MARKS, max_size=12).map("".join), st.lists(st.integers(0, 60), max_size=12), st.booleans())
def test_tags_do_not_depend_on_the_pieces(text: str, cuts: list[int], opened: bool) -> None:
    def sorted_out(borders: list[int]) -> list[tuple[str, str]]:
        tags = TagFilter(opened=opened)
        found: list[tuple[str, str]] = []
        for start, end in pairwise(borders):
            found += tags.feed(text[start:end])
        joined: list[tuple[str, str]] = []
        for kind, part in [*found, *tags.finish()]:
            if joined and joined[-1][0] == kind and kind != "stray":
                joined[-1] = (kind, joined[-1][1] + part)
            else:
                joined.append((kind, part))
        return joined

    assert sorted_out(sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})) == sorted_out([0, len(text)])
