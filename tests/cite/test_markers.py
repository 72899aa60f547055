"""Citations in a model's text, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.cite.markers import markers, without_markers


def numbers(text: str) -> list[tuple[int, ...]]:
    return [marker.numbers for marker in markers(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("保修两年[1]。", [(1,)]),
        ("Two years [1][2].", [(1,), (2,)]),
        ("Two years[1], 5 kg[2], USB[3], PPR-9087[4].", [(1,), (2,), (3,), (4,)]),
        ("a [1,2] b [3, 4] c [5，6] d [7、8]", [(1, 2), (3, 4), (5, 6), (7, 8)]),
        ("a [1-3] b [4–5] c [2-1]", [(1, 2, 3), (4, 5), (1, 2)]),
        ("【1】和［２］以及[^3]", [(1,), (2,), (3,)]),
        ("See 【4:0†manual.md】.", [(4,)]),
        ("震级为7.0[1]，重5kg[2]，支持USB[3]，型号PPR-9087[4]。", [(1,), (2,), (3,), (4,)]),
        ("(two years)[1]", [(1,)]),
        ("𠮷野家😀[1]", [(1,)]),
        ("[1]: the pump", [(1,)]),
        ("[1-900]", [(1, 900)]),
    ],
)
def test_every_way_of_citing_is_read(text: str, found: list[tuple[int, ...]]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "a[1] = b[2][3]",
        "items[1] and self.rows[2]",
        "f(x)[1]",
        "foo_bar[1]",
        "x2[1]",
        "`code [1]` and ``a ` [2]``",
        "```py\nprint(1) [1]\n```",
        "~~~\n[1]\n~~~",
        "```\nnever closed [1]",
        "[1](http://a.b) ![2](c.png)",
        "[words][1]\n\n[1]: http://a.b",
        "the interval [0, 1], the year [2024], a list []",
        "[one] [1.5] [-1] [1",
    ],
)
def test_what_is_no_citation_is_left(text: str) -> None:
    assert numbers(text) == []
    assert without_markers(text) == text


def test_code_ends_where_its_marks_do() -> None:
    assert numbers("`a` [1] ``b` [2]``\n\n```\n[3]\n```\n[4] `open [5]") == [(1,), (4,), (5,)]


def test_a_marker_that_opens_its_line_speaks_for_what_follows() -> None:
    found = markers("- [1] The pump.\nTwo years.\n[2]\n[3][4] The filter.")
    assert [marker.leads for marker in found] == [True, False, True, True]


@pytest.mark.parametrize(
    ("text", "without"),
    [("两年 [1]。", "两年。"), ("Two [1] years[2].", "Two years."), ("- [1] The pump", "- The pump"), ("[1]", "")],
)
def test_without_citations(text: str, without: str) -> None:
    assert without_markers(text) == without


@given(st.text("[]0123456789,-^`~\n a字😀()（）【】:", max_size=60))
def test_any_text_has_markers_in_order_and_verbatim(text: str) -> None:
    last = 0
    for marker in markers(text):
        assert last <= marker.start < marker.end <= len(text)
        assert text[marker.start] in "[［【"
        assert text[marker.end - 1] in "]］】"
        assert marker.numbers
        assert 0 not in marker.numbers
        last = marker.end


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "evil", ["[", "[1,", "[1-", "`", "` ", "\n```\n", "a[1]", "[1]", "``` `` ` ", "\n\n`", "((", "[a]"]
)
def test_hostile_texts_take_no_time(evil: str) -> None:
    markers(evil * 20_000)
