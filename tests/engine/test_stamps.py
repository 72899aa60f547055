"""The state in which a file was read."""

from __future__ import annotations

import os
from pathlib import Path

from wenyuan.engine.places import File
from wenyuan.engine.stamps import stamp_of
from wenyuan.settings import Settings


def test_what_could_change_the_result_changes_the_stamp(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("alpha")
    os.utime(path, (1, 1))
    stamps = {stamp_of(File("a.md", path, {}), Settings(), None)}
    assert stamps == {stamp_of(File("a.md", path, {}), Settings(answer={"sources": 3}), None)}, (
        "answers shape no chunks"
    )
    stamps.add(stamp_of(File("a.md", path, {"product": "X"}), Settings(), None))
    stamps.add(stamp_of(File("a.md", path, {}), Settings(chunk={"overlap": 2}), None))
    stamps.add(stamp_of(File("a.md", path, {}), Settings(), "late@1"))
    stamps.add(stamp_of(File("a.md", path, {}), Settings(recall={"summaries": True}), None))
    (tmp_path / "a.md.meta.json").write_text("{}")
    stamps.add(stamp_of(File("a.md", path, {}), Settings(), None))
    assert len(stamps) == 6
