"""How much each leg counts for one question: a small policy shifts the fixed weights where it is sure that this gains.

It reads the question and what both legs found, nothing else: `features` are numbers of these, the same when a policy
is trained and when it is used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from wenyuan.text.language import language
from wenyuan.text.words import codes, content_words, words
from wenyuan.trace import Weighed
from wenyuan.types import Candidate, Chunk, LegPolicy, Query, Recalled, Vector

READ = 3  # of each leg's best chunks, whose texts are looked at
_LAST = 100  # candidates of a leg that are looked at

FEATURES = (
    "chinese",
    "code",
    "words",
    "bm25_per_word",
    "bm25_gap",
    "bm25_gap_10",
    "bm25_floor",
    "bm25_found",
    "bm25_lead",
    "dense_best",
    "dense_gap",
    "dense_gap_10",
    "dense_spread",
    "dense_lead",
    "agree_3",
    "agree_10",
    "agree_100",
    "bm25_best_in_dense",
    "dense_best_in_bm25",
    "bm25_covered",
    "dense_covered",
    "bm25_foreign",
    "dense_foreign",
    "factual",
    "practical",
)
"""What a policy sees, in this order; `features` says what each is."""


def readable(recalled: Recalled) -> list[int]:
    """The chunks whose texts `features` looks at."""
    return list(dict.fromkeys(hit.chunk for hits in recalled.values() for hit in hits[:READ]))


def features(query: Query, recalled: Recalled, chunks: Mapping[int, Chunk]) -> Vector:
    """(len(FEATURES),) float32 of a question, both legs' lists and the texts of the `readable` chunks.

    Of the question: language, a code in it, words (logarithm), whether it asks for a fact or for help. Of each leg's
    scores: the best (BM25's per word), how far below it the second, tenth and last are, the lead in standard
    deviations, how many BM25 found. Of both: the share of common chunks among the first 3, 10 and 100, and where one
    leg's best stands in the other (1 / rank). Of the best chunks' texts: the share of the question's words in the
    first, and of texts that are not in the question's language.
    """
    asked = list(dict.fromkeys(content_words(query.normalised)))
    bm25, dense = (list(recalled.get(leg, ()))[:_LAST] for leg in ("bm25", "dense"))
    values = [
        float(query.language == "zh"),
        float(bool(codes(query.normalised))),
        math.log1p(len(asked)),
        *_of_bm25(bm25, len(asked)),
        *_of_dense(dense),
        *(_agreement(bm25, dense, n) for n in (3, 10, 100)),
        _place(bm25, dense),
        _place(dense, bm25),
        _covered(asked, bm25, chunks),
        _covered(asked, dense, chunks),
        _foreign(query, bm25, chunks),
        _foreign(query, dense, chunks),
        float(query.intent == "lookup"),
        float(query.intent in ("howto", "troubleshooting")),
    ]
    return np.array(values, np.float32)


def weigh(
    query: Query, recalled: Recalled, chunks: Mapping[int, Chunk], policy: LegPolicy, fixed: Mapping[str, float]
) -> Weighed:
    """The weights for a question: `fixed`, with the dense leg's share shifted as the policy has it, if it is sure.

    It is unsure where a leg found nothing, or where it expects less of every shift than it was found to need.
    """
    if not all(recalled.get(leg) for leg in ("bm25", "dense")):
        return Weighed(policy.id, dict(fixed), {}, 0.0, None, policy.threshold, "only one leg found something")
    seen = features(query, recalled, chunks)
    best, gain = choose(policy, seen)
    named = dict(zip(FEATURES, map(float, seen), strict=True))
    if best is None:
        return Weighed(policy.id, dict(fixed), named, 0.0, gain, policy.threshold, "unsure")
    shift = float(policy.shifts[best])
    share = shifted(fixed["dense"], shift)
    return Weighed(policy.id, {"dense": share, "bm25": 1 - share}, named, shift, gain, policy.threshold, "sure")


def choose(policy: LegPolicy, seen: Vector) -> tuple[int | None, float]:
    """Which of the policy's shifts to make for these features, None for none of them, and what the best would gain."""
    gains = policy.gains(seen)
    best = int(gains.argmax())
    gain = float(gains[best])
    return (best if gain >= policy.threshold else None), gain  # not a number is unsure, too


def shifted(share: float, shift: float) -> float:
    """The dense leg's share after a shift: from 0 to 1."""
    return min(1.0, max(0.0, round(share + shift, 6)))


def _of_bm25(hits: Sequence[Candidate], asked: int) -> list[float]:
    if not hits:
        return [0.0] * 6
    scores = np.array([hit.score for hit in hits])
    best = max(float(scores[0]), 1e-9)
    return [
        best / max(1, asked),
        1 - _nth(scores, 2) / best,
        1 - _nth(scores, 10) / best,
        _nth(scores, _LAST) / best,
        len(hits) / _LAST,
        _lead(scores),
    ]


def _of_dense(hits: Sequence[Candidate]) -> list[float]:
    if not hits:
        return [0.0] * 5
    scores = np.array([hit.score for hit in hits])
    best = float(scores[0])
    return [
        best,
        best - _nth(scores, 2),
        best - _nth(scores, 10),
        best - _nth(scores, _LAST),
        _lead(scores),
    ]


def _nth(scores: np.ndarray[tuple[int], np.dtype[np.float64]], n: int) -> float:
    """The n-th best score, or the last where there are fewer."""
    return float(scores[min(n, len(scores)) - 1])


def _lead(scores: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """The best score in standard deviations above the mean."""
    deviation = float(scores.std())
    return float(scores[0] - scores.mean()) / deviation if deviation > 0 else 0.0


def _agreement(one: Sequence[Candidate], other: Sequence[Candidate], n: int) -> float:
    return len({hit.chunk for hit in one[:n]} & {hit.chunk for hit in other[:n]}) / n


def _place(hits: Sequence[Candidate], other: Sequence[Candidate]) -> float:
    """1 / rank of a leg's best in the other leg's list; 0 where it is not in it."""
    if not hits:
        return 0.0
    return next((1 / rank for rank, hit in enumerate(other, 1) if hit.chunk == hits[0].chunk), 0.0)


def _covered(asked: Sequence[str], hits: Sequence[Candidate], chunks: Mapping[int, Chunk]) -> float:
    if not (asked and hits and hits[0].chunk in chunks):
        return 0.0
    there = set(words(chunks[hits[0].chunk].encoded))
    return sum(word in there for word in asked) / len(asked)


def _foreign(query: Query, hits: Sequence[Candidate], chunks: Mapping[int, Chunk]) -> float:
    texts = [chunks[hit.chunk].encoded for hit in hits[:READ] if hit.chunk in chunks]
    return sum(language(text) != query.language for text in texts) / len(texts) if texts else 0.0
