"""Words in blocks of four bits: what goes into them exactly, and how the rest is rounded."""

from __future__ import annotations

import numpy as np

from tiny_reranker import random_blocks
from wenyuan.training.export.weights import Q4Rows


def test_the_nearest_blocks_of_any_values_are_within_a_step_and_go_back_exactly():
    values = np.random.default_rng(0).normal(size=(5, 64)).astype(np.float32)
    values[0, :32] = 0
    blocks = Q4Rows.nearest(values)
    steps = np.abs(blocks.scales.astype(np.float32)).repeat(32, axis=1)
    assert (np.abs(blocks.dequantise() - values) <= steps * 1.01 + 1e-6).all()
    again = Q4Rows.exactly(blocks.dequantise())
    assert again is not None
    np.testing.assert_array_equal(again.dequantise(), blocks.dequantise())


def test_values_from_blocks_go_back_into_blocks_exactly():
    values = random_blocks().dequantise()
    found = Q4Rows.exactly(values)
    assert found is not None
    np.testing.assert_array_equal(found.dequantise(), values)
    assert Q4Rows.exactly(values + np.float32(1e-4)) is None
    assert Q4Rows.exactly(values[:, :-1]) is None
