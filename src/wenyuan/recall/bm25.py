"""The leg of words: BM25 over terms, with the engine's IDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wenyuan.recall.leg import Sought
from wenyuan.text.bm25 import query_vector
from wenyuan.trace import Trace
from wenyuan.types import Candidate, Glossary, View


@dataclass(frozen=True, slots=True)
class ByWords:
    """Finds chunks that share words with the question, rare ones above all, in either language by its glossary."""

    share: float
    glossary: Glossary | None = None
    name: str = "bm25"
    by_meaning: bool = False

    def search(self, sought: Sought, view: View, k: int, trace: Trace) -> Sequence[Candidate] | None:
        """None, with a note, for a question without a word."""
        query = sought.query
        if self.glossary:
            trace.translations = self.glossary.translations(f"{query.normalised}\n{query.context}")
        terms = query_vector(query.normalised, query.context, trace.translations)
        if not terms.indices:
            trace.note("The question holds no word to look up (only symbols), so BM25 took no part.")
            return None
        return view.search_sparse(terms, k, query.conditions)
