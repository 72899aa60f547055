"""Which stage lost a document, read off the trace of a question."""

from __future__ import annotations

import itertools
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from wenyuan.rerank import COARSE, FINE
from wenyuan.trace import Assembled, Reading, Trace


class Stage(StrEnum):
    """Where a document was lost, in the order of the flow."""

    UNKNOWN = "unknown"  # it is not in the knowledge base
    EMPTY = "empty"  # it has no chunks
    DISABLED = "disabled"  # a person disabled all of its passages
    FILTERED = "filtered"  # a condition of the asker, the question or a rule leaves it out
    RECALL = "recall"  # beyond the candidates of every leg
    FUSE = "fuse"  # a leg had it within what goes on, the fused list did not
    DUPLICATE = "duplicate"  # near-identical to a better hit
    COARSE = "coarse"  # not compared token by token, or lowered by it
    RERANK = "rerank"  # not read by the reranking model, or lowered or left out by it
    DIVERSIFY = "diversify"  # gave way to hits that are unlike the others, or to one for a side of a comparison
    RULES = "rules"  # lowered by what rules put first, raised or lowered
    K = "k"  # further down than hits were asked for
    BUDGET = "budget"  # cut to fit the context
    SELECT = "select"  # a source, but another stretch is quoted
    CONFIDENCE = "confidence"  # it would be quoted, but the answer is declined
    FOUND = "found"


_WINDOWS = {COARSE: "candidates", FINE: "fine"}  # what says how many a stage sees

Cause = Literal["lowered", "unread", "late", "sure", "weak", "threshold", "cut"]


@dataclass(frozen=True, slots=True)
class Loss:
    """What happened to the chunk that came furthest: ranks before and after the stage, and how many went on."""

    stage: Stage
    cause: Cause = "cut"
    chunk: int | None = None
    before: int | None = None
    after: int | None = None
    window: int = 0
    score: float | None = None
    needed: float | None = None  # the least score that went on


def loss(trace: Trace, chunks: AbstractSet[int]) -> Loss:
    """Where the document of these chunks was lost; they are not among the hits, or their source was cut."""
    orders = {stage: list(order) for stage, order in trace.orders().items()}
    chunk = next((chunk for order in reversed(orders.values()) for chunk in order if chunk in chunks), None)
    if chunk is None:
        return Loss(Stage.RECALL)
    if trace.assembled and any(hit.chunk.id == chunk for hit in trace.hits):
        return _over_budget(trace.assembled, chunk)
    if chunk not in orders["fuse"]:  # looked for besides, by a rule or for a side of a comparison
        return _rearranged(trace, chunk) or _beyond(trace, chunk, None)
    if twin := _better_duplicate(trace, orders["fuse"], chunk, chunks):
        return Loss(Stage.DUPLICATE, chunk=twin)
    return _rearranged(trace, chunk) or _passed(trace, chunk, _best_leg_rank(trace, chunk))


def unanswered(trace: Trace, document: str) -> Loss | None:
    """Why an answer that is quoted does not quote a document that is among its sources; None where it does."""
    if trace.judged is None or not trace.selected:
        return None
    own = [each for each in trace.selected if each.document == document]
    if not any(each.quoted for each in own):
        quoted = min((each.score for each in trace.selected if each.quoted), default=None)
        return Loss(Stage.SELECT, score=max((each.score for each in own), default=None), needed=quoted)
    if trace.judged.answered:
        return None
    return Loss(Stage.CONFIDENCE, score=trace.judged.confidence, needed=trace.judged.threshold)


def _over_budget(assembled: Assembled, chunk: int) -> Loss:
    needed = next(needed for source, needed in assembled.dropped if chunk in source.chunks)
    return Loss(Stage.BUDGET, chunk=chunk, needed=needed, window=assembled.budget)


