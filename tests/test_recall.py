"""Each leg asks the index for its candidates."""

from __future__ import annotations

import pytest

from fakes import word_encoder
from wenyuan.recall import LEGS, Index, recall
from wenyuan.text.bm25 import query_vector
from wenyuan.trace import Trace
from wenyuan.types import Candidate, Condition, Filter, Recalled, SparseVector, Vector
from wenyuan.understand import understand


class FakeIndex:
    """Remembers what it was asked and gives one candidate a leg."""

    def __init__(self) -> None:
        self.asked: list[tuple[Vector | None, SparseVector | None, int, Filter | None]] = []

    def search(
        self, dense: Vector | None, sparse: SparseVector | None, k: int, filter: Filter | None = None
    ) -> Recalled:
        self.asked.append((dense, sparse, k, filter))
        given = {"dense": dense, "bm25": sparse}
        return {leg: [Candidate(7, 1.0)] for leg, vector in given.items() if vector is not None}


def run(
    question: str, *, legs: tuple[str, ...] = LEGS, filter: Filter | None = None
) -> tuple[Recalled, FakeIndex, Trace]:
    index, trace = FakeIndex(), Trace()
    typed: Index = index
    return recall(understand(question, filter), word_encoder(), typed, 5, trace, legs), index, trace


def test_both_legs_are_asked_at_once_with_the_filter() -> None:
    condition = Condition("type", "eq", "pdf")
    recalled, index, trace = run("如何重置 PPR-9087", filter=condition)
    assert set(recalled) == {"bm25", "dense"}
    [(dense, sparse, k, passed)] = index.asked
    assert dense is not None
    assert dense.shape == (word_encoder().dimension,)
    assert sparse == query_vector("如何重置 PPR-9087")
    assert (k, passed) == (5, condition)
    assert {"encode", "recall"} <= set(trace.timings_ms)


@pytest.mark.parametrize("leg", ["bm25", "dense"])
def test_a_leg_alone(leg: str) -> None:
    recalled, index, trace = run("reset the pump", legs=(leg,))
    assert set(recalled) == {leg}
    assert (index.asked[0][0] is None) == (leg == "bm25")
    assert (index.asked[0][1] is None) == (leg == "dense")
    assert trace.notes == []


def test_a_question_of_symbols_is_noted_and_asked_by_meaning_alone() -> None:
    recalled, _, trace = run("😀？！")
    assert set(recalled) == {"dense"}
    assert len(trace.notes) == 1
    assert "BM25" in trace.notes[0]


def test_no_leg_left_is_no_candidate() -> None:
    recalled, _, trace = run("😀", legs=("bm25",))
    assert dict(recalled) == {}
    assert trace.notes


def test_a_question_longer_than_the_model_reads_is_noted() -> None:
    _, _, trace = run("reset pump " * 1000)
    assert len(trace.notes) == 1
    assert "512" in trace.notes[0]


class FakeSections:
    """Remembers what it was asked and gives one candidate."""

    def __init__(self) -> None:
        self.asked: list[tuple[Vector, int, Filter | None]] = []

    def search(self, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
        self.asked.append((vector, k, filter))
        return [Candidate(9, 0.5)]


@pytest.mark.parametrize("legs", [LEGS, ("summary",), ("bm25", "dense")])
def test_summaries_are_asked_where_there_are_some(legs: tuple[str, ...]) -> None:
    index, sections, trace = FakeIndex(), FakeSections(), Trace()
    condition = Condition("type", "eq", "pdf")
    recalled = recall(understand("reset the pump", condition), word_encoder(), index, 5, trace, legs, sections)
    assert set(recalled) == set(legs)
    assert trace.recalled == recalled
    assert [each[1:] for each in sections.asked] == [(5, condition)] * ("summary" in legs)
    [(dense, _, _, _)] = index.asked
    assert (dense is None) is ("dense" not in legs)


def test_without_sections_there_is_no_such_leg() -> None:
    recalled, _, trace = run("reset the pump", legs=("summary",))
    assert recalled == {}
    assert "summaries" not in trace.timings_ms
