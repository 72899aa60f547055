"""SQLite as all our files use it: write-ahead log, one transaction at a time, its errors as those of the house."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wenyuan.errors import Busy, Damaged, NoAccess, OutOfSpace

PATIENCE = 30  # seconds that one waits for another process that writes


def connect(path: Path | None) -> sqlite3.Connection:
    """A connection to a file, or to memory where `path` is None; any thread may use it, one at a time.

    What is committed is on disk (`synchronous=FULL`).
    """
    connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=PATIENCE)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, *, durable: bool = True) -> Iterator[None]:
    """One transaction that writes: all of it is committed, or none.

    One that is not `durable` spares 1–5 ms of waiting for the disk: a power cut may take it back, though never
    without all that came after it.
    """
    with connection:  # commits at the end, or rolls back
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("BEGIN IMMEDIATE")
        yield


class Errors:
    """Maps SQLite's errors to those of the house; `name` says what the file is, `mend` what to do when it is damaged.

    A context manager that may be entered again and again, by any thread: it stands around every query.

    Raises:
        OutOfSpace: the disk is full, or fails.
        Busy: another process has held the file for half a minute.
        NoAccess: it cannot be opened, or must not be written.
        Damaged: the file is no database that can be read.
    """

    def __init__(self, name: str, path: Path | None, mend: str) -> None:
        self._name, self._path, self._mend = name, path, mend

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, sqlite3.DatabaseError):
            return
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise OutOfSpace(f"The disk of the {self._name} {self._path} is full; free some and repeat.") from error
        if code == sqlite3.SQLITE_BUSY:
            raise Busy(f"Another process holds the {self._name} {self._path}; wait for it and repeat.") from error
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
            raise NoAccess(f"The {self._name} {self._path} cannot be written; let this user write there.") from error
        if code == sqlite3.SQLITE_IOERR:
            raise OutOfSpace(
                f"The disk of the {self._name} {self._path} fails ({error}); make room on it, or look after it, and "
                "repeat."
            ) from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise Damaged(f"The {self._name} {self._path} is damaged ({error}); {self._mend}.") from error
