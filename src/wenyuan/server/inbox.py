"""The inbox: questions that were not answered, each once however often it was asked, for who looks after documents.

A thread of its own keeps them, so that no answer waits for the disk, and none is lost where a disk is full: then the
note is. What a question says is in no log.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from wenyuan.errors import WenyuanError
from wenyuan.server.database import Database
from wenyuan.text.normalise import fold
from wenyuan.trace import Trace
from wenyuan.types import Answer, Chunk, Decision

T = TypeVar("T")

_DAY = 86_400.0
_AHEAD = 256  # notes that wait for the disk; more are lost
_MOST = 5_000  # of one knowledge base, beyond which those that were not asked for longest go
_LONGEST = 2_000  # characters of a question
_NEAREST = 3  # sections
_ENDS = " .,;:!?…~。，、；：！？～"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS inbox (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, kb TEXT NOT NULL, "
    "same BLOB NOT NULL, question TEXT NOT NULL, language TEXT NOT NULL, times INTEGER NOT NULL, first REAL NOT NULL, "
    "last REAL NOT NULL, until REAL NOT NULL, decision TEXT NOT NULL, reason TEXT NOT NULL, nearest TEXT NOT NULL, "
    "done REAL, UNIQUE (tenant, kb, same))"
)
_INDEX = "CREATE INDEX IF NOT EXISTS inbox_last ON inbox (tenant, kb, last)"
_COLUMNS = "id, question, language, times, first, last, decision, reason, nearest"
# One that was done and is asked again was not helped: it comes back, and is counted anew.
_NOTED = (
    "INSERT INTO inbox VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT (tenant, kb, same) DO UPDATE "
    "SET times = iif(done IS NULL, times + 1, 1), first = iif(done IS NULL, first, excluded.first), "
    "question = excluded.question, last = excluded.last, until = excluded.until, decision = excluded.decision, "
    "reason = excluded.reason, nearest = excluded.nearest, done = NULL"
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question, by whomever it was asked, and how often."""

    id: str
    question: str  # in the form that stands alone
    language: str
    times: int
    first: float
    last: float
    decision: str
    reason: str
    nearest: tuple[dict[str, Any], ...]  # the sections that came nearest when it was last asked


class Inbox:
    """Any thread may call every method."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.make(_TABLE, _INDEX)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._room = threading.BoundedSemaphore(_AHEAD)

    def note(self, tenant: str, kb: str, answer: Answer, trace: Trace, days: int) -> None:
        """Keep a question for so many days, if it was not answered; returns before it is kept."""
        if answer.decision is not Decision.ABSTAINED or trace.query is None or not days:
            return
        if not self._room.acquire(blocking=False):
            log.warning("too many questions wait to be kept; one is lost")
            return
        query, now = trace.query, time.time()
        asked = (query.rewritten or query.text)[:_LONGEST].encode(errors="replace").decode()  # may hold half characters
        nearest = json.dumps([_nearest(hit.chunk) for hit in trace.hits[:_NEAREST]], ensure_ascii=False)
        row = (
            *(secrets.token_hex(8), tenant, kb, _same(asked), asked, query.language, now, now, now + days * _DAY),
            *(answer.decision.value, answer.reason, nearest),
        )
        try:
            self._thread.submit(self._keep, tenant, kb, row)
        except RuntimeError:  # the server is ending
            self._room.release()

    def all(self, tenant: str, kb: str, days: int, most: int) -> list[Unanswered]:
        """Those of a knowledge base that are not done, the most often asked first; none is older than `days`."""

        def read() -> list[tuple[Any, ...]]:
            now = time.time()
            since = now - days * _DAY
            with contextlib.suppress(WenyuanError):  # a full disk hides none
                self._tidy(tenant, kb, now, since)
            return self._database.select(
                f"SELECT {_COLUMNS} FROM inbox WHERE tenant = ? AND kb = ? AND done IS NULL AND last > ? AND until > ? "
                "ORDER BY times DESC, last DESC, id LIMIT ?",
                *(tenant, kb, since, now, most),
            )

        return list(map(_unanswered, self._after_notes(read)))

    def mark(self, tenant: str, kb: str, id: str, *, done: bool) -> bool:
        """Say that a question is done, or take that back; False where there is none, or it was so already."""
        statement = (
            "UPDATE inbox SET done = ? WHERE id = ? AND tenant = ? AND kb = ? AND (done IS NULL) = ? AND until > ?"
        )
        now = time.time()
        when = now if done else None
        return self._after_notes(lambda: self._database.write(statement, when, id, tenant, kb, done, now)) > 0

    def forget(self, tenant: str, kb: str) -> None:
        """Forget those of a knowledge base."""
        self._after_notes(lambda: self._database.write("DELETE FROM inbox WHERE tenant = ? AND kb = ?", tenant, kb))

    def close(self) -> None:
        """Keep what waits, and nothing afterwards."""
        self._thread.shutdown()

    def _after_notes(self, work: Callable[[], T]) -> T:
        """The result of `work`, which sees all that was noted before."""
        future: Future[T] = self._thread.submit(work)
        return future.result()

    def _keep(self, tenant: str, kb: str, row: tuple[object, ...]) -> None:
        self._room.release()
        now = time.time()
        try:
            with self._database.writing():
                self._database.write(_NOTED, *row)
                self._tidy(tenant, kb, now, 0.0)
        except WenyuanError as error:  # the disk is full: the asker has his reply
            log.error("a question that was not answered could not be kept: %s", error)

    def _tidy(self, tenant: str, kb: str, now: float, since: float) -> None:
        """Forget what is too old, of any knowledge base, and of this one what is too much."""
        self._database.write(
            "DELETE FROM inbox WHERE until <= ? OR (tenant = ? AND kb = ? AND (last <= ? OR id IN "
            "(SELECT id FROM inbox WHERE tenant = ? AND kb = ? ORDER BY last DESC LIMIT -1 OFFSET ?)))",
            *(now, tenant, kb, since, tenant, kb, _MOST),
        )


def _unanswered(row: tuple[Any, ...]) -> Unanswered:
    id_, question, language, times, first, last, decision, reason, nearest = row
    return Unanswered(id_, question, language, times, first, last, decision, reason, tuple(json.loads(nearest)))


def _same(question: str) -> bytes:
    """What two ways to write the same question have in common."""
    folded = fold(question)
    return hashlib.blake2b((folded.strip(_ENDS) or folded).encode(), digest_size=16).digest()


def _nearest(chunk: Chunk) -> dict[str, Any]:
    return {
        "document": chunk.document,
        "title": chunk.title,
        "headings": list(chunk.headings),
        "chunk": f"{chunk.id:016x}",
    }
