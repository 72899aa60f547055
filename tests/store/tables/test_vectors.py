"""Vectors by what was encoded, and by the chunks that have them."""

from __future__ import annotations

import numpy as np
import pytest

from archives import change, dense, digest, open_archive
from wenyuan.store.tables.vectors import vectors_at
from wenyuan.types import WHOLE


@pytest.fixture
def kb(tmp_path):
    with open_archive(tmp_path / "kb") as archive:
        yield archive


def test_known_vectors_are_given_back_rounded_to_half_precision(kb):
    kb.replace([change("a.md", ["red apple"])])
    known = kb.vectors_for([digest("red apple"), digest("unknown")])
    assert list(known) == [digest("red apple")]
    np.testing.assert_array_equal(known[digest("red apple")], dense("red apple").astype(np.float16).astype(np.float32))
    kb.remove(["a.md"])
    assert kb.vectors_for([digest("red apple")]) == {}


def test_chunks_are_found_by_their_keys_with_their_vectors(kb):
    given = change("a.md", ["red apple", "red pear"])
    kb.replace([given])
    with kb.view(WHOLE) as view:
        keys = [key for (key,) in view.select("SELECT key FROM chunks ORDER BY ordinal")]
        found = vectors_at(view, [*keys, 99])
    assert [(key, chunk) for key, chunk, _ in found] == list(zip(keys, [c.id for c in given.chunks], strict=True))
    np.testing.assert_array_equal(found[0][2], dense("red apple").astype(np.float16))
