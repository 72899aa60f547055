"""Which files are sent, by which names, in which batches."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from wenyuan.cli.uploading import Upload, batches, find_uploads, join, opened
from wenyuan.engine.report import Report
from wenyuan.errors import WrongUse


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with documents, and one beside it."""
    for name in ("home/docs/a.md", "home/docs/drafts/b.md", "home/docs/c.png", "away/docs/a.md", "away/泵.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"# {name}", "utf-8")
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


def names(*paths: str, **given: list[str]) -> list[str]:
    return [each.name for each in find_uploads([*map(Path, paths)], {}, given.get("exclude", []), Report())]


def test_names_are_relative_to_where_one_works_or_begin_with_the_folder_given(home: Path) -> None:
    assert names("docs") == names(".") == names(str(home / "docs")) == ["docs/a.md", "docs/drafts/b.md"]
    assert names("docs/a.md", "../away/泵.md") == ["docs/a.md", "泵.md"]
    assert names("../away") == ["away/docs/a.md", "away/泵.md"]
    assert names("docs", exclude=["drafts/"]) == ["docs/a.md"]


def test_a_file_is_sent_once_and_two_of_one_name_are_refused() -> None:
    Path("link").symlink_to("docs")
    assert names("docs", "docs/a.md") == ["docs/a.md", "docs/drafts/b.md"]
    with pytest.raises(WrongUse, match=r"would both be docs/a\.md on the server"):
        names("docs", "../away/docs")


@pytest.mark.parametrize(("path", "exclude"), [("nowhere", []), ("docs", ["!"])])
def test_what_cannot_be_looked_for_is_wrong_use(path: str, exclude: list[str]) -> None:
    with pytest.raises(WrongUse):
        names("docs", path, exclude=exclude)


def test_fields_that_are_given_win_over_those_of_the_sidecar() -> None:
    Path("docs/a.md.meta.json").write_text('{"product": "X1", "author": "李雷"}', "utf-8")
    [first, second] = find_uploads([Path("docs")], {"product": ("X2", "X3")}, [], Report())
    assert json.loads(first.fields) == {"product": ["X2", "X3"], "author": "李雷"}
    assert json.loads(second.fields) == {"product": ["X2", "X3"]}
    with pytest.raises(WrongUse, match="reserved"):
        find_uploads([Path("docs")], {"type": "x"}, [], Report())


def test_what_cannot_be_read_is_told_and_the_rest_goes_on() -> None:
    Path("docs/a.md.meta.json").write_text("no JSON", "utf-8")
    os.symlink("nothing", "docs/z.md")
    long = "x" * 198 + ".md"
    Path("docs", long).write_text("# long", "utf-8")
    report = Report()
    assert [each.name for each in find_uploads([Path("docs")], {}, [], report)] == ["docs/drafts/b.md"]
    assert "200 bytes" in report.failed[f"docs/{long}"]
    assert report.passed_over == {".png": 1}
    assert report.failed["docs/z.md"].startswith("docs/z.md: it cannot be read (no such file or directory)")
    assert report.failed["docs/a.md"].startswith("docs/a.md: its sidecar is not valid JSON")


def test_a_batch_has_one_metadata_and_neither_many_files_nor_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenyuan.cli.uploading._FILES", 2)
    monkeypatch.setattr("wenyuan.cli.uploading._BYTES", 10)

    def upload(name: str, size: int, fields: str = "{}") -> Upload:
        return Upload(Path(name), name, fields, size)

    sent = [upload("a", 1), upload("b", 1), upload("c", 1), upload("d", 99), upload("e", 5), upload("f", 5, '{"n": 1}')]
    assert ["".join(each.name for each in batch) for batch in batches(sent)] == ["ab", "c", "d", "e", "f"]
    assert [*batches([])] == []


def test_files_are_open_while_they_are_sent() -> None:
    with opened(find_uploads([Path("docs")], {}, [], Report())) as files:
        assert [(name, path, file.read()) for name, (path, file) in files] == [
            ("files", "docs/a.md", b"# home/docs/a.md"),
            ("files", "docs/drafts/b.md", b"# home/docs/drafts/b.md"),
        ]
    assert all(file.closed for _, (_, file) in files)


def test_reports_of_batches_become_one() -> None:
    report = Report(failed={"x": "x: no"})
    for version, name in ((3, "a"), (4, "b")):
        join(report, {"added": [name], "failed": {name: "no"}, "encoded": 2, "version": version, "other": 1})
    assert (report.added, report.encoded, report.version) == (["a", "b"], 4, 4)
    assert list(report.failed) == ["x", "a", "b"]
