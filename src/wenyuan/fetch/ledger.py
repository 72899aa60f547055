"""What a mirror holds: for each item where it lies, and in which state it was fetched. A SQLite file of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from wenyuan import sqlite

_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    key TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, wish TEXT NOT NULL, stamp TEXT NOT NULL, digest TEXT NOT NULL,
    fields TEXT NOT NULL
) WITHOUT ROWID
"""
_ALL = "SELECT key, path, wish, stamp, digest, fields FROM items"


@dataclass(frozen=True, slots=True)
class Held:
    """One item of a mirror."""

    key: str
    path: str  # within the mirror's folder
    wish: str  # where the source would have it
    stamp: str = ""  # of the source's state when it was fetched
    digest: str = ""  # sha256 hex of its bytes; empty as long as they are not written
    fields: Mapping[str, object] = field(default_factory=dict)  # of its sidecar, as the source has them


class Ledger:
    """The items of one mirror, by key; a context manager that closes it.

    Raises:
        Busy, Damaged, NoAccess, OutOfSpace: as `wenyuan.sqlite.Errors`, from every method.
    """

    def __init__(self, path: Path) -> None:
        self._errors = sqlite.Errors("list of a mirror", path, "delete it and the mirror's folder, and fetch again")
        with self._errors:
            self._connection = sqlite.connect(path)
            self._connection.execute(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def items(self) -> dict[str, Held]:
        """All of them."""
        with self._errors:
            rows = self._connection.execute(_ALL).fetchall()
        return {
            key: Held(key, path, wish, stamp, digest, json.loads(fields))
            for key, path, wish, stamp, digest, fields in rows
        }

    def put(self, *items: Held, durable: bool = False) -> None:
        """Keep this of items, one after the other, instead of what was kept of them: of all or of none."""
        rows = [
            (each.key, each.path, each.wish, each.stamp, each.digest, json.dumps(dict(each.fields))) for each in items
        ]
        with self._errors, sqlite.transaction(self._connection, durable=durable):
            self._connection.executemany(
                "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET path = excluded.path, "
                "wish = excluded.wish, stamp = excluded.stamp, digest = excluded.digest, fields = excluded.fields",
                rows,
            )

    def drop(self, key: str) -> None:
        """Forget an item."""
        with self._errors, sqlite.transaction(self._connection, durable=False):
            self._connection.execute("DELETE FROM items WHERE key = ?", (key,))
