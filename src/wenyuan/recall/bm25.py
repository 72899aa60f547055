"""The leg of words: BM25 over terms, with the engine's IDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wenyuan.recall.leg import Sought
from wenyuan.text.bm25 import query_vector
from wenyuan.trace import Trace
from wenyuan.types import Candidate, View


@dataclass(frozen=True, slots=True)
class ByWords:
    """Finds chunks that share words with the question, rare ones above all."""

    share: float
    name: str = "bm25"
    by_meaning: bool = False

    def search(self, sought: Sought, view: View, k: int, trace: Trace) -> Sequence[Candidate] | None:
        """None, with a note, for a question without a word."""
        terms = query_vector(sought.query.normalised, sought.query.context)
        if not terms.indices:
            trace.note("The question holds no word to look up (only symbols), so BM25 took no part.")
            return None
        return view.search_sparse(terms, k, sought.query.conditions)
