"""Chunks are filled with whole sentences, and overlap by them."""

from __future__ import annotations

import itertools

import pytest

from cutting import chunks_of, words
from wenyuan.chunk.node import Node, NodeKind
from wenyuan.chunk.pack import pack


@pytest.mark.parametrize("sentence", ["第{}句话讲的是别的事，请看。", "Sentence {} says something else. "])
def test_a_long_paragraph_is_cut_at_sentences_and_overlaps_by_them(sentence: str) -> None:
    each = [sentence.format(i).strip() for i in range(20)]
    plain = chunks_of("".join(sentence.format(i) for i in range(20)))
    assert all(part.text.endswith(each[0][-1]) for part in plain)
    made = chunks_of("".join(sentence.format(i) for i in range(20)), overlap=1)
    assert len(made) > 2
    for before, after in itertools.pairwise(made):
        last = next(one for one in reversed(each) if before.text.endswith(one))
        assert after.text.startswith(last)
        assert after.start < before.end


def test_no_overlap_over_a_heading_nor_of_long_sentences() -> None:
    made = chunks_of(f"# A\nOne. Two.\n# B\n{words(50)}. {words(50)}.", overlap=2)
    assert all(before.end <= after.start for before, after in itertools.pairwise(made))


def leaf(tokens: int, kind: NodeKind = "text", repeat: str = "") -> Node:
    return Node(0, kind, repeat=repeat, tokens=tokens)


def packed(*nodes: Node, size: int = 10, overlap: int = 0, **repeated: int) -> list[list[int]]:
    for node in nodes:
        node.add_up()
    return [[part.tokens for part in chunk] for chunk in pack(nodes, size, overlap, repeated)]


def test_a_node_that_does_not_fit_starts_the_next_chunk_whole() -> None:
    assert packed(leaf(6), Node(0, "list", [leaf(3), leaf(3)])) == [[6], [3, 3]]
    assert packed(leaf(4), Node(0, "list", [leaf(3), leaf(3)])) == [[4, 3, 3]]


def test_a_node_that_fits_in_no_chunk_is_opened() -> None:
    assert packed(leaf(6), Node(0, "list", [leaf(4), leaf(5), leaf(5)])) == [[6, 4], [5, 5]]
    assert packed(leaf(6), leaf(30), leaf(1)) == [[6], [30], [1]]


def test_what_a_chunk_repeats_takes_its_room() -> None:
    rows = [leaf(4, "table"), *(leaf(4, "table", "head") for _ in range(4))]
    assert packed(*rows, head=3) == [[4, 4], [4], [4], [4]]


def test_a_chunk_begins_with_the_short_prose_before_it() -> None:
    assert packed(leaf(8), leaf(2), leaf(5), overlap=1) == [[8, 2], [2, 5]]
    assert packed(leaf(8), leaf(2, "code"), leaf(5), overlap=1) == [[8, 2], [5]]
    assert packed(leaf(6), leaf(4), leaf(5), overlap=1) == [[6, 4], [5]]  # more than a quarter
    blank = Node(0, "text", tokens=3, blank=True)
    assert packed(blank, leaf(2), leaf(6), overlap=1) == [[3, 2], [6]]  # it would hold all that the one before says
    assert packed(leaf(8), leaf(2), blank, overlap=1) == [[8, 2], [3]]
    assert packed(leaf(7), leaf(1), leaf(1), leaf(9), overlap=2) == [[7, 1, 1], [1, 9]]  # as much as there is room


def test_a_question_stands_alone() -> None:
    asked = [Node(0, "faq", [leaf(1, "faq"), leaf(1, "faq")]) for _ in range(2)]
    assert packed(leaf(1), *asked, leaf(2), overlap=3) == [[1], [1, 1], [1, 1], [2]]
