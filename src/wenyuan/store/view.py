"""One moment of an archive: the catalogue in a snapshot, and of the index the points that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from wenyuan.errors import WrongUse
from wenyuan.filters import every, matches, payload_of, within
from wenyuan.store.catalogue import Catalogue, Snapshot
from wenyuan.store.tables.names import named
from wenyuan.store.tables.states import states_of
from wenyuan.store.visibility import Visibility
from wenyuan.types import Candidate, Filter, Scope, SparseVector, Store, Vector

_Ask = Callable[[int], list[Candidate]]
"""How many → the best so many points of the index, whether they belong to the moment or not."""


class ArchiveView(Snapshot):
    """`types.View` on an archive, from when it is made until it is closed."""

    def __init__(self, catalogue: Catalogue, store: Store, points: Visibility, scope: Scope) -> None:
        self._store, self._points = store, points
        self._visible = points.begin()  # before the snapshot: what that holds stays in the index
        try:
            super().__init__(catalogue, self._visible.version, scope)
        except BaseException:
            points.end(self._visible)
            raise

    def close(self) -> bool:
        """Let the moment go; whether it was still held."""
        held = super().close()
        if held:
            self._points.end(self._visible)
        return held

    def search_dense(self, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k chunks nearest to a (d,) vector by dot product, best first."""
        seen = self._seen(filter)
        return self._found(lambda n: self._store.search_dense(vector, n, seen), k, seen)

    def search_sparse(self, vector: SparseVector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k best chunks by BM25 that share a term, best first."""
        seen = self._seen(filter)
        return self._found(lambda n: self._store.search_sparse(vector, n, seen), k, seen)

    def states(self, ids: Sequence[int]) -> dict[int, bytes]:
        """The token scorer's states of these chunks, those without one left out."""
        return states_of(self, ids)

    def read(self, document: str, start: int, end: int) -> str:
        """A stretch of a document's text, by character offsets; WrongUse when there is none of this id."""
        found = self.document(document)
        if found is None:
            raise WrongUse(f"There is no document {document!r} in the knowledge base; `wenyuan list` names them.")
        return found.text[start:end]

    def named(self, name: str) -> list[str]:
        """The ids of the documents that a name means; none where it would mean too many."""
        return named(self, name)

    def _seen(self, filter: Filter | None) -> Filter | None:
        """The filter, and what the reader may see."""
        return every([*([filter] if filter else []), *within(self.scope)])

    def _found(self, ask: _Ask, k: int, filter: Filter | None) -> list[Candidate]:
        """The k best that belong to the moment: where others stand among them, more are asked for."""
        asked = k
        while True:
            found = ask(asked)
            foreign = self._foreign(found, filter)
            if not foreign and asked == k:
                return found
            kept = [hit for hit in found if hit.chunk not in foreign]
            if len(kept) >= k or len(found) < asked:
                return kept[:k]
            asked += len(foreign)

    def _foreign(self, found: Sequence[Candidate], filter: Filter | None) -> AbstractSet[int]:
        """Which of the hits do not belong to the moment, or did not pass the filter then: it may be a right to see."""
        visible = self._visible
        if self._points.visible is visible and visible.version == self.version:  # no commit has come since
            return visible.hidden and {hit.chunk for hit in found} & visible.hidden
        ids = {hit.chunk for hit in found}
        documents = self.documents_of(list(ids))
        if filter is None:
            return ids - documents.keys()
        infos = self.infos(list(set(documents.values())))
        passing = {name for name, info in infos.items() if matches(filter, payload_of(info))}
        return {chunk for chunk in ids if documents.get(chunk) not in passing}
