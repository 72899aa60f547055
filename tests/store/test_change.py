"""A change that is whole, and its points as the catalogue rounds them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from archives import change, open_archive
from wenyuan.errors import WrongUse
from wenyuan.types import WHOLE, SparseVector


def test_as_many_states_as_chunks_or_none():
    with pytest.raises(WrongUse, match="attributes"):
        replace(change("a", ["one", "two"]), states=[b"one"])


def test_what_is_uneven_is_refused_by_the_name_of_its_document():
    one = change("a.md", ["x"])
    with pytest.raises(WrongUse, match=r"a\.md has 1 chunks"):
        replace(one, keys=[])


def test_points_are_rounded_as_the_catalogue_rounds(tmp_path):
    given = change("a.md", ["red apple", "red pear", "plum"], n=3)
    given = replace(given, sparse=[SparseVector((1, 2), (0.1, 0.2)) for _ in given.chunks])
    ids = [chunk.id for chunk in given.chunks]
    with open_archive(tmp_path) as archive:
        archive.replace([given])
        with archive.view(WHOLE) as view:
            kept = view.points("a.md")
    for made, stored in zip(given.points({*ids}), kept, strict=True):
        assert (made.id, made.sparse, made.payload) == (stored.id, stored.sparse, stored.payload)
        np.testing.assert_array_equal(made.dense, stored.dense)
    assert [point.id for point in given.points({ids[1]})] == ids[1:2]


def test_what_filters_ask_of_a_document_is_the_payload_of_its_points():
    payload = change("docs/a.md", ["x"], time=5.0, type_="pdf", product="X").payload
    assert payload == {
        "document": "docs/a.md",
        "source": ("docs/a.md", "docs"),
        "type": "pdf",
        "access": ("everyone",),
        "time": 5.0,
        "product": "X",
    }
