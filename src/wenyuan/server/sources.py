"""Sources of knowledge bases: what lies elsewhere and is kept in step with. Here is what is kept of each.

Credentials stand in the server's database, which nobody but its user may read; they are shown to nobody.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wenyuan import shapes
from wenyuan.fetch import Source
from wenyuan.server.database import Database
from wenyuan.server.errors import Refused
from wenyuan.server.failures import Failure

_MOST = 1_000  # sources of a knowledge base
_TABLE = (
    "CREATE TABLE IF NOT EXISTS sources (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, kb TEXT NOT NULL, "
    "name TEXT NOT NULL, kind TEXT NOT NULL, location TEXT NOT NULL, metadata TEXT NOT NULL, exclude TEXT NOT NULL, "
    "hosts TEXT NOT NULL, interval REAL NOT NULL, storage TEXT NOT NULL, paused INTEGER NOT NULL, "
    "created REAL NOT NULL, next REAL NOT NULL, done REAL, error TEXT, tries INTEGER NOT NULL DEFAULT 0, "
    "unfinished INTEGER NOT NULL DEFAULT 0, leaving INTEGER NOT NULL DEFAULT 0, job TEXT, "
    "found TEXT NOT NULL DEFAULT '{}', UNIQUE (tenant, kb, name))"
)
_DOCUMENTS = (
    "CREATE TABLE IF NOT EXISTS source_documents (source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE, "
    "document TEXT NOT NULL, PRIMARY KEY (source, document)) WITHOUT ROWID"
)
_COLUMNS = (
    "id, tenant, kb, name, kind, location, metadata, exclude, hosts, interval, storage, paused, created, next, done, "
    "error, tries, unfinished, leaving, job, found"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A source of a knowledge base, as it stands."""

    id: int
    tenant: str
    kb: str
    source: Source
    paused: bool
    created: float
    next: float  # when it is looked at again
    done: float | None  # when it was looked at as a whole
    error: str | None  # why the last look at it ended before its end
    tries: int  # looks that did, one after the other
    unfinished: bool  # a look has begun, and has not ended well
    leaving: bool  # on its way out
    job: str | None  # its last
    found: Mapping[str, Any]  # counts and notes of the last look that ended well

    @property
    def name(self) -> str:
        """Unique in the knowledge base."""
        return self.source.name


