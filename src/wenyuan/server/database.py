"""The server's own SQLite file: keys, jobs, feedback and the like, a module a table."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wenyuan import sqlite
from wenyuan.errors import Damaged


class Database:
    """One connection that all threads share, one at a time; what is written is on disk when the call returns."""

    def __init__(self, path: Path) -> None:
        self.errors = sqlite.Errors("server database", path, "restore it from a backup")
        self._path, self._lock = path, threading.RLock()
        with self.errors:
            self._connection = sqlite.connect(path)

    def make(self, *statements: str) -> None:
        """Make tables and indexes that are not there.

        Raises:
            Damaged: there are such of another make.
        """
        try:
            with self.writing():
                for statement in statements:
                    self._connection.execute(statement)
        except sqlite3.OperationalError as error:  # none that a full or failing disk makes
            raise Damaged(
                f"The server database {self._path} is of another version ({error}); serve it with that, or restore it "
                "from a backup."
            ) from error

    def select(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._lock, self.errors:
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it is kept, or none."""
        with self._lock, self.errors, sqlite.transaction(self._connection):
            yield

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
        with self._lock:
            self._connection.close()
