"""Which groups may see each document: what a reader of some groups is shown is chosen by these rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from wenyuan.filters import groups_of
from wenyuan.store.change import Change
from wenyuan.store.rows import metadata_of
from wenyuan.store.tables.table import Keys, Table


def _rows(change: Change, keys: Keys) -> Iterator[tuple[int, str]]:
    return ((keys.document, group) for group in groups_of(change.document.metadata))


def _backfill(connection: sqlite3.Connection) -> None:
    """Documents of before are everyone's, or those of the groups they name; the index is to learn it, too."""
    for key, metadata in connection.execute("SELECT key, metadata FROM documents").fetchall():
        connection.executemany(ACCESS.insert, [(key, group) for group in groups_of(metadata_of(metadata))])
    connection.execute("INSERT OR IGNORE INTO journal SELECT id FROM documents")


ACCESS = Table(
    name="access",
    schema=(
        "CREATE TABLE IF NOT EXISTS access (document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, "
        "party TEXT NOT NULL, PRIMARY KEY (document, party)) WITHOUT ROWID",
    ),
    insert="INSERT INTO access VALUES (?, ?)",
    rows=_rows,
    hangs_on="document",
    backfill=_backfill,
)
