"""What every `types.Store` must do; subclassed by the tests of each."""

from __future__ import annotations

import math

import numpy as np
import pytest

from archives import both, change, chunk_id, dense, sparse
from wenyuan.errors import WrongUse
from wenyuan.filters import matches
from wenyuan.types import And, Condition, Filter, Not, Or, Point, SparseVector, Store


def points(name: str, texts: list[str], **options) -> list[Point]:
    """The points of these texts, each a section of its own."""
    made = change(name, texts, **options)
    rows = zip(made.chunks, made.vectors, made.sparse, strict=True)
    return [Point(chunk.id, vector, terms, made.payload) for chunk, vector, terms in rows]


A = "docs/zh/a.md"
B = "docs/b.pdf"
C = "faq.csv"


class StoreConformance:
    """Subclasses provide the fixture `store`: an empty one of dimension `archives.DIMENSION`."""

    @pytest.fixture
    def filled(self, store: Store) -> Store:
        store.upsert(self.all_points())
        return store

    def all_points(self) -> list[Point]:
        return [
            *points(A, ["red apple", "red pear"], time=100.0, lang="zh", tags=("x", "y"), pages=3, draft=True),
            *points(B, ["green apple tea"], time=200.5, type_="pdf", lang="en", tags=("y",), pages=12.5),
            *points(C, ["blue plum"], time=300.0, type_="csv", **{"odd name.x": "q"}, pages=3.0, draft=False),
        ]

    def documents(self, store: Store, filter: Filter) -> str:
        """Which of a, b, c pass the filter, the same for both legs and for counting."""
        ids = {name: store.ids_of(name) for name in (A, B, C)}
        query = "red apple green tea blue plum pear"
        hits_dense = {hit.chunk for hit in store.search_dense(dense(query), 10, filter)}
        hits_sparse = {hit.chunk for hit in store.search_sparse(sparse(query), 10, filter)}
        assert hits_dense == hits_sparse
        assert store.count(filter) == len(hits_dense)
        legs = both(store, dense(query), sparse(query), 10, filter)
        assert [{hit.chunk for hit in leg} for leg in legs] == [hits_dense, hits_sparse]
        return "".join(name for name, key in zip("abc", (A, B, C), strict=True) if ids[key] & hits_dense)

    def test_both_legs_find_a_point_as_soon_as_it_is_in(self, store):
        store.upsert(points(A, ["red apple"]))
        wanted = chunk_id(A, "red apple")
        assert [hit.chunk for hit in store.search_dense(dense("red apple"), 5)] == [wanted]
        assert [hit.chunk for hit in store.search_sparse(sparse("apple"), 5)] == [wanted]

    def test_dense_scores_are_dot_products_best_first(self, filled):
        hits = filled.search_dense(dense("red apple"), 10)
        texts = {chunk_id(A, "red apple"): "red apple", chunk_id(A, "red pear"): "red pear"}
        texts |= {chunk_id(B, "green apple tea"): "green apple tea", chunk_id(C, "blue plum"): "blue plum"}
        assert len(hits) == 4
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        for hit in hits:
            assert hit.score == pytest.approx(float(dense("red apple") @ dense(texts[hit.chunk])), abs=2e-3)

    def test_bm25_ranks_rare_terms_above_common_ones(self, store):
        store.upsert(points(A, [f"common filler{n}" for n in range(20)] + ["rare word"]))
        hits = store.search_sparse(sparse("common rare"), 30)
        assert hits[0].chunk == chunk_id(A, "rare word")
        assert len(hits) == 21
        idf = [math.log(1 + (21 - df + 0.5) / (df + 0.5)) for df in (1, 20)]
        assert hits[0].score == pytest.approx(idf[0], rel=1e-3)
        assert hits[-1].score == pytest.approx(idf[1], rel=1e-3)

    def test_one_leg_at_a_time_equals_both_at_once(self, filled):
        first, second = both(filled, dense("pear"), sparse("red apple"), 3)
        assert first == filled.search_dense(dense("pear"), 3)
        assert second == filled.search_sparse(sparse("red apple"), 3)

    def test_upsert_replaces_the_point_of_the_same_id(self, store):
        (old,) = points(A, ["old words"])
        (new,) = points(B, ["new words"])
        store.upsert([old])
        store.upsert([Point(old.id, new.dense, new.sparse, new.payload)])
        assert store.count() == 1
        assert store.search_sparse(sparse("old"), 5) == []
        assert [hit.chunk for hit in store.search_sparse(sparse("new"), 5)] == [old.id]
        assert store.search_dense(dense("new words"), 1)[0].score == pytest.approx(1, abs=2e-3)
        assert (store.ids_of(A), store.ids_of(B)) == (set(), {old.id})

    def test_delete_takes_points_from_both_legs(self, filled):
        gone = chunk_id(A, "red apple")
        filled.delete([gone, 12345])
        assert gone not in {hit.chunk for hit in filled.search_dense(dense("red apple"), 10)}
        assert gone not in {hit.chunk for hit in filled.search_sparse(sparse("red apple"), 10)}
        assert filled.ids_of(A) == {chunk_id(A, "red pear")}
        assert filled.count() == 3

    def test_nothing_is_done_for_no_ids(self, filled):
        filled.upsert([])
        filled.delete([])
        filled.set_payload([], {})
        assert filled.count() == 4

    def test_set_payload_replaces_all_of_it(self, filled):
        (new,) = points("moved.md", ["x"], time=7.0, kind="new")
        filled.set_payload(sorted(filled.ids_of(A)), new.payload)
        assert len(filled.ids_of("moved.md")) == 2
        assert filled.ids_of(A) == set()
        assert filled.count(Condition("kind", "eq", "new")) == 2
        assert filled.count(Condition("lang", "eq", "zh")) == 0
        assert filled.search_dense(dense("red apple"), 1)[0].score == pytest.approx(1, abs=2e-3)

    @pytest.mark.parametrize("k", [0, 1, 3, 100])
    def test_at_most_k(self, filled, k):
        assert len(filled.search_dense(dense("x"), k)) == min(k, 4)
        assert len(filled.search_sparse(sparse("red apple plum"), k)) == min(k, 4)

    def test_a_query_without_terms_finds_nothing_by_bm25(self, filled):
        assert filled.search_sparse(SparseVector((), ()), 5) == []
        first, second = both(filled, dense("x"), SparseVector((), ()), 5)
        assert len(first) == 4
        assert second == []

    def test_an_empty_store_finds_nothing(self, store):
        assert both(store, dense("x"), sparse("x"), 5) == ([], [])
        assert store.count() == 0

    def test_more_points_than_one_batch(self, store):
        store.upsert(points(A, [f"word{n} all" for n in range(450)]))
        assert store.count() == len(store.ids_of(A)) == 450
        assert store.search_sparse(sparse("word449"), 1)[0].chunk == chunk_id(A, "word449 all")
        store.delete(sorted(store.ids_of(A))[:440])
        assert len(store.search_sparse(sparse("all"), 500)) == 10

    def test_the_widest_id(self, store):
        (point,) = points(A, ["wide"])
        store.upsert([Point((1 << 63) - 1, point.dense, point.sparse, point.payload)])
        assert store.ids_of(A) == {(1 << 63) - 1}
        assert store.search_dense(dense("wide"), 1)[0].chunk == (1 << 63) - 1

    def test_flush_and_optimise_change_nothing_that_is_found(self, filled):
        before = both(filled, dense("apple"), sparse("red apple"), 5)
        filled.flush()
        filled.optimise()
        after = both(filled, dense("apple"), sparse("red apple"), 5)
        assert [[hit.chunk for hit in leg] for leg in after] == [[hit.chunk for hit in leg] for leg in before]

    @pytest.mark.parametrize(
        ("filter", "passing"),
        [
            (Condition("document", "eq", A), "a"),
            (Condition("source", "eq", "docs"), "ab"),
            (Condition("source", "eq", "docs/zh/"), "a"),
            (Condition("source", "eq", "doc"), ""),
            (Condition("source", "in", ("docs/zh", "faq.csv")), "ac"),
            (Condition("type", "in", ("pdf", "csv")), "bc"),
            (Condition("type", "in", ()), ""),
            (Condition("time", "gte", 200.5), "bc"),
            (Condition("time", "gt", 200.5), "c"),
            (Condition("time", "lt", 200.5), "a"),
            (Condition("time", "lte", 200.5), "ab"),
            (Condition("time", "eq", 300), "c"),
            (Condition("tags", "eq", "y"), "ab"),
            (Condition("tags", "in", ("x", "z")), "a"),
            (Condition("pages", "eq", 3), "ac"),
            (Condition("pages", "gt", 3), "b"),
            (Condition("draft", "eq", True), "a"),
            (Condition("draft", "eq", False), "c"),
            (Condition("odd name.x", "eq", "q"), "c"),
            (Condition("nowhere", "eq", "q"), ""),
            (And((Condition("source", "eq", "docs"), Condition("time", "gt", 150))), "b"),
            (Or((Condition("lang", "eq", "zh"), Condition("type", "eq", "csv"))), "ac"),
            (Not(Condition("lang", "eq", "zh")), "bc"),
            (Not(Or((Condition("lang", "eq", "zh"), Condition("lang", "eq", "en")))), "c"),
            (
                And(
                    (
                        Or((Condition("tags", "eq", "y"), Condition("type", "eq", "csv"))),
                        Not(Condition("time", "lt", 150)),
                    )
                ),
                "bc",
            ),
        ],
        ids=str,
    )
    def test_filters(self, filled, filter, passing):
        assert self.documents(filled, filter) == passing
        payloads = {point.payload["document"]: point.payload for point in self.all_points()}
        unasked = [name for name, key in zip("abc", (A, B, C), strict=True) if matches(filter, payloads[key])]
        assert "".join(unasked) == passing

    @pytest.mark.parametrize(
        "filter",
        [
            Condition("time", "eq", "yesterday"),
            Condition("time", "in", ("1", "2")),
            Condition("time", "gt", True),
            Condition("type", "eq", 3),
            Condition("source", "gt", "docs"),
            Condition("lang", "gt", "en"),
            Condition("lang", "in", "en"),
            Condition("lang", "eq", ("en", "zh")),
            Condition('a"b', "eq", "x"),
            Condition("", "eq", "x"),
            Condition("lang", "like", "x"),  # type: ignore[arg-type]
            And(()),
            Or(()),
            "lang = en",
        ],
        ids=str,
    )
    def test_a_filter_without_sense_is_wrong_use_in_one_sentence(self, filled, filter):
        with pytest.raises(WrongUse, match=r"^[^\n]+\.$"):
            both(filled, dense("x"), sparse("x"), 5, filter)
        with pytest.raises(WrongUse):
            filled.count(filter)

    def test_filtered_hits_are_the_nearest_that_pass(self, store):
        store.upsert(points(A, [f"a{n} x" for n in range(300)]))
        store.upsert(points(B, [f"b{n} x" for n in range(300)]))
        hits = store.search_dense(dense("query"), 20, Condition("document", "eq", B))
        rows = {chunk_id(B, f"b{n} x"): float(dense(f"b{n} x") @ dense("query")) for n in range(300)}
        best = sorted(rows, key=lambda id_: -rows[id_])[:20]
        assert np.mean([hit.chunk in best for hit in hits]) >= 0.95
        assert len(hits) == 20
