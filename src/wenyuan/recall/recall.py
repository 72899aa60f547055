"""Query → one ranked list a leg, filters inside the engine's query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wenyuan.recall.leg import Leg, Sought
from wenyuan.trace import Trace
from wenyuan.types import Encoder, Query, Recalled, View

SUMMARY = "summary"
MAIN = ("bm25", "dense")  # over the chunks themselves
LEGS = (*MAIN, SUMMARY)
"""The names of the legs; the last takes part where sections have summaries."""


def recall(query: Query, encoder: Encoder, view: View, k: int, legs: Sequence[Leg], trace: Trace) -> Recalled:
    """The best k chunks of each leg; a leg that cannot take part is left out.

    Conditions that the question states itself are dropped where nothing meets them. What was said before is searched
    together with a question that leans on it.
    """
    recalled = _recalled(query, encoder, view, k, legs, trace)
    stated = ", ".join(f'"{each.phrase}"' for each in query.constraints)
    if not stated:
        return recalled
    if any(recalled.values()):
        trace.note(f"Only documents that fit {stated} were searched, as the question says.")
        return recalled
    trace.note(f"No document fits {stated}, so all were searched.")
    return _recalled(replace(query, constraints=()), encoder, view, k, legs, trace)


def _recalled(query: Query, encoder: Encoder, view: View, k: int, legs: Sequence[Leg], trace: Trace) -> Recalled:
    text = f"{query.normalised}\n{query.context}" if query.context else query.normalised
    with trace.stage("encode"):
        vector = encoder.encode_queries([text])[0] if any(leg.by_meaning for leg in legs) else None
    if vector is not None and encoder.count_tokens([text])[0] > encoder.max_tokens:
        trace.note(f"The question is longer than the model's {encoder.max_tokens} tokens; only its beginning was read.")
    sought = Sought(query, vector)
    with trace.stage("recall"):
        lists = {leg.name: leg.search(sought, view, k, trace) for leg in legs}
    found = {name: hits for name, hits in lists.items() if hits is not None}
    trace.searched, trace.candidates, trace.recalled = query, k, found
    return found
