"""The vectors of each chunk, its own: dense in half precision, BM25 weights as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from wenyuan.store.change import Change
from wenyuan.store.packing import pack_sparse, unpack_dense
from wenyuan.store.tables.among import among
from wenyuan.store.tables.table import Keys, Table
from wenyuan.types import Selects, Vector


def _rows(change: Change, keys: Keys) -> Iterator[tuple[int, bytes, bytes]]:
    dense = change.vectors.astype(np.float16)
    for at, sparse in enumerate(change.sparse):
        yield keys.chunk + at, dense[at].tobytes(), pack_sparse(sparse)


VECTORS = Table(
    name="vectors",
    schema=(
        "CREATE TABLE IF NOT EXISTS vectors (chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE, "
        "dense BLOB NOT NULL, sparse BLOB NOT NULL)",
    ),
    insert="INSERT INTO vectors VALUES (?, ?, ?)",
    rows=_rows,
    hangs_on="chunk",
)


def vectors_of(tables: Selects, keys: Sequence[bytes]) -> dict[bytes, Vector]:
    """The dense vectors of chunks by content key."""
    query = "SELECT c.content, v.dense FROM chunks c JOIN vectors v ON v.chunk = c.key WHERE c.content"
    return {key: unpack_dense(dense) for key, dense in among(tables, query, keys)}


def vectors_at(tables: Selects, keys: Sequence[int]) -> list[tuple[int, int, Vector]]:
    """Key, id and dense vector of the chunks of these keys, unknown ones left out."""
    query = "SELECT c.key, c.id, v.dense FROM chunks c JOIN vectors v ON v.chunk = c.key WHERE c.key"
    return [(key, chunk, unpack_dense(dense)) for key, chunk, dense in among(tables, query, keys)]
