"""Ranked lists → one list: scores brought to one scale and added with weights, or reciprocal ranks (RRF);
near-identical hits are kept once."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from wenyuan.text.fingerprint import SIZE, similarities
from wenyuan.trace import Distinct, Trace
from wenyuan.types import Candidate, Fingerprinted, Hit, LegScore, Recalled

Method = Literal["weighted", "rrf"]
Normalisation = Literal["minmax", "max", "zscore", "sigmoid"]

_RRF_K = 60  # Cormack, Clarke & Büttcher 2009


def minmax(scores: Sequence[float]) -> list[float]:
    """Best 1, worst 0; equal scores all 1."""
    low, high = min(scores), max(scores)
    spread = high - low
    return [(score - low) / spread for score in scores] if spread > 0 else [1.0] * len(scores)


def by_max(scores: Sequence[float]) -> list[float]:
    """Best 1, zero stays 0."""
    high = max(scores)
    return [max(0.0, score / high) for score in scores] if high > 0 else [1.0] * len(scores)


def zscore(scores: Sequence[float]) -> list[float]:
    """Standard deviations above the mean, clipped at ±3 and mapped to 0–1."""
    mean, deviation = statistics.fmean(scores), statistics.pstdev(scores)
    return [(min(3.0, max(-3.0, (score - mean) / deviation)) + 3) / 6 if deviation > 0 else 1.0 for score in scores]


def sigmoid(scores: Sequence[float]) -> list[float]:
    """Logistic of the z-score: like `zscore` without the clip."""
    mean, deviation = statistics.fmean(scores), statistics.pstdev(scores)
    return [1 / (1 + math.exp((mean - score) / deviation)) if deviation > 0 else 1.0 for score in scores]


Fetch = Callable[[Sequence[int]], Mapping[int, Fingerprinted]]
"""Ids → their chunks with fingerprints, those that are gone left out."""

NORMALISATIONS: Mapping[Normalisation, Callable[[Sequence[float]], list[float]]] = {
    "minmax": minmax,
    "max": by_max,
    "zscore": zscore,
    "sigmoid": sigmoid,
}


@dataclass(frozen=True, slots=True)
class Ranking:
    """All candidates of all legs in one order; what each leg said of one is looked up when asked."""

    order: list[int]  # chunks, best first; equal scores by chunk id
    scores: Mapping[int, float]
    lists: Recalled
    normalised: Mapping[str, Sequence[float]]  # parallel to `lists`
    weights: Mapping[str, float]

    def legs(self, chunks: Sequence[int]) -> list[dict[str, LegScore]]:
        """What each leg said of each of these chunks."""
        ranks = {leg: {hit.chunk: n for n, hit in enumerate(hits)} for leg, hits in self.lists.items()}
        return [{leg: self._leg(leg, ranks[leg].get(chunk)) for leg in self.lists} for chunk in chunks]

    def _leg(self, leg: str, n: int | None) -> LegScore:
        if n is None:
            return LegScore(None, 0.0, self.weights[leg], None)
        return LegScore(self.lists[leg][n].score, self.normalised[leg][n], self.weights[leg], n + 1)


def fuse(
    recalled: Recalled,
    weights: Mapping[str, float],
    *,
    method: Method = "weighted",
    normalise: Normalisation = "minmax",
) -> Ranking:
    """Rank the candidates of all legs by their weighted sum; a candidate that a leg did not return has 0 there.

    With "rrf" the normalised score of a leg is 1 / (60 + rank), and weights scale the legs as they do with "weighted".
    """
    lists = {leg: hits for leg, hits in recalled.items() if hits}
    normalised = {leg: _scaled(hits, method, normalise) for leg, hits in lists.items()}
    scores: dict[int, float] = {}
    for leg, hits in lists.items():
        weight = weights[leg]
        for hit, score in zip(hits, normalised[leg], strict=True):
            scores[hit.chunk] = scores.get(hit.chunk, 0.0) + weight * score
    order = sorted(sorted(scores), key=scores.__getitem__, reverse=True)
    return Ranking(order, scores, lists, normalised, weights)


def duplicates(fingerprints: Sequence[bytes], threshold: float) -> dict[int, int]:
    """Which of these, best first, are at least `threshold` similar (0–1) to one kept before: position → that one's."""
    rows = np.frombuffer(b"".join(fingerprints), np.uint8).reshape(-1, SIZE)
    alike = similarities(rows) >= threshold
    if np.count_nonzero(alike) == len(rows):  # each is like itself alone: the usual case
        return {}
    kept: list[int] = []
    dropped: dict[int, int] = {}
    for n in range(len(rows)):
        like = np.flatnonzero(alike[n, kept])
        if like.size:
            dropped[n] = kept[like[0]]
        else:
            kept.append(n)
    return dropped


def distinct(ranking: Ranking, fetch: Fetch, threshold: float, k: int, trace: Trace) -> list[Hit]:
    """The k best with their chunks, of near-identical ones only the best; more are looked at as some fall out."""
    kept: list[Fingerprinted] = []
    seen: list[Fingerprinted] = []
    of: dict[int, int] = {}
    for start in range(0, len(ranking.order), k):
        page = ranking.order[start : start + k]
        found = fetch(page)
        seen += (rows := [found[chunk] for chunk in page if chunk in found])
        kept += rows
        dropped = duplicates([row.fingerprint for row in kept], threshold)
        of |= {kept[n].chunk.id: kept[better].chunk.id for n, better in dropped.items()}
        kept = [row for n, row in enumerate(kept) if n not in dropped]
        if len(kept) >= k:
            break
    trace.distinct = Distinct(seen, of, threshold, k)
    chunks = [row.chunk for row in kept[:k]]
    legs = ranking.legs([chunk.id for chunk in chunks])
    return [Hit(n + 1, chunk, ranking.scores[chunk.id], legs[n]) for n, chunk in enumerate(chunks)]


def _scaled(candidates: Sequence[Candidate], method: Method, normalise: Normalisation) -> list[float]:
    if method == "rrf":
        return [1 / (_RRF_K + rank) for rank in range(1, len(candidates) + 1)]
    return NORMALISATIONS[normalise]([candidate.score for candidate in candidates])
