"""What a desk is asked."""

from __future__ import annotations

from pathlib import Path

from fakes import word_encoder
from wenyuan.desk import Looking
from wenyuan.engine import KnowledgeBase


def test_a_search_looks_as_far_as_it_is_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\nThe pump of {name}.", "utf-8")
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()) as kb:
        kb.add(tmp_path / "a.md", tmp_path / "b.md")
        found = Looking(1, ("bm25",)).into(kb, "pump", (), None)
        assert len(found.hits) == 1
        assert [*found.hits[0].legs] == ["bm25"]
        assert len(Looking(5, ("bm25",)).into(kb, "pump", (), None).hits) == 2
