"""The leg of summaries in a knowledge base: made with documents, searched, shown, left out, replayed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes import WordEncoder, word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.diagnose.replay import recorded, replay
from wenyuan.errors import WrongUse
from wenyuan.settings import Settings
from wenyuan.trace import Trace
from wenyuan.types import Condition, Document

PUMP = "# Pump\n\nThe pump has a filter. Wash the filter of the pump. The filter of the pump is blue. Gold is dear."
VALVE = "# Valve\n\nThe valve opens at 3 bar. A valve is green. Check the valve."


def open_kb(folder: Path, summaries: bool = True, encoder: WordEncoder | None = None, **sections) -> KnowledgeBase:
    given = {"recall": {"summaries": summaries}, "rerank": {"model": "none"}, "answer": {"confidence": 0.0}} | sections
    return KnowledgeBase.open(folder / "kb", settings=Settings.model_validate(given), encoder=encoder or word_encoder())


def put(base: KnowledgeBase, **texts: str):
    return base.put([Document(f"{name}.md", name, text, "md", "", 0.0) for name, text in texts.items()])


def test_the_leg_takes_part_and_is_shown(tmp_path):
    with open_kb(tmp_path) as base:
        put(base, pump=PUMP, valve=VALVE)
        result = base.search("filter of the pump", 2)
        assert result.hits[0].chunk.document == "pump.md"
        said = result.hits[0].legs["summary"]
        assert (said.rank, said.weight) == (1, 0.2)
        assert sum(leg.weight for leg in result.hits[0].legs.values()) == pytest.approx(1)
        assert "summary" in result.trace.recalled
        alone = base.search("filter of the pump", 2, legs=["summary"])
        assert list(alone.hits[0].legs) == ["summary"]
        assert "summary" not in base.search("filter of the pump", 2, legs=["bm25", "dense"]).hits[0].legs
        only = base.search("pump", 5, legs=["summary"], filter=Condition("document", "eq", "valve.md"))
        assert {hit.chunk.document for hit in only.hits} == {"valve.md"}


def test_a_recorded_search_is_run_again_to_the_same(tmp_path):
    with open_kb(tmp_path) as base:
        put(base, pump=PUMP, valve=VALVE)
        record = json.loads(json.dumps(base.search("green valve", 2).trace.as_json(), allow_nan=False))
    assert set(record["recall"]["legs"]) == {"bm25", "dense", "summary"}
    assert replay(record) == recorded(record)


def test_why_tells_of_the_leg(tmp_path):
    with open_kb(tmp_path) as base:
        put(base, pump=PUMP, valve=VALVE)
        found = base.why("filter of the pump", "valve.md", k=1)
        assert found.legs["summary"].rank == 2
    with open_kb(tmp_path, recall={"summaries": True, "candidates": 1}) as base:
        found = base.why("filter of the pump", "valve.md", k=1)
        assert found.legs["summary"].rank == 2
        assert found.legs["summary"].searched == 2


def test_only_what_is_new_is_read(tmp_path):
    encoder = word_encoder()
    with open_kb(tmp_path, encoder=encoder) as base:
        put(base, pump=PUMP)
        encoder.passages.clear()
        put(base, pump=PUMP, valve=VALVE)
        assert not any("pump" in text.lower() for text in encoder.passages)
        put(base, pump=PUMP.replace("blue", "red"))
        assert any("red" in text for text in encoder.passages)
        base.delete("pump.md")
        assert {hit.chunk.document for hit in base.search("pump", 5, legs=["summary"]).hits} == {"valve.md"}
        assert base.check().problems == []


def test_sync_makes_them_when_switched_on_and_forgets_them_when_off(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "pump.md").write_text(PUMP)
    with open_kb(tmp_path, summaries=False) as base:
        base.add(tmp_path / "docs")
        assert "summary" not in base.search("pump", 1).hits[0].legs
        with pytest.raises(WrongUse, match="summaries = true"):
            base.search("pump", 1, legs=["summary"])
    with open_kb(tmp_path) as base:
        assert "run `wenyuan sync`" in base.search("pump", 1).notes[0]
        report = base.sync()
        assert (len(report.changed), report.encoded) == (1, 0), "chunks keep their vectors"
        found = base.search("pump", 1)
        assert found.notes == []
        assert "summary" in found.hits[0].legs
        assert base.sync().unchanged == 1
    with open_kb(tmp_path, summaries=False) as base:
        base.sync()
    with open_kb(tmp_path) as base:
        assert base.search("pump", 1).notes


def test_an_answer_may_read_the_whole_section(tmp_path):
    text = "# Pump\n\n" + "\n\n".join(f"Part {n} of the pump is number {n}. It weighs {n} kilograms." for n in range(9))
    for context, more in (("neighbours", False), ("section", True)):
        with open_kb(tmp_path, chunk={"size": 32, "overlap": 0}, answer={"context": context, "sources": 1}) as base:
            put(base, pump=text)
            query = base.understand("How much does part 4 weigh?")
            base.ask(query, trace=(trace := Trace()))
            [source] = trace.assembled.sources
            assert ("Part 0" in source.text and "Part 8" in source.text) is more
