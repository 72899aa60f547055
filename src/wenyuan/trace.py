"""What each stage saw, did and took while one question was answered, and which rules fired.

A trace is made for every question: stages leave references to what they hold anyway, and ranks and JSON are worked out
only when asked for.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from threading import Lock
from typing import Any, NamedTuple

from wenyuan.types import (
    And,
    Condition,
    Filter,
    Fingerprinted,
    Hit,
    Message,
    Not,
    Or,
    Query,
    Recalled,
    Selected,
    Source,
    ToolResult,
    Usage,
    Vector,
)

FORMAT = 1  # of the JSON; raise when its meaning changes


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of what: how many hits, of which version of the knowledge base, with which models."""

    k: int
    version: int
    models: Mapping[str, str]  # role → id


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a policy made of the weights for one question."""

    policy: str  # its id
    weights: Mapping[str, float]  # those in use: the fixed ones where it was not sure
    features: Mapping[str, float]  # what it saw
    shift: float  # of the dense leg's share; 0: none
    gain: float | None  # nDCG@10 that it expects of its best shift; None where it was not asked
    threshold: float  # the gain below which it is not sure
    reason: str  # "sure", "unsure" or why it was not asked


@dataclass(frozen=True, slots=True)
class Fused:
    """The legs' lists made one."""

    method: str
    normalise: str
    weights: Mapping[str, float]
    normalised: Mapping[str, Sequence[float]]  # parallel to the legs' lists
    order: Sequence[int]  # chunks, best first
    scores: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Distinct:
    """The candidates looked at until there were enough, and which of them are near-identical to a better one."""

    seen: Sequence[Fingerprinted]  # best first
    duplicates: Mapping[int, int]  # dropped → kept
    threshold: float
    limit: int  # how many were to be kept

    @property
    def kept(self) -> list[int]:
        """The chunks that became hits, best first."""
        return [chunk.id for chunk, _ in self.seen if chunk.id not in self.duplicates][: self.limit]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reranking stage did: `scores` are parallel to `chosen`, fewer where time was up, NaN where it had none."""

    stage: str
    before: Sequence[Hit]
    chosen: Sequence[Hit]
    scores: Vector
    after: Sequence[Hit]
    sure: bool = False  # whether hits after the chosen ones were left, as the answer was seen

    def score(self, chunk: int) -> float | None:
        """The stage's own score of a chunk; None where it was not read."""
        read = {hit.chunk.id: float(score) for hit, score in zip(self.chosen, self.scores, strict=False)}
        score = read.get(chunk, math.nan)
        return score if math.isfinite(score) else None


@dataclass(frozen=True, slots=True)
class Assembled:
    """The sources of the context, and those left out with the budget that would have kept each."""

    budget: int
    tokens: int
    sources: Sequence[Source]
    dropped: Sequence[tuple[Source, int]]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a draft: its confidence, and the least that would have been an answer; None: other grounds."""

    answered: bool
    confidence: float
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Written:
    """What a language model was given and did; keys are no part of it."""

    model: str
    messages: Sequence[Message]
    tools: Sequence[ToolResult]
    usage: Usage | None


class Step(NamedTuple):
    """Where a chunk stood after a stage."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Fired:
    """One thing that a rule did to a question's hits or answer."""

    rule: str
    action: str  # as in rules.toml: pin, boost, bury, exclude, filter, answer
    effect: str  # what it changed, in words


