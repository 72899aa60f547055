"""The knowledge bases that are open: each is opened when it is first asked, and shares its models with the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.opening import reranker_of, settings_of
from wenyuan.errors import Busy
from wenyuan.load import Limits
from wenyuan.load.highlight import Highlight, Stretch
from wenyuan.load.isolated import OF_PDF, IsolatedLoader
from wenyuan.models import CachedCrossEncoder, load_cross_encoder, load_encoder
from wenyuan.server.home import Home
from wenyuan.settings import EncoderSettings, LoadSettings, RerankSettings, Settings, read_settings
from wenyuan.types import CrossEncoder, Document, Encoder, Value

_PATIENCE = 5.0  # seconds that one waits for a knowledge base that is being changed
_OPEN = 64  # knowledge bases at once, beyond which those that nobody uses are closed, the longest unused first

_SHOWN = 30.0  # seconds that one waits at most for what is to be marked on a page

Name = tuple[str, str]
"""Tenant and knowledge base."""

_Lend = Callable[[], AbstractContextManager[IsolatedLoader]]


class Models:
    """Networks by what settings say of them: a knowledge base more costs no memory for a second copy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._encoders: dict[tuple[str, int], Encoder] = {}
        self._rerankers: dict[tuple[str, int, str], CrossEncoder] = {}

    def encoder(self, settings: EncoderSettings) -> Encoder:
        """The encoder."""
        with self._lock:
            wanted = settings.model, settings.threads
            if wanted not in self._encoders:
                self._encoders[wanted] = load_encoder(settings.model, threads=settings.threads)
            return self._encoders[wanted]

    def reranker(self, settings: RerankSettings) -> CrossEncoder | None:
        """The reranker, with a memory of scores that no other knowledge base shares; None where there is to be none."""
        if settings.model == "none":
            return reranker_of(settings)
        return CachedCrossEncoder(self.cross_encoder(settings), settings.cache_mb)

    def cross_encoder(self, settings: RerankSettings) -> CrossEncoder:
        """The same network, which remembers nothing."""
        with self._lock:
            wanted = settings.model, settings.threads, settings.runtime
            if wanted not in self._rerankers:
                self._rerankers[wanted] = load_cross_encoder(*wanted)
            return self._rerankers[wanted]


@dataclass(eq=False)
class _Reader:
    """What reads the files of one tenant."""

    loader: IsolatedLoader
    users: int = 0


