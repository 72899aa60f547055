"""The unit of a commit: one document with every index's view of its chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wenyuan.errors import WrongUse
from wenyuan.filters import payload_of
from wenyuan.store.packing import pack_sparse, unpack_sparse
from wenyuan.text.sections import in_context
from wenyuan.types import Chunk, Correction, Document, Point, SparseVector, Summary, Value, Vector


@dataclass(frozen=True, slots=True)
class Change:
    """A new or changed document, ready to commit: one key, vector, sparse vector and fingerprint a chunk."""

    document: Document
    chunks: Sequence[Chunk]
    keys: Sequence[bytes]  # of the encoded content: equal keys have equal vectors
    vectors: Vector  # (n, d)
    sparse: Sequence[SparseVector]
    fingerprints: Sequence[NDArray[np.uint8]]  # (n, 64)
    states: Sequence[bytes] = ()  # of the token scorer, where there is one
    summaries: Sequence[Summary] = ()  # of its sections, where they are wanted
    corrections: Sequence[Correction] = ()  # all that were made of it, in the place of those before
    stamp: str = ""  # the state of the source, by which its next reading may be spared
    payload: Mapping[str, Value] = field(init=False)

    def __post_init__(self) -> None:
        lengths = {len(self.keys), len(self.vectors), len(self.sparse), len(self.fingerprints)}
        if self.states:
            lengths.add(len(self.states))
        if lengths != {len(self.chunks)}:
            raise WrongUse(f"The change of {self.document.id} has {len(self.chunks)} chunks but {lengths} attributes.")
        object.__setattr__(self, "payload", payload_of(self.document))

    def points(self, ids: AbstractSet[int]) -> list[Point]:
        """The points of these chunks, rounded as the catalogue rounds: an index made again from it is the same."""
        rounded = self.vectors.astype(np.float16).astype(np.float32)
        dense = in_context(rounded, [chunk.headings for chunk in self.chunks])
        rows = zip(self.chunks, dense, self.sparse, strict=True)
        return [
            Point(chunk.id, row, unpack_sparse(pack_sparse(sparse)), self.payload)
            for chunk, row, sparse in rows
            if chunk.id in ids
        ]
