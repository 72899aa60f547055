"""Ranked lists → one list: scores brought to one scale and added with weights, or reciprocal ranks (RRF);
near-identical hits are kept once."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from wenyuan.text.fingerprint import SIZE, similarity
from wenyuan.types import Candidate, Fused, LegScore, Recalled

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


NORMALISATIONS: Mapping[Normalisation, Callable[[Sequence[float]], list[float]]] = {
    "minmax": minmax,
    "max": by_max,
    "zscore": zscore,
    "sigmoid": sigmoid,
}


def fuse(
    recalled: Recalled,
    weights: Mapping[str, float],
    limit: int,
    *,
    method: Method = "weighted",
    normalise: Normalisation = "minmax",
) -> list[Fused]:
    """The best `limit` candidates of all legs.

    A candidate that a leg did not return has 0 there. With "rrf" the normalised score of a leg is 1 / (60 + rank), and
    weights scale the legs as they do with "weighted".
    """
    lists = {leg: candidates for leg, candidates in recalled.items() if candidates}
    scaled = {leg: _scaled(candidates, method, normalise) for leg, candidates in lists.items()}
    totals: dict[int, float] = {}
    for leg, candidates in lists.items():
        weight = weights[leg]
        for candidate, score in zip(candidates, scaled[leg], strict=True):
            totals[candidate.chunk] = totals.get(candidate.chunk, 0.0) + weight * score
    best = sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:limit]
    rows = {leg: {c.chunk: rank for rank, c in enumerate(candidates, 1)} for leg, candidates in lists.items()}

    def leg_score(leg: str, chunk: int) -> LegScore:
        rank = rows[leg].get(chunk)
        if rank is None:
            return LegScore(raw=None, normalised=0.0, weight=weights[leg], rank=None)
        return LegScore(lists[leg][rank - 1].score, scaled[leg][rank - 1], weights[leg], rank)

    return [Fused(chunk, score, {leg: leg_score(leg, chunk) for leg in lists}) for chunk, score in best]


def _scaled(candidates: Sequence[Candidate], method: Method, normalise: Normalisation) -> list[float]:
    if method == "rrf":
        return [1 / (_RRF_K + rank) for rank in range(1, len(candidates) + 1)]
    return NORMALISATIONS[normalise]([candidate.score for candidate in candidates])


def distinct(ranked: Sequence[Fused], fingerprints: Mapping[int, bytes], threshold: float, k: int) -> list[Fused]:
    """The first k, without those whose fingerprint is at least `threshold` similar (0–1) to a better one's.

    Candidates without a fingerprint are left out: they are not (or no longer) stored.
    """
    kept: list[Fused] = []
    rows = np.empty((k, SIZE), np.uint8)
    for fused in ranked:
        row = fingerprints.get(fused.chunk)
        if row is None:
            continue
        rows[len(kept)] = np.frombuffer(row, np.uint8)
        if kept and similarity(rows[len(kept)], rows[: len(kept)]).max() >= threshold:
            continue
        kept.append(fused)
        if len(kept) == k:
            break
    return kept