class Sources:
    """The sources of all knowledge bases, and which documents are theirs."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock
        database.make(_TABLE, _DOCUMENTS)

    def add(self, tenant: str, kb: str, source: Source, *, paused: bool = False) -> Kept:
        """Keep a new one, which is to be looked at at once.

        Raises:
            Refused: there is one of this name, or there are too many.
        """
        now = self._clock()
        with self._database.writing():
            rows = self._database.select("SELECT name FROM sources WHERE tenant = ? AND kb = ?", tenant, kb)
            if (source.name,) in rows:
                raise Refused(409, "exists", f"There is a source '{source.name}' already; take another name.")
            if len(rows) >= _MOST:
                raise Refused(409, "too_many", f"A knowledge base has {_MOST} sources at most; remove one first.")
            self._database.write(
                "INSERT INTO sources (tenant, kb, name, kind, location, metadata, exclude, hosts, interval, storage, "
                "paused, created, next) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(tenant, kb, source.name, source.kind, source.location, _json(dict(source.metadata))),
                *(_json(source.exclude), _json(source.hosts), source.interval, _json(dict(source.storage))),
                *(paused, now, now),
            )
        made = self.get(tenant, kb, source.name)
        assert made is not None
        return made

    def get(self, tenant: str, kb: str, name: str) -> Kept | None:
        """One by its name; None where there is none, or it is on its way out."""
        found = self._where("tenant = ? AND kb = ? AND name = ? AND NOT leaving", tenant, kb, name)
        return found[0] if found else None

    def by_id(self, id: int) -> Kept | None:
        """One, even on its way out."""
        found = self._where("id = ?", id)
        return found[0] if found else None

    def all(self, tenant: str, kb: str) -> list[Kept]:
        """Those of a knowledge base, by name."""
        return self._where("tenant = ? AND kb = ? AND NOT leaving", tenant, kb)

    def folders(self) -> list[Kept]:
        """All folders that are to be watched."""
        return self._where("kind = 'folder' AND NOT leaving AND NOT paused")

    def due(self) -> list[Kept]:
        """Those whose time has come, that of the longest overdue first."""
        found = self._where("next <= ? AND NOT leaving AND NOT paused", self._clock())
        return sorted(found, key=lambda kept: kept.next)

    def touch(self, id: int) -> None:
        """Have one looked at as soon as can be."""
        self._database.write("UPDATE sources SET next = min(next, ?) WHERE id = ?", self._clock(), id)

    def pause(self, id: int, paused: bool) -> None:
        """Have one looked at only when asked to, or again by itself."""
        self._database.write("UPDATE sources SET paused = ? WHERE id = ?", paused, id)

    def given(self, id: int, job: str) -> None:
        """This is its last job from now on."""
        self._database.write("UPDATE sources SET job = ? WHERE id = ?", job, id)

    def begin(self, kept: Kept, *, whole: bool) -> None:
        """A look begins; a whole one is the one that was due."""
        again = self._clock() + kept.source.interval if whole else kept.next
        self._database.write("UPDATE sources SET unfinished = 1, next = ? WHERE id = ?", again, kept.id)

    def succeed(self, id: int, found: Mapping[str, Any] | None) -> None:
        """A look has ended; with what it found where it was a whole one."""
        self._database.write("UPDATE sources SET unfinished = 0 WHERE id = ?", id)
        if found is not None:
            self._database.write(
                "UPDATE sources SET done = ?, error = NULL, tries = 0, found = ? WHERE id = ?",
                *(self._clock(), _json(dict(found)), id),
            )

    def later(self, id: int) -> None:
        """It is due after its interval, whatever becomes of the look that is queued now."""
        self._database.write("UPDATE sources SET next = ? + interval WHERE id = ?", self._clock(), id)

    def fail(self, kept: Kept, why: str, seconds: float | None) -> None:
        """A look ended before its end; another is due after so many seconds, if that is before its interval."""
        self._database.write("UPDATE sources SET error = ?, tries = tries + 1 WHERE id = ?", why, kept.id)
        if seconds is not None:
            self._database.write(
                "UPDATE sources SET next = min(next, ?) WHERE id = ?", self._clock() + seconds, kept.id
            )

    def leave(self, id: int) -> None:
        """Nobody sees it from now on; what it brought is still to be removed."""
        self._database.write("UPDATE sources SET leaving = 1 WHERE id = ?", id)

    def remove(self, id: int) -> None:
        """Forget one, with its failures."""
        self._database.write("DELETE FROM sources WHERE id = ?", id)

    def forget(self, tenant: str, kb: str) -> None:
        """Forget those of a knowledge base that is no more."""
        self._database.write("DELETE FROM sources WHERE tenant = ? AND kb = ?", tenant, kb)

    # --- the documents of one

    def documents(self, id: int) -> list[str]:
        """Those that it has brought into the knowledge base, or was about to."""
        rows = self._database.select("SELECT document FROM source_documents WHERE source = ? ORDER BY document", id)
        return [document for (document,) in rows]

    def count(self, id: int) -> int:
        """How many these are."""
        return int(self._database.select("SELECT count(*) FROM source_documents WHERE source = ?", id)[0][0])

    def own(self, id: int, documents: Iterable[str]) -> None:
        """These are its own from now on."""
        rows = [(id, document) for document in documents]
        self._database.write_all("INSERT OR IGNORE INTO source_documents VALUES (?, ?)", rows)

    def disown(self, id: int, documents: Iterable[str]) -> None:
        """These are gone."""
        rows = [(id, document) for document in documents]
        self._database.write_all("DELETE FROM source_documents WHERE source = ? AND document = ?", rows)

    def _where(self, condition: str, *values: object) -> list[Kept]:
        query = f"SELECT {_COLUMNS} FROM sources WHERE {condition} ORDER BY name"
        return [_kept(row) for row in self._database.select(query, *values)]


def source_shape(kept: Kept) -> dict[str, Any]:
    """A source as people see it, its credentials aside."""
    source = kept.source
    return {
        "name": source.name,
        "kind": source.kind,
        "location": source.location,
        "metadata": dict(source.metadata),
        "exclude": source.exclude,
        "hosts": source.hosts,
        "every": source.interval,
        "credentials": bool(source.storage),
        "paused": kept.paused,
        "created": shapes.moment(kept.created),
        "next": shapes.moment(kept.next),
        "done": None if kept.done is None else shapes.moment(kept.done),
        "error": kept.error,
        "found": kept.found,
    }


def failure_shape(failure: Failure) -> dict[str, Any]:
    """A failure as people see it."""
    return {
        "item": failure.key,
        "document": failure.document or None,
        "why": failure.why,
        "stage": failure.stage,
        "tries": failure.tries,
        "first": shapes.moment(failure.first),
        "last": shapes.moment(failure.last),
        "next": None if failure.next is None else shapes.moment(failure.next),
    }


def _kept(row: tuple[Any, ...]) -> Kept:
    id_, tenant, kb, name, kind, location, metadata, exclude, hosts, interval, storage, *rest = row
    fields = {each: tuple(value) if isinstance(value, list) else value for each, value in json.loads(metadata).items()}
    source = Source(
        name=name,
        kind=kind,
        location=location,
        metadata=fields,
        exclude=tuple(json.loads(exclude)),
        hosts=tuple(json.loads(hosts)),
        interval=interval,
        storage=json.loads(storage),
    )
    paused, created, again, done, error, tries, unfinished, leaving, job, found = rest
    state = (error, tries, bool(unfinished), bool(leaving), job, json.loads(found))
    return Kept(id_, tenant, kb, source, bool(paused), created, again, done, *state)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
