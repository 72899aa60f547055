"""What a knowledge base was made with and has read: the rows that a look at its files needs, nothing of an index."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyuan import sqlite
from wenyuan.store.rows import metadata_of
from wenyuan.types import Root

FILE_NAME = "catalogue.sqlite"
FORMAT = 5  # of its tables

Select = Callable[[str], Sequence[tuple[Any, ...]]]
"""A query → its rows."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """One moment of it."""

    meta: dict[str, str | int]
    roots: dict[str, Root]
    stamps: dict[str, str]  # of documents that were read from files, by id
    settled: bool  # whether the index is as the catalogue says


def errors_of(catalogue: Path) -> sqlite.Errors:
    """What SQLite's errors mean of this file."""
    mend = "restore it from a copy, or delete the knowledge base and add its sources again"
    return sqlite.Errors("catalogue", catalogue, mend)


def is_in(folder: Path) -> bool:
    """Whether there is a knowledge base in `folder`."""
    return (folder / FILE_NAME).exists()


def read_ledger(folder: Path) -> Ledger | None:
    """The ledger of the knowledge base in `folder`; None where its tables are of another format.

    Raises:
        Busy, Damaged, NoAccess: as `wenyuan.sqlite.Errors`.
    """
    path = folder / FILE_NAME
    with errors_of(path), closing(sqlite.connect(path)) as connection:

        def select(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query).fetchall()

        meta = read_meta(select)
        if meta.get("format") != FORMAT:
            return None
        stamps = dict(select("SELECT id, stamp FROM documents WHERE stamp != ''"))
        return Ledger(meta, read_roots(select), stamps, not select("SELECT 1 FROM journal LIMIT 1"))


def read_meta(select: Select) -> dict[str, str | int]:
    """Format, version, model and the like."""
    return dict(select("SELECT name, value FROM meta"))


def read_roots(select: Select) -> dict[str, Root]:
    """The folders and files kept in step with, and what was said of each."""
    rows = select("SELECT path, metadata, exclude FROM roots ORDER BY path")
    return {path: Root(metadata_of(metadata), tuple(json.loads(exclude))) for path, metadata, exclude in rows}
