"""The words of each document's title and file name: which documents a question means when it names one.

"The installation manual", 《报销制度》: a name means the documents that hold every word of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import PurePosixPath

from wenyuan.store.change import Change
from wenyuan.store.tables.table import Keys, Table
from wenyuan.text.words import words
from wenyuan.types import Selects

MOST = 20  # documents that one name may mean; more, and it is no name but a word of every title


def _rows(change: Change, keys: Keys) -> Iterator[tuple[str, int]]:
    return ((word, keys.document) for word in _words(change.document.id, change.document.title))


def _words(document: str, title: str) -> frozenset[str]:
    return frozenset(words(f"{title} {PurePosixPath(document).stem}"))


def _backfill(connection: sqlite3.Connection) -> None:
    for key, document, title in connection.execute("SELECT key, id, title FROM documents").fetchall():
        connection.executemany(NAMES.insert, [(word, key) for word in _words(document, title)])


NAMES = Table(
    name="names",
    schema=(
        "CREATE TABLE IF NOT EXISTS names (word TEXT NOT NULL, document INTEGER NOT NULL "
        "REFERENCES documents ON DELETE CASCADE, PRIMARY KEY (word, document)) WITHOUT ROWID",
        "CREATE INDEX IF NOT EXISTS names_document ON names (document)",
    ),
    insert="INSERT INTO names VALUES (?, ?)",
    rows=_rows,
    hangs_on="document",
    backfill=_backfill,
)


def named(tables: Selects, name: str) -> list[str]:
    """Ids of the documents whose title or file name holds every word of `name`, in order; none where too many do."""
    wanted = sorted(set(words(name)), key=lambda word: (-len(word), word))  # long words are rare: they go first
    if not wanted:
        return []
    first, *others = wanted
    also = "".join(" AND EXISTS (SELECT 1 FROM names WHERE word = ? AND document = n.document)" for _ in others)
    query = f"SELECT d.id FROM names n JOIN documents d ON d.key = n.document WHERE n.word = ?{also} LIMIT ?"
    found = [document for (document,) in tables.select(query, (first, *others, MOST + 1))]
    return sorted(found) if len(found) <= MOST else []
