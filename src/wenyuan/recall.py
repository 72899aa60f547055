"""Query → one ranked list per leg: BM25 over terms, dense over meaning, filters inside the engine's query."""

from __future__ import annotations

from typing import Protocol

from wenyuan.text.bm25 import query_vector
from wenyuan.trace import Trace
from wenyuan.types import Encoder, Filter, Query, Recalled, SparseVector, Vector

LEGS = ("bm25", "dense")


class Index(Protocol):
    """What recall asks of storage: committed chunks only, best first, at most k a leg."""

    def search(
        self, dense: Vector | None, sparse: SparseVector | None, k: int, filter: Filter | None = None
    ) -> Recalled:
        """{"dense": …, "bm25": …}; a leg whose vector is None is left out."""
        ...


def recall(
    query: Query, encoder: Encoder, index: Index, k: int, trace: Trace, legs: tuple[str, ...] = LEGS
) -> Recalled:
    """The best k chunks of each leg; a leg that cannot take part (no term in the question) is noted and left out.

    What was said before is searched together with a question that leans on it.
    """
    text = f"{query.normalised}\n{query.context}" if query.context else query.normalised
    with trace.stage("encode"):
        dense = encoder.encode_queries([text])[0] if "dense" in legs else None
        sparse = query_vector(text) if "bm25" in legs else None
    if sparse is not None and not sparse.indices:
        trace.note("The question holds no word to look up (only symbols), so BM25 took no part.")
        sparse = None
    if dense is not None and encoder.count_tokens([text])[0] > encoder.max_tokens:
        trace.note(f"The question is longer than the model's {encoder.max_tokens} tokens; only its beginning was read.")
    with trace.stage("recall"):
        found = index.search(dense, sparse, k, query.conditions)
    trace.searched, trace.candidates, trace.recalled = query, k, found
    return found