def _better_duplicate(trace: Trace, fused: list[int], chunk: int, chunks: AbstractSet[int]) -> int | None:
    """The document's best chunk in the fused list, where it gave way to another document's."""
    of = trace.distinct.duplicates if trace.distinct else {}
    ahead = fused[: fused.index(chunk) + 1]
    return next((each for each in ahead if each in chunks and each in of and of[each] not in chunks), None)


def _best_leg_rank(trace: Trace, chunk: int) -> int:
    return min(n for hits in trace.recalled.values() for n, hit in enumerate(hits, 1) if hit.chunk == chunk)


def _rearranged(trace: Trace, chunk: int) -> Loss | None:
    """The last stage after reranking that moved the chunk from among the hits asked for to beyond them."""
    assert trace.asked
    orders, path, k = trace.orders(), trace.path(chunk), trace.asked.k
    stages = [stage for stage in orders if stage not in trace.rearranged][-1:] + list(trace.rearranged)
    for earlier, stage in reversed(list(itertools.pairwise(stages))):
        before, after = path.get(earlier), path.get(stage)
        if before and before.rank <= k and (after is None or after.rank > k):
            rank, score = (after.rank, after.score) if after else (None, None)
            return Loss(Stage(stage), "lowered", chunk, before.rank, rank, k, score, _least(orders[stage], k))
    return None


def _beyond(trace: Trace, chunk: int, before: int | None) -> Loss:
    """The chunk came to the end, or to where hits were chosen, further down than they were asked for."""
    assert trace.asked
    path, k = trace.path(chunk), trace.asked.k
    stage, step = list(path.items())[-1]
    return Loss(Stage.K, "cut", chunk, before, step.rank, k, step.score, _least(trace.orders()[stage], k))


def _passed(trace: Trace, chunk: int, before: int) -> Loss:
    """Follow the chunk through the stages: it was lost by the one that moved it beyond what the next one takes."""
    assert trace.asked
    orders, path = trace.orders(), trace.path(chunk)
    order, last = orders["distinct"], Stage.FUSE
    after = (path.get("distinct") or path["fuse"]).rank
    score = path["fuse"].score
    for reading in trace.readings:
        window = int(trace.plan[_WINDOWS[reading.stage]] or 0)
        if reading.score(chunk) is None:
            if before <= window < after:
                return Loss(last, "lowered", chunk, before, after, window, score, _least(order, window))
            return _unread(trace, reading, chunk, after, score, order)
        last, before = Stage(reading.stage), after
        order = orders[reading.stage]
        if reading.stage not in path:
            return Loss(last, "threshold", chunk, before, None, 0, reading.score(chunk), trace.plan["fine_threshold"])
        after, score = path[reading.stage]
    k = trace.asked.k
    if before <= k:
        return Loss(last, "lowered", chunk, before, after, k, score, _least(order, k))
    return _beyond(trace, chunk, before)


def _unread(
    trace: Trace, reading: Reading, chunk: int, rank: int, score: float | None, order: dict[int, float]
) -> Loss:
    """Why a stage did not come to a chunk that stood at this rank."""
    window = int(trace.plan[_WINDOWS[reading.stage]] or 0)
    late = any(hit.chunk.id == chunk for hit in reading.chosen)
    if rank <= window and not late:
        compared = next((each.score(chunk) for each in trace.readings if each.stage == COARSE), None)
        bound = trace.plan["coarse_threshold"]
        if bound is not None and compared is not None and compared < bound:
            return Loss(Stage.RERANK, "weak", chunk, rank, None, 0, compared, bound)
        return Loss(Stage.RERANK, "sure", chunk, rank, None, len(reading.chosen))
    cause: Cause = "late" if late else "unread"
    return Loss(Stage(reading.stage), cause, chunk, rank, None, window, score, _least(order, window))


def _least(order: dict[int, float], window: int) -> float | None:
    """The score of the last that went on."""
    scores = list(order.values())
    return scores[window - 1] if len(scores) >= window > 0 else None
