"""Files on their way in."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.arriving import Arriving
from wenyuan.engine.progress import Progress
from wenyuan.engine.report import Report

HR, ALL = "---\naccess: HR\n---\n# A\n\nalpha", "---\naccess: everyone\n---\n# A\n\nalpha"


class Bringing:
    """A knowledge base, and who brings it files."""

    def __init__(self, base: KnowledgeBase, waiting: Path) -> None:
        self.base, self.waiting, self.files = base, waiting, base.folder / "files"

    def arriving(self, name: str, text: str, groups: tuple[str, ...] | None, **fields: object) -> Arriving:
        path = self.waiting / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return Arriving(name, path, fields, groups)

    def __call__(
        self, text: str, name: str = "a.md", groups: tuple[str, ...] | None = None, **fields: object
    ) -> Report:
        return self.base.accept(self.arriving(name, text, groups, **fields))

    def access(self) -> object:
        return self.base.document("a.md").metadata.get("access")


@pytest.fixture
def bring(tmp_path: Path) -> Iterator[Bringing]:
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()) as base:
        yield Bringing(base, tmp_path / "waiting")


def test_what_cannot_be_read_takes_the_place_of_nothing(bring: Bringing) -> None:
    assert bring("# A\n\nalpha", product="X").added == ["a.md"]
    for broken, name in (("", "a.md"), ("", "new.md"), ("no pdf", "new.pdf")):
        assert [*bring(broken, name, product="Y").failed] == [name]
    assert sorted(each.name for each in bring.files.iterdir()) == ["a.md", "a.md.meta.json"]
    assert (bring.files / "a.md").read_text("utf-8") == "# A\n\nalpha"
    synced = bring.base.sync()
    assert (synced.unchanged, synced.changed, synced.failed) == (1, [], {})
    assert bring.base.document("a.md").metadata == {"product": "X"}


def test_what_is_broken_off_leaves_nothing_and_done_again_goes_on(bring: Bringing) -> None:
    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    arriving = [bring.arriving(name, f"# {name}\n\nalpha", None, product="X") for name in ("a.md", "deep/b.md")]
    with pytest.raises(KeyboardInterrupt):
        bring.base.accept(*arriving, on_progress=stop)
    assert not bring.files.exists()
    assert bring.base.sync().added == []
    bring.files.mkdir()
    arriving[0].path.rename(bring.files / "a.md")  # the process died before it was committed
    (bring.files / "a.md.meta.json").write_text('{"product": "X"}', "utf-8")
    assert bring.base.accept(*arriving).added == ["a.md", "deep/b.md"]
    assert bring.base.sync().unchanged == 2
    assert not [each for each in bring.waiting.rglob("*") if each.is_file() and "meta" not in each.name]


def test_a_file_that_comes_again_is_unchanged_unless_more_is_said_of_it(bring: Bringing) -> None:
    bring("# A\n\nalpha", product="X")
    before = bring.base.document("a.md").time
    for fields in ({}, {"product": "X"}, {"gone": None}):
        again = bring("# A\n\nalpha", **fields)
        assert (again.unchanged, again.changed, again.version) == (1, [], 1)
    assert bring("# A\n\nalpha", product="Y").changed == ["a.md"]
    assert (bring.base.document("a.md").metadata, bring.base.document("a.md").time) == ({"product": "Y"}, before)
    assert bring("# A\n\nbeta").changed == ["a.md"]


def test_a_file_comes_from_another_disk(bring: Bringing, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        if bring.waiting in Path(source).parents and bring.files in Path(target).parents:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr("wenyuan.engine.arriving.os.replace", replace)
    assert bring("# A\n\nalpha", product="X").added == ["a.md"]
    assert bring.base.sync().unchanged == 1
    assert [*bring.waiting.iterdir()] == []


def test_a_document_keeps_its_access_unless_the_new_version_says_another(bring: Bringing) -> None:
    bring(HR)
    kept = bring("# A\n\nbeta")
    assert (bring.access(), kept.warnings) == (
        ("HR",),
        ["a.md: its access stays as it was (HR); to change it, name `access` in its metadata."],
    )
    said = bring("# A\n\ngamma", access=None)
    assert (bring.access(), said.warnings) == (None, ["a.md: its access changed from HR to everyone."])
    assert bring(HR).warnings == ["a.md: its access changed from everyone to HR."]
    assert bring(ALL).warnings == ["a.md: its access changed from HR to everyone."]
    assert bring.base.sync().unchanged == 1


def test_who_is_of_some_groups_changes_whose_a_document_is_by_its_metadata_only(bring: Bringing) -> None:
    bring(ALL)
    assert bring("# A\n\nbeta", groups=("HR",)).warnings == []
    assert bring.base.document("a.md").metadata == {}
    assert len(bring(HR, groups=("HR",)).warnings) == 1
    assert bring.access() == ("everyone",)
    bring("# A\n\ngamma", groups=("HR",), access=["HR"])
    assert bring.access() == ("HR",)
    bring("# B\n\nbeta", "b.md", ("HR", "IT"))
    assert json.loads((bring.files / "b.md.meta.json").read_text("utf-8")) == {"access": ["HR", "IT"]}


def test_what_nobody_sees_is_not_shown_by_a_version_that_says_nothing(bring: Bringing) -> None:
    bring("---\naccess:\n---\n# A\n\nalpha")
    assert "nobody but the owner" in bring("# A\n\nbeta").failed["a.md"]
    assert bring(HR).changed == ["a.md"]


def test_a_sidecar_that_cannot_be_read_is_told(bring: Bringing) -> None:
    bring("# A\n\nalpha")
    (bring.files / "a.md.meta.json").write_text("{", "utf-8")
    assert "sidecar" in bring("# A\n\nbeta").failed["a.md"]
