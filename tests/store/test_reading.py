"""Documents and chunks read back as they were given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archives import Now, change, open_archive
from wenyuan.errors import WrongUse
from wenyuan.types import Mark


@pytest.fixture
def kb(tmp_path):
    with open_archive(tmp_path / "kb") as archive:
        yield archive


def test_documents_come_back_as_they_were_given(kb):
    given = change("docs/甲.md", ["红 苹果 🍎", "red pear"], time=12.5, lang="zh", tags=("x", "y"), n=3, ok=True)
    marks = (Mark(0, page=1), Mark(5, sheet="价格", row=7))
    given = replace(given, document=replace(given.document, marks=marks))
    kb.replace([given])
    assert Now(kb).document("docs/甲.md") == given.document
    assert Now(kb).marks("docs/甲.md", 0, 99) == marks
    assert Now(kb).marks("none", 0, 99) == ()
    assert Now(kb).chunks([chunk.id for chunk in given.chunks]) == {chunk.id: chunk for chunk in given.chunks}
    assert Now(kb).read("docs/甲.md", 2, 4) == "苹果"
    (info,) = kb.documents()
    assert info == Now(kb).info("docs/甲.md") == kb.infos(["docs/甲.md", "none"])["docs/甲.md"]
    assert (info.chunks, info.stamp, info.metadata["tags"]) == (2, "stamp", ("x", "y"))
    assert Now(kb).info("none") is None
    assert Now(kb).document("none") is None
    with pytest.raises(WrongUse, match="no document 'none'"):
        Now(kb).read("none", 0, 1)


def test_rows_are_the_committed_chunks_with_their_fingerprints(kb):
    given = change("a.md", ["same text", "other text"])
    kb.replace([given])
    first, second = (chunk.id for chunk in given.chunks)
    rows = Now(kb).fingerprinted([second, 99, first])
    assert {id_: row.chunk for id_, row in rows.items()} == {chunk.id: chunk for chunk in given.chunks}
    assert rows[first].fingerprint == given.fingerprints[0].tobytes()
    kb.remove(["a.md"])
    assert Now(kb).fingerprinted([first, second]) == {}


def test_documents_are_found_by_folder_and_no_neighbour_of_a_like_name_is(kb):
    kb.replace([change(name, ["x"]) for name in ("docs/a.md", "docs/zh/b.md", "docs2/c.md", "docs.md", "/far/d.md")])
    assert kb.under("docs") == kb.under("docs/") == ["docs/a.md", "docs/zh/b.md"]
    assert kb.under("docs/a.md") == ["docs/a.md"]
    assert sorted(kb.under(".")) == ["docs.md", "docs/a.md", "docs/zh/b.md", "docs2/c.md"]
    assert kb.under("doc") == []


def test_neighbours_are_those_of_a_document_in_its_order(kb):
    kb.replace([change("a.md", [f"t{n}" for n in range(6)]), change("b.md", ["other"])])
    assert [chunk.text for chunk in Now(kb).neighbours("a.md", 2, 4)] == ["t2", "t3", "t4"]
    assert [chunk.text for chunk in Now(kb).neighbours("a.md", 4, 99)] == ["t4", "t5"]
    assert Now(kb).neighbours("none", 0, 9) == []


def test_what_is_asked_of_documents_that_are_not_there_is_nothing(kb):
    kb.replace([change("empty.md", [])])
    assert Now(kb).ids_of(["none", "empty.md"]) == {"none": set(), "empty.md": set()}
    assert Now(kb).points("none") == Now(kb).points("empty.md") == []
    assert Now(kb).present([1, 2]) == set()
