"""Files appear whole, within the folder, and leave no empty folders behind."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from wenyuan.errors import NoAccess, OutOfSpace
from wenyuan.fetch.files import Folder


def test_a_file_is_written_read_and_removed_with_its_folders(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "mirror")
    folder.write("a/b/c.md", b"x", 1_000_000.0)
    path = tmp_path / "mirror/a/b/c.md"
    assert (path.read_bytes(), path.stat().st_mtime, path.stat().st_mode & 0o777) == (b"x", 1_000_000.0, 0o644)
    assert (folder.read("a/b/c.md"), folder.read("a/b/d.md"), folder.read("a")) == (b"x", None, None)
    assert (folder.is_file("a/b/c.md"), folder.is_file("a"), folder.is_folder("a")) == (True, False, True)
    folder.write("a/d.md", b"y")
    folder.remove("a/b/c.md")
    folder.remove("a/b/c.md")
    assert sorted(os.listdir(tmp_path / "mirror/a")) == ["d.md"]
    folder.remove("a/d.md")
    assert os.listdir(tmp_path / "mirror") == []


def test_a_change_is_seen_by_its_time(tmp_path: Path) -> None:
    """The document flow looks at size and time: a source may give another content the same ones."""
    folder = Folder(tmp_path)
    folder.write("a.md", b"1", 1_000_000.0)
    folder.write("a.md", b"2", 1_000_000.0)
    assert (tmp_path / "a.md").stat().st_mtime > 1_000_000


@pytest.mark.parametrize("at", ["fsync", "replace"])
@pytest.mark.parametrize(("code", "error"), [(errno.ENOSPC, OutOfSpace), (errno.EIO, NoAccess)])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, code: int, error: type[Exception]
) -> None:
    folder = Folder(tmp_path)
    folder.write("a.md", b"old")

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os if at == "fsync" else Path, at, fail)
    with pytest.raises(error):
        folder.write("a.md", b"new")
    assert os.listdir(tmp_path) == ["a.md"]
    assert (tmp_path / "a.md").read_bytes() == b"old"


def test_links_lead_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.md").write_text("kept")
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror/link").symlink_to(outside, target_is_directory=True)
    (tmp_path / "mirror/file.md").symlink_to(outside / "kept.md")
    folder = Folder(tmp_path / "mirror")
    with pytest.raises(NoAccess, match="is a link"):
        folder.write("link/x.md", b"x")
    assert (folder.is_file("link"), folder.is_folder("link")) == (True, False)
    folder.write("file.md", b"new")
    assert (outside / "kept.md").read_text() == "kept"
    assert not (tmp_path / "mirror/file.md").is_symlink()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NoAccess, match="cannot be written"):
        Folder(tmp_path / "file" / "mirror").make()


def test_a_file_in_the_way_of_a_folder_is_one_sentence(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("a", b"x")
    with pytest.raises(NoAccess, match="cannot be written"):
        folder.write("a/b", b"x")
