"""What rules do to hits, whatever they are: pure functions over made-up hits."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from wenyuan.filters import read_test
from wenyuan.rules import Rule, Scale, narrowed, reordered
from wenyuan.trace import Trace
from wenyuan.types import And, Chunk, Hit, Not
from wenyuan.understand import understand

A, B = read_test("document=a"), read_test("document=b")


def hits(documents: Sequence[str], scores: Sequence[float]) -> list[Hit]:
    chunks = [Chunk(n, document, document, n, "", 0, 0) for n, document in enumerate(documents)]
    ranked = zip(chunks, sorted(scores, reverse=True), strict=True)
    return [Hit(n, chunk, score, {}) for n, (chunk, score) in enumerate(ranked, 1)]


def effect(found: Sequence[Hit], *rules: Rule) -> list[Hit]:
    return reordered(found, rules, lambda document: {"document": document}, lambda document: None, Trace())


def names(found: Sequence[Hit]) -> str:
    return "".join(hit.chunk.document for hit in found)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 1)), max_size=12),
    st.permutations("abcd"),
    st.integers(0, 4),
    st.floats(1.01, 10),
    st.floats(0, 0.99),
)
def test_nothing_is_lost_and_all_is_in_order(found, order, pins, up, down) -> None:
    before = hits([document for document, _ in found], [score for _, score in found])
    rules = [Rule("pins", pin=tuple(order[:pins])), Rule("scales", boost=Scale(A, up), bury=Scale(B, down))]
    after = effect(before, *rules)
    assert sorted(hit.chunk.id for hit in after) == sorted(hit.chunk.id for hit in before)
    assert [hit.rank for hit in after] == list(range(1, len(after) + 1))
    assert [hit.score for hit in after] == sorted((hit.score for hit in after), reverse=True)
    pinned = [document for document in order[:pins] if document in names(before)]
    assert list(names(after)[: len(pinned)]) == pinned


def test_equal_scores_keep_their_order_and_the_buried_theirs() -> None:
    before = hits("cabdab", [0.5] * 6)
    assert names(effect(before, Rule("x", boost=Scale(A, 2)))) == "aacbdb"
    assert names(effect(before, Rule("x", bury=Scale(A, 0)))) == "cbdbaa"
    assert names(effect(hits("ab", [0, 0]), Rule("x", bury=Scale(A, 0)))) == "ba"


def test_only_the_best_passage_of_a_pinned_document_moves() -> None:
    assert names(effect(hits("bacaa", [5, 4, 3, 2, 1]), Rule("x", pin=("a",)))) == "abcaa"
    moved = effect(hits("ba", [5, 4]), Rule("x", pin=("a", "a")))
    assert [hit.score for hit in moved] == [5, 5]


def test_filters_are_put_together() -> None:
    query, trace = understand("q", read_test("type=md")), Trace()
    within = narrowed(query, [Rule("x", filter=A, exclude=B), Rule("y", pin=("c",))], trace)
    assert within.filter == And((read_test("type=md"), A, Not(B)))
    assert [(fired.rule, fired.action) for fired in trace.fired] == [("x", "filter"), ("x", "exclude")]
    assert narrowed(query, [], Trace()) == query
