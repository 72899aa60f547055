"""Summaries of sections: kept with their documents' chunks, searched one by one.

A section's summary goes in and out with its document, in the same transaction. There are far fewer sections than
chunks, so no index is made for them: a search multiplies the question with all their vectors, which are held in memory
(1.5 KB each at 384 dimensions; 50,000 take 77 MB). They are read again after each commit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from wenyuan.filters import check, matches, payload_of
from wenyuan.store.packing import unpack_dense
from wenyuan.store.rows import DocumentInfo
from wenyuan.types import Candidate, Filter, Value, Vector

SUMMARIES = (
    "CREATE TABLE IF NOT EXISTS summaries (chunk INTEGER PRIMARY KEY REFERENCES chunks, last INTEGER NOT NULL, "
    "content BLOB NOT NULL, text TEXT NOT NULL, dense BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS summaries_content ON summaries (content)",
)
"""`chunk` and `last` are the keys of a section's first and last chunk: a document's chunks have keys in a row."""


Passes = Callable[[str], bool]
"""Whether a document is within a filter."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a section says, in a few of its own sentences; it holds the chunks first … last, counted from 0."""

    first: int
    last: int
    key: bytes  # of the section's content: equal keys have equal summaries
    text: str
    vector: Vector  # (d,)


class _Tables(Protocol):
    """What is asked of the catalogue."""

    def meta(self) -> dict[str, str | int]: ...
    def documents(self) -> list[DocumentInfo]: ...
    def summaries(self) -> list[tuple[str, int, int, bytes]]: ...
    def summaries_of(self, keys: Sequence[bytes]) -> dict[bytes, tuple[str, Vector]]: ...
    def own_vectors(self, keys: Sequence[int]) -> list[tuple[int, int, bytes]]: ...


@dataclass(frozen=True, slots=True)
class _Held:
    """The sections as of one version."""

    version: int
    documents: Sequence[str]  # of each section
    spans: Sequence[tuple[int, int]]  # keys of its first and last chunk
    vectors: Vector  # (n, d)


class Sections:
    """Searches sections by their summaries. Any thread may ask; a search sees committed documents only."""

    def __init__(self, catalogue: _Tables) -> None:
        self._catalogue = catalogue
        self._held: _Held | None = None
        self._fields: tuple[int, Mapping[str, Mapping[str, Value]]] | None = None  # of documents, where filters ask
        self._loading = threading.Lock()

    def known(self, keys: Sequence[bytes]) -> dict[bytes, tuple[str, Vector]]:
        """Text and vector of the summaries known already, by content key: a section that stays is not read again."""
        return self._catalogue.summaries_of(keys)

    def count(self) -> int:
        """How many sections have a summary."""
        return len(self._sections().spans)

    def search(self, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k sections nearest by dot product of their summaries, best first: each as its chunk nearest to the (d,)
        vector, with the section's score. WrongUse for a filter that makes no sense."""
        if filter:
            check(filter)
        held = self._sections()
        if not held.spans:
            return []
        scores = held.vectors @ vector
        order = np.argsort(-scores, kind="stable").tolist()
        passes = self._passing(filter, held.version) if filter else None
        chosen: list[int] = []
        for n in order:
            if passes is None or passes(held.documents[n]):
                chosen.append(n)
                if len(chosen) == k:
                    break
        return list(self._best([held.spans[n] for n in chosen], scores[chosen], vector))

    def _best(self, spans: Sequence[tuple[int, int]], scores: Vector, vector: Vector) -> Iterator[Candidate]:
        """Each section's chunk nearest to the question; sections that a commit has just taken away are left out."""
        rows = self._catalogue.own_vectors([key for first, last in spans for key in range(first, last + 1)])
        if not rows:
            return
        nearness = np.stack([unpack_dense(dense) for _, _, dense in rows]) @ vector
        chunks = {key: (float(near), chunk) for (key, chunk, _), near in zip(rows, nearness, strict=True)}
        for (first, last), score in zip(spans, scores, strict=True):
            inside = [chunks[key] for key in range(first, last + 1) if key in chunks]
            if inside:
                yield Candidate(max(inside)[1], float(score))

    def _sections(self) -> _Held:
        version = int(self._catalogue.meta()["version"])
        with self._loading:
            if self._held is None or self._held.version != version:
                rows = self._catalogue.summaries()
                vectors = np.stack([unpack_dense(row[-1]) for row in rows]) if rows else np.empty((0, 0), np.float32)
                self._held = _Held(version, [row[0] for row in rows], [(row[1], row[2]) for row in rows], vectors)
            return self._held

    def _passing(self, filter: Filter, version: int) -> Passes:
        with self._loading:
            if self._fields is None or self._fields[0] != version:
                self._fields = version, {info.id: payload_of(info) for info in self._catalogue.documents()}
            fields = self._fields[1]
        known: dict[str, bool] = {}

        def passes(document: str) -> bool:
            if document not in known:
                known[document] = document in fields and matches(filter, fields[document])
            return known[document]

        return passes


def summary_rows(summaries: Sequence[Summary], key: int) -> list[tuple[int, int, bytes, str, bytes]]:
    """Rows of the table, `key` being that of the document's first chunk."""
    return [
        (key + each.first, key + each.last, each.key, each.text, each.vector.astype(np.float16).tobytes())
        for each in summaries
    ]
