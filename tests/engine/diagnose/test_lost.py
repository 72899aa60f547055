"""The stage that lost a document, read off traces that are made for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from wenyuan.engine.diagnose.lost import Loss, Stage, loss
from wenyuan.trace import Asked, Assembled, Distinct, Fused, Reading, Trace
from wenyuan.types import Candidate, Chunk, Fingerprinted, Hit, Source


def hits(*chunks: int) -> list[Hit]:
    return [Hit(n, Chunk(chunk, f"{chunk}.md", "", 0, "x", 0, 1), 1 / n, {}) for n, chunk in enumerate(chunks, 1)]


def traced(*legs: Sequence[int], fused: Sequence[int], k: int = 2, duplicates: dict[int, int] | None = None) -> Trace:
    """A search of these legs' lists, fused into one."""
    recalled = {str(n): [Candidate(chunk, 9.0 - at) for at, chunk in enumerate(leg)] for n, leg in enumerate(legs)}
    seen = [Fingerprinted(hit.chunk, b"") for hit in hits(*fused)]
    kept = [chunk for chunk in fused if chunk not in (duplicates or {})]
    return Trace(
        asked=Asked(k, 1, {}),
        recalled=recalled,
        candidates=max(map(len, legs)),
        fused=Fused("weighted", "minmax", {}, {}, fused, {chunk: 1 / n for n, chunk in enumerate(fused, 1)}),
        distinct=Distinct(seen, duplicates or {}, 0.9, len(fused)),
        plan={"candidates": 3, "fine": 2, "coarse_threshold": 0.0, "fine_threshold": 1.0},
        hits=hits(*kept[:k]),
    )


def reading(stage: str, before: Sequence[int], scores: Sequence[float], after: Sequence[int], chosen: int) -> Reading:
    return Reading(stage, hits(*before), hits(*before[:chosen]), np.array(scores), hits(*after))


def test_what_no_list_holds_was_lost_by_recall() -> None:
    assert loss(traced([1, 2], [2, 1], fused=[1, 2]), {9}) == Loss(Stage.RECALL)


def test_what_a_leg_had_within_the_hits_and_the_sum_has_not_was_lost_by_fusion() -> None:
    found = loss(traced([4, 1, 2], [1, 2, 3], fused=[1, 2, 4, 3]), {4})
    assert (found.stage, found.cause, found.before, found.after, found.window) == (Stage.FUSE, "lowered", 1, 3, 2)
    assert (found.score, found.needed) == (1 / 3, 1 / 2)


def test_what_stood_further_down_in_every_list_is_beyond_k() -> None:
    found = loss(traced([1, 2, 3], [2, 1, 3], fused=[1, 2, 3]), {3})
    assert (found.stage, found.before, found.after, found.window) == (Stage.K, 3, 3, 2)


def test_the_chunk_that_came_furthest_counts() -> None:
    assert loss(traced([1, 2, 3, 4], fused=[1, 2, 3, 4]), {3, 4, 99}).chunk == 3


def test_what_gave_way_to_another_documents_chunk_is_a_duplicate() -> None:
    trace = traced([1, 2, 3], fused=[1, 2, 3], duplicates={2: 1})
    assert loss(trace, {2}) == Loss(Stage.DUPLICATE, chunk=2)
    assert loss(traced([1, 2, 3, 4], fused=[1, 2, 3, 4], duplicates={4: 3}), {3, 4}).stage is Stage.K, "of its own"


def test_a_reading_model_may_not_come_to_it() -> None:
    trace = traced([1, 2, 3, 4], fused=[1, 2, 3, 4])
    trace.readings = [reading("rerank", [1, 2, 3, 4], [1.0, 2.0], [2, 1, 3, 4], 2)]
    found = loss(trace, {3})
    assert (found.stage, found.cause, found.before, found.window) == (Stage.RERANK, "unread", 3, 2)


