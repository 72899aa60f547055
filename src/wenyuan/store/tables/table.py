"""What a table that hangs on documents or chunks is made of: a module a table, a line in `TABLES`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from wenyuan.store.change import Change


class Keys(NamedTuple):
    """Where a change was stored: the key of its document, and that of its first chunk; the others follow in a row."""

    document: int
    chunk: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows come with a document's commit and go with the document, or with its chunks.

    That they go is the schema's business: `REFERENCES chunks ON DELETE CASCADE`.
    """

    name: str
    schema: tuple[str, ...]  # CREATE … IF NOT EXISTS: a knowledge base from before the table gets it when opened
    insert: str
    rows: Callable[[Change, Keys], Iterable[tuple[Any, ...]]]
    hangs_on: Literal["document", "chunk"]  # the column by which its rows go with what they are of
    backfill: Callable[[sqlite3.Connection], None] | None = None  # fills a table that is new, where that can be done
