"""The Qdrant client's store, against its in-process double."""

from __future__ import annotations

import pytest

from archives import DIMENSION
from wenyuan.store.qdrant import QdrantStore

from .conformance import StoreConformance


class TestQdrantStore(StoreConformance):
    @pytest.fixture
    def store(self):
        from qdrant_client import QdrantClient

        store = QdrantStore(QdrantClient(":memory:"), "kb", DIMENSION, local=True)
        yield store
        store.close()


def test_a_collection_that_exists_is_used():
    from qdrant_client import QdrantClient

    from .conformance import A, points

    client = QdrantClient(":memory:")
    QdrantStore(client, "kb", DIMENSION, local=True).upsert(points(A, ["red apple"]))
    again = QdrantStore(client, "kb", DIMENSION, local=True)
    assert again.count() == 1
    again.close()