def test_it_may_have_no_time_for_it() -> None:
    trace = traced([1, 2, 3, 4], fused=[1, 2, 3, 4], k=1)
    trace.readings = [reading("rerank", [1, 2, 3, 4], [1.0], [1, 2, 3, 4], 2)]
    assert loss(trace, {2}).cause == "late"


def test_it_may_lower_it_or_leave_it_out() -> None:
    trace = traced([1, 2, 3, 4], fused=[1, 2, 3, 4])
    trace.plan = {**trace.plan, "fine": 4}
    trace.readings = [reading("rerank", [1, 2, 3, 4], [1.0, 0.5, 4.0, 3.0], [3, 4, 1], 4)]
    lowered, out = loss(trace, {1}), loss(trace, {2})
    assert (lowered.stage, lowered.cause, lowered.before, lowered.after) == (Stage.RERANK, "lowered", 1, 3)
    assert (out.stage, out.cause, out.score, out.needed) == (Stage.RERANK, "threshold", 0.5, 1.0)


def test_a_comparison_may_put_it_beyond_what_is_read_or_think_too_little_of_it() -> None:
    trace = traced([1, 2, 3, 4], fused=[1, 2, 3, 4])
    coarse = reading("coarse", [1, 2, 3, 4], [-0.5, 0.5, 0.75], [3, 2, 1, 4], 3)
    trace.readings = [coarse, reading("rerank", [3, 2, 1, 4], [2.0, 1.0], [3, 2, 1, 4], 2)]
    found = loss(trace, {1})
    assert (found.stage, found.cause, found.before, found.after, found.window) == (Stage.COARSE, "lowered", 1, 3, 2)
    weak = traced([1, 2, 3, 4], fused=[1, 2, 3, 4], k=1)
    coarse = reading("coarse", [1, 2, 3, 4], [0.5, -0.5, -0.75], [1, 2, 3, 4], 3)
    weak.readings = [coarse, reading("rerank", [1, 2, 3, 4], [2.0], [1, 2, 3, 4], 1)]
    found = loss(weak, {2})
    assert (found.stage, found.cause, found.score, found.needed) == (Stage.RERANK, "weak", -0.5, 0.0)


def test_the_last_stage_that_moved_it_from_among_the_hits_lost_it() -> None:
    trace = traced([1, 2, 3], fused=[1, 2, 3])
    trace.rearranged = {"diversify": hits(1, 2, 3), "rules": hits(3, 1, 2)}
    found = loss(trace, {2})
    assert (found.stage, found.before, found.after) == (Stage.RULES, 2, 3)
    trace.rearranged = {"diversify": hits(1, 3)}
    found = loss(trace, {2})
    assert (found.stage, found.before, found.after) == (Stage.DIVERSIFY, 2, None)


def test_what_was_looked_for_besides_and_came_last_is_beyond_k() -> None:
    trace = traced([1, 2], fused=[1, 2])
    trace.rearranged = {"rules": hits(1, 2, 9)}
    found = loss(trace, {9})
    assert (found.stage, found.before, found.after) == (Stage.K, None, 3)


def test_a_hit_whose_source_was_cut_did_not_fit() -> None:
    trace = traced([1, 2], fused=[1, 2])
    first, second = (Source(n, f"{n}.md", "", "x", 0, 1, (), 1.0, (n,)) for n in (1, 2))
    trace.assembled = Assembled(100, 90, [first], [(second, 180)])
    assert loss(trace, {2}) == Loss(Stage.BUDGET, chunk=2, needed=180, window=100)


def test_what_a_reader_left_because_it_had_seen_an_answer_says_so() -> None:
    trace = traced([1, 2, 3, 4], fused=[1, 2, 3, 4], k=1)
    trace.plan = {"candidates": 3, "fine": 4, "coarse_threshold": None, "fine_threshold": None}
    read = reading("rerank", [1, 2, 3, 4], [5.0, 1.0], [1, 2, 3, 4], chosen=2)
    trace.readings = [replace(read, sure=True)]
    found = loss(trace, {4})
    assert (found.stage, found.cause, found.before, found.window) == (Stage.RERANK, "sure", 4, 2)
