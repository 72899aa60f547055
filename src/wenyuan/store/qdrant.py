"""The same search index on a Qdrant server or cluster, through `qdrant-client` (extra `cluster`).

Points, vectors and filters are those of `edge`; writes wait until they are visible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from wenyuan.errors import MissingExtra
from wenyuan.filters import KEYWORDS, NUMBERS
from wenyuan.store.filters import engine_filter, engine_payload
from wenyuan.types import Candidate, Condition, Filter, Point, SparseVector, Value, Vector

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

BATCH = 200
EXACT_BELOW = 50_000  # points that pass a filter, as in `edge`
EF = 150

_Item = TypeVar("_Item")


class QdrantStore:
    """`types.Store` on one collection, made when it is not there."""

    def __init__(self, client: QdrantClient, collection: str, dimension: int, *, local: bool = False) -> None:
        """`local` says that the client is its own `:memory:` double, which has no indexes and no search parameters."""
        self._client, self._collection, self._local = client, collection, local
        self._models = models = _models()
        if client.collection_exists(collection):
            return
        client.create_collection(
            collection,
            vectors_config={"dense": models.VectorParams(size=dimension, distance=models.Distance.DOT)},
            sparse_vectors_config={"bm25": models.SparseVectorParams(modifier=models.Modifier.IDF)},
            hnsw_config=models.HnswConfigDiff(m=16, ef_construct=100, payload_m=0),
        )
        for field in (*KEYWORDS, *NUMBERS) if not local else ():
            kind = models.PayloadSchemaType.FLOAT if field in NUMBERS else models.PayloadSchemaType.KEYWORD
            client.create_payload_index(collection, field, field_schema=kind, wait=True)

    def upsert(self, points: Sequence[Point]) -> None:
        """Insert points, or replace those of the same id."""
        models = self._models
        for batch in _batches(points):
            rows = [
                models.PointStruct(
                    id=point.id,
                    vector={
                        "dense": point.dense.tolist(),
                        "bm25": models.SparseVector(
                            indices=list(point.sparse.indices), values=list(point.sparse.values)
                        ),
                    },
                    payload=engine_payload(point.payload),
                )
                for point in batch
            ]
            self._client.upsert(self._collection, rows, wait=True)

    def delete(self, ids: Sequence[int]) -> None:
        """Delete points; ids that are not there are ignored."""
        for batch in _batches(ids):
            self._client.delete(self._collection, [*batch], wait=True)

    def set_payload(self, ids: Sequence[int], payload: Mapping[str, Value]) -> None:
        """Replace the whole payload of these points."""
        for batch in _batches(ids):
            self._client.overwrite_payload(self._collection, engine_payload(payload), [*batch], wait=True)

    def search_dense(self, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k nearest of a (d,) vector by dot product, best first."""
        return self._search("dense", vector.tolist(), k, filter)

    def search_sparse(self, vector: SparseVector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k best by BM25 that share a term, best first."""
        query = self._models.SparseVector(indices=list(vector.indices), values=list(vector.values))
        return self._search("bm25", query, k, filter)

    def ids_of(self, document: str) -> set[int]:
        """The ids of a document's points."""
        wanted = self._filter(Condition("document", "eq", document))
        found = set[int]()
        offset: Any = None
        while True:
            page, offset = self._client.scroll(
                self._collection, wanted, limit=10_000, offset=offset, with_payload=False
            )
            found.update(int(record.id) for record in page)
            if offset is None:
                return found

    def count(self, filter: Filter | None = None) -> int:
        """How many points pass the filter."""
        return self._client.count(self._collection, self._filter(filter), exact=True).count

    def flush(self) -> None:
        """Nothing to do: the server has its own log."""

    def optimise(self) -> None:
        """Nothing to do: the server optimises by itself."""

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _search(self, name: str, query: Any, k: int, filter: Filter | None) -> list[Candidate]:  # noqa: ANN401
        if k < 1:
            return []
        wanted = self._filter(filter)
        params = None if self._local else self._params(wanted)
        found = self._client.query_points(
            self._collection, query, using=name, query_filter=wanted, search_params=params, limit=k, with_payload=False
        )
        return [Candidate(int(point.id), point.score) for point in found.points]

    def _params(self, wanted: Any) -> Any:  # noqa: ANN401
        """Exact or ACORN under a filter, for the reasons given in `edge`."""
        models = self._models
        if wanted is None:
            return models.SearchParams(hnsw_ef=EF)
        if self._client.count(self._collection, wanted, exact=False).count <= EXACT_BELOW:
            return models.SearchParams(exact=True)
        return models.SearchParams(hnsw_ef=EF, acorn=models.AcornSearchParams(enable=True, max_selectivity=0.4))

    def _filter(self, filter: Filter | None) -> Any:  # noqa: ANN401
        return engine_filter(filter, self._models) if filter else None


def _models() -> Any:  # noqa: ANN401
    try:
        from qdrant_client import models
    except ImportError as error:
        raise MissingExtra(
            "A Qdrant server needs qdrant-client; install it with `pip install 'wenyuan[cluster]'`."
        ) from error
    return models


def _batches(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
