"""The leg of sections: those whose summaries are nearest to the question, where summaries are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from wenyuan.recall.leg import Sought
from wenyuan.trace import Trace
from wenyuan.types import Candidate, Filter, Vector, View


class Summarised(Protocol):
    """Sections that are searched by their summaries."""

    def count(self, view: View) -> int:
        """How many sections have a summary."""
        ...

    def search(self, view: View, vector: Vector, k: int, filter: Filter | None = None) -> Sequence[Candidate]:
        """The k nearest sections, best first, each as the chunk of it that is nearest."""
        ...


@dataclass(frozen=True, slots=True)
class BySummary:
    """Finds sections that are about the question, each as its chunk that is nearest to it."""

    share: float
    sections: Summarised
    name: str = "summary"
    by_meaning: bool = True

    def search(self, sought: Sought, view: View, k: int, trace: Trace) -> Sequence[Candidate] | None:
        """By the dot product of unit vectors; a note where there is no summary yet."""
        assert sought.vector is not None
        if not self.sections.count(view):
            trace.note("No section has a summary: run `wenyuan sync`, or add the documents again.")
        return self.sections.search(view, sought.vector, k, sought.query.conditions)
