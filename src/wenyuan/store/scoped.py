"""What a reader of some groups reads by: views that stand in the place of the tables and show what these may see.

A temporary view hides the table of its name, so that no query of such a connection, whoever writes it, can be asked of
what is hidden. The groups are in a temporary table that is empty between two readers: then nothing is seen.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from wenyuan.store.tables import TABLES
from wenyuan.types import Scope

_SEEN = "EXISTS (SELECT 1 FROM main.access a JOIN temp.reader r ON r.party = a.party WHERE a.document = t.{})"
_OF_SEEN = "EXISTS (SELECT 1 FROM temp.chunks c WHERE c.key = t.chunk)"
_OF_SEEN_DOCUMENT = "EXISTS (SELECT 1 FROM temp.documents d WHERE d.id = t.document)"
_OWNERS = ("roots", "journal")
"""Tables of the house's own business."""


def limit(connection: sqlite3.Connection) -> None:
    """Let a connection see what the groups in `reader` may see, and nothing else, from now on."""
    connection.execute("CREATE TEMP TABLE reader (party TEXT PRIMARY KEY) WITHOUT ROWID")
    for statement in _views():
        connection.execute(statement)


def admit(connection: sqlite3.Connection, scope: Scope) -> None:
    """Let the groups of a scope read, until the transaction is rolled back."""
    connection.executemany("INSERT INTO reader VALUES (?)", [(party,) for party in scope.parties])


def _views() -> Iterator[str]:
    yield _view("documents", _SEEN.format("key"))
    yield _view("chunks", _SEEN.format("document"))
    for table in TABLES:
        yield _view(table.name, _SEEN.format("document") if table.hangs_on == "document" else _OF_SEEN)
    yield _view("corrections", _OF_SEEN_DOCUMENT)
    for name in _OWNERS:
        yield _view(name, "0")


def _view(table: str, shown: str) -> str:
    return f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} t WHERE {shown}"
