"""What becomes of the points of chunks that stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archives import change, chunk_id, dense, open_archive, search, sparse
from wenyuan.errors import OutOfSpace
from wenyuan.store.stayed import what_stays
from wenyuan.types import Condition


def test_a_chunk_is_rewritten_with_its_section_and_relabelled_with_its_document(tmp_path):
    first = change("a.md", ["red apple", "red brick", "green pear"], team="x")
    with open_archive(tmp_path) as kb:
        kb.replace([first])
        held = {"a.md": {chunk.id for chunk in first.chunks}}
        again = change("a.md", ["red apple", "red brick", "green pear"], team="x")
        assert what_stays(kb._catalogue, [again], held) == ([], [])
        other = change("a.md", ["red apple", "red brick", "blue plum"], team="x")
        assert {point.id for point in what_stays(kb._catalogue, [other], held).outdated} == {
            chunk_id("a.md", text) for text in ("red apple", "red brick")
        }
        labelled = replace(first, document=replace(first.document, metadata={"team": "y"}))
        [(ids, payload)] = what_stays(kb._catalogue, [labelled], held).relabelled
        assert set(ids) == held["a.md"]
        assert payload["team"] == "y"
        assert what_stays(kb._catalogue, [change("b.md", ["x"])], {"b.md": set()}) == ([], [])


def test_metadata_that_could_not_be_written_is_written_later(tmp_path, monkeypatch):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["red apple"], team="x")])

        def full(ids, payload):
            raise OutOfSpace("The disk is full.")

        with monkeypatch.context() as patch:
            patch.setattr(kb._store, "set_payload", full)
            with pytest.raises(OutOfSpace):
                kb.replace([change("a.md", ["red apple"], team="y")])
        kb.replace([change("a.md", ["red apple"], team="y")])
        assert kb.check() == []
        assert len(search(kb, dense("red"), sparse("red"), 5, Condition("team", "eq", "y"))["bm25"]) == 1
