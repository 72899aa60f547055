"""The server's own SQLite file: keys, jobs, sources, feedback and the like, a module a table.

It holds credentials, so nobody but its user may read it.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wenyuan import sqlite


class Database:
    """Shared by all threads: one writes at a time, and what it wrote is on disk when the call returns.

    Reading waits for no writer.
    """

    def __init__(self, path: Path) -> None:
        self.errors = sqlite.Errors("server database", path, "restore it from a backup")
        self._lock, self._reading = threading.RLock(), threading.Lock()
        self._writer: int | None = None  # the thread that is in a transaction
        with self.errors:
            _make_private(path)
            self._connection, self._reader = sqlite.connect(path), sqlite.connect(path)

    def make(self, *statements: str) -> None:
        """Make tables and indexes that are not there."""
        with self.writing():
            for statement in statements:
                self._connection.execute(statement)

    def select(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query: as of the last commit, or in one's own transaction as it stands."""
        if self._writer == threading.get_ident():
            with self.errors:
                return self._connection.execute(query, values).fetchall()
        with self._reading, self.errors:
            return self._reader.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it is kept, or none."""
        with self._lock, self.errors, sqlite.transaction(self._connection):
            self._writer = threading.get_ident()
            try:
                yield
            finally:
                self._writer = None

    def write(self, statement: str, *values: object) -> int:
        """Run one statement, within the transaction of `writing` where there is one; the number of rows changed."""
        with self._lock, self.errors:
            if self._connection.in_transaction:
                return self._connection.execute(statement, values).rowcount
            with self.writing():
                return self._connection.execute(statement, values).rowcount

    def write_all(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each of the rows, in one transaction."""
        with self.writing():
            self._connection.executemany(statement, rows)

    def close(self) -> None:
        """Nothing can be asked afterwards."""
        with self._lock, self._reading:
            self._connection.close()
            self._reader.close()


def _make_private(path: Path) -> None:
    """Have the file there before SQLite makes it, whose log beside it has the same mode."""
    with contextlib.suppress(OSError):  # SQLite says why
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        path.chmod(0o600)
