"""Metrics of the order in which a model puts the passages of labelled examples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tiny_training import tiny_examples, tiny_file, tiny_reading
from wenyuan.errors import WrongUse
from wenyuan.training.config import TrainConfig
from wenyuan.training.data.examples import Example, write_examples
from wenyuan.training.data.reading import GradedPassage, ReadingExample, write_reading
from wenyuan.training.judging import Readout, dev_judge, judge_order, judge_reading


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


class Reads(Perfect):
    """Reads the word asked for where it stands; the rest of a text begins `shift` characters later than it does."""

    def __init__(self, shift: int = 0, sign: int = 1) -> None:
        super().__init__(sign)
        self.shift = shift

    def read(self, query, passages):
        word = query.split()[-1]
        relevance = self.score(query, passages)
        places = [(text.find(word) + self.shift, text.find(word) + len(word)) for text in passages]
        return Readout(relevance, -relevance, tuple(places), relevance)


def test_a_reader_is_judged_by_evidence_order_and_what_has_no_answer() -> None:
    examples = tiny_reading(30)
    best = {"evidence": 1.0, "hit@1": 1.0, "early_hit@1": 0.0, "auroc": 1.0}
    assert judge_reading(Reads(), examples) == best
    assert judge_reading(Reads(shift=1), examples) == best | {"evidence": 0.0}  # less than 90 % of a short word
    wrong = judge_reading(Reads(sign=-1), examples)
    assert (wrong["evidence"], wrong["hit@1"], wrong["auroc"]) == (0.0, 0.0, 0.5)
    questions = [example for example in examples if not example.near_miss]
    assert judge_reading(Reads(), questions).keys() == {"evidence", "hit@1", "early_hit@1"}


def test_nine_tenths_of_the_evidence_are_enough() -> None:
    passage = GradedPassage("x" * 5 + "evidence in ten words or so, of 40 signs", 3, (5, 45))
    for start, held in ((9, 1.0), (10, 0.0)):
        reading = Readout(np.ones(1), np.ones(1), ((start, 45),), np.ones(1))
        reader = Reads()
        reader.read = lambda *_, said=reading: said
        assert judge_reading(reader, [ReadingExample("q", (passage,))])["evidence"] == held


def test_the_figure_that_keeps_the_best_model_must_be_judged(tmp_path: Path) -> None:
    dev = tmp_path / "dev.jsonl"
    config = TrainConfig("reader", "embed", tmp_path / "train.jsonl", tmp_path / "run", dev=dev, best="auroc")
    write_reading(dev, tiny_reading(9))
    judge = dev_judge(config)
    assert judge
    assert judge(Reads())["auroc"] == 1.0
    with pytest.raises(WrongUse, match="name one of evidence, hit@1"):
        dev_judge(replace(config, best="ndcg@10"))
    with pytest.raises(WrongUse, match="name their file as `dev`"):
        dev_judge(replace(config, dev=None))
    write_reading(dev, [example for example in tiny_reading(9) if not example.near_miss])
    with pytest.raises(WrongUse, match="auroc"):
        dev_judge(config)
    write_reading(dev, [example for example in tiny_reading(9) if example.near_miss])
    with pytest.raises(WrongUse, match="no question with evidence"):
        dev_judge(config)
