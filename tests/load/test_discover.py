import pytest

from wenyuan.errors import SourceError
from wenyuan.load import SUPPORTED, discover


def names(root):
    return [path.relative_to(root).as_posix() for path in discover(root)]


def test_supported_files_sorted_without_hidden_ones_and_sidecars(tmp_path):
    for name in ("b.md", "a.PDF", "a.PDF.meta.json", ".hidden.md", "c.exe", "data.json", "sub/x.txt", ".git/y.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert names(tmp_path) == ["a.PDF", "b.md", "data.json", "sub/x.txt"]


def test_links_are_followed_once(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("x")
    (tmp_path / "docs" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "again").symlink_to(tmp_path / "docs", target_is_directory=True)
    assert names(tmp_path) == ["again/a.md"]


def test_a_dangling_link_is_named_so_that_loading_can_say_why(tmp_path):
    (tmp_path / "a.md").symlink_to(tmp_path / "gone.md")
    assert names(tmp_path) == ["a.md"]


def test_a_single_file_is_itself(tmp_path):
    path = tmp_path / "a.weird"
    path.write_text("x")
    assert list(discover(path)) == [path]


def test_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(SourceError, match="there is no such file or folder; check the path"):
        list(discover(tmp_path / "gone"))


def test_every_extension_is_lower_case_with_a_dot():
    assert all(extension.startswith(".") and extension == extension.lower() for extension in SUPPORTED)


def test_a_knowledge_base_within_a_folder_holds_no_documents(tmp_path):
    for name in ("a.md", "kb/catalogue.sqlite", "kb/wenyuan.md", "kb/index/segment.json", "deep/b.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert names(tmp_path) == ["a.md", "deep/b.md"]
