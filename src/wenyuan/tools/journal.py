"""What became of every call with effects, in SQLite: after a crash nothing that may have been done is done again.

A call is known by its run, its tool, the hash of its arguments and how many equal ones came before it: not by the id
the model gave it, for a model that is asked again after a crash invents another. It is written down as started before
the function runs and as finished before the model learns its result, each time with `synchronous=FULL`. A call that was
started and not finished is in doubt: whether it had its effect can be told by a person only, or settled by `settle`.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Self

from wenyuan import sqlite
from wenyuan.errors import WrongUse

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    run TEXT NOT NULL, tool TEXT NOT NULL, hash TEXT NOT NULL, occurrence INTEGER NOT NULL,
    state TEXT NOT NULL, call TEXT NOT NULL, arguments TEXT NOT NULL, content TEXT NOT NULL, changed REAL NOT NULL,
    PRIMARY KEY (run, tool, hash, occurrence)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS replies (
    run TEXT NOT NULL, conversation TEXT NOT NULL, reply TEXT NOT NULL, changed REAL NOT NULL,
    PRIMARY KEY (run, conversation)) WITHOUT ROWID;
"""
_KEY = "run = ? AND tool = ? AND hash = ? AND occurrence = ?"


class State(StrEnum):
    """How far a call has come."""

    APPROVED = "approved"  # by a person, and not run yet
    STARTED = "started"  # if it is not running now, nobody knows whether it had its effect
    FINISHED = "finished"
    FAILED = "failed"  # the function said so


class Key(NamedTuple):
    """What makes a call the same call after a crash."""

    run: str
    tool: str
    hash: str  # of the arguments: an approval, and a result, hold for these only
    occurrence: int  # equal calls before it in the conversation

    @property
    def name(self) -> str:
        """A short name for a person to write."""
        return hashlib.sha256("\n".join(map(str, self)).encode("utf-8", "backslashreplace")).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Entry:
    """A call in the journal."""

    key: Key
    state: State
    call: str  # the id that the model gave it
    arguments: str
    content: str  # its result as the model is told it; empty before there is one
    changed: float  # Unix seconds


