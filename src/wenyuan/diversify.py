"""Hits that complement each other: something for each sub-question, something new before more of the same, and of a
passage and its translation the one in the question's language first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from wenyuan.text.fingerprint import SIZE, similarities
from wenyuan.text.language import language
from wenyuan.types import Hit, Language, Vector

# Cosine from which on a passage translates one in the other language: with the shipped encoder 99 of 100 translations
# do, and 1 of 100 other sections of their site. With an encoder whose cosines lie closer, only what stands out counts.
TRANSLATES, _STANDS_OUT = 0.76, 0.08


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


def own_language_first(hits: Sequence[Hit], own: Language, vectors: Mapping[int, Vector]) -> list[Hit]:
    """The hits, best first, those that translate one in the other language before it and with its score.

    `vectors` are those of the hits' chunks by id, each (d,) of unit length; a hit without one keeps its place.
    """
    known = [n for n, hit in enumerate(hits) if hit.chunk.id in vectors]
    is_own = np.array([language(hits[n].chunk.text) == own for n in known], bool)
    if is_own.all() or not is_own.any():
        return list(hits)
    rows = np.stack([vectors[hits[n].chunk.id] for n in known])
    near = rows @ rows.T
    np.fill_diagonal(near, np.nan)
    bounds = np.maximum(TRANSLATES, np.nanmedian(near, axis=1) + _STANDS_OUT) if len(known) > 3 else TRANSLATES
    fits = is_own & ~is_own[:, None] & (near >= np.reshape(bounds, (-1, 1)))
    places = {n: at for at, n in enumerate(known)}
    left, chosen = set(range(len(hits))), list[Hit]()
    for n, hit in enumerate(hits):
        if n not in left:
            continue
        left.remove(n)
        twins = [m for m in np.flatnonzero(fits[places[n]]) if known[m] in left] if n in places else []
        if twins:
            twin = known[max(twins, key=near[places[n]].__getitem__)]
            left.remove(twin)
            chosen.append(replace(hits[twin], score=hit.score))
        chosen.append(hit)
    return _ranked(chosen)


def _ranked(hits: Sequence[Hit]) -> list[Hit]:
    return [replace(hit, rank=n + 1) for n, hit in enumerate(hits)]
