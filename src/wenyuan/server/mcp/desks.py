"""Whom the tools ask: the knowledge bases of one caller, each a desk that replies with the shapes of `shapes`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from wenyuan import shapes
from wenyuan.desk import Asks, Event, Events, Looking, Shape
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.streaming import AnswerStream
from wenyuan.server.errors import not_found
from wenyuan.server.identity import Identity
from wenyuan.server.metrics import Metrics
from wenyuan.server.service import Service
from wenyuan.trace import Trace
from wenyuan.types import Answer, Filter, Message

OnAnswer = Callable[[Answer, Trace], None]
"""Told of an answer, and of what each stage did on the way to it."""


class Desks(Protocol):
    """The knowledge bases of one caller."""

    def names(self) -> list[str]:
        """What they are called."""
        ...

    def at(self, name: str) -> AbstractContextManager[Asks]:
        """The desk of one of them.

        Raises:
            WenyuanError: there is none of this name, or it cannot be opened.
        """
        ...


class Opened:
    """The desk of a knowledge base that this process holds open."""

    def __init__(self, base: KnowledgeBase, on_answer: OnAnswer | None = None) -> None:
        self._base, self._on_answer = base, on_answer

    def search(self, question: str, looking: Looking, *, history: Sequence[Message], filter: Filter | None) -> Shape:
        """The best passages."""
        result = looking.into(self._base, question, history, filter)
        return shapes.search_shape(result, looking.explain)

    def ask(self, question: str, *, history: Sequence[Message], filter: Filter | None) -> Events:
        """What happens as it happens."""
        trace, on_answer = Trace(), self._on_answer
        stream = self._base.stream(question, history=history, filter=filter, trace=trace)
        return _Told(stream, None if on_answer is None else lambda answer: on_answer(answer, trace))

    def why(self, question: str, document: str, *, k: int, filter: Filter | None, ask: bool) -> Shape:
        """The stage that lost a document."""
        return shapes.why_shape(self._base.why(question, document, k=k, filter=filter, ask=ask))

    def documents(self, folder: str | None, *, filter: Filter | None) -> Shape:
        """Which documents there are."""
        return shapes.documents_shape(self._base.documents(folder, filter=filter))

    def document(self, name: str) -> Shape:
        """A document with its text."""
        if not self._base.has(name):
            raise not_found()
        found = self._base.document(name)
        return shapes.document_shape(found, found.text)


class Seen:
    """What a caller of the service sees."""

    def __init__(self, service: Service, metrics: Metrics, identity: Identity) -> None:
        self._service, self._metrics, self._identity = service, metrics, identity

    def names(self) -> list[str]:
        """Those that the caller may touch."""
        return self._service.home.reached(self._identity)

    @contextmanager
    def at(self, name: str) -> Iterator[Asks]:
        """One of them, with the documents that are the caller's to see."""
        with self._service.lent(self._identity, name) as base:

            def answered(answer: Answer, trace: Trace) -> None:
                self._metrics.answered(answer)
                self._metrics.timed(answer.timings_ms)
                days = base.settings.inbox.keep_days
                self._service.inbox.note(self._identity.tenant, name, answer, trace, days)

            yield Opened(base, answered)


class _Told:
    """The events of an answer, as shapes; closed from any thread."""

    def __init__(self, stream: AnswerStream, on_answer: Callable[[Answer], None] | None) -> None:
        self._stream, self._on_answer = stream, on_answer

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        event = next(self._stream)
        if isinstance(event, Answer) and self._on_answer is not None:
            self._on_answer(event)
        return shapes.event_shape(event)

    def close(self) -> None:
        """Cancel it."""
        self._stream.close()
