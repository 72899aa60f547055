"""The one door of both flows: real files, a real archive, a stand-in for the model."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import Damaged
from wenyuan.models.cross_encoder import ArtefactCrossEncoder
from wenyuan.settings import Settings
from wenyuan.types import Condition, Decision

from .house import House, ids


def test_every_commit_raises_the_version_and_it_lasts(house: House) -> None:
    assert house.kb.version == 0
    path = house.write("a.md", "# A\n\nalpha")
    seen = [house.kb.add(house.docs).version]
    house.write("a.md", "# A\n\nbeta")
    seen.append(house.kb.sync().version)
    path.unlink()
    seen.append(house.kb.sync().version)
    assert seen == [1, 2, 3]
    house.reopen()
    assert house.kb.version == 3


def test_closing_twice_is_closing_once(house: House) -> None:
    view = house.kb.without("rules")
    for closed in (house.kb, house.kb, view):
        closed.close()


def test_an_empty_knowledge_base_has_no_hits_and_abstains(house: House) -> None:
    assert house.kb.search("滤芯").hits == []
    answer = house.kb.ask("滤芯？")
    assert (answer.decision, answer.citations) == (Decision.ABSTAINED, ())


def test_every_citation_is_the_text_at_its_place(library: House) -> None:
    for question in ("泵的滤芯型号是什么？", "Which filter does the pump have?"):
        answer = library.kb.ask(question)
        assert answer.decision is Decision.ANSWERED
        for citation in answer.citations:
            assert library.kb.read(citation.document, citation.start, citation.end) == citation.quote
        assert {"encode", "recall", "fuse", "fetch", "assemble", "prompt", "generate"} <= set(answer.timings_ms)
    assert library.kb.ask("滤芯？", filter=Condition("type", "eq", "absent")).decision is Decision.ABSTAINED


def test_searches_run_while_documents_are_added(house: House) -> None:
    house.write("first.md", "# First\n\nalpha stays here.")
    house.kb.add(house.docs)
    wrong: list[object] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            try:
                if house.found("alpha") != ids("first.md"):
                    wrong.append("lost")
                house.kb.search("beta")
                house.kb.ask("alpha")
            except Exception as error:  # noqa: BLE001 - any error of a thread fails the test
                wrong.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(20):
        house.write(f"{n}.md", f"# Beta {n}\n\nbeta {n} text")
        house.kb.add(house.docs / f"{n}.md")
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(house.found("beta")) == 20


def test_what_reads_passages_is_loaded_ahead_and_its_damage_is_told_to_who_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = threading.Event()

    def load(self: ArtefactCrossEncoder, query: str, passages: list[str]) -> None:
        loaded.set()
        raise Damaged("It is not the one.")

    monkeypatch.setattr(ArtefactCrossEncoder, "score", load)
    monkeypatch.delenv("WENYUAN_RERANK__MODEL")
    settings = Settings(rerank={"model": "rerank"})
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder(), settings=settings) as kb:
        kb.warm_up()
        assert loaded.wait(10)
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder(), settings=Settings(rerank={"model": "none"})) as kb:
        kb.warm_up()
