"""Where a knowledge base is asked, whoever stands behind it: each reply is one of the shapes of `wenyuan.shapes`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # a program that only asks a server need not load it
    from wenyuan.engine import KnowledgeBase
    from wenyuan.engine.way import Result
    from wenyuan.types import Filter, Message

Shape = dict[str, Any]
Event = tuple[str, Shape]
"""A name and data, as `shapes.event_shape` has them; the answer comes last, and once."""


@dataclass(frozen=True, slots=True)
class Looking:
    """How far a search looks, and how much of it is told; see `KnowledgeBase.search`."""

    k: int
    legs: tuple[str, ...]
    rerank: bool | None = None
    rerank_ms: float | None = None
    explain: bool = False

    def into(self, base: KnowledgeBase, question: str, history: Sequence[Message], filter: Filter | None) -> Result:
        """What a knowledge base finds."""
        rerank, ms = self.rerank, self.rerank_ms
        return base.search(
            question, self.k, history=history, filter=filter, legs=self.legs, rerank=rerank, rerank_ms=ms
        )


class Events(Iterator[Event], Protocol):
    """What happens while an answer is written; a generator is one, too."""

    def close(self) -> object:
        """Cancel it; where another thread reads on and that is not possible, ValueError."""
        ...


class Asks(Protocol):
    """Where one knowledge base is asked."""

    def search(self, question: str, looking: Looking, *, history: Sequence[Message], filter: Filter | None) -> Shape:
        """`shapes.search_shape`."""
        ...

    def ask(self, question: str, *, history: Sequence[Message], filter: Filter | None) -> Events:
        """What happens while an answer is written, then `shapes.ask_shape`."""
        ...

    def why(self, question: str, document: str, *, k: int, filter: Filter | None, ask: bool) -> Shape:
        """`shapes.why_shape`."""
        ...

    def documents(self, folder: str | None, *, filter: Filter | None) -> Shape:
        """`shapes.documents_shape`."""
        ...

    def document(self, name: str) -> Shape:
        """`shapes.document_shape`, with all of the text."""
        ...
