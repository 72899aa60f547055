from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from wenyuan.errors import Damaged, WrongModel
from wenyuan.training.data.examples import Example
from wenyuan.training.data.teacher import score
from wenyuan.types import Vector

EXAMPLES = [Example(f"q{n}", (f"yes {n}",), (f"no {n}", f"never {n}")) for n in range(60)]


class Lengths:
    """A scorer whose logits are far outside 0–1; counts the pairs it has read."""

    max_tokens = 512

    def __init__(self, id: str = "lengths@1", seconds: float = 0.0) -> None:
        self.id, self.seconds, self.pairs = id, seconds, 0

    def score(self, query: str, passages: Sequence[str]) -> Vector:
        time.sleep(self.seconds)
        self.pairs += len(passages)
        return np.array([50.0 * len(passage) - 300.0 for passage in passages], np.float32)

    def truncated(self) -> int:
        return 0


def test_scores_are_the_raw_logits_in_the_order_of_the_passages(tmp_path: Path) -> None:
    [first, *_] = score(EXAMPLES, Lengths(), tmp_path / "scores")
    assert (first.positive_scores, first.negative_scores) == ((-50.0,), (-100.0, 50.0))
    [unlabelled] = score([Example("q", (), ("a", "bb"))], Lengths(), tmp_path / "scores")
    assert (unlabelled.positive_scores, unlabelled.negative_scores) == ((), (-250.0, -200.0))


def test_a_pair_is_scored_once_by_each_teacher(tmp_path: Path) -> None:
    scorer, cache = Lengths(), tmp_path / "made" / "scores"
    once = score(EXAMPLES, scorer, cache)
    assert scorer.pairs == 180
    assert score(EXAMPLES, scorer, cache) == once
    assert scorer.pairs == 180
    score([Example("q0", ("yes 0",), ("new",))], scorer, cache)
    assert scorer.pairs == 181
    other = Lengths("other@1")
    score(EXAMPLES, other, cache)
    assert other.pairs == 180


def _run(cache: Path) -> None:
    score(EXAMPLES, Lengths(seconds=0.02), cache, lambda n: (cache.parent / "done").write_text(str(n)) and None)


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    cache, done = tmp_path / "scores", tmp_path / "done"
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(cache,))
    process.start()
    while int((done.exists() and done.read_text()) or 0) < 40:  # empty while it is being written
        assert process.is_alive()
        time.sleep(0.01)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    scorer = Lengths()
    assert len(score(EXAMPLES, scorer, cache)) == 60
    assert 0 < scorer.pairs <= 3 * (60 - 32)  # at most the last commit's examples are scored again


def test_a_score_that_is_no_number_names_the_teacher(tmp_path: Path) -> None:
    class Broken(Lengths):
        def score(self, query: str, passages: Sequence[str]) -> Vector:
            return np.full(len(passages), np.nan, np.float32)

    with pytest.raises(WrongModel, match="lengths@1"):
        score(EXAMPLES, Broken(), tmp_path / "scores")


def test_a_cache_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "scores").write_bytes(b"no database at all, but long enough to be read as one" * 10)
    with pytest.raises(Damaged, match="scores"):
        score(EXAMPLES, Lengths(), tmp_path / "scores")
