"""Hits in a better order, in two stages: a light scorer over what is stored, then a cross-encoder, while time lasts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import numpy as np

from wenyuan.trace import Reading, Trace
from wenyuan.types import CrossEncoder, Hit, LegScore, Query, SpanReader, Spans, Vector

COARSE, FINE = "coarse", "rerank"  # the legs of the two stages

Coarse = Callable[[Query, Sequence[Hit]], Vector]
"""A light score for each hit, (n,) float32, higher is better; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How far reranking goes. A stage's weight is that of its scores; those before it have the rest."""

    candidates: int = 100  # hits that the coarse scorer sees
    coarse_weight: float = 0.5
    fine: int = 30  # of them, those that the cross-encoder reads
    weight: float = 1.0  # of the cross-encoder
    ms: float | None = None  # time for the cross-encoder; None: as long as it takes
    coarse_threshold: float | None = None  # a hit whose coarse score is below it is not read
    fine_threshold: float | None = None  # a logit below it is no hit
    first: int = 4  # hits that a reader reads before it is asked whether it is sure
    sure: float | None = None  # logits of relevance and margin from which on it reads no further; None: it reads all


def rerank(
    query: Query,
    hits: Sequence[Hit],
    plan: Plan,
    trace: Trace,
    *,
    coarse: Coarse | None = None,
    fine: CrossEncoder | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> list[Hit]:
    """The hits, best first: in each stage those that it scored by their new score, then the rest in their order.

    `hits` come best first. A score that is not a number is as if not read. The new score mixes those of the stage and
    those before it, each as the logistic of its z-score over the hits read; the scores of the others are lowered
    together until none is above it.
    """
    ordered, trace.plan = list(hits), asdict(plan)
    if not query.normalised or not ordered:
        return ordered
    if coarse is not None:
        with trace.stage(COARSE):
            ordered = _coarsely(query, ordered, coarse, plan, trace)
    if fine is not None:
        with trace.stage(FINE):
            ordered = _finely(query, ordered, fine, plan, trace, clock)
    return [replace(hit, rank=n + 1) for n, hit in enumerate(ordered)]


def _coarsely(query: Query, hits: Sequence[Hit], coarse: Coarse, plan: Plan, trace: Trace) -> list[Hit]:
    seen = hits[: plan.candidates]
    scores = coarse(query, seen)
    if unknown := np.count_nonzero(~np.isfinite(scores)):
        trace.note(
            f"{unknown} of {len(seen)} candidates have no token vectors, so none were compared token by token: "
            "run `wenyuan sync`, or add the documents again."
        )
        return list(hits)
    merged = _merged(hits, range(len(seen)), scores, COARSE, plan.coarse_weight)
    trace.readings.append(Reading(COARSE, hits, seen, scores, merged))
    return merged


def _finely(
    query: Query, hits: Sequence[Hit], fine: CrossEncoder, plan: Plan, trace: Trace, clock: Callable[[], float]
) -> list[Hit]:
    chosen = [n for n, hit in enumerate(hits[: plan.fine]) if _worth_reading(hit, plan.coarse_threshold)]
    candidates = [hits[n] for n in chosen]
    logits, spans, sure = _read(query, candidates, fine, plan, clock)
    if sure:
        chosen, candidates = chosen[: len(logits)], candidates[: len(logits)]
    elif len(logits) < len(chosen):
        trace.note(f"Time for reranking was up: {len(logits)} of {len(chosen)} candidates were read.")
    usable = np.isfinite(logits)
    if not usable.all():
        trace.note(f"The reranker gave no number for {np.count_nonzero(~usable)} candidates; they keep their place.")
    read = [n for n, good in zip(chosen, usable, strict=False) if good]
    seen = dict(zip(chosen, spans, strict=False))
    hits = [_spanned(hit, seen.get(n, ())) for n, hit in enumerate(hits)]
    merged = _merged(hits, read, logits[usable], FINE, plan.weight, plan.fine_threshold)
    trace.readings.append(Reading(FINE, hits, candidates, logits, merged, sure))
    return merged


def _worth_reading(hit: Hit, threshold: float | None) -> bool:
    leg = hit.legs.get(COARSE)
    return threshold is None or leg is None or leg.raw is None or leg.raw >= threshold


class _Read(NamedTuple):
    logits: Vector  # (n,) of the first n hits
    spans: list[Spans]
    sure: bool  # whether the rest was left because the answer was seen


def _read(query: Query, hits: Sequence[Hit], fine: CrossEncoder, plan: Plan, clock: Callable[[], float]) -> _Read:
    """What is read of the hits, from the first on, until a reader is sure or time is up; batches grow while the pace
    is being learnt."""
    sure = plan.sure if isinstance(fine, SpanReader) else None
    if plan.ms is not None:
        fine.score(query.normalised, ())  # loading is not the question's time
    started, logits = clock(), np.empty(0, np.float32)
    size = 1 if plan.ms is not None else len(hits) if sure is None else plan.first
    spans: list[Spans] = []
    while len(logits) < len(hits) and size:
        batch = hits[len(logits) : len(logits) + size]
        more, seen = _at_once(query, batch, fine)
        logits, spans = np.append(logits, more), [*spans, *seen]
        if len(more) < len(batch):  # a record of reading that stopped there
            break
        if sure is not None and plan.first <= len(logits) < len(hits) and _answer(spans) >= sure:
            return _Read(logits, spans, sure=True)
        size = len(hits) if plan.ms is None else _affordable(plan.ms, max(clock() - started, 1e-9), len(logits))
    return _Read(logits, spans, sure=False)


def _answer(spans: Sequence[Spans]) -> float:
    """How much the reader makes of the best answer that it saw, in logits."""
    return max((span.relevance + span.margin for each in spans for span in each), default=-np.inf)


def _affordable(ms: float, spent: float, read: int) -> int:
    """How many more can be read in the time left, at the pace so far (`spent` seconds for `read`)."""
    return max(0, min(2 * read, int((ms / 1000 - spent) / spent * read)))


def _at_once(query: Query, hits: Sequence[Hit], fine: CrossEncoder) -> tuple[Vector, list[Spans]]:
    texts = [hit.chunk.encoded for hit in hits]
    if not isinstance(fine, SpanReader):
        return fine.score(query.normalised, texts), []
    bodies = [len(text) - len(hit.chunk.text) for text, hit in zip(texts, hits, strict=True)]
    return fine.read_spans(query.normalised, texts, bodies)


def _spanned(hit: Hit, spans: Spans) -> Hit:
    """The hit with spans of its encoded text, told by the characters of its document."""
    if not spans:
        return hit
    moved = hit.chunk.start - (len(hit.chunk.encoded) - len(hit.chunk.text))
    told = tuple(span._replace(start=span.start + moved, end=span.end + moved) for span in spans)
    return replace(hit, spans=told)


def _merged(
    hits: Sequence[Hit], read: Sequence[int], scores: Vector, leg: str, weight: float, threshold: float | None = None
) -> list[Hit]:
    """The hits at the positions `read` by their mixed scores, unless below the threshold, then all others."""
    ranked = _mixed([hits[n] for n in read], scores, leg, weight, threshold)
    others = set(range(len(hits))) - set(read)
    rest = [hits[n] for n in sorted(others)]
    floor, top = ranked[-1].score if ranked else 1.0, max((hit.score for hit in rest), default=0.0)
    below = min(1.0, floor / top) if top > 0 else 1.0
    return [*ranked, *(replace(hit, score=min(floor, hit.score * below)) for hit in rest)]


def _mixed(hits: Sequence[Hit], scores: Vector, leg: str, weight: float, threshold: float | None) -> list[Hit]:
    """The hits, best first; equal scores keep their order."""
    if not hits:
        return []
    new, first = _logistic(scores), _logistic(np.array([hit.score for hit in hits], np.float32))
    mixed = weight * new + (1 - weight) * first
    ranks = np.argsort(np.argsort(-scores, kind="stable"), kind="stable") + 1
    least = -np.inf if threshold is None else threshold
    order = [n for n in np.argsort(-mixed, kind="stable").tolist() if scores[n] >= least]
    return [
        replace(
            hits[n],
            score=float(mixed[n]),
            legs={**hits[n].legs, leg: LegScore(float(scores[n]), float(new[n]), weight, int(ranks[n]))},
        )
        for n in order
    ]


def _logistic(values: Vector) -> Vector:
    """The logistic of the z-score, within 0–1: a ranker's logits mean something only beside each other."""
    spread = values.std()
    result: Vector = 1 / (1 + np.exp((values.mean() - values) / (spread if spread > 0 else 1)))
    return result
