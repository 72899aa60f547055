"""Vectors as the catalogue keeps them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.store.packing import pack_sparse, unpack_dense, unpack_sparse
from wenyuan.types import SparseVector

weights = st.dictionaries(st.integers(0, 2**32 - 1), st.floats(-1e6, 1e6, width=32), max_size=20)


@given(weights)
def test_terms_come_back_as_they_were_in_eight_bytes_each(terms: dict[int, float]) -> None:
    vector = SparseVector(tuple(terms), tuple(terms.values()))
    assert len(pack_sparse(vector)) == 8 * len(terms)
    assert unpack_sparse(pack_sparse(vector)) == vector


def test_weights_are_rounded_to_single_precision() -> None:
    (value,) = unpack_sparse(pack_sparse(SparseVector((1,), (0.1,)))).values
    assert value == float(np.float32(0.1)) != 0.1


def test_dense_vectors_are_widened_from_half_precision() -> None:
    vector = unpack_dense(np.array([0.1, -2, 0], np.float16).tobytes())
    assert vector.dtype == np.float32
    assert vector.tolist() == [float(np.float16(0.1)), -2, 0]
