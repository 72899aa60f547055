"""Keeping an index fast and honest: optimising it in the background, and comparing it with the catalogue."""

from __future__ import annotations

import logging
import threading
from collections.abc import Set as AbstractSet

from wenyuan.errors import WenyuanError
from wenyuan.filters import payload_of
from wenyuan.store.catalogue import Catalogue
from wenyuan.store.filters import exactly
from wenyuan.types import Store

OPTIMISE_FROM = 20_000  # chunks: below, a scan is as fast as a graph; and as many changes leave as much that is dead

_log = logging.getLogger(__name__)


class Optimiser:
    """Renews a store's approximate indexes once enough has changed; `writing` is held by whoever writes."""

    def __init__(self, catalogue: Catalogue, store: Store, writing: threading.RLock) -> None:
        self._catalogue, self._store, self._writing = catalogue, store, writing
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._tried = 0  # how much had changed when optimising was last begun and not finished

    def consider(self, changed: int, count: int) -> None:
        """Begin in the background once a fifth of the `count` chunks are others than at the last try.

        A small index needs it for what it has dropped only: its files keep that until then, and every scan reads it.
        """
        idle, since = self._thread is None or not self._thread.is_alive(), changed - self._tried
        if idle and max(count, since) >= OPTIMISE_FROM and since * 5 >= count:
            self._tried = changed
            self._thread = threading.Thread(target=self._aside, name="optimise", daemon=True)
            self._thread.start()

    def run(self) -> None:
        """Optimise now; returns when done, reads and writes go on meanwhile."""
        with self._writing:
            if self._stopping:
                return
            seen = int(self._catalogue.meta().get("changed", 0))
        self._store.optimise()
        if self._stopping:  # which may have cut it short
            return
        with self._writing, self._catalogue.writing():
            self._catalogue.set_meta(changed=int(self._catalogue.meta().get("changed", 0)) - seen)
            self._tried = 0

    def stop(self) -> None:
        """Begin no more; what runs ends when its store is closed."""
        self._stopping = True

    def join(self) -> None:
        """Wait for what runs in the background."""
        if self._thread:
            self._thread.join()

    def _aside(self) -> None:
        try:
            self.run()
        except WenyuanError as error:
            _log.warning("%s", error)


def faults(catalogue: Catalogue, store: Store, lingering: AbstractSet[str]) -> list[str]:
    """Where the index differs from the catalogue, document by document, and the catalogue from itself.

    Documents that are `lingering`, with points that a reader still keeps, cannot be told.
    """
    found, chunks = catalogue.check(), 0
    for info in catalogue.documents():
        ids, indexed = catalogue.ids_of([info.id])[info.id], store.ids_of(info.id)
        chunks += len(ids)
        if info.id in lingering:
            continue
        if ids != indexed:
            missing, extra = len(ids - indexed), len(indexed - ids)
            found.append(f"{info.id}: {missing} chunks are missing from the index, {extra} are left over.")
        elif store.count(exactly(payload_of(info))) != len(ids):
            found.append(f"{info.id}: the index holds other metadata than the catalogue.")
    if not (lingering or found) and (points := store.count()) != chunks:
        found.append(f"The index holds {points} points, the catalogue {chunks} chunks.")
    return found
