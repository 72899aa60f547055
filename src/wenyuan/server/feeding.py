"""All that keeps the knowledge bases of a server in step with their sources."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from wenyuan.fetch import Network
from wenyuan.server.database import Database
from wenyuan.server.failures import Failures
from wenyuan.server.following import Following, Place
from wenyuan.server.home import Home
from wenyuan.server.jobs import Jobs
from wenyuan.server.pages import Pages
from wenyuan.server.schedule import Schedule
from wenyuan.server.shelf import Shelf
from wenyuan.server.sources import Sources
from wenyuan.server.watching import Watch
from wenyuan.server.worker import Worker


class Feeding:
    """Sources, what of them failed, when they are looked at, and a worker of several threads that fetches."""

    def __init__(
        self, home: Home, database: Database, jobs: Jobs, shelf: Shelf, *, networks: Sequence[Network], threads: int
    ) -> None:
        self.networks = networks  # that may be reached though they are not public
        self.sources, self.failures = Sources(database), Failures(database)
        place = Place(self.sources, self.failures, home, shelf, networks)
        following = Following(place)
        self.folder = following.folder
        """Does the jobs of folders, among those of others."""
        apart = {"source": following.source, "forget": following.forget, "url": Pages(place, following.lent).url}
        self._fetcher = Worker(jobs, shelf, home.staging, {}, apart=apart, threads=threads)
        self.schedule = Schedule(database, self.sources, self.failures, jobs, on_look=self._look)
        self._watch = Watch(home, self.schedule.touch)

    @property
    def alive(self) -> bool:
        """Whether its jobs are done."""
        return self._fetcher.alive

    def start(self) -> None:
        """Begin."""
        self._fetcher.start()
        self.schedule.start()

    def close(self) -> None:
        """End; jobs that are broken off are begun again by the next process."""
        with ExitStack() as last_first:
            last_first.callback(self._fetcher.close)
            last_first.callback(self._watch.close)
            last_first.callback(self.schedule.close)

    def forget(self, tenant: str, kb: str) -> None:
        """Break off what looks at the sources of a knowledge base that is to be deleted, and forget them."""
        for kept in self.sources.all(tenant, kb):
            self.schedule.stop(kept)
        self.sources.forget(tenant, kb)

    def _look(self) -> None:
        """Watch the folders that are sources now."""
        self._watch.keep({kept.id: kept.source.location for kept in self.sources.folders()})
