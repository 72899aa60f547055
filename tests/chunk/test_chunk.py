"""The chunk stage through its one function: every rule by example, every promise as a property."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cutting import chunks_of, count_characters, count_words, document
from wenyuan.chunk import chunk, chunk_id
from wenyuan.errors import WrongUse
from wenyuan.types import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_an_empty_document_has_no_chunks() -> None:
    assert chunks_of("") == []
    assert chunks_of(" \n\n\t") == []


@pytest.mark.parametrize(("size", "overlap"), [(0, 1), (15, 1), (64, -1)])
def test_a_size_that_cannot_work_is_refused(size: int, overlap: int) -> None:
    with pytest.raises(WrongUse, match="size"):
        chunks_of("text", size=size, overlap=overlap)


def test_a_long_path_loses_its_outer_headings() -> None:
    text = "".join("#" * level + f" {level}" + "长" * 100 + "\n" for level in (1, 2, 3)) + "body"
    assert [heading[0] for heading in chunks_of(text)[0].headings] == ["2", "3"]


def test_a_header_too_long_to_repeat_is_shortened() -> None:
    header = "| " + " | ".join(f"column{i}" for i in range(40)) + " |\n" + "|---" * 40 + "|"
    made = chunks_of(header + "\n| 1 |\n| 2 |\n" + "| 3 |\n" * 30)
    assert made[1].header
    assert header.startswith(made[1].header)
    assert count_words([made[1].header])[0] <= 40


def test_places_come_from_the_marks() -> None:
    marks = (Mark(0, page=1), Mark(10, page=2, sheet="S", row=7))
    made = chunk(document("# A\nabcde\n# B\nfgh", marks=marks), count_words)
    assert [(part.page, part.sheet, part.row) for part in made] == [(1, None, None), (2, "S", 7)]
    assert chunks_of("abc")[0].page is None


# --- ids -----------------------------------------------------------------------------------------------------------


def test_ids_keep_when_neighbours_change() -> None:
    before = {part.text: part.id for part in chunks_of("# A\none\n# B\ntwo\n# C\nthree")}
    after = {part.text: part.id for part in chunks_of("# New\nzero\n# A\nonce\n# B\ntwo\n# C\nthree")}
    assert after["two"] == before["two"]
    assert after["three"] == before["three"]


def test_equal_chunks_of_a_document_have_their_own_ids() -> None:
    made = chunks_of("# A\nsame\n# A\nsame\n# A\nsame")
    assert len({part.id for part in made}) == 3


def test_an_id_depends_on_all_it_is_made_of() -> None:
    ids = {
        chunk_id(*parts) for parts in [("d", "t", "c", 0), ("e", "t", "c", 0), ("d", "tc", "", 0), ("d", "t", "c", 1)]
    }
    assert len(ids) == 4
    assert all(0 <= one < 2**63 for one in ids)
    assert chunk_id("d", "\ud800", "", 0) == chunk_id("d", "\ud800", "", 0)


# --- properties ----------------------------------------------------------------------------------------------------

HEADINGS = ("# One\n", "## 二\n", "### How?\n", "#\n", "Title\n===\n", "---\n")
QUESTIONS = ("Q: why?\n", "问：何？\n", "**bold?**\n")
BLOCKS = ("> quote ", "- item ", "1. first ", "  - deep ", "```py\ncode = 1\n```\n", "```\n", "<div>\n", "    in\n")
TABLES = ("| a | b |\n|---|---|\n", "| 1 | 2 |\n", "<tr><td>", "[x]: http://y\n")
PROSE = ("A sentence. ", "一句话。", "短，句；", "word ", "e\u0301", "long" * 10, "\n", "\n\n", "\r\n", "\t", "\x0c")
PIECES = st.sampled_from([*HEADINGS, *QUESTIONS, *BLOCKS, *TABLES, *PROSE])
TEXTS = st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200)


def bare(line: str) -> str:
    return re.sub(r"[#=*\s-]", "", line)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(16, 60), st.integers(0, 3), st.sampled_from(["Guide", "FAQ"]))
@example("# One\n\x0c```\n---\n", 16, 0, "Guide")
@example("# One\n##\n", 16, 0, "Guide")
@example("A sentence. ```\n---\n### How?", 16, 0, "Guide")
@example("## 二\n# One\n#\n## 二\n", 16, 0, "Guide")
@example("---\n<div>\né## 二\n## 二\né\n\n\x0c", 16, 1, "Guide")
@example("\x0c\n\n\x0c# One\n> quote # One\nTitle\n===\n", 31, 1, "Guide")
def test_what_every_chunk_of_any_document_promises(text: str, size: int, overlap: int, title: str) -> None:
    made = chunk(document(text, title=title), count_characters, size=size, overlap=overlap)
    covered = [False] * len(text)
    for i, part in enumerate(made):
        assert part.ordinal == i
        assert part.text == text[part.start : part.end]
        assert part.text == part.text.strip() != ""
        assert len(part.header) + len(part.text) <= size or re.search(r"\||<tr", part.text)  # a row
        covered[part.start : part.end] = [True] * len(part.text)
    for before, after in itertools.pairwise(made):
        assert before.start < after.start
        assert before.end < after.end
        assert max(0, before.end - after.start) <= size // 4
        if not overlap:
            assert before.end <= after.start
    assert len({part.id for part in made}) == len(made)
    encoded = "\n".join(bare(part.encoded) for part in made)
    missing = "".join(" " if seen else character for seen, character in zip(covered, text, strict=True))
    for line in missing.split("\n"):
        assert bare(line) in encoded  # only heading lines are not in a text; they are in a path


@given(TEXTS)
def test_cutting_is_deterministic(text: str) -> None:
    assert chunk(document(text), count_words) == chunk(document(text), count_words)


@pytest.mark.parametrize(
    "unit", ["x", "中。", "*", "> ", "- a\n", "|-", "a | b\n-|-\n", "Q: a?\n", "# a\n", "\u0301", "```\n", "[a]: b\n"]
)
def test_tokenising_stays_linear(unit: str) -> None:
    read = 0

    def count(texts: Sequence[str]) -> list[int]:
        nonlocal read
        read += sum(map(len, texts))
        return [len(text) // 4 + 1 for text in texts]

    text = unit * (40_000 // len(unit))
    chunk(document(text), count)
    assert read <= 4 * len(text)


@pytest.mark.slow
def test_five_megabytes_are_cut() -> None:
    page = (
        "# 标题 {0}\n\n"
        + "第一句话。Second.\n" * 5
        + "\n- a\n- b\n\n| x | y |\n|---|---|\n"
        + "| {0} | 2 |\n" * 10
        + "\n"
    )
    text = "".join(page.format(i) for i in range(22_000))
    assert len(text) > 5_000_000
    assert len(chunk(document(text), count_words)) == 22_000
