"""Rerankers with stand-ins: the same candidates for all, paired differences, alarms, what is measured."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wenyuan.errors import WrongUse
from wenyuan.evaluate.beir import Judgements
from wenyuan.evaluate.rerankers import FIRST_STAGE, Contender, compare, gather
from wenyuan.types import Chunk, CrossEncoder, Hit, LegScore, Query

QUESTIONS = 30


class Scorer:
    """Scores a passage by what `of` says of its text."""

    id, max_tokens = "scorer@1", 512

    def __init__(self, of) -> None:
        self.of, self.pairs = of, []

    def score(self, query, passages):
        self.pairs += [(query, passage) for passage in passages]
        return np.array([self.of(passage) for passage in passages], np.float32)

    def truncated(self):
        return 3


def contender(name: str, of) -> Contender:
    scorer = Scorer(of)
    _: CrossEncoder = scorer
    return Contender(name, lambda: scorer, 12.5)


def hits(*texts: str) -> list[Hit]:
    """A document is named by the first word of its chunk."""
    leg = {"bm25": LegScore(1.0, 1.0, 0.5, 1)}
    return [
        Hit(n + 1, Chunk(n, text.split()[0], "", n, text, 0, len(text)), 1 - n / 10, leg)
        for n, text in enumerate(texts)
    ]


@pytest.fixture
def candidates():
    """The right document is last of three, and its chunk is the only good one; one document has two chunks."""
    judgements = Judgements(
        {f"q{n}": f"question {n}" for n in range(QUESTIONS)}, {f"q{n}": {"c": 1} for n in range(QUESTIONS)}
    )
    return gather(
        "set",
        judgements,
        lambda text: (Query(text, "en", text), hits("a bad", "a worse", "b bad", "c good"), 2.0),
    )


def good(text: str) -> float:
    return float("good" in text)


def test_a_right_model_beats_the_first_stage_with_a_small_p(candidates) -> None:
    comparison = compare(candidates, [contender("right", good), contender("wrong", lambda text: -good(text))], 1.0)
    first, right, wrong = comparison.rows
    assert (comparison.n, comparison.candidates) == (QUESTIONS, 4)
    assert first.model == FIRST_STAGE
    assert first.differences == {}
    assert first.metrics["mrr@10"].mean == pytest.approx(1 / 3)
    assert right.metrics["ndcg@10"].mean == 1.0
    assert right.differences["mrr@10"].mean == pytest.approx(2 / 3)
    assert right.differences["ndcg@10"].p < 0.05
    assert wrong.differences["ndcg@10"].mean == 0.0, "last it was, last it is"
    assert wrong.differences["ndcg@10"].p == 1.0


def test_every_model_reads_the_same_pairs_once(candidates) -> None:
    contenders = [contender("one", good), contender("two", len)]
    compare(candidates, contenders, 1.0)
    one, two = (each.load().pairs for each in contenders)
    assert one == two
    assert len(one) == 4 * QUESTIONS


def test_speed_memory_size_and_cut_pairs_are_reported(candidates) -> None:
    first, row = compare(candidates, [contender("m", good)], 1.0).rows
    assert first.latency_ms == {"p50": 2.0, "p95": 2.0}
    assert (first.pairs_per_s, first.memory_mb, first.disk_mb, first.spread) == (None, None, None, None)
    assert row.pairs_per_s > 0
    assert row.memory_mb is None or row.memory_mb >= 0
    assert (row.disk_mb, row.truncated, row.id) == (12.5, 3, "scorer@1")
    assert row.spread == pytest.approx(np.std([0, 0, 0, 1]))


@pytest.mark.parametrize(
    ("of", "collapsed"),
    [
        (good, False),
        (lambda text: 5.0, True),
        (lambda text: 5 + 0.001 * good(text), True),
        (lambda text: math.nan, True),
    ],
)
def test_a_model_without_contrast_has_collapsed(candidates, of, collapsed) -> None:
    first, row = compare(candidates, [contender("m", of)], 1.0).rows
    assert row.collapsed is collapsed
    assert not first.collapsed


def test_the_weight_mixes_in_the_first_stage(candidates) -> None:
    assert compare(candidates, [contender("m", good)], 0.0).rows[1].metrics["mrr@10"].mean == pytest.approx(1 / 3)


def test_progress_is_told_for_each_question(candidates) -> None:
    told = []
    compare(candidates, [contender("m", good)], 1.0, lambda done, total: told.append((done, total)))
    assert told == [(n, QUESTIONS) for n in range(1, QUESTIONS + 1)]


def test_a_set_without_questions_is_wrong_use() -> None:
    with pytest.raises(WrongUse, match="no judged questions"):
        gather("empty", Judgements({}, {}), lambda text: (Query(text, "en", text), [], 0.0))
