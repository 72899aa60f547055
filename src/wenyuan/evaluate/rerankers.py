"""Rerankers side by side over the same candidates: quality with intervals, speed, memory, the spread of scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np

from wenyuan.errors import WrongUse
from wenyuan.evaluate.beir import Judgements
from wenyuan.evaluate.bootstrap import Difference, Interval, difference, interval
from wenyuan.evaluate.memory import give_back, resident_mb
from wenyuan.evaluate.metrics import Run, Values, measure
from wenyuan.evaluate.run import OnQuestion, percentiles
from wenyuan.models.cross_encoder import MIN_SPREAD, ArtefactCrossEncoder, load_cross_encoder
from wenyuan.models.runtime import Runtime
from wenyuan.rerank import FINE, Plan, rerank
from wenyuan.trace import Trace
from wenyuan.types import CrossEncoder, Hit, Query

FIRST_STAGE = "first stage"
_METRICS = ("ndcg@10", "mrr@10")
_Item = TypeVar("_Item")

FirstStage = Callable[[str], tuple[Query, Sequence[Hit], float]]
"""A question → as it was understood, its hits, best first, and the milliseconds that took."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the first stage found for each judged question: once, for all models."""

    data: str
    judgements: Judgements
    found: Mapping[str, tuple[Query, Sequence[Hit]]]
    ms: Sequence[float]


@dataclass(frozen=True, slots=True)
class Contender:
    """A reranker that has not been loaded yet."""

    name: str
    load: Callable[[], CrossEncoder]
    disk_mb: float


@dataclass(frozen=True, slots=True)
class SystemFigures:
    """What was measured of one system; `per_query` in the order of the judgements."""

    model: str
    id: str
    metrics: Mapping[str, Interval]
    per_query: Mapping[str, Values]
    latency_ms: Mapping[str, float]  # "p50", "p95" of a question
    differences: Mapping[str, Difference] = field(default_factory=dict)  # from the first stage
    pairs_per_s: float | None = None
    memory_mb: float | None = None  # resident memory added; None where the system does not say
    disk_mb: float | None = None
    truncated: int = 0  # pairs that were too long for the model
    spread: float | None = None  # logits: the median over questions of the standard deviation over candidates

    runtime: str = ""  # the library that ran the model

    @property
    def collapsed(self) -> bool:
        """Whether the model gives all candidates of most questions nearly the same score, or no number."""
        return self.spread is not None and self.spread < MIN_SPREAD

    @property
    def alarm(self) -> str:
        """A sentence when the model has collapsed."""
        if not self.collapsed:
            return ""
        return (
            f"{self.model} gives all candidates of a question nearly the same score (spread {self.spread:.4f} where "
            f"{MIN_SPREAD} is the least): it has collapsed, and its order is chance."
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows of one data set, the first stage first."""

    data: str
    n: int
    candidates: int  # the most that a question has
    rows: Sequence[SystemFigures]


def contender(name: str, threads: int = 1, runtime: Runtime = "auto") -> Contender:
    """The reranker of this name (see `locate`), checked but not loaded; errors as `load_cross_encoder`."""
    model = load_cross_encoder(name, threads, runtime)
    assert isinstance(model, ArtefactCrossEncoder)
    return Contender(name, partial(ArtefactCrossEncoder, model.artefact, threads, runtime), model.artefact.disk_mb)


def gather(data: str, judgements: Judgements, find: FirstStage, on_question: OnQuestion | None = None) -> Candidates:
    """Ask the first stage every question once, in order."""
    found: dict[str, tuple[Query, Sequence[Hit]]] = {}
    times: list[float] = []
    for query, text in _counted(judgements.queries, on_question):
        understood, hits, ms = find(text)
        found[query] = understood, hits
        times.append(ms)
    if not times:
        raise WrongUse(f"{data} has no judged questions: check that its judgements name questions of the set.")
    return Candidates(data, judgements, found, times)


def compare(
    candidates: Candidates, contenders: Sequence[Contender], weight: float, on_question: OnQuestion | None = None
) -> Comparison:
    """The first stage and each model on the same hits; `weight` is that of the models' scores (see `rerank`)."""
    first = _first_stage(candidates)
    rows = [_measured(each, candidates, first, weight, on_question) for each in contenders]
    most = max(len(hits) for _, hits in candidates.found.values())
    return Comparison(candidates.data, len(candidates.found), most, [first, *rows])


def documents(hits: Sequence[Hit]) -> list[str]:
    """Documents by their best chunk, best first, each once."""
    return list(dict.fromkeys(hit.chunk.document for hit in hits))


def _first_stage(candidates: Candidates) -> SystemFigures:
    run = {query: documents(hits) for query, (_, hits) in candidates.found.items()}
    values = _values(run, candidates)
    return SystemFigures(FIRST_STAGE, FIRST_STAGE, _intervals(values), values, percentiles(candidates.ms))


def _measured(
    contender: Contender, candidates: Candidates, first: SystemFigures, weight: float, on_question: OnQuestion | None
) -> SystemFigures:
    give_back()
    before = resident_mb()
    model = contender.load()
    model.score("", ())  # loading is nobody's question
    run: dict[str, Sequence[str]] = {}
    times: list[float] = []
    spreads: list[float] = []
    for query, (understood, hits) in _counted(candidates.found, on_question):
        plan = Plan(candidates=len(hits), fine=len(hits), weight=weight)
        started = time.perf_counter()
        ranked = rerank(understood, hits, plan, Trace(), fine=model)
        times.append(1000 * (time.perf_counter() - started))
        run[query] = documents(ranked)
        if len(hits) > 1:
            spreads.append(_spread(ranked))
    after = resident_mb()
    values = _values(run, candidates)
    pairs = sum(len(hits) for _, hits in candidates.found.values())
    return SystemFigures(
        model=contender.name,
        id=model.id,
        metrics=_intervals(values),
        per_query=values,
        latency_ms=percentiles(times),
        differences={name: difference(values[name], first.per_query[name]) for name in _METRICS},
        pairs_per_s=1000 * pairs / sum(times),
        memory_mb=None if before is None or after is None else max(0.0, after - before),
        disk_mb=contender.disk_mb,
        truncated=model.truncated(),
        runtime=model.library if isinstance(model, ArtefactCrossEncoder) else "",
        spread=float(np.median(spreads)) if spreads else None,
    )


def _spread(hits: Sequence[Hit]) -> float:
    """The standard deviation of the logits; 0 when not even two are numbers."""
    logits = [leg.raw for hit in hits if (leg := hit.legs.get(FINE)) and leg.raw is not None]
    return float(np.std(logits)) if len(logits) > 1 else 0.0


def _values(run: Run, candidates: Candidates) -> dict[str, Values]:
    return {name: measure(name, run, candidates.judgements.qrels) for name in _METRICS}


def _intervals(values: Mapping[str, Values]) -> dict[str, Interval]:
    return {name: interval(each) for name, each in values.items()}


def _counted(items: Mapping[str, _Item], on_question: OnQuestion | None) -> Iterator[tuple[str, _Item]]:
    for asked, item in enumerate(items.items(), 1):
        yield item
        if on_question is not None:
            on_question(asked, len(items))
