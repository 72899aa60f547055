"""Where each part of a document's text comes from: pages, slides, sheets, rows, so that a stretch's are read alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from wenyuan.store.change import Change
from wenyuan.store.tables.table import Keys, Table
from wenyuan.types import Mark, Selects

_OF = "FROM marks m JOIN documents d ON d.key = m.document WHERE d.id = ?"


def _rows(change: Change, keys: Keys) -> Iterator[tuple[Any, ...]]:
    for n, mark in enumerate(change.document.marks):
        yield keys.document, mark.at, n, mark.page, mark.sheet, mark.row


def _backfill(connection: sqlite3.Connection) -> None:
    """Until 0.2.0 a document's marks were JSON in a column of its row."""
    if "marks" in [name for _, name, *_ in connection.execute("PRAGMA table_info (documents)")]:
        connection.execute(
            "INSERT INTO marks SELECT d.key, json_extract(mark.value, '$.at'), mark.key, "
            "json_extract(mark.value, '$.page'), json_extract(mark.value, '$.sheet'), "
            "json_extract(mark.value, '$.row') FROM documents d, json_each(d.marks) mark"
        )
        connection.execute("ALTER TABLE documents DROP COLUMN marks")


MARKS = Table(
    name="marks",
    schema=(
        "CREATE TABLE IF NOT EXISTS marks (document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, "
        "at INTEGER NOT NULL, n INTEGER NOT NULL, page INTEGER, sheet TEXT, row INTEGER, "
        "PRIMARY KEY (document, at, n)) WITHOUT ROWID",
    ),
    insert="INSERT INTO marks VALUES (?, ?, ?, ?, ?, ?)",
    rows=_rows,
    hangs_on="document",
    backfill=_backfill,
)


def marks_within(tables: Selects, document: str, start: int, end: int) -> tuple[Mark, ...]:
    """The marks that hold somewhere from `start` to `end`; the first may stand before `start`."""
    rows = tables.select(
        f"SELECT m.at, m.page, m.sheet, m.row {_OF} AND m.at < ? "
        f"AND m.at >= coalesce((SELECT max(m.at) {_OF} AND m.at <= ?), 0) ORDER BY m.at, m.n",
        (document, end, document, start),
    )
    return tuple(Mark(*row) for row in rows)
