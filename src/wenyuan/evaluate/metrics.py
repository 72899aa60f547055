"""Ranking metrics per query, as trec_eval defines them: nDCG with linear gain, precision, recall, reciprocal rank.

Each function gives one value per judged query, in the order of the judgements, so that intervals can be drawn of it.
A query that was not answered, or has nothing relevant, counts as 0; what was answered but not judged is left out.
A document is relevant if its grade is above 0.

The tests check them against ir-measures, which itself would bring scipy to every user, has no wheel for Linux on ARM,
and takes 3 times as long for all of them at once, 8 times one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from wenyuan.errors import WrongUse

Qrels = Mapping[str, Mapping[str, int]]
"""Query id → document id → grade."""

Run = Mapping[str, Sequence[str]]
"""Query id → document ids, best first, each once."""

Values = NDArray[np.float64]
"""One value per query of the judgements."""


def ranked(scores: Mapping[str, float]) -> list[str]:
    """Document ids by falling score; ties by falling id, as trec_eval breaks them: by no merit, but the same always."""
    return sorted(scores, key=lambda document: (scores[document], document), reverse=True)


def ndcg(run: Run, qrels: Qrels, k: int) -> Values:
    """Discounted gain of the first k over the best possible (Järvelin & Kekäläinen 2002)."""
    ideal = [_gain(sorted(grades.values(), reverse=True)[:k]) for grades in qrels.values()]
    found = [_gain(grades) for grades in _grades(run, qrels, k)]
    return np.array([gain / best if best else 0.0 for gain, best in zip(found, ideal, strict=True)])


def mrr(run: Run, qrels: Qrels, k: int) -> Values:
    """1 / rank of the first relevant document among the first k."""
    first = (next((rank for rank, grade in enumerate(top, 1) if grade > 0), 0) for top in _grades(run, qrels, k))
    return np.array([1 / rank if rank else 0.0 for rank in first])


def precision(run: Run, qrels: Qrels, k: int) -> Values:
    """Relevant documents among the first k, over k."""
    return np.array([_relevant(top) / k for top in _grades(run, qrels, k)])


def recall(run: Run, qrels: Qrels, k: int) -> Values:
    """Relevant documents among the first k, over all relevant ones."""
    counts = zip(_grades(run, qrels, k), qrels.values(), strict=True)
    return np.array([_relevant(top) / max(1, _relevant(grades.values())) for top, grades in counts])


def average_precision(run: Run, qrels: Qrels, k: int) -> Values:
    """Precision at each relevant document among the first k, summed, over all relevant ones; its mean is MAP."""
    sums = [
        sum(_relevant(top[:rank]) / rank for rank, grade in enumerate(top, 1) if grade > 0)
        for top in _grades(run, qrels, k)
    ]
    return np.array(
        [total / max(1, _relevant(grades.values())) for total, grades in zip(sums, qrels.values(), strict=True)]
    )


_MEASURES: dict[str, Callable[[Run, Qrels, int], Values]] = {
    "ndcg": ndcg,
    "mrr": mrr,
    "map": average_precision,
    "p": precision,
    "r": recall,
}


def measure(name: str, run: Run, qrels: Qrels) -> Values:
    """The metric of this name: "ndcg@10", "mrr@10", "map@100", "p@5", "r@100"; WrongUse for any other."""
    kind, _, k = name.partition("@")
    if kind not in _MEASURES or not k.isdecimal() or int(k) == 0:
        raise WrongUse(f"There is no metric {name!r}: use ndcg@K, mrr@K, map@K, p@K or r@K with K of at least 1.")
    return _MEASURES[kind](run, qrels, int(k))


def _grades(run: Run, qrels: Qrels, k: int) -> Iterator[list[int]]:
    return ([grades.get(document, 0) for document in run.get(query, ())[:k]] for query, grades in qrels.items())


def _gain(grades: Sequence[int]) -> float:
    return float(sum(grade / np.log2(rank + 1) for rank, grade in enumerate(grades, 1) if grade > 0))


def _relevant(grades: Iterable[int]) -> int:
    return sum(grade > 0 for grade in grades)
