"""The embedded search index: a qdrant-edge shard with dense and BM25-as-sparse vectors.

The shard keeps no write-ahead log: the catalogue is the log (see `archive`), so writes cost half the time and disk.
qdrant-edge 0.9.0 holds the GIL in every call; hence small batches and an optimiser in another process (see `optimise`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import Any, TypeVar

import qdrant_edge as engine

from wenyuan.errors import Damaged, OutOfSpace, WrongUse
from wenyuan.filters import KEYWORDS, NUMBERS
from wenyuan.store.filters import engine_filter, engine_payload, field_path
from wenyuan.store.optimise import Slots, optimise_copy, sync, warm
from wenyuan.types import Candidate, Condition, Filter, Point, SparseVector, Value, Vector

BATCH = 200  # points an engine call: it holds the GIL for about 10 ms
CARRY = 50  # points a step when catching up with the writes during an optimisation, which readers share the GIL with
FLUSH_STEPS = 40  # such steps between two flushes
EXACT_BELOW = 50_000  # points that pass a filter: up to here a scan is as fast as ACORN, and exact
EF = 150

_Item = TypeVar("_Item")
_Narrowed = tuple[Any, engine.SearchParams]
# Loading holds the GIL: mapped files load four times as fast as copies in memory, and once read are searched as fast.
_COLD = engine.Memory.Cold
_PLAIN = engine.SearchParams(hnsw_ef=EF)
_EXACT = engine.SearchParams(exact=True)
# payload links in the graph cost five times the build, without them a filter starves a plain graph walk
_ACORN = engine.SearchParams(hnsw_ef=EF, acorn=engine.AcornSearchParams(enable=True, max_selectivity=0.4))


class EdgeStore:
    """`types.Store` on one qdrant-edge shard in `folder`, for one process; safe to use from many threads."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._slots = Slots(folder)
        self._writing = threading.RLock()
        self._optimising = threading.Lock()
        self._closing = threading.Event()
        self._last: tuple[Filter, _Narrowed] | None = None  # the filter that was asked for last
        self._touched: set[int] | None = None  # ids written since the optimiser's copy was made
        try:
            self._folder = self._slots.current() or _create(self._slots, dimension)
            self._shard = engine.EdgeShard.load(str(self._folder))
        except Exception as error:  # the engine has no exception class of its own
            raise _typed(error, folder) or Damaged(
                f"The search index in {folder} cannot be loaded ({error}); run `wenyuan doctor --rebuild`."
            ) from error
        threading.Thread(target=warm, args=(self._folder,), name="warm", daemon=True).start()
        self._fields = {path.strip('"') for path in self._shard.info().payload_schema}

    def upsert(self, points: Sequence[Point]) -> None:
        """Insert points, or replace those of the same id."""
        with self._writing, self._errors():
            self._index_fields(points)
            for batch in _batches(points):
                rows = [
                    engine.Point(
                        point.id,
                        {
                            "dense": point.dense.tolist(),
                            "bm25": engine.SparseVector(list(point.sparse.indices), list(point.sparse.values)),
                        },
                        engine_payload(point.payload),
                    )
                    for point in batch
                ]
                self._update(engine.UpdateOperation.upsert_points(rows), [point.id for point in batch])

    def delete(self, ids: Sequence[int]) -> None:
        """Delete points; ids that are not there are ignored."""
        with self._writing, self._errors():
            for batch in _batches(ids):
                self._update(engine.UpdateOperation.delete_points([*batch]), batch)

    def set_payload(self, ids: Sequence[int], payload: Mapping[str, Value]) -> None:
        """Replace the whole payload of these points."""
        with self._writing, self._errors():
            for batch in _batches(ids):
                self._update(engine.UpdateOperation.overwrite_payload([*batch], engine_payload(payload)), batch)

    def search_dense(self, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k nearest of a (d,) vector by dot product, best first."""
        return self._search(_dense(vector), k, filter)

    def search_sparse(self, vector: SparseVector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k best by BM25 that share a term, best first."""
        return self._search(_sparse(vector), k, filter)

    def ids_of(self, document: str) -> set[int]:
        """The ids of a document's points."""
        wanted = engine_filter(Condition("document", "eq", document), engine)
        found, shard = set[int](), self._shard
        offset: Any = None
        while True:
            page, offset = shard.scroll(engine.ScrollRequest(offset, 10_000, wanted, with_payload=False))
            found.update(int(record.id) for record in page)
            if offset is None:
                return found

    def count(self, filter: Filter | None = None) -> int:
        """How many points pass the filter."""
        wanted = engine_filter(filter, engine) if filter else None
        return self._shard.count(engine.CountRequest(exact=True, filter=wanted))

    def flush(self) -> None:
        """Write all to disk; holds readers up for about 20 ms."""
        with self._writing, self._errors():
            _flush(self._shard, self._folder)

    def optimise(self) -> None:
        """Merge segments and build graphs in a copy, in another process; then catch up with the writes since and swap.

        Returns when done; reads go on all the while, writes wait only while the files are copied.
        """
        with self._optimising:
            if self._closing.is_set():
                return
            with self._writing, self._errors():
                self.flush()
                copy = self._slots.duplicate()
                self._touched = set()
            try:
                if optimise_copy(copy, self._closing):
                    self._swap(copy)
            finally:
                self._touched = None
                self._slots.tidy()

    def close(self) -> None:
        """Stop optimising (the copy is dropped), write everything to disk, release the shard."""
        self._closing.set()
        with self._optimising, self._writing, self._errors():
            self._shard.flush()
            self._shard.close()

    def _search(self, query: engine.Query, k: int, filter: Filter | None) -> list[Candidate]:
        if k < 1:
            return []
        wanted, params = self._narrowed(filter) if filter else (None, _PLAIN)
        try:
            found = self._shard.query(engine.QueryRequest(k, query=query, filter=wanted, params=params))
        except Exception as error:  # the engine has no exception class of its own
            if self._closing.is_set():
                raise WrongUse("The knowledge base was closed in the middle of a search; open it again.") from error
            raise
        return [Candidate(point.id, point.score) for point in found]  # type: ignore[arg-type]

    def _narrowed(self, filter: Filter) -> _Narrowed:
        """The filter in the engine's words, and how to search within it; both legs of a question ask for the same."""
        last = self._last
        if last and last[0] == filter:
            return last[1]
        wanted = engine_filter(filter, engine)
        estimate = self._shard.count(engine.CountRequest(exact=False, filter=wanted))
        narrowed = wanted, _EXACT if estimate <= EXACT_BELOW else _ACORN
        self._last = filter, narrowed
        return narrowed

    def _update(self, operation: engine.UpdateOperation, ids: Sequence[int]) -> None:
        self._shard.update(operation)
        self._last = None
        if self._touched is not None:
            self._touched.update(ids)

    def _index_fields(self, points: Sequence[Point]) -> None:
        """Index the user's own fields when first seen, by the kind of their first value."""
        for point in points:
            for field in point.payload.keys() - self._fields:
                self._fields.add(field)
                if field and '"' not in field:
                    _index(self._shard, field, number=isinstance(point.payload[field], bool | int | float))

    def _swap(self, copy: Path) -> None:
        """Replace the shard by its optimised copy, in steps short enough for readers not to notice."""
        fresh = engine.EdgeShard.load(str(copy))
        indexed = fresh.info().payload_schema
        assert self._touched is not None
        for step in count(1):
            with self._writing, self._errors():
                self._carry(fresh)
                if not self._touched:
                    break
            if step % FLUSH_STEPS == 0:  # each time a little: all at once would hold readers up
                _flush(fresh, copy)
        with self._writing, self._errors():
            while self._touched:
                self._carry(fresh)
            for path, index in self._shard.info().payload_schema.items():
                if path not in indexed:
                    fresh.update(engine.UpdateOperation.create_field_index(path, index.params or index.data_type))
            _flush(fresh, copy)
            self._slots.switch(copy)
            old, folder = self._shard, self._folder
            self._shard, self._folder = fresh, copy
        _flush(old, folder)  # on release the engine would write the rest, but into files that are gone by then
        self._slots.retire(folder)
        del old  # not closed, as a reader may be inside: the last reference to go releases it

    def _carry(self, fresh: engine.EdgeShard) -> None:
        """Make some of the touched points of the new shard equal to the old one's: copied, or deleted where gone."""
        assert self._touched is not None
        ids = list(islice(self._touched, CARRY))
        records = self._shard.retrieve([*ids], with_payload=True, with_vector=True)
        points = [engine.Point(record.id, record.vector, record.payload) for record in records]  # type: ignore[arg-type]
        fresh.update(engine.UpdateOperation.delete_points([*ids]))
        fresh.update(engine.UpdateOperation.upsert_points(points))
        self._touched.difference_update(ids)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # the engine has no exception class of its own
            typed = _typed(error, self._slots.folder)
            if typed is None:
                raise
            raise typed from error


def shard_config(dimension: int) -> engine.EdgeConfig:
    """How a shard is laid out: one segment, searched in the caller's thread, mapped from disk, without a log."""
    return engine.EdgeConfig(
        vectors={"dense": engine.EdgeVectorParams(dimension, engine.Distance.Dot, memory=_COLD)},
        sparse_vectors={"bm25": engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf, memory=_COLD)},
        hnsw_config=engine.HnswIndexConfig(
            m=16, ef_construct=100, full_scan_threshold=10_000, payload_m=0, memory=_COLD
        ),
        optimizers=engine.EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=10_000),
        id_tracker_memory=_COLD,
        max_search_threads=1,  # handing a query of 1 ms to a pool costs an eighth of it
        wal_enabled=False,
    )


