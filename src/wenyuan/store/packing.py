"""Vectors as the catalogue stores them: dense ones in float16, sparse ones as pairs of index and value."""

from __future__ import annotations

import numpy as np

from wenyuan.types import SparseVector, Vector

_SPARSE = np.dtype([("index", "<u4"), ("value", "<f4")])


def unpack_dense(blob: bytes) -> Vector:
    """(d,) float16 as bytes → float32."""
    return np.frombuffer(blob, np.float16).astype(np.float32)


def pack_sparse(vector: SparseVector) -> bytes:
    """Eight bytes a term."""
    packed = np.empty(len(vector.indices), _SPARSE)
    packed["index"], packed["value"] = vector.indices, vector.values
    return packed.tobytes()


def unpack_sparse(blob: bytes) -> SparseVector:
    """What `pack_sparse` packed, its values rounded to float32."""
    packed = np.frombuffer(blob, _SPARSE)
    return SparseVector(tuple(packed["index"].tolist()), tuple(packed["value"].tolist()))
