"""A model that says its sources do not suffice, and what is shown while its text arrives."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wenyuan.cite.verdict import Shown, Sufficiency, read_verdict
from wenyuan.types import Source


def source(n: int) -> Source:
    return Source(
        n=n, document=f"{n}.md", title="T", headings=(), text="The pump is red.", start=0, end=16,
        score=1.0, chunks=(n,),
    )  # fmt: skip


SOURCES = (source(1), source(2))


def shown(*pieces: str) -> list[str]:
    """What can be shown after each piece, and at the end."""
    arriving = Shown(lambda: SOURCES)
    return [*map(arriving.feed, pieces), arriving.close()]


@pytest.mark.parametrize(
    "text",
    ["INSUFFICIENT", " **INSUFFICIENT**.", "`insufficient`", "INSUFFICIENT: nothing is said of it", "【INSUFFICIENT】"],
)
def test_the_marker_at_the_beginning_refuses(text: str) -> None:
    assert read_verdict(text) == Sufficiency("", "wholly")
    assert "".join(shown(*text)) == ""


@pytest.mark.parametrize(
    "text", ["It is red [1].\nINSUFFICIENT", "It is red [1]. **INSUFFICIENT**.\n", "红色。INSUFFICIENT"]
)
def test_the_marker_alone_as_the_last_of_a_line_goes(text: str) -> None:
    verdict = read_verdict(text)
    assert verdict.insufficient == "partly"
    assert "INSUFFICIENT" not in verdict.text
    assert "".join(shown(*text)).strip() == verdict.text


@pytest.mark.parametrize(
    "text",
    ["INSUFFICIENT_QUOTA is an error.", "INSUFFICIENT-FUNDS", "It is insufficient.", "The code INSUFFICIENT means no."],
)
def test_elsewhere_it_is_a_word(text: str) -> None:
    assert read_verdict(text) == Sufficiency(text, "no")
    assert "".join(shown(*text)) == text


def test_citations_are_numbered_for_the_reader_and_wait_until_they_are_whole() -> None:
    assert shown("It is red [", "2", "] and", " big [1].") == ["It is red", "", " [1] and", " big [2].", ""]


def test_a_number_of_no_source_is_not_shown() -> None:
    assert "".join(shown("It is red [7].")) == "It is red."


def test_a_code_span_waits_for_its_end() -> None:
    assert "".join(shown("use `a[", "1]` now")) == "use `a[1]` now"


@given(
    st.text("泵 red.。[]12`\nINSUFICET*", max_size=60),
    st.sets(st.integers(0, 60), max_size=6),
)
@example("x `y\n[2]` z [2].", {9})  # the last back-tick waits, and with it the whole span
@example("```\n[2]` z\n```\n[2].", {8, 9})
@example("a [1]\n\nINSUFFICIENT", {7, 12})
def test_however_a_text_is_parted_the_same_is_shown(text: str, cuts: set[int]) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(edges)]
    assert "".join(shown(*pieces)) == "".join(shown(text))
