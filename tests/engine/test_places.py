"""Files that a place stands for, and the ids of documents by theirs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wenyuan.engine.places import document_id, files_under, is_text
from wenyuan.errors import WrongUse

from .house import House, ids


def test_the_knowledge_base_itself_is_not_ingested(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    (house.base / "kb" / "wenyuan.toml").write_text("")
    (house.base / "kb" / "note.md").write_text("# Note\n\nalpha")
    assert house.kb.add(house.base).added == ids("a.md")


def test_ids_are_relative_to_the_parent_of_the_knowledge_base_or_absolute(
    house: House, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "far.md"
    outside.write_text("# Far\n\ndistant")
    house.write("a.md", "# A\n\nalpha")
    monkeypatch.chdir(house.docs)
    assert house.kb.add("a.md").added == ids("a.md")
    assert house.kb.add(outside).added == [outside.as_posix()]


def test_a_missing_path_is_wrong_use(house: House) -> None:
    with pytest.raises(WrongUse, match="no file or folder"):
        house.kb.add(house.base / "absent")


def test_an_id_is_the_path_within_the_folder_of_the_knowledge_base_or_the_whole(tmp_path: Path) -> None:
    base = tmp_path.resolve()
    (base / "link.md").symlink_to(base / "docs" / "a.md")
    assert document_id(base / "docs" / ".." / "docs" / "a.md", base) == "docs/a.md"
    assert document_id(base / "link.md", base) == "docs/a.md"
    assert document_id(base, base) == "."
    assert document_id(Path("/elsewhere/a.md"), base) == "/elsewhere/a.md"


def test_bytes_that_are_no_utf_8_are_no_text() -> None:
    assert is_text("手册.md")
    assert not is_text(os.fsdecode(b"\xe9.md"))


def test_a_root_gives_each_of_its_files_once_with_its_metadata(tmp_path: Path) -> None:
    for name in ("docs/a.md", "docs/in/b.md", "docs/kb/note.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "docs" / "again.md").symlink_to(tmp_path / "docs" / "a.md")
    files = files_under(tmp_path / "docs", {"product": "X"}, tmp_path / "docs" / "kb")
    assert [file.path.name for file in files] == ["a.md", "b.md"]
    assert all(file.metadata == {"product": "X"} for file in files)
    assert [file.path.name for file in files_under(tmp_path / "docs" / "a.md", {}, tmp_path)] == []


def test_metadata_that_is_not_valid_names_the_root(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=rf"in the metadata given for {tmp_path}"):
        files_under(tmp_path, {"date": "yesterday"}, tmp_path / "kb")