class _Processes:
    """Processes that read, another for each tenant: what breaks one can reach no other's documents.

    Those of tenants for whom nothing is read end as soon as another's begins.
    """

    def __init__(self, make: Callable[[LoadSettings], IsolatedLoader]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._readers: dict[str, _Reader] = {}

    def close(self) -> None:
        """End them."""
        with self._lock:
            for reader in self._readers.values():
                reader.loader.close()
            self._readers.clear()

    @contextmanager
    def lent(self, tenant: str, settings: LoadSettings) -> Iterator[IsolatedLoader]:
        """The one of a tenant."""
        with self._lock:
            for other in [each for each, reader in self._readers.items() if each != tenant and not reader.users]:
                self._readers.pop(other).loader.close()
            made = None if tenant in self._readers else self._make(settings)
            reader = self._readers[tenant] if made is None else self._readers.setdefault(tenant, _Reader(made))
            reader.users += 1
        try:
            yield reader.loader
        finally:
            with self._lock:
                reader.users -= 1


class Loaders:
    """Reads files in processes of their own. Who looks at a page waits for none that is being read meanwhile."""

    def __init__(self) -> None:
        self._readers = _Processes(lambda settings: IsolatedLoader(settings.seconds, settings.memory_mb))
        self._finders = _Processes(
            lambda settings: IsolatedLoader(min(settings.seconds, _SHOWN), settings.memory_mb, OF_PDF)
        )

    def of(self, tenant: str, settings: LoadSettings) -> Files:
        """What makes documents of a tenant's files."""
        return Files(partial(self._readers.lent, tenant, settings), partial(self._finders.lent, tenant, settings))

    def close(self) -> None:
        """End the processes."""
        self._readers.close()
        self._finders.close()


class Files:
    """A `LoadFile` that finds highlights, too; each is lent what it reads with."""

    def __init__(self, reader: _Lend, finder: _Lend) -> None:
        self._reader, self._finder = reader, finder

    def __call__(self, path: Path, *, id: str, metadata: Mapping[str, Value], limits: Limits) -> Document:
        """The document in `path`, known as `id`: see `wenyuan.load.load`."""
        with self._reader() as loader:
            return loader.load(path, id=id, metadata=metadata, limits=limits)

    def highlights(self, data: bytes, stretches: Sequence[Stretch]) -> tuple[Highlight, ...]:
        """Where stretches of a PDF's text stand on its pages: see `wenyuan.load.highlight`."""
        with self._finder() as loader:
            return loader.highlights(data, stretches)


@dataclass(eq=False)
class _Place:
    """One knowledge base on the shelf."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    base: KnowledgeBase | None = None
    users: int = 0
    kept: bool = False  # by one who wants it closed
    used: int = 0  # when, counted in uses of the shelf


class Shelf:
    """Lends knowledge bases; any thread may borrow."""

    def __init__(self, home: Home, models: Models | None = None, most: int = _OPEN) -> None:
        self._home, self._most = home, most
        self.models, self._loaders = models or Models(), Loaders()
        self._places: dict[Name, _Place] = {}
        self._lock = threading.Lock()
        self._uses = 0

    @contextmanager
    def lent(self, tenant: str, name: str) -> Iterator[KnowledgeBase]:
        """A knowledge base, which stays open until it is given back.

        Raises:
            Refused: there is none of this name.
            Busy, Damaged, WrongModel, WrongUse: it cannot be opened.
        """
        folder = self._home.place(tenant, name)
        place = self._place((tenant, name))
        with place.changed:
            if not place.changed.wait_for(lambda: not place.kept, _PATIENCE):
                raise Busy(f"The knowledge base '{name}' is being changed; ask again in a minute.")
            if place.base is None:
                place.base = self._opened(tenant, folder)
                place.base.warm_up()
            base = place.base
            place.users += 1
        try:
            self._tidy()
            yield base
        finally:
            with place.changed:
                place.users -= 1
                place.changed.notify_all()

    @contextmanager
    def closed(self, tenant: str, name: str) -> Iterator[None]:
        """While it is closed and nobody can borrow it; waits for those who have it."""
        place = self._place((tenant, name))
        with place.changed:
            place.changed.wait_for(lambda: not place.kept)
            place.kept = True
            place.changed.wait_for(lambda: not place.users)
            base, place.base = place.base, None
        try:
            if base is not None:
                base.close()
            yield
        finally:
            with place.changed:
                place.kept = False
                place.changed.notify_all()

    @contextmanager
    def emptied(self, tenant: str, name: str) -> Iterator[KnowledgeBase]:
        """A knowledge base that has forgotten all but its sources, for one who reads them again."""
        with self.closed(tenant, name):
            base = self._opened(tenant, self._home.place(tenant, name), repair="all")
            try:
                yield base
            finally:
                base.close()

    def make(self, tenant: str, name: str) -> None:
        """Make a knowledge base.

        Raises:
            Refused, WrongUse: it cannot have this name.
        """
        self.try_settings(self._home.new(tenant, name))

    def try_settings(self, folder: Path) -> None:
        """Open a new knowledge base in a folder that holds settings only, or nothing, and close it.

        Raises:
            WrongUse, WrongModel: nothing can be opened with these settings.
        """
        settings = read_settings(folder)
        KnowledgeBase.open(folder, settings=settings, **self._given(settings)).close()

    def close(self) -> None:
        """Close all of them, waiting for those who use one."""
        self.stop_reading()
        for tenant, name in list(self._places):
            with self.closed(tenant, name):
                pass

    def stop_reading(self) -> None:
        """End the reading of files, in the middle of one, too."""
        self._loaders.close()

    def open(self) -> int:
        """How many are open."""
        return sum(place.base is not None for place in list(self._places.values()))

    def _opened(self, tenant: str, folder: Path, repair: Literal["all"] | None = None) -> KnowledgeBase:
        settings = settings_of(folder)
        given = self._given(settings) | {"load": self._loaders.of(tenant, settings.load)}
        return KnowledgeBase.open(folder, create=False, repair=repair, settings=settings, **given)

    def _given(self, settings: Settings) -> dict[str, Any]:
        return {
            "encoder": self.models.encoder(settings.encoder),
            "reranker": self.models.reranker(settings.rerank),
        }

    def _place(self, name: Name) -> _Place:
        with self._lock:
            self._uses += 1
            place = self._places.setdefault(name, _Place())
            place.used = self._uses
            return place

    def _tidy(self) -> None:
        """Close those that nobody uses, where too many are open."""
        if self.open() <= self._most:
            return
        with self._lock:
            idle = [(place.used, name) for name, place in self._places.items() if place.base and not place.users]
        for _, (tenant, name) in sorted(idle)[: max(0, self.open() - self._most)]:
            with self.closed(tenant, name):
                pass
