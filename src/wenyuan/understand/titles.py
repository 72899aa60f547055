"""Which documents a question means when it names one: "the installation manual", 《报销制度》."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from threading import Lock
from typing import Protocol

from wenyuan.text.words import words

MOST = 20  # documents that one name may mean; more, and it is no name but a word of every title


class Named(Protocol):
    """A document with its names."""

    @property
    def id(self) -> str:
        """Its path."""
        ...

    @property
    def title(self) -> str:
        """Its title."""
        ...


class Titles:
    """Names of documents by the words of their titles and files; looked up anew when the knowledge base has changed."""

    def __init__(self, documents: Callable[[], Iterable[Named]], version: Callable[[], int]) -> None:
        self._documents, self._version = documents, version
        self._known: list[tuple[str, frozenset[str]]] = []
        self._of = -1
        self._lock = Lock()

    def named(self, name: str) -> list[str]:
        """Ids of the documents whose title or file name holds every word of `name`; none where too many do."""
        wanted = frozenset(words(name))
        found = [document for document, known in self._current() if wanted <= known] if wanted else []
        return found if len(found) <= MOST else []

    def _current(self) -> list[tuple[str, frozenset[str]]]:
        with self._lock:
            if self._of != (version := self._version()):
                self._known = [
                    (info.id, frozenset(words(f"{info.title} {PurePosixPath(info.id).stem}")))
                    for info in self._documents()
                ]
                self._of = version
            return self._known
