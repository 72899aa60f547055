"""The truth about a knowledge base: its documents, chunks and vectors in one SQLite file; every index is made from it.

Write-ahead logging with `synchronous=FULL`: a commit must be on disk before the index may hold its points, or a power
cut could leave an index newer than its truth (0.8 ms a commit). Chunk texts are kept beside the compressed document
text: cutting them out of twenty documents would cost 4 ms a search instead of 0.1.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenyuan import sqlite
from wenyuan.errors import WrongUse
from wenyuan.filters import payload_of
from wenyuan.store.packing import pack_sparse, unpack_dense, unpack_sparse
from wenyuan.store.rows import (
    DocumentInfo,
    Row,
    as_json,
    chunk_of,
    document_of,
    heading_path,
    info_of,
    marks_of,
    metadata_of,
)
from wenyuan.store.tables.summaries import SUMMARIES, Summary, summary_rows
from wenyuan.text.sections import in_context
from wenyuan.types import Chunk, Document, Mark, Point, SparseVector, Value, Vector

FORMAT = 1

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE roots (path TEXT PRIMARY KEY, metadata TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, type TEXT NOT NULL,
    content_hash TEXT NOT NULL, time REAL NOT NULL, added REAL NOT NULL, stamp TEXT NOT NULL,
    metadata TEXT NOT NULL, marks TEXT NOT NULL, warnings TEXT NOT NULL, text BLOB NOT NULL);
CREATE INDEX documents_hash ON documents (content_hash);
CREATE TABLE chunks (
    key INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, document INTEGER NOT NULL REFERENCES documents,
    ordinal INTEGER NOT NULL, text TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    headings TEXT NOT NULL, header TEXT NOT NULL, page INTEGER, sheet TEXT, row INTEGER, kind TEXT NOT NULL,
    content BLOB NOT NULL, fingerprint BLOB NOT NULL);
CREATE INDEX chunks_order ON chunks (document, ordinal);
CREATE INDEX chunks_content ON chunks (content);
CREATE TABLE vectors (chunk INTEGER PRIMARY KEY REFERENCES chunks, dense BLOB NOT NULL, sparse BLOB NOT NULL);
CREATE TABLE journal (document TEXT PRIMARY KEY) WITHOUT ROWID;
"""
# Apart from the rest, because they came later: a knowledge base of before gets the tables when it is opened.
_STATES = "CREATE TABLE IF NOT EXISTS states (chunk INTEGER PRIMARY KEY REFERENCES chunks, state BLOB NOT NULL)"
_LATER = (_STATES, *SUMMARIES)
_CHUNK = """
SELECT c.id, d.id, d.title, c.ordinal, c.text, c.start, c."end", c.headings, c.header, c.page, c.sheet, c.row, c.kind
FROM chunks c JOIN documents d ON d.key = c.document """
_ROW = _CHUNK.replace("c.kind", "c.kind, c.fingerprint")
_DOCUMENT = "SELECT id, title, type, content_hash, time, marks, metadata, warnings, text FROM documents "
_INFO = """
SELECT id, title, type, content_hash, time, added, stamp, metadata,
    (SELECT count(*) FROM chunks WHERE chunks.document = documents.key)
FROM documents """
_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A new or changed document, ready to commit: one key, vector, sparse vector and fingerprint a chunk."""

    document: Document
    chunks: Sequence[Chunk]
    keys: Sequence[bytes]  # of the encoded content: equal keys have equal vectors
    vectors: Vector  # (n, d)
    sparse: Sequence[SparseVector]
    fingerprints: Sequence[NDArray[np.uint8]]  # (n, 64)
    states: Sequence[bytes] = ()  # of the token scorer, where there is one
    summaries: Sequence[Summary] = ()  # of its sections, where they are wanted
    stamp: str = ""  # the state of the source, by which its next reading may be spared
    payload: Mapping[str, Value] = field(init=False)

    def __post_init__(self) -> None:
        lengths = {len(self.keys), len(self.vectors), len(self.sparse), len(self.fingerprints)}
        if self.states:
            lengths.add(len(self.states))
        if lengths != {len(self.chunks)}:
            raise WrongUse(f"The change of {self.document.id} has {len(self.chunks)} chunks but {lengths} attributes.")
        object.__setattr__(self, "payload", payload_of(self.document))

    def points(self, ids: AbstractSet[int]) -> list[Point]:
        """The points of these chunks, rounded as the catalogue rounds: an index made again from it is the same."""
        rounded = self.vectors.astype(np.float16).astype(np.float32)
        dense = in_context(rounded, [chunk.headings for chunk in self.chunks])
        rows = zip(self.chunks, dense, self.sparse, strict=True)
        return [
            Point(chunk.id, row, unpack_sparse(pack_sparse(sparse)), self.payload)
            for chunk, row, sparse in rows
            if chunk.id in ids
        ]


class Catalogue:
    """The tables of one knowledge base. Reads from any thread; writes from one at a time, which the caller sees to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._readers: deque[sqlite3.Connection] = deque()
        with self._errors():
            self._writer = self._connect()
            if not self._writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                with self.writing():
                    for statement in _SCHEMA.split(";"):
                        self._writer.execute(statement)
            for statement in _LATER:
                self._writer.execute(statement)

    # --- reading

    def meta(self) -> dict[str, str | int]:
        """Format, version, model and the like."""
        return dict(self._read("SELECT name, value FROM meta"))

    def roots(self) -> dict[str, Mapping[str, Value]]:
        """The folders and files kept in step with, and the metadata given for each."""
        return {path: metadata_of(text) for path, text in self._read("SELECT path, metadata FROM roots ORDER BY path")}

    def documents(self) -> list[DocumentInfo]:
        """Every document, by id."""
        return [info_of(row) for row in self._read(_INFO + "ORDER BY id")]

    def info(self, document: str) -> DocumentInfo | None:
        """A document without its text; None when unknown."""
        rows = self._read(_INFO + "WHERE id = ?", (document,))
        return info_of(rows[0]) if rows else None

    def document(self, document: str) -> Document | None:
        """A document with its text; None when unknown."""
        rows = self._read(_DOCUMENT + "WHERE id = ?", (document,))
        return document_of(rows[0]) if rows else None

    def marks(self, document: str) -> tuple[Mark, ...]:
        """The marks of a document, read without its text; none when unknown."""
        rows = self._read("SELECT marks FROM documents WHERE id = ?", (document,))
        return marks_of(rows[0][0]) if rows else ()

    def chunks(self, ids: Sequence[int]) -> dict[int, Chunk]:
        """The chunks of these ids, unknown ones left out."""
        return {row[0]: chunk_of(row) for row in self._among(_CHUNK + "WHERE c.id", ids)}

    def rows(self, ids: Sequence[int]) -> dict[int, Row]:
        """The chunks of these ids with their fingerprints, unknown ones left out."""
        return {row[0]: Row(chunk_of(row[:-1]), row[-1]) for row in self._among(_ROW + "WHERE c.id", ids)}

    def present(self, ids: Sequence[int]) -> set[int]:
        """Which of these ids are chunks."""
        return {row[0] for row in self._among("SELECT id FROM chunks WHERE id", ids)}

    def neighbours(self, document: str, first: int, last: int) -> list[Chunk]:
        """The chunks of a document whose ordinals are in first … last, in order."""
        where = "WHERE d.id = ? AND c.ordinal BETWEEN ? AND ? ORDER BY c.ordinal"
        return [chunk_of(row) for row in self._read(_CHUNK + where, (document, first, last))]

    def ids_of(self, documents: Iterable[str]) -> dict[str, set[int]]:
        """The chunk ids of each document."""
        found: dict[str, set[int]] = {document: set() for document in documents}
        query = "SELECT d.id, c.id FROM chunks c JOIN documents d ON d.key = c.document WHERE d.id"
        for document, chunk in self._among(query, list(found)):
            found[document].add(chunk)
        return found

    def points(self, document: str) -> list[Point]:
        """The points of a document as they were committed."""
        known = self.document(document)
        if known is None:
            return []
        payload = payload_of(known)
        rows = self._read(
            "SELECT c.id, c.headings, v.sparse, v.dense FROM chunks c JOIN documents d ON d.key = c.document "
            "JOIN vectors v ON v.chunk = c.key WHERE d.id = ? ORDER BY c.ordinal",
            (document,),
        )
        if not rows:
            return []
        dense = in_context(np.stack([unpack_dense(row[-1]) for row in rows]), [heading_path(row[1]) for row in rows])
        return [
            Point(chunk, vector, unpack_sparse(sparse), payload)
            for (chunk, _, sparse, _), vector in zip(rows, dense, strict=True)
        ]

    def vectors(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        """The dense vectors of chunks by content key."""
        query = "SELECT c.content, v.dense FROM chunks c JOIN vectors v ON v.chunk = c.key WHERE c.content"
        return {key: unpack_dense(dense) for key, dense in self._among(query, keys)}

    def states(self, ids: Sequence[int]) -> dict[int, bytes]:
        """The token scorer's states of these chunks, those without one left out."""
        query = "SELECT c.id, s.state FROM chunks c JOIN states s ON s.chunk = c.key WHERE c.id"
        return dict(self._among(query, ids))

    def states_of(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The token scorer's states by content key."""
        query = "SELECT c.content, s.state FROM chunks c JOIN states s ON s.chunk = c.key WHERE c.content"
        return dict(self._among(query, keys))

    def summaries(self) -> list[tuple[str, int, int, bytes]]:
        """Of each section with a summary: its document, the keys of its first and last chunk, its vector as bytes."""
        return self._read(
            "SELECT d.id, s.chunk, s.last, s.dense FROM summaries s JOIN chunks c ON c.key = s.chunk "
            "JOIN documents d ON d.key = c.document ORDER BY s.chunk"
        )

    def summaries_of(self, keys: Sequence[bytes]) -> dict[bytes, tuple[str, Vector]]:
        """The summaries known already, by the content key of their sections: text and vector."""
        rows = self._among("SELECT content, text, dense FROM summaries WHERE content", keys)
        return {key: (text, unpack_dense(dense)) for key, text, dense in rows}

    def own_vectors(self, keys: Sequence[int]) -> list[tuple[int, int, bytes]]:
        """Key, id and own dense vector, as bytes, of the chunks of these keys, unknown ones left out."""
        query = "SELECT c.key, c.id, v.dense FROM chunks c JOIN vectors v ON v.chunk = c.key WHERE c.key"
        return list(self._among(query, keys))

    def count(self) -> int:
        """How many chunks there are."""
        return int(self._read("SELECT count(*) FROM chunks")[0][0])

    def journal(self) -> list[str]:
        """The documents whose points may differ from the catalogue."""
        return [document for (document,) in self._read("SELECT document FROM journal")]

    def check(self) -> list[str]:
        """What SQLite itself finds wrong with the file."""
        faults = [text for (text,) in self._read("PRAGMA quick_check")]
        return [] if faults == ["ok"] else [f"{self.path}: {fault}" for fault in faults]

    # --- writing

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[None]:
        """One transaction: all of it is committed, or none; see `wenyuan.sqlite.transaction`."""
        with self._errors(), sqlite.transaction(self._writer, durable=durable):
            yield

    def set_meta(self, **values: str | int) -> None:
        """Set some of `meta`."""
        self._writer.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def add_root(self, path: str, metadata: Mapping[str, Value]) -> None:
        """Remember a folder or file."""
        self._writer.execute("INSERT OR REPLACE INTO roots VALUES (?, ?)", (path, as_json(dict(metadata))))

    def remove_root(self, path: str) -> bool:
        """Forget a folder or file; its documents stay. False when it was none."""
        return self._writer.execute("DELETE FROM roots WHERE path = ?", (path,)).rowcount > 0

    def note(self, documents: Iterable[str]) -> None:
        """Write these documents into the journal: their points may differ from the catalogue until it is cleared."""
        self._writer.executemany("INSERT OR IGNORE INTO journal VALUES (?)", [(document,) for document in documents])

    def settle(self) -> None:
        """Clear the journal, the index being on disk as the catalogue says, and move the log into the tables.

        SQLite would do the latter within one commit in fifteen, and hold that up for 20 ms.
        """
        with self.writing():
            self._writer.execute("DELETE FROM journal")
        with self._errors():
            self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def remove(self, documents: Iterable[str]) -> None:
        """Delete documents with all that hangs on them."""
        for document in documents:
            row = self._writer.execute("SELECT key FROM documents WHERE id = ?", (document,)).fetchone()
            if row:
                for table in ("vectors", "states", "summaries"):
                    self._writer.execute(
                        f"DELETE FROM {table} WHERE chunk IN (SELECT key FROM chunks WHERE document = ?)",
                        row,
                    )
                self._writer.execute("DELETE FROM chunks WHERE document = ?", row)
                self._writer.execute("DELETE FROM documents WHERE key = ?", row)

    def add(self, change: Change) -> None:
        """Insert a document that is not there (any more)."""
        document = change.document
        marks = [asdict(mark) for mark in document.marks]
        facts = (document.id, document.title, document.type, document.content_hash, document.time, time.time())
        extra = (as_json(dict(document.metadata)), as_json(marks), as_json(document.warnings))
        row = self._writer.execute(
            "INSERT INTO documents VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*facts, change.stamp, *extra, zlib.compress(document.text.encode(), 1)),
        ).lastrowid
        (first,) = self._writer.execute("SELECT coalesce(max(key), 0) + 1 FROM chunks").fetchone()
        chunks, vectors = [], []
        dense = change.vectors.astype(np.float16)
        for at, chunk in enumerate(change.chunks):
            place = (chunk.start, chunk.end, as_json(chunk.headings), chunk.header, chunk.page, chunk.sheet, chunk.row)
            content = (chunk.kind, change.keys[at], change.fingerprints[at].tobytes())
            chunks.append((first + at, chunk.id, row, chunk.ordinal, chunk.text, *place, *content))
            vectors.append((first + at, dense[at].tobytes(), pack_sparse(change.sparse[at])))
        self._writer.executemany(f"INSERT INTO chunks VALUES ({', '.join('?' * 15)})", chunks)
        self._writer.executemany("INSERT INTO vectors VALUES (?, ?, ?)", vectors)
        states = [(first + at, state) for at, state in enumerate(change.states)]
        self._writer.executemany("INSERT INTO states VALUES (?, ?)", states)
        self._writer.executemany("INSERT INTO summaries VALUES (?, ?, ?, ?, ?)", summary_rows(change.summaries, first))

    def forget_states(self) -> None:
        """Delete the states of every chunk, another scorer's."""
        self._writer.execute("DELETE FROM states")

    def close(self) -> None:
        """Close every connection."""
        while self._readers:
            self._readers.pop().close()
        self._writer.close()

    # --- connections

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite.connect(self.path)
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # see `settle`
        connection.execute("PRAGMA mmap_size = 1073741824")
        return connection

    def _read(self, query: str, values: Sequence[object] = ()) -> list[_Row]:
        with self._errors():
            try:
                connection = self._readers.pop()
            except IndexError:
                connection = self._connect()
            try:
                return connection.execute(query, values).fetchall()
            finally:
                self._readers.append(connection)

    def _among(self, query: str, values: Sequence[object]) -> Iterator[_Row]:
        """The rows whose last named column is among the values, in groups that SQLite accepts."""
        for start in range(0, len(values), 500):
            group = values[start : start + 500]
            yield from self._read(f"{query} IN ({','.join('?' * len(group))})", group)

    def _errors(self) -> AbstractContextManager[None]:
        mend = "restore it from a copy, or delete the knowledge base and add its sources again"
        return sqlite.errors("catalogue", self.path, mend)
