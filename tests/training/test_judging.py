"""Metrics of the order in which a model puts the passages of labelled examples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tiny_training import tiny_examples, tiny_file
from wenyuan.errors import WrongUse
from wenyuan.training.config import TrainConfig
from wenyuan.training.data.examples import Example, write_examples
from wenyuan.training.judging import dev_judge, judge_order


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


def test_a_run_without_a_dev_file_has_no_judge_and_one_with_it_judges_by_it(tmp_path: Path) -> None:
    config = TrainConfig("reranker", "embed", tmp_path / "train.jsonl", tmp_path / "run")
    assert dev_judge(config) is None
    judge = dev_judge(replace(config, dev=tiny_file(tmp_path / "dev.jsonl", 4)))
    assert judge
    assert judge(Perfect(1)) == {"ndcg@10": 1.0, "mrr@10": 1.0}


def test_a_dev_file_without_contrast_is_refused(tmp_path: Path) -> None:
    write_examples(tmp_path / "dev.jsonl", [Example("q", (), ("a", "b"), (), (1.0, 2.0))])
    config = TrainConfig("reranker", "embed", tmp_path / "train.jsonl", tmp_path / "run", dev=tmp_path / "dev.jsonl")
    with pytest.raises(WrongUse, match="name another `dev` file"):
        dev_judge(config)
