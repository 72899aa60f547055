"""When sources are looked at: a thread that queues a job for each whose time has come."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from wenyuan.errors import WenyuanError
from wenyuan.server.database import Database
from wenyuan.server.failures import Failures
from wenyuan.server.identity import Identity
from wenyuan.server.jobs import OVER, Job, Jobs
from wenyuan.server.sources import Kept, Sources

KEY = "schedule"
"""The key of the jobs that nobody asked for."""

_LOOK = 1.0  # seconds between two looks at the clock
_APART = 60.0  # at least, between two jobs that try again what failed

log = logging.getLogger(__name__)


class Schedule:
    """Queues looks at sources, one at a time of each. `on_look` is called each time the clock is looked at."""

    def __init__(
        self,
        database: Database,
        sources: Sources,
        failures: Failures,
        jobs: Jobs,
        *,
        on_look: Callable[[], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._sources, self._failures, self._jobs = database, sources, failures, jobs
        self._on_look, self._clock = on_look, clock
        self._tried: dict[int, float] = {}
        self._closing, self._woken = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Queue nothing more."""
        self._closing.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def touch(self, source: int) -> None:
        """Have a source looked at as soon as can be."""
        self._sources.touch(source)
        self._woken.set()

    def queue(self, identity: Identity, kept: Kept, how: str) -> Job:
        """The job that looks at a source: the one that is under way, or a new one. `how` is as in `Following.run`.

        Raises:
            Refused: the tenant has too many in the queue.
        """
        with self._database.writing():
            if (job := self._active(kept)) is not None:
                return job
            kind = "folder" if kept.source.kind == "folder" else "source"
            job = self._jobs.put(identity, kept.kb, kind, {"source": kept.id, "how": how})
            self._sources.given(kept.id, job.id)
            if how != "again":
                self._sources.later(kept.id)
        return job

    def forget(self, identity: Identity, kept: Kept, *, keep: bool) -> Job:
        """The job that removes a source, which nobody sees any more; what looks at it is broken off.

        Raises:
            Refused: as `queue`.
        """
        with self._database.writing():
            job = self._jobs.put(identity, kept.kb, "forget", {"source": kept.id, "keep": keep})
            self._sources.leave(kept.id)
        self.stop(kept)
        return job

    def stop(self, kept: Kept) -> None:
        """Break off what looks at a source."""
        if (job := self._active(kept)) is not None:
            self._jobs.cancel(job.id)

    def look(self) -> None:
        """Queue what is due."""
        for kept in self._sources.due():
            self.queue(_ours(kept), kept, "due")
        now = self._clock()
        for id_ in self._failures.sources_due():
            waiting = self._sources.by_id(id_)
            if waiting and not waiting.paused and not waiting.leaving and now - self._tried.get(id_, 0.0) >= _APART:
                self._tried[id_] = now
                self.queue(_ours(waiting), waiting, "again")

    def _active(self, kept: Kept) -> Job | None:
        known = self._sources.by_id(kept.id)
        job = self._jobs.get(known.job) if known and known.job else None
        return None if job is None or job.state in OVER else job

    def _run(self) -> None:
        while not self._closing.is_set():
            self._woken.clear()
            try:
                self._on_look()
                self.look()
            except WenyuanError as error:  # the queue or the disk is full: that passes
                log.warning("sources wait: %s", error)
            self._woken.wait(_LOOK)


def _ours(kept: Kept) -> Identity:
    return Identity(KEY, kept.tenant, frozenset(["admin"]))