@dataclass(slots=True)
class Trace:
    """Stages in the order they ran. Not shared between threads but for `within`: one question, one trace.

    A stage that took no part leaves nothing: its field is None, or empty.
    """

    timings_ms: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # one sentence each: warnings, what was cut
    fired: list[Fired] = field(default_factory=list)  # by rules, in the order it happened
    asked: Asked | None = None
    query: Query | None = None  # as understood
    searched: Query | None = None  # within the filters of rules, without conditions that no document meets
    candidates: int = 0  # asked of each leg
    translations: Mapping[str, float] = field(default_factory=dict)  # terms of the other language that were looked up
    recalled: Recalled = field(default_factory=dict)
    weighed: Weighed | None = None  # None: the weights are fixed
    fused: Fused | None = None
    distinct: Distinct | None = None
    plan: Mapping[str, float | None] = field(default_factory=dict)  # of reranking: how far it goes
    readings: list[Reading] = field(default_factory=list)
    rearranged: dict[str, Sequence[Hit]] = field(default_factory=dict)  # after reranking: "diversify", "rules"
    hits: Sequence[Hit] = ()
    assembled: Assembled | None = None
    selected: Sequence[Selected] = ()  # what the answer could have quoted, best first
    written: Written | None = None
    judged: Judged | None = None
    inner: dict[str, Trace] = field(default_factory=dict)  # of searches on the way, by their purpose
    discreet: bool = False  # the reader may not see all documents, so what rules do with which is not said
    _naming: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage. One that runs twice adds up; what a stage within it takes is that one's alone."""
        self.timings_ms.setdefault(name, 0.0)
        before, started = sum(self.timings_ms.values()), time.perf_counter()
        try:
            yield
        finally:
            within = sum(self.timings_ms.values()) - before
            self.timings_ms[name] += (time.perf_counter() - started) * 1000 - within

    def note(self, sentence: str) -> None:
        """Keep a sentence for the reader of the answer."""
        self.notes.append(sentence)

    def fire(self, rule: str, action: str, effect: str) -> None:
        """Keep what a rule did, and say it to the reader."""
        self.fired.append(Fired(rule, action, "" if self.discreet else effect))
        self.note_rule(f"Rule '{rule}', {action}: {effect}.")

    def note_rule(self, sentence: str) -> None:
        """Keep what a rule did or could not do, which may name documents, for those who may see them all."""
        if not self.discreet:
            self.note(sentence)

    def within(self, purpose: str) -> Trace:
        """The trace of a search on the way: for a side of a comparison, a pinned document, a model that asks.

        Searches that run side by side may ask for theirs at once.
        """
        trace, name, n = Trace(discreet=self.discreet), purpose, 1
        with self._naming:
            while name in self.inner:
                name, n = f"{purpose} ({n + 1})", n + 1
            self.inner[name] = trace
        return trace

    def orders(self) -> dict[str, dict[int, float]]:
        """chunk → score, best first, after each stage that orders them.

        These are "fuse", "distinct", "coarse", "rerank", "diversify" and "rules", as far as they took part.
        """
        orders: dict[str, dict[int, float]] = {}
        if self.fused is not None:
            scores = self.fused.scores
            orders["fuse"] = {chunk: scores[chunk] for chunk in self.fused.order}
            if self.distinct is not None:
                orders["distinct"] = {chunk: scores[chunk] for chunk in self.distinct.kept}
        later = {reading.stage: reading.after for reading in self.readings} | self.rearranged
        return orders | {stage: {hit.chunk.id: hit.score for hit in hits} for stage, hits in later.items()}

    def path(self, chunk: int) -> dict[str, Step]:
        """Where a chunk stood after each of these stages that it came to."""
        return {
            stage: Step(list(order).index(chunk) + 1, order[chunk])
            for stage, order in self.orders().items()
            if chunk in order
        }

    def _conditions(self) -> Filter | None:
        """What documents had to pass; without the conditions of rules, where these are not said."""
        told = self.query if self.discreet else self.searched
        return told.conditions if told and self.searched else None

    def _searches(self) -> list[tuple[str, Trace]]:
        """Those on the way as they are now: one whose time was up may still begin another."""
        with self._naming:
            return list(self.inner.items())

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data, chunks by their hexadecimal ids; `engine.diagnose.replay` runs it again."""
        return {
            "format": FORMAT,
            "asked": self.asked and asdict(self.asked),
            "query": self.query and _query(self.query),
            "recall": {
                "candidates": self.candidates,
                "translations": dict(self.translations),
                "filter": _tree(self._conditions()),
                "legs": {
                    leg: [{"chunk": name(hit.chunk), "score": hit.score, "rank": n} for n, hit in enumerate(hits, 1)]
                    for leg, hits in self.recalled.items()
                },
            },
            "fuse": self.fused and _fused(self.fused, self.weighed),
            "distinct": self.distinct and _distinct(self.distinct),
            "rerank": {"plan": dict(self.plan), "stages": [_reading(reading) for reading in self.readings]},
            "rearranged": {stage: _scored(hits) for stage, hits in self.rearranged.items()},
            "hits": [
                {"chunk": name(hit.chunk.id), "document": hit.chunk.document, "score": hit.score, "rank": hit.rank}
                for hit in self.hits
            ],
            "assemble": self.assembled and _assembled(self.assembled),
            "select": [each._asdict() for each in self.selected],
            "write": self.written and asdict(self.written),
            "judge": self.judged and asdict(self.judged),
            "fired": [asdict(fired) for fired in self.fired],
            "within": {purpose: trace.as_json() for purpose, trace in self._searches()},
            "notes": list(self.notes),
            "timings_ms": {stage: round(ms, 3) for stage, ms in self.timings_ms.items()},
        }


def name(chunk: int) -> str:
    """A chunk's id as JSON has it: readers in other languages round numbers of 63 bits."""
    return f"{chunk:016x}"


