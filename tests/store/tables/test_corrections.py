"""Corrections in the catalogue: they outlast their document's rows, and are seen with their document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archives import Now, change, open_archive
from wenyuan.store.archive import Archive
from wenyuan.store.change import Change
from wenyuan.types import WHOLE, Chunk, Correction, Scope


def correction(chunk: Chunk, **given: object) -> Correction:
    made = Correction(chunk.id + 1, chunk.document, chunk.text, 0, False, None, 12.5, chunk, True)
    return replace(made, **given)  # type: ignore[arg-type]


def corrected(name: str, said: str, *, access: str = "everyone") -> Change:
    """A change of a document, the second passage of which is corrected and the third disabled."""
    whole = change(name, ["one w", "two w", "three w"], access=access)
    two = replace(whole.chunks[1], text=said, original="two w")
    made = [correction(whole.chunks[1], text=said), correction(whole.chunks[2], disabled=True)]
    short = change(name, ["one w", said], access=access)
    return replace(short, document=whole.document, chunks=[whole.chunks[0], two], corrections=made)


@pytest.fixture
def kb(tmp_path: Path):
    with open_archive(tmp_path) as archive:
        archive.replace([corrected("a.md", "zwei w")])
        yield archive


def test_passages_are_those_of_the_document_with_what_was_made_of_them(kb: Archive) -> None:
    passages = Now(kb).passages("a.md")
    assert [each.chunk.text for each in passages] == ["one w", "two w", "three w"]
    assert [each.shown.text for each in passages] == ["one w", "zwei w", "three w"]
    assert [each.disabled for each in passages] == [False, False, True]
    assert [chunk.original for chunk in Now(kb).neighbours("a.md", 0, 9)] == [None, "two w"]
    for each in passages:
        assert Now(kb).passage(each.chunk.id) == each
    assert Now(kb).passage(1) is None
    assert kb.check() == []


def test_they_wait_for_a_document_that_is_removed_until_they_are_forgotten(kb: Archive) -> None:
    made = kb.corrections_of(["a.md", "b.md"])
    assert [len(each) for each in made.values()] == [2, 0]
    kb.remove(["a.md"])
    assert kb.corrections_of(["a.md"])["a.md"] == [replace(each, applied=False) for each in made["a.md"]]
    version = kb.version
    kb.remove((), forget=[made["a.md"][0].id])
    assert kb.version == version + 1
    assert [each.id for each in Now(kb).corrections()] == [made["a.md"][1].id]


def test_a_reader_sees_those_of_documents_that_it_sees(kb: Archive) -> None:
    kb.replace([corrected("hr.md", "zwei w", access="hr")])
    counts = {}
    for groups in (None, frozenset({"hr"}), frozenset({"it"})):
        with kb.view(Scope(groups) if groups is not None else WHOLE) as view:
            counts[groups] = len(view.corrections())
            assert bool(view.passages("hr.md")) == (groups != frozenset({"it"}))
    assert [*counts.values()] == [4, 4, 2]


def test_a_view_keeps_its_moment(kb: Archive) -> None:
    with kb.view(WHOLE) as before:
        kb.replace([change("a.md", ["one w", "two w", "three w"])])
        assert [each.shown.text for each in before.passages("a.md")] == ["one w", "zwei w", "three w"]
        assert Now(kb).corrections() == []
