"""Judged questions under every weight of the legs: what a policy of them learns from and is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wenyuan.engine import KnowledgeBase
from wenyuan.evaluate import read_judgements, sample
from wenyuan.evaluate.beir import Judgements, folder_and_qrels
from wenyuan.evaluate.judged import check_known, opened
from wenyuan.evaluate.metrics import Values, ndcg
from wenyuan.evaluate.record import SEED
from wenyuan.evaluate.run import OnQuestion
from wenyuan.types import Vector
from wenyuan.weigh import FEATURES, shifted

SHIFTS = (-0.3, -0.2, -0.1, 0.1, 0.2, 0.3)
"""What may be added to the dense leg's share."""

TRAIN = "train"
"""The judgements of a folder to learn from, if it has them."""

_K = 10


@dataclass(frozen=True, slots=True)
class Weighted:
    """The questions of one set: (n, f) features, and (n, 1 + s) nDCG@10 by fixed weights and by each of s shifts."""

    name: str
    features: Vector
    values: NDArray[np.float64]

    @property
    def gains(self) -> NDArray[np.float64]:
        """(n, s) nDCG@10 that each shift gains over the fixed weights."""
        gains: NDArray[np.float64] = self.values[:, 1:] - self.values[:, :1]
        return gains


@dataclass(frozen=True, slots=True)
class WeightedSet:
    """A set asked under every weight, and what it was asked with."""

    questions: Weighted  # those of which both legs find something
    alone: Values  # nDCG@10 of the others, for which no weight matters
    texts: frozenset[str]
    encoder: str
    normalise: str


def ask_weighted(
    place: Path, kb: Path | None, limit: int | None, on_question: OnQuestion, split: str | None = None
) -> WeightedSet:
    """Ask the questions of a BEIR folder, or of one of its qrels/*.tsv, by the fixed weights and by each shift of them.

    `kb`: the knowledge base to ask where the folder has no corpus; `limit`: so many questions at most, drawn with a
    fixed seed; `split`: the judgements of the folder to take where it has them.

    Raises:
        WrongUse, SourceError: there is nothing to ask, or none of the judged documents is known.
    """
    folder, qrels = folder_and_qrels(place)
    if qrels is None and split and (folder / "qrels" / f"{split}.tsv").is_file():
        qrels = folder / "qrels" / f"{split}.tsv"
    judgements = sample(read_judgements(folder, qrels), limit, SEED)
    name = f"{folder.name}/{qrels.stem}" if qrels else folder.name
    with opened(folder, kb) as base:
        check_known(base, judgements, kb or folder)
        questions, alone = _weighted(name, base, judgements, on_question)
        texts = frozenset(judgements.queries.values())
        return WeightedSet(questions, alone, texts, base.model, base.settings.fuse.normalise)


def _weighted(
    name: str, base: KnowledgeBase, judgements: Judgements, on_question: OnQuestion
) -> tuple[Weighted, Values]:
    """The questions of which both legs find something, and nDCG@10 of the others."""
    fixed = base.settings.fuse.dense
    shares = [fixed, *(shifted(fixed, shift) for shift in SHIFTS)]
    found = []
    for n, text in enumerate(judgements.queries.values(), 1):
        found.append(base.weigh(text, shares))
        on_question(n, len(judgements.queries))
    runs = zip(*(each.orders for each in found), strict=True)
    by_share = [ndcg(dict(zip(judgements.queries, run, strict=True)), judgements.qrels, _K) for run in runs]
    values = np.array(by_share).T
    both = np.array([each.features is not None for each in found])
    seen = np.array([each.features for each in found if each.features is not None], np.float32)
    return Weighted(name, seen.reshape(-1, len(FEATURES)), values[both]), values[~both, 0]