def filter_tree(filter: Filter) -> dict[str, Any]:
    """A filter as `--filter` reads it."""
    match filter:
        case And(parts):
            return {"and": [filter_tree(part) for part in parts]}
        case Or(parts):
            return {"or": [filter_tree(part) for part in parts]}
        case Not(part):
            return {"not": filter_tree(part)}
        case Condition(field_name, op, value):
            return {"field": field_name, "op": op, "value": list(value) if isinstance(value, tuple) else value}


def _query(query: Query) -> dict[str, Any]:
    plain = {each.name: getattr(query, each.name) for each in fields(query)}
    stated = [{"phrase": each.phrase, "filter": filter_tree(each.filter)} for each in query.constraints]
    return plain | {"filter": _tree(query.filter), "constraints": stated, "parts": list(query.parts)}


def _tree(filter: Filter | None) -> dict[str, Any] | None:
    return None if filter is None else filter_tree(filter)


def _scored(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    return [{"chunk": name(hit.chunk.id), "score": hit.score} for hit in hits]


def _fused(fused: Fused, weighed: Weighed | None) -> dict[str, Any]:
    return {
        "method": fused.method,
        "normalise": fused.normalise,
        "weights": dict(fused.weights),
        "policy": weighed and asdict(weighed),
        "normalised": {leg: list(scores) for leg, scores in fused.normalised.items()},
        "order": [{"chunk": name(chunk), "score": fused.scores[chunk]} for chunk in fused.order],
    }


def _distinct(distinct: Distinct) -> dict[str, Any]:
    of = {dropped: name(kept) for dropped, kept in distinct.duplicates.items()}
    return {
        "threshold": distinct.threshold,
        "limit": distinct.limit,
        "seen": [
            {
                "chunk": name(chunk.id),
                "document": chunk.document,
                "fingerprint": fingerprint.hex(),
                "duplicate_of": of.get(chunk.id),
            }
            for chunk, fingerprint in distinct.seen
        ],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    scores = [float(score) if math.isfinite(score) else None for score in reading.scores]
    return {
        "stage": reading.stage,
        "before": [name(hit.chunk.id) for hit in reading.before],
        "read": [
            {"chunk": name(hit.chunk.id), "score": score}
            for hit, score in zip(reading.chosen, scores, strict=False)  # fewer scores: time was up
        ],
        "unread": [name(hit.chunk.id) for hit in reading.chosen[len(scores) :]],
        "after": _scored(reading.after),
    }


def _assembled(assembled: Assembled) -> dict[str, Any]:
    return {
        "budget": assembled.budget,
        "tokens": assembled.tokens,
        "sources": [
            {
                "n": source.n,
                "document": source.document,
                "page": source.page,
                "sheet": source.sheet,
                "row": source.row,
                "start": source.place(0, len(source.text))[0],
                "end": source.place(0, len(source.text))[1],
                "corrected": source.corrected is not None,
            }
            for source in assembled.sources
        ],
        "dropped": [{"document": source.document, "needed": needed} for source, needed in assembled.dropped],
    }
