"""Metrics of the order in which a model puts the passages of labelled examples."""

from __future__ import annotations

import numpy as np
import pytest
from tests.training.tiny import tiny_examples

from wenyuan.training.judging import judge_order


class Perfect:
    """Scores a passage by whether it names what is asked for, times `sign`."""

    def __init__(self, sign: int) -> None:
        self.sign = sign

    def score(self, query, passages):
        return np.array([self.sign * float(query.split()[-1] in text) for text in passages], np.float32)


def test_metrics_are_one_for_the_right_order_and_the_least_for_the_wrong_one() -> None:
    examples = tiny_examples(8)
    assert judge_order(Perfect(1), examples) == {"ndcg@10": 1.0, "mrr@10": 1.0}
    worst = judge_order(Perfect(-1), examples)
    assert worst["mrr@10"] == 0.25
    assert worst["ndcg@10"] == pytest.approx(0.4307, abs=1e-4)


def test_a_model_that_scores_all_passages_alike_knows_nothing() -> None:
    assert judge_order(Perfect(0), tiny_examples(8))["mrr@10"] == 0.25
