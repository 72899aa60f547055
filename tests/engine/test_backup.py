"""A knowledge base in one file, and back."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

import pytest

from archives import change, open_archive
from copies import SETTINGS, alter, held, made, strays
from wenyuan.engine import backup as module
from wenyuan.engine import snapshots
from wenyuan.engine.backup import backup, belongs, restore, restore_from, stream
from wenyuan.errors import Busy, NoAccess, NoKnowledgeBase, OutOfSpace, SourceError, WrongUse
from wenyuan.types import Root

from .house import House, assert_agrees


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    return made(tmp_path / "kb", "a.md", "文档/b.md", settings=SETTINGS)


@pytest.fixture
def file(kb: Path, tmp_path: Path) -> Path:
    backup(kb, tmp_path / "kb.tar.gz")
    return tmp_path / "kb.tar.gz"


def test_there_and_back(kb: Path, file: Path, tmp_path: Path) -> None:
    about = restore(file, tmp_path / "back")
    assert (about.name, about.documents) == ("kb", 2)
    assert held(tmp_path / "back") == held(kb)
    assert strays(kb) == []
    assert not (kb / "snapshots").exists() or not [*(kb / "snapshots").iterdir()]


def test_the_index_is_there_at_once_and_a_sync_has_nothing_to_do(house: House, tmp_path: Path) -> None:
    (tmp_path / "kb/files").mkdir()
    (tmp_path / "kb/files/泵.md").write_text("# 泵\n\nalpha", "utf-8")
    house.kb.take("泵.md")
    house.kb.add(house.write("a.md", "# A\n\nbeta"))
    house.kb.backup(tmp_path / "x.tar.gz")  # while it is open
    house.kb.put([])
    before, encoded = house.kb.documents(), len(house.encoder.passages)
    house.kb.close()
    (tmp_path / "kb").rename(tmp_path / "gone")
    restore(tmp_path / "x.tar.gz", tmp_path / "kb")
    house.kb = house.open()
    assert house.kb.documents() == before
    assert house.found("alpha") == ["泵.md"]
    report = house.kb.sync()
    assert (report.unchanged, report.encoded, len(house.encoder.passages)) == (2, 0, encoded)
    house.kb.close()
    assert_agrees(house)


def test_only_its_owner_can_read_it_and_the_one_before_is_replaced(kb: Path, file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    alter(kb, "a.md", "c.md")
    backup(kb, file)
    restore(file, kb.parent / "back")
    assert held(kb.parent / "back")[0] == ["c.md", "文档/b.md"]


@pytest.mark.parametrize("name", ["copy", "kb.zip", "kb.tar", ".tar"])
def test_it_has_the_name_of_what_it_is(kb: Path, name: str) -> None:
    with pytest.raises(WrongUse, match=r"ends in \.tar\.gz"):
        backup(kb, kb.parent / name)


def test_it_does_not_lie_in_what_it_is_of(kb: Path) -> None:
    with pytest.raises(WrongUse, match="outside"):
        backup(kb, kb / "files/kb.tar.gz")
    with pytest.raises(NoKnowledgeBase):
        backup(kb.parent / "nowhere", kb.parent / "kb.tar.gz")
    assert not (kb.parent / "nowhere").exists()
    with pytest.raises(NoAccess):
        backup(kb, kb.parent / "nowhere/kb.tar.gz")


def test_a_full_disk_leaves_the_file_that_was_there(kb: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, fsync = file.read_bytes(), os.fsync

    def full(handle: int) -> None:
        if os.readlink(f"/proc/self/fd/{handle}").endswith(".sqlite"):
            fsync(handle)
        else:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutOfSpace, match=r"^[^\n]+\.$"):
        backup(kb, file)
    assert file.read_bytes() == before
    assert strays(kb) == []


def test_a_folder_that_is_there_is_not_touched_unless_by_force(kb: Path, file: Path) -> None:
    alter(kb, "a.md", "c.md")
    before = held(kb)
    with pytest.raises(WrongUse, match="--force"):
        restore(file, kb)
    assert held(kb) == before
    restore(file, kb, force=True)
    assert held(kb) == (["a.md", "文档/b.md"], ["a.md", "文档/b.md"], SETTINGS)
    assert [each.name for each in snapshots.listed(kb)] == ["before-restore"]
    snapshots.roll_back(kb, "before-restore")
    assert held(kb) == before


def test_an_empty_folder_is_as_good_as_none_and_one_with_settings_keeps_them(kb: Path, file: Path) -> None:
    empty, written = kb.parent / "empty", kb.parent / "written"
    empty.mkdir()
    restore(file, empty)
    written.mkdir()
    (written / "wenyuan.toml").write_text("# mine")
    with pytest.raises(WrongUse, match="--force"):
        restore(file, written)
    restore(file, written, force=True)
    assert held(empty) == held(kb)
    assert held(written)[2] == "# mine"
    (written / "catalogue.sqlite").unlink()
    with pytest.raises(WrongUse, match="no catalogue"):
        restore(file, written, force=True)
    assert (written / "files/a.md").exists()


@pytest.mark.parametrize("there", [False, True], ids=["new", "there"])
@pytest.mark.parametrize("length", [0, 10, 300, -200, -1])
def test_a_broken_file_changes_nothing(kb: Path, file: Path, length: int, there: bool) -> None:
    file.write_bytes(file.read_bytes()[:length])
    target = kb if there else kb.parent / "back"
    before = held(kb)
    with pytest.raises(SourceError, match=r"^The backup cannot be used"):
        restore(file, target, force=there)
    assert held(kb) == before
    assert not (kb.parent / "back").exists()
    assert strays(kb) == []


def test_what_is_something_else_is_refused(kb: Path, tmp_path: Path) -> None:
    from wenyuan.engine.tarball import packed

    (tmp_path / "in").mkdir()
    for about in ({}, {"kind": "server", "format": 1}, {"kind": "knowledge base", "format": 2}):
        with pytest.raises(SourceError, match="no backup of a knowledge base"):
            restore_from(io.BytesIO(b"".join(packed(tmp_path / "in", about))), tmp_path / "back")
    about = {"kind": "knowledge base", "name": "x", "made": 1.0, "documents": 1, "passages": 1, "version": 1,
             "model": "m", "program": "1", "format": 1}  # fmt: skip
    with pytest.raises(SourceError, match="no catalogue"):
        restore_from(io.BytesIO(b"".join(packed(tmp_path / "in", about))), tmp_path / "back")
    (tmp_path / "in/catalogue.sqlite").write_bytes(b"nonsense" * 500)
    with pytest.raises(SourceError, match="makes no sense"):
        restore_from(io.BytesIO(b"".join(packed(tmp_path / "in", about))), tmp_path / "back")
    (tmp_path / "in/catalogue.sqlite").write_bytes(b"")
    with pytest.raises(SourceError, match="makes no sense"):
        restore_from(io.BytesIO(b"".join(packed(tmp_path / "in", about))), tmp_path / "back", trusted=False)
    with pytest.raises(NoAccess, match="correct the path"):
        restore(tmp_path / "nowhere.tar.gz", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_only_what_belongs_to_a_knowledge_base_has_a_place() -> None:
    assert all(map(belongs, ("catalogue.sqlite", "tools.sqlite", "wenyuan.toml", "glossary.tsv", "files/a/b.md")))
    assert not any(map(belongs, ("files", "lock", "server.json", "index/CURRENT", "snapshots/a/about.json", "x")))


def test_a_knowledge_base_that_is_held_is_not_replaced(kb: Path, file: Path) -> None:
    with open_archive(kb), pytest.raises(Busy):
        restore(file, kb, force=True)
    assert snapshots.listed(kb) == []


def test_what_is_not_trusted_names_no_places_on_this_disk(kb: Path, tmp_path: Path) -> None:
    with open_archive(kb) as archive:
        for root in ("docs", "/etc"):
            archive.add_root(root, Root())
        archive.replace([change("/etc/x.md", ["x all"]), change("docs/y.md", ["y all"])])
    content = b"".join(stream(kb))
    with open_archive(kb) as archive:
        archive.remove_root("/etc")
    restore_from(io.BytesIO(content), tmp_path / "new", trusted=False)
    restore_from(io.BytesIO(content), kb, trusted=False)
    for folder, roots in ((tmp_path / "new", set()), (kb, {"docs"})):
        with open_archive(folder) as archive:
            assert archive.roots().keys() == roots
            stamps = {info.id: info.stamp for info in archive.documents()}
            assert stamps == {"/etc/x.md": "", "docs/y.md": "", "a.md": "stamp", "文档/b.md": "stamp"}
    restore_from(io.BytesIO(content), tmp_path / "own")
    with open_archive(tmp_path / "own") as archive:
        assert archive.roots().keys() == {"docs", "/etc"}


def test_a_caller_who_goes_away_leaves_nothing(kb: Path) -> None:
    pieces = stream(kb)
    next(pieces)
    assert strays(kb) != []
    pieces.close()
    assert strays(kb) == []


def test_it_is_no_larger_than_it_says(kb: Path, file: Path) -> None:
    with file.open("rb") as opened, pytest.raises(SourceError, match="more than 0"):
        restore_from(opened, kb.parent / "back", most=1000)


def test_two_at_once(kb: Path) -> None:
    first, second = stream(kb), stream(kb)
    one, two = next(first), next(second)
    assert (one + b"".join(first))[:2] == (two + b"".join(second))[:2] == b"\x1f\x8b"
    assert module.KIND == "knowledge base"
