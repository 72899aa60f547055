"""One question under several weights of the legs: what a policy of them is trained on and judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wenyuan.engine.questions import Questions
from wenyuan.fuse import fuse
from wenyuan.recall import MAIN, recall
from wenyuan.trace import Trace
from wenyuan.types import Vector
from wenyuan.weigh import features


@dataclass(frozen=True, slots=True)
class Weighing:
    """Features of a question (see `wenyuan.weigh`), and for each share of the dense leg the documents, best first.

    There are no features where a leg finds nothing: no weight matters then.
    """

    features: Vector | None
    orders: list[list[str]]


def weighing(questions: Questions, question: str, shares: Sequence[float]) -> Weighing:
    """Both legs are asked once, and fused once a share."""
    query, fuse_by = questions.understand(question), questions.settings.fuse
    candidates = questions.settings.recall.candidates
    recalled = recall(query, questions.encoder, questions.archive, candidates, Trace())
    chunks = questions.archive.chunks(list({hit.chunk for hits in recalled.values() for hit in hits}))
    orders = []
    for share in shares:
        weights = {"dense": share, "bm25": 1 - share}
        order = fuse(recalled, weights, method=fuse_by.method, normalise=fuse_by.normalise).order
        orders.append(list(dict.fromkeys(chunks[chunk].document for chunk in order if chunk in chunks)))
    both = all(recalled.get(leg) for leg in MAIN)
    return Weighing(features(query, recalled, chunks) if both else None, orders)
