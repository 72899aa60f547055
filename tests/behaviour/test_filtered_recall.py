"""Filtered search over graphs: what passes the filter is found, however few or many do."""

from __future__ import annotations

import numpy as np
import pytest

from wenyuan.store import edge
from wenyuan.store.edge import EdgeStore
from wenyuan.types import Condition, Point, SparseVector

DIMENSION, N, K = 64, 30_000, 100


@pytest.fixture(scope="module")
def clustered(tmp_path_factory):
    """An optimised store of clustered vectors, the vectors, and queries near them."""
    random = np.random.default_rng(3)
    centres = random.standard_normal((600, DIMENSION))
    vectors = centres[random.integers(0, 600, N)] + 0.5 * random.standard_normal((N, DIMENSION))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    queries = vectors[random.choice(N, 60, replace=False)] + 0.05 * random.standard_normal((60, DIMENSION))
    store = EdgeStore(tmp_path_factory.mktemp("store"), DIMENSION)
    payload = {"document": "a.md", "source": ("a.md",), "type": "md"}
    rows = [
        Point(n + 1, vectors[n], SparseVector((1,), (1.0,)), payload | {"time": float(n // 20 % 100)}) for n in range(N)
    ]
    store.upsert(rows)
    store.optimise()
    yield store, vectors, queries.astype(np.float32)
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize("graph", [False, True], ids=["scan", "acorn"])
@pytest.mark.parametrize("percent", [1, 5, 10, 30])
def test_filtered_recall(clustered, percent, graph, monkeypatch):
    store, vectors, queries = clustered
    if graph:
        monkeypatch.setattr(edge, "EXACT_BELOW", -1)
    passing = np.flatnonzero(np.arange(N) // 20 % 100 < percent)
    recalls = []
    for query in queries:
        hits = store.search_dense(query, K, Condition("time", "lt", percent))
        best = passing[np.argsort(-(vectors[passing] @ query))[:K]] + 1
        recalls.append(len({hit.chunk for hit in hits} & set(best.tolist())) / K)
    assert np.mean(recalls) >= 0.98
