"""A home with a knowledge base `kb` and a stand-in for the model, and sources in it, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import word_encoder
from fetch.server import LOOPBACK
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.progress import Progress
from wenyuan.engine.report import Report
from wenyuan.fetch import FetchLimits, Source
from wenyuan.server.database import Database
from wenyuan.server.failures import Failures
from wenyuan.server.following import Following, Place
from wenyuan.server.home import Home
from wenyuan.server.jobs import Jobs
from wenyuan.server.shelf import Models, Shelf
from wenyuan.server.sources import Kept, Sources


class Clock:
    """The time is what a test says."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Followed:
    """All that a look at a source needs."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.home = Home(folder, {})
        self.database = Database(self.home.database)
        self.jobs = Jobs(self.database)
        self.sources = Sources(self.database, self.clock)
        self.failures = Failures(self.database, self.clock, lambda: 0.0)
        self.shelf = Shelf(self.home)
        self.shelf.make("default", "kb")
        limits = FetchLimits(seconds=5.0, idle_seconds=1.0)
        self.place = Place(self.sources, self.failures, self.home, self.shelf, LOOPBACK, limits)
        self.following = Following(self.place)
        self.told: list[Progress] = []

    def add(self, name: str, kind: str, location: str, **fields: object) -> Kept:
        source = Source(name, kind, location, **{"interval": 3600.0, **fields})  # type: ignore[arg-type]
        return self.sources.add("default", "kb", source)

    def look(self, name: str = "web", how: str = "due") -> Report:
        kept = self.sources.get("default", "kb", name)
        assert kept is not None
        return self.following.run(kept, how, self.told.append)

    def failed(self, name: str = "web") -> dict[str, str]:
        kept = self.sources.get("default", "kb", name)
        assert kept is not None
        return {each.key: each.why for each in self.failures.all(kept.id)}

    def documents(self, groups: tuple[str, ...] | None = None) -> list[str]:
        with self.shelf.lent("default", "kb") as kb:
            seen: KnowledgeBase = kb if groups is None else kb.seen_by(groups)
            return [info.id for info in seen.documents()]

    def text(self, document: str) -> str:
        with self.shelf.lent("default", "kb") as kb:
            return kb.document(document).text

    def close(self) -> None:
        self.shelf.close()
        self.database.close()


def with_words(patch: pytest.MonkeyPatch) -> Models:
    """Have servers of this process, given these models, be read by a stand-in."""
    encoder = word_encoder()
    patch.setattr("wenyuan.server.shelf.load_encoder", lambda name, threads: encoder)
    patch.setenv("WENYUAN_RERANK__MODEL", "none")
    return Models()
