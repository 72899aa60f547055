"""The tree a section's text becomes, so that it is only cut finer where it does not fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

NodeKind = Literal["text", "table", "list", "code", "faq"]


@dataclass(slots=True)
class Node:
    """A block, or a part of one. The leaves of a section tile its text: each ends where the next one starts."""

    start: int
    kind: NodeKind
    parts: list[Node] = field(default_factory=list)  # none: a leaf
    repeat: str = ""  # a leaf's: what a chunk that starts here must be read with (header rows, the question)
    whole: bool = False  # a leaf that must not be cut, whatever its length
    end: int = 0
    tokens: int = 0
    blank: bool = False  # a leaf of white space alone

    def leaves(self) -> Iterator[Node]:
        """The uncut pieces below this node, in order; itself if it is one."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()

    def add_up(self) -> int:
        """Set the tokens of every inner node from its leaves; return its own."""
        if self.parts:
            self.tokens = sum(part.add_up() for part in self.parts)
        return self.tokens


@dataclass(slots=True)
class Section:
    """What stands under one heading, up to the next heading of any level."""

    path: tuple[str, ...]  # outermost heading first, its own last
    level: int  # of its own heading; 0 before the first one
    start: int  # of the text below the heading
    heading: int  # where the heading line starts
    nodes: list[Node] = field(default_factory=list)
    end: int = 0
    parent: tuple[str, ...] = ()  # the path without its own heading, which may be empty

    def leaves(self) -> list[Node]:
        """The leaves of all nodes, in order."""
        return [leaf for node in self.nodes for leaf in node.leaves()]
