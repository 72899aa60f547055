"""Files that a place stands for, and the ids of documents by theirs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wenyuan.engine.places import document_id, documents_here, files_under, own_file, own_files, require_place
from wenyuan.errors import WrongUse
from wenyuan.types import Root

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


def test_a_place_must_be_there_and_have_a_name_that_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    for absent in (tmp_path / "absent", tmp_path / "circle"):
        with pytest.raises(WrongUse, match="There is no file or folder"):
            require_place(absent)
    latin = tmp_path / os.fsdecode(b"\xe9.md")
    latin.write_text("x")
    with pytest.raises(WrongUse, match="no UTF-8"):
        require_place(latin)
    (tmp_path / "link").symlink_to(tmp_path)
    assert require_place(tmp_path / "link") == tmp_path.resolve()


def test_a_link_in_a_circle_within_a_folder_is_one_file_that_cannot_be_read(house: House) -> None:
    house.write("a.md", "# A\n\nalpha")
    (house.docs / "loop.md").symlink_to("loop.md")
    report = house.kb.add(house.docs)
    assert report.added == ids("a.md")
    assert "loop.md" in next(iter(report.failed.values()))


def test_documents_of_the_working_folder_are_counted_up_to_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert documents_here(3) == 0
    for n in range(5):
        (tmp_path / f"{n}.md").write_text("x")
    (tmp_path / "notes.doc").write_text("x")
    assert (documents_here(3), documents_here(9)) == (4, 5)


def test_a_root_gives_each_of_its_files_once_with_its_metadata(tmp_path: Path) -> None:
    for name in ("docs/a.md", "docs/in/b.md", "docs/kb/note.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "docs" / "again.md").symlink_to(tmp_path / "docs" / "a.md")
    root = Root({"product": "X"})
    files = files_under(tmp_path / "docs", root, tmp_path / "docs" / "kb", {})
    assert [file.path.name for file in files] == ["a.md", "b.md"]
    assert all(file.metadata == {"product": "X"} for file in files)
    assert [file.path.name for file in files_under(tmp_path / "docs" / "a.md", Root(), tmp_path, {})] == []


def test_metadata_that_is_not_valid_names_the_root(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=rf"in the metadata given for {tmp_path}"):
        files_under(tmp_path, Root({"date": "yesterday"}), tmp_path / "kb", {})


def test_the_knowledge_bases_own_files_are_documents_by_their_paths_there(tmp_path: Path) -> None:
    kb = tmp_path / "kb"
    assert own_files(kb) == []
    (kb / "files" / "docs").mkdir(parents=True)
    (kb / "files" / "docs" / "手册.md").write_text("x")
    (kb / "files" / "docs" / "手册.md.meta.json").write_text("{}")
    (tmp_path / "outside.md").write_text("x")
    (kb / "files" / "link.md").symlink_to(tmp_path / "outside.md")
    assert [file.id for file in own_files(kb)] == ["docs/手册.md"]
    assert own_file(kb, "docs/手册.md") == own_files(kb)[0]
    (kb / "files" / "link").symlink_to(tmp_path)
    (tmp_path / "outside.md").write_text("# Outside")
    assert [file.id for file in own_files(kb)] == ["docs/手册.md"], "a link leads to what is none of its own"


@pytest.mark.parametrize("document", ["absent.md", "link.md", "docs", "../outside.md", "docs/../../../outside.md", ""])
def test_a_document_that_lies_elsewhere_is_none_of_its_own_files(tmp_path: Path, document: str) -> None:
    kb = tmp_path / "kb"
    (kb / "files" / "docs").mkdir(parents=True)
    (tmp_path / "outside.md").write_text("x")
    (kb / "files" / "link.md").symlink_to(tmp_path / "outside.md")
    assert own_file(kb, document) is None
    assert own_file(kb, str(tmp_path / "outside.md")) is None
