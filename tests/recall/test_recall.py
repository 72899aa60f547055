"""Each leg asks the view for its candidates."""

from __future__ import annotations

import pytest

from fakes import word_encoder
from wenyuan.recall import LEGS, ByMeaning, BySummary, ByWords, recall, shares
from wenyuan.text.bm25 import query_vector
from wenyuan.trace import Trace
from wenyuan.types import Candidate, Condition, Filter, Recalled, SparseVector, Vector
from wenyuan.understand import understand


class FakeView:
    """Remembers what it was asked and gives one candidate a leg."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[object, int, Filter | None]] = {}

    def search_dense(self, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
        self.asked["dense"] = (vector, k, filter)
        return [Candidate(7, 1.0)]

    def search_sparse(self, vector: SparseVector, k: int, filter: Filter | None = None) -> list[Candidate]:
        self.asked["bm25"] = (vector, k, filter)
        return [Candidate(7, 1.0)]


class FakeSections:
    """Remembers what it was asked and gives one candidate."""

    def __init__(self, sections: int = 3) -> None:
        self.sections = sections
        self.asked: list[tuple[int, Filter | None]] = []

    def count(self, view: object) -> int:
        return self.sections

    def search(self, view: object, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
        self.asked.append((k, filter))
        return [Candidate(9, 0.5)]


def run(
    question: str,
    *,
    legs: tuple[str, ...] = ("bm25", "dense"),
    filter: Filter | None = None,
    sections: FakeSections | None = None,
) -> tuple[Recalled, FakeView, Trace]:
    view, trace = FakeView(), Trace()
    every = (ByMeaning(), ByWords(0.5), BySummary(0.2, sections or FakeSections()))
    wanted = [leg for leg in every if leg.name in legs]
    return recall(understand(question, filter), word_encoder(), view, 5, wanted, trace), view, trace


def test_both_legs_are_asked_with_the_filter() -> None:
    condition = Condition("type", "eq", "pdf")
    recalled, view, trace = run("如何重置 PPR-9087", filter=condition)
    assert set(recalled) == {"bm25", "dense"}
    assert view.asked["dense"][0].shape == (word_encoder().dimension,)
    assert view.asked["bm25"][0] == query_vector("如何重置 PPR-9087")
    assert {asked[1:] for asked in view.asked.values()} == {(5, condition)}
    assert {"encode", "recall"} <= set(trace.timings_ms)


@pytest.mark.parametrize("leg", ["bm25", "dense"])
def test_a_leg_alone(leg: str) -> None:
    recalled, view, trace = run("reset the pump", legs=(leg,))
    assert set(recalled) == {leg}
    assert set(view.asked) == {leg}
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


@pytest.mark.parametrize("legs", [LEGS, ("summary",), ("bm25", "dense")])
def test_summaries_are_asked_where_they_are_wanted(legs: tuple[str, ...]) -> None:
    sections, condition = FakeSections(), Condition("type", "eq", "pdf")
    recalled, _, trace = run("reset the pump", legs=legs, filter=condition, sections=sections)
    assert set(recalled) == set(legs)
    assert trace.recalled == recalled
    assert sections.asked == [(5, condition)] * ("summary" in legs)
    assert trace.notes == []


def test_that_no_section_has_a_summary_is_noted() -> None:
    _, _, trace = run("reset the pump", legs=("summary",), sections=FakeSections(0))
    assert "No section has a summary" in trace.notes[0]


def test_a_leg_takes_its_share_from_those_before_it() -> None:
    legs = (ByMeaning(), ByWords(0.4), BySummary(0.5, FakeSections()))
    assert shares(legs[:2]) == pytest.approx({"bm25": 0.4, "dense": 0.6})
    assert shares(legs) == pytest.approx({"bm25": 0.2, "dense": 0.3, "summary": 0.5})
    assert shares([]) == {}
