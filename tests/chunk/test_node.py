"""The tree of a section: its leaves in order, its tokens from the leaves up."""

from __future__ import annotations

from wenyuan.chunk.node import Node, Section


def test_a_node_without_parts_is_its_own_leaf() -> None:
    node = Node(3, "text", tokens=7)
    assert list(node.leaves()) == [node]
    assert node.add_up() == 7


def test_leaves_stand_in_order_and_their_tokens_add_up() -> None:
    first, second, third = (Node(at, "list", tokens=at + 1) for at in range(3))
    inner = Node(0, "list", [first, second])
    outer = Node(0, "list", [inner, third], tokens=99)
    assert list(outer.leaves()) == [first, second, third]
    assert outer.add_up() == 6
    assert (outer.tokens, inner.tokens) == (6, 3)


def test_a_section_has_the_leaves_of_all_its_nodes() -> None:
    parts = [Node(0, "text"), Node(4, "text")]
    section = Section(("A",), 1, start=0, heading=0, nodes=[Node(0, "text", parts), Node(8, "code")])
    assert [leaf.start for leaf in section.leaves()] == [0, 4, 8]
