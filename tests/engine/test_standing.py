"""A sync that has nothing to do is known without a model or an index."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.standing import nothing_new
from wenyuan.errors import Busy
from wenyuan.models import load_encoder
from wenyuan.settings import Settings
from wenyuan.types import Document, Encoder


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """That of the settings, which says what a knowledge base is of; loaded once."""
    return load_encoder(Settings().encoder.model)


@pytest.fixture
def kb(tmp_path: Path, encoder: Encoder) -> Iterator[Path]:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("a", "b"):
        (docs / f"{name}.md").write_text(f"# {name}\n\nalpha", "utf-8")
    (docs / "scan.png").write_bytes(b"x")
    with KnowledgeBase.open(tmp_path / "kb", encoder=encoder) as base:
        base.add(docs, exclude=["drafts/"])
        base.put([Document("made", "Made", "beta", "md", "1", 0.0)])
    return tmp_path / "kb"


def synced(kb: Path) -> object:
    with KnowledgeBase.open(kb) as base:
        return base.sync()


def test_it_says_what_the_sync_would_say(kb: Path) -> None:
    report = nothing_new(kb, Settings())
    assert report == synced(kb)
    assert report
    assert (report.unchanged, report.passed_over) == (2, {".png": 1})


@pytest.mark.parametrize(
    "change",
    [
        lambda docs: (docs / "a.md").write_text("# a\n\ngamma"),
        lambda docs: os.utime(docs / "a.md", (1, 1)),
        lambda docs: (docs / "c.md").write_text("# c\n\ngamma"),
        lambda docs: (docs / "a.md").unlink(),
        lambda docs: (docs / "a.md.meta.json").write_text("{}"),
        lambda docs: (docs / "empty.md").write_text(""),
        lambda docs: docs.rename(docs.with_name("away")),
    ],
    ids=["changed", "touched", "new", "deleted", "sidecar", "unreadable", "gone"],
)
def test_where_anything_is_other_the_sync_must_look(kb: Path, change: Callable[[Path], object]) -> None:
    change(kb.parent / "docs")
    assert nothing_new(kb, Settings()) is None


def test_other_settings_read_files_again(kb: Path) -> None:
    assert nothing_new(kb, Settings(chunk={"size": 64})) is None
    assert nothing_new(kb, Settings(recall={"summaries": True})) is None
    assert nothing_new(kb, Settings(rerank={"coarse": 0.5})) is None
    (kb.parent / "docs" / "drafts").mkdir()
    (kb.parent / "docs" / "drafts" / "d.md").write_text("x")
    assert nothing_new(kb, Settings()), "it is left out"


def test_an_open_knowledge_base_is_busy_and_none_is_none(kb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with KnowledgeBase.open(kb), pytest.raises(Busy):
        nothing_new(kb, Settings())
    assert nothing_new(kb.parent / "docs", Settings()) is None
    monkeypatch.setattr("wenyuan.engine.standing.ANALYSER", "other")
    assert nothing_new(kb, Settings()) is None, "of another analyser: opening it says so"


def test_a_new_file_of_its_own_is_something_to_do(kb: Path) -> None:
    assert nothing_new(kb, Settings()) is not None
    (kb / "files").mkdir()
    assert nothing_new(kb, Settings()) is not None
    (kb / "files" / "new.md").write_text("# New\n\ngamma", "utf-8")
    assert nothing_new(kb, Settings()) is None
