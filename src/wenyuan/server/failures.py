"""What of a source failed, why, how often, and when it is tried again: the list outlives the process."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from wenyuan.errors import FetchError
from wenyuan.server.database import Database

Stage = Literal["fetch", "read"]
"""Whether it could not be had, or was had and could not be read."""

TRIES = 8
"""Times that something is tried for itself; from then on it waits for the next look at its whole source."""

_FIRST, _LONGEST = 60.0, 6 * 3600.0  # seconds before the second try, and at most before any
_TABLE = (
    "CREATE TABLE IF NOT EXISTS failures (source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE, "
    "key TEXT NOT NULL, document TEXT NOT NULL, why TEXT NOT NULL, stage TEXT NOT NULL, tries INTEGER NOT NULL, "
    "first REAL NOT NULL, last REAL NOT NULL, next REAL, PRIMARY KEY (source, key)) WITHOUT ROWID"
)
_COLUMNS = "key, document, why, stage, tries, first, last, next"


@dataclass(frozen=True, slots=True)
class Failure:
    """One page or file of a source."""

    key: str  # its URL, or its path at the source
    document: str  # that it is, or was; empty where it never was one
    why: str
    stage: Stage
    tries: int
    first: float
    last: float
    next: float | None  # None: with the next look at the whole source


def wait(tries: int, after: float | None, spread: float) -> float:
    """Seconds until the next try: twice as long each time, and no sooner than the server wants.

    `spread` from 0 to 1 shortens it by up to a half, so that what failed together is not tried together.
    """
    seconds = min(_LONGEST, _FIRST * 2.0 ** min(tries - 1, 20)) * (1 - spread / 2)
    return max(seconds, after or 0.0)


class Failures:
    """The failures of all sources; made after the table of these."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.time,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._database, self._clock, self.spread = database, clock, spread
        database.make(_TABLE)

    def not_fetched(self, source: int, key: str, document: str, error: FetchError) -> None:
        """Keep that something could not be had; it is tried again where that may help."""
        tries = next((each.tries for each in self.all(source) if each.key == key and each.stage == "fetch"), 0) + 1
        again = error.retryable and tries < TRIES
        seconds = wait(tries, error.after, self.spread()) if again else None
        self._keep(source, key, document, str(error), "fetch", tries, seconds)

    def not_read(self, source: int, key: str, document: str, why: str) -> None:
        """Keep that a document could not be read, which it can be once it has changed."""
        self._keep(source, key, document, why, "read", 1, None)

    def passed(self, source: int, key: str, *stages: Stage) -> None:
        """What failed no longer does, in these stages."""
        marks = ", ".join("?" * len(stages))
        self._database.write(
            f"DELETE FROM failures WHERE source = ? AND key = ? AND stage IN ({marks})", source, key, *stages
        )

    def keep_only(self, source: int, keys: Collection[str]) -> None:
        """Forget what the source does not have any more."""
        gone = [(source, each.key) for each in self.all(source) if each.key not in keys]
        self._database.write_all("DELETE FROM failures WHERE source = ? AND key = ?", gone)

    def all(self, source: int) -> list[Failure]:
        """All of a source, by key."""
        query = f"SELECT {_COLUMNS} FROM failures WHERE source = ? ORDER BY key"
        return [Failure(*row) for row in self._database.select(query, source)]

    def count(self, source: int) -> int:
        """How many there are of a source."""
        return int(self._database.select("SELECT count(*) FROM failures WHERE source = ?", source)[0][0])

    def waiting(self, source: int) -> dict[str, Failure]:
        """Those of a source whose time has not come, by key."""
        now = self._clock()
        return {each.key: each for each in self.all(source) if each.next is not None and each.next > now}

    def due(self, source: int) -> list[Failure]:
        """Those of a source whose time has come."""
        now = self._clock()
        return [each for each in self.all(source) if each.next is not None and each.next <= now]

    def sources_due(self) -> list[int]:
        """The sources that have such."""
        rows = self._database.select("SELECT DISTINCT source FROM failures WHERE next <= ?", self._clock())
        return [source for (source,) in rows]

    def _keep(
        self, source: int, key: str, document: str, why: str, stage: Stage, tries: int, seconds: float | None
    ) -> None:
        now = self._clock()
        again = None if seconds is None else now + seconds
        self._database.write(
            f"INSERT INTO failures (source, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (source, key) DO UPDATE SET document = excluded.document, why = excluded.why, "
            "stage = excluded.stage, tries = excluded.tries, last = excluded.last, next = excluded.next",
            *(source, key, document, why, stage, tries, now, now, again),
        )
