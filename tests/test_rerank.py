"""Reranking with stand-ins: what is read, in which order it comes back, and what happens when time is up."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.rerank import COARSE, FINE, Plan, rerank
from wenyuan.trace import Trace
from wenyuan.types import AnswerSpan, Chunk, CrossEncoder, Hit, LegScore, Query, SpanReader

QUERY = Query("q", "en", "q")


class Fixed:
    """Gives each chunk's text the score of a table; each passage read takes a second of the clock."""

    id, max_tokens = "fixed@1", 512

    def __init__(self, scores: dict[str, float]) -> None:
        self.scores, self.read, self.now = scores, [], 0.0

    def score(self, query, passages):
        self.read += passages
        self.now += len(passages)
        return np.array([self.scores[passage] for passage in passages], np.float32)

    def truncated(self):
        return 0

    def clock(self) -> float:
        return self.now


def hits(n: int) -> list[Hit]:
    """h0, h1, …: first-stage scores fall from 1."""
    leg = {"bm25": LegScore(1.0, 1.0, 0.5, 1)}
    return [Hit(i + 1, Chunk(i, "d", "", i, f"h{i}", 0, 2), 1 - i / n, leg) for i in range(n)]


def table(*scores: float):
    """A coarse scorer that knows the hits by number."""
    return lambda query, seen: np.array([scores[hit.chunk.ordinal] for hit in seen], np.float32)


def run(scores: list[float], plan: Plan, query: Query = QUERY, **options):
    fine, trace = Fixed({f"h{n}": score for n, score in enumerate(scores)}), Trace()
    _: CrossEncoder = fine
    ranked = rerank(query, hits(len(scores)), plan, trace, fine=fine, clock=fine.clock, **options)
    return [hit.chunk.text for hit in ranked], ranked, fine, trace


def test_the_best_n_are_read_and_the_rest_follow_in_their_order():
    order, ranked, fine, trace = run([0.0, 3.0, 1.0, 9.0, 9.0], Plan(fine=3))
    assert order == ["h1", "h2", "h0", "h3", "h4"]
    assert fine.read == ["h0", "h1", "h2"]
    assert [hit.rank for hit in ranked] == [1, 2, 3, 4, 5]
    assert trace.notes == []


def test_a_hit_that_was_read_says_so_and_keeps_its_other_legs():
    _, ranked, _, _ = run([0.0, 3.0, 1.0], Plan(fine=2, weight=0.75))
    leg = ranked[0].legs[FINE]
    assert (leg.raw, leg.weight, leg.rank) == (3.0, 0.75, 1)
    assert 0.5 < leg.normalised < 1
    assert "bm25" in ranked[0].legs
    assert FINE not in ranked[2].legs


def test_the_weight_mixes_in_the_first_stage():
    scores = [0.0, 0.1, 0.2]
    assert run(scores, Plan(weight=1.0))[0] == ["h2", "h1", "h0"]
    assert run(scores, Plan(weight=0.0))[0] == ["h0", "h1", "h2"]


def test_a_coarse_scorer_chooses_who_is_read():
    plan = Plan(candidates=4, coarse_weight=1.0, fine=2)
    order, ranked, fine, _ = run([1.0, 2.0, 3.0, 9.0, 9.0], plan, coarse=table(0.1, 0.2, 0.9, 0.0))
    assert fine.read == ["h2", "h1"]
    assert order == ["h2", "h1", "h0", "h3", "h4"]
    leg = ranked[0].legs[COARSE]
    assert (round(leg.raw, 3), leg.weight, leg.rank) == (0.9, 1.0, 1)
    assert COARSE not in ranked[4].legs


def test_the_coarse_stage_alone_mixes_with_the_first():
    for weight, best in ((0.0, "h0"), (1.0, "h2")):
        ranked = rerank(QUERY, hits(3), Plan(coarse_weight=weight), Trace(), coarse=table(0.0, 0.1, 0.2))
        assert ranked[0].chunk.text == best
        assert [hit.rank for hit in ranked] == [1, 2, 3]
        assert sorted((hit.score for hit in ranked), reverse=True) == [hit.score for hit in ranked]


def test_without_all_states_no_hit_is_favoured():
    trace = Trace()
    ranked = rerank(QUERY, hits(3), Plan(), trace, coarse=table(0.0, math.nan, 0.2))
    assert [hit.chunk.text for hit in ranked] == ["h0", "h1", "h2"]
    assert "1 of 3 candidates have no token vectors" in trace.notes[0]


def test_each_stage_has_its_threshold():
    plan = Plan(coarse_threshold=0.4, fine_threshold=0.0)
    order, _, fine, _ = run([-5.0, 5.0, 9.0], plan, coarse=table(1.0, 0.5, 0.2))
    assert fine.read == ["h0", "h1"]
    assert order == ["h1", "h2"]  # h0 was read and refused, h2 was never read


