"""What rules that fire do to the query before recall, and to the hits after reranking.

Where several fire: exclusions and filters hold for all, pins included; factors multiply; pins come first, in the order
of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from wenyuan.filters import every, matches, written
from wenyuan.rules.rule import Rule, Scale
from wenyuan.trace import Trace
from wenyuan.types import Filter, Hit, Not, Query, Value

FieldsOf = Callable[[str], Mapping[str, Value] | None]
"""What a document is filtered by; None where there is no such document."""

Find = Callable[[str], Hit | None]
"""The best passage of a document for the question; None where its filter leaves none."""


def narrowed(query: Query, rules: Sequence[Rule], trace: Trace) -> Query:
    """The query within the filters of the rules, the caller's among them."""
    parts: list[Filter] = [query.filter] if query.filter else []
    for rule in rules:
        if rule.filter:
            parts.append(rule.filter)
            trace.fire(rule.name, "filter", f"only documents with {written(rule.filter)} were searched")
        if rule.exclude:
            parts.append(Not(rule.exclude))
            trace.fire(rule.name, "exclude", f"documents with {written(rule.exclude)} were left out")
    return replace(query, filter=every(parts))


def reordered(hits: Sequence[Hit], rules: Sequence[Rule], fields: FieldsOf, find: Find, trace: Trace) -> list[Hit]:
    """The hits with pins first, then by their new scores, then those buried to the end; equal scores keep their order.

    A pinned document that is not among the hits is found for itself. A pinned hit has at least the best score.
    """
    scaled = _scaled(hits, rules, fields, trace)
    pinned: list[Hit] = []
    for rule in rules:
        for document in rule.pin:
            if document in (hit.chunk.document for hit in pinned):
                continue
            known = next((hit for hit in scaled if hit.chunk.document == document), None)
            hit = known or find(document)
            if hit:
                pinned.append(hit)
                place = f"from rank {known.rank}" if known else "which was not among the hits"
                trace.fire(rule.name, "pin", f"{document}, {place}, was put first")
            elif fields(document) is None:
                trace.note_rule(
                    f"Rule '{rule.name}' pins {document}, which is not in the knowledge base; correct the rule."
                )
            else:
                trace.note_rule(f"Rule '{rule.name}' pins a document that a filter leaves out.")
    rest = [hit for hit in scaled if hit.chunk.id not in {hit.chunk.id for hit in pinned}]
    best = max((hit.score for hit in scaled), default=0.0)
    first = [replace(hit, score=max(hit.score, best)) for hit in pinned]
    return [replace(hit, rank=n) for n, hit in enumerate((*first, *rest), 1)]


def _scaled(hits: Sequence[Hit], rules: Sequence[Rule], fields: FieldsOf, trace: Trace) -> list[Hit]:
    scales = [(rule, name, scale) for rule in rules for name, scale in _scales(rule)]
    if not scales:
        return list(hits)
    known = {document: fields(document) or {} for document in {hit.chunk.document for hit in hits}}
    factors = [1.0] * len(hits)
    for rule, name, scale in scales:
        chosen = [n for n, hit in enumerate(hits) if matches(scale.documents, known[hit.chunk.document])]
        for n in chosen:
            factors[n] *= scale.factor
        what = f"the scores of {len(chosen)} hits were multiplied by {scale.factor:g}"
        trace.fire(rule.name, name, what if scale.factor else f"{len(chosen)} hits were put at the end")
    made = [replace(hit, score=hit.score * factor) for hit, factor in zip(hits, factors, strict=True)]
    order = sorted(range(len(made)), key=lambda n: (factors[n] == 0, -made[n].score))
    return [made[n] for n in order]


def _scales(rule: Rule) -> list[tuple[str, Scale]]:
    return [(name, scale) for name, scale in (("boost", rule.boost), ("bury", rule.bury)) if scale]
