"""Work that goes on after the reply: a queue that outlives the process.

A job that was begun when the process died is begun again: what jobs do can be done twice. Until it is over, its spec is
kept; afterwards what became of it is, for a week.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from wenyuan.server.database import Database
from wenyuan.server.errors import Refused
from wenyuan.server.identity import Identity

State = Literal["queued", "running", "done", "failed", "cancelled"]
OVER: tuple[State, ...] = ("done", "failed", "cancelled")

_KEPT = 7 * 86400.0  # seconds that a job is known after its end
_MOST = 1000  # that a tenant may have in the queue
_TABLE = (
    "CREATE TABLE IF NOT EXISTS jobs (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, "
    "kb TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, spec TEXT NOT NULL, state TEXT NOT NULL, "
    "report TEXT, error TEXT, created REAL NOT NULL, changed REAL NOT NULL)"
)
_INDEX = "CREATE INDEX IF NOT EXISTS jobs_state ON jobs (state, n)"
_COLUMNS = "id, tenant, kb, kind, key, spec, state, report, error, created, changed"


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work, as it stands."""

    id: str
    tenant: str
    kb: str
    kind: str
    key: str  # of who wanted it
    spec: Mapping[str, Any]
    state: State
    report: Mapping[str, Any] | None
    error: Mapping[str, Any] | None  # as in the envelope of errors
    created: float
    changed: float

    def belongs_to(self, identity: Identity) -> bool:
        """Whether a caller may know of it: its own jobs, and who may administer those of its tenant."""
        mine = self.key == identity.key or identity.may("admin")
        return self.tenant == identity.tenant and identity.reaches(self.kb) and mine


class Jobs:
    """The queue. Any thread may call every method."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.make(_TABLE, _INDEX)
        database.write("UPDATE jobs SET state = 'queued' WHERE state = 'running'")
        database.write(
            "DELETE FROM jobs WHERE state IN ('done', 'failed', 'cancelled') AND changed < ?", time.time() - _KEPT
        )
        self.changed = threading.Condition()
        self._progress: dict[str, Mapping[str, Any]] = {}
        self._unwanted: set[str] = set()

    def put(self, identity: Identity, kb: str, kind: str, spec: Mapping[str, Any], *, id: str | None = None) -> Job:
        """Queue a job; once this returns it is done, sooner or later.

        Raises:
            Refused: the tenant has too many in the queue.
        """
        waiting = "SELECT count(*) FROM jobs WHERE tenant = ? AND state = 'queued'"
        if self._database.select(waiting, identity.tenant)[0][0] >= _MOST:
            raise Refused(429, "queue_full", f"{_MOST} jobs are waiting already; come again in a minute.", after=60)
        now, made = time.time(), id or secrets.token_hex(16)
        self._database.write(
            f"INSERT INTO jobs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, 'queued', NULL, NULL, ?, ?)",
            *(made, identity.tenant, kb, kind, identity.key, json.dumps(spec), now, now),
        )
        self._tell()
        return self._job(made)

    def get(self, id: str) -> Job | None:
        """A job; None where none of this id is known."""
        rows = self._database.select(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", id)
        return _job(rows[0]) if rows else None

    def last(self, tenant: str, most: int) -> list[Job]:
        """The newest jobs of a tenant, the newest first."""
        query = f"SELECT {_COLUMNS} FROM jobs WHERE tenant = ? ORDER BY n DESC LIMIT ?"
        return [_job(row) for row in self._database.select(query, tenant, most)]

    def waiting(self) -> int:
        """How many are in the queue."""
        return int(self._database.select("SELECT count(*) FROM jobs WHERE state = 'queued'")[0][0])

    def begin(self, kinds: Collection[str] | None = None) -> Job | None:
        """The oldest job of the queue, of some kinds or of all, which runs from now on; None where there is none."""
        kept = "" if kinds is None else f"AND kind IN ({', '.join('?' * len(kinds))})"
        query = f"SELECT id FROM jobs WHERE state = 'queued' {kept} ORDER BY n LIMIT 1"
        with self._database.writing():  # no two threads begin the same
            rows = self._database.select(query, *(kinds or ()))
            if not rows:
                return None
            self._set(rows[0][0], "running")
        return self._job(rows[0][0])

    def again(self, id: str) -> None:
        """Put a job back that was broken off."""
        self._set(id, "queued")

    def end(self, id: str, state: State, *, report: Mapping[str, Any] | None = None, error: object = None) -> None:
        """Keep what became of a job."""
        kept = [None if each is None else json.dumps(each, ensure_ascii=False) for each in (report, error)]
        self._database.write("UPDATE jobs SET report = ?, error = ? WHERE id = ?", *kept, id)
        self._set(id, state)
        self._progress.pop(id, None)
        self._unwanted.discard(id)
        self._tell()

    def cancel(self, id: str) -> None:
        """Let nobody begin a job; one that runs is broken off at its next step."""
        self._unwanted.add(id)
        if self._database.write("UPDATE jobs SET state = 'cancelled' WHERE id = ? AND state = 'queued'", id):
            self._unwanted.discard(id)
        self._tell()

    def unwanted(self, id: str) -> bool:
        """Whether a job that runs is to be broken off."""
        return id in self._unwanted

    def tell(self, id: str, progress: Mapping[str, Any]) -> None:
        """Keep how far a job is."""
        self._progress[id] = progress
        self._tell()

    def progress(self, id: str) -> Mapping[str, Any] | None:
        """How far a job is that runs."""
        return self._progress.get(id)

    def _job(self, id: str) -> Job:
        found = self.get(id)
        assert found is not None
        return found

    def _set(self, id: str, state: State) -> None:
        self._database.write("UPDATE jobs SET state = ?, changed = ? WHERE id = ?", state, time.time(), id)

    def _tell(self) -> None:
        with self.changed:
            self.changed.notify_all()


def _job(row: tuple[Any, ...]) -> Job:
    id_, tenant, kb, kind, key, spec, state, report, error, created, changed = row
    became = [None if each is None else json.loads(each) for each in (report, error)]
    return Job(id_, tenant, kb, kind, key, json.loads(spec), state, became[0], became[1], created, changed)
