"""The connections by which a catalogue is read: each for one reader at a time, given from one to the next."""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from wenyuan.errors import WrongUse

_CLOSED = "The knowledge base is closed; open it again."


class Moment(NamedTuple):
    """A connection within a transaction that reads."""

    connection: sqlite3.Connection
    version: int  # that it sees
    age: int  # how often the log had been moved into the tables when it began


class Connections:
    """A pool of them. Any thread may call every method; once it is closed, WrongUse."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], *, keep: bool = True) -> None:
        """Without `keep` a moment ends with its reader: it is not the next one's."""
        self._connect = connect
        self._keep = keep
        self._idle: list[sqlite3.Connection] = []
        self._moments: list[Moment] = []  # that a reader has left, for the next of the same version
        self._age = 0
        self._kept_from: float = 0  # moments of this age on are kept
        self._closed = False
        self._lock = threading.Lock()

    def select(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """The rows of a query, as of the last commit."""
        connection = self._borrow()
        try:
            return connection.execute(query, values).fetchall()
        finally:
            self._give_back(connection)

    def begin(self, version: int) -> Moment:
        """A moment; one of this version that another reader has left is read on: most need no query."""
        with self._lock:
            if self._moments and self._moments[-1].version == version:
                return self._moments.pop()
            moments, self._moments = self._moments, []
        for moment in moments:  # of other versions
            self._roll_back(moment.connection)
        connection, age = self._borrow(), self._age
        connection.execute("BEGIN")
        query = "SELECT value FROM meta WHERE name = 'version'"  # the first read fixes the moment
        return Moment(connection, int(connection.execute(query).fetchone()[0]), age)

    def end(self, moment: Moment) -> None:
        """Leave a moment to the next reader, unless it is from before the log was last moved."""
        with self._lock:
            if self._keep and not self._closed and moment.age >= self._kept_from:
                self._moments.append(moment)
                return
        self._roll_back(moment.connection)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """While the log is moved into the tables no moment is kept open for the next reader: it would hold that up."""
        self._let_go(math.inf)
        try:
            yield
        finally:
            self._let_go(0)

    def _let_go(self, until: float) -> None:
        """Let go of all moments that nobody reads, and of the others when they end."""
        with self._lock:
            self._age += 1
            self._kept_from = self._age + until
            moments, self._moments = self._moments, []
        for moment in moments:
            self._roll_back(moment.connection)

    def close(self) -> None:
        """Close every connection that is not in use; the others are closed when they are given back."""
        with self._lock:
            self._closed = True
            idle = [*self._idle, *(moment.connection for moment in self._moments)]
            self._idle, self._moments = [], []
        for connection in idle:
            connection.close()

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")
        self._give_back(connection)

    def _borrow(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise WrongUse(_CLOSED)
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()
