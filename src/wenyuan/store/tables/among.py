"""Looking many values up at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wenyuan.types import Selects

GROUP = 500  # values that every build of SQLite accepts in one query


def among(tables: Selects, query: str, values: Sequence[object]) -> Iterator[tuple[Any, ...]]:
    """The rows whose last named column is among the values, in groups that SQLite accepts."""
    for start in range(0, len(values), GROUP):
        group = values[start : start + GROUP]
        yield from tables.select(f"{query} IN ({','.join('?' * len(group))})", group)
