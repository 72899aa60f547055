"""How well a model tells the passages of labelled examples apart: while it is trained, and once it is exported.

Of a reader also whether it finds the evidence, and whether it knows which questions have none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from wenyuan.errors import WrongUse
from wenyuan.evaluate.metrics import measure
from wenyuan.training.config import TrainConfig
from wenyuan.training.data.examples import Example, read_examples
from wenyuan.training.data.reading import RIGHT, Evidence, GradedPassage, ReadingExample, read_reading
from wenyuan.types import Vector

METRICS = ("ndcg@10", "mrr@10")
READING = ("evidence", "hit@1", "early_hit@1", "auroc")

_COVERED = 0.9  # of the evidence's characters
_DEV_PASSAGES = 8  # of an example; the hardest are among them


class Scorer(Protocol):
    """What is judged: a cross-encoder, or any model in training that scores passages."""

    def score(self, query: str, passages: Sequence[str]) -> Vector:
        """(n,) float32: higher is better, comparable within one query."""
        ...


class Readout(NamedTuple):
    """What a reader says of n passages: relevance and early relevance (n,), best spans and their margins (n,).

    A span is in characters of its passage; its margin is how far it scores above no answer.
    """

    relevance: Vector
    early: Vector
    spans: tuple[Evidence, ...]
    margins: Vector


@runtime_checkable
class PassageReader(Scorer, Protocol):
    """A reader, which is judged by more than its order."""

    def read(self, query: str, passages: Sequence[str]) -> Readout:
        """All that it says of the passages."""
        ...


Judge = Callable[[Scorer], Mapping[str, float]]
"""Measures a model: name of a metric ("ndcg@10") → its value, 0–1, higher is better."""


def dev_judge(config: TrainConfig) -> Judge | None:
    """Judges by the labelled examples of the run's dev file; None where it has no such file.

    Raises:
        WrongUse, SourceError: the dev file is missing or malformed, has no example with both kinds of passages or with
            evidence, or does not show the figure that `best` names.
    """
    if config.dev is None:
        if config.best is not None:
            raise WrongUse(f"`best: {config.best}` is judged on dev examples: name their file as `dev`.")
        return None
    if config.task == "reader":
        return _reading_judge(config, config.dev)
    examples = [example for example in read_examples(config.dev) if example.positives and example.negatives]
    if not examples:
        raise WrongUse(f"{config.dev} has no example with positive and negative passages; name another `dev` file.")
    _check_best(config, METRICS)

    def judge(scorer: Scorer) -> Mapping[str, float]:
        return judge_order(scorer, examples)

    return judge


def _reading_judge(config: TrainConfig, dev: Path) -> Judge:
    examples = read_reading(dev)
    if not any(passage.span for example in examples for passage in example.passages):
        raise WrongUse(f"{dev} has no question with evidence; name another `dev` file.")
    misses = any(example.near_miss for example in examples)
    _check_best(config, READING if misses else READING[:-1])

    def judge(scorer: Scorer) -> Mapping[str, float]:
        assert isinstance(scorer, PassageReader)
        return judge_reading(scorer, examples)

    return judge


def _check_best(config: TrainConfig, figures: Sequence[str]) -> None:
    if config.best not in (None, *figures):
        raise WrongUse(f"`best: {config.best}` is no figure of {config.dev}: name one of {', '.join(figures)}.")


def judge_order(scorer: Scorer, examples: Sequence[Example], metrics: Sequence[str] = METRICS) -> dict[str, float]:
    """Means over the examples of metrics of the scorer's order of their passages; a tie counts against a positive."""
    run, qrels = {}, {}
    for number, example in enumerate(examples):
        scores = scorer.score(example.query, [*example.negatives, *example.positives])
        run[str(number)] = [str(place) for place in np.argsort(-scores, kind="stable")]
        qrels[str(number)] = {str(place): 1 for place in range(len(example.negatives), len(scores))}
    return {name: float(measure(name, run, qrels).mean()) for name in metrics}


def judge_reading(reader: PassageReader, examples: Sequence[ReadingExample]) -> dict[str, float]:
    """Figures over the questions with evidence, by their most relevant passage, and over the near-misses beside them.

    - evidence: share whose span there covers at least 90 % of the evidence;
    - hit@1, early_hit@1: share whose most relevant passage answers, by either relevance;
    - auroc: how often, of a question and a near-miss, the margin of the question is larger; without near-misses not.
    """
    held, hits, early, margins = [], [], [], []
    misses: list[float] = []
    for example in examples:
        passages = example.passages[:_DEV_PASSAGES]
        said = reader.read(example.query, [passage.text for passage in passages])
        best = int(np.argmax(said.relevance))
        if example.near_miss:
            misses.append(float(said.margins[best]))
        elif any(passage.span for passage in passages):
            held.append(_covers(said.spans[best], passages[best]))
            hits.append(passages[best].grade >= RIGHT)
            early.append(passages[int(np.argmax(said.early))].grade >= RIGHT)
            margins.append(float(said.margins[best]))
    shares = zip(READING, (held, hits, early), strict=False)
    figures = {name: float(np.mean(values)) for name, values in shares}
    return figures | ({"auroc": _auroc(margins, misses)} if misses else {})


def _covers(found: Evidence, passage: GradedPassage) -> bool:
    if passage.span is None:
        return False
    start, end = passage.span
    return min(found[1], end) - max(found[0], start) >= _COVERED * (end - start)


def _auroc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """How often one of the first is above one of the second, a tie counting half (Hanley & McNeil 1982)."""
    first, second = np.array(higher)[:, None], np.array(lower)
    return float(np.mean((first > second) + 0.5 * (first == second)))
