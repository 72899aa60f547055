"""Hits that complement each other: something for each sub-question, something new before more of the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from wenyuan.text.fingerprint import SIZE, similarities
from wenyuan.types import Hit


def cover(hits: Sequence[Hit], of_parts: Sequence[Sequence[Hit]], k: int) -> list[Hit]:
    """The k best, among them the best of each sub-question, which stands behind the first hit where it was missing.

    All lists come best first. A sub-question has its share if any of its three best is among the k.
    """
    chosen = list(hits[:k])
    missing: list[Hit] = []
    for part in of_parts:
        present = {hit.chunk.id for hit in (*chosen, *missing)}
        if part and present.isdisjoint(hit.chunk.id for hit in part[:3]):
            missing.append(part[0])
    return _ranked([*chosen[:1], *missing, *chosen[1:]][:k])


def diversify(
    hits: Sequence[Hit], fingerprints: Sequence[bytes], k: int, *, novelty: float = 0.0, per_document: int | None = None
) -> list[Hit]:
    """k of the hits, best first, at most `per_document` of one document.

    Each next hit has the most (1 − novelty) · score − novelty · similarity to the most similar one chosen before (MMR,
    Carbonell & Goldstein 1998); similarity is that of `fingerprints`, parallel to the hits. With novelty 0 the order
    stays as it is.
    """
    if not hits:
        return []
    rows = np.frombuffer(b"".join(fingerprints), np.uint8).reshape(-1, SIZE)
    alike = similarities(rows) if novelty else np.zeros((len(hits), len(hits)), np.float32)
    worth = (1 - novelty) * np.array([hit.score for hit in hits])
    redundant = np.zeros(len(hits))
    counts: Counter[str] = Counter()
    left = list(range(len(hits)))
    chosen: list[Hit] = []
    while left and len(chosen) < k:
        best = max(left, key=lambda n: worth[n] - novelty * redundant[n])  # of equals the first
        left.remove(best)
        if per_document is not None and counts[hits[best].chunk.document] >= per_document:
            continue
        counts[hits[best].chunk.document] += 1
        chosen.append(hits[best])
        redundant = np.maximum(redundant, alike[best])
    return _ranked(chosen)


def _ranked(hits: Sequence[Hit]) -> list[Hit]:
    return [replace(hit, rank=n + 1) for n, hit in enumerate(hits)]