def _create(slots: Slots, dimension: int) -> Path:
    folder = slots.new()
    folder.mkdir(parents=True)
    shard = engine.EdgeShard.create(str(folder), shard_config(dimension))
    for field in (*KEYWORDS, *NUMBERS):
        _index(shard, field, number=field in NUMBERS)
    shard.flush()
    shard.close()
    slots.switch(folder)
    return folder


def _index(shard: engine.EdgeShard, field: str, *, number: bool) -> None:
    kind = engine.FloatIndexParams if number else engine.KeywordIndexParams
    shard.update(engine.UpdateOperation.create_field_index(field_path(field), kind(enable_hnsw=False, memory=_COLD)))


def _flush(shard: engine.EdgeShard, folder: Path) -> None:
    sync(folder)
    shard.flush()


def _dense(vector: Vector) -> engine.Query:
    return engine.Query.Nearest(vector.tolist(), using="dense")


def _sparse(vector: SparseVector) -> engine.Query:
    return engine.Query.Nearest(engine.SparseVector(list(vector.indices), list(vector.values)), using="bm25")


def _batches(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    for start in range(0, len(items), BATCH):
        yield list(items[start : start + BATCH])


def _typed(error: Exception, folder: Path) -> OutOfSpace | None:
    """The engine tells a full disk by the text of its error only."""
    if "No space left" in str(error) or "StorageFull" in str(error):
        return OutOfSpace(f"The disk of {folder} is full; free some space and repeat.")
    return None
