"""Sources of a home that no server holds: kept and looked at by the process that asks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Self

from wenyuan import shapes
from wenyuan.errors import WrongUse
from wenyuan.fetch import Network
from wenyuan.server.bodies import SourceBody
from wenyuan.server.database import Database
from wenyuan.server.failures import Failures
from wenyuan.server.following import Following, Place
from wenyuan.server.home import Home
from wenyuan.server.identity import Identity
from wenyuan.server.proposals import source_of
from wenyuan.server.shelf import Shelf
from wenyuan.server.sources import Kept, Sources, source_shape
from wenyuan.server.worker import Tell


class Aside:
    """The sources of one knowledge base, as the owner of the home has them; a context manager that closes it."""

    def __init__(self, home: Home, tenant: str, kb: str, networks: Sequence[Network] = ()) -> None:
        if kb not in home.names(tenant):
            raise WrongUse(
                f"There is no knowledge base '{kb}' in {home.folder}; name another with --kb, or its home with --home."
            )
        self._home, self._networks = home, networks
        self._owner = Identity("owner", tenant, frozenset(["admin"]), only=kb, owner=True)
        self._tenant, self._kb = tenant, kb
        self._closing = ExitStack()
        database = Database(home.database)
        self._closing.callback(database.close)
        shelf = Shelf(home)
        self._closing.callback(shelf.close)
        self._sources, self._failures = Sources(database), Failures(database)
        self._following = Following(Place(self._sources, self._failures, home, shelf, networks))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def all(self) -> dict[str, Any]:
        """What there is."""
        return {"sources": [self._shape(kept) for kept in self._sources.all(self._tenant, self._kb)]}

    def add(self, body: SourceBody) -> dict[str, Any]:
        """Keep a new one, which is not yet looked at.

        Raises:
            WrongUse, FetchError, Refused: as `proposals.source_of` and `Sources.add`.
        """
        source = source_of(body, self._owner, self._home, self._networks)
        return self._shape(self._sources.add(self._tenant, self._kb, source, paused=body.paused))

    def run(self, name: str, tell: Tell) -> dict[str, Any]:
        """Look at one now; `shapes.report_shape`.

        Raises:
            WrongUse: there is none of this name.
            FetchError: as `Following.run`.
        """
        kept = self._found(name)
        self._sources.later(kept.id)
        return shapes.report_shape(self._following.run(kept, "asked", tell))

    def remove(self, name: str, tell: Tell, *, keep: bool) -> dict[str, Any]:
        """Remove one and, unless they are kept, its documents; `shapes.report_shape`.

        Raises:
            WrongUse: there is none of this name.
        """
        return shapes.report_shape(self._following.remove(self._found(name), tell, keep=keep))

    def _found(self, name: str) -> Kept:
        kept = self._sources.get(self._tenant, self._kb, name)
        if kept is None:
            raise WrongUse(f"There is no source '{name}'; `wenyuan sources list` names those that are.")
        return kept

    def _shape(self, kept: Kept) -> dict[str, Any]:
        counts = {"documents": self._sources.count(kept.id), "failures": self._failures.count(kept.id)}
        return source_shape(kept) | counts
