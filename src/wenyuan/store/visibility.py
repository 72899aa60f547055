"""Which points of the index are part of what a reader sees: the index changes at once, each reader's moment stays.

A point that is not committed, or no longer, is hidden: it lies in the index and is left out of what is found. It leaves
the index when nobody reads a moment to which it belonged. A reader compares the state it began with to that of now: if
no commit came between, what is hidden is known; otherwise its snapshot of the catalogue says which chunks it has.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from wenyuan.store.stayed import Stayed
from wenyuan.types import Store

_ALL = 1 << 62  # a version that never comes


@dataclass(frozen=True, slots=True, eq=False)
class Visible:
    """A version and the points in the index that are not of it. Never changed, only replaced: the same object before
    and after a search says that no commit came between."""

    version: int
    hidden: AbstractSet[int]


class _Left(NamedTuple):
    """What a hidden point was part of."""

    before: int  # this version: it is part of none from here on; 0 of a point that was never committed
    document: str


class Visibility:
    """Keeps the account of hidden points. One thread writes at a time, which the caller sees to; any thread reads."""

    def __init__(self, store: Store, version: int) -> None:
        self._store = store
        self.visible = Visible(version, frozenset())
        self._left: dict[int, _Left] = {}  # the hidden points
        self._arriving: AbstractSet[int] = frozenset()
        self._stayed = Stayed([], [])
        self._readers: Counter[int] = Counter()  # by version
        self._lock = threading.Lock()

    def begin(self) -> Visible:
        """What a reader sees from now on; the points of this version stay in the index until its `end`."""
        with self._lock:
            visible = self.visible
            self._readers[visible.version] += 1
            return visible

    def end(self, visible: Visible) -> None:
        """A reader that began with this reads no more."""
        with self._lock:
            self._readers[visible.version] -= 1
            if not self._readers[visible.version]:
                del self._readers[visible.version]

    @contextmanager
    def arriving(self, points: Mapping[int, str]) -> Iterator[None]:
        """Hide these points (id → document) while they are written; what is not committed by the end is swept away."""
        for point, document in points.items():
            self._left.setdefault(point, _Left(0, document))
        self._arriving = points.keys()
        self._show(self.visible.version)
        try:
            yield
        finally:
            self._arriving = frozenset()

    def commit(self, version: int, stale: Mapping[int, str], stayed: Stayed) -> None:
        """Let readers from now on see what was arriving and not the stale points (id → document)."""
        for point in self._arriving:
            del self._left[point]
        for point, document in stale.items():
            self._left[point] = _Left(version, document)
        self._stayed = stayed
        self._show(version)

    def sweep(self, *, everything: bool = False) -> None:
        """Delete hidden points that no reader's moment has, or all of them; rewrite what stayed and is another now."""
        with self._lock:
            oldest = _ALL if everything else min(self._readers, default=_ALL)
        gone = [point for point, left in self._left.items() if left.before <= oldest and point not in self._arriving]
        if gone:
            self._store.delete(sorted(gone))
            for point in gone:
                del self._left[point]
            self._show(self.visible.version)
        if self._stayed.outdated:
            self._store.upsert(self._stayed.outdated)
        for ids, payload in self._stayed.relabelled:
            self._store.set_payload(ids, payload)
        self._stayed = Stayed([], [])

    def lingering(self) -> set[str]:
        """The documents of the points that are hidden and still in the index."""
        return {left.document for left in self._left.values()}

    def _show(self, version: int) -> None:
        self.visible = Visible(version, frozenset(self._left))
