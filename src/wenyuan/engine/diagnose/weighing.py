"""One question under several weights of the legs: what a policy of them is trained on and judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wenyuan.engine.flow import Flow
from wenyuan.fuse import fuse
from wenyuan.recall import MAIN, recall
from wenyuan.trace import Trace
from wenyuan.types import Vector, View
from wenyuan.weigh import features


@dataclass(frozen=True, slots=True)
class Weighing:
    """Features of a question (see `wenyuan.weigh`), and for each share of the dense leg the documents, best first.

    There are no features where a leg finds nothing: no weight matters then.
    """

    features: Vector | None
    orders: list[list[str]]


def weighing(flow: Flow, view: View, question: str, dense: Sequence[float]) -> Weighing:
    """Both legs are asked once, as when a question is served, and fused once a share of the dense leg."""
    query, fuse_by = flow.understand(view, question), flow.settings.fuse
    legs = [leg for leg in flow.legs if leg.name in MAIN]
    recalled = recall(query, flow.encoder, view, flow.settings.recall.candidates, legs, Trace())
    chunks = view.chunks(list({hit.chunk for hits in recalled.values() for hit in hits}))
    orders = []
    for share in dense:
        weights = {"dense": share, "bm25": 1 - share}
        order = fuse(recalled, weights, method=fuse_by.method, normalise=fuse_by.normalise).order
        orders.append(list(dict.fromkeys(chunks[chunk].document for chunk in order)))
    both = all(recalled.get(leg) for leg in MAIN)
    return Weighing(features(query, recalled, chunks) if both else None, orders)
