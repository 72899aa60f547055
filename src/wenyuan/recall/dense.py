"""The leg of meaning: the vectors of chunks that are nearest to the question's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wenyuan.recall.leg import Sought
from wenyuan.trace import Trace
from wenyuan.types import Candidate, View


@dataclass(frozen=True, slots=True)
class ByMeaning:
    """Finds chunks that mean something near to the question, in other words or another language."""

    share: float = 1.0
    name: str = "dense"
    by_meaning: bool = True

    def search(self, sought: Sought, view: View, k: int, trace: Trace) -> Sequence[Candidate] | None:
        """By the dot product of unit vectors."""
        del trace
        assert sought.vector is not None
        return view.search_dense(sought.vector, k, sought.query.conditions)