def test_a_deadline_gives_the_best_order_reached():
    scores = [float(n) for n in range(30)]
    order, _, fine, trace = run(scores, Plan(ms=7000))
    read = len(fine.read)
    assert 4 <= read <= 7
    assert order == [f"h{n}" for n in [*reversed(range(read)), *range(read, 30)]]
    assert trace.notes == [f"Time for reranking was up: {read} of 30 candidates were read."]


def test_time_enough_reads_all_and_no_deadline_reads_at_once():
    assert len(run([1.0] * 30, Plan(ms=1e6))[2].read) == 30
    calls: list[int] = []
    fine = Fixed({f"h{n}": 0.0 for n in range(9)})
    once = fine.score
    fine.score = lambda query, passages: calls.append(len(passages)) or once(query, passages)
    rerank(QUERY, hits(9), Plan(), Trace(), fine=fine)
    assert calls == [9]


def test_scores_that_are_no_numbers_leave_hits_in_place():
    order, ranked, _, trace = run([math.nan, 1.0, math.inf, 2.0], Plan())
    assert order == ["h3", "h1", "h0", "h2"]
    assert all(math.isfinite(hit.score) for hit in ranked)
    assert trace.notes == ["The reranker gave no number for 2 candidates; they keep their place."]


@pytest.mark.parametrize("query", [Query("", "en", ""), QUERY])
def test_nothing_to_do_is_done_quietly(query):
    fine = Fixed({})
    assert rerank(query, [], Plan(), Trace(), fine=fine) == []
    if not query.text:
        assert [hit.chunk.text for hit in rerank(query, hits(3), Plan(), Trace(), fine=fine)] == ["h0", "h1", "h2"]
    assert fine.read == []


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=40), st.integers(1, 50), st.floats(0, 1))
def test_every_hit_comes_back_once_and_scores_fall(scores, fine, weight):
    order, ranked, _, _ = run(scores, Plan(fine=fine, weight=weight))
    assert sorted(order) == sorted(f"h{n}" for n in range(len(scores)))
    falling = [hit.score for hit in ranked]
    assert falling == sorted(falling, reverse=True)
    assert [hit.rank for hit in ranked] == list(range(1, len(scores) + 1))


class Sees(Fixed):
    """Sees the answer in the second character of each passage's own text."""

    def read_spans(self, query, passages, bodies):
        scores = self.score(query, passages)
        return scores, [(AnswerSpan(b + 1, b + 2, float(s), float(s)),) for b, s in zip(bodies, scores, strict=True)]


@pytest.mark.parametrize("ms", [None, 2_500.0])
def test_the_spans_of_a_reader_are_told_by_the_characters_of_the_document(ms):
    found = [
        Hit(n + 1, Chunk(n, "d", "Title", n, f"h{n}", 10 * n, 10 * n + 2, ("Heading",)), 1 - n / 4, {})
        for n in range(4)
    ]
    fine = Sees({hit.chunk.encoded: float(n) for n, hit in enumerate(found)})
    _: SpanReader = fine
    trace = Trace()
    ranked = rerank(QUERY, found, Plan(fine=2, ms=ms), trace, fine=fine, clock=fine.clock)
    spans = {hit.chunk.ordinal: hit.spans for hit in ranked}
    assert spans == {0: (AnswerSpan(1, 2, 0.0, 0.0),), 1: (AnswerSpan(11, 12, 1.0, 1.0),), 2: (), 3: ()}


def test_a_reader_that_sees_an_answer_reads_no_further_and_one_that_does_not_reads_on():
    def read(*scores: float, **options):
        found = hits(len(scores))
        fine, trace = Sees({hit.chunk.encoded: score for hit, score in zip(found, scores, strict=True)}), Trace()
        ranked = rerank(QUERY, found, Plan(first=2, **options), trace, fine=fine, clock=fine.clock)
        return len(fine.read), [hit.chunk.ordinal for hit in ranked], trace

    assert read(1.0, 2.0, 9.0, sure=4.0)[:2] == (2, [1, 0, 2])
    assert read(1.0, 1.9, 9.0, 0.0, sure=4.0)[:2] == (4, [2, 1, 0, 3])
    assert read(1.0, 2.0, 9.0, sure=None)[0] == 3
    assert read(1.0, 2.0, 9.0, 9.0, sure=4.0, ms=60_000.0)[0] == 3  # with a deadline first one, then two
    trace = read(1.0, 2.0, 9.0, sure=4.0)[2]
    assert trace.readings[0].sure
    assert trace.notes == []  # nothing was cut for want of time


def test_a_reranker_without_spans_cannot_be_sure():
    assert len(run([9.0, 9.0, 9.0], Plan(first=1, sure=0.0))[2].read) == 3
