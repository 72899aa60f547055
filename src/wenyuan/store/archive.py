"""Catalogue and search index as one: every commit changes both, or neither, and has one version number.

The protocol of a commit, with the catalogue as the index's write-ahead log:
1. the documents touched are written into the journal;
2. their new points go into the index, hidden from readers;
3. one SQLite transaction swaps their rows and raises the version: from here on the new state is the truth;
4. readers who begin now see the new points and no longer the old; those leave the index once nobody reads a moment to
   which they belonged, and chunks that stay in a section that changed get its new vectors.
The index is flushed, and the journal cleared, once `FLUSH_AFTER` points have gathered; after a crash the documents in
the journal are made anew in the index from the catalogue's vectors.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from wenyuan.errors import Damaged, NoAccess, NoKnowledgeBase, OutOfSpace, WrongUse
from wenyuan.store.agreement import Repair, agree, begin
from wenyuan.store.catalogue import Catalogue
from wenyuan.store.change import Change
from wenyuan.store.edge import EdgeStore
from wenyuan.store.ledger import FILE_NAME, is_in
from wenyuan.store.lock import Lock
from wenyuan.store.stayed import what_stays
from wenyuan.store.tables.corrections import corrections_of
from wenyuan.store.tables.states import states_for
from wenyuan.store.tables.summaries import Sections, summaries_for
from wenyuan.store.tables.vectors import vectors_of
from wenyuan.store.upkeep import Optimiser, faults
from wenyuan.store.view import ArchiveView
from wenyuan.store.visibility import Visibility
from wenyuan.types import Correction, DocumentInfo, Root, Scope, Store, Vector

FLUSH_AFTER = 2_000  # points: a flush of so many takes about 20 ms, and so many are made anew in 0.2 s after a crash
SPARE = 64 << 20  # bytes kept free: the engine maps files of 32 MB, and a full disk under a map kills the process


class Archive:
    """All that a knowledge base stores. Any thread may read, in a view of one moment and one reader; writes queue up.

    What is asked of it without a view is for those who write and look after it.
    """

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        model: str,
        analyser: str,
        dimension: int,
        create: bool = True,
        repair: Repair = None,
        make_store: Callable[[Path, int], Store] = EdgeStore,
    ) -> Archive:
        """Open the knowledge base in `folder`, or make it; `model` and `analyser` are what its vectors were made with.

        repair="index" makes the search index anew from the catalogue; repair="all" forgets all but the roots.
        Busy when another process holds it, WrongModel when it was made with others, Damaged when it cannot be read.
        """
        if not create and not is_in(folder):
            raise NoKnowledgeBase(f"There is no knowledge base in {folder}; make one with `wenyuan add`.", folder)
        with _accessible(folder), ExitStack() as undo:  # what was opened is closed again where something fails
            if not is_in(folder):  # a new index is mapped at once
                _check_space(next(place for place in (folder, *folder.absolute().parents) if place.exists()))
            folder.mkdir(parents=True, exist_ok=True)
            lock = Lock(folder / "lock")
            undo.callback(lock.release)
            catalogue = Catalogue(folder / FILE_NAME)
            undo.callback(catalogue.close)
            given: dict[str, str | int] = {"model": model, "analyser": analyser, "dimension": dimension}
            agree(catalogue, folder, given, repair)
            catalogue.prepare()
            begin(catalogue, given, repair)
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
        self.sections = Sections()
        self._lock, self._catalogue, self._store = lock, catalogue, store
        self._points = Visibility(store, int(catalogue.meta()["version"]))
        self._writing = threading.RLock()
        self._optimiser = Optimiser(catalogue, store, self._writing)
        self._closed = False
        self._pending = 0  # points written since the last flush
        self._count = catalogue.count()  # kept here: SQLite counts by reading, 1 ms for 100,000 chunks
        self._reconcile()

    @property
    def version(self) -> int:
        """That of the last commit."""
        return self._points.visible.version

    # --- reading

    def view(self, scope: Scope) -> ArchiveView:
        """The archive as it is now and this reader sees it, for one question: later commits are not in it. Close it."""
        return ArchiveView(self._catalogue, self._store, self._points, scope)

    def vectors_for(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        """The vectors known already, by content key: what was only moved is not encoded again."""
        return vectors_of(self._catalogue, keys)

    def states_for(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The token scorer's states known already, by content key."""
        return states_for(self._catalogue, keys)

    def summaries_for(self, keys: Sequence[bytes]) -> dict[bytes, tuple[str, Vector]]:
        """Text and vector of the summaries known already, by content key: a section that stays is not read again."""
        return summaries_for(self._catalogue, keys)

    def corrections_of(self, documents: Sequence[str]) -> dict[str, list[Correction]]:
        """What people made of the passages of each document, be it there or not."""
        return corrections_of(self._catalogue, documents)

    def roots(self) -> dict[str, Root]:
        """The folders and files kept in step with, and what was said of each."""
        return self._catalogue.roots()

    def documents(self) -> list[DocumentInfo]:
        """Every document, by id."""
        return self._catalogue.documents()

    def infos(self, documents: Sequence[str]) -> dict[str, DocumentInfo]:
        """These documents without their texts, unknown ones left out."""
        return self._catalogue.infos(documents)

    def under(self, place: str) -> list[str]:
        """The documents that are `place` or lie in the folder `place`; "." is where relative ids begin."""
        return self._catalogue.under(place)

    def count(self) -> int:
        """How many chunks are committed."""
        return self._count

    # --- writing

    def alone(self) -> AbstractContextManager[object]:
        """Until it ends no other thread commits: for what is read to be changed, and committed changed."""
        return self._writing

    def replace(self, changes: Sequence[Change], remove: Iterable[str] = (), forget: Sequence[int] = ()) -> int:
        """Commit new and changed documents, and removals, together; returns the new version.

        Corrections are those of the changes; of a document that is removed they wait for it, but for those to `forget`.

        OutOfSpace: nothing of it is committed, or all; repeat it once there is room.
        """
        names = [change.document.id for change in changes]
        gone = set(remove) - set(names)
        if len(set(names)) < len(names):
            raise WrongUse("A commit holds two versions of one document; give each once.")
        if not names and not gone and not forget:
            return self.version
        with self._writing:
            _check_space(self.folder)
            self._points.sweep()
            held = self._catalogue.ids_of([*names, *gone])
            before = {chunk: document for document, ids in held.items() for chunk in ids}
            after = {chunk.id: change.document.id for change in changes for chunk in change.chunks}
            fresh = {chunk: document for chunk, document in after.items() if chunk not in before}
            stale = {chunk: document for chunk, document in before.items() if chunk not in after}
            with self._points.arriving(fresh):
                with self._catalogue.writing(durable=False):
                    self._catalogue.note([*names, *gone])
                self._store.upsert([point for change in changes for point in change.points(fresh.keys())])
                stayed = what_stays(self._catalogue, changes, held)
                written = len(fresh) + len(stale) + len(stayed.outdated)
                version = self.version + 1
                try:
                    changed = self._swap(version, changes, [*names, *gone], forget, written)
                finally:  # a signal may come just when it is on disk
                    if int(self._catalogue.meta()["version"]) == version:
                        self._points.commit(version, stale, stayed)
                        self._count += len(fresh) - len(stale)
            self._points.sweep()
            self._settle(written + len(stayed.relabelled))
            self._optimiser.consider(changed, self._count)
            return version

    def remove(self, documents: Iterable[str], forget: Sequence[int] = ()) -> int:
        """Commit the removal of these documents, unknown ones ignored, and of corrections; returns the version."""
        return self.replace((), self._catalogue.infos(list(documents)), forget)

    def add_root(self, path: str, root: Root = Root()) -> None:  # noqa: B008 - a value
        """Remember a folder or file to keep in step with, and what was said of it."""
        with self._writing, self._catalogue.writing():
            self._catalogue.add_root(path, root)

    def remove_root(self, path: str) -> bool:
        """Forget a folder or file; its documents stay until removed. False when it was none."""
        with self._writing, self._catalogue.writing():
            return self._catalogue.remove_root(path)

    def adopt(self, scorer: str) -> None:
        """Make this the token scorer whose states are kept: those of any other, it could not read, are forgotten."""
        with self._writing:
            if self._catalogue.meta().get("scorer") != scorer:
                with self._catalogue.writing():
                    self._catalogue.clear("states")
                    self._catalogue.set_meta(scorer=scorer)

    # --- care

    def flush(self) -> None:
        """Bring the index on disk level with the catalogue."""
        with self._writing:
            self._points.sweep()
            self._settle(FLUSH_AFTER)

    def optimise(self) -> None:
        """Renew the approximate indexes now; returns when done, reads and writes go on meanwhile."""
        self._optimiser.run()

    def check(self) -> list[str]:
        """Compare every document with the index, and the catalogue with itself: one sentence for each fault."""
        with self._writing:
            self._points.sweep()
            return faults(self._catalogue, self._store, self._points.lingering())

    def close(self) -> None:
        """End background work, flush, release the lock; a closed archive cannot be used, and is not closed again.

        What fails on the way is raised, and the rest is closed all the same.
        """
        self._optimiser.stop()
        with self._writing:
            closed, self._closed = self._closed, True
        if closed:
            return
        with ExitStack() as last_first:
            last_first.callback(self._lock.release)
            last_first.callback(self._catalogue.close)
            last_first.callback(self._optimiser.join)
            last_first.callback(self._store.close)
            with self._writing:
                self._points.sweep(everything=True)
                self._settle(FLUSH_AFTER)

    def erase(self) -> None:
        """Remove the files of a closed archive; what else lies in its folder stays, and with it the folder."""
        shutil.rmtree(self.folder / "index", ignore_errors=True)
        for file in (*self.folder.glob(f"{FILE_NAME}*"), self.folder / "lock"):
            file.unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- within

    def _swap(
        self, version: int, changes: Sequence[Change], names: Sequence[str], forget: Sequence[int], written: int
    ) -> int:
        """The one transaction that makes the new state the truth; how much has changed in all."""
        with self._catalogue.writing():
            changed = int(self._catalogue.meta().get("changed", 0)) + written
            self._catalogue.remove(names)
            self._catalogue.forget(forget)
            for change in changes:
                self._catalogue.add(change)
            self._catalogue.set_meta(version=version, changed=changed)
        return changed

    def _settle(self, points: int) -> None:
        """Flush the index and clear the journal, if enough points have gathered.

        Documents with points that are there for a reader's moment only stay in the journal: a crash would leave them.
        """
        self._pending += points
        if self._pending >= FLUSH_AFTER:
            self._store.flush()
            self._catalogue.settle(self._points.lingering())
            self._pending = 0

    def _reconcile(self) -> None:
        """Make the documents in the journal anew in the index: what a crash left of them is unknown."""
        journal = self._catalogue.journal()
        if journal:
            _check_space(self.folder)
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


@contextmanager
def _accessible(folder: Path) -> Iterator[None]:
    """Errors of the operating system as one of ours."""
    try:
        yield
    except OSError as error:
        raise NoAccess(
            f"The knowledge base {folder} cannot be opened ({os.strerror(error.errno or 0)}): it must be a folder in "
            "which you may write; name another one, or mend that."
        ) from error


def _check_space(folder: Path) -> None:
    if shutil.disk_usage(folder).free < SPARE:
        raise OutOfSpace(f"The disk of {folder} has less than {SPARE >> 20} MB left; free some and repeat.")
