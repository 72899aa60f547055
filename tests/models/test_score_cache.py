"""Remembered scores: what is read again, what is forgotten, what is counted."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from wenyuan.models.score_cache import ENTRY_BYTES, CachedCrossEncoder
from wenyuan.types import AnswerSpan, CrossEncoder, SpanReader


class Lengths:
    """Scores a passage by its length and keeps what it was asked."""

    id, max_tokens = "lengths@1", 512

    def __init__(self) -> None:
        self.read: list[tuple[str, str]] = []

    def score(self, query, passages):
        self.read += [(query, passage) for passage in passages]
        return np.array([len(passage) for passage in passages], np.float32)

    def truncated(self):
        return 7


class Reader(Lengths):
    """Sees the whole text of a passage as the answer, as often as it is asked to."""

    def __init__(self, times: int = 1) -> None:
        super().__init__()
        self.times = times

    def read_spans(self, query, passages, bodies):
        scores = self.score(query, passages)
        sizes = zip(passages, bodies, scores.tolist(), strict=True)
        return scores, [
            tuple(AnswerSpan(body, len(passage), score + n, score) for n in range(self.times))
            for passage, body, score in sizes
        ]


def cached(megabytes: int = 1, model: Lengths | None = None) -> tuple[Lengths, CachedCrossEncoder]:
    model = model or Lengths()
    cache = CachedCrossEncoder(model, megabytes)
    _: CrossEncoder = cache
    return model, cache


def test_a_pair_is_read_once():
    model, cache = cached()
    assert cache.score("q", ["a", "bb", "a"]).tolist() == [1, 2, 1]
    assert model.read == [("q", "a"), ("q", "bb")]
    assert cache.score("q", ["bb", "ccc"]).tolist() == [2, 3]
    assert model.read[2:] == [("q", "ccc")]
    assert cache.score("p", ["a"]).tolist() == [1]
    statistics = cache.statistics()
    assert (statistics.hits, statistics.misses, statistics.entries) == (2, 4, 4)
    assert statistics.bytes == 4 * ENTRY_BYTES


def test_what_is_forgotten_is_read_again():
    model, cache = cached()
    cache.score("q", ["a"])
    cache.forget()
    assert cache.statistics().entries == 0
    assert cache.score("q", ["a"]).tolist() == [1]
    assert model.read == [("q", "a")] * 2


def test_query_and_passage_are_not_run_together():
    model, cache = cached()
    cache.score("ab", ["c"])
    assert cache.score("a", ["bc"]).tolist() == [2]
    assert len(model.read) == 2


def test_the_oldest_go_when_the_room_is_full():
    model, cache = cached(1)
    room = (1 << 20) // ENTRY_BYTES
    cache.score("q", ["first"])
    cache.score("q", ["second"])
    cache.score("q", [f"filler {n}" for n in range(room - 2)])
    cache.score("q", ["first"])  # used again, so that "second" is now the oldest
    cache.score("q", ["one more"])
    assert cache.statistics().entries == room
    read = len(model.read)
    cache.score("q", ["first"])
    assert len(model.read) == read
    cache.score("q", ["second"])
    assert model.read[read:] == [("q", "second")]


def test_no_room_remembers_nothing_and_still_scores():
    _, cache = cached(0)
    assert cache.score("q", ["a", "bb"]).tolist() == [1, 2]
    assert cache.statistics().entries == 0


def test_no_passages_only_load_the_model():
    model, cache = cached()
    assert cache.score("q", []).shape == (0,)
    assert model.read == []
    assert (cache.id, cache.max_tokens, cache.truncated()) == ("lengths@1", 512, 7)


def test_threads_may_share_it():
    _, cache = cached()
    wrong: list[object] = []

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(200):
            texts = ["x" * int(n) for n in rng.integers(0, 50, 8)]
            if cache.score("q", texts).tolist() != [len(text) for text in texts]:
                wrong.append(texts)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    statistics = cache.statistics()
    assert statistics.entries == 50
    assert statistics.hits + statistics.misses == 4 * 200 * 8


def test_the_size_of_an_entry_is_about_right():
    tracemalloc = pytest.importorskip("tracemalloc")
    _, cache = cached(64, Reader(4))
    texts = [str(n) for n in range(20_000)]
    tracemalloc.start()
    cache.read_spans("q", texts, [0] * len(texts))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert 0.7 * ENTRY_BYTES < held / len(texts) < 1.6 * ENTRY_BYTES


def test_spans_are_remembered_with_the_scores():
    model, cache = cached(model=Reader())
    _: SpanReader = cache
    first = cache.read_spans("q", ["a", "bb"], [0, 1])
    assert first[1] == [(AnswerSpan(0, 1, 1, 1),), (AnswerSpan(1, 2, 2, 2),)]
    again = cache.read_spans("q", ["bb", "a"], [1, 0])
    assert again[1] == first[1][::-1]
    assert model.read == [("q", "a"), ("q", "bb")]
    assert cache.read_spans("q", ["bb"], [0])[1] == [(AnswerSpan(0, 2, 2, 2),)]  # its text begins elsewhere


def test_a_model_that_sees_no_spans_gives_none():
    _, cache = cached()
    scores, spans = cache.read_spans("q", ["a", "bb"], [0, 0])
    assert scores.tolist() == [1, 2]
    assert spans == []
