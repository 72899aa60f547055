"""Looking into questions changes nothing of what they find, and sees no more than they do."""

from __future__ import annotations

from pathlib import Path

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.diagnose.why import Stage
from wenyuan.rules import Rules

QUESTION = "Which oil does the pump take?"


def test_a_document_is_named_by_its_id_or_its_path(tmp_path: Path) -> None:
    with opened(tmp_path) as kb:
        for named in ("files/pump.md", tmp_path / "files" / "pump.md"):
            assert kb.why(QUESTION, named).document == "files/pump.md"
        assert kb.why(QUESTION, "files/moon.md").stage is Stage.UNKNOWN


def test_what_is_looked_into_is_found_as_before(tmp_path: Path) -> None:
    with opened(tmp_path) as kb:
        before = [hit.chunk.id for hit in kb.search(QUESTION).hits]
        kb.why(QUESTION, "files/valve.md", k=1)
        kb.propose(QUESTION, "files/valve.md", k=1)
        kb.weigh(QUESTION, [0.0, 1.0])
        kb.try_rules(QUESTION)
        assert kb.test_rules() == []
        assert [hit.chunk.id for hit in kb.search(QUESTION).hits] == before


def test_a_proposal_brings_the_document_in(tmp_path: Path) -> None:
    with opened(tmp_path) as kb:
        assert kb.why(QUESTION, "files/valve.md", k=1).rank is None
        made = kb.propose(QUESTION, "files/valve.md", k=1)
        assert made is not None
        assert kb.ruled_by(Rules((made.rule,))).why(QUESTION, "files/valve.md", k=1).rank == 1


def test_who_does_not_see_a_document_is_told_nothing_of_it(tmp_path: Path) -> None:
    with opened(tmp_path, access=["hr"]) as kb:
        reader = kb.seen_by(["it"])
        assert reader.why(QUESTION, "files/pump.md").stage is Stage.UNKNOWN
        assert reader.propose(QUESTION, "files/pump.md") is None
        assert kb.seen_by(["hr"]).why(QUESTION, "files/pump.md").rank == 1


def opened(folder: Path, **fields: list[str]) -> KnowledgeBase:
    """A knowledge base of two documents, which have these fields."""
    files = folder / "files"
    files.mkdir()
    (files / "pump.md").write_text("# Pump\n\nThe pump takes oil VG 46. Which oil it takes matters.", "utf-8")
    (files / "valve.md").write_text("# Valve\n\nThe valve shuts.", "utf-8")
    kb = KnowledgeBase.open(folder / "kb", encoder=word_encoder())
    kb.add(files, metadata=fields)
    return kb