class Journal:
    """A journal in one file, or in memory where `path` is None: then it guards one process only.

    Any number of processes may share the file; its methods may be called from any thread.

    Raises:
        WrongUse: the file cannot be made or written.
        Damaged: the file is not a database that can be read.
        OutOfSpace: the disk is full; the function has not been run.
        Busy: another process has held the file for half a minute.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._errors = sqlite.Errors("journal", path, "move it away and look by hand what was called")
        if path:
            try:  # arguments and results are nobody else's business
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            except OSError as error:
                raise WrongUse(
                    f"The journal {path} cannot be written ({error.strerror}); name another file."
                ) from error
        with ExitStack() as unless_made, self._errors:
            self._connection = sqlite.connect(path)
            unless_made.callback(self._connection.close)
            self._connection.executescript(_SCHEMA)
            unless_made.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, key: Key, call: str, arguments: str, *, idempotent: bool = False) -> Entry | None:
        """Write down that the call is about to run: None, run it now; else it is not to be run, and this is why.

        An entry that is `FINISHED` or `FAILED` holds the result to use again. One that is `STARTED` is in doubt, be
        it this very call or an equal one of the same run; an `idempotent` call is then run again.
        """
        with self._writing():
            own = self._entry(key)
            if own and own.state in (State.FINISHED, State.FAILED):
                return own
            if not idempotent:
                row = self._connection.execute(
                    "SELECT * FROM calls WHERE run = ? AND tool = ? AND hash = ? AND state = ? LIMIT 1",
                    (*key[:3], State.STARTED),
                ).fetchone()
                if row:
                    return _entry(row)
            self._put(Entry(key, State.STARTED, call, arguments, "", time.time()))
            return None

    def finish(self, key: Key, content: str, *, ok: bool = True) -> None:
        """Write down what came of a call that was begun; `ok` is False where the function failed."""
        state = State.FINISHED if ok else State.FAILED
        with self._writing():
            self._connection.execute(
                f"UPDATE calls SET state = ?, content = ?, changed = ? WHERE {_KEY}",
                (state, content, time.time(), *key),
            )

    def approved(self, key: Key) -> bool:
        """Whether a person has allowed this very call, with these arguments."""
        with self._lock, self._errors:
            return self._entry(key) is not None

    def approve(self, key: Key, call: str, arguments: str) -> None:
        """Write down that a person has allowed the call; it holds for these arguments and this once."""
        with self._writing():
            if self._entry(key) is None:
                self._put(Entry(key, State.APPROVED, call, arguments, "", time.time()))

    def remember(self, run: str, conversation: str, reply: str) -> None:
        """Keep what the model replied to a conversation (its hash): asked again, it might write other arguments.

        It is on disk with the next call that begins, at the latest, and need not be before.
        """
        with self._writing(durable=False):
            values = (run, conversation, reply, time.time())
            self._connection.execute("INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?)", values)

    def remembered(self, run: str, conversation: str) -> str | None:
        """What the model replied to it, where that is kept."""
        with self._lock, self._errors:
            query = "SELECT reply FROM replies WHERE run = ? AND conversation = ?"
            row = self._connection.execute(query, (run, conversation)).fetchone()
            return str(row[0]) if row else None

    def holds(self, run: str) -> bool:
        """Whether anything is written down of a run."""
        with self._lock, self._errors:
            query = "SELECT EXISTS (SELECT 1 FROM calls WHERE run = ?) OR EXISTS (SELECT 1 FROM replies WHERE run = ?)"
            return bool(self._connection.execute(query, (run, run)).fetchone()[0])

    def in_doubt(self, run: str | None = None) -> list[Entry]:
        """The calls that were begun and not finished, of one run or of all: those of no live process need a person."""
        with self._lock, self._errors:
            query = "SELECT * FROM calls WHERE state = ? AND (? IS NULL OR run = ?) ORDER BY changed"
            return [_entry(row) for row in self._connection.execute(query, (State.STARTED, run, run))]

    def settle(self, key: Key, content: str | None) -> None:
        """A person's word on a call in doubt: what came of it, or None where it has not happened and may be run.

        Raises:
            WrongUse: the call is not in doubt.
        """
        with self._writing():
            entry = self._entry(key)
            if entry is None or entry.state is not State.STARTED:
                raise WrongUse(
                    f"The call {key.tool!r} of run {key.run!r} is not in doubt; `wenyuan calls list` shows those that "
                    "are."
                )
            state = State.APPROVED if content is None else State.FINISHED
            self._put(Entry(key, state, entry.call, entry.arguments, content or "", time.time()))

    def forget(self, before: float) -> int:
        """Delete replies and calls of before this Unix time, but for calls in doubt; how many calls there were."""
        with self._writing():
            self._connection.execute("DELETE FROM replies WHERE changed < ?", (before,))
            return self._connection.execute(
                "DELETE FROM calls WHERE changed < ? AND state != ?", (before, State.STARTED)
            ).rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _entry(self, key: Key) -> Entry | None:
        row = self._connection.execute(f"SELECT * FROM calls WHERE {_KEY}", key).fetchone()
        return _entry(row) if row else None

    def _put(self, entry: Entry) -> None:
        values = (*entry.key, entry.state, entry.call, entry.arguments, entry.content, entry.changed)
        self._connection.execute("INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    @contextmanager
    def _writing(self, *, durable: bool = True) -> Iterator[None]:
        with self._lock, self._errors, sqlite.transaction(self._connection, durable=durable):
            yield


def _entry(row: tuple[Any, ...]) -> Entry:
    return Entry(Key(*row[:4]), State(row[4]), *row[5:])
