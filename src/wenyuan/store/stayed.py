"""What becomes of the points of chunks that a change leaves as they are, when their section or document is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np

from wenyuan.store.catalogue import Catalogue
from wenyuan.store.change import Change
from wenyuan.types import Point, Value


class Stayed(NamedTuple):
    """Points that get other vectors, and those (ids, payload) that get other metadata only."""

    outdated: list[Point]
    relabelled: list[tuple[list[int], Mapping[str, Value]]]


def what_stays(catalogue: Catalogue, changes: Sequence[Change], held: Mapping[str, AbstractSet[int]]) -> Stayed:
    """Of the chunks that stay: the points whose vectors change with their section, and those that only need the
    document's new metadata; `held` are the chunks that each document has had."""
    stayed = Stayed([], [])
    for change in changes:
        if not (kept := held[change.document.id] & {chunk.id for chunk in change.chunks}):
            continue
        before = {point.id: point for point in catalogue.points(change.document.id)}
        after = change.points(kept)
        moved = [point for point in after if not _same_vectors(point, before[point.id])]
        stayed.outdated.extend(moved)
        same = kept - {point.id for point in moved}
        if same and before[min(same)].payload != change.payload:
            stayed.relabelled.append((sorted(same), change.payload))
    return stayed


def _same_vectors(one: Point, other: Point) -> bool:
    return one.sparse == other.sparse and np.array_equal(one.dense, other.dense)
