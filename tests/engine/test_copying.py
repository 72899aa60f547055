"""A copy of one moment, made while others write."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from archives import change, open_archive
from copies import SETTINGS, held, made
from wenyuan.engine import copying
from wenyuan.engine.copying import as_json, copy_file, copy_of, make_index, read_about
from wenyuan.errors import Busy, Damaged, NoAccess, NoKnowledgeBase, OutOfSpace


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    return made(tmp_path / "kb", "a.md", "文档/b.md", settings=SETTINGS)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "copy").mkdir()
    return tmp_path / "copy"


def test_a_copy_with_its_index_is_the_knowledge_base(kb: Path, place: Path) -> None:
    with open_archive(kb):  # while it is held
        about = copy_of(kb, place)
    assert (about.name, about.documents, about.passages, about.model) == ("kb", 2, 2, "m@1")
    assert read_about(as_json(about)) == about
    assert read_about(as_json(about) | {"format": 99}) is None
    make_index(place)
    assert held(place) == held(kb)


def test_originals_take_no_room_and_settings_are_copies(kb: Path, place: Path) -> None:
    copy_of(kb, place)
    assert (place / "files/a.md").samefile(kb / "files/a.md")
    assert not (place / "wenyuan.toml").samefile(kb / "wenyuan.toml")


def test_where_no_links_can_be_made_files_are_copied_with_their_times(
    kb: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    copy_of(kb, place)
    assert (place / "files/a.md").stat().st_mtime_ns == (kb / "files/a.md").stat().st_mtime_ns
    assert not (place / "files/a.md").samefile(kb / "files/a.md")


def test_links_and_what_is_on_its_way_are_left_out(kb: Path, place: Path, tmp_path: Path) -> None:
    (kb / "files/link.md").symlink_to("/etc/passwd")
    (kb / "files/folder").symlink_to(tmp_path)
    (kb / "files/.a.md.meta.json.new").write_text("{")
    copy_of(kb, place)
    assert sorted(each.name for each in (place / "files").rglob("*") if each.is_file()) == ["a.md", "b.md"]


def test_what_comes_and_goes_while_it_is_made(kb: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that the copied catalogue names has its file; one that it does not name has none that is gone."""
    catalogue = copying._catalogue

    def meanwhile(folder: Path, copy: Path, sound: bool) -> copying.About:
        (kb / "files/came.md").write_text("came")
        with open_archive(kb) as archive:
            archive.replace([change("came.md", ["came"])])
        (kb / "files/a.md").unlink()  # before its document
        replaced = kb / "files/文档/.new"
        replaced.write_text("changed")
        replaced.replace(kb / "files/文档/b.md")
        made = catalogue(folder, copy, sound)
        (kb / "files/stray.md").write_text("in no catalogue yet")
        return made

    (kb / "files/unknown.md").write_text("of no document")
    monkeypatch.setattr(copying, "_catalogue", meanwhile)
    copy_of(kb, place)
    monkeypatch.undo()
    files = {each.name: each.read_text() for each in (place / "files").rglob("*") if each.is_file()}
    assert files == {
        "a.md": "a.md all",
        "b.md": "changed",
        "came.md": "came",
        "stray.md": "in no catalogue yet",
        "unknown.md": "of no document",
    }


def test_who_deletes_a_document_is_waited_for(kb: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file goes first, and the catalogue forgets it after that."""
    with open_archive(kb) as archive:
        (kb / "files/a.md").unlink()
        monkeypatch.setattr(copying.time, "sleep", lambda seconds: archive.remove(["a.md"]) if seconds else None)
        assert copy_of(kb, place).documents == 1
    make_index(place)
    assert held(place) == held(kb)


def test_a_file_that_was_taken_by_hand_is_not_waited_for_without_end(kb: Path, place: Path) -> None:
    (kb / "files/a.md").unlink()
    assert copy_of(kb, place).documents == 2


def test_a_file_that_changes_while_it_is_copied_is_copied_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, copy2, left = tmp_path / "a", copying.shutil.copy2, [1]
    source.write_text("one")

    def grow(*paths: Path) -> None:
        copy2(*paths)
        if left.pop():
            source.write_text("longer")
            left.append(0)

    monkeypatch.setattr(copying.shutil, "copy2", grow)
    copy_file(source, tmp_path / "b")
    assert (tmp_path / "b").read_text() == "longer"

    def always(*paths: Path) -> None:
        copy2(*paths)
        source.write_text(source.read_text() + "x")

    monkeypatch.setattr(copying.shutil, "copy2", always)
    with pytest.raises(Busy, match="written to all the time"):
        copy_file(source, tmp_path / "b")


def test_a_damaged_catalogue_is_no_copy_unless_it_is_wanted_as_it_is(kb: Path, tmp_path: Path) -> None:
    (kb / "catalogue.sqlite").write_bytes(b"no database" * 1000)
    for n, sound in enumerate((True, False)):
        place = tmp_path / str(n)
        place.mkdir()
        if sound:
            with pytest.raises(Damaged):
                copy_of(kb, place)
        else:
            assert copy_of(kb, place, sound=False).version == 0
            assert (place / "catalogue.sqlite").read_bytes().startswith(b"no database")
            with pytest.raises(Damaged):
                make_index(place)


def test_a_catalogue_without_tables_is_damaged(kb: Path, place: Path) -> None:
    (kb / "catalogue.sqlite").write_bytes(b"")
    with pytest.raises(Damaged, match="no such table"):
        copy_of(kb, place)


def test_where_there_is_nothing_there_is_nothing_to_copy(tmp_path: Path, place: Path) -> None:
    with pytest.raises(NoKnowledgeBase):
        copy_of(tmp_path / "nowhere", place)


@pytest.mark.parametrize(("code", "kind"), [(errno.ENOSPC, OutOfSpace), (errno.EACCES, NoAccess)])
def test_what_the_disk_says_is_told(
    kb: Path, place: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Exception]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(copying, "_NO_LINKS", ())
    with pytest.raises(kind, match=r"^[^\n]+\.$"):
        copy_of(kb, place)


def test_a_journal_of_calls_is_copied_as_a_database(kb: Path, place: Path) -> None:
    with sqlite3.connect(kb / "tools.sqlite") as journal:
        journal.execute("CREATE TABLE calls (n)")
        journal.execute("INSERT INTO calls VALUES (7)")
    journal.close()
    copy_of(kb, place)
    with sqlite3.connect(place / "tools.sqlite") as copied:
        assert copied.execute("SELECT n FROM calls").fetchall() == [(7,)]
    copied.close()
