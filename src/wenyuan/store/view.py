"""One moment of an archive: the catalogue in a snapshot, and of the index the points that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from wenyuan.errors import WrongUse
from wenyuan.store.catalogue import Catalogue, Snapshot
from wenyuan.store.tables.names import named
from wenyuan.store.tables.states import states_of
from wenyuan.store.visibility import Visibility, Visible
from wenyuan.types import Candidate, Filter, SparseVector, Store, Vector

_Ask = Callable[[int], list[Candidate]]
"""How many → the best so many points of the index, whether they belong to the moment or not."""


class ArchiveView(Snapshot):
    """`types.View` on an archive; `state` says which points were hidden just before the snapshot is taken."""

    def __init__(self, catalogue: Catalogue, store: Store, points: Visibility, state: Visible) -> None:
        super().__init__(catalogue)
        self._store, self._points, self._state = store, points, state

    def search_dense(self, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k chunks nearest to a (d,) vector by dot product, best first."""
        return self._found(lambda n: self._store.search_dense(vector, n, filter), k)

    def search_sparse(self, vector: SparseVector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k best chunks by BM25 that share a term, best first."""
        return self._found(lambda n: self._store.search_sparse(vector, n, filter), k)

    def states(self, ids: Sequence[int]) -> dict[int, bytes]:
        """The token scorer's states of these chunks, those without one left out."""
        return states_of(self, ids)

    def read(self, document: str, start: int, end: int) -> str:
        """A stretch of a document's text, by character offsets; WrongUse when there is none of this id."""
        found = self.document(document)
        if found is None:
            raise WrongUse(f"There is no document {document!r} in the knowledge base; `wenyuan search` names its own.")
        return found.text[start:end]

    def named(self, name: str) -> list[str]:
        """The ids of the documents that a name means; none where it would mean too many."""
        return named(self, name)

    def _found(self, ask: _Ask, k: int) -> list[Candidate]:
        """The k best that belong to the moment: where others stand among them, more are asked for."""
        asked = k
        while True:
            found = ask(asked)
            foreign = self._foreign(found)
            kept = [hit for hit in found if hit.chunk not in foreign] if foreign else found
            if len(kept) >= k or len(found) < asked:
                return kept[:k]
            asked += len(foreign)

    def _foreign(self, found: Sequence[Candidate]) -> AbstractSet[int]:
        """Which of the hits do not belong to the moment."""
        ids = {hit.chunk for hit in found}
        if self._points.state is self._state and self._state.version == self.version:  # no commit has come since
            return self._state.hidden & ids
        return ids - self.present(list(ids))
