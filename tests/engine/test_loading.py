"""Who makes documents of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import word_encoder
from load import makers
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.loading import Loading
from wenyuan.errors import SourceError, WenyuanError
from wenyuan.load import Limits, load
from wenyuan.load.highlight import Stretch, find_highlights
from wenyuan.settings import LoadSettings
from wenyuan.types import Document


def documents(folder: Path) -> Path:
    docs = folder / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("# A\n\nalpha")
    return docs


def test_the_callers_function_loads_every_file(tmp_path: Path) -> None:
    asked = []

    def loading(path: Path, **given: object) -> Document:
        asked.append((path.name, given["id"]))
        if path.name == "b.md":
            raise SourceError("docs/b.md: no")
        return load(path, **given)  # type: ignore[arg-type]

    docs = documents(tmp_path)
    (docs / "b.md").write_text("# B\n\nbeta")
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder(), load=loading) as kb:
        report = kb.add(docs)
        assert (report.added, report.failed) == (["docs/a.md"], {"docs/b.md": "docs/b.md: no"})
    assert asked == [("a.md", "docs/a.md"), ("b.md", "docs/b.md")]


def test_a_setting_has_files_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = documents(tmp_path) / "a.md"
    loading = Loading(LoadSettings(isolated=True, seconds=60, memory_mb=256))
    given = {"id": "docs/a.md", "metadata": {}, "limits": Limits()}
    assert loading(path, **given) == load(path, **given) == Loading(LoadSettings())(path, **given)
    loading.close()
    with pytest.raises(WenyuanError, match="was closed"):
        loading(path, **given)
    Loading(LoadSettings()).close()


def test_highlights_are_found_where_files_are_read() -> None:
    data, stretches = makers.pdf([["Rated power"]]), [Stretch(1, "Rated power", 0, 5)]
    expected = find_highlights(data, stretches)
    assert len(expected) == 1
    isolated = Loading(LoadSettings(isolated=True, seconds=60, memory_mb=256))
    assert isolated.highlights(data, stretches) == Loading(LoadSettings()).highlights(data, stretches) == expected
    isolated.close()
    assert Loading(LoadSettings(), load).highlights(data, stretches) == expected

    class Given:
        def highlights(self, *given: object) -> tuple[()]:
            assert given == (data, stretches)
            return ()

    assert Loading(LoadSettings(isolated=True), Given()).highlights(data, stretches) == ()  # type: ignore[arg-type]
