"""The truth about a knowledge base: its documents, chunks and vectors in one SQLite file; every index is made from it.

Write-ahead logging with `synchronous=FULL`: a commit must be on disk before the index may hold its points, or a power
cut could leave an index newer than its truth (0.8 ms a commit). Chunk texts are kept beside the compressed document
text: cutting them out of twenty documents would cost 4 ms a search instead of 0.1.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from wenyuan import sqlite
from wenyuan.errors import WrongUse
from wenyuan.store.change import Change
from wenyuan.store.connections import Connections, Moment
from wenyuan.store.ledger import FORMAT, errors_of
from wenyuan.store.migrate import migrate
from wenyuan.store.reading import Reader, Rows
from wenyuan.store.rows import as_json
from wenyuan.store.scoped import admit, limit
from wenyuan.store.tables import TABLES, Keys, corrections
from wenyuan.types import Root, Scope

_LOG = 16_384  # pages (64 MB) of the log beyond which readers are waited for, so that it begins anew
_WAIT = 500  # milliseconds of that

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE roots (path TEXT PRIMARY KEY, metadata TEXT NOT NULL, exclude TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, type TEXT NOT NULL,
    content_hash TEXT NOT NULL, time REAL NOT NULL, added REAL NOT NULL, stamp TEXT NOT NULL,
    metadata TEXT NOT NULL, warnings TEXT NOT NULL, text BLOB NOT NULL);
CREATE INDEX documents_hash ON documents (content_hash);
CREATE TABLE chunks (
    key INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE,
    document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, text TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    headings TEXT NOT NULL, header TEXT NOT NULL, page INTEGER, sheet TEXT, row INTEGER, kind TEXT NOT NULL,
    content BLOB NOT NULL, fingerprint BLOB NOT NULL);
CREATE INDEX chunks_order ON chunks (document, ordinal);
CREATE INDEX chunks_content ON chunks (content);
CREATE TABLE journal (document TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class Snapshot(Reader):
    """The catalogue as it was at one moment, and as a scope may see it, until it is closed. Any thread may read."""

    def __init__(self, catalogue: Catalogue, version: int, scope: Scope) -> None:
        """Of now; `version` is the one that is expected."""
        super().__init__(self._in_transaction)
        self.scope = scope
        self._lock = threading.Lock()
        self._errors = catalogue.errors
        self._readers = catalogue.readers if scope.whole else catalogue.limited
        with catalogue.errors:
            moment = self._readers.begin(version)
            if not scope.whole:
                admit(moment.connection, scope)
        self._moment: Moment | None = moment
        self.version = moment.version

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> bool:
        """Let the moment go; whether it was still held."""
        with self._lock:
            moment, self._moment = self._moment, None
        if moment is None:
            return False
        self._readers.end(moment)
        return True

    def _in_transaction(self, query: str, values: Sequence[object]) -> Rows:
        with self._lock, self._errors:
            if self._moment is None:
                raise WrongUse("The question is over, and what it read is closed; ask again.")
            return self._moment.connection.execute(query, values).fetchall()


class Catalogue(Reader):
    """The tables of one knowledge base. Reads from any thread; writes from one at a time, which the caller sees to.

    Each of its own reads sees the last commit; a `Snapshot` sees one commit for all of its reads.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(self._at_once)
        self.path = path
        self.readers = Connections(self._connect)
        self.limited = Connections(self._connect_limited, keep=False)
        self.errors = errors_of(path)
        with self.errors:
            self._writer = self._connect()
            with self.writing():
                if not self._writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    for statement in _SCHEMA.split(";"):
                        self._writer.execute(statement)

    def prepare(self) -> None:
        """Bring tables of before to today's format, and make those that came since."""
        with self.errors:
            migrate(self._writer, FORMAT)
        with self.writing():
            for statement in corrections.SCHEMA:
                self._writer.execute(statement)
            there = {name for (name,) in self._writer.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for table in TABLES:
                for statement in table.schema:
                    self._writer.execute(statement)
                if table.backfill and table.name not in there:
                    table.backfill(self._writer)

    def check(self) -> list[str]:
        """What SQLite itself finds wrong with the file."""
        faults = [text for (text,) in self.select("PRAGMA quick_check")]
        return [] if faults == ["ok"] else [f"{self.path}: {fault}" for fault in faults]

    # --- writing

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[None]:
        """One transaction: all of it is committed, or none; see `wenyuan.sqlite.transaction`."""
        with self.errors, sqlite.transaction(self._writer, durable=durable):
            yield

    def set_meta(self, **values: str | int) -> None:
        """Set some of `meta`."""
        self._writer.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def add_root(self, path: str, root: Root) -> None:
        """Remember a folder or file, and what was said of it."""
        said = (as_json(dict(root.metadata)), as_json(root.exclude))
        self._writer.execute("INSERT OR REPLACE INTO roots VALUES (?, ?, ?)", (path, *said))

    def remove_root(self, path: str) -> bool:
        """Forget a folder or file; its documents stay. False when it was none."""
        return self._writer.execute("DELETE FROM roots WHERE path = ?", (path,)).rowcount > 0

    def note(self, documents: Iterable[str]) -> None:
        """Write these documents into the journal: their points may differ from the catalogue until it is cleared."""
        self._writer.executemany("INSERT OR IGNORE INTO journal VALUES (?)", [(document,) for document in documents])

    def settle(self, but: Iterable[str] = ()) -> None:
        """Clear the journal, the index being on disk as the catalogue says, and move the log into the tables.

        The documents of `but` stay in the journal.

        SQLite would do the latter within one commit in fifteen, and hold that up for 20 ms.
        """
        with self.writing():
            self._writer.execute("DELETE FROM journal")
            self.note(but)
        with self.errors, self.readers.moving():
            [(_, pages, _)] = self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            if pages > _LOG:
                self._writer.execute(f"PRAGMA busy_timeout = {_WAIT}")
                self._writer.execute("PRAGMA wal_checkpoint(RESTART)")
                self._writer.execute(f"PRAGMA busy_timeout = {sqlite.PATIENCE * 1000}")

    def remove(self, documents: Iterable[str]) -> None:
        """Delete documents; all that hangs on them goes with them, but corrections, which wait for them."""
        names = [(document,) for document in documents]
        self._writer.executemany("DELETE FROM documents WHERE id = ?", names)
        self._writer.executemany(corrections.WAIT, names)

    def forget(self, ids: Iterable[int]) -> None:
        """Delete corrections."""
        self._writer.executemany("DELETE FROM corrections WHERE id = ?", [(each,) for each in ids])

    def add(self, change: Change) -> None:
        """Insert a document that is not there (any more)."""
        document = change.document
        facts = (document.id, document.title, document.type, document.content_hash, document.time, time.time())
        extra = (as_json(dict(document.metadata)), as_json(document.warnings))
        row = self._writer.execute(
            "INSERT INTO documents VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*facts, change.stamp, *extra, zlib.compress(document.text.encode(), 1)),
        ).lastrowid
        assert row is not None
        (first,) = self._writer.execute("SELECT coalesce(max(key), 0) + 1 FROM chunks").fetchone()
        chunks = []
        for at, chunk in enumerate(change.chunks):
            place = (chunk.start, chunk.end, as_json(chunk.headings), chunk.header, chunk.page, chunk.sheet, chunk.row)
            content = (chunk.kind, change.keys[at], change.fingerprints[at].tobytes())
            chunks.append((first + at, chunk.id, row, chunk.ordinal, chunk.text, *place, *content))
        self._writer.executemany(f"INSERT INTO chunks VALUES ({', '.join('?' * 15)})", chunks)
        for table in TABLES:
            self._writer.executemany(table.insert, table.rows(change, Keys(row, first)))
        self._writer.execute("DELETE FROM corrections WHERE document = ?", (document.id,))
        self._writer.executemany(corrections.INSERT, map(corrections.row_of, change.corrections))

    def clear(self, table: str) -> None:
        """Delete every row of a table."""
        self._writer.execute(f"DELETE FROM {table}")

    def close(self) -> None:
        """Close every connection; that of a snapshot with the snapshot."""
        self.readers.close()
        self.limited.close()
        self._writer.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite.connect(self.path)
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # see `settle`
        connection.execute("PRAGMA mmap_size = 1073741824")
        return connection

    def _connect_limited(self) -> sqlite3.Connection:
        connection = self._connect()
        limit(connection)
        return connection

    def _at_once(self, query: str, values: Sequence[object]) -> Rows:
        with self.errors:
            return self.readers.select(query, values)
