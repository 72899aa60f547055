"""How well a model tells the passages of labelled examples apart: while it is trained, and once it is exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from wenyuan.errors import WrongUse
from wenyuan.evaluate.metrics import measure
from wenyuan.training.config import TrainConfig
from wenyuan.training.data.examples import Example, read_examples
from wenyuan.types import Vector

METRICS = ("ndcg@10", "mrr@10")


class Scorer(Protocol):
    """What is judged: a cross-encoder, or any model in training that scores passages."""

    def score(self, query: str, passages: Sequence[str]) -> Vector:
        """(n,) float32: higher is better, comparable within one query."""
        ...


Judge = Callable[[Scorer], Mapping[str, float]]
"""Measures a model: name of a metric ("ndcg@10") → its value, 0–1, higher is better."""


def dev_judge(config: TrainConfig) -> Judge | None:
    """Judges by the labelled examples of the run's dev file; None where it has no such file.

    Raises:
        WrongUse, SourceError: the dev file is missing or malformed, or has no example with both kinds of passages.
    """
    if config.dev is None:
        return None
    examples = [example for example in read_examples(config.dev) if example.positives and example.negatives]
    if not examples:
        raise WrongUse(f"{config.dev} has no example with positive and negative passages; name another `dev` file.")

    def judge(scorer: Scorer) -> Mapping[str, float]:
        return judge_order(scorer, examples)

    return judge


def judge_order(scorer: Scorer, examples: Sequence[Example], metrics: Sequence[str] = METRICS) -> dict[str, float]:
    """Means over the examples of metrics of the scorer's order of their passages; a tie counts against a positive."""
    run, qrels = {}, {}
    for number, example in enumerate(examples):
        scores = scorer.score(example.query, [*example.negatives, *example.positives])
        run[str(number)] = [str(place) for place in np.argsort(-scores, kind="stable")]
        qrels[str(number)] = {str(place): 1 for place in range(len(example.negatives), len(scores))}
    return {name: float(measure(name, run, qrels).mean()) for name in metrics}
