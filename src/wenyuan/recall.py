"""Query → one ranked list per leg: BM25 over terms, dense over meaning, filters inside the engine's query; where they
are kept, summaries of sections as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wenyuan.text.bm25 import query_vector
from wenyuan.trace import Trace
from wenyuan.types import Candidate, Encoder, Filter, Query, Recalled, SparseVector, Vector

SUMMARY = "summary"
MAIN = ("bm25", "dense")  # over the chunks themselves
LEGS = (*MAIN, SUMMARY)
"""The last takes part where sections have summaries."""


class Index(Protocol):
    """What recall asks of storage: committed chunks only, best first, at most k a leg."""

    def search(
        self, dense: Vector | None, sparse: SparseVector | None, k: int, filter: Filter | None = None
    ) -> Recalled:
        """{"dense": …, "bm25": …}; a leg whose vector is None is left out."""
        ...


class Summarised(Protocol):
    """Sections that are searched by their summaries."""

    def search(self, vector: Vector, k: int, filter: Filter | None = None) -> Sequence[Candidate]:
        """The k nearest sections, best first, each as the chunk of it that is nearest."""
        ...


def recall(
    query: Query,
    encoder: Encoder,
    index: Index,
    k: int,
    trace: Trace,
    legs: tuple[str, ...] = LEGS,
    sections: Summarised | None = None,
) -> Recalled:
    """The best k chunks of each leg; a leg that cannot take part (no term in the question) is noted and left out.

    What was said before is searched together with a question that leans on it. Without `sections` there is no leg
    "summary".
    """
    summarised = sections if SUMMARY in legs else None
    text = f"{query.normalised}\n{query.context}" if query.context else query.normalised
    with trace.stage("encode"):
        vector = encoder.encode_queries([text])[0] if "dense" in legs or summarised else None
        sparse = query_vector(text) if "bm25" in legs else None
    if sparse is not None and not sparse.indices:
        trace.note("The question holds no word to look up (only symbols), so BM25 took no part.")
        sparse = None
    if vector is not None and encoder.count_tokens([text])[0] > encoder.max_tokens:
        trace.note(f"The question is longer than the model's {encoder.max_tokens} tokens; only its beginning was read.")
    with trace.stage("recall"):
        found = index.search(vector if "dense" in legs else None, sparse, k, query.conditions)
    if summarised and vector is not None:
        with trace.stage("summaries"):
            found = {**found, SUMMARY: summarised.search(vector, k, query.conditions)}
    trace.searched, trace.candidates, trace.recalled = query, k, found
    return found
