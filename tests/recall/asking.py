"""Views and sections that remember what they were asked, and recall over them."""

from __future__ import annotations

from fakes import word_encoder
from wenyuan.recall import ByMeaning, BySummary, ByWords, recall
from wenyuan.trace import Trace
from wenyuan.types import Candidate, Filter, Recalled, SparseVector, Vector
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
