"""Catalogue and search index as one: every commit changes both, or neither, and has one version number.

The protocol of a commit, with the catalogue as the index's write-ahead log:
1. the documents touched are written into the journal;
2. their new points go into the index, hidden from readers;
3. one SQLite transaction swaps their rows and raises the version: from here on the new state is the truth;
4. readers see the new points and no longer the old; those leave the index, and chunks that stay in a section that
   changed get its new vectors.
The index is flushed, and the journal cleared, once `FLUSH_AFTER` points have gathered; after a crash the documents in
the journal are made anew in the index from the catalogue's vectors.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import numpy as np

from wenyuan.errors import Damaged, OutOfSpace, WenyuanError, WrongUse
from wenyuan.filters import payload_of
from wenyuan.store.agreement import agree
from wenyuan.store.catalogue import Catalogue, Change
from wenyuan.store.edge import EdgeStore
from wenyuan.store.filters import exactly
from wenyuan.store.lock import Lock
from wenyuan.store.rows import DocumentInfo, Row
from wenyuan.store.tables.summaries import Sections
from wenyuan.types import Candidate, Chunk, Document, Filter, Mark, Point, Recalled, SparseVector, Store, Value, Vector

FLUSH_AFTER = 2_000  # points: a flush of so many takes about 20 ms, and so many are made anew in 0.2 s after a crash
OPTIMISE_FROM = 20_000  # chunks: below, a scan is as fast as a graph
SPARE = 64 << 20  # bytes kept free: the engine maps files of 32 MB, and a full disk under a map kills the process

_log = logging.getLogger(__name__)


class Archive:
    """All that a knowledge base stores. Any thread may read; writes queue up."""

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        model: str,
        analyser: str,
        dimension: int,
        create: bool = True,
        repair: Literal["index", "all"] | None = None,
        make_store: Callable[[Path, int], Store] = EdgeStore,
    ) -> Archive:
        """Open the knowledge base in `folder`, or make it; `model` and `analyser` are what its vectors were made with.

        repair="index" makes the search index anew from the catalogue; repair="all" forgets all but the roots.
        Busy when another process holds it, WrongModel when it was made with others, Damaged when it cannot be read.
        """
        if not create and not (folder / "catalogue.sqlite").exists():
            raise WrongUse(f"There is no knowledge base in {folder}; make one with `wenyuan add`.")
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undo:  # what was opened is closed again where something fails
            lock = Lock(folder / "lock")
            undo.callback(lock.release)
            catalogue = Catalogue(folder / "catalogue.sqlite")
            undo.callback(catalogue.close)
            agree(catalogue, folder, {"model": model, "analyser": analyser, "dimension": dimension}, repair)
            if repair:
                shutil.rmtree(folder / "index", ignore_errors=True)
                with catalogue.writing():
                    catalogue.note(info.id for info in catalogue.documents())
            store = make_store(folder / "index", dimension)
            undo.callback(store.close)
            made = cls(folder, lock, catalogue, store)
            undo.pop_all()
        return made

    def __init__(self, folder: Path, lock: Lock, catalogue: Catalogue, store: Store) -> None:
        self.folder = folder
        self._lock, self._catalogue, self._store = lock, catalogue, store
        self._writing = threading.RLock()
        self._optimiser: threading.Thread | None = None
        self._closing = False
        self._tried = 0  # how much had changed when optimising was last begun and not finished
        self._pending = 0  # points written since the last flush
        # Points in the index that are not (or no longer) committed. Never changed, only replaced: a reader that finds
        # the same object before and after its search knows that no commit came between.
        self._hidden: AbstractSet[int] = set()
        self._outdated: Sequence[Point] = ()  # what committed points that stayed are to become
        self.sections = Sections(catalogue)
        self._count = catalogue.count()  # kept here: SQLite counts by reading, 1 ms for 100,000 chunks
        self._reconcile()
        self.version = int(catalogue.meta()["version"])

    # --- writing

    def replace(self, changes: Sequence[Change], remove: Iterable[str] = ()) -> int:
        """Commit new and changed documents, and removals, together; returns the new version.

        OutOfSpace: nothing of it is committed, or all; repeat it once there is room.
        """
        names = [change.document.id for change in changes]
        gone = set(remove) - set(names)
        if len(set(names)) < len(names):
            raise WrongUse("A commit holds two versions of one document; give each once.")
        if not names and not gone:
            return self.version
        with self._writing:
            self._check_space()
            self._sweep()
            held = self._catalogue.ids_of([*names, *gone])
            before = set[int]().union(*held.values())
            after = {chunk.id for change in changes for chunk in change.chunks}
            fresh, stale = after - before, before - after
            self._hidden = fresh.copy()
            with self._catalogue.writing(durable=False):
                self._catalogue.note([*names, *gone])
            self._store.upsert([point for change in changes for point in change.points(fresh)])
            outdated, relabelled = self._stayed(changes, held)
            written = len(fresh) + len(stale) + len(outdated)
            with self._catalogue.writing():
                meta = self._catalogue.meta()
                version = int(meta["version"]) + 1
                self._catalogue.remove([*names, *gone])
                for change in changes:
                    self._catalogue.add(change)
                changed = int(meta.get("changed", 0)) + written
                self._catalogue.set_meta(version=version, changed=changed)
            self._hidden, self._outdated, self.version = stale.copy(), outdated, version
            self._count += len(fresh) - len(stale)
            self._sweep()
            for change, ids in relabelled:
                self._store.set_payload(sorted(ids), change.payload)
            self._settle(written + len(relabelled))
            self._consider_optimising(changed)
            return version

    def remove(self, documents: Iterable[str]) -> int:
        """Commit the removal of these documents, unknown ones ignored; returns the version."""
        return self.replace((), remove=[info.id for info in map(self._catalogue.info, documents) if info])

    def add_root(self, path: str, metadata: Mapping[str, Value] | None = None) -> None:
        """Remember a folder or file to keep in step with, and the metadata given for all in it."""
        with self._writing, self._catalogue.writing():
            self._catalogue.add_root(path, metadata or {})

    def remove_root(self, path: str) -> bool:
        """Forget a folder or file; its documents stay until removed. False when it was none."""
        with self._writing, self._catalogue.writing():
            return self._catalogue.remove_root(path)

    def adopt(self, scorer: str) -> None:
        """Make this the token scorer whose states are kept: those of any other, it could not read, are forgotten."""
        with self._writing:
            if self._catalogue.meta().get("scorer") != scorer:
                with self._catalogue.writing():
                    self._catalogue.forget_states()
                    self._catalogue.set_meta(scorer=scorer)

    def flush(self) -> None:
        """Bring the index on disk level with the catalogue."""
        with self._writing:
            self._sweep()
            self._settle(FLUSH_AFTER)

    def optimise(self) -> None:
        """Renew the approximate indexes now; returns when done, reads and writes go on meanwhile."""
        with self._writing:
            if self._closing:
                return
            seen = int(self._catalogue.meta().get("changed", 0))
        self._store.optimise()
        if self._closing:  # which may have cut it short
            return
        with self._writing, self._catalogue.writing():
            self._catalogue.set_meta(changed=int(self._catalogue.meta().get("changed", 0)) - seen)
            self._tried = 0

    def close(self) -> None:
        """End background work, flush, release the lock; a closed archive cannot be used."""
        self._closing = True
        with self._writing:
            self.flush()
        self._store.close()
        if self._optimiser:
            self._optimiser.join()
        self._catalogue.close()
        self._lock.release()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- reading

    def search(
        self, dense: Vector | None, sparse: SparseVector | None, k: int, filter: Filter | None = None
    ) -> Recalled:
        """The k best committed chunks of each leg asked for: {"dense": …, "bm25": …}, best first."""
        asked = k
        while True:
            before = self._hidden
            found = self._ask(dense, sparse, asked, filter)
            settled = self._hidden is before
            gone = self._uncommitted(before, found, settled)
            if not gone:
                return found if asked == k else {leg: hits[:k] for leg, hits in found.items()}
            kept = {leg: [hit for hit in hits if hit.chunk not in gone] for leg, hits in found.items()}
            # A short list says that there is no more only if no commit came between.
            if all(len(kept[leg]) >= k or (settled and len(hits) < asked) for leg, hits in found.items()):
                return {leg: hits[:k] for leg, hits in kept.items()}
            asked += len(gone)

    def vectors_for(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        """The vectors known already, by content key: what was only moved is not encoded again."""
        return self._catalogue.vectors(keys)

    def states_for(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The token scorer's states known already, by content key."""
        return self._catalogue.states_of(keys)

    def states(self, ids: Sequence[int]) -> dict[int, bytes]:
        """The token scorer's states of these chunks, those without one left out."""
        return self._catalogue.states(ids)

    def roots(self) -> dict[str, Mapping[str, Value]]:
        """The folders and files kept in step with, and the metadata given for each."""
        return self._catalogue.roots()

    def documents(self) -> list[DocumentInfo]:
        """Every document, by id."""
        return self._catalogue.documents()

    def info(self, document: str) -> DocumentInfo | None:
        """A document without its text; None when there is none of this id."""
        return self._catalogue.info(document)

    def document(self, document: str) -> Document:
        """A document with its text; WrongUse when there is none of this id."""
        found = self._catalogue.document(document)
        if found is None:
            raise WrongUse(
                f"There is no document {document!r} in {self.folder}; `wenyuan search` names those it holds."
            )
        return found

    def read(self, document: str, start: int, end: int) -> str:
        """A stretch of a document's text, by character offsets; WrongUse when there is none of this id."""
        return self.document(document).text[start:end]

    def marks(self, document: str) -> tuple[Mark, ...]:
        """The marks of a document, read without its text; none when there is none of this id."""
        return self._catalogue.marks(document)

    def chunks(self, ids: Sequence[int]) -> dict[int, Chunk]:
        """The chunks of these ids that are committed."""
        return self._catalogue.chunks(ids)

    def rows(self, ids: Sequence[int]) -> dict[int, Row]:
        """The chunks of these ids that are committed, with the fingerprints by which near-identical ones are known."""
        return self._catalogue.rows(ids)

    def neighbours(self, document: str, first: int, last: int) -> list[Chunk]:
        """The chunks of a document whose ordinals are in first … last, in order."""
        return self._catalogue.neighbours(document, first, last)

    def count(self) -> int:
        """How many chunks are committed."""
        return self._count

    def check(self) -> list[str]:
        """Compare every document with the index, and the catalogue with itself: one sentence for each fault."""
        with self._writing:
            self._sweep()
            faults, chunks = self._catalogue.check(), 0
            for info in self._catalogue.documents():
                ids = self._catalogue.ids_of([info.id])[info.id]
                indexed = self._store.ids_of(info.id)
                chunks += len(ids)
                if ids != indexed:
                    missing, extra = len(ids - indexed), len(indexed - ids)
                    faults.append(f"{info.id}: {missing} chunks are missing from the index, {extra} are left over.")
                elif self._store.count(exactly(payload_of(self.document(info.id)))) != len(ids):
                    faults.append(f"{info.id}: the index holds other metadata than the catalogue.")
            if (points := self._store.count()) != chunks and not faults:
                faults.append(f"The index holds {points} points, the catalogue {chunks} chunks.")
            return faults

    # --- within

    def _ask(
        self, dense: Vector | None, sparse: SparseVector | None, k: int, filter: Filter | None
    ) -> dict[str, list[Candidate]]:
        if dense is not None and sparse is not None:
            first, second = self._store.search_both(dense, sparse, k, filter)
            return {"dense": first, "bm25": second}
        if dense is not None:
            return {"dense": self._store.search_dense(dense, k, filter)}
        if sparse is not None:
            return {"bm25": self._store.search_sparse(sparse, k, filter)}
        return {}

    def _uncommitted(
        self, before: AbstractSet[int], found: Mapping[str, Sequence[Candidate]], settled: bool
    ) -> AbstractSet[int]:
        """Which of the hits are not committed, `before` being what was hidden when the search began."""
        if not settled:
            ids = {hit.chunk for hits in found.values() for hit in hits}
            return ids - self._catalogue.present(list(ids))
        return before and {hit.chunk for hits in found.values() for hit in hits} & before

    def _sweep(self) -> None:
        """Bring the index level with the last commit: delete what is hidden (its old points, or the new ones of one
        that failed), rewrite what stayed with other vectors."""
        if self._hidden:
            self._store.delete(sorted(self._hidden))
        self._hidden = set()
        if self._outdated:
            self._store.upsert(self._outdated)
        self._outdated = ()

    def _stayed(
        self, changes: Sequence[Change], held: Mapping[str, AbstractSet[int]]
    ) -> tuple[list[Point], list[tuple[Change, AbstractSet[int]]]]:
        """Of the chunks that stay: the points whose vectors change with their section, and, by change, the ids of the
        others that only need the document's new metadata."""
        outdated: list[Point] = []
        relabelled: list[tuple[Change, AbstractSet[int]]] = []
        for change in changes:
            if not (kept := held[change.document.id] & {chunk.id for chunk in change.chunks}):
                continue
            before = {point.id: point for point in self._catalogue.points(change.document.id)}
            after = change.points(kept)
            moved = [point for point in after if not _same_vectors(point, before[point.id])]
            outdated += moved
            same = kept - {point.id for point in moved}
            if same and before[min(same)].payload != change.payload:
                relabelled.append((change, same))
        return outdated, relabelled

    def _settle(self, points: int) -> None:
        """Flush the index and clear the journal, if enough points have gathered."""
        self._pending += points
        if self._pending >= FLUSH_AFTER:
            self._store.flush()
            self._catalogue.settle()
            self._pending = 0

    def _reconcile(self) -> None:
        """Make the documents in the journal anew in the index: what a crash left of them is unknown."""
        journal = self._catalogue.journal()
        if journal:
            self._check_space()
        for document in journal:
            points = self._catalogue.points(document)
            self._store.delete(sorted(self._store.ids_of(document) | {point.id for point in points}))
            self._store.upsert(points)
        if journal:
            self.flush()
        if self._store.count() != self._count:
            raise Damaged(
                f"The search index of {self.folder} differs from its catalogue; run `wenyuan doctor --rebuild`."
            )

    def _check_space(self) -> None:
        if shutil.disk_usage(self.folder).free < SPARE:
            raise OutOfSpace(f"The disk of {self.folder} has less than {SPARE >> 20} MB left; free some and repeat.")

    def _consider_optimising(self, changed: int) -> None:
        """Start optimising in the background once a fifth of the chunks are others than at the last try."""
        idle = self._optimiser is None or not self._optimiser.is_alive()
        if idle and self._count >= OPTIMISE_FROM and (changed - self._tried) * 5 >= self._count:
            self._tried = changed
            self._optimiser = threading.Thread(target=self._optimise_aside, name="optimise", daemon=True)
            self._optimiser.start()

    def _optimise_aside(self) -> None:
        try:
            self.optimise()
        except WenyuanError as error:
            _log.warning("%s", error)


def _same_vectors(one: Point, other: Point) -> bool:
    return one.sparse == other.sparse and np.array_equal(one.dense, other.dense)
