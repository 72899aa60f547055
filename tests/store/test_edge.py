"""The embedded store: the conformance suite, and what only it does."""

from __future__ import annotations

import shutil

import pytest

from archives import DIMENSION, chunk_id, dense, sparse
from wenyuan.errors import Damaged, WenyuanError
from wenyuan.store.edge import EdgeStore
from wenyuan.types import Condition

from .conformance import A, B, StoreConformance, points


class TestEdgeStore(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path):
        store = EdgeStore(tmp_path / "index", DIMENSION)
        yield store
        store.close()


def test_a_reopened_store_holds_the_same_and_knows_its_fields(tmp_path):
    store = EdgeStore(tmp_path, DIMENSION)
    store.upsert(points(A, ["red apple"], **{"odd name.x": "q", "pages": 3}))
    store.close()
    again = EdgeStore(tmp_path, DIMENSION)
    again.upsert(points(B, ["green pear"], **{"odd name.x": "r", "pages": 4}))
    assert again.count(Condition("odd name.x", "in", ("q", "r"))) == 2
    assert again.count(Condition("pages", "gte", 3)) == 2
    assert again.search_sparse(sparse("apple"), 5)[0].chunk == chunk_id(A, "red apple")
    again.close()


def test_writes_during_optimise_are_carried_over(tmp_path, monkeypatch):
    from wenyuan.store import edge

    store = EdgeStore(tmp_path, DIMENSION)
    store.upsert(points(A, [f"old{n} x" for n in range(300)]))
    store.upsert(points(B, ["goes"]))

    def meanwhile(copy, cancelled, run=edge.optimise_copy):
        store.upsert(points("new.md", [f"new{n} x" for n in range(450)], lately="y"))
        store.delete(sorted(store.ids_of(B)))
        store.set_payload([chunk_id(A, "old7 x")], points("moved.md", ["x"])[0].payload)
        return run(copy, cancelled)

    monkeypatch.setattr(edge, "optimise_copy", meanwhile)
    before = {path.name for path in tmp_path.iterdir()}
    store.optimise()
    assert before == {"CURRENT", "shard-1"}
    assert {path.name for path in tmp_path.iterdir()} == {"CURRENT", "shard-2"}
    for state in ("swapped", "reopened"):
        assert len(store.ids_of("new.md")) == store.count(Condition("lately", "eq", "y")) == 450, state
        assert store.ids_of(B) == set()
        assert store.ids_of("moved.md") == {chunk_id(A, "old7 x")}
        assert store.count() == 750
        assert store.search_dense(dense("new449 x"), 1)[0].chunk == chunk_id("new.md", "new449 x")
        assert store.search_sparse(sparse("new449"), 1)[0].chunk == chunk_id("new.md", "new449 x")
        store.close()
        store = EdgeStore(tmp_path, DIMENSION)
    store.close()


def test_a_failing_optimiser_leaves_the_store_as_it_was(tmp_path, monkeypatch):
    store = EdgeStore(tmp_path, DIMENSION)
    store.upsert(points(A, ["red apple"]))
    duplicate = store._slots.duplicate

    def broken():
        copy = duplicate()
        shutil.rmtree(copy / "segments")
        (copy / "edge_config.json").write_text("{")
        return copy

    monkeypatch.setattr(store._slots, "duplicate", broken)
    with pytest.raises(WenyuanError, match=r"Optimising .* failed"):
        store.optimise()
    assert {path.name for path in tmp_path.iterdir()} == {"CURRENT", "shard-1"}
    assert store.search_sparse(sparse("apple"), 5)
    store.close()


def test_a_shard_that_cannot_be_loaded_is_damaged_and_the_mend_is_named(tmp_path):
    EdgeStore(tmp_path, DIMENSION).close()
    shutil.rmtree(tmp_path / "shard-1")
    with pytest.raises(Damaged, match="doctor --rebuild"):
        EdgeStore(tmp_path, DIMENSION)
