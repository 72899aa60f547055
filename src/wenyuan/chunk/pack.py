"""Fill chunks with the parts of a section: whole where they fit, in order, never over the size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wenyuan.chunk.node import Node


def pack(nodes: Sequence[Node], size: int, overlap: int, repeated: Mapping[str, int]) -> list[list[Node]]:
    """The leaves of each chunk of one section, at most `size` tokens together unless a single leaf has more.

    A node that does not fit in what is left of a chunk starts the next one whole; one that fits in none is opened and
    its parts are placed the same way. A new chunk begins with up to `overlap` last sentences of the chunk before,
    where they are prose of at most a quarter of the size. Questions with their answers stand alone.
    `repeated` holds the tokens of every `Node.repeat`.
    """
    packer = _Packer(size, overlap, repeated)
    for node in nodes:
        packer.put(node)
    packer.close()
    return packer.chunks


class _Packer:
    def __init__(self, size: int, overlap: int, repeated: Mapping[str, int]) -> None:
        self.chunks: list[list[Node]] = []
        self._size, self._overlap, self._repeated = size, overlap, repeated
        self._open: list[Node] = []
        self._used = 0
        self._before: list[Node] = []  # the chunk just closed: its last sentences may be repeated

    def put(self, node: Node) -> None:
        if node.kind == "faq":
            self.close()
            self._before = []
        first = next(node.leaves())
        anew = self._repeated.get(first.repeat, 0)
        fits = (self._used if self._open else anew) + node.tokens <= self._size
        if not fits and self._open and (not node.parts or anew + node.tokens <= self._size):
            self.close()
            fits = True
        if fits or not node.parts:
            self._add(node, first)
        else:
            for part in node.parts:
                self.put(part)
        if node.kind == "faq":
            self.close()
            self._before = []

    def close(self) -> None:
        if self._open:
            self.chunks.append(self._open)
            self._before = self._open
        self._open, self._used = [], 0

    def _add(self, node: Node, first: Node) -> None:
        if not self._open:
            self._used = self._repeated.get(first.repeat, 0)
            if not first.repeat and not all(leaf.blank for leaf in node.leaves()):
                self._open = self._last_sentences(min(self._size - node.tokens, self._size // 4))
                self._used = sum(leaf.tokens for leaf in self._open)
        self._open.extend(node.leaves())
        self._used += node.tokens

    def _last_sentences(self, room: int) -> list[Node]:
        taken: list[Node] = []
        for leaf in reversed(self._before[-self._overlap :] if self._overlap else []):
            room -= leaf.tokens
            if leaf.kind != "text" or room < 0:
                break
            taken.insert(0, leaf)
        left = self._before[: len(self._before) - len(taken)]
        return [] if all(leaf.blank for leaf in left) else taken  # else the chunk before would say nothing of its own
