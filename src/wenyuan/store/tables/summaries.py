"""Summaries of sections: kept with their documents' chunks, searched one by one.

A section's summary goes in and out with its document, in the same transaction. There are far fewer sections than
chunks, so no index is made for them: a search multiplies the question with all their vectors, which are held in memory
(1.5 KB each at 384 dimensions; 50,000 take 77 MB). They are read again after each commit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from wenyuan.filters import check, matches, payload_of
from wenyuan.store.change import Change
from wenyuan.store.packing import unpack_dense
from wenyuan.store.tables.among import among
from wenyuan.store.tables.table import Keys, Table
from wenyuan.store.tables.vectors import vectors_at
from wenyuan.types import Candidate, Filter, Scope, Selects, Value, Vector, View

_KEPT = 4  # versions and readers

T = TypeVar("T")

_Moment = tuple[int, Scope]
"""A version, and who sees it."""

Passes = Callable[[str], bool]
"""Whether a document is within a filter."""


def _rows(change: Change, keys: Keys) -> Iterator[tuple[int, int, bytes, str, bytes]]:
    for each in change.summaries:
        vector = each.vector.astype(np.float16).tobytes()
        yield keys.chunk + each.first, keys.chunk + each.last, each.key, each.text, vector


SUMMARIES = Table(
    name="summaries",
    schema=(  # `chunk` and `last` are the keys of a section's first and last chunk
        "CREATE TABLE IF NOT EXISTS summaries (chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE, "
        "last INTEGER NOT NULL, content BLOB NOT NULL, text TEXT NOT NULL, dense BLOB NOT NULL)",
        "CREATE INDEX IF NOT EXISTS summaries_content ON summaries (content)",
    ),
    insert="INSERT INTO summaries VALUES (?, ?, ?, ?, ?)",
    rows=_rows,
    hangs_on="chunk",
)


def summaries_for(tables: Selects, keys: Sequence[bytes]) -> dict[bytes, tuple[str, Vector]]:
    """Text and vector of the summaries known already, by the content key of their sections."""
    rows = among(tables, "SELECT content, text, dense FROM summaries WHERE content", keys)
    return {key: (text, unpack_dense(dense)) for key, text, dense in rows}


@dataclass(frozen=True, slots=True)
class _Held:
    """The sections as of one version."""

    documents: Sequence[str]  # of each section
    spans: Sequence[tuple[int, int]]  # keys of its first and last chunk
    vectors: Vector  # (n, d)


class Sections:
    """Searches sections by their summaries; what it holds of one version is held for all who ask. Any thread may."""

    def __init__(self) -> None:
        self._held: dict[_Moment, _Held] = {}
        self._fields: dict[_Moment, Mapping[str, Mapping[str, Value]]] = {}  # of documents, where filters ask
        self._loading = threading.Lock()

    def count(self, view: View) -> int:
        """How many sections have a summary."""
        return len(self._sections(view).spans)

    def search(self, view: View, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k sections nearest by dot product of their summaries, best first: each as its chunk nearest to the (d,)
        vector, with the section's score. WrongUse for a filter that makes no sense."""
        if filter:
            check(filter)
        held = self._sections(view)
        if not held.spans:
            return []
        scores = held.vectors @ vector
        order = np.argsort(-scores, kind="stable").tolist()
        passes = self._passing(filter, view) if filter else None
        chosen: list[int] = []
        for n in order:
            if passes is None or passes(held.documents[n]):
                chosen.append(n)
                if len(chosen) == k:
                    break
        return list(_best(view, [held.spans[n] for n in chosen], scores[chosen], vector))

    def _sections(self, view: View) -> _Held:
        with self._loading:
            moment = view.version, view.scope
            if moment not in self._held:
                rows = view.select(
                    "SELECT d.id, s.chunk, s.last, s.dense FROM summaries s JOIN chunks c ON c.key = s.chunk "
                    "JOIN documents d ON d.key = c.document ORDER BY s.chunk"
                )
                vectors = np.stack([unpack_dense(row[-1]) for row in rows]) if rows else np.empty((0, 0), np.float32)
                spans = [(row[1], row[2]) for row in rows]
                _keep(self._held, moment, _Held([row[0] for row in rows], spans, vectors))
            return self._held[moment]

    def _passing(self, filter: Filter, view: View) -> Passes:
        with self._loading:
            moment = view.version, view.scope
            if moment not in self._fields:
                _keep(self._fields, moment, {info.id: payload_of(info) for info in view.documents()})
            fields = self._fields[moment]
        known: dict[str, bool] = {}

        def passes(document: str) -> bool:
            if document not in known:
                known[document] = document in fields and matches(filter, fields[document])
            return known[document]

        return passes


def _keep(held: dict[_Moment, T], moment: _Moment, value: T) -> None:
    """Keep what a moment needs, and of the others the last: long questions read those of before beside the new ones."""
    held[moment] = value
    for old in list(held)[:-_KEPT]:
        del held[old]


def _best(view: View, spans: Sequence[tuple[int, int]], scores: Vector, vector: Vector) -> Iterator[Candidate]:
    """Each section's chunk that is nearest to the question."""
    rows = vectors_at(view, [key for first, last in spans for key in range(first, last + 1)])
    if not rows:
        return
    nearness = np.stack([own for _, _, own in rows]) @ vector
    chunks = {key: (float(near), chunk) for (key, chunk, _), near in zip(rows, nearness, strict=True)}
    for (first, last), score in zip(spans, scores, strict=True):
        inside = [chunks[key] for key in range(first, last + 1) if key in chunks]
        if inside:
            yield Candidate(max(inside)[1], float(score))
