"""What is said beside a file is added to, and taken away."""

from __future__ import annotations

import json
from pathlib import Path

from wenyuan.engine.sidecar import keep_fields, sidecar_of


def test_fields_are_added_and_taken_away(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    keep_fields(file, {"product": "X", "year": 2026})
    keep_fields(file, {"product": None, "site": "上海"})
    assert json.loads(sidecar_of(file).read_text("utf-8")) == {"year": 2026, "site": "上海"}
    keep_fields(file, {"year": None, "site": None})
    assert not sidecar_of(file).exists()
    keep_fields(file, {"gone": None})
    assert [*tmp_path.iterdir()] == []


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    file, other = tmp_path / "a.md", tmp_path / "other"
    other.write_text("{}", "utf-8")
    sidecar_of(file).symlink_to(other)
    keep_fields(file, {"product": "X"})
    assert other.read_text("utf-8") == "{}"
    assert not sidecar_of(file).is_symlink()
