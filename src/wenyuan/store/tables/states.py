"""The token scorer's states of chunks, where there is a token scorer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wenyuan.store.change import Change
from wenyuan.store.tables.among import among
from wenyuan.store.tables.table import Keys, Table
from wenyuan.types import Selects


def _rows(change: Change, keys: Keys) -> Iterator[tuple[int, bytes]]:
    return ((keys.chunk + at, state) for at, state in enumerate(change.states))


STATES = Table(
    name="states",
    schema=(
        "CREATE TABLE IF NOT EXISTS states (chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE, "
        "state BLOB NOT NULL)",
    ),
    insert="INSERT INTO states VALUES (?, ?)",
    rows=_rows,
    hangs_on="chunk",
)


def states_of(tables: Selects, ids: Sequence[int]) -> dict[int, bytes]:
    """The states of these chunks, those without one left out."""
    query = "SELECT c.id, s.state FROM chunks c JOIN states s ON s.chunk = c.key WHERE c.id"
    return dict(among(tables, query, ids))


def states_for(tables: Selects, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    """The states known already, by content key."""
    query = "SELECT c.content, s.state FROM chunks c JOIN states s ON s.chunk = c.key WHERE c.content"
    return dict(among(tables, query, keys))
