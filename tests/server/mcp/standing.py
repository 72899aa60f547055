"""Desks that stand in for knowledge bases, and answers that wait until they are closed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from wenyuan.desk import Asks, Event, Events, Looking, Shape
from wenyuan.errors import WenyuanError, WrongUse
from wenyuan.server.errors import not_found
from wenyuan.server.mcp.desks import Desks

PATIENCE = 30.0
TEXT = "水泵 𝒳 保修\nThe warranty lasts 24 months."


def hit(**changed: Any) -> Shape:
    return {
        "rank": 1, "chunk": "0" * 16, "document": "a/b.md", "title": "B", "headings": ["B", "C"], "page": None,
        "sheet": None, "row": None, "start": 3, "end": 9, "score": 0.5, "legs": {}, "text": "quoted",
    } | changed  # fmt: skip


def citation(**changed: Any) -> Shape:
    return {
        "n": 1, "document": "a/b.md", "page": None, "heading": "C", "start": 3, "end": 9, "quote": "quoted",
        "sheet": None, "row": None, "answer": None,
    } | changed  # fmt: skip


def answer(**changed: Any) -> Shape:
    return {
        "decision": "ANSWERED", "reason": "So.", "answer": "Two [1].", "curated": None, "model": None, "usage": None,
        "tools": [], "confidence": 0.5, "citations": [citation()], "notes": [], "timings_ms": {},
    } | changed  # fmt: skip


def why(**changed: Any) -> Shape:
    return {
        "question": "q", "document": "a/b.md", "stage": "found", "reason": "a/b.md is found: hit 1.", "rank": 1,
        "before": None, "after": None, "score": None, "needed": None, "legs": {}, "stages": {}, "policy": None,
        "duplicate_of": None, "conditions": [], "near": [], "changes": [],
    } | changed  # fmt: skip


def listed(id: str, **changed: Any) -> Shape:
    return {"id": id, "title": id, "type": "md", "time": "2024-01-01T00:00:00+00:00", "metadata": {}, "passages": 2} | (
        changed
    )


class Slow:
    """An answer that is never there: it waits until it is closed."""

    def __init__(self) -> None:
        self.begun, self.closed = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        self.begun.set()
        assert self.closed.wait(PATIENCE), "nobody closed it"
        raise StopIteration

    def close(self) -> None:
        self.closed.set()


class FakeDesk:
    """Replies with what it is given, one shape for each question, or raises it."""

    def __init__(self, **replies: Any) -> None:
        self._replies = replies
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def search(self, question: str, looking: Looking, **given: Any) -> Shape:
        return self._reply("search", {"question": question} | asdict(looking) | given)

    def ask(self, question: str, **given: Any) -> Events:
        said = self._reply("ask", {"question": question} | given)
        return said if isinstance(said, Slow) else iter_of(said)

    def why(self, question: str, document: str, **given: Any) -> Shape:
        return self._reply("why", {"question": question, "document": document} | given)

    def documents(self, folder: str | None, **given: Any) -> Shape:
        return self._reply("documents", {"folder": folder} | given)

    def document(self, name: str) -> Shape:
        if name != "a/b.md":
            raise not_found()
        return {"id": name, "title": "B", "text": TEXT}

    def _reply(self, name: str, given: dict[str, Any]) -> Any:
        self.asked.append((name, given))
        said = self._replies[name]
        if isinstance(said, Exception):
            raise said
        return said() if isinstance(said, Callable) else said


def iter_of(said: Shape) -> Events:
    def events() -> Iterator[Event]:
        yield "text", {"text": "Tw"}
        yield "answer", said

    return events()


class FakeDesks:
    """Several names, one desk."""

    def __init__(self, desk: Asks, *names: str) -> None:
        self._desk, self._names = desk, names

    def names(self) -> list[str]:
        return list(self._names)

    @contextmanager
    def at(self, name: str) -> Iterator[Asks]:
        if name not in self._names:
            raise not_found()
        yield self._desk


def desks(*names: str, **replies: Any) -> Desks:
    """Of one name, `kb`, where none is given."""
    return FakeDesks(FakeDesk(**replies), *(names or ("kb",)))


def broken(sentence: str = "It is broken; mend it.") -> WenyuanError:
    return WrongUse(sentence)
