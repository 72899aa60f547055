"""Hits in a better order: a light scorer chooses what the cross-encoder reads, within the time there is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wenyuan.trace import Trace
from wenyuan.types import CrossEncoder, Hit, LegScore, Query, Vector

LEG = "rerank"

Coarse = Callable[[Query, Sequence[Hit]], Sequence[float]]
"""A light score for each hit, higher is better."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How far reranking goes."""

    candidates: int = 100  # hits that the coarse scorer sees
    fine: int = 30  # of them, those that the cross-encoder reads
    weight: float = 1.0  # of the cross-encoder's score; the first stage has the rest
    ms: float | None = None  # time for the cross-encoder; None: as long as it takes
    coarse_threshold: float | None = None  # a coarse score below it is not read
    fine_threshold: float | None = None  # a logit below it is no hit


def rerank(
    query: Query,
    hits: Sequence[Hit],
    fine: CrossEncoder,
    plan: Plan,
    trace: Trace,
    coarse: Coarse | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> list[Hit]:
    """The hits, best first: those that were read by their new score, then the rest in the order of the first stage.

    `hits` come best first; without `coarse` their own order chooses. A score that is not a number is as if not read.
    The new score mixes logits and first-stage scores, each as the logistic of its z-score over the hits read; the
    scores of the others are lowered together until none is above it.
    """
    if not query.normalised or not hits:
        return list(hits)
    chosen = _chosen(query, hits[: plan.candidates], plan, coarse)
    logits = _read(query, [hits[n] for n in chosen], fine, plan.ms, clock)
    if len(logits) < len(chosen):
        trace.note(f"Time for reranking was up: {len(logits)} of {len(chosen)} candidates were read.")
    usable = np.isfinite(logits)
    if not usable.all():
        trace.note(f"The reranker gave no number for {np.count_nonzero(~usable)} candidates; they keep their place.")
    read = [n for n, good in zip(chosen, usable, strict=False) if good]
    ranked = _mixed([hits[n] for n in read], logits[usable], plan)
    rest = [hit for n, hit in enumerate(hits) if n not in set(read)]
    floor, top = ranked[-1].score if ranked else 1.0, max((hit.score for hit in rest), default=0.0)
    below = min(1.0, floor / top) if top > 0 else 1.0
    ordered = [*ranked, *(replace(hit, score=min(floor, hit.score * below)) for hit in rest)]
    return [replace(hit, rank=n + 1) for n, hit in enumerate(ordered)]


def _chosen(query: Query, hits: Sequence[Hit], plan: Plan, coarse: Coarse | None) -> list[int]:
    """Positions of the hits to read, most promising first."""
    if coarse is None:
        return list(range(min(plan.fine, len(hits))))
    scores = np.nan_to_num(np.asarray(coarse(query, hits), np.float32), nan=-np.inf)
    best = np.argsort(-scores, kind="stable")[: plan.fine].tolist()
    return [n for n in best if plan.coarse_threshold is None or scores[n] >= plan.coarse_threshold]


def _read(
    query: Query, hits: Sequence[Hit], fine: CrossEncoder, ms: float | None, clock: Callable[[], float]
) -> Vector:
    """Logits of as many hits, from the first on, as time allows; batches grow while the pace is being learnt."""
    texts = [hit.chunk.encoded for hit in hits]
    if ms is None:
        return fine.score(query.normalised, texts)
    fine.score(query.normalised, ())  # loading is not the question's time
    started, logits, size = clock(), np.empty(0, np.float32), 1
    while len(logits) < len(texts) and size:
        logits = np.append(logits, fine.score(query.normalised, texts[len(logits) : len(logits) + size]))
        spent = max(clock() - started, 1e-9)
        size = max(0, min(2 * size, int((ms / 1000 - spent) / spent * len(logits))))
    return logits


def _mixed(hits: Sequence[Hit], logits: Vector, plan: Plan) -> list[Hit]:
    """The hits that were read, best first; equal scores keep their order."""
    if not hits:
        return []
    fine, first = _logistic(logits), _logistic(np.array([hit.score for hit in hits], np.float32))
    scores = plan.weight * fine + (1 - plan.weight) * first
    ranks = np.argsort(np.argsort(-logits, kind="stable"), kind="stable") + 1
    least = -np.inf if plan.fine_threshold is None else plan.fine_threshold
    order = [n for n in np.argsort(-scores, kind="stable").tolist() if logits[n] >= least]
    return [
        replace(
            hits[n],
            score=float(scores[n]),
            legs={**hits[n].legs, LEG: LegScore(float(logits[n]), float(fine[n]), plan.weight, int(ranks[n]))},
        )
        for n in order
    ]


def _logistic(values: Vector) -> Vector:
    """The logistic of the z-score, within 0–1: a ranker's logits mean something only beside each other."""
    spread = values.std()
    result: Vector = 1 / (1 + np.exp((values.mean() - values) / (spread if spread > 0 else 1)))
    return result
